"""build on real folders: what it writes, when it writes nothing, and what a fault leaves behind."""

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secstatus.adapters.files import lock_folder
from secstatus.commands import build as building
from secstatus.commands.build import build_site, writer
from secstatus.commands.check_site import check_site
from secstatus.errors import CheckFailedError, ExternalError, InputError, SecurityStatusError
from tests.conftest import NOW, STATE_NAMES, tree
from tests.support.kills import is_killed

GENERATOR = Path(__file__).parent.parent.parent / "generator"


def serious(out):
    return [problem for problem in check_site(out).problems if problem.serious]


@pytest.mark.parametrize("state", STATE_NAMES)
def test_every_state_gives_a_whole_site(built, state):
    assert check_site(built(state)).problems == []


def test_same_inputs_and_moment_same_bytes(project, tmp_path):
    root = project("open")
    build_site(root, tmp_path / "one", NOW)
    build_site(root, tmp_path / "two", NOW)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")


def test_the_hour_of_the_day_does_not_matter(project, tmp_path):
    """Only what changes the statement changes the site: a day, a step of the schedule."""
    root = project("open")
    build_site(root, tmp_path / "one", NOW)
    build_site(root, tmp_path / "two", NOW + timedelta(hours=14))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    build_site(root, tmp_path / "two", NOW + timedelta(hours=15))
    assert tree(tmp_path / "one") != tree(tmp_path / "two")


