"""Inventories: which packages a scan looked at, and what in a list of packages proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from secstatus.findings.affected import pypi_name
from secstatus.scanners.ecosystems import PYPI, ecosystem_of

# What setuptools installs when it cannot read a project's metadata.
_UNBUILT = "unknown"


def inventory_key(package: str) -> str:
    """The key of a package: its PEP 503 name without extras; another ecosystem's name as it is."""
    if ecosystem_of(package) != PYPI:
        return package
    return pypi_name(package.partition("[")[0])


def inventory_of(packages: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Every package with its versions, in the order of the report."""
    found: dict[str, dict[str, None]] = {}
    for package, version in packages:
        versions = found.setdefault(inventory_key(package), {})
        if version:
            versions[version] = None
    return {package: tuple(versions) for package, versions in found.items() if package}


def unbuilt(inventory: Mapping[str, object]) -> tuple[str, ...]:
    """A sentence when a distribution named UNKNOWN was looked at in the place of a project."""
    if _UNBUILT not in inventory:
        return ()
    return (
        "It looked at a distribution named UNKNOWN: the metadata of a project could not be built, "
        "so its dependencies are not known.",
    )
