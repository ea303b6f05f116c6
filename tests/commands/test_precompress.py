"""build --precompress: twins that are right at every moment, and none where none is wanted."""

import gzip
import json
import os
import shutil
import zlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.cli import main
from secstatus.commands.build import build_site, writer
from secstatus.commands.build import precompress as twins
from secstatus.commands.build.precompress import KINDS, LEAST, compress
from secstatus.commands.check_site import check_site
from secstatus.commands.deploy.site_folder import read_site
from secstatus.errors import ExternalError, InputError
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.conftest import NOW, STATE_NAMES, tree
from tests.support.kills import is_killed

LATER = NOW + timedelta(days=40)
FRONT, STATUS = "index.html", "api/v1/status.json"


def false_twins(out):
    """The twins in the folder that do not hold the file beside them."""
    files = tree(out)
    return [
        path
        for path, content in files.items()
        if path.endswith(".gz") and not holds(content, files.get(path.removesuffix(".gz")))
    ]


def holds(twin, content):
    try:
        return gzip.decompress(twin) == content
    except (OSError, EOFError, zlib.error):
        return False


def twins_in(out):
    return {path for path in tree(out) if path.endswith(".gz")}


def manifest(out):
    return json.loads((out / NAME).read_text("utf-8"))


@pytest.fixture
def site(project, tmp_path):
    """A project with one open finding, and its site with twins."""
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW, precompress=True)
    return root, out


# What has a twin, and what it is


@pytest.mark.parametrize("state", STATE_NAMES)
def test_every_file_that_is_worth_it_has_a_twin(project, tmp_path, state):
    out = tmp_path / "out"
    build_site(project(state), out, NOW, precompress=True)
    worth = {
        f"{path}.gz"
        for path, content in tree(out).items()
        if path.endswith(KINDS) and len(content) >= LEAST and path != NAME
    }
    assert twins_in(out) == worth
    assert {"index.html.gz", "style.css.gz", "status.js.gz", "feed.atom.gz", "sitemap.xml.gz",
            "index.json.gz", "api/v1/findings.csv.gz", "badges/grade.svg.gz"} <= worth  # fmt: skip
    assert false_twins(out) == []
    assert check_site(out).problems == []


def test_the_files_themselves_are_those_of_a_build_without(site, tmp_path):
    root, out = site
    build_site(root, tmp_path / "plain", NOW)
    plain, both = tree(tmp_path / "plain"), tree(out)
    assert {path: both[path] for path in plain if path != NAME} == {
        path: content for path, content in plain.items() if path != NAME
    }


def test_the_manifest_vouches_for_every_twin_and_has_none(site):
    _, out = site
    assert twins_in(out) == {path for path in manifest(out)["files"] if path.endswith(".gz")}
    assert f"{NAME}.gz" not in tree(out)
    assert twins_in(out) <= read_site(out).files.keys()


@given(st.binary(max_size=600) | st.text(max_size=40).map(lambda text: text.encode() * 30))
def test_a_twin_is_the_content_and_smaller_or_there_is_none(content):
    twin = compress(content)
    if twin is not None:
        assert gzip.decompress(twin) == content
        assert len(twin) < len(content)


def test_a_twin_names_no_time_no_file_and_no_system():
    twin = compress(b"status " * 100)
    assert twin[:10] == bytes([31, 139, 8, 0, 0, 0, 0, 0, 2, 255])
    assert twin == compress(b"status " * 100)
    assert len(twin) <= len(gzip.compress(b"status " * 100, 9))


def test_a_file_that_gzip_does_not_make_smaller_has_none():
    assert compress(bytes(range(256))) is None


def test_same_inputs_and_moment_same_bytes(site, tmp_path):
    root, out = site
    build_site(root, tmp_path / "again", NOW, precompress=True)
    assert tree(tmp_path / "again") == tree(out)


# One build after another


def test_a_second_build_touches_nothing(site):
    root, out = site
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    result = build_site(root, out, NOW + timedelta(minutes=5), precompress=True)
    assert (result.written, result.removed, result.files) == ((), (), len(tree(out)))
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before


@pytest.mark.parametrize("precompress", [True, False])
def test_with_and_without_end_where_a_first_build_ends(site, tmp_path, precompress):
    root, out = site
    other, fresh = tmp_path / "other", tmp_path / "fresh"
    build_site(root, other, NOW, precompress=not precompress)
    for folder in (out, other):
        build_site(root, folder, NOW, precompress=precompress)
    build_site(root, fresh, NOW, precompress=precompress)
    assert tree(out) == tree(other) == tree(fresh)
    assert bool(twins_in(out)) is precompress


