"""The documentation is true: links lead somewhere, examples are read, the tutorial runs."""

from __future__ import annotations

import argparse
import ast
import importlib
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from urllib.parse import unquote

import pytest
import yaml

from secstatus.cli import make_parser
from secstatus.config import FILE, read_config
from secstatus.errors import InputError
from secstatus.findings.document.reader import read_findings_document
from secstatus.findings.plans.reader import read_plans
from secstatus.findings.severity import Severity
from secstatus.status.policy import SLA_DAYS
from secstatus.status.status_file import read_status

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
GENERATED = DOCS / "reference" / "commands.md"
BY_HAND = [page for page in PAGES if page != GENERATED]
CONFIGURE = DOCS / "how-to" / "configure.md"
LATER = datetime(2100, 1, 1, tzinfo=UTC)

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def blocks(page: Path) -> list[tuple[str, str]]:
    """Language and text of every fenced block."""
    found = FENCE.finditer(page.read_text("utf-8"))
    return [(match[2], dedent(match[3])) for match in found]


def examples(language: str) -> list[object]:
    found = [(page, text) for page in BY_HAND for kind, text in blocks(page) if kind == language]
    return [pytest.param(text, id=f"{name_of(page)}-{n}") for n, (page, text) in enumerate(found)]


def environment() -> dict[str, str]:
    keep = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    return keep | {"PYTHONPATH": str(ROOT / "generator"), "LC_ALL": "C.UTF-8", "NO_COLOR": "1"}


# What is made from the program


def test_generated_pages_and_schemas_are_current() -> None:
    script = [sys.executable, str(ROOT / "scripts" / "reference.py"), "--check"]
    run = subprocess.run(script, env=environment(), capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, ""), "run `make reference`"


def commands() -> dict[str, argparse.ArgumentParser]:
    (choices,) = [
        action.choices
        for action in make_parser()._actions
        if isinstance(action, argparse._SubParsersAction)
    ]
    return dict(choices)


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    pattern = re.compile(rf"secstatus {command}(?![\w-])")
    assert any(pattern.search(page.read_text("utf-8")) for page in BY_HAND)
    assert f"## secstatus {command}\n" in GENERATED.read_text("utf-8")


@pytest.mark.parametrize("command", commands())
def test_every_command_has_an_example_that_parses(command: str) -> None:
    epilog = commands()[command].epilog or ""
    lines = [line.strip() for line in epilog.removeprefix("Example:").splitlines() if line.strip()]
    assert lines, "no example in its help"
    for line in lines:
        program, *arguments = shlex.split(line)
        assert (program, arguments[0]) == ("secstatus", command)
        make_parser().parse_args(arguments)


def test_options_in_the_documentation_exist() -> None:
    known = {
        option
        for sub in [make_parser(), *commands().values()]
        for action in sub._actions
        for option in action.option_strings
    }
    used = {
        (name_of(page), option)
        for page in BY_HAND
        for line in re.findall(r"secstatus [a-z][^`\n]*", page.read_text("utf-8"))
        for option in re.findall(r"(?<![\w-])--[a-z][a-z-]*", line.partition("&&")[0])
    }
    assert {(page, option) for page, option in used if option not in known} == set()


