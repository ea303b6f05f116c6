"""A bump is planned as a whole, or not at all."""

from __future__ import annotations

import pytest

from secstatus.bump.finder import find_references, find_stale_references
from secstatus.bump.plan import find_leftovers, plan_bump
from secstatus.bump.policy import ReferencePolicy, ReferenceRule
from secstatus.bump.reference import Own, ReferenceVerdict
from secstatus.errors import DocumentUpdateError
from tests.bump import tree

OWN = Own("my-tracer", ("my_tracer",))
NONE = ReferencePolicy()
INIT = "src/my_tracer/__init__.py"
FILES = {INIT: b'__version__ = "0.2.8"\n', "README.md": b"See 0.2.8\nmy-tracer 0.2.8\n"}


def test_every_reference_of_a_project_changes_and_nothing_else() -> None:
    files = tree.project()
    plan = plan_bump(files, tree.OWN, tree.OLD, tree.NEW, NONE)
    assert len(plan.edits) == len(plan.changed) == tree.REFERENCES
    assert len({edit.file_path for edit in plan.edits}) == tree.FILES
    assert plan.needs_review == ()
    expected = tree.project(tree.NEW)
    changed = plan.contents(files)
    for path in files:
        if path in tree.THIRD_PARTY_FILES:
            assert path not in changed
        else:
            assert changed.get(path, files[path]) == tree.with_third_party_files(
                path, expected[path]
            )


def test_nothing_is_left_after_the_change() -> None:
    files = tree.project()
    plan = plan_bump(files, tree.OWN, tree.OLD, tree.NEW, NONE)
    after = files | plan.contents(files)
    assert find_leftovers(after, plan, tree.OWN, NONE) == []
    after["docs/README.md"] = files["docs/README.md"]
    left = find_leftovers(after, plan, tree.OWN, NONE)
    assert [each.place for each in left] == ["docs/README.md:1", "docs/README.md:3"]


def test_references_of_earlier_versions_are_told() -> None:
    files = tree.project()
    plan = plan_bump(files, tree.OWN, tree.OLD, tree.NEW, NONE)
    assert [each.place for each in plan.stale] == ["docs/install.md:3", "pyproject.toml:8"]
    assert not {each.place for each in plan.stale} & {each.place for each in plan.changed}


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("README.md", b"# my-tracer v0.2.0\n"),
        ("pyproject.toml", b'[tool.bumpversion]\ncurrent_version = "0.2.2"\n'),
        (
            "uv.lock",
            b'[[package]]\nname = "my-tracer"\nversion = "0.2.5"\nsource = { editable = "." }\n',
        ),
        ("docs/conf.py", b'release = "0.1.0"\n'),
        ("tests/test_core.py", b'assert my_tracer.__version__ == "0.2.7"\n'),
    ],
)
def test_a_stale_reference(path: str, content: bytes) -> None:
    (found,) = find_stale_references(path, content, OWN, "0.2.8")
    assert found.judgement.verdict is ReferenceVerdict.OURS
    assert found.occurrence.written in content


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("README.md", b"# my-tracer v0.2.8\n"),
        ("CHANGELOG.md", b"- my-tracer v0.2.0\n"),
        ("README.md", b"Added in my-tracer v0.2.0.\n"),
        ("README.md", b"requests==0.2.0\n"),
        ("uv.lock", b'[[package]]\nname = "typer"\nversion = "0.2.5"\n'),
        ("security/reports/a.json", b'{"name": "my-tracer", "version": "0.1.0"}'),
        ("README.md", b"pip install 'my-tracer>=0.2.0'\n"),
    ],
)
def test_nothing_stale(path: str, content: bytes) -> None:
    assert find_stale_references(path, content, OWN, "0.2.8") == []


def test_an_unclear_reference_is_reported_and_can_be_taken() -> None:
    plan = plan_bump(FILES, OWN, "0.2.8", "0.2.9", NONE)
    assert [each.place for each in plan.needs_review] == ["README.md:1"]
    assert plan.contents(FILES)["README.md"] == b"See 0.2.8\nmy-tracer 0.2.9\n"
    assert find_leftovers(FILES | plan.contents(FILES), plan, OWN, NONE) == []
    taken = plan_bump(FILES, OWN, "0.2.8", "0.2.9", NONE, taken=["README.md:1"])
    assert taken.needs_review == ()
    assert taken.contents(FILES)["README.md"] == b"See 0.2.9\nmy-tracer 0.2.9\n"


def test_an_unclear_one_more_is_left_over() -> None:
    plan = plan_bump(FILES, OWN, "0.2.8", "0.2.9", NONE)
    after = FILES | plan.contents(FILES)
    after["README.md"] += b"See 0.2.8\n"
    assert [each.place for each in find_leftovers(after, plan, OWN, NONE)] == ["README.md:3"]


@pytest.mark.parametrize("place", ["README.md:2", "README.md:9", "nothing:1", "", "README.md"])
def test_only_an_unclear_reference_can_be_taken(place: str) -> None:
    with pytest.raises(DocumentUpdateError) as caught:
        plan_bump(FILES, OWN, "0.2.8", "0.2.9", NONE, taken=[place])
    assert caught.value.details == ("README.md:1",)


