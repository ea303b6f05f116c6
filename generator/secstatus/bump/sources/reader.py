"""Read the places that define the project's version, and check that they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from secstatus.bump.number import version_info
from secstatus.bump.reference import Own
from secstatus.bump.sources.assignments import VersionSource, module_path, only_literal
from secstatus.bump.sources.backends import LOOKED_FOR, dynamic_source, is_dynamic, static_sources
from secstatus.bump.sources.modules import Layout, layout_of
from secstatus.bump.sources.project_file import VersionProject, project_of
from secstatus.bump.sources.tags import refuse_tags
from secstatus.errors import DocumentUpdateError, InvalidVersionError

__all__ = ["VersionSource", "VersionSources", "sources"]

# Where packages keep a version of their own besides `__init__.py`.
# The file names that hatch, setuptools-scm and cookiecutters use.
_VERSION_MODULES = ("_version", "__about__", "version", "__version__", "_about", "about")


@dataclass(frozen=True, slots=True)
class VersionSources:
    """The version of a project, and every place that defines it; the one that counts first."""

    own: Own
    version: str
    places: tuple[VersionSource, ...]


def sources(read: Callable[[str], bytes | None], paths: Sequence[str]) -> VersionSources:
    """Finds the version. No module of the project is run or imported.

    `read` gives the bytes of a tracked file by its path with forward slashes, None when there is
    none; `paths` are all tracked files. Raises InputError for a configuration that cannot be read,
    InvalidVersionError for what is no version, and DocumentUpdateError when the version is
    written nowhere, comes from tags, is computed, or when two places disagree.
    """
    project = project_of(read, paths)
    layout = layout_of(project)
    defined = _defined(project, layout)
    for source in defined:
        _valid(source)
    known = {(source.path, source.line_number) for source in defined}
    literals = [
        source
        for source in _literals(project, layout)
        if (source.path, source.line_number) not in known
    ]
    places = (*defined, *literals)
    _agreed(places)
    return VersionSources(layout.own, places[0].version, places)


def _defined(project: VersionProject, layout: Layout) -> list[VersionSource]:
    dynamic = is_dynamic(project)
    static = static_sources(project)
    if static and not dynamic:
        return static
    source = dynamic_source(project, layout)
    if source:
        return [source, *static]
    # After the places: a project may require such a tool and still write the version down.
    refuse_tags(project)
    if static:
        return static
    raise DocumentUpdateError(
        f"no version of the project was found; looked for {LOOKED_FOR}",
        hint='Write version = "1.0.0" under [project] in pyproject.toml.',
    )


def _valid(source: VersionSource) -> None:
    try:
        version_info(source.version)
    except InvalidVersionError as error:
        raise InvalidVersionError(
            f"{source.place}: {source.what}: {error.message}",
            hint=error.hint or "Write a version of PEP 440 there.",
        ) from None


def _literals(project: VersionProject, layout: Layout) -> Iterator[VersionSource]:
    """`__version__` of the own modules where it is a plain text and a version.

    Others, such as `importlib.metadata.version("x")`, say nothing of their own.
    """
    for module in layout.own.modules:
        for name in (module, *(f"{module}.{each}" for each in _VERSION_MODULES)):
            path = module_path(project.read, layout.roots, name)
            found = only_literal(project.read(path) or b"", "__version__") if path else None
            if path and found and found.value is not None and _is_version(found.value):
                yield VersionSource(path, found.line_number, "`__version__`", found.value)


def _is_version(text: str) -> bool:
    from packaging.version import InvalidVersion, Version

    try:
        return bool(Version(text))
    except InvalidVersion:
        return False


def _agreed(places: Sequence[VersionSource]) -> None:
    """Raises DocumentUpdateError when the texts differ; equal in PEP 440 is not enough.

    A bump searches for the text as it is written.
    """
    first = places[0]
    other = next((each for each in places if each.version != first.version), None)
    if other is None:
        return
    raise DocumentUpdateError(
        f"{_said(first)}, {_said(other)}: two places that define the version disagree",
        hint="Write the right version in both, or take it from one of them in the other.",
        details=[_said(each) for each in places],
    )


def _said(source: VersionSource) -> str:
    return f"{source.place} ({source.what}) says {source.version}"
