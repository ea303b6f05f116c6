"""The failure catalogue: its laws, and that a mistake in it is an error that names the entry."""

import re

import pytest

from secstatus.package_data import DataFileError, parse_data, read_data
from secstatus.publishing.failures.catalogue import load_catalogue, parse_catalogue

PREAMBLE = """
[links]
guide = "https://example.org/guide"
[fragments]
audience = 'from \\S{1,300}/audience'
[unknown]
area = "upload"
cause = "Unknown."
remedy = "Read the log."
link = "guide"
"""


def entry(name, **changes):
    keys = {
        "area": '"upload"',
        "patterns": "['bad']",
        "cause": '"It is bad."',
        "remedy": '"Improve {project}."',
        "link": '"guide"',
    } | changes
    lines = "".join(f"{key} = {value}\n" for key, value in keys.items() if value)
    return f'[[failure]]\nid = "{name}"\n{lines}'


def catalogue(*entries):
    text = PREAMBLE + entry("file-exists") + entry("reusable-workflow") + "".join(entries)
    return parse_catalogue(parse_data(text, "catalogue.toml"))


def test_a_catalogue_keeps_the_order_of_its_entries():
    found = catalogue(entry("slow", retry='"later"', patterns="['its {audience}']"))
    assert [each.id for each in found.failures] == ["file-exists", "reusable-workflow", "slow"]
    assert found.failure("slow").retry.value == "later"
    assert found.failure("slow").find_in(b"its\nfrom x/audience") == (0, 19)
    assert found.failure("slow").link == "https://example.org/guide"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"remedi": '"x"'}, "unknown key: remedi"),
        ({"cause": ""}, "cause: found None"),
        ({"remedy": "' '"}, "remedy: found ' '"),
        ({"patterns": "[]"}, r"patterns: found \[\]"),
        ({"patterns": "['a', 'a']"}, "patterns: 'a' occurs twice"),
        ({"patterns": "['a(']"}, r"missing \), unterminated subpattern"),
        ({"also": "['*']"}, "nothing to repeat"),
        ({"patterns": "['{audiense}']"}, "unknown fragment 'audiense'"),
        ({"retry": '"maybe"'}, "retry: found 'maybe', expected one of: no, yes, once"),
        ({"area": '"index"'}, "area: found 'index', expected one of: trusted publishing"),
        ({"link": '"gide"'}, "link: found 'gide', expected one of: guide"),
        ({"remedy": '"See {slugg}."'}, "remedy: unknown placeholder: slugg"),
        ({"remedy": '"A { alone."'}, "remedy: expected '}'"),
        ({"form": '"yes"'}, "form: found 'yes', expected a bool"),
    ],
)  # fmt: skip
def test_a_mistake_in_an_entry_is_an_error_that_names_it(changes, message):
    with pytest.raises(DataFileError, match=f"^catalogue.toml: failure odd: .*{message}"):
        catalogue(entry("odd", **changes))


@pytest.mark.parametrize("name", ["odd", "unknown"])
def test_a_name_that_occurs_twice_is_an_error(name):
    with pytest.raises(DataFileError, match=f"failure {name}: stands there 2 times"):
        catalogue(entry(name), entry("odd"))


def test_a_failure_that_the_program_asks_for_is_needed():
    with pytest.raises(DataFileError, match="failure reusable-workflow: stands there 0 times"):
        parse_catalogue(parse_data(PREAMBLE + entry("file-exists"), "catalogue.toml"))


def test_every_repetition_in_a_pattern_is_bounded():
    for failure in load_catalogue().failures:
        for pattern in (*failure.patterns, *failure.also):
            assert not re.search(rb"(?<!\\)[*+]|\{\d+,\}", pattern.pattern), failure.id


def test_every_pattern_can_match_a_folded_log():
    """A folded log is in lower case and has single blanks."""
    for failure in load_catalogue().failures:
        for pattern in (*failure.patterns, *failure.also):
            plain = re.sub(rb"\\S|\\u", b"", pattern.pattern)
            assert plain == plain.lower(), failure.id
            assert b"  " not in plain, failure.id


def test_every_link_is_used():
    links = read_data("secstatus.publishing.failures", "catalogue.toml").text_table("links")
    catalogue = load_catalogue()
    assert set(links.values()) == {each.link for each in (*catalogue.failures, catalogue.unknown)}
