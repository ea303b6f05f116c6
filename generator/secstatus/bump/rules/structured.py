"""TOML, INI, YAML and lock files: the table or key that contains a version."""

from __future__ import annotations

import re
from bisect import bisect_right

from secstatus.bump.context import MatchContext, decode_for_display, needs_review, others, ours
from secstatus.bump.reference import ContextJudgement

_TABLE = re.compile(
    rb"^[ \t]*\[{1,2}[ \t]*([^\]\r\n]+?)[ \t]*\]{1,2}[ \t]*(?:#.*)?\r?$", re.MULTILINE
)
_KEY = re.compile(rb"^[ \t]*(?P<key>[\w.\"'-]+)[ \t]*[=:][ \t]*[\"']?\Z")
_INLINE = re.compile(rb"^[ \t]*[\"']?(?P<name>[\w.-]+)[\"']?[ \t]*=[ \t]*(?:\{.*)?[\"'^~=<>! ]*\Z")
_NAME = re.compile(rb"^[ \t]*name[ \t]*[=:][ \t]*[\"']?([^\"'\r\n#]+)", re.MULTILINE)
# Tables and keys in which a tool keeps the project's version.
# Poetry, flit, PDM, hatch, briefcase, uv and setup.cfg; then tools that bump versions, each with
# the key that its documentation names.
_OWN = re.compile(
    r"(?:project|tool\.poetry|metadata|tool\.flit\.metadata|tool\.pdm|package|workspace\.package"
    r"|tool\.hatch\.version|tool\.briefcase)\|version"
    r"|(?:tool\.)?bumpversion\|current_version|(?:tool\.)?bump2version\|current_version"
    r"|(?:tool\.)?bumpver\|current_version|(?:tool\.)?commitizen\|version"
    r"|(?:tool\.tbump\.)?version\|current|tool\.towncrier\|version|tool\.semantic_release\|version"
    r"|\|sonar\.projectVersion|tool\.briefcase\.app\.[\w-]+\|version"
)
_NAMED = frozenset({"project", "tool.poetry", "metadata", "package"})
# PEP 735 for `dependency-groups`; `sources` are those of uv (`tool.uv.sources`).
_DEPENDENCIES = re.compile(
    r"(?:^|[.-])(?:dev-)?(?:dependencies|requires|dependency-groups)(?:$|\.)|sources$"
)


def judge_toml(context: MatchContext) -> ContextJudgement | None:
    """The judgement from table and key; None when the line is not a pair of a key and a version."""
    table, start = _table(context)
    key = _KEY.match(context.before)
    if _DEPENDENCIES.search(table):
        return _dependency(context)
    if key is None:
        return None
    name = decode_for_display(key["key"]).strip("\"'")
    if _OWN.fullmatch(f"{table}|{name}"):
        return _own_table(context, table, start)
    if name == "version":
        return needs_review("table", f"a version in the table [{table[:40]}]")
    return None


def _table(context: MatchContext) -> tuple[str, int]:
    """The name of the table that contains the line, and the offset of its content."""
    tables = context.once("tables", lambda: list(_TABLE.finditer(context.content)))
    # The tables are found once for the file, in their order.
    i = bisect_right(tables, context.line_start, key=lambda table: table.start())
    return (
        (decode_for_display(tables[i - 1][1]).replace('"', ""), tables[i - 1].end())
        if i
        else ("", 0)
    )


def _dependency(context: MatchContext) -> ContextJudgement | None:
    inline = _INLINE.match(context.before)
    if inline is None:
        return None
    if context.names.mean_us(decode_for_display(inline["name"])):
        return needs_review("dependency", "a dependency on ourselves")
    return others("dependency", "it pins the package that is named before it")


def _own_table(context: MatchContext, table: str, start: int) -> ContextJudgement:
    after = _TABLE.search(context.content, start)
    body = context.content[start : after.start() if after else len(context.content)]
    name = _NAME.search(body) if table in _NAMED else None
    if name and not context.names.mean_us(decode_for_display(name[1]).strip()):
        return others("table", "the table names another project")
    if context.in_test:
        return needs_review("table", "a project in the files of a test")
    # Monorepos and templates hold the configuration of other projects.
    if not context.in_root and name is None:
        return needs_review("table", "the file is not in the root, and its table names no project")
    if table == "package" and name is None:
        return needs_review("table", "a table that names no project")
    return ours("table", f"our version in the table [{table}]" if table else "our version")


_YAML_KEY = re.compile(
    rb"^(?P<indent>[ ]*)(?P<dash>-[ ]+)?[\"']?(?P<key>[\w.-]+)[\"']?[ ]*:[ ]+[\"']?\Z"
)
_NEIGHBOUR = re.compile(
    rb"^(?P<indent>[ ]*)(?P<dash>-[ ]+)?(?P<key>name|package|repo|repository|image|title"
    rb"|project|chart|module):[ ]+[\"']?(?P<value>[^\"'\r\n#]+)"
)
# Recipes of conda set the version by Jinja:
# https://docs.conda.io/projects/conda-build/en/stable/resources/define-metadata.html
_SET = re.compile(rb"\{%-?\s*set\s+version\s*=\s*[\"']\Z")
_SET_NAME = re.compile(rb"\{%-?\s*set\s+name\s*=\s*[\"']([^\"']+)")
_ENV = re.compile(rb"^[ -]*(?P<name>\w+?)_VERSION[ ]*[:=][ ]*[\"']?\Z", re.IGNORECASE)
# `rev`: pre-commit; `ref`: checkouts of GitHub Actions; `appVersion`: Helm; `newTag`: kustomize.
_KEYS = frozenset(
    {"version", "tag", "rev", "ref", "appVersion", "release", "newTag", "current_version"}
)


