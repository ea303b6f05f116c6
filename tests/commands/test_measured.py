"""The journal as an input of a build: what changes the site, what does not, what stops nothing."""

import json
from datetime import timedelta

import pytest

from secstatus.commands.build import build_site
from secstatus.errors import CheckFailedError
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState
from secstatus.project import journal
from secstatus.project.inputs import read_inputs
from secstatus.project.journal import NAME as JOURNAL
from tests.conftest import NOW, tree
from tests.site.measured import BASE

FILE = "security/status/journal.jsonl"


@pytest.fixture
def site(project, tmp_path):
    """`root, make`: the measured project, and a build of it into the same folder."""
    root = project("measured")

    def make(now=NOW, **more):
        return build_site(root, tmp_path / "site", now, **more)

    return root, make


def add(root, line):
    with (root / FILE).open("ab") as file:
        file.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")


def event(kind, **more):
    return {"at": "2026-11-24T08:30:00Z", "kind": kind, "outcome": "built", **more}


def state(folder):
    return json.loads((folder / "api/v1/metrics.json").read_text("utf-8"))["state"]


def test_both_rooms_mean_the_same_file():
    assert JOURNAL == journal.NAME


@pytest.mark.parametrize("kind", ["build", "deploy", "served", "notice"])
def test_what_a_step_notes_of_itself_changes_nothing(site, kind):
    root, make = site
    make()
    add(root, event(kind, text="café"))
    add(root, json.dumps(event(kind, written=3), separators=(",", ":")).encode() + b"\n")
    assert make().written == ()


def test_a_line_that_counts_changes_the_site(site, tmp_path):
    root, make = site
    make()
    add(root, event("ingest") | {"outcome": "complete"})
    assert set(make().written) == {
        "api/v1/manifest.json", "api/v1/metrics.json", "health.html",
    }  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        b'{"about":{"kind":"build"},"at":"2026-11-24T08:30:00Z","kind":"ingest","outcome":"complete"}\n',
        b'{"about":{"kind":"build"},"at":"2026-11-24T08:30:00Z","\\u006bind":"ingest",'
        b'"outcome":"complete"}\n',
    ],
)
def test_no_line_hides_behind_the_words_of_another(site, line):
    root, make = site
    make()
    add(root, line)
    assert "api/v1/metrics.json" in make().written


def test_empty_lines_change_nothing(site):
    root, _ = site
    before = read_inputs(root, None).digest
    add(root, b"\n\n")
    assert read_inputs(root, None).digest == before


def test_a_project_without_a_journal_and_one_with_an_empty_one_are_the_same(site, tmp_path):
    root, make = site
    (root / FILE).write_bytes(b"")
    make()
    (root / FILE).unlink()
    assert make().written == ()
    assert state(tmp_path / "site") == "unknown"


def test_a_look_at_a_copy_elsewhere_does_not_stand_for_the_site(site, tmp_path):
    root, make = site
    at = NOW - timedelta(minutes=30)
    down = Probe(
        ProbeState.DOWN, Fault.ERROR, "The server answered with 503.", path="", http_status=503
    )
    up = Probe(ProbeState.UP, path="", http_status=200, latency_ms=2.0)
    copy = ProbeRun(at + timedelta(minutes=20), "http://127.0.0.1:8000/", (up,))
    add(root, encode_line(ProbeRun(at, BASE, (down,))))
    add(root, encode_line(copy))
    make()
    assert state(tmp_path / "site") == "down"
    (root / FILE).write_bytes(encode_line(copy))
    make()
    assert state(tmp_path / "site") == "unknown"
    badge = json.loads((tmp_path / "site/badges/status-api.json").read_text("utf-8"))
    assert badge["message"] == "not measured"


def test_a_site_that_has_moved_is_not_measured_yet(site, tmp_path):
    _, make = site
    make(base_url="https://status.example.org/")
    assert state(tmp_path / "site") == "unknown"
    make(base_url=BASE.rstrip("/"))
    assert state(tmp_path / "site") == "up"


def test_a_torn_line_is_told_and_stops_no_build(site, tmp_path):
    root, make = site
    add(root, b'{"at":"2026-11-24T08:30:00Z","kind":"ing')
    number = (root / FILE).read_bytes().count(b"\n") + 1
    warnings = [text for text in make().warnings if "journal" in text]
    assert len(warnings) == 1
    assert f"line {number}" in warnings[0]
    assert state(tmp_path / "site") == "up"
    with pytest.raises(CheckFailedError):
        make(strict=True)


def test_the_number_of_a_line_is_that_of_the_file(site):
    root, make = site
    add(root, event("build"))
    add(root, b"fnord\n")
    number = (root / FILE).read_bytes().count(b"\n")
    assert [text for text in make().warnings if f"line {number}" in text]


def test_a_journal_that_is_no_file_is_told_and_stops_no_build(site, tmp_path):
    root, make = site
    (root / FILE).unlink()
    (root / FILE).mkdir()
    result = make()
    assert [text for text in result.warnings if text.startswith(f"{FILE}: ")]
    assert str(tmp_path) not in (tmp_path / "site/api/v1/manifest.json").read_text("utf-8")
    assert state(tmp_path / "site") == "unknown"
    (root / FILE).rmdir()
    assert make().warnings == ()


def test_lines_of_the_future_prove_nothing(site, tmp_path):
    _, make = site
    result = make(NOW - timedelta(days=1))
    found = json.loads((tmp_path / "site/api/v1/metrics.json").read_text("utf-8"))
    assert found["measured_at"] == "2026-11-23T08:00:00Z"
    assert [text for text in result.warnings if "journal" in text]


def test_days_pass_and_nobody_looks(site, tmp_path):
    _, make = site
    make()
    assert state(tmp_path / "site") == "up"
    make(NOW + timedelta(days=6))
    assert state(tmp_path / "site") == "unknown"
    badge = tree(tmp_path / "site")["badges/status-api.json"].decode()
    assert "unknown · last probe 24 Nov 2026" in badge
