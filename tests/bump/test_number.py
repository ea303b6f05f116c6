"""Version numbers: laws on generated versions, then one case each."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from secstatus.bump.number import PARTS, VersionInfo, chosen, successor, suggestions, version_info
from secstatus.errors import InvalidVersionError

numbers = st.integers(0, 2100)


@st.composite
def versions(draw, local=True):
    """Any version in any spelling that PEP 440 allows, mostly canonical."""
    epoch = draw(st.sampled_from(("", "", "1!", "7!")))
    release = ".".join(map(str, draw(st.lists(numbers, min_size=1, max_size=5))))
    pre = draw(st.sampled_from(("", "", "a", "b", "rc", "-alpha.", ".c", "_preview")))
    pre += str(draw(numbers)) if pre else ""
    post = draw(st.sampled_from(("", "", ".post0", ".post3", "-1", ".rev2")))
    dev = draw(st.sampled_from(("", "", ".dev0", ".dev5", "-dev")))
    return (
        epoch + release + pre + post + dev + draw(st.sampled_from(("", "+x.1") if local else ("",)))
    )


def error_of(call, *arguments):
    with pytest.raises(InvalidVersionError) as caught:
        call(*arguments)
    return caught.value


@given(versions(), st.sampled_from(PARTS))
def test_a_successor_is_greater_and_canonical(current, part):
    try:
        following = successor(current, part)
    except InvalidVersionError:
        # Only these can have nothing greater of their kind.
        assert part in {"alpha", "beta", "release", "post"}
        return
    assert Version(following) > Version(current)
    assert str(Version(following)) == following == version_info(following).current_version
    assert Version(following).epoch == Version(current).epoch
    assert Version(following).local is None


@given(versions())
def test_the_three_numbers_go_there_and_back(current):
    info = version_info(current)
    release = (*Version(current).release, 0, 0)[:3]
    assert (info.major, info.minor, info.patch) == release
    assert version_info(info.current_version) == info


@given(versions(), versions() | st.sampled_from(PARTS), st.text(max_size=5))
def test_what_was_chosen_is_greater(current, wish, comment):
    try:
        request = chosen(current, wish, comment)
    except InvalidVersionError:
        return
    new = request.new_version.current_version
    assert Version(new) > Version(current)
    assert str(Version(new)) == new
    assert request.old_version == version_info(current)
    assert request.comment == comment


@given(versions(local=False), versions(local=False))
def test_of_two_versions_one_may_follow_the_other(one, other):
    low, high = sorted((str(Version(one)), str(Version(other))), key=Version)
    if Version(low) == Version(high):
        error_of(chosen, low, high, "")
    else:
        assert chosen(low, high, "").new_version.current_version == high
        assert low in str(error_of(chosen, high, low, ""))


def message_of(call, *arguments):
    try:
        call(*arguments)
    except InvalidVersionError as error:
        return error.message + error.hint
    return ""


@given(st.text(max_size=120))
def test_any_text_is_a_version_or_a_named_error(text):
    assert message_of(version_info, text).isprintable()
    assert message_of(chosen, "1.0", text, "").isprintable()


@given(versions())
def test_every_suggestion_can_be_chosen(current):
    offered = suggestions(current)
    for word, version in offered:
        by_word, by_version = chosen(current, word, ""), chosen(current, version, "")
        assert by_word.new_version == by_version.new_version
    assert ("release" in dict(offered)) == (
        Version(current).pre is not None
        or (Version(current).is_devrelease and not Version(current).is_postrelease)
    )


@pytest.mark.parametrize(
    ("current", "part", "expected"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("0.2", "minor", "0.3"),
        ("0.2", "major", "1.0"),
        ("1.2", "patch", "1.2.1"),
        ("7", "major", "8"),
        ("7", "minor", "7.1"),
        ("1.2.3.4", "patch", "1.2.4.0"),
        ("2026.11.2", "patch", "2026.11.3"),
        ("2026.01", "minor", "2026.2"),
        ("1.2.0rc1", "patch", "1.2.0"),
        ("1.2.0rc1", "minor", "1.2.0"),
        ("1.2.0rc1", "major", "2.0.0"),
        ("1.2.1rc1", "minor", "1.3.0"),
        ("2.0.0.dev4", "major", "2.0.0"),
        ("1.2rc1", "patch", "1.2"),
        ("3!1.2.3+local", "patch", "3!1.2.4"),
        ("1.0.post1.dev2", "patch", "1.0.1"),
        ("1.2.3", "alpha", "1.2.4a1"),
        ("1.2.0a1", "alpha", "1.2.0a2"),
        ("1.2.0a3", "beta", "1.2.0b1"),
        ("1.2.0.dev4", "rc", "1.2.0rc1"),
        ("1.2.0rc1.dev3", "rc", "1.2.0rc1"),
        ("1.2.0rc1.post3", "rc", "1.2.0rc2"),
        ("1.2.0b2", "pre-release", "1.2.0b3"),
        ("1.2.0", "pre-release", "1.2.1rc1"),
        ("1.2.0rc1", "release", "1.2.0"),
        ("1.2.0.dev3", "release", "1.2.0"),
        ("1.0.post1.dev2", "release", "1.0.post1"),
        ("1.2.0", "post", "1.2.0.post1"),
        ("1.2.0.post1", "post", "1.2.0.post2"),
        ("1.0.post1.dev2", "post", "1.0.post1"),
        ("1.2.0", "dev", "1.2.1.dev1"),
        ("1.2.0rc1", "dev", "1.2.0rc2.dev1"),
        ("1.2.0b1.dev1", "dev", "1.2.0b1.dev2"),
        ("1.0.post1.dev1", "dev", "1.0.post1.dev2"),
    ],
)
def test_successors(current, part, expected):
    assert successor(current, part) == expected


@pytest.mark.parametrize(
    ("current", "part", "word"),
    [
        ("1.2.0rc1", "alpha", "lower"),
        ("1.2.0", "release", "nothing to finish"),
        ("1.2.0rc1", "post", "pre-release"),
        ("1.2.0", "micro", "no part"),
        ("9" * 100, "major", "at most 100"),
    ],
)
def test_where_nothing_follows(current, part, word):
    assert word in str(error_of(successor, current, part))


@pytest.mark.parametrize("text", ["1.é", "1.\u0662", "1.2\t", " 1"])
def test_what_is_no_printable_ascii_is_said_to_be_none(text):
    assert "printable ASCII" in error_of(version_info, text).hint


def test_what_a_version_says():
    assert version_info("1" * 100).patch == 0
    assert version_info("1.2") == VersionInfo("1.2", 1, 2, 0)
    assert version_info("1!4.5.6.7rc2+x") == VersionInfo("1!4.5.6.7rc2+x", 4, 5, 6)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1.2 ",
        " 1.2",
        "1.2\n",
        "one",
        "1..2",
        "1.2.x",
        "1.2\u0661",
        "1.\u202e2",
        "1" * 101,
        "\x1b[31m1",
    ],
)
def test_no_versions(text):
    error = error_of(version_info, text)
    assert "expected a version" in error.message
    assert error.message.isprintable()


@pytest.mark.parametrize(
    ("wish", "message", "hint"),
    [
        ("v1.3.0", "leading v", "'1.3.0'"),
        ("1.3.0+build", "local part", "1.3.0"),
        ("1.3.0-rc.1", "canonical", "Write 1.3.0rc1"),
        ("01.3", "canonical", "Write 1.3"),
        ("1.2.3", "equal to", "1.2.4 (patch)"),
        ("1.2.3.0", "equal to", "1.2.4 (patch)"),
        ("1.2.3rc1", "lower than", "2.0.0 (major)"),
        ("0.9", "current version '1.2.3'", "1.3.0 (minor)"),
        ("ptach", "neither", "Did you mean patch?"),
        ("Minor", "neither", "Did you mean minor?"),
        ("prerelease", "neither", "Did you mean pre-release?"),
        ("banana", "expected a version such as", ""),
        ("", "expected a version such as", ""),
    ],
)
def test_what_cannot_be_chosen(wish, message, hint):
    error = error_of(chosen, "1.2.3", wish, "")
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("wish", "bump_type"),
    [
        ("minor", "minor"),
        ("rc", "pre-release"),
        ("dev", "pre-release"),
        ("post", "custom"),
        ("1.3.0", "custom"),
    ],
)
def test_kinds_of_bumps(wish, bump_type):
    assert chosen("1.2.3", wish, "why").bump_type == bump_type


def test_a_finished_pre_release_is_offered_first():
    assert suggestions("1.2.0rc1")[0] == ("release", "1.2.0")
    assert dict(suggestions("1.2.0")) == {
        "patch": "1.2.1",
        "minor": "1.3.0",
        "major": "2.0.0",
        "pre-release": "1.2.1rc1",
    }