def test_switched_on_it_writes_twins_only_and_switched_off_it_takes_them_away(site):
    root, out = site
    there = twins_in(out)
    off = build_site(root, out, NOW)
    assert (set(off.removed), set(off.written)) == (there, {NAME})
    on = build_site(root, out, NOW, precompress=True)
    assert (set(on.written), on.removed) == (there | {NAME}, ())


def test_one_changed_finding_compresses_what_is_written(project, status_of, tmp_path, monkeypatch):
    root, out = project("overdue"), tmp_path / "out"
    build_site(root, out, NOW, precompress=True)
    data = status_of(root)
    data["findings"][0]["description"] = "Another text. " * 30
    status_of(root, findings=data["findings"])
    made = []
    monkeypatch.setattr(twins, "compress", lambda content: made.append(content) or b"twin")
    result = build_site(root, out, NOW, precompress=True)
    changed = [path for path in result.written if f"{path}.gz" in result.written]
    assert sorted(made) == sorted((out / path).read_bytes() for path in changed)
    pages = [path for path in changed if path.startswith("findings/")]
    assert 0 < len(pages) <= 2
    assert len(made) < len(twins_in(out)) / 2


@pytest.fixture
def gone(project, status_of, tmp_path):
    """A project whose first finding has vanished, and its site, which had twins before."""
    root, out = project("overdue"), tmp_path / "out"
    build_site(root, out, NOW, precompress=True)
    data = status_of(root)
    counts = {**data["vulnerability_summary"], "total": 2, "high": 0}
    status_of(root, findings=data["findings"][1:], vulnerability_summary=counts)
    build_site(root, out, LATER, precompress=True)
    return root, out


PAGE, RECORD = "findings/GHSA-m4xr-p6vq-2h8c.html", "api/v1/findings/GHSA-m4xr-p6vq-2h8c.json"


def test_the_page_of_a_finding_that_is_gone_has_its_twin(gone):
    _, out = gone
    record = json.loads((out / RECORD).read_text("utf-8"))
    assert record["status"] == "unlisted"
    assert f"{PAGE}.gz" in twins_in(out)
    assert (false_twins(out), check_site(out).problems) == ([], [])


def test_off_and_on_again_come_back_to_the_same(gone):
    root, out = gone
    with_twins = tree(out)
    build_site(root, out, LATER)
    plain = tree(out)
    assert not twins_in(out)
    build_site(root, out, LATER, precompress=True)
    assert tree(out) == with_twins
    build_site(root, out, LATER)
    assert tree(out) == plain


def test_a_file_that_is_read_again_for_its_twin_keeps_its_entry(gone):
    root, out = gone
    build_site(root, out, LATER)
    before = manifest(out)["files"]
    build_site(root, out, LATER, precompress=True)
    after = manifest(out)["files"]
    assert {path: after[path] for path in before} == before
    assert "source" in before[RECORD]


def test_the_page_of_a_name_that_nobody_uses_now_keeps_its_entry(site, status_of):
    root, out = site
    data = status_of(root)
    alias = next(alias for item in data["findings"] for alias in item.get("aliases") or [])
    page = f"findings/{alias}.html"
    entry = manifest(out)["files"][page]
    for item in data["findings"]:
        item["aliases"] = []
    status_of(root, findings=data["findings"])
    build_site(root, out, NOW)
    build_site(root, out, NOW, precompress=True)
    assert manifest(out)["files"][page] == entry
    assert f"{page}.gz" in twins_in(out)


def test_another_zlib_makes_all_twins_anew(site, monkeypatch):
    root, out = site
    monkeypatch.setattr(zlib, "ZLIB_RUNTIME_VERSION", "9.9")
    monkeypatch.setattr(twins, "compress", lambda content: b"another")
    build_site(root, out, NOW, precompress=True)
    assert {(out / path).read_bytes() for path in twins_in(out)} == {b"another"}


def test_two_processes_make_what_one_makes(site, tmp_path, monkeypatch):
    root, out = site
    monkeypatch.setattr(writer, "WORTH_A_FORK", 0)
    build_site(root, tmp_path / "two", NOW, precompress=True)
    assert tree(tmp_path / "two") == tree(out)


# Damage, strangers, kills


