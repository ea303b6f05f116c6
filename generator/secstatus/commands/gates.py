"""Gates: commands that have to pass before a version may go out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from secstatus.adapters.git.repository import Repository
from secstatus.adapters.process import run_to_end
from secstatus.adapters.tree_transaction.transaction import TreeJournal
from secstatus.errors import IncompleteVersionUpdateError, shown

PATIENCE_SECONDS = 3600


def run_gates(
    repository: Repository,
    journal: TreeJournal,
    gates: Sequence[str],
    progress: Callable[[str], None],
) -> list[str]:
    """Run each command by the shell, in the project's folder, one after the other.

    Returns what people should know: files that a gate has changed, which are not committed. Raises
    IncompleteVersionUpdateError with the last words of the first gate that fails.
    """
    if not gates:
        return []
    planned, before = {*journal.paths}, {*repository.changes()}
    try:
        for gate in gates:
            progress(f"running the gate: {gate}")
            _run(repository, gate)
    except BaseException:
        journal.adopt()
        repository.revert(sorted({*repository.changes()} - planned - before))
        raise
    journal.adopt()
    traces = sorted({*repository.changes()} - planned - before)
    return [f"a gate has changed {shown(path)}; it is not committed" for path in traces]


def _run(repository: Repository, gate: str) -> None:
    done = run_to_end(["sh", "-c", gate], repository.root, os.environ, seconds=PATIENCE_SECONDS)
    if done.status == 0:
        return
    raise IncompleteVersionUpdateError(
        f"the gate {shown(gate)} {done.ending}; everything is as it was before",
        hint="Fix what it reports, then run it again.",
        details=done.quote_output(),
    )
