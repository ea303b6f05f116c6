"""The change log: laws on generated logs, then whole small files as they should become."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.bump.changelog.release import candidates, move_unreleased
from secstatus.bump.changelog.style import find_date, format_like
from secstatus.errors import DocumentUpdateError, InputError, SecstatusError

DAY = date(2026, 11, 5)


def applied(files, change):
    """The files with the edits made and the fragments removed."""
    new = {path: data for path, data in files.items() if path not in change.removed}
    for path in files:
        edits = [edit for edit in change.edits if edit.file_path == path]
        data, at, pieces = files[path], 0, []
        for edit in edits:
            assert at <= edit.start < edit.end
            assert data[edit.start : edit.end] == edit.old
            pieces += [data[at : edit.start], edit.new]
            at = edit.end
        if edits:
            new[path] = b"".join([*pieces, data[at:]])
    return new


def turned(text, path="CHANGELOG.md", notes="", version="1.2.3", **fragments):
    files = {path: text.encode()}
    files |= {f"docs/changelog/{name}": data.encode() for name, data in fragments.items()}
    return applied(files, move_unreleased(files, version, DAY, "1.2.2", notes))[path].decode()


def reason_of(files, **more):
    change = move_unreleased(files, "1.2.3", DAY, "1.2.2", **more)
    assert not change.edits
    assert not change.removed
    return "; ".join(change.reasons)


KEEP = """\
# Change log

## [Unreleased]

### Added

- A door.

## [1.2.2] - 2026-01-02

- Walls.

