"""Whom each dependency finding reaches: users of the package, its developers, or a scanner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from secstatus.findings.finding import package_key
from secstatus.findings.ledger import LedgerFinding
from secstatus.findings.observation import Scope, Verdict
from secstatus.findings.project_facts import ProjectFacts
from secstatus.findings.scan_batch import ScanBatch, ScannerResult
from secstatus.findings.scan_group import Occurrence


def find_foreign(run: ScanBatch) -> frozenset[str]:
    """The scanners whose scan of this run audited a scanner's own environment.

    Such an environment holds a scanner, and lacks the project and what it declares.
    """
    return frozenset(
        name for name, each in run.deliveries.items() if _is_foreign(each, run.project)
    )


def _is_foreign(delivery: ScannerResult, project: ProjectFacts) -> bool:
    inventory, dependencies = delivery.inventory, project.dependencies
    if not inventory or dependencies is None or not dependencies.runtime:
        return False
    # An environment made for pip-audit alone: its findings are the tool's, not the project's.
    holds_scanner = not project.scanners.isdisjoint(inventory)
    own = project.package and package_key(project.package) in inventory
    # pip-audit without `-r` audits the environment that it is installed in (decision 17).
    return holds_scanner and not own and dependencies.runtime.isdisjoint(inventory)


def assign_scope(
    finding: LedgerFinding,
    sightings: Sequence[Occurrence],
    run: ScanBatch,
    foreign: Collection[str],
) -> LedgerFinding:
    """The finding with its scope as of this run; a code finding has none.

    Without a sighting the scope stays what it was, unless the project's own files know better: a
    scan that looked elsewhere moves nothing.
    """
    if not finding.is_advisory:
        return finding
    stated = [each.observation.scope for each in sightings if each.observation.scope]
    elsewhere = bool(sightings) and all(each.scanner in foreign for each in sightings)
    # A scan of another environment must not turn a runtime finding into one of a tool.
    if not sightings or (elsewhere and finding.scope):
        left = _has_left_runtime(finding, run)
        stated = [Scope.DEVELOPMENT if left else finding.scope or Scope.RUNTIME]
        elsewhere = False
    scope = run.project.find_scope(finding.package, stated, elsewhere).value
    return finding if scope == finding.scope else replace(finding, scope=scope)


def _has_left_runtime(finding: LedgerFinding, run: ScanBatch) -> bool:
    """Whether a complete scan no longer has the package, which only development still names.

    An inventory that is complete for the project holds what users install: what it lacks, they
    do not get.
    """
    dependencies, package = run.project.dependencies, package_key(finding.package)
    # Only where the project's own files still name it as development.
    if dependencies is None or package not in dependencies.development:
        return False
    own = (run.deliveries[name] for name in finding.scanners if name in run.deliveries)
    return any(
        each.verdict is Verdict.COMPLETE
        and not each.superseded
        and each.inventory is not None
        and package not in each.inventory
        for each in own
    )
