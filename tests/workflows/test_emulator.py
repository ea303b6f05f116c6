"""The runner of these tests: what it takes for a success has to be one at GitHub too."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.adapters.github_output import set_outputs
from tests.workflows.expressions import evaluated, filled, holds
from tests.workflows.runner import assignments

CONTEXTS = {
    "inputs": {"fresh": False, "note": "it's"},
    "needs": {"scan": {"outputs": {"sha": "abc"}, "result": "success"}},
    "steps": {},
}
GOOD = {"success": True, "failure": False, "cancelled": False}
BAD = {"success": False, "failure": True, "cancelled": False}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("needs.scan.outputs.sha", "abc"),
        ("needs.scan.outputs.nothing", None),
        ("steps.skipped.outputs.status || '0'", "0"),
        ("!inputs.fresh", True),
        ("inputs.note == 'IT''S'", True),
        ("needs.scan.result == 'success' && inputs.fresh", False),
        ("!(inputs.fresh || needs.scan.result != 'success')", True),
        ("format('{0}/{1}', inputs.note, inputs.fresh)", "it's/false"),
    ],
)
def test_expressions(text, value):
    assert evaluated(text, CONTEXTS, GOOD) == value


@pytest.mark.parametrize(
    "text", ["secrets.TOKEN", "hashFiles('x')", "inputs.note ==", "1 +", "a b"]
)
def test_an_expression_that_is_not_known_is_an_error(text):
    with pytest.raises((ValueError, IndexError)):
        evaluated(text, CONTEXTS, GOOD)


def test_values_are_filled_in_once():
    contexts = {"inputs": {"note": "${{ inputs.note }}", "fresh": True}}
    assert filled("a ${{ inputs.note }} b", contexts) == "a ${{ inputs.note }} b"
    assert filled("${{ inputs.fresh }}", contexts) is True
    assert filled("${{ '${{' }} inputs.note }}", contexts) == "${{ inputs.note }}"
    assert filled(3, contexts) == 3


@pytest.mark.parametrize(
    ("condition", "after_success", "after_failure"),
    [
        (None, True, False),
        ("needs.scan.outputs.sha == 'abc'", True, False),
        ("${{ !cancelled() }}", True, True),
        ("failure()", False, True),
        ("always() && inputs.fresh", False, False),
    ],
)
def test_conditions(condition, after_success, after_failure):
    assert holds(condition, CONTEXTS, GOOD) is after_success
    assert holds(condition, CONTEXTS, BAD) is after_failure


@pytest.mark.parametrize("text", ["plain\n", "a=1\nb\n", "a<<E\nx\n"])
def test_a_file_of_outputs_that_github_would_refuse_is_an_error(text):
    with pytest.raises(AssertionError):
        assignments(text)


LINES = st.text(st.sampled_from("a=<\n\r\x85\u2028E")) | st.text()


@given(text=LINES, other=LINES)
def test_no_text_of_an_output_becomes_another_one(tmp_path_factory, text, other):
    path = tmp_path_factory.mktemp("outputs") / "file"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("GITHUB_OUTPUT", str(path))
        set_outputs({"justification": text, "should_release": "false", "tail": other})
    found = assignments(path.read_bytes().decode("utf-8"))
    assert found.keys() == {"justification", "should_release", "tail"}
    assert found["should_release"] == "false"
