"""Merge what is known of one finding, and choose the id that it keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from secstatus.findings.ledger import Episode, FindingState, LedgerFinding
from secstatus.findings.observation import Observation, ScanKind, Scope, SeverityClaim
from secstatus.findings.rating import says_anything
from secstatus.findings.scan_group import Occurrence
from secstatus.findings.texts import split_place
from secstatus.jsonio.values import LONGEST_ID

# Most specific to Python first: PYSEC records are written for PyPI packages, a CVE for any product.
_PREFERRED = ("PYSEC-", "GHSA-", "CVE-")
# What an id may hold, so that it can stand in a heading, a file name and an address.
_ODD = re.compile(r"[^\w.+@-]+")


def clean_id_part(text: str) -> str:
    """A part of an id as ids hold it: `zizmor/artipacked` becomes `zizmor_artipacked`."""
    return _ODD.sub("_", text)


@dataclass(frozen=True, slots=True)
class CodeIdParts:
    """What the id of a finding in code is made of; the rule as ids hold it."""

    rule: str
    file: str
    line: int


# `BANDIT-B105-core.py-42`: scanner, rule, file, line; a number where that was given already.
_CODE_ID = re.compile(r"[A-Z]+(?:-[A-Z]+)*-(?P<rule>[\w.]+)-(?P<file>.+)-(?P<line>\d{1,9})")


def parse_code_id(finding_id: str, scanner: str, file: str) -> CodeIdParts | None:
    """Takes an id of `CodeIds` apart; None for any other.

    `scanner` and `file` are those of the finding, where they are known: rules and file names hold
    dashes and digits too, and nothing else tells where one ends.
    """
    name = re.escape(clean_id_part(file))
    known = re.fullmatch(rf"(?P<head>.+)-{name}-(?P<line>\d{{1,9}})(?:-\d+)?", finding_id)
    if file and known:
        head = known["head"]
        prefixes = (f"{clean_id_part(scanner).upper()}-", "SECRET-")
        prefix = next((each for each in prefixes if head.startswith(each)), "")
        rule = head[len(prefix) :] if prefix else head.partition("-")[2]
        return CodeIdParts(rule, file, int(known["line"])) if rule else None
    match = _CODE_ID.fullmatch(finding_id)
    return CodeIdParts(match["rule"], match["file"], int(match["line"])) if match else None


def preference(advisory_id: str) -> tuple[int, str, str]:
    """Sorts the ids of one advisory: PYSEC, GHSA, CVE, any other; then by text.

    Scanners change the one that they put first when an alias is added upstream.
    """
    upper = advisory_id.upper()
    ranks = (rank for rank, prefix in enumerate(_PREFERRED) if upper.startswith(prefix))
    return next(ranks, len(_PREFERRED)), upper, advisory_id


class CodeIds:
    """Ids for code findings, each one given once; `taken` are the ids that exist."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}
        self._numbers: dict[str, int] = {}

    def new(self, sighting: Occurrence) -> str:
        """`BANDIT-B105-core.py-42`: the scanner (or SECRET), the rule, the file name, the line."""
        base = _base(sighting)
        number = self._numbers.get(base, 1)
        name = base
        while name.casefold() in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._numbers[base] = number
        self._taken.add(name.casefold())
        return name


def _base(sighting: Occurrence) -> str:
    seen = sighting.observation
    path, line = split_place(seen.location)
    secret = sighting.kind is ScanKind.SECRETS
    parts = ["SECRET" if secret else sighting.scanner.upper(), seen.id]
    parts += [file_name] if (file_name := path.rpartition("/")[2]) else []
    parts += [str(line)] if line else []
    name = "-".join(clean_id_part(part) for part in parts)
    # Room for the number of equal findings; the 64 bits of a SHA-256 tell names apart that are cut.
    room = LONGEST_ID - len("-1000000")
    if len(name) <= room:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{name[: room - 17]}-{digest}"


T = TypeVar("T", str, tuple[str, ...])

# The state of the whole is the one that counts most; once all are over, how the last one ended.
_WEIGHT = (
    FindingState.OPEN,
    FindingState.UNOBSERVED,
    FindingState.RESOLVED,
    FindingState.WITHDRAWN,
)


def merge_findings(known: Sequence[LedgerFinding]) -> LedgerFinding:
    """Findings that turn out to be one. The one discovered first gives its id; nothing is lost."""
    if len(known) == 1:
        return known[0]
    by_age = sorted(known, key=lambda each: (each.discovered, preference(each.finding_id)))
    # The id of the older one stands in links, plans and release notes already.
    first = by_age[0]
    newest = max(by_age, key=lambda each: (each.last_seen, each.finding_id))
    episodes = _episodes(episode for each in by_age for episode in each.episodes)
    state = min((each.state for each in known), key=_WEIGHT.index)
    # Two closed findings may have ended differently; the later ending is the one that holds.
    state = state if state.counts else FindingState(episodes[-1].outcome)
    reasons = [each.reason for each in by_age if each.state is state and each.reason]
    return replace(
        first,
        state=state,
        last_seen=newest.last_seen,
        episodes=episodes,
        scanners=_union(each.scanners for each in known),
        aliases=_aliases(first.finding_id, (name for each in by_age for name in each.ids)),
        version=newest.version,
        versions=_union(each.versions for each in known),
        location=newest.location,
        severities=tuple(sorted({claim for each in known for claim in each.severities})),
        title=newest.title or max(each.title for each in known),
        description=_longest(each.description for each in known),
        fix_versions=newest.fix_versions or max(each.fix_versions for each in known),
        references=_union(each.references for each in known),
        published=_earliest(each.published for each in known),
        suppressed=newest.suppressed,
        scope=min((each.scope for each in known), key=_reach),
        reason=reasons[0] if reasons else "",
        extra={key: value for each in reversed(by_age) for key, value in each.extra.items()},
    )


