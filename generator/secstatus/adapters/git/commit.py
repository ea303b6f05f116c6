"""Commits and tags that hold what was planned and nothing else, and taking them back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import make_disk_error
from secstatus.adapters.git import files
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.run import WITH_HOOKS, Git, literal, make_refusal
from secstatus.adapters.process import CommandResult
from secstatus.errors import ExternalError, IncompleteVersionUpdateError, SecstatusError, shown

# Only the reflog tells a commit of ours from others, whatever a hook did to its message.
NEWEST = ("log", "-g", "-1", "--no-show-signature", "--format=%H %gs", "HEAD", "--")
WITH_REFLOG = ("-c", "core.logAllRefUpdates=true")


def commit_paths(
    repository: Repository, paths: Sequence[str], message: str, label: str = "secstatus"
) -> str:
    """Commit these paths as they are in the working tree, on top of HEAD; the new commit.

    New and removed files are included; whatever else is staged stays staged and is not committed.
    Hooks run. When one changes planned files, they are committed as it left them: there is one
    second attempt. The reflog names the commit `label`.

    Raises IncompleteVersionUpdateError when a hook refuses or puts other files into the commit,
    and ExternalError when git cannot commit. HEAD and index are then as before; what hooks did to
    working files stays.
    """
    base = repository.head()
    known = files.read_entries(repository.top_git, [repository.from_top(path) for path in paths])
    there = [path for path in paths if _is_there(repository, path, known)]
    try:
        return _commit_or_again(repository, base, there, message, label)
    except SecstatusError:
        ours = find_own_commit(repository, label)
        if ours and ours != base:
            undo_commit(repository, base, ours)
        files.restore_entries(repository.top_git, known)
        raise


def find_own_commit(repository: Repository, label: str) -> str | None:
    """HEAD, if the last thing that happened to it was a commit with this label; else None."""
    newest = repository.git.attempt(*NEWEST)
    found, _, action = newest.out.decode("utf-8", "replace").partition(" ")
    ours = newest.status == 0 and action.startswith(f"{label}:")
    return found if ours and found == repository.head() else None


def undo_commit(repository: Repository, base: str, ours: str) -> None:
    """Move HEAD from our commit back to `base`, and the index entries that it brought with it.

    Working files and other entries stay. Raises ExternalError, and does nothing, when HEAD is no
    longer `ours`.
    """
    before, after = _difference(repository.top_git, base, ours)
    repository.git.ask("update-ref", "-m", "taking a commit back", "HEAD", base, ours)
    now = files.read_entries(repository.top_git, before)
    brought = {path: old for path, old in before.items() if now[path] == after[path]}
    files.restore_entries(repository.top_git, brought)


def create_tag(repository: Repository, name: str, message: str, commit: str | None = None) -> str:
    """Put an annotated tag on the commit (default: HEAD) and return the new tag object.

    Raises UsageError for a name that git does not take, ExternalError when the tag exists.
    """
    repository.check_ref(name)
    words = ("tag", "-a", "--cleanup=whitespace", "-F", "-", "--", name)
    done = repository.git.attempt(*words, commit or repository.head(), given=_text(message))
    if done.status:
        hint = "Choose another version, or remove the tag if it is not published yet."
        raise make_refusal(f"making the tag {shown(name)}", done, hint)
    return repository.git.line("rev-parse", "-q", "--verify", f"refs/tags/{name}")


def find_tag(git: Git, name: str, commit: str) -> str | None:
    """The tag object of the annotated tag `name` on the commit; None when there is none."""
    words = ("for-each-ref", "--format=%(objecttype) %(objectname) %(*objectname)")
    found = git.line(*words, f"refs/tags/{name}").split(" ")
    return found[1] if found[0] == "tag" and found[2:] == [commit] else None


def _commit_or_again(
    repository: Repository, base: str, paths: list[str], message: str, label: str
) -> str:
    """The second attempt is for hooks that have changed planned files in the first one."""
    for is_last in (False, True):
        before = _digests(repository.root, paths)
        done = _run_commit(repository, paths, message, label)
        if done.status:
            now = _digests(repository.root, paths)
            changed = [path for path in paths if now[path] != before[path]]
        else:
            changed = _checked(repository, base, paths)
            if not changed:
                return repository.head()
        if is_last or not changed:
            break
        if done.status == 0:
            # The second attempt has to stand on `base`, like the first one.
            undo_commit(repository, base, repository.head())
    raise _refused(done, changed)


def _run_commit(
    repository: Repository, paths: list[str], message: str, label: str
) -> CommandResult:
    from tempfile import NamedTemporaryFile

    _announce_new(repository, paths)
    # A list of thousands of paths is too long for the arguments of a process; stdin holds the
    # message.
    with NamedTemporaryFile() as listed:
        listed.write(literal(paths))
        listed.flush()
        # --cleanup=whitespace: lines that begin with `#` belong to the message. --only: what else
        # is staged stays out.
        words = ("commit", "-q", "--cleanup=whitespace", "--only", "-F", "-")
        which = (f"--pathspec-from-file={listed.name}", "--pathspec-file-nul")
        variables = {**WITH_HOOKS, "GIT_REFLOG_ACTION": label}
        run = repository.git.attempt
        return run(*WITH_REFLOG, *words, *which, given=_text(message), variables=variables)


def _announce_new(repository: Repository, paths: list[str]) -> None:
    """`git commit` takes no path that the index has not heard of."""
    known = files.read_entries(repository.git, paths)
    new = [path for path in paths if not known[path] and not path.startswith("../")]
    if new:
        words = ("add", "--intent-to-add", "--pathspec-from-file=-", "--pathspec-file-nul")
        repository.git.ask(*words, given=literal(new))


def _checked(repository: Repository, base: str, paths: list[str]) -> list[str]:
    """Planned paths that differ from the new commit. Raises when it holds any other path."""
    head = repository.head()
    # A hook may have made a commit itself, which was not planned and must not be pushed.
    if repository.git.line("rev-list", "--parents", "-n", "1", head) != f"{head} {base}":
        message = "the commit does not stand directly on the one before"
        raise IncompleteVersionUpdateError(message, hint="Stop the hook that makes commits.")
    planned = {repository.from_top(path) for path in paths}
    others = sorted(set(_difference(repository.top_git, base, head)[0]) - planned)
    if others:
        message = "a hook has put files into the commit that were not planned"
        details = [f"{shown(path)}: not planned" for path in others]
        hint = "Let the hook leave them alone, or commit them first."
        raise IncompleteVersionUpdateError(message, details=details, hint=hint)
    return sorted(set(paths) & set(repository.changes()))


def _refused(done: CommandResult, changed: list[str]) -> SecstatusError:
    """The error for a refused commit: by a hook that changes files, another hook, or git."""
    details = done.quote_output()
    if done.status in (0, 1) and changed:
        message = "a hook changes planned files at every commit, or refuses what it has made"
        details += [f"{shown(path)}: changed by the hook" for path in changed]
        return IncompleteVersionUpdateError(message, details=details, hint="Fix the hook.")
    if done.status == 1:
        message = "there is no commit: a hook has refused it, or nothing was left to commit"
        hint = "Do what it says, then run it again."
        return IncompleteVersionUpdateError(message, details=details, hint=hint)
    message = f"git commit ended with status {done.status}"
    return ExternalError(message, details=details, hint="Do what it says, then run it again.")


def _difference(git: Git, base: str, ours: str) -> tuple[files.Entries, files.Entries]:
    """Path from the top → its index entries in the one commit, and in the other."""
    words = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--ignore-submodules=none")
    # Renames off: each path has to be seen by its own name.
    fields = git.ask(*words, "--no-abbrev", "--no-commit-id", base, ours).split(b"\0")[:-1]
    before: dict[str, tuple[str, ...]] = {}
    after: dict[str, tuple[str, ...]] = {}
    for record, name in zip(fields[::2], fields[1::2], strict=True):
        old_mode, new_mode, old, new, _ = record.decode("ascii").removeprefix(":").split(" ")
        path = os.fsdecode(name)
        before[path] = _entry(old_mode, old)
        after[path] = _entry(new_mode, new)
    return before, after


def _entry(mode: str, target: str) -> tuple[str, ...]:
    return () if mode == "000000" else (f"{mode} {target} 0",)


def _is_there(repository: Repository, path: str, known: files.Entries) -> bool:
    return bool(known[repository.from_top(path)]) or os.path.lexists(repository.root / path)


def _digests(root: Path, paths: Sequence[str]) -> dict[str, bytes | None]:
    return {path: _digest(root / path) for path in paths}


def _digest(path: Path) -> bytes | None:
    try:
        return sha256(path.read_bytes()).digest()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise make_disk_error(error, "reading a file to commit") from None


def _text(message: str) -> bytes:
    """The message as UTF-8; NUL and lone surrogates are escaped."""
    # git refuses a message with a NUL; bytes that are not UTF-8 would need `i18n.commitEncoding`.
    return message.replace("\0", "\\0").encode("utf-8", "backslashreplace")
