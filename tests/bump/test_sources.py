"""Where the version is defined: one small project for each kind, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secstatus.bump.sources.assignments import only_literal
from secstatus.bump.sources.reader import sources
from secstatus.errors import DocumentUpdateError, InputError, InvalidVersionError, SecstatusError

NAMED = '[project]\nname = "sample-box"\n'
STATIC = NAMED + 'version = "1.4.2"\n'
DYNAMIC = NAMED + 'dynamic = ["version"]\n'
INIT = '"""A box."""\n\n__version__ = "1.4.2"\n'
FLIT = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'


def found(**files):
    """The sources of a project with a static version, and these files."""
    return found_in({"pyproject.toml": STATIC, **files})


def found_in(files):
    data = {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}
    return sources(data.get, sorted(data))


def error_in(kind, files):
    with pytest.raises(kind) as caught:
        found_in(files)
    error = caught.value
    assert error.hint or kind is InputError
    assert (error.message + error.hint).isprintable()
    return error


def placed(result):
    return [(source.place, source.what) for source in result.places]


def test_a_static_version():
    result = found_in({"pyproject.toml": "\n" + STATIC})
    assert result.version == "1.4.2"
    assert placed(result) == [("pyproject.toml:4", "[project] version")]
    assert (result.own.name, result.own.modules) == ("sample-box", ("sample_box",))


KINDS = {
    "hatch": (
        DYNAMIC + '[tool.hatch.version]\npath = "./src/sample_box/__about__.py"\n',
        {"src/sample_box/__about__.py": "# about\nVERSION: str = 'v1.4.2'\n"},
        "src/sample_box/__about__.py:2",
    ),
    "hatch with a pattern": (
        DYNAMIC + "[tool.hatch.version]\npath = 'BUILD'\npattern = 'build (?P<version>\\S+)$'\n",
        {"BUILD": "about\r\nbuild 1.4.2\r\n"},
        "BUILD:2",
    ),
    "setuptools attr": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion = {attr = "sample_box.__version__"}\n',
        {"src/sample_box/__init__.py": INIT},
        "src/sample_box/__init__.py:3",
    ),
    "setuptools attr of a module": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion = {attr = "sample_box.about.NUMBER"}\n',
        {"sample_box/about.py": "NUMBER = '1.4.2' # here\n"},
        "sample_box/about.py:1",
    ),
    "setuptools attr with where": (
        DYNAMIC
        + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.__version__"\n'
        + '[tool.setuptools.packages.find]\nwhere = ["code"]\n',
        {"code/sample_box/__init__.py": INIT, "src/sample_box/__init__.py": "__version__ = '9'"},
        "code/sample_box/__init__.py:3",
    ),
    "setuptools attr with package-dir": (
        DYNAMIC
        + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.__version__"\n'
        + '[tool.setuptools.package-dir]\n"" = "lib"\n',
        {"lib/sample_box.py": INIT},
        "lib/sample_box.py:3",
    ),
    "setuptools attr that is imported": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion = {attr = "sample_box.__version__"}\n',
        {
            "sample_box/__init__.py": "from .inner import (\n  other,\n  number as __version__)\n",
            "sample_box/inner/__init__.py": "other = '9'\nfrom sample_box.inner.deep import number\n",
            "sample_box/inner/deep.py": "number = '1.4.2'\n",
        },
        "sample_box/inner/deep.py:1",
    ),
    "setuptools file": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion = {file = ["VERSION"]}\n',
        {"VERSION": "\n1.4.2\r\n"},
        "VERSION:2",
    ),
    "flit": (DYNAMIC + FLIT, {"sample_box.py": INIT}, "sample_box.py:3"),
    "flit with a name": (
        DYNAMIC + FLIT + '[tool.flit.module]\nname = "other"\n',
        {"src/other/__init__.py": INIT},
        "src/other/__init__.py:3",
    ),
    "poetry": (
        '[tool.poetry]\nname = "sample-box"\nversion = "1.4.2"\n',
        {},
        "pyproject.toml:3",
    ),
    "hatch.toml": (
        DYNAMIC,
        {"hatch.toml": '[version]\npath = "sample_box.py"\n', "sample_box.py": INIT},
        "sample_box.py:3",
    ),
    "old pdm": (
        DYNAMIC + '[tool.pdm.version]\nfrom = "sample_box/v.py"\n',
        {"sample_box/v.py": INIT},
        "sample_box/v.py:3",
    ),
    "pdm": (
        DYNAMIC + '[tool.pdm.version]\nsource = "file"\npath = "sample_box/v.py"\n',
        {"sample_box/v.py": INIT},
        "sample_box/v.py:3",
    ),
    "setup.cfg": (
        "",
        {"setup.cfg": "[metadata]\nname = sample-box\nversion = 1.4.2\n"},
        "setup.cfg:3",
    ),
    "setup.cfg attr": (
        "",
        {
            "setup.cfg": "[metadata]\nname = sample-box\nversion = attr: sample_box.__version__\n"
            "[options]\npackage_dir =\n    =lib\n",
            "lib/sample_box/__init__.py": INIT,
        },
        "lib/sample_box/__init__.py:3",
    ),
    "setup.cfg file": (
        "",
        {"setup.cfg": "[metadata]\nname = sample-box\nversion = file: V\n", "V": "1.4.2"},
        "V:1",
    ),
    "setup.py": (
        "",
        {"setup.py": "from setuptools import setup\nsetup(name='sample-box', version='1.4.2')\n"},
        "setup.py:2",
    ),
    "setup.py with a name": (
        "",
        {"setup.py": "NUMBER = '1.4.2'\nsetup(\n    name='sample-box',\n    version=NUMBER,\n)\n"},
        "setup.py:1",
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_kinds(kind):
    configuration, files, place = KINDS[kind]
    result = found_in({"pyproject.toml": configuration, **files})
    assert result.version == "1.4.2"
    assert result.places[0].place == place
    assert result.own.name == "sample-box"


TAGS = {
    "hatch": '[tool.hatch.version]\nsource = "vcs"\n',
    "setuptools": "[tool.setuptools_scm]\n",
    "setuptools with a file too": '[tool.setuptools_scm]\n[tool.setuptools.dynamic]\nversion.file = "V"\n',
    "requirement": '[build-system]\nrequires = ["setuptools>=64", "Setuptools_SCM[toml]>=8"]\n',
    "hatch-vcs": '[build-system]\nrequires = ["hatch-vcs", "hatchling"]\n',
    "versioneer": '[tool.versioneer]\nVCS = "git"\n',
    "versioningit": "[tool.versioningit]\n",
    "pdm": '[tool.pdm.version]\nsource = "scm"\n',
    "poetry": '[tool.poetry]\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
}


@pytest.mark.parametrize("kind", TAGS)
def test_versions_from_tags_are_refused(kind):
    error = error_in(DocumentUpdateError, {"pyproject.toml": DYNAMIC + TAGS[kind], "V": "1.4.2"})
    assert "the version comes from tags of the repository; tag it instead" in error.message


@pytest.mark.parametrize(
    "call", ["use_scm_version=True", "version=versioneer.get_version()", "pbr=True"]
)
def test_versions_from_tags_in_setup_py(call):
    error = error_in(DocumentUpdateError, {"setup.py": f"setup(name='sample-box', {call})\n"})
    assert "tag it instead" in error.message


def test_a_static_version_needs_no_tags():
    assert found(**{"setup.cfg": "[versioneer]\nVCS = git\n"}).version == "1.4.2"


REFUSED = {
    "nothing": (NAMED, {}, "looked for [project] version"),
    "no file": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\n',
        {},
        "names 'a.py', which is no tracked file",
    ),
    "outside": (
        DYNAMIC + '[tool.hatch.version]\npath = "../a.py"\n',
        {"../a.py": INIT},
        "inside of the project",
    ),
    "not in the file": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\n',
        {"a.py": '"""\n__version__ = "1.4.2"\n"""\n'},
        "no __version__",
    ),
    "code": (
        DYNAMIC + '[tool.hatch.version]\nsource = "code"\npath = "a.py"\n',
        {"a.py": INIT},
        "computed",
    ),
    "call": (
        DYNAMIC + '[tool.pdm.version]\nsource = "call"\ngetter = "a:b"\n',
        {},
        "computed",
    ),
    "no text": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.V"\n',
        {"sample_box.py": "V = (1, 4, 2)\n"},
        "sample_box.py:1: V: the version is computed",
    ),
    "half a text": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.V"\n',
        {"sample_box.py": "V = '1.4' + PATCH\n"},
        "computed",
    ),
    "no module": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.V"\n',
        {},
        "cannot be found",
    ),
    "imports in a circle": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "a.V"\n',
        {"a.py": "from b import V\n", "b.py": "from a import V\n"},
        "cannot be found",
    ),
    "twice": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "a.V"\n',
        {"a.py": "V = '1.4.2'\nV = '1.4.3'\n"},
        "a.py:1, a.py:2",
    ),
    "two files": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.file = ["A", "B"]\n',
        {},
        "names 2 files",
    ),
    "more than the version": (
        DYNAMIC + '[tool.setuptools.dynamic]\nversion.file = "A"\n',
        {"A": "1.4.2\nmore\n"},
        "2 lines",
    ),
    "no regular expression": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\npattern = "(?P<version"\n',
        {"a.py": INIT},
        "no regular expression",
    ),
    "a pattern without the group": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\npattern = "v"\n',
        {"a.py": INIT},
        "a group named version",
    ),
    "a pattern on a long file": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\npattern = "(?P<version>1)"\n',
        {"a.py": "1" * 60_000},
        "without end",
    ),
    "an endless pattern": (
        DYNAMIC + '[tool.hatch.version]\npath = "a.py"\npattern = "(a+)+(?P<version>b)"\n',
        {"a.py": "a" * 60},
        "without end",
    ),
    "setup.py computes": (
        "",
        {"setup.py": "setup(name='sample-box', version=read(), x=f(version='9.9'))\n"},
        "looked for",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case):
    configuration, files, words = REFUSED[case]
    assert (
        words in error_in(DocumentUpdateError, {"pyproject.toml": configuration, **files}).message
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"[project\n", "not TOML"),
        (b"[project]\nname = '\xff'\n", "line 2: found the byte 0xff"),
        (b"project = 1\n", "project: found 1, expected a table"),
        (b"[project]\nname = 1\n", "project.name: found 1"),
        (b"[project]\nname = 'a'\nversion = 1.2\n", "project.version: found 1.2"),
        (b"[project]\nversion = '1.2'\n", "project.name: found nothing"),
        (b"[project]\nname = 'a b'\nversion = '1.2'\n", "found 'a b'"),
        (b"[project]\nname = 'a'\nversion = '1'\ndynamic = ['version']\n", "one of the two"),
        (b"[project]\nname = 'a'\ndynamic = ['version', 1]\n", "a list of texts"),
        (b"[project]\nname = 'a'\ndynamic = 1\n", "a list of texts"),
        (b"a = " + b"[" * 20_000, "nesting"),
        (b"a = " + b"1" * 20_000, "text that is not TOML"),
        (b"[project]\nname = 'a'\nversion = '1'\n[tool.poetry]\npackages = 1\n", "list of tables"),
        (
            b"[project]\nname = 'a'\n[tool.hatch.build.targets.wheel]\npackages = ['../a']\n",
            "inside",
        ),
    ],
)
def test_a_configuration_that_cannot_be_read(data, words):
    assert words in error_in(InputError, {"pyproject.toml": data}).message


def test_a_setup_cfg_that_cannot_be_read():
    error = error_in(InputError, {"pyproject.toml": STATIC, "setup.cfg": "version = 1\n"})
    assert "setup.cfg" in error.message


def test_a_byte_order_mark_is_tolerated():
    assert found_in({"pyproject.toml": b"\xef\xbb\xbf" + STATIC.encode()}).version == "1.4.2"


def test_a_version_that_is_none_is_named_with_its_place():
    error = error_in(InvalidVersionError, {"pyproject.toml": NAMED + 'version = "one"\n'})
    assert error.message.startswith("pyproject.toml:3: [project] version: found 'one'")


DISAGREEING = {
    "src/sample_box/__init__.py": '__version__ = "1.4.1"\n',
    "sample_box/__init__.py": '\ufeff__version__: Final[str] = "1.4.1"  # old\n',
    "src/sample_box/_version.py": "version = __version__ = '1.4.1'\r\n",
    "src/sample_box/__about__.py": '__version__ = "1.4.2.0"\n',
    "sample_box/version.py": '__version__ = "1.4.1";\n',
    "setup.cfg": "[metadata]\nversion: 1.4.1\n",
    "setup.py": "setup(version='1.4.1')\n",
}


@pytest.mark.parametrize("path", DISAGREEING)
def test_a_disagreement_names_both(path):
    error = error_in(DocumentUpdateError, {"pyproject.toml": STATIC, path: DISAGREEING[path]})
    assert "pyproject.toml:3 ([project] version) says 1.4.2" in error.message
    assert f"{path}:" in error.message
    assert "1.4.1" in error.message or "1.4.2.0" in error.message
    assert len(error.details) == 2


AGREEING = {
    "the same": '__version__ = "1.4.2"\n',
    "installed": "from importlib.metadata import version\n__version__ = version('sample-box')\n",
    "stand-in": "try:\n    __version__ = version('x')\nexcept LookupError:\n    __version__ = '0'\n",
    "stand-in first": "__version__ = '0.0.0'\nwith suppress(X):\n    __version__ = version('x')\n",
    "no version": "__version__ = 'unknown'\n",
    "in a text": '"""Set it so:\n\n__version__ = "9.9"\n"""\n',
    "in a comment": "# __version__ = '9.9'\n",
    "of something else": "other.__version__ = '9.9'\napi__version__ = '9.9'\n",
    "compared": "__version__ == '9.9'\n",
    "a null byte": "\0\n",
}


@pytest.mark.parametrize("case", AGREEING)
def test_no_disagreement(case):
    result = found(**{"src/sample_box/__init__.py": AGREEING[case]})
    assert len(result.places) == (2 if case == "the same" else 1)


def test_a_dynamic_version_disagrees_with_another_literal():
    configuration = DYNAMIC + '[tool.hatch.version]\npath = "sample_box/_version.py"\n'
    files = {"sample_box/_version.py": INIT, "sample_box/__init__.py": "__version__ = '1.4.3'\n"}
    error = error_in(DocumentUpdateError, {"pyproject.toml": configuration, **files})
    assert "sample_box/_version.py:3" in error.message
    assert "sample_box/__init__.py:1" in error.message


MODULES = {
    "src": ("", ["src/one/__init__.py", "src/two/__init__.py"], ("one", "two")),
    "its name wins": ("", ["src/sample_box/__init__.py", "src/x/__init__.py"], ("sample_box",)),
    "top": ("", ["tests/__init__.py", "box/__init__.py", "a/b/__init__.py"], ("box",)),
    "none": ("", ["README.md"], ("sample_box",)),
    "where": (
        '[tool.setuptools.packages.find]\nwhere = ["code"]\n',
        ["code/a/__init__.py", "src/b/__init__.py"],
        ("a",),
    ),
    "hatch": (
        '[tool.hatch.build.targets.wheel]\npackages = ["generator/box", "other"]\n',
        ["src/b/__init__.py"],
        ("box", "other"),
    ),
    "setuptools": (
        '[tool.setuptools]\npackages = ["box", "box.inner", "space.name"]\npy-modules = ["one"]\n',
        ["box/__init__.py"],
        ("box", "space.name", "one"),
    ),
    "poetry": ('[tool.poetry]\npackages = [{include = "box", from = "lib"}]\n', [], ("box",)),
    "flit": ('[tool.flit.module]\nname = "box"\n', [], ("box",)),
    "uv": ('[tool.uv.build-backend]\nmodule-name = "box"\n', [], ("box",)),
}


@pytest.mark.parametrize("case", MODULES)
def test_modules(case):
    configuration, paths, modules = MODULES[case]
    files = dict.fromkeys(paths, "")
    assert found_in({"pyproject.toml": STATIC + configuration, **files}).own.modules == modules


@pytest.mark.parametrize(
    "configuration",
    [
        '[tool.hatch.build.targets.wheel]\npackages = ["code/box"]\n',
        '[tool.poetry]\npackages = [{include = "box", from = "code"}]\n',
        '[tool.setuptools]\npackages = ["box"]\npackage-dir = {"" = "code"}\n',
    ],
)
def test_a_stated_package_is_found_in_its_folder(configuration):
    files = {"pyproject.toml": STATIC + configuration, "code/box/__init__.py": "__version__ = '1'"}
    assert "code/box/__init__.py:1" in error_in(DocumentUpdateError, files).message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('project = {name = "sample-box", version = "1.4.2"}\n', 1),
        ('x = """\n[project]\nversion = "9"\n"""\n' + STATIC, 7),
        (
            '[[tool.x]]\nversion = "9"\n[ "project" ] # here\nname="sample-box"\n"version"="1.4.2"\n',
            5,
        ),
        (NAMED + 'x = [\n[1],\n]\nversion = "1.4.2"\n', 6),
        ('project.name = "sample-box"\nproject.version = "1.4.2"\n', 2),
        ("#[project]\n#version = '1'\n" + STATIC.replace("\n", "\r\n"), 5),
    ],
)
def test_the_line_of_a_key(text, line):
    assert found_in({"pyproject.toml": text}).places[0].line_number == line


def test_a_place_is_safe_to_show():
    configuration = DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "\u202eb.V"\n'
    result = found_in({"pyproject.toml": configuration, "\u202eb.py": "V = '1.4.2'\n"})
    assert result.places[0].path == "\u202eb.py"
    assert result.places[0].place == "\\u202eb.py:1"


PIECES = st.sampled_from(
    [
        "__version__",
        " = ",
        "'1.4.2'",
        '"1.4.1"',
        "\n",
        "\r\n",
        '"""',
        "'",
        '"',
        "\\",
        "#",
        ": str",
        "from . import ",
        "(",
        ")",
        "    ",
        "\x0c",
        "é",
        "\x00",
        "version",
    ]
)
MESS = st.lists(PIECES, max_size=30).map("".join)


