"""diagnose: find the cause of a failed upload in its log, the remedy, and whether to retry."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secstatus.adapters.console import Output
from secstatus.commands.expected_publisher import add_publisher_options, find_expected_publisher
from secstatus.errors import InputError
from secstatus.project.inputs import load_config
from secstatus.publishing.claim_check import Claims, read_claims
from secstatus.publishing.diagnosis import Diagnosis
from secstatus.publishing.diagnosis import diagnose_log as diagnosis_of
from secstatus.publishing.logs import decode_log
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.text.redaction import list_secrets

EXAMPLE = "secstatus diagnose publish.log --claims claims.json"
# The end of a longer log is read: it tells how it came out.
LARGEST_LOG = 32 * 1024 * 1024
# The claims of a token have a few kilobytes. The limit stops a wrong path such as /dev/zero.
LARGEST_CLAIMS = 1024 * 1024
STDIN = "-"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("log", type=Path, metavar="LOG", help="the log; - reads standard input")
    parser.add_argument(
        "--claims", type=Path, metavar="FILE", help="the claims of the identity token, as JSON"
    )
    add_publisher_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    result = diagnose_upload(
        options.root, options.log, options.claims, options.workflow, options.environment
    )
    output.result(result)
    return result.exit_status


def diagnose_upload(
    root: Path,
    log: Path,
    claims: Path | None = None,
    workflow: str | None = None,
    environment: str | None = None,
) -> DiagnoseResult:
    """Find the cause in the log; `-` reads standard input. Nothing secret is in the result.

    `claims` is a file with the claims of the identity token. `workflow` and `environment` are those
    that the trusted publisher should have; None: those of the workflow files of the project.

    Raises InputError for a file that cannot be read, or one that holds no claims.
    """
    config = load_config(root)
    data, cut = _log(log)
    stated = _claims(claims) if claims else None
    publisher = find_expected_publisher(root, config, workflow, environment)
    # A log may quote a token of the environment: the known secrets are removed from the result.
    found = diagnosis_of(decode_log(data), publisher, stated, list_secrets(os.environ))
    return DiagnoseResult(found, publisher, cut=LARGEST_LOG if cut else None)


def _log(path: Path) -> tuple[bytes, bool]:
    """The log, at most its last 32 MiB, and whether that is not all."""
    try:
        if str(path) == STDIN:
            # A pipe cannot seek, so its end is known only after all of it was read.
            return _tail_of(sys.stdin.buffer.read())
        with path.open("rb") as file:
            # Seeking keeps a log of gigabytes out of the memory.
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LARGEST_LOG))
            return file.read(), size > LARGEST_LOG
    except OSError as error:
        raise _unreadable(path, error, "a log") from None


def _tail_of(data: bytes) -> tuple[bytes, bool]:
    return data[-LARGEST_LOG:], len(data) > LARGEST_LOG


def _claims(path: Path) -> Claims:
    try:
        with path.open("rb") as file:
            text = decode_log(file.read(LARGEST_CLAIMS))
    except OSError as error:
        raise _unreadable(path, error, "a file with claims") from None
    # Editors of Windows write a byte order mark, which RFC 8259 (8.1) allows a parser to ignore.
    return read_claims(text.removeprefix("\ufeff"), str(path))


def _unreadable(path: Path, error: OSError, expected: str) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError(str(path), "", "no file", expected)
    return InputError(str(path), "", f"what cannot be read ({error.strerror})", expected)


@dataclass(frozen=True, slots=True)
class DiagnoseResult:
    """A diagnosis. `cut`: unless None, only this many bytes at the end of the log were read."""

    diagnosis: Diagnosis
    publisher: Publisher
    cut: int | None = None

    @property
    def exit_status(self) -> int:
        """0 if the failure is a known one, else 1."""
        # With 1, a workflow can react to an unknown failure without reading the JSON.
        return 0 if self.diagnosis.known else 1

    def document(self) -> dict[str, Any]:
        return {
            "diagnosis": self.diagnosis.document(),
            "publisher": dict(self.publisher.form()),
            "warnings": list(self._warnings()),
        }

    def text(self) -> str:
        lines = (*self.diagnosis.lines(), *(f"Note: {each}" for each in self._warnings()))
        return "\n".join(lines)

    def _warnings(self) -> Iterator[str]:
        if self.cut is not None:
            yield f"the log is longer than {self.cut} bytes; only its end was read"
