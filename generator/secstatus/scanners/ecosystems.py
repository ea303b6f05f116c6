"""Ecosystems: the word of a report for one (`pip`, `node-pkg`, `Debian:11`) to its purl type.

https://github.com/package-url/purl-spec/blob/main/PURL-TYPES.rst. A package is named as everywhere
in the program: a package of PyPI by its name alone, another one qualified (`npm:ajv`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from secstatus.scanners.reading import line_of

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
    text = line_of(word).lower().partition(":")[0]
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
