"""`[tool.secstatus]` is added under what is there; what is there stays to the byte."""

import tomllib

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from secstatus.config import read_config
from secstatus.errors import InputError
from secstatus.scaffold.configuration import Wanted, has_name, table_of, with_configuration

URL = "https://deepsea.github.io/lantern/security-status/"
WANTED = Wanted("lantern", "deepsea/lantern", URL, ("make test",))
NAMED = Wanted("", "deepsea/lantern", URL, ("make test",))


def test_a_new_file_holds_what_the_reader_takes():
    text = with_configuration("", WANTED).text
    assert text == (
        "[tool.secstatus]\n"
        'package = "lantern"\n'
        'repository = "deepsea/lantern"\n'
        f'base_url = "{URL}"\n'
        'required_scanners = ["pip-audit", "bandit"]\n'
        "\n"
        "[tool.secstatus.bump]\n"
        'gates = ["make test"]\n'
    )
    config = read_config(text, "folder")
    assert (config.package, config.repository, config.base_url) == (
        "lantern",
        "deepsea/lantern",
        URL,
    )
    assert config.assessment.required_scanners == ("pip-audit", "bandit")
    assert config.bump.gates == ("make test",)


@pytest.mark.parametrize(
    "text",
    [
        '[project]\nname = "lantern"\n',
        '[project]\nname = "lantern"',
        '[project]\r\nname = "lantern"\r\n',
        '[project]\r\nname = "lantern"',
        "# only a comment",
        "[tool.other]\nx = 1\n",
        "tool.other.x = 1\n",
        "[tool]\nother = 1\n",
        "[[tool.other]]\nx = 1\n",
        'text = """\n[tool.secstatus]\n"""\n',
    ],
)
def test_what_is_there_stays_and_the_second_time_changes_nothing(text):
    once = with_configuration(text, NAMED)
    assert once.by_hand == ()
    assert once.text.startswith(text)
    assert table_of(once.text)["repository"] == "deepsea/lantern"
    end = "\r\n" if "\r\n" in text else "\n"
    assert once.text.count("\n") == once.text.count(end)
    assert with_configuration(once.text, NAMED).text == once.text


@pytest.mark.parametrize(
    "text",
    [
        "[tool.secstatus]\ncadence_days = 1\n",
        "tool.secstatus.cadence_days = 1\n",
        "[tool]\nsecstatus.cadence_days = 1\n",
        "[tool.secstatus.release]\nmost_a_week = 1\n",
    ],
)
def test_a_table_of_people_gets_the_missing_subtable_and_no_more(text):
    found = with_configuration(text, NAMED)
    assert found.text == text + '\n[tool.secstatus.bump]\ngates = ["make test"]\n'
    assert found.by_hand == ('repository = "deepsea/lantern"', f'base_url = "{URL}"')
    assert read_config(found.text, "folder").bump.gates == ("make test",)
    assert with_configuration(found.text, NAMED).text == found.text


@pytest.mark.parametrize(
    "text",
    [
        "tool = {}\n",
        "tool = { secstatus = { cadence_days = 1 } }\n",
        "[tool]\nsecstatus = { cadence_days = 1 }\n",
        "[tool.secstatus]\ncadence_days = 1\nbump = { tag = 'v{version}' }\n",
        "[tool.secstatus.bump]\ntag = 'v{version}'\n",
        "tool = 3\n",
        "[tool]\nsecstatus = 3\n",
    ],
)
def test_what_cannot_be_continued_stays_and_people_are_told(text):
    found = with_configuration(text, NAMED)
    assert found.text == text
    if "= 3" not in text:
        assert 'gates = ["make test"]' in found.by_hand


def test_gates_that_nobody_knows_are_not_written():
    text = with_configuration("", Wanted("", "a/b", URL, None)).text
    assert "bump" not in text
    assert read_config(text, "x").bump.gates is None
    assert (
        read_config(with_configuration("", Wanted("", "a/b", URL, ())).text, "x").bump.gates == ()
    )


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40))
def test_any_printable_command_comes_back(gate):
    text = with_configuration("", Wanted("", "a/b", URL, (gate,))).text
    assert tomllib.loads(text)["tool"]["secstatus"]["bump"]["gates"] == [gate]


@pytest.mark.parametrize("text", ["[a\n", "\ufeff[a]\n", "a = " + "[" * 5000, "a = " + "9" * 5000])
def test_what_is_no_toml_is_an_error(text):
    with pytest.raises(InputError):
        with_configuration(text, NAMED)


PIECES = st.sampled_from(
    ["[project]", "name = 'x'", "# note", "", "[tool.a]", "x = 1", "[tool.secstatus]", "[tool]",
     "secstatus.cadence_days = 2", "tool.secstatus.many = {}", "[[tool.b]]", 'y = """', '"""']
)  # fmt: skip


@given(st.lists(PIECES, max_size=8), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_law_nothing_is_lost_and_the_second_time_changes_nothing(pieces, end, ends):
    text = end.join(pieces) + (end if ends else "")
    try:
        before = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        assume(False)
    once = with_configuration(text, NAMED)
    assert once.text.startswith(text)
    assert with_configuration(once.text, NAMED).text == once.text
    after = tomllib.loads(once.text)
    others = {key: value for key, value in after.items() if key != "tool"}
    assert others == {key: value for key, value in before.items() if key != "tool"}
    old = table_of(text)
    assert {key: value for key, value in table_of(once.text).items() if key in old} == old


def test_whether_the_text_names_the_package():
    assert has_name("[project]\nname = 'x'\n")
    assert has_name("[tool.secstatus]\npackage = 'x'\n")
    assert not has_name("[tool.poetry]\nname = 'x'\n")
    assert not has_name("project = 3\n")
    assert not has_name("")
