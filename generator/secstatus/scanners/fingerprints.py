"""Fingerprints of code findings: what stays when lines, files and messages' figures change."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping

from secstatus.findings.observation import Observation
from secstatus.scanners.reading import text_of
from secstatus.scanners.secret_text import mask_quotes

LENGTH = 32

_PLACEHOLDER = re.compile(
    r"(?:requires? login|unknown|none|null|undefined|nil|n/?a|todo|placeholder|not[- _]available"
    r"|[-0x_.:*?\s]*|[0-9]{1,6})(?:[:/][0-9]{1,6})?",
    re.IGNORECASE,
)
_FIGURE = re.compile(r"\b0x[0-9a-f]+\b|\b(?=[a-f]*[0-9])[0-9a-f]{7,}\b|[0-9]+", re.IGNORECASE)


def fingerprint(*parts: str) -> str:
    """A digest of the parts, whatever is in them; runs of white space count as one blank."""
    lines = "\x00".join(" ".join(part.split()) for part in parts)
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def squeeze_code(code: str) -> str:
    """Code without white space, so that its indentation does not count."""
    return "".join(code.split())


def without_figures(message: str) -> str:
    """A message without numbers, hexadecimal digits and quoted values."""
    return _FIGURE.sub("#", mask_quotes(message))


def own_fingerprints(*stated: object) -> tuple[str, ...]:
    """The fingerprints that a tool gives, as sorted `name=value`, without placeholders.

    `stated` are a text or an object of texts each; the first that has any counts.
    """
    for said in stated:
        pairs = said.items() if isinstance(said, Mapping) else [("", said)]
        texts = ((name, text_of(value)) for name, value in pairs)
        if known := sorted(f"{name}={text}" for name, text in texts if not is_placeholder(text)):
            return tuple(known)
    return ()


def is_placeholder(text: str) -> bool:
    """Whether a text stands in the place of a fingerprint (`requires login`), or is a position."""
    return _PLACEHOLDER.fullmatch(text) is not None


def each_place_once(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """The observations, the same finding at the same place once; an open one wins.

    The same code at another line stays: the ledger tells equal ones apart by their line.
    """
    found: dict[tuple[str, ...], Observation] = {}
    for each in observations:
        key = each.kind, each.id, each.fingerprint, each.location, each.package, each.version
        known = found.get(key)
        if known is None or (_is_settled(known) and not _is_settled(each)):
            found[key] = each
    return tuple(found.values())


def _is_settled(observation: Observation) -> bool:
    return bool(observation.suppressed or observation.closed)
