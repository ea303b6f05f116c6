"""The questions of bump: version, comment, references that need review, confirmation."""

from __future__ import annotations

from collections.abc import Sequence

from secstatus.adapters.console import Prompter
from secstatus.bump.number import chosen
from secstatus.bump.reference import DocumentReference
from secstatus.commands.bump.files import Change
from secstatus.commands.bump.result import count_references
from secstatus.errors import InvalidVersionError, UsageError

# A longer diff scrolls the summary and the question out of a terminal.
LONGEST_DIFF = 400
# A pipe that answers every question wrongly must come to an end.
TRIES = 5
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class BumpPrompter(Prompter):
    """Prompts for the values that the command line does not give.

    Raises UsageError at the end of the input, and after five answers that are no version.
    """

    def version(self, current: str, offers: Sequence[tuple[str, str]]) -> str:
        """A part of the version, or a version. `offers`: each part with the version it leads to."""
        self.say(f"The current version is {current}.")
        for number, (part, version) in enumerate(offers, 1):
            self.say(f"  {number}  {version:<14} {part}")
        by_number = {str(number): part for number, (part, _) in enumerate(offers, 1)}
        for _ in range(TRIES):
            answer = self._ask("Next version (number, part or version) [1]:") or "1"
            wish = by_number.get(answer, answer)
            try:
                chosen(current, wish, "")
            except InvalidVersionError as error:
                self.say(f"{error.message}. {error.hint}".strip())
            else:
                return wish
        raise UsageError(f"no version that can follow {current}", hint="Nothing was changed.")

    def comment(self) -> str:
        return self._ask("Comment for the commit (may be empty):")

    def take(self, references: Sequence[DocumentReference]) -> Sequence[str]:
        """The places (`file:line`) of the references that belong to the project after all."""
        self.say("")
        self.say(f"{len(references)} references need a review: do they name this project?")
        for number, each in enumerate(references, 1):
            self.say(f"  {number}  {each.place}: {each.content_match.strip()}")
            self.say(f"     {each.judgement.reason}")
        for _ in range(TRIES):
            answer = self._ask("Change these too (numbers, `all`, or nothing):")
            if answer == "all":
                return [each.place for each in references]
            words = answer.replace(",", " ").split()
            if all(word.isdigit() and 1 <= int(word) <= len(references) for word in words):
                return [references[int(word) - 1].place for word in words]
            self.say(f"Enter numbers from 1 to {len(references)}.")
        return []

    def confirm(self, change: Change, steps: Sequence[str]) -> bool:
        """Show the change and the steps that follow; True only for `y` or `yes`."""
        lines = change.diff.splitlines()
        for line in lines[:LONGEST_DIFF]:
            self._show_diff_line(line)
        if len(lines) > LONGEST_DIFF:
            self.say(f"… and {len(lines) - LONGEST_DIFF} more lines (--dry-run shows all)")
        self.say("")
        self.say(f"{count_references(change.plan)}, {change.plan.old} → {change.plan.new}.")
        for note in change.notes:
            self.say(f"Note: {note}")
        if steps:
            self.say(f"Then: {', '.join(steps)}.")
        # Anything but a clear yes changes nothing.
        return self._ask("Do it? [y/N]:").lower() in ("y", "yes")

    def _show_diff_line(self, line: str) -> None:
        # In a unified diff the names of the files start with the same characters as changed lines.
        is_heading = line.startswith(("+++", "---"))
        self.say(line, "bold" if is_heading else _COLOURS.get(line[:1], ""))

    def _ask(self, question: str) -> str:
        answer = self.answer(question)
        if answer is None:
            hint = "Pass all values on the command line: secstatus bump patch --yes."
            raise UsageError("the input ended before the question was answered", hint=hint)
        return answer
