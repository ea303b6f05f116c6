"""Widths by pybadges, on every supported Python, without a trace in the process."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.site.badges import text_width
from secstatus.site.badges.text_width import measure_spaced_width, width

GENERATOR = Path(__file__).parents[2] / "generator"

# Run with -W error: a warning on the way is a failure too.
HYGIENE = """
import sys
from importlib.util import find_spec
before = find_spec("pybadges").origin
from secstatus.site.badges.text_width import measure_spaced_width, width
assert not [name for name in sys.modules if name.startswith("pybadges")], "loaded too early"
known = set(sys.modules)
assert (width("security"), measure_spaced_width("SECURITY", bold=True)) == (44, 66)
left = {"requests", "pkg_resources", "imghdr", "jinja2"} & set(sys.modules)
assert not left, left
half = [name for name in sys.modules if name.split(".")[0] == "pybadges"]
assert not half, half
assert find_spec("pybadges").origin == before
try:
    import pybadges
except Exception as error:
    # What it says without us: it needs a package that this interpreter lacks, or warns.
    assert "secstatus" not in repr(error), error
    assert "pybadges" not in sys.modules
else:
    assert pybadges.precalculated_text_measurer.PrecalculatedTextMeasurer.default()
    assert sys.modules["pybadges.text_measurer"] is pybadges.text_measurer
print("clean")
"""


def _pybadges() -> Path:
    spec = importlib.util.find_spec("pybadges")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _interpreter(version: str) -> str:
    """The path of a Python that starts; a name on the PATH may be an empty shim."""
    installed = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python"))
    on_path = shutil.which(f"python{version}")
    candidates = [*map(str, reversed(installed)), *([on_path] if on_path else [])]
    for candidate in candidates:
        if subprocess.run([candidate, "-c", ""], capture_output=True).returncode == 0:
            return candidate
    pytest.skip(f"NOT TESTED on Python {version}: there is none on this machine")


def _run(command: list[str], folders: list[Path]) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    done = subprocess.run(
        [*command, "-B", "-W", "error", "-c", HYGIENE],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return done.stdout.strip()


def test_nothing_is_left_behind_where_everything_could_be_imported() -> None:
    assert _run([sys.executable], [GENERATOR]) == "clean"


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_pybadges_alone_is_enough_on(version: str, tmp_path: Path) -> None:
    interpreter = _interpreter(version)
    shutil.copytree(_pybadges(), tmp_path / "pybadges")
    # -S: no installed package can help, neither requests nor setuptools.
    assert _run([interpreter, "-S"], [tmp_path, GENERATOR]) == "clean"


@pytest.fixture
def fresh() -> ModuleType:
    """The module, which has not yet measured anything."""
    spec = importlib.util.spec_from_file_location("text_width", text_width.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_pybadges_that_somebody_imported_stays_theirs(
    monkeypatch: pytest.MonkeyPatch, fresh: ModuleType
) -> None:
    spec = importlib.util.find_spec("pybadges")
    assert spec is not None
    theirs = {"pybadges": importlib.util.module_from_spec(spec)}
    theirs |= {f"pybadges.{name}": ModuleType(name) for name in ("text_measurer", "version")}
    theirs["pkg_resources"] = ModuleType("pkg_resources")
    contents = {name: dict(vars(module)) for name, module in theirs.items()}
    for name, module in theirs.items():
        monkeypatch.setitem(sys.modules, name, module)
    before = dict(sys.modules)
    assert fresh.width("security") == 44
    assert dict(sys.modules) == before
    assert {name: dict(vars(module)) for name, module in theirs.items()} == contents


def test_without_pybadges_the_error_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, fresh: ModuleType
) -> None:
    monkeypatch.setattr(fresh, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="pip install pybadges"):
        fresh.width("security")


def test_the_table_is_read_once(monkeypatch: pytest.MonkeyPatch, fresh: ModuleType) -> None:
    loads: list[str] = []
    real = SourceFileLoader.get_data

    def counted(loader: SourceFileLoader, path: str) -> bytes:
        loads.append(Path(path).name)
        return real(loader, path)

    monkeypatch.setattr(SourceFileLoader, "get_data", counted)
    for text in ("a", "b", "é"):
        fresh.width(text)
        fresh.measure_spaced_width(text)
    assert loads.count("default-widths.json") == 1


# What Chromium says of the same text in DejaVu Sans: at 11 px; at 10 px in capitals with 1.25 px
# after each; and those in bold.
IN_A_BROWSER = [
    ("A", 7.53, 8.09, 9.0),
    ("security", 43.92, 59.09, 64.98),
    ("vulnerabilities", 77.56, 105.72, 117.64),
    ("last scan", 48.84, 67.19, 73.52),
    ("days since last vulnerability", 153.39, 204.47, 226.19),
    ("3 Nov 2025", 63.47, 72.69, 78.59),
    ("B · 3 Nov 2025", 81.5, 94.09, 101.98),
    ("unknown", 49.98, 62.83, 69.27),
    ("éàü", 20.48, 24.23, 26.14),
]


@pytest.mark.parametrize(("text", "plain", "spaced", "bold"), IN_A_BROWSER)
def test_close_to_a_browser(text: str, plain: float, spaced: float, bold: float) -> None:
    assert plain <= width(text) <= plain + 1.1
    assert spaced - 0.2 <= measure_spaced_width(text.upper()) <= spaced + 1.6
    assert bold - 0.7 <= measure_spaced_width(text.upper(), bold=True) <= bold + 2.5


def test_nothing_has_no_width() -> None:
    assert (width(""), measure_spaced_width(""), measure_spaced_width("", bold=True)) == (0, 0, 0)


def test_bold_is_wider() -> None:
    assert measure_spaced_width("SECURITY", bold=True) > measure_spaced_width("SECURITY")


def test_characters_outside_the_table_fill_a_square() -> None:
    assert width("日本語") == 33


def test_a_combining_mark_takes_no_room() -> None:
    assert width("e\u0301") == width("e")


@given(st.text())
def test_any_text_has_a_width(text: str) -> None:
    assert 0 <= width(text) <= 25 * len(text)
    assert width(text) == width(text)


@given(st.text(st.characters(max_codepoint=126, min_codepoint=32)))
def test_twice_the_text_is_nearly_twice_the_width(text: str) -> None:
    assert abs(width(text * 2) - 2 * width(text)) <= 3
