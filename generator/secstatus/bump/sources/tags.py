"""Versions that are made from tags of the repository: there is nothing in the files to change."""

from __future__ import annotations

import re

from secstatus.bump.sources.assignments import LARGEST
from secstatus.bump.sources.project_file import SETUP_CFG, SETUP_PY, VersionProject
from secstatus.errors import DocumentUpdateError
from secstatus.text.package_names import normalize_package_name
from secstatus.text.toml import PYPROJECT, find_table, find_texts

TAG_SOURCES = frozenset({"vcs", "scm", "versioningit", "uv-dynamic-versioning"})
# Tools that make the version from tags: as tables of [tool], and as build requirements.
_TAG_TABLES = (
    "setuptools_scm",
    "vcs-versioning",
    "versioneer",
    "versioningit",
    "setuptools-git-versioning",
    "uv-dynamic-versioning",
)
_TAG_TOOLS = {
    "dunamai",
    "hatch-vcs",
    "pbr",
    "poetry-dynamic-versioning",
    "setuptools-git-versioning",
    "setuptools-scm",
    "uv-dynamic-versioning",
    "vcs-versioning",
    "versioneer",
    "versioningit",
}
# The keyword of setuptools-scm, versioneer.get_version(), and `pbr=True`.
_TAGS_IN_SETUP = re.compile(rb"\b(use_scm_version|versioneer|pbr[ \t]{0,9}=[ \t]{0,9}True)\b")


def refuse_tags(project: VersionProject) -> None:
    """Raises DocumentUpdateError when a build requirement or setup.py takes it from tags."""
    # Requirements of the build name these tools even where they have no table.
    for requirement in find_texts(project.pyproject, "build-system", "requires"):
        name = normalize_package_name(re.split(r"[^\w.-]", requirement.strip())[0])
        if name in _TAG_TOOLS:
            raise from_tags(PYPROJECT, f"the build requirement {name}")
    if found := _TAGS_IN_SETUP.search((project.read(SETUP_PY) or b"")[:LARGEST]):
        raise from_tags(SETUP_PY, found[1].decode())


def no_tag_tables(project: VersionProject) -> None:
    tool = find_table(project.pyproject, "tool")
    for name in _TAG_TABLES:
        if name in tool:
            raise from_tags(PYPROJECT, f"[tool.{name}]")
    for name in ("versioneer", "pbr"):
        if name in project.setup_cfg:
            raise from_tags(SETUP_CFG, f"[{name}]")


def from_tags(path: str, what: str) -> DocumentUpdateError:
    return DocumentUpdateError(
        f"{path}: {what}: the version comes from tags of the repository; tag it instead",
        hint="Tag the commit with the new version; no file has to change.",
    )
