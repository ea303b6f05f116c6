"""The questions of bump and init. They are asked on stderr: stdout is for the result."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from secstatus.bump.number import chosen
from secstatus.bump.reference import DocumentReference
from secstatus.cli.output import Output, paint, printable
from secstatus.commands.bump.files import Change
from secstatus.commands.bump.result import count_references
from secstatus.errors import InvalidVersionError, UsageError

LONGEST_DIFF = 400
TRIES = 5
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class Terminal:
    """Somebody who answers line by line, on a terminal or through a pipe."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def version(self, current: str, offers: Sequence[tuple[str, str]]) -> str:
        """A number of the list, a part, or a version; asked again while it will not do."""
        _say(f"The present version is {paint(current, 'bold')}.")
        for number, (part, version) in enumerate(offers, 1):
            _say(f"  {number}  {version:<14} {part}")
        for _ in range(TRIES):
            answer = self._ask("Next version (number, part or version) [1]:") or "1"
            by_number = {str(number): part for number, (part, _) in enumerate(offers, 1)}
            wish = by_number.get(answer, answer)
            try:
                chosen(current, wish, "")
            except InvalidVersionError as error:
                _say(f"{printable(error.message)}. {printable(error.hint)}".strip())
            else:
                return wish
        raise UsageError(f"no version that can follow {current}", hint="Nothing was changed.")

    def comment(self) -> str:
        return self._ask("Comment for the commit (may be empty):")

    def take(self, unclear: Sequence[DocumentReference]) -> Sequence[str]:
        """The places among the unclear ones that are the project's own after all."""
        _say(f"\n{len(unclear)} places may be yours, and only people can tell:")
        for number, each in enumerate(unclear, 1):
            _say(f"  {number}  {printable(each.place)}: {printable(each.content_match.strip())}")
            _say(f"     {printable(each.reason)}")
        for _ in range(TRIES):
            answer = self._ask("Change these too (numbers, `all`, or nothing):")
            if answer == "all":
                return [each.place for each in unclear]
            words = answer.replace(",", " ").split()
            if all(word.isdigit() and 1 <= int(word) <= len(unclear) for word in words):
                return [unclear[int(word) - 1].place for word in words]
            _say(f"Numbers from 1 to {len(unclear)}, please.")
        return []

    def confirm(self, change: Change, steps: Sequence[str]) -> bool:
        """Show the whole change and what follows; only a yes is one."""
        lines = change.diff.splitlines()
        for line in lines[:LONGEST_DIFF]:
            _say(_coloured(line))
        if len(lines) > LONGEST_DIFF:
            _say(f"… and {len(lines) - LONGEST_DIFF} more lines (--dry-run shows all)")
        _say(f"\n{count_references(change.plan)}, {change.plan.old} → {change.plan.new}.")
        for note in change.notes:
            _say(f"Note: {printable(note)}")
        if steps:
            _say(f"Then: {printable(', '.join(steps))}.")
        return self._ask("Do it? [y/N]:").lower() in ("y", "yes")

    def progress(self, text: str) -> None:
        self.output.progress(text)

    def answer(self, question: str) -> str | None:
        """The answer, None where nobody is there."""
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            _say("")
            return None
        return line.strip()

    def say(self, text: str) -> None:
        for line in text.split("\n"):
            _say(printable(line))

    def _ask(self, question: str) -> str:
        answer = self.answer(question)
        if answer is None:
            hint = "Say everything on the command line: secstatus bump patch --yes."
            raise UsageError("there is nobody to answer", hint=hint)
        return answer


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _coloured(line: str) -> str:
    if line.startswith(("+++", "---")):
        return paint(line, "bold")
    colour = _COLOURS.get(line[:1])
    return paint(line, colour) if colour else line
