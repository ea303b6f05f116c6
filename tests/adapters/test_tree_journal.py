"""A change of the tree goes back to the byte, whatever stops it and whenever."""

import os
import shutil
import signal
import time
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.adapters.git import remote
from secstatus.adapters.git.remote import PushRejectedError, PushUnknownError
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.tree_transaction import backup
from secstatus.adapters.tree_transaction import record as journal_file
from secstatus.adapters.tree_transaction.record import JournalStage
from secstatus.adapters.tree_transaction.transaction import (
    NotRestoredError,
    RestoreOutcome,
    begin,
    find_interrupted,
    reversible,
)
from secstatus.errors import (
    DocumentUpdateError,
    ExternalError,
    IncompleteVersionUpdateError,
    InputError,
    SecstatusError,
    UsageError,
)
from tests.support.kills import CHANGES, end_of, is_killed, start
from tests.support.repositories import files_of

NEW = {
    "pyproject.toml": b'[project]\nname = "thing"\nversion = "1.2.4"\n',
    "LINK.md": b"\xef\xbb\xbfthing v1.2.4\r\nmixed\nends\r",
    "docs/latin.txt": b"caf\xe9 1.2.4",
    "run.sh": b"#!/bin/sh\necho thing v1.2.4\n",
    "changes/1.md": None,
    "deep/new/CHANGELOG.md": b"# 1.2.4\n",
}
CHANGING = ("commit", "tag", "push", "update-ref", "update-index", "add")


def found_in(root):
    return {path: (root / path).read_bytes() if (root / path).exists() else None for path in NEW}


def peopled(clone):
    """Work of others that nothing may touch: an untracked, an ignored and a staged file."""
    (clone.path / "docs/latin.txt").chmod(0o640)
    (clone.path / "untracked.txt").write_text("mine")
    (clone.path / ".git/info/exclude").write_text("*.log\n")
    (clone.path / "a.log").write_text("mine too")
    (clone.path / "other.txt").write_text("staged")
    clone.git("add", "other.txt")
    clone.git("tag", "v1")
    return clone


def written(clone):
    journal = begin(Repository(clone.path), found_in(clone.path))
    journal.write(NEW)
    return journal


def attempt(root, found, *steps):
    """The steps, each given the journal, in one change that goes back when one fails."""
    with reversible(Repository(root), found) as journal:
        for step in steps:
            step(journal)


def write(journal):
    journal.write(NEW)


def commit(journal):
    journal.commit("chore(release): bump version 1.2.3 → 1.2.4")


def tag(journal):
    journal.tag("v2", "Version 2")


def fail(_journal):
    raise KeyError


def to_the_end(journal):
    journal.commit("chore(release): bump version 1.2.3 → 1.2.4")
    journal.tag("v1.2.4", "Version 1.2.4")
    journal.push("origin", "main")
    journal.finish()


def recover(clone):
    journal = find_interrupted(Repository(clone.path))
    return journal.restore() if journal else None


# The whole way


def test_the_whole_way_changes_what_was_planned_and_nothing_else(clone):
    peopled(clone)
    with reversible(Repository(clone.path), found_in(clone.path)) as journal:
        journal.write(NEW)
        assert journal.stage == JournalStage.WRITTEN
        assert sorted(journal.paths) == sorted({*NEW, "docs/crlf.md"} - {"LINK.md"})
        made = journal.commit("chore(release): bump")
        journal.tag("v1.2.4", "Version 1.2.4")
        journal.push("origin", "main")
    assert found_in(clone.path) == NEW
    assert (clone.path / "LINK.md").is_symlink()
    assert (clone.path / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (clone.path / "docs/latin.txt").stat().st_mode & 0o777 == 0o640
    shown = clone.git("show", "--format=", "--name-only", made).split()
    assert shown == sorted({*NEW, "docs/crlf.md"} - {"LINK.md"})
    assert clone.git("rev-parse", "v1.2.4^{}", at=clone.remote) == made
    assert clone.git("diff", "--name-only", "--cached") == "other.txt"
    assert clone.everything()[-1] == []
    assert recover(clone) is None


@pytest.mark.parametrize("steps", [(), (write,), (write, commit), (write, commit, tag)])
def test_an_error_after_any_step_puts_everything_back(clone, steps):
    peopled(clone)
    before = clone.everything()
    with pytest.raises(KeyError):
        attempt(clone.path, found_in(clone.path), *steps, fail)
    assert clone.everything() == before
    assert clone.git("diff-files", "--name-only") == ""
    assert clone.git("status", "--porcelain").split("\n") == ["M  other.txt", "?? untracked.txt"]


def test_a_failing_hook_puts_everything_back(clone):
    peopled(clone)
    clone.hook("pre-commit", "echo no; exit 1")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError):
        attempt(clone.path, found_in(clone.path), write, commit)
    assert clone.everything() == before


