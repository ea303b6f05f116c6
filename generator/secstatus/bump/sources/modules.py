"""The name of a project, its import packages, and their folders."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from secstatus.bump.reference import Own
from secstatus.bump.sources.project_file import SETUP_CFG, VersionProject
from secstatus.errors import InputError, shown
from secstatus.text.toml import PYPROJECT, find_table, find_text, find_texts

# https://packaging.python.org/specifications/name-normalization/
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_MODULE = re.compile(r"[A-Za-z_]\w{0,99}(\.[A-Za-z_]\w{0,99}){0,9}", re.ASCII)
_SETUP_NAME = re.compile(rb"[(,\s]name[ \t]{0,9}=[ \t]{0,9}(['\"])([^'\"\\\n]{1,100})\1")
# Folders beside the package that are importable too, and that no distribution means to ship.
_BESIDE = re.compile(
    "bin|bench(marks?)?|build|ci|docs?|dist|examples?|fixtures|notebooks|requirements|scripts?|site"
    "|tests?|testing|tools?|utils?"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """The project, and the folders that are searched for its modules, in order."""

    own: Own
    roots: tuple[str, ...]


def layout_of(project: VersionProject) -> Layout:
    """Name, modules and folders. Raises InputError for a project without a usable name."""
    name = _name(project)
    stated = [*_stated(project)]
    roots = tuple(dict.fromkeys([*_stated_roots(project), *(root for root, _ in stated)]))
    modules = tuple(dict.fromkeys(module for _, module in stated if module))
    usual = tuple(dict.fromkeys((*roots, "src", "")))
    return Layout(Own(name, modules or _discovered(project, usual, name)), usual)


def _name(project: VersionProject) -> str:
    document = project.pyproject
    # PEP 621 first, then what backends had before it.
    places = (("project",), ("tool", "poetry"), ("tool", "flit", "metadata"))
    names = [find_text(document, *keys, "name") for keys in places]
    names.append(project.setup_cfg.get("metadata", {}).get("name", ""))
    found = _SETUP_NAME.search(project.read("setup.py") or b"")
    names.append(found[2].decode("utf-8", "replace") if found else "")
    name = next(filter(None, names), "")
    if not _NAME.fullmatch(name):
        raise InputError(
            PYPROJECT,
            "project.name",
            shown(name) if name else "nothing",
            "the name of the package",
            hint="Write name under [project]; letters, digits, `-`, `_` and `.` are allowed.",
        )
    return name


def _stated(project: VersionProject) -> Iterator[tuple[str, str]]:
    """Folder and module of all that the configuration of a build backend names."""
    document = project.pyproject
    wheel = ("tool", "hatch", "build", "targets", "wheel")
    yield from map(_split, find_texts(document, *wheel, "packages"))
    for keys in (("module", "name"), ("metadata", "module")):
        yield from _named(project, [find_text(document, "tool", "flit", *keys)], "")
    yield from _poetry(project)
    # https://docs.astral.sh/uv/concepts/build-backend/: `module-root` is `src` unless it is set.
    backend = find_table(document, "tool", "uv", "build-backend")
    yield from _named(
        project, find_texts(backend, "module-name"), find_text(backend, "module-root") or "src"
    )
    setuptools = find_table(document, "tool", "setuptools")
    root = next(iter(_stated_roots(project)), "")
    # A list names packages, a table says how to find them.
    if isinstance(setuptools.get("packages"), list):
        yield from _named(project, find_texts(setuptools, "packages"), root)
    yield from _named(project, find_texts(setuptools, "py-modules"), root)
    options = project.setup_cfg.get("options", {})
    for key in ("packages", "py_modules"):
        yield from _named(project, re.split(r"[\s,]+", options.get(key, "")), root)


def _poetry(project: VersionProject) -> Iterator[tuple[str, str]]:
    packages = find_table(project.pyproject, "tool", "poetry").get("packages", [])
    if not isinstance(packages, list) or not all(isinstance(each, dict) for each in packages):
        raise InputError(PYPROJECT, "tool.poetry.packages", shown(packages), "a list of tables")
    for each in packages:
        first = find_text(each, "include").removeprefix("./").partition("/")[0]
        yield from _named(project, [first], find_text(each, "from"))


def _split(path: str) -> tuple[str, str]:
    """`generator/secstatus` → `generator`, `secstatus`."""
    whole = _folder(path)
    root, _, module = whole.rpartition("/")
    return root, module if _MODULE.fullmatch(module) else ""


def _named(project: VersionProject, names: Iterable[str], root: str) -> Iterator[tuple[str, str]]:
    """Modules with their folder. Of packages inside of packages only the outer one counts,
    unless that is a namespace without a file of its own.
    """
    for name in filter(_MODULE.fullmatch, names):
        first = name.partition(".")[0]
        base = f"{_folder(root)}/{first}".removeprefix("/")
        yield _folder(root), first if project.read(f"{base}/__init__.py") is not None else name


def _stated_roots(project: VersionProject) -> list[str]:
    """The folders that the configuration states to hold the packages."""
    document = project.pyproject
    setuptools = find_table(document, "tool", "setuptools")
    where: tuple[str, ...] = ()
    if isinstance(setuptools.get("packages"), dict):
        where = find_texts(setuptools, "packages", "find", "where")
    whole = find_text(setuptools, "package-dir", "")
    pdm = find_text(document, "tool", "pdm", "build", "package-dir")
    options = project.setup_cfg.get("options", {})
    # setup.cfg: `package_dir = =src` maps the root package.
    mapping = re.search(r"(?:^|[\s,])=\s*([^\s,]+)", options.get("package_dir", ""))
    find = project.setup_cfg.get("options.packages.find", {})
    folders = [*where, whole, pdm, mapping[1] if mapping else "", find.get("where", "")]
    return [_folder(each) for each in folders if each.strip()]


def _folder(text: str) -> str:
    """The folder as in tracked paths, `""` for the top. Raises InputError for one outside."""
    path = PurePosixPath(text.strip())
    if path.is_absolute() or ".." in path.parts:
        raise InputError(
            f"{PYPROJECT} or {SETUP_CFG}",
            "",
            f"the folder {shown(text)}",
            "one inside of the project",
        )
    return "" if str(path) == "." else str(path)


def _discovered(project: VersionProject, roots: Iterable[str], name: str) -> tuple[str, ...]:
    """Folders with an `__init__.py`, from the first root that has some.

    Where one of them has the name of the project, the others are not taken for its own: a folder
    of third-party code may be beside it.
    """
    # The import name that most projects take for a distribution with dashes.
    usual = re.sub(r"[-.]", "_", name)
    for root in roots:
        found = sorted(_packages(project.paths, root))
        same = [module for module in found if module.lower() == usual.lower()]
        if same or found:
            return tuple(same or found)
    return (usual,)


def _packages(paths: Iterable[str], root: str) -> set[str]:
    start = f"{root}/" if root else ""
    inside = (path[len(start) :].split("/") for path in paths if path.startswith(start))
    found = {parts[0] for parts in inside if len(parts) == 2 and parts[1] == "__init__.py"}
    return {
        module
        for module in found
        if _MODULE.fullmatch(module) and (root or not _BESIDE.fullmatch(module))
    }
