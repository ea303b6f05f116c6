"""Which known findings and which sightings are one and the same.

Advisories: the same package (PEP 503) and ids that meet, directly or through others, without case.
Code and secrets: the same scanner, rule, file and fingerprint; equal ones are told apart by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from secstatus.findings.ledger import LedgerFinding
from secstatus.findings.observation import ScanKind
from secstatus.findings.run import Sighting, package_key, place_of

_ADVISORY = re.compile(r"(?:CVE|GHSA|PYSEC|OSV|RUSTSEC|GO|MAL|SNYK|PVE)-", re.IGNORECASE)
_IN_THE_CODE = (ScanKind.CODE, ScanKind.SECRETS)


@dataclass(frozen=True, slots=True)
class Match:
    """One finding: what the ledger knows of it (several when they turn out to be one), what the
    run saw of it. One of the two may be empty."""

    known: tuple[LedgerFinding, ...]
    sightings: tuple[Sighting, ...]


def matches(known: Sequence[LedgerFinding], sightings: Sequence[Sighting]) -> Iterator[Match]:
    """Every finding and every sighting is in exactly one match.

    Those of code come in an order that does not depend on that of the sightings: ids are given in
    it.
    """
    published = [each for each in sightings if is_advisory(each)]
    in_code = [each for each in sightings if not is_advisory(each)]
    yield from _advisories([each for each in known if each.is_advisory], published)
    placed = [each for each in known if not each.is_advisory]
    owned = {_code_key(each) for each in placed if each.fingerprint}
    free = [each for each in in_code if _sighted_key(each) not in owned]
    named = _by_name([each for each in placed if _is_vague(each, in_code)], free)
    taken = {id(sighting) for match in named for sighting in match.sightings}
    yield from named
    matched = {match.known[0].finding_id for match in named}
    yield from _in_code(
        [each for each in placed if each.finding_id not in matched],
        [each for each in in_code if id(each) not in taken],
    )


def is_advisory(sighting: Sighting) -> bool:
    """Whether the id is a published one; otherwise it names a rule, and the place is what counts.

    Scanners of dependencies report other things too, without a package.
    """
    seen = sighting.observation
    if sighting.kind in _IN_THE_CODE:
        return False
    if seen.package or not seen.location:
        return True
    return any(_ADVISORY.match(name) for name in (seen.id, *seen.aliases))


def _advisories(known: Sequence[LedgerFinding], sightings: Sequence[Sighting]) -> Iterator[Match]:
    sets = _DisjointSets(len(known) + len(sightings))
    owners: dict[tuple[str, str], int] = {}
    for number, finding in enumerate(known):
        package = package_key(finding.package)
        for name in finding.ids:
            sets.join(number, owners.setdefault((package, name.casefold()), number))
    for number, sighting in enumerate(sightings, len(known)):
        seen = sighting.observation
        package = package_key(seen.package)
        for name in (seen.id, *seen.aliases):
            sets.join(number, owners.setdefault((package, name.casefold()), number))
    groups: dict[int, tuple[list[LedgerFinding], list[Sighting]]] = {}
    for number in range(len(known) + len(sightings)):
        found, seen_here = groups.setdefault(sets.root(number), ([], []))
        if number < len(known):
            found.append(known[number])
        else:
            seen_here.append(sightings[number - len(known)])
    for found, seen_here in groups.values():
        yield Match(tuple(found), tuple(seen_here))


class _DisjointSets:
    """Numbers that are one; the root of a set is its smallest number."""

    def __init__(self, size: int) -> None:
        self._parents = list(range(size))

    def root(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, one: int, other: int) -> None:
        first, second = self.root(one), self.root(other)
        self._parents[max(first, second)] = min(first, second)


def _is_vague(finding: LedgerFinding, sightings: Sequence[Sighting]) -> bool:
    """Whether no folder and no fingerprint is known, and no sighting is like that too."""
    path, _ = place_of(finding.location)
    if finding.fingerprint or not path or "/" in path:
        return False
    return not any(
        each.observation.id == finding.rule
        and not each.observation.fingerprint
        and place_of(each.observation.location)[0] == path
        for each in sightings
    )


def _by_name(known: Sequence[LedgerFinding], sightings: Sequence[Sighting]) -> list[Match]:
    """Findings that are known by rule, file name and line alone: an old status file had no more.

    First those at the same line; the others in the order in which they stand in the file.
    """
    if not known:
        return []
    seen: dict[NameKey, dict[int, list[Sighting]]] = {}
    for sighting in sightings:
        path, line = place_of(sighting.observation.location)
        key = sighting.scanner, sighting.observation.id, path.rpartition("/")[2]
        seen.setdefault(key, {}).setdefault(line, []).append(sighting)
    named: dict[NameKey, list[LedgerFinding]] = {}
    for finding in known:
        key = finding.scanners[0], finding.rule, place_of(finding.location)[0]
        named.setdefault(key, []).append(finding)
    matches = (m for key in sorted(named) for m in _by_line(named[key], seen.get(key, {})))
    return [match for match in matches if match.known and match.sightings]


NameKey = tuple[str, str, str]
CodeKey = tuple[str, str, str, str]


def _code_key(finding: LedgerFinding) -> CodeKey:
    path, _ = place_of(finding.location)
    return finding.scanners[0], finding.rule, path, finding.fingerprint


def _sighted_key(sighting: Sighting) -> CodeKey:
    seen = sighting.observation
    return sighting.scanner, seen.id, place_of(seen.location)[0], seen.fingerprint


def _in_code(known: Sequence[LedgerFinding], sightings: Sequence[Sighting]) -> Iterator[Match]:
    seen: dict[CodeKey, dict[int, list[Sighting]]] = {}
    places: dict[CodeKey, list[LedgerFinding]] = {}
    for finding in known:
        places.setdefault(_code_key(finding), []).append(finding)
    for sighting in sightings:
        _, line = place_of(sighting.observation.location)
        seen.setdefault(_sighted_key(sighting), {}).setdefault(line, []).append(sighting)
    for key in sorted({*places, *seen}):
        yield from _by_line(places.get(key, []), seen.get(key, {}))


def _by_line(known: Iterable[LedgerFinding], seen: dict[int, list[Sighting]]) -> Iterator[Match]:
    """First those at the same line; the others in the order in which they stand in the file."""
    lines = dict(seen)
    moved = []
    for finding in known:
        _, line = place_of(finding.location)
        if line in lines:
            yield Match((finding,), tuple(lines.pop(line)))
        else:
            moved.append(finding)
    moved.sort(key=lambda finding: (place_of(finding.location)[1], finding.key))
    rest = sorted(lines)
    for finding, line in zip(moved, rest, strict=False):
        yield Match((finding,), tuple(lines[line]))
    for finding in moved[len(rest) :]:
        yield Match((finding,), ())
    for line in rest[len(moved) :]:
        yield Match((), tuple(lines[line]))
