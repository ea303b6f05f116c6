"""What architecture.md and CONTRIBUTING say of the code is true: the names, and where new things go."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
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


def rows() -> dict[str, set[str]]:
    """What CONTRIBUTING says: the new thing, and the files that it goes into."""
    section = CONTRIBUTING[CONTRIBUTING.index("## Where a new thing goes") :]
    found = re.findall(
        r"^\| (?!a new|---)([^|]+) \| ([^|]+) \|", section[: section.index("\n## ")], re.M
    )
    return {name: set(re.findall(r"`([\w/.]+)`", places)) for name, places in found}


class Copy:
    """A copy of the package in which a new thing is added; it counts the files that this takes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package = folder / "secstatus"
        self.touched: set[str] = set()
        shutil.copytree(PACKAGE, self.package, ignore=shutil.ignore_patterns("__pycache__"))

    def write(self, path: str, text: str) -> None:
        (self.package / path).write_text(text, "utf-8")
        self.touched.add(path)

    def insert(self, path: str, before: str, text: str) -> None:
        old = (self.package / path).read_text("utf-8")
        assert before in old
        self.write(path, old.replace(before, text + before, 1))

    def run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        environment = {**os.environ, "PYTHONPATH": str(self.folder)}
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), done.stderr
        return done.stdout


READER = """
from secstatus.findings.observation import Observation, ScanKind, ScanReport, Verdict

NAME = "example"


def recognises(data):
    return isinstance(data, dict) and data.get("tool") == "example"


def read(data):
    seen = tuple(Observation(each, package="demo", version="1.0") for each in data["ids"])
    return (ScanReport("example", ScanKind.DEPENDENCIES, Verdict.COMPLETE, seen, 1),)
"""


def add_scanner(copy: Copy) -> str:
    copy.write("scanners/example.py", READER)
    copy.insert(
        "scanners/registry.py",
        '    Format("sarif", ',
        '    Format("example", ScanKind.DEPENDENCIES, "example"),\n',
    )
    report = copy.folder / "report.json"
    report.write_text(json.dumps({"tool": "example", "ids": ["CVE-2026-0001"]}))
    return copy.run("-m", "secstatus", "inspect", str(report))


def add_pattern(copy: Copy) -> str:
    pattern = "[[pattern]]\nname = 'example tool'\nbefore = 'exampletool \\Z'\n"
    pattern += "another = 'others'\nreason = 'the version of the example tool'\n\n"
    copy.insert("bump/rules/third_party.toml", "[[pattern]]", pattern)
    return copy.run(
        "-c",
        "from secstatus.bump.finder import find_references\n"
        "from secstatus.bump.policy import ReferencePolicy\n"
        "from secstatus.bump.reference import Own\n"
        "own = Own('demo', frozenset({'demo'}))\n"
        "print(find_references('README.md', b'exampletool 1.2.3\\n', own, '1.2.3', ReferencePolicy()))",
    )


def add_release_rule(copy: Copy) -> str:
    rule = "[[rule]]\nname = 'example'\naction = 'none'\ntext = 'An example rule'\n\n"
    copy.insert("release/rules.toml", "[[rule]]", rule)
    return copy.run(
        "-c",
        "from secstatus.release.changes import ChangeType, SecurityChange\n"
        "from secstatus.release.rules import ReleaseDecisionMatrix\n"
        "change = SecurityChange(ChangeType.NEW, 'CVE-2026-0001', 'absent', 'open', 'critical')\n"
        "print(ReleaseDecisionMatrix().judged([change])[0].rule.name)",
    )


def add_failure(copy: Copy) -> str:
    failure = "[[failure]]\nid = 'example-failure'\narea = 'upload'\npatterns = ['the example went wrong']\n"
    failure += "cause = 'An example.'\nremedy = 'Try the example again.'\nlink = 'twine'\n\n"
    copy.insert("publishing/failures/catalogue.toml", "[[failure]]", failure)
    log = copy.folder / "upload.log"
    log.write_text("ERROR: the example went wrong\n")
    return copy.run("-m", "secstatus", "diagnose", "--format", "json", str(log))


def add_event(copy: Copy) -> str:
    copy.insert("monitoring/journal/event.py", '    INGEST = "ingest"', '    EXAMPLE = "example"\n')
    return copy.run(
        "-c",
        "from datetime import UTC, datetime\n"
        "from secstatus.monitoring.journal.event import Event, EventKind\n"
        "from secstatus.monitoring.journal.line import decode_line, encode_line\n"
        "event = Event(datetime(2026, 11, 30, tzinfo=UTC), EventKind.EXAMPLE, 'ok')\n"
        "line = encode_line(event)\n"
        "assert decode_line(line, 'journal') == event\n"
        "print(line.decode())",
    )


def add_key(copy: Copy) -> str:
    copy.insert("release/policy.py", "    most_a_week: int = 3", "    example: int = 1\n")
    copy.insert(
        "config/tables.py",
        '                "most_a_week": ',
        '                "example": values.parse_integer(1, 9),\n',
    )
    return copy.run(
        "-c",
        "from secstatus.config import read_config\n"
        "text = '[tool.secstatus.release]\\nexample = 4'\n"
        "print(read_config(text, 'demo').release)",
    )


COMMAND = """
EXAMPLE = "secstatus example"


def add_options(parser):
    parser.add_argument("--word", default="done")


def run(options, output):
    output.raw(f"the example is {options.word}")
    return 0
"""


def add_command(copy: Copy) -> str:
    copy.write("commands/example.py", COMMAND)
    line = '    Command("example", "show an example"),\n'
    copy.insert("commands/__init__.py", '    Command("check", ', line)
    return copy.run("-m", "secstatus", "example", "--word", "made")


RECIPES = {
    "scanner": (add_scanner, "CVE-2026-0001"),
    "pattern of third-party versions": (add_pattern, "the version of the example tool"),
    "rule of the release decision": (add_release_rule, "example"),
    "known failure of publishing": (add_failure, "example-failure"),
    "key of the configuration": (add_key, "example=4"),
    "command": (add_command, "the example is made"),
    "journal event": (add_event, '"kind":"example"'),
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_new_thing_takes_the_files_that_contributing_names(name, tmp_path):
    add, shown = RECIPES[name]
    copy = Copy(tmp_path)
    assert shown in add(copy)
    assert {path.replace("example", "NAME") for path in copy.touched} == rows()[name]


def test_each_row_of_contributing_is_tried():
    assert set(rows()) == set(RECIPES)
