"""Globs of the configuration."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.text.globs import matches


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("README.md", "README.md"),
        ("*.md", "README.md"),
        ("**/*.md", "README.md"),
        ("**/*.md", "docs/a/b.md"),
        (".kiro/**/*.md", ".kiro/steering/tech.md"),
        ("**/tech.md", ".kiro/steering/tech.md"),
        ("docs/**", "docs/a/b.md"),
        ("docs/", "docs/a/b.md"),
        ("docs/?.md", "docs/a.md"),
        ("docs/[a-c].md", "docs/b.md"),
        ("docs/[!a].md", "docs/b.md"),
    ],
)
def test_matches(glob: str, path: str) -> None:
    assert matches(path, [glob])


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("*.md", "docs/README.md"),
        ("docs/*", "docs/a/b.md"),
        ("README.md", "xREADME.md"),
        ("a.md", "abmd"),
        ("docs/[!b].md", "docs/b.md"),
        ("docs/?.md", "docs/ab.md"),
    ],
)
def test_does_not_match(glob: str, path: str) -> None:
    assert not matches(path, [glob])


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_glob_is_an_error(glob: str, path: str) -> None:
    assert matches(path, [glob]) in {True, False}


@given(st.text("ab./-", min_size=1, max_size=20))
def test_a_path_matches_itself(path: str) -> None:
    if not path.endswith("/"):
        assert matches(path, [path])
