"""Files that belong together are replaced together, whenever the process dies."""

import errno
import os
import stat

import pytest

from secstatus.adapters import transaction
from secstatus.adapters.files import lock_folder
from secstatus.adapters.transaction import JOURNAL, NEW, recover, replace_together
from secstatus.errors import ExternalError, InputError
from tests.support.kills import is_killed
from tests.support.repositories import write_files

FOLDER = "security/status"
OLD = {"security/status/a.json": b"old a", "security/findings/B.md": b"old b"}
FRESH = {
    "security/status/a.json": b"new a, longer",
    "security/findings/B.md": b"new b",
    "security/status/c.json": b"new c",
}
CALLS = ("open", "write", "fsync", "replace", "unlink", "chmod", "close")


@pytest.fixture
def root(tmp_path):
    write_files(tmp_path, OLD)
    return tmp_path


def there(root):
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_killed_before_every_call_the_set_is_old_or_new(tmp_path_factory, monkeypatch):
    seen = set()
    for number in range(400):
        place = tmp_path_factory.mktemp("killed")
        write_files(place, OLD)
        killed = is_killed(
            number, lambda place=place: replace_together(place, FOLDER, FRESH), CALLS
        )
        recover(place, FOLDER)
        found = {path: data for path, data in there(place).items() if not path.endswith(NEW)}
        found.pop(f"{FOLDER}/{JOURNAL}.tmp", None)
        assert found in (OLD, FRESH), number
        seen.add("old" if found == OLD else "new")
        assert replace_together(place, FOLDER, FRESH) == ([] if found == FRESH else sorted(FRESH))
        assert there(place) == FRESH
        if not killed:
            break
    else:
        pytest.fail("the change never came to its end")
    assert seen == {"old", "new"}


def test_nothing_is_written_when_nothing_changes(root):
    before = {path: path.stat().st_mtime_ns for path in root.rglob("*")}
    assert replace_together(root, FOLDER, OLD) == []
    assert {path: path.stat().st_mtime_ns for path in root.rglob("*")} == before


def test_only_what_changes_is_named(root):
    assert replace_together(root, FOLDER, {**OLD, "x.txt": b"x"}) == ["x.txt"]


@pytest.mark.parametrize("call", ["write", "fsync"])
def test_a_full_disk_leaves_the_old_files_and_no_rubbish(root, monkeypatch, call):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(transaction.os, call, full)
    with pytest.raises(ExternalError, match="No space left"):
        replace_together(root, FOLDER, FRESH)
    monkeypatch.undo()
    assert there(root) == OLD


def test_modes_and_links_stay(root):
    real = root / "elsewhere.md"
    link = root / "security/findings/B.md"
    link.rename(real)
    link.symlink_to(real)
    real.chmod(0o600)
    replace_together(root, FOLDER, FRESH)
    assert link.is_symlink()
    assert real.read_bytes() == b"new b"
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"files": [{"path": "../x", "sha256": ""}]}',
        b'{"files": [{"path": "/x", "sha256": ""}]}',
        b'{"files": [{"path": 1, "sha256": ""}]}',
        b"[" * 100_000,
    ],
)
def test_a_journal_that_is_not_ours_is_refused(root, text):
    (root / FOLDER / JOURNAL).write_bytes(text)
    with pytest.raises(InputError, match=r"secstatus-journal"):
        replace_together(root, FOLDER, FRESH)
    assert {p: d for p, d in there(root).items() if not p.endswith(JOURNAL)} == OLD


def test_a_file_that_changed_under_a_journal_is_named(root):
    (root / FOLDER / JOURNAL).write_bytes(
        b'{"files": [{"path": "security/status/a.json", "sha256": "00"}]}'
    )
    with pytest.raises(InputError, match=r"security/status/a\.json"):
        recover(root, FOLDER)


def test_two_writers_do_not_mix(root):
    with (
        lock_folder(root / FOLDER),
        pytest.raises(ExternalError, match="another run"),
        lock_folder(root / FOLDER),
    ):
        pass
