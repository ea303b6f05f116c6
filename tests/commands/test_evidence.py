"""What a delivered report proves about this project: by what it looked at, and by nothing else."""

import json
import os
import shutil
import subprocess
from datetime import timedelta

import pytest

from secstatus.commands.baseline import accept_baseline
from secstatus.commands.build import build_site
from secstatus.commands.decide import DecideOptions as DecideAsk
from secstatus.commands.decide import decide_release
from secstatus.commands.ingest import IngestOptions, ingest_reports
from secstatus.errors import InputError, UsageError
from tests.commands.scanned import (
    FIRST,
    KELP,
    LEDGER,
    PLANS,
    REPORTS,
    STATUS,
    WEEK,
    bandit,
    both,
    pip_audit,
)

PROJECT = """\
[project]
name = "lanternfish"
version = "2.4.1"
dependencies = [{}]
[tool.secstatus]
base_url = "https://example.org/security-status/"
{}
"""
SECRET = "s3cr3t-of-the-sea"


def write_project(root, *dependencies, more=""):
    quoted = ", ".join(f'"{each}"' for each in dependencies)
    (root / "pyproject.toml").write_text(PROJECT.format(quoted, more))


def grade(result):
    return result.status.security_grade


def published(root, now):
    build_site(root, root / "_site", now, None)
    pages = [path for path in (root / "_site").rglob("*") if path.is_file()]
    return "".join(path.read_text("utf-8", "replace") for path in pages)


def flaw(at, path="src/a.py", code="run(name, shell=True)"):
    """bandit's report of one flaw in a file."""
    result = {
        "code": f"11 \n12     {code}\n13 \n",
        "filename": path,
        "issue_confidence": "HIGH",
        "issue_severity": "HIGH",
        "issue_text": "subprocess call with shell=True",
        "line_number": 12,
        "line_range": [12],
        "test_id": "B602",
        "test_name": "shell",
    }
    report = bandit(at, result)
    report["metrics"] = {"_totals": {"loc": 400}, path: {"loc": 400, "SEVERITY.HIGH": 1}}
    return report


def clean(at, *paths, loc=400):
    report = bandit(at, loc=loc)
    report["metrics"] = {"_totals": {"loc": loc}, **{path: {"loc": loc} for path in paths}}
    return report


# The target.


@pytest.mark.parametrize(
    ("declared", "expected"),
    [(("kelp>=1", "coral"), "A"), (("kelp", "wrasse"), "?"), ((), "A")],
)
def test_a_dependency_scan_has_to_look_at_what_is_declared(root, scan, declared, expected):
    write_project(root, *declared)
    result = scan(FIRST, pip_audit=pip_audit())
    assert grade(result) == expected
    if expected == "?":
        assert "wrasse" in result.shortfalls()[0]


def test_a_dependency_that_was_declared_since_was_not_looked_at(root, scan):
    write_project(root, "kelp")
    assert grade(scan(FIRST, **both(FIRST))) == "A"
    write_project(root, "kelp", "wrasse")
    again = ingest_reports(root, FIRST + timedelta(hours=1), IngestOptions(scan_date=FIRST))
    assert grade(again) == "?"
    assert not ingest_reports(
        root, FIRST + timedelta(hours=2), IngestOptions(scan_date=FIRST)
    ).written


def test_a_scan_of_another_folder_resolves_nothing_and_releases_nothing(root, scan):
    first = scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    decide_release(root, FIRST, DecideAsk())
    at = FIRST + WEEK
    second = scan(at, pip_audit=pip_audit(), bandit=clean(at, "tools/release.py"))
    assert (grade(first), grade(second)) == ("C", "?")
    assert (second.learnt.resolved, second.learnt.unobserved) == ((), ("BANDIT-B602-a.py-12",))
    assert not decide_release(root, at, DecideAsk()).document()["should_release"]
    back = scan(at + WEEK, pip_audit=pip_audit(), bandit=clean(at + WEEK, "src/a.py"))
    assert back.learnt.resolved == ("BANDIT-B602-a.py-12",)


def test_another_requirements_file_is_another_target(root, scan):
    scan(FIRST, pip_audit=pip_audit(("kelp", [KELP])))
    docs = scan(FIRST + WEEK, pip_audit=pip_audit(packages=("sphinx", "furo", "docutils")))
    assert docs.learnt.resolved == ()
    assert grade(docs) == "?"


