"""Nothing of a stranger gets into YAML, TOML, Markdown or a shell unless it is plain."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from secstatus.scaffold import values

HOSTILE = [
    "",
    " ",
    "$(touch x)",
    "`touch x`",
    'a"; rm -rf .',
    "a'b",
    "a\nb",
    "a\r",
    "a\tb",
    "../x",
    "/etc/passwd",
    "-x",
    "a b",
    "a${{ secrets.X }}",
    "a\u202eb",
    "a\0b",
    "ümläut",
    "a" * 600,
]
PLAIN = [values.PACKAGE, values.REPOSITORY, values.BRANCH, values.PYTHON, values.SOURCE]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("rule", PLAIN, ids=lambda rule: rule.option)
def test_hostile_texts_are_no_names(rule, text):
    assert not rule.fits(text)


@pytest.mark.parametrize("text", [text for text in HOSTILE if "/" not in text])
def test_hostile_texts_are_nothing_that_pip_installs(text):
    assert not values.is_tool(text)


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (values.PACKAGE, "a"),
        (values.PACKAGE, "Lantern-fish_2.x"),
        (values.REPOSITORY, "deepsea-tools/lantern.fish"),
        (values.REPOSITORY, "big_corp/-x"),
        (values.BRANCH, "release/1.x"),
        (values.PYTHON, "3.13"),
        (values.SOURCE, "."),
        (values.SOURCE, "src/lantern"),
        (values.TOOL, "secstatus==1.0"),
        (values.TOOL, "."),
        (values.TOOL, "git+https://github.com/o/n@0123abc"),
        (values.AUDIT, "--requirement requirements/base.txt"),
        (values.GATE, "make test && echo 'done'"),
    ],
)
def test_plain_texts_are(rule, text):
    assert rule.fits(text)


@pytest.mark.parametrize("text", ["a/b/c", "a/..", "a/.", "a/b.git", "a/b.GIT", "/b", "a/", "-a/b"])
def test_no_repository(text):
    assert not values.is_repository(text)


@pytest.mark.parametrize("text", ["a..b", "a/", "a.lock", "a.lock/b", "a.", "a//b", ".a", "HEAD"])
def test_names_that_git_refuses_are_no_branches(text):
    assert not values.is_branch(text)


@pytest.mark.parametrize("text", ["a\nb", "echo ${{ github.token }}", " a", "a\u202eb", "a" * 501])
def test_no_command(text):
    assert not values.is_command(text)


@given(st.text(max_size=30))
def test_a_plain_value_is_the_same_text_in_yaml_and_needs_no_quotes_in_a_shell(text):
    for rule in PLAIN:
        if rule.fits(text):
            assert yaml.safe_load(json.dumps(text)) == text
            assert not set(text) & set(" \t\n\"'`$&|;<>(){}*?!\\#~")
