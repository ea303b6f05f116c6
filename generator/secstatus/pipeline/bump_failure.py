"""What happens when a bump fails: everything is put back as it was before."""

from __future__ import annotations

from secstatus.adapters.tree_journal import TreeJournal
from secstatus.errors import SecstatusError


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
