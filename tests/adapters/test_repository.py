"""The repository around a project, asked of a real git in every state that a clone can be in."""

import os
import shutil
import subprocess
import time

import pytest

from secstatus.adapters.git import remote
from secstatus.adapters.git.commit import commit_paths, create_tag, undo_commit
from secstatus.adapters.git.remote import PushRejectedError, PushUnknownError, Rejection, Relation
from secstatus.adapters.git.repository import Repository, check_remote, check_tag, check_tree
from secstatus.adapters.process import quote_line
from secstatus.errors import ExternalError, IncompleteVersionUpdateError, UsageError

HOSTILE = ["-x", "a b", "ümläut", "new\nline", "*.md", ":(top)y", '"quoted"', "--all"]


@pytest.fixture
def repository(clone):
    return Repository(clone.path)


def change(clone, *names):
    for name in names:
        with (clone.path / name).open("ab") as stream:
            stream.write(b"more\n")


def wait_for(path):
    for _ in range(600):
        if path.exists():
            return
        time.sleep(0.05)
    pytest.fail(f"{path} never appeared")


def show(clone, commit):
    """The paths that a commit changed."""
    return clone.git("show", "--format=", "--name-only", commit).split("\n")


# What is there


def test_tracked_files_have_modes_and_kinds(clone, repository):
    found = {file.path: file for file in repository.tracked()}
    assert {"pyproject.toml", "docs/crlf.md", "run.sh", "LINK.md"} <= set(found)
    assert found["run.sh"].mode == "100755"
    assert found["LINK.md"].is_symlink
    assert not found["run.sh"].is_symlink


def test_files_that_git_was_told_to_ignore_are_marked(clone, repository):
    clone.git("update-index", "--assume-unchanged", "run.sh")
    clone.git("update-index", "--skip-worktree", "other.txt")
    hidden = {file.path for file in repository.tracked() if file.is_hidden}
    assert hidden == {"run.sh", "other.txt"}


def test_a_root_inside_the_repository_sees_its_own_files_only(clone):
    repository = Repository(clone.path / "docs")
    assert [file.path for file in repository.tracked()] == ["crlf.md", "latin.txt"]
    assert repository.containing(rb"1\.2\.3") == ["crlf.md", "latin.txt"]
    change(clone, "docs/latin.txt", "run.sh")
    assert repository.changes() == ["../run.sh", "latin.txt"]
    assert repository.from_top("crlf.md") == "docs/crlf.md"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_of_files_are_only_names(clone, repository, name):
    path = clone.path / name
    path.write_text("9.8.7")
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "add")
    assert name in {file.path for file in repository.tracked()}
    assert repository.containing(rb"9\.8\.7") == [name]
    path.write_text("9.8.8")
    (clone.path / "LINK.md").unlink()
    assert repository.changes() == sorted(["LINK.md", name])
    commit = commit_paths(repository, [name], "chore: change it")
    assert clone.git("show", "--format=", "--name-only", "-z", commit).rstrip("\0") == name


def test_a_name_that_is_not_utf8_survives(clone, repository):
    name = os.fsdecode(b"caf\xe9.txt")
    (clone.path / name).write_text("9.8.7")
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "add")
    assert repository.containing(rb"9\.8\.7") == [name]


def test_a_submodule_is_not_entered(clones, tmp_path):
    clone, other = clones("outer"), clones("inner")
    clone.git("submodule", "add", "-q", str(other.remote), "lib")
    clone.git("commit", "-q", "-m", "with a submodule")
    clone.git("config", "submodule.recurse", "true")
    clone.git("config", "grep.fullName", "true")
    repository = Repository(clone.path)
    found = {file.path: file for file in repository.tracked()}
    assert found["lib"].is_submodule
    assert not [path for path in found if path.startswith("lib/")]
    assert not [path for path in repository.containing(rb"1\.2\.3") if path.startswith("lib")]
    (clone.path / "lib/untracked").write_text("x")
    assert repository.changes() == []
    (clone.path / "lib/run.sh").write_text("x")
    assert repository.changes() == ["lib"]
    inner = Repository(clone.path / "lib")
    assert inner.top == clone.path / "lib"
    assert commit_paths(inner, ["run.sh"], "chore: inside") == inner.head()


