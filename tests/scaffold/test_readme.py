"""Badges in a README: put there once, replaced in place, and everything else to the byte."""

import re

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.scaffold.readme import BEGIN, END, RST_BEGIN, RST_END, ReadmeBadge, with_badges

ONE = [ReadmeBadge("[![a](https://x/a.svg)](https://x/)", ".. image:: https://x/a.svg\n   :alt: a")]
TWO = [
    *ONE,
    ReadmeBadge("[![b](https://x/b.svg)](https://x/)", ".. image:: https://x/b.svg\n   :alt: b"),
]
BLOCK = f"{BEGIN}\n{ONE[0].markdown}\n{END}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Lantern\n\nText.\n", f"# Lantern\n\n{BLOCK}\nText.\n"),
        ("# Lantern\nText.\n", f"# Lantern\n\n{BLOCK}\nText.\n"),
        ("# Lantern", f"# Lantern\n\n{BLOCK}"),
        ("Lantern\n=======\n\nText.\n", f"Lantern\n=======\n\n{BLOCK}\nText.\n"),
        ("Lantern\n-------\n\nText.\n", f"Lantern\n-------\n\n{BLOCK}\nText.\n"),
        ("Intro.\n\n## Two\n\nText.\n", f"Intro.\n\n## Two\n\n{BLOCK}\nText.\n"),
        ("<h1 align=center>\nL</h1>\n\nText.\n", f"<h1 align=center>\nL</h1>\n\n{BLOCK}\nText.\n"),
        ("```sh\n# no heading\n```\n# Yes\n", f"```sh\n# no heading\n```\n# Yes\n\n{BLOCK}"),
        ("~~~\n```\n# no\n~~~~\n# Yes\n", f"~~~\n```\n# no\n~~~~\n# Yes\n\n{BLOCK}"),
        ("    # code\n\n# Yes\n", f"    # code\n\n# Yes\n\n{BLOCK}"),
        ("<!--\n# no\n-->\n# Yes\n", f"<!--\n# no\n-->\n# Yes\n\n{BLOCK}"),
        ("---\ntitle: x\n---\nText.\n", f"---\ntitle: x\n---\n\n{BLOCK}\nText.\n"),
        ("| a |\n---\nText.\n", f"{BLOCK}\n| a |\n---\nText.\n"),
        ("#no heading\n", f"{BLOCK}\n#no heading\n"),
        ("Only text.\n", f"{BLOCK}\nOnly text.\n"),
        ("", BLOCK),
    ],
)
def test_after_the_first_heading(text, expected):
    assert with_badges(text, "README.md", ONE) == expected


@pytest.mark.parametrize("text", ["# A\n\nText.\n", "# A", "", "Text.\n", "A\n=\n"])
def test_line_ends_and_byte_order_mark_stay(text):
    crlf = "\ufeff" + text.replace("\n", "\r\n")
    found = with_badges(crlf, "README.md", ONE)
    assert found.startswith("\ufeff")
    if "\n" in text:
        assert found.count("\n") == found.count("\r\n")
        assert found == "\ufeff" + with_badges(text, "README.md", ONE).replace("\n", "\r\n")


def test_between_the_markers_only():
    before = with_badges("# A\n\nText.\n", "README.md", ONE)
    after = with_badges(before, "README.md", TWO)
    assert after == before.replace(ONE[0].markdown, f"{ONE[0].markdown}\n{TWO[1].markdown}")
    assert with_badges(after, "README.md", ONE) == before


