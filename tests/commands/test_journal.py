"""The file of the journal: several processes add to it while one puts a shorter one in its place."""

import errno
import json
import os
import shutil
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secstatus.errors import ExternalError
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.journal.reader import Journal, read_journal
from secstatus.monitoring.journal.rollup import MOST_UNREAD, RollupLimits
from secstatus.monitoring.probe import Probe, ProbeRun, ProbeState
from secstatus.project import journal_file
from secstatus.project.inputs import load_config
from secstatus.project.journal import find_journal
from tests.support.kills import is_killed

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BASE = "https://kelp.example/status/"
NAME = "security/status/journal.jsonl"
BUILT = {"at": "2026-11-02T05:00:00Z", "kind": "build", "outcome": "built"}
GENERATOR = Path(__file__).resolve().parents[2] / "generator"


@pytest.fixture
def config(root):
    return load_config(root)


@pytest.fixture
def journal(root):
    path = root / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def look(at, state=ProbeState.UP):
    return ProbeRun(at, BASE, (Probe(state, path="", latency_ms=80.0),))


def looks(days, until=NOW):
    return [look(until - days * DAY + number * 6 * HOUR) for number in range(days * 4)]


def text_of(entries):
    return b"".join(map(encode_line, entries))


def names(path):
    return sorted(each.name for each in path.parent.iterdir())


def test_without_a_file_there_is_nothing_to_read_and_none_is_made(root, config):
    assert find_journal(root, config).read() == Journal()
    assert not (root / NAME).exists()


def test_what_is_noted_can_be_read(root, config):
    find_journal(root, config).note({**BUILT, "grade": "A"})
    find_journal(root, config).note(
        {**BUILT, "kind": "deploy", "outcome": "failed", "reason": "r" * 5000}
    )
    first, second = find_journal(root, config).read().events
    assert (first.kind, first.details) == ("build", {"grade": "A"})
    assert len(second.details["reason"]) == 300


def test_a_failure_with_a_name_that_is_not_utf8_is_noted_as_one_that_counts(root, config):
    find_journal(root, config).note(
        {**BUILT, "outcome": "failed", "file": "kelp\udcff", "cost": float("inf")}
    )
    assert [each.outcome for each in find_journal(root, config).read().events] == ["failed"]


def test_what_a_kill_has_torn_stays_a_line_of_its_own(root, config, journal):
    journal.write_bytes(b'{"at":"2026-11-0')
    find_journal(root, config).note(BUILT)
    found = find_journal(root, config).read()
    assert found.unread == (b'{"at":"2026-11-0',)
    assert [each.kind for each in found.events] == ["build"]


def test_lines_are_added_at_the_end_and_nothing_else_changes(root, config, journal):
    before = b'# by hand\n{"kind": "build",  "outcome":"built","at":"2026-11-02T05:00:00Z"}\n'
    journal.write_bytes(before)
    new = [look(NOW - HOUR), Event(NOW, "alert", "raised")]
    found = find_journal(root, config).add(new, NOW)
    assert journal.read_bytes() == before + text_of(new)
    assert found == find_journal(root, config).read(NOW)
    assert len(found.problems) == 1


def test_what_is_old_is_summed_up_and_the_rest_stays(root, config, journal):
    journal.write_bytes(text_of(looks(9)))
    found = find_journal(root, config).add([look(NOW)], NOW)
    assert [len(found.days), sum(day.probe_runs for day in found.days)] == [7, 27]
    assert find_journal(root, config).read(NOW) == found
    assert sum(day.probe_runs for day in found.days) + len(found.probe_runs) == 37
    assert names(journal) == ["journal.jsonl"]


def test_the_same_again_changes_no_byte(root, config, journal):
    journal.write_bytes(text_of(looks(9)))
    find_journal(root, config).add([], NOW)
    before, node = journal.read_bytes(), journal.stat().st_ino
    find_journal(root, config).add([], NOW)
    assert (journal.read_bytes(), journal.stat().st_ino) == (before, node)


def test_a_line_that_is_added_twice_counts_once(root, config):
    find_journal(root, config).add([look(NOW)], NOW)
    assert len(find_journal(root, config).add([look(NOW)], NOW).probe_runs) == 1