def test_a_linked_worktree_is_a_repository_of_its_own(clone):
    clone.git("worktree", "add", "-q", "-b", "side", "../side")
    side = Repository(clone.path.parent / "side")
    assert side.branch() == "side"
    assert side.private != Repository(clone.path).private
    (side.root / "run.sh").write_text("x")
    commit = commit_paths(side, ["run.sh"], "chore: aside")
    assert side.head() == commit != Repository(clone.path).head()


def test_searching_reads_the_working_files_as_bytes(clone, repository):
    (clone.path / "other.txt").write_bytes(b"\0\xff\xfe 1.2.3")
    (clone.path / "untracked.txt").write_bytes(b"1.2.3")
    (clone.path / "run.sh").write_bytes(b"1.2.30")
    found = repository.containing(rb"(?<![0-9.])1\.2\.3(?![0-9])")
    assert found == ["docs/crlf.md", "docs/latin.txt", "other.txt", "pyproject.toml"]
    assert repository.containing(rb"nowhere") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("grep.fullName", "true"),
        ("grep.patternType", "fixed"),
        ("grep.lineNumber", "true"),
        ("color.ui", "always"),
        ("core.quotePath", "true"),
        ("grep.column", "true"),
    ],
)
def test_searching_does_not_depend_on_settings(clone, key, value):
    clone.git("config", key, value)
    assert Repository(clone.path / "docs").containing(rb"1\.2\.3(?!0)") == ["crlf.md", "latin.txt"]


def test_a_hidden_file_is_always_among_the_found(clone, repository):
    """git reads the index for it, which may say something else than the file."""
    clone.git("update-index", "--assume-unchanged", "other.txt")
    (clone.path / "other.txt").write_text("9.8.7")
    assert repository.containing(rb"9\.8\.7") == ["other.txt"]


def test_what_git_cannot_search_has_to_be_searched_otherwise(repository, monkeypatch):
    monkeypatch.setattr(
        repository.git,
        "attempt",
        lambda *_w, **_o: remote.CommandResult(
            128, b"", b"fatal: cannot use Perl-compatible regexes"
        ),
    )
    assert repository.containing(rb"x") is None
    monkeypatch.setattr(
        repository.git,
        "attempt",
        lambda *_w, **_o: remote.CommandResult(1, b"", b"error: 'x': failed to open"),
    )
    assert repository.containing(rb"x") is None


def test_a_broken_pattern_is_an_error(repository):
    with pytest.raises(ExternalError, match="git grep"):
        repository.containing(rb"(")


def test_changes_are_those_of_tracked_files(clone, repository):
    assert repository.changes() == []
    (clone.path / "untracked").write_text("x")
    assert repository.changes() == []
    change(clone, "run.sh")
    (clone.path / "other.txt").unlink()
    (clone.path / "new").write_text("x")
    clone.git("add", "new")
    assert repository.changes() == ["new", "other.txt", "run.sh"]


