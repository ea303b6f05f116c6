"""Laws over any sequence of days, and over any way of cutting a file."""

import shutil
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import EXAMPLES
from tests.second_day.days import FIRST, WEEK, deliver, first_delivery
from tests.second_day.formats import FORMATS
from tests.second_day.project import take
from tests.second_day.test_second_day import ROWS

ORDER = "ABC?DF"
STEPS = ("rerun", "silent", "mended", "failed", "cut", "subset", "superset", "newer", "missed")
POSSIBLE = {(row["format"], row["day"]): row for row in ROWS}
formats = st.sampled_from(sorted(FORMATS))


@pytest.fixture
def lived(after_first_day, tmp_path):
    """`lived(form, deliveries)`: the outcomes of them, in a project of its own after day one."""

    def run(form, deliveries):
        root, first = after_first_day(form)
        try:
            return [first, *(take(root, form, each) for each in deliveries)]
        finally:
            shutil.rmtree(root)

    return run


laws = settings(
    max_examples=EXAMPLES // 2, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@laws
@given(name=formats, data=st.data())
def test_only_a_proof_resolves_and_only_until_it_is_seen_again(lived, name, data):
    form = FORMATS[name]
    possible = [step for step in STEPS if (name, step) in POSSIBLE]
    steps = data.draw(st.lists(st.sampled_from(possible), min_size=2, max_size=5))
    made = [deliver(form, step, FIRST + n * WEEK) for n, step in enumerate(steps, start=1)]
    for number, outcome in enumerate(lived(form, made)):
        (finding,) = outcome.findings
        proofs = [POSSIBLE[name, step]["state"] for step in steps[:number]]
        seen = [n for n, state in enumerate(proofs) if state == "open"]
        since = proofs[seen[-1] + 1 :] if seen else proofs
        assert finding["discovered"] == f"{FIRST:%Y-%m-%d}"
        if finding["state"] == "resolved":
            assert any("resolved" in state for state in since), steps[:number]


@laws
@given(name=formats, share=st.floats(0, 0.95), tail=st.sampled_from(["", "\0", "}", "<html>"]))
def test_an_unreadable_report_never_improves_the_grade(lived, name, share, tail):
    form = FORMATS[name]
    whole = replace(first_delivery(form), at=FIRST + WEEK)
    (text,) = whole.files.values()
    broken = replace(whole, files={form.file: text[: int(len(text) * share)] + tail})
    first, second = lived(form, [broken])
    grades = [each.document["security_grade"] for each in (first, second)]
    assert ORDER.index(grades[1]) >= max(ORDER.index(grades[0]), ORDER.index("?"))
    assert second.document["resolved"] == second.document["new"] == []
