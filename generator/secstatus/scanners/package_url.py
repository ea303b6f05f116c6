"""Package URLs: `pkg:pypi/name@version` to name and version.

https://github.com/package-url/purl-spec. The result names a package and is never used as a path.
"""

from __future__ import annotations

from urllib.parse import unquote

from packaging.utils import canonicalize_name

LONGEST = 1000


def package_of(url: str) -> tuple[str, str] | None:
    """Name and version (may be empty) in a package URL; None for what is none.

    A name of PyPI comes in its PEP 503 form; others keep their namespace (`alpine/zlib`).
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
    name, version = unquote(path).strip("/"), unquote(version)
    if not name or not name.isprintable() or not version.isprintable():
        return None
    return (canonicalize_name(name) if kind.lower() == "pypi" else name), version
