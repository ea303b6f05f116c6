"""Whole sites, file by file. `make golden` rewrites them; read the diff before committing it."""

import os
import re
import shutil
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent.parent / "golden" / "sites"
STATES = (
    "accepted",
    "accepted-critical",
    "code",
    "design",
    "development",
    "failed",
    "high-failed",
    "history",
    "hostile",
    "measured",
    "open",
    "overdue",
    "own-advisory",
    "released",
)
# The same in every site; one copy is enough.
SHARED = ("style.css", "status.js", "icon.svg", "api/v1/schemas", "api/v1/openapi.json")

_ASSET = re.compile(r"\?v=[0-9a-f]{10}")


def content(folder):
    """Path → text, without the digests that change with every line of code or style."""
    return {
        path.relative_to(folder).as_posix(): _ASSET.sub("?v=0", path.read_text("utf-8"))
        for path in sorted(folder.rglob("*"))
        if path.is_file()
        and not path.relative_to(folder).as_posix().startswith(SHARED)
        and path.name != "manifest.json"
    }


@pytest.mark.parametrize("state", STATES)
def test_golden_site(built, state):
    site = content(built(state))
    kept = GOLDEN / state
    if os.environ.get("SECSTATUS_REWRITE_GOLDEN"):
        shutil.rmtree(kept, ignore_errors=True)
        for path, text in site.items():
            target = kept / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
    expected = content(kept)
    assert sorted(site) == sorted(expected)
    for path, text in site.items():
        assert text == expected[path], f"{state}/{path} differs from the golden site"
