"""The release decision that a bump carries out: its notes, and its place in the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from secstatus.adapters.repository import Repository
from secstatus.config import Config
from secstatus.errors import UsageError
from secstatus.pipeline.bump_files import Change, with_file


@dataclass(frozen=True, slots=True)
class Covered:
    """What the release covers. Empty where no decision waits.

    `section` are the items for the change log's Security section. `path`, `before` and `after` are
    the book of releases, in which the decision becomes `committed` in the same commit.
    """

    decision_id: str = ""
    section: str = ""
    notes: tuple[str, ...] = ()
    path: str = ""
    before: bytes = b""
    after: bytes = b""

    def with_book(self, change: Change) -> Change:
        return with_file(change, self.path, self.before, self.after) if self.path else change


def find_covered(repository: Repository, config: Config, version: str, now: datetime) -> Covered:
    """The decision that waits for a release. Raises UsageError while an earlier one is not out."""
    path = repository.root / config.releases
    if not path.is_file():
        return Covered()
    from secstatus.adapters.files import read_text
    from secstatus.findings.ledger import whole_second
    from secstatus.release.entries import section
    from secstatus.release.releases import ReleaseState, ReleaseStep, advance_release
    from secstatus.release.releases_file import read_releases, write_releases

    text = read_text(path, config.releases)
    releases = read_releases(text, config.releases)
    found = releases.open
    if found is None:
        return Covered()
    if releases.under_way:
        raise UsageError(
            f"the release of decision {found.decision_id} is {found.state} as {found.version}",
            hint="Publish it, then say so: secstatus decide --record published.",
        )
    step = ReleaseStep(ReleaseState.COMMITTED, whole_second(now), version=version)
    _, after = advance_release(releases, step, found.decision_id)
    notes = (f"it carries out the release decision {found.decision_id}",)
    lines, book = section(found.changes), write_releases(after)
    if config.releases not in {each.path for each in repository.tracked()}:
        return Covered(found.decision_id, lines, (*notes, f"{config.releases} is not in git"))
    return Covered(found.decision_id, lines, notes, config.releases, text.encode(), book.encode())
