"""What init did or would do: as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from secstatus.setup.remaining import PublisherSetup


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that was left alone, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class InitResult:
    """`written`: paths that are new or changed, `unchanged`: those that are right already.

    `diff` is the change as text. `todo` are the steps that are left to people; further lines of a
    step are indented. `said` holds what was found out, by name. `dry_run`: nothing was touched.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[Kept, ...]
    diff: str
    todo: tuple[str, ...]
    publisher: PublisherSetup
    said: Mapping[str, Any]
    dry_run: bool = False

    def document(self) -> dict[str, Any]:
        return {
            "dry_run": self.dry_run,
            "kept": [{"path": each.path, "reason": each.reason} for each in self.kept],
            "publisher": self.publisher.document(),
            "recognised": dict(self.said),
            "todo": list(self.todo),
            "unchanged": list(self.unchanged),
            "written": list(self.written),
        }

    def text(self) -> str:
        """What happened and what is left to do, in lines."""
        return "\n".join([*self._head(), "", "What remains to be done by hand:", *self._steps()])

    def _head(self) -> list[str]:
        verb = "Would write" if self.dry_run else "Wrote"
        lines = [f"{verb} {path}" for path in self.written]
        lines += [f"Kept {each.path}: {each.reason}" for each in self.kept]
        if not self.written:
            lines.append("Nothing to change: everything is set up.")
        return lines

    def _steps(self) -> list[str]:
        return [f"{number}. {step}" for number, step in enumerate(self.todo, 1)]