def test_what_was_found_while_the_run_took_its_time_is_not_of_the_future(root, config):
    found = find_journal(root, config).add([look(NOW + HOUR)], NOW)
    assert (len(found.probe_runs), found.problems) == (1, ())


def test_a_line_of_the_future_is_not_read_and_not_lost(root, config, journal):
    journal.write_bytes(text_of([look(NOW + 9 * DAY), *looks(9)]))
    found = find_journal(root, config).add([], NOW)
    assert all(each.at <= NOW for each in found.probe_runs)
    assert found.unread == (encode_line(look(NOW + 9 * DAY)).rstrip(),)
    assert find_journal(root, config).read(NOW + 9 * DAY).probe_runs[-1].at == NOW + 9 * DAY


def test_unread_lines_stay_at_the_end_until_they_are_too_many(root, config, journal):
    few = [b"<<<<<<< HEAD", b"\xff\0"]
    journal.write_bytes(b"\n".join(few) + b"\n" + text_of(looks(9)))
    find_journal(root, config).add([], NOW)
    assert journal.read_bytes().splitlines()[-2:] == few
    many = [b"%04d" % number + b"x" * 200 for number in range(1000)]
    with journal.open("ab") as file:
        file.write(b"\n".join(many) + b"\n")
    found = find_journal(root, config).add([look(NOW)], NOW)
    assert found.unread == tuple(many[-len(found.unread) :])
    assert sum(len(line) + 1 for line in found.unread) <= MOST_UNREAD
    assert "lines that cannot be read are dropped" in found.problems[-1]
    assert journal.stat().st_size < 100_000


def test_a_journal_that_is_too_long_is_squeezed_and_it_is_told(root, config, journal):
    journal.write_bytes(text_of(looks(2)))
    found = find_journal(root, config).add([look(NOW)], NOW, RollupLimits(most_bytes=600))
    assert "expected at most 600" in found.problems[-1]
    assert sum(day.probe_runs for day in found.days) + len(found.probe_runs) == 9


def test_mode_stays_and_a_link_stays_a_link(root, config, journal):
    real = root / "elsewhere.jsonl"
    real.write_bytes(text_of(looks(9)))
    real.chmod(0o640)
    journal.symlink_to(real)
    find_journal(root, config).add([look(NOW)], NOW)
    assert journal.is_symlink()
    assert len(read_journal(real.read_bytes()).days) == 7
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(each.name for each in root.glob("elsewhere*")) == ["elsewhere.jsonl"]


def test_what_a_kill_has_left_of_a_rewrite_is_cleared(root, config, journal):
    journal.write_bytes(text_of(looks(9)))
    (journal.parent / "journal.jsonl.tmp").write_bytes(b"half a line")
    find_journal(root, config).add([], NOW)
    assert names(journal) == ["journal.jsonl"]
    assert len(find_journal(root, config).read().days) == 7


@pytest.mark.parametrize("refused", ["replace", "fsync"])
def test_a_disk_that_refuses_leaves_the_lines_and_says_what_to_do(
    root, config, journal, monkeypatch, refused
):
    journal.write_bytes(text_of(looks(9)))

    def refuse(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(journal))

    monkeypatch.setattr(journal_file.os, refused, refuse)
    with pytest.raises(ExternalError, match=r"writing the journal: .*Permission denied") as error:
        find_journal(root, config).add([look(NOW)], NOW)
    assert "permissions" in error.value.hint
    assert read_journal(journal.read_bytes()).probe_runs == (*looks(9), look(NOW))
    assert names(journal) == ["journal.jsonl"]


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is read-only for root")
def test_a_folder_that_is_read_only_is_said(root, config, journal):
    journal.write_bytes(text_of(looks(9)))
    journal.parent.chmod(0o500)
    try:
        with pytest.raises(ExternalError, match="writing the journal"):
            find_journal(root, config).add([], NOW)
    finally:
        journal.parent.chmod(0o700)
    assert len(find_journal(root, config).read().probe_runs) == 36


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_is_said(root, config, journal, make):
    make(journal)
    for call in (
        lambda: find_journal(root, config).read(),
        lambda: find_journal(root, config).note(BUILT),
    ):
        with pytest.raises(ExternalError) as error:
            call()
        assert error.value.hint


