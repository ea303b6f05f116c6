"""What a scanner quotes as a secret reaches no field of a finding."""

import json

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from secstatus.findings.observation import Observation, ScanKind
from secstatus.scanners import bandit, code_scanning, sarif, semgrep
from secstatus.scanners.code_findings import Flaw, finish_observation, mask_code, mask_quotes

SHORTEST = 6
PLAIN = st.text("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789!$%&/()=?#-+*", min_size=8, max_size=40)
ODD = st.text("QWXZ0123456789 '\"`\\\n", min_size=8, max_size=40)


def parts(secret):
    plain = secret.strip()
    found = (plain[at : at + SHORTEST] for at in range(len(plain) - SHORTEST + 1))
    return {part for part in found if part.strip() and not part.isspace()}


def survives(secret, reports):
    text = "\n".join(
        "\n".join((each.title, each.description, each.location, each.fingerprint, each.id))
        for report in reports
        for each in report.observations
    )
    return [part for part in parts(secret) if part in text]


def bandit_json(message, code, rule="B105"):
    result = {
        "test_id": rule,
        "test_name": "hardcoded_password_string",
        "filename": "a.py",
        "issue_text": message,
        "issue_severity": "LOW",
        "issue_cwe": {"id": 259},
        "line_number": 2,
        "line_range": [2],
        "code": f"1 import os\n2 {code}\n3 print()\n",
    }
    return {"metrics": {"a.py": {"SEVERITY.LOW": 1, "loc": 3}}, "results": [result]}


def sarif_run(message, code, **more):
    region = {"startLine": 2, "snippet": {"text": code}}
    physical = {"artifactLocation": {"uri": "a.py"}, "region": region}
    found = {"ruleId": "R", "message": {"text": message}, **more}
    found["locations"] = [{"physicalLocation": physical}]
    return {"runs": [{"tool": {"driver": {"name": "T"}}, "results": [found]}]}


def semgrep_json(message, code):
    result = {"check_id": "r", "path": "a.py", "extra": {"message": message, "lines": code}}
    return {"results": [result], "errors": []}


def alert(message):
    instance = {"location": {"path": "a.py"}, "message": {"text": message}}
    return [{"rule": {"id": "r"}, "tool": {}, "most_recent_instance": instance}]


@given(PLAIN | ODD)
@example("it's hunter2hunter2")
@example("a`b\"c'd`e\"f'g")
def test_no_part_of_a_quoted_secret_survives(secret):
    assume(parts(secret))
    code, message = f"PASSWORD = {secret!r}", f"Possible hardcoded password: '{secret}'"
    assert not survives(secret, bandit.read(bandit_json(message, code)))
    assert not survives(secret, sarif.read(sarif_run(message, code)))
    assert not survives(secret, semgrep.read(semgrep_json(message, code)))
    assert not survives(secret, code_scanning.read(alert(message)))


@given(PLAIN, st.integers(6, 8))
def test_no_part_of_a_literal_survives_without_quotes(secret, size):
    code = f'KEY = "{secret}"'
    for said in (f"The token {secret} is in the code", f"The token begins with {secret[:size]}"):
        assert not survives(secret, sarif.read(sarif_run(said, code)))
        assert not survives(secret, semgrep.read(semgrep_json(said, code)))


@given(PLAIN, PLAIN)
def test_a_fingerprint_does_not_depend_on_the_secret(one, other):
    def of(secret):
        data = bandit_json(f"Possible hardcoded password: '{secret}'", f"PASSWORD = '{secret}'")
        return bandit.read(data)[0].observations[0].fingerprint

    assert of(one) == of(other)


@pytest.mark.parametrize(
    "more",
    [
        {"ruleId": "hardcoded-secret"},
        {"properties": {"tags": ["external/cwe/cwe-798"]}},
        {"ruleId": "B106"},
        {"properties": {"tags": ["CWE-321: Use of Hard-coded Cryptographic Key"]}},
        {"taxa": [{"id": "798"}]},
    ],
)
def test_the_rule_says_that_it_is_about_secrets(more):
    report = sarif.read(sarif_run("Found 'hunter2hunter2' here", "f('hunter2hunter2')", **more))
    assert "hunter2" not in repr(report)


def test_what_is_about_something_else_is_not_masked():
    report = sarif.read(sarif_run("'yaml.load' is unsafe", "yaml.load('a')"))
    assert report[0].observations[0].title == "'yaml.load' is unsafe"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("password: 'a' and 'b'", "password: '…'"),
        ("it's the user's password", "it's the user's password"),
        ("don't use 'x'", "don't use '…'"),
        ("b'bytes' and `code` and `more`", "b'…' and `…` and `…`"),
        ("cut 'in the mid", "cut '…'"),
        ('"one"', '"…"'),
    ],
)
def test_quotes(text, masked):
    assert mask_quotes(text) == masked


@pytest.mark.parametrize(
    ("code", "masked"),
    [
        ("a = 'b\\'c'", "a = '…'"),
        ('f("""x\ny""")', 'f("""…""")'),
        ("a = 'cut", "a = '…'"),
        ("API_KEY=hunter2", "API_KEY=…"),
        ("  password: hunter2", "  password:…"),
        ("uses: actions/checkout@v4", "uses: actions/checkout@v4"),
    ],
)
def test_secrets_in_code_are_masked(code, masked):
    assert mask_code(code) == masked


def test_a_line_with_a_secret_is_in_no_digest():
    secret = Observation("R", kind=ScanKind.SECRETS)
    digests = {
        finish_observation(secret, Flaw(code, message="m")).fingerprint for code in ("a", "b")
    }
    assert len(digests) == 1


def test_masking_takes_no_longer_than_the_text():
    text = " 'a" * 50_000
    report = sarif.read(sarif_run(f"password {text}", f"x = {json.dumps(text)}"))
    assert "'a 'a" not in report[0].observations[0].description