def git(root, *words):
    identity = {f"GIT_{who}_{key}": "lantern@example.org" for who in ("AUTHOR", "COMMITTER")
                for key in ("NAME", "EMAIL")}  # fmt: skip
    environment = {**os.environ, **identity, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, env=environment)


def commit(root, **files):
    for path, text in files.items():
        place = root / path.replace("__", "/").replace("_py", ".py")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "tree")


@pytest.fixture
def repository(root):
    git(root, "init", "-q")
    commit(root, src__a_py="run(name, shell=True)\n", src__b_py="pass\n")
    return root


def test_a_file_that_has_left_the_tree_takes_its_flaw_along(repository, scan):
    scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    (repository / "src/a.py").unlink()
    commit(repository)
    gone = scan(FIRST + WEEK, pip_audit=pip_audit(), bandit=clean(FIRST + WEEK, "src/b.py"))
    assert gone.learnt.resolved == ("BANDIT-B602-a.py-12",)
    assert "no longer in the project" in (repository / LEDGER).read_text()


def test_a_flaw_that_moved_with_its_file_is_the_same_finding(repository, scan):
    scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    (repository / "src/a.py").rename(repository / "src/c.py")
    commit(repository)
    at = FIRST + WEEK
    moved = scan(at, pip_audit=pip_audit(), bandit=flaw(at, path="src/c.py"))
    assert (moved.learnt.new, moved.learnt.resolved) == ((), ())
    assert moved.learnt.seen == ("BANDIT-B602-a.py-12",)


@pytest.mark.parametrize(
    "prefix", ["./", "/home/runner/work/lanternfish/lanternfish/", "/srv/agent-7/_work/3/s/"]
)
def test_the_place_of_a_checkout_is_no_part_of_a_finding(repository, scan, prefix):
    scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    at = FIRST + WEEK
    again = scan(at, pip_audit=pip_audit(), bandit=flaw(at, path=f"{prefix}src/a.py"))
    assert (again.learnt.new, again.learnt.unobserved) == ((), ())
    text = published(repository, at + timedelta(hours=1))
    assert "/home/runner" not in text
    assert "_work" not in text


# Delivered reports.


@pytest.mark.parametrize(
    "content",
    [
        f"{SECRET} is no JSON",
        json.dumps({"error": SECRET}),
        json.dumps({SECRET: {"results": 3}}),
        '{"dependencies": [{"name": "' + SECRET,
        "\ufeff" + SECRET,
    ],
)
def test_a_report_that_cannot_be_read_is_never_nothing_and_never_quoted(root, scan, content):
    result = scan(FIRST, **both(FIRST), new_tool=content)
    assert grade(result) == "?"
    text = published(root, FIRST + timedelta(hours=1))
    assert SECRET not in text + (root / STATUS).read_text() + (root / LEDGER).read_text()
    assert "optional_scanners" in text
    write_project(root, more='optional_scanners = ["new-tool"]')
    assert (
        grade(ingest_reports(root, FIRST + timedelta(hours=2), IngestOptions(scan_date=FIRST)))
        == "A"
    )


@pytest.mark.parametrize(
    ("data", "found", "remedy"),
    [
        (b"\x1f\x8b\x08junk", "a gzip archive", "gunzip"),
        ("{}".encode("utf-16"), "UTF-16", "Out-File -Encoding utf8"),
        ("{}".encode("utf-16-le"), "UTF-16", "Out-File -Encoding utf8"),
        (b"\x80abc", "0x80", "Out-File -Encoding utf8"),
        (b'WARNING: old cache\n{"results": []}', "WARNING", "2>FILE"),
        (b'{"results": []}{"results": []}', "2 JSON values", "--slurp"),
        (b'{"results": [', "the end", "cut short"),
        (b"<html>", "a page in HTML", "login"),
        (b"[" * 100_000, "nested too deeply", "run it again"),
        (b"[" + b"7" * 5000 + b"]", "thousands of digits", ""),
    ],
)
def test_bytes_that_are_no_report_are_a_failed_scan(root, scan, data, found, remedy):
    (root / REPORTS / "bandit.json").write_bytes(data)
    (root / REPORTS / "pip-audit.json").write_text(json.dumps(pip_audit()))
    result = ingest_reports(root, FIRST, IngestOptions(scan_date=FIRST))
    assert {each.scanner: each.verdict for each in result.status.scans}["bandit"] == "failed"
    assert grade(result) == "?"
    told = next(each for each in result.warnings if each.startswith(f"{REPORTS}/bandit.json: at "))
    found_at, expected = told.index(found), told.index(", expected ")
    assert found_at < expected
    assert remedy in told[expected:]


