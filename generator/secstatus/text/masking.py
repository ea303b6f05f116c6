"""Words of outside in a message: no secret in them, and nothing in them that does anything.

In Markdown they stand in code, where GitHub makes no link of a number, a name or an address. In
plain text what a chat could take for a command is broken by a character that nobody sees.
"""

from __future__ import annotations

import re

from secstatus.text.escaping import JOINER, to_one_line

HIDDEN = "***"
LONGEST = 300
# A text that is longer is cut before anything is looked for in it.
_LONGEST_READ = 20_000
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}:)?//(?P<rest>\S+)")
_STOPS = "\"'`<>)],.;:"
_OPEN_SCHEMES = frozenset({"", "http:", "https:", "ssh:", "git:", "git+https:", "git+ssh:"})
# Services whose addresses are secrets: whoever has one may write there.
_HOOKS = re.compile(
    r"(?<![A-Za-z0-9-])(?P<host>(?:hooks\.slack\.com|discord(?:app)?\.com|office(?:365)?\.com"
    r"|api\.telegram\.org|chat\.googleapis\.com|hooks\.zapier\.com|maker\.ifttt\.com"
    r"|hc-ping\.com|healthchecks\.io|ntfy\.sh|api\.pushover\.net|api\.pushbullet\.com"
    r"|events\.pagerduty\.com|api\.opsgenie\.com|logic\.azure\.com|webexapis\.com"
    r"|open\.feishu\.cn|oapi\.dingtalk\.com|qyapi\.weixin\.qq\.com)(?::\d{1,5})?)/[^\s<>\"'`]+"
    r"|(?P<hook>/(?:hooks?/|webhooks?/|incomingwebhook/|bot\d{1,20}:))[^\s<>\"'`]+",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"(?<![^\s\"'(<,;=])(?!pkg:)[^\s:/@]{1,100}:(?!//)[^\s@]{1,200}@(?=\w)")
_TOKENS = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}|pypi-[A-Za-z0-9_-]{16,}"
    r"|xox[abprs]-[A-Za-z0-9-]{8,}|eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,4}"
)
_QUERY = re.compile(r"([?&][A-Za-z0-9_.%-]{1,60}=)[^\s&#\"'<>`]+")
# What follows is no longer what it was when something stands in between.
_ACTIVE = re.compile(
    r"[@#<\]]|(?<=\bGH)-(?=\d)|:(?=//)|(?<=\bwww)\.|\|(?=\|)",
    re.IGNORECASE,
)
_LOOK_ALIKES = str.maketrans({"`": "'", "*": "∗", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")


def mask_line(text: str) -> str:
    """The text on one line without what nobody may see.

    Of an address neither credentials nor query nor fragment are left, and of the address of a
    service that takes messages nothing but the service.
    """
    line = to_one_line(text[:_LONGEST_READ])
    line = _ADDRESS.sub(lambda match: _address(match["scheme"] or "", match["rest"]), line)
    line = _HOOKS.sub(lambda match: (match["hook"] or f"{match['host']}/") + HIDDEN, line)
    line = _LOGIN.sub(f"{HIDDEN}@", line)
    return _QUERY.sub(rf"\g<1>{HIDDEN}", _TOKENS.sub(HIDDEN, line))


def in_code(text: str, longest: int = LONGEST) -> str:
    """The text as code in Markdown; no part of it can end the code or begin a comment."""
    line = shorten_line(mask_line(text), longest).replace("`", "'").replace("<!", f"<{JOINER}!")
    return f"`{line}`" if line else "(nothing)"


def in_text(text: str, longest: int = LONGEST) -> str:
    """The text in a message without markup: no mention, no number of an issue, no link."""
    line = shorten_line(mask_line(text), longest).translate(_LOOK_ALIKES)
    return _ACTIVE.sub(rf"\g<0>{JOINER}", _EDGE.sub("\uff3f", line))


def shorten_line(line: str, longest: int) -> str:
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _address(scheme: str, rest: str) -> str:
    if scheme.lower() not in _OPEN_SCHEMES:
        return f"{scheme}//{HIDDEN}"
    # Whatever stands in front of the last @ may belong to a password; so may all of an address
    # that was cut off before it had a path.
    rest, end = rest.rstrip(_STOPS), rest[len(rest.rstrip(_STOPS)) :]
    credentials, at, rest = rest.rpartition("@")
    if rest.endswith("…") and "/" not in rest:
        return f"{scheme}//{HIDDEN}{end}"
    plain = rest.partition("?")[0].partition("#")[0]
    return f"{scheme}//{HIDDEN if credentials else ''}{at}{plain}{end}"
