"""Asking OSV, with a cache: what is learnt, what is remembered, and what a fault may not do."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.commands.enrich import osv as module
from secstatus.commands.enrich.osv import enrich
from secstatus.errors import ExternalError, UsageError
from secstatus.findings.observation import Observation
from secstatus.findings.osv_record import enrich_observation
from secstatus.findings.rating import rate
from tests.support.clock import FakeClock
from tests.support.faults import cut, replies, silent
from tests.support.osv import serving_osv

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
FOLDER = "security/reports/osv"
WANTED = [("PYSEC-2026-1", "sample", "1.0")]
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"


def osv(record_id, *aliases, **more):
    return {"id": record_id, "aliases": list(aliases), "modified": "2026-05-01T00:00:00Z", **more}


RECORDS = {
    "PYSEC-2026-1": osv("PYSEC-2026-1", "GHSA-1"),
    "GHSA-1": osv("GHSA-1", "CVE-1", "PYSEC-2026-1", severity=[{"type": "CVSS_V3", "score": V31}]),
}


@pytest.fixture
def server():
    with serving_osv(RECORDS) as found:
        yield found


@pytest.fixture
def ask(tmp_path, server):
    """`ask(**options)` runs it without ever really waiting."""

    def run(wanted=WANTED, now=NOW, **options):
        options.setdefault("timing", FakeClock().timing)
        options.setdefault("limits", HttpLimits(deadline=20.0, size=4000))
        options.setdefault("osv_url", server.origin)
        return enrich(tmp_path, now, wanted=wanted, **options)

    return run


def kept(root):
    return {path.name: path.read_bytes() for path in (root / FOLDER).iterdir()}


def severity(result, **more):
    observation = Observation("PYSEC-2026-1", package="sample", version="1.0", **more)
    return rate(enrich_observation(observation, result.advisories).severities).severity


def test_the_record_and_its_aliases_are_asked_for_and_kept(ask, tmp_path):
    result = ask()
    assert result.complete
    assert result.asked == ("CVE-1", "GHSA-1", "PYSEC-2026-1")
    assert (result.from_cache, result.not_there) == ((), ("CVE-1",))
    assert sorted(result.advisories) == ["GHSA-1", "PYSEC-2026-1"]
    assert severity(result) == "high"
    assert set(kept(tmp_path)) == {"GHSA-1.json", "PYSEC-2026-1.json", "index.json"}
    assert json.loads(kept(tmp_path)["GHSA-1.json"]) == RECORDS["GHSA-1"]


def test_within_a_day_the_cache_answers_except_for_what_was_not_there(ask, server, tmp_path):
    ask()
    before, server.seen[:] = kept(tmp_path), []
    result = ask(now=NOW + timedelta(hours=23))
    assert server.asked() == ["CVE-1"]
    assert result.from_cache == ("GHSA-1", "PYSEC-2026-1")
    assert {**kept(tmp_path), "index.json": b""} == {**before, "index.json": b""}


@pytest.mark.parametrize("hours", [24, 1000, -1])
def test_an_old_answer_and_one_of_the_future_are_asked_for_again(ask, server, hours):
    ask()
    server.seen.clear()
    server.records["GHSA-1"] = osv("GHSA-1", database_specific={"severity": "LOW"})
    assert severity(ask(now=NOW + timedelta(hours=hours))) == "low"
    assert sorted(server.asked()) == ["GHSA-1", "PYSEC-2026-1"]


def test_the_same_answers_at_the_same_moment_give_the_same_bytes(ask, server, tmp_path):
    ask()
    before = kept(tmp_path)
    ask(wanted=[("GHSA-1", "sample", ""), *WANTED])
    assert kept(tmp_path) == before


def test_offline_the_cache_of_any_age_answers_and_nobody_is_asked(ask, server, tmp_path):
    ask()
    before, server.seen[:] = kept(tmp_path), []
    result = ask(now=NOW + timedelta(days=400), offline=True, osv_url="https://example.invalid")
    assert result.complete
    assert severity(result) == "high"
    assert (server.asked(), kept(tmp_path)) == ([], before)


def test_offline_without_a_cache_is_a_problem_and_writes_nothing(ask, tmp_path):
    result = ask(offline=True)
    assert result.problems == (f"'PYSEC-2026-1' is not in {FOLDER}; run online",)
    assert result.advisories.unanswered == {"pysec-2026-1"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("fault", [replies(500), replies(429, Retry_After="1"), cut])
def test_a_passing_fault_leaves_no_trace(ask, server, fault):
    server.faults["GHSA-1"] = [fault]
    result = ask()
    assert result.complete
    assert severity(result) == "high"
    assert server.asked().count("GHSA-1") == 2


FAULTS = {
    "status 503": replies(503),
    "status 400": replies(400),
    "cut short": cut,
    "found the end, expected JSON": replies(200, b'{"id": '),
    "found NaN, expected a number": replies(200, b'{"id": "GHSA-1", "x": NaN}'),
    "an object": replies(200, b"[]"),
    "nothing, expected an id": replies(200, b"{}"),
    "a record of 'GHSA-2'": replies(200, b'{"id": "GHSA-2"}'),
    # Too deep or cut short: that depends on the version of Python.
    "GHSA-1: at ": replies(200, b"[" * 3000),
    "redirect": replies(302, Location="http://example.org/"),
    "more than 4000 bytes": replies(200, b" " * 5000),
    "not UTF-8": replies(200, b"\xff"),
}


@pytest.mark.parametrize("reason", FAULTS)
def test_a_fault_is_a_problem_and_never_an_answer(ask, server, tmp_path, reason):
    server.faults["GHSA-1"] = FAULTS[reason]
    result = ask()
    assert len(result.problems) == 1
    assert reason in result.problems[0]
    assert f"{server.url}GHSA-1" in result.problems[0]
    assert result.advisories.unanswered == {"ghsa-1"}
    assert "GHSA-1" not in result.not_there
    assert severity(result) == "unknown"
    assert "GHSA-1.json" not in kept(tmp_path)


def test_a_slow_server_is_a_problem(ask, server):
    server.faults["GHSA-1"] = silent
    result = ask(limits=HttpLimits(attempt=0.2, deadline=3.0, retry=RetryPolicy(attempts=2)))
    assert "no whole answer in time (0.2 s allowed)" in result.problems[0]
    assert len(result.problems) == 1


def test_after_a_fault_an_old_record_stands_in_and_it_is_said(ask, server):
    ask()
    server.faults["GHSA-1"] = replies(503)
    result = ask(now=NOW + timedelta(days=3))
    assert "the record of 1 Jun 2026, 12:00 UTC stands in" in result.problems[0]
    assert severity(result) == "high"
    assert not result.advisories.unanswered


def test_a_record_that_vanishes_is_kept_and_it_is_said(ask, server, tmp_path):
    ask()
    server.records.clear()
    for days in (3, 3.5):
        result = ask(now=NOW + timedelta(days=days))
        assert len(result.problems) == 2
        assert "'GHSA-1' is not there any more; the record of 1 Jun 2026" in result.problems[0]
        assert severity(result) == "high"
    assert "GHSA-1.json" in kept(tmp_path)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"\xff", b'{"id": "GHSA-2"}', b"[" * 3000])
def test_a_kept_record_that_cannot_be_read_is_said_and_asked_for_again(ask, tmp_path, text):
    ask()
    path = tmp_path / FOLDER / "GHSA-1.json"
    path.write_bytes(text)
    result = ask(now=NOW + timedelta(hours=1))
    assert len(result.problems) == 1
    assert result.problems[0].startswith(f"{FOLDER}/GHSA-1.json: ")
    assert "GHSA-1" in result.asked
    assert severity(result) == "high"
    assert ask(now=NOW + timedelta(hours=1)).complete


@pytest.mark.parametrize("text", [b"", b"[]", b'{"records": []}', b"\xff"])
def test_an_index_that_cannot_be_read_is_said_and_everything_asked_again(ask, tmp_path, text):
    ask()
    (tmp_path / FOLDER / "index.json").write_bytes(text)
    result = ask()
    assert f"{FOLDER}/index.json: " in result.problems[0]
    assert result.from_cache == ()
    assert ask().complete


@pytest.mark.parametrize(
    "entry", [7, {}, {"asked_at": 7}, {"asked_at": "x"}, {"asked_at": "2026-06-01"}]
)
def test_an_entry_of_the_index_that_says_nothing_is_asked_again(ask, tmp_path, entry):
    ask()
    index = {"records": {"ghsa-1": entry}}
    (tmp_path / FOLDER / "index.json").write_text(json.dumps(index), "utf-8")
    assert "GHSA-1" in ask().asked


def test_a_withdrawn_record_is_reported(ask, server):
    gone = {"withdrawn": "2026-05-05T00:00:00Z"}
    server.records["PYSEC-2026-1"] = osv("PYSEC-2026-1", **gone)
    result = ask()
    assert result.notes == ("PYSEC-2026-1 was withdrawn on 5 May 2026, 00:00 UTC",)
    assert enrich_observation(Observation("PYSEC-2026-1"), result.advisories).withdrawn


def test_a_withdrawal_of_the_future_is_none_yet(ask, server):
    server.records["PYSEC-2026-1"] = osv("PYSEC-2026-1", withdrawn="2026-06-02T00:00:00Z")
    result = ask()
    assert result.notes == ()
    assert not enrich_observation(Observation("PYSEC-2026-1"), result.advisories).withdrawn


def test_a_fault_at_an_alias_keeps_a_finding_from_being_withdrawn(ask, server):
    gone = {"withdrawn": "2026-05-05T00:00:00Z"}
    server.records["PYSEC-2026-1"] = osv("PYSEC-2026-1", "GHSA-1", **gone)
    server.faults["GHSA-1"] = replies(500)
    assert not enrich_observation(Observation("PYSEC-2026-1"), ask().advisories).withdrawn


def test_a_contradiction_is_noted(ask, server):
    events = [{"introduced": "0"}, {"fixed": "0.9"}]
    package = {"ecosystem": "PyPI", "name": "sample"}
    ranges = [{"type": "ECOSYSTEM", "events": events}]
    server.records["PYSEC-2026-1"] = osv(
        "PYSEC-2026-1", affected=[{"package": package, "ranges": ranges}]
    )
    expected = "PYSEC-2026-1 does not count sample '1.0' as affected; the finding stays"
    assert ask().notes == (expected,)


def test_the_api_names_the_ids_to_ask_for_instead(ask, server):
    body = b'{"code":5,"message":"Bug not found, but the following aliases were: GHSA-1"}'
    server.faults["CVE-1"] = replies(404, body)
    result = ask(wanted=[("CVE-1", "sample", "")])
    assert result.asked == ("CVE-1", "GHSA-1", "PYSEC-2026-1")


def test_an_address_where_nothing_is_makes_a_note(ask, server):
    server.records.clear()
    assert "has no record of any of 1 id: is the address right?" in ask().notes[0]


def test_every_id_is_asked_for_once(ask, server):
    names = [("PYSEC-2026-1", "a", ""), ("pysec-2026-1", "a", ""), ("PYSEC-2026-1", "b", "")]
    ask(wanted=names)
    assert sorted(server.asked()) == ["CVE-1", "GHSA-1", "PYSEC-2026-1"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("../../../x", "..%2F..%2F..%2Fx"),
        ("a?b=c#d", "a%3Fb%3Dc%23d"),
        ("a\r\nX: 1", "a%0D%0AX%3A%201"),
        ("index", "index"),
        ("é\ud800", "%C3%A9%3F"),
    ],
)
def test_hostile_ids_stay_in_the_folder_and_in_the_path(ask, server, tmp_path, name, path):
    server.faults[path] = replies(200, {"id": name})
    before = {"security"}
    ask(wanted=[(name, "sample", "")])
    assert path in server.asked() or path == "%C3%A9%3F"
    assert {entry.name for entry in tmp_path.iterdir()} == before
    assert all(entry.is_file() for entry in (tmp_path / FOLDER).iterdir())


@pytest.mark.parametrize("name", ["..", ".", "/", " "])
def test_what_is_no_id_is_not_asked_for(ask, server, name):
    result = ask(wanted=[(name, "sample", "")])
    assert server.asked() == []
    assert "it is no id" in result.problems[0]


def test_aliases_far_away_and_too_many_are_left_and_it_is_said(ask, server, monkeypatch):
    server.records = {f"A-{n}": osv(f"A-{n}", f"A-{n + 1}") for n in range(9)}
    result = ask(wanted=[("A-0", "sample", "")])
    assert result.problems == ("1 alias not asked for: they are more than 3 aliases away",)
    assert result.asked == ("A-0", "A-1", "A-2", "A-3")
    assert result.advisories.unanswered == {"a-4"}
    server.records = {"B-0": osv("B-0", *(f"C-{n:03}" for n in range(60)))}
    result = ask(wanted=[("B-0", "sample", "")])
    assert result.problems == ("10 aliases not asked for: B-0 has more than 50",)
    monkeypatch.setattr(module, "MOST_IDS", 5)
    result = ask(wanted=[("B-0", "sample", "")], now=NOW + timedelta(days=9))
    assert result.problems[-1] == "46 aliases not asked for: there are more than 5 ids"


def test_the_time_for_all_of_them_comes_to_an_end(ask, server):
    ticks = iter(range(10**6))
    timing = Timing(clock=lambda: float(next(ticks)), sleep=lambda _: None)
    wanted = [(f"A-{n}", "sample", "") for n in range(40)]
    result = ask(wanted=wanted, timing=timing, limits=HttpLimits(deadline=30.0))
    assert "the time for all of them is over" in result.problems[-1]
    assert len(server.asked()) < 40
    assert len(result.problems) + len(result.not_there) == 40


def test_nothing_wanted_nothing_done(ask, server, tmp_path):
    assert ask(wanted=[]).complete
    assert (server.asked(), list(tmp_path.iterdir())) == ([], [])


def test_an_address_that_cannot_be_asked(ask):
    with pytest.raises(UsageError, match="expected https"):
        ask(osv_url="http://example.org")


def test_a_disk_that_refuses_is_said(ask, tmp_path):
    (tmp_path / "security").write_text("in the way", "utf-8")
    with pytest.raises(ExternalError):
        ask()


def test_two_runs_do_not_mix(ask, tmp_path):
    from secstatus.adapters.files import lock_folder

    with lock_folder(tmp_path / FOLDER), pytest.raises(ExternalError, match="another run"):
        ask()
