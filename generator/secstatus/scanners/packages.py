"""Packages in reports: ecosystems, package URLs and inventories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from secstatus.scanners.ecosystems import load_ecosystems
from secstatus.scanners.reading import read_line
from secstatus.text.package_names import normalize_package_name

PYPI = "pypi"


def _plain(word: object) -> str:
    """`Debian:11` → `debian`; `crates.io` → `crates-io`."""
    text = read_line(word).lower().partition(":")[0]
    return "-".join(text.replace(".", " ").replace("_", " ").split())


def purl_type(word: object) -> str:
    """The purl type that a report's word means; empty for no word.

    A word that `ecosystems.toml` does not have stands for itself.
    """
    plain = _plain(word)
    return load_ecosystems().type_of_word.get(plain, plain)


def ecosystem_of_file(path: str) -> str:
    """The purl type whose lock file or manifest has that name; empty for another file."""
    name = path.rpartition("/")[2].lower()
    if name.endswith((".jar", ".war", ".ear")):
        return "maven"
    return load_ecosystems().type_of_file.get(name, "")


def qualify_name(name: str, word: object) -> str:
    """The name as the program uses it: that of a PyPI package as it is, `npm:ajv` for another.

    Without a word it is a package of PyPI, but for a name that cannot be one there.
    """
    kind, plain = purl_type(word) or _by_shape(name), _plain(word)
    if not name or kind in ("", PYPI):
        return name
    if kind == "maven":
        name = name.replace(":", "/")
    if plain in load_ecosystems().distributions and "/" not in name:
        name = f"{plain}/{name}"
    return f"{kind}:{name}"


def _by_shape(name: str) -> str:
    """`org.x:lib` is a name of Maven, `@scope/name` one of npm."""
    if name.startswith("@") and "/" in name:
        return "npm"
    return "maven" if ":" in name else ""


def ecosystem_of(package: str) -> str:
    """The purl type of a package that is named as the program does it."""
    kind, mark, _ = package.partition(":")
    return kind if mark else PYPI


def ecosystems_of(packages: Iterable[str]) -> tuple[str, ...]:
    """The purl types of packages, each once, sorted."""
    return tuple(sorted(set(_kinds(packages))))


def _kinds(packages: Iterable[str]) -> Iterator[str]:
    return (ecosystem_of(package) for package in packages if package)


LONGEST = 1000
# A package URL inside of a longer text.
_INSIDE = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]{0,30}/[^\s'\"<>()\[\]{},;|]{1,900}")


def package_of(url: str) -> tuple[str, str] | None:
    """Name and version (may be empty) in a package URL; None for what is none.

    A name of PyPI comes in its PEP 503 form; others are qualified and keep their namespace
    (`apk:alpine/zlib`).
    """
    scheme, _, rest = url.strip().partition(":")
    if scheme.lower() != "pkg" or len(url) > LONGEST:
        return None
    path = rest.partition("#")[0].partition("?")[0].strip("/")
    kind, _, path = path.partition("/")
    path, mark, version = path.rpartition("@")
    # An `@` before the last `/` belongs to a namespace (`@scope/name`), not to a version.
    if not mark or "/" in version:
        path, version = (path + mark + version), ""
    kind, name, version = kind.lower(), unquote(path).strip("/"), unquote(version)
    if not name or not (kind + name).isprintable() or not version.isprintable():
        return None
    return (normalize_package_name(name) if kind == "pypi" else f"{kind}:{name}"), version


def name_package(name: str, url: str, word: str) -> str:
    """A package that a report names in three ways: by name, package URL and ecosystem's word.

    A name of PyPI stays as it is; that of another ecosystem is the one of the package URL.
    """
    known = package_of(url)
    if known is None:
        return qualify_name(name, word)
    return name or known[0] if ecosystem_of(known[0]) == PYPI else known[0]


def packages_in(text: str) -> list[tuple[str, str]]:
    """Name and version of every package URL that stands in a text."""
    if "pkg:" not in text:
        return []
    found = (package_of(match.rstrip(".")) for match in _INSIDE.findall(text))
    return [package for package in found if package]


# What setuptools installs when it cannot read a project's metadata.
_UNBUILT = "unknown"


def inventory_key(package: str) -> str:
    """The key of a package: its PEP 503 name without extras; another ecosystem's name as it is."""
    if ecosystem_of(package) != PYPI:
        return package
    return normalize_package_name(package.partition("[")[0].strip())


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
