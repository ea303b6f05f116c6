"""Which jobs of a workflow file publish, and in which environment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

ACTION = "pypa/gh-action-pypi-publish@"
_COMMAND = re.compile(r"\b(?:secstatus|twine|uv|flit|poetry|hatch) (?:upload|publish)\b")
LONGEST = 1024 * 1024


def publishing_environments(text: str) -> list[str | None]:
    """The environment of each job that publishes: empty for none, None for one that is computed.

    A file that is no workflow has no such job.
    """
    import yaml

    if len(text) > LONGEST:
        return []
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError):
        return []
    jobs = data.get("jobs") if isinstance(data, dict) else None
    listed = jobs.values() if isinstance(jobs, dict) else ()
    return [_environment(job.get("environment")) for job in listed if _publishes(job)]


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


def _environment(value: Any) -> str | None:
    name = value.get("name") if isinstance(value, dict) else value
    if name is None:
        return ""
    return name if isinstance(name, str) and "${{" not in name else None