def test_the_branch_is_none_on_a_detached_head(clone, repository):
    clone.git("tag", "main")
    assert repository.branch() == "main"
    clone.git("checkout", "-q", "--detach")
    assert repository.branch() is None
    assert repository.head() == clone.git("rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["feature/-x", "a'b", "ü", "a$(touch${IFS}x)"])
def test_hostile_branches_are_only_names(clone, repository, name):
    clone.git("checkout", "-q", "-b", name)
    assert repository.branch() == name
    clone.git("push", "-q", "origin", f"HEAD:refs/heads/{name}")
    assert repository.remote_state("origin", name).relation == Relation.SAME


def test_operations_in_progress_are_named(clone, repository):
    assert repository.operation_in_progress() is None
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("run.sh", b"side")
    clone.git("checkout", "-q", "main")
    clone.commit("run.sh", b"main")
    clone.git("merge", "side", check=False)
    assert repository.operation_in_progress() == "a merge"
    clone.git("merge", "--abort")
    clone.git("rebase", "side", check=False)
    assert repository.operation_in_progress() == "a rebase"
    clone.git("rebase", "--abort")
    clone.git("cherry-pick", "side", check=False)
    assert repository.operation_in_progress() == "a cherry-pick"


def test_the_repository_of_a_hook_is_not_asked(clone, repository, tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert Repository(clone.path).head() == repository.head()
    change(clone, "run.sh")
    commit_paths(repository, ["run.sh"], "chore: in a hook")


def test_without_a_repository_there_is_an_error(clone, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match="no git repository"):
        Repository(tmp_path / "empty")
    with pytest.raises(UsageError, match="no git repository"):
        Repository(clone.remote)
    with pytest.raises(ExternalError, match="cannot be started"):
        Repository(tmp_path / "missing")


def test_without_a_commit_there_is_an_error(clone, tmp_path):
    clone.git("init", "-q", str(tmp_path / "fresh"))
    with pytest.raises(UsageError, match="no commit yet"):
        Repository(tmp_path / "fresh").head()


@pytest.mark.parametrize(
    "name", ["", "-x", "HEAD", "a b", "a..b", "a~1", "x.lock", "\0", "\ud800", "a\nb"]
)
def test_names_that_are_none_are_refused(repository, name):
    with pytest.raises(UsageError):
        repository.check_ref(name)


@pytest.mark.parametrize("name", ["v1.2.3", "release/1", "ü"])
def test_names_that_are_some_pass(repository, name):
    repository.check_ref(name)


# The remote


def test_the_remote_is_same_ahead_behind_diverged_or_gone(clone, repository):
    assert repository.remote_state("origin", "main").relation == Relation.SAME
    clone.commit("mine", b"x")
    assert repository.remote_state("origin", "main").relation == Relation.LOCAL_AHEAD
    theirs = clone.push_from_elsewhere()
    refs = clone.git("for-each-ref")
    state = repository.remote_state("origin", "main")
    assert (state.relation, state.commit) == (Relation.DIVERGED, theirs)
    clone.git("reset", "-q", "--hard", "HEAD~1")
    assert repository.remote_state("origin", "main").relation == Relation.REMOTE_AHEAD
    assert repository.remote_state("origin", "other").relation == Relation.GONE
    assert clone.git("for-each-ref").replace(repository.head(), "") != ""
    assert "refs/remotes/origin/main" in refs
    assert theirs not in clone.git("for-each-ref")
    assert not (clone.path / ".git/FETCH_HEAD").exists()


def test_a_ref_that_only_ends_alike_is_another(clone, repository):
    clone.git("push", "-q", "origin", "HEAD:refs/heads/x/refs/heads/other")
    clone.git("push", "-q", "origin", "HEAD:refs/tags/x/refs/tags/v9")
    assert repository.remote_state("origin", "other").relation == Relation.GONE
    assert not repository.remote_has_tag("origin", "v9")
    assert remote.refs(repository.git, "origin", "refs/tags/v9") == {}


def test_a_remote_that_cannot_be_reached_is_an_outside_error(clone, repository):
    clone.remote.rename(clone.remote.with_name("moved"))
    with pytest.raises(ExternalError, match="origin") as caught:
        repository.remote_state("origin", "main")
    assert caught.value.exit_status == 3
    assert caught.value.hint
    with pytest.raises(ExternalError):
        repository.remote_has_tag("-x", "v1")


def test_the_remote_asked_is_the_one_pushed_to(clone, repository, clones):
    other = clones("mirror")
    other.push_from_elsewhere()
    clone.git("remote", "set-url", "--push", "origin", str(other.remote))
    assert repository.remote_state("origin", "main").relation == Relation.REMOTE_AHEAD
    clone.git("remote", "set-url", "--add", "--push", "origin", str(clone.remote))
    with pytest.raises(UsageError, match="2 addresses"):
        repository.remote_state("origin", "main")


def test_tags_are_looked_for_here_and_there(clone, repository):
    clone.git("tag", "here")
    clone.git("push", "-q", "origin", "HEAD:refs/tags/there")
    assert (repository.has_tag("here"), repository.has_tag("there")) == (True, False)
    assert not repository.remote_has_tag("origin", "here")
    assert repository.remote_has_tag("origin", "there")


def test_a_shallow_clone_works(clone, tmp_path):
    clone.commit("more", b"x")
    clone.git("push", "-q", "origin", "main")
    clone.git("clone", "-q", "--depth=1", f"file://{clone.remote}", str(tmp_path / "shallow"))
    shallow = Repository(tmp_path / "shallow")
    assert shallow.is_shallow
    assert not Repository(clone.path).is_shallow
    assert shallow.remote_state("origin", "main").relation == Relation.SAME
    clone.commit("again", b"x")
    clone.git("push", "-q", "origin", "main")
    assert shallow.remote_state("origin", "main").relation == Relation.REMOTE_AHEAD
    (shallow.root / "run.sh").write_text("x")
    commit_paths(shallow, ["run.sh"], "chore: in the shallows")
    with pytest.raises(UsageError, match="gone apart"):
        check_remote(shallow, "origin", "main")


# Commits


def test_a_commit_holds_the_planned_paths_and_nothing_else(clone, repository):
    change(clone, "run.sh", "other.txt", "docs/latin.txt")
    clone.git("add", "other.txt")
    (clone.path / "changes/1.md").unlink()
    (clone.path / "CHANGELOG.md").write_text("new")
    staged = clone.git("ls-files", "-s", "other.txt")
    paths = ["run.sh", "changes/1.md", "CHANGELOG.md", "never-there"]
    commit = commit_paths(repository, paths, "chore(release): bump\n\n# no comment\n")
    assert show(clone, commit) == ["CHANGELOG.md", "changes/1.md", "run.sh"]
    assert clone.git("log", "-1", "--format=%B") == "chore(release): bump\n\n# no comment"
    assert clone.git("ls-files", "-s", "other.txt") == staged
    assert repository.changes() == ["docs/latin.txt", "other.txt"]


def test_a_message_is_only_a_message(clone, repository):
    change(clone, "run.sh")
    commit = commit_paths(repository, ["run.sh"], "--amend $(touch x) \ud800 ü\0")
    assert "--amend $(touch x) \\ud800 ü\\0" in clone.git("log", "-1", "--format=%B", commit)
    assert len(clone.git("rev-list", "HEAD").split()) == 2


def test_a_hook_that_refuses_is_heard_and_leaves_nothing(clone, repository):
    clone.hook("pre-commit", "echo $'bad \\033[31m news' >&2; exit 1")
    (clone.path / "new").write_text("x")
    change(clone, "run.sh")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError) as caught:
        commit_paths(repository, ["run.sh", "new"], "chore: bump")
    assert any("news" in line for line in caught.value.details)
    assert not any("\033" in line for line in caught.value.details)
    assert clone.everything() == before


@pytest.mark.parametrize("status", [0, 1])
@pytest.mark.parametrize("staged", [True, False])
def test_a_hook_that_edits_planned_files_is_obeyed_once(clone, repository, status, staged):
    add = "git add run.sh" if staged else ":"
    edit = f"grep -q tidy run.sh || {{ echo tidy >> run.sh; {add}; exit {status}; }}"
    clone.hook("pre-commit", edit)
    change(clone, "run.sh")
    commit = commit_paths(repository, ["run.sh"], "chore: bump")
    assert clone.git("show", f"{commit}:run.sh").endswith("tidy")
    assert clone.git("rev-list", "--count", "HEAD") == "2"
    assert repository.changes() == []


def test_a_hook_that_edits_a_new_file_is_obeyed_too(clone, repository):
    clone.hook("pre-commit", "grep -q tidy new || { echo tidy >> new; }")
    (clone.path / "new").write_text("x\n")
    commit = commit_paths(repository, ["new"], "chore: bump")
    assert clone.git("show", f"{commit}:new") == "x\ntidy"


@pytest.mark.parametrize("status", [0, 1])
def test_a_hook_that_never_has_enough_is_an_error(clone, repository, status):
    clone.hook("pre-commit", f"echo more >> run.sh; exit {status}")
    change(clone, "run.sh")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError) as caught:
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert any("run.sh" in line for line in caught.value.details)
    after = clone.everything()
    assert after[1:] == before[1:]


