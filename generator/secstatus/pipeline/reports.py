"""Reports from the disk: which files there are, what they say, and when each scan was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import read_text
from secstatus.adapters.git import committed_at, modified_at
from secstatus.errors import InputError, UsageError, shown
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners import FORMATS, read_report

ENDINGS = (".json", ".sarif")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One report file. `clock` says where `scanned_at` comes from; `digest` names its bytes.

    A file that cannot be read is a failed scan of the scanner that its name gives, and not less;
    `unreadable` says why.
    """

    path: str
    report: ScanReport
    scanned_at: datetime
    clock: str
    digest: str
    unreadable: str = ""


def listed(folder: Path) -> list[tuple[str | None, Path]]:
    """The report files of a folder, by name; nothing when there is no such folder."""
    if not folder.is_dir():
        return []
    return [
        (None, path)
        for path in sorted(folder.iterdir())
        if path.suffix in ENDINGS and path.is_file() and not path.name.startswith(".")
    ]


def named(option: str) -> tuple[str | None, Path]:
    """`[SCANNER=]FILE` of the command line."""
    name, equals, rest = option.partition("=")
    if equals and "/" not in name:
        return name, Path(rest)
    return None, Path(option)


def arrived(
    scanner: str | None, path: Path, root: Path, stated: datetime | None, now: datetime
) -> Arrived:
    """Read one report. Its own time counts, else `stated`, its commit's, the file's.

    Raises UsageError for a scanner that nobody knows, InputError for a file that is not there or
    a time in the future.
    """
    name = _shown_path(path, root)
    if not path.is_file():
        raise InputError(name, "", "no file", "a scanner's report")
    unreadable = ""
    try:
        text = read_text(path, name)
        report = read_report(text, name, scanner)
    except UsageError:
        raise
    except InputError as error:
        unreadable = error.message
        report = _unreadable(scanner or _scanner_of(path), unreadable)
    scanned_at, clock = _time(report, path, stated, now)
    if scanned_at > now:
        found = f"a scan of {scanned_at:%Y-%m-%dT%H:%M:%SZ}, dated by {clock}, in the future"
        hint = "Is the clock of this machine right? --scan-date states the time of a scan."
        raise InputError(name, "", found, f"at most {now:%Y-%m-%dT%H:%M:%SZ}", hint=hint)
    digest = sha256(path.read_bytes()).hexdigest()
    return Arrived(name, report, scanned_at, clock, digest, unreadable)


def _shown_path(path: Path, root: Path) -> str:
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _scanner_of(path: Path) -> str:
    """Who wrote a file that says nothing: by its name, `pip-audit.json` or `bandit-new.sarif`."""
    stem = path.stem.lower().replace("_", "-")
    known = sorted((name.replace("_", "-") for name in FORMATS), key=len, reverse=True)
    return next((name for name in known if stem.startswith(name)), stem)


_KINDS: Mapping[str, ScanKind] = {
    "bandit": ScanKind.CODE,
    "code-scanning": ScanKind.CODE,
    "cyclonedx-vex": ScanKind.STATEMENTS,
    "openvex": ScanKind.STATEMENTS,
    "sarif": ScanKind.OTHER,
    "secrets": ScanKind.SECRETS,
    "semgrep": ScanKind.CODE,
}


def _unreadable(scanner: str, problem: str) -> ScanReport:
    known = scanner.replace("-", "_") in FORMATS
    kind = _KINDS.get(scanner, ScanKind.DEPENDENCIES if known else ScanKind.OTHER)
    return ScanReport(scanner, kind, Verdict.FAILED, problems=(problem,))


COMMITTED = "the commit that last changed it"
WRITTEN = "its modification time"
THIS_RUN = "the moment of this run, since its modification time lies after it"
# Clocks that tell of the file and not of the scan: the same bytes are the same scan.
NO_NEWS = (COMMITTED, THIS_RUN)
GUESSES = (COMMITTED, WRITTEN, THIS_RUN)


def _time(
    report: ScanReport, path: Path, stated: datetime | None, now: datetime
) -> tuple[datetime, str]:
    if report.scanned_at is not None:
        return report.scanned_at, "its own time"
    if stated is not None:
        return stated, "--scan-date"
    committed = committed_at(path)
    found, clock = (committed, COMMITTED) if committed else (modified_at(path), WRITTEN)
    return (now, THIS_RUN) if found > now else (found, clock)


def exit_statuses(options: Sequence[str]) -> dict[str, int]:
    """`SCANNER=N` of the command line, as scanner → exit status. Raises UsageError."""
    found: dict[str, int] = {}
    for option in options:
        name, _, number = option.partition("=")
        try:
            found[name.strip().lower().replace("_", "-")] = int(number)
        except ValueError:
            expected = "SCANNER=N, such as pip-audit=1"
            raise UsageError(f"--scan-exit: found {shown(option)}, expected {expected}") from None
    return found
