"""Run a command; what it printed is kept, also when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from secstatus.errors import ExternalError


def output_of(
    command: Sequence[str], folder: Path, without: Sequence[str] = (), seconds: float = 60
) -> str | None:
    """What the command prints; None when it cannot be started, fails or takes too long.

    For questions whose answer may be missing: nothing is raised. `without` names variables of the
    environment that the command must not see.
    """
    seen = {name: value for name, value in os.environ.items() if name not in without}
    try:
        done = subprocess.run(  # noqa: S603 - the caller's own words, no shell
            command, cwd=folder, capture_output=True, timeout=seconds, check=False, env=seen
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def run(command: Sequence[str], folder: Path, seconds: float = 600) -> str:
    """What the command prints. Raises ExternalError with its last words when it fails."""
    try:
        done = subprocess.run(  # noqa: S603 - the caller's own words, no shell
            command, cwd=folder, capture_output=True, timeout=seconds, check=False
        )
    except FileNotFoundError:
        raise ExternalError(f"{command[0]}: no such program", hint="Install it.") from None
    except subprocess.TimeoutExpired:
        raise ExternalError(f"{command[0]}: no end after {seconds:g} s") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()[-5:]
        message = f"{' '.join(command[:2])} ended with status {done.returncode}"
        raise ExternalError(message, details=said)
    return done.stdout.decode("utf-8", "replace")


PATIENCE = 10


class CommandResult(NamedTuple):
    """How a command ended and what it printed; a status below 0 is a signal's."""

    status: int
    out: bytes
    err: bytes


def run_to_end(
    command: Sequence[str | bytes],
    folder: Path,
    environment: Mapping[str, str],
    given: bytes = b"",
    seconds: float = 600,
) -> CommandResult:
    """Run the command, `given` being its input; no status is an error.

    When this process is interrupted, or after `seconds`, the command is asked to stop and waited
    for, so that it takes its own locks away. Raises ExternalError when it cannot be started or has
    no end.
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
    with child:
        try:
            out, err = child.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            _stop(child)
            raise ExternalError(f"{name}: no end after {seconds:g} s") from None
        except BaseException:
            _stop(child)
            raise
    return CommandResult(child.returncode, out, err)


def _stop(child: subprocess.Popen[bytes]) -> None:
    """Ask, wait for it and for those that it has started, and only then kill."""
    child.terminate()
    try:
        child.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()
