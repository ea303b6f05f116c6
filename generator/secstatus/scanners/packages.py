"""Packages in reports: ecosystems, package URLs and inventories."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from secstatus.findings.osv_ranges import pypi_name
from secstatus.scanners.reading import read_line

PYPI = "pypi"

_WORDS = {
    PYPI: "python python-pkg python-package pip poetry pipenv uv pdm pylock pip-compile",
    "npm": "node node-js nodejs node-pkg yarn pnpm bun javascript js",
    "golang": "go gomod gobinary go-module go-mod",
    "maven": "jar pom java java-archive gradle gradle-lockfile sbt jenkins-plugin",
    "gem": "rubygems gemspec bundler ruby",
    "cargo": "crates-io crates rust rust-crate rustbinary rust-binary",
    "nuget": "dotnet dotnet-core dotnet-deps packages-props packages-config",
    "composer": "packagist php php-composer composer-vendor",
    "hex": "erlang elixir mix mix-lock",
    "pub": "dart dart-pub",
    "swift": "swifturl",
    "cocoapods": "pod",
    "conan": "conancenter",
    "conda": "conda-pkg conda-environment",
    "cran": "r-package",
    "githubactions": "actions github-actions github-action",
    "deb": "dpkg",
    "apk": "apkg",
    "rpm": "rpmdb",
}
# A distribution is the namespace of its packages: `deb:debian/zlib`.
_DISTRIBUTIONS = {
    "deb": "debian ubuntu",
    "apk": "alpine wolfi chainguard minimos",
    "rpm": "redhat red-hat centos fedora rocky rocky-linux alma almalinux amazon oracle photon "
    "mariner cbl-mariner azurelinux suse opensuse opensuse-leap opensuse-tumbleweed",
}


_FILES = {
    "npm": "package.json package-lock.json npm-shrinkwrap.json yarn.lock pnpm-lock.yaml bun.lock",
    "golang": "go.mod go.sum",
    "cargo": "cargo.lock cargo.toml",
    "gem": "gemfile.lock gemfile",
    "composer": "composer.lock composer.json",
    "maven": "pom.xml gradle.lockfile build.gradle build.gradle.kts",
    "nuget": "packages.lock.json packages.config",
    "hex": "mix.lock",
    "pub": "pubspec.lock",
}


def _by_word(table: Mapping[str, str]) -> dict[str, str]:
    return {word: kind for kind, words in table.items() for word in (kind, *words.split())}


_TYPES = {**_by_word(_DISTRIBUTIONS), **_by_word(_WORDS)}
_BY_FILE = {name: kind for kind, names in _FILES.items() for name in names.split()}
_NAMESPACES = frozenset(" ".join(_DISTRIBUTIONS.values()).split())


def _plain(word: object) -> str:
    """`Debian:11` → `debian`; `crates.io` → `crates-io`."""
    text = read_line(word).lower().partition(":")[0]
    return "-".join(text.replace(".", " ").replace("_", " ").split())


def purl_type(word: object) -> str:
    """The purl type that a report's word means; empty for no word.

    A word that this table does not know stands for itself.
    """
    plain = _plain(word)
    return _TYPES.get(plain, plain)


def ecosystem_of_file(path: str) -> str:
    """The purl type whose lock file or manifest has that name; empty for another file."""
    name = path.rpartition("/")[2].lower()
    return "maven" if name.endswith((".jar", ".war", ".ear")) else _BY_FILE.get(name, "")


def qualify_name(name: str, word: object) -> str:
    """The name as the program uses it: that of a PyPI package as it is, `npm:ajv` for another.

    Without a word it is a package of PyPI, but for a name that cannot be one there.
    """
    kind, plain = purl_type(word) or _by_shape(name), _plain(word)
    if not name or kind in ("", PYPI):
        return name
    if kind == "maven":
        name = name.replace(":", "/")
    if plain in _NAMESPACES and "/" not in name:
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
    return (canonicalize_name(name) if kind == "pypi" else f"{kind}:{name}"), version


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
