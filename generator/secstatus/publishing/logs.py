"""Clean a log of colours, timestamps and escapes of workflow commands, and search it."""

from __future__ import annotations

import re
from dataclasses import dataclass

LONGEST_EXCERPT = 300
# Line breaks that a log line holds in an escaped form. They keep the numbers of the lines.
INNER = "\v"

# CSI sequences, OSC with either end, and two-character escapes (ECMA-48).
_COLOUR = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
# `gh run view --log` puts job and step before the time, separated by tabs.
_STAMP = re.compile(
    r"^(?:[^\t\n]{0,200}\t[^\t\n]{0,200}\t)?\ufeff?"
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z ?",
    re.MULTILINE,
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\u2028\u2029\ufeff]")
_BLANKS = re.compile(r"[^\S\n]+")
_EDGES = re.compile(r" ?\n ?")
_ESCAPES = {"%0a": INNER, "%0d": "", "%25": "%"}
_ESCAPE = re.compile("%(?:0[aAdD]|25)")
_ASKED = re.compile(r"^Retry-After: ([0-9]{1,9})\s*$", re.MULTILINE)
# Searched in the folded log, so lower case is enough.
_TROUBLE = re.compile(rb"error|fail|exception|denied|refused|forbidden|traceback|not allowed")


@dataclass(frozen=True, slots=True)
class Log:
    """The text, one blank where there were many; and the same in lower case, byte for byte."""

    text: bytes
    folded: bytes

    def line_of(self, start: int) -> int:
        """The number of the line of a place, from 1."""
        return self.text.count(b"\n", 0, start) + 1

    def around(self, start: int, end: int) -> str:
        """The text at a match, extended to whole lines, at most LONGEST_EXCERPT characters."""
        first = max(self.text.rfind(b"\n", 0, start), self.text.rfind(b"\v", 0, start)) + 1
        # A log can be one line of a megabyte; two thirds of the excerpt follow the match.
        first = max(first, start - LONGEST_EXCERPT // 3)
        stops = [at for each in (b"\n", b"\v") if (at := self.text.find(each, end)) >= 0]
        last = min([*stops, len(self.text), first + LONGEST_EXCERPT])
        words = self.text[first:last].decode("utf-8", "ignore")
        # Invisible characters and those that turn the direction of text are shown escaped.
        return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in " ".join(words.split()))

    def last_words(self) -> tuple[int, str]:
        """Number and text of the last line with a word such as `error`, else of the last line.

        An empty log gives 0 and an empty text.
        """
        # The last one: programs report the cause and then what it ended.
        troubles = [match.end() for match in _TROUBLE.finditer(self.folded)]
        end = troubles[-1] if troubles else len(self.text.rstrip())
        return (self.line_of(end - 1), self.around(end - 1, end)) if end else (0, "")


def find_asked_wait(output: str) -> float:
    """The seconds in the last `Retry-After` of the index; 0 where it sent none.

    `adapters.twine_child` writes them into the output of twine.
    """
    found = _ASKED.findall(output)
    # Each attempt may be asked to wait; the latest answer counts.
    return float(found[-1]) if found else 0.0


def read_log(plain: str) -> Log:
    """The log, which `clean_text` has cleaned, ready to be searched: one blank for many."""
    plain = _BLANKS.sub(lambda found: INNER if INNER in found[0] else " ", plain)
    # Bytes: offsets agree in both forms, since lower-casing bytes changes no length.
    data = _EDGES.sub("\n", plain).encode("utf-8", "replace")
    return Log(data, data.lower())


def clean_text(text: str) -> str:
    """The text without colours, stamps and control characters; escaped line ends become `INNER`.

    The escapes of workflow commands (`%0A`) are undone everywhere, since logs lose their
    beginnings.
    """
    # Progress bars overwrite their line with a carriage return; each state becomes a line.
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    # Whole sequences first: the control characters alone would leave `[31m` behind.
    text = _CONTROL.sub("", _COLOUR.sub("", text))
    text = _STAMP.sub("", text)
    return _ESCAPE.sub(lambda found: _ESCAPES[found[0].lower()], text)


def decode_log(data: bytes) -> str:
    """The text of a log file, whatever wrote it: UTF-8, or UTF-16 as some shells redirect."""
    # Windows PowerShell 5 redirects in UTF-16 with a mark.
    for mark, encoding in ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[2:].decode(encoding, "replace")
    return data.decode("utf-8", "replace")