@pytest.mark.parametrize("damage", ["gone", "cut", "other"])
def test_a_damaged_twin_is_found_and_mended(site, damage):
    root, out = site
    good = tree(out)
    twin = out / f"{STATUS}.gz"
    if damage == "gone":
        twin.unlink()
    else:
        content = twin.read_bytes()
        twin.write_bytes(content[:-1] if damage == "cut" else bytes(len(content)))
    os.utime(out / NAME, ns=(0, 0))
    assert {problem.path for problem in check_site(out).problems} == {f"{STATUS}.gz"}
    result = build_site(root, out, NOW, precompress=True)
    assert result.written == (NAME, f"{STATUS}.gz")
    assert tree(out) == good


def test_a_damaged_page_that_nobody_noticed_gets_no_twin(site):
    root, out = site
    build_site(root, out, NOW)
    page = next(out.glob("findings/PYSEC*.html"))
    page.write_bytes(bytes(page.stat().st_size))
    os.utime(page, ns=(0, 0))
    build_site(root, out, NOW, precompress=True)
    assert not page.with_name(f"{page.name}.gz").exists()
    build_site(root, out, NOW, precompress=True, verify=True)
    assert page.with_name(f"{page.name}.gz").exists()
    assert (check_site(out).problems, false_twins(out)) == ([], [])


@pytest.mark.parametrize("precompress", [True, False])
def test_a_twin_of_nobodys_does_not_outlive_the_next_change(project, tmp_path, precompress):
    """Also of the manifest, of a short file, and after a manifest that nobody can read."""
    root, out = project("open"), tmp_path / "out"
    build_site(root, out, NOW, precompress=True)
    (out / NAME).write_text("torn")
    strange = [f"{NAME}.gz", ".nojekyll.gz", f"{FRONT}.gz.tmp", f"{FRONT}.gz"]
    for path in strange:
        (out / path).write_bytes(gzip.compress(b"grade A"))
    (out / "backup.gz").write_bytes(b"not ours")
    result = build_site(root, out, LATER, precompress=precompress)
    gone = strange if not precompress else strange[:-1]
    assert set(gone) <= set(result.removed)
    assert twins_in(out) - {"backup.gz"} == {
        path for path in manifest(out)["files"] if path.endswith(".gz")
    }
    assert false_twins(out) == ["backup.gz"]


@pytest.mark.parametrize("name", ["index.html.gz", "index.JSON.gz", "notes.txt.gz"])
def test_a_file_of_ones_own_in_the_place_of_a_twin_is_refused(site, name):
    root, out = site
    (root / "site_src").mkdir()
    (root / "site_src" / "notes.txt").write_text("Text. " * 99)
    (root / "site_src" / name).write_bytes(gzip.compress(b"grade A"))
    before = tree(out)
    with pytest.raises(InputError, match="sent in the place of"):
        build_site(root, out, NOW, precompress=True)
    assert tree(out) == before


def test_another_compressed_file_of_ones_own_stays(site):
    root, out = site
    (root / "site_src").mkdir()
    (root / "site_src" / "evidence.tar.gz").write_bytes(gzip.compress(b"files"))
    for precompress in (True, False):
        build_site(root, out, NOW, precompress=precompress)
        assert gzip.decompress((out / "evidence.tar.gz").read_bytes()) == b"files"


def test_without_the_option_a_pair_of_ones_own_is_left_as_it_is(site):
    root, out = site
    (root / "site_src").mkdir()
    for text in ("One. ", "Other. "):
        (root / "site_src" / "notes.txt").write_text(text * 99)
        (root / "site_src" / "notes.txt.gz").write_bytes(b"mine")
        build_site(root, out, NOW)
        assert (out / "notes.txt.gz").read_bytes() == b"mine"


STEPS = {"new day": (True, LATER, True), "on": (False, NOW, True), "off": (True, LATER, False),
         "on, new day": (False, LATER, True)}  # fmt: skip


CALLS = ("open", "write", "unlink", "replace")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_write_no_twin_is_false(project, tmp_path, step):
    root, before = project("open"), tmp_path / "before"
    had, moment, has = STEPS[step]
    build_site(root, before, NOW, precompress=had)
    build_site(root, tmp_path / "fresh", NOW)
    build_site(root, tmp_path / "fresh", moment, precompress=has)
    number = 0
    while True:
        out = tmp_path / f"killed-{number}"
        shutil.copytree(before, out)

        def work(out=out):
            build_site(root, out, moment, precompress=has)

        if not is_killed(number, work, CALLS, only=(f"/{STATUS}", f"/{NAME}"), halfway=True):
            break
        assert false_twins(out) == []
        build_site(root, out, moment, precompress=has)
        assert false_twins(out) == []
        assert tree(out) == tree(tmp_path / "fresh")
        number += 1
    assert number >= 8


