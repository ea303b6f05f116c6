"""Run a command to its end, and quote what it printed."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from secstatus.errors import ExternalError

# Seconds for a command to remove its own locks and end its children before it is killed.
PATIENCE = 10
QUOTED_LINES = 25
QUOTED_CHARACTERS = 200
_CREDENTIALS = re.compile(r"://[^/@\s]*@")


class CommandResult(NamedTuple):
    """How a command ended and what it printed. A negative status is the number of a signal."""

    status: int
    out: bytes
    err: bytes

    @property
    def ending(self) -> str:
        """How a command that failed ended, as the end of a sentence."""
        return f"ended with status {self.status}" if self.status > 0 else "was killed"

    def quote_output(self) -> list[str]:
        """The last lines of both streams that are not blank, each as `quote_line` returns it."""
        lines = (self.out + b"\n" + self.err).decode("utf-8", "replace").splitlines()
        return [quote_line(line) for line in lines if line.strip()][-QUOTED_LINES:]


def quote_line(line: str) -> str:
    """A line of another program for a terminal or a log.

    Control characters are escaped, credentials in addresses hidden, and it is cut at 200
    characters.
    """
    line = _CREDENTIALS.sub("://***@", line.replace("\t", " ").rstrip())
    line = line if line.isprintable() else ascii(line)[1:-1]
    return line[:QUOTED_CHARACTERS]


def run_to_end(
    command: Sequence[str | bytes],
    folder: Path,
    environment: Mapping[str, str],
    given: bytes = b"",
    seconds: float = 600,
) -> CommandResult:
    """Run a command with `given` as its input; any status is a result.

    When this process is interrupted, or after `seconds`, the command is terminated and waited for.
    Raises ExternalError when it cannot be started or has not ended by then.
    """
    name = os.fsdecode(command[0])
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(  # noqa: S603 - the caller's own words, no shell
            command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe
        )
    except OSError as error:
        hint = f"Install {name}, or check the folder {folder}."
        raise ExternalError(f"{name}: it cannot be started: {error.strerror}", hint=hint) from None
    # Closes the pipes and waits, so that no zombie stays.
    with child:
        try:
            out, err = child.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            _stop(child)
            raise ExternalError(f"{name}: no end after {seconds:g} s") from None
        # Ctrl-C as well: the command is in the same group, but may be ignoring it.
        except BaseException:
            _stop(child)
            raise
    return CommandResult(child.returncode, out, err)


def _stop(child: subprocess.Popen[bytes]) -> None:
    # A git that is killed leaves `index.lock` behind; one that is terminated removes it.
    child.terminate()
    try:
        child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