# Links


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, named as GitHub names them."""
    text = FENCE.sub("", page.read_text("utf-8"))
    found: list[str] = []
    for heading in HEADING.findall(text):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        name = re.sub(r"[^\w\- ]", "", plain).strip().replace(" ", "-")
        again = found.count(name)
        found.append(f"{name}-{again}" if again else name)
    return set(found)


def links() -> Iterator[tuple[Path, str]]:
    """Page and target of every link that is not an address on the web."""
    for page in PAGES:
        text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text("utf-8")))
        for target in LINK.findall(text):
            if not re.match(r"[a-z]+:", target):
                yield page, target


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    assert [target for where, target in links() if where == page and not leads(page, target)] == []


def leads(page: Path, target: str) -> bool:
    path, _, anchor = unquote(target).partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.exists() or not there.is_relative_to(ROOT):
        return False
    return not anchor or anchor in anchors(there)


def test_the_map_names_every_page() -> None:
    maps = [DOCS / "index.md", DOCS / "reference" / "index.md"]
    named = {(page.parent / target).resolve() for page, target in links() if page in maps}
    assert {name_of(p) for p in DOCS.rglob("*.md") if p not in (*named, DOCS / "index.md")} == set()


# Configuration


def keys(table: str) -> list[str]:
    """The keys that a table may have, from the error about one that it may not."""
    with pytest.raises(InputError) as caught:
        read_config(f"[{table}]\n'?' = 1\n", "name")
    assert caught.value.place == table
    return caught.value.expected.removeprefix("one of ").split(", ")


def is_table(place: str) -> bool:
    try:
        read_config(f"[{place}]\n'?' = 1\n", "name")
    except InputError as error:
        return error.place == place and error.found.startswith("the unknown key")
    return False


def every_key() -> list[str]:
    found = []
    for key in keys("tool.secstatus"):
        found.append(key)
        if is_table(place := f"tool.secstatus.{key}"):
            found += [f"{key}.{inner}" for inner in keys(place)]
    return found


def rows(page: Path) -> dict[str, str]:
    """First cell → rest, of every row whose first cell is one piece of code."""
    found = re.findall(r"^\| `([^`|]+)` \| (.+) \|$", page.read_text("utf-8"), re.MULTILINE)
    return dict(found)


@pytest.mark.parametrize("key", every_key())
def test_every_configuration_key_has_its_row(key: str) -> None:
    outer, _, inner = key.partition(".")
    described = rows(CONFIGURE)
    if f"`[tool.secstatus.{outer}]`" in CONFIGURE.read_text("utf-8"):
        assert not inner or inner in described
    elif inner:
        assert re.search(rf"`{inner}` \d", described[outer]), f"no default of {key}"
    else:
        assert outer in described


@pytest.mark.parametrize("key", every_key())
def test_every_configuration_key_is_in_an_example(key: str) -> None:
    texts = [text for kind, text in blocks(CONFIGURE) if kind == "toml"]
    tables = [tomllib.loads(text)["tool"]["secstatus"] for text in texts]
    outer, _, inner = key.partition(".")
    assert any(outer in table and (not inner or inner in table[outer]) for table in tables)


def test_the_configuration_page_invents_no_key() -> None:
    known = {part for key in every_key() for part in key.split(".")}
    assert set(rows(CONFIGURE)) <= known


# The examples


@pytest.mark.parametrize("text", examples("toml"))
def test_configuration_examples_are_read(text: str) -> None:
    config = read_config(text, "name")
    assert config.package in ("lanternfish", "name")


@pytest.mark.parametrize("text", examples("yaml"))
def test_plans_in_the_documentation_are_read(text: str) -> None:
    if "uses:" in text:  # a piece of a workflow
        assert yaml.safe_load(text)
        return
    file = read_plans(text, "example")
    assert file.plans
    assert file.problems == ()


@pytest.mark.parametrize("text", examples("json"))
def test_status_files_in_the_documentation_are_read(text: str) -> None:
    _, odd = read_status(text, "example", LATER)
    assert odd == ()


def test_the_findings_document_in_the_reference_is_read() -> None:
    texts = [t for kind, t in blocks(DOCS / "reference" / "files.md") if kind == "markdown"]
    (document,) = [read_findings_document(text, "example") for text in texts]
    assert document.problems == ()
    assert len(document.entries) == 1


def test_programs_in_the_api_page_run(tmp_path: Path) -> None:
    state = ROOT / "tests" / "data" / "states" / "empty"
    build = [sys.executable, "-m", "secstatus", "build", "-q", "--root", str(state)]
    site = tmp_path / "site"
    build += ["--out", str(site), "--now", "2026-11-24T12:00:00Z"]
    subprocess.run(build, env=environment(), check=True, cwd=tmp_path)
    grade, whole = (
        t for kind, t in blocks(DOCS / "how-to" / "read-the-api.md") if kind == "python"
    )
    assert run_program(grade, f"{site.as_uri()}/api/v1/status.json") in set("ABC?DF")
    assert run_program(whole, f"{site.as_uri()}/") == ""
    with (site / "style.css").open("a") as style:
        style.write(" ")
    assert run_program(whole, f"{site.as_uri()}/") == "differs: style.css"


def run_program(text: str, argument: str) -> str:
    call = [sys.executable, "-c", text, argument]
    return subprocess.run(call, capture_output=True, text=True, check=True).stdout.strip()


def test_the_figures_of_the_policy_are_those_of_the_program() -> None:
    words = ("critical", "high", "unknown", "medium", "low")
    days = [SLA_DAYS[Severity(word)] for word in words]
    row = " | ".join(str(number) for number in days)
    assert f"| {row} | none |" in (DOCS / "reference" / "grade.md").read_text("utf-8")
    defaults = ", ".join(f"`{word}` {number}" for word, number in zip(words, days, strict=True))
    assert rows(CONFIGURE)["sla_days"].startswith(defaults)


# The tutorial


MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
DAY = re.compile(r"\d{1,2} [A-Z][a-z]{2} \d{4}")


def comparable(text: str) -> list[str]:
    """Lines without what differs from day to day and from one machine to another."""
    text = MOMENT.sub("MOMENT", DAY.sub("DAY", text))
    text = re.sub(r"^Look at .*/([^/\n]+/index\.html)$", r"Look at \1", text, flags=re.MULTILINE)
    return sorted(text.splitlines())


def test_the_tutorial_runs_and_says_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "bin"
    folder.mkdir()
    shim = folder / "secstatus"
    shim.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m secstatus "$@"\n')
    shim.chmod(0o755)
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    tutorial = blocks(DOCS / "tutorial.md")
    script = [text + f"echo '=== {n}'\n" for n, (kind, text) in enumerate(tutorial) if kind == "sh"]
    run = subprocess.run(
        ["sh", "-eu"],
        input="exec 2>&1\n" + "".join(script),
        env=environment() | {"PATH": path},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    parts = re.split(r"^=== (\d+)\n", run.stdout, flags=re.MULTILINE)
    printed = {int(number): text for text, number in zip(parts[::2], parts[1::2], strict=False)}
    shown = [n for n, (kind, _) in enumerate(tutorial) if kind == "text"]
    assert shown
    for number in shown:
        assert comparable(printed[number - 1]) == comparable(tutorial[number][1])
    silent = set(printed) - {number - 1 for number in shown}
    assert {number: printed[number] for number in silent if printed[number]} == {}


# The glossary


def glossary() -> dict[str, list[list[str]]]:
    """The rows of each table of terms: term, definition, names in the code, source."""
    text = (DOCS / "reference" / "glossary.md").read_text("utf-8")
    sections = re.split(r"^## (.+)\n", text, flags=re.MULTILINE)[1:]
    return {
        title: [
            [cell.strip() for cell in row.strip("|").split("|")]
            for row in re.findall(r"^\| (?!term |---).+\|$", rows, re.MULTILINE)
        ]
        for title, rows in zip(sections[::2], sections[1::2], strict=True)
        if "| term |" in rows
    }


def test_the_glossary_defines_each_term_once_and_in_order() -> None:
    tables = [[row[0].strip("`").lower() for row in rows] for rows in glossary().values()]
    assert len(tables) > 5
    assert [terms for terms in tables if terms != sorted(terms)] == []
    terms = [term for table in tables for term in table]
    assert [term for term in terms if terms.count(term) > 1] == []


def test_the_names_in_the_glossary_exist_in_the_program() -> None:
    """Whoever renames a class or function renames it there too."""
    modules = (ROOT / "generator" / "secstatus").rglob("*.py")
    program = "\n".join(path.read_text("utf-8") for path in modules)
    defined = set(re.findall(r"^(?:class|def) (\w+)", program, re.MULTILINE))
    rows = [row for table in glossary().values() for row in table]
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row[2])} - defined == set()


# The design

DESIGN = DOCS / "reference" / "design.md"
# What the design document names in one word. Its figures and metrics are sentences of the page.
NAMED = """
Security_Findings_Monitor Live_Security_Status Security_Findings_Document Release_Automation_Engine
Security_Trigger_Rules Manual_Release_Triggers GitHub_Actions_Workflows Trusted_Publishing
PyPI_Publishing_System Live_Security_Status_API GitHub_Pages_Endpoint README_Badges
Version_Management_System Version_Bump_Script Document_Version_Updater
StatusDataStore StatusAPI StatusBadges PyPI_Configuration PrePublishValidation PackageBuilding PublishingExecution
PostPublishActions VersionBumpScript VersionParser DocumentUpdater GitIntegration InteractivePrompts
DocumentIdentification VersionUpdate GitOperations
quality_gates_check security_scan_validation package_integrity_verification
source_distribution_creation wheel_distribution_creation metadata_validation pypi_authentication
upload_with_retry_logic publication_verification status_update_notification
release_notes_generation badge_data_refresh
PyProjectToml SourceCode Documentation Scripts Steering TestFiles
test_security_status_update test_vulnerability_grade_calculation test_status_api_response_format
test_version_parsing_from_pyproject test_semantic_version_validation test_document_version_updates
test_git_integration_workflow test_release_decision_matrix test_manual_release_triggers
test_release_justification_generation test_complete_publishing_workflow
test_trusted_publishing_integration test_security_status_live_updates
test_complete_version_bump_workflow test_version_consistency_across_documents
test_rollback_on_partial_failure test_oidc_token_security test_credential_exposure_prevention
test_publishing_authorization
"""
# Types, errors and functions, which have the name that the design gives them.
KEPT = """
SecurityChangeDetector ReleaseDecisionMatrix ReleaseJustification
SecurityStatus VulnerabilitySummary SecurityFinding ReleaseDecision SecurityChange PublishingConfig
VersionInfo VersionBumpRequest DocumentReference VersionUpdateResult
TrustedPublishingError PyPIPublishingError SecurityStatusError VersionManagementError
InvalidVersionError DocumentUpdateError IncompleteVersionUpdateError
handle_publishing_failure handle_status_failure handle_version_bump_failure
validate_version_consistency_post_bump
"""


def design_rows() -> list[tuple[str, str]]:
    """Name and place of every row of the page."""
    return re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| ", DESIGN.read_text("utf-8"), re.MULTILINE)


def test_every_name_of_the_design_has_one_row() -> None:
    names = [name for name, _ in design_rows()]
    assert len(set(names)) == len(names)
    assert {*NAMED.split(), *KEPT.split()} <= {*names}
    lines = DESIGN.read_text("utf-8").splitlines()
    assert len([line for line in lines if line.startswith("| `")]) == len(names)


@pytest.mark.parametrize(("name", "place"), design_rows(), ids=[row[0] for row in design_rows()])
def test_places_of_the_design_exist(name: str, place: str) -> None:
    if place.startswith("secstatus."):
        module, _, attribute = place.partition(":")
        assert exists_in(importlib.import_module(module), attribute.split("."))
    elif "::" in place:
        path, _, row = place.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        if path.startswith("tests/"):
            assert row in [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
        else:
            texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
            assert row in [text.strip() for text in texts if isinstance(text, str)]
    else:
        assert (ROOT / place).exists()


def exists_in(value: object, names: list[str]) -> bool:
    """Whether these attributes lead to something; fields of a model need no value."""
    for name in names:
        if name in getattr(value, "model_fields", {}):
            return name == names[-1]
        if not hasattr(value, name):
            return False
        value = getattr(value, name)
    return True


def test_each_test_of_the_design_exists_once() -> None:
    """Under its own name, in its own file, and in no other."""
    wanted = {name: place for name, place in design_rows() if name.startswith("test_")}
    found: dict[str, list[str]] = {name: [] for name in wanted}
    for path in (ROOT / "tests").rglob("test_*.py"):
        for name in re.findall(r"^def (test_\w+)\(", path.read_text("utf-8"), re.MULTILINE):
            if name in found:
                found[name].append(f"{name_of(path)}::{name}")
    assert found == {name: [place] for name, place in wanted.items()}
    assert len(wanted) == 19


def test_types_errors_and_functions_keep_the_names_of_the_design() -> None:
    kept = {*KEPT.split()}
    places = {name: place.rpartition(":")[2] for name, place in design_rows() if name in kept}
    assert places == {name: name for name in kept}


# README and the change log


def test_the_readme_is_short() -> None:
    assert len(TOP[0].read_text("utf-8").splitlines()) < 70


@pytest.mark.parametrize("page", [TOP[0], TOP[2]], ids=name_of)
def test_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    variables = set(re.findall(r"^([A-Z]+) \??:?=", makefile, re.MULTILINE))
    text = page.read_text("utf-8")
    used = re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE)
    assert {"site", "test"} <= set(used) <= targets
    assert set(re.findall(r"\b([A-Z]+)=", text)) <= variables


def test_the_configuration_file_is_named_as_it_is() -> None:
    assert FILE in CONFIGURE.read_text("utf-8")


def test_code_blocks_are_closed() -> None:
    for page in PAGES:
        assert page.read_text("utf-8").count("```") % 2 == 0, name_of(page)
