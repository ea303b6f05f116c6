"""Hide secrets in any output: tokens by their form, known values in every encoding.

A known secret is found as it is, percent-encoded in any part, escaped for JSON, and inside of
Base64 at every offset. A value under four characters is not distinguishable from other text
and stays. Text of third parties in a message loses its secrets as well, and cannot act there: no
mention, no link, no command.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from secstatus.text.escaping import JOINER, to_one_line

if TYPE_CHECKING:
    from secstatus.package_data import Section

HIDDEN = "***"
SHORTEST = 4
_LONGEST_SECRET = 16_384
_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|KEY|CREDENTIAL", re.IGNORECASE)
_MASK = re.compile(r"::add-mask::([^\n]*)")
LONGEST = 300
# A text that is longer is cut before anything is looked for in it.
_LONGEST_READ = 20_000
_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]{0,30}:)?//(?P<rest>\S+)")
_STOPS = "\"'`<>)],.;:"
_OPEN_SCHEMES = frozenset({"", "http:", "https:", "ssh:", "git:", "git+https:", "git+ssh:"})
# Services whose addresses are secrets: the address alone allows to post there.
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
_QUERY = re.compile(r"([?&][A-Za-z0-9_.%-]{1,60}=)[^\s&#\"'<>`]+")
# A JOINER after one of these ends the mention, link or reference that it begins.
_ACTIVE = re.compile(
    r"[@#<\]]|(?<=\bGH)-(?=\d)|:(?=//)|(?<=\bwww)\.|\|(?=\|)",
    re.IGNORECASE,
)
_LOOK_ALIKES = str.maketrans({"`": "'", "*": "∗", "~": "∼"})
_EDGE = re.compile(r"(?<!\w)_|_(?!\w)")

_Patterns = tuple[tuple[re.Pattern[str], ...], tuple[tuple[re.Pattern[str], str], ...]]


def load_tokens() -> tuple[re.Pattern[str], ...]:
    """The forms of tokens in `redaction.toml`, read once."""
    return _load_patterns()[0]


def load_secrets() -> tuple[tuple[re.Pattern[str], str], ...]:
    """All patterns in `redaction.toml` with their replacements, read once: the tokens first."""
    tokens, others = _load_patterns()
    return (*((token, HIDDEN) for token in tokens), *others)


@lru_cache(maxsize=1)
def _load_patterns() -> _Patterns:
    # Imported here: the journal masks its lines with this module at every start.
    from secstatus.package_data import read_data

    return parse_secret_patterns(read_data("secstatus.text", "redaction.toml"))


def parse_secret_patterns(data: Section) -> _Patterns:
    """The forms of tokens, and other patterns with their replacements.

    Raises DataFileError, which names the entry that is wrong.
    """
    tokens = data.entries("token", _token, "name")
    others = data.entries("secret", _pattern, "name")
    data.close()
    return tokens, others


def _token(entry: Section) -> re.Pattern[str]:
    entry.text("name")
    return entry.text_pattern("pattern")


def _pattern(entry: Section) -> tuple[re.Pattern[str], str]:
    entry.text("name")
    pattern, replacement = entry.text_pattern("pattern"), entry.text("replacement")
    try:
        pattern.sub(replacement, "")
    except re.error as error:
        raise entry.error(f"replacement: {error}") from None
    return pattern, replacement


def list_secrets(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The values of an environment that are secret by the names of their variables."""
    return tuple(value for name, value in variables.items() if _NAMES.search(name))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without tokens, credentials and the secrets; `***` replaces them."""
    masks = (found[1] for found in _MASK.finditer(text))
    return _redaction((*secrets, *masks))(text)


class Redactor:
    """Redacts a text that comes in pieces; a piece may end anywhere, also inside of a secret."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secrets)
        self._redact = _redaction(self._secrets)
        self._rest: list[str] = []

    def feed(self, piece: str) -> str:
        """The whole lines that are there now, redacted; the rest waits for its end."""
        head, line_end, tail = piece.rpartition("\n")
        if not line_end:
            self._rest.append(piece)
            return ""
        text = "".join((*self._rest, head, line_end))
        self._rest = [tail]
        return self._clean(text)

    def close(self) -> str:
        """The rest of the text, redacted; call it after the last piece."""
        text = "".join(self._rest)
        self._rest = []
        return self._clean(text)

    def _clean(self, text: str) -> str:
        masks = tuple(found[1] for found in _MASK.finditer(text))
        if masks:
            self._secrets = (*self._secrets, *masks)
            self._redact = _redaction(self._secrets)
        return self._redact(text)


def _redaction(secrets: Iterable[str]) -> Callable[[str], str]:
    values = sorted({each for value in secrets for each in _parts(value)}, key=len, reverse=True)
    forms = sorted({form for value in values for form in _forms(value)}, key=len, reverse=True)
    plain = re.compile("|".join(re.escape(form) for form in forms)) if forms else None
    percent = [re.compile(_percent(value)) for value in values]

    def redact(text: str) -> str:
        if plain:
            text = plain.sub(HIDDEN, text)
        if percent and ("%" in text or "+" in text):
            for pattern in percent:
                text = pattern.sub(HIDDEN, text)
        for pattern, replacement in load_secrets():
            text = pattern.sub(replacement, text)
        return text

    return redact


def _parts(value: str) -> Iterator[str]:
    """The value, and each of its lines: a key of several lines is printed line by line."""
    whole = value.strip()[:_LONGEST_SECRET]
    lines = {whole, *(line.strip() for line in whole.splitlines())}
    yield from (line for line in lines if len(line) >= SHORTEST)


def _forms(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    for data in _encodings(value):
        yield from _base64(data)


def _encodings(value: str) -> set[bytes]:
    """The bytes of the value in UTF-8, and in Latin-1, in which HTTP sends user and password."""
    return {_bytes(value), value.encode("latin-1", "replace")}


def _bytes(text: str) -> bytes:
    """The original bytes of an environment value; other surrogates are encoded as they are."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _base64(data: bytes) -> Iterator[str]:
    """The part of the Base64 that depends only on the data, for each offset in a longer text."""
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data)
        first, last = -(-8 * offset // 6), 8 * (offset + len(data)) // 6
        core = whole[first:last].decode("ascii")
        if len(core) >= SHORTEST:
            yield core
            yield core.replace("+", "-").replace("/", "_")


def _percent(value: str) -> str:
    """A pattern for the value with any of its bytes percent-encoded."""
    return "".join(_character(each) for each in value)


def _character(each: str) -> str:
    encoded = "".join(f"%(?i:{byte:02x})" for byte in _bytes(each))
    plus = r"|\+" if each == " " else ""
    return f"(?:{re.escape(each)}|{encoded}{plus})"


def mask_line(text: str) -> str:
    """The text on one line, without secrets.

    An address loses credentials, query and fragment; the address of a service that accepts messages
    loses all but its host.
    """
    line = to_one_line(text[:_LONGEST_READ])
    line = _ADDRESS.sub(lambda match: _address(match["scheme"] or "", match["rest"]), line)
    line = _HOOKS.sub(lambda match: (match["hook"] or f"{match['host']}/") + HIDDEN, line)
    line = _LOGIN.sub(f"{HIDDEN}@", line)
    for token in load_tokens():
        line = token.sub(HIDDEN, line)
    return _QUERY.sub(rf"\g<1>{HIDDEN}", line)


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