[Unreleased]: https://example.org/box/compare/v1.2.2...HEAD
[1.2.2]: https://example.org/box/releases/tag/v1.2.2
"""


def test_keep_a_changelog():
    assert turned(KEEP) == (
        KEEP.replace("## [Unreleased]\n", "## [Unreleased]\n\n## [1.2.3] - 2026-11-05\n").replace(
            "compare/v1.2.2...HEAD\n",
            "compare/v1.2.3...HEAD\n[1.2.3]: https://example.org/box/compare/v1.2.2...v1.2.3\n",
        )
    )


def test_line_ends_and_a_byte_order_mark_are_kept():
    text = "\ufeff" + KEEP.replace("\n", "\r\n")
    assert turned(text) == "\ufeff" + turned(KEEP).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("unreleased", "before", "expected"),
    [
        ("## Unreleased", "## 1.2.2 (2026-01-02)", "## 1.2.3 (2026-11-05)"),
        ("## [UNRELEASED]", "## [1.2.2] — 2026-01-02", "## [1.2.3] — 2026-11-05"),
        ("# unreleased #", "# v1.2.2, 02.01.2026", "# v1.2.3, 05.11.2026"),
        (
            "## Unreleased",
            "## Version 1.2.2 (January 2, 2026)",
            "## Version 1.2.3 (November 5, 2026)",
        ),
        ("## Unreleased", "## sample-box 1.2.2: 2 Jan 2026", "## sample-box 1.2.3: 5 Nov 2026"),
        ("## Unreleased", "## [1.2.2] - 2026/01/02 [YANKED]", "## [1.2.3] - 2026/11/05"),
        ("## Unreleased", "## [1.2.2]", "## [1.2.3] - 2026-11-05"),
        ("## Unreleased", "## 1.2.2 / 01/02/2026", "## 1.2.3 - 2026-11-05"),
        ("## [Unreleased]", "text", "## [1.2.3] - 2026-11-05"),
        ("## Unreleased", "### 3.11 support", "## 1.2.3 - 2026-11-05"),
        (
            "## Unreleased",
            "## [1.2.2](https://example.org/compare/v1.2.1...v1.2.2) (2026-01-02)",
            "## [1.2.3](https://example.org/compare/v1.2.2...v1.2.3) (2026-11-05)",
        ),
        (
            "## Unreleased",
            "## [1.2.2](https://example.org/tag/1.2.2) (2026-01-02)",
            "## [1.2.3](https://example.org/tag/1.2.3) (2026-11-05)",
        ),
    ],
)
def test_the_style_of_the_release_before(unreleased, before, expected):
    lines = turned(f"{unreleased}\n\n- A door.\n\n{before}\n").split("\n")
    assert lines[:4] == [unreleased, "", expected, ""]


def test_a_link_in_the_heading_is_brought_up_to_date():
    text = "## [Unreleased](https://example.org/compare/1.2.2...main)\n\n- A door.\n"
    assert turned(text).startswith(
        "## [Unreleased](https://example.org/compare/1.2.3...main)\n\n## "
    )


def test_restructured_text():
    text = "Changes\n=======\n\nUnreleased\n----------\n\n* A door.\n\n1.2.2 (2026-01-02)\n------------------\n"
    assert turned(text, "CHANGES.rst") == text.replace(
        "----------\n\n* A", "----------\n\n1.2.3 (2026-11-05)\n------------------\n\n* A"
    )


def test_restructured_text_with_lines_above():
    text = "==========\nUnreleased\n==========\n\n* A door.\n"
    assert turned(text, "docs/news.rst") == (
        "==========\nUnreleased\n==========\n\n"
        "==================\n1.2.3 - 2026-11-05\n==================\n\n* A door.\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "  Unreleased\n============\n",
        "Unreleased\n---\n",
        "* Unreleased\n------------\n",
        "Unreleased\n\n==========\n",
    ],
)
def test_no_heading_in_restructured_text(text):
    assert reason_of({"NEWS.rst": text.encode()}) == "NEWS.rst has no heading Unreleased"


def test_a_short_line_below_a_title():
    assert "1.2.3 - 2026" in turned("Unreleased\n----\n", "NEWS.rst")
    assert "1.2.3 - 2026" in turned("Unreleased\n---\n")


def test_underlined_headings_have_a_level():
    text = "Unreleased\n----------\n\n- A door.\n\n## 1.2.2 (2026-01-02)\n"
    assert "\n1.2.3 (2026-11-05)\n------------------\n" in turned(text)


def test_an_underlined_heading_in_markdown():
    text = "Unreleased\n----------\n\n- A door.\n"
    assert turned(text) == (
        "Unreleased\n----------\n\n1.2.3 - 2026-11-05\n------------------\n\n- A door.\n"
    )


@pytest.mark.parametrize(
    "body", ["", "\n", "\n### Added\n", "\n<!-- nothing\nyet -->\n", "\n[a]: b\n"]
)
def test_an_empty_section_says_so(body):
    text = turned(f"## Unreleased\n{body}")
    assert text.startswith("## Unreleased\n\n## 1.2.3 - 2026-11-05\n\nNo notable changes.\n")


def test_a_comment_ends_where_it_is_closed():
    assert "## 1.2.3 - " in turned("<!-- start -->\n## Unreleased\n\n<!-- a\nb --> c\n### Added\n")


def test_a_heading_below_an_underlined_one_has_no_line_above():
    text = "Unreleased\n==========\n1.2.2 - 1\n==========\n"
    assert turned(text, "NEWS.rst").startswith("Unreleased\n==========\n\n1.2.3 - 2026")


def test_quotes_and_lists_are_no_headings():
    text = "## Unreleased\n\n- 1.2.3\n-------\n\n> 1.2.3\n-------\n"
    assert "## 1.2.3 - 2026" in turned(text)


def test_code_in_lists_hides_headings():
    code = "- A door:\n\n      ```\n      ## Unreleased\n      ```\n- ~~~~\n  ```\n## Unreleased\n  ~~~~\n"
    assert turned(f"## Unreleased\n\n{code}").endswith(code)


@pytest.mark.parametrize("body", ["\n```\ncode\n```\n", "### Added\n- A door.\n", "A door."])
def test_a_section_with_something_is_not_empty(body):
    assert "No notable" not in turned(f"## Unreleased\n{body}")


def test_parts_without_lines_between():
    text = turned("## Unreleased\n### Added\n- A door.\n## 1.0\n", **{"a.added.md": "A roof."})
    assert text.endswith("### Added\n- A door.\n- A roof.\n## 1.0\n")
    text = turned("## Unreleased\n### Added\n- A door.\n", **{"a.fixed.md": "A roof."})
    assert text.endswith("### Fixed\n\n- A roof.\n\n### Added\n- A door.\n")


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/compare/1.2.2..main", ["/compare/1.2.3..main", "/compare/1.2.2..1.2.3"]),
        (
            "/-/compare/box-1.2.2...HEAD",
            ["/-/compare/box-1.2.3...HEAD", "/-/compare/box-1.2.2...box-1.2.3"],
        ),
        ("/compare/v1.2.0...HEAD", ["/compare/v1.2.3...HEAD", "/compare/v1.2.0...v1.2.3"]),
        ("/compare/abcdef...HEAD", ["/compare/abcdef...HEAD"]),
        ("/compare/abc123...HEAD", ["/compare/abc123...HEAD"]),
        ("/commits/main", ["/commits/main"]),
    ],
)
def test_links(link, expected):
    base = "https://example.org/box"
    text = f"## [Unreleased]\n\n- A door.\n\n[unreleased]: {base}{link}"
    labels = ("[unreleased]", "[1.2.3]")
    wanted = [f"{label}: {base}{each}" for label, each in zip(labels, expected, strict=False)]
    assert turned(text).split("\n")[6:] == wanted


def test_a_link_has_the_label_of_the_heading():
    text = KEEP.replace("## [1.2.2]", "## [v1.2.2]")
    assert "\n[v1.2.3]: https://example.org/box/compare/v1.2.2...v1.2.3\n" in turned(text)
    text = KEEP.replace("## [1.2.2]", "## v1.2.2")
    assert "\n[1.2.3]: https://example.org/box/compare/v1.2.2...v1.2.3\n" in turned(text)


def test_a_link_in_code_stays():
    link = "```\n[Unreleased]: https://example.org/compare/v1.2.2...HEAD\n```\n"
    assert turned(f"## Unreleased\n\n{link}").endswith(link)


def test_a_link_that_is_there_already_is_not_added():
    assert turned(KEEP + "[1.2.3]: x\n").count("[1.2.3]:") == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("CHANGELOG.md", "## Unreleased\n\n## [1.2.3] - 2026-01-01\n"),
        ("CHANGELOG.md", "## v1.2.3\n"),
        ("NEWS.rst", "Version 1.2.3 (2026)\n====================\n"),
        ("CHANGELOG.md", "## Unreleased\n\n## [1.2.2]\n\n### [1.2.3](x) (2026-01-01)\n"),
    ],
)
def test_a_section_that_is_there_already(path, text):
    with pytest.raises(DocumentUpdateError, match=f"^{path}:.* 1.2.3 has a section already"):
        move_unreleased({path: text.encode()}, "1.2.3", DAY, "1.2.2")


@pytest.mark.parametrize(
    "heading",
    ["## 1.2.30", "## 1.2.3rc1", "## 11.2.3", "## 1.2.3.1", "```\n## 1.2.3\n```", "    ## 1.2.3"],
)
def test_look_alikes_are_no_section(heading):
    text = turned(f"## Unreleased\n\n- A door.\n\n{heading}\n")
    assert text.startswith("## Unreleased\n\n## 1.2.3 - 2026-11-05\n\n- A door.\n")


def test_a_heading_inside_of_unreleased_is_no_section():
    assert "## 1.2.3 - 2026" in turned("## Unreleased\n\n### 1.2.3 with Windows\n\n- Broken.\n")


def test_unreleased_twice():
    with pytest.raises(DocumentUpdateError, match="line 1"):
        turned("## Unreleased\n\n## 1.0\n\n## Unreleased\n")


@pytest.mark.parametrize("opened", ["```", "<!--", "~~~~\n```", "```\n~~~"])
def test_what_is_never_closed_would_hide_the_section(opened):
    with pytest.raises(DocumentUpdateError, match=r"CHANGELOG.md: .* never closed"):
        turned(f"## Unreleased\n\n### Security\n\n{opened}\n", notes="- A lock.")
    with pytest.raises(DocumentUpdateError, match="never closed"):
        turned(f"## Unreleased\n\n{opened}\n")


@pytest.mark.parametrize("text", ["```\n## Unreleased\n```\n", "<!--\n## Unreleased\n-->\n", "a\n"])
def test_no_heading(text):
    assert reason_of({"CHANGELOG.md": text.encode()}) == "CHANGELOG.md has no heading Unreleased"


def test_no_change_log():
    assert reason_of({}) == "the project keeps no change log"
    fragment = {"changes/1.added.md": b"A door."}
    assert "changes/1.added.md" in reason_of(fragment)


def test_a_version_that_is_announced_gets_its_day():
    text = "# Log\n\n## 1.2.3 (unreleased)\n\n- A door.\n\n## 1.2.2 (2 January 2026)\n"
    assert turned(text) == text.replace("unreleased", "5 November 2026")
    other = text.replace("1.2.3", "1.3.0").encode()
    assert reason_of({"CHANGELOG.md": other}) == "CHANGELOG.md:3 announces another version"


FRAGMENTS = {
    "door.fixed.md": "A door\nthat opens.\n",
    "lock.security.md": "- A lock.\n",
    "1.feature.md": "A window.",
    "2.added.md": "A roof.",
    "2.misc.md": "",
    "README.md": "How to write these.",
    "3.removed.rst": "Not of this markup.",
}


def test_fragments():
    text = "## Unreleased\n\n### Added\n\n- A wall.\n\n### Kept\n\n- A floor.\n"
    files = {"CHANGELOG.md": text.encode()}
    files |= {f"docs/changelog/{name}": data.encode() for name, data in FRAGMENTS.items()}
    change = move_unreleased(files, "1.2.3", DAY, "1.2.2")
    assert applied(files, change)["CHANGELOG.md"].decode() == (
        "## Unreleased\n\n## 1.2.3 - 2026-11-05\n\n### Security\n\n- A lock.\n\n"
        "### Fixed\n\n- A door\n  that opens.\n\n"
        "### Added\n\n- A wall.\n- A window.\n- A roof.\n\n### Kept\n\n- A floor.\n"
    )
    gone = ["1.feature.md", "2.added.md", "2.misc.md", "door.fixed.md", "lock.security.md"]
    assert change.removed == tuple(f"docs/changelog/{name}" for name in gone)
    assert change.reasons == ("no change log takes these fragments: docs/changelog/3.removed.rst",)


def test_fragments_without_a_heading_go_before_the_newest_release():
    text = "# Log\n\n## 1.2.2 - 2026-01-02\n\n- Walls.\n"
    assert turned(text, **{"a.added.md": "A door."}) == text.replace(
        "## 1.2.2", "## 1.2.3 - 2026-11-05\n\n### Added\n\n- A door.\n\n## 1.2.2"
    )


def test_fragments_need_a_log_with_releases():
    files = {"CHANGELOG.md": b"Moved to HISTORY.md.", "changes/1.added": b"A door."}
    assert "CHANGELOG.md has no heading of a release" in reason_of(files)
    files["HISTORY.md"] = b"## 1.2.2\n"
    change = move_unreleased(files, "1.2.3", DAY, "1.2.2")
    assert [edit.file_path for edit in change.edits] == ["HISTORY.md"]
    assert change.removed == ("changes/1.added",)


def test_only_the_log_with_the_heading_gets_them():
    files = {"CHANGELOG.md": b"## Unreleased\n", "HISTORY.md": b"## 0.9\n", "changes/1.added": b"A"}
    change = move_unreleased(files, "1.2.3", DAY, "1.2.2")
    assert {edit.file_path for edit in change.edits} == {"CHANGELOG.md"}


def test_every_log_with_the_heading_is_changed():
    files = {"docs/CHANGELOG.md": KEEP.encode(), "CHANGELOG.md": KEEP.encode()}
    new = applied(files, move_unreleased(files, "1.2.3", DAY, "1.2.2"))
    assert new["CHANGELOG.md"] == new["docs/CHANGELOG.md"] == turned(KEEP).encode()


@pytest.mark.parametrize(
    "towncrier", [{"pyproject.toml": b"[tool.towncrier]\n"}, {"towncrier.toml": b""}]
)
def test_towncrier_builds_its_own(towncrier):
    files = {"CHANGELOG.md": KEEP.encode(), "changes/1.added.md": b"A", **towncrier}
    reason = reason_of(files)
    assert "add `towncrier build --yes --version 1.2.3` to the hooks" in reason
    assert "security" in reason_of(files, security_notes="- A lock.")


def test_security_notes():
    text = turned("## Unreleased\n", notes="### Security\n\n- A lock.\n")
    assert text == "## Unreleased\n\n## 1.2.3 - 2026-11-05\n\n### Security\n\n- A lock.\n"


def test_security_notes_join_the_part_that_is_there():
    text = "## Unreleased\n\n### Security\n\n- Walls.\n\n## 1.0\n"
    expected = "### Security\n\n- Walls.\n- A lock.\n\n## 1.0\n"
    assert turned(text, notes="- A lock.").endswith(expected)
    assert turned(text, notes="A lock.").endswith(expected.replace("\n- A lock", "\n\nA lock"))


def test_security_notes_in_restructured_text():
    text = "Unreleased\n==========\n\n* Walls.\n"
    notes = "- A \\*lock* for `x\\_`.\n- .. raw:: html\n\n:doc:`x`\n"
    assert turned(text, "CHANGES.rst", notes) == (
        "Unreleased\n==========\n\n1.2.3 - 2026-11-05\n==================\n\n"
        "Security\n--------\n\n- A \\*lock\\* for \\`x\\_\\`.\n- \\.. raw:: html\n"
        "- \\:doc:\\`x\\`\n\n* Walls.\n"
    )


HOSTILE = [
    "# 9.9.9",
    "Title\n=====",
    "Title\n-----",
    "<!-- the rest is hidden",
    "<script>",
    "```\ncode",
    "~~~~\n```",
    "- ```\n  code",
    "1. ~~~ a",
    "```code``` in a line",
    "[Unreleased]: https://evil.example/compare/v1.2.2...HEAD",
    "\x1b[31mred\u202e",
    "a\rb\u2028c\x0b",
]


@pytest.mark.parametrize("notes", HOSTILE)
@pytest.mark.parametrize("as_fragment", [False, True])
def test_hostile_notes_stay_in_their_part(notes, as_fragment):
    given = {"fragments": {"a.security.md": notes}} if as_fragment else {"notes": notes}
    text = turned(KEEP, notes=given.get("notes", ""), **given.get("fragments", {}))
    again = turned(text, version="1.2.4")
    assert "## [1.2.4] - 2026-11-05\n\nNo notable" in again
    headings = [line for line in again.split("\n") if line.startswith("#")]
    assert headings == [
        "# Change log",
        "## [Unreleased]",
        "## [1.2.4] - 2026-11-05",
        "## [1.2.3] - 2026-11-05",
        "### Security",
        "### Added",
        "## [1.2.2] - 2026-01-02",
    ]
    assert "\n[1.2.4]: https://example.org/box/compare/v1.2.3...v1.2.4\n" in again
    assert not any(
        mark in again for mark in ("\n=====", "\n-----", "<!--", "<script", "\x1b", "\u202e", "\r")
    )


def test_a_fragment_that_is_not_utf_8():
    files = {"CHANGELOG.md": KEEP.encode(), "changes/1.added.md": b"\n\xff"}
    with pytest.raises(InputError, match=r"changes/1.added.md: at line 2"):
        move_unreleased(files, "1.2.3", DAY, "1.2.2")


def test_a_log_of_another_encoding():
    files = {"CHANGELOG.md": "## Unreleased\n\n- T\xfcr.\n".encode("latin-1")}
    new = applied(files, move_unreleased(files, "1.2.3", DAY, "1.2.2", "A lock."))["CHANGELOG.md"]
    assert new.endswith(b"- T\xfcr.\n")
    with pytest.raises(DocumentUpdateError, match="not UTF-8"):
        move_unreleased(files, "1.2.3", DAY, "1.2.2", "Ein Schl\xfcssel.")


def test_candidates():
    paths = ["CHANGELOG.md", "docs/changes.rst", "src/CHANGELOG.md", "pyproject.toml", "a.py"]
    paths += ["newsfragments/12.bugfix", "docs/changelog/a.b.md", "changelog.d/x.doc.rst", "NEWS"]
    assert candidates(paths) == (
        *("CHANGELOG.md", "docs/changes.rst", "pyproject.toml"),
        *("newsfragments/12.bugfix", "changelog.d/x.doc.rst"),
    )


FORMS = (
    "2026-01-02",
    "2026/01/02",
    "2026.01.02",
    "02.01.2026",
    "January 2, 2026",
    "Feb 2, 2026",
    "12 March 2026",
    "1 May 2026",
)


@given(st.sampled_from(FORMS), st.dates(date(1000, 1, 1)))
def test_a_date_in_the_form_of_another_has_that_form(form, day):
    new = format_like(form, day)
    assert find_date(f"({new})") == new
    assert format_like(new, day) == new
    assert str(day.day) in new
    assert f"{day.year}" in new


LINES = st.sampled_from(
    [
        "## [Unreleased]",
        "## Unreleased",
        "## [1.2.2] - 2026-01-02",
        "## 1.2.3 (unreleased)",
        "### Added",
        "### Security",
        "#### Added",
        "- A door.",
        "  more",
        "",
        "",
        "Unreleased",
        "1.2.1",
        "==========",
        "----------",
        "```",
        "<!--",
        "-->",
        "[unreleased]: https://example.org/compare/v1.2.2...HEAD",
        "[1.2.3]: x",
        "é\udce9",
        ".. _label:",
    ]
)
LOGS = st.lists(LINES, max_size=14)


@given(
    LOGS,
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["CHANGELOG.md", "CHANGES.rst"]),
    st.sampled_from(["", "- A lock.", "A lock.\n\nMore."]),
    st.booleans(),
)
def test_nothing_is_lost_and_twice_is_refused(lines, line_end, path, notes, with_fragments):
    data = line_end.join(lines).encode("utf-8", "surrogateescape")
    files = {path: data}
    if with_fragments:
        files |= {"changes/1.added": b"A door.", "changes/1.security": b"Another lock."}
    try:
        change = move_unreleased(files, "1.2.3", DAY, "1.2.2", notes)
    except DocumentUpdateError:
        return
    new = applied(files, change)
    if not change.edits:
        assert change.reasons
        assert new == files
        return
    assert b"\n" not in new[path].replace(b"\r\n", b"") or line_end == "\n" or len(lines) < 2
    kept = iter(new[path].split(b"\n"))
    moved = ("[unreleased]:", "## 1.2.3 (unrel")
    for line in data.split(b"\n"):
        if not line.decode("utf-8", "replace").startswith(moved):
            assert any(each.rstrip(b"\r") == line.rstrip(b"\r") for each in kept), line
    for text in (*notes.split("\n"), *(["A door.", "Another lock."] if with_fragments else [])):
        assert text.encode() in new[path]
    with pytest.raises(DocumentUpdateError, match="already"):
        move_unreleased(new, "1.2.3", DAY, "1.2.2", notes)


@given(
    st.dictionaries(
        st.sampled_from(["CHANGELOG.md", "NEWS.rst", "changes/1.fixed.md"]),
        st.binary(max_size=60) | LOGS.map(lambda each: "\r".join(each).encode("utf-8", "replace")),
    ),
    st.text(max_size=40),
)
def test_any_files_end_in_a_change_or_a_named_error(files, notes):
    try:
        change = move_unreleased(files, "1.2.3", DAY, "1.2.2", notes)
    except SecstatusError as error:
        if not error.message.isprintable():
            pytest.fail(f"not printable: {error.message!a}")
        return
    applied(files, change)
    assert change.edits or change.reasons


@pytest.mark.parametrize(
    "data",
    [
        b"#" * 500_000,
        b"## " + b" " * 500_000,
        b"[unreleased]: " + b"/compare/" * 100_000,
        b"<!-- " * 100_000,
        b"=" * 500_000 + b"\n" + b"=" * 500_000,
        b"a" * 500_000 + b"\n" + b"-" * 500_000,
        b"## 1" + b"." * 500_000,
        b"\n" * 200_000,
    ],
)
def test_huge_logs_come_to_an_end(data):
    files = {"CHANGELOG.md": data, "NEWS.rst": data}
    assert reason_of(files) == "CHANGELOG.md has no heading Unreleased"
