"""monitor on real sites of this machine: each fault is told apart, raised once, ended once."""

import json
import shutil
import ssl
from datetime import timedelta

import pytest
import trustme

from secstatus.commands.build import build_site
from secstatus.commands.monitor import monitor_site
from secstatus.commands.monitor.monitor_run import MonitorOptions
from secstatus.errors import UsageError
from tests.conftest import NOW, STATES, tree
from tests.support import faults
from tests.support.clock import FakeClock
from tests.support.github import TOKEN, github_stub
from tests.support.server import serving, tls_context

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
JOURNAL = "security/status/journal.jsonl"
GRADE = "badges/grade.svg"
STATUS = "api/v1/status.json"


def slow(clock):
    """A fault: an answer that takes three seconds."""

    def answer(exchange):
        clock.now += 3
        faults.healthy(exchange)

    return answer


@pytest.fixture(autouse=True)
def _nothing_of_this_machine(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(STATES / "open", tmp_path / "project")


@pytest.fixture(scope="module")
def days(built, tmp_path_factory):
    """The files of the site, and of the same site three days later."""
    out = shutil.copytree(built("open"), tmp_path_factory.mktemp("later") / "site")
    old = tree(out)
    build_site(STATES / "open", out, NOW + 3 * DAY)
    return old, tree(out)


@pytest.fixture
def watch(root, clock):
    """`watch(server, now)`: one run of the command."""

    def run(server, now=NOW, variables=None, **more):
        ask = MonitorOptions(server if isinstance(server, str) else server.url, **more)
        return monitor_site(root, now, ask, timing=clock.timing, variables=variables or {})

    return run


def states(result):
    return {each["url"].rpartition("security-status/")[2]: each["state"] for each in probes(result)}


def probes(result):
    return result.document()["probes"]


def alerts(result):
    return [(each["kind"], each["state"]) for each in result.document()["alerts"]]


def test_a_site_as_it_should_be(watch, days):
    with serving(days[0]) as server:
        result = watch(server)
    assert set(states(result).values()) == {"up"}
    assert {"", "index.json", STATUS, GRADE, "feed.atom"} <= {*states(result)}
    assert alerts(result) == []
    assert result.exit_status == 0
    document = result.document()
    assert all(each["http_status"] == 200 for each in document["probes"])
    assert document["metrics"]["state"] == "up"
    assert document["metrics"]["windows"]["24h"]["availability"] == 1.0


def spoiled(server, clock, days):
    """What is done to the site, the worst state, and the alerts that it asks for."""
    return {
        "slow": ({"*": slow(clock)}, "slow", {"slow"}),
        "tampered": ({GRADE: faults.tampered}, "tampered", {"tampered"}),
        "5xx": ({"*": faults.down}, "down", {"down"}),
        "one 5xx": ({"feed.atom": faults.down}, "down", {"down"}),
        "no answer": ({"*": faults.hangs_up}, "down", {"down"}),
        "half deployed, a file is missing": ({GRADE: faults.gone}, "down", {"half_deployed"}),
        "half deployed, a file is old": (
            {STATUS: faults.other(days[0][STATUS])},
            "stale",
            {"half_deployed"},
        ),
        "an error page": ({STATUS: faults.error_page}, "tampered", {"tampered"}),
    }


@pytest.mark.parametrize("name", [*spoiled(None, None, ({STATUS: b""}, {}))])
def test_told_apart_raised_once_recovered_once(watch, days, clock, name):
    now = NOW + 3 * DAY
    with serving(days[1]) as server:
        assert alerts(watch(server, now)) == []
        fault, state, kinds = spoiled(server, clock, days)[name]
        server.faults.update(fault)
        first = watch(server, now + HOUR)
        again = watch(server, now + 2 * HOUR)
        server.faults.clear()
        over = watch(server, now + 3 * HOUR)
        after = watch(server, now + 4 * HOUR)
    assert {each for _, each in alerts(first)} == {"raised"}
    assert {kind for kind, _ in alerts(first)} == kinds
    assert first.probe_runs[-1].worst == state
    assert (alerts(again), again.exit_status) == ([], 1)
    assert alerts(over) == [(kind, "recovered") for kind in sorted(kinds)]
    assert (over.exit_status, alerts(after), after.exit_status) == (0, [], 0)


def test_stale_is_raised_once_and_recovers_by_a_rebuild(watch, days):
    now = NOW + 3 * DAY + HOUR
    with serving(days[0]) as server:
        assert alerts(watch(server, NOW)) == []
        first, again = watch(server, now), watch(server, now + HOUR)
        server.files = dict(days[1])
        over, after = watch(server, now + 2 * HOUR), watch(server, now + 3 * HOUR)
    assert alerts(first) == [("stale", "raised")]
    stale = {path for path, state in states(first).items() if state == "stale"}
    assert {"", STATUS, "index.json"} <= stale
    assert alerts(again) == []
    assert alerts(over) == [("stale", "recovered")]
    assert alerts(after) == []


def test_a_certificate_that_ended_is_raised_once_and_recovers_by_a_new_one(
    watch, days, tmp_path, monkeypatch
):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    good = tls_context(authority.issue_cert("localhost"))
    ended = tls_context(authority.issue_cert("localhost", not_after=NOW - 365 * DAY))
    with serving(days[0], good, "localhost") as server:
        assert alerts(watch(server, NOW)) == []
        server.context = ended
        first, again = watch(server, NOW + HOUR), watch(server, NOW + 2 * HOUR)
        server.context = good
        over, after = watch(server, NOW + 3 * HOUR), watch(server, NOW + 4 * HOUR)
    assert alerts(first) == [("certificate", "raised")]
    assert {*states(first).values()} == {"down"}
    assert all(each["fault"] == "certificate" for each in probes(first))
    assert all(each["http_status"] is None for each in probes(first))
    assert alerts(again) == []
    assert alerts(over) == [("certificate", "recovered")]
    assert alerts(after) == []


def test_one_bad_answer_is_no_alert(watch, days):
    with serving(days[0]) as server:
        server.faults[GRADE] = [faults.down]
        result = watch(server)
    assert states(result)[GRADE] == "up"
    assert {each["attempts"] for each in probes(result) if GRADE in each["url"]} == {2}
    assert alerts(result) == []


def test_it_looks_as_often_as_it_is_told(watch, days, root):
    with serving(days[0]) as server:
        result = watch(server, probes=3, every=30)
    assert len(result.probe_runs) == 3
    assert [each.at - NOW for each in result.probe_runs] == [
        timedelta(seconds=30 * n) for n in range(3)
    ]
    assert len(probes(result)) == 3 * len(states(result))
    lines = [json.loads(line) for line in (root / JOURNAL).read_text().splitlines()]
    assert [line["kind"] for line in lines] == ["probe"] * 3


def test_nobody_listens_there(watch):
    result = watch("http://127.0.0.1:9/security-status/")
    assert {*states(result).values()} == {"down"}
    assert alerts(result) == [("down", "raised")]
    assert "127.0.0.1:9" in result.text()


def test_silence_is_raised_when_nobody_has_scanned(watch, root, tmp_path):
    out, late = tmp_path / "site", NOW + 15 * DAY
    build_site(root, out, late)
    with serving(tree(out)) as server:
        result = watch(server, late)
        again = watch(server, late + HOUR)
    assert ("silence", "raised") in alerts(result)
    assert "silence" not in [kind for kind, _ in alerts(again)]
    assert again.exit_status == 1


def test_issues_are_opened_and_closed_once(watch, days, root):
    with github_stub() as hub, serving(days[0]) as server:
        (root / "pyproject.toml").write_text(
            f'[project]\nname = "kelp"\n[tool.secstatus]\nrepository = "{"octo-org/lanternfish"}"\n'
        )
        around = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.url}
        server.faults[GRADE] = faults.tampered
        # The first run tells nobody; the second catches up.
        assert watch(server, NOW).delivered == 0
        first = watch(server, NOW + HOUR, around, notify=True)
        again = watch(server, NOW + 2 * HOUR, around, notify=True)
        server.faults.clear()
        over = watch(server, NOW + 3 * HOUR, around, notify=True)
        after = watch(server, NOW + 4 * HOUR, around, notify=True)
        ours = [each for each in hub.issues if "tampered" in json.dumps(each)]
    assert [each.delivered for each in (first, again, over, after)] == [1, 0, 1, 0]
    assert [each["state"] for each in ours] == ["closed"]
    assert TOKEN not in (root / JOURNAL).read_text()


