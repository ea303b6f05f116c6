"""inspect, enrich and ingest, through their real entry point."""

import json

import pytest

from secstatus.cli import main
from tests.cli.test_cli import run
from tests.support.osv import serving_osv

NOW = "2026-11-24T09:00:00Z"
SCANNED = "2026-11-24T08:00:00Z"
VULN = {
    "id": "PYSEC-2026-11",
    "fix_versions": ["2.0.1"],
    "aliases": ["GHSA-2222-3333-4444"],
    "description": "Kelp follows links out of its folder. Do not \x1b[31m trust it.\n::error::hello",
}
AUDIT = {
    "dependencies": [
        {"name": "coral", "version": "1.0", "vulns": []},
        {"name": "kelp", "version": "2.0.0", "vulns": [VULN]},
        {"name": "lanternfish", "skip_reason": "not on the index"},
    ],
    "fixes": [],
}
RECORD = {
    "id": "PYSEC-2026-11",
    "modified": "2026-11-01T00:00:00Z",
    "aliases": ["GHSA-2222-3333-4444"],
    "affected": [{"package": {"ecosystem": "PyPI", "name": "kelp"}}],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
}


@pytest.fixture
def root(tmp_path):
    reports = tmp_path / "security/reports/latest"
    reports.mkdir(parents=True)
    (reports / "pip-audit.json").write_text(json.dumps(AUDIT))
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "lanternfish"\n')
    return tmp_path


def test_inspect_as_json_says_what_is_understood(root):
    done = run("inspect", str(root / "security/reports/latest/pip-audit.json"), "--format=json")
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["scanner"], found["verdict"], found["audited"]) == ("pip-audit", "partial", 2)
    assert found["skipped"] == [{"name": "lanternfish", "reason": "not on the index"}]
    assert (found["tool_version"], found["scanned_at"], found["problems"]) == (None, None, [])
    (observed,) = found["observations"]
    assert observed["title"] == "Kelp follows links out of its folder"
    assert {key: observed[key] for key in ("id", "aliases", "package", "version")} == {
        "id": "PYSEC-2026-11",
        "aliases": ["GHSA-2222-3333-4444"],
        "package": "kelp",
        "version": "2.0.0",
    }
    assert (observed["severity"], observed["fix_versions"]) == ("unknown", ["2.0.1"])
    assert observed["location"] is None


def test_inspect_for_people(root):
    done = run("inspect", str(root / "security/reports/latest/pip-audit.json"))
    assert "verdict   partial" in done.stdout
    assert "skipped   lanternfish: not on the index" in done.stdout
    assert "observed  PYSEC-2026-11 in kelp 2.0.0: unknown, fixed in 2.0.1" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: found an empty file"),
        ("{", "line 1 column"),
        ("<html>", "found a page in HTML or XML"),
        ('{"message": "Bad credentials"}', "an error message instead of a report"),
        ('{"a": 1}', "of no known format"),
    ],
)
def test_what_is_no_report_names_file_and_place(tmp_path, capsys, text, said):
    path = tmp_path / "report.json"
    path.write_text(text)
    assert main(["inspect", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {path}: ")
    assert said in error


def test_inspect_with_a_name(tmp_path, capsys):
    path = tmp_path / "x.json"
    path.write_text("[]")
    assert main(["inspect", str(path), "--scanner", "pip-audit", "--format=json"]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "failed"
    assert main(["inspect", str(path), "--scanner", "pip-adit"]) == 2
    assert "expected one of" in capsys.readouterr().err


def test_ingest_as_json(root):
    done = run(
        "ingest", "--root", str(root), "--now", NOW, "--scan-date", SCANNED, "--format=json",
        "--scan-exit", "pip-audit=1",
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["new"], found["resolved"], found["reopened"]) == (["PYSEC-2026-11"], [], [])
    assert found["unobserved"] == []
    assert found["security_grade"] == "B"
    (scan,) = found["scans"]
    assert (scan["scanner"], scan["verdict"], scan["required"]) == ("pip-audit", "complete", True)


def test_ingest_for_people_in_a_workflow(root, tmp_path):
    outputs = tmp_path / "outputs"
    report = root / "security/reports/latest/pip-audit.json"
    report.write_text(json.dumps({"dependencies": [{"name": "kelp", "skip_reason": "::error::x"}]}))
    done = run(
        "ingest", "--root", str(root), "--now", NOW, "--scan-date", SCANNED,
        GITHUB_ACTIONS="true", GITHUB_OUTPUT=str(outputs),
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stdout.startswith("Grade unknown (?), 0 open.")
    assert "the scan of pip-audit is failed. It audited 0 of 1 packages" in done.stderr
    assert outputs.read_text() == "security_grade=?\nvulnerabilities=0\n"
    commands = [line for line in done.stderr.splitlines() if line.startswith("::")]
    assert all(line.startswith("::warning title=secstatus::") for line in commands)


def test_code_alone_is_not_enough_and_ends_with_1(root, capsys):
    report = root / "security/reports/latest/pip-audit.json"
    report.unlink()
    scanned = {
        "errors": [], "results": [], "generated_at": SCANNED,
        "metrics": {"_totals": {"loc": 9}, "src/a.py": {"loc": 9}},
    }  # fmt: skip
    report.with_name("bandit.json").write_text(json.dumps(scanned))
    assert main(["ingest", "--root", str(root), "--now", NOW]) == 1
    assert "a dependency scanner" in capsys.readouterr().err


def test_a_time_that_is_guessed_is_said(root, capsys):
    assert main(["ingest", "--root", str(root)]) == 0
    assert "it is dated by its modification time" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--scan-date", "soon"], "--scan-date: found 'soon'"),
        (["--scan-exit", "pip-audit"], "--scan-exit: found 'pip-audit', expected SCANNER=N"),
        (["--report", "pip-adit=x.json"], "no file"),
        (["--reports", "nowhere"], "found no report"),
    ],
)
def test_wrong_use_of_ingest_is_2_and_changes_nothing(root, capsys, options, said):
    assert main(["ingest", "--root", str(root), "--now", NOW, *options]) == 2
    assert said in capsys.readouterr().err
    assert not (root / "security/status/live-status.json").exists()


def test_what_osv_says_reaches_the_grade(root, capsys):
    with serving_osv({"PYSEC-2026-11": RECORD}) as server:
        assert main(["enrich", "--root", str(root), "--now", NOW, "--osv-url", server.origin]) == 0
    assert "known" in capsys.readouterr().out
    arguments = ["--root", str(root), "--now", NOW, "--scan-date", SCANNED, "--format=json"]
    assert main(["ingest", *arguments]) == 0
    assert json.loads(capsys.readouterr().out)["security_grade"] == "F"
    status = json.loads((root / "security/status/live-status.json").read_text())
    (finding,) = status["findings"]
    assert (finding["severity"], finding["cvss_score"]) == ("critical", 9.8)
    assert finding["severity_from"] == "OSV:PYSEC-2026-11"


def test_a_server_that_is_not_there_is_3_and_offline_is_not(root, capsys):
    arguments = ["enrich", "--root", str(root), "--now", NOW, "--osv-url", "http://127.0.0.1:9"]
    assert main(arguments) == 3
    assert "warning" in capsys.readouterr().err
    assert main([*arguments, "--offline"]) == 0
