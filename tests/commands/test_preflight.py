"""preflight from end to end: a small project, real tools, real git, and everything that is wrong."""

import json
import os
import shutil
import subprocess
import zipfile
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from secstatus.adapters.git.repository import Repository
from secstatus.commands.ingest import IngestOptions as IngestAsk
from secstatus.commands.ingest import ingest_reports
from secstatus.commands.preflight import PreflightOptions, clean_build, run_preflight
from secstatus.commands.preflight.source import source_verdict
from secstatus.commands.verify import verify_release
from secstatus.errors import InputError, UsageError
from secstatus.publishing.policy import Isolation, PreflightPolicy, Reproducible
from secstatus.publishing.stages import StageState
from secstatus.status.policy import Grade
from tests.commands.scanned import FIRST, KELP, REPORTS, both
from tests.commands.shared_runs import SharedRuns
from tests.support.repositories import git, isolate_git, make_repository

NOW = FIRST + timedelta(hours=1)
ALONE = PreflightPolicy(isolation=Isolation.NO)
QUICK = PreflightPolicy(isolation=Isolation.NO, reproducible=Reproducible.NO)
CONFIG = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "limpet"
version = "1.2"
description = "Holds on."
readme = "README.md"
requires-python = ">=3.11"
license = "MIT"

[tool.hatch.build.targets.sdist]
include = ["/limpet", "/README.md"]
"""
HOOK = """\
import os
from pathlib import Path
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CustomBuildHook(BuildHookInterface):
    def initialize(self, version, build_data):
        Path(self.root, "limpet", "when.py").write_text(f"MADE = {os.urandom(8)!r}")