def test_a_cut_report_leaves_no_second_scanner_behind(root, scan):
    found = [{"RuleID": "aws", "File": "src/a.py", "StartLine": 3, "Description": "d"}]
    whole = json.dumps(found)
    scan(FIRST, **both(FIRST), gitleaks=whole[:20])
    later = scan(FIRST + WEEK, **both(FIRST + WEEK), gitleaks=whole)
    assert [each.scanner for each in later.status.scans] == ["bandit", "gitleaks", "pip-audit"]
    cut = scan(FIRST + 2 * WEEK, **both(FIRST + 2 * WEEK), gitleaks=whole[:20])
    assert [each.verdict for each in cut.status.scans if each.scanner == "gitleaks"] == ["failed"]
    assert len(cut.status.scans) == 3
    assert grade(cut) == "?"


def test_a_broken_file_is_of_whoever_delivered_it_before(root, scan):
    sarif = {
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "Deep Lint"}},
                "invocations": [{"executionSuccessful": True}],
                "results": [],
            }
        ],
    }
    scan(FIRST, **both(FIRST), checks=sarif)
    broken = scan(FIRST + WEEK, **both(FIRST + WEEK), checks="{")
    verdicts = {each.scanner: each.verdict for each in broken.status.scans}
    assert verdicts == {"bandit": "complete", "deep-lint": "failed", "pip-audit": "complete"}


