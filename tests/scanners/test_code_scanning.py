"""Code scanning alerts: severities, fingerprints, and what is open."""

import copy
import json
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import code_scanning
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(code_scanning), code_scanning.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "code_scanning"
LIST = json.loads((DATA / "list.json").read_text())


def alert(line=41, **more):
    changed = {**copy.deepcopy(LIST[0]), **more}
    changed["most_recent_instance"]["location"]["start_line"] = line
    return changed


def test_the_rest_list():
    report = read_report((DATA / "list.json").read_text(), "list.json")
    assert (report.scanner, report.tool_version) == ("code-scanning", "CodeQL 2.19.3")
    assert (report.kind, report.verdict) == (ScanKind.CODE, Verdict.UNSTATED)
    assert report.problems
    injection, weak = report.observations
    assert (injection.id, injection.location) == ("py/sql-injection", "src/shop/db.py:41")
    assert injection.title == "SQL query built from user-controlled sources"
    assert injection.description == "This query depends on a user-provided value."
    assert injection.references == ("https://example.org/code-scanning/4",)
    assert injection.severities == (
        SeverityClaim("word", "github", "critical"),
        SeverityClaim("word", "level", "high"),
    )
    assert injection.closed == ""
    assert weak.severities == (SeverityClaim("word", "level", "medium"),)
    assert weak.closed == "dismissed: used in tests"


def test_a_webhooks_object_of_the_old_shape():
    old = alert()
    old["instances"] = [old.pop("most_recent_instance")]
    report = read_report(json.dumps({"action": "created", "alert": old}), "hook.json")
    assert [each.location for each in report.observations] == ["src/shop/db.py:41"]


def test_a_fingerprint_stays_when_lines_move():
    (before,), (after,) = read([alert(41)]).observations, read([alert(99)]).observations
    assert before.fingerprint == after.fingerprint
    two = read([alert(41), alert(99), alert(99)]).observations
    assert len({each.location for each in two}) == len(two) == 2


def test_fixed_is_not_open():
    (found,) = read([alert(state="fixed")]).observations
    assert found.closed == "fixed"


def test_an_empty_list_proves_nothing_and_an_error_failed():
    assert read([]).verdict is Verdict.UNSTATED
    error = {"message": "no analysis found", "status": "404"}
    assert read(error).verdict is Verdict.FAILED
    with pytest.raises(InputError, match="an error message instead of a report"):
        read_report(json.dumps(error), "alerts.json")


def test_an_error_names_file_and_place():
    with pytest.raises(InputError, match=r"^a\.json: at \$\[1\]\.rule\.id: found"):
        read_report(json.dumps([LIST[0], alert(rule={})]), "a.json")
    with pytest.raises(InputError, match=r"\$\[0\]\.rule: found nothing"):
        read_report('[{"number": 1}]', "a.json", "code-scanning")
    with pytest.raises(InputError, match="expected a list of alerts"):
        read_report('{"alert": 7}', "a.json", "code-scanning")


def test_recognition():
    assert recognises(LIST)
    assert recognises({"alert": LIST[0]})
    assert not recognises([])
    assert not recognises([{"rule": {}}])
    assert not recognises("text")


def test_an_alert_about_a_package_is_one_in_a_dependency():
    text = "Package: jinja2\nInstalled Version: 3.1.4\nFixed Version: 3.1.5"
    about = {
        "rule": {"id": "CVE-2026-40001", "description": "jinja2: sandbox breakout"},
        "tool": {"name": "Trivy"},
        "most_recent_instance": {"message": {"text": text}},
    }
    (found,) = read([about]).observations
    assert (found.kind, found.package, found.version) == (
        ScanKind.DEPENDENCIES,
        "jinja2",
        "3.1.4",
    )


def test_a_syntax_error_is_a_file_that_was_not_examined():
    report = read([alert(rule={"id": "py/syntax-error"}), alert()])
    assert (report.verdict, len(report.observations)) == (Verdict.PARTIAL, 1)
    assert len(report.skipped) == 1


def test_the_repository_of_an_alert():
    url = "https://api.github.com/repos/acme/shop/code-scanning/alerts/4"
    assert read([alert(url=url)]).observations[0].repository == "acme/shop"
