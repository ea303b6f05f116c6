"""Files from templates: known again, left alone once people have changed them, and always YAML."""

import re
from dataclasses import replace

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader

from secstatus.adapters import files as bundle
from secstatus.commands.init.files import fill_templates, make_github_environment, template_names
from secstatus.scaffold.manual_steps import ManualSteps, describe_publisher, remaining
from secstatus.scaffold.values import is_command
from secstatus.scaffold.workflows import (
    PUBLISHING,
    SCANNING,
    Variables,
    WorkflowFileState,
    read_remembered,
    render_workflow,
    same,
    standing,
    target_of,
)

BUNDLED = bundle.find_bundled_folder("templates") / "setup"
VARIABLES = Variables(
    package="lantern",
    repository="deepsea/lantern",
    branch="main",
    python="3.13",
    source="src/lantern",
    install="python -m pip install '.[test]'",
    audit="--local",
    gates=("make test", 'echo "a: b # c" && true'),
    tool="secstatus==1.0",
    site_url="https://deepsea.github.io/lantern/security-status/",
    prefix="security-status",
)
TEMPLATE = "# For [[ package ]]\non: push\nbranch: [[ branch | tojson ]]\nx: ${{ github.sha }}\n"


def made(variables=VARIABLES, template=TEMPLATE):
    env = make_github_environment(BUNDLED)
    env.loader = DictLoader({"x.yml": template})
    return render_workflow(env, "x.yml", variables)


def test_a_file_is_the_template_below_a_line_of_ours():
    first, rest = made().split("\n", 1)
    assert first.startswith("# secstatus init")
    assert rest == '# For lantern\non: push\nbranch: "main"\nx: ${{ github.sha }}\n'


def test_whose_a_file_is():
    text = made()
    assert standing(None) is WorkflowFileState.MISSING
    assert standing(text) is WorkflowFileState.OURS
    assert standing(text.replace("\n", "\r\n")) is WorkflowFileState.OURS
    assert standing(text.replace("on: push", "on: [push]")) is WorkflowFileState.EDITED
    assert standing(text + "# more\n") is WorkflowFileState.EDITED
    assert standing(text.replace("sha256=", "sha256=0")) is WorkflowFileState.EDITED
    assert standing(text.split("\n", 1)[1]) is WorkflowFileState.THEIRS
    assert standing("") is WorkflowFileState.THEIRS


def test_line_ends_make_no_other_file():
    assert same(made().replace("\n", "\r\n"), made())
    assert not same(made().replace("push", "pull"), made())
    assert not same(None, made())


@given(st.text(max_size=60))
def test_any_text_is_somebodys(text):
    assert standing(text) in (WorkflowFileState.THEIRS, WorkflowFileState.EDITED)
    assert read_remembered(text) == {}


def test_what_people_said_comes_back():
    said = {"branch": "release/1.x", "install": "pip install '.[a]' && x=1", "source": "src"}
    assert read_remembered(made(replace(VARIABLES, said=said))) == said
    assert read_remembered(made(replace(VARIABLES, said={})) + "# edited\n") == {}


def test_a_forged_memory_gives_nothing_that_does_not_fit():
    text = made(replace(VARIABLES, said={"branch": "$(touch x)", "evil": "x", "source": "../.."}))
    assert read_remembered(text) == {}


@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=40))
def test_law_every_command_that_fits_comes_back(command):
    if is_command(command):
        text = made(replace(VARIABLES, said={"install": command}))
        assert read_remembered(text) == {"install": command}
        assert standing(text) is WorkflowFileState.OURS


@pytest.mark.parametrize(
    ("template", "target"),
    [
        ("workflows/x.yml", ".github/workflows/x.yml"),
        ("workflows/x.yml.j2", ".github/workflows/x.yml"),
        (".github/workflows/x.yml.j2", ".github/workflows/x.yml"),
        ("dependabot.yml", ".github/dependabot.yml"),
    ],
)
def test_where_files_go(template, target):
    assert target_of(template) == target


def test_the_times_are_those_of_the_repository():
    names = VARIABLES.names()
    assert (names["hour"] in range(24), names["minute"] in range(60)) == (True, True)
    assert names["weekday"] in range(7)
    other = replace(VARIABLES, repository="DeepSea/Lantern").names()
    assert {key: other[key] for key in ("hour", "minute", "weekday")} == {
        key: names[key] for key in ("hour", "minute", "weekday")
    }
    assert "said" not in names


# The bundled templates


@pytest.mark.parametrize("name", template_names(BUNDLED))
@pytest.mark.parametrize("gates", [VARIABLES.gates, ()], ids=["gates", "no gates"])
def test_every_bundled_template_is_filled_and_is_yaml(name, gates):
    text = render_workflow(make_github_environment(BUNDLED), name, replace(VARIABLES, gates=gates))
    document = yaml.safe_load(text)
    assert isinstance(document, dict)
    assert "[[" not in text.replace("[[ ", "[[") or "if [[" in text
    assert "[%" not in text
    assert standing(text) is WorkflowFileState.OURS


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=30))
@example("\U0001f41f 'a' \"b\" \\ # : & <x> ${x} {{x}}")
def test_any_command_stays_the_command_it_is(gate):
    if is_command(gate):
        variables = replace(VARIABLES, gates=(gate,), install=gate)
        files = fill_templates(BUNDLED, variables)
        jobs = yaml.safe_load(files[PUBLISHING])["jobs"]
        told = [step.get("env", {}) for step in jobs["quality"]["steps"]]
        assert {"GATE": gate} in told
        assert {"INSTALL": gate} in told


def test_the_publisher_is_the_workflow_that_publishes():
    files = fill_templates(BUNDLED, VARIABLES)
    assert SCANNING in files
    publisher = describe_publisher(VARIABLES)
    assert f".github/workflows/{publisher.workflow}" in files
    jobs = yaml.safe_load(files[PUBLISHING])["jobs"].values()
    assert publisher.environment in [job.get("environment") for job in jobs]


def left(**changes):
    base = ManualSteps([], [], [], [PUBLISHING, SCANNING], True, True)
    return replace(base, **changes)


def test_the_steps_name_the_exact_values_and_no_host_of_an_index():
    steps = "\n".join(remaining(VARIABLES, left(written=["README.md"])))
    for line in (
        "PyPI project name: lantern",
        "Owner:             deepsea",
        "Repository name:   lantern",
        "Workflow name:     pypi-publish.yml",
        "Environment name:  pypi-publishing",
        "git add README.md",
        "git push origin main",
        "gh-pages, / (root)",
    ):
        assert line in steps
    assert set(re.findall(r"https://([^/\s]+)", steps)) == {"github.com", "deepsea.github.io"}


def test_steps_that_nobody_needs_are_left_out():
    assert "git add" not in "\n".join(remaining(VARIABLES, left()))
    assert "Publishing page" not in "\n".join(remaining(VARIABLES, left(files=[])))
    told = "\n".join(
        remaining(
            VARIABLES,
            left(by_hand=["x = 1"], ignored=["a.json"], has_readme=False, gates_are_known=False),
        )
    )
    for word in ("   x = 1", "a.json", "README.md", "--gate"):
        assert word in told
