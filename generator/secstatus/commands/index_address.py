"""The address of the package index: the stated one, else that of the index twine uploads to."""

from __future__ import annotations

import argparse
import ast
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from secstatus.adapters.http.url import check_url
from secstatus.errors import UsageError
from secstatus.text.package_names import normalize_package_name

# PEP 503 leaves the root to the index; this is the path of PyPI and of most other indexes.
SIMPLE = "simple/"


@dataclass(frozen=True, slots=True)
class IndexAddress:
    """The root of the simple API, with a slash at its end."""

    root: str

    def simple(self, project: str) -> str:
        """The simple page of the project."""
        # PEP 503: the page has the normalized name of the project and ends with a slash.
        return f"{self.root}{quote(normalize_package_name(project), safe='')}/"

    def release(self, project: str, version: str) -> str | None:
        """The address of the JSON of one release; None if it cannot be derived from the address."""
        # The JSON of a release is an API of Warehouse beside the simple API, and in no PEP.
        if not self.root.endswith(f"/{SIMPLE}"):
            return None
        base = self.root.removesuffix(SIMPLE)
        name = quote(normalize_package_name(project), safe="")
        return f"{base}pypi/{name}/{quote(version, safe='')}/json"

    def is_same_host(self, url: str) -> bool:
        """Whether the other address is on the same host; no other host is asked for evidence."""
        try:
            ours, other = urlsplit(self.root), urlsplit(url)
        # urlsplit raises ValueError for an unbalanced bracket of an IPv6 address.
        except ValueError:
            return False
        # Credentials may stand in the configured address, and never in a link of the index.
        host = ours.netloc.rpartition("@")[2]
        return (ours.scheme, host) == (other.scheme, other.netloc)


def add_index_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--index-url",
        default="",
        metavar="URL",
        help="the root of the simple index (default: that of twine)",
    )


def index_address(stated: str) -> IndexAddress:
    """Return the stated address, else that of twine's own index.

    Raises UsageError for an invalid address, and when there is none.
    """
    url = stated or _default()
    if not url:
        hint = "Set --index-url https://HOST/simple/, or install secstatus[publish]."
        raise UsageError("the package index is not configured", hint=hint)
    parts = check_url(url)
    # The name of the project is appended to the path, which a query would swallow.
    if parts.query or parts.fragment:
        raise UsageError("--index-url: found a query, expected an address that ends with a path")
    return IndexAddress(url if url.endswith("/") else f"{url}/")


def _default() -> str:
    """The simple API beside the web address in twine's code, which is read and not imported.

    Importing it takes most of a second.
    """
    spec = find_spec("twine")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        try:
            tree = ast.parse((Path(folder) / "repository.py").read_bytes())
        # ast.parse raises ValueError for NUL bytes up to Python 3.11, and SyntaxError from 3.12 on.
        except (OSError, SyntaxError, ValueError):
            continue
        for node in tree.body:
            # The package names no index of its own: what an upload uses is the default here too.
            if isinstance(node, ast.Assign) and _names(node) == ["WAREHOUSE_WEB"]:
                web = node.value.value if isinstance(node.value, ast.Constant) else None
                return f"{web.rstrip('/')}/{SIMPLE}" if isinstance(web, str) else ""
    return ""


def _names(node: ast.Assign) -> list[str]:
    return [target.id for target in node.targets if isinstance(target, ast.Name)]
