"""Reference: one place of the project in which its version is written, or seems to be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ReferenceVerdict(StrEnum):
    """Whose version it is. `unclear`: people have to judge; nothing is changed by itself."""

    OURS = "ours"
    OTHERS = "others"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Own:
    """What the project is called.

    `name` is the distribution's, as it is written; `modules` are its import packages.
    """

    name: str
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """One occurrence of a version. The names are those of the design's data model.

    `file_path` has forward slashes. `line_number` starts at 1 and counts line feeds only.
    `start` and `end` are offsets in bytes. `content_match` is the line around it, decoded with
    replacement characters and at most 200 characters long. `pattern` names the rule that decided,
    `reason` is its sentence for people. `written` is the version as it stands there, for example
    `1.0--rc1` in the address of a badge.
    """

    file_path: str
    line_number: int
    start: int
    end: int
    content_match: str
    pattern: str
    verdict: ReferenceVerdict
    reason: str
    written: bytes

    @property
    def place(self) -> str:
        return f"{self.file_path}:{self.line_number}"


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """A rule of the configuration: `pattern` with one `{version}`, in files of these globs.

    Globs are matched on whole paths, `**` crosses folders, hidden ones too. Fewer than `at_least`
    hits over all files are an error.
    """

    pattern: str
    files: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class ReferencePolicy:
    """What the configuration adds: rules, and globs of files that are never touched."""

    rules: tuple[ReferenceRule, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` of a file become `new`; they are `old` now."""

    file_path: str
    start: int
    end: int
    old: bytes
    new: bytes