def test_a_commit_with_a_file_of_a_hook_is_taken_back(clone, repository):
    clone.hook("pre-commit", "echo x > extra; git add extra")
    change(clone, "run.sh")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError, match="not planned") as caught:
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert caught.value.details == ("'extra': not planned",)
    assert clone.everything()[1:] == before[1:]


def test_without_a_reflog_our_commit_is_still_known(clone, repository):
    clone.git("config", "core.logAllRefUpdates", "false")
    shutil.rmtree(clone.path / ".git/logs")
    clone.hook("pre-commit", "echo x > extra; git add extra")
    change(clone, "run.sh")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError, match="not planned"):
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert clone.everything()[1:] == before[1:]


def test_a_hook_that_commits_is_taken_back(clone, repository):
    clone.hook("post-commit", "test -e done || { touch done; git commit -q --allow-empty -m x; }")
    change(clone, "run.sh")
    before = clone.everything()
    with pytest.raises(IncompleteVersionUpdateError, match="directly"):
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert clone.everything()[1:] == before[1:]


def test_hooks_see_their_own_pathspecs(clone, repository):
    clone.hook("pre-commit", "test -n \"$(git diff --cached --name-only -- '*.sh')\"")
    change(clone, "run.sh")
    commit_paths(repository, ["run.sh"], "chore: bump")


