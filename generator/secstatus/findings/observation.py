"""What one scanner said in one scan: reports become these values, and nothing else travels on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from secstatus.jsonio.records import Row


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
    """What a scan looks at, and what a finding is. `statements` are VEX documents."""

    DEPENDENCIES = "dependencies"
    CODE = "code"
    SECRETS = "secrets"
    STATEMENTS = "statements"
    OTHER = "other"

    @property
    def is_code(self) -> bool:
        """Whether a finding of this kind is a rule and a place in the project's own files."""
        return self in (ScanKind.CODE, ScanKind.SECRETS)


@dataclass(frozen=True, slots=True, order=True)
class SeverityClaim(Row):
    """One statement about how bad a finding is, as the report or the database makes it.

    `kind` is `word` (MODERATE), `vector` (CVSS:3.1/AV:N/…) or `score` (7.5, of CVSS v3 or later).
    `source` names who says so: a database, a scanner.
    """

    kind: str
    source: str
    value: str


@dataclass(frozen=True, slots=True, order=True)
class Skipped(Row):
    """Something that a scanner did not examine, with the reason."""

    name: str
    reason: str = ""


class Scope(StrEnum):
    """Whom a dependency reaches. `runtime` and `extra` are installed by users of the package."""

    RUNTIME = "runtime"
    EXTRA = "extra"
    DEVELOPMENT = "development"
    TOOL = "tool"


@dataclass(frozen=True, slots=True)
class Observation:
    """One problem in one report. Empty text: the report does not say.

    `kind` is DEPENDENCIES for an advisory about a package; CODE, SECRETS or OTHER for a rule and a
    place. `package` is the PyPI name as reported, extras included; a package of another ecosystem
    is qualified by its purl type (`npm:ajv`). A code finding has a `location` (`src/a.py:12`,
    absolute where the report has it so) and a `fingerprint`: a digest of rule and normalised code,
    without path and line. `severities` are all claims of the report, `fix_versions` in the report's
    order. `suppressed` is the reason of a suppression that the report itself carries: such an
    observation is kept. `statement` is the VEX state (`not_affected`, `exploitable`, …).
    `scope` is a word of Scope, where the report states it. `closed` says why the source itself does
    not count it as open (`fixed`, `dismissed: tolerable risk`). `repository` is the OWNER/NAME
    that an alert belongs to.
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
    kind: ScanKind = ScanKind.DEPENDENCIES
    scope: str = ""
    closed: str = ""
    repository: str = ""


@dataclass(frozen=True, slots=True)
class ScanReport:
    """One scan as a report tells it.

    `scanner` is the registry's name of the tool; of a tool that it does not know, the name that the
    report gives, in lower case with dashes. `format` is the name of the format that was read.
    `audited` counts what was looked at, in `unit`s (`packages`, `lines of code`); None when the
    report does not say. `inventory` maps every package that was looked at to its versions: PEP 503
    names without extras, those of other ecosystems qualified (`npm:ajv`); None when the format does
    not list them: then no package can be proved to be gone. `ecosystems` are the purl types that a
    dependency scan looked at, empty when it does not say. `scope` are the files that were looked
    at, when the report names them; `root` is the checkout that it names (absolute).
    `problems` are sentences: why the verdict is not `complete`, what was odd.
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
    format: str = ""
    ecosystems: tuple[str, ...] = ()
    root: str = ""