def test_a_second_build_touches_nothing(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    first = build_site(root, out, NOW)
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    second = build_site(root, out, NOW + timedelta(minutes=5))
    assert (second.written, second.removed) == ((), ())
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    assert (second.files, second.grade, second.warnings) == (first.files, "B", first.warnings)


def test_an_unchanged_build_imports_nothing_heavy(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    code = (
        "import sys; from secstatus.cli import main;"
        f"main(['build', '--root', {str(root)!r}, '--out', {str(out)!r},"
        " '--now', '2026-11-24T09:00:00Z', '-q']);"
        "print([m for m in ('pydantic', 'jinja2', 'yaml', 'markdown', 'nh3') if m in sys.modules])"
    )
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"]}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_one_changed_finding_writes_few_files(project, status_of, tmp_path):
    root, out = project("overdue"), tmp_path / "out"
    build_site(root, out, NOW)
    data = json.loads((root / "security/status/live-status.json").read_text("utf-8"))
    data["findings"][0]["description"] = "Another text."
    status_of(root, findings=data["findings"])
    result = build_site(root, out, NOW)
    pages = [path for path in result.written if path.startswith("findings/")]
    assert pages == ["findings/GHSA-m4xr-p6vq-2h8c.html"]
    assert "findings/PYSEC-2026-295.html" not in result.written


def test_incremental_equals_from_scratch(project, status_of, tmp_path):
    root, out = project("overdue"), tmp_path / "out"
    build_site(root, out, NOW)
    data = json.loads((root / "security/status/live-status.json").read_text("utf-8"))
    data["findings"][1]["title"] = "Another title"
    status_of(root, findings=data["findings"])
    build_site(root, out, NOW)
    build_site(root, tmp_path / "fresh", NOW)
    changed = {
        path for path, content in tree(out).items() if tree(tmp_path / "fresh").get(path) != content
    }
    # Events keep the words with which they were announced, so their list may differ.
    assert changed <= {
        "api/v1/events.json", "api/v1/history/2026.json", "api/v1/manifest.json", "feed.atom",
        "feed.json", "history.html",
    }  # fmt: skip


def test_a_file_that_somebody_damaged_is_made_again(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    good = tree(out)
    (out / "index.html").write_text("tampered", "utf-8")
    (out / "badges/grade.svg").unlink()
    assert serious(out)
    build_site(root, out, NOW)
    assert tree(out) == good


def test_damage_of_the_same_size_is_found_by_its_date_or_by_verify(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    good = tree(out)
    page = out / "index.html"
    for restore_date, verify in ((False, False), (True, True)):
        times = page.stat()
        page.write_bytes(page.read_bytes().replace(b"Grade B", b"Grade A"))
        if restore_date:
            os.utime(page, ns=(times.st_atime_ns, times.st_mtime_ns))
        build_site(root, out, NOW, verify=verify)
        assert tree(out) == good


def test_a_finding_that_is_gone_keeps_its_page(project, status_of, tmp_path):
    root, out = project("overdue"), tmp_path / "out"
    build_site(root, out, NOW)
    data = json.loads((root / "security/status/live-status.json").read_text("utf-8"))
    counts = {**data["vulnerability_summary"], "total": 2, "high": 0}
    status_of(root, findings=data["findings"][1:], vulnerability_summary=counts)
    later = NOW + timedelta(days=1)
    result = build_site(root, out, later)
    record = json.loads((out / "api/v1/findings/GHSA-m4xr-p6vq-2h8c.json").read_text("utf-8"))
    assert (record["status"], record["unlisted_since"]) == ("unlisted", "2026-11-25")
    assert "nothing proves that it is resolved" in (
        out / "findings/GHSA-m4xr-p6vq-2h8c.html"
    ).read_text("utf-8")
    assert (out / "findings/CVE-2026-42001.html").exists()
    assert result.removed == ()
    assert serious(out) == []
    before = tree(out)
    build_site(root, out, later, verify=True)
    assert tree(out) == before


def test_events_are_never_lost_and_never_told_twice(project, status_of, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)

    def ids():
        events = json.loads((out / "api/v1/events.json").read_text("utf-8"))["events"]
        return [event["id"] for event in events]

    first = ids()
    build_site(root, out, NOW + timedelta(days=30))
    later = ids()
    assert len(later) == len(set(later))
    assert set(first) < set(later)
    assert any(name.startswith("grade:") and name.endswith("unknown") for name in later)


BAD_STATUS = {
    "cut": '{"last_updated": "2026-11-23T04:15:02Z", "find',
    "empty": "",
    "list": "[]",
    "number": '{"a": NaN}',
    "binary": b"\xff\xfe\x00",
    "deep": "[" * 100_000,
    "twice": '{"findings": [1], "findings": []}',
}


@pytest.mark.parametrize("name", BAD_STATUS)
def test_an_unreadable_status_leaves_the_old_site(project, tmp_path, name):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    before = tree(out)
    bad = BAD_STATUS[name]
    path = root / "security/status/live-status.json"
    path.write_bytes(bad if isinstance(bad, bytes) else bad.encode())
    with pytest.raises(SecurityStatusError) as caught:
        build_site(root, out, NOW)
    assert "security/status/live-status.json" in caught.value.message
    assert "expected" in caught.value.message
    assert tree(out) == before


def test_no_status_at_all(project, tmp_path):
    root = project("open")
    (root / "security/status/live-status.json").unlink()
    with pytest.raises(SecurityStatusError, match="found no file"):
        build_site(root, tmp_path / "out", NOW)
    assert not (tmp_path / "out").exists()


def test_strict_refuses_contradictions_and_writes_nothing(project, tmp_path):
    root = project("open")
    document = root / "security/findings/SECURITY_FINDINGS.md"
    document.write_text(document.read_text("utf-8").replace("(3.1.4)", "(3.1.9)"), "utf-8")
    with pytest.raises(CheckFailedError) as caught:
        build_site(root, tmp_path / "out", NOW, strict=True)
    assert any("3.1.9" in line for line in caught.value.details)
    assert not (tmp_path / "out").exists()
    result = build_site(root, tmp_path / "out", NOW)
    assert any("3.1.9" in warning for warning in result.warnings)
    assert "3.1.9" in (tmp_path / "out/index.html").read_text("utf-8")
    with pytest.raises(CheckFailedError):
        build_site(root, tmp_path / "out", NOW, strict=True)


def test_a_broken_template_leaves_the_old_site(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    before = tree(out)
    (root / "templates").mkdir()
    (root / "templates/method.html").write_text("{% if %}", "utf-8")
    with pytest.raises(InputError, match=r"templates/method\.html: at line 1"):
        build_site(root, out, NOW)
    (root / "templates/method.html").write_text("{{ nonsense }}", "utf-8")
    with pytest.raises(InputError, match="nonsense"):
        build_site(root, out, NOW)
    assert tree(out) == before


def test_own_templates_pages_and_assets_win_file_by_file(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    (root / "templates").mkdir()
    (root / "templates/404.html").write_text("mine: {{ place.package }}", "utf-8")
    (root / "site_src").mkdir()
    (root / "site_src/policy.md").write_text("# Our policy\n\nWe *answer*.", "utf-8")
    (root / "site_src/icon.svg").write_text("<svg/>", "utf-8")
    build_site(root, out, NOW)
    assert (out / "404.html").read_text("utf-8") == "mine: lanternfish"
    assert "<em>answer</em>" in (out / "policy.html").read_text("utf-8")
    assert (out / "icon.svg").read_text("utf-8") == "<svg/>"
    assert "policy.html" in (out / "index.html").read_text("utf-8")
    assert (out / "style.css").exists()


def test_a_full_disk_leaves_a_site_that_says_it_is_not_whole(project, tmp_path, monkeypatch):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    good = tree(out)
    real = os.write
    left = [12_000]

    def write(handle, data):
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return real(handle, data)

    later = NOW + timedelta(days=40)
    monkeypatch.setattr(os, "write", write)
    with pytest.raises(ExternalError, match="No space left"):
        build_site(root, out, later)
    monkeypatch.setattr(os, "write", real)
    assert tree(out)["api/v1/manifest.json"] == good["api/v1/manifest.json"]
    assert serious(out)
    assert not [path for path in tree(out) if path.endswith(".tmp")]
    build_site(root, out, later)
    build_site(root, tmp_path / "fresh", later)
    assert serious(out) == []


def test_two_builds_cannot_mix_their_files(project, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    with lock_folder(out), pytest.raises(ExternalError, match="another run"):
        build_site(project("open"), out, NOW)


def test_a_forged_manifest_does_not_lead_out_of_the_folder(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW)
    victim = tmp_path / "precious.txt"
    victim.write_text("keep me", "utf-8")
    path = out / "api/v1/manifest.json"
    data = json.loads(path.read_text("utf-8"))
    data["files"]["../precious.txt"] = {"sha256": "0" * 64, "size": 7}
    path.write_text(json.dumps(data), "utf-8")
    build_site(root, out, NOW)
    assert victim.read_text("utf-8") == "keep me"
    assert serious(out) == []


def many(root, number):
    """The project with so many findings that the build uses two processes."""
    path = root / "security/status/live-status.json"
    data = json.loads(path.read_text("utf-8"))
    one = data["findings"][0]
    data["findings"] = [
        {**one, "finding_id": f"PYSEC-2026-{n}", "aliases": [f"CVE-2026-{n + 5000}"]}
        for n in range(number)
    ]
    data["vulnerability_summary"] = {"total": number, "high": 0, "medium": number, "low": 0}
    path.write_text(json.dumps(data), "utf-8")


@pytest.fixture
def crowded(project):
    root = project("stale")
    data = json.loads((root / "security/status/live-status.json").read_text("utf-8"))
    data["findings"][0]["severity"] = "medium"
    (root / "security/status/live-status.json").write_text(json.dumps(data), "utf-8")
    # More than both parts of a build do in one process, and more than fit on a page.
    many(root, 650)
    assert (root / "security/status/live-status.json").stat().st_size > building.WORTH_A_FORK
    return root


def test_two_processes_make_what_one_makes(crowded, tmp_path, monkeypatch):
    build_site(crowded, tmp_path / "two", NOW)
    monkeypatch.setattr(writer, "WORTH_A_FORK", 10**9)
    build_site(crowded, tmp_path / "one", NOW)
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert (tmp_path / "one/findings/page-2.html").exists()
    assert serious(tmp_path / "one") == []


FILES = ("open", "write", "unlink", "replace")


def test_a_killed_build_is_mended_by_the_next(crowded, tmp_path):
    build_site(crowded, tmp_path / "before", NOW)
    old, whole, torn = tree(tmp_path / "before"), None, 0
    later, number = NOW + timedelta(days=40), 1
    while True:
        out = tmp_path / f"killed-{number}"
        # A build puts new files into the place of old ones and never writes into them.
        shutil.copytree(tmp_path / "before", out, copy_function=os.link)

        def work(out=out):
            build_site(crowded, out, later)

        # Two processes write, and both are killed when one of them comes to the call.
        if not is_killed(number, work, FILES, only=(str(out),), halfway=True):
            break
        left = tree(out)
        if json.loads(left["api/v1/manifest.json"])["as_of"] < "2026-12":
            # Not finished: either nothing was touched, or the site says that it is not whole.
            untouched = b'datetime="2026-11-24T00:00:00Z"' in left["index.html"]
            assert untouched or serious(out), number
            torn += left != old
        build_site(crowded, out, later)
        if (new := tree(out)) != whole:  # the same site need not be looked at again
            assert serious(out) == [], number
            whole = new
        assert json.loads(new["index.json"])["security_grade"] == "?", number
        assert tree(tmp_path / "before") == old
        number *= 3
    assert torn >= 3


def test_unreadable_moments_of_the_future(project, status_of, tmp_path):
    root = project("open")
    status_of(root, scan_date="2027-01-01T00:00:00Z", last_updated="2027-01-01T00:00:00Z")
    with pytest.raises(SecurityStatusError, match=r"\$\.last_updated: found .* in the future"):
        build_site(root, tmp_path / "out", datetime(2026, 11, 24, tzinfo=UTC))


def test_a_trial_with_a_later_moment_leaves_no_events_of_the_future(project, tmp_path):
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW + timedelta(days=60))
    build_site(root, out, NOW)
    for event in json.loads((out / "api/v1/events.json").read_text("utf-8"))["events"]:
        assert event["at"] <= "2026-11-24T00:00:00Z"


@pytest.mark.parametrize("name", ["index.md", "404.md", "robots.txt", "feed.atom"])
def test_a_file_of_ones_own_cannot_take_the_place_of_ours(project, tmp_path, name):
    root = project("open")
    (root / "site_src").mkdir()
    (root / "site_src" / name).write_text("# Mine", "utf-8")
    with pytest.raises(InputError, match=f"site_src/{name}: .*expected another name"):
        build_site(root, tmp_path / "out", NOW)
    assert not (tmp_path / "out").exists()


def test_the_last_good_status_can_stand_for_one_that_cannot_be_read(project, tmp_path):
    root, out = project("accepted"), tmp_path / "out"
    build_site(root, out, NOW)
    (root / "security/status/live-status.json").write_text('{"cut', "utf-8")
    result = build_site(root, out, NOW + timedelta(days=1), last_good=True)
    assert (result.grade, result.unreadable is not None) == ("?", True)
    page = (out / "index.html").read_text("utf-8")
    assert "The newest status file cannot be read." in page
    assert "What follows is the last good status." in page
    assert json.loads((out / "badges/grade.json").read_text("utf-8"))["isError"] is True
    assert check_site(out).problems == []
    again = build_site(root, out, NOW + timedelta(days=1), last_good=True)
    assert (again.written, again.unreadable) == ((), result.unreadable)
    with pytest.raises(SecurityStatusError):
        build_site(root, out, NOW + timedelta(days=1))
    (root / "security/status/live-status.json").unlink()
    assert build_site(root, out, NOW + timedelta(days=1), last_good=True).grade == "?"


def test_without_an_old_site_there_is_no_last_good_one(project, tmp_path):
    root = project("open")
    (root / "security/status/live-status.json").write_text('{"cut', "utf-8")
    with pytest.raises(SecurityStatusError):
        build_site(root, tmp_path / "out", NOW, last_good=True)
    assert not (tmp_path / "out").exists()
