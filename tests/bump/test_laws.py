"""Laws of a bump, on projects that are made up line by line."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.bump.finder import find_references
from secstatus.bump.occurrence import find_occurrences
from secstatus.bump.plan import find_leftovers, plan_bump
from secstatus.bump.policy import ReferencePolicy
from secstatus.bump.reference import Own

OWN = Own("my-tracer", ("my_tracer",))
NONE = ReferencePolicy()
ANCHOR = {"src/my_tracer/__init__.py": b'__version__ = "@"\n'}

OURS = [
    "# my-tracer v@", "my-tracer (v@) is small.", "pip install my-tracer==@", "**Version**: @",
    "![v](https://img.shields.io/badge/version-@-blue)", "The release v@ of my-tracer is signed.",
    'assert my_tracer.__version__ == "@"', "| my-tracer | @ |", "my_tracer-@.tar.gz",
]  # fmt: skip
THIRD_PARTY = [
    "requests==@", "structlog 0.9 and rich==@", "Added in my-tracer v@.", ".. versionadded:: @",
    "![p](https://img.shields.io/badge/python-@-blue)", "a typer-@.tar.gz", "x/compare/v@...HEAD",
    "my-tracer-cli @", "https://github.com/psf/requests/releases/tag/v@",
]  # fmt: skip
UNCLEAR = ["See @", "@", "In @ it is fast.", "pip install 'my-tracer>=@'", 'parse("@")']
LOOK_ALIKES = [
    "my-tracer @0", "my-tracer 1@", "my-tracer 1.@", "my-tracer @.1", "my-tracer @rc1", "my-tracer v1@",
    "my-tracer @-3", "my-tracer @+cpu", "my-tracer @.dev1", "my-tracer x@", "my-tracer 1!@",
]  # fmt: skip
WORDS = ["", "Text.", "Caf\u00e9 \u2028 here", "\x0c", "\ttab", "# Heading", "```"]

lines = st.lists(st.sampled_from(OURS + THIRD_PARTY + UNCLEAR + LOOK_ALIKES + WORDS), max_size=12)
paths = st.sampled_from(
    ["README.md", "docs/a.rst", ".kiro/steering/a.md", "scripts/a.sh", "notes.txt", "NOTICE",
     "src/my_tracer/a.py", "tests/test_a.py", "CHANGELOG.md", "requirements.txt", "a.yml", "b.html"]
)  # fmt: skip
ends = st.sampled_from(["\n", "\r\n"])
numbers = st.from_regex(r"(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)\.(0|[1-9][0-9]?)", fullmatch=True)


@st.composite
def projects(draw):
    """Two versions, and a project at the first one."""
    old, new = draw(st.lists(numbers, min_size=2, max_size=2, unique=True))
    texts = draw(st.dictionaries(paths, st.tuples(lines, ends, st.booleans()), max_size=4))
    files = {path: raw.replace(b"@", old.encode()) for path, raw in ANCHOR.items()}
    for path, (parts, end, marked) in texts.items():
        text = end.join(parts).replace("@", old)
        files[path] = b"\xef\xbb\xbf" * marked + text.encode()
    return old, new, files


@given(projects())
def test_bytes_outside_of_edits_stay(project) -> None:
    old, new, files = project
    plan = plan_bump(files, OWN, old, new, NONE)
    changed = plan.contents(files)
    for path, raw in files.items():
        rest, last = b"", 0
        for edit in [each for each in plan.edits if each.file_path == path]:
            assert raw[edit.start : edit.end] == edit.old == old.encode()
            rest += raw[last : edit.start] + edit.new
            last = edit.end
        assert changed.get(path, raw) == rest + raw[last:]


@given(projects())
def test_no_edit_touches_a_look_alike(project) -> None:
    old, new, files = project
    plan = plan_bump(files, OWN, old, new, NONE)
    for each in (*plan.changed, *plan.needs_review, *plan.others):
        line = files[each.file_path].split(b"\n")[each.line_number - 1].decode().strip("\r\ufeff")
        assert line not in {text.replace("@", old) for text in LOOK_ALIKES}


@given(projects())
def test_whatever_is_a_token_has_one_verdict(project) -> None:
    old, new, files = project
    plan = plan_bump(files, OWN, old, new, NONE)
    judged = sorted(
        (each.file_path, each.occurrence.start)
        for each in (*plan.changed, *plan.needs_review, *plan.others)
    )
    assert judged == sorted(
        (path, token.start) for path, raw in files.items() for token in find_occurrences(raw, old)
    )


@given(projects())
def test_nothing_is_left_over(project) -> None:
    old, new, files = project
    plan = plan_bump(files, OWN, old, new, NONE)
    assert find_leftovers(files | plan.contents(files), plan, OWN, NONE) == []


@given(projects())
def test_an_edit_that_was_not_made_is_left_over(project) -> None:
    old, new, files = project
    plan = plan_bump(files, OWN, old, new, NONE)
    path = plan.edits[-1].file_path
    after = files | plan.contents(files) | {path: files[path]}
    missed = [each for each in plan.changed if each.file_path == path]
    assert len(find_leftovers(after, plan, OWN, NONE)) == len(missed)


@given(projects())
def test_the_way_back_restores_every_byte(project) -> None:
    old, new, files = project
    there = files | plan_bump(files, OWN, old, new, NONE).contents(files)
    if any(True for raw in files.values() for _ in find_occurrences(raw, new)):
        return  # The project named the new version before, and the way back would take it along.
    back = plan_bump(there, OWN, new, old, NONE)
    assert there | back.contents(there) == files


@given(projects())
def test_to_take_everything_leaves_nothing_unclear(project) -> None:
    old, new, files = project
    places = {each.place for each in plan_bump(files, OWN, old, new, NONE).needs_review}
    plan = plan_bump(files, OWN, old, new, NONE, taken=places)
    assert plan.needs_review == ()
    assert find_leftovers(files | plan.contents(files), plan, OWN, NONE) == []


@settings(max_examples=300)
@given(
    st.sampled_from(
        [
            "README.md",
            "pyproject.toml",
            "uv.lock",
            "package.json",
            "a.yaml",
            "tests/test_a.py",
            "a.py",
            "Dockerfile",
            "setup.cfg",
            "VERSION",
            "docs/conf.py",
            "meta.yaml",
            "x/\ud800\n.json",
            "a.sh",
        ]
    ),
    st.lists(
        st.one_of(
            st.binary(max_size=12),
            st.sampled_from(
                [
                    b"0.2.8",
                    b'"0.2.8"',
                    b"my-tracer",
                    b"version = ",
                    b"[project]\n",
                    b"[[package]]\n",
                    b'{"version": ',
                    b'{"',
                    b"}",
                    b"\n",
                    b"``",
                    b"==",
                    b"https://",
                    b"/badge/",
                    b"|",
                    b"assert ",
                    b"version: ",
                    b"0%2E2%2E8",
                    b"--",
                    b"\xff\xfe",
                    b"0\x00.\x002\x00.\x008\x00",
                    b"__version__",
                ]
            ),
        ),
        max_size=14,
    ).map(b"".join),
)
def test_no_bytes_are_an_error(path: str, raw: bytes) -> None:
    found = find_references(path, raw, OWN, "0.2.8", NONE)
    assert found == sorted(found, key=lambda each: each.occurrence.start)
    for each in found:
        assert raw[each.occurrence.start : each.occurrence.end] == each.occurrence.written
        assert each.line_number == raw.count(b"\n", 0, each.occurrence.start) + 1
        assert len(each.content_match) <= 200
        assert each.judgement.reason
