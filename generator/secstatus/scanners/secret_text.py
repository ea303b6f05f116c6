"""Secrets that a scanner quotes: they are masked before anything is published.

The status is public, and a scanner's message may hold the very password that it warns of: "Possible
hardcoded password: 'hunter2'". A digest of it goes no further either: somebody could try passwords
on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

from secstatus.findings.observation import Observation, ScanKind
from secstatus.scanners.reading import line_of

MASK = "…"
# A part of a secret that is shorter is not looked for: every text holds some of those.
SHORTEST = 6

_WORDS = (
    r"pass[-_ ]?(?:word|wd|phrase)|secret|token|credential|api[-_ ]?key|access[-_ ]?key|"
    r"private[-_ ]?key"
)
_ABOUT_SECRETS = re.compile(rf"{_WORDS}|\bB10[567]\b|\bCWE-?0*(?:259|321|798)\b", re.IGNORECASE)
_ONLY_WORDS = re.compile(rf"(?:{_WORDS}|[-_ ])+s?", re.IGNORECASE)
# A literal with its quotes, escapes included; one that is cut goes on to the end.
_LITERAL = re.compile(r"(\"\"\"|'''|\"|'|`)((?:\\.|(?!\1).)*)(?:\1|\Z)", re.DOTALL)
# The value of a line without quotes: `API_KEY=hunter2`, `password: hunter2`.
_BARE = re.compile(
    rf"^([^=:'\"`\n]{{0,200}}(?:{_WORDS})[^=:'\"`\n]{{0,50}}[=:])[ \t]*([^'\"`\n]+)$",
    re.MULTILINE | re.IGNORECASE,
)
# Also after a prefix of Python: b'…'.
_OPENING = {quote: re.compile(rf"(?<!\w)[bfru]{{0,2}}{quote}", re.I) for quote in "'\""}
_CLOSING = {quote: re.compile(rf"{quote}(?!\w)") for quote in "'\""}
_SPAN = re.compile(r"`[^`]*(?:`|\Z)")


def is_about_secrets(kind: ScanKind, *texts: str) -> bool:
    """Whether a finding may quote a secret, by its kind or a word in its rule, tags or message."""
    return kind is ScanKind.SECRETS or any(map(_mentions_secrets, texts))


@lru_cache(maxsize=4096)
def _mentions_secrets(text: str) -> bool:
    """Rules have few texts and many findings."""
    return _ABOUT_SECRETS.search(text) is not None


def mask_observation(observation: Observation, code: str) -> Observation:
    """The observation without quoted texts, and without what is a literal in the code."""
    parts = _parts_of(_literals(code))
    return replace(
        observation,
        title=line_of(_masked_text(observation.title, parts)),
        description=_masked_text(observation.description, parts),
    )


def mask_code(code: str) -> str:
    """The code with a mark in the place of every literal and of every value without quotes."""
    return _BARE.sub(rf"\1{MASK}", _LITERAL.sub(rf"\1{MASK}\1", code))


def mask_quotes(text: str) -> str:
    """The text with a mark in the place of everything that is quoted in it."""
    for quote in _OPENING:
        text = _without_quoted(text, quote)
    return _SPAN.sub(f"`{MASK}`", text)


def _without_quoted(text: str, quote: str) -> str:
    """From the first opening quote to the last closing one: a secret may hold quotes itself."""
    opening = _OPENING[quote].search(text)
    if opening is None:
        return text
    last = max(
        (match.start() for match in _CLOSING[quote].finditer(text, opening.end())), default=0
    )
    rest = text[last + 1 :] if last else ""
    return f"{text[: opening.end()]}{MASK}{quote}{rest}"


def _literals(code: str) -> Iterator[str]:
    for _, value in _LITERAL.findall(code):
        if value and _ONLY_WORDS.fullmatch(value) is None:
            yield value
    for _, value in _BARE.findall(code):
        if " " not in value.strip() and "(" not in value:
            yield value.strip()


def _parts_of(literals: Iterable[str]) -> frozenset[str]:
    """Every part of the shortest length that is looked for; a short literal as a whole."""
    parts: set[str] = set()
    for literal in literals:
        size = min(len(literal), SHORTEST)
        parts.update(literal[start : start + size] for start in range(len(literal) - size + 1))
    return frozenset(part for part in parts if len(part) > 2)


def _masked_text(text: str, parts: frozenset[str]) -> str:
    text = mask_quotes(text)
    hidden = [False] * len(text)
    for size in {len(part) for part in parts}:
        for start in range(len(text) - size + 1):
            if text[start : start + size] in parts:
                hidden[start : start + size] = [True] * size
    return _with_marks(text, hidden) if any(hidden) else text


def _with_marks(text: str, hidden: list[bool]) -> str:
    kept = "".join("\x00" if hide else each for each, hide in zip(text, hidden, strict=True))
    return re.sub("\x00+", MASK, kept)
