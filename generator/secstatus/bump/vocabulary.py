"""The kinds of files, and the words around a version, from data files."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath

from secstatus.package_data import Section, read_data


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Sets of words in lower case; `vocabulary.toml` explains each set."""

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


class FileType(StrEnum):
    """The kind of a file, as the rules for versions distinguish it."""

    VENDORED = "vendored"
    BACKUP = "backup"
    GENERATED = "generated"
    REPORT = "report"
    HISTORY = "history"
    LOCK = "lock"
    TOML = "toml"
    INI = "ini"
    JSON = "json"
    YAML = "yaml"
    REQUIREMENTS = "requirements"
    DOCKER = "docker"
    PROSE = "prose"
    CODE = "code"
    VERSION_FILE = "version file"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class PathRule:
    """A kind, and the conditions that its paths meet; an empty set or None always holds.

    `file_kinds.toml` explains each condition.
    """

    kind: FileType
    folders: frozenset[str]
    suffixes: frozenset[str]
    names: frozenset[str]
    paths: frozenset[str]
    name: re.Pattern[str] | None
    stem: re.Pattern[str] | None

    def fits(self, place: PurePosixPath, folders: frozenset[str], suffix: str) -> bool:
        return (
            (not self.suffixes or suffix in self.suffixes)
            and (not self.folders or not self.folders.isdisjoint(folders))
            and (not self.names or place.name in self.names)
            and (not self.paths or place.as_posix() in self.paths)
            and (self.name is None or self.name.fullmatch(place.name) is not None)
            and (self.stem is None or self.stem.fullmatch(place.stem) is not None)
        )


@dataclass(frozen=True, slots=True)
class PathRules:
    """The rules in their order, and the folders whose files are data of tests."""

    rules: tuple[PathRule, ...]
    test_data_folders: frozenset[str]


@lru_cache(maxsize=1)
def load_path_rules() -> PathRules:
    """The rules in `file_kinds.toml`, read once."""
    data = read_data("secstatus.bump", "file_kinds.toml")
    rules = PathRules(data.entries("rule", _path_rule, "kind"), data.words("test_data_folders"))
    data.close()
    return rules


def _path_rule(entry: Section) -> PathRule:
    kind = entry.choice("kind", FileType)
    none: frozenset[str] = frozenset()
    folders, suffixes = entry.words("folders", none), entry.words("suffixes", none)
    names, paths = entry.words("names", none), entry.words("paths", none)
    name, stem = entry.optional_text_pattern("name"), entry.optional_text_pattern("stem")
    if not (folders or suffixes or names or paths or name or stem):
        raise entry.error("expected a condition")
    return PathRule(kind, folders, suffixes, names, paths, name, stem)


# Asked again for every occurrence of a file and by every rule.
@lru_cache(maxsize=4096)
def classify_path(path: str) -> FileType:
    """The kind of the file at this path."""
    place = PurePosixPath(path)
    folders = frozenset(part.lower() for part in place.parts[:-1])
    # A word for no suffix lets the data file list it like any other.
    suffix = place.suffix.lower() or "none"
    rules = load_path_rules().rules
    return next((each.kind for each in rules if each.fits(place, folders, suffix)), FileType.OTHER)


def is_test(path: str) -> bool:
    """Whether the file belongs to tests."""
    place = PurePosixPath(path)
    folders = {part.lower() for part in place.parts[:-1]}
    name = place.name.lower()
    return bool(folders & {"tests", "test", "testing"}) or bool(
        re.fullmatch(r"test_.*|.*_test\.\w+|conftest\.py|.*\.(?:test|spec)\.[jt]s", name)
    )


def is_test_data(path: str) -> bool:
    """Whether the file is data of a test: it may hold our name on purpose."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    # Only below `tests`: `data` elsewhere is often what the project ships.
    below = [part for i, part in enumerate(folders) if {"tests", "test"} & set(folders[:i])]
    return bool(load_path_rules().test_data_folders & set(below)) or bool(
        set(folders) & {"testdata", "test-data", "test_data", "__snapshots__", "cassettes"}
    )
