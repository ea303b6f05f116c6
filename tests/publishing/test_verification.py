"""No answer of an index makes a wrong file right: generated answers first, then the usual ones."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.publishing.index_page import (
    ACCEPT,
    IndexPage,
    ListedFile,
    is_same_version,
    parse_release,
    read_simple,
)
from secstatus.publishing.verification import (
    Attested,
    BuiltFile,
    FileState,
    Publication,
    apply_attestations,
    compare_files,
    identify_release,
    make_unreachable_report,
    parse_file_name,
)

SDIST, WHEEL = "limpet-1.2.tar.gz", "limpet-1.2-py3-none-any.whl"
A, B, C = "a" * 64, "b" * 64, "c" * 64
BUILT = (BuiltFile(SDIST, 100, A), BuiltFile(WHEEL, 200, B))
RIGHT = (ListedFile(SDIST, A, 100), ListedFile(WHEEL, B, 200))
WHERE = "https://example.org/simple/limpet/"


def entry(name, sha256, **more):
    return {"filename": name, "url": f"../{name}", "hashes": {"sha256": sha256}, **more}


def simple(*files, **more):
    page = {"meta": {"api-version": "1.1"}, "name": "limpet", "files": list(files)}
    return json.dumps({**page, **more})


def link(name, fragment, more="", text=None):
    return f'<a href="../../files/{name}#{fragment}"{more}>{text or name}</a><br/>'


# Laws

values = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=8), st.sampled_from((A, B, C, SDIST))
)
anything = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)
entries = st.fixed_dictionaries(
    {"filename": st.sampled_from((SDIST, WHEEL, SDIST.upper(), "other-1.tar.gz")) | anything},
    optional={
        "hashes": st.dictionaries(
            st.sampled_from(("sha256", "md5", "SHA256", "blake2b")),
            st.sampled_from((A, B, C, A.upper(), A[:-1], f"{A}0", "")) | anything,
        )
        | anything,
        "size": st.sampled_from((100, 200, 101)) | anything,
        "yanked": anything,
        "provenance": anything,
    },
)
listed = st.sampled_from(RIGHT) | st.builds(
    ListedFile,
    st.sampled_from((SDIST, WHEEL, "limpet-1.2-cp311-none-any.whl", "limpet-1.3.tar.gz")),
    st.sampled_from(("", A, B, C)),
    st.sampled_from((None, 100, 200, 7)),
    st.sampled_from((None, "", "broken")),
)
pages = st.none() | st.builds(IndexPage, st.lists(listed, max_size=5).map(tuple))


def understood(text):
    try:
        return read_simple(text, WHERE, "limpet")
    except InputError:
        return None


@given(st.lists(entries | anything, max_size=5), anything)
def test_no_json_makes_a_wrong_file_the_same(files, status):
    wrong = (BuiltFile(SDIST, 100, C.replace("c", "d")), BuiltFile(WHEEL, 200, "e" * 64))
    page = understood(
        json.dumps({**json.loads(simple()), "files": files, "project-status": status})
    )
    assert all(each.state is not FileState.SAME for each in compare_files(wrong, page, None).files)


@given(st.text() | anything.map(json.dumps))
def test_any_text_is_read_or_refused(text):
    for page in (understood(text), understood(f"<{text}"), understood(f'{{"meta": {text}}}')):
        assert compare_files(BUILT, page, page).state is not Publication.PUBLISHED


@given(pages, pages)
def test_published_means_that_every_file_is_listed_as_it_was_built(page, release):
    report = compare_files(BUILT, page, release)
    if report.state is not Publication.PUBLISHED:
        return
    every = (*page.files, *(release.files if release else ()))
    for file in BUILT:
        assert any(each.name == file.name for each in page.files)
        mine = [each for each in page.files if each.name == file.name]
        assert {each.sha256 for each in mine} == {file.sha256}
        assert all(each.size in (None, file.size) and each.yanked is None for each in mine)
    assert {each.name for each in every if "1.2" in each.name} <= {SDIST, WHEEL}
    assert all(each.sha256 in ("", A, B) for each in every if "1.2" in each.name)


@given(pages, pages, listed)
def test_one_more_entry_never_takes_an_alarm_away(page, release, more):
    before = compare_files(BUILT, page, release).state
    files = (*(page.files if page else ()), more)
    after = compare_files(BUILT, IndexPage(files), release).state
    if before in (Publication.DIFFERENT, Publication.YANKED):
        assert after in (Publication.DIFFERENT, Publication.YANKED)


# What a page says


def test_the_files_of_a_page():
    page = read_simple(simple(entry(SDIST, A, size=100), entry(WHEEL, B.upper())), WHERE, "Limpet")
    assert page.files == (ListedFile(SDIST, A, 100), ListedFile(WHEEL, B))
    assert compare_files(BUILT, page, None).state is Publication.PUBLISHED


def test_the_links_of_a_page():
    html = "<!DOCTYPE html><!--SERIAL <a>--><body><h1>x</h1>" + link(SDIST, f"sha256={A}")
    html += link(WHEEL, f"sha256={B}", ' data-yanked="too &lt;old&gt;" data-provenance="/p"')
    page = read_simple(html, WHERE, "limpet")
    assert page.files == (ListedFile(SDIST, A), ListedFile(WHEEL, B, None, "too <old>", "/p"))


@pytest.mark.parametrize(
    ("yanked", "reason"),
    [
        (True, ""),
        ("broken", "broken"),
        (1, ""),
        (["x"], ""),
        (False, None),
        ("", None),
        (None, None),
    ],
)
def test_yanked_in_json(yanked, reason):
    page = read_simple(simple(entry(SDIST, A, yanked=yanked)), WHERE, "limpet")
    assert page.files[0].yanked == reason


@pytest.mark.parametrize("more", [" data-yanked", ' data-yanked=""'])
def test_yanked_in_html_without_a_reason(more):
    assert read_simple(link(SDIST, "", more), WHERE, "limpet").files[0].yanked == ""


def test_a_link_that_is_called_otherwise_is_named():
    page = read_simple(link("limpet-9.tar.gz", f"sha256={A}", text=SDIST), WHERE, "limpet")
    assert page.files == (ListedFile("limpet-9.tar.gz", A),)
    assert "limpet-9.tar.gz" in page.odd[0]


@pytest.mark.parametrize("fragment", [f"md5={A[:32]}", f"sha256={A[:-1]}", f"SHA256={A}", A, ""])
def test_a_link_without_a_sha256_proves_nothing(fragment):
    page = read_simple(link(SDIST, fragment) + link(WHEEL, f"sha256={B}"), WHERE, "limpet")
    report = compare_files(BUILT, page, None)
    assert [each.state for each in report.files] == [FileState.UNPROVED, FileState.SAME]
    assert (report.state, report.state.exit_status) == (Publication.UNPROVED, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (simple(name="barnacle"), "'barnacle'"),
        (simple(name=None), "None"),
        (simple(meta={"api-version": "2.0"}), "'2.0'"),
        (simple(meta={}), "version 1 of the API"),
        (simple(files={}), "a list of files"),
        ('{"meta": {"api-version": "1.0"}, "name": "limpet", "files": [], "files": []}', "twice"),
        (simple()[:-3], "the end"),
        ('{"a":' * 5000, "JSON|nesting"),
        ("Service unavailable", "a page of a package index"),
        ("", "a page of a package index"),
        ('<meta name="pypi:repository-version" content="2.0">', "'2.0'"),
        ("<" * (4 * 1024 * 1024 + 1), "characters of HTML"),
        ("<a " * 1_000_000, "does not end"),
        ('<a href="' * 400_000, "does not end"),
        ("<!-- >" * 600_000, "does not end"),
        ("<![ >" * 600_000, "does not end"),
        ("<a href='" + "x" * 3000, "does not end"),
    ],
)
def test_what_is_no_page_of_the_project_is_refused(text, reason):
    with pytest.raises(InputError, match=reason) as raised:
        read_simple(text, WHERE, "limpet")
    assert raised.value.message.startswith(WHERE)


def test_a_project_in_quarantine_is_not_published():
    status = {"status": "quarantined", "reason": "stolen\x1b"}
    page = read_simple(
        simple(entry(SDIST, A), entry(WHEEL, B), **{"project-status": status}), WHERE, "limpet"
    )
    report = compare_files(BUILT, page, None)
    assert report.state is Publication.YANKED
    assert "quarantine" in report.notes[0]
    assert "\x1b" not in report.notes[0]


def release(*urls, name="limpet", version="1.2.0"):
    listed = [{"filename": n, "digests": {"sha256": s}, **more} for n, s, more in urls]
    return json.dumps({"info": {"name": name, "version": version}, "urls": listed})


def test_the_json_of_a_release():
    text = release((SDIST, A, {"size": 100, "yanked": True, "yanked_reason": "old"}))
    page = parse_release(text, WHERE, "limpet", "1.2")
    assert page.files == (ListedFile(SDIST, A, 100, "old"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (release(name="barnacle"), "barnacle"),
        (release(version="1.3"), r"1\.3"),
        (release(version="latest"), "latest"),
        ("[]", "info and urls"),
        ('{"info": {}}', "info and urls"),
    ],
)
def test_the_json_of_something_else_is_refused(text, reason):
    with pytest.raises(InputError, match=reason):
        parse_release(text, WHERE, "limpet", "1.2")


# The answers


@pytest.mark.parametrize(
    ("page", "known", "state"),
    [
        (None, None, Publication.NOT_PUBLISHED),
        (IndexPage(), None, Publication.NOT_PUBLISHED),
        (IndexPage((ListedFile("limpet-1.1.tar.gz", C),)), None, Publication.NOT_PUBLISHED),
        (None, IndexPage(RIGHT), Publication.NOT_VISIBLE),
        (IndexPage(RIGHT[:1]), None, Publication.NOT_VISIBLE),
        (IndexPage(RIGHT[:1]), IndexPage(RIGHT), Publication.NOT_VISIBLE),
        (IndexPage(RIGHT), None, Publication.PUBLISHED),
        (IndexPage(RIGHT), IndexPage(RIGHT), Publication.PUBLISHED),
        (IndexPage((RIGHT[0], ListedFile(WHEEL, C))), None, Publication.DIFFERENT),
        (IndexPage((*RIGHT, ListedFile(SDIST, C))), None, Publication.DIFFERENT),
        (IndexPage(RIGHT), IndexPage((ListedFile(WHEEL, C),)), Publication.DIFFERENT),
        (None, IndexPage((ListedFile(WHEEL, C),)), Publication.DIFFERENT),
        (IndexPage((RIGHT[0], ListedFile(WHEEL, B, 201))), None, Publication.DIFFERENT),
        (IndexPage((RIGHT[0], ListedFile(WHEEL, B, None, "bad"))), None, Publication.YANKED),
        (IndexPage(RIGHT), IndexPage((ListedFile(WHEEL, B, None, ""),)), Publication.YANKED),
        (IndexPage((RIGHT[0], ListedFile(WHEEL))), None, Publication.UNPROVED),
    ],
)
def test_the_answer_for_a_release(page, known, state):
    assert compare_files(BUILT, page, known).state is state


def test_a_file_of_the_release_that_nobody_built_is_an_alarm():
    foreign = ListedFile("Limpet-1.2.0-cp311-cp311-linux_x86_64.whl", C)
    report = compare_files(BUILT, IndexPage((*RIGHT, foreign)), None)
    assert report.state is Publication.DIFFERENT
    assert (report.files[-1].name, report.files[-1].state) == (foreign.name, FileState.UNEXPECTED)


@pytest.mark.parametrize("name", ["limpet-1.1.tar.gz", "limpet-tools-1.2.tar.gz", "limpet.exe"])
def test_files_of_other_releases_are_no_alarm(name):
    assert (
        compare_files(BUILT, IndexPage((*RIGHT, ListedFile(name, C))), None).state.exit_status == 0
    )


def test_exit_statuses():
    statuses = {state.value: state.exit_status for state in Publication}
    assert statuses == {
        "published": 0,
        "different": 1,
        "yanked": 1,
        "unproved": 1,
        "not yet visible": 3,
        "not published": 3,
        "unreachable": 3,
    }
    assert make_unreachable_report(BUILT, "silence").state is Publication.UNREACHABLE


def test_attestations_change_the_answer_for_the_worse_only():
    report = compare_files(BUILT, IndexPage(RIGHT), None)

    def with_states(*states, required=False):
        files = [
            replace(each, attested=state) for each, state in zip(report.files, states, strict=True)
        ]
        return apply_attestations(report, files, required).state

    good, bad, absent = Attested.VERIFIED, Attested.FAILED, Attested.ABSENT
    assert with_states(good, absent) is Publication.PUBLISHED
    assert with_states(good, bad) is Publication.DIFFERENT
    assert with_states(good, good, required=True) is Publication.PUBLISHED
    assert with_states(good, absent, required=True) is Publication.UNPROVED
    assert with_states(good, Attested.NOT_CHECKED, required=True) is Publication.UNPROVED


# Names


def test_the_release_of_the_files():
    assert (
        identify_release(["Lim_pet-1.2.tar.gz", "lim_pet-1.2.0-py3-none-any.whl"])[0] == "lim-pet"
    )


@pytest.mark.parametrize(
    "names",
    [
        ["x"],
        ["limpet\udcff-1.2.tar.gz"],
        ["limpét-1.2.zip"],
        [SDIST, "limpet-1.3.tar.gz"],
        [SDIST, "whelk-1.2.zip"],
    ],
)
def test_files_of_two_releases_are_refused(names):
    with pytest.raises(InputError):
        identify_release(names)


@given(st.text() | st.text("-.0123456789ab_whltargz"))
def test_any_name_has_a_release_or_none(name):
    assert parse_file_name(name) is None or all(parse_file_name(name))
    assert not is_same_version(name, "not a version")


def test_json_is_asked_for_before_html():
    assert ACCEPT.split(", ")[0] == "application/vnd.pypi.simple.v1+json"
    assert all("q=0." in part for part in ACCEPT.split(", ")[1:])
