"""A published branch, with a real git: what a commit may change, races, and what stays untouched."""

import subprocess
import threading
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.adapters.git.pages_branch import (
    Commit,
    Pushed,
    Tip,
    TreeEntry,
    blob_id,
    pages_branch,
    quote_path,
)
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.run import Git
from secstatus.adapters.git.scratch_repository import find_identity, scratch_repository
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.errors import ExternalError, UsageError

WHO = "Somebody <somebody@example.org>"
BRANCH = "gh-pages"


def commit(tip, **more):
    return replace(Commit("a site\n", WHO, WHO, 1_790_000_000, tip.commit, ""), **more)


def publish(clone, changed, removed=(), squash=False):
    """One deployment that nobody disturbs; the new commit."""
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        tip = branch.fetch()
        wanted = commit(tip, parent="", tree=tip.commit) if squash else commit(tip)
        made = branch.commit(wanted, changed, removed)
        assert branch.push(made, tip, squash=squash) is Pushed.LANDED
        return made


def published(clone):
    """Path → content of the remote's branch."""
    listed = clone.git("ls-tree", "-r", "-z", "--name-only", BRANCH, at=clone.remote)
    paths = [path for path in listed.split("\0") if path]
    return {path: clone.git("show", f"{BRANCH}:{path}", at=clone.remote) for path in paths}


def objects(clone):
    return sorted(path.name for path in (clone.path / ".git/objects").rglob("*"))


def test_the_first_commit_makes_the_branch(clone):
    made = publish(clone, {"x/index.html": b"one", ".nojekyll": b""})
    assert published(clone) == {"x/index.html": "one", ".nojekyll": ""}
    assert clone.git("rev-parse", BRANCH, at=clone.remote) == made
    assert clone.git("rev-list", "--count", BRANCH, at=clone.remote) == "1"


def test_only_what_is_named_changes(clone):
    first = publish(clone, {"x/a": b"1", "x/b": b"2", "CNAME": b"example.org", "docs/c": b"3"})
    second = publish(clone, {"x/a": b"4"}, ["x/b"])
    assert published(clone) == {"x/a": "4", "CNAME": "example.org", "docs/c": "3"}
    assert clone.git("rev-parse", f"{second}^", at=clone.remote) == first


def test_a_file_may_take_the_place_of_a_folder_and_the_other_way_round(clone):
    publish(clone, {"x/a": b"1", "y": b"2"})
    publish(clone, {"x": b"3", "y/b": b"4"}, ["x/a", "y"])
    assert published(clone) == {"x": "3", "y/b": "4"}


def test_a_squash_keeps_the_files_and_drops_the_history(clone):
    publish(clone, {"x/a": b"1", "docs/c": b"3"})
    publish(clone, {"x/a": b"2"})
    publish(clone, {"x/a": b"5"}, squash=True)
    assert published(clone) == {"x/a": "5", "docs/c": "3"}
    assert clone.git("rev-list", "--count", BRANCH, at=clone.remote) == "1"


def test_the_commit_says_what_it_was_told(clone):
    publish(clone, {"a": b""})
    shown = clone.git("log", "-1", "--format=%an|%ae|%at|%cn|%ct|%B", BRANCH, at=clone.remote)
    assert shown == "Somebody|somebody@example.org|1790000000|Somebody|1790000000|a site"


def test_modes_are_those_of_plain_files(clone):
    publish(clone, {"a": b"#!/bin/sh\n"})
    assert clone.git("ls-tree", BRANCH, at=clone.remote).startswith("100644 blob")


def test_nothing_of_the_clone_changes(clone):
    (clone.path / "other.txt").write_bytes(b"being edited\n")
    before, stored = clone.everything(), objects(clone)
    publish(clone, {"a": b"1"})
    publish(clone, {"a": b"2"}, squash=True)
    assert clone.everything() == before
    assert objects(clone) == stored
    assert not (clone.path / ".git/shallow").exists()
    assert not (clone.path / ".git/FETCH_HEAD").exists()