@pytest.mark.parametrize("status", [0, 1])
def test_what_a_hook_made_of_planned_files_goes_back_too(clone, status):
    clone.hook("pre-commit", f"echo tidy >> run.sh; exit {status}")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError):
        attempt(clone.path, found_in(clone.path), write, commit)
    assert clone.everything() == before


@pytest.mark.parametrize("step", ["rejected", "remote ahead", "tag there"])
def test_a_rejected_push_puts_everything_back(clone, step):
    peopled(clone)
    if step == "rejected":
        clone.hook("pre-receive", "exit 1", at=clone.remote)
    elif step == "remote ahead":
        clone.push_from_elsewhere()
    else:
        clone.git("push", "-q", "origin", "HEAD:refs/tags/v1.2.4")
    before = clone.everything()
    there = clone.git("for-each-ref", at=clone.remote)
    with pytest.raises(PushRejectedError):
        attempt(clone.path, found_in(clone.path), write, to_the_end)
    assert clone.everything() == before
    assert clone.git("for-each-ref", at=clone.remote) == there


def test_a_tag_that_is_there_stays_there(clone):
    peopled(clone)
    before = clone.everything()
    with pytest.raises(ExternalError, match="there already"):
        attempt(clone.path, found_in(clone.path), write, commit, lambda j: j.tag("v1", "1"))
    assert clone.everything() == before


@pytest.mark.parametrize("place", ["worktree", "submodule", "shallow", "detached", "folder"])
def test_every_kind_of_checkout_goes_back(clone, clones, place):
    inner = clone
    if place == "worktree":
        clone.git("worktree", "add", "-q", "-b", "side", "../side")
        inner = type(clone)(clone.path.parent / "side")
    elif place == "submodule":
        outer = clones("outer")
        outer.git("submodule", "add", "-q", str(clone.remote), "lib")
        inner = type(clone)(outer.path / "lib")
    elif place == "shallow":
        clone.git("clone", "-q", "--depth=1", f"file://{clone.remote}", "../shallow")
        inner = type(clone)(clone.path.parent / "shallow")
    elif place == "detached":
        clone.git("checkout", "-q", "--detach")
    root = inner.path / "docs" if place == "folder" else inner.path
    found = {"latin.txt": b"caf\xe9 1.2.3"} if place == "folder" else found_in(root)
    before = inner.everything()
    new = dict.fromkeys(found, b"new")
    with pytest.raises(KeyError):
        attempt(root, found, lambda journal: journal.write(new), commit, tag, fail)
    assert inner.everything() == before


# Killed


@pytest.fixture
def copies(clones, tmp_path):
    """`copies(1)` is a copy of `copies.first`, and `copies.before` is everything of it as it was."""

    def copy(number):
        target = tmp_path / f"killed-{number}"
        shutil.copytree(copy.first.path.parent, target, symlinks=True)
        return type(copy.first)(target / "clone")

    copy.first = peopled(clones("first"))
    copy.before = copy.first.everything()
    return copy


def test_killed_while_it_writes_the_next_run_puts_everything_back(copies):
    seen, before = set(), copies.before
    for number in range(200):
        clone = copies(number)
        if not is_killed(number, partial(written, clone), ("open", *CHANGES)):
            break
        changed = files_of(clone.path) != before[0]
        outcome = recover(clone)
        assert clone.everything() == before, number
        assert recover(clone) is None
        seen.add((changed, outcome))
    else:
        pytest.fail("writing never came to its end")
    assert {(False, None), (True, RestoreOutcome.RESTORED)} <= seen


