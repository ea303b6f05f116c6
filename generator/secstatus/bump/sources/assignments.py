"""Versions assigned in Python modules, and the places that define the version."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from secstatus.bump.sources.modules import Layout
from secstatus.bump.sources.project_file import Read, VersionProject, without_long_strings
from secstatus.errors import DocumentUpdateError, shown
from secstatus.text.toml import decode_text, find_line_number

# More is no module that people write, and a search has to end.
LARGEST = 1_000_000
# Modules may import a name from each other in a circle.
_MOST_STEPS = 5
# `VERSION = __version__: Final = "1.2"`; what follows the text may only be a comment.
_ASSIGNMENT = re.compile(
    rb"^(?:\xef\xbb\xbf)?"
    rb"(?P<targets>(?:[A-Za-z_]\w{0,99}[ \t]*(?::[^=\n#]{1,100})?=(?!=)[ \t]*){1,5})"
    rb"(?P<value>[^\r\n]*)",
    re.MULTILINE,
)
_TARGET = re.compile(rb"([A-Za-z_]\w*)[ \t]*(?::[^=]*)?=")
# No escapes: a text that has to be evaluated is not taken for a version.
_LITERAL = re.compile(rb"[uU]?(['\"])([^'\"\\]{0,200})\1[ \t]*;?[ \t]*\Z")
_IMPORT = re.compile(
    rb"^from[ \t]+([\w.]{1,200})[ \t]+import[ \t]+(\([^)]{0,5000}\)|[^\n]*)", re.MULTILINE
)
_NAMED = re.compile(rb"\s*(\w+)(?:\s+as\s+(\w+))?\s*\Z")


@dataclass(frozen=True, slots=True)
class Assignment:
    """A name gets a value at the start of a line. `value` is None when it is not a plain string."""

    line_number: int
    value: str | None


def assignments(data: bytes, name: str) -> list[Assignment]:
    """All assignments of the name at the start of a line, outside of long strings.

    A file of more than a million bytes has none.
    """
    if len(data) > LARGEST:
        return []
    blanked = without_long_strings(data)
    return [
        Assignment(find_line_number(data, found.start()), _literal(found["value"]))
        for found in _ASSIGNMENT.finditer(blanked)
        if name.encode("utf-8", "replace") in _TARGET.findall(found["targets"])
    ]


def only_literal(data: bytes, name: str) -> Assignment | None:
    """The assignment when it is the only one, indented ones included, and a plain text.

    A second one may be the one that counts: the text is then a stand-in for an installed version.
    """
    found = assignments(data, name)
    anywhere = rb"(?<![\w.])" + re.escape(name.encode()) + rb"[ \t]*(?::[^=\n]{1,100})?=(?!=)"
    # `__version__ = "0.0.0"` in an `except` is the fallback for a checkout that is not installed.
    count = len(re.findall(anywhere, without_long_strings(data)))
    if len(found) == 1 and count == 1 and found[0].value is not None:
        return found[0]
    return None


def attribute(
    read: Read, roots: Sequence[str], dotted: str, name: str
) -> tuple[str, Assignment] | None:
    """Where the attribute `name` of the module is assigned: path and assignment.

    Modules are searched below the roots, in their order. Imports from another module of the
    project are followed. None when no assignment is found.
    """
    for _ in range(_MOST_STEPS):
        path = module_path(read, roots, dotted)
        data = read(path) if path else None
        if path is None or data is None:
            return None
        if found := assignments(data, name):
            return path, _the_one(path, name, found)
        imported = _imported(data, name)
        if imported is None:
            return None
        dotted, name = _absolute(imported[0], dotted, path), imported[1]
    return None


def module_path(read: Read, roots: Sequence[str], dotted: str) -> str | None:
    """The path of the module below the first root that has it."""
    stem = dotted.replace(".", "/")
    for root in roots:
        base = f"{root}/{stem}" if root else stem
        # Python prefers the package to the module of the same name.
        for path in (f"{base}/__init__.py", f"{base}.py"):
            if read(path) is not None:
                return path
    return None


def project_path(text: str, where: str) -> str:
    """The path as tracked files have it. Raises DocumentUpdateError when it leads out."""
    path = PurePosixPath(text)
    # The configuration may come from a fork: nothing outside the project is read.
    if not text or path.is_absolute() or ".." in path.parts or not text.isprintable():
        raise DocumentUpdateError(
            f"{where} names {shown(text)}, expected a path inside of the project",
            hint="Write the path from the top folder of the project.",
        )
    return str(path)


def _the_one(path: str, name: str, found: list[Assignment]) -> Assignment:
    if len({each.value for each in found}) > 1:
        lines = ", ".join(f"{shown(path)[1:-1]}:{each.line_number}" for each in found)
        raise DocumentUpdateError(
            f"{name} has several values, at {lines}", hint="Keep one of the assignments."
        )
    return found[0]


def _literal(value: bytes) -> str | None:
    found = _LITERAL.match(value.rstrip())
    return found[2].decode("utf-8", "replace") if found else None


def _imported(data: bytes, name: str) -> tuple[str, str] | None:
    """From which module, as written there, the name is imported, and its name in that one."""
    wanted = name.encode("utf-8", "replace")
    for found in _IMPORT.finditer(without_long_strings(data[:LARGEST])):
        for each in found[2].strip(b"() \t\r").split(b","):
            part = _NAMED.match(each)
            if part and (part[2] or part[1]) == wanted:
                return found[1].decode("ascii", "replace"), part[1].decode("ascii", "replace")
    return None


def _absolute(module: str, importer: str, path: str) -> str:
    """`._version`, imported by `pkg` → `pkg._version`."""
    dots = len(module) - len(module.lstrip("."))
    if not dots:
        return module
    parts = importer.split(".")
    # One dot is the package itself; from an `__init__.py` it is the module that imports.
    keep = len(parts) - dots + path.endswith("/__init__.py")
    return ".".join([*parts[: max(0, keep)], *filter(None, [module[dots:]])])


@dataclass(frozen=True, slots=True)
class VersionSource:
    """A place that defines the version; `what` is its display name, `version` its text."""

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
    project: VersionProject, layout: Layout, dotted: str, path: str, what: str
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


def file_source(
    project: VersionProject, files: Iterable[str], place: str, what: str
) -> VersionSource:
    named = list(files)
    if len(named) != 1:
        raise DocumentUpdateError(
            f"{place}: {what} names {len(named)} files, expected one",
            hint="Keep the version in one file of its own.",
        )
    path, data = read_named_file(project, named[0], place, what)
    lines = decode_text(data, path).split("\n")
    filled = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    if len(filled) != 1:
        raise nothing_in(path, f"{len(filled)} lines with text, not only the version,")
    return VersionSource(path, filled[0][0], what, filled[0][1])


def read_named_file(project: VersionProject, text: str, place: str, what: str) -> tuple[str, bytes]:
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
