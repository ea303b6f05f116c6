"""What the wheel and the source archive hold, and that the wheel works from anywhere."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.conftest import STATES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "generator/secstatus"
DATA_FILES = {
    "publishing/distribution_contents.toml",
    "publishing/failures/catalogue.toml",
    "release/rules.toml",
    "scanners/ecosystems.toml",
    "text/redaction.toml",
    "usage/user_agents.toml",
    "bump/file_kinds.toml",
    "bump/rules/third_party.toml",
    "bump/vocabulary.toml",
    "monitoring/alerts/explanations.toml",
}


def files_in(folder):
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path.as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """The wheel and the source archive, built from a copy by the project's own backend."""
    from hatchling.builders.sdist import SdistBuilder
    from hatchling.builders.wheel import WheelBuilder

    out = tmp_path_factory.mktemp("dist")
    wheel = next(iter(WheelBuilder(str(ROOT)).build(directory=str(out), versions=["standard"])))
    sdist = next(iter(SdistBuilder(str(ROOT)).build(directory=str(out), versions=["standard"])))
    return Path(wheel), Path(sdist)


def test_the_wheel_holds_one_package_with_its_templates(archives):
    names = zipfile.ZipFile(archives[0]).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"secstatus"}
    assert "secstatus/py.typed" in names
    for folder in ("templates", "site_src"):
        bundled = {
            n.split("/", 3)[-1] for n in names if n.startswith(f"secstatus/_bundle/{folder}/")
        }
        assert bundled == files_in(ROOT / folder)
    assert not [name for name in names if "__pycache__" in name or name.startswith("tests")]


def test_both_archives_hold_exactly_the_files_of_the_package(archives):
    here = files_in(PACKAGE)
    names = zipfile.ZipFile(archives[0]).namelist()
    kept = {name.removeprefix("secstatus/") for name in names if name.startswith("secstatus/")}
    assert {name for name in kept if not name.startswith("_bundle/")} == here
    with tarfile.open(archives[1]) as archive:
        members = {name.partition("/")[2] for name in archive.getnames()}
    prefix = "generator/secstatus/"
    assert {name.removeprefix(prefix) for name in members if name.startswith(prefix)} == here


def test_a_file_of_the_package_is_source_or_data():
    others = {name for name in files_in(PACKAGE) if not name.endswith(".py")}
    assert others == {"py.typed", *DATA_FILES}


def test_the_source_archive_holds_what_the_wheel_is_made_of(archives):
    with tarfile.open(archives[1]) as archive:
        names = {name.split("/", 1)[-1] for name in archive.getnames()}
    for needed in (
        "pyproject.toml",
        "README.md",
        "LICENSE",
        "templates/base.html",
        "site_src/style.css",
    ):
        assert needed in names


def test_the_wheel_builds_a_site_from_any_folder(archives, tmp_path):
    with zipfile.ZipFile(archives[0]) as wheel:
        wheel.extractall(tmp_path / "installed")
    command = [
        sys.executable, "-m", "secstatus", "build", "--root", str(STATES / "open"),
        "--out", str(tmp_path / "out"), "--now", "2026-11-24T09:00:00Z",
    ]  # fmt: skip
    env = {"PYTHONPATH": str(tmp_path / "installed"), "PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert done.stdout.startswith("Grade B"), done.stderr
    assert (tmp_path / "out/style.css").read_bytes() == (ROOT / "site_src/style.css").read_bytes()
