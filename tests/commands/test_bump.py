"""The bump on real git: everything right and pushed, or everything as it was before."""

import json
import os
import shutil
import signal
from datetime import UTC, datetime, timedelta

import pytest

from secstatus.adapters import process
from secstatus.adapters.tree_transaction.transaction import NotRestoredError
from secstatus.commands.bump import BumpOptions, bump_version
from secstatus.commands.decide import DecideOptions as Wanted
from secstatus.commands.decide import decide_release, record_release_step
from secstatus.errors import (
    CheckFailedError,
    DocumentUpdateError,
    ExternalError,
    IncompleteVersionUpdateError,
    InvalidVersionError,
    UsageError,
)
from secstatus.release.log import ReleaseState, ReleaseStep
from tests.bump.tree import FILES, NEW, OLD, REFERENCES, project
from tests.conftest import STATES
from tests.support.kills import end_of, start
from tests.support.repositories import git, isolate_git, make_repository, snapshot, write_hook

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
YES = BumpOptions(wish="patch", comment="Mends the reader.", yes=True)


class Silent:
    """Nobody answers; a question is a mistake of the test."""

    def version(self, current, offers):
        raise AssertionError("asked for a version")

    comment = take = confirm = version

    def progress(self, text):
        self.told = text


class Scripted:
    """Answers in order, and what was asked."""

    def __init__(self, version="patch", comment="By hand.", take=(), yes=True):
        self.answers = version, comment, take, yes
        self.seen = []

    def version(self, current, offers):
        self.seen.append((current, offers))
        return self.answers[0]

    def comment(self):
        return self.answers[1]

    def take(self, unclear):
        self.seen.append([each.place for each in unclear])
        return self.answers[2]

    def confirm(self, change, steps):
        self.seen.append((change.diff, list(steps)))
        return self.answers[3]

    def progress(self, text):
        pass


@pytest.fixture
def place(tmp_path, monkeypatch):
    """`place(files)` is a repository of them with a bare remote."""
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)

    def make(files=None, name="project"):
        folder = tmp_path / name
        folder.mkdir()
        return make_repository(folder, project() if files is None else files)

    return make


SMALL = {
    "pyproject.toml": b'[project]\nname = "kelp"\nversion = "1.2.3"\n',
    "kelp/__init__.py": b'__version__ = "1.2.3"\n',
    "README.md": b"# kelp\n\nThis is kelp v1.2.3.\r\n",
    "tests/test_kelp.py": b'from kelp import __version__\n\n\ndef test():\n    assert __version__ == "1.2.3"\n',
}


def configured(rest):
    return SMALL | {"pyproject.toml": SMALL["pyproject.toml"] + rest.encode()}


def run(root, ask=YES, dialogue=None):
    return bump_version(root, NOW, ask, dialogue or Silent())


def test_every_reference_of_a_whole_project(place):
    root = place()
    result = run(root, BumpOptions(wish="patch", yes=True, tag=True, comment="Mends the reader."))

    assert (len(result.plan.changed), len(result.updated_files)) == (REFERENCES, FILES)
    assert git(root, "status", "--porcelain") == ""
    head = git(root, "rev-parse", "HEAD")
    assert result.commit_hash == head
    assert git(root, "ls-remote", "origin", "refs/heads/main").split()[0] == head
    assert git(root, "rev-parse", "v0.2.7^{commit}") == head
    assert git(root, "log", "-1", "--format=%B") == (
        "chore(release): bump version 0.2.6 → 0.2.7\n\nMends the reader."
    )
    assert len(git(root, "diff", "--name-only", "HEAD~1").splitlines()) == FILES
    for path, content in project(OLD).items():
        now = (root / path).read_bytes()
        assert now.replace(NEW.encode(), OLD.encode()) == content, path
        assert (now != content) == (path in result.updated_files), path
    assert b"oddpin==0.2.6" in (root / "pyproject.toml").read_bytes()
    assert b'name = "oddpin"\nversion = "0.2.6"' in (root / "uv.lock").read_bytes()


def test_a_dry_run_touches_nothing_and_shows_all(place):
    root = place(SMALL)
    (root / "kelp/__init__.py").write_bytes(b'__version__ = "1.2.3"\n# being changed\n')
    before = snapshot(root)
    result = run(root, BumpOptions(wish="minor", dry_run=True))

    assert snapshot(root) == before
    assert result.dry_run
    assert '+__version__ = "1.3.0"' in result.diff
    assert result.document()["edits"][0] == {
        "file": "README.md",
        "line": 3,
        "new": "1.3.0",
        "old": "1.2.3",
        "reason": result.plan.changed[0].judgement.reason,
        "rule": result.plan.changed[0].judgement.pattern,
        "text": result.plan.changed[0].content_match,
    }


