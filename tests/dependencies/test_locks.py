"""Each lock format says the same of the same project, and is doubted when it should be."""

import json

import pytest

from tests.dependencies.lock_texts import (
    DEVELOPMENT,
    EXTRA,
    GRAPHS,
    LINUX,
    LOCKS,
    OLD,
    PDM,
    PIPFILE_LOCK,
    POETRY,
    POETRY_2,
    PYLOCK,
    PYPROJECT,
    RUNTIME,
    UV,
    WINDOWS,
    project,
    read,
)

LOCAL = 'source = { editable = "." }'


def file_names(locks):
    return {"poetry-2": "poetry.lock"}.get(locks, locks)


@pytest.mark.parametrize("name", [*GRAPHS, "poetry-2"])
def test_every_graph_tells_the_same(name):
    text = POETRY_2 if name == "poetry-2" else GRAPHS[name]
    found = read({"pyproject.toml": PYPROJECT, file_names(name): text})
    assert found.problems == ()
    assert found.runtime == RUNTIME
    assert found.extra == EXTRA
    assert found.development == DEVELOPMENT
    assert found.source == file_names(name)
    assert found.locked["requests"] == {"2.32.0"}
    assert found.locked.keys() == RUNTIME | EXTRA | DEVELOPMENT | {"colorama"}
    assert found.names == found.locked.keys()
    assert [found.find_scope(each) for each in ("PySocks", "pygments", "ruff")] == [
        "runtime",
        "extra",
        "development",
    ]
    assert found.find_scope("colorama") == "runtime"  # on Windows
    assert found.find_scope("django") == ""


def test_a_pipfile_lock_has_categories_and_no_extras():
    found = read({"setup.py": "setup()", "Pipfile.lock": PIPFILE_LOCK})
    assert found.problems == ()
    assert found.runtime == RUNTIME
    assert found.development == DEVELOPMENT | {"pygments"}
    assert found.locked["pytest"] == {"9.0.0"}
    assert "lantern-kit" not in found.names


@pytest.mark.parametrize("name", LOCKS)
def test_markers_are_those_of_the_environment(name):
    found = read({"pyproject.toml": PYPROJECT, name: LOCKS[name]}, WINDOWS)
    assert found.runtime == RUNTIME | {"colorama"}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_lock_that_lacks_a_declared_dependency_is_stale(name):
    newer = PYPROJECT.replace('"click"', '"click", "httpx"')
    found = read({"pyproject.toml": newer, name: GRAPHS[name]})
    assert found.runtime == RUNTIME | {"httpx"}
    assert "httpx" in found.problems[0]
    assert found.find_scope("ruff") == ""  # httpx may need it
    assert found.find_scope("click") == "runtime"


@pytest.mark.parametrize("name", ["uv.lock", "pylock.toml"])
def test_a_dependency_that_is_locked_for_development_only_is_stale(name):
    newer = PYPROJECT.replace('"click"', '"click", "pytest"')
    found = read({"pyproject.toml": newer, name: GRAPHS[name]})
    assert {"pytest"} <= found.runtime
    assert found.problems
    assert "iniconfig" not in found.runtime or name == "uv.lock"


@pytest.mark.parametrize("name", LOCKS)
@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[: len(text) // 2] + "<<<<<<< HEAD",
        lambda text: "",
        lambda text: (
            text.replace("version = 1\n", "version = 99\n")
            .replace("-version = ", '-version = "99" # ')
            .replace("_version = ", '_version = "99" # ')
            .replace('spec": 6', 'spec": 99')
        ),
    ],
)
def test_a_lock_that_cannot_be_read_leaves_what_is_declared(name, change):
    found = read({"pyproject.toml": PYPROJECT, name: change(LOCKS[name])})
    assert found.runtime == {"requests", "click"}
    assert found.problems
    assert name in found.problems[0]
    assert not found.holds_lock
    assert not found.declares_none
    assert found.source == "pyproject.toml"


def test_the_lock_of_another_project():
    text = UV.replace('name = "lantern-kit"', 'name = "torch-kit"')
    found = read({"pyproject.toml": PYPROJECT, "uv.lock": text})
    assert "does not contain the project" in found.problems[0]
    assert found.runtime == RUNTIME


def test_the_lock_of_a_project_that_uses_this_one():
    text = UV.replace(LOCAL, 'source = { registry = "https://pypi.org/simple" }')
    assert "does not contain" in read({"uv.lock": text}).problems[0]
    assert read({"uv.lock": text}).runtime is None


@pytest.mark.parametrize("package", ["lantern-kit", ""])
def test_uv_alone_tells_by_name_or_by_the_folder(package):
    assert read({"uv.lock": UV}, package=package).runtime == RUNTIME
    assert read({"uv.lock": UV}, package=package).problems == ()


