"""Globs on whole paths with forward slashes. Hidden files and folders are files and folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

_PART = re.compile(r"(\*\*/|\*\*|\*|\?|\[!?[^\]/]+\])")


@lru_cache(maxsize=256)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(part) for part in _PART.split(glob)), re.DOTALL)


def _translated(part: str) -> str:
    known = {"**/": "(?:[^/]+/)*", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    if part in known:
        return known[part]
    if part.startswith("[") and part.endswith("]") and len(part) > 2:
        inside = part[1:-1].removeprefix("!")
        mark = "^" if part[1] == "!" else ""
        # A class of single characters; a range is one only when it goes upwards.
        ranges = re.sub(r"(.)-(.)", lambda m: m[0] if m[1] <= m[2] else m[1] + m[2], inside)
        escaped = re.sub(r"([\\^\[&~|])", r"\\\1", ranges)
        return f"[{mark}{escaped}]"
    return re.escape(part)


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether one of the globs matches the whole path. `**` crosses folders, `*` does not.

    A glob that ends with a slash matches everything below that folder.
    """
    # `fullmatch`: a glob for `a` must not match `a/b`.
    return any(
        _compiled(f"{glob}**" if glob.endswith("/") else glob).fullmatch(path) for glob in globs
    )
