"""What is recognised in projects of several shapes: files and git's facts in, values out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.bump.sources.project_file import project_of
from secstatus.errors import InputError
from secstatus.scaffold.detection import (
    GitFacts,
    find_prefix,
    python_for,
    recognise_project,
    site_address,
)
from secstatus.scaffold.project_commands import gates_of, install_of
from secstatus.scaffold.values import is_address, is_branch, is_command

PROJECT = b'[project]\nname = "lantern"\nversion = "1.0"\n'


def project(files):
    return project_of(files.get, sorted(files))


def found(files, git=None, package=""):
    return recognise_project(files.get, sorted(files), git or GitFacts(), package)


# Names and folders


@pytest.mark.parametrize(
    ("files", "source"),
    [
        ({"src/lantern/__init__.py": b""}, "src/lantern"),
        ({"lantern/__init__.py": b"", "tests/__init__.py": b""}, "lantern"),
        ({"lantern.py": b"", "setup.py": b""}, "lantern.py"),
        ({"src/lantern/__init__.py": b"", "src/lamp/__init__.py": b""}, "src/lantern"),
        ({"src/lamp/__init__.py": b"", "src/bulb/__init__.py": b""}, "src"),
        ({"lamp/__init__.py": b"", "bulb/__init__.py": b""}, "."),
        ({"src/lantern/deep.py": b""}, "src/lantern"),
        ({"docs/x.md": b""}, ""),
        ({}, ""),
        ({"src/lantern/not.txt": b""}, ""),
    ],
)
def test_the_source_folder_holds_all_modules(files, source):
    assert found({"pyproject.toml": PROJECT, **files}).source == source


def test_configured_packages_count():
    text = PROJECT + b'[tool.hatch.build.targets.wheel]\npackages = ["lib/lamp"]\n'
    files = {"pyproject.toml": text, "lib/lamp/__init__.py": b"", "lantern/__init__.py": b""}
    assert found(files).source == "lib/lamp"


def test_where_a_module_is_missing_people_are_asked():
    text = PROJECT + b'[tool.setuptools]\npackages = ["lamp", "bulb"]\n'
    assert found({"pyproject.toml": text, "lamp/__init__.py": b""}).source == ""


def test_a_folder_outside_is_no_source_and_is_told():
    text = PROJECT + b'[tool.setuptools]\npackage-dir = { "" = "../other" }\n'
    result = found({"pyproject.toml": text})
    assert result.source == ""
    assert "../other" in result.odd["source"]


@pytest.mark.parametrize(
    "files",
    [
        {"pyproject.toml": PROJECT},
        {"pyproject.toml": b'[tool.secstatus]\npackage = "lantern"\n'},
        {"pyproject.toml": b'[tool.poetry]\nname = "lantern"\n'},
        {"pyproject.toml": b'[tool.flit.metadata]\nmodule = "x"\nname = "lantern"\n'},
        {"setup.cfg": b"[metadata]\nname = lantern\n"},
        {"setup.py": b"setup(name='lantern')\n"},
    ],
)
def test_the_name_wherever_it_is(files):
    assert found(files).package == "lantern"


def test_a_hostile_name_is_told_and_not_taken():
    result = found({"pyproject.toml": b"[project]\nname = 'a\"; rm'\n"})
    assert (result.package, result.odd["package"]) == ("", 'a"; rm')


def test_a_broken_pyproject_is_an_error():
    with pytest.raises(InputError):
        found({"pyproject.toml": b"[project\n"})


# git


def test_the_branch_of_the_remote_before_the_present_one():
    files = {"pyproject.toml": PROJECT}
    both = found(files, GitFacts({}, "stable", "feature"))
    assert (both.branch, both.branch_is_known) == ("stable", True)
    one = found(files, GitFacts({}, "", "trunk"))
    assert (one.branch, one.branch_is_known) == ("trunk", False)
    assert found(files).branch == "main"


@pytest.mark.parametrize("name", ["$(touch${IFS}x)", "a'b", "-x", "ümläut", "a;b"])
def test_a_hostile_branch_is_told_and_not_taken(name):
    for git in (GitFacts({}, name, "main"), GitFacts({}, "", name)):
        result = found({"pyproject.toml": PROJECT}, git)
        assert (result.branch, result.odd["branch"]) == ("", name)


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=60))
def test_any_git_gives_plain_values(head, branch, address):
    result = found({"pyproject.toml": PROJECT}, GitFacts({"origin": address}, head, branch))
    assert result.branch == "" or is_branch(result.branch)
    assert "@" not in result.repository


# Python


@pytest.mark.parametrize(
    ("versions", "python"),
    [
        ("", "3.13"),
        (">=3.8", "3.13"),
        (">=3.9,<3.13", "3.12"),
        ("~=3.11.0", "3.11"),
        (">=3.11.4", "3.13"),
        ("!=3.13.*", "3.12"),
        (">=3.14", "3.14"),
        ("^3.10", "3.13"),
        ("~3.12", "3.12"),
        ("*", "3.13"),
        ("<3.9", ""),
        ("three", ""),
        (">=" + "9" * 400, ""),
    ],
)
def test_the_newest_python_that_is_permitted(versions, python):
    assert python_for(versions) == python


def test_versions_that_permit_nothing_are_told():
    result = found({"pyproject.toml": PROJECT + b'requires-python = "<3.5"\n'})
    assert (result.python, result.odd["python"]) == ("", "<3.5")


# Tests and installation


@pytest.mark.parametrize(
    ("files", "gates"),
    [
        ({"Makefile": b"VAR = 1\ntest: lint\n\tpytest\n", "tox.ini": b""}, ("make test",)),
        ({"Makefile": b"lint test check:\n\ttrue\n"}, ("make test",)),
        ({"Makefile": b"test := x\n\n\ttest: no\ntests:\n"}, ()),
        ({"tox.ini": b"", "noxfile.py": b""}, ("tox",)),
        ({"pyproject.toml": b"[tool.tox]\nenv_list = []\n"}, ("tox",)),
        ({"noxfile.py": b""}, ("nox",)),
        ({"scripts/run_tests.sh": b""}, ("bash scripts/run_tests.sh",)),
        ({"pyproject.toml": b"[tool.hatch.envs.default.scripts]\ntest = 'x'\n"}, ("hatch run test",)),
        ({"pyproject.toml": b"[tool.hatch.envs.test.scripts]\ntest = 'x'\n"}, ("hatch run test:test",)),
        ({"pyproject.toml": b"[tool.pdm.scripts]\ntest = 'x'\n"}, ("pdm run test",)),
        ({"pyproject.toml": b"[tool.poe.tasks]\ntest = 'x'\n"}, ("poe test",)),
        ({"pyproject.toml": b"[tool.pytest.ini_options]\n"}, ("python -m pytest",)),
        ({"setup.cfg": b"[tool:pytest]\n"}, ("python -m pytest",)),
        ({"pytest.ini": b""}, ("python -m pytest",)),
        ({"tests/unit/test_x.py": b""}, ("python -m pytest",)),
        ({"tests/x_test.py": b""}, ("python -m pytest",)),
        ({"src/test_x.py": b"", "tests/data.py": b""}, ()),
        ({"pyproject.toml": b"[tool]\nhatch = 3\npdm = ['scripts']\n"}, ()),
        ({}, ()),
    ],
)  # fmt: skip
def test_how_the_tests_are_run(files, gates):
    assert gates_of(project(files)) == gates


@pytest.mark.parametrize(
    ("files", "gates", "expected"),
    [
        ({"pyproject.toml": PROJECT}, (), "python -m pip install ."),
        ({}, (), "python -m pip install ."),
        (
            {"pyproject.toml": PROJECT},
            ("python -m pytest",),
            "python -m pip install . && python -m pip install pytest",
        ),
        (
            {"pyproject.toml": PROJECT + b"[project.optional-dependencies]\ntest = ['pytest-cov']\n"},
            ("python -m pytest",),
            "python -m pip install '.[test]'",
        ),
        (
            {"pyproject.toml": PROJECT + b"[dependency-groups]\ndev = ['ruff']\n"},
            ("python -m pytest",),
            "python -m pip install --group dev . && python -m pip install pytest",
        ),
        (
            {"requirements.txt": b"x\n", "requirements-dev.txt": b"pytest==9\n", "docs/requirements.txt": b""},
            ("python -m pytest",),
            "python -m pip install --requirement requirements.txt --requirement requirements-dev.txt",
        ),
        (
            {"setup.py": b"", "requirements/base.txt": b"x\n"},
            ("tox",),
            "python -m pip install --requirement requirements/base.txt"
            " && python -m pip install . && python -m pip install tox",
        ),
        (
            {"pyproject.toml": PROJECT, "uv.lock": b'[[package]]\nname = "pytest"\n', "requirements.txt": b""},
            ("python -m pytest",),
            "pipx run uv export --quiet --frozen --no-emit-project --all-extras"
            " | python -m pip install --requirement /dev/stdin && python -m pip install --no-deps .",
        ),
        (
            {"pyproject.toml": PROJECT},
            ("pdm run test",),
            "python -m pip install . && python -m pip install pdm && pdm install",
        ),
    ],
)  # fmt: skip
def test_how_the_project_is_installed(files, gates, expected):
    assert install_of(project(files), gates) == expected


def test_poetry_exports_what_it_has_locked():
    text = install_of(project({"pyproject.toml": PROJECT, "poetry.lock": b""}), ())
    assert '/poetry" export --all-groups --all-extras | python -m pip install' in text
    assert is_command(text)


@given(st.lists(st.text(max_size=40), max_size=8), st.lists(st.text(max_size=20), max_size=3))
def test_any_file_names_give_a_command_of_one_line(paths, gates):
    files = {"pyproject.toml": PROJECT} | {f"{path}requirements.txt": b"" for path in paths}
    text = install_of(project(files), gates)
    assert is_command(text)
    assert "requirements.txt" not in text or "requirements.txt" in files


# Addresses


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("DeepSea/Lantern", "https://deepsea.github.io/Lantern/security-status/"),
        ("deepsea/deepsea.github.io", "https://deepsea.github.io/security-status/"),
    ],
)
def test_where_github_serves_the_site(repository, address):
    assert site_address(repository) == address
    assert is_address(address)
    assert find_prefix(address, repository) == "security-status"


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("https://deepsea.github.io/lantern/", "."),
        ("https://deepsea.github.io/lantern/a/b/", "a/b"),
        ("https://status.example.org/", "."),
        ("https://status.example.org/lantern/", "lantern"),
        ("https://status.example.org/a/../b/", ""),
        ("https://status.example.org/%2e%2e/", ""),
        ("https://status.example.org/-x/", ""),
    ],
)
def test_the_folder_in_the_branch_is_that_of_the_address(address, prefix):
    assert find_prefix(address, "deepsea/lantern") == prefix