def test_killed_while_git_works_the_next_run_goes_back_or_finds_it_public(copies):
    seen, before = set(), copies.before
    for number in range(100):
        clone = copies(number)
        journal = written(clone)
        work = partial(to_the_end, journal)
        killed = is_killed(number, work, ("replace", "unlink"), programs=CHANGING)
        journal.close()
        if not killed:
            break
        arrived = "v1.2.4" in clone.git("for-each-ref", at=clone.remote)
        outcome = recover(clone)
        if arrived:
            assert outcome in (RestoreOutcome.PUSHED, None)
            assert found_in(clone.path) == NEW
            there = clone.git("rev-parse", "main", at=clone.remote)
            assert clone.git("rev-parse", "HEAD", "v1.2.4^{}").split() == [there, there]
        else:
            assert outcome == RestoreOutcome.RESTORED, number
            assert clone.everything() == before, number
        seen.add(outcome)
    else:
        pytest.fail("the work never came to its end")
    assert {RestoreOutcome.RESTORED, RestoreOutcome.PUSHED} <= seen


def test_killed_while_it_goes_back_the_next_run_goes_on(copies):
    before = copies.before
    journal = written(copies.first)
    journal.commit("chore: bump")
    journal.tag("v2", "Version 2")
    journal.close()
    assert copies.first.everything() != before
    for number in range(100):
        clone = copies(number)
        work = partial(recover, clone)
        killed = is_killed(number, work, ("replace", "unlink", "rmdir"), programs=CHANGING)
        recover(clone)
        assert clone.everything() == before, number
        if not killed:
            break
    else:
        pytest.fail("going back never came to its end")
    assert number > 10


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_while_a_hook_runs_puts_everything_back(clone, number):
    peopled(clone)
    clone.hook("pre-commit", "touch ../hook-runs; exec sleep 1")
    before = clone.everything()
    pid = start(lambda: attempt(clone.path, found_in(clone.path), write, commit))
    for _ in range(600):
        if (clone.path.parent / "hook-runs").exists():
            break
        time.sleep(0.05)
    os.kill(pid, number)
    assert end_of(pid) == 128 + number
    assert clone.everything() == before


def test_a_push_that_nobody_can_know_about_waits_for_the_remote(clone, monkeypatch):
    real = remote.Git.attempt
    moved = clone.remote.with_name("moved")

    def lose(git, *words, **options):
        done = real(git, *words, **options)
        if words[0] != "push":
            return done
        clone.remote.rename(moved)
        return remote.CommandResult(128, b"", b"fatal: the remote end hung up unexpectedly")

    monkeypatch.setattr(remote.Git, "attempt", lose)
    with pytest.raises(ExternalError) as caught:
        attempt(clone.path, found_in(clone.path), write, to_the_end)
    assert "it is not known" in str(caught.value.__context__)
    assert isinstance(caught.value.__context__, PushUnknownError)
    assert found_in(clone.path) == NEW
    with pytest.raises(ExternalError):
        recover(clone)
    moved.rename(clone.remote)
    assert recover(clone) == RestoreOutcome.PUSHED
    assert found_in(clone.path) == NEW


# Other people


def test_what_somebody_changed_meanwhile_is_left_alone_and_named(clone):
    before = found_in(clone.path)
    journal = written(clone)
    journal.close()
    (clone.path / "run.sh").write_text("by hand")
    with pytest.raises(NotRestoredError) as caught:
        recover(clone)
    (detail,) = caught.value.details
    assert "'run.sh'" in detail
    original = detail.rpartition(" ")[2]
    with open(original, "rb") as stream:
        assert stream.read() == before["run.sh"]
    assert (clone.path / "run.sh").read_text() == "by hand"
    assert found_in(clone.path) == {**before, "run.sh": b"by hand"}
    (clone.path / "run.sh").write_bytes(before["run.sh"])
    assert recover(clone) == RestoreOutcome.RESTORED


@pytest.mark.parametrize("kind", ["link", "folder"])
def test_what_became_something_else_is_left_alone(clone, kind):
    written(clone).close()
    (clone.path / "run.sh").unlink()
    if kind == "link":
        (clone.path / "run.sh").symlink_to("other.txt")
    else:
        (clone.path / "run.sh").mkdir()
    with pytest.raises(NotRestoredError):
        recover(clone)
    assert (clone.path / "other.txt").read_bytes() == b"nothing of this\n"


