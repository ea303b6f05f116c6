"""init on real repositories: what is written, that a second run changes nothing, and hostile ones."""

import json
import os
import re
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secstatus.adapters.transaction import JOURNAL
from secstatus.commands.build import build_site
from secstatus.commands.deploy import deploy_site
from secstatus.commands.deploy.deployment import DeployOptions as DeployAsk
from secstatus.commands.ingest import IngestOptions as IngestAsk
from secstatus.commands.ingest import ingest_reports
from secstatus.commands.init import InitOptions, init_project
from secstatus.config import read_config
from secstatus.errors import InputError, SecstatusError, SecurityStatusError, UsageError
from secstatus.scaffold.readme import BEGIN
from secstatus.scaffold.workflows import PUBLISHING, SCANNING
from tests.commands.scanned import bandit, pip_audit
from tests.conftest import NOW
from tests.support.repositories import (
    files_of,
    git,
    isolate_git,
    make_repository,
    snapshot,
    write_files,
)

FILES = {
    "pyproject.toml": b'[project]\nname = "lantern"\nversion = "1.0"\n',
    "src/lantern/__init__.py": b"",
    "tests/test_lantern.py": b"def test_it():\n    pass\n",
    "README.md": b"# Lantern\n\nLight.\n",
}
ADDRESS = "https://github.com/deepsea/lantern.git"
SMALL = {
    "workflows/security-status.yml": "# [[ package ]], [[ site_url ]]\n"
    "on: {schedule: [{cron: '[[ minute ]] [[ hour ]] * * [[ weekday ]]'}]}\n"
    "jobs: {[[ branch | tojson ]]: [[ source | tojson ]]}\n",
    "workflows/pypi-publish.yml.j2": "on: push\n[% for gate in gates %]\n# ${{ x }} [[ gate ]]\n[% endfor %]\n",
    "dependabot.yml": "version: 2\n",
}
WRITTEN = [
    ".github/dependabot.yml", PUBLISHING, SCANNING, ".gitignore", "security/status/.gitattributes", "README.md", "SECURITY.md",
    "pyproject.toml", "security/reports/latest/.gitkeep",
]  # fmt: skip


