"""How a project is tested and installed, by the files that it has. Nothing of it is run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from secstatus.bump.sources.project_file import VersionProject
from secstatus.scaffold.values import is_command, is_folder

_MAKEFILES = ("GNUmakefile", "makefile", "Makefile")
_TEST_TARGET = re.compile(rb"^(?:[\w.-]+[ \t]+)*test(?:[ \t]+[\w.-]+)*[ \t]*::?(?!=)", re.MULTILINE)
_SCRIPTS = ("scripts/run_tests.sh", "scripts/test.sh", "run_tests.sh")
_TEST_FILE = re.compile(r"(?:.*/)?(?:test_[^/]*|[^/]*_test)\.py")
_REQUIREMENTS = re.compile(
    r"(?:(?:dev|tests?)[-_])?requirements(?:[-_.](?:dev|tests?|testing|ci))?\.txt"
    r"|requirements/(?:base|main|prod|production|requirements|dev|tests?|testing|ci)\.txt"
)
_FOR_PEOPLE_WHO_TEST = ("test", "tests", "testing", "dev")
_HAS_PYTEST = re.compile(rb"^(?:name = \")?pytest\b", re.MULTILINE | re.IGNORECASE)
# Programs that run the tests, and what pip calls them.
_RUNNERS = {"tox": "tox", "nox": "nox", "hatch": "hatch", "pdm": "pdm", "poe": "poethepoet"}


def gates_of(project: VersionProject) -> tuple[str, ...]:
    """The command that runs the tests, in the project's own words; none where it is unknown."""
    finders: Sequence[Callable[[VersionProject], str]] = (_make, _sessions, _script, _task, _pytest)
    found = next(filter(None, (find(project) for find in finders)), "")
    return (found,) if is_command(found) else ()


def _make(project: VersionProject) -> str:
    texts = (project.read(name) or b"" for name in _MAKEFILES)
    return "make test" if any(_TEST_TARGET.search(text) for text in texts) else ""


def _sessions(project: VersionProject) -> str:
    if project.read("tox.ini") is not None or "tox" in _tool(project):
        return "tox"
    return "nox" if project.read("noxfile.py") is not None else ""


def _script(project: VersionProject) -> str:
    name = next((name for name in _SCRIPTS if project.read(name) is not None), "")
    return f"bash {name}" if name else ""


def _task(project: VersionProject) -> str:
    tool = _tool(project)
    environments = _at(tool, "hatch", "envs")
    scripts = [_at(environments, name, "scripts") for name in ("default", "test")]
    if "test" in scripts[0]:
        return "hatch run test"
    if "test" in scripts[1]:
        return "hatch run test:test"
    if "test" in _at(tool, "pdm", "scripts"):
        return "pdm run test"
    return "poe test" if "test" in _at(tool, "poe", "tasks") else ""


def _pytest(project: VersionProject) -> str:
    configured = "pytest" in _tool(project) or project.read("pytest.ini") is not None
    configured = configured or "tool:pytest" in project.setup_cfg
    tests = any(_is_test(path) for path in project.paths)
    return "python -m pytest" if configured or tests else ""


def _is_test(path: str) -> bool:
    return bool(_TEST_FILE.fullmatch(path)) and path.split("/")[0] in ("tests", "test")


def install_of(project: VersionProject, gates: Sequence[str]) -> str:
    """A command of one line that installs the project, what it needs and what its tests need.

    Where versions are locked these are installed: they are what has to be audited.
    """
    steps = [*_dependencies(project), *_runners(project, gates)]
    return " && ".join(steps)


def _dependencies(project: VersionProject) -> Iterator[str]:
    lock = _locked(project)
    listed = requirements(project)
    if lock:
        yield f"{lock} | python -m pip install --requirement /dev/stdin"
        yield "python -m pip install --no-deps ."
        return
    if listed:
        yield "python -m pip install " + " ".join(f"--requirement {path}" for path in listed)
    if not listed or _is_package(project):
        yield f"python -m pip install {_with_extras(project)}"


def _locked(project: VersionProject) -> str:
    """The command that prints the locked versions."""
    if project.read("uv.lock") is not None:
        return "pipx run uv export --quiet --frozen --no-emit-project --all-extras"
    if project.read("poetry.lock") is not None:
        poetry = 'python -m venv "$RUNNER_TEMP/poetry"'
        there = '"$RUNNER_TEMP/poetry/bin/'
        plugin = f'{there}python" -m pip install --quiet poetry poetry-plugin-export'
        return f'{poetry} && {plugin} && {there}poetry" export --all-groups --all-extras'
    return ""


def requirements(project: VersionProject) -> list[str]:
    """Files of requirements of the project and of its tests."""
    found = [path for path in project.paths if _REQUIREMENTS.fullmatch(path) and is_folder(path)]
    return sorted(found, key=lambda path: (path.count("/"), path != "requirements.txt", path))


def _is_package(project: VersionProject) -> bool:
    document = project.pyproject
    stated = any(key in document for key in ("project", "build-system"))
    return stated or any(project.read(name) is not None for name in ("setup.py", "setup.cfg"))


def _with_extras(project: VersionProject) -> str:
    """The project with the first extra, and the first group, that is for its tests."""
    extras = _first(_at(project.pyproject, "project", "optional-dependencies"))
    groups = _first(_at(project.pyproject, "dependency-groups"))
    group = f"--group {groups} " if groups else ""
    return f"{group}'.[{extras}]'" if extras else f"{group}."


def _first(table: Mapping[str, Any]) -> str:
    return next((name for name in _FOR_PEOPLE_WHO_TEST if name in table), "")


def _runners(project: VersionProject, gates: Sequence[str]) -> Iterator[str]:
    words = {gate.split(" ")[0] for gate in gates}
    needed = [_RUNNERS[word] for word in sorted(words & _RUNNERS.keys())]
    if "python -m pytest" in gates and not _brings_pytest(project):
        needed.append("pytest")
    if needed:
        yield f"python -m pip install {' '.join(needed)}"
    if "pdm" in words:
        yield "pdm install"


def _brings_pytest(project: VersionProject) -> bool:
    names = ("uv.lock", "poetry.lock", *requirements(project))
    files = [data for name in names if (data := project.read(name)) is not None]
    if files:
        return any(_HAS_PYTEST.search(data) for data in files)
    extras = _at(project.pyproject, "project", "optional-dependencies")
    groups = _at(project.pyproject, "dependency-groups")
    named = [*_texts(extras.get(_first(extras))), *_texts(groups.get(_first(groups)))]
    named += _texts(_at(project.pyproject, "project").get("dependencies"))
    return any(name.lower().startswith("pytest") for name in named)


def _texts(value: Any) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _tool(project: VersionProject) -> Mapping[str, Any]:
    return _at(project.pyproject, "tool")


def _at(table: Mapping[str, Any], *keys: str) -> Mapping[str, Any]:
    """The table behind the keys; empty where there is none: other tools validate theirs."""
    found: Any = table
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
