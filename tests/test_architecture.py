"""What architecture.md and CONTRIBUTING say of the code is true: the names, and where new things go."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "generator" / "secstatus"
PAGE = (ROOT / "docs" / "explanation" / "architecture.md").read_text("utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
NAMED = re.compile(r"`(\w+)`\s+(?:values\s+)?(?:in\s+|\()`([\w/]+\.py)`")
MODULE = re.compile(r"`([\w/]+\.py)`")


def defined_in(module: str) -> set[str]:
    tree = ast.parse((PACKAGE / module).read_text("utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)}


@pytest.mark.parametrize(("name", "module"), sorted(set(NAMED.findall(PAGE))))
def test_a_name_of_the_architecture_page_is_defined_where_it_says(name, module):
    assert name in defined_in(module)


def test_every_module_of_the_architecture_page_exists():
    assert [m for m in MODULE.findall(PAGE) if not (PACKAGE / m).is_file()] == []


def test_the_walks_name_enough_to_be_followed():
    assert len(set(NAMED.findall(PAGE))) >= 35


def test_the_picture_shows_each_room_once():
    picture = PAGE[PAGE.index("```mermaid") : PAGE.index("```", PAGE.index("```mermaid") + 3)]
    shown = {
        name.strip() for label in re.findall(r'\["([^:"]+)', picture) for name in label.split(",")
    }
    rooms = {path.name for path in PACKAGE.iterdir() if (path / "__init__.py").is_file()}
    modules = {path.stem for path in PACKAGE.glob("*.py")} - {"__init__", "__main__"}
    assert shown == rooms | modules


def test_the_arrows_of_the_picture_go_down_the_layers():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
        "contracts"
    ]
    layers = [[room.strip() for room in layer.split("|")] for layer in contracts[0]["layers"]]
    rank = {room: number for number, layer in enumerate(layers) for room in layer}
    rank["foundation"] = len(layers)
    picture = PAGE[PAGE.index("```mermaid") : PAGE.index("```", PAGE.index("```mermaid") + 3)]
    for line in picture.splitlines():
        if match := re.match(r"\s*(\w+)(?:\[.*\])? --> (.+)", line):
            assert [to for to in match[2].split(" & ") if rank[match[1]] >= rank[to]] == [], line
