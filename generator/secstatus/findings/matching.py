"""Which known findings and which sightings are one and the same.

Advisories: the same package (ecosystem and name) and ids that meet, directly or through others,
without case. Code and secrets: the same rule, file and normalised code, whichever tool reports
them in whichever format; equal ones are distinguished by line. Where a file has gone, the same code
elsewhere is the finding that moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from secstatus.findings.finding import group_by_shared_keys, package_key
from secstatus.findings.ledger import LedgerFinding
from secstatus.findings.merging import clean_id_part
from secstatus.findings.observation import ScanKind
from secstatus.findings.scan_batch import ScanBatch
from secstatus.findings.scan_group import Occurrence
from secstatus.findings.texts import split_place

# What a format says of one place in the code, the best first: SARIF tells least about it.
# SARIF often quotes no code at all, so its fingerprint is the weakest.
_LAST_FORMATS = ("sarif", "code-scanning")


@dataclass(frozen=True, slots=True)
class Match:
    """One finding: what the ledger knows of it (several when they turn out to be one), what the
    run saw of it. One of the two may be empty."""

    known: tuple[LedgerFinding, ...]
    sightings: tuple[Occurrence, ...]


def match_findings(known: Sequence[LedgerFinding], run: ScanBatch) -> Iterator[Match]:
    """Every finding and every sighting of the run is in exactly one match.

    Those of code come in an order that does not depend on that of the sightings: ids are given in
    it.
    """
    published = [each for each in run.sightings if has_advisory_id(each)]
    in_code = _aligned([each for each in run.sightings if not has_advisory_id(each)])
    yield from _advisories([each for each in known if each.is_advisory], published)
    placed = [each for each in known if not each.is_advisory]
    yield from _in_code(placed, in_code, run)


def has_advisory_id(sighting: Occurrence) -> bool:
    """Whether the id is a published one; otherwise it names a rule, and the place counts."""
    # By kind, never by the look of the id: rules are called `CVE-check`, too.
    return sighting.kind is ScanKind.DEPENDENCIES


def _aligned(sightings: Sequence[Occurrence]) -> list[Occurrence]:
    """The sightings, so that two formats of one place have one fingerprint.

    Each format quotes the code in its own way. In one run, the same rule at the same line is the
    same finding; the n-th of one format there is the n-th of the other.
    """
    places: dict[tuple[str, str, int], dict[str, list[int]]] = {}
    for number, sighting in enumerate(sightings):
        path, line = split_place(sighting.observation.location)
        if path and line:
            formats = places.setdefault((sighting.observation.id, path, line), {})
            formats.setdefault(sighting.format, []).append(number)
    aligned = list(sightings)
    for formats in places.values():
        if len(formats) > 1:
            # The format with the best quotation gives the fingerprint to the others.
            first, *others = sorted(formats, key=lambda name: (name in _LAST_FORMATS, name))
            for name in others:
                # Not strict: one format may drop a duplicate that the other lists.
                for model, number in zip(formats[first], formats[name], strict=False):
                    aligned[number] = _like(sightings[model], sightings[number])
    return aligned


def _like(model: Occurrence, sighting: Occurrence) -> Occurrence:
    fingerprint = model.observation.fingerprint
    return replace(sighting, observation=replace(sighting.observation, fingerprint=fingerprint))


def _advisories(known: Sequence[LedgerFinding], sightings: Sequence[Occurrence]) -> Iterator[Match]:
    keys = [_advisory_keys(each.package, each.ids) for each in known]
    seen = (each.observation for each in sightings)
    keys += [_advisory_keys(each.package, (each.id, *each.aliases)) for each in seen]
    groups: dict[int, tuple[list[LedgerFinding], list[Occurrence]]] = {}
    for number, group in enumerate(group_by_shared_keys(keys)):
        found, seen_here = groups.setdefault(group, ([], []))
        if number < len(known):
            found.append(known[number])
        else:
            seen_here.append(sightings[number - len(known)])
    for found, seen_here in groups.values():
        yield Match(tuple(found), tuple(seen_here))


def _advisory_keys(package: str, ids: Iterable[str]) -> list[tuple[str, str]]:
    return [(package_key(package), name.casefold()) for name in ids]


Key = tuple[str, ...]
# Path, line and fingerprint.
Place = tuple[str, int, str]


def _in_code(
    known: Sequence[LedgerFinding], sightings: Sequence[Occurrence], run: ScanBatch
) -> Iterator[Match]:
    """First those with the same code, then those at the same line, then those that moved.

    At the same line the code was edited, or another format quotes it differently: the flaw that
    the tool reports there is still the same one.
    """
    for key_of, seen_key in ((_code_key, _sighted_key), (_line_key, _seen_line)):
        pairs = [*_pair(known, sightings, key_of, seen_key)]
        yield from (match for match in pairs if match.known and match.sightings)
        known, sightings = _left(pairs)
    # Ledgers of schema 1.0 and backfilled findings have no fingerprint; the next report gives one.
    vague = [each for each in known if not each.fingerprint]
    named = [*_pair_vague(vague, sightings)]
    yield from (match for match in named if match.known)
    _, sightings = _left(named)
    # Only a file that left the tree can have moved: equal code in two files is two findings.
    gone = [each for each in known if each.fingerprint and _has_gone(each, run)]
    yield from _pair(gone, sightings, _moved, _seen_moved)
    here = (each for each in known if each.fingerprint and not _has_gone(each, run))
    yield from (Match((each,), ()) for each in here)


def _left(pairs: Iterable[Match]) -> tuple[list[LedgerFinding], list[Occurrence]]:
    """What has no counterpart yet."""
    alone = [match for match in pairs if not (match.known and match.sightings)]
    return (
        [each for match in alone for each in match.known],
        [each for match in alone for each in match.sightings],
    )


def _code_key(finding: LedgerFinding) -> Key:
    return finding.rule, split_place(finding.location)[0], finding.fingerprint


def _sighted_key(sighting: Occurrence) -> Key:
    seen = sighting.observation
    return seen.id, split_place(seen.location)[0], seen.fingerprint


def _line_key(finding: LedgerFinding) -> Key:
    return finding.rule, *map(str, split_place(finding.location))


def _seen_line(sighting: Occurrence) -> Key:
    return sighting.observation.id, *map(str, split_place(sighting.observation.location))


def _moved(finding: LedgerFinding) -> Key:
    return finding.rule, "", finding.fingerprint


def _seen_moved(sighting: Occurrence) -> Key:
    return sighting.observation.id, "", sighting.observation.fingerprint


def _has_gone(finding: LedgerFinding, run: ScanBatch) -> bool:
    """Whether the finding's file is no longer in the project."""
    path, _ = split_place(finding.location)
    return run.project.files is not None and bool(path) and path not in run.project.files