def test_a_shallow_clone_of_one_branch_will_do(clone, tmp_path):
    publish(clone, {"a": b"1", "b": b"2"})
    shallow = tmp_path / "shallow"
    url = f"file://{clone.remote}"
    clone.git(
        "clone", "-q", "--depth=1", "--single-branch", "-b", "main", url, str(shallow), at=tmp_path
    )
    clone.path = shallow
    publish(clone, {"a": b"3"})
    assert published(clone) == {"a": "3", "b": "2"}
    assert clone.git("rev-list", "--count", BRANCH, at=clone.remote) == "2"


def test_a_folder_inside_of_the_clone_will_do(clone):
    clone.path = clone.path / "docs"
    publish(clone, {"a": b"1"})
    assert published(clone) == {"a": "1"}


def test_contents_come_in_the_order_that_was_asked_for(clone):
    files = {"a": b"one", "b": b"", "c": b"x\n\0y\n" * 1000}
    publish(clone, files)
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        there = branch.fetch().files
        for names in (["c", "a", "b", "a"], []):
            assert branch.contents([there[name] for name in names]) == [files[n] for n in names]
        with pytest.raises(ExternalError, match="missing"):
            branch.contents([TreeEntry("100644", "0" * 39 + "1")])


def test_a_branch_that_moves_while_it_is_fetched_is_read_as_it_came(clone, monkeypatch):
    listed = publish(clone, {"a": b"1"})
    newest = publish(clone, {"a": b"2"})
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        monkeypatch.setattr(branch, "tip", lambda: listed)
        tip = branch.fetch()
    assert (tip.commit, tip.files["a"].object) == (newest, blob_id(b"2"))


def test_no_branch_is_no_error(clone):
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        assert branch.fetch() == Tip()


def overtaken(clone, name, squash=False):
    """Push a commit that was made before somebody else pushed one."""
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        tip = branch.fetch()
        made = branch.commit(commit(tip), {name: b"mine"}, [])
        publish(clone, {"theirs": b"theirs"})
        first = branch.push(made, tip, squash=squash)
        again = branch.fetch()
        made = branch.commit(commit(again), {name: b"mine"}, [])
        return first, branch.push(made, again)


@pytest.mark.parametrize("squash", [False, True])
def test_who_was_overtaken_hears_of_it_and_lands_the_second_time(clone, squash):
    publish(clone, {"old": b"old"})
    assert overtaken(clone, "mine", squash) == (Pushed.OVERTAKEN, Pushed.LANDED)
    assert published(clone) == {"old": "old", "theirs": "theirs", "mine": "mine"}


def test_two_may_make_the_branch_at_once(clone):
    assert overtaken(clone, "mine") == (Pushed.OVERTAKEN, Pushed.LANDED)
    assert published(clone) == {"theirs": "theirs", "mine": "mine"}


def test_a_locked_branch_is_one_to_wait_for(clone):
    publish(clone, {"a": b"1"})
    lock = clone.remote / f"refs/heads/{BRANCH}.lock"
    lock.touch()
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        tip = branch.fetch()
        made = branch.commit(commit(tip), {"a": b"2"}, [])
        assert branch.push(made, tip) is Pushed.OVERTAKEN
        lock.unlink()
        assert branch.push(made, tip) is Pushed.LANDED


def test_a_refusal_of_the_remote_is_told_in_its_words(clone):
    publish(clone, {"a": b"1"})
    clone.hook(
        "pre-receive",
        "echo 'GH006: Protected branch \x1b[31m update failed' >&2; exit 1",
        clone.remote,
    )
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        tip = branch.fetch()
        made = branch.commit(commit(tip), {"a": b"2"}, [])
        with pytest.raises(ExternalError) as caught:
            branch.push(made, tip)
    assert "protection" in caught.value.hint
    assert any("GH006" in line for line in caught.value.details)
    assert all(line.isprintable() for line in caught.value.details)
    assert published(clone) == {"a": "1"}