def test_a_link_out_of_the_project_is_refused(root, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "pip-audit.json"
    outside.write_text(json.dumps(pip_audit()))
    (root / REPORTS / "pip-audit.json").symlink_to(outside)
    with pytest.raises(InputError, match="leads out of the project"):
        ingest_reports(root, FIRST, IngestOptions(scan_date=FIRST))
    (root / "kept.json").write_text(json.dumps(pip_audit()))
    (root / REPORTS / "pip-audit.json").unlink()
    (root / REPORTS / "pip-audit.json").symlink_to("../../../kept.json")
    assert grade(ingest_reports(root, FIRST, IngestOptions(scan_date=FIRST))) == "A"


def test_an_exit_status_needs_a_scanner(root, scan):
    with pytest.raises(UsageError, match="bandit, pip-audit"):
        scan(FIRST, exits=["pipaudit=1"], **both(FIRST))
    assert not (root / STATUS).exists()


def test_a_scanner_that_crashed_before_it_wrote_is_a_failed_scan(root, scan):
    result = scan(FIRST, exits=["semgrep=2"], **both(FIRST))
    assert grade(result) == "?"
    assert "ended with status 2" in " ".join(result.shortfalls())


def test_a_time_that_lies_ahead_stops_no_other_report(root, scan):
    ahead = bandit(FIRST + timedelta(hours=3))
    result = scan(FIRST, pip_audit=pip_audit(("kelp", [KELP])), bandit=ahead)
    assert result.learnt.new == ("PYSEC-2026-11",)
    assert any("lies ahead" in warning for warning in result.warnings)
    dated = {each.scanner: each.dated_by for each in result.status.scans}
    assert dated == {"bandit": "option", "pip-audit": "option"}


# The time of a report, where git has to tell it.


@pytest.fixture
def committed(repository):
    """A report without a time, committed long ago."""
    (repository / REPORTS / "pip-audit.json").write_text(json.dumps(pip_audit()))
    commit(repository)
    return repository


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to somebody else")
def test_where_git_refuses_the_owner_the_time_is_not_known(committed):
    os.chown(committed, 12345, 12345)
    shutil.chown(committed / ".git", 12345, 12345)
    with pytest.raises(InputError, match="git cannot be asked"):
        ingest_reports(committed, FIRST + 99 * WEEK, IngestOptions())
    assert not (committed / STATUS).exists()
    assert grade(ingest_reports(committed, FIRST, IngestOptions(scan_date=FIRST))) == "A"


def test_without_git_the_time_is_not_known(committed, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(InputError, match="git cannot be asked") as caught:
        ingest_reports(committed, FIRST + 99 * WEEK, IngestOptions())
    assert "--scan-date" in caught.value.hint


def test_a_time_by_the_file_is_told_on_the_page(root):
    report = root / REPORTS / "pip-audit.json"
    report.write_text(json.dumps(pip_audit()))
    os.utime(report, (FIRST.timestamp(), FIRST.timestamp()))
    result = ingest_reports(root, FIRST + timedelta(hours=1), IngestOptions())
    assert [each.dated_by for each in result.status.scans] == ["file"]
    assert "modification time" in published(root, FIRST + timedelta(hours=2))


# The package itself.


OWN = {"id": "PYSEC-2026-77", "fix_versions": [], "aliases": [], "description": "Bad lantern."}


def own(version, vulns=(), fixes=()):
    listed = [{**each, "fix_versions": [*fixes]} for each in vulns]
    report = pip_audit()
    report["dependencies"].append({"name": "lanternfish", "version": version, "vulns": listed})
    return report


@pytest.mark.parametrize("fixes", [(), ("2.4.2",)])
def test_a_bump_of_our_own_is_no_fix(root, scan, fixes):
    write_project(root)
    scan(FIRST, pip_audit=pip_audit())
    decide_release(root, FIRST, DecideAsk())
    scan(FIRST + WEEK, pip_audit=own("2.4.1", [OWN], fixes))
    found = decide_release(root, FIRST + WEEK, DecideAsk()).document()
    assert not found["should_release"]
    bumped = (root / "pyproject.toml").read_text().replace("2.4.1", "2.4.2")
    (root / "pyproject.toml").write_text(bumped)
    after = scan(FIRST + 2 * WEEK, pip_audit=own("2.4.2"))
    assert after.learnt.resolved == ()
    assert grade(after) == "B"
    assert not decide_release(root, FIRST + 2 * WEEK, DecideAsk()).document()["should_release"]
    plans = (root / PLANS).read_text().replace("status: new", "status: completed")
    (root / PLANS).write_text(plans)
    confirmed = scan(FIRST + 3 * WEEK, pip_audit=own("2.4.2"))
    assert bool(confirmed.learnt.resolved) is bool(fixes)
    assert not decide_release(root, FIRST + 3 * WEEK, DecideAsk()).document()["should_release"]


# Scopes, and findings in code.

LOCK = """\
version = 1
requires-python = ">=3.11"

[[package]]
name = "lanternfish"
version = "2.4.1"
source = { editable = "." }
dependencies = [{ name = "coral" }]

[package.dev-dependencies]
dev = [{ name = "kelp" }]

[[package]]
name = "coral"
version = "2.0.0"
source = { registry = "https://index.example/simple" }

[[package]]
name = "kelp"
version = "2.0.0"
source = { registry = "https://index.example/simple" }
"""


def test_the_lock_file_tells_development_from_runtime(root, scan):
    write_project(root, "coral")
    critical = {**KELP, "id": "MAL-2026-1", "aliases": []}
    runtime = scan(FIRST, pip_audit=pip_audit(("kelp", [critical])))
    assert (grade(runtime), runtime.status.findings[0].scope) == ("F", "runtime")
    (root / "uv.lock").write_text(LOCK)
    at = FIRST + WEEK
    result = scan(at, pip_audit=pip_audit(("kelp", [critical])))
    assert (grade(result), result.status.findings[0].scope) == ("A", "development")
    assert result.status.other_summary.critical == 1
    assert result.status.vulnerability_summary.total == 0
    write_project(root, "coral", more='grade_scopes = ["runtime", "development"]')
    assert grade(scan(at + WEEK, pip_audit=pip_audit(("kelp", [critical])))) == "F"


def test_a_new_finding_in_a_development_dependency_releases_nothing(root, scan):
    write_project(root, "coral")
    (root / "uv.lock").write_text(LOCK)
    scan(FIRST, pip_audit=pip_audit())
    decide_release(root, FIRST, DecideAsk())
    at = FIRST + WEEK
    scan(at, pip_audit=pip_audit(("kelp", [{**KELP, "id": "MAL-2026-1", "aliases": []}])))
    assert not decide_release(root, at, DecideAsk()).document()["should_release"]


def test_a_baseline_accepts_the_code_of_today_and_nothing_else(root, scan):
    scan(FIRST, pip_audit=pip_audit(("kelp", [KELP])), bandit=flaw(FIRST))
    until = (FIRST + 20 * WEEK).date()
    done = accept_baseline(root, FIRST, "Known before the first release", until)
    assert done.accepted == ("BANDIT-B602-a.py-12",)
    assert PLANS in done.written
    at = FIRST + WEEK
    after = scan(at, pip_audit=pip_audit(), bandit=flaw(at, code="call(name, shell=True)"))
    states = {each.finding_id: each.status for each in after.status.findings}
    assert states["BANDIT-B602-a.py-12"] == "accepted"
    assert accept_baseline(root, at, "again", until).accepted == ()


def test_a_baseline_keeps_what_people_wrote(root, scan):
    scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    plans = (root / PLANS).read_text().replace("assigned_to: null", "assigned_to: ann  # on it")
    (root / PLANS).write_text(plans)
    done = accept_baseline(root, FIRST, "All of them", (FIRST + WEEK).date())
    assert (done.accepted, done.kept) == ((), ("BANDIT-B602-a.py-12",))
    assert (root / PLANS).read_text() == plans


@pytest.mark.parametrize(("reason", "days"), [("  ", 9), ("why", 0), ("why", -3)])
def test_a_baseline_needs_a_reason_and_an_end_that_is_ahead(root, scan, reason, days):
    scan(FIRST, pip_audit=pip_audit(), bandit=flaw(FIRST))
    with pytest.raises(UsageError):
        accept_baseline(root, FIRST, reason, FIRST.date() + timedelta(days=days))


# A ledger of the schema before.


def test_an_older_ledger_is_completed_once_and_keeps_dates_and_ids(root, scan):
    scan(FIRST, pip_audit=pip_audit(("kelp", [KELP])), bandit=flaw(FIRST))
    for name in (LEDGER, STATUS):
        data = json.loads((root / name).read_text())
        data["schema_version"] = "1.0"
        for finding in data["findings"]:
            for key in ("scope", "kind", "ecosystem", "location") if name == STATUS else ("scope",):
                finding.pop(key, None)
            if name == LEDGER and finding.get("fingerprint"):
                finding["fingerprint"] = "0" * 32
                finding["location"] = "/home/runner/work/lanternfish/lanternfish/src/a.py:12"
        for key in ("grade_scopes", "code_summary", "other_summary"):
            data.pop(key, None)
        if name == STATUS:
            data["vulnerability_summary"] = {"total": 2, "high": 1, "medium": 0, "low": 0}
        (root / name).write_text(json.dumps(data))
    at = FIRST + WEEK
    again = scan(at, pip_audit=pip_audit(("kelp", [KELP])), bandit=flaw(at))
    assert (again.learnt.new, again.learnt.resolved) == ((), ())
    assert sorted(again.learnt.seen) == ["BANDIT-B602-a.py-12", "PYSEC-2026-11"]
    ledger = json.loads((root / LEDGER).read_text())
    assert ledger["schema_version"] == "1.1"
    assert {each["discovered"] for each in ledger["findings"]} == {"2026-11-02"}
    assert "/home/runner" not in (root / LEDGER).read_text()


def test_what_only_development_still_needs_leaves_the_grade(root, scan):
    high = {**KELP, "id": "MAL-2026-5", "aliases": []}
    write_project(root, "kelp", "coral")
    assert grade(scan(FIRST, pip_audit=pip_audit(("kelp", [high])))) == "F"
    write_project(root, "coral", more='[dependency-groups]\ndev = ["kelp"]')
    later = scan(FIRST + WEEK, pip_audit=pip_audit(packages=("coral", "urchin")))
    (finding,) = later.status.findings
    assert (finding.scope, bool(finding.unobserved)) == ("development", True)
    assert (grade(later), later.learnt.resolved) == ("A", ())


# A ledger that was lost: the other files tell what is open.


def sarif_flaw(rule, path):
    place = {"physicalLocation": {"artifactLocation": {"uri": path}, "region": {"startLine": 27}}}
    result = {"ruleId": rule, "level": "error", "message": {"text": "x"}, "locations": [place]}
    run = {"tool": {"driver": {"name": "codemoth"}}, "results": [result]}
    return {"version": "2.1.0", "runs": [run]}


@pytest.mark.parametrize("rule", ["LL001-7", "zizmor/artipacked", "py.shell-27", "B602", "a b-1"])
@pytest.mark.parametrize("path", ["src/core.py", "src/7-core-1.py", "a-1/my file-2.py", "x-3"])
def test_a_flaw_in_code_stays_one_finding_when_the_ledger_is_lost(root, scan, rule, path):
    first = scan(FIRST, codemoth=sarif_flaw(rule, path))
    (root / LEDGER).unlink()
    at = FIRST + WEEK
    again = scan(at, codemoth=sarif_flaw(rule, path))
    assert (again.learnt.new, again.learnt.seen) == ((), first.learnt.new)
    assert len(again.status.findings) == 1
    third = scan(at + WEEK, codemoth=sarif_flaw(rule, path))
    assert (third.learnt.new, third.learnt.seen) == ((), first.learnt.new)
