"""The ledger: every finding ever seen, the latest scan of each scanner, and how it went over time.

Nothing is ever deleted. Each type keeps in `extra` the fields that this version does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from secstatus.findings.finding import make_identity
from secstatus.findings.observation import ScanKind, ScanReport, SeverityClaim, Skipped, Verdict
from secstatus.jsonio.records import Count, Day, Extra, Identifier, Record, Timestamp
from secstatus.timestamps import truncate_timestamp

SCHEMA_VERSION = "1.1"
# The most names of a target that are kept: enough to see that a scan looked elsewhere.
MOST_TARGETS = 2000
# The clock of a machine that scanned may be this much fast.
# Five minutes, the usual tolerance (RFC 4120 gives it for Kerberos).
CLOCK_SKEW = timedelta(minutes=5)


class FindingState(StrEnum):
    """The state of a finding. `open` and `unobserved` count: nothing proves that it is gone."""

    OPEN = "open"
    UNOBSERVED = "unobserved"
    RESOLVED = "resolved"
    WITHDRAWN = "withdrawn"

    @property
    def counts(self) -> bool:
        return self in (FindingState.OPEN, FindingState.UNOBSERVED)


@dataclass(frozen=True, slots=True)
class Episode(Record):
    """One time that a finding was there. `closed` is None, and the rest empty, while it is.

    `outcome` is `resolved` or `withdrawn`; `evidence` is a sentence with the scanner, what it saw
    and when.
    """

    opened: Day
    closed: Day | None = None
    outcome: str = ""
    evidence: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LedgerFinding(Record):
    """One finding, from its first day on. Empty text: no scanner says.

    `finding_id` is the id first seen; `aliases` are all other ids ever, sorted. A dependency
    finding has a `package`; `version` is the one last reported, `versions` are all that were ever
    reported. A code finding or a secret has a `rule`, a `location` (`src/a.py:12`, which moves)
    and a `fingerprint` (which does not); its `package` is the name of the file in which it was
    first seen. `suppressed` is the reason that the report itself gives: such a finding still
    counts. `scope` is a word of Scope, empty for a code finding. `scanners` are all that ever saw
    it. `discovered` never moves. `last_seen` is the latest scan that reported it. `reason` says
    why it is `unobserved`. The last of `episodes` is open exactly while the finding counts.
    """

    finding_id: Identifier
    kind: ScanKind
    state: FindingState
    discovered: Day
    last_seen: Timestamp
    episodes: tuple[Episode, ...]
    scanners: tuple[str, ...]
    aliases: tuple[Identifier, ...] = ()
    package: str = ""
    version: str = ""
    versions: tuple[str, ...] = ()
    rule: str = ""
    location: str = ""
    fingerprint: str = ""
    severities: tuple[SeverityClaim, ...] = ()
    title: str = ""
    description: str = ""
    fix_versions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    published: Day | None = None
    suppressed: str = ""
    scope: str = ""
    reason: str = ""
    extra: Extra = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.finding_id, *self.aliases)

    @property
    def is_advisory(self) -> bool:
        """Whether it is known by published ids, and not by a rule and a place in the code."""
        return not self.rule

    @property
    def key(self) -> tuple[str, str]:
        """Sorts findings, and tells each from every other."""
        return make_identity(self.finding_id, self.package)


@dataclass(frozen=True, slots=True)
class CompleteScan(Record):
    """The last complete scan of a scanner: what later ones are measured by.

    `target` names what it looked at: packages, or folders of code; at most MOST_TARGETS of them.
    `reports` counts the parts that it was delivered in, two formats of one part once. `grade` is
    the grade of that day, empty until `graded` sets it.
    """

    scanned_at: Timestamp
    reports: Count = 1
    audited: Count | None = None
    inventory_size: Count | None = None
    scope_size: Count | None = None
    target: tuple[str, ...] = ()
    grade: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LatestScan(Record):
    """What a scanner delivered last, all its reports of that run together.

    `verdict` is the worst of them and `scanned_at` the oldest; `digests` name their contents.
    `files` are the report files, relative to the project. `dated_by` says where `scanned_at` comes
    from: `report`, `option`, `commit`, `file` or `run`. `ecosystems` are the purl types that a
    dependency scan looked at, empty where it does not say. `inventory_size` and `scope_size` are
    None when a report does not list what it looked at.
    """

    scanner: str
    kind: ScanKind
    verdict: Verdict
    scanned_at: Timestamp
    digests: tuple[str, ...]
    observed: Count = 0
    audited: Count | None = None
    unit: str = ""
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[str, ...] = ()
    tool_version: str = ""
    inventory_size: Count | None = None
    scope_size: Count | None = None
    files: tuple[str, ...] = ()
    dated_by: str = ""
    ecosystems: tuple[str, ...] = ()
    last_complete: CompleteScan | None = None
    extra: Extra = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, bool]:
        """A scanner has one latest scan, and a writer of statements one beside it."""
        return self.scanner, self.kind is ScanKind.STATEMENTS


@dataclass(frozen=True, slots=True)
class HistoryPoint(Record):
    """How it stood after one ingest: open findings by severity, grade, verdict of each scanner."""

    at: Timestamp
    counts: Mapping[str, Count]
    grade: str
    verdicts: Mapping[str, str]
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ledger(Record):
    """Findings sorted by key, scans by scanner, points by time. `revision` counts the changes."""

    schema_version: str = SCHEMA_VERSION
    revision: Count = 0
    findings: tuple[LedgerFinding, ...] = ()
    scans: tuple[LatestScan, ...] = ()
    points: tuple[HistoryPoint, ...] = ()
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scan:
    """A report, when its scan took place, and the digest and name of the file that it came in.

    `dated_by` says where the time comes from, as in LatestScan.
    """

    report: ScanReport
    scanned_at: datetime
    digest: str
    file: str = ""
    dated_by: str = ""


def with_point(ledger: Ledger, point: HistoryPoint) -> Ledger:
    """The ledger with one more point; it takes the place of one of the same moment."""
    at = truncate_timestamp(point.at)
    # An ingest that is done again in the same second replaces its own point.
    others = [each for each in ledger.points if each.at != at]
    points = sorted([*others, replace(point, at=at)], key=lambda each: each.at)
    return replace(ledger, points=tuple(points))


def set_grades(ledger: Ledger, grade: str) -> Ledger:
    """The ledger in which every scanner whose latest scan is complete remembers this grade."""
    return replace(ledger, scans=tuple(_graded(scan, grade) for scan in ledger.scans))


def _graded(scan: LatestScan, grade: str) -> LatestScan:
    complete = scan.last_complete
    if complete is None or scan.verdict is not Verdict.COMPLETE:
        return scan
    return replace(scan, last_complete=replace(complete, grade=grade))


def file_name(location: str) -> str:
    """The file of `src/a.py:12`, without folders and line."""
    name = location.rsplit("/", 1)[-1]
    head, colon, line = name.rpartition(":")
    return head if colon and line.isdigit() else name