@given(MESS, st.lists(st.sampled_from(sorted(TAGS) + sorted(KINDS)), max_size=2), MESS)
@example("", ["setup.py"], "\x00")
def test_hostile_projects_end_in_a_version_or_a_named_error(module, kinds, more):
    configuration = STATIC
    for kind in kinds:
        configuration += TAGS.get(kind) or KINDS[kind][0].removeprefix(DYNAMIC)
    files = {
        "pyproject.toml": configuration if len(kinds) % 2 else configuration + more,
        "src/sample_box/__init__.py": module,
        "sample_box/about.py": more,
        "setup.cfg": f"[metadata]\n{more}" if len(kinds) > 1 else "",
        "setup.py": f"setup({module}",
        "VERSION": more,
    }
    try:
        result = found_in(files)
    except SecstatusError as error:
        text = error.message + error.hint + "".join(error.details)
        if not text.isprintable():
            pytest.fail(f"not printable: {text!a}")
        return
    assert {source.version for source in result.places} == {result.version}
    for source in result.places:
        lines = files[source.path].split("\n")
        assert result.version in lines[source.line_number - 1]


@pytest.mark.parametrize(
    "data",
    [
        b'"' + b'\\"' * 200_000,
        b"from a import (\n" * 50_000,
        b"(" * 300_000,
        b"__version__ = " * 60_000,
        b"__version__ " * 60_000,
        b'"""\\' * 100_000,
        b" " * 900_000 + b"=",
        b"x: " + b" " * 900_000,
        b"__version__ = '1.4.2'\n" + b"#" * 1_000_000,
    ],
)
def test_huge_modules_come_to_an_end(data):
    assert only_literal(data, "__version__") is None
    configuration = DYNAMIC + '[tool.setuptools.dynamic]\nversion.attr = "sample_box.V"\n'
    files = {"pyproject.toml": configuration, "sample_box.py": data, "setup.py": data}
    error_in(DocumentUpdateError, files)