def test_without_a_commit_only_files_change(place):
    root = place(SMALL)
    (root / "README.md").write_bytes(b"# kelp\n\nThis is kelp v1.2.3. More.\n")
    result = run(root, BumpOptions(wish="1.4", yes=True, commit=False, push=False))

    assert result.commit_hash is None
    assert b"kelp v1.4. More." in (root / "README.md").read_bytes()
    assert git(root, "rev-list", "--count", "HEAD") == "1"
    assert "not committed" in result.text()


@pytest.mark.parametrize("wish", ["1.2.3", "1.2.2", "v1.2.4", "1.2.4+local", "soon", "1.2.4-rc.1"])
def test_a_version_that_cannot_follow_is_refused(place, wish):
    root = place(SMALL)
    before = snapshot(root)
    with pytest.raises(InvalidVersionError):
        run(root, BumpOptions(wish=wish, yes=True))
    assert snapshot(root) == before


def test_gates_see_the_new_version_and_must_pass(place):
    root = place(configured('[tool.secstatus.bump]\ngates = ["grep -q 1.2.4 kelp/__init__.py"]\n'))
    result = run(root)
    assert result.gates == ("grep -q 1.2.4 kelp/__init__.py",)


FAILING = {
    "a gate that says no": "echo something is wrong; exit 3",
    "a gate that is killed": "kill -9 $$",
    "a gate that is not there": "/no/such/program",
    "a gate that changes a planned file": "echo more >> README.md; exit 1",
    "a gate that changes another file": "echo more >> other.txt; exit 1",
    "a gate that removes files": "rm README.md other.txt; exit 1",
}


@pytest.mark.parametrize("gate", FAILING.values(), ids=FAILING.keys())
def test_a_gate_that_fails_leaves_everything_as_it_was(place, gate):
    root = place(SMALL | {"other.txt": b"other\n"})
    (root / "mine.txt").write_text("untracked work of mine")
    before = snapshot(root)
    with pytest.raises(IncompleteVersionUpdateError, match="as it was before") as caught:
        run(root, BumpOptions(wish="patch", yes=True, gates=[gate]))

    assert snapshot(root) == before
    if "wrong" in gate:
        assert caught.value.details == ("something is wrong",)


def test_a_gate_that_writes_the_old_version_back_is_caught(place):
    root = place(SMALL)
    before = snapshot(root)
    gate = "sed -i s/1.2.4/1.2.3/ tests/test_kelp.py"
    with pytest.raises(IncompleteVersionUpdateError, match="still written in 1 place") as caught:
        run(root, BumpOptions(wish="patch", yes=True, gates=[gate]))

    assert caught.value.details[0].startswith("tests/test_kelp.py:5: ")
    assert snapshot(root) == before


def test_what_a_passing_gate_changes_besides_is_told_and_not_committed(place):
    root = place(SMALL | {"other.txt": b"other\n"})
    result = run(root, BumpOptions(wish="patch", yes=True, gates=["echo more >> other.txt"]))

    assert any("'other.txt'" in note for note in result.notes)
    assert git(root, "show", "HEAD:other.txt") == "other"


def test_unclear_places_are_named_and_can_be_taken(place):
    root = place(SMALL | {"Makefile": b"VERSION = 1.2.3\n"})
    told = run(root, BumpOptions(wish="patch", dry_run=True))
    assert [each.place for each in told.plan.needs_review] == ["Makefile:1"]
    run(root, BumpOptions(wish="patch", yes=True, take=["Makefile:1"]))
    assert (root / "Makefile").read_bytes() == b"VERSION = 1.2.4\n"


def test_rules_of_the_configuration(place):
    rules = (
        "[tool.secstatus.bump]\nexclude = ['kept/**']\n"
        "references = [{ pattern = 'VERSION = {version}', files = ['Make*'], at_least = 1 }]\n"
    )
    files = configured(rules) | {
        "Makefile": b"VERSION = 1.2.3\n",
        "kept/notes.md": b"kelp v1.2.3\n",
    }
    root = place(files)
    run(root)
    assert (root / "Makefile").read_bytes() == b"VERSION = 1.2.4\n"
    assert (root / "kept/notes.md").read_bytes() == b"kelp v1.2.3\n"


def test_a_rule_without_its_hits_is_an_error(place):
    root = place(
        configured(
            "[tool.secstatus.bump]\n"
            "references = [{ pattern = 'VERSION = {version}', files = ['Make*'] }]\n"
        )
    )
    before = snapshot(root)
    with pytest.raises(DocumentUpdateError, match="has 0 hits"):
        run(root)
    assert snapshot(root) == before


