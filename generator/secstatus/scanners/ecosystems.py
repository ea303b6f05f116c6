"""Ecosystems of packages by their purl type, as `ecosystems.toml` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from secstatus.package_data import Section, read_data

_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ecosystems:
    """Purl types by the words of reports and by the names of files, and all distributions.

    A distribution is also a word, for the type of its packages.
    """

    type_of_word: Mapping[str, str]
    type_of_file: Mapping[str, str]
    distributions: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Ecosystem:
    type: str
    words: frozenset[str]
    distributions: frozenset[str]
    files: frozenset[str]


@lru_cache(maxsize=1)
def load_ecosystems() -> Ecosystems:
    """The ecosystems in `ecosystems.toml`, read once."""
    return parse_ecosystems(read_data("secstatus.scanners", "ecosystems.toml"))


def parse_ecosystems(data: Section) -> Ecosystems:
    """The ecosystems in the data. Raises DataFileError also for a word of two ecosystems."""
    found = data.entries("ecosystem", _ecosystem, "type")
    data.close()
    words: dict[str, str] = {}
    for each in found:
        for word in (each.type, *each.words, *each.distributions):
            if word in words:
                raise data.error(f"{word!r} stands for {words[word]} and for {each.type}")
            words[word] = each.type
    files = {name: each.type for each in found for name in each.files}
    return Ecosystems(words, files, _NONE.union(*(each.distributions for each in found)))


def _ecosystem(entry: Section) -> _Ecosystem:
    return _Ecosystem(
        entry.text("type"),
        entry.words("words"),
        entry.words("distributions", _NONE),
        entry.words("files", _NONE),
    )