def test_who_cannot_be_told_is_told_by_the_next_run(watch, days, root):
    with github_stub() as hub, serving(days[0]) as server:
        (root / "pyproject.toml").write_text(
            '[project]\nname = "kelp"\n[tool.secstatus]\nrepository = "octo-org/lanternfish"\n'
        )
        around = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://127.0.0.1:9"}
        server.faults[GRADE] = faults.tampered
        first = watch(server, NOW, around, notify=True)
        second = watch(server, NOW + HOUR, {**around, "GITHUB_API_URL": hub.url}, notify=True)
    assert (first.exit_status, first.delivered) == (3, 0)
    assert alerts(first) == [("tampered", "raised")]
    assert first.undelivered
    assert (second.exit_status, second.delivered, len(hub.issues)) == (1, 1, 1)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"probes": 0}, "--probes: found 0"),
        ({"probes": 10**9}, "--probes"),
        ({"every": -1.0}, "--every: found -1"),
        ({"every": float("nan")}, "--every"),
        ({"notify": True}, "no channel is configured"),
    ],
)
def test_wrong_use_changes_nothing(watch, root, more, said):
    before = tree(root)
    with pytest.raises(UsageError, match=said):
        watch("http://127.0.0.1:9/", **more)
    assert tree(root) == before


def test_an_address_that_nobody_knows(tmp_path):
    with pytest.raises(UsageError, match="the address of the site is not known"):
        monitor_site(tmp_path, NOW, MonitorOptions(), variables={})


