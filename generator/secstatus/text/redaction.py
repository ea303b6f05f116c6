"""Nothing secret in any output: tokens by their shape, and known values in every disguise.

A secret that is known is found as it is, percent-encoded in any part, escaped for JSON, and inside
of Base64 at every offset. What is shorter than four characters is no secret that could be told
from other text.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache

from secstatus.package_data import Section, read_data

HIDDEN = "***"
SHORTEST = 4
LONGEST = 16_384
_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|KEY|CREDENTIAL", re.IGNORECASE)
_MASK = re.compile(r"::add-mask::([^\n]*)")


@lru_cache(maxsize=1)
def load_secret_patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns in `redaction.toml` with their replacements, read once."""
    return parse_secret_patterns(read_data("secstatus.text", "redaction.toml"))


def parse_secret_patterns(data: Section) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns in the data. Raises DataFileError, which names the entry that is wrong."""
    patterns = data.entries("secret", _pattern, "name")
    data.close()
    return patterns


def _pattern(entry: Section) -> tuple[re.Pattern[str], str]:
    entry.text("name")
    pattern, replacement = entry.text_pattern("pattern"), entry.text("replacement")
    try:
        pattern.sub(replacement, "")
    except re.error as error:
        raise entry.error(f"replacement: {error}") from None
    return pattern, replacement


def secrets_of(variables: Mapping[str, str]) -> tuple[str, ...]:
    """The values of an environment that are secret by the names of their variables."""
    return tuple(value for name, value in variables.items() if _NAMES.search(name))


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without tokens, credentials and the secrets; `***` stands in their place."""
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
        """What is left when nothing more comes."""
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
        for pattern, replacement in load_secret_patterns():
            text = pattern.sub(replacement, text)
        return text

    return redact


def _parts(value: str) -> Iterator[str]:
    """The value, and each of its lines: a key of several lines is printed line by line."""
    whole = value.strip()[:LONGEST]
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
    """What the environment held; a half character of other origin has no bytes but these."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def _base64(data: bytes) -> Iterator[str]:
    """What of the Base64 of any text around the data is the data's alone, for each offset."""
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
