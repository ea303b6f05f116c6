"""The tests' own rules: one of each in `tests/support`, and no private name is replaced."""

import ast
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
# The program as a service of the emulated workflows, and a program that has a terminal.
FORKS = {"support/kills.py", "workflows/warm.py", "cli/test_bump.py"}


@cache
def nodes():
    """Path and node of every call and import in the tests."""
    wanted = (ast.Call, ast.Import, ast.ImportFrom)
    return [
        (path.relative_to(HERE).as_posix(), node)
        for path in sorted(HERE.rglob("*.py"))
        if "data" not in path.relative_to(HERE).parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, wanted)
    ]


def called(name):
    """Path and call of every call of a function or method of this name."""
    for path, node in nodes():
        function = node.func if isinstance(node, ast.Call) else None
        if getattr(function, "attr", getattr(function, "id", "")) == name:
            yield path, node


def imported(module):
    return {
        path
        for path, node in nodes()
        if (isinstance(node, ast.Import) and module in {each.name for each in node.names})
        or (isinstance(node, ast.ImportFrom) and node.module == module)
    }


def test_one_http_server():
    assert imported("http.server") | imported("socketserver") == {"support/server.py"}


def test_one_kill_harness():
    assert {path for path, _ in called("fork")} == FORKS


def test_no_mocks():
    assert imported("unittest.mock") | imported("mock") == set()


@pytest.mark.parametrize("function", ["setattr", "delattr", "patch"])
def test_no_private_name_is_replaced(function):
    names = [
        (path, argument.value)
        for path, call in called(function)
        for argument in call.args[:2]
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
    private = [each for each in names if each[1].rpartition(".")[2].startswith("_")]
    assert [each for each in private if not each[1].startswith("__")] == []
