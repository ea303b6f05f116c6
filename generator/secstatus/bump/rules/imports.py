"""Whose a name is, by the imports and assignments at the head of a module."""

from __future__ import annotations

import re

from secstatus.bump.context import MatchContext, decode_for_display

# How much of a file is looked through for imports.
_HEAD = 20_000


def is_own_module(context: MatchContext, root: str) -> bool | None:
    """Whether the name `root` means a module of the project; None if the file does not show it."""
    if context.names.mean_us(root):
        return True
    word = re.escape(root.encode())
    binding = re.search(
        rb"(?m)^\s*(?:import\s+(?P<module>[\w.]+)\s+as\s+"
        + word
        + rb"\b|from\s+(?P<package>[\w.]+)"
        rb"\s+import\s[^\n]*\b" + word + rb"\b|" + word + rb"\s*=\s*(?P<value>[^\n]+))",
        context.content[:_HEAD],
    )
    if binding is None:
        return False if context.names.mean_another(root) or _imports(context, word) else None
    if binding["value"] is not None:
        return True if context.names.stand_in(binding["value"]) else None
    source = decode_for_display(binding["module"] or binding["package"])
    return context.names.mean_us(source) or (source.startswith(".") and context.in_own_module)


def _imports(context: MatchContext, word: bytes) -> bool:
    return (
        re.search(rb"(?m)^\s*import\s[^\n]*\b" + word + rb"\b", context.content[:_HEAD]) is not None
    )


def is_own_import(context: MatchContext, word: str) -> bool | None:
    """The owner of a bare `__version__`: the module that it is imported from, else ours."""
    found = re.search(
        rb"(?m)^\s*from\s+([\w.]+)\s+import\s+(?:\([^)]*|[^\n(]*)(?<!\w)" + re.escape(word.encode())
        + rb"\b",
        context.content[:_HEAD],
    )  # fmt: skip
    if found is None:
        return True
    # `from . import __version__` is relative to a package of ours.
    source = decode_for_display(found[1])
    return context.names.mean_us(source) or source.startswith(".")