def test_uv_tells_dynamic_dependencies():
    dynamic = '[project]\nname = "lantern.kit"\ndynamic = ["version", "dependencies"]\n'
    found = read({"pyproject.toml": dynamic, "uv.lock": UV})
    assert found.runtime == RUNTIME
    assert found.problems == ()


def test_members_of_a_workspace_are_not_ours():
    member = (
        '[[package]]\nname = "lantern-site"\nversion = "1"\nsource = { editable = "site" }\n'
        'dependencies = [{ name = "django" }, { name = "lantern-kit" }]\n'
        '[[package]]\nname = "django"\nversion = "5"\n'
    )
    found = read({"pyproject.toml": PYPROJECT, "uv.lock": UV + member})
    assert found.runtime == RUNTIME
    assert found.find_scope("django") == ""
    assert "django" in found.locked
    other = read({"uv.lock": UV + member}, package="lantern_site")
    assert other.runtime == RUNTIME | {"django", "lantern-kit"}


def test_uv_extras_that_conflict():
    text = UV.replace(
        '    { name = "click" },\n',
        '    { name = "click", marker = "extra != \'extra-11-lantern-kit-all\'" },\n'
        '    { name = "ruff", marker = "extra == \'extra-11-lantern-kit-all\'" },\n',
    )
    found = read({"uv.lock": text})
    assert found.runtime == RUNTIME
    assert found.extra == EXTRA | {"ruff"}


def test_versions_for_different_environments():
    text = """
version = 1
[[package]]
name = "lantern"
source = { virtual = "." }
dependencies = [
    { name = "numpy", version = "1.26.4", marker = "python_full_version < '3.12'" },
    { name = "numpy", version = "2.1.0", marker = "python_full_version >= '3.12'" },
]
[[package]]
name = "numpy"
version = "1.26.4"
resolution-markers = ["python_full_version < '3.12'"]
dependencies = [{ name = "old" }]
[[package]]
name = "numpy"
version = "2.1.0"
resolution-markers = ["python_full_version >= '3.12'"]
dependencies = [{ name = "new" }]
[[package]]
name = "new"
version = "1"
[[package]]
name = "old"
version = "1"
dependencies = [{ name = "numpy" }, { name = "old" }]
"""
    found = read({"uv.lock": text}, package="lantern")
    assert found.runtime == {"numpy", "new"}
    assert found.locked["numpy"] == {"1.26.4", "2.1.0"}
    assert read({"uv.lock": text}, OLD, package="lantern").runtime == {"numpy", "old"}


@pytest.mark.parametrize(
    ("tools", "expected"),
    [
        ("", "uv.lock"),
        ("[tool.pdm]", "pdm.lock"),
        ("[tool.poetry]", "poetry.lock"),
        ('[build-system]\nbuild-backend = "poetry.core.masonry.api"', "poetry.lock"),
        ('[build-system]\nbuild-backend = "pdm.backend"', "pdm.lock"),
        ("[tool.poetry]\n[tool.uv]", "uv.lock"),
    ],
)
def test_of_several_locks_the_one_of_the_manager_counts(tools, expected):
    assert read({"pyproject.toml": PYPROJECT + tools, **LOCKS}).source == expected


def test_a_pipfile_lock_for_development_says_nothing_of_setup_py():
    lock = json.dumps({"_meta": {"pipfile-spec": 6}, "default": {}, "develop": {"tox": "*"}})
    found = read({"setup.py": "setup(install_requires=x)", "Pipfile.lock": lock})
    assert found.runtime is None
    assert "setup.py" in found.problems[0]
    assert not found.declares_none
    assert read({"Pipfile.lock": lock}).runtime == frozenset()


def test_a_pipfile_is_newer_than_its_lock():
    found = read({"Pipfile": '[packages]\nDjango = "*"\n', "Pipfile.lock": PIPFILE_LOCK})
    assert found.runtime == RUNTIME | {"django"}
    assert "django" in found.problems[0]


def test_categories_of_pipenv_besides_the_two_are_extras():
    lock = json.loads(PIPFILE_LOCK) | {"docs": {"sphinx": {"version": "==8.0"}}}
    assert read({"Pipfile.lock": json.dumps(lock)}).extra == {"sphinx"}


def test_groups_of_pdm_and_poetry_tell_where_pyproject_does_not():
    dynamic = '[project]\nname = "lantern-kit"\ndynamic = ["dependencies"]\n'
    for name, text in (("pdm.lock", PDM), ("poetry.lock", POETRY_2)):
        found = read({"pyproject.toml": dynamic, name: text})
        assert found.runtime == RUNTIME
        assert found.problems == ()
    assert read({"pyproject.toml": dynamic, "poetry.lock": POETRY}).runtime is None


