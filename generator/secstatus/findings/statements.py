"""What sources state about a problem besides its presence: VEX statements and closed alerts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from secstatus.findings.finding import package_key
from secstatus.findings.locations import split_location
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict
from secstatus.findings.project_facts import ProjectFacts
from secstatus.findings.scan_group import Occurrence


def select_repository(report: ScanReport, repository: str) -> ScanReport:
    """The report without the alerts of other repositories than OWNER/NAME.

    They are counted and never named: the other repository may be private. Where the own repository
    is not known and the alerts are of several, none is known to be of this one: the scan failed.
    """
    # GitHub's names of owners and repositories have no case.
    owners = {each.repository.casefold() for each in report.observations if each.repository}
    if not owners:
        return report
    own = repository.casefold()
    # An organisation's export: without knowing which is ours, "none" would be a false green.
    if not own and len(owners) > 1:
        problem = (
            f"Its alerts are of {len(owners)} repositories, and which one is this project's is not "
            "known. Set `repository` in [tool.secstatus]."
        )
        problems = (*report.problems, problem)
        return replace(report, observations=(), verdict=Verdict.FAILED, problems=problems)
    kept = tuple(
        each
        for each in report.observations
        if not own or not each.repository or each.repository.casefold() == own
    )
    if len(kept) == len(report.observations):
        return report
    left_out = len(report.observations) - len(kept)
    problem = f"{left_out:,} alerts of other repositories are left out."
    if left_out == 1:
        # Not its id or title: private repositories share exports with public ones.
        problem = "1 alert of another repository is left out."
    return replace(report, observations=kept, problems=(*report.problems, problem))


ClosureKey = tuple[str, str]

# VEX states that say that the problem is not in the product: they need a reason.
# OpenVEX's and CycloneDX's words for the same.
_CLEARED = frozenset({"not_affected", "false_positive"})
_FIXED = frozenset({"fixed", "resolved", "resolved_with_pedigree"})


@dataclass(frozen=True, slots=True)
class Closure:
    """A source's word that a problem is over in a package. `version` empty: in any.

    `clears`: the product is not affected at all, whatever a scanner reports. `fixed`: the problem
    was repaired; otherwise it was dismissed. `is_alert`: an alert that the service has closed.
    """

    speaker: str
    scanned_at: datetime
    text: str
    version: str = ""
    clears: bool = False
    fixed: bool = False
    is_alert: bool = False


def is_bad_news(seen: Observation) -> bool:
    """Whether a finding rests on it: everything that its source does not close itself.

    A VEX state that is unknown, or that says "not affected" without a reason, closes nothing; but
    only those that say "affected" in some word open a finding.
    """
    if seen.closed:
        return False
    state = seen.statement.casefold()
    return state not in _CLEARED and state not in _FIXED


def closures_of(
    sightings: Iterable[Occurrence], project: ProjectFacts
) -> dict[ClosureKey, tuple[Closure, ...]]:
    """What sources close, by what they name; the newest word first.

    The key is a package key and an id in lower case, or the place of code and a rule. A statement
    about the project itself has the package key `""`: it is about its dependencies.
    """
    found: dict[ClosureKey, tuple[Closure, ...]] = {}
    for each in sorted(sightings, key=lambda each: (each.scanned_at, each.scanner)):
        closure = _closure(each, project)
        if closure is not None:
            for key in _keys(each.observation, project):
                found[key] = (closure, *found.get(key, ()))
    return found


def code_key(rule: str, path: str, fingerprint: str) -> ClosureKey:
    """The key of a finding in code."""
    return f"{path}\0{fingerprint}", rule.casefold()


def _closure(each: Occurrence, project: ProjectFacts) -> Closure | None:
    seen = each.observation
    state = seen.statement.casefold()
    if not seen.closed:
        return None
    own = project.is_own(seen.package)
    # A VEX statement about another release says nothing about this one.
    # A statement about release 1.0 says nothing of the code of 2.0.
    if own and seen.version and project.version and seen.version != project.version:
        return None
    return Closure(
        speaker=each.scanner,
        scanned_at=each.scanned_at,
        text=seen.closed,
        version="" if own else seen.version,
        clears=state in _CLEARED,
        fixed=state in _FIXED or (not state and seen.closed == "fixed"),
        is_alert=not state,
    )


def _keys(seen: Observation, project: ProjectFacts) -> Iterator[ClosureKey]:
    if seen.kind is not ScanKind.DEPENDENCIES:
        yield code_key(seen.id, split_location(seen.location)[0], seen.fingerprint)
        return
    package = "" if project.is_own(seen.package) else package_key(seen.package)
    if not package and not project.is_own(seen.package):
        return  # it names no product
    for name in (seen.id, *seen.aliases):
        yield package, name.casefold()