def _pair_vague(known: Sequence[LedgerFinding], sightings: Sequence[Occurrence]) -> Iterator[Match]:
    """Findings that are known by rule, file and line alone: an older file had no more.

    The rule is compared as ids hold it: where the ledger was lost, only the id still tells it.

    A name without folders stands for a file of that name anywhere.
    """
    whole = [each for each in known if "/" in split_place(each.location)[0]]
    bare = [each for each in known if "/" not in split_place(each.location)[0]]
    by_path = [*_pair(whole, sightings, _path_key, _seen_path)]
    yield from (match for match in by_path if match.known)
    left = [each for match in by_path if not match.known for each in match.sightings]
    yield from _pair(bare, left, _name_key, _seen_name)


def _path_key(finding: LedgerFinding) -> Key:
    return clean_id_part(finding.rule), split_place(finding.location)[0]


def _seen_path(sighting: Occurrence) -> Key:
    seen = sighting.observation
    return clean_id_part(seen.id), split_place(seen.location)[0]


def _name_key(finding: LedgerFinding) -> Key:
    return clean_id_part(finding.rule), split_place(finding.location)[0].rpartition("/")[2]


def _seen_name(sighting: Occurrence) -> Key:
    path = split_place(sighting.observation.location)[0]
    return clean_id_part(sighting.observation.id), path.rpartition("/")[2]


def _pair(
    known: Iterable[LedgerFinding],
    sightings: Iterable[Occurrence],
    key_of: Callable[[LedgerFinding], Key],
    seen_key: Callable[[Occurrence], Key],
) -> Iterator[Match]:
    """Matches of equal keys, those of one key by line; every item is in exactly one match."""
    places: dict[Key, list[LedgerFinding]] = {}
    for finding in known:
        places.setdefault(key_of(finding), []).append(finding)
    seen: dict[Key, dict[Place, list[Occurrence]]] = {}
    for sighting in sightings:
        path, line = split_place(sighting.observation.location)
        place = path, line, sighting.observation.fingerprint
        seen.setdefault(seen_key(sighting), {}).setdefault(place, []).append(sighting)
    for key in sorted({*places, *seen}):
        yield from _by_line(places.get(key, []), seen.get(key, {}))


def _by_line(
    known: Iterable[LedgerFinding], seen: dict[Place, list[Occurrence]]
) -> Iterator[Match]:
    """First those at the same line; the others in the order in which they stand in the file."""
    places = dict(seen)
    by_line: dict[int, list[Place]] = {}
    for place in sorted(places):
        by_line.setdefault(place[1], []).append(place)
    moved = []
    for finding in known:
        same = by_line.get(split_place(finding.location)[1])
        if same:
            yield Match((finding,), tuple(places.pop(same.pop(0))))
        else:
            moved.append(finding)
    moved.sort(key=lambda finding: (split_place(finding.location), finding.key))
    rest = sorted(places)
    for finding, place in zip(moved, rest, strict=False):
        yield Match((finding,), tuple(places[place]))
    for finding in moved[len(rest) :]:
        yield Match((finding,), ())
    for place in rest[len(moved) :]:
        yield Match((), tuple(places[place]))
