"""Shared fixtures: the small projects of `data/states`, and a site built from one of them."""

import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import settings

from secstatus.commands.build import build_site, compose
from tests.support.machine import restore_interrupts, skip_fsync

restore_interrupts()
skip_fsync()

# No test asserts times, and a busy machine is no failure. EXAMPLES=1000 looks further.
EXAMPLES = int(os.environ.get("EXAMPLES", "60"))
settings.register_profile("unhurried", deadline=None, max_examples=EXAMPLES)
settings.load_profile("unhurried")

HERE = Path(__file__).parent
STATES = HERE / "data" / "states"
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
STATE_NAMES = sorted(path.name for path in STATES.iterdir())


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch, tmp_path_factory):
    """The machine's environment must not change what the tests see."""
    for name in ("SOURCE_DATE_EPOCH", "GITHUB_ACTIONS", "GITHUB_OUTPUT", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def project(tmp_path):
    """`project("open")` is a copy of that small project, free to be changed."""

    def copy(state):
        target = tmp_path / state
        shutil.copytree(STATES / state, target)
        return target

    return copy


@pytest.fixture
def status_of():
    """Reads the status file of a project; `change(root, **keys)` rewrites some of its keys."""

    def change(root, **keys):
        path = root / "security/status/live-status.json"
        data = json.loads(path.read_text("utf-8"))
        data.update(keys)
        path.write_text(json.dumps(data), "utf-8")
        return data

    return change


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    """`built("open")` is the site of that small project on 24 Nov 2026, made once."""
    made = {}

    def site(state):
        if state not in made:
            out = tmp_path_factory.mktemp("sites") / state
            with pytest.MonkeyPatch.context() as patched:
                # The expected sites stay the same when the program's own version is bumped.
                patched.setattr(compose, "__version__", "0.1.0")
                build_site(STATES / state, out, NOW, preview=True)
            made[state] = out
        return made[state]

    return site


def tree(folder):
    """Path → bytes of every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
