"""What every reader of code findings needs: masked secrets, fingerprints, severities.

A code finding may quote a secret. Its texts are published, and so is a digest of them, which could
be guessed from: both are made without the secret.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from secstatus.findings.observation import Observation, ScanKind, SeverityClaim
from secstatus.scanners.reading import read_count, read_line, to_text

MASK = "…"
# A part of a secret that is shorter is not looked for: every text holds some of those.
SHORTEST = 6
# What a SARIF level means on our scale; "none" claims nothing. Another word is claimed as it is.
LEVELS = {"error": "high", "warning": "medium", "note": "low", "none": ""}

_WORDS = (
    r"pass[-_ ]?(?:word|wd|phrase)|secret|token|credential|api[-_ ]?key|access[-_ ]?key|"
    r"private[-_ ]?key"
)
# bandit's B105 to B107 are about hard-coded passwords; CWE-259, 321 and 798 are hard-coded
# passwords, keys and credentials.
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


# Rules have few texts and many findings.
@lru_cache(maxsize=4096)
def _mentions_secrets(text: str) -> bool:
    return _ABOUT_SECRETS.search(text) is not None


def mask_observation(observation: Observation, code: str) -> Observation:
    """The observation without quoted texts, and without what is a literal in the code."""
    parts = _list_parts(_find_literals(code))
    return replace(
        observation,
        title=read_line(_mask_text(observation.title, parts)),
        description=_mask_text(observation.description, parts),
    )


def mask_code(code: str) -> str:
    """The code with a mark in the place of every literal and of every value without quotes."""
    return _BARE.sub(rf"\1{MASK}", _LITERAL.sub(rf"\1{MASK}\1", code))


def mask_quotes(text: str) -> str:
    """The text with a mark in the place of everything that is quoted in it."""
    for quote in _OPENING:
        text = _mask_quoted(text, quote)
    return _SPAN.sub(f"`{MASK}`", text)


def _mask_quoted(text: str, quote: str) -> str:
    # From the first opening quote to the last closing one: a secret may hold quotes itself.
    opening = _OPENING[quote].search(text)
    if opening is None:
        return text
    last = max(
        (match.start() for match in _CLOSING[quote].finditer(text, opening.end())), default=0
    )
    rest = text[last + 1 :] if last else ""
    return f"{text[: opening.end()]}{MASK}{quote}{rest}"


def _find_literals(code: str) -> Iterator[str]:
    # A literal that is itself a word such as "password" is the name of a key, not a secret.
    for _, value in _LITERAL.findall(code):
        if value and _ONLY_WORDS.fullmatch(value) is None:
            yield value
    for _, value in _BARE.findall(code):
        if " " not in value.strip() and "(" not in value:
            yield value.strip()


def _list_parts(literals: Iterable[str]) -> frozenset[str]:
    """Return every substring of the shortest searched length; a short literal as a whole."""
    # A message may quote the secret cut, or with a mark in its middle: any part is masked.
    parts: set[str] = set()
    for literal in literals:
        size = min(len(literal), SHORTEST)
        parts.update(literal[start : start + size] for start in range(len(literal) - size + 1))
    return frozenset(part for part in parts if len(part) > 2)


def _mask_text(text: str, parts: frozenset[str]) -> str:
    text = mask_quotes(text)
    hidden = [False] * len(text)
    for size in {len(part) for part in parts}:
        for start in range(len(text) - size + 1):
            if text[start : start + size] in parts:
                hidden[start : start + size] = [True] * size
    return _apply_marks(text, hidden) if any(hidden) else text


def _apply_marks(text: str, hidden: list[bool]) -> str:
    kept = "".join("\x00" if hide else each for each, hide in zip(text, hidden, strict=True))
    return re.sub("\x00+", MASK, kept)


LENGTH = 32

# semgrep without a login writes "requires login"; `path:line` and the like are positions.
_PLACEHOLDER = re.compile(
    r"(?:requires? login|unknown|none|null|undefined|nil|n/?a|todo|placeholder|not[- _]available"
    r"|[-0x_.:*?\s]*|[0-9]{1,6})(?:[:/][0-9]{1,6})?",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\b0x[0-9a-f]+\b|\b(?=[a-f]*[0-9])[0-9a-f]{7,}\b|[0-9]+", re.IGNORECASE)


def fingerprint(*parts: str) -> str:
    """Return a digest of the parts, any texts; runs of white space count as one blank."""
    lines = "\x00".join(" ".join(part.split()) for part in parts)
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def squeeze_code(code: str) -> str:
    """Code without white space, so that its indentation does not count."""
    return "".join(code.split())


def without_figures(message: str) -> str:
    """A message without numbers, hexadecimal digits and quoted values."""
    return _FIGURE.sub("#", mask_quotes(message))


def find_own_fingerprints(*stated: object) -> tuple[str, ...]:
    """The fingerprints that a tool gives, as sorted `name=value`, without placeholders.

    `stated` are a text or an object of texts each; the first that has any counts.
    """
    for each in stated:
        pairs = each.items() if isinstance(each, Mapping) else [("", each)]
        texts = ((name, to_text(value)) for name, value in pairs)
        if known := sorted(f"{name}={text}" for name, text in texts if not is_placeholder(text)):
            return tuple(known)
    return ()


def is_placeholder(text: str) -> bool:
    """Return whether a text is a placeholder (`requires login`) or a position."""
    return _PLACEHOLDER.fullmatch(text) is not None


def format_location(path: str, line: object) -> str:
    """A location: `src/a.py:12`, the path alone without a line."""
    number = read_count(line)
    return f"{path}:{number}" if path and number else path


def drop_repeated(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """The observations, the same finding at the same place once; an open one wins."""
    # The location is part of the key: the ledger tells equal code at two lines apart by the line.
    found: dict[tuple[str, ...], Observation] = {}
    for each in observations:
        key = each.kind, each.id, each.fingerprint, each.location, each.package, each.version
        known = found.get(key)
        if known is None or (_is_settled(known) and not _is_settled(each)):
            found[key] = each
    return tuple(found.values())


def _is_settled(observation: Observation) -> bool:
    return bool(observation.suppressed or observation.closed)


LOW = "low"
_ABOVE_LOW = ("medium", "moderate", "high", "critical", "error", "warning", "severe", "important")
# Rules of tools that say "this file could not be read": ruff, flake8, pylint, semgrep and others.
_UNREADABLE = re.compile(
    r"(?:.*[/:.])?(?:(?:invalid|partial)[-_ ]?(?:syntax|parsing)|syntax[-_ ]?error"
    r"|pars(?:e|er|ing)[-_ ]?error|E999|E0001)",
    re.IGNORECASE,
)
_SAYS_UNREADABLE = re.compile(r"\W*(?:syntax ?error|pars(?:e|ing) error)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Flaw:
    """What identifies a code finding: its code, else the tool's own fingerprints, else its message.

    `around`: more of the code, searched for literals. `about`: more words on the rule, namely its
    name, its tags and its weakness.
    """

    code: str = ""
    own: tuple[str, ...] = ()
    message: str = ""
    around: str = ""
    about: tuple[str, ...] = ()


def finish_observation(observation: Observation, flaw: Flaw) -> Observation:
    """The observation with its fingerprint; what it may quote of a secret is masked."""
    texts = (observation.id, observation.title, flaw.message, *flaw.about)
    secret = is_about_secrets(observation.kind, *texts)
    found = replace(observation, fingerprint=_digest(observation, flaw, secret))
    return mask_observation(found, flaw.around or flaw.code) if secret else found


def _digest(observation: Observation, flaw: Flaw, secret: bool) -> str:
    # A secret's line is in no digest: who knows the code could try values until the digest fits.
    code = mask_code(flaw.code) if secret else flaw.code
    if observation.kind is not ScanKind.SECRETS and (plain := squeeze_code(code)):
        return fingerprint(observation.id, "code", plain)
    if flaw.own:
        return fingerprint(observation.id, "own", *flaw.own)
    return fingerprint(observation.id, "message", without_figures(flaw.message))


def cap_by_confidence(
    claims: Iterable[SeverityClaim], confidence: str
) -> tuple[SeverityClaim, ...]:
    """The claims; when the tool has low confidence in the finding none is above low."""
    if confidence.strip().lower() != LOW:
        return tuple(claims)
    return tuple(dict.fromkeys(_lower(claim) for claim in claims))


def _lower(claim: SeverityClaim) -> SeverityClaim:
    if claim.kind != "word":
        return SeverityClaim("word", claim.source, LOW)
    return replace(claim, value=LOW) if claim.value.lower() in _ABOVE_LOW else claim


def is_unreadable(rule: str, message: str) -> bool:
    """Return whether a result reports that its file could not be parsed: not a finding."""
    if rule:
        return _UNREADABLE.fullmatch(rule) is not None
    return _SAYS_UNREADABLE.match(message) is not None
