"""Which format a report has, and the laws that every format keeps whatever it is given."""

import contextlib
import copy
import json
import unicodedata
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secstatus.errors import InputError, SecstatusError, UsageError
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners import FORMATS, format_of, read_reports
from tests.scanners.single import read_report

DATA = Path(__file__).parent.parent / "data" / "reports"
FILES = sorted(path for path in DATA.glob("*/*") if path.is_file())
SAMPLES = {path.relative_to(DATA).as_posix(): json.loads(path.read_text("utf-8")) for path in FILES}


def keys(value):
    """Every key in a JSON value."""
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, dict | list):
            yield from keys(inner)


# Words that mean something to some format, so that made-up reports get past the first door.
WORDS = st.sampled_from(sorted(set(keys(list(SAMPLES.values())))))
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
)
JSON = st.recursive(
    SCALARS | st.text(max_size=8) | WORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(WORDS | st.text(max_size=4), inner, max_size=5)
    ),
    max_leaves=12,
)


def outcome(data, scanner=None):
    """The reports; none when it was refused as it has to be. Everything else is a defect."""
    try:
        reports = read_reports(json.dumps(data), "report.json", scanner)
    except SecstatusError:
        return ()
    assert reports
    assert all(isinstance(report, ScanReport) for report in reports)
    return reports


def texts_in(observation):
    """Every text of an observation but its description, which may have several lines."""
    yield from (observation.id, observation.package, observation.version, observation.title)
    yield from (observation.location, observation.suppressed, observation.closed)
    yield from (*observation.aliases, *observation.fix_versions)


def obeys(reports):
    """What no report may say, whoever wrote it."""
    for report in reports:
        obeys_alone(report)


def obeys_alone(report):
    assert report.scanner
    assert report.format or report.scanner == "unknown"
    for each in report.observations:
        assert not any(unicodedata.category(c) == "Cc" for text in texts_in(each) for c in text)
        assert not any(unicodedata.category(c) == "Cc" for c in each.description if c not in "\n\t")
    if report.audited == 0:
        assert report.verdict is not Verdict.COMPLETE
    if report.verdict is Verdict.COMPLETE:
        assert report.audited is None or report.audited > 0
    if report.verdict in (Verdict.FAILED, Verdict.UNSTATED):
        assert report.problems
    assert all(each.id and each.id.isprintable() for each in report.observations)
    repr(report).encode("utf-8")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(DATA).as_posix())
def test_every_report_is_recognised_by_its_content(path):
    text = path.read_text("utf-8")
    plain = [replace(each, scanner="") for each in read_reports(text, "report.json")]
    named = read_reports(text, path.name, path.parent.name)
    assert [replace(each, scanner="") for each in named] == plain
    recognised = [name for name in FORMATS if format_of(name).recognises(json.loads(text))]
    assert recognised[0] == path.parent.name


def test_every_format_has_data():
    assert {path.parent.name for path in FILES} == set(FORMATS)


def test_a_name_may_have_dashes_and_any_case():
    assert format_of("PIP-Audit").NAME == format_of("pip_audit").NAME == "pip-audit"
    assert format_of("gitleaks").NAME == "secrets"


def test_a_scanner_that_nobody_knows_is_a_wrong_call():
    with pytest.raises(UsageError, match=r"found 'nessus', expected one of bandit, code-scanning"):
        read_report("{}", "report.json", "nessus")


def test_a_report_of_another_scanner_than_the_named_is_refused():
    with pytest.raises(InputError) as caught:
        read_report('{"results": []}', "report.json", "pip-audit")
    assert caught.value.place == "$.dependencies"
    assert "report of pip-audit" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"message": "Not Found", "status": "404"}', "error message instead of a report: 'Not F"),
        ('{"error": {"code": "ENOLOCK", "summary": "no lock"}}', "instead of a report: 'no lock'"),
        ('{"error": "\\u001b[2J"}', "instead of a report"),
        ("{}", "an object of no known format"),
        ('"all is well"', "'all is well' of no known format"),
        ("[[]]", "a list of no known format"),
        ("0", "0 of no known format"),
    ],
)
@pytest.mark.parametrize("path", ["report.json", "a/b.json"])
def test_an_unknown_format_is_refused(text, said, path):
    with pytest.raises(InputError) as caught:
        read_report(text, path)
    assert said in caught.value.message
    assert "\x1b" not in caught.value.message