def test_categories_of_the_first_poetry():
    text = """
[[package]]
name = "click"
version = "8.1.0"
category = "main"
optional = false
[[package]]
name = "pytest"
version = "7.0"
category = "dev"
optional = false
[metadata]
lock-version = "1.1"
"""
    found = read({"poetry.lock": text})
    assert (found.runtime, found.development) == ({"click"}, {"pytest"})


def test_default_groups_that_are_dependency_groups_are_development():
    text = PYLOCK.replace('default-groups = ["default"]', 'default-groups = ["default", "dev"]')
    assert read({"pyproject.toml": PYPROJECT, "pylock.toml": text}).runtime == RUNTIME


def test_an_invalid_marker_of_a_lock_holds_and_is_a_problem():
    text = UV.replace("sys_platform == 'win32'", "no marker at all")
    found = read({"pyproject.toml": PYPROJECT, "uv.lock": text})
    assert "colorama" in found.runtime
    assert "no marker" in found.problems[0]


def test_a_lock_without_dependencies_agrees_with_none_declared():
    lock = 'version = 1\n[[package]]\nname = "lantern"\nsource = { editable = "." }\n'
    found = read({"pyproject.toml": project([]), "uv.lock": lock}, package="lantern")
    assert found.declares_none
    more = lock + 'dependencies = [{ name = "click" }]\n'
    assert not read({"pyproject.toml": project([]), "uv.lock": more}).declares_none


def test_a_lock_of_older_tools_leaves_out_setuptools():
    pyproject = project(["setuptools"])
    lock = '[metadata]\nlock-version = "1.1"\n'
    found = read({"pyproject.toml": pyproject, "poetry.lock": lock})
    assert (found.runtime, found.problems) == ({"setuptools"}, ())


def test_an_environment_that_lacks_a_value_is_a_problem():
    incomplete = {key: value for key, value in LINUX.items() if key != "sys_platform"}
    found = read({"pyproject.toml": PYPROJECT, "uv.lock": UV}, incomplete)
    assert "colorama" in found.runtime
    assert found.problems


def test_no_locked_version_for_this_environment_is_no_reason_to_need_less():
    text = """
version = 1
[[package]]
name = "lantern"
source = { virtual = "." }
dependencies = [{ name = "numpy" }]
[[package]]
name = "numpy"
version = "1.26.4"
resolution-markers = ["python_full_version < '3.9'"]
dependencies = [{ name = "blas" }]
"""
    assert read({"uv.lock": text}, package="lantern").runtime == {"numpy", "blas"}


def test_extras_of_pdm_belong_to_those_who_ask_for_them():
    text = '[metadata]\nlock_version = "4.3"\n' + "".join(
        f"[[package]]\n{entry}\n"
        for entry in (
            'name = "requests"\nversion = "2"\ndependencies = ["certifi"]',
            'name = "requests"\nversion = "2"\nextras = ["socks"]\ndependencies = ["pysocks"]',
            'name = "certifi"\nversion = "1"',
            'name = "pysocks"\nversion = "1"',
        )
    )
    groups = '[dependency-groups]\nproxy = ["requests[socks]"]\n'
    found = read({"pyproject.toml": project(["requests"], groups), "pdm.lock": text})
    assert (found.runtime, found.development) == ({"requests", "certifi"}, {"pysocks"})


def test_optional_dependencies_of_a_package_are_not_needed_without_its_extra():
    text = (
        '[[package]]\nname = "click"\nversion = "8"\n[package.dependencies]\n'
        'trio = {version = "*", optional = true}\n[metadata]\nlock-version = "2.0"\n'
    )
    assert read({"pyproject.toml": project(["click"]), "poetry.lock": text}).runtime == {"click"}


def test_a_dependency_that_pipenv_locks_for_development_only_is_stale():
    newer = PYPROJECT.replace('"click"', '"click", "pytest"')
    found = read({"pyproject.toml": newer, "Pipfile.lock": PIPFILE_LOCK})
    assert "pytest" in found.problems[0]
    assert "pytest" in found.runtime


def test_a_stale_lock_tells_no_scope_for_other_environments_either():
    edge = '{ name = "pygments" },\n    { name = "winpty", marker = "os_name == \'nt\'" },'
    text = UV.replace('{ name = "iniconfig" },\n', f'{{ name = "iniconfig" }},\n    {edge}\n', 1)
    text += '[[package]]\nname = "winpty"\nversion = "1"\n'
    assert read({"pyproject.toml": PYPROJECT, "uv.lock": text}).find_scope("winpty") == (
        "development"
    )
    newer = PYPROJECT.replace('"click"', '"click", "httpx"')
    assert read({"pyproject.toml": newer, "uv.lock": text}).find_scope("winpty") == ""


def test_a_category_that_stands_twice_is_not_read_as_the_last_one():
    text = PIPFILE_LOCK.rstrip().removesuffix("}") + ', "default": {}}'
    found = read({"Pipfile.lock": text})
    assert found.runtime is None
    assert "twice" in found.problems[0]
