"""When a file was last committed, asked of a real git."""

import os
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secstatus.adapters.git.files import find_commit_time, read_modification_time
from secstatus.errors import InputError

WHEN = datetime(2026, 11, 2, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def repository(tmp_path, monkeypatch):
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name, raising=False)
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "somebody")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "somebody@example.org")
        monkeypatch.setenv(f"GIT_{who}_DATE", WHEN.isoformat())

    def git(*words):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "report.json").write_text("{}")
    git("add", "report.json")
    git("commit", "-q", "-m", "a report")
    return tmp_path


def test_a_committed_file_has_the_time_of_its_commit(repository):
    os.utime(repository / "report.json", (0, 0))
    assert find_commit_time(repository / "report.json") == WHEN


def test_a_relative_path_is_one_from_here(repository, monkeypatch):
    (repository / "sub").mkdir()
    (repository / "report.json").rename(repository / "sub/report.json")
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "moved"], cwd=repository, check=True)
    monkeypatch.chdir(repository)
    assert find_commit_time(Path("sub/report.json")) == WHEN


def test_the_repository_of_a_hook_is_not_asked(repository, tmp_path_factory, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path_factory.mktemp("other")))
    assert find_commit_time(repository / "report.json") == WHEN


def test_a_file_that_differs_from_its_commit_has_none(repository):
    (repository / "report.json").write_text("{ }")
    assert find_commit_time(repository / "report.json") is None


def test_a_file_that_git_does_not_know_has_none(repository):
    (repository / "new.json").write_text("{}")
    assert find_commit_time(repository / "new.json") is None


def test_an_ignored_file_has_none(repository):
    (repository / ".gitignore").write_text("*.tmp.json\n")
    (repository / "a.tmp.json").write_text("{}")
    assert find_commit_time(repository / "a.tmp.json") is None


def test_without_a_repository_there_is_none(tmp_path):
    (tmp_path / "report.json").write_text("{}")
    assert find_commit_time(tmp_path / "report.json") is None


def test_the_time_of_a_file_is_in_utc(tmp_path):
    path = tmp_path / "report.json"
    path.write_text("{}")
    os.utime(path, (1_790_000_000.75, 1_790_000_000.75))
    assert read_modification_time(path) == datetime.fromtimestamp(1_790_000_000, UTC)


def test_a_shallow_clone_does_not_date_an_old_file_by_its_tip(repository, tmp_path_factory):
    """Where its history ends, one commit seems to have brought every file."""
    (repository / "other.json").write_text("later")
    subprocess.run(["git", "add", "-A"], cwd=repository, check=True)
    subprocess.run(["git", "commit", "-q", "-m", "later"], cwd=repository, check=True)
    place = tmp_path_factory.mktemp("clones")
    for depth in ("1", "2"):
        words = ["git", "clone", "-q", "--depth", depth, f"file://{repository}", depth]
        subprocess.run(words, cwd=place, check=True)
    for old in ("1/report.json", "1/other.json", "2/report.json"):
        with pytest.raises(InputError, match="history is cut off"):
            find_commit_time(place / old)
    # One commit above the end is enough to know that this file came with it.
    assert find_commit_time(place / "2/other.json") == WHEN
