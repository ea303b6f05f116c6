"""The severity that follows from all claims about a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import import_module
from typing import Any

from secstatus.findings.observation import SeverityClaim
from secstatus.findings.severity import Severity

WORDS = {
    "critical": Severity.CRITICAL,
    "high": Severity.HIGH,
    # Red Hat's four words are critical, important, moderate and low.
    "important": Severity.HIGH,
    "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM,
    "low": Severity.LOW,
    "minor": Severity.LOW,
    "info": Severity.INFO,
    "informational": Severity.INFO,
    # Debian's and Ubuntu's words for "will not be fixed".
    "negligible": Severity.INFO,
    "unimportant": Severity.INFO,
}


# What code scanners say of their rules; semgrep's INFO is its lowest level, not "no problem".
LEVELS = {
    **WORDS,
    "error": Severity.HIGH,
    "warning": Severity.MEDIUM,
    "note": Severity.LOW,
    "info": Severity.LOW,
    "none": Severity.INFO,
}


# Sources whose word is a level of a rule or a copy, not the judgement of a database.
GUESSING = frozenset({"level", "problem.severity", "bandit", "semgrep", "status file"})


# The order of trust (decision 11): the reviewed word of a database, vectors by version, bare
# scores, and last the levels of code scanners, which rate a rule and not this finding.
_WORD, _V4, _V31, _V30, _V2, _SCORE, _SCORE_V2, _GUESS = range(8)


# Room for a CVSS v4 vector with all of its optional metrics.
# All metrics of CVSS 4.0 together take less.
LONGEST_VECTOR = 400


V4_BASE = frozenset({"AV", "AC", "AT", "PR", "UI", "VC", "VI", "VA", "SC", "SI", "SA"})


_PREFIX = re.compile(r"CVSS:(4\.0|3\.1|3\.0|2\.0)/|CVSS2#")


_VECTOR = re.compile(r"[A-Z]{1,3}:[A-Z]{1,5}(?:/[A-Z]{1,3}:[A-Z]{1,5})+")


_NUMBER = re.compile(r"(?:CVSS:([234])(?:\.\d)?/)?(\d{1,2}(?:\.\d{1,9})?)")


_VERSIONS = {"4.0": _V4, "3.1": _V31, "3.0": _V30, "2.0": _V2}


@dataclass(frozen=True, slots=True)
class Rating:
    """The severity, the claim that decided it, and the CVSS score and vector when one is known.

    Score and vector are those of the most trusted CVSS claim, also where a word decided; the
    score is that of the base metrics. `vector` is as claimed; empty for a bare score.
    """

    severity: Severity
    winner: SeverityClaim | None = None
    score: float | None = None
    vector: str = ""


@dataclass(frozen=True, slots=True)
class _Reading:
    rank: int
    severity: Severity
    score: float | None
    claim: SeverityClaim

    @property
    def order(self) -> tuple[int, int, float, SeverityClaim]:
        return self.rank, self.severity.rank, -(self.score or 0.0), self.claim


MALWARE = SeverityClaim("word", "malicious package", "critical")


def rate(claims: Iterable[SeverityClaim], ids: Iterable[str] = ()) -> Rating:
    """The severity by the most trusted claim. The order of the claims does not matter.

    A claim of lower rank than the winner's never changes severity or winner. Where one of the
    `ids` is that of malicious code (https://github.com/ossf/malicious-packages), it is critical
    whatever is claimed: installing it runs it.
    """
    rating = _rate(claims)
    # Also as an alias: pip-audit reports malware under another id.
    if any(name.upper().startswith("MAL-") for name in ids):
        return replace(rating, severity=Severity.CRITICAL, winner=MALWARE)
    return rating


def _rate(claims: Iterable[SeverityClaim]) -> Rating:
    readings = sorted(filter(None, map(_reading, claims)), key=lambda reading: reading.order)
    if not readings:
        return Rating(Severity.UNKNOWN)
    best = readings[0]
    # Version 2 scores are kept out: readers take a score for one of version 3 or 4.
    cvss = next((each for each in readings if _V4 <= each.rank <= _SCORE), None)
    if cvss is None:
        return Rating(best.severity, best.claim)
    vector = cvss.claim.value.strip() if cvss.rank != _SCORE else ""
    return Rating(best.severity, best.claim, cvss.score, vector)


def says_anything(claim: SeverityClaim) -> bool:
    """Whether the claim can be read as a severity at all."""
    return _reading(claim) is not None


def band(score: float) -> Severity:
    """The severity of a CVSS score by the bands of version 3, which version 4 kept."""
    # https://www.first.org/cvss/v3.1/specification-document, section 5
    if score >= 9.0:
        return Severity.CRITICAL
    if score >= 7.0:
        return Severity.HIGH
    if score >= 4.0:
        return Severity.MEDIUM
    return Severity.LOW if score > 0.0 else Severity.INFO


def band_v2(score: float) -> Severity:
    """The same by the bands that NVD uses for version 2: there is no critical."""
    return max(band(score), Severity.HIGH, key=lambda severity: severity.rank)


def _reading(claim: SeverityClaim) -> _Reading | None:
    read = {"word": _word, "vector": _vector, "score": _score}.get(claim.kind)
    return read(claim) if read else None


def _word(claim: SeverityClaim) -> _Reading | None:
    word = claim.value.strip().lower()
    if claim.source.strip().lower() not in GUESSING and word in WORDS:
        return _Reading(_WORD, WORDS[word], None, claim)
    return _Reading(_GUESS, LEVELS[word], None, claim) if word in LEVELS else None


def _vector(claim: SeverityClaim) -> _Reading | None:
    found = score_vector(claim.value) if len(claim.value) <= LONGEST_VECTOR else None
    if found is None:
        return None
    version, score = found
    severity = band_v2(score) if version == "2.0" else band(score)
    return _Reading(_VERSIONS[version], severity, score, claim)


def _score(claim: SeverityClaim) -> _Reading | None:
    match = _NUMBER.fullmatch(claim.value.strip().upper())
    score = float(match[2]) if match else 0.0
    # 0.0 is what tools write when they know no score.
    if match is None or not 0.0 < score <= 10.0:
        return None
    if match[1] == "2":
        return _Reading(_SCORE_V2, band_v2(score), score, claim)
    return _Reading(_SCORE, band(score), score, claim)


@lru_cache(maxsize=65536)
def score_vector(vector: str) -> tuple[str, float] | None:
    """Version (`3.1`) and base score of a CVSS vector; None for a text that is none.

    Case, blanks, brackets around it and a slash at its end do not matter. Version 4's score is
    taken of the base metrics too: a threat metric of the day of writing would lower it for ever.
    """
    version, metrics = _normalised(vector)
    if not _VECTOR.fullmatch(metrics):
        return None
    # Imported here: most reports state no vector, and the import takes a while.
    cvss: Any = import_module("cvss")  # has no types of its own
    try:
        if version == "2.0":
            # `Au` is the one metric of version 2 that has a lower-case letter.
            # The library knows the metric in mixed case only.
            return version, float(cvss.CVSS2(metrics.replace("AU:", "Au:")).base_score)
        if version == "4.0":
            return version, _v4_score(cvss.CVSS4, metrics)
        return version, float(cvss.CVSS3(f"CVSS:{version}/{metrics}").base_score)
    except cvss.CVSSError:
        return None


def _normalised(vector: str) -> tuple[str, str]:
    """Version and metrics in upper case; a vector without a prefix is one of version 2."""
    text = "".join(vector.split()).upper()
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1]
    prefix = _PREFIX.match(text)
    metrics = text[prefix.end() :] if prefix else text
    return (prefix and prefix[1]) or "2.0", metrics.removesuffix("/")


def _v4_score(parse: Any, metrics: str) -> float:
    fields = [field.split(":") for field in metrics.split("/")]
    # The one metric whose values are words: Clear, Green, Amber, Red.
    whole = [f"{name}:{value.title() if name == 'U' else value}" for name, value in fields]
    base = [f"{name}:{value}" for name, value in fields if name in V4_BASE]
    found = parse("CVSS:4.0/" + "/".join(whole))
    if len(base) < len(whole):
        found = parse("CVSS:4.0/" + "/".join(base))
    return float(found.base_score)