def test_nothing_to_change_is_an_error() -> None:
    with pytest.raises(DocumentUpdateError, match="nothing would change"):
        plan_bump({"README.md": b"requests==0.2.8\n"}, OWN, "0.2.8", "0.2.9", NONE)


def test_a_rule_makes_a_place_ours() -> None:
    policy = ReferencePolicy((ReferenceRule("See {version}", ("*.md",)),))
    plan = plan_bump(FILES, OWN, "0.2.8", "0.2.9", policy)
    assert plan.contents(FILES)["README.md"] == b"See 0.2.9\nmy-tracer 0.2.9\n"
    assert find_leftovers(FILES | plan.contents(FILES), plan, OWN, policy) == []


@pytest.mark.parametrize(
    "rule",
    [
        ReferenceRule("See {version}", ("*.md",), at_least=2),
        ReferenceRule("See {version}", ("docs/*.md",)),
        ReferenceRule("Saw {version}", ("*.md",)),
        ReferenceRule("See {version}0", ("*.md",)),
        ReferenceRule("See ", ("*.md",)),
    ],
)
def test_a_rule_with_too_few_hits_is_an_error(rule: ReferenceRule) -> None:
    with pytest.raises(DocumentUpdateError, match="expected at least"):
        plan_bump(FILES, OWN, "0.2.8", "0.2.9", ReferencePolicy((rule,)))


def test_an_excluded_file_stays() -> None:
    policy = ReferencePolicy(exclude=("*.md",))
    plan = plan_bump(FILES, OWN, "0.2.8", "0.2.9", policy)
    assert list(plan.contents(FILES)) == [INIT]
    assert {each.judgement.pattern for each in plan.others} == {"excluded"}


def test_badges_keep_their_spelling() -> None:
    badge = "![v](https://img.shields.io/badge/version-{}-blue)\n"
    files = {"README.md": (badge.format("0.2.8") + badge.format("0%2E2%2E8")).encode()}
    plan = plan_bump(files, OWN, "0.2.8", "0.3.0-rc1", NONE)
    there = plan.contents(files)
    expected = badge.format("0.3.0--rc1") + badge.format("0%2E3%2E0--rc1")
    assert there["README.md"].decode() == expected
    back = plan_bump(there, OWN, "0.3.0-rc1", "0.2.8", NONE)
    assert back.contents(there) == files


def test_bytes_around_an_edit_survive() -> None:
    raw = b"\xef\xbb\xbf# my-tracer v0.2.8\r\n\x0cCaf\xe9 \xe2\x80\xa8 my-tracer 0.2.8\r\nend"
    plan = plan_bump({"README.md": raw}, OWN, "0.2.8", "0.2.10", NONE)
    assert plan.contents({"README.md": raw})["README.md"] == raw.replace(b"0.2.8", b"0.2.10")
    assert [each.line_number for each in plan.changed] == [1, 2]


def test_a_binary_file_belongs_to_others() -> None:
    (found,) = find_references("a.png", b"\x89\0my-tracer 0.2.8", OWN, "0.2.8", NONE)
    assert (found.judgement.verdict, found.judgement.reason) == (ReferenceVerdict.OTHERS, "binary")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_is_reported_and_cannot_be_taken(encoding: str) -> None:
    mark = b"" if encoding == "utf-16" else b"\xfe\xff"
    files = FILES | {"notes.txt": mark + "my-tracer 0.2.8\n".encode(encoding)}
    plan = plan_bump(files, OWN, "0.2.8", "0.2.9", NONE)
    assert "notes.txt:1" in [each.place for each in plan.needs_review]
    assert find_leftovers(files | plan.contents(files), plan, OWN, NONE) == []
    with pytest.raises(DocumentUpdateError, match="no reference that needs review"):
        plan_bump(files, OWN, "0.2.8", "0.2.9", NONE, taken=["notes.txt:1"])


def test_a_file_that_has_changed_is_not_edited() -> None:
    plan = plan_bump(FILES, OWN, "0.2.8", "0.2.9", NONE)
    with pytest.raises(DocumentUpdateError, match="at byte") as caught:
        plan.contents(FILES | {INIT: b"\n" + FILES[INIT]})
    assert "plan again" in caught.value.hint
    with pytest.raises(DocumentUpdateError, match="gone"):
        plan.contents({INIT: FILES[INIT]})


def test_the_diff_shows_every_line_and_no_control_character() -> None:
    files = {"README.md": b"# my-tracer v0.2.8 \x1b[31m\x07\xff\r\nrest\n"}
    diff = plan_bump(files, OWN, "0.2.8", "0.2.9", NONE).diff(files)
    assert "-# my-tracer v0.2.8 \\x1b[31m\\x07" in diff
    assert "+# my-tracer v0.2.9 " in diff
    assert "--- a/README.md\n+++ b/README.md\n" in diff
    assert all(char.isprintable() or char in "\n\t" for char in diff)


def test_what_is_excluded_is_not_called_stale_either():
    files = {"pyproject.toml": b'[project]\nname = "kelp"\nversion = "1.2.3"\n'}
    files |= {"old/a.md": b"kelp v1.0.0\n", "b.md": b"kelp v1.0.0\n"}
    own = Own("kelp", ("kelp",))
    plan = plan_bump(files, own, "1.2.3", "1.2.4", ReferencePolicy(exclude=("old/**",)))

    assert [each.place for each in plan.stale] == ["b.md:1"]
