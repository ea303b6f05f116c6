"""What a scan proves, once more is known than its reports: the project, the last scan, the exit.

A scan is judged by what it looked at. Rules can only take trust away, except two: that the project
itself is skipped is normal, because a version that is not published yet cannot be found anywhere;
and of a project that states that it has no dependencies an empty list is the whole truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from secstatus.findings.finding import package_key
from secstatus.findings.ledger import CompleteScan
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.findings.project_facts import UNKNOWN_PROJECT, ProjectFacts
from secstatus.findings.scan_group import NO_DEPENDENCIES, ScanGroup

# They are published with the scan; a report with a thousand errors must not fill the page.
# Each becomes a sentence on the page; a report that skipped 10,000 files has one cause.
MOST_REASONS = 20
MOST_NAMES = 5
PYPI = "pypi"


def _accept_any(status: int, found: int) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class ScanContext:
    """What is known around the reports of one scanner.

    `exit_status` is None when it is not stated; `accepts_exit` says whether it goes with a report
    of so many findings. `before` is the last complete scan of the same scanner; None when there
    was none, or when a user confirmed that the project has become smaller. `audits_lock`: the
    scanner reads the project's own lock file and lists no packages.
    """

    project: ProjectFacts = UNKNOWN_PROJECT
    exit_status: int | None = None
    accepts_exit: Callable[[int, int], bool] = _accept_any
    before: CompleteScan | None = None
    audits_lock: bool = False


@dataclass(frozen=True, slots=True)
class Shortfall:
    """Why a scan proves less than it says."""

    verdict: Verdict
    text: str


@dataclass(frozen=True, slots=True)
class _AssessedScan:
    """The reports with what is known around them, for the rules."""

    group: ScanGroup
    context: ScanContext

    @property
    def is_python(self) -> bool:
        """Whether it may have looked at Python packages."""
        of_packages = self.group.kind is ScanKind.DEPENDENCIES
        return of_packages and (not self.group.ecosystems or PYPI in self.group.ecosystems)


def assess_scan(reports: Sequence[ScanReport], context: ScanContext) -> list[ScanReport]:
    """The reports of one scanner with the verdict that they deserve, and a sentence a reason."""
    # The two rules that add trust come first, so that the others judge what they made.
    trusted = [_with_lock(_without_own(report, context), context) for report in reports]
    scan = _AssessedScan(ScanGroup(trusted), context)
    shortfalls = [found for rule in _RULES for found in rule(scan)]
    return [_with_shortfalls(report, shortfalls) for report in trusted]


def _with_shortfalls(report: ScanReport, found: Iterable[Shortfall]) -> ScanReport:
    verdict, problems = report.verdict, [*report.problems]
    for each in found:
        # A verdict is only ever made worse: failed stays failed.
        # Trust is only taken away: a partial scan that shrank stays partial, and one that failed,
        # failed.
        if each.verdict is Verdict.FAILED or verdict in (Verdict.COMPLETE, Verdict.UNSTATED):
            verdict = each.verdict
        problems.append(each.text)
    return replace(report, verdict=verdict, problems=tuple(dict.fromkeys(problems))[:MOST_REASONS])


def _without_own(report: ScanReport, context: ScanContext) -> ScanReport:
    """The report that is complete when nothing but the project itself was skipped."""
    project = context.project
    others = [item for item in report.skipped if not project.is_own(item.name)]
    if _is_empty_truth(report, context):
        return replace(report, verdict=Verdict.COMPLETE, problems=(NO_DEPENDENCIES,))
    # pip-audit skips a version of the project that is not on the index yet: that is normal.
    # A version that is not published yet is on no index: scanners skip it.
    only_own = bool(report.skipped) and not others and not report.problems
    if report.verdict is Verdict.PARTIAL and only_own and report.audited:
        return replace(report, verdict=Verdict.COMPLETE)
    return report


def _is_empty_truth(report: ScanReport, context: ScanContext) -> bool:
    """Whether it lists nothing to audit, and the project states that there is nothing.

    Not where it skipped tools and audited none: pip is known to every source, so that the source
    was not asked.
    """
    dependencies, project = context.project.dependencies, context.project
    # Only a project that states it statically: a dynamic list may be filled at build time.
    if dependencies is None or not dependencies.declares_none or report.audited != 0:
        return False
    lists_nothing = report.inventory is not None and not report.inventory
    others = [item for item in report.skipped if not project.is_own(item.name)]
    of_packages = report.kind is ScanKind.DEPENDENCIES and not report.observations
    return of_packages and not others and (lists_nothing or context.audits_lock)


def _with_lock(report: ScanReport, context: ScanContext) -> ScanReport:
    """The report of a scanner that reads the lock file, with the packages of that file."""
    dependencies = context.project.dependencies
    # `uv audit` counts packages and lists none; its inventory is the lock file it read.
    if not context.audits_lock or report.inventory is not None or not report.audited:
        return report
    if dependencies is None or not dependencies.locked:
        return report
    # Fewer than the project needs: it read another lock file.
    # uv audit states a number alone. Fewer packages than the project declares were another
    # project's.
    if report.audited < len(dependencies.runtime or ()):
        return report
    locked = {name: tuple(sorted(found)) for name, found in dependencies.locked.items()}
    return replace(report, inventory=locked)


def _find_nothing_examined(scan: _AssessedScan) -> Iterator[Shortfall]:
    for report in scan.group.reports:
        # The group has failed by this already; here is the sentence for it.
        empty = report.audited == 0 and NO_DEPENDENCIES not in report.problems
        if empty and report.verdict is not Verdict.FAILED:
            yield Shortfall(Verdict.FAILED, f"It examined 0 {report.unit}.")


def _find_other_project(scan: _AssessedScan) -> Iterator[Shortfall]:
    """Whether it looked at the dependencies of this project."""
    dependencies = scan.context.project.dependencies
    if dependencies is None or not scan.is_python or scan.group.verdict is not Verdict.COMPLETE:
        return
    inventory = scan.group.inventory
    # SPEC 2: where the declared set cannot be read, the inventory must hold the project itself.
    # Dependencies that setup.py computes are known to no file. An inventory with the project itself
    # is then the best proof that this project was scanned.
    if dependencies.runtime is None and inventory is not None:
        if not _holds_project(scan, inventory):
            why = f" ({dependencies.problems[0]})" if dependencies.problems else ""
            text = f"What the project depends on is not known{why}, and it is not listed itself."
            yield Shortfall(Verdict.PARTIAL, text)
        return
    for problem in dependencies.problems:
        text = f"What the project depends on is not certain: {problem.rstrip('.')}."
        yield Shortfall(Verdict.PARTIAL, text)
    # npm audit and uv audit count packages without naming them.
    if inventory is None:
        yield from _find_too_few(scan, dependencies.runtime)
    else:
        # Skipped is not missing: the scan names it, and another rule judges it.
        known = {*inventory, *(package_key(s.name) for r in scan.group.reports for s in r.skipped)}
        if missing := sorted((dependencies.runtime or frozenset()) - known):
            count, names = len(missing), _listed(missing)
            things = "dependency" if count == 1 else "dependencies"
            text = f"It did not look at {count} {things} of this project: {names}."
            # An empty inventory beside declared dependencies is failed, not partial (SPEC 2).
            yield Shortfall(_for_missing(inventory), text)


def _for_missing(inventory: Iterable[str]) -> Verdict:
    return Verdict.PARTIAL if any(True for _ in inventory) else Verdict.FAILED


def _holds_project(scan: _AssessedScan, inventory: Iterable[str]) -> bool:
    skipped = (item.name for report in scan.group.reports for item in report.skipped)
    return any(map(scan.context.project.is_own, (*inventory, *skipped)))


def _find_too_few(scan: _AssessedScan, runtime: frozenset[str] | None) -> Iterator[Shortfall]:
    """Where it lists no packages: whether the number can be that of this project."""
    audited = scan.group.audited
    # Unstated, not partial: formats without a count would otherwise never prove anything.
    if audited is None or runtime is None:
        text = "It does not say which packages it looked at."
        yield Shortfall(Verdict.UNSTATED, text)
    elif audited < len(runtime):
        text = f"It examined {audited:,} packages; this project needs at least {len(runtime):,}."
        yield Shortfall(Verdict.PARTIAL, text)


def _find_failed_exit(scan: _AssessedScan) -> Iterator[Shortfall]:
    status = scan.context.exit_status
    if status is None or scan.group.verdict is Verdict.FAILED:
        return
    # pip-audit ends with 1 for findings and for errors: 1 without findings is an error.
    if not scan.context.accepts_exit(status, scan.group.observed):
        text = f"It ended with status {status}, which does not go with its report."
        yield Shortfall(Verdict.FAILED, text)


def _find_shrunk(scan: _AssessedScan) -> Iterator[Shortfall]:
    """Less than half of what the last complete scan looked at, by number."""
    before = scan.context.before.audited if scan.context.before else None
    now, unit = scan.group.audited, scan.group.unit
    # Half, by SPEC 2. `--accept-fewer` is the way out for a project that did become smaller.
    # Half leaves room for a dependency that was dropped; a scan of another target lacks nearly all.
    if before is None or now is None or now * 2 >= before or _is_failed(scan):
        return
    text = f"It examined {now:,} {unit}; its last complete scan had {before:,}."
    yield Shortfall(Verdict.PARTIAL, text)


def _find_other_target(scan: _AssessedScan) -> Iterator[Shortfall]:
    """Less than half of what the last complete scan looked at, by name.

    Where the project's files say what has to be looked at, they decide instead.
    """
    before = _still_there(scan)
    missing = before - scan.group.target
    # By name: as many packages, but others, are another environment.
    if not scan.group.target or len(missing) * 2 <= len(before) or _is_failed(scan):
        return
    things = "packages" if scan.group.kind is ScanKind.DEPENDENCIES else "folders"
    text = (
        f"It looked elsewhere: {len(missing):,} of the {len(before):,} {things} of its last "
        f"complete scan are missing, such as {_listed(sorted(missing))}."
    )
    yield Shortfall(Verdict.PARTIAL, text)


def _still_there(scan: _AssessedScan) -> frozenset[str]:
    """The target of the last complete scan that this one has to look at again."""
    target = frozenset(scan.context.before.target if scan.context.before else ())
    project = scan.context.project
    if scan.group.kind is ScanKind.DEPENDENCIES:
        declared = project.dependencies.runtime if project.dependencies else None
        # The declared set is the better measure: a project may exchange all of its dependencies.
        # _find_other_project has compared the inventory with the declared dependencies.
        return frozenset() if declared else target
    if project.files is None:
        return target
    # A folder that was deleted since cannot be scanned again, and is no other target.
    folders = {"."}
    for path in project.files:
        steps = path.split("/")[:-1]
        # Folders that were deleted since need not be looked at again.
        folders.update("/".join(steps[:end]) for end in range(1, len(steps) + 1))
    return target & folders


def _find_fewer_reports(scan: _AssessedScan) -> Iterator[Shortfall]:
    before = scan.context.before
    # A job of a matrix that did not upload its report leaves no other trace.
    missing = before.reports - scan.group.parts if before else 0
    if missing > 0 and not _is_failed(scan):
        text = f"Its last complete scan had {missing} more report{'s' if missing > 1 else ''}."
        yield Shortfall(Verdict.PARTIAL, text)


def _is_failed(scan: _AssessedScan) -> bool:
    return scan.group.verdict is Verdict.FAILED


def _listed(names: Sequence[str]) -> str:
    # Package names in reports are untrusted, and this sentence reaches the page.
    shown = ", ".join(name if name.isprintable() else ascii(name) for name in names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more:,} more" if more > 0 else shown


# The order is that of the sentences on the page.
_RULES = (
    _find_nothing_examined,
    _find_other_project,
    _find_failed_exit,
    _find_shrunk,
    _find_other_target,
    _find_fewer_reports,
)