def test_a_folder_that_is_a_file_is_said(root, config):
    shutil.rmtree(root / "security")
    (root / "security").write_text("")
    assert find_journal(root, config).read() == Journal()
    with pytest.raises(ExternalError, match="writing the journal"):
        find_journal(root, config).note(BUILT)


def test_a_link_that_leads_to_itself_is_said(root, config, journal):
    journal.symlink_to(journal)
    with pytest.raises(ExternalError):
        find_journal(root, config).note(BUILT)


def test_who_waits_too_long_is_told(root, config, journal, monkeypatch):
    monkeypatch.setattr(journal_file, "PATIENCE", -1.0)
    with journal_file.hold_file(journal, "holding"), pytest.raises(ExternalError) as error:
        find_journal(root, config).note(BUILT)
    assert "another run" in error.value.message
    assert "end it" in error.value.hint
    find_journal(root, config).note(BUILT)


PROCESS = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.probe import Probe, ProbeState, ProbeRun
from secstatus.project.inputs import load_config
from secstatus.project.journal import find_journal

NOW = datetime(2026, 11, 2, 6, tzinfo=UTC)
root = Path(sys.argv[1])
config = load_config(root)


def look(at, base):
    return ProbeRun(at, base, (Probe(ProbeState.UP, path="", latency_ms=80.0),))
"""
NOTE = """
print("ready", flush=True)
sys.stdin.readline()
for number in range(150):
    event = {"at": "2026-11-02T05:00:00Z", "kind": "build", "outcome": "built"}
    find_journal(root, config).note({**event, "by": sys.argv[2], "number": number})
"""
SUM_UP = """
print("ready", flush=True)
sys.stdin.readline()
for number in range(40):
    at = NOW - timedelta(days=80 - number)
    find_journal(root, config).add([look(at, "https://kelp.example/%d/" % place) for place in range(2)], NOW)
    at = NOW - timedelta(minutes=number)
    find_journal(root, config).add([look(at, "https://kelp.example/%d/" % place) for place in range(2)], NOW)
"""


def started(root, program, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", PROCESS + program, str(root), *arguments],
        env={**os.environ, "PYTHONPATH": str(GENERATOR)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_two_that_add_while_a_third_sums_up_lose_nothing(root, config, journal):
    one, other = (started(root, NOTE, name) for name in ("one", "other"))
    third = started(root, SUM_UP)
    for process in (one, other, third):
        assert process.stdout.readline() == "ready\n"
    for process in (one, other, third):
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in (one, other, third):
        process.communicate()
        assert process.returncode == 0
    found = find_journal(root, config).read()
    noted = [(each.details["by"], each.details["number"]) for each in found.events]
    assert sorted(noted) == [(by, number) for by in ("one", "other") for number in range(150)]
    assert found.unread == ()
    assert {day.start for day in found.days} == {
        (NOW - DAY * back).date() for back in range(41, 81)
    }
    assert sum(day.probe_runs for day in found.days) == 80
    assert len(found.probe_runs) == 80
    assert names(journal) == ["journal.jsonl"]


def test_a_kill_in_a_rewrite_leaves_the_old_file_and_the_next_run_goes_on(root, config, journal):
    journal.write_bytes(text_of(looks(9)))
    assert is_killed(
        0, lambda: find_journal(root, config).add([look(NOW + HOUR)], NOW), ("replace",)
    )
    assert names(journal) == ["journal.jsonl", "journal.jsonl.tmp"]
    assert len(find_journal(root, config).read().probe_runs) == 37
    found = find_journal(root, config).add([], NOW)
    assert (len(found.days), names(journal)) == (7, ["journal.jsonl"])


def test_who_waits_for_a_file_that_is_replaced_writes_into_the_new_one(root, config, journal):
    """The lock of a file that has lost its name protects nothing."""
    journal.write_bytes(b"old\n")
    with journal_file.hold_file(journal, "holding") as file:
        waiting = started(root, NOTE, "late")
        assert waiting.stdout.readline() == "ready\n"
        waiting.stdin.write("go\n")
        waiting.stdin.flush()
        file.replace(b"# new\n")
    waiting.communicate()
    lines = journal.read_bytes().splitlines()
    assert lines[0] == b"# new"
    assert [json.loads(line)["number"] for line in lines[1:]] == list(range(150))
