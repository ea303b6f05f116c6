"""OWNER/NAME out of addresses of remotes, and out of nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.scaffold.values import is_repository, repository_among, repository_of


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/deepsea/lantern",
        "https://github.com/deepsea/lantern.git",
        "https://github.com/deepsea/lantern/",
        "https://GitHub.com/deepsea/lantern.git",
        "https://me:ghp_secret@github.com/deepsea/lantern.git",
        "https://token@github.com:443/deepsea/lantern",
        "ssh://git@github.com/deepsea/lantern.git",
        "ssh://git@ssh.github.com:443/deepsea/lantern.git",
        "git+ssh://git@github.com/deepsea/lantern.git",
        "git://github.com/deepsea/lantern",
        "git@github.com:deepsea/lantern.git",
        "github.com:deepsea/lantern",
        "org-12@github.com:deepsea/lantern.git",
    ],
)
def test_every_form_of_an_address(address):
    assert repository_of(address) == "deepsea/lantern"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/srv/git/deepsea/lantern.git",
        "../lantern.git",
        "file:///github.com/deepsea/lantern",
        "https://github.com.evil.example/deepsea/lantern",
        "https://evil.example/github.com/deepsea/lantern",
        "https://github.com@evil.example/deepsea/lantern",
        "https://gitlab.com/deepsea/lantern",
        "git@evil.example:github.com/deepsea/lantern",
        "https://github.com/deepsea",
        "https://github.com/deepsea/lantern/tree/main",
        "https://github.com/deepsea/lantern\nhttps://github.com/a/b",
        "https://github.com/deep sea/lantern",
        "https://github.com/deepsea/$(touch x)",
        "https://github.com/../..",
        "git@github.com:/deepsea/lantern",
        "x" * 5000,
    ],
)
def test_what_is_no_repository_on_github(address):
    assert repository_of(address) == ""


@given(st.text(max_size=60))
def test_whatever_comes_out_is_a_repository(text):
    for address in (text, f"https://github.com/{text}", f"git@github.com:{text}"):
        found = repository_of(address)
        assert found == "" or is_repository(found)


HERE, FORK, LOCAL = "git@github.com:deepsea/lantern", "git@github.com:me/lantern", "/srv/x.git"


@pytest.mark.parametrize(
    ("remotes", "expected"),
    [
        ({}, ""),
        ({"origin": LOCAL}, ""),
        ({"fork": FORK, "origin": HERE}, "deepsea/lantern"),
        ({"fork": FORK, "origin": LOCAL, "upstream": HERE}, "deepsea/lantern"),
        ({"origin": LOCAL, "github": HERE}, "deepsea/lantern"),
        ({"a": HERE, "b": FORK}, ""),
        ({"a": HERE, "b": HERE.upper().replace("GIT@GITHUB.COM", "git@github.com")}, None),
    ],
)
def test_which_remote_counts(remotes, expected):
    found = repository_among(remotes)
    if expected is None:
        assert found.lower() == "deepsea/lantern"
    else:
        assert found == expected
