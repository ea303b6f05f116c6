"""The result of deploy, as JSON and as text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from secstatus.errors import shown
from secstatus.pipeline.served import ServedResult, ServedState
from secstatus.site.succession import name_some

_EXIT = {
    ServedState.SAME: 0,
    ServedState.DIFFERENT: 1,
    ServedState.NOT_YET: 3,
    ServedState.UNREACHABLE: 3,
}


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What a deployment did. `commit` empty: there was none, since nothing changed or a dry run.

    `changed`: the paths in the branch that differ, removed ones too. `revision`: that of the site.
    `served`: what the public address answered; None where it was not asked.
    """

    branch: str
    prefix: str
    commit: str
    changed: tuple[str, ...]
    grade: str
    revision: str
    accepted: tuple[str, ...]
    tries: int
    dry_run: bool
    squashed: bool
    warnings: tuple[str, ...]
    served: ServedResult | None = None

    @property
    def exit_status(self) -> int:
        """0, unless the public address was asked and does not serve the site."""
        return 0 if self.served is None else _EXIT[self.served.state]

    def with_served(self, found: ServedResult) -> DeployResult:
        return replace(self, served=found)

    def document(self) -> dict[str, Any]:
        return {
            "accepted": list(self.accepted),
            "branch": self.branch,
            "changed_paths": list(self.changed),
            "commit": self.commit or None,
            "dry_run": self.dry_run,
            "grade": self.grade,
            "prefix": self.prefix,
            "revision": self.revision,
            "served": self.served.document() if self.served else None,
            "squashed": self.squashed,
            "tries": self.tries,
            "warnings": list(self.warnings),
        }

    def text(self) -> str:
        """The result for people: the commit, the paths, what is served."""
        lines = [self._head(), *(f"  {path}" for path in name_some(self.changed))]
        if self.served:
            lines.append(f"Served: {self.served.state}. {self.served.text}.")
        return "\n".join(lines)

    def _head(self) -> str:
        where = f"{shown(self.branch)}, {self.prefix or 'its root'}"
        if not self.changed:
            return f"Nothing changed: {where} is this site already."
        number = f"{len(self.changed)} path{'' if len(self.changed) == 1 else 's'}"
        if self.dry_run:
            return f"Would change {number} of {where}; nothing was pushed."
        return f"Deployed to {where}: commit {self.commit[:12]}, {number}."