def test_nothing_to_commit_is_an_error(repository):
    with pytest.raises(IncompleteVersionUpdateError, match="nothing was left"):
        commit_paths(repository, ["run.sh"], "chore: bump")


def test_nobody_to_commit_for_is_an_error(clone, repository):
    clone.git("config", "user.useConfigOnly", "true")
    clone.git("config", "--global", "--unset", "user.email")
    change(clone, "run.sh")
    with pytest.raises(ExternalError) as caught:
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert caught.value.details


def test_a_commit_is_taken_back_only_while_it_is_the_newest(clone, repository):
    base = repository.head()
    change(clone, "run.sh", "other.txt")
    clone.git("add", "other.txt")
    before = clone.everything()
    ours = commit_paths(repository, ["run.sh"], "chore: bump")
    undo_commit(repository, base, ours)
    assert clone.everything() == before
    ours = commit_paths(repository, ["run.sh"], "chore: bump")
    clone.git("commit", "-q", "--allow-empty", "-m", "theirs")
    before = clone.everything()
    with pytest.raises(ExternalError, match="update-ref"):
        undo_commit(repository, base, ours)
    assert clone.everything() == before


def test_a_tag_is_deleted_only_while_it_is_ours(clone, repository):
    ours = create_tag(repository, "v2", "Version 2")
    assert clone.git("cat-file", "-t", "v2") == "tag"
    with pytest.raises(ExternalError, match="v2"):
        create_tag(repository, "v2", "Version 2")
    clone.git("tag", "-f", "v2", "HEAD")
    with pytest.raises(ExternalError):
        repository.delete_tag("v2", ours)
    assert repository.has_tag("v2")
    repository.delete_tag("v2", repository.head())
    assert not repository.has_tag("v2")


