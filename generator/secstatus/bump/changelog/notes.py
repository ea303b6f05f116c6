"""Content of the section of a release: fragments by kind, and notes on security."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from secstatus.bump.changelog.headings import fence_after, is_rst
from secstatus.text.toml import decode_text

FRAGMENT_FOLDERS = ("docs/changelog", "changelog.d", "newsfragments", "changes")
SECURITY = "Security"
# Kinds of Keep a Changelog and of towncrier, in the order in which a section has them.
_KINDS = {
    "security": SECURITY,
    "added": "Added",
    "feature": "Added",
    "changed": "Changed",
    "deprecated": "Deprecated",
    "deprecation": "Deprecated",
    "removed": "Removed",
    "removal": "Removed",
    "fixed": "Fixed",
    "bugfix": "Fixed",
    "doc": "Documentation",
    "misc": "Miscellaneous",
}
_SUFFIXES = ("md", "rst")
_HEADING = re.compile(r"^( {0,3})(#{1,3})(?=[ \t]|$)", re.MULTILINE)
_UNDERLINE = re.compile(r"^( {0,3})(=+|-+)(?=[ \t]*$)", re.MULTILINE)
_LINK = re.compile(r"^( {0,3})(?=\[[^\]\n]{1,200}\]:)", re.MULTILINE)
# HTML that goes on until it is closed, wherever that is.
_OPEN_HTML = re.compile(r"<(?=[!?]|script|pre|style|textarea)", re.IGNORECASE)
_OWN_HEADING = re.compile(r"\A\s*#{1,6}[ \t]+security[ \t]*#*[ \t]*(?:\n|\Z)", re.IGNORECASE)
_CONTROL = re.compile(
    r"[^\S\n\t ]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
_BULLET = re.compile(r"[-*+][ \t]+")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_RST_SPECIAL = re.compile(r"[\\*`_|]")


@dataclass(frozen=True, slots=True)
class Notes:
    """Titles of parts in their order, each with its texts; and the fragments that are in them."""

    parts: Mapping[str, list[str]] = field(default_factory=dict)
    fragments: tuple[str, ...] = ()


def classify_fragment(path: str) -> str:
    """The title of the part that a fragment belongs to, `""` for a file that is not a fragment."""
    folder, _, name = path.rpartition("/")
    if folder not in FRAGMENT_FOLDERS:
        return ""
    words = name.lower().split(".")[1:]
    return next((_KINDS[word] for word in words if word in _KINDS), "")


def notes_for(path: str, files: Mapping[str, bytes], security_notes: str) -> Notes:
    """What the change log at the path gets: notes on security, and fragments of its own markup.

    Raises InputError for a fragment that is not UTF-8.
    """
    parts: dict[str, list[str]] = {title: [] for title in dict.fromkeys(_KINDS.values())}
    if security_notes.strip():
        text = _OWN_HEADING.sub("", _clean(security_notes)).strip("\n")
        parts[SECURITY].append(_rst_bullets(text) if is_rst(path) else contain_markdown(text))
    fragments = [
        each for each in sorted(files) if classify_fragment(each) and _same_markup(each, path)
    ]
    for fragment in fragments:
        text = _clean(decode_text(files[fragment], fragment))
        if text:
            parts[classify_fragment(fragment)].append(
                _bullet(text if is_rst(path) else contain_markdown(text))
            )
    filled = {title: texts for title, texts in parts.items() if any(texts)}
    return Notes(filled, tuple(fragments))


def contain_markdown(text: str) -> str:
    """The Markdown, escaped: it cannot end its section or hide the text after it."""
    text = _HEADING.sub(r"\1\\\2", text)
    text = _UNDERLINE.sub(r"\1\\\2", text)
    text = _LINK.sub(r"\1\\", _OPEN_HTML.sub("&lt;", text))
    fence = ""
    for line in text.split("\n"):
        fence = fence_after(line, fence)
    return f"{text}\n{fence}" if fence else text


def _clean(text: str) -> str:
    """The text with line feeds only, without blank ends and without control characters."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub("", line).rstrip() for line in lines).strip("\n")


def _same_markup(fragment: str, path: str) -> bool:
    suffix = fragment.lower().rpartition(".")[2]
    return suffix not in _SUFFIXES or (suffix == "rst") == is_rst(path)


def _bullet(text: str) -> str:
    if _BULLET.match(text):
        return text
    first, *rest = text.strip().split("\n")
    return "\n".join([f"- {first}", *(f"  {line}" if line else "" for line in rest)])


def _rst_bullets(text: str) -> str:
    """Each line of the Markdown as an item, without its escapes; nothing in it is markup."""
    bare = (_BULLET.sub("", line.strip(), count=1) for line in text.split("\n"))
    lines = (_ESCAPED.sub(r"\1", line) for line in bare)
    return "\n".join(f"- {_rst_escaped(line)}" for line in lines if line)


def _rst_escaped(line: str) -> str:
    text = _RST_SPECIAL.sub(r"\\\g<0>", line)
    return text if line[0].isalnum() or text.startswith("\\") else f"\\{text}"
