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

HIDDEN = "***"
SHORTEST = 4
LONGEST = 16_384
_NAMES = re.compile(r"TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|KEY|CREDENTIAL", re.IGNORECASE)
_MASK = re.compile(r"::add-mask::([^\n]*)")

_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), put)
    for pattern, put in (
        (r"pypi-(?=[a-z_-]{0,64}[A-Z0-9])[A-Za-z0-9_-]{16,}", HIDDEN),
        (r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]+){0,4}", HIDDEN),
        (r"gh[pousr]_[A-Za-z0-9]{16,}|github_pat_[A-Za-z0-9_]{16,}", HIDDEN),
        # Base64 of `__token__:`, the user name that goes with a token.
        (r"X190b2tlbl9fO[A-Za-z0-9+/=_-]*", HIDDEN),
        (
            r"""(?i:(authorization["']?\s{0,3}[:=]\s{0,3}["']?(?:[a-z]{1,20}\s{1,3})?))[^\s"',<>]+""",
            r"\1" + HIDDEN,
        ),
        (r"""(?i:\b(basic|bearer)\s{1,3})[^\s"',<>]{8,}""", r"\1 " + HIDDEN),
        (r"://[^\s/?#]*@", f"://{HIDDEN}@"),
        (
            r"([?&](?i:[a-z_]{0,30}(?:token|password|secret|key|signature|sig))=)[^&\s\"'#]+",
            r"\1" + HIDDEN,
        ),
        (
            r"""("(?i:token|value|password|secret|api_?key)"\s{0,3}:\s{0,3}")[^"]+""",
            r"\1" + HIDDEN,
        ),
        (
            r"""((?:TOKEN|PASSWORD|PASSWD|SECRET|KEY)[A-Z0-9_]{0,40}["']?\s{0,3}[:=]\s{0,3}["']?)"""
            r"""[^\s"',]{4,}""",
            r"\1" + HIDDEN,
        ),
        (r"(::add-mask::)[^\n]*", r"\1" + HIDDEN),
    )
)


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
        for shape, put in _SHAPES:
            text = shape.sub(put, text)
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
