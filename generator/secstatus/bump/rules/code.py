"""Code: assignments, keywords, and every way in which a test asserts a version."""

from __future__ import annotations

import re

from secstatus.bump.context import MatchContext, decode_for_display, needs_review, others, ours
from secstatus.bump.reference import ContextJudgement
from secstatus.bump.rules.imports import _HEAD, is_own_import, is_own_module
from secstatus.bump.vocabulary import FileType

_QUOTE = rb"(?:\b[fFrRbBuU]{1,2})?[\"'`]{1,3}\Z"
_EXPRESSION = (
    rb"(?<![\w.])(?P<subject>[A-Za-z_][\w.]*"
    rb"(?:(?:\([^()\n]*\)|\[[^\[\]\n]*\])(?:\.\w+(?:\(\))?)*)?)"
)
# Python, shell, make (`?=`, `:=`), JavaScript and Lua assign in one of these forms.
_ASSIGNED = re.compile(
    rb"^(?P<indent>\s*)(?:[A-Za-z_]\w*\s*=\s*)*(?:export\s+|readonly\s+|const\s+|let\s+|set\s+)?"
    rb"(?P<name>[A-Za-z_]\w*)\s*(?::\s*[\w.\[\]\"' ]+?)?\s*(?::|\?)?=\s*(?:" + _QUOTE + rb"|\Z)"
)
_COMPARED_LEFT = re.compile(_EXPRESSION + rb"\s*(?:===?|!==?)\s*\(?\s*" + _QUOTE)
_COMPARED_RIGHT = re.compile(rb"[\"']\s*(?:==|!=)\s*" + _EXPRESSION)
_CALLED_LEFT = re.compile(
    rb"(?:assert\w*equal\w*|assert_that|assertin|eq_?|equal|same|is_)\(\s*" + _EXPRESSION
    + rb"\s*,\s*(?:is_?\(|equal_to\()?" + _QUOTE
    + rb"|expect\(\s*" + _EXPRESSION.replace(b"subject", b"expected")
    + rb"\s*\)\.(?:to\w*|not)\(\s*" + _QUOTE,
    re.IGNORECASE,
)  # fmt: skip
_CALLED_RIGHT = re.compile(rb"[\"']\s*,\s*" + _EXPRESSION)
_CALLED_OPEN = re.compile(rb"(?:assert\w*equal\w*|assertin|eq_?|equal|same)\(\s*" + _QUOTE, re.I)
_WITHIN = re.compile(rb"(?:\\n|\\r)?[\"']\s*(?:not\s+)?in\s+" + _EXPRESSION)
_ENDS = re.compile(_EXPRESSION + rb"\.(?:startswith|endswith|count|find|index)\(\s*" + _QUOTE)
# A formatter breaks a comparison that is too long, so that the line begins with the string.
_BROKEN = re.compile(rb"\s+(?:==\s*|!=\s*)?[\"']")
_KEYWORD = re.compile(rb"(?:(?<![\w.-])version\s*=\s*|[\"']version[\"']\s*:\s*)" + _QUOTE)
_NEIGHBOUR = re.compile(
    rb"(?:(?<![\w-])(?:name|package|project|title|prog|prog_name|package_name|distribution|dist"
    rb"|module)|[\"'](?:name|package|project|title|module)[\"'])\s*[=:]\s*[\"']([^\"'\n]+)[\"']"
)
# click: `@version_option("1.2")`; argparse: `version="%(prog)s 1.2"`.
_OPTION = re.compile(rb"version_option\(\s*[\"']\Z|%\(prog\)s[ ,]*(?:version )?\Z")
_ARGUMENT = re.compile(rb"[\"']--version[\"']|action\s*=\s*[\"']version[\"']|version_option\(")
_ASKED = re.compile(rb"--version|[\"']-V[\"']|[\"']version[\"']\s*[\])]")
_COMMAND = re.compile(rb"([\w.-]*\w)[\"']?\s*,?\s*[\"']?--version")
_OUTPUT = re.compile(
    r"(?:^|[._])(?:std)?(?:out|output|stdout|err|stderr|text|printed|shown|banner)\b"
)
_PROJECT = re.compile(rb"^project\s*=\s*[\"']([^\"'\n]+)", re.MULTILINE)
# Where projects keep `__version__`, as hatch, flit and setuptools document it.
_VERSION_MODULES = frozenset(
    {"__init__.py", "version.py", "_version.py", "__version__.py", "__about__.py", "about.py",
     "__meta__.py", "metadata.py", "_about.py", "__main__.py", "cli.py", "main.py"}
)  # fmt: skip


def judge_code(context: MatchContext) -> ContextJudgement | None:
    """The judgement from the code around a version; None when no known form matches."""
    return _comparison(context) or _keyword(context) or _assignment(context)


