"""What pyproject.toml, setup.cfg and setup.py declare, without a lock file."""

import pytest

from secstatus.dependencies import FILES, ProjectDependencies, list_files
from tests.dependencies.lock_texts import LINUX, OLD, POETRY_1, PYPROJECT, WINDOWS, project, read


def test_what_is_declared_stands_for_itself():
    found = read({"pyproject.toml": PYPROJECT})
    assert found.runtime == {"requests", "click"}
    assert found.extra == {"rich", "pyyaml"}
    assert found.development == {"pytest", "ruff"}
    assert (found.source, found.problems) == ("pyproject.toml", ())
    assert not found.holds_lock
    assert found.find_scope("Requests") == "runtime"
    # Without a graph, something that is required may need them.
    assert [found.find_scope(name) for name in ("rich", "pytest", "idna")] == ["", "", ""]


@pytest.mark.parametrize("text", ['[project]\nname = "lantern"\n', project([])])
def test_none_is_stated(text):
    found = read({"pyproject.toml": text})
    assert found.runtime == frozenset()
    assert found.declares_none


def test_a_dependency_of_another_platform_is_not_none():
    found = read({"pyproject.toml": project(["pywin32; sys_platform == 'win32'"])})
    assert found.runtime == frozenset()
    assert not found.declares_none
    assert found.find_scope("pywin32") == "runtime"
    windows = read({"pyproject.toml": project(["pywin32; sys_platform == 'win32'"])}, WINDOWS)
    assert windows.runtime == {"pywin32"}


def test_the_project_in_its_own_extras_is_followed_and_left_out():
    text = project(
        ["lantern[fast]"], '[project.optional-dependencies]\nfast = ["orjson", "Lantern[fast]"]\n'
    )
    found = read({"pyproject.toml": text}, package="")
    assert (found.runtime, found.extra) == ({"orjson"}, frozenset())


@pytest.mark.parametrize(
    "bad", ["a b", "", "click; whenever", "click; python_version >", "-e .", 3]
)
def test_a_requirement_that_cannot_be_read_is_never_dropped(bad):
    text = f'[project]\nname = "lantern"\ndependencies = ["click", {bad!r}]\n'
    found = read({"pyproject.toml": text})
    assert found.runtime is None
    assert "project.dependencies[1]" in found.problems[0]
    assert not found.declares_none


@pytest.mark.parametrize("text", ["[project", "project = 3", "[project]\ndependencies = 3", "\0"])
def test_a_pyproject_that_cannot_be_read(text):
    found = read({"pyproject.toml": text})
    assert found.runtime is None
    assert "pyproject.toml" in found.problems[0]


def test_dynamic_dependencies_are_not_known():
    text = '[project]\nname = "lantern"\ndynamic = ["dependencies"]\n'
    found = read({"pyproject.toml": text})
    assert found.runtime is None
    assert "dynamic" in found.problems[0]
    assert found.source == ""
    assert not found.declares_none


@pytest.mark.parametrize(
    "table",
    [
        '[tool.setuptools.dynamic]\ndependencies = {file = "./requirements/base.txt"}\n',
        '[tool.setuptools.dynamic]\ndependencies = {file = ["requirements/base.txt"]}\n',
        '[tool.hatch.metadata.hooks.requirements_txt]\nfiles = ["requirements/base.txt"]\n',
    ],
)
def test_dynamic_dependencies_from_a_requirements_file(table):
    text = f'[project]\nname = "lantern"\ndynamic = ["dependencies"]\n{table}'
    name = "requirements/base.txt"
    assert name in list_files({"pyproject.toml": text})
    lines = "# what it needs\n\nclick>=8  # shell\ncolorama; sys_platform == 'win32'\n"
    assert read({"pyproject.toml": text, name: lines}).runtime == {"click"}
    assert read({"pyproject.toml": text}).runtime is None
    assert read({"pyproject.toml": text, name: "-r more.txt\nclick"}).runtime is None


def test_only_files_of_the_project_are_asked_for():
    table = '[tool.setuptools.dynamic]\ndependencies = {file = ["/etc/passwd", "../x", "r.txt"]}\n'
    assert list_files({"pyproject.toml": table}) == (*FILES, "r.txt")
    assert list_files({"pyproject.toml": "["}) == FILES


@pytest.mark.parametrize(
    "hidden",
    [
        {"setup.py": "setup(install_requires=['click'])"},
        {"setup.cfg": "[options]\ninstall_requires =\n  click\n"},
    ],
)
def test_requirements_beside_a_project_table_contradict_it(hidden):
    found = read({"pyproject.toml": '[project]\nname = "lantern"\n', **hidden})
    assert found.runtime is None
    assert next(iter(hidden)) in found.problems[0]
    assert read({"pyproject.toml": project(["click"]), **hidden}).runtime == {"click"}


