"""The words that the glossary forbids are in no help, message, page, document or workflow."""

from __future__ import annotations

import argparse
import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from secstatus.cli import make_parser

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
PAGES.remove(DOCS / "reference" / "commands.md")  # the help, which has a test of its own


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_forbidden_word_in_the_documentation(page: Path) -> None:
    assert forbidden_in(prose(page)) == []


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command by name, and the program itself under the empty name."""
    top = make_parser()
    found = {"": top}
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= action.choices
    return found


@pytest.mark.parametrize("command", commands())
def test_no_forbidden_word_in_the_help(command: str) -> None:
    assert forbidden_in(commands()[command].format_help()) == []


# The program


PACKAGE = ROOT / "generator" / "secstatus"
# One word without a space is a name: of a key, a file, an option, a value of a document.
NAME = re.compile(r"[^\s]*")


def docstrings(tree: ast.Module) -> set[ast.AST]:
    """The docstrings, except those of the models: these are descriptions in the JSON Schemas."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node for node in ast.walk(tree) if isinstance(node, kinds) and node.body]
    firsts = [(node, node.body[0]) for node in bodies]
    return {
        first.value for node, first in firsts if isinstance(first, ast.Expr) and not is_model(node)
    }


def is_model(node: ast.AST) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        isinstance(base, ast.Name) and base.id in ("Shape", "BaseModel") for base in node.bases
    )


def messages(module: Path) -> Iterator[tuple[int, str]]:
    """Line and text of every string in a module that is not a docstring or a name."""
    tree = ast.parse(module.read_text("utf-8"))
    skipped = docstrings(tree)
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in skipped:
            continue
        if isinstance(node.value, str) and not NAME.fullmatch(node.value.strip()):
            yield node.lineno, node.value


MODULES = sorted(PACKAGE.rglob("*.py"))
DATA = sorted(PACKAGE.rglob("*.toml"))


def test_the_messages_of_a_module_are_found(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text('"""Told."""\nA = "moment"\nB = f"{A} is told, {A}"\n', "utf-8")
    assert list(messages(module)) == [(3, " is told, ")]


# Words for a person or a source without its name. Docstrings may use Python's own `is None`, and
# words that the table forbids in texts for readers only.
UNNAMED = re.compile(
    r"\b(?:nobody|somebody|anybody|everybody|people|whoever|strangers?|told)\b", re.IGNORECASE
)


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0] for path in MODULES}))
def test_a_docstring_names_who_and_what_it_means(room: str) -> None:
    found = [
        (name_of(module), node.lineno, word)
        for module in MODULES
        if module.relative_to(PACKAGE).parts[0] == room
        for node in docstrings(ast.parse(module.read_text("utf-8")))
        if isinstance(node, ast.Constant)
        # A name between backquotes is that of the code, not a word of the text.
        for word in UNNAMED.findall(re.sub(r"`[^`]*`", "", str(node.value)))
    ]
    assert found == []


@pytest.mark.parametrize("room", sorted({path.relative_to(PACKAGE).parts[0] for path in MODULES}))
def test_no_forbidden_word_in_the_messages(room: str) -> None:
    found = [
        (name_of(module), line, word)
        for module in MODULES
        if module.relative_to(PACKAGE).parts[0] == room
        for line, text in messages(module)
        for word in forbidden_in(text)
    ]
    assert found == []


@pytest.mark.parametrize("file", DATA, ids=name_of)
def test_no_forbidden_word_in_the_data(file: Path) -> None:
    assert forbidden_in(file.read_text("utf-8")) == []


# The site


SITE = [*sorted((ROOT / "templates").glob("*.html")), *sorted((ROOT / "site_src").glob("*.md"))]
SITE += [ROOT / "site_src" / "status.js", ROOT / "site_src" / "openapi.json"]
SITE += sorted((ROOT / "site_src" / "schemas").glob("*.json"))
JINJA = re.compile(r"\{\{.*?\}\}|\{#.*?#\}|\{%.*?%\}", re.DOTALL)
ATTRIBUTE = re.compile(r"\b(?:class|id|href|src)=\"[^\"]*\"")
QUOTED = re.compile(r"\"[^\"\s]+\"")


def visible(file: Path) -> str:
    """The text of a template or document without names: of keys, classes, macros, variables."""
    text = file.read_text("utf-8")
    if file.suffix == ".html":
        quoted = (" ".join(re.findall(r"\"[^\"]* [^\"]*\"", tag)) for tag in JINJA.findall(text))
        text = "\n".join([ATTRIBUTE.sub("", JINJA.sub(" ", text)), *quoted])
    return QUOTED.sub("", text)


@pytest.mark.parametrize("file", SITE, ids=name_of)
def test_no_forbidden_word_on_the_site(file: Path) -> None:
    assert forbidden_in(visible(file)) == []


# The workflows and the action


WORKFLOWS = [ROOT / "action.yml", *sorted((ROOT / "templates" / "setup").rglob("*.yml"))]
WORDING = re.compile(
    r"^ *(?:- )?(?:name|description): (.*)$|#([^#\n]*)$|::error [^:\n]*::(.*)$", re.MULTILINE
)


def wording(file: Path) -> str:
    """What users read of a workflow: names, descriptions, comments and errors, one a line."""
    found = WORDING.findall(CODE.sub("", file.read_text("utf-8")))
    return "\n".join("".join(groups) for groups in found)


def test_the_wording_of_a_workflow_is_found(tmp_path: Path) -> None:
    workflow = tmp_path / "workflow.yml"
    workflow.write_text(
        "# Told: a.\nname: Told\njobs:\n  - name: b\n    run: |\n      echo told\n"
        '      echo "::error title=a::c"\n    uses: d # v1\n',
        "utf-8",
    )
    assert wording(workflow).split() == ["Told:", "a.", "Told", "b", 'c"', "v1"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=name_of)
def test_no_forbidden_word_in_the_workflows(file: Path) -> None:
    assert forbidden_in(wording(file)) == []
