"""Source: a place that defines the version; and how one is read from a module or a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from secstatus.errors import DocumentUpdateError, shown
from secstatus.version.assignments import Assignment, attribute, project_path
from secstatus.version.own_modules import Layout
from secstatus.version.project_file import Project, strict_text


@dataclass(frozen=True, slots=True)
class VersionSource:
    """A place that defines the version; `what` is its name for people, `version` its text."""

    path: str
    line_number: int
    what: str
    version: str

    @property
    def place(self) -> str:
        path = self.path if self.path.isprintable() else ascii(self.path)[1:-1]
        return f"{path}:{self.line_number}"


def refuse_computed(path: str, what: str) -> DocumentUpdateError:
    return DocumentUpdateError(
        f"{path}: {what}: the version is computed, so that no text can be changed",
        hint='Write it as plain text, for example version = "1.2.3" under [project].',
    )


def attribute_source(
    project: Project, layout: Layout, dotted: str, path: str, what: str
) -> VersionSource:
    module, _, name = dotted.rpartition(".")
    found = attribute(project.read, layout.roots, module or layout.own.modules[0], name)
    if found is None:
        raise DocumentUpdateError(
            f"{path}: {what} {shown(dotted)} cannot be found in the tracked files",
            hint="Name a module of the project and a text that is assigned at the start of a line.",
        )
    return find_assigned_source(*found, name, f"{what} {dotted}")


def find_assigned_source(
    path: str, found: Assignment | None, name: str, what: str
) -> VersionSource:
    if found is None:
        raise nothing_in(path, f"no {name}")
    if found.value is None:
        raise refuse_computed(f"{shown(path)[1:-1]}:{found.line_number}", name)
    return VersionSource(path, found.line_number, what, found.value)


def file_source(project: Project, files: Iterable[str], place: str, what: str) -> VersionSource:
    named = list(files)
    if len(named) != 1:
        raise DocumentUpdateError(
            f"{place}: {what} names {len(named)} files, expected one",
            hint="Keep the version in one file of its own.",
        )
    path, data = read_named_file(project, named[0], place, what)
    lines = strict_text(data, path).split("\n")
    filled = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if len(filled) != 1:
        raise nothing_in(path, f"{len(filled)} lines with text, not only the version,")
    return VersionSource(path, filled[0][0], what, filled[0][1])


def read_named_file(project: Project, text: str, place: str, what: str) -> tuple[str, bytes]:
    path = project_path(text, f"{place}: {what}")
    data = project.read(path)
    if data is None:
        raise DocumentUpdateError(
            f"{place}: {what} names {shown(path)}, which is no tracked file",
            hint="Correct the path, or add the file to the repository.",
        )
    return path, data


def nothing_in(path: str, what: str) -> DocumentUpdateError:
    return DocumentUpdateError(
        f"{shown(path)[1:-1]}: found {what}, expected the version of the project",
        hint="Write the version there as plain text.",
    )