# Pushing


def test_a_push_brings_the_commit_and_its_tag_only(clone, repository):
    clone.git("config", "push.followTags", "true")
    create_tag(repository, "unrelated", "x")
    change(clone, "run.sh")
    commit = commit_paths(repository, ["run.sh"], "chore: bump")
    create_tag(repository, "v2", "Version 2")
    repository.push("origin", "main", "v2")
    there = clone.git("for-each-ref", "--format=%(refname)", at=clone.remote).split()
    assert there == ["refs/heads/main", "refs/tags/v2"]
    assert clone.git("rev-parse", "main", at=clone.remote) == commit
    assert repository.has_arrived("origin", "main", commit)
    clone.push_from_elsewhere()
    assert repository.has_arrived("origin", "main", commit)


@pytest.mark.parametrize(
    ("said", "reason"),
    [("no, thanks", Rejection.DECLINED), ("GH006: Protected branch", Rejection.PROTECTED)],
)
def test_a_declined_push_leaves_neither_commit_nor_tag(clone, repository, said, reason):
    clone.hook("pre-receive", f"echo '{said}'; exit 1", at=clone.remote)
    clone.commit("x", b"x")
    create_tag(repository, "v2", "Version 2")
    with pytest.raises(PushRejectedError) as caught:
        repository.push("origin", "main", "v2")
    assert caught.value.reason == reason
    assert any(said in line for line in caught.value.details)
    assert not repository.remote_has_tag("origin", "v2")


def test_a_declined_tag_keeps_the_branch_away_too(clone, repository):
    clone.hook("update", 'case "$1" in refs/tags/*) exit 1;; esac', at=clone.remote)
    clone.commit("x", b"x")
    create_tag(repository, "v2", "Version 2")
    with pytest.raises(PushRejectedError) as caught:
        repository.push("origin", "main", "v2")
    assert caught.value.reason == Rejection.DECLINED
    assert repository.remote_state("origin", "main").relation == Relation.LOCAL_AHEAD


@pytest.mark.parametrize("fetched", [True, False])
def test_a_push_behind_the_remote_is_rejected(clone, repository, fetched):
    clone.push_from_elsewhere()
    clone.commit("x", b"x")
    if fetched:
        clone.git("fetch", "-q")
    with pytest.raises(PushRejectedError) as caught:
        repository.push("origin", "main")
    assert caught.value.reason == Rejection.REMOTE_AHEAD


def test_a_tag_that_the_remote_has_is_rejected(clone, repository):
    clone.git("push", "-q", "origin", "HEAD:refs/tags/v2")
    clone.commit("x", b"x")
    create_tag(repository, "v2", "Version 2")
    with pytest.raises(PushRejectedError) as caught:
        repository.push("origin", "main", "v2")
    assert caught.value.reason == Rejection.TAG_EXISTS
    assert repository.remote_state("origin", "main").relation == Relation.LOCAL_AHEAD


def test_a_hook_of_this_clone_stops_a_push(clone, repository):
    clone.hook("pre-push", "echo not today >&2; exit 1")
    clone.commit("x", b"x")
    with pytest.raises(ExternalError) as caught:
        repository.push("origin", "main")
    assert not isinstance(caught.value, PushRejectedError | PushUnknownError)
    assert any("not today" in line for line in caught.value.details)


def lost_after(repository, monkeypatch, then):
    """The push reaches the remote, but its answer does not come back."""
    real = repository.git.attempt

    def attempt(*words, **options):
        done = real(*words, **options)
        if words[0] != "push":
            return done
        then()
        return remote.CommandResult(128, b"", b"fatal: the remote end hung up unexpectedly")

    monkeypatch.setattr(repository.git, "attempt", attempt)


