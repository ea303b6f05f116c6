"""The check after the files of a bump are written: no reference to the old version is left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from secstatus.adapters.tree_journal import TreeJournal
from secstatus.errors import IncompleteVersionUpdateError
from secstatus.pipeline.bump_files import Change, Tree
from secstatus.pipeline.gates import run_gates
from secstatus.version.plan import leftovers
from secstatus.version.reference import ReferencePolicy

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
    left = leftovers(tree.naming(old), change.plan, tree.sources.own, policy)
    if left:
        raise IncompleteVersionUpdateError(
            f"version {old} is still written in {len(left)} places",
            hint="Something has changed the files after the plan was made; run it again.",
            details=[f"{each.place}: {each.reason}" for each in left[:MOST_LISTED]],
        )
    return notes
