"""References to the version, and the names that mean the project itself."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from secstatus.bump.occurrence import VersionOccurrence
from secstatus.bump.vocabulary import load_vocabulary
from secstatus.text.package_names import SEPARATORS, normalize_package_name


class ReferenceVerdict(StrEnum):
    """Owner of a version. One that needs review is only changed after a decision of the user."""

    OURS = "ours"
    OTHERS = "others"
    NEEDS_REVIEW = "needs review"


@dataclass(frozen=True, slots=True)
class Own:
    """The names of the project.

    `name` is the distribution's, as it is written; `modules` are its import packages.
    """

    name: str
    modules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ContextJudgement:
    """The owner of the version, the rule that decided it, and its sentence for a report."""

    verdict: ReferenceVerdict
    pattern: str
    reason: str


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """One occurrence of a version. The names are those of the design's data model.

    `file_path` has forward slashes. `line_number` starts at 1 and counts line feeds only.
    `content_match` is the line around it, decoded with replacement characters and at most 200
    characters long.
    """

    file_path: str
    line_number: int
    content_match: str
    occurrence: VersionOccurrence
    judgement: ContextJudgement

    @property
    def place(self) -> str:
        return f"{self.file_path}:{self.line_number}"


@dataclass(frozen=True, slots=True)
class Edit:
    """Bytes `start` to `end` of a file become `new`; they are `old` now."""

    file_path: str
    start: int
    end: int
    old: bytes
    new: bytes


# Attributes that say the version of the module before them.
# `numpy.__version__` is certainly of another package, whatever a name looks like.
_ATTRIBUTES = frozenset({"__version__", "version", "__VERSION__", "VERSION", "get_version"})


@dataclass(frozen=True, slots=True)
class Names:
    """Words that mean the project: its distribution and its modules, in any spelling."""

    canonical: frozenset[str]
    modules: frozenset[str]
    pattern: re.Pattern[bytes]

    def mean_us(self, word: str) -> bool:
        """Whether the word is our name, or an attribute of one of our modules."""
        if normalize_package_name(word) in self.canonical:
            return True
        # `demo.cli.main` means us where `demo` does.
        ends = [i for i, char in enumerate(word) if char == "."]
        return any(normalize_package_name(word[:end]) in self.canonical for end in ends)

    def mean_another(self, word: str) -> bool:
        """Whether the word is certainly the name of another project."""
        if self.mean_us(word):
            return False
        root, _, rest = word.partition(".")
        if root.lower() in load_vocabulary().projects or rest.rpartition(".")[2] in _ATTRIBUTES:
            return True
        # A digit, a dash or an underscore inside a word: no English word looks like that, names of
        # packages do (`sqlite3`, `import-linter`).
        return bool(re.search(r"[A-Za-z][-_.]?\d|[a-z]_[a-z]|[a-z]-[a-z]", word)) and len(word) > 2

    def stand_in(self, text: bytes) -> bool:
        return self.pattern.search(text) is not None


@lru_cache(maxsize=32)
def list_names(own: Own) -> Names:
    """The names of the project."""
    words = {own.name, *own.modules} - {""}
    spelled = b"|".join(
        # PEP 503: runs of `-`, `_` and `.` are one separator; prose also writes a blank.
        rb"[-_. ]?".join(re.escape(part.encode()) for part in SEPARATORS.split(word) if part)
        for word in sorted(words, key=len, reverse=True)
    )
    # `our-name-cli` is another project than `our-name`; `our-name-1.0` and `our-name-v1` are us.
    pattern = re.compile(
        rb"(?<![\w-])(?:" + (spelled or rb"(?!)") + rb")(?![A-Za-z0-9])(?![-_](?!v?\d)[A-Za-z])",
        re.IGNORECASE,
    )
    known = frozenset(normalize_package_name(word) for word in words)
    # Where no module is known, the name of the distribution as an identifier is the usual one.
    modules = frozenset(own.modules or {own.name.replace("-", "_").replace(".", "_")})
    return Names(known, modules, pattern)
