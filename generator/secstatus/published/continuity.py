"""Check whether a site may replace the published one.

Nothing that was published vanishes, a discovery date never changes, and history only grows: readers
quote addresses and dates, programs rely on them, and a finding that is missing looks resolved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from dataclasses import dataclass

from secstatus.errors import shown
from secstatus.published.documents import PublishedReports
from secstatus.text.nouns import format_count

# RFC 9116 (section 2.5.5): an expired file should not be used, so it may be removed.
MAY_VANISH = frozenset({".well-known/security.txt"})
# The gzip of a file beside it, which a web server sends in its place: no address of its own.
GZIP_SUFFIX = ".gz"
# A wrong prefix loses every file at once; a log of 10,000 names would hide the reason.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule: its name, a sentence, and the affected names, one a line."""

    rule: str
    text: str
    details: tuple[str, ...] = ()


def find_violations(published: PublishedReports, site: PublishedReports) -> list[Violation]:
    """Every reason why `site` may not replace `published`; empty if it may."""
    # Every rule runs, so that one attempt shows all violations.
    found = (rule(published, site) for rule in _RULES.values())
    return [breach for breach in found if breach is not None]


def _package(published: PublishedReports, site: PublishedReports) -> Violation | None:
    if published.package == site.package:
        return None
    text = f"the published site is about {shown(published.package)}, this one about"
    return Violation("package", f"{text} {shown(site.package)}")


def _tool(published: PublishedReports, site: PublishedReports) -> Violation | None:
    # Equal texts need no parsing: most deployments use the version of the last one.
    if published.tool == site.tool:
        return None
    from packaging.version import InvalidVersion, Version

    text = f"the published site was made by secstatus {shown(published.tool)}"
    try:
        # An older program may lack files and fields that the published site already has.
        if Version(published.tool) <= Version(site.tool):
            return None
    except InvalidVersion:
        return Violation(
            "older-tool", f"{text}, which is no version; this one is {shown(site.tool)}"
        )
    return Violation("older-tool", f"{text}, this one by the older {shown(site.tool)}")


def _as_of(published: PublishedReports, site: PublishedReports) -> Violation | None:
    # Both timestamps have one form, so the order of their texts is the order of time.
    if published.as_of <= site.as_of:
        return None
    text = f"the published site holds as of {published.as_of}, this one as of {site.as_of}"
    return Violation("as-of", text)


def _revision(published: PublishedReports, site: PublishedReports) -> Violation | None:
    before, now = published.revision, site.revision
    # Equal revisions are usual: the daily rebuild renders the same status file again.
    if before is None or (now is not None and now >= before):
        return None
    text = f"the published site has revision {before} of the status, this one"
    return Violation("revision", f"{text} {'none' if now is None else now}")


def _vanished(published: PublishedReports, site: PublishedReports) -> Violation | None:
    lost = published.files - site.files - MAY_VANISH
    gone = sorted(path for path in lost if not _is_gzip_file(path, published.files))
    return _about("vanished", "published address", gone, "would vanish", "published addresses")


def _is_gzip_file(path: str, files: Set[str]) -> bool:
    # A `.gz` without its plain file was published under its own address, and counts.
    return path.endswith(GZIP_SUFFIX) and path.removesuffix(GZIP_SUFFIX) in files


def _findings(published: PublishedReports, site: PublishedReports) -> Violation | None:
    gone = sorted(published.discovered.keys() - site.discovered.keys())
    return _about("findings", "published finding", gone, "would vanish")


def _dates(published: PublishedReports, site: PublishedReports) -> Violation | None:
    """A later date hides an age, and an earlier one contradicts what was published."""
    moved = [
        f"{name}: {day} would become {site.discovered[name]}"
        for name, day in sorted(published.discovered.items())
        # A finding that is missing altogether is reported by the rule `findings`.
        if site.discovered.get(name, day) != day
    ]
    return _about("discovery-date", "discovery date", moved, "would move")


def _events(published: PublishedReports, site: PublishedReports) -> Violation | None:
    lost = [
        f"{name}: would {'become another' if name in site.events else 'vanish'}"
        for name, facts in sorted(published.events.items())
        if site.events.get(name) != facts
    ]
    return _about("events", "published event", lost, "would not stay")


def _history(published: PublishedReports, site: PublishedReports) -> Violation | None:
    lost: list[str] = []
    for year, points in sorted(published.years.items()):
        # Counters subtract with multiplicity: two equal scans must both stay.
        gone = points - site.years[year] if year in site.years else points
        lost += [f"{year}: {point}" for point in sorted(gone.elements())]
    return _about(
        "history", "point of the history", lost, "would not stay", "points of the history"
    )


def _releases(published: PublishedReports, site: PublishedReports) -> Violation | None:
    lost = [
        f"{name}: {' → '.join(steps)}"
        for name, records in sorted(published.decisions.items())
        for steps in _not_continued(records, site.decisions.get(name, ()))
    ]
    return _about("releases", "release decision", lost, "would not stay")


Steps = tuple[str, ...]


def _not_continued(before: Sequence[Steps], now: Sequence[Steps]) -> Iterator[Steps]:
    """Yield the records, oldest first, that the later record does not continue."""
    for number, steps in enumerate(before):
        # A later site may add steps to a decision; it may not change or remove one.
        if number >= len(now) or now[number][: len(steps)] != steps:
            yield steps


def _about(
    rule: str, one: str, names: Sequence[str], verb: str, many: str = ""
) -> Violation | None:
    if not names:
        return None
    return Violation(rule, f"{format_count(len(names), one, many)} {verb}", name_some(names))


def name_some(names: Iterable[str]) -> tuple[str, ...]:
    """The first MOST_NAMED names, safe for a terminal, and the number of the others."""
    listed = list(names)
    first = [_one_line(name) for name in listed[:MOST_NAMED]]
    more = len(listed) - MOST_NAMED
    return (*first, f"and {more} more") if more > 0 else tuple(first)


def _one_line(name: str) -> str:
    # Paths of the published site are untrusted: escape codes must not reach the terminal.
    return name if name.isprintable() and len(name) <= 200 else shown(name)


_RULES: dict[str, Callable[[PublishedReports, PublishedReports], Violation | None]] = {
    "package": _package,
    "older-tool": _tool,
    "as-of": _as_of,
    "revision": _revision,
    "vanished": _vanished,
    "findings": _findings,
    "discovery-date": _dates,
    "events": _events,
    "history": _history,
    "releases": _releases,
}
NAMES = tuple(_RULES)