def _reach(scope: str) -> int:
    """Sorts scopes, the widest first; one that is not known may be the widest."""
    words = [*Scope]
    return words.index(Scope(scope)) if scope in words else -1


def _episodes(episodes: Iterable[Episode]) -> tuple[Episode, ...]:
    """All that are over, each once, by time; then one for all that are not."""
    over: list[Episode] = []
    still: list[Episode] = []
    for episode in episodes:
        group = still if episode.closed is None else over
        if episode not in group:
            group.append(episode)
    over.sort(key=lambda each: (each.opened, each.closed or each.opened, each.evidence))
    still.sort(key=lambda each: each.opened)
    return (*over, *still[:1])


def with_ids(finding: LedgerFinding, sightings: Sequence[Occurrence]) -> LedgerFinding:
    """The finding with every id under which, and every scanner by which, it was seen."""
    scanners = {each.scanner for each in sightings}
    names = {name for each in sightings for name in each.observation.aliases}
    if finding.is_advisory:
        names |= {each.observation.id for each in sightings}
    if scanners <= {*finding.scanners} and names <= {*finding.ids}:
        return finding
    return replace(
        finding,
        scanners=tuple(sorted({*finding.scanners, *scanners})),
        aliases=_aliases(finding.finding_id, (*finding.aliases, *sorted(names))),
    )


def refresh_finding(finding: LedgerFinding, sightings: Sequence[Occurrence]) -> LedgerFinding:
    """The finding with what these sightings say of it, in whatever order they come.

    What is as good as another word (title, version, place) is that of the newest scan, the more
    complete one of two; what only adds (claims, references) is united; dates do not move.
    """
    if not sightings:
        return finding
    seen = [each.observation for each in sightings]
    newest = max(each.scanned_at for each in sightings)
    by_age = sorted(sightings, key=lambda each: each.newness, reverse=True)

    def latest(known: T, told: Callable[[Observation], T]) -> T:
        values = [(each, value) for each in by_age if (value := told(each.observation))]
        if not values or (known and values[0][0].scanned_at < finding.last_seen):
            return known
        best = values[0][0].newness
        return max(value for each, value in values if each.newness == best)

    suppressed = latest("", lambda each: each.suppressed)
    return replace(
        finding,
        last_seen=max(finding.last_seen, newest),
        # An older report that comes late adds facts and replaces none.
        version=latest(finding.version, lambda each: each.version),
        versions=_union([finding.versions, [each.version for each in seen if each.version]]),
        rule=seen[0].id if finding.rule else "",
        fingerprint=latest(finding.fingerprint, _fingerprint) if finding.rule else "",
        location=latest(finding.location, lambda each: each.location),
        severities=_claims(finding, sightings),
        title=latest(finding.title, lambda each: each.title),
        description=_longest([finding.description, *(each.description for each in seen)]),
        fix_versions=latest(finding.fix_versions, lambda each: each.fix_versions),
        references=_union([finding.references, *(each.references for each in seen)]),
        published=_earliest([finding.published, *(each.published for each in seen)]),
        # `# nosec` in one tool's report says nothing of another tool that still reports the line.
        suppressed=suppressed if all(each.suppressed for each in seen) else "",
    )


def _fingerprint(observation: Observation) -> str:
    return observation.fingerprint


def _claims(finding: LedgerFinding, sightings: Sequence[Occurrence]) -> tuple[SeverityClaim, ...]:
    """A newer claim replaces one of the same kind and source only when every scanner spoke.

    Otherwise the claims of a scanner that is silent today would be lost with it. A claim that says
    nothing (`UNKNOWN`) replaces none.
    """
    new = {claim for each in sightings for claim in each.observation.severities}
    kept = set(finding.severities)
    if set(finding.scanners) <= {each.scanner for each in sightings}:
        renewed = {(claim.kind, claim.source) for claim in new if says_anything(claim)}
        kept = {claim for claim in kept if (claim.kind, claim.source) not in renewed}
    return tuple(sorted(kept | new))


def _aliases(finding_id: str, names: Iterable[str]) -> tuple[str, ...]:
    """Each id once, in the first spelling, without the finding's own."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(name.casefold(), name)
    first.pop(finding_id.casefold(), None)
    return tuple(sorted(first.values()))


def _union(values: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(sorted({value for each in values for value in each}))


def _longest(texts: Iterable[str]) -> str:
    return max(texts, key=lambda text: (len(text), text))


def _earliest(days: Iterable[date | None]) -> date | None:
    return min((day for day in days if day), default=None)