def test_what_arrived_before_the_connection_broke_has_arrived(clone):
    """The hook stands for a server that takes the commit and dies before it says so."""
    publish(clone, {"a": b"1"})
    clone.hook("post-receive", "kill -9 $PPID", clone.remote)
    with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
        tip = branch.fetch()
        made = branch.commit(commit(tip), {"a": b"2"}, [])
        assert branch.push(made, tip) is Pushed.LANDED
    assert published(clone) == {"a": "2"}


def test_a_remote_that_is_gone_is_an_outside_error_without_passwords(clone):
    clone.git("remote", "set-url", "origin", "https://user:hunter2@127.0.0.1:1/x.git")
    with (
        pages_branch(Repository(clone.path), "origin", BRANCH) as branch,
        pytest.raises(ExternalError) as caught,
    ):
        branch.fetch()
    assert "hunter2" not in " ".join([str(caught.value), *caught.value.details])
    assert "hunter2" not in branch.where


def test_a_remote_with_two_addresses_is_refused(clone):
    clone.git("remote", "set-url", "--add", "--push", "origin", "../one.git")
    clone.git("remote", "set-url", "--add", "--push", "origin", "../two.git")
    with (
        pytest.raises(UsageError, match="2 addresses"),
        pages_branch(Repository(clone.path), "origin", BRANCH),
    ):
        pass


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-f",
        "--upload-pack=touch x",
        "a..b",
        "a b",
        "a:refs/heads/main",
        "HEAD",
        "x/",
        "a\nb",
        "a\0b",
        "@{1}",
        "x.lock",
        "~",
        "\ud800",
    ],
)
def test_a_hostile_branch_is_refused_before_anybody_is_asked(clone, name):
    refs = clone.git("for-each-ref", at=clone.remote)
    with (
        pytest.raises(UsageError),
        pages_branch(Repository(clone.path), "origin", name),
    ):
        pass
    assert clone.git("for-each-ref", at=clone.remote) == refs
    assert not (clone.path / "x").exists()


@pytest.mark.parametrize("remote", ["--upload-pack=touch pwned", "-q", "ext::touch pwned"])
def test_a_hostile_remote_starts_nothing(clone, remote):
    with (
        pages_branch(Repository(clone.path), remote, BRANCH) as branch,
        pytest.raises(ExternalError),
    ):
        branch.fetch()
    assert not list(clone.path.parent.rglob("pwned"))


def test_access_of_the_clone_holds_in_the_repository_of_the_run(clone):
    """A checkout in CI keeps its token in the clone's settings, or in a file that they include."""
    included = clone.path.parent / "token.config"
    included.write_text('[http "https://example.org/"]\n\textraheader = AUTHORIZATION: basic abc\n')
    clone.git("config", "include.path", str(included))
    clone.git("config", "core.sshCommand", "ssh -i key")
    clone.git("config", "alias.x", "!touch pwned")
    clone.git("config", "--global", "http.extraheader", "X-Once: 1")
    with scratch_repository(Git(clone.path)) as git:
        assert git.line("config", "http.https://example.org/.extraheader").endswith("basic abc")
        assert git.line("config", "core.sshcommand") == "ssh -i key"
        assert git.attempt("config", "alias.x").status == 1
        # Twice the same header is an error for some servers.
        assert git.line("config", "--get-all", "http.extraheader") == "X-Once: 1"


def test_the_repository_of_the_run_is_gone_afterwards(clone, tmp_path, monkeypatch):
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(place))
    publish(clone, {"a": b"1"})
    assert list(place.iterdir()) == []