def test_people_may_move_the_markers():
    text = f"# A\n\nText.\n     {BEGIN}  \n{END}\nMore.\n"
    found = with_badges(text, "README.md", ONE)
    assert found == text.replace(END, f"{ONE[0].markdown}\n{END}")


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        (f"# A\n{BEGIN}\n", "line 2", "and no"),
        (f"# A\n\n{END}\n", "line 3", "before it"),
        (f"{END}\n{BEGIN}\n", "line 1", "before it"),
        (f"{BEGIN}\n{BEGIN}\n{END}\n{END}\n", "line 2", "before it"),
        (f"{BEGIN}\n{END}\n{BEGIN}\n{END}\n", "line 3", "a second"),
        (f"{BEGIN}\n{END}\n{END}\n", "line 3", "a second"),
        (f"```\n{BEGIN}\n{END}\n```\n", "line 2", "block of code"),
        (f"A\n\n    {BEGIN}\n{END}\n", "line 3", "block of code"),
        (f"{BEGIN}\n```\n{END}\n```\n", "line 3", "block of code"),
        (f"<!--\n{BEGIN}\n{END}\n", "line 2", "block of code"),
        (f"Use `{BEGIN}`.\n", "line 1", "text beside it"),
        (f"{BEGIN}{END}\n", "line 1", "text beside it"),
    ],
)
def test_broken_markers_are_an_error_with_their_place(text, place, word):
    with pytest.raises(InputError) as caught:
        with_badges(text, "README.md", ONE)
    assert caught.value.place == place
    assert word in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "text",
    [
        "Lantern\n=======\n\nText.\n",
        "=======\nLantern\n=======\n\nText.\n",
        "=========\n Lantern\n=========\n\nText.\n",
        ".. a comment\n\nLantern\n-------\nText.\n",
        "Lantern\n=======",
        "Only text.\n",
        "",
    ],
)
def test_restructured_text_shows_the_badges_below_its_title(text):
    from docutils.core import publish_parts

    found = with_badges(text, "README.rst", TWO)
    settings = {"report_level": 2, "halt_level": 2, "initial_header_level": 1}
    page = BeautifulSoup(
        publish_parts(found, writer="html5", settings_overrides=settings)["whole"], "html.parser"
    )
    assert [image["src"] for image in page.find_all("img")] == [
        "https://x/a.svg",
        "https://x/b.svg",
    ]
    assert with_badges(found, "README.rst", TWO) == found
    assert with_badges(found, "README.rst", ONE).count(".. image::") == 1
    if "Lantern" in text:
        assert found.index("Lantern") < found.index(RST_BEGIN)


@pytest.mark.parametrize(
    "text", [f"A\n=\n\n  {RST_BEGIN}\n{RST_END}\n", f"{RST_BEGIN}\n", f"x {RST_END}\n"]
)
def test_broken_markers_of_restructured_text(text):
    with pytest.raises(InputError):
        with_badges(text, "README.rst", ONE)


def test_markdown_shows_the_badges():
    import cmarkgfm

    html = cmarkgfm.github_flavored_markdown_to_html(with_badges("# A\nText.\n", "README.md", TWO))
    page = BeautifulSoup(html, "html.parser")
    assert [image["src"] for image in page.find_all("img")] == [
        "https://x/a.svg",
        "https://x/b.svg",
    ]
    assert page.find("h1").text == "A"


PIECES = st.lists(
    st.sampled_from(
        ["# Heading", "Text", "====", "----", "```", "~~~", "", "    code", "<!-- note", "-->", "---",
         "</h1>", "a\u202eb", "\x0b", "\u2028", ".. x", "- item", "> quote", "`", "\t", "\ufeff"]
    ),
    max_size=12,
)  # fmt: skip
NAMES = st.sampled_from(["README.md", "readme.markdown", "README.rst"])
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


@given(PIECES, NAMES, ENDS, st.booleans(), st.sampled_from(["", "\ufeff"]))
def test_law_only_the_block_is_new_and_the_second_time_changes_nothing(
    pieces, name, end, ends, bom
):
    text = bom + end.join(pieces) + (end if ends and pieces else "")
    once = with_badges(text, name, TWO)
    assert with_badges(once, name, TWO) == once
    begin, close = (RST_BEGIN, RST_END) if name.endswith(".rst") else (BEGIN, END)
    assert (once.count(begin), once.count(close)) == (1, 1)
    before, rest = once.removeprefix(bom).split(begin)
    text = text.removeprefix(bom)
    after = rest.split(close)[1]
    # Around the block at most line ends were added; the bytes of the text are there in their order.
    assert once.startswith(bom)
    assert re.sub(r"[\r\n]", "", before + after) == re.sub(r"[\r\n]", "", text)
    kept = [line for line in re.split(r"\r\n|\r|\n", before + after) if line.strip()]
    assert kept == [line for line in re.split(r"\r\n|\r|\n", text) if line.strip()]


@given(st.text(max_size=80), NAMES)
def test_any_text_gives_a_readme_or_an_error(text, name):
    once = with_badges(text, name, ONE)
    assert with_badges(once, name, ONE) == once


@given(PIECES, PIECES, PIECES, ENDS)
def test_law_between_markers_only(before, inner, after, end):
    text = end.join([*before, BEGIN, *inner, END, *after])
    try:
        found = with_badges(text, "README.md", TWO)
    except InputError:
        return  # the first marker is in code or in a comment
    assert found.split(BEGIN)[0] == text.split(BEGIN)[0]
    assert found.split(END)[1] == text.split(END)[1]
