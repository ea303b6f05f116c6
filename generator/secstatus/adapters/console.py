"""The console: results on stdout; messages and questions on stderr, so that stdout can be piped."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any, Protocol, TextIO

from secstatus.errors import SecstatusError

MOST_WARNINGS = 10
_BOLD, _OFF = "\x1b[1m", "\x1b[0m"
_CODES = {
    "bold": _BOLD,
    "cyan": "\x1b[36m",
    "green": "\x1b[32m",
    "red": "\x1b[31m",
    "yellow": "\x1b[33m",
}


class Reportable(Protocol):
    """What a command returns, as a JSON object and as lines of text."""

    def document(self) -> dict[str, Any]: ...
    def text(self) -> str: ...


class Output:
    """Prints the result and the messages of a command.

    Colours are used only on a terminal, and only where `NO_COLOR` is not set.
    """

    def __init__(self, as_json: bool, quiet: bool, verbose: int) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose

    def result(self, result: Reportable) -> None:
        """Print the result in the form that `--format` names."""
        if self.as_json:
            from secstatus.jsonio.records import dump_document

            print(dump_document(result.document()), end="")
        elif not self.quiet:
            print("\n".join(printable(line) for line in result.text().split("\n")))

    def raw(self, text: str) -> None:
        """Print text that is a result by itself, such as a schema; a pipe gets it at once."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def warning(self, text: str) -> None:
        if not self.quiet:
            _say(f"{_label('warning', 'yellow')}: {printable(text)}")
            _annotate("warning", text)

    def warnings(self, texts: Sequence[str]) -> None:
        """Print the first ten warnings and the number of the others; with `-v`, all of them."""
        shown = texts if self.verbose else texts[:MOST_WARNINGS]
        for text in shown:
            self.warning(text)
        if len(shown) < len(texts):
            self.warning(f"and {len(texts) - len(shown)} more (-v shows all)")

    def alert(self, text: str) -> None:
        """Print a warning that the text of the result has too, unless that text is shown."""
        if self.as_json:
            self.warning(text)
        elif not self.quiet:
            _annotate("warning", text)

    def note(self, text: str) -> None:
        if self.verbose and not self.quiet:
            _say(printable(text))

    def progress(self, text: str) -> None:
        """Print a line about the progress, on a terminal only."""
        if sys.stderr.isatty() and not self.quiet:
            _say(printable(text))

    def error(self, error: SecstatusError) -> None:
        _say(f"{_label('error', 'red')}: {printable(error.message)}")
        for detail in error.details:
            # The dash is needed: GitHub obeys a workflow command that has only blanks before it.
            _say(f"  - {printable(detail)}")
        if error.hint:
            _say(f"  {printable(error.hint)}")
        _annotate("error", error.message)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def printable(text: str) -> str:
    """The text in one line, with every control character shown as an escape sequence.

    Text from files is untrusted: neither a terminal nor GitHub Actions may obey what it contains.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, on a terminal that allows colours (https://no-color.org)."""
    stream = stream or sys.stderr
    # A terminal that calls itself dumb prints escapes as text.
    plain = "NO_COLOR" in os.environ or not stream.isatty() or os.environ.get("TERM") == "dumb"
    return text if plain else f"{_CODES[colour]}{text}{_OFF}"


def _label(text: str, colour: str) -> str:
    coloured = paint(text, colour)
    return coloured if coloured == text else f"{_BOLD}{coloured}"


def _annotate(kind: str, text: str) -> None:
    """Print an annotation in GitHub Actions; on one line, so that a text cannot start a command.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    if os.environ.get("GITHUB_ACTIONS") == "true":
        # The runner decodes `%0A` and the like, so that a percent sign has to be encoded itself.
        _say(f"::{kind} title=secstatus::{printable(text).replace('%', '%25')}")


class Prompter:
    """Asks questions on stderr and reads the answers from stdin, a terminal or a pipe."""

    def __init__(self, output: Output) -> None:
        self.output = output

    def progress(self, text: str) -> None:
        self.output.progress(text)

    def answer(self, question: str) -> str | None:
        """One line without the blanks around it; None at the end of the input."""
        # Not `input`: it writes its prompt to stdout, which may be a pipe.
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            _say("")
            return None
        return line.strip()

    def say(self, line: str, colour: str = "") -> None:
        _say(paint(printable(line), colour) if colour else printable(line))