def test_a_folder_that_became_a_link_leads_nowhere(clone, tmp_path):
    written(clone).close()
    (clone.path / "docs").rename(tmp_path / "outside")
    (clone.path / "docs").symlink_to(tmp_path / "outside")
    with pytest.raises(NotRestoredError):
        recover(clone)
    assert (tmp_path / "outside/latin.txt").read_bytes() == NEW["docs/latin.txt"]


@pytest.mark.parametrize("change", ["commit", "branch", "own commit"])
def test_a_head_that_has_moved_on_is_left_alone(clone, change):
    journal = written(clone)
    if change == "own commit":
        clone.git("commit", "-q", "-am", "finished by hand")
    else:
        journal.commit("chore: bump")
    journal.close()
    if change == "commit":
        clone.git("commit", "-q", "--allow-empty", "-m", "on top")
    elif change == "branch":
        clone.git("checkout", "-q", "-b", "elsewhere")
    before = clone.everything()
    with pytest.raises(NotRestoredError, match="cannot be put back") as caught:
        recover(clone)
    assert clone.everything() == before
    assert "secstatus-bump" in caught.value.hint


def test_a_tag_of_somebody_else_on_the_commit_stays(clone):
    journal = written(clone)
    journal.commit("chore: bump")
    clone.git("tag", "theirs")
    made = clone.git("rev-parse", "HEAD")
    assert journal.restore() == RestoreOutcome.RESTORED
    assert clone.git("rev-parse", "theirs") == made


def test_while_git_is_at_work_nothing_is_touched(clone):
    written(clone).close()
    lock = clone.path / ".git/index.lock"
    lock.touch()
    before = clone.everything()
    with pytest.raises(ExternalError, match="another git command"):
        recover(clone)
    assert clone.everything() == before
    lock.unlink()
    assert recover(clone) == RestoreOutcome.RESTORED


def test_two_changes_at_once_are_refused(clone):
    found = found_in(clone.path)
    with (
        reversible(Repository(clone.path), found),
        pytest.raises(ExternalError, match="another run"),
    ):
        begin(Repository(clone.path), found)
    with reversible(Repository(clone.path), found), pytest.raises(ExternalError):
        find_interrupted(Repository(clone.path))


def test_an_interrupted_change_has_to_be_put_back_first(clone):
    written(clone).close()
    with pytest.raises(ExternalError, match="interrupted"):
        begin(Repository(clone.path), found_in(clone.path))


# What is refused


def test_a_file_that_changed_since_it_was_read_is_refused(clone):
    before = clone.everything()
    with pytest.raises(DocumentUpdateError, match="changed since"):
        begin(Repository(clone.path), {"run.sh": b"what it was"})
    with pytest.raises(DocumentUpdateError, match="changed since"):
        begin(Repository(clone.path), {"run.sh": None})
    assert clone.everything() == before


@pytest.mark.parametrize("target", ["../outside.txt", ".git/config", "docs"])
def test_a_link_out_of_the_project_is_refused(clone, target):
    (clone.path.parent / "outside.txt").write_text("x")
    (clone.path / "way").symlink_to(target)
    content = None if target == "docs" else (clone.path / target).read_bytes()
    with pytest.raises(DocumentUpdateError, match="expected a file"):
        begin(Repository(clone.path), {"way": content})
    with pytest.raises(DocumentUpdateError, match="expected a file"):
        begin(Repository(clone.path), {target: content})


def test_two_ways_to_one_file_have_to_agree(clone):
    found = {"LINK.md": NEW["LINK.md"].replace(b"4", b"3")}
    found["docs/crlf.md"] = found["LINK.md"]
    journal = begin(Repository(clone.path), found)
    with pytest.raises(DocumentUpdateError, match="two different"):
        journal.write({"LINK.md": b"a", "docs/crlf.md": b"b"})
    with pytest.raises(DocumentUpdateError, match="not among"):
        journal.write({"run.sh": b"a"})
    journal.write({"LINK.md": b"a", "docs/crlf.md": b"a"})
    assert (clone.path / "docs/crlf.md").read_bytes() == b"a"
    journal.restore()


