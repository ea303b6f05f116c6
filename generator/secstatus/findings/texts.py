"""Texts of reports, cleaned and compared: versions, places, and what no file can hold."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache

from packaging.utils import canonicalize_version
from packaging.version import Version

from secstatus.findings.finding import strip_extras
from secstatus.findings.observation import Observation
from secstatus.jsonio.values import is_identifier

# The bound of the time below, not of real versions.
LONGEST_VERSION = 200


_PLACE = re.compile(r"(.*?)(?::(\d{1,9}))?(?::\d{1,9})?", re.DOTALL)


def parse_version(text: str) -> Version | None:
    """The PEP 440 version; None for a text that is none."""
    # No package has a longer one, but a report or a journal line may: its parts become integers of
    # any size, which takes time that is quadratic in their digits.
    return _parse(text) if len(text) <= LONGEST_VERSION else None


@lru_cache(maxsize=65536)
def _parse(text: str) -> Version | None:
    try:
        return Version(text)
    except ValueError:  # no version of PEP 440, or one with a number of thousands of digits
        return None


@lru_cache(maxsize=65536)
def normalize_version(version: str) -> str:
    """Equal for versions that an advisory cannot tell apart: `1.0`, `v1.0.0` and `1.0+local`."""
    plain = version.strip()
    parsed = parse_version(plain)
    # The local part (`+cu121`) is not in any advisory's list.
    return plain.casefold() if parsed is None else canonicalize_version(parsed.public)


@lru_cache(maxsize=65536)
def split_place(location: str) -> tuple[str, int]:
    """The file and the line of a location; no line is 0."""
    match = _PLACE.fullmatch(location.strip())
    path, line = (match[1], match[2]) if match else (location, None)
    plain = path.replace("\\", "/")
    # Tools differ in whether they were given `.` or a folder.
    while plain.startswith("./"):
        plain = plain[2:].lstrip("/")
    return plain, int(line or 0)


def replace_surrogates(text: str) -> str:
    """The text without halves of characters, which JSON can hold and no file can."""
    # `isascii` is nearly free, and most texts are.
    # isascii reads a flag of the text; most texts need no copy.
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def clean_observation(given: Observation) -> Observation:
    """The observation without what no file can hold, and without aliases that are no ids."""
    if _is_clean(given):
        return given
    claims = [replace(claim, value=replace_surrogates(claim.value)) for claim in given.severities]
    return replace(
        given,
        id=replace_surrogates(given.id),
        aliases=tuple(alias for alias in given.aliases if is_identifier(alias)),
        package=replace_surrogates(strip_extras(given.package)),
        version=replace_surrogates(given.version.strip()),
        severities=tuple(claims),
        fix_versions=tuple(map(replace_surrogates, given.fix_versions)),
        title=replace_surrogates(given.title),
        description=replace_surrogates(given.description),
        location=replace_surrogates(given.location),
        fingerprint=replace_surrogates(given.fingerprint),
        references=tuple(map(replace_surrogates, given.references)),
        suppressed=replace_surrogates(given.suppressed),
        closed=replace_surrogates(given.closed),
    )


def _is_clean(given: Observation) -> bool:
    texts = (given.id, given.package, given.version, given.title, given.description)
    places = (given.location, given.fingerprint, given.suppressed, given.closed)
    claims = (claim.value for claim in given.severities)
    everything = "".join((*texts, *places, *given.fix_versions, *given.references, *claims))
    same = given.package == strip_extras(given.package)
    trimmed = same and given.version == given.version.strip()
    return trimmed and everything.isascii() and all(map(is_identifier, given.aliases))