def test_an_error_message_is_no_report_whatever_the_file_is_called():
    with pytest.raises(InputError, match="error message instead of a report"):
        read_report('{"message": "Not Found"}', "dependabot.json")


def test_an_empty_list_that_nothing_explains_is_a_failed_scan_of_nobody_knows_what():
    report = read_report("[]", "report.json")
    assert (report.scanner, report.kind) == ("unknown", ScanKind.OTHER)
    assert (report.verdict, report.audited) == (Verdict.FAILED, 0)
    assert "An empty list" in report.problems[0]


@pytest.mark.parametrize(
    ("path", "scanner", "verdict"),
    [
        ("reports/pip-audit.json", "pip-audit", Verdict.FAILED),
        ("pip-audit-20261120_080910.json", "pip-audit", Verdict.FAILED),
        ("reports/secrets-scan.json", "secrets", Verdict.UNSTATED),
        ("gitleaks.json", "gitleaks", Verdict.UNSTATED),
    ],
)
def test_an_empty_list_is_explained_by_the_name_of_its_file(path, scanner, verdict):
    report = read_report("[]", path)
    assert (report.scanner, report.verdict, report.observations) == (scanner, verdict, ())


@pytest.mark.parametrize("path", ["bandit.json", "uv_audit.json", "semgrep.json", "safety.json"])
def test_an_empty_list_is_no_report_of_a_tool_that_never_writes_one(path):
    with pytest.raises(InputError):
        read_report("[]", path)


def test_the_content_counts_more_than_the_name_of_the_file():
    text = (DATA / "pip_audit/mixed.json").read_text("utf-8")
    assert read_report(text, "bandit.json").scanner == "pip-audit"


@given(JSON)
@example([])
@example({})
@example(None)
@example({"dependencies": []})
@example({"results": [], "errors": []})
@example({"results": [], "metrics": {}})
def test_any_json_is_a_report_or_refused(data):
    obeys(outcome(data))


@pytest.mark.parametrize("name", FORMATS)
def test_no_format_chokes_on_any_json(name):
    @given(JSON)
    def holds(data):
        obeys(outcome(data, name))

    holds()


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("data", [{}, [], None, "", 0, [[]], [{}], {"error": "no network"}])
def test_nothing_proves_nothing(name, data):
    for report in outcome(data, name):
        assert report.verdict is not Verdict.COMPLETE
        assert not report.observations


def places(value, steps=()):
    """Every place in a JSON value, as the steps that lead there."""
    yield steps
    inner = value.items() if isinstance(value, dict) else []
    inner = enumerate(value) if isinstance(value, list) else inner
    for step, item in inner:
        yield from places(item, (*steps, step))


def replaced(value, steps, new):
    if not steps:
        return new
    changed = copy.copy(value)
    changed[steps[0]] = replaced(value[steps[0]], steps[1:], new)
    return changed


def without(value, steps):
    changed = copy.copy(value)
    if len(steps) > 1:
        changed[steps[0]] = without(value[steps[0]], steps[1:])
    else:
        del changed[steps[0]]
    return changed


@pytest.mark.parametrize("sample", SAMPLES)
def test_a_damaged_report_is_read_or_refused(sample):
    everywhere = list(places(SAMPLES[sample]))
    name = sample.partition("/")[0]

    @given(st.sampled_from(everywhere), JSON)
    def holds(steps, new):
        damaged = replaced(SAMPLES[sample], steps, new)
        obeys(outcome(damaged))
        obeys(outcome(damaged, name))

    holds()


