"""The trusted publisher that a project should have, and the workflow jobs that publish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

UNKNOWN = "(not known here)"
BLANK = "(leave it blank)"


@dataclass(frozen=True, slots=True)
class Publisher:
    """A trusted publisher. None: not known. `environment` empty: the publisher names none."""

    owner: str | None = None
    repository: str | None = None
    workflow: str | None = None
    environment: str | None = None
    project: str | None = None

    @property
    def slug(self) -> str | None:
        """`OWNER/NAME`; None unless both are known."""
        return f"{self.owner}/{self.repository}" if self.owner and self.repository else None

    def form(self) -> tuple[tuple[str, str], ...]:
        """The fields of the index's form for a publisher on GitHub, and what to enter."""
        return (
            ("PyPI project name", self.project or UNKNOWN),
            ("Owner", self.owner or UNKNOWN),
            ("Repository name", self.repository or UNKNOWN),
            ("Workflow name", self.workflow or UNKNOWN),
            # The words are those of the form on PyPI, so that they can be followed field by field.
            ("Environment name", _environment(self.environment)),
        )


def make_publisher(
    slug: str, project: str | None, workflow: str | None = None, environment: str | None = None
) -> Publisher:
    """The publisher of the repository `OWNER/NAME`; an empty slug is a repository not known."""
    owner, _, repository = slug.partition("/")
    return Publisher(owner or None, repository or None, workflow, environment, project or None)


def _environment(name: str | None) -> str:
    if name is None:
        return UNKNOWN
    return name or BLANK


ACTION = "pypa/gh-action-pypi-publish@"
# The commands that upload with trusted publishing, or with a token.
_COMMAND = re.compile(r"\b(?:secstatus|twine|uv|flit|poetry|hatch) (?:upload|publish)\b")
LONGEST = 1024 * 1024


def find_publishing_environments(text: str) -> list[str | None]:
    """The environment of each job that publishes: empty for none, None for one that is computed.

    A file that is not a workflow has no such job.
    """
    import yaml

    # No workflow is that large, and parsing hostile YAML takes time.
    if len(text) > LONGEST:
        return []
    try:
        # YAML 1.1 reads the key `on` as true; jobs are not affected.
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    jobs = data.get("jobs") if isinstance(data, dict) else None
    listed = jobs.values() if isinstance(jobs, dict) else ()
    return [_stated_environment(job.get("environment")) for job in listed if _publishes(job)]


def _publishes(job: Any) -> bool:
    return any(_is_publishing(step) for step in _steps(job))


def _steps(job: Any) -> Iterator[dict[Any, Any]]:
    steps = job.get("steps") if isinstance(job, dict) else None
    for step in steps if isinstance(steps, list) else ():
        if isinstance(step, dict):
            yield step


def _is_publishing(step: dict[Any, Any]) -> bool:
    uses, command = step.get("uses"), step.get("run")
    if isinstance(uses, str) and uses.startswith(ACTION):
        return True
    return isinstance(command, str) and _COMMAND.search(command) is not None


def _stated_environment(value: Any) -> str | None:
    # GitHub accepts `environment: NAME` and an object with `name` and `url`.
    name = value.get("name") if isinstance(value, dict) else value
    if name is None:
        return ""
    # An expression is computed by the runner: unknown here, not empty.
    return name if isinstance(name, str) and "${{" not in name else None