class Moments:
    """Lets the calls of `os` pass and says after each, and half-way through a write, of which file."""

    def __init__(self, monkeypatch, seen):
        self.real = {name: getattr(os, name) for name in CALLS}
        self.seen, self.files = seen, {}
        for name in CALLS:
            monkeypatch.setattr(os, name, getattr(self, name))

    def open(self, path, *more, **options):
        handle = self.real["open"](path, *more, **options)
        self.files[handle] = str(path)
        self.seen(str(path))
        return handle

    def write(self, handle, data):
        half = self.real["write"](handle, data[: len(data) // 2])
        self.seen(self.files[handle])
        rest = self.real["write"](handle, data[half:])
        self.seen(self.files[handle])
        return half + rest

    def unlink(self, path, **options):
        self.real["unlink"](path, **options)
        self.seen(str(path))

    def replace(self, source, target, **options):
        self.real["replace"](source, target, **options)
        self.seen(str(source))
        self.seen(str(target))


@pytest.mark.parametrize("step", STEPS)
def test_at_no_moment_of_a_build_is_a_twin_false(project, tmp_path, monkeypatch, step):
    """What a kill would leave behind, whichever file is being written. Only the file that a call
    was for can have made a twin false.
    """
    root, out = project("open"), tmp_path / "out"
    had, moment, has = STEPS[step]
    build_site(root, out, NOW, precompress=had)
    checked = []

    def seen(path):
        file = Path(path.removesuffix(".gz"))
        twin = file.with_name(f"{file.name}.gz")
        checked.append(twin.name)
        content = file.read_bytes() if file.is_file() else None
        assert not twin.exists() or holds(twin.read_bytes(), content), path

    with monkeypatch.context() as patched:
        Moments(patched, seen)
        build_site(root, out, moment, precompress=has)
    assert false_twins(out) == []
    assert len(set(checked)) >= 20


def test_a_full_disk_leaves_no_false_twin(site, monkeypatch):
    root, out = site
    real, left = os.write, [9_000]

    def write(handle, data):
        left[0] -= len(data)
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        return real(handle, data)

    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises(ExternalError, match="No space left"):
            build_site(root, out, LATER, precompress=True)
    assert false_twins(out) == []
    build_site(root, out, LATER, precompress=True)
    assert (check_site(out).problems, false_twins(out)) == ([], [])


# The command


def test_the_command_makes_twins_and_notes_the_build(project, tmp_path, capsys):
    root, out = project("open"), tmp_path / "out"
    journal = root / "security/status/journal.jsonl"
    arguments = ["build", "--root", str(root), "--out", str(out), "--now", "2026-11-24T09:00:00Z"]
    assert main([*arguments, "--format", "json"]) == 0
    assert not journal.exists()
    journal.write_text("")
    assert main([*arguments, "--precompress", "--format", "json"]) == 0
    first, second = (json.loads(line) for line in _documents(capsys.readouterr().out))
    written = [path for path in second["written"] if path.endswith(".gz")]
    assert (first["files"] + len(written), set(written)) == (second["files"], twins_in(out))
    event = json.loads(journal.read_text("utf-8"))
    assert (event["kind"], event["outcome"], event["at"]) == (
        "build",
        "built",
        "2026-11-24T09:00:00Z",
    )
    assert event["written"] == len(second["written"])
    assert main([*arguments, "--precompress", "-q"]) == 0
    assert len(journal.read_text("utf-8").splitlines()) == 1


def _documents(text):
    decoder, texts = json.JSONDecoder(), []
    while text.strip():
        text = text.lstrip()
        _, end = decoder.raw_decode(text)
        texts.append(text[:end])
        text = text[end:]
    return texts


def test_a_journal_that_cannot_be_written_is_a_warning(project, tmp_path, capsys, monkeypatch):
    root, out = project("open"), tmp_path / "out"
    (root / "security/status/journal.jsonl").write_text("")

    def refused(*_):
        raise ExternalError("the disk is full", hint="Free some space.")

    monkeypatch.setattr("secstatus.project.journal.JournalStore.note", refused)
    arguments = ["build", "--root", str(root), "--out", str(out), "--now", "2026-11-24T09:00:00Z"]
    assert main(arguments) == 0
    assert "the journal was not written: the disk is full" in capsys.readouterr().err
    assert (out / "index.html").exists()