def test_poetry_1_groups_are_told_apart():
    found = read({"pyproject.toml": POETRY_1})
    assert found.problems == ()
    assert found.runtime == {"requests", "numpy"}
    assert found.extra == {"pyyaml"}
    assert found.development == {"pytest", "ruff"}
    assert "lantern" not in found.names
    old = read({"pyproject.toml": POETRY_1}, OLD)
    assert old.runtime == {"requests", "numpy", "typing-extensions"}
    windows = read({"pyproject.toml": POETRY_1}, WINDOWS)
    assert windows.runtime == {"requests", "numpy", "pywin32"}


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        ("^3.8", True),
        ("^3.13", False),
        ("~3.12", True),
        ("~3.11", False),
        ("3.12.*", True),
        ("3.12", True),
        (">=3.8,<3.12", False),
        (">=3.8 <3.13", True),
        ("<3.10 || >=3.12", True),
        ("!=3.12", False),
        ("*", True),
    ],
)
def test_versions_of_python_in_the_words_of_poetry(constraint, holds):
    text = f'[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\na = {{python = "{constraint}"}}'
    found = read({"pyproject.toml": text})
    assert found.runtime == ({"a"} if holds else frozenset())
    assert found.problems == ()


def test_a_version_of_python_that_is_not_understood_is_a_problem():
    text = '[tool.poetry]\nname = "x"\n[tool.poetry.dependencies]\na = {python = ">=3 or so"}'
    found = read({"pyproject.toml": text})
    assert (found.runtime, len(found.problems)) == ({"a"}, 1)


def test_poetry_2_may_leave_the_dependencies_to_its_own_table():
    head = '[project]\nname = "lantern"\n'
    table = '[tool.poetry.dependencies]\npython = ">=3.9"\nclick = "^8"\n'
    dynamic = 'dynamic = ["dependencies"]\n'
    assert read({"pyproject.toml": head + table}).runtime == {"click"}
    assert read({"pyproject.toml": head + dynamic + table}).runtime == {"click"}
    assert read({"pyproject.toml": project(["rich"], table)}).runtime == {"rich"}


def test_flit():
    text = (
        '[tool.flit.metadata]\nmodule = "lantern"\nrequires = ["click"]\n'
        '[tool.flit.metadata.requires-extra]\ntest = ["pytest"]\n'
    )
    found = read({"pyproject.toml": text})
    assert (found.runtime, found.extra) == ({"click"}, {"pytest"})


@pytest.mark.parametrize("setup", [{}, {"setup.py": "import setuptools\nsetuptools.setup()\n"}])
def test_setup_cfg(setup):
    text = """
[metadata]
name = lantern
[options]
install_requires =
    # the shell
    click>=8
    colorama; sys_platform == "win32"
[options.extras_require]
yaml = PyYAML; rich
"""
    found = read({"setup.cfg": text, **setup})
    assert (found.runtime, found.extra) == ({"click"}, {"pyyaml", "rich"})
    assert found.source == "setup.cfg"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"setup.py": "setup()"},
        {"setup.py": "setup(install_requires=[])"},
        {"setup.py": "setup(**more)", "setup.cfg": "[options]\nzip_safe = no\n"},
        {"setup.py": "install_requires", "setup.cfg": "[options]\ninstall_requires = click"},
        {"setup.cfg": "[metadata]\nname = lantern\n"},
        {"setup.cfg": "[flake8]\nmax-line-length = 100\n"},
        {"pyproject.toml": "[tool.black]\nline-length = 100\n"},
        {"pyproject.toml": "[tool.poetry.group.dev.dependencies]\nruff = '*'\n"},
        {"setup.cfg": "[options]\ninstall_requires = file: requirements.txt"},
    ],
)
def test_what_no_file_states_is_not_known(files):
    found = read(files)
    assert found.runtime is None
    assert found.problems
    assert not found.declares_none


def test_groups_of_pdm_and_uv():
    text = project(
        [],
        '[tool.pdm.dev-dependencies]\ntest = ["pytest", "-e file:///${PROJECT_ROOT}/x#egg=own_x"]\n'
        '[tool.uv]\ndev-dependencies = ["ruff"]\n',
    )
    assert read({"pyproject.toml": text}).development == {"pytest", "own-x", "ruff"}


def test_the_scope_of_a_lock_with_problems_is_not_told():
    sure = ProjectDependencies(frozenset(), frozenset({"a"}), locked={"a": frozenset()})
    assert sure.find_scope("A") == "extra"
    doubtful = ProjectDependencies(
        frozenset(), frozenset({"a"}), locked={"a": frozenset()}, problems=("stale",)
    )
    assert doubtful.find_scope("a") == ""


def test_the_given_environment_is_not_changed():
    before = dict(LINUX)
    read({"pyproject.toml": PYPROJECT})
    assert before == LINUX
