"""Files from templates; the first line of each identifies it to the next run.

The line holds a digest of what follows it: a file that was changed since belongs to the user.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from secstatus.scaffold.project_files import split_keeping_ends
from secstatus.scaffold.values import AUDIT, BRANCH, INSTALL, PYTHON, REPOSITORY, SOURCE, TOOL, Rule

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = ".github"
PUBLISHING = ".github/workflows/pypi-publish.yml"
SCANNING = ".github/workflows/security-status.yml"
ENVIRONMENT = "pypi-publishing"
# Never reworded: a changed mark makes each file of earlier versions the user's own.
_MARK = "# secstatus init; change this file and it is yours: it is never written again. "
_LINE = re.compile(re.escape(_MARK) + r"((?:[a-z]+=[^\s=]+ )*)sha256=([0-9a-f]{64})")
# What people have said and no other file keeps: `name` → its rule.
REMEMBERED: Mapping[str, Rule] = {
    "audit": AUDIT,
    "branch": BRANCH,
    "install": INSTALL,
    "python": PYTHON,
    "repository": REPOSITORY,
    "source": SOURCE,
    "tool": TOOL,
}


@dataclass(frozen=True, slots=True)
class Variables:
    """What the templates may name. `said`: the remembered ones that no other file states."""

    package: str
    repository: str
    branch: str
    python: str
    source: str
    install: str
    audit: str
    gates: tuple[str, ...]
    tool: str
    site_url: str
    prefix: str
    pages_branch: str = "gh-pages"
    said: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> dict[str, Any]:
        """Name → value. The repository decides the times, so that runs are spread."""
        fields = (name for name in self.__dataclass_fields__ if name != "said")
        # GitHub delays and drops scheduled runs at full hours, when most are due.
        digest = sha256(self.repository.lower().encode()).digest()
        # From 1 to 58, so that no run begins at the full hour.
        times = {"hour": digest[0] % 24, "minute": 1 + digest[1] % 58, "weekday": digest[2] % 7}
        return {**{name: getattr(self, name) for name in fields}, **times}


class WorkflowFileState(StrEnum):
    """Owner of a file. `theirs`: never generated; `edited`: generated, then changed by the user."""

    MISSING = "missing"
    OURS = "ours"
    EDITED = "edited"
    THEIRS = "theirs"


def target_of(template: str) -> str:
    """The path of the file of a template: `workflows/x.yml.j2` → `.github/workflows/x.yml`."""
    path = template.removesuffix(".j2").removeprefix(f"{FOLDER}/")
    return f"{FOLDER}/{path}"


def render_workflow(env: Environment, template: str, variables: Variables) -> str:
    """The file of a template, with its first line. Raises jinja2's TemplateError."""
    body = _normal(env.get_template(template).render(variables.names()))
    pairs = sorted(variables.said.items())
    # Percent-encoded: a value with a blank or a line end stays one word of one line.
    said = "".join(f"{key}={quote(value, errors='replace')} " for key, value in pairs)
    return f"{_MARK}{said}sha256={_digest(body)}\n{body}"


def standing(text: str | None) -> WorkflowFileState:
    """The owner of the present file. Line ends are ignored, since git may change them."""
    if text is None:
        return WorkflowFileState.MISSING
    first, body = _parts(text)
    found = _LINE.fullmatch(first)
    if found is None:
        return (
            WorkflowFileState.EDITED if first.startswith(_MARK[:16]) else WorkflowFileState.THEIRS
        )
    return WorkflowFileState.OURS if found[2] == _digest(body) else WorkflowFileState.EDITED


def same(text: str | None, new: str) -> bool:
    """Whether the file holds this already, whatever its line ends are."""
    # git may check files out with CRLF; that is no change of the user's.
    return text is not None and _parts(text) == _parts(new)


def read_remembered(text: str) -> dict[str, str]:
    """The values in the first line of a file of ours that fit their rules."""
    found = _LINE.fullmatch(_parts(text)[0])
    pairs = (pair.split("=") for pair in (found[1] if found else "").split())
    said = {key: unquote(value) for key, value in pairs}
    # The line can be edited: each value is checked as if it came from an option.
    return {name: said[name] for name, rule in REMEMBERED.items() if rule.fits(said.get(name, ""))}


def _digest(body: str) -> str:
    return sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _parts(text: str) -> tuple[str, str]:
    first, *rest = split_keeping_ends(text) or [""]
    return first.rstrip("\r\n"), _normal("".join(rest))


def _normal(text: str) -> str:
    return "".join(line.rstrip("\r\n") + "\n" for line in split_keeping_ends(text))
