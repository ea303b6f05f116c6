"""Loads the catalogue of known failures from `catalogue.toml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from string import Formatter

from secstatus.package_data import Section, read_data
from secstatus.publishing.failures.failure import (
    FILE_EXISTS,
    REUSABLE_WORKFLOW,
    UNKNOWN,
    Area,
    Failure,
    Retry,
)

# What the texts of an entry may have filled in.
PLACEHOLDERS = frozenset({"project", "slug", "workflow"})
# The forms of an apostrophe in HTML, JSON and Python's repr, in which logs quote messages.
_QUOTE = r"(?:'|&#0?39;|&#x27;|&apos;|\\u0027|\\')"


@dataclass(frozen=True, slots=True)
class FailureCatalogue:
    """All known failures, the more specific first; `unknown` is for a log that shows none."""

    failures: tuple[Failure, ...]
    unknown: Failure

    def failure(self, name: str) -> Failure:
        """The failure with this id. Raises KeyError if there is none."""
        return {each.id: each for each in self.failures}[name]


@lru_cache(maxsize=1)
def load_catalogue() -> FailureCatalogue:
    """The catalogue of the package, read once."""
    return parse_catalogue(read_data("secstatus.publishing.failures", "catalogue.toml"))


def parse_catalogue(data: Section) -> FailureCatalogue:
    """The catalogue in the data. Raises DataFileError, which names the entry that is wrong."""
    links = data.text_table("links")
    fragments = {name: _spread(text) for name, text in data.text_table("fragments").items()}
    unknown = _unknown(data.table("unknown"), links)
    failures = data.entries("failure", partial(_failure, links=links, fragments=fragments), "id")
    data.close()
    ids = [each.id for each in (*failures, unknown)]
    # The program itself looks up these two by id.
    for name in (*ids, FILE_EXISTS, REUSABLE_WORKFLOW):
        if ids.count(name) != 1:
            raise data.error(f"failure {name}: stands there {ids.count(name)} times, expected once")
    return FailureCatalogue(failures, unknown)


def _failure(entry: Section, links: Mapping[str, str], fragments: Mapping[str, str]) -> Failure:
    def compiled(patterns: Iterable[str]) -> tuple[re.Pattern[bytes], ...]:
        return tuple(entry.compile(_spread(each), fragments) for each in patterns)

    return Failure(
        id=entry.text("id"),
        area=entry.choice("area", Area),
        patterns=compiled(entry.texts("patterns")),
        cause=_prose(entry, "cause"),
        remedy=_prose(entry, "remedy"),
        retry=entry.choice("retry", Retry, Retry.NO),
        link=entry.named("link", links),
        also=compiled(entry.texts("also", ())),
        form=entry.flag("form"),
        explained_by_reuse=entry.flag("explained_by_reuse"),
    )


def _unknown(entry: Section, links: Mapping[str, str]) -> Failure:
    area, link = entry.choice("area", Area), entry.named("link", links)
    cause, remedy = _prose(entry, "cause"), _prose(entry, "remedy")
    entry.close()
    return Failure(UNKNOWN, area, (), cause, remedy, Retry.NO, link)


def _prose(entry: Section, key: str) -> str:
    text = entry.text(key)
    try:
        # Checked when loaded: `format_map` would raise KeyError only when the failure occurs.
        names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError as error:
        raise entry.error(f"{key}: {error}") from None
    if not names <= PLACEHOLDERS:
        raise entry.error(f"{key}: unknown placeholder: {', '.join(sorted(names - PLACEHOLDERS))}")
    return text


def _spread(pattern: str) -> str:
    """The pattern with a blank that is also a line break, and a quote that is also its escapes."""
    return pattern.replace("'", _QUOTE).replace(" ", "[ \\n\\x0b]")