def judge_yaml(context: MatchContext) -> ContextJudgement | None:
    """The judgement from key and neighbours; None for a line without a key or a recipe's `set`."""
    if _SET.search(context.before):
        name = _SET_NAME.search(context.content)
        if name and context.names.mean_us(decode_for_display(name[1])):
            return ours("recipe", "the version of our recipe")
        return needs_review("recipe", "the recipe does not name us")
    key = _YAML_KEY.match(context.before)
    if key is None:
        return None
    word = decode_for_display(key["key"])
    if word not in _KEYS:
        return _named_key(context, word)
    if not key["indent"] and not key["dash"]:
        top = _top_level(context, word)
        if top is not None:
            return top
    return _by_neighbour(context, len(key["indent"]) + len(key["dash"] or b""))


def _named_key(context: MatchContext, word: str) -> ContextJudgement | None:
    if context.names.mean_us(word):
        return ours("yaml", "the key is our name")
    if _ENV.match(context.before) and context.names.mean_us(word.rpartition("_")[0]):
        return ours("yaml", "the key is our name")
    return None


def _top_level(context: MatchContext, word: str) -> ContextJudgement | None:
    """Files whose top level is about the project."""
    # https://citation-file-format.github.io/: `version` is that of the work in the repository.
    if context.path == "CITATION.cff" and word == "version":
        return ours("citation", "the version that is cited")
    # https://helm.sh/docs/topics/charts/: `version` is that of the chart, `appVersion` that of what
    # it installs.
    if context.name == "Chart.yaml" and word == "appVersion" and not context.in_test:
        return ours("chart", "the version that the chart installs")
    if context.name == "Chart.yaml":
        return needs_review("chart", "the version of the chart, not of the project")
    return None


def _by_neighbour(context: MatchContext, indent: int) -> ContextJudgement:
    name = _neighbour(context, indent)
    if not name:
        return needs_review("yaml", "nothing next to it says what it is the version of")
    last = re.split(r"[/:]", name.rstrip("/").removesuffix(".git"))[-1]
    if not context.names.mean_us(last):
        return others("yaml", "the entry names another project")
    if context.in_test:
        return needs_review("yaml", "our name in the data of a test")
    return ours("yaml", "the entry is named as we are")


def _neighbour(context: MatchContext, indent: int) -> str:
    """The name in the same mapping: the lines around, up to one that is indented less."""
    # A mapping of more than some thirty lines is no entry with a name and a version.
    below = context.content[context.line_end : context.line_end + 1_500].split(b"\n")[1:]
    for lines, upwards in ((context.above.split(b"\n")[-2::-1], True), (below, False)):
        for line in lines[:30]:
            found = _NEIGHBOUR.match(line)
            depth = len(line) - len(line.lstrip(b" "))
            starts = line.lstrip().startswith(b"- ")
            level = depth + (2 if starts else 0)
            if found and level == indent and not (starts and not upwards):
                return decode_for_display(found["value"]).strip()
            if line.strip() and (level < indent or (starts and level <= indent)):
                break
    return ""


# An entry with the hashes of about a hundred wheels has as many bytes.
_LONGEST = 20_000
# `[[package]]` of most, `[[packages]]` of pylock.
_ENTRY = b"\n[[package"
_LOCK_NAME = re.compile(rb"^name\s*=\s*[\"']([^\"'\n]+)[\"']", re.MULTILINE)
_VERSION_LINE = re.compile(rb"\s{0,2}version\s*=\s*[\"']\Z")
# The project itself lies on the disk: uv, poetry, pdm and cargo each in their own words.
_ON_DISK = re.compile(
    rb"^source\s*=\s*\{\s*(?:editable|virtual|directory)\s*="
    rb"|^type\s*=\s*[\"']directory[\"']|^editable\s*=\s*true|^path\s*=\s*[\"']\."
    rb"|^directory\s*=|^\[packages?\.directory\]",
    re.MULTILINE,
)
_SOURCE = re.compile(rb"^source\s*=", re.MULTILINE)


def judge_lock(context: MatchContext) -> ContextJudgement:
    """The owner of the entry in the lock file: the project, else others."""
    # Versions of the project itself stand under `packages[""]`; npm writes them when it installs.
    if context.name in {"package-lock.json", "npm-shrinkwrap.json"}:
        return others("lock entry", "an entry of another package")
    entry = _entry(context)
    name = _LOCK_NAME.search(entry)
    if name is None or not _VERSION_LINE.fullmatch(context.before):
        return others("lock entry", "it is not the version line of an entry")
    if not context.names.mean_us(decode_for_display(name[1])):
        return others("lock entry", "an entry of another package")
    if _ON_DISK.search(entry):
        return ours("lock entry", "our own entry")
    # cargo writes no source for packages of the workspace.
    if context.name == "Cargo.lock" and not _SOURCE.search(entry):
        return ours("lock entry", "our own entry")
    return needs_review("lock entry", "our name, but not from this folder")


def _entry(context: MatchContext) -> bytes:
    """The entry around the version, from its heading to the next one."""
    start = context.content.rfind(_ENTRY, 0, context.occurrence.start)
    if start < 0 and not context.content.startswith(_ENTRY[1:]):
        return b""
    end = context.content.find(_ENTRY, context.occurrence.end)
    end = end if end >= 0 else len(context.content)
    return context.content[max(0, start) : min(end, max(0, start) + _LONGEST)]