def _comparison(context: MatchContext) -> ContextJudgement | None:
    expression = _compared(context)
    if expression is None:
        return None
    owner = _owner(context, expression)
    if owner is None:
        return needs_review("assertion", f"nothing says whose version {expression[:40]!r} is")
    if owner:
        return ours("assertion", "it is compared with our version")
    return others("assertion", "it is compared with the version of another package")


def _compared(context: MatchContext) -> str | None:
    """The expression the version is compared with."""
    before = _with_lines_above(context)
    for pattern in (_COMPARED_LEFT, _CALLED_LEFT, _ENDS):
        found = pattern.search(before)
        if found:
            return decode_for_display(found["subject"] or found.groupdict().get("expected") or b"")
    patterns = [_COMPARED_RIGHT, _WITHIN]
    if _CALLED_OPEN.search(before):
        patterns.append(_CALLED_RIGHT)
    for pattern in patterns:
        found = pattern.match(context.after)
        if found and context.before.endswith((b'"', b"'")):
            return decode_for_display(found["subject"])
    return None


def _with_lines_above(context: MatchContext) -> bytes:
    """The line up to the version; a formatter may have put the other half two lines above."""
    if not _BROKEN.fullmatch(context.before):
        return context.before
    lines = context.above.split(b"\n")[-3:-1]
    return b"".join(line.strip() for line in lines) + context.before.strip()


def _owner(context: MatchContext, expression: str) -> bool | None:
    """Whether the expression is our version; None when that cannot be determined."""
    if _OUTPUT.search(expression):
        return _output_is_ours(context)
    # A variable says nothing by its name; what was assigned to it last does.
    if re.fullmatch(r"(?:\w+_)?version|ver|v|result|actual|got|value", expression):
        return _variable_is_ours(context, expression)
    return context.once(f"owner {expression}", lambda: _named_owner(context, expression))


def _named_owner(context: MatchContext, expression: str) -> bool | None:
    """The same for an expression that means one thing in the whole file."""
    # importlib.metadata.version("x"), and pkg_resources.get_distribution("x").version before it.
    named = re.fullmatch(r"[\w.]*\(\s*[\"']([A-Za-z][\w.-]*)[\"']\s*\)(?:\.version)?", expression)
    if named and re.search(r"(?:version|get_distribution|distribution|metadata)\(", expression):
        return context.names.mean_us(named[1])
    if re.fullmatch(
        r"(?:[\w.]*\.)?__version__|(?:[\w.]*\.)?(?:get_version\(\)|__?VERSION(?:__)?|VERSION)",
        expression,
    ):
        root = expression.rpartition(".")[0]
        return (
            is_own_module(context, root)
            if root
            else is_own_import(context, expression.rstrip("()"))
        )
    if context.names.mean_us(expression.rpartition(".")[0]) and expression.endswith(".version"):
        return True
    return None


def _test_above(context: MatchContext) -> bytes:
    """The lines above, from the head of the function on."""
    above = context.above
    return above[max(above.rfind(b"\ndef "), above.rfind(b"    def "), above.rfind(b"\nit("), 0) :]


def _output_is_ours(context: MatchContext) -> bool | None:
    above = _test_above(context)
    commands = [decode_for_display(word) for word in _COMMAND.findall(above)]
    # The output of `git --version` in a test is not ours.
    foreign = commands and not any(context.names.mean_us(word) for word in commands)
    return True if _ASKED.search(above) and not foreign else None


def _variable_is_ours(context: MatchContext, name: str) -> bool | None:
    """Whether the variable was last set from our version. Without a setting it is ours."""
    pattern = re.compile(rb"\b" + re.escape(name.encode()) + rb"\s*(?::[^=\n]+)?=(?!=)\s*([^\n]+)")
    above = _test_above(context)
    settings = pattern.findall(above)
    word = re.escape(name.encode())
    # A parameter of a test comes from its table, which may be about anything.
    given = re.search(rb"\bdef \w+\([^)]*\b" + word + rb"\b|\bfor " + word + rb" in", above)
    if not settings:
        asserted = b"assert" in context.before
        return True if name == "version" and asserted and not given else None
    value = settings[-1]
    call = decode_for_display(value).strip()
    if re.search(r"(?:^|[.\s])(?:get_version\(\)|__version__|VERSION)$", call):
        return _owner(context, call)
    if re.search(r"(?:version|distribution)\(\s*[\"']", call):
        return _owner(context, call)
    return True if re.match(rb"__version__|str\(__version__", value) else None