LEAVES = (
    {},
    [],
    None,
    "",
    "a\x00b\r\n\x07",
    0,
    True,
    -1,
    1e300,
    "\ud800",
    "\x1b[2J",
    [None],
    {"": {}},
    "x" * 400,
)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_place_may_hold_something_else_or_be_left_out(sample):
    data, name = SAMPLES[sample], sample.partition("/")[0]
    for steps in places(data):
        for new in LEAVES:
            obeys(outcome(replaced(data, steps, new), name))
        if steps:
            obeys(outcome(without(data, steps), name))


def test_who_wrote_a_list_is_the_same_whether_it_is_empty_or_not():
    found = (DATA / "secrets/gitleaks.json").read_text("utf-8")
    for path, scanner in (("gitleaks.json", "gitleaks"), ("secrets-scan.json", "secrets")):
        assert [read_report(text, path).scanner for text in (found, "[]")] == [scanner] * 2
    assert read_report(found, "report.json").scanner == "gitleaks"
    assert read_report(found, "report.json", "trufflehog").scanner == "trufflehog"


def test_sarif_of_a_named_scanner_is_read_as_sarif():
    text = (DATA / "sarif/codeql.sarif").read_text("utf-8")
    for name in ("codeql", "bandit", "ruff"):
        report = read_report(text, "x.sarif", name)
        assert (report.scanner, report.format) == ("codeql", "sarif")


ALERTS = json.loads((DATA / "dependabot/list.json").read_text("utf-8"))
CODE_ALERTS = json.loads((DATA / "code_scanning/list.json").read_text("utf-8"))


@pytest.mark.parametrize("alerts", [ALERTS, CODE_ALERTS])
@pytest.mark.parametrize("between", ["", "\n", " \r\n\t"])
def test_pages_of_alerts_are_one_list(alerts, between):
    whole = read_report(json.dumps(alerts), "alerts.json")
    pages = between.join(json.dumps(page) for page in (alerts[:1], alerts[1:], []))
    assert read_report(pages, "alerts.json") == whole
    assert read_report(json.dumps([alerts[:1], [], alerts[1:]]), "alerts.json") == whole


@pytest.mark.parametrize("text", ["[][]", "[[], []]", "[]"])
def test_empty_pages_are_an_empty_list(text):
    assert read_report(text, "dependabot.json").observations == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[{"a": 1}][{"a": 2}]', "jq -s add"),
        ('{"a": 1}\n{"a": 2}\n', "JSON lines"),
        (json.dumps(ALERTS) + '{"message": "API rate limit exceeded"}', "one report into one file"),
    ],
)
def test_other_values_one_after_another_are_refused_with_the_remedy(text, said):
    with pytest.raises(InputError, match="JSON values one after another") as caught:
        read_report(text, "report.json")
    assert said in caught.value.hint


LINES = [
    {
        "SourceMetadata": {"Data": {"Git": {"commit": "abc", "file": "src/a.py", "line": 3}}},
        "DetectorName": "AWS",
        "Verified": True,
        "Raw": "AKIAIOSFODNN7EXAMPLF",
        "Redacted": "AKIAIOSF",
    },
    {
        "SourceMetadata": {"Data": {"Filesystem": {"file": "src/b.py", "line": 4}}},
        "DetectorName": "Github",
        "Raw": "ghp_0123456789abcdef",
    },
]


@pytest.mark.parametrize("number", [1, 2])
def test_the_json_lines_of_trufflehog(number):
    text = "\n".join(json.dumps(line) for line in LINES[:number])
    report = read_report(text, "report.json")
    assert (report.scanner, report.kind) == ("trufflehog", ScanKind.SECRETS)
    assert report.verdict is Verdict.UNSTATED
    places = [(each.id, each.location) for each in report.observations]
    assert places == [("AWS", "src/a.py:3"), ("Github", "src/b.py:4")][:number]
    assert not any(secret in repr(report) for secret in ("AKIAIOSF", "0123456789abcdef"))


@given(st.text(max_size=60) | st.binary(max_size=60).map(lambda data: data.decode("latin-1")))
@example('{"runs": [')
@example("[]{")
def test_any_text_is_a_report_or_refused(text):
    with contextlib.suppress(SecstatusError):
        read_reports(text, "report.json")
