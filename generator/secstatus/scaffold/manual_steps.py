"""Steps left to the user: the settings of the repository, and the form of the package index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from secstatus.scaffold.workflows import ENVIRONMENT, PUBLISHING, SCANNING, Variables


@dataclass(frozen=True, slots=True)
class PublisherSetup:
    """The fields of the form for a trusted publisher, as it wants them."""

    project: str
    owner: str
    repository: str
    workflow: str = PUBLISHING.rpartition("/")[2]
    environment: str = ENVIRONMENT

    def document(self) -> dict[str, str]:
        return {
            "environment": self.environment,
            "owner": self.owner,
            "project": self.project,
            "repository": self.repository,
            "workflow": self.workflow,
        }

    def lines(self) -> list[str]:
        fields = (
            ("PyPI project name", self.project),
            ("Owner", self.owner),
            ("Repository name", self.repository),
            ("Workflow name", self.workflow),
            ("Environment name", self.environment),
        )
        return [f"   {name + ':':<19}{value}" for name, value in fields]


def describe_publisher(variables: Variables) -> PublisherSetup:
    owner, name = variables.repository.split("/")
    return PublisherSetup(variables.package, owner, name)


@dataclass(frozen=True, slots=True)
class ManualSteps:
    """What the steps depend on. `by_hand`: lines for `[tool.secstatus]`; `ignored`: paths that git
    leaves out; `files`: what the project has or will have below `.github`."""

    written: Sequence[str]
    by_hand: Sequence[str]
    ignored: Sequence[str]
    files: Sequence[str]
    has_readme: bool
    gates_are_known: bool


def remaining(variables: Variables, left: ManualSteps) -> tuple[str, ...]:
    """The steps in their order; further lines of a step are indented."""
    return (*_in_the_tree(variables, left), *_on_github(variables, left), *_index(variables, left))


def _in_the_tree(variables: Variables, left: ManualSteps) -> Iterator[str]:
    if left.by_hand:
        lines = "\n".join(f"   {line}" for line in left.by_hand)
        yield f"Add to pyproject.toml, whose [tool.secstatus] is yours:\n{lines}"
    if left.ignored:
        paths = ", ".join(left.ignored)
        yield f"Let git see these, which a .gitignore leaves out: {paths}"
    if not left.has_readme:
        yield "Write a README.md and run `secstatus init` again: badges go under its first heading."
    if not left.gates_are_known:
        yield (
            "Name the command that runs the tests: no release is held back by them until then.\n"
            "   secstatus init --gate 'make test'"
        )
    if left.written:
        add = " ".join(left.written)
        yield (
            f"Commit and push:\n   git add {add}\n"
            '   git commit -m "Add the security status"\n'
            f"   git push origin {variables.branch}"
        )


def _on_github(variables: Variables, left: ManualSteps) -> Iterator[str]:
    where, branch = f"https://github.com/{variables.repository}", variables.branch
    yield (
        f"Allow GitHub Actions at {where}/settings/actions\n"
        "   Workflow permissions may stay at read: each job asks for what it needs. A rule that\n"
        f"   protects {branch} has to let the workflows push: they commit security/ and releases."
    )
    if SCANNING in left.files:
        yield (
            f"Run {where}/actions/workflows/{SCANNING.rpartition('/')[2]}\n"
            f"   The first run scans and makes the branch {variables.pages_branch}.\n"
            "   Until then there is no page and no badge."
        )
    yield (
        f"Publish at {where}/settings/pages, after the first run\n"
        f"   Deploy from a branch: {variables.pages_branch}, / (root).\n"
        f"   The page: {variables.site_url}"
    )
    yield f"Enable private vulnerability reporting at {where}/settings/security_analysis"


def _index(variables: Variables, left: ManualSteps) -> Iterator[str]:
    if PUBLISHING not in left.files:
        return
    where = f"https://github.com/{variables.repository}/settings/environments"
    yield (
        f"Make the environment {ENVIRONMENT} at {where}\n"
        "   A reviewer may be asked there before anything is published."
    )
    yield "\n".join(
        [
            "Add a trusted publisher, GitHub, on the project's Publishing page of the index",
            "   (for a name that is not there yet: on that of your account), with exactly",
            *describe_publisher(variables).lines(),
        ]
    )
