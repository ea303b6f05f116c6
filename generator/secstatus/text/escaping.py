"""Untrusted text in Markdown: it renders as harmless text, and reads back the same.

Two kinds of field. *Markdown* is prose (a description): it stays Markdown on one line, without
HTML, images and mentions. *Plain* text (an id, a version) is not prose: every character comes back.
A backslash is the escape in both; a text that contains something similar gets more of them.
"""

from __future__ import annotations

import re

LONGEST_TEXT = 500
# Markdown is unescaped up to this length: ours is shorter, and pairing backticks takes its time.
LONGEST_ESCAPED = 4_000
# Invisible, and no mention goes across it.
JOINER = "\u2060"

_LINE_BREAK = re.compile("\r\n|[\t\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029]")
# Control characters, marks that turn the reading direction, other invisible ones; the joiners
# U+200C and U+200D stay, for scripts and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
# In plain text also every kind of blank but the usual one: readers strip them.
_HIDDEN = (
    "\x00-\x1f\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f"
)
# `<!` also when its second character is escaped.
_TAG = r"<(?=[A-Za-z/?]|\\*!)"
_IMAGE = r"!(?=\[)"
_MENTION = r"(?<![A-Za-z0-9/])@(?=[A-Za-z0-9])"
_BROKEN_MENTION = f"@{JOINER}"
_CODE_POINT = r"u[0-9a-f]{4}|U00(?:0[0-9a-f]|10)[0-9a-f]{4}"

# Code spans win over everything else in Markdown, and nothing in them can be escaped. A run of
# backticks without its equal is text.
_MARKDOWN = re.compile(
    r"(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|`+"
    rf"|(?<!\\)(?P<slashes>\\*)(?P<mark>{_TAG}|{_IMAGE})|\\[`\\]"
    rf"|(?P<mention>{_MENTION}|{_BROKEN_MENTION})"
)


def _plain(hidden: str, mention: str = _MENTION) -> re.Pattern[str]:
    return re.compile(
        rf"(?<!\\)(?P<slashes>\\*)(?:(?P<mark>`|{_TAG}|{_IMAGE}|\](?=\())|(?P<hidden>{hidden}))"
        rf"|(?<!\\)(?P<before>\\+)(?P<code>{_CODE_POINT})|(?P<mention>{mention})"
    )


# Blanks at both ends are hidden too.
_PLAIN = _plain(rf"[{_HIDDEN}]|\A +|(?<! ) +\Z")
_PLAIN_WORD = _plain(rf"[{_HIDDEN} ]")
_ESCAPED = _plain(r"(?!)", _BROKEN_MENTION)
# Without one of these there is nothing to escape, and that is much quicker to see.
_SPECIAL = re.compile(r"[`\\<!@]")
_SPECIAL_PLAIN = re.compile(rf"[{_HIDDEN}`\\<!\]@]|\A | \Z")
_DASH_BETWEEN_BLANKS = re.compile(r"(?<![^ ])(\\*)-(?= |\Z)")


def to_one_line(text: str) -> str:
    """The text on one line, without invisible characters. A line break becomes a blank."""
    return _UNSEEN.sub("", _LINE_BREAK.sub(" ", text)).strip()


def shorten(text: str, longest: int = LONGEST_TEXT) -> str:
    """The text, or its first characters and `...`."""
    return text if len(text) <= longest else text[:longest] + "..."


def to_markdown(line: str) -> str:
    """One line of prose (see `to_one_line`) as Markdown that holds no HTML, image or mention."""
    return _MARKDOWN.sub(_markdown_escaped, line) if _SPECIAL.search(line) else line


def _markdown_escaped(match: re.Match[str]) -> str:
    if match["mark"]:
        return _with_slashes(2 * len(match["slashes"]) + 1, match["mark"])
    return _BROKEN_MENTION if match["mention"] else match[0]


def from_markdown(text: str) -> str:
    """The line that `to_markdown` wrote; other Markdown nearly always stays as it is."""
    if ("\\" not in text and JOINER not in text) or len(text) > LONGEST_ESCAPED:
        return text
    return _MARKDOWN.sub(_markdown_unescaped, text)


def _markdown_unescaped(match: re.Match[str]) -> str:
    if match["mark"] and len(match["slashes"]) % 2:
        return _with_slashes(len(match["slashes"]) // 2, match["mark"])
    return "@" if match["mention"] else match[0]


def to_plain(text: str) -> str:
    """Any text on one line, with hidden characters as `\u200b`."""
    return _PLAIN.sub(_plain_escaped, text) if _SPECIAL_PLAIN.search(text) else text


def to_plain_word(text: str) -> str:
    """The same without a blank."""
    return _PLAIN_WORD.sub(_plain_escaped, text)


def to_plain_id(text: str) -> str:
    """The same without the ` - ` that ends an id."""
    return _DASH_BETWEEN_BLANKS.sub(r"\1\1\\-", to_plain(text))


def _plain_escaped(match: re.Match[str]) -> str:
    if match["mark"]:
        return _with_slashes(2 * len(match["slashes"]) + 1, match["mark"])
    if match["hidden"]:
        codes = "".join(_code_point(char) for char in match["hidden"])
        return _with_slashes(2 * len(match["slashes"]), codes)
    if match["code"]:
        return _with_slashes(2 * len(match["before"]), match["code"])
    return _BROKEN_MENTION


def _code_point(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"


def from_plain(text: str) -> str:
    """The text that `to_plain` or `to_plain_word` wrote."""
    if "\\" not in text and JOINER not in text:
        return text
    return _ESCAPED.sub(_plain_unescaped, text)


def from_plain_id(text: str) -> str:
    """The text that `to_plain_id` wrote."""
    return from_plain(_DASH_BETWEEN_BLANKS.sub(_dash_unescaped, text))


def _dash_unescaped(match: re.Match[str]) -> str:
    slashes = len(match[1])
    return _with_slashes(slashes // 2, "-") if slashes % 2 else match[0]


def _plain_unescaped(match: re.Match[str]) -> str:
    if match["mark"]:
        slashes = len(match["slashes"])
        return _with_slashes(slashes // 2, match["mark"]) if slashes % 2 else match[0]
    if match["code"]:
        slashes = len(match["before"])
        code = chr(int(match["code"][1:], 16)) if slashes % 2 else match["code"]
        return _with_slashes(slashes // 2, code)
    return "@"


def _with_slashes(count: int, text: str) -> str:
    return "\\" * count + text
