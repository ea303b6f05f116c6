"""The jinja2 environment: where templates come from, and their compiled form kept for next time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader, StrictUndefined


def make_environment(folders: Sequence[Path]) -> Environment:
    """Templates of the first folder that has them; everything is escaped; no name may be missing.

    The last folder is the bundled one. The global `bundled_templates` holds the names that no
    other folder has, so that one can know what these templates do.

    Compiled templates are kept in the user's cache folder, when there is one that only the user
    can write to.
    """
    cache = _cache_folder()
    made = Environment(
        loader=FileSystemLoader([str(folder) for folder in folders]),
        autoescape=True,
        # A build is short; asking for the time of every template costs a call of the system each.
        auto_reload=False,
        bytecode_cache=FileSystemBytecodeCache(str(cache)) if cache else None,
        lstrip_blocks=True,
        trim_blocks=True,
        # By default jinja2 renders a misspelt name as an empty text.
        undefined=StrictUndefined,
    )
    *others, bundled = (frozenset(os.listdir(folder)) for folder in folders)
    made.globals["bundled_templates"] = bundled.difference(*others)
    return made


def _cache_folder() -> Path | None:
    # https://specifications.freedesktop.org/basedir-spec/latest/
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    folder = Path(base) / "secstatus" / "templates"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        state = folder.stat()
    except OSError:
        return None
    # Compiled code is run when it is loaded, so nobody else may have put it there.
    ours = state.st_uid == os.getuid() and not state.st_mode & 0o022
    return folder if ours else None
