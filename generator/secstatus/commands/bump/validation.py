"""The gates and the check after a bump, and what happens when a bump fails."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from secstatus.adapters.git.repository import Repository
from secstatus.adapters.process import run_to_end
from secstatus.adapters.tree_transaction.transaction import TreeJournal
from secstatus.bump.plan import find_leftovers
from secstatus.bump.policy import ReferencePolicy
from secstatus.commands.bump.files import Change, Tree
from secstatus.errors import IncompleteVersionUpdateError, SecstatusError, shown

# A test suite may be long, but a gate that waits for input has to end.
PATIENCE_SECONDS = 3600


def run_gates(
    repository: Repository,
    journal: TreeJournal,
    gates: Sequence[str],
    progress: Callable[[str], None],
) -> list[str]:
    """Run each command by the shell, in the project's folder, one after the other.

    Returns notes: the files that a gate has changed, which are not committed. Raises
    IncompleteVersionUpdateError with the last output of the first gate that fails.
    """
    if not gates:
        return []
    # What was changed before the bump belongs to the user and is not reverted.
    planned, before = {*journal.paths}, {*repository.changes()}
    try:
        for gate in gates:
            progress(f"running the gate: {gate}")
            _run_gate(repository, gate)
    # BaseException: Ctrl-C is a usual end of a long test suite.
    except BaseException:
        journal.adopt()
        repository.revert(sorted({*repository.changes()} - planned - before))
        raise
    journal.adopt()
    traces = sorted({*repository.changes()} - planned - before)
    return [f"a gate has changed {shown(path)}; it is not committed" for path in traces]


def _run_gate(repository: Repository, gate: str) -> None:
    done = run_to_end(["sh", "-c", gate], repository.root, os.environ, seconds=PATIENCE_SECONDS)
    if done.status == 0:
        return
    raise IncompleteVersionUpdateError(
        f"the gate {shown(gate)} {done.ending}; everything is as it was before",
        hint="Fix what it reports, then run it again.",
        details=done.quote_output(),
    )


MOST_LISTED = 50


def validate_version_consistency_post_bump(
    tree: Tree,
    change: Change,
    policy: ReferencePolicy,
    journal: TreeJournal,
    gates: Sequence[str],
    progress: Callable[[str], None],
) -> list[str]:
    """Run the gates on the new version, then read every tracked file again for the old one.

    Returns notes about what the gates changed besides. Raises IncompleteVersionUpdateError for a
    gate that fails, such as tests that still assert the old version, and for references that are
    left; its details list each as `file:line: reason`.
    """
    notes = run_gates(tree.repository, journal, gates, progress)
    # After the gates, not before: a gate may write the old version back.
    tree.forget()
    old = change.plan.old
    # A scan after the edits finds what a list of files would miss (decision 0013).
    left = find_leftovers(tree.naming(old), change.plan, tree.sources.own, policy)
    if left:
        raise IncompleteVersionUpdateError(
            f"version {old} is still written in {len(left)} places",
            hint="Something has changed the files after the plan was made; run it again.",
            details=[f"{each.place}: {each.judgement.reason}" for each in left[:MOST_LISTED]],
        )
    return notes


def handle_version_bump_failure(error: BaseException, journal: TreeJournal) -> None:
    """Restore files, index, HEAD and tag of a bump that `error` ended; the caller raises it.

    `error` may be Ctrl-C or SIGTERM as well. A version that has arrived on the remote is not taken
    back. Where something cannot be restored, that error is raised and names `error`; the journal
    stays, and the next bump restores first.
    """
    try:
        journal.restore()
    except SecstatusError as failed:
        failed.details = (*failed.details, f"The bump had stopped because of: {error}")
        raise
