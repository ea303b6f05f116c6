"""Fingerprints of code findings: what stays when lines move."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from secstatus.findings.observation import Observation

LENGTH = 32


def fingerprint(*parts: str) -> str:
    """A digest of the parts, whatever is in them; runs of white space count as one blank."""
    lines = "\x00".join(" ".join(part.split()) for part in parts)
    # JSON may hold half a surrogate pair, which UTF-8 cannot.
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()[:LENGTH]


def told_apart(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """The observations, so that two at different places never share id and fingerprint.

    The same code twice in one file has one digest: the second gets `-2`, or it would be lost when
    findings are joined. The same place reported twice stays one.
    """
    places: dict[tuple[str, str], dict[str, int]] = {}
    apart = []
    for each in observations:
        known = places.setdefault((each.id, each.fingerprint), {})
        number = known.setdefault(each.location, len(known) + 1)
        if each.fingerprint and number > 1:
            each = replace(each, fingerprint=f"{each.fingerprint}-{number}")
        apart.append(each)
    return tuple(apart)
