"""Package URLs: `pkg:pypi/name@version` to name and version.

https://github.com/package-url/purl-spec. The result names a package and is never used as a path.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

from packaging.utils import canonicalize_name

from secstatus.scanners.ecosystems import PYPI, ecosystem_of, qualify_name

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
