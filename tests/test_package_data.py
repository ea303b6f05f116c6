"""Data files of the package: what is wrong in one is an error that names the entry and the key."""

from enum import StrEnum

import pytest

from secstatus.package_data import DataFileError, parse_data, read_data


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


def refused(text, read):
    with pytest.raises(DataFileError) as error:
        read(parse_data(text, "colours.toml"))
    return str(error.value)


def test_each_kind_of_value_is_read():
    data = parse_data(
        "prose = '''two\nlines'''\nmany = ['a b', 'c']\nwords = 'a b\\nc'\n"
        "yes = true\ncolour = 'blue'\nlink = 'one'\n[links]\none = '1'\n",
        "colours.toml",
    )
    assert data.text("prose") == "two lines"
    assert data.texts("many") == ("a b", "c")
    assert data.words("words") == {"a", "b\\nc"}
    assert data.flag("yes") is True
    assert data.choice("colour", Colour) is Colour.BLUE
    assert data.named("link", data.text_table("links")) == "1"
    data.close()


def test_what_is_absent_has_its_default_or_is_refused():
    data = parse_data("", "colours.toml")
    assert data.flag("yes") is False
    assert data.optional_flag("yes") is None
    assert data.text("prose", "") == ""
    assert data.texts("many", ()) == ()
    assert data.choice("colour", Colour, Colour.RED) is Colour.RED
    for read in (data.text, data.texts, data.words, data.table, data.text_table):
        with pytest.raises(DataFileError, match=r"^colours\.toml: key: found None"):
            read("key")


@pytest.mark.parametrize(
    ("text", "read", "message"),
    [
        ("key = 1", lambda data: data.text("key"), "key: found 1, expected a str"),
        ("key = ''", lambda data: data.text("key"), "key: found '', expected a str"),
        ("key = []", lambda data: data.texts("key"), "key: found [], expected a list"),
        ("key = [1]", lambda data: data.texts("key"), "key: expected a list of texts"),
        ("key = ['a', 'a']", lambda data: data.texts("key"), "key: 'a' occurs twice"),
        ("key = 'b a b'", lambda data: data.words("key"), "key: 'b' occurs twice"),
        ("key = 'no'", lambda data: data.flag("key"), "key: found 'no', expected a bool"),
        ("key = 'green'", lambda data: data.choice("key", Colour), "key: found 'green', expected one of: red, blue"),
        ("key = 'x'", lambda data: data.named("key", {"one": 1}), "key: found 'x', expected one of: one"),
        ("other = 1", lambda data: data.close(), "unknown key: other"),
        ("key = [1]", lambda data: data.entries("key", str, "id"), "key 1: found 1, expected a table"),
        ("", lambda data: data.compile("a(", {}), "missing ), unterminated subpattern at position 1 in b'a('"),
        ("", lambda data: data.compile("{a}", {}), "unknown fragment 'a' in '{a}'"),
        ("key = ", lambda data: None, "Invalid value (at end of document)"),
    ],
)  # fmt: skip
def test_an_error_names_the_file_and_the_key(text, read, message):
    assert refused(text, read) == f"colours.toml: {message}"


def test_an_error_in_an_entry_names_the_entry():
    text = "[[colour]]\nid = 'red'\nrgb = 'f00'\n[[colour]]\nid = 'blue'\nrbg = '00f'\n"

    def read(data):
        data.entries("colour", lambda entry: (entry.text("id"), entry.text("rgb")), "id")

    assert refused(text, read) == "colours.toml: colour blue: rgb: found None, expected a str"
    text = text.replace("rbg", "rgb").replace("id = 'blue'", "name = 'blue'")
    assert refused(text, read) == "colours.toml: colour 2: id: found None, expected a str"


def test_an_entry_with_a_key_that_nothing_takes_is_refused():
    def read(data):
        data.entries("colour", lambda entry: entry.text("id"), "id")

    text = "[[colour]]\nid = 'red'\nnote = 'x'\n"
    assert refused(text, read) == "colours.toml: colour red: unknown key: note"


def test_a_fragment_is_filled_in_and_a_repetition_is_not():
    pattern = parse_data("", "colours.toml").compile("{name}{2,3}", {"name": "[é]"})
    assert pattern.pattern == "[é]{2,3}".encode()


def test_a_file_that_does_not_exist_is_an_error():
    with pytest.raises(FileNotFoundError):
        read_data("secstatus", "none.toml")


def test_lines_of_a_pattern_are_joined_without_the_blanks_around_them():
    data = parse_data("key = '''\n    a b\n    |c'''\n", "colours.toml")
    assert data.pattern("key", {}).pattern == b"a b|c"
    assert data.pattern("absent", {}).pattern == b""


def test_a_choice_of_several_or_of_none():
    data = parse_data("key = ['red', 'blue']\n", "colours.toml")
    assert data.choices("key", Colour) == {Colour.RED, Colour.BLUE}
    assert data.choices("absent", Colour) == frozenset()
    assert data.optional_choice("absent", Colour) is None
    assert refused("key = ['red', 'green']", lambda data: data.choices("key", Colour)) == (
        "colours.toml: key: found 'green', expected one of: red, blue"
    )
