"""Dependabot: the three shapes of alerts, what is open, and when alerts are missing."""

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from secstatus.errors import InputError
from secstatus.findings.observation import ScanKind, SeverityClaim, Verdict
from secstatus.scanners import dependabot
from tests.scanners.single import read_report, reader_of

read, recognises = reader_of(dependabot), dependabot.recognises

DATA = Path(__file__).parents[1] / "data" / "reports" / "dependabot"
LIST = json.loads((DATA / "list.json").read_text())
GRAPHQL = json.loads((DATA / "graphql.json").read_text())
ERROR = {"message": "Dependabot alerts are disabled", "status": "403"}


def alert(**more):
    return {**copy.deepcopy(LIST[0]), **more}


def test_the_rest_list():
    report = read_report((DATA / "list.json").read_text(), "list.json")
    assert (report.scanner, report.kind) == ("dependabot", ScanKind.DEPENDENCIES)
    assert (report.verdict, bool(report.problems)) == (Verdict.UNSTATED, True)
    jinja, pip, urllib3 = report.observations
    assert (jinja.id, jinja.aliases) == ("GHSA-aaaa-bbbb-cc01", ("CVE-2026-50001",))
    assert (jinja.package, jinja.location) == ("Jinja2", "requirements.txt")
    assert (jinja.fix_versions, jinja.published) == (("3.1.3",), date(2026, 10, 1))
    assert (jinja.title, jinja.closed) == ("Templates can read files", "")
    assert jinja.severities == (
        SeverityClaim("word", "github", "high"),
        SeverityClaim("word", "github", "medium"),
        SeverityClaim("vector", "github", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"),
    )
    assert (pip.closed, pip.withdrawn) == (
        "dismissed: tolerable risk: only at build time",
        True,
    )
    assert urllib3.closed == "fixed"


def test_a_webhooks_object():
    report = read_report(json.dumps({"action": "created", "alert": LIST[0]}), "hook.json")
    assert [each.id for each in report.observations] == ["GHSA-aaaa-bbbb-cc01"]


def test_an_answer_of_graphql():
    report = read_report((DATA / "graphql.json").read_text(), "graphql.json")
    (jinja,) = report.observations
    assert (report.scanner, report.verdict) == ("dependabot", Verdict.UNSTATED)
    assert (jinja.id, jinja.aliases) == ("GHSA-aaaa-bbbb-cc01", ("CVE-2026-50001",))
    assert (jinja.package, jinja.version) == ("Jinja2", "3.1.2")
    assert (jinja.fix_versions, jinja.location) == (("3.1.3",), "requirements.txt")
    assert jinja.severities[0] == SeverityClaim("word", "github", "MODERATE")
    assert jinja.closed == ""


@pytest.mark.parametrize("state", ["open", "OPEN", "", None, "a new word"])
def test_an_alert_is_open_unless_its_state_says_otherwise(state):
    (found,) = read([alert(state=state)]).observations
    assert found.closed == ""


@pytest.mark.parametrize("state", ["dismissed", "auto_dismissed", "AUTO_DISMISSED", "fixed"])
def test_an_alert_that_is_not_open_is_kept_and_said_to_be_so(state):
    (found,) = read([alert(state=state, dismissed_reason=None)]).observations
    assert found.closed == state.lower()


def graphql(*nodes, **more):
    data = copy.deepcopy(GRAPHQL)
    connection = data["data"]["repository"]["vulnerabilityAlerts"]
    connection.update(nodes=[*connection["nodes"], *nodes], **more)
    return data


def test_a_query_need_not_ask_for_the_state():
    node = {**graphql()["data"]["repository"]["vulnerabilityAlerts"]["nodes"][0], "state": None}
    found = read(graphql({**node, "dismissedAt": "2026-01-01", "dismissReason": "tolerable"}))
    assert found.observations[1].closed == "dismissed: tolerable"
    assert read(graphql({**node, "fixedAt": "2026-01-01"})).observations[1].closed == "fixed"
    assert read(graphql(node)).observations[1].closed == ""


@pytest.mark.parametrize(
    "data",
    [
        graphql(totalCount=2),
        graphql(pageInfo={"hasNextPage": True}),
        graphql(None, totalCount=None),
        {"data": {**graphql()["data"], "other": {"vulnerabilityAlerts": {"totalCount": 0}}}},
        {**graphql(), "errors": [{"message": "Something went wrong"}]},
        {**graphql(), "errors": [{}]},
        {**graphql(), "errors": "Something went wrong"},
        {"data": {**graphql()["data"], "other": {"vulnerabilityAlerts": None}}},
        {"data": {**graphql()["data"], "pageInfo": {"hasNextPage": True}}},
    ],
)
def test_missing_alerts_are_partial_and_the_others_are_read(data):
    report = read(data)
    assert (report.verdict, len(report.observations)) == (Verdict.PARTIAL, 1)
    assert report.problems


def test_pages_inside_an_alert_are_no_pages_of_alerts():
    (node,) = graphql()["data"]["repository"]["vulnerabilityAlerts"]["nodes"]
    more = {**node, "cwes": {"pageInfo": {"hasNextPage": True}}}
    assert read(graphql(more, totalCount=2)).verdict is Verdict.UNSTATED


def test_alerts_deep_in_an_answer_and_as_edges():
    connection = graphql()["data"]["repository"]["vulnerabilityAlerts"]
    edges = {"edges": [{"node": node} for node in connection["nodes"]]}
    data = {"data": {"search": {"nodes": [{"vulnerabilityAlerts": edges}, {}]}}}
    assert recognises(data)
    assert len(read(data).observations) == 1


@pytest.mark.parametrize(
    "data",
    [
        ERROR,
        {"data": None, "errors": [{"message": "Could not resolve"}]},
        {"data": {"repository": None}},
        {"data": {"repository": {"vulnerabilityAlerts": None}}},
    ],
)
def test_an_answer_without_alerts_failed(data):
    report = read(data)
    assert (report.verdict, report.observations) == (Verdict.FAILED, ())
    assert report.problems


def test_an_error_is_an_error_when_nobody_names_the_format():
    with pytest.raises(InputError, match="an error message instead of a report: 'Dependabot"):
        read_report(json.dumps(ERROR), "alerts.json")
    assert read_report(json.dumps(ERROR), "alerts.json", "dependabot").verdict is Verdict.FAILED


def test_an_empty_list_proves_nothing():
    report = read_report("[]", "alerts.json", "dependabot")
    assert (report.scanner, report.verdict) == ("dependabot", Verdict.UNSTATED)
    assert read_report("[]", "alerts.json").verdict is Verdict.FAILED


def test_without_a_ghsa_id_the_first_other_one():
    advisory = {"identifiers": [{"type": "OTHER", "value": "X-1"}, {"type": "B", "value": "X-2"}]}
    (found,) = read([alert(security_advisory=advisory)]).observations
    assert (found.id, found.aliases) == ("X-1", ("X-2",))


def test_an_error_names_file_and_place():
    cases = {
        r"\$\[1\]\.security_advisory: found nothing": [LIST[0], {"security_vulnerability": {}}],
        r"\$\[1\]\.security_advisory\.ghsa_id": [LIST[0], alert(security_advisory={})],
        r"\$\.data\.repository\.vulnerabilityAlerts\.nodes\[1\]\.securityVulnerability": graphql(
            {}
        ),
        r"\$\.data\.repository\.vulnerabilityAlerts\.nodes: found 7": {
            "data": {"repository": {"vulnerabilityAlerts": {"nodes": 7}}}
        },
    }
    for message, data in cases.items():
        with pytest.raises(InputError, match=rf"^a\.json: at {message}"):
            read_report(json.dumps(data), "a.json")
    with pytest.raises(InputError, match=r"expected a list of alerts"):
        read_report("{}", "a.json", "dependabot")


def test_recognition():
    assert recognises(LIST)
    assert recognises({"alert": LIST[0]})
    assert not recognises([])
    assert not recognises({"data": {"user": {}}})
    assert not recognises([{"rule": {}, "tool": {}}])
    assert not recognises(None)


@pytest.mark.parametrize(
    ("more", "repository"),
    [
        ({"repository": {"full_name": "acme/shop"}}, "acme/shop"),
        ({"url": "https://api.github.com/repos/acme/shop/dependabot/alerts/3"}, "acme/shop"),
        ({"url": "https://git.acme.example/api/v3/repos/acme/shop/dependabot/1"}, "acme/shop"),
        ({"html_url": "https://github.com/acme/shop/security/dependabot/3"}, "acme/shop"),
        ({"html_url": "https://github.com/acme/shop/issues/3"}, ""),
        ({"repository": {"full_name": "no owner"}}, ""),
        ({}, ""),
    ],
)
def test_the_repository_of_an_alert(more, repository):
    plain = {key: value for key, value in alert().items() if "url" not in key}
    (found,) = read([{**plain, "repository": None, **more}]).observations
    assert found.repository == repository


def test_the_repository_around_an_alert():
    hook = {"action": "created", "alert": alert(), "repository": {"full_name": "acme/shop"}}
    assert read(hook).observations[0].repository == "acme/shop"
    data = graphql()
    data["data"]["repository"]["nameWithOwner"] = "acme/shop"
    assert read(data).observations[0].repository == "acme/shop"


@pytest.mark.parametrize(
    ("word", "scope"),
    [("runtime", "runtime"), ("DEVELOPMENT", "development"), (None, ""), ("new", "")],
)
def test_the_scope_of_a_dependency(word, scope):
    dependency = {**alert()["dependency"], "scope": word}
    assert read([alert(dependency=dependency)]).observations[0].scope == scope
    (node,) = graphql()["data"]["repository"]["vulnerabilityAlerts"]["nodes"]
    assert read(graphql({**node, "dependencyScope": word})).observations[1].scope == scope


def test_another_ecosystem():
    package = {"ecosystem": "npm", "name": "ajv"}
    dependency = {**alert()["dependency"], "package": package}
    report = read([alert(dependency=dependency)])
    assert (report.observations[0].package, report.ecosystems) == ("npm:ajv", ("npm",))
