"""The width of a text in Verdana, and nearly that in DejaVu Sans.

The table and the arithmetic are those of pybadges. The package is not imported: its `__init__`
needs `imghdr` (gone in Python 3.13) and `requests`, its measurer `pkg_resources` (gone from
setuptools 82), and https://github.com/google/pybadges/issues/47 is open since 2024. Two of its
modules are executed on their own instead, with an `import` that replaces the missing ones.
Nothing of this enters `sys.modules`, so another user of pybadges in the process is not disturbed.
"""

from __future__ import annotations

import builtins
import io
import math
import os.path
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any

_TABLE = "default-widths.json"
# The table is for 110 pixels, as shields draws its texts before it scales them down.
_TABLE_SIZE = 110
_SIZE = 11
_SPACED_SIZE = 10
_LETTER_SPACING = 1.25
# DejaVu Sans Bold to DejaVu Sans: 1.12 for capitals, 1.09 for digits. pybadges has no bold table.
_BOLD = 1.12


def width(text: str) -> int:
    """Pixels that a text takes at 11 px, rounded up; the same on every machine."""
    return _rounded_up(_at_table_size(text) * _SIZE / _TABLE_SIZE)


def measure_spaced_width(text: str, *, bold: bool = False) -> int:
    """Pixels that a text takes at 10 px with 1.25 px after every character, rounded up.

    The space after the last character counts, as it does for `textLength` in SVG.
    """
    letters = _at_table_size(text) * _SPACED_SIZE / _TABLE_SIZE
    return _rounded_up(letters * (_BOLD if bold else 1) + _LETTER_SPACING * len(text))


def _rounded_up(pixels: float) -> int:
    # Kerning leaves sums such as 44.00000000000001, which are not a pixel more.
    return math.ceil(round(pixels, 6))


def _at_table_size(text: str) -> float:
    if text.isascii():
        return _measurer()(text)
    wide = sum(1 for character in text if _is_wide(character))
    rest = "".join(c for c in text if not _is_wide(c) and not unicodedata.combining(c))
    return _measurer()(rest) + wide * _TABLE_SIZE


def _is_wide(character: str) -> bool:
    # The table has no Chinese, Japanese or Korean, and its mean is too narrow for them: such
    # characters fill a square.
    return unicodedata.east_asian_width(character) in {"W", "F"}


@cache
def _measurer() -> Callable[[str], float]:
    package = find_spec("pybadges")
    if package is None or not package.submodule_search_locations:
        raise ImportError("pybadges is not installed; run: pip install pybadges", name="pybadges")
    folders = package.submodule_search_locations
    base = _part("text_measurer", folders, {})
    alone = ModuleType("pybadges")
    alone.__dict__["text_measurer"] = base
    stand_ins = {"pybadges": alone, "pkg_resources": ModuleType("pkg_resources")}
    module = _part("precalculated_text_measurer", folders, stand_ins)
    measurer = module.PrecalculatedTextMeasurer.from_json(io.StringIO(_table(package)))
    text_width: Callable[[str], float] = measurer.text_width
    return text_width


def _part(name: str, folders: Sequence[str], stand_ins: Mapping[str, ModuleType]) -> ModuleType:
    """One module of pybadges, executed without its package and without being registered."""
    spec = PathFinder.find_spec(f"pybadges.{name}", folders)
    if spec is None or spec.loader is None:
        raise ImportError(f"this pybadges has no {name}; run: pip install 'pybadges==3.0.1'")

    def answer(wanted: str, *rest: Any) -> ModuleType:
        return stand_ins.get(wanted) or builtins.__import__(wanted, *rest)

    module = module_from_spec(spec)
    # An `import` statement calls the `__import__` among the builtins of its own module, so no
    # other code and no other thread sees this one.
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": answer}
    spec.loader.exec_module(module)
    return module


def _table(package: ModuleSpec) -> str:
    loader = package.loader
    if not isinstance(loader, SourceFileLoader):
        raise ImportError("pybadges is not in a folder; run: pip install pybadges")
    folder = os.path.dirname(loader.path)
    return loader.get_data(os.path.join(folder, _TABLE)).decode("utf-8")
