"""Find and read report files, and determine the time of each scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import read_bytes_if_there
from secstatus.adapters.git.files import find_commit_time, read_modification_time
from secstatus.errors import InputError, UsageError, shown
from secstatus.findings.ledger import CLOCK_SKEW, Ledger
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners import read_reports
from secstatus.scanners.registry import find_by_file, find_scanner, normalize_name
from secstatus.scanners.report_text import decode_report
from secstatus.timestamps import format_timestamp

# SARIF 2.1.0 recommends `.sarif`; scanners that stream write one JSON object a line.
ENDINGS = frozenset({".json", ".jsonl", ".sarif"})


class Clock(StrEnum):
    """The source of the time of a scan."""

    REPORT = "report"
    OPTION = "option"
    COMMIT = "commit"
    FILE = "file"
    RUN = "run"

    @property
    def words(self) -> str:
        """The source for a sentence: "dated by …"."""
        return {
            Clock.REPORT: "its own time",
            Clock.OPTION: "--scan-date",
            Clock.COMMIT: "the commit that last changed it",
            Clock.FILE: "its modification time",
            Clock.RUN: "the time of this run, because its modification time is later",
        }[self]


# Clocks that tell of the file and not of the scan: the same bytes are the same scan.
NO_NEWS = (Clock.COMMIT, Clock.RUN)
# Clocks that may be later than the scan: a checkout or a copy gives an old report a new time.
GUESSES = (Clock.COMMIT, Clock.FILE, Clock.RUN)


@dataclass(frozen=True, slots=True)
class Arrived:
    """One scan of one report file. `clock` is the source of `scanned_at`; `digest` names the
    bytes of the file.

    An unreadable file is a failed scan of the scanner that delivered it before, else of the one
    that its name suggests; `unreadable` gives the reason. `warning`: a doubt about the time.
    """

    path: str
    report: ScanReport
    scanned_at: datetime
    clock: Clock
    digest: str
    unreadable: str = ""
    warning: str = ""


def list_reports(folder: Path) -> list[tuple[str | None, Path]]:
    """The report files of a folder, by name; nothing when there is no such folder.

    A packed report (`pip-audit.json.gz`) is listed too, and then reported as unreadable.
    """
    if not folder.is_dir():
        return []
    return [
        (None, path)
        for path in sorted(folder.iterdir())
        # Hidden files belong to editors and file systems, such as the `._NAME` files of macOS.
        if ENDINGS & {*path.suffixes} and path.is_file() and not path.name.startswith(".")
    ]


def parse_report_option(option: str) -> tuple[str | None, Path]:
    """`[SCANNER=]FILE` of the command line."""
    name, equals, rest = option.partition("=")
    # A path may contain `=`: a slash before it shows that no scanner is named.
    if equals and "/" not in name:
        return name, Path(rest)
    return None, Path(option)


def read_report_file(
    scanner: str | None,
    path: Path,
    root: Path,
    stated: datetime | None,
    now: datetime,
    ledger: Ledger,
) -> list[Arrived]:
    """The scans in one report file. Its own time counts, else `stated`, its commit's, the file's.

    Raises UsageError for an unknown scanner, InputError for a missing file, for
    a link that leads out of the project, and where the time cannot be known.
    """
    name = _shown_path(path, root)
    _refuse_link(path, root, name)
    data = read_bytes_if_there(path, name)
    if data is None:
        raise InputError(name, "", "no file", "a scanner's report")
    unreadable = ""
    try:
        reports: Sequence[ScanReport] = read_reports(decode_report(data, name), name, scanner)
    # An unknown scanner is a mistake of the command line and no property of the report.
    except UsageError:
        raise
    except InputError as error:
        unreadable = f"{error.message}. {error.hint}".strip()
        # Decision 0017: a report is never ignored, so this one counts as a failed scan.
        reports = _unreadable(scanner, path, name, ledger, f"The report {error.public}.")
    # The digest recognises the same report in a newer checkout, where its file has a new time.
    digest = sha256(data).hexdigest()
    found = []
    for report in reports:
        scanned_at, clock, warning = _time(report, path, stated, now)
        found.append(Arrived(name, report, scanned_at, clock, digest, unreadable, warning))
    return found


def _refuse_link(path: Path, root: Path, name: str) -> None:
    """A link may lead to any file of the machine, and the content of a report is published."""
    # A link within the project or the folder of the report stays allowed, as `latest.json` to a
    # dated file.
    folders = (root.resolve(), path.parent.resolve())
    if path.is_symlink() and not any(path.resolve().is_relative_to(each) for each in folders):
        hint = "Copy the report to that place."
        raise InputError(name, "", "a link that leads out of the project", "a file", hint=hint)


def _shown_path(path: Path, root: Path) -> str:
    """The path relative to the project; of a file elsewhere, its name alone: paths are kept."""
    place = path.parent.resolve() / path.name
    try:
        return place.relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def _unreadable(
    scanner: str | None, path: Path, name: str, ledger: Ledger, problem: str
) -> list[ScanReport]:
    """A failed scan of each scanner that delivered this file before, else of the one named."""
    if scanner is None:
        # What delivered the file before is surer than what the name of the file suggests.
        owners = [scan for scan in ledger.scans if name in scan.files]
        if owners:
            return [_failed(each.scanner, each.kind, problem) for each in owners]
    known = find_scanner(scanner) if scanner else find_by_file(path.name.partition(".")[0])
    if known:
        return [_failed(known.name, known.kind, problem)]
    # Decision 0017: a tool that is not in the registry has the same rights.
    guess = normalize_name(scanner or path.name.partition(".")[0]) or "unknown"
    return [_failed(guess, ScanKind.OTHER, problem)]


def _failed(scanner: str, kind: ScanKind, problem: str) -> ScanReport:
    return ScanReport(scanner, kind, Verdict.FAILED, problems=(problem,))


def _time(
    report: ScanReport, path: Path, stated: datetime | None, now: datetime
) -> tuple[datetime, Clock, str]:
    """The time of the scan, its source, and a warning.

    A report may be dated in the future because its tool writes local time; its own
    time is then not used.
    """
    own, warning = report.scanned_at, ""
    # The clocks of two machines differ a little, so only a time past that tolerance is wrong.
    if own is not None and own > now + CLOCK_SKEW:
        warning = f"its own time, {format_timestamp(own)}, lies ahead and is not used"
        own = None
    if own is not None:
        # Within the tolerance the time is cut off: no status is dated after the run that made it.
        return min(own, now), Clock.REPORT, warning
    if stated is not None:
        return stated, Clock.OPTION, warning
    # git does not store modification times: after a checkout only the commit dates a file.
    committed = find_commit_time(path)
    found = committed or read_modification_time(path)
    if found > now:
        return now, Clock.RUN, warning
    return found, Clock.COMMIT if committed else Clock.FILE, warning


def exit_statuses(options: Sequence[str]) -> dict[str, int]:
    """`SCANNER=N` of the command line, as scanner → exit status. Raises UsageError."""
    found: dict[str, int] = {}
    for option in options:
        name, _, number = option.partition("=")
        try:
            # int refuses the empty text of an option without `=` as well.
            found[normalize_name(name)] = int(number)
        except ValueError:
            expected = "SCANNER=N, such as pip-audit=1"
            raise UsageError(f"--scan-exit: found {shown(option)}, expected {expected}") from None
    return found


def check_exits(exits: Mapping[str, int], known: Sequence[str]) -> None:
    """Check that every exit status belongs to a known scanner. Raises UsageError.

    `known` are the scanners of this run, of earlier ones and of the configuration; those of the
    registry are known as well: a scanner may have crashed before it wrote anything.
    """
    for name in exits:
        if name not in known and find_scanner(name) is None:
            expected = f"one of {', '.join(sorted(set(known)))}" if known else "a known scanner"
            raise UsageError(
                f"--scan-exit: found {shown(name)}, expected {expected}",
                hint="No report answers to that name.",
            )
