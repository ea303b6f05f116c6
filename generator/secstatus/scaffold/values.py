"""Values that may stand in YAML, TOML, Markdown or a shell, and OWNER/NAME of a git remote."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Longer ones belong in a script, where a reviewer sees them.
LONGEST_COMMAND = 500

# PEP 508 names; no length is given there, PyPI's database has a limit.
_PACKAGE = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
# An owner may have an underscore only where a company manages its accounts.
_REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,38}/[A-Za-z0-9._-]{1,100}")
_STEPS = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_PYTHON = re.compile(r"3\.[0-9]{1,2}")
_ARGUMENTS = re.compile(r"-[A-Za-z0-9 ._/=-]*")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[A-Za-z0-9._/-]*")
_TOOL = re.compile(r"[A-Za-z0-9._/:@+=<>~!,\[\]#&?-]{1,300}")


@dataclass(frozen=True, slots=True)
class Rule:
    """One value: the option that states it, its display name, and which texts may be it."""

    option: str
    what: str
    expected: str
    fits: Callable[[str], bool]


def is_package(text: str) -> bool:
    return _PACKAGE.fullmatch(text) is not None


def is_repository(text: str) -> bool:
    """Whether it can be OWNER/NAME on GitHub."""
    name = text.rpartition("/")[2]
    # GitHub reserves `.` and `..`, and drops `.git` from names.
    return bool(_REPOSITORY.fullmatch(text)) and name.strip(".") != "" and not _is_git(name)


def _is_git(name: str) -> bool:
    return name.lower().endswith(".git")


def is_branch(text: str) -> bool:
    """Whether git accepts it as the name of a branch, and it needs no quoting."""
    steps = text.split("/")
    # The rules of git check-ref-format.
    bad = ".." in text or text.endswith(".") or any(step.endswith(".lock") for step in steps)
    return bool(_STEPS.fullmatch(text)) and not bad and len(text) <= 200 and text != "HEAD"


def is_folder(text: str) -> bool:
    """Whether it is a path inside of the project, made of plain names; `.` is the project."""
    return text == "." or (bool(_STEPS.fullmatch(text)) and ".." not in text and len(text) <= 200)


def is_python(text: str) -> bool:
    return _PYTHON.fullmatch(text) is not None


def is_command(text: str) -> bool:
    """Whether it is a command of one line that only the shell interprets."""
    # `${{` is an expression of GitHub Actions, which runs before any shell.
    plain = text.isprintable() and text == text.strip() and "${{" not in text
    return plain and 0 < len(text) <= LONGEST_COMMAND


def is_tool(text: str) -> bool:
    # A leading dash would be an option of pip, such as --index-url.
    return _TOOL.fullmatch(text) is not None and not text.startswith("-")


def are_arguments(text: str) -> bool:
    return _ARGUMENTS.fullmatch(text) is not None and len(text) <= LONGEST_COMMAND


def is_address(text: str) -> bool:
    """Whether the address needs no quoting, neither in Markdown nor in a comment."""
    return _ADDRESS.fullmatch(text) is not None


_ONE_LINE = "a command of one line, printable, without ${{"
PACKAGE = Rule("--package", "name of the package", "letters, digits, `-`, `_` and `.`", is_package)
REPOSITORY = Rule("--repository", "repository on GitHub", "OWNER/NAME", is_repository)
BRANCH = Rule(
    "--branch", "default branch", "letters, digits, `-`, `_`, `.` and `/` only", is_branch
)
PYTHON = Rule("--python", "version of Python", "a version such as 3.13", is_python)
SOURCE = Rule("--source", "folder with the source code", "a path inside of the project", is_folder)
INSTALL = Rule("--install", "command that installs the project", _ONE_LINE, is_command)
AUDIT = Rule("--audit", "arguments of pip-audit", "options and plain paths", are_arguments)
GATE = Rule("--gate", "command that runs the tests", _ONE_LINE, is_command)
TOOL = Rule("--tool", "what pip installs to have secstatus", "a requirement", is_tool)


# https, ssh and git with or without user, password and port; and the form of scp.
_REMOTE = re.compile(
    r"(?:(?:https?|ssh|git|git\+ssh)://(?:[^/@\s]*@)?(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?/"
    r"|(?:[^/@:\s]+@)?(?P<scp>[A-Za-z0-9.-]+):(?!/))"
    r"/*(?P<path>[^\s?#]+?)/*"
)
_HOSTS = ("github.com", "www.github.com", "ssh.github.com")
_FIRST = ("origin", "upstream")


def repository_of(address: str) -> str:
    """OWNER/NAME; `""` for an address that is not a repository on github.com."""
    # The address may hold a password: it is matched, never printed.
    found = _REMOTE.fullmatch(address) if len(address) <= 2000 else None
    if found is None or (found["host"] or found["scp"]).lower() not in _HOSTS:
        return ""
    name = found["path"].removesuffix(".git")
    return name if is_repository(name) else ""


def repository_among(remotes: Mapping[str, str]) -> str:
    """The repository of the remotes (name → address): that of `origin`, of `upstream`, or of the
    only other one. `""` where none is on GitHub or the choice is ambiguous."""
    found = {name: repository_of(address) for name, address in remotes.items()}
    # In a fork `origin` is the fork, which is whose workflows will run.
    named = next((found[name] for name in _FIRST if found.get(name)), "")
    others = {name.lower(): name for name in found.values() if name}
    return named or (next(iter(others.values())) if len(others) == 1 else "")
