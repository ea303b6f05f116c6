"""Words that say something about the version beside them, as `vocabulary.toml` lists them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache

from secstatus.package_data import read_data


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Sets of words in lower case; `vocabulary.toml` says what each set means."""

    introductions: frozenset[str]
    present: frozenset[str]
    fillers: frozenset[str]
    prepositions: frozenset[str]
    verbs: frozenset[str]
    own_works: frozenset[str]
    things: frozenset[str]
    projects: frozenset[str]

    def is_ordinary(self, word: str) -> bool:
        """Whether the word names nothing: it introduces a version, or is a filler."""
        lower = word.lower()
        return lower in self.introductions or lower in self.fillers


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The words in `vocabulary.toml`, read once."""
    data = read_data("secstatus.bump", "vocabulary.toml")
    words = Vocabulary(**{each.name: data.words(each.name) for each in fields(Vocabulary)})
    data.close()
    return words
