"""Whether a version of a PyPI package is affected, by the rules of OSV.

https://ossf.github.io/osv-schema/#evaluation. Wherever the record leaves a doubt the answer is
None: "not affected" is evidence that closes findings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from packaging.version import Version

from secstatus.findings.observation import SeverityClaim
from secstatus.findings.texts import parse_version

# At one version a range is closed before it is opened again, and `last_affected` closes after it.
_ORDER = {"fixed": 0, "introduced": 1, "last_affected": 2}
EVENTS = frozenset({*_ORDER, "limit"})


@dataclass(frozen=True, slots=True)
class Range:
    """One range of a record: `kind` is ECOSYSTEM, SEMVER or GIT, an event a kind and a version.

    An event of a kind that this version does not know makes the range unreadable, not empty.
    """

    kind: str
    events: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Affected:
    """What one entry of a record says about one PyPI package (its PEP 503 name)."""

    package: str
    versions: tuple[str, ...] = ()
    ranges: tuple[Range, ...] = ()
    severities: tuple[SeverityClaim, ...] = ()


def affects(entries: Iterable[Affected], version: str) -> bool | None:
    """Whether any entry affects the version; None when there is no entry, or no sure answer."""
    answers = [_entry_affects(entry, version) for entry in entries]
    if True in answers:
        return True
    return False if answers and None not in answers else None


def _entry_affects(entry: Affected, version: str) -> bool | None:
    # The schema lets either list or range decide: what one of them names is affected.
    if version.strip() in entry.versions:
        return True
    wanted = parse_version(version)
    if wanted is None:
        return None
    if any(_same(listed, wanted) for listed in entry.versions):
        return True
    # Commits say nothing about versions; records list the versions, or a second range, beside.
    usable = [each for each in entry.ranges if each.kind != "GIT"]
    if not usable:
        return False if entry.versions else None
    answers = [_range_affects(each, wanted) for each in usable]
    if True in answers:
        return True
    return None if None in answers else False


def _same(listed: str, wanted: Version) -> bool:
    found = parse_version(listed)
    return found is not None and _beside(wanted, found) == found


def _beside(wanted: Version, other: Version) -> Version:
    """The version as it compares to another one: a local build counts as what it was built from.

    2.0+cu118 is above 2.0 in PEP 440, but not newer than a `last_affected` of 2.0.
    """
    return wanted if other.local else Version(wanted.public)


def _range_affects(found: Range, wanted: Version) -> bool | None:
    # SEMVER orders pre-releases otherwise than PEP 440, by which versions on PyPI are ordered.
    if found.kind != "ECOSYSTEM":
        return None
    bounds = [(kind, _bound(kind, text)) for kind, text in found.events]
    known = [(kind, at) for kind, at in bounds if at is not None and kind in EVENTS]
    # Without an `introduced` nothing would ever be affected: the record is broken.
    if len(known) < len(bounds) or all(kind != "introduced" for kind, _ in known):
        return None
    limits = [at for kind, at in known if kind == "limit"]
    # `*` is above every version.
    if (
        limits
        and ("limit", "*") not in found.events
        and not any(_beside(wanted, at) < at for at in limits)
    ):
        return False
    return _walked([(kind, at) for kind, at in known if kind != "limit"], wanted)


# Before every version: what `0` stands for where something is introduced.
_FIRST = Version("0.dev0")


def _bound(kind: str, text: str) -> Version | None:
    # `*` is above every version: such a limit is none, and its place is never looked at.
    whole = (kind, text) in (("introduced", "0"), ("limit", "*"))
    return _FIRST if whole else parse_version(text)


def _walked(events: list[tuple[str, Version]], wanted: Version) -> bool:
    affected = False
    for kind, at in sorted(events, key=lambda event: (event[1], _ORDER[event[0]])):
        version = _beside(wanted, at)
        if kind == "introduced" and version >= at:
            affected = True
        elif (kind == "fixed" and version >= at) or (kind == "last_affected" and version > at):
            affected = False
    return affected


def list_fixes(entries: Iterable[Affected], version: str = "") -> tuple[str, ...]:
    """The versions that fix it, lowest first; with a version, only those above it.

    A text that is no version of PEP 440 stands last.
    """
    current = parse_version(version)
    found: dict[Version, str] = {}
    odd: dict[str, None] = {}
    for text in _fixed_texts(entries):
        fixed = parse_version(text)
        if fixed is None:
            odd[text] = None
        elif current is None or fixed > current:
            found.setdefault(fixed, text)
    return (*(text for _, text in sorted(found.items())), *odd)


def _fixed_texts(entries: Iterable[Affected]) -> Iterator[str]:
    for entry in entries:
        for each in entry.ranges:
            if each.kind != "GIT":
                yield from (text for kind, text in each.events if kind == "fixed" and text)


def find_reached_fix(fixes: Iterable[str], versions: Sequence[str]) -> str:
    """The highest fixed version that all the versions have reached; empty for none."""
    known = [version for each in versions if (version := parse_version(each))]
    if not known or len(known) < len(versions):
        return ""
    pairs = [(version, text) for text in fixes if (version := parse_version(text))]
    # The lowest installed version decides: one old copy keeps the finding open.
    # The lowest installed version decides: two lock files may hold two.
    reached = [pair for pair in pairs if pair[0] <= min(known)]
    return max(reached)[1] if reached else ""


def are_all_before(versions: Iterable[str], affected: Iterable[str]) -> bool:
    now, then = (
        [parse_version(each) for each in versions],
        [parse_version(each) for each in affected],
    )
    known, bounds = [each for each in now if each], [each for each in then if each]
    # A single version outside PEP 440 has no order, so nothing is proved.
    if not known or len(known) < len(now) or not bounds or len(bounds) < len(then):
        return False
    return max(known) < min(bounds)
