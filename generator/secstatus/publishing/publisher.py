"""The trusted publisher that a project should have on the index, as its form asks for it."""

from __future__ import annotations

from dataclasses import dataclass

UNKNOWN = "(not known here)"
BLANK = "(leave it blank)"


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who may publish. None: not known here. `environment` empty: the publisher names none."""

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
            ("Environment name", _environment(self.environment)),
        )


def publisher_of(
    slug: str, project: str | None, workflow: str | None = None, environment: str | None = None
) -> Publisher:
    """The publisher of the repository `OWNER/NAME`; an empty slug is a repository not known."""
    owner, _, repository = slug.partition("/")
    return Publisher(owner or None, repository or None, workflow, environment, project or None)


def _environment(name: str | None) -> str:
    if name is None:
        return UNKNOWN
    return name or BLANK