def test_credentials_of_the_address_are_in_nothing_that_is_kept(watch, days, root):
    with serving(days[0]) as server:
        url = server.url.replace("http://", "http://somebody:s3cr3t@")
        server.faults["*"] = faults.down
        result = watch(url)
    told = json.dumps(result.document()) + result.text() + result.summary()
    assert "s3cr3t" not in told + (root / JOURNAL).read_text()


NEW = """\
[project]
name = "kelp"
[tool.secstatus]
repository = "octo-org/lanternfish"
base_url = "{}"
"""


@pytest.fixture
def secure(tmp_path, monkeypatch):
    """The context of servers that can be configured: those by https."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    return tls_context(authority.issue_cert("localhost")), "localhost"


def test_an_address_that_was_given_up_ends_once_and_its_issue_is_closed(watch, days, root, secure):
    """Not while it is configured, nor while somebody looks there."""
    config = root / "pyproject.toml"
    with (
        github_stub() as hub,
        serving(days[0], *secure) as old,
        serving(days[1], *secure) as new,
    ):
        around = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.url}

        def run(server, day):
            return watch(server, NOW + day * DAY, around, notify=True)

        config.write_text(NEW.format(old.url))
        old.faults["*"] = faults.down
        assert [each for each in alerts(run(old, 0)) if each[0] == "down"] == [("down", "raised")]
        still_configured = run(new, 20)
        config.write_text(NEW.format(new.url))
        looked_at = run(old, 21)
        fresh, given_up, after = run(new, 25), run(new, 40), run(new, 41)
        back = run(old, 42)
        ours = [each for each in hub.issues if "does not answer" in each["title"]]
        told = hub.comments[ours[0]["number"]]
    for each in (still_configured, looked_at, fresh):
        assert "unwatched" not in {state for _, state in alerts(each)}
    assert ("down", "unwatched") in alerts(given_up)
    assert old.url not in {each.subject for each in given_up.open_alerts}
    assert "unwatched" not in {state for _, state in alerts(after)}
    assert ("down", "raised") in alerts(back)
    assert [(each["state"], each.get("state_reason")) for each in ours] == [
        ("closed", "not_planned"),
        ("open", None),
    ]
    assert "This address is no longer probed" in told[-1]["body"]


def test_without_a_configured_address_nothing_is_given_up(watch, days, root):
    (root / "pyproject.toml").write_text('[project]\nname = "kelp"\n')
    with serving(days[0]) as old, serving(days[0]) as other:
        old.faults["*"] = faults.down
        assert alerts(watch(old)) == [("down", "raised")]
        found = watch(other, NOW + 90 * DAY)
    assert old.url in {each.subject for each in found.open_alerts}


def test_the_journal_of_a_forger_does_not_break_it(watch, days, root):
    (root / JOURNAL).write_bytes(
        b'{"at": "2026-11-24T00:00:00Z", "kind": "alert", "outcome": "raised", "alert": [1]}\n'
        b'{"at": "9999-01-01T00:00:00Z", "kind": "probe"}\n\x00\xff{{{\n'
        b'{"at": "2026-11-01T00:00:00Z", "kind": "workflows", "outcome": {"x": 1}}\n'
    )
    with serving(days[0]) as server:
        result = watch(server)
    assert result.exit_status == 0
    assert result.problems
    assert b"\x00\xff{{{" in (root / JOURNAL).read_bytes()


def test_a_tls_context_is_that_of_a_server():
    assert tls_context(trustme.CA().issue_cert("localhost")).verify_mode is ssl.CERT_NONE
