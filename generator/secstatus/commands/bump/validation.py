"""The check after a bump, and what happens when a bump fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from secstatus.adapters.tree_transaction.transaction import TreeJournal
from secstatus.bump.plan import find_leftovers
from secstatus.bump.policy import ReferencePolicy
from secstatus.commands.bump.files import Change, Tree
from secstatus.commands.gates import run_gates
from secstatus.errors import IncompleteVersionUpdateError, SecstatusError

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
