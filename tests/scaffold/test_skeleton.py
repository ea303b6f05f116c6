"""The small files: only where they are missing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.scaffold.project_files import (
    has_policy,
    needs_keep_file,
    policy,
    with_site_ignored,
    with_union_merge,
)


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("SECURITY.md", True),
        ("security.rst", True),
        (".github/SECURITY.md", True),
        ("docs/Security.md", True),
        ("src/SECURITY.md", False),
        ("docs/deep/SECURITY.md", False),
        ("security/x.md", False),
        ("SECURITY_NOTES.md", False),
    ],
)
def test_where_github_looks_for_a_policy(path, there):
    assert has_policy(["README.md", path]) is there


def test_a_policy_leads_to_the_private_form_and_to_the_status():
    text = policy("lantern", "deepsea/lantern", "https://x.example/s/")
    assert "<https://github.com/deepsea/lantern/security/advisories/new>" in text
    assert "<https://x.example/s/>" in text


def test_a_folder_with_files_needs_no_file_that_keeps_it():
    assert needs_keep_file(["security/reports/latest.json"], "security/reports/latest")
    assert not needs_keep_file(["security/reports/latest/x.json"], "security/reports/latest")


@pytest.mark.parametrize("line", ["_site/", "_site", "/_site/", "/_site", "  _site/  "])
def test_a_site_that_is_ignored_already(line):
    text = f"build/\n{line}\ndist/"
    assert with_site_ignored(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "_site/\n"),
        ("build/\n", "build/\n_site/\n"),
        ("build/", "build/\n_site/\n"),
        ("build/\r\ndist/", "build/\r\ndist/\r\n_site/\r\n"),
        ("# _site/\n", "# _site/\n_site/\n"),
        ("docs/_site/\n", "docs/_site/\n_site/\n"),
    ],
)
def test_one_line_more(text, expected):
    assert with_site_ignored(text) == expected


def test_the_journal_is_merged_by_lines_unless_somebody_says_otherwise():
    assert with_union_merge("") == "journal.jsonl merge=union\n"
    assert with_union_merge("*.json -text") == "*.json -text\njournal.jsonl merge=union\n"
    for said in ("journal.jsonl merge=union\n", "journal.jsonl -merge\n", " journal.jsonl -diff"):
        assert with_union_merge(said) == said


@given(st.text(max_size=60))
def test_law_the_rest_stays_and_the_second_time_changes_nothing(text):
    once = with_site_ignored(text)
    assert once.startswith(text)
    assert with_site_ignored(once) == once
    merged = with_union_merge(text)
    assert merged.startswith(text)
    assert with_union_merge(merged) == merged
