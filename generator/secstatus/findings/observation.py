"""What one scanner said in one scan: reports become these values, and nothing else travels on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Verdict(StrEnum):
    """How much of its work a scan did; only `complete` proves that something is not there.

    `partial`: some of it was skipped or failed. `failed`: nothing usable was looked at. `unstated`:
    the report cannot say how much was looked at.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    UNSTATED = "unstated"


class ScanKind(StrEnum):
    """What a scan looks at. `statements` are VEX documents: people's words about findings."""

    DEPENDENCIES = "dependencies"
    CODE = "code"
    SECRETS = "secrets"
    STATEMENTS = "statements"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class SeverityClaim:
    """One statement about how bad a finding is, as the report or the database makes it.

    `kind` is `word` (MODERATE), `vector` (CVSS:3.1/AV:N/…) or `score` (7.5, of CVSS v3 or later).
    `source` names who says so: a database, a scanner.
    """

    kind: str
    source: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """Something that a scanner did not look at, and why."""

    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Observation:
    """One problem in one report. Empty text: the report does not say.

    `package` and `version` as reported; for a code finding `location` (`src/a.py:12`) and
    `fingerprint`, which stays when lines move: a digest of the normalised code. `severities` are
    all claims of the report, `fix_versions` in the report's order. `suppressed` is the reason of
    a suppression that the report itself carries: such an observation is kept and said to be so.
    `statement` is the VEX state (`not_affected`, `exploitable`, …) of a VEX document's entry.
    """

    id: str
    aliases: tuple[str, ...] = ()
    package: str = ""
    version: str = ""
    severities: tuple[SeverityClaim, ...] = ()
    fix_versions: tuple[str, ...] = ()
    title: str = ""
    description: str = ""
    location: str = ""
    fingerprint: str = ""
    references: tuple[str, ...] = ()
    published: date | None = None
    withdrawn: bool = False
    suppressed: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """A report as it is understood.

    `scanner` is the tool's name in lower case with dashes (`pip-audit`). `audited` counts what was
    looked at, in `unit`s (`packages`, `lines of code`); None when the report does not say.
    `inventory` maps every package that was looked at (PEP 503 name) to its versions; None when
    the format lists only those with findings: then nobody can prove that a package is gone.
    `scope` are the files or targets that were looked at, when the report names them.
    `problems` are sentences for people: why the verdict is not `complete`, what was odd.
    `scanned_at` is in UTC; None when the report carries no time.
    """

    scanner: str
    kind: ScanKind
    verdict: Verdict
    observations: tuple[Observation, ...] = ()
    audited: int | None = None
    unit: str = "packages"
    skipped: tuple[Skipped, ...] = ()
    problems: tuple[str, ...] = ()
    inventory: Mapping[str, tuple[str, ...]] | None = None
    scope: tuple[str, ...] = ()
    tool_version: str = ""
    scanned_at: datetime | None = None
