"""The place of a project's version for each build backend."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable

from secstatus.bump.sources.assignments import (
    LARGEST,
    VersionSource,
    assignments,
    attribute,
    attribute_source,
    file_source,
    find_assigned_source,
    nothing_in,
    read_named_file,
    refuse_computed,
)
from secstatus.bump.sources.modules import Layout
from secstatus.bump.sources.project_file import (
    SETUP_CFG,
    SETUP_PY,
    VersionProject,
    cfg_line,
    toml_line,
    without_long_strings,
)
from secstatus.bump.sources.tags import TAG_SOURCES, from_tags, no_tag_tables
from secstatus.errors import DocumentUpdateError, InputError, shown
from secstatus.text.toml import (
    PYPROJECT,
    decode_text,
    find_line_number,
    find_table,
    find_text,
    find_texts,
    parse_toml,
)

LOOKED_FOR = (
    "[project] version, [tool.hatch.version] path, [tool.setuptools.dynamic] version, "
    "[tool.pdm.version], __version__ of the flit module, [tool.poetry] version, "
    "setup.cfg [metadata] version, setup.py version"
)
# The default pattern of hatch: https://hatch.pypa.io/latest/version/ (DEFAULT_PATTERN of its regex
# source).
_HATCH = re.compile(
    rb"^(?:\xef\xbb\xbf)?(?:__version__|version)[ \t]*(?::[^=\n]{1,100})?=[ \t]*"
    rb"(['\"])v?([^'\"\n]{1,200}?)\1",
    re.IGNORECASE | re.MULTILINE,
)
_SETUP_CALL = re.compile(rb"\bsetup[ \t]{0,9}\(")
# The first `version=` of the call counts, whatever follows: a later one is of something else.
_SETUP_VERSION = re.compile(
    rb"[(,\s]version[ \t]{0,9}=(?!=)[ \t]{0,9}"
    rb"(?:(?:(['\"])([^'\"\\\n]{1,200})\1|([A-Za-z_]\w{0,99}))[ \t\r]{0,99}(?=[,)\n]))?"
)
# A group that repeats what may itself repeat takes time without end; people write none here.
_ENDLESS = re.compile(r"\)[*+{]")
_LARGEST_FOR_PATTERN = 50_000

Kind = Callable[[VersionProject, Layout], VersionSource | None]


def static_sources(project: VersionProject) -> list[VersionSource]:
    """The versions that stand in the configuration itself, the one that counts first."""
    found = (_project(project), _poetry(project), _cfg_text(project), _setup_py(project))
    return [source for source in found if source]


def dynamic_source(project: VersionProject, layout: Layout) -> VersionSource | None:
    """The place that the configuration names. Raises DocumentUpdateError where the version is not
    written in any file: from tags, or computed.
    """
    # A table of such a tool wins over a version in a file, which is then a leftover.
    no_tag_tables(project)
    kinds: tuple[Kind, ...] = (_hatch, _setuptools, _pdm, _cfg_elsewhere, _flit)
    for kind in kinds:
        if source := kind(project, layout):
            return source
    return None


def is_dynamic(project: VersionProject) -> bool:
    """Whether [project] declares the version dynamic. Raises InputError when it has one too."""
    table = find_table(project.pyproject, "project")
    dynamic = "version" in find_texts(table, "dynamic")
    # PEP 621 forbids it, and backends stop with an error.
    if dynamic and "version" in table:
        raise InputError(
            PYPROJECT,
            "project.dynamic",
            "version, which [project] sets too",
            "one of the two",
            hint="Remove version from dynamic, or from [project].",
        )
    return dynamic


def _toml_source(project: VersionProject, *keys: str) -> VersionSource | None:
    version = find_text(project.pyproject, *keys)
    if not version:
        return None
    line = toml_line(project.read(PYPROJECT) or b"", *keys)
    return VersionSource(PYPROJECT, line, f"[{'.'.join(keys[:-1])}] version", version)


def _project(project: VersionProject) -> VersionSource | None:
    return _toml_source(project, "project", "version")


def _poetry(project: VersionProject) -> VersionSource | None:
    plugin = find_table(project.pyproject, "tool", "poetry-dynamic-versioning")
    if plugin.get("enable"):
        raise from_tags(PYPROJECT, "[tool.poetry-dynamic-versioning]")
    return _toml_source(project, "tool", "poetry", "version")


def _cfg_version(project: VersionProject) -> tuple[str, int]:
    text = project.setup_cfg.get("metadata", {}).get("version", "").strip()
    return text, cfg_line(project.read(SETUP_CFG) or b"", "metadata", "version") if text else 0


def _cfg_text(project: VersionProject) -> VersionSource | None:
    text, line = _cfg_version(project)
    # https://setuptools.pypa.io/en/latest/userguide/declarative_config.html: directives that read
    # the version elsewhere.
    if not text or text.startswith(("attr:", "file:")):
        return None
    return VersionSource(SETUP_CFG, line, "[metadata] version", text)


def _cfg_elsewhere(project: VersionProject, layout: Layout) -> VersionSource | None:
    text, _ = _cfg_version(project)
    kind, sign, value = text.partition(":")
    if not sign:
        return None
    what = f"[metadata] version {kind}"
    if kind == "attr":
        return attribute_source(project, layout, value.strip(), SETUP_CFG, what)
    return file_source(project, re.split(r"[\s,]+", value.strip()), SETUP_CFG, what)


def _setup_py(project: VersionProject) -> VersionSource | None:
    """`version="…"` in the call of setup(), or the name of a text in the same file."""
    data = (project.read(SETUP_PY) or b"")[:LARGEST]
    blanked = without_long_strings(data)
    call = _SETUP_CALL.search(blanked)
    found = _SETUP_VERSION.search(blanked, call.end() - 1) if call else None
    if not found:
        return None
    if found[2] is not None:
        version = found[2].decode("utf-8", "replace")
        return VersionSource(
            SETUP_PY, find_line_number(data, found.start(2)), "setup() version", version
        )
    if found[3] is None:
        return None
    name = found[3].decode()
    values = assignments(data, name)
    if len(values) != 1 or values[0].value is None:
        return None
    return VersionSource(SETUP_PY, values[0].line_number, name, values[0].value)


def _hatch(project: VersionProject, _layout: Layout) -> VersionSource | None:
    table, place = find_table(project.pyproject, "tool", "hatch", "version"), PYPROJECT
    own_file = project.read("hatch.toml")
    # hatch reads hatch.toml where pyproject.toml has no table for it.
    if not table and own_file is not None:
        place = "hatch.toml"
        table = find_table(parse_toml(decode_text(own_file, place), place), "version", path=place)
    if not table:
        return None
    source, what = find_text(table, "source", path=place) or "regex", "tool.hatch.version"
    if source in TAG_SOURCES:
        raise from_tags(place, f"{what} source = {shown(source)}")
    if source != "regex":
        raise refuse_computed(place, f"{what} source = {shown(source)}")
    path, data = read_named_file(
        project, find_text(table, "path", path=place), place, f"{what} path"
    )
    pattern = table.get("pattern")
    line, version = (
        _by_pattern(data, path, pattern) if isinstance(pattern, str) else _hatch_usual(data, path)
    )
    return VersionSource(path, line, f"{what} path", version)


def _hatch_usual(data: bytes, path: str) -> tuple[int, str]:
    found = _HATCH.search(without_long_strings(data[:LARGEST]))
    if not found:
        raise nothing_in(path, "no __version__ or VERSION that is a plain text")
    return find_line_number(data, found.start(2)), found[2].decode("utf-8", "replace")


def _by_pattern(data: bytes, path: str, pattern: str) -> tuple[int, str]:
    what = "tool.hatch.version pattern"
    if len(pattern) > 200 or _ENDLESS.search(pattern) or len(data) > _LARGEST_FOR_PATTERN:
        raise DocumentUpdateError(
            f"{what} {shown(pattern)} may search without end in {shown(path)}",
            hint="Use at most 200 characters and no repeated group, on a small file.",
        )
    text = decode_text(data, path).replace("\r\n", "\n")
    try:
        with warnings.catch_warnings():
            # A pattern of the user may use what `re` deprecates; that is no message of this
            # command.
            warnings.simplefilter("ignore")
            found = re.search(pattern, text, re.MULTILINE)
    except (re.error, RecursionError, OverflowError) as error:
        raise DocumentUpdateError(
            f"{what} {shown(pattern)} is no regular expression: {shown(str(error))}",
            hint="Correct the pattern.",
        ) from None
    if not found or not found.groupdict().get("version"):
        raise nothing_in(path, f"nothing that matches {what} with a group named version")
    return text.count("\n", 0, found.start("version")) + 1, found["version"]


def _setuptools(project: VersionProject, layout: Layout) -> VersionSource | None:
    dynamic = find_table(project.pyproject, "tool", "setuptools", "dynamic")
    table, what = find_table(dynamic, "version"), "tool.setuptools.dynamic version"
    if attr := find_text(table, "attr"):
        return attribute_source(project, layout, attr, PYPROJECT, f"{what} attr")
    if files := find_texts(table, "file"):
        return file_source(project, files, PYPROJECT, f"{what} file")
    return None


def _pdm(project: VersionProject, _layout: Layout) -> VersionSource | None:
    table, what = find_table(project.pyproject, "tool", "pdm", "version"), "tool.pdm.version"
    source = find_text(table, "source")
    # `use_scm` is the older spelling of pdm-pep517.
    if source == "scm" or table.get("use_scm"):
        raise from_tags(PYPROJECT, f"{what} source = 'scm'")
    named = find_text(table, "path") or find_text(table, "from")
    if source not in ("", "file"):
        raise refuse_computed(PYPROJECT, f"{what} source = {shown(source)}")
    if not (source or named):
        return None
    path, data = read_named_file(project, named, PYPROJECT, f"{what} path")
    found = assignments(data, "__version__")
    return find_assigned_source(path, found[0] if found else None, "__version__", f"{what} path")


def _flit(project: VersionProject, layout: Layout) -> VersionSource | None:
    backend = find_text(project.pyproject, "build-system", "build-backend")
    # flit_core takes the version from the module: https://flit.pypa.io/en/stable/
    if not backend.startswith("flit"):
        return None
    module = layout.own.modules[0]
    found = attribute(project.read, layout.roots, module, "__version__")
    if found is None:
        raise nothing_in(f"the module {module}", "no __version__")
    return find_assigned_source(*found, "__version__", "`__version__`")
