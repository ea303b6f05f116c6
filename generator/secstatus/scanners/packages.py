"""Packages in reports: ecosystems (`ecosystems.toml`), package URLs and inventories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from secstatus.package_data import Section, read_data
from secstatus.scanners.reading import read_line
from secstatus.text.package_names import normalize_package_name

PYPI = "pypi"
_NONE: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ecosystems:
    """Purl types by the words of reports and by the names of files, and all distributions.

    A distribution is also a word, for the type of its packages.
    """

    type_of_word: Mapping[str, str]
    type_of_file: Mapping[str, str]
    distributions: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Ecosystem:
    type: str
    words: frozenset[str]
    distributions: frozenset[str]
    files: frozenset[str]


@lru_cache(maxsize=1)
def load_ecosystems() -> Ecosystems:
    """The ecosystems in `ecosystems.toml`, read once."""
    return parse_ecosystems(read_data("secstatus.scanners", "ecosystems.toml"))


def parse_ecosystems(data: Section) -> Ecosystems:
    """The ecosystems in the data. Raises DataFileError also for a word of two ecosystems."""
    found = data.entries("ecosystem", _read_ecosystem, "type")
    data.close()
    words: dict[str, str] = {}
    for each in found:
        for word in (each.type, *each.words, *each.distributions):
            if word in words:
                raise data.error(f"{word!r} stands for {words[word]} and for {each.type}")
            words[word] = each.type
    files = {name: each.type for each in found for name in each.files}
    return Ecosystems(words, files, _NONE.union(*(each.distributions for each in found)))


def _read_ecosystem(entry: Section) -> _Ecosystem:
    return _Ecosystem(
        entry.text("type"),
        entry.words("words"),
        entry.words("distributions", _NONE),
        entry.words("files", _NONE),
    )


def _normalize_word(word: object) -> str:
    """`Debian:11` → `debian`; `crates.io` → `crates-io`."""
    # OSV appends the release of a distribution to the ecosystem's name, after a colon.
    text = read_line(word).lower().partition(":")[0]
    return "-".join(text.replace(".", " ").replace("_", " ").split())


def find_purl_type(word: object) -> str:
    """Return the purl type for a report's word; empty for an empty word.

    A word that `ecosystems.toml` does not have is returned as the type.
    """
    plain = _normalize_word(word)
    return load_ecosystems().type_of_word.get(plain, plain)


def find_ecosystem_of_file(path: str) -> str:
    """Return the purl type that uses a lock file or manifest of that name; empty without one."""
    name = path.rpartition("/")[2].lower()
    # Archives of Java are found by their ending: their names differ with every artifact.
    if name.endswith((".jar", ".war", ".ear")):
        return "maven"
    return load_ecosystems().type_of_file.get(name, "")


def qualify_name(name: str, word: object) -> str:
    """Return the qualified name: that of a PyPI package unchanged, `npm:ajv` for another.

    Without a word it is a package of PyPI, unless the name is not valid there.
    """
    kind, plain = find_purl_type(word) or _guess_type(name), _normalize_word(word)
    if not name or kind in ("", PYPI):
        return name
    if kind == "maven":
        # Reports write `group:artifact`, a package URL `group/artifact`.
        name = name.replace(":", "/")
    if plain in load_ecosystems().distributions and "/" not in name:
        name = f"{plain}/{name}"
    return f"{kind}:{name}"


def _guess_type(name: str) -> str:
    """`org.x:lib` is a name of Maven, `@scope/name` one of npm."""
    if name.startswith("@") and "/" in name:
        return "npm"
    return "maven" if ":" in name else ""


def get_ecosystem(package: str) -> str:
    """The purl type of a package that is named as the program does it."""
    kind, mark, _ = package.partition(":")
    return kind if mark else PYPI


def list_ecosystems(packages: Iterable[str]) -> tuple[str, ...]:
    """The purl types of packages, each once, sorted."""
    return tuple(sorted({get_ecosystem(package) for package in packages if package}))


LONGEST_URL = 1000
# A package URL inside of a longer text. The lengths keep the search linear in hostile text.
_INSIDE = re.compile(r"pkg:[A-Za-z][A-Za-z0-9.+-]{0,30}/[^\s'\"<>()\[\]{},;|]{1,900}")


def parse_package_url(url: str) -> tuple[str, str] | None:
    """Return name and version (may be empty) of a package URL; None for an invalid one.

    A PyPI name is in its PEP 503 form; others are qualified and keep their namespace
    (`apk:alpine/zlib`).
    """
    scheme, _, rest = url.strip().partition(":")
    if scheme.lower() != "pkg" or len(url) > LONGEST_URL:
        return None
    # https://github.com/package-url/purl-spec
    # scheme:type/namespace/name@version?qualifiers#subpath
    path = rest.partition("#")[0].partition("?")[0].strip("/")
    kind, _, path = path.partition("/")
    path, mark, version = path.rpartition("@")
    # An `@` before the last `/` belongs to a namespace (`@scope/name`), not to a version.
    if not mark or "/" in version:
        path, version = (path + mark + version), ""
    kind, name, version = kind.lower(), unquote(path).strip("/"), unquote(version)
    if not name or not (kind + name).isprintable() or not version.isprintable():
        return None
    return (normalize_package_name(name) if kind == PYPI else f"{kind}:{name}"), version


def name_package(name: str, url: str, word: str) -> str:
    """A package that a report names in three ways: by name, package URL and ecosystem's word.

    A name of PyPI stays as it is; that of another ecosystem is the one of the package URL.
    """
    known = parse_package_url(url)
    if known is None:
        return qualify_name(name, word)
    return name or known[0] if get_ecosystem(known[0]) == PYPI else known[0]


def find_packages(text: str) -> list[tuple[str, str]]:
    """Return name and version of every package URL in a text."""
    # Most texts of a report hold none: a substring test is cheaper than the expression.
    if "pkg:" not in text:
        return []
    found = (parse_package_url(match.rstrip(".")) for match in _INSIDE.findall(text))
    return [package for package in found if package]


# What setuptools installs when it cannot read a project's metadata.
_UNBUILT = "unknown"


def inventory_key(package: str) -> str:
    """The key of a package: its PEP 503 name without extras; another ecosystem's name as it is."""
    if get_ecosystem(package) != PYPI:
        return package
    return normalize_package_name(package.partition("[")[0].strip())


def list_inventory(packages: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Every package with its versions, in the order of the report."""
    # A dictionary for the versions: one environment may have a package twice, in two folders.
    found: dict[str, dict[str, None]] = {}
    for package, version in packages:
        versions = found.setdefault(inventory_key(package), {})
        if version:
            versions[version] = None
    return {package: tuple(versions) for package, versions in found.items() if package}


def find_unbuilt(inventory: Mapping[str, object]) -> tuple[str, ...]:
    """Return a sentence when a distribution named UNKNOWN was scanned instead of a project."""
    if _UNBUILT not in inventory:
        return ()
    return (
        "It looked at a distribution named UNKNOWN: the metadata of a project could not be built, "
        "so its dependencies are not known.",
    )
