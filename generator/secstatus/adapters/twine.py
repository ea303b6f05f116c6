"""Run twine: one upload, its output line by line, an end when it takes too long."""

from __future__ import annotations

import codecs
import contextlib
import importlib.util
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from secstatus.adapters.http.url import check_url, redact_url
from secstatus.errors import ExternalError, UsageError, shown

CHILD = Path(__file__).with_name("twine_child.py")
INSTALL = "Install it: pip install 'secstatus[publish]'."
# As wide as a line may be before rich breaks it; every line is padded to this.
COLUMNS = 4000
# The most that is kept of what one run prints.
LONGEST_OUTPUT = 4 * 1024 * 1024
CHUNK = 65536
PATIENCE = 10
# Said on the command line, or made for a terminal.
FOREIGN = ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL", "FORCE_COLOR", "TTY_COMPATIBLE")


@dataclass(frozen=True, slots=True)
class Target:
    """Where files go. `index` is the root of its simple pages, empty where it is not known."""

    url: str
    index: str = ""

    @property
    def shown(self) -> str:
        """The address as messages may show it."""
        return redact_url(self.url)


@dataclass(frozen=True, slots=True)
class TwineRun:
    """How a run ended; the status is None when it was stopped after its time."""

    status: int | None
    output: str


def target(repository_url: str | None, environment: Mapping[str, str]) -> Target:
    """The address to upload to: the one given, else twine's variables, else twine's own default.

    Raises UsageError for an address that cannot be used or holds credentials, and where twine is
    not installed.
    """
    # It is an extra of the package: not everybody publishes.
    if importlib.util.find_spec("twine") is None:
        raise UsageError("twine is not installed", hint=INSTALL)
    stated = repository_url or environment.get("TWINE_REPOSITORY_URL")
    if not stated and environment.get("TWINE_REPOSITORY", "pypi") != "pypi":
        found = shown(environment["TWINE_REPOSITORY"])
        hint = "Say the address: --repository-url URL. Files with passwords are not read."
        raise UsageError(f"TWINE_REPOSITORY: found {found}, a name of .pypirc", hint=hint)
    known = _known_targets()
    if not stated:
        return known[0]
    parts = check_url(stated)
    # Lists of processes show the arguments of a command to every user of the machine.
    if "@" in parts.netloc:
        hint = "Give them in the environment: TWINE_USERNAME and TWINE_PASSWORD."
        raise UsageError(f"{redact_url(stated)}: the address holds credentials", hint=hint)
    match = [each for each in known if stated.startswith(each.url)]
    return Target(stated, match[0].index if match else "")


def _known_targets() -> tuple[Target, ...]:
    """The indexes that twine knows, its default first."""
    from twine import repository, utils

    return (
        Target(utils.DEFAULT_REPOSITORY, f"{repository.WAREHOUSE_WEB}simple/"),
        Target(utils.TEST_REPOSITORY, f"{repository.TEST_WAREHOUSE}simple/"),
    )


def run_twine(
    files: Sequence[Path],
    to: Target,
    environment: Mapping[str, str],
    heard: Callable[[str], None],
    seconds: float,
) -> TwineRun:
    """Upload the files with twine in a new process; `heard` gets each line when it is printed.

    Attestations among the files are sent along. Credentials come from the environment alone, so
    that no list of processes shows them. Raises ExternalError when it cannot be started.
    """
    # -P: a file twine.py in the folder must not be taken for the package.
    words = [sys.executable, "-P", str(CHILD), "upload", "--non-interactive"]
    words += ["--disable-progress-bar", "--verbose", "--repository-url", to.url]
    # PEP 740: statements that are signed, one file beside each distribution.
    words += ["--attestations"] if any(each.suffix == ".attestation" for each in files) else []
    command = [*words, *(str(each.absolute()) for each in files)]
    try:
        child = subprocess.Popen(  # noqa: S603 - our own words and file names, no shell
            command,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A process group of its own, so that children of twine end with it.
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        raise ExternalError(f"twine cannot be started: {error}", hint=INSTALL) from None
    return _heard(child, heard, seconds)


def _environment(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in given.items() if name not in FOREIGN}
    # twine prints through rich, which breaks lines at the width of the terminal and colours them.
    looks = {"COLUMNS": str(COLUMNS), "NO_COLOR": "1", "TERM": "xterm", "PYTHONUTF8": "1"}
    return {**kept, **looks, "PYTHONUNBUFFERED": "1"}


def _heard(
    child: subprocess.Popen[bytes], heard: Callable[[str], None], seconds: float
) -> TwineRun:
    """Read the output to its end. An exception ends the process group of the child as well."""
    late = threading.Event()

    def stop() -> None:
        late.set()
        _end(child)

    # The output is read without a limit of time, so that something else has to end a twine that
    # hangs.
    timer = threading.Timer(seconds, stop)
    # An upload that ends in time must not wait for its timer.
    timer.daemon = True
    kept = _Tail()
    with child:
        try:
            timer.start()
            if child.stdout is not None:
                for line in _lines(child.stdout):
                    kept.add(line)
                    heard(line)
            child.wait()
        except BaseException:
            _end(child)
            raise
        finally:
            timer.cancel()
    return TwineRun(None if late.is_set() else child.returncode, kept.text)


class _Tail:
    """The last lines, as many as fit."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.size = 0

    def add(self, line: str) -> None:
        self.lines.append(line)
        self.size += len(line)
        # The end tells why an upload failed.
        while self.size > LONGEST_OUTPUT and len(self.lines) > 1:
            self.size -= len(self.lines.pop(0))

    @property
    def text(self) -> str:
        return "".join(self.lines)


def _lines(stream: IO[bytes]) -> Iterator[str]:
    """The lines, each with its end; one that rich has broken inside of a word is one again."""
    held = ""
    for line in _raw_lines(stream):
        width = len(line.rstrip("\n"))
        held += line.lstrip(" ") if held else line
        if width == COLUMNS and not line.endswith(" \n") and len(held) < LONGEST_OUTPUT:
            held = held.removesuffix("\n")
            continue
        yield held.rstrip(" \n") + "\n"
        held = ""
    if held:
        yield held


def _raw_lines(stream: IO[bytes]) -> Iterator[str]:
    """Lines as they are printed; one without an end is cut where it becomes too long to keep."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    rest = ""
    # Without a buffer: a line is heard when it is printed.
    while data := os.read(stream.fileno(), CHUNK):
        *lines, rest = (rest + decoder.decode(data)).split("\n")
        yield from (f"{line}\n" for line in lines)
        if len(rest) > LONGEST_OUTPUT:
            yield f"{rest}\n"
            rest = ""
    if rest:
        yield rest


def _end(child: subprocess.Popen[bytes]) -> None:
    """Terminate the process group of the child, and kill the rest of it after PATIENCE seconds."""
    # To the whole group: twine may have started a keyring.
    _signal(child, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(timeout=PATIENCE)
    _signal(child, signal.SIGKILL)


def _signal(child: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.pid, number)
