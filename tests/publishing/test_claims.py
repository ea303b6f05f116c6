"""Claims of an identity token: read from files, logs and by mistake from tokens; compared."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.publishing.claim_check import (
    ClaimSource,
    compare_claims,
    find_claims,
    list_differing,
    read_claims,
    render_table,
)
from secstatus.publishing.diagnosis import diagnose_log
from secstatus.publishing.trusted_publisher import Publisher, make_publisher

REF = "octo/demo/.github/workflows/publish.yml@refs/tags/v1"
GOOD = {
    "environment": "pypi-publishing",
    "event_name": "push",
    "job_workflow_ref": REF,
    "ref": "refs/tags/v1",
    "repository": "octo/demo",
    "repository_owner": "octo",
    "repository_owner_id": "4242",
    "sha": "0" * 40,
    "workflow_ref": REF,
}
PUBLISHER = make_publisher("octo/demo", "demo", "publish.yml", "pypi-publishing")


def claims(**changes):
    values = {name: value for name, value in {**GOOD, **changes}.items() if value is not None}
    return read_claims(json.dumps(values), "claims.json")


def same(publisher=PUBLISHER, **changes):
    return {each.claim: each.same for each in compare_claims(claims(**changes), publisher)}


def token(payload):
    parts = ({"alg": "RS256"}, payload)
    coded = [base64.urlsafe_b64encode(json.dumps(each).encode()).rstrip(b"=") for each in parts]
    return b".".join([*coded, b"c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0"]).decode()


def printed(values):
    """As the publishing action prints claims."""
    lines = [f"* `{name}`: `{values.get(name, 'MISSING')}`" for name in (*GOOD, "sub")]
    return "The claims rendered below are **for debugging purposes only**.\n\n" + "\n".join(lines)


# --- Reading


def test_a_file_of_claims():
    found = claims()
    assert dict(found.values) == GOOD
    assert found.source is ClaimSource.FILE
    assert found.workflow_file == "publish.yml"


@pytest.mark.parametrize("dress", [str, lambda t: "::error::" + t.replace("\n", "%0A"), lambda t: "\n".join(f"2026-01-02T03:04:05.6789Z {line}" for line in t.split("\n"))])  # fmt: skip
def test_claims_as_the_action_prints_them(dress):
    found = find_claims(dress(printed({**GOOD, "environment": "MISSING"})))
    assert found.source is ClaimSource.LOG
    assert dict(found.values) == {k: v for k, v in GOOD.items() if k != "environment"}


@pytest.mark.parametrize("dress", [str, lambda t: json.dumps({"count": 9, "value": t}), lambda t: f"token={t}\n"])  # fmt: skip
def test_a_token_by_mistake_gives_its_claims_and_nothing_else(dress):
    text = dress(token({**GOOD, "jti": "secret-jti", "actor": "somebody"}))
    found = read_claims(text, "claims.json")
    assert found.source is ClaimSource.TOKEN
    assert dict(found.values) == GOOD
    kept = json.dumps(found.document()) + repr(found)
    assert "secret-jti" not in kept
    assert "c2lnbmF0" not in kept
    told = diagnose_log("invalid-publisher", PUBLISHER, found)
    assert any("Treat it as known" in note for note in told.notes)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "no claims",
        '{"repository": 3}',
        '{"repository": "a", "repository": "b"}',
        "[" * 100_000,
        "eyJhbGciOiJSUzI1NiJ9.bm90LWpzb24.c2ln",
        '{"claims": {"sub": "x"}}',
    ],
)
def test_what_holds_no_claims_is_an_error_that_repeats_nothing(text):
    with pytest.raises(InputError) as caught:
        read_claims(text, "claims.json")
    assert caught.value.message.startswith("claims.json")
    assert "eyJ" not in caught.value.message


@given(st.text(max_size=300))
def test_any_text_is_claims_or_an_error(text):
    try:
        read_claims(text, "x")
    except InputError:
        return


# --- Comparing


def test_the_publisher_as_it_should_be():
    table = compare_claims(claims(), PUBLISHER)
    assert list_differing(table) == ()
    assert same() == {
        "repository": True,
        "repository_owner": True,
        "repository_owner_id": None,
        "job_workflow_ref": True,
        "environment": True,
        "event_name": True,
    }


@pytest.mark.parametrize(
    ("changes", "differs"),
    [
        ({"repository": "OCTO/Demo"}, ()),
        ({"repository": "octo/other"}, ("repository",)),
        ({"repository": None}, ("repository",)),
        ({"repository_owner": "Octo"}, ("repository_owner",)),
        ({"job_workflow_ref": REF.replace("octo/", "Octo/")}, ("job_workflow_ref",)),
        ({"job_workflow_ref": REF.replace("publish", "release")}, ("job_workflow_ref",)),
        ({"job_workflow_ref": REF.replace("publish.yml", "publish.yaml")}, ("job_workflow_ref",)),
        ({"job_workflow_ref": REF.replace("v1", "v2")}, ("job_workflow_ref",)),
        ({"job_workflow_ref": REF.partition("@")[0] + "@" + "0" * 40}, ()),
        ({"job_workflow_ref": REF.replace("@", "@fake.yml@")}, ("job_workflow_ref",)),
        ({"job_workflow_ref": None}, ("job_workflow_ref",)),
        ({"ref": None, "sha": None}, ("job_workflow_ref",)),
        ({"ref": None, "job_workflow_ref": REF.partition("@")[0] + "@" + "0" * 40}, ()),
        ({"environment": "PyPI-Publishing"}, ()),
        ({"environment": "other"}, ("environment",)),
        ({"environment": None}, ("environment",)),
        ({"event_name": "pull_request_target"}, ("event_name",)),
        ({"event_name": "workflow_dispatch"}, ()),
        ({"sub": "anything", "workflow_ref": "x@y"}, ()),
    ],
)
def test_the_rules_of_the_index(changes, differs):
    assert list_differing(compare_claims(claims(**changes), PUBLISHER)) == differs


def test_a_publisher_without_an_environment_takes_any():
    publisher = make_publisher("octo/demo", "demo", "publish.yml", "")
    assert same(publisher, environment="x")["environment"] is True
    assert same(publisher, environment=None)["environment"] is True


def test_what_is_not_known_here_is_neither_same_nor_different():
    table = compare_claims(claims(), Publisher())
    assert {each.same for each in table if each.claim != "event_name"} == {None}
    assert "NO" not in "\n".join(render_table(table))


def test_only_case_differs_is_said():
    other = REF.replace("octo/", "Octo/")
    table = compare_claims(claims(job_workflow_ref=other, workflow_ref=other), PUBLISHER)
    (row,) = [each for each in table if each.claim == "job_workflow_ref"]
    assert "upper and lower case" in row.note


def test_a_reusable_workflow_explains_a_publisher_that_is_not_found():
    ran = REF.replace("publish", "shared")
    found = diagnose_log("invalid-publisher", PUBLISHER, claims(job_workflow_ref=ran))
    assert found.id == "reusable-workflow"
    assert "invalid-publisher" in {each.failure.id for each in found.others}
    assert any("reusable" in each.note for each in found.claims)


def test_claims_that_agree_point_at_the_index():
    found = diagnose_log("invalid-publisher", PUBLISHER, claims())
    assert any("publisher on the index" in note for note in found.notes)


def test_hostile_claims_stay_on_their_line_and_hold_no_token():
    name = "octo/\x1b[31mdemo\n::error::x pypi-AgEIcHlwaS5vcmcCJGFiY2RlZjAx"
    lines = render_table(compare_claims(claims(repository=name), PUBLISHER))
    text = "\n".join(lines)
    assert "pypi-Ag" not in text
    assert all(line.isprintable() for line in lines)
    assert not [line for line in lines if line.strip().startswith("::")]
