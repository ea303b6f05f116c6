"""Run git: lists of words, bytes back, and nothing of the environment that leads it elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from secstatus.adapters.process import CommandResult, run_to_end
from secstatus.errors import ExternalError, UsageError, shown

# git sets these for hooks and aliases (githooks(5), git(1)); they name another repository or
# change how paths are read.
FOREIGN = (
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_LITERAL_PATHSPECS",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
    "GIT_CONFIG_PARAMETERS",
    "GIT_REFLOG_ACTION",
)
# No question, no editor, and messages in English, since some of them are compared.
QUIET = {"GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": ":", "LC_ALL": "C"}
# Hooks run other people's programs, which read files as text: they get UTF-8, still in English.
WITH_HOOKS = {"LC_ALL": "C.UTF-8", "LANGUAGE": "C"}


class Git:
    """git in one folder. `variables` are set for every command."""

    def __init__(self, folder: Path, variables: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.variables = {**QUIET, **(variables or {})}

    def attempt(
        self,
        *words: str,
        given: bytes = b"",
        variables: Mapping[str, str] | None = None,
        seconds: float = 600,
    ) -> CommandResult:
        """Run `git words`; any status is a result. Raises ExternalError when there is no git."""
        kept = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        # Without core.quotepath=off git escapes names that are not ASCII.
        command = ["git", "--no-pager", "-c", "core.quotepath=off", *words]
        environment = {**kept, **self.variables, **(variables or {})}
        return run_to_end(
            [argument(word) for word in command], self.folder, environment, given, seconds
        )

    def ask(self, *words: str, given: bytes = b"") -> bytes:
        """The output of `git words`. Raises ExternalError when git fails."""
        done = self.attempt(*words, given=given)
        if done.status:
            raise make_refusal(f"git {words[0]}", done)
        return done.out

    def line(self, *words: str) -> str:
        """The one line that `git words` prints, without its line end."""
        return os.fsdecode(self.ask(*words)).removesuffix("\n")

    def holds(self, *words: str) -> bool:
        """Whether `git words` exits with 0, not with 1. Raises ExternalError for another status."""
        done = self.attempt(*words)
        if done.status not in (0, 1):
            raise make_refusal(f"git {words[0]}", done)
        return done.status == 0


def argument(word: str) -> bytes:
    """The bytes of a word of a command. Raises UsageError where there cannot be any."""
    try:
        data = os.fsencode(word)
    except UnicodeEncodeError:
        data = b"\0"
    # An argument of a process ends at its first NUL: what follows would be lost unseen.
    if b"\0" in data:
        found = shown(word)
        raise UsageError(f"{found} cannot be given to git", hint="Use another name.")
    return data


def make_refusal(doing: str, done: CommandResult, hint: str = "") -> ExternalError:
    """A failed git command as an ExternalError; `details` are the last lines of its output."""
    message = f"{doing} ended with status {done.status}"
    return ExternalError(message, hint=hint, details=done.quote_output())


def split_names(output: bytes) -> Iterator[str]:
    """The names of a list whose items end with NUL; bytes that are not UTF-8 survive."""
    return (os.fsdecode(name) for name in output.split(b"\0") if name)


def literal(paths: Sequence[str]) -> bytes:
    """The paths as a list of pathspecs in which no character is special."""
    return b"".join(b":(literal)" + argument(path) + b"\0" for path in paths)
