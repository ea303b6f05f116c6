"""TOML and INI: whose table a version stands in."""

from __future__ import annotations

import re
from bisect import bisect_right

from secstatus.version.place import ContextJudgement, MatchContext, others, ours, text, unclear

_TABLE = re.compile(
    rb"^[ \t]*\[{1,2}[ \t]*([^\]\r\n]+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?\r?$", re.MULTILINE
)
_KEY = re.compile(rb"^[ \t]*(?P<key>[\w.\"'-]+)[ \t]*[=:][ \t]*[\"']?\Z")
_INLINE = re.compile(rb"^[ \t]*[\"']?(?P<name>[\w.-]+)[\"']?[ \t]*=[ \t]*(?:\{.*)?[\"'^~=<>! ]*\Z")
_NAME = re.compile(rb"^[ \t]*name[ \t]*[=:][ \t]*[\"']?([^\"'\r\n#]+)", re.MULTILINE)
# Tables and keys in which a tool keeps the project's version.
_OWN = re.compile(
    r"(?:project|tool\.poetry|metadata|tool\.flit\.metadata|tool\.pdm|package|workspace\.package"
    r"|tool\.hatch\.version|tool\.briefcase)\|version"
    r"|(?:tool\.)?bumpversion\|current_version|(?:tool\.)?bump2version\|current_version"
    r"|(?:tool\.)?bumpver\|current_version|(?:tool\.)?commitizen\|version"
    r"|(?:tool\.tbump\.)?version\|current|tool\.towncrier\|version|tool\.semantic_release\|version"
    r"|\|sonar\.projectVersion|tool\.briefcase\.app\.[\w-]+\|version"
)
_NAMED = frozenset({"project", "tool.poetry", "metadata", "package"})
_DEPENDENCIES = re.compile(
    r"(?:^|[.-])(?:dev-)?(?:dependencies|requires|dependency-groups)(?:$|\.)|sources$"
)


def toml_judgement(place: MatchContext) -> ContextJudgement | None:
    """What table and key say; None when the line is no pair of a key and a version."""
    table, start = _table(place)
    key = _KEY.match(place.before)
    if _DEPENDENCIES.search(table):
        return _dependency(place)
    if key is None:
        return None
    name = text(key["key"]).strip("\"'")
    if _OWN.fullmatch(f"{table}|{name}"):
        return _own_table(place, table, start)
    if name == "version":
        return unclear("table", f"a version in the table [{table[:40]}]")
    return None


def _table(place: MatchContext) -> tuple[str, int]:
    """The table the line stands in, and where it begins."""
    tables = place.once("tables", lambda: list(_TABLE.finditer(place.content)))
    i = bisect_right(tables, place.line_start, key=lambda table: table.start())
    return (text(tables[i - 1][1]).replace('"', ""), tables[i - 1].end()) if i else ("", 0)


def _dependency(place: MatchContext) -> ContextJudgement | None:
    inline = _INLINE.match(place.before)
    if inline is None:
        return None
    if place.names.mean_us(text(inline["name"])):
        return unclear("dependency", "a dependency on ourselves")
    return others("dependency", "it pins the package that is named before it")


def _own_table(place: MatchContext, table: str, start: int) -> ContextJudgement:
    after = _TABLE.search(place.content, start)
    body = place.content[start : after.start() if after else len(place.content)]
    name = _NAME.search(body) if table in _NAMED else None
    if name and not place.names.mean_us(text(name[1]).strip()):
        return others("table", "the table names another project")
    if place.in_test:
        return unclear("table", "a project in the files of a test")
    if not place.in_root and name is None:
        return unclear("table", "the file is not in the root, and its table names no project")
    if table == "package" and name is None:
        return unclear("table", "a table that names no project")
    return ours("table", f"our version in the table [{table}]" if table else "our version")