def _keyword(context: MatchContext) -> ContextJudgement | None:
    """`version=` of a call, or `"version":` of a dictionary, by the name next to it."""
    keyword = _KEYWORD.search(context.before)
    argued = _ARGUMENT.search(context.previous_line + context.before) if keyword else None
    if (argued or _OPTION.search(context.before)) and not context.in_test:
        return _option(context)
    if not keyword:
        return None
    name = _neighbour(context)
    if name and not context.names.mean_us(name):
        return others("keyword", f"the entry names {name[:40]!r}")
    if context.in_test:
        return needs_review("keyword", "a version in the data of a test")
    if context.kind is FileType.OTHER:
        return needs_review("keyword", "a file of a kind that is not known")
    if name or (context.name == "setup.py" and context.in_root):
        return ours("keyword", "the call names us")
    return _assignment(context) or needs_review(
        "keyword", "nothing next to it says whose version it is"
    )


def _option(context: MatchContext) -> ContextJudgement:
    if context.in_own_module:
        return ours("option", "what our command answers to --version")
    return needs_review("option", "what a command answers to --version")


def _neighbour(context: MatchContext) -> str:
    """The name in the same call or dictionary: the neighbour of the version."""
    # A call or a dictionary that names a package does so within a few lines.
    low, high = max(0, context.occurrence.start - 400), context.occurrence.end + 400
    before, after = (
        context.content[low : context.occurrence.start],
        context.content[context.occurrence.end : high],
    )
    before = before[max(before.rfind(b"{"), before.rfind(b"("), before.rfind(b"}"), 0) :]
    ends = [end for end in (after.find(b"}"), after.find(b")"), after.find(b"{")) if end >= 0]
    after = after[: min(ends)] if ends else after
    found = _NEIGHBOUR.findall(before)
    later = _NEIGHBOUR.search(after)
    return decode_for_display(found[-1]) if found else decode_for_display(later[1]) if later else ""


def _assignment(context: MatchContext) -> ContextJudgement | None:
    found = _ASSIGNED.match(context.before)
    if found is None:
        return None
    name = decode_for_display(found["name"])
    prefix = re.fullmatch(r"(?i)_*(\w+?)_version_*", name)
    if prefix and context.names.mean_us(prefix[1]):
        return ours("assignment", "the variable has our name")
    if context.in_test and _expected(context, name):
        return ours("assertion", "the variable is compared with our version")
    if context.in_test or (found["indent"] and not name.strip("_").lower().endswith("version")):
        return needs_review("assignment", "a variable in a test or in a block")
    return _named_assignment(context, name, prefix[1] if prefix else "")


def _expected(context: MatchContext, name: str) -> bool:
    """Whether the variable is what the file expects our version to be."""
    word = re.escape(name.encode())
    found = re.search(
        _EXPRESSION + rb"\s*==\s*" + word + rb"\b|\b" + word + rb"\s*==\s*"
        + _EXPRESSION.replace(b"subject", b"right"),
        context.content[:_HEAD],
    )  # fmt: skip
    expression = decode_for_display(found["subject"] or found["right"]) if found else ""
    return expression not in {"", name, "version"} and _owner(context, expression) is True


# https://www.sphinx-doc.org/en/master/usage/configuration.html: `version` and `release` of conf.py
# are those of the documented project.
def _sphinx(context: MatchContext) -> ContextJudgement:
    project = _PROJECT.search(context.content)
    in_docs = context.path.split("/")[0] in {"docs", "doc", "documentation", "conf.py"}
    if in_docs or (project and context.names.stand_in(project[1])):
        return ours("sphinx", "the version that Sphinx shows")
    return needs_review("sphinx", "the version that another manual shows")


def _named_assignment(context: MatchContext, name: str, prefix: str) -> ContextJudgement | None:
    if context.name == "conf.py" and name in {"version", "release"}:
        return _sphinx(context)
    if context.path == "setup.py" and name.strip("_").lower() == "version":
        return ours("assignment", "the version of setup.py")
    if prefix and context.names.mean_another(prefix.lower()):
        return others("assignment", "the variable is named after something else")
    if context.kind is FileType.PROSE and context.names.mean_us(name):
        return ours("pin", "it pins our package")
    # `API_VERSION`, `SCHEMA_VERSION`, `MIN_VERSION`: versions of something else.
    if name.strip("_").lower() != "version":
        return needs_review("assignment", f"nothing says what {name[:40]!r} is the version of")
    if context.in_own_module and (name.startswith("__") or context.name in _VERSION_MODULES):
        return ours("assignment", "the version of our module")
    if (
        context.kind is FileType.PROSE
        and name.startswith("__")
        and context.names.stand_in(context.above[-400:])
    ):
        return ours("assignment", "an example that names our module")
    return needs_review("assignment", "the file is not one of our modules")
