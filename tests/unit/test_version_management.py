"""The design's unit tests of version management: `bump` on real git, with a bare remote."""

import pytest

from tests.support.repositories import git, isolate_git, make_repository, snapshot

PYPROJECT = '[project]\nname = "mypylogger"\nversion = "{}"\n'


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """`repository({path: text})` is pushed to a bare remote."""
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)

    def make(files):
        folder = tmp_path / "mypylogger"
        folder.mkdir()
        return make_repository(folder, {path: text.encode() for path, text in files.items()})

    return make


@pytest.fixture
def bump(program):
    """`bump(root, "patch")` asks nothing; exit status, JSON result, messages."""

    def run(root, *arguments):
        now = "2026-11-25T09:00:00Z"
        return program("bump", "--root", root, "--now", now, "--yes", "--comment", "x", *arguments)

    return run


@pytest.mark.parametrize(
    ("written", "next_patch"),
    [
        ("0.2.0", "0.2.1"),
        ("1.4", "1.4.1"),
        ("2.0.0rc1", "2.0.0"),
        ("1!3.2.9", "1!3.2.10"),
        ("10.20.30", "10.20.31"),
    ],
)
def test_version_parsing_from_pyproject(repository, bump, written, next_patch):
    """The version is the one that pyproject.toml states, whatever stands elsewhere in it."""
    text = PYPROJECT.format(written) + '[tool.other]\nversion = "9.9.9"\n'
    root = repository({"pyproject.toml": text})
    exit_status, result, _ = bump(root, "patch", "--dry-run")

    assert exit_status == 0
    assert (result["old"], result["new"]) == (written, next_patch)
    assert [(each["file"], each["line"]) for each in result["edits"]] == [("pyproject.toml", 3)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[project]\nname = "mypylogger"\n', "no version"),
        (PYPROJECT.format("soon"), "'soon'"),
        (PYPROJECT.format("1.2.3 "), "expected a version"),
        ('[project\nname = "mypylogger"\n', "TOML"),
    ],
    ids=["no version", "no number", "space", "no TOML"],
)
def test_a_pyproject_without_a_version_is_refused(repository, bump, text, message):
    root = repository({"pyproject.toml": text})
    before = snapshot(root)
    exit_status, result, messages = bump(root, "patch")

    assert (exit_status, result) == (2, None)
    assert message in messages
    assert snapshot(root) == before


ACCEPTED = {
    "patch": "1.2.4",
    "minor": "1.3.0",
    "major": "2.0.0",
    "rc": "1.2.4rc1",
    "1.2.10": "1.2.10",
    "2.0.0rc1": "2.0.0rc1",
    "1.2.3.post1": "1.2.3.post1",
}
REFUSED = ("1.2.3", "1.2.2", "0.9", "v1.2.4", "1.2", "1.2.4-rc.1", "01.3.0", "1.2.4+local", "next")


@pytest.mark.parametrize("wish", [*ACCEPTED, *REFUSED])
def test_semantic_version_validation(repository, bump, wish):
    """A part raises its number and resets those after it; a typed version must be greater."""
    root = repository({"pyproject.toml": PYPROJECT.format("1.2.3")})
    before = snapshot(root)
    exit_status, result, messages = bump(root, wish, "--no-push")

    if wish in ACCEPTED:
        assert (exit_status, result["new"]) == (0, ACCEPTED[wish])
        assert (root / "pyproject.toml").read_text() == PYPROJECT.format(ACCEPTED[wish])
    else:
        assert (exit_status, result) == (2, None)
        assert "error: " in messages
        assert snapshot(root) == before


# Every kind of reference that the design supports, `@` for the version.
DOCUMENTS = {
    "pyproject.toml": PYPROJECT.format("@"),
    "src/mypylogger/__init__.py": '__version__ = "@"\n',
    "README.md": "# mypylogger v@\n",
    "docs/guide/start.md": "Start with mypylogger v@.\n",
    "scripts/check.py": 'print("mypylogger v@")\n',
    "scripts/tools/check.sh": "#!/bin/sh\necho mypylogger v@\n",
    ".kiro/steering/tech.md": "Written for mypylogger v@.\n",
    "tests/unit/test_core.py": (
        "import mypylogger\nfrom mypylogger import __version__\n\n\ndef test_it():\n"
        '    assert __version__ == "@"\n    assert mypylogger.__version__ == "@"\n'
    ),
    "tests/unit/test_public_api.py": (
        "from mypylogger import get_version\n\n\ndef test_it(out):\n    version = get_version()\n"
        '    assert version == "@"\n    assert "mypylogger v@" in out\n'
    ),
    "tests/performance/__init__.py": '"""Performance of mypylogger v@."""\n',
    "tests/performance/test_benchmarks.py": "# Figures of mypylogger v@.\n",
}


def test_document_version_updates(repository, bump):
    """One bump changes every supported reference, and no version of another package."""
    others = {
        "requirements.txt": "oddpin==0.2.0\n",
        "docs/hosts.txt": "10.0.2.0 and 0.2.05\n",
    }
    root = repository({path: t.replace("@", "0.2.0") for path, t in DOCUMENTS.items()} | others)
    exit_status, result, messages = bump(root, "minor")

    assert exit_status == 0, messages
    assert result["success"] is True
    assert result["updated_files"] == sorted(DOCUMENTS)
    assert len(result["edits"]) == sum(text.count("@") for text in DOCUMENTS.values())
    for path, text in DOCUMENTS.items():
        assert (root / path).read_text() == text.replace("@", "0.3.0"), path
    for path, text in others.items():
        assert (root / path).read_text() == text, path


def test_git_integration_workflow(repository, bump):
    """The changed files are staged, committed and pushed, and nothing else is."""
    files = {path: text.replace("@", "0.2.0") for path, text in DOCUMENTS.items()}
    root = repository(files | {".gitignore": "*.log\n"})
    (root / "run.log").write_text("mypylogger v0.2.0\n")
    (root / "draft.md").write_text("mypylogger v0.2.0, not tracked\n")
    exit_status, result, messages = bump(root, "patch", "--tag")

    assert exit_status == 0, messages
    head = git(root, "rev-parse", "HEAD")
    assert result["commit"] == head
    assert git(root, "log", "-1", "--format=%B") == (
        "chore(release): bump version 0.2.0 → 0.2.1\n\nx"
    )
    assert git(root, "diff", "--name-only", "HEAD~1").splitlines() == sorted(DOCUMENTS)
    assert git(root, "status", "--porcelain") == "?? draft.md"
    remote = root.parent / "mypylogger.git"
    assert git(remote, "rev-parse", "main") == head
    assert git(remote, "rev-parse", "v0.2.1^{commit}") == head
    assert git(remote, "show", "main:pyproject.toml") == PYPROJECT.format("0.2.1").strip()
