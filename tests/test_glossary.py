"""The words that the glossary forbids are in no page of the documentation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
GLOSSARY = DOCS / "reference" / "glossary.md"
HEADING = "## Words that are not used\n"

FENCE = re.compile(r"^( *)```.*?^\1```$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")
TARGET = re.compile(r"\]\([^()\s]+\)")


@dataclass(frozen=True)
class Row:
    """One row of the table: the phrases that are not used, and where they are allowed."""

    phrases: tuple[str, ...]
    instead: str
    allowed: tuple[str, ...]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def phrases(cell: str) -> tuple[str, ...]:
    return tuple(re.findall(r"`([^`]+)`", cell))


@cache
def table() -> tuple[Row, ...]:
    text = GLOSSARY.read_text("utf-8").partition(HEADING)[2]
    rows = [cells(line) for line in text.splitlines() if line.startswith("| `")]
    return tuple(Row(phrases(first), instead, phrases(last)) for first, instead, last in rows)


def pattern(phrase: str) -> str:
    """A phrase between word boundaries; `…` is up to 40 characters without the end of a clause."""
    words = (re.escape(word) for word in phrase.split())
    return r"\s+".join(words).replace(r"\s+…\s+", r"\b[^.;:]{0,40}\b").replace("…", "")


def either(found: list[str]) -> re.Pattern[str]:
    longest_first = sorted(found, key=len, reverse=True)
    joined = "|".join(pattern(phrase) for phrase in longest_first)
    return re.compile(rf"(?<![\w-])(?:{joined})(?![\w-])", re.IGNORECASE)


@cache
def forbidden() -> re.Pattern[str]:
    return either([phrase for row in table() for phrase in row.phrases])


@cache
def allowed() -> re.Pattern[str]:
    return either([phrase for row in table() for phrase in row.allowed])


def forbidden_in(text: str) -> list[str]:
    """Every forbidden phrase in a text, as it stands there."""
    return forbidden().findall(allowed().sub(" ", text))


def prose(page: Path) -> str:
    """A page without its code and the targets of its links: those are names."""
    text = page.read_text("utf-8")
    if page == GLOSSARY:
        text = text.partition(HEADING)[0]
    if page.name == "CHANGELOG.md":
        text = text.partition("## [Unreleased]")[2].partition("\n## ")[0]
    return TARGET.sub("]", CODE.sub("", FENCE.sub("", text)))


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_table_is_read_and_knows_its_exceptions() -> None:
    assert len(table()) > 20
    assert all(row.phrases and row.instead for row in table())
    assert forbidden_in("Nobody is told: hold it\nagainst the Manifest.") == [
        "Nobody",
        "told",
        "hold it\nagainst",
    ]
    assert forbidden_in("letters, digits; a round trip; newsletter; roundabout") == []


PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES += sorted(DOCS.rglob("*.md"))
PAGES.remove(DOCS / "reference" / "commands.md")


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_forbidden_word_in_the_documentation(page: Path) -> None:
    assert forbidden_in(prose(page)) == []