class Person:
    """Answers in their order; then there is nobody."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.told = []

    def answer(self, question):
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else None

    def say(self, text):
        self.told.append(text)

    def progress(self, text):
        pass


@pytest.fixture
def templates(tmp_path):
    folder = tmp_path / "templates"
    write_files(folder, SMALL)
    return folder


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """`fresh(files, address)` is a clone of a bare remote that says it is on GitHub."""
    home = tmp_path / "home"
    home.mkdir()
    isolate_git(monkeypatch, home)

    def make(files=FILES, address=ADDRESS, name="work"):
        (tmp_path / name).mkdir()
        root = make_repository(tmp_path / name, files)
        if address:
            git(root, "remote", "set-url", "origin", address)
            git(root, "remote", "set-url", "--push", "origin", str(tmp_path / f"{name}.git"))
        return root

    return make


def state(root):
    return {name: found for name, found in files_of(root).items() if found != "folder"}


def committed(root):
    git(root, "add", "-A")
    git(root, "commit", "-q", "-m", "init")
    return root


# What is written


def test_a_fresh_project_gets_everything_and_the_second_run_changes_nothing(fresh, templates):
    root = fresh()
    before = state(root)
    first = init_project(root, InitOptions(), Person(), templates)

    assert list(first.written) == sorted(WRITTEN)
    assert {path for path in state(root) if state(root)[path] != before.get(path)} == {*WRITTEN}
    after = state(root)
    second = init_project(root, InitOptions(), Person(), templates)
    assert (second.written, second.diff, second.kept) == ((), "", ())
    assert state(root) == after
    assert "git add" not in second.text()
    committed(root)
    third = init_project(root, InitOptions(), Person(), templates)
    assert third.written == ()
    assert git(root, "status", "--porcelain") == ""


def test_what_it_writes_is_what_it_found_out(fresh, templates):
    root = fresh()
    result = init_project(root, InitOptions(), Person(), templates)

    config = read_config((root / "pyproject.toml").read_text(), "x")
    assert config.repository == "deepsea/lantern"
    assert config.bump.gates == ("python -m pytest",)
    assert config.assessment.required_scanners == ("pip-audit", "bandit")
    assert config.base_url == "https://deepsea.github.io/lantern/security-status/"
    assert yaml.safe_load((root / SCANNING).read_text())["jobs"] == {"main": "src/lantern"}
    assert "# ${{ x }} python -m pytest" in (root / PUBLISHING).read_text()
    assert f"]({config.base_url})" in (root / "README.md").read_text()
    assert (root / ".gitignore").read_text() == "_site/\n"
    said = (root / "security/status/.gitattributes").read_text()
    assert said == "journal.jsonl merge=union\n"
    assert config.base_url in (root / "SECURITY.md").read_text()
    document = result.document()
    assert document["written"] == sorted(WRITTEN)
    assert document["publisher"] == {
        "environment": "pypi-publishing",
        "owner": "deepsea",
        "project": "lantern",
        "repository": "lantern",
        "workflow": "pypi-publish.yml",
    }
    assert document["recognised"]["package"] == "lantern"


def test_no_status_is_invented(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    there = [path for path in state(root) if path.startswith("security/")]
    assert there == ["security/reports/latest/.gitkeep", "security/status/.gitattributes"]


def test_lines_that_two_branches_add_to_the_journal_are_both_kept(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    journal = root / "security/status/journal.jsonl"
    for branch, line in (("main", "first"), ("other", "second"), ("main", "third")):
        git(root, "checkout", "-q", *(("-B", branch) if branch == "other" else ("main",)))
        journal.write_text((journal.read_text() if journal.exists() else "") + line + "\n")
        committed(root)
    git(root, "merge", "-q", "--no-edit", "other")
    assert sorted(journal.read_text().split()) == ["first", "second", "third"]


def test_the_bundled_templates_are_written_too(fresh):
    root = fresh()
    init_project(root, InitOptions(), Person())
    for path in (PUBLISHING, SCANNING):
        assert yaml.safe_load((root / path).read_text())
    assert init_project(root, InitOptions(), Person()).written == ()


def test_a_dry_run_shows_the_whole_change_and_touches_nothing(fresh, templates):
    root = fresh()
    before = snapshot(root), sorted(root.rglob("*"))
    shown = init_project(root, InitOptions(dry_run=True), Person(), templates)

    assert (snapshot(root), sorted(root.rglob("*"))) == before
    assert list(shown.written) == sorted(WRITTEN)
    assert '+repository = "deepsea/lantern"' in shown.diff
    assert f"+{BEGIN}" in shown.diff
    assert "--- /dev/null\n+++ b/SECURITY.md\n" in shown.diff
    assert shown.text().startswith(shown.diff)
    assert "\nWould write " in shown.text()
    done = init_project(root, InitOptions(), Person(), templates)
    assert (done.diff, done.written) == (shown.diff, shown.written)


@pytest.mark.parametrize(
    "files",
    [
        {"setup.py": b"from setuptools import setup\nsetup(name='lantern')\n", "lantern.py": b""},
        {"setup.cfg": b"[metadata]\nname = lantern\n", "lantern/__init__.py": b""},
        {"pyproject.toml": b'[tool.poetry]\nname = "lantern"\n', "lantern/__init__.py": b""},
        {**FILES, "pyproject.toml": b'[project]\r\nname = "lantern"'},
        {**FILES, "pyproject.toml": b'tool.secstatus.cadence_days = 1\nproject.name = "lantern"\n'},
        {**FILES, "pyproject.toml": b'project = { name = "lantern" }\ntool = { other = 1 }\n'},
        {**FILES, "README.md": b"\xef\xbb\xbfLantern\r\n===\r\nLight.\r\n"},
        {"pyproject.toml": FILES["pyproject.toml"], "lantern.py": b"", "README.rst": b"Lantern\n=======\n"},
        {**FILES, ".github/SECURITY.md": b"", ".gitignore": b"/_site/", "security/reports/latest/x.json": b"{}"},
        {**FILES, "README.md": b"# \xd8\xa7\xd9\x84\xe2\x80\xae x\n"},
    ],
    ids=str,
)  # fmt: skip
def test_projects_of_many_shapes(fresh, templates, files):
    root = fresh(files)
    before = {path: content for path, (_, content) in state(root).items()}
    init_project(root, InitOptions(), Person("a", "b"), templates)
    after = state(root)
    for path, content in before.items():
        if path.startswith("README"):
            assert all(line.strip() in after[path][1] for line in content.split(b"\n"))
        else:
            assert after[path][1].startswith(content)
    config = read_config((root / "pyproject.toml").read_bytes().decode(), "x")
    assert config.package == "lantern"
    assert init_project(root, InitOptions(), Person("a", "b"), templates).written == ()
    assert state(root) == after


def test_without_a_pyproject_a_small_one_is_written(fresh, templates):
    root = fresh({"lantern/__init__.py": b""})
    asker = Person("lantern", "make check")
    init_project(root, InitOptions(), asker, templates)
    table = tomllib.loads((root / "pyproject.toml").read_text())
    assert list(table) == ["tool"]
    assert table["tool"]["secstatus"]["package"] == "lantern"
    assert table["tool"]["secstatus"]["bump"]["gates"] == ["make check"]
    assert len(asker.asked) == 2
    assert init_project(root, InitOptions(), Person(), templates).written == ()


# What people changed


def test_an_edited_workflow_is_kept_and_named(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    path = root / SCANNING
    path.write_text(path.read_text().replace("jobs:", "jobs: #"))
    edited = path.read_bytes()
    (templates / "workflows/security-status.yml").write_text("on: push\n")

    result = init_project(root, InitOptions(), Person(), templates)
    assert [each.path for each in result.kept] == [SCANNING]
    assert path.read_bytes() == edited
    assert result.written == ()
    assert f"Kept {SCANNING}" in result.text()


def test_an_older_workflow_that_nobody_edited_is_renewed(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    text = (root / SCANNING).read_bytes()
    (root / SCANNING).write_bytes(text.replace(b"\n", b"\r\n"))
    assert init_project(root, InitOptions(), Person(), templates).written == ()
    (templates / "workflows/security-status.yml").write_text("on: push\n")

    assert init_project(root, InitOptions(), Person(), templates).written == (SCANNING,)
    assert (root / SCANNING).read_text().endswith("\non: push\n")


@pytest.mark.parametrize("content", [b"on: push\n", b"\xff\xfe\x00", b""])
def test_a_workflow_of_that_name_that_is_not_ours_is_never_overwritten(fresh, templates, content):
    root = fresh({**FILES, SCANNING: content})
    result = init_project(root, InitOptions(), Person(), templates)
    assert (root / SCANNING).read_bytes() == content
    assert [each.path for each in result.kept] == [SCANNING]
    assert "Run https://" in result.text()


def test_a_configuration_of_people_is_not_rewritten(fresh, templates):
    text = (
        FILES["pyproject.toml"]
        + b'[tool.secstatus]\nrepository = "other/name"\nbase_url = "https://s.example/sec/"\n'
        + b'[tool.secstatus.bump]\ngates = ["make it"]\n'
    )
    root = fresh({**FILES, "pyproject.toml": text})
    result = init_project(root, InitOptions(), Person(), templates)
    assert (root / "pyproject.toml").read_bytes() == text
    assert "https://s.example/sec/badges/grade.svg" in (root / "README.md").read_text()
    assert (result.said["repository"], result.said["prefix"]) == ("other/name", "sec")
    assert result.said["gates"] == ["make it"]
    assert "Add to pyproject.toml" not in result.text()


def test_what_a_table_of_people_lacks_is_told(fresh, templates):
    text = FILES["pyproject.toml"] + b"[tool.secstatus]\ncadence_days = 1\n"
    root = fresh({**FILES, "pyproject.toml": text})
    result = init_project(root, InitOptions(), Person(), templates)
    assert '   repository = "deepsea/lantern"' in result.text()
    assert (root / "pyproject.toml").read_bytes().startswith(text)


def test_options_are_remembered_where_no_other_file_keeps_them(fresh, templates):
    root = fresh({**FILES, "more/x.py": b""})
    options = InitOptions(
        branch="stable", python="3.12", source="more", install="make 'it' = 1", tool="x@y"
    )
    init_project(root, options, Person(), templates)
    again = init_project(root, InitOptions(), Person(), templates)
    assert again.written == ()
    assert (again.said["branch"], again.said["source"]) == ("stable", "more")
    assert again.said["install"] == "make 'it' = 1"
    back = init_project(
        root, replace(options, branch="main", source="src/lantern"), Person(), templates
    )
    assert SCANNING in back.written


def test_the_branch_stays_when_another_one_is_checked_out(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    git(root, "switch", "-q", "-c", "feature")
    assert init_project(root, InitOptions(), Person(), templates).written == ()


def test_files_that_git_leaves_out_are_told(fresh, templates):
    root = fresh({**FILES, ".gitignore": b"*.json\n.github/\n"})
    text = init_project(root, InitOptions(), Person(), templates).text()
    assert "security/status/live-status.json" in text
    assert f"{SCANNING}" in text.split("leaves out: ")[1].split("\n")[0]


# What cannot be recognised


def test_a_repository_that_nobody_knows_is_asked_for(fresh, templates):
    root = fresh(address=None)
    asker = Person("no repository", "deepsea/lantern")
    init_project(root, InitOptions(), asker, templates)
    assert "OWNER/NAME" in asker.asked[0]
    assert "no repository" in asker.told[0]
    assert init_project(root, InitOptions(), Person(), templates).written == ()


@pytest.mark.parametrize(
    ("files", "address", "option"),
    [
        (FILES, None, "--repository"),
        ({"lantern/__init__.py": b""}, ADDRESS, "--package"),
        ({"pyproject.toml": FILES["pyproject.toml"]}, ADDRESS, "--source"),
        ({**FILES, "pyproject.toml": FILES["pyproject.toml"] + b'requires-python = "<3"\n'}, ADDRESS, "--python"),
    ],
)  # fmt: skip
def test_with_nobody_to_answer_the_error_names_the_option(fresh, templates, files, address, option):
    root = fresh(files, address)
    before = snapshot(root)
    with pytest.raises(UsageError) as caught:
        init_project(root, InitOptions(), Person(), templates)
    assert option in caught.value.hint
    assert snapshot(root) == before


@pytest.mark.parametrize(
    "ask",
    [
        InitOptions(package='a"; rm -rf .'),
        InitOptions(package="other"),
        InitOptions(repository="a b/c"),
        InitOptions(repository="https://github.com/a/b"),
        InitOptions(branch="$(touch x)"),
        InitOptions(python="3"),
        InitOptions(source="../x"),
        InitOptions(gates=["a\nb"]),
        InitOptions(gates=["echo ${{ github.token }}"]),
        InitOptions(install="a\nb"),
        InitOptions(audit="x; touch y"),
        InitOptions(tool="x y"),
    ],
    ids=str,
)
def test_an_option_that_does_not_fit_changes_nothing(fresh, templates, ask):
    root = fresh()
    before = snapshot(root)
    with pytest.raises(UsageError) as caught:
        init_project(root, ask, Person(), templates)
    assert caught.value.message.startswith("--")
    assert snapshot(root) == before


def test_an_option_against_the_configuration_is_refused(fresh, templates):
    root = fresh()
    init_project(root, InitOptions(), Person(), templates)
    before = snapshot(root)
    for ask in (InitOptions(repository="o/other"), InitOptions(gates=["make other"])):
        with pytest.raises(UsageError, match=r"pyproject\.toml"):
            init_project(root, ask, Person(), templates)
    assert snapshot(root) == before
    assert (
        init_project(
            root, InitOptions(package="Lantern", repository="DeepSea/lantern"), Person(), templates
        ).written
        == ()
    )


def test_no_tests_at_all(fresh, templates):
    files = {path: FILES[path] for path in FILES if not path.startswith("tests")}
    root = fresh(files)
    result = init_project(root, InitOptions(), Person(), templates)
    assert "--gate" in result.text()
    assert "gates" not in (root / "pyproject.toml").read_text()
    other = fresh(files, name="other")
    init_project(other, InitOptions(gates=[""]), Person(), templates)
    assert "gates = []" in (other / "pyproject.toml").read_text()
    assert init_project(other, InitOptions(), Person(), templates).written == ()


# Hostile ones


@pytest.mark.parametrize("branch", ["$(touch${IFS}x)", "a'b", 'a"b', "a;b", "ümläut", "a&b"])
def test_a_hostile_branch_runs_nothing_and_is_written_nowhere(fresh, templates, branch):
    root = fresh()
    git(root, "switch", "-q", "-c", branch)
    before = snapshot(root)
    with pytest.raises(UsageError) as caught:
        init_project(root, InitOptions(), Person(branch), templates)
    assert "--branch" in caught.value.hint
    assert snapshot(root) == before
    init_project(root, InitOptions(branch="main"), Person(), templates)
    assert all(branch.encode() not in content for _, content in state(root).values())


def test_credentials_of_a_remote_are_shown_and_written_nowhere(fresh, templates):
    root = fresh(address="https://me:s3cret@github.com/deepsea/lantern.git")
    result = init_project(root, InitOptions(), Person(), templates)
    told = result.text() + str(result.document()) + result.diff
    assert "s3cret" not in told
    assert all(b"s3cret" not in content for _, content in state(root).values())


def test_an_address_of_two_lines_is_no_repository(fresh, templates):
    root = fresh(address="https://github.com/a/b\nhttps://github.com/c/d")
    with pytest.raises(UsageError, match="repository"):
        init_project(root, InitOptions(), Person(), templates)


@pytest.mark.parametrize("name", ['a\\"; rm', "a\\nb", "..", "a\\u202eb", "x" * 200])
def test_a_hostile_name_is_an_error_and_nothing_changes(fresh, templates, name):
    root = fresh({**FILES, "pyproject.toml": f'[project]\nname = "{name}"\n'.encode()})
    before = snapshot(root)
    with pytest.raises(InputError) as caught:
        init_project(root, InitOptions(), Person(), templates)
    assert caught.value.place == "project.name"
    assert caught.value.message.isprintable()
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("link", "target"),
    [
        (".github", "outside"),
        ("README.md", "outside/README.md"),
        ("SECURITY.md", "outside/new.md"),
        (".gitignore", "outside/.gitignore"),
        ("security", "outside"),
        ("security/status", "outside"),
        ("pyproject.toml", "outside/pyproject.toml"),
    ],
)
def test_a_link_that_leads_outside_is_refused(fresh, templates, link, target):
    root = fresh({path: content for path, content in FILES.items() if path != link})
    outside = root.parent / "outside"
    outside.mkdir()
    for name in ("README.md", "pyproject.toml"):
        (outside / name).write_bytes(FILES[name])
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(root.parent / target)
    before = snapshot(root), sorted(outside.rglob("*"))
    if link == "SECURITY.md":
        init_project(root, InitOptions(), Person(), templates)
        assert sorted(outside.rglob("*")) == before[1]
        return
    with pytest.raises(UsageError, match="outside of the project"):
        init_project(root, InitOptions(), Person(), templates)
    assert (snapshot(root), sorted(outside.rglob("*"))) == before


def test_a_link_inside_of_the_project_stays_a_link(fresh, templates):
    root = fresh({**FILES, "docs/start.md": b"# Lantern\n"})
    (root / "README.md").unlink()
    (root / "README.md").symlink_to("docs/start.md")
    init_project(root, InitOptions(), Person(), templates)
    assert (root / "README.md").is_symlink()
    assert BEGIN in (root / "docs/start.md").read_text()
    assert init_project(root, InitOptions(), Person(), templates).written == ()


def test_git_is_no_place_for_files(fresh, templates):
    root = fresh()
    (root / ".github").symlink_to(".git")
    with pytest.raises(UsageError):
        init_project(root, InitOptions(), Person(), templates)


@pytest.mark.parametrize(
    "files",
    [
        {"README.md": f"# A\n{BEGIN}\n".encode()},
        {"README.md": b"\xff\n"},
        {"pyproject.toml": b"[project\n"},
        {"pyproject.toml": b"\xff\n"},
        {"pyproject.toml": b"a = " + b"9" * 5000},
        {"pyproject.toml": b"[tool.secstatus]\nunknown = 1\n"},
        {"pyproject.toml": FILES["pyproject.toml"] + b'[tool.secstatus]\nbase_url = "https://x.example/a(b)/"\n'},
        {"pyproject.toml": FILES["pyproject.toml"] + b'[tool.secstatus.bump]\ngates = ["${{ x }}"]\n'},
        {"setup.cfg": b"no section\n"},
        {".gitignore": b"\xff\n"},
    ],
    ids=str,
)  # fmt: skip
def test_a_file_that_cannot_be_understood_changes_nothing(fresh, templates, files):
    root = fresh({**FILES, **files})
    before = snapshot(root)
    with pytest.raises(InputError) as caught:
        init_project(root, InitOptions(), Person(), templates)
    assert caught.value.path in files
    assert snapshot(root) == before


def test_a_folder_in_the_place_of_a_file(fresh, templates):
    root = fresh()
    (root / "SECURITY.md/x").mkdir(parents=True)
    before = snapshot(root)
    with pytest.raises(SecstatusError):
        init_project(root, InitOptions(), Person(), templates)
    assert snapshot(root) == before


def test_only_the_top_of_a_repository(fresh, templates):
    root = fresh()
    with pytest.raises(UsageError, match="top folder"):
        init_project(root / "src", InitOptions(), Person(), templates)
    with pytest.raises(UsageError, match="no git repository"):
        init_project(root.parent, InitOptions(), Person(), templates)


def test_an_interrupted_run_is_finished_by_the_next(fresh, templates, monkeypatch):
    root = fresh()
    real = os.replace

    def killed(source, target):
        if Path(target).name == "pyproject.toml":
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            init_project(root, InitOptions(), Person(), templates)
    assert (root / "security/status" / JOURNAL).exists()
    result = init_project(root, InitOptions(), Person(), templates)
    assert result.written == ()
    assert b"[tool.secstatus]" in (root / "pyproject.toml").read_bytes()
    assert not (root / "security/status" / JOURNAL).exists()


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.text(max_size=40), st.sampled_from(["", "\ufeff# A\r\n"]))
def test_law_any_readme_and_any_ending_of_the_configuration(fresh, templates, tail, comment, head):
    count = len(list(templates.parent.glob("any*")))
    text = FILES["pyproject.toml"] + b"# " + comment.encode("utf-8", "replace")
    root = fresh(
        {**FILES, "pyproject.toml": text, "README.md": head.encode() + tail}, name=f"any{count}"
    )
    before = state(root)
    try:
        init_project(root, InitOptions(), Person(), templates)
    except InputError:
        assert state(root) == before
        return
    after = state(root)
    assert after["pyproject.toml"][1].startswith(text)
    assert init_project(root, InitOptions(), Person(), templates).written == ()
    assert state(root) == after


# As a new user would


def files_in(root, branch):
    return git(root, "ls-tree", "-r", "--name-only", branch).split("\n")


def test_from_nothing_to_a_page_a_document_and_badges(fresh):
    """The steps of the first workflow run in their order, on a remote that is there."""
    root = fresh(address=None)
    init_project(root, InitOptions(repository="deepsea/lantern"), Person())
    committed(root)
    git(root, "push", "-q", "origin", "main")

    with pytest.raises(SecurityStatusError):
        build_site(root, root / "_site", NOW)  # nobody has scanned: there is nothing to say
    reports = root / "security/reports/latest"
    (reports / "pip-audit.json").write_text(json.dumps(pip_audit()))
    (reports / "bandit.json").write_text(json.dumps(bandit(NOW)))
    ingested = ingest_reports(root, NOW, IngestAsk(scan_date=NOW))
    assert ingested.shortfalls() == []
    site = root.parent / "site"
    build_site(root, site, NOW)
    deploy_site(root, NOW, DeployAsk(site=site))

    bare = root.parent / "work.git"
    below = [path.removeprefix("security-status/") for path in files_in(bare, "gh-pages")]
    assert {"index.html", "index.json", "badges/grade.svg", "badges/vulnerabilities.svg"} <= {
        *below
    }
    served = json.loads(git(bare, "show", "gh-pages:security-status/index.json"))
    assert served["security_grade"] == "A"
    readme = (root / "README.md").read_text()
    start = "https://deepsea.github.io/lantern/security-status/"
    linked = re.findall(rf"{re.escape(start)}([^)]*)", readme)
    assert {path for path in linked if path} <= {*below}
    assert "_site/" in (root / ".gitignore").read_text()
    assert init_project(root, InitOptions(), Person()).written == ()


@pytest.mark.parametrize("missing", ["pip-audit", "bandit"])
def test_a_first_scan_that_crashes_is_no_green(fresh, missing):
    root = fresh()
    init_project(root, InitOptions(), Person())
    reports = root / "security/reports/latest"
    told = {"pip-audit": pip_audit(), "bandit": bandit(NOW)}
    for name in told.keys() - {missing}:
        (reports / f"{name}.json").write_text(json.dumps(told[name]))
    result = ingest_reports(root, NOW, IngestAsk(scan_date=NOW, scan_exit=[f"{missing}=2"]))
    assert result.shortfalls()
    built = build_site(root, root / "_site", NOW)
    assert built.grade == "?"
