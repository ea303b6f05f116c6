"""The table of ecosystems: its laws, and the mistake that would give a word two meanings."""

import re

import pytest

from secstatus.package_data import DataFileError, parse_data
from secstatus.scanners.packages import load_ecosystems, parse_ecosystems


def test_words_and_files_are_in_the_form_in_which_they_are_looked_up():
    found = load_ecosystems()
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", word) for word in found.type_of_word)
    assert all(name == name.lower() for name in found.type_of_file)


def test_a_type_and_a_distribution_are_words_too():
    found = load_ecosystems()
    assert all(found.type_of_word[each] == each for each in found.type_of_word.values())
    assert found.type_of_word["debian"] == "deb"
    assert found.distributions < found.type_of_word.keys()


def test_a_word_of_two_ecosystems_is_an_error():
    text = "[[ecosystem]]\ntype = 'npm'\nwords = 'js'\n[[ecosystem]]\ntype = 'bun'\nwords = 'js'\n"
    with pytest.raises(DataFileError, match="'js' stands for npm and for bun"):
        parse_ecosystems(parse_data(text, "ecosystems.toml"))