def test_a_temporary_name_that_is_taken_is_refused(clone):
    (clone.path / ".secstatus-bump-0.tmp").write_text("mine")
    with pytest.raises(DocumentUpdateError, match="in the way"):
        begin(Repository(clone.path), {"run.sh": (clone.path / "run.sh").read_bytes()})
    assert (clone.path / ".secstatus-bump-0.tmp").read_text() == "mine"


@pytest.mark.parametrize("flag", ["--assume-unchanged", "--skip-worktree"])
def test_a_file_that_git_would_leave_out_is_refused(clone, flag):
    clone.git("update-index", flag, "run.sh")
    with pytest.raises(DocumentUpdateError, match="ignore changes"):
        begin(Repository(clone.path), found_in(clone.path))


@pytest.mark.parametrize("path", ["a\0b", "\ud800", "x" * 5000, "", "."])
def test_a_path_that_can_be_none_is_refused(clone, path):
    with pytest.raises(SecstatusError):
        begin(Repository(clone.path), {path: b""})


@pytest.mark.parametrize("call", ["fsync", "replace", "write"])
def test_a_full_disk_puts_everything_back(clone, monkeypatch, call):
    peopled(clone)
    before = clone.everything()
    real = getattr(os, call)
    left = [2]

    def fill(_journal):
        monkeypatch.setattr(os, call, full)

    def full(*words):
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, os.strerror(28))
        return real(*words)

    with pytest.raises(ExternalError, match="No space left"):
        attempt(clone.path, found_in(clone.path), fill, write)
    assert clone.everything() == before


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b"1", b'{"files": 1}', b"[" * 100_000, b"\xff"],
)
def test_a_journal_that_is_not_ours_is_refused(clone, text):
    folder = clone.path / ".git/secstatus-bump"
    folder.mkdir()
    (folder / "journal.json").write_bytes(text)
    with pytest.raises(InputError, match=r"journal\.json"):
        recover(clone)
    with pytest.raises(InputError, match=r"journal\.json"):
        begin(Repository(clone.path), {})


@pytest.mark.parametrize(
    "path", ["../x", "/x", ".git/hooks/pre-commit", "", "a/../../x", "x\\u0000"]
)
def test_a_forged_journal_leads_nowhere(clone, path):
    written(clone).close()
    file = clone.path / ".git/secstatus-bump/journal.json"
    text = file.read_text()
    assert '"run.sh"' in text
    file.write_text(text.replace('"run.sh"', f'"{path}"'))
    with pytest.raises(InputError):
        recover(clone)


def test_a_repository_without_a_commit_is_refused(clone, tmp_path):
    clone.git("init", "-q", str(tmp_path / "fresh"))
    with pytest.raises(UsageError):
        begin(Repository(tmp_path / "fresh"), {})


NAMES = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1)


@given(paths=st.lists(NAMES.filter(lambda name: name not in (".", "..", ".git")), unique=True))
def test_a_saved_journal_reads_as_it_was_written(tmp_path_factory, paths):
    folder = tmp_path_factory.mktemp("journal")
    files = [
        backup.KeptFile(number, path, 0o644, "0" * 64, ["1", backup.ABSENT])
        for number, path in enumerate(paths)
    ]
    record = journal_file.JournalRecord(
        "token",
        "head",
        None,
        files,
        dict.fromkeys(paths, ("100644 x 0",)),
        paths,
        JournalStage.TAGGED,
    )
    journal_file.save(folder, record)
    assert journal_file.load(folder) == record


@given(content=st.binary(), new=st.binary(), mode=st.sampled_from([0o600, 0o644, 0o755, 0o444]))
def test_any_bytes_and_any_mode_come_back(tmp_path_factory, content, new, mode):
    top = tmp_path_factory.mktemp("tree")
    (top / "f").write_bytes(content)
    (top / "f").chmod(mode)
    file = backup.record_file(top, 0, "f", content)
    backup.write_files(top, [(file, new)])
    assert ((top / "f").read_bytes(), (top / "f").stat().st_mode & 0o7777) == (new, mode)
    backup.write_files(top, [(file, None)])
    backup.write_files(top, [(file, content)])
    assert ((top / "f").read_bytes(), (top / "f").stat().st_mode & 0o7777) == (content, mode)
    assert [path.name for path in top.iterdir()] == ["f"]