def test_a_push_whose_answer_was_lost_is_asked_for(clone, repository, monkeypatch):
    clone.commit("x", b"x")
    lost_after(repository, monkeypatch, lambda: None)
    repository.push("origin", "main")


def test_a_push_that_did_not_arrive_is_an_error(clone, repository, monkeypatch):
    base = repository.head()
    clone.commit("x", b"x")
    lost_after(
        repository,
        monkeypatch,
        lambda: clone.git("update-ref", "refs/heads/main", base, at=clone.remote),
    )
    with pytest.raises(ExternalError) as caught:
        repository.push("origin", "main")
    assert not isinstance(caught.value, PushUnknownError)


def test_a_push_that_nobody_can_know_about_says_so(clone, repository, monkeypatch):
    clone.commit("x", b"x")
    lost_after(repository, monkeypatch, lambda: clone.remote.rename(clone.remote.with_name("m")))
    with pytest.raises(PushUnknownError, match="it is not known"):
        repository.push("origin", "main")


def test_passwords_and_control_characters_are_not_shown():
    line = quote_line("fatal: 'https://me:secret@example.org/x' \033[2J")
    assert "secret" not in line
    assert "\033" not in line
    assert len(quote_line("x" * 5000)) <= 200


# Before it begins


def test_a_clean_tree_on_a_branch_is_ready(clone, repository):
    (clone.path / "untracked").write_text("x")
    assert check_tree(repository) == "main"
    check_tag(repository, "v9", "origin")
    check_remote(repository, "origin", "main")
    clone.commit("mine", b"x")
    check_remote(repository, "origin", "main")
    check_remote(repository, "origin", "release/v9", may_be_new=True)


def test_a_dirty_tree_is_refused_and_named(clone, repository):
    change(clone, "run.sh", "other.txt")
    with pytest.raises(UsageError, match="changed") as caught:
        check_tree(repository)
    assert caught.value.details == ("'other.txt'", "'run.sh'")


def test_a_detached_head_needs_a_branch(clone, repository):
    clone.git("checkout", "-q", "--detach")
    with pytest.raises(UsageError, match="detached"):
        check_tree(repository)
    assert check_tree(repository, "main") == "main"
    with pytest.raises(UsageError):
        check_tree(repository, "-x")


def test_a_merge_in_progress_is_refused(clone, repository):
    (clone.path / ".git/MERGE_HEAD").write_text(repository.head())
    with pytest.raises(UsageError, match="a merge"):
        check_tree(repository)


def test_a_taken_tag_is_refused(clone, repository):
    clone.git("tag", "here")
    clone.git("push", "-q", "origin", "HEAD:refs/tags/there")
    with pytest.raises(UsageError, match="here"):
        check_tag(repository, "here", None)
    check_tag(repository, "there", None)
    with pytest.raises(UsageError, match="'origin'"):
        check_tag(repository, "there", "origin")


def test_a_remote_that_is_ahead_or_gone_is_refused(clone, repository):
    clone.push_from_elsewhere()
    with pytest.raises(UsageError, match="missing here"):
        check_remote(repository, "origin", "main")
    with pytest.raises(UsageError, match="does not exist"):
        check_remote(repository, "origin", "mian")


def test_a_command_that_is_interrupted_is_waited_for(clone, repository, monkeypatch):
    """Killed, git would leave its lock; asked, it takes it away."""
    clone.hook("pre-commit", "sleep 2")
    change(clone, "run.sh")
    real = subprocess.Popen.communicate
    state = {"first": True}

    def communicate(child, *words, **options):
        if b"commit" in child.args and state.pop("first", False):
            wait_for(clone.path / ".git/index.lock")
            raise KeyboardInterrupt
        return real(child, *words, **options)

    monkeypatch.setattr(subprocess.Popen, "communicate", communicate)
    with pytest.raises(KeyboardInterrupt):
        commit_paths(repository, ["run.sh"], "chore: bump")
    assert not repository.is_locked()
