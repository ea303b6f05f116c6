"""diagnose: a log and what the project says of itself become cause, remedy and form."""

import io
import json
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.commands import diagnose as module
from secstatus.commands.diagnose import diagnose_upload
from secstatus.errors import InputError
from secstatus.publishing.diagnosis import diagnose_log as diagnosis_of
from secstatus.publishing.trusted_publisher import find_publishing_environments

CANARY = "canary-0123456789-abcdef"
ACTION = "pypa/gh-action-pypi-publish@0123456789012345678901234567890123456789"
NOT_FOUND = "* `invalid-publisher`: valid token, but no corresponding publisher (Publisher with matching claims was not found)"  # fmt: skip


def workflow(environment="", step=f"uses: {ACTION}"):
    named = f"    environment: {environment}\n" if environment else ""
    return f"on: push\njobs:\n  publish:\n{named}    steps:\n      - {step}\n"


@pytest.fixture
def root(tmp_path):
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "demo"\nurls.repository = "https://github.com/octo/demo"\n'
    )
    add(tmp_path, "test.yml", "on: push\njobs:\n  test:\n    steps:\n      - run: pytest\n")
    add(tmp_path, "publish.yml", workflow("pypi-publishing"))
    return tmp_path


def add(root, name, text):
    (root / ".github/workflows" / name).write_text(text)


def told(root, text, **ask):
    path = root / "publish.log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return diagnose_upload(root, path, **ask)


def form(root, **ask):
    return dict(told(root, NOT_FOUND, **ask).diagnosis.form)


def test_the_form_comes_from_the_files_of_the_project(root):
    assert form(root) == {
        "PyPI project name": "demo",
        "Owner": "octo",
        "Repository name": "demo",
        "Workflow name": "publish.yml",
        "Environment name": "pypi-publishing",
    }


def test_what_is_stated_wins(root):
    found = form(root, workflow="release.yml", environment="")
    assert found["Workflow name"] == "release.yml"
    assert found["Environment name"] == "(leave it blank)"


def test_two_workflows_that_publish_tell_nothing(root):
    add(root, "other.yaml", workflow())
    assert form(root)["Workflow name"] == "(not known here)"
    assert form(root, workflow="publish.yml")["Environment name"] == "pypi-publishing"
    assert form(root, workflow="other.yaml")["Environment name"] == "(leave it blank)"


def test_no_workflows_at_all(root):
    for path in (root / ".github/workflows").iterdir():
        path.unlink()
    assert form(root)["Workflow name"] == "(not known here)"
    assert form(root)["Owner"] == "octo"


@pytest.mark.parametrize(
    ("text", "environments"),
    [
        (workflow("{name: pypi, url: x}"), ["pypi"]),
        (workflow(), [""]),
        (workflow("${{ inputs.environment }}"), [None]),
        (workflow(step="run: python -m twine upload dist/*"), [""]),
        (workflow(step="run: secstatus upload"), [""]),
        (workflow(step="run: echo upload"), []),
        (workflow(step="uses: evil/pypa/gh-action-pypi-publish@x"), []),
        ("", []),
        ("jobs: []", []),
        ("jobs: {a: 1, b: {steps: 2}, c: {steps: [3]}}", []),
        ("[" * 3000, []),
        ("a: &a [*a]", []),
        ("\t- :\x00", []),
    ],
)
def test_jobs_that_publish(text, environments):
    assert find_publishing_environments(text) == environments


def test_the_document_and_the_text_say_the_same(root):
    claims = root / "claims.json"
    claims.write_text(json.dumps({"repository": "octo/renamed", "job_workflow_ref": "x"}))
    found = told(root, NOT_FOUND, claims=claims)
    document, text = found.document(), found.text()
    assert found.exit_status == 0
    assert document["diagnosis"]["known"] is True
    assert document["diagnosis"]["line"] == 1
    assert document["publisher"]["Workflow name"] == "publish.yml"
    rows = {row["claim"]: row for row in document["diagnosis"]["claims"]}
    assert rows["repository"]["same"] is False
    for part in (document["diagnosis"]["cause"], "octo/renamed", "Workflow name: publish.yml"):
        assert part in text
    assert json.loads(json.dumps(document)) == document


def test_a_log_without_a_known_failure_is_unknown_and_a_no(root):
    found = told(root, "everything is fine\n")
    assert found.exit_status == 1
    assert found.document()["diagnosis"]["known"] is False
    assert "does not mean that the upload succeeded" in found.text()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-8-sig"])
def test_logs_of_every_shell(root, encoding):
    text = f"first\r\nHTTPError: {NOT_FOUND}\r\n"
    found = told(root, text.encode(encoding))
    assert (found.diagnosis.id, found.diagnosis.found.line) == ("invalid-publisher", 2)


def test_the_end_of_a_long_log_is_read_and_that_is_said(root, monkeypatch):
    monkeypatch.setattr(module, "LARGEST_LOG", 1000)
    found = told(root, "403 New uploads are temporarily disabled.\n" + "x" * 2000 + NOT_FOUND)
    assert found.diagnosis.id == "invalid-publisher"
    assert found.document()["warnings"]
    assert "only its end was read" in found.text()


def test_standard_input(root, monkeypatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(NOT_FOUND.encode())))
    assert diagnose_upload(root, module.Path("-")).diagnosis.id == "invalid-publisher"


@pytest.mark.parametrize("what", ["log", "claims"])
def test_files_that_cannot_be_read(root, what):
    there = root / "there"
    there.write_text(NOT_FOUND)
    for bad in (root / "missing", root):
        log, claims = (bad, None) if what == "log" else (there, bad)
        with pytest.raises(InputError):
            diagnose_upload(root, log, claims)


def test_secrets_in_a_log_are_not_shown(root, monkeypatch):
    """Secrets of the environment, in a log that shows them in several ways, are not told."""
    monkeypatch.setenv("TWINE_PASSWORD", CANARY)
    split = f"{CANARY[:9]}\x1b[0m{CANARY[9:]}"
    lines = [CANARY, split, f"Authorization: Basic {CANARY}", f"https://u:{CANARY}@h.invalid/"]
    for line in lines:
        found = told(root, f"HTTPError: 503 {line} Service Unavailable {line}\n")
        everything = found.text() + json.dumps(found.document())
        assert CANARY not in everything
        assert "***" in everything


def test_the_most_specific_failure_comes_first(root):
    found = told(root, f"HTTPError: 502 Bad Gateway\nRead timed out.\n{NOT_FOUND}\n")
    assert found.diagnosis.id == "invalid-publisher"
    others = {each["id"]: each["line"] for each in found.document()["diagnosis"]["others"]}
    assert others == {"server-error": 1, "network": 2}


def test_a_text_that_is_broken_over_lines(root):
    found = told(root, "ERROR   HTTPError: 403 Invalid API Token: token is   \n         expired\n")
    assert found.diagnosis.id == "token-expired"


@given(st.text(max_size=400))
def test_any_log_has_a_diagnosis_of_printable_lines(text):
    lines = list(diagnosis_of(text).lines())
    assert lines
    assert all(line.isprintable() for line in lines)


@given(st.binary(max_size=200), st.sampled_from(["invalid-publisher", "Bad Gateway"]))
def test_noise_around_does_not_hide_a_failure(noise, failure):
    around = noise.decode("utf-8", "replace").replace("\x1b", "")
    assert diagnosis_of(f"{around}\n{failure}\n{around}").known
