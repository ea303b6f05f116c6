"""What is printed: results on stdout, everything else on stderr."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO

from secstatus.errors import SecstatusError

_BOLD, _OFF = "\x1b[1m", "\x1b[0m"
_CODES = {
    "bold": _BOLD,
    "cyan": "\x1b[36m",
    "green": "\x1b[32m",
    "red": "\x1b[31m",
    "yellow": "\x1b[33m",
}


class Output:
    """Where a command speaks. Colour only on a terminal and without `NO_COLOR`."""

    def __init__(self, as_json: bool, quiet: bool, verbose: int) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.verbose = verbose

    def result(self, document: dict[str, Any], text: str) -> None:
        """The result of the command, in the form that was asked for."""
        if self.as_json:
            import json

            print(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True))
        elif not self.quiet:
            print(text)

    def raw(self, text: str) -> None:
        """Text that is its own result, such as a schema; said at once, also into a pipe."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def warning(self, text: str) -> None:
        if not self.quiet:
            _say(f"{_label('warning', 'yellow')}: {printable(text)}")
            _annotate("warning", text)

    def alert(self, text: str) -> None:
        """A warning that the text of the result tells as well: nobody is to read it twice."""
        if self.as_json:
            self.warning(text)
        elif not self.quiet:
            _annotate("warning", text)

    def note(self, text: str) -> None:
        if self.verbose and not self.quiet:
            _say(printable(text))

    def progress(self, text: str) -> None:
        """Said only when somebody looks on."""
        if sys.stderr.isatty() and not self.quiet:
            _say(printable(text))

    def error(self, error: SecstatusError) -> None:
        _say(f"{_label('error', 'red')}: {printable(error.message)}")
        for detail in error.details:
            # Not indented alone: a workflow command may have blanks before it.
            _say(f"  - {printable(detail)}")
        if error.hint:
            _say(f"  {printable(error.hint)}")
        _annotate("error", error.message)


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def printable(text: str) -> str:
    """The text in one line, with every control character made visible.

    What stands in files may come from strangers; neither a terminal nor a workflow may obey it.
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """The text in a colour, on a terminal that wants one (https://no-color.org)."""
    stream = stream or sys.stderr
    plain = "NO_COLOR" in os.environ or not stream.isatty() or os.environ.get("TERM") == "dumb"
    return text if plain else f"{_CODES[colour]}{text}{_OFF}"


def _label(text: str, colour: str) -> str:
    coloured = paint(text, colour)
    return coloured if coloured == text else f"{_BOLD}{coloured}"


def _annotate(kind: str, text: str) -> None:
    """In GitHub Actions, an annotation, of one line, so that a text cannot start another.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    if os.environ.get("GITHUB_ACTIONS") == "true":
        _say(f"::{kind} title=secstatus::{printable(text).replace('%', '%25')}")
