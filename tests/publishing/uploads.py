"""Uploads in tests: a project with built files, an index that answers, and nobody's credentials.

The fixtures are imported by the `conftest.py` of the folders that use them.
"""

import json
import os

import pytest

from secstatus.commands.upload import upload_release
from secstatus.commands.upload.upload_run import UploadOptions
from tests.conftest import NOW
from tests.publishing import index_stub
from tests.publishing.distributions import sdist, wheel
from tests.publishing.index_stub import new_keys
from tests.support.clock import FakeClock

CANARY = "canary-0123456789-abcdef"
WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
PROJECT = """\
[project]
name = "demo"
version = "1.0"
urls.repository = "https://github.com/octo/demo"
"""
WORKFLOW = """\
on: push
jobs:
  publish:
    environment: pypi-publishing
    steps:
      - uses: pypa/gh-action-pypi-publish@0123456789012345678901234567890123456789
"""


class Told:
    """What progress was told, and the pauses that were asked for."""

    def __init__(self):
        self.lines, clock = [], FakeClock(chance=0.5)
        self.timing, self.pauses = clock.timing, clock.waits

    def __call__(self, line):
        self.lines.append(line)

    @property
    def text(self):
        return "\n".join(self.lines)


@pytest.fixture(scope="session")
def keys():
    return new_keys()


@pytest.fixture
def no_credentials(monkeypatch, tmp_path_factory):
    """No keyring, no .pypirc, no netrc, no proxy of the machine."""
    for name in list(os.environ):
        if name.startswith(("TWINE_", "ACTIONS_", "GITHUB_")) or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")


@pytest.fixture
def release(tmp_path, no_credentials):
    """A project whose wheel and sdist are built, with a workflow that publishes."""
    folder = tmp_path / "project"
    (folder / "dist").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(PROJECT)
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/publish.yml").write_text(WORKFLOW)
    wheel(folder / "dist")
    sdist(folder / "dist")
    return folder


@pytest.fixture
def stub(keys, tmp_path, monkeypatch, no_credentials):
    with index_stub.running(keys, tmp_path) as running:
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def told():
    return Told()


def send(root, told, **ask):
    return upload_release(root, NOW, UploadOptions(**ask), told, timing=told.timing)


def only_wheel(root):
    (root / "dist" / SDIST).unlink()


def journal(root):
    text = (root / "security/status/journal.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]