def test_the_change_log_and_fragments(place):
    root = place(
        SMALL
        | {
            "CHANGELOG.md": b"# Changes\n\n## [Unreleased]\n\n### Fixed\n\n- It.\n\n## [1.2.3] - 2026-01-01\n",
            "changelog.d/7.fixed.md": b"That too.\n",
        }
    )
    result = run(root)
    text = (root / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [1.2.4] - 2026-11-25\n" in text
    assert "- It." in text
    assert "- That too." in text
    assert result.removed_files == ("changelog.d/7.fixed.md",)
    assert git(root, "status", "--porcelain") == ""


# What has to hold before it begins


def test_a_changed_tracked_file(place):
    root = place(SMALL)
    (root / "README.md").write_text("mine")
    before = snapshot(root)
    with pytest.raises(UsageError, match="tracked files are changed"):
        run(root)
    assert snapshot(root) == before


def test_a_detached_head(place):
    root = place(SMALL)
    git(root, "checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="detached"):
        run(root)


def test_a_tag_that_is_there(place):
    root = place(SMALL)
    git(root, "tag", "v1.2.4")
    before = snapshot(root)
    with pytest.raises(UsageError, match="is here already"):
        run(root, BumpOptions(wish="patch", yes=True, tag=True))
    assert snapshot(root) == before


def test_a_remote_that_is_ahead(place, tmp_path):
    root = place(SMALL)
    git(tmp_path, "clone", "-q", str(tmp_path / "project.git"), "other")
    (tmp_path / "other/new.txt").write_text("theirs")
    git(tmp_path / "other", "add", "-A")
    git(tmp_path / "other", "commit", "-q", "-m", "theirs")
    git(tmp_path / "other", "push", "-q")
    before = snapshot(root)
    with pytest.raises(UsageError, match="missing here"):
        run(root)
    assert snapshot(root) == before


def test_a_remote_that_is_not_there(place, tmp_path):
    root = place(SMALL)
    shutil.rmtree(tmp_path / "project.git")
    before = snapshot(root)
    with pytest.raises(ExternalError):
        run(root)
    assert snapshot(root) == before
    assert run(root, BumpOptions(wish="patch", yes=True, push=False)).pushed_to is None


def test_no_repository_and_no_version(tmp_path, place):
    with pytest.raises(UsageError, match="no git repository"):
        bump_version(tmp_path, NOW, YES, Silent())
    root = place({"pyproject.toml": b'[project]\nname = "kelp"\n'})
    with pytest.raises(DocumentUpdateError, match="no version"):
        run(root)


# What fails in the middle


def test_a_hook_that_fails(place):
    root = place(SMALL)
    write_hook(root / ".git", "pre-commit", "echo no >&2; exit 1")
    before = snapshot(root)
    with pytest.raises(IncompleteVersionUpdateError):
        run(root)
    assert snapshot(root) == before


def test_a_hook_that_formats_a_planned_file(place):
    root = place(SMALL)
    write_hook(
        root / ".git",
        "pre-commit",
        "grep -q tidy README.md && exit 0; echo tidy >> README.md; exit 1",
    )
    run(root)
    assert git(root, "show", "HEAD:README.md").endswith("tidy")
    assert git(root, "status", "--porcelain") == ""


def test_a_push_that_is_rejected(place, tmp_path):
    root = place(SMALL)
    path = tmp_path / "project.git/hooks/pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\necho GH006: Protected branch update failed >&2\nexit 1\n")
    path.chmod(0o755)
    before = snapshot(root)
    with pytest.raises(ExternalError, match="protected"):
        run(root, BumpOptions(wish="patch", yes=True, tag=True))
    assert snapshot(root) == before


def test_a_file_that_somebody_writes_during_the_push_is_left_alone(place, tmp_path):
    """What cannot be restored is named together with the failure that ended the bump."""
    root = place(SMALL)
    path = tmp_path / "project.git/hooks/pre-receive"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\necho mine > '{root}/README.md'\nexit 1\n")
    path.chmod(0o755)
    with pytest.raises(NotRestoredError) as caught:
        run(root)

    assert "README.md" in caught.value.details[0]
    assert caught.value.details[-1].startswith("The bump had stopped because of: ")
    assert (root / "README.md").read_text() == "mine\n"
    assert b"1.2.3" in (root / "kelp/__init__.py").read_bytes()
    assert git(root, "rev-list", "--count", "HEAD") == "1"


def test_a_shallow_clone_a_worktree_and_a_submodule(place, tmp_path):
    root = place(SMALL)
    remote = tmp_path / "project.git"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{remote}", "shallow")
    run(tmp_path / "shallow")
    git(root, "pull", "-q")
    git(root, "worktree", "add", "-q", "-b", "next", str(tmp_path / "tree"))
    git(tmp_path / "tree", "push", "-q", "origin", "next")
    run(tmp_path / "tree")
    git(root, "submodule", "add", "-q", str(remote), "inner")
    git(root, "commit", "-q", "-m", "inner")
    git(root, "push", "-q")
    inner = git(root, "rev-parse", "HEAD:inner")
    result = run(root, BumpOptions(wish="2.0", yes=True))
    assert not any(path.startswith("inner") for path in result.updated_files)
    assert git(root, "rev-parse", "HEAD:inner") == inner


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_stop_while_a_gate_runs(place, number):
    root = place(SMALL)
    before = snapshot(root)

    def work():
        process.PATIENCE = 1  # the gate's own child does not hear of it, and is waited for
        gate = f"kill -{int(number)} {os.getpid()}; sleep 30"
        run(root, BumpOptions(wish="patch", yes=True, gates=[gate]))

    assert end_of(start(work)) == 128 + number
    assert snapshot(root) == before


def test_killed_while_a_gate_runs_the_next_run_puts_it_back(place):
    root = place(SMALL)
    before = snapshot(root)

    def work():
        run(root, BumpOptions(wish="patch", yes=True, gates=[f"kill -9 {os.getpid()}; sleep 1"]))

    assert end_of(start(work)) == -signal.SIGKILL
    assert snapshot(root)[0] != before[0]
    result = run(root)
    assert "an interrupted run was put back first" in result.notes
    assert result.plan.new == "1.2.4"
    assert git(root, "rev-list", "--count", "HEAD") == "2"


# In a dialogue


def test_asked_and_answered(place):
    root = place(SMALL)
    dialogue = Scripted(version="minor")
    result = run(root, BumpOptions(push=False), dialogue)

    (current, offers), (diff, steps) = dialogue.seen
    assert current == "1.2.3"
    assert offers[:3] == [("patch", "1.2.4"), ("minor", "1.3.0"), ("major", "2.0.0")]
    assert "kelp v1.3.0" in diff
    assert steps == ["commit"]
    assert result.plan.new == "1.3.0"
    assert "By hand." in git(root, "log", "-1", "--format=%B")


def test_a_no_changes_nothing(place):
    root = place(SMALL)
    before = snapshot(root)
    with pytest.raises(CheckFailedError):
        run(root, BumpOptions(), Scripted(yes=False))
    assert snapshot(root) == before


def test_unclear_places_are_asked_for(place):
    root = place(SMALL | {"Makefile": b"VERSION = 1.2.3\n"})
    run(root, BumpOptions(push=False), Scripted(take=["Makefile:1"]))
    assert (root / "Makefile").read_bytes() == b"VERSION = 1.2.4\n"


def test_yes_needs_a_version(place):
    with pytest.raises(UsageError, match="needs a part"):
        run(place(SMALL), BumpOptions(yes=True))


# The release decision that it carries out


@pytest.fixture
def decided(place):
    root = place(SMALL | {"CHANGELOG.md": b"# Changes\n\n## Unreleased\n"})
    shutil.copytree(STATES / "open/security", root / "security")
    found = decide_release(root, NOW, Wanted(manual="fix", note="Mends <b>it</b>"))
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "status")
    git(root, "push", "-q")
    return root, found.data["decision_id"]


def test_the_decision_is_committed_with_the_version(decided):
    root, decision_id = decided
    result = run(root)

    assert result.decision_id == decision_id
    assert f"Security-Decision: {decision_id}" in git(root, "log", "-1", "--format=%B")
    book = json.loads((root / "security/status/releases.json").read_text())
    assert book["decisions"][-1]["steps"][-1]["state"] == "committed"
    assert book["decisions"][-1]["steps"][-1]["version"] == "1.2.4"
    assert git(root, "status", "--porcelain") == ""
    with pytest.raises(UsageError, match=r"is committed as 1\.2\.4"):
        run(root, BumpOptions(wish="patch", yes=True))
    record_release_step(root, ReleaseStep(ReleaseState.PUBLISHED, NOW, version="1.2.4"))
    after = decide_release(root, NOW + timedelta(days=2), Wanted())
    assert not after.should_release


def test_a_failure_leaves_the_decision_planned(decided):
    root, _ = decided
    before = snapshot(root)
    with pytest.raises(IncompleteVersionUpdateError):
        run(root, BumpOptions(wish="patch", yes=True, gates=["false"]))
    assert snapshot(root) == before