def test_somebody_who_is_not_known_is_not_guessed(clone, monkeypatch):
    git = Git(clone.path)
    assert find_identity(git, "AUTHOR", "nobody <n@x.invalid>") == WHO
    monkeypatch.setenv("GIT_AUTHOR_NAME", "A > B\nC")
    assert find_identity(git, "AUTHOR", "nobody <n@x.invalid>") == "A  BC <somebody@example.org>"
    monkeypatch.delenv("GIT_AUTHOR_NAME")
    # git would take the name of the machine's user.
    clone.git("config", "--global", "--unset", "user.name")
    assert find_identity(git, "AUTHOR", "nobody <n@x.invalid>") == "nobody <n@x.invalid>"
    clone.git("config", "--global", "user.name", "Somebody")
    assert find_identity(git, "AUTHOR", "nobody <n@x.invalid>") == WHO
    clone.git("config", "--global", "--unset", "user.email")
    assert find_identity(git, "AUTHOR", "nobody <n@x.invalid>") == "nobody <n@x.invalid>"


HOSTILE = st.text(
    st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=["Cs"]),
    min_size=1,
    max_size=12,
).filter(lambda name: name.strip(". ").casefold() not in ("", "git"))


@given(names=st.sets(HOSTILE, min_size=1, max_size=8))
def test_a_name_is_a_name_whatever_is_in_it(names, tmp_path_factory):
    """A law: what comes out of fast-import are these names in the folder, and nothing else."""
    folder = tmp_path_factory.mktemp("names")
    paths = {f"site/{name}" for name in names}
    subprocess.run(["git", "init", "-q", "--bare", "."], cwd=folder, check=True)
    from secstatus.adapters.git.pages_branch import stream

    made = Commit("m", WHO, WHO, 0, "", "")
    given_ = stream("refs/heads/x", made, dict.fromkeys(sorted(paths), b"c"), [])
    subprocess.run(
        ["git", "fast-import", "--quiet", "--done"], cwd=folder, input=given_, check=True
    )
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "-z", "--name-only", "x"],
        cwd=folder,
        check=True,
        capture_output=True,
    ).stdout
    assert set(listed.decode().split("\0")[:-1]) == paths


def test_a_quoted_name_has_one_line():
    assert quote_path('a "b"\n\\é') == b'"a \\042b\\042\\012\\134\\303\\251"'


@given(st.binary(max_size=200))
def test_a_blob_has_the_name_that_git_gives_it(content):
    assert blob_id(b"what is up, doc?") == "bd9dbf5aae1a3862dd1526723246b20206e5fc37"
    asked = ["git", "hash-object", "--stdin"]
    done = subprocess.run(asked, input=content, check=True, capture_output=True)
    assert blob_id(content) == done.stdout.decode().strip()


def test_a_repository_of_sha256_has_longer_names(clone, tmp_path):
    place = tmp_path / "long"
    place.mkdir()
    clone.git("init", "-q", "--object-format=sha256", at=place)
    clone.git(
        "init", "-q", "--bare", "--object-format=sha256", str(tmp_path / "long.git"), at=place
    )
    clone.git("remote", "add", "origin", str(tmp_path / "long.git"), at=place)
    clone.path, clone.remote = place, tmp_path / "long.git"
    publish(clone, {"a": b"1"})
    with pages_branch(Repository(place), "origin", BRANCH) as branch:
        assert branch.fetch().files == {"a": TreeEntry("100644", blob_id(b"1", "sha256"))}


def test_three_at_once_all_land(clone):
    publish(clone, {"x/a": b"0"})
    failed, pauses = [], RetryPolicy(20, first_pause=0.3)

    def run(name):
        try:
            with pages_branch(Repository(clone.path), "origin", BRANCH) as branch:
                for number in range(10):
                    tip = branch.fetch()
                    made = branch.commit(commit(tip, message=name), {f"{name}/a": b"1"}, [])
                    if branch.push(made, tip) is Pushed.LANDED:
                        return
                    time.sleep(pauses.find_pause(number + 1, Timing()))
            failed.append(name)
        except Exception as error:  # seen by the assertion below
            failed.append(error)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("p", "q", "r")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert published(clone) == {"x/a": "0", "p/a": "1", "q/a": "1", "r/a": "1"}
    assert clone.git("rev-list", "--count", BRANCH, at=clone.remote) == "4"
