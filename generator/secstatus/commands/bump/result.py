"""What a bump did or would do: as JSON and as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from secstatus.bump.plan import BumpPlan
from secstatus.bump.reference import DocumentReference

# The JSON result has them all.
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class VersionUpdateResult:
    """`success`, `updated_files` and `commit_hash` are the names of the design's model.

    Its `error_message` is that of the error that a failed bump raises: there is a result only where
    the bump succeeded.

    `diff` is the change as text. `gates` are the commands that passed. `commit_hash`, `tag` and
    `pushed_to` are None for what was not done. `decision_id` names the release decision that the
    version belongs to. `dry_run`: nothing was touched.
    """

    plan: BumpPlan
    updated_files: tuple[str, ...]
    removed_files: tuple[str, ...]
    diff: str
    notes: tuple[str, ...] = ()
    gates: tuple[str, ...] = ()
    commit_hash: str | None = None
    tag: str | None = None
    pushed_to: str | None = None
    decision_id: str | None = None
    dry_run: bool = False

    @property
    def success(self) -> bool:
        return True

    def document(self) -> dict[str, Any]:
        plan = self.plan
        written = {(edit.file_path, edit.start): edit for edit in plan.edits}
        return {
            "commit": self.commit_hash,
            "decision_id": self.decision_id,
            "dry_run": self.dry_run,
            "edits": [
                {
                    **_place(each),
                    "new": _text(written[each.file_path, each.occurrence.start].new),
                    "old": _text(each.occurrence.written),
                }
                for each in plan.changed
            ],
            "gates": list(self.gates),
            "new": plan.new,
            "notes": list(self.notes),
            "old": plan.old,
            "others": [_place(each) for each in plan.others],
            "pushed_to": self.pushed_to,
            "removed_files": list(self.removed_files),
            # The keys of the JSON result are stable; scripts read them.
            "reported": [_place(each) for each in plan.needs_review],
            "stale": [_place(each) for each in plan.stale],
            "success": self.success,
            "tag": self.tag,
            "updated_files": list(self.updated_files),
        }

    def text(self) -> str:
        """What happened; what still needs a review comes last. A dry run starts with the diff."""
        plan = self.plan
        verb = "Would bump" if self.dry_run else "Bumped"
        lines = [f"{verb} version {plan.old} → {plan.new}: {count_references(plan)}."]
        lines += [f"Gate passed: {gate}" for gate in self.gates]
        if self.commit_hash:
            tag = f", tag {self.tag}" if self.tag else ""
            pushed = f", pushed to {self.pushed_to}" if self.pushed_to else ", not pushed"
            lines.append(f"Commit {self.commit_hash[:12]}{tag}{pushed}.")
        elif not self.dry_run:
            # With --no-commit the rest is left to the user, who must not take it for done.
            lines.append("The files are changed and not committed.")
        lines += [f"Note: {note}" for note in self.notes]
        diff = [self.diff] if self.dry_run else []
        return "\n".join([*diff, *lines, *list_needs_review(plan)])


def count_references(plan: BumpPlan) -> str:
    """`45 references in 29 files`."""
    files = len({each.file_path for each in plan.changed})
    many = len(plan.changed)
    return f"{many} reference{'' if many == 1 else 's'} in {files} file{'' if files == 1 else 's'}"


def list_needs_review(plan: BumpPlan) -> list[str]:
    """List the references that were not changed and may be wrong: those that need review, and stale
    ones.
    """
    lines = _listed("Left alone, needs review (--take FILE:LINE)", plan.needs_review)
    return lines + _listed("Names another version than the current one", plan.stale)


def _listed(title: str, references: Sequence[DocumentReference]) -> list[str]:
    if not references:
        return []
    lines = [f"  {each.place}: {each.judgement.reason}" for each in references[:MOST_SHOWN]]
    more = len(references) - MOST_SHOWN
    return [f"{title}:", *lines, *([f"  and {more} more"] if more > 0 else [])]


def _place(each: DocumentReference) -> Mapping[str, Any]:
    return {
        "file": each.file_path,
        "line": each.line_number,
        "reason": each.judgement.reason,
        "rule": each.judgement.pattern,
        "text": each.content_match,
    }


def _text(written: bytes) -> str:
    # The bump works on bytes (decision 0013), and a file may have any encoding.
    return written.decode("utf-8", "replace")