"""


# So that the same files are the same commit, and the same build, in every test.
WHEN = f"{int(FIRST.timestamp())} +0000"


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """The project with a fresh and clean status in a repository with its remote, made once."""
    folder = tmp_path_factory.mktemp("template") / "limpet"
    scanned(folder)
    with pytest.MonkeyPatch.context() as patched:
        settled(patched, tmp_path_factory.mktemp("home"))
        make_repository(folder, {})
    return folder


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    return SharedRuns(tmp_path_factory.mktemp("shared"))


def settled(monkeypatch, home):
    isolate_git(monkeypatch, home)
    for name in [name for name in os.environ if name.startswith("GITHUB_")]:
        monkeypatch.delenv(name)
    for name in ("GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"):
        monkeypatch.setenv(name, WHEN)


def scanned(folder, *vulnerable):
    (folder / REPORTS).mkdir(parents=True, exist_ok=True)
    (folder / "limpet").mkdir(exist_ok=True)
    (folder / "pyproject.toml").write_text(CONFIG)
    (folder / "README.md").write_text("# Limpet\n\nHolds on.\n")
    (folder / "limpet/__init__.py").write_text('"""A limpet."""\n')
    for name, report in both(FIRST, *vulnerable).items():
        (folder / REPORTS / f"{name.replace('_', '-')}.json").write_text(json.dumps(report))
    ingest_reports(folder, FIRST + timedelta(minutes=5), IngestAsk(scan_date=FIRST))


@pytest.fixture
def root(tmp_path, template, shared, monkeypatch, tmp_path_factory):
    settled(monkeypatch, tmp_path_factory.mktemp("home"))
    monkeypatch.setattr(clean_build, "run_to_end", shared.ended)
    target = tmp_path / "limpet"
    shutil.copytree(template, target)
    shutil.copytree(f"{template}.git", f"{target}.git")
    git(target, "remote", "set-url", "origin", f"{target}.git")
    git(target, "status")  # a copy's files are other ones to the index, until it has looked
    return target


@pytest.fixture
def unshared(shared, monkeypatch):
    """Every run of a tool is one of its own."""
    monkeypatch.setattr(shared, "again", False)


def commit(root, **files):
    """Change files (`name` with `__` for `/` and `_dot_` for `.`) and commit them."""
    for name, text in files.items():
        path = root / name.replace("__", "/").replace("_dot_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "change")


def run(root, policy=QUICK, **more):
    return run_preflight(root, more.pop("now", NOW), PreflightOptions(**more), policy=policy)


def stage(found, name):
    return next(each for each in found.stages if each.name == name)


def failed(found):
    return {each.name for each in found.stages if each.state is StageState.FAILED}


def told(found, name):
    each = stage(found, name)
    return "\n".join((each.detail, *each.lines))


def test_a_release_that_may_go_out(root, unshared):
    git(root, "tag", "v1.2")
    said = []
    found = run_preflight(
        root,
        NOW,
        PreflightOptions(gates=("test -f limpet/__init__.py", "true")),
        said.append,
        policy=ALONE,
    )
    assert (failed(found), found.exit_status) == (set(), 0), found.text()
    assert {each.name for each in found.stages if each.state is StageState.PASSED} == {
        "source", "security", "gates", "checkout", "project", "build", "rebuild", "reproducible",
        "twine", "wheel", "metadata", "contents", "checksums",
    }  # fmt: skip
    assert len(said) == len(found.stages)
    dist = root / "dist"
    names = sorted(path.name for path in dist.iterdir())
    wheel, sdist = "limpet-1.2-py3-none-any.whl", "limpet-1.2.tar.gz"
    assert names == ["SHA256SUMS", "checksums.json", wheel, sdist]
    subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=dist, check=True)
    stated = json.loads((dist / "checksums.json").read_text())
    assert (stated["version"], stated["commit"]) == ("1.2", git(root, "rev-parse", "HEAD"))
    document = found.document()
    assert (document["ok"], document["files"]) == (True, stated["files"])
    assert all({"name", "state", "seconds", "detail"} <= set(each) for each in document["stages"])
    assert "grade A" in told(found, "security")
    assert "| gates | passed |" in found.summary()
    assert found.failures() == []
    assert git(root, "status", "--porcelain") == "?? dist/"


def test_the_same_commit_gives_the_same_files_again(root, shared, monkeypatch):
    first = run(root).files
    (root / "untracked.py").write_text("SECRET = 1\n")
    monkeypatch.setattr(shared, "again", False)
    shared.real.clear()
    second = run(root)
    assert "build" in shared.real
    assert second.exit_status == 0, second.text()
    assert second.files == first
    assert len(first) == 2


def test_what_preflight_wrote_is_what_verify_and_upload_read(root):
    run(root, checksums=Path("sums"))
    assert sorted(path.suffix for path in (root / "dist").iterdir()) == [".gz", ".whl"]
    assert sorted(path.name for path in (root / "sums").iterdir()) == [
        "SHA256SUMS",
        "checksums.json",
    ]
    found = verify_release(root, NOW, index_url="http://127.0.0.1:1/simple/", timeout=0)
    assert found.stages[0].state is StageState.PASSED


# Each stage says no for its own reason


def test_no_failure_hides_another(root):
    (root / "README.md").write_text("changed")
    found = run(
        root,
        PreflightPolicy(isolation=Isolation.NO, worst_grade=Grade.A),
        gates=("exit 3",),
        now=NOW + timedelta(days=30),
    )
    assert failed(found) == {"source", "security", "gates"}
    assert {each.name for each in found.stages if each.state is StageState.SKIPPED} == {"checksums"}
    assert "needs source, which failed" in told(found, "checksums")
    assert "'README.md'" in told(found, "source")
    assert "status 3" in told(found, "gates")
    assert "the grade is ?" in told(found, "security")
    assert found.exit_status == 1
    assert not (root / "dist").exists()
    assert "must not be published: source, security, gates failed" in found.text()
    assert len(found.failures()) == 3


def test_open_findings_need_a_policy_that_allows_them(root):
    kelp = {**KELP, "fix_versions": ["2.0.1"]}
    shutil.rmtree(root / "security")
    scanned(root, ("kelp", [kelp]))
    commit(root)
    found = run(root)
    # Its severity is not known, which counts as medium.
    assert (failed(found), "grade B" in told(found, "security")) == (set(), True), found.text()
    found = run(
        root,
        PreflightPolicy(isolation=Isolation.NO, reproducible=Reproducible.NO, worst_grade=Grade.A),
    )
    assert failed(found) == {"security"}


@pytest.mark.parametrize("spoil", ["missing", "broken", "scanless"])
def test_a_status_that_proves_nothing_stops_it(root, spoil):
    path = root / "security/status/live-status.json"
    if spoil == "missing":
        path.unlink()
    elif spoil == "broken":
        path.write_text("{")
    else:
        document = json.loads(path.read_text())
        del document["scans"]
        path.write_text(json.dumps(document))
    commit(root)
    found = run(root)
    assert failed(found) == {"security"}
    assert not (root / "dist").exists()


def test_a_gate_that_changes_a_file(root):
    found = run(root, gates=("echo x >> README.md",))
    assert failed(found) == {"gates"}
    assert "a gate has changed 'README.md'" in told(found, "gates")


def test_gates_of_the_configuration_are_those_of_the_bump(root):
    commit(root, pyproject_dot_toml=CONFIG + '[tool.secstatus.bump]\ngates = ["exit 4"]\n')
    assert "'exit 4'" in told(run(root), "gates")
    assert stage(run(root, gates=("",)), "gates").not_asked
    assert "'exit 5'" in told(run(root, gates=("exit 5",)), "gates")


@pytest.mark.parametrize(
    ("old", "new", "name", "problem"),
    [
        ('license = "MIT"', 'license = ["MIT"]', "project", "license"),
        ("hatchling.build", "hatchling.nothing", "build", "hatchling.nothing"),
        ('"/limpet", ', "", "build", "hatchling"),
    ],
)
def test_a_project_that_is_not_right(root, old, new, name, problem):
    commit(root, pyproject_dot_toml=CONFIG.replace(old, new))
    found = run(root)
    assert name in failed(found), found.text()
    assert problem in told(found, name)
    assert not (root / "dist").exists()


def test_what_is_built_by_chance_is_not_reproducible(root):
    config = CONFIG.replace('"/limpet"', '"/limpet", "/hatch_build.py"')
    commit(
        root,
        hatch_build_dot_py=HOOK,
        pyproject_dot_toml=config + "[tool.hatch.build.hooks.custom]\n",
    )
    found = run(root, ALONE)
    assert failed(found) == {"reproducible", "contents"}, found.text()
    assert "limpet/when.py': other content" in told(found, "reproducible")
    content = PreflightPolicy(isolation=Isolation.NO, reproducible=Reproducible.CONTENT)
    assert "reproducible" in failed(run(root, content))
    assert "limpet/when.py': not a file of the commit" in told(found, "contents")
    allowed = PreflightPolicy(
        isolation=Isolation.NO, reproducible=Reproducible.NO, allowed_files=("limpet/when.py",)
    )
    assert failed(run(root, allowed)) == set()


def faulty(root):
    """What preflight says of a project with faults for three stages, and modules named like tools."""
    config = CONFIG.replace('"/limpet"', '"/limpet", "/deploy"')
    for line in ('license = "MIT"\n', 'requires-python = ">=3.11"\n', 'readme = "README.md"\n'):
        assert line in config
        config = config.replace(line, "")
    (root / "README.md").unlink()
    commit(
        root,
        pyproject_dot_toml=config,
        limpet__tests__test_a_dot_py="",
        deploy__id_ed25519="x",
        twine_dot_py="raise SystemExit(0)",
        build_dot_py="raise SystemExit(0)",
    )
    found = run(root)
    assert failed(found) == {"contents", "metadata", "twine"}, found.text()
    assert not (root / "dist").exists()
    return found


def test_what_the_index_shows_has_to_be_there(root):
    found = faulty(root)
    assert "no license" in told(found, "metadata")
    assert "no requires-python" in told(found, "metadata")


def test_a_project_that_is_named_like_a_tool_is_not_run_as_one(root):
    found = faulty(root)
    assert "long_description" in told(found, "twine")
    assert stage(found, "build").state is StageState.PASSED


def test_secrets_and_tests_do_not_go_out(root):
    found = faulty(root)
    assert "'deploy/id_ed25519': a name" in told(found, "contents")
    assert "'limpet/tests/test_a.py': a test" in told(found, "contents")


@pytest.mark.parametrize(
    ("tool", "name"),
    [
        ("build", "build"),
        ("twine", "twine"),
        ("check-wheel-contents", "wheel"),
        ("validate-pyproject", "project"),
    ],
)
def test_a_missing_tool_is_no_pass(root, monkeypatch, tool, name):
    def version(asked):
        if asked == tool:
            raise PackageNotFoundError(asked)
        return "1"

    monkeypatch.setattr(clean_build, "version", version)
    found = run(root)
    assert failed(found) == {name}
    assert (stage(found, name).detail, found.exit_status) == (f"{tool} is not installed", 1)
    assert "secstatus[publish]" in told(found, name)
    assert not (root / "dist").exists()


def test_no_token_reaches_the_build(root, monkeypatch):
    monkeypatch.setenv("TWINE_PASSWORD", "w0rd")
    monkeypatch.setenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "t0ken")
    hook = HOOK.replace("MADE =", "ENV =").replace("os.urandom(8)", "sorted(os.environ)")
    config = CONFIG.replace('"/limpet"', '"/limpet", "/hatch_build.py"')
    commit(
        root,
        hatch_build_dot_py=hook,
        pyproject_dot_toml=config + "[tool.hatch.build.hooks.custom]\n",
    )
    policy = PreflightPolicy(
        isolation=Isolation.NO, reproducible=Reproducible.NO, allowed_files=("limpet/when.py",)
    )
    assert run(root, policy).exit_status == 0
    (wheel,) = (root / "dist").glob("*.whl")
    text = subprocess.run(
        ["unzip", "-p", wheel, "limpet/when.py"], capture_output=True, text=True, check=True
    )
    assert "SOURCE_DATE_EPOCH" in text.stdout
    assert "TWINE_PASSWORD" not in text.stdout
    assert "ACTIONS_ID_TOKEN_REQUEST_TOKEN" not in text.stdout


# The folder


def test_files_of_others_are_not_uploaded_along(root):
    (root / "dist").mkdir()
    (root / "dist/limpet-1.1.tar.gz").write_bytes(b"old")
    found = run(root)
    assert failed(found) == {"checksums"}
    assert "'limpet-1.1.tar.gz'" in told(found, "checksums")
    assert [path.name for path in (root / "dist").iterdir()] == ["limpet-1.1.tar.gz"]


def test_an_earlier_release_of_ours_is_replaced(root):
    assert run(root).exit_status == 0
    commit(root, pyproject_dot_toml=CONFIG.replace('"1.2"', '"1.3"'))
    found = run(root)
    assert (found.exit_status, found.version) == (0, "1.3"), found.text()
    assert {path.name for path in (root / "dist").iterdir()} == {
        "SHA256SUMS", "checksums.json", "limpet-1.3-py3-none-any.whl", "limpet-1.3.tar.gz",
    }  # fmt: skip


# The commit


def source(root, environment=None, **policy):
    policy = {"tag": "v{version}", **policy}
    return source_verdict(Repository(root), PreflightPolicy(**policy), environment or {})


def test_the_commit_of_a_release(root):
    assert source(root).problems == ()
    assert "not tagged v1.2 yet" in source(root).detail
    git(root, "tag", "v1.2")
    git(root, "tag", "other")
    verdict = source(root, tag_required=True, branch="main")
    assert (verdict.problems, "tag v1.2" in verdict.detail) == ((), True)
    assert "on main" in verdict.detail


def test_a_tag_has_to_be_that_of_the_version(root):
    (problem,) = source(root, tag_required=True).problems
    assert problem == "the commit has no tag v1.2"
    git(root, "tag", "v1.3")
    assert "has the tag 'v1.3', the version says v1.2" in source(root).problems[0]
    git(root, "tag", "-d", "v1.3")
    git(root, "tag", "v1.2")
    git(root, "commit", "-q", "--allow-empty", "-m", "more")
    assert source(root).problems == ("the tag v1.2 is on another commit: this version is taken",)
    assert source(root, tag="r/{version}/{x}").problems == ()


def test_the_tag_of_the_workflow_counts(root):
    head = git(root, "rev-parse", "HEAD")
    run_for = {"GITHUB_ACTIONS": "true", "GITHUB_REF_TYPE": "tag", "GITHUB_REF_NAME": "v1.2"}
    assert source(root, {**run_for, "GITHUB_SHA": head}, tag_required=True).problems == ()
    assert source(root, {**run_for, "GITHUB_SHA": "0" * 40}, tag_required=True).problems
    other = {**run_for, "GITHUB_SHA": head, "GITHUB_REF_NAME": "v9\x1b"}
    assert "the workflow runs for the tag 'v9\\x1b'" in source(root, other).problems[0]
    assert source(
        root, {**run_for, "GITHUB_SHA": head, "GITHUB_REF_TYPE": "branch"}, tag_required=True
    ).problems


def test_the_branch_of_a_detached_and_shallow_clone(root, tmp_path):
    git(root, "tag", "v1.2")
    git(root, "push", "-q", "origin", "v1.2")
    git(root, "commit", "-q", "--allow-empty", "-m", "more")
    git(root, "push", "-q", "origin", "main")
    clone = tmp_path / "shallow"
    address = f"file://{root}.git"
    git(tmp_path, "clone", "-q", "--depth", "1", "--branch", "v1.2", address, str(clone))
    assert git(clone, "rev-parse", "--is-shallow-repository") == "true"
    assert source(clone, branch="main", tag_required=True).problems == ()
    assert source(clone).problems == ()
    git(clone, "remote", "set-url", "origin", str(tmp_path / "gone"))
    (problem,) = source(clone, branch="main").problems
    assert "it is not known whether the commit is on 'main'" in problem


def test_a_commit_of_another_branch(root):
    git(root, "switch", "-q", "-c", "side")
    assert source(root, branch="main").problems == ()  # main holds it, too
    git(root, "commit", "-q", "--allow-empty", "-m", "more")
    assert source(root, branch="main").problems == ("the commit is not on the branch 'main'",)
    assert "any branch" in source(root).detail


def test_versions_from_tags_need_their_tag(root):
    config = CONFIG.replace('version = "1.2"', 'dynamic = ["version"]')
    config = config.replace('["hatchling"]', '["hatchling", "hatch-vcs"]')
    commit(root, pyproject_dot_toml=config + '[tool.hatch.version]\nsource = "vcs"\n')
    with pytest.raises(Exception, match="comes from tags"):
        source(root)
    git(root, "tag", "v2.0")
    assert source(root).detail.startswith("version 2.0, tag v2.0")


def test_a_shallow_clone_in_a_folder_of_a_repository(root, tmp_path):
    """The project need not be the whole repository."""
    whole = tmp_path / "whole"
    shutil.copytree(root, whole / "packages/limpet", ignore=shutil.ignore_patterns(".git"))
    make_repository(whole, {"other/pyproject.toml": b"x"})
    clone = tmp_path / "part"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{whole}", str(clone))
    found = run(clone / "packages/limpet", ALONE)
    assert found.exit_status == 0, found.text()


def test_without_a_commit_there_is_nothing_to_check(tmp_path, monkeypatch):
    isolate_git(monkeypatch, tmp_path)
    (tmp_path / "pyproject.toml").write_text(CONFIG)
    with pytest.raises(UsageError, match="no git repository"):
        run(tmp_path)
    git(tmp_path, "init", "-q")
    with pytest.raises(UsageError, match="no commit"):
        run(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[")
    with pytest.raises(InputError):
        run(tmp_path)


# Isolation


def offline(monkeypatch):
    for name in [name for name in os.environ if name.upper().startswith(("PIP_", "UV_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")


def test_without_an_index_the_build_falls_back_and_says_so(root, monkeypatch):
    offline(monkeypatch)
    auto = PreflightPolicy(reproducible=Reproducible.NO)
    found = run(root, auto)
    assert found.exit_status == 0, found.text()
    assert "WITHOUT isolation" in told(found, "build")
    found = run(root, PreflightPolicy(reproducible=Reproducible.NO, isolation=Isolation.YES))
    assert failed(found) == {"build"}


def wheel_of(folder, name):
    """A package of this name that an installer can find without a network."""
    info = f"{name}-99.dist-info"
    with zipfile.ZipFile(folder / f"{name}-99-py3-none-any.whl", "w") as archive:
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 99\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", f"{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")


def test_what_only_isolation_finds_is_not_lost_by_falling_back(root, monkeypatch, tmp_path):
    """The backend is here and nobody has declared it: alone, the project cannot be built."""
    offline(monkeypatch)
    wheel_of(tmp_path, "packaging")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    commit(root, pyproject_dot_toml=CONFIG.replace('["hatchling"]', '["packaging"]'))
    assert run(root).exit_status == 0
    shutil.rmtree(root / "dist")
    found = run(root, PreflightPolicy(reproducible=Reproducible.NO))
    assert failed(found) == {"build"}
    assert "hatchling" in told(found, "build")


def test_copies_have_the_time_of_the_commit_and_the_rights_of_their_surroundings(root):
    (root / "limpet/__init__.py").chmod(0o755)
    commit(root, a="x")
    seconds = int(git(root, "log", "-1", "--format=%ct"))
    with clean_build.workshop(root, Isolation.NO) as shop:
        shop.copy("one", clean_build.USUAL)
        shop.copy("two", clean_build.OTHER)
        shown = [
            [
                (path.stat().st_mode & 0o777, path.stat().st_mtime)
                for path in (folder / "a", folder / "limpet/__init__.py")
            ]
            for folder in (shop.project("one"), shop.project("two"))
        ]
        kept = shop.folder
    assert shown[0] == [(0o644, seconds), (0o755, seconds)]
    assert shown[1] == [(0o600, seconds), (0o700, seconds)]
    assert not kept.exists()
