"""fetch-site: a build in a fresh checkout goes on from what is published."""

import json
import shutil
from datetime import timedelta
from hashlib import sha256

import pytest

from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.build import build_site
from secstatus.commands.check_site import check_site
from secstatus.commands.fetch_site import fetch_site
from secstatus.errors import CheckFailedError, ExternalError, UsageError
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.commands.deployed import P, fresh_world
from tests.conftest import NOW, tree


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def world(tmp_path, template, tmp_path_factory, monkeypatch):
    return fresh_world(tmp_path, template, monkeypatch, tmp_path_factory.mktemp("home"))


def fetch(world, site=None, **more):
    return fetch_site(world.clone, site or world.site, BranchAddress(**more))


def test_the_folder_becomes_the_published_site(world):
    world.deploy()
    before = tree(world.site)
    shutil.rmtree(world.site)
    found = fetch(world)
    assert tree(world.site) == before
    assert found.files == len(before)
    assert found.document()["commit"] == world.git("rev-parse", "gh-pages", at=world.remote)


def test_a_build_in_a_fresh_checkout_can_be_deployed(world):
    """Without it, what only the site remembers is lost, and succession refuses the next one."""
    world.deploy()
    (world.clone / "security/status/ledger.json").unlink(missing_ok=True)
    status = world.clone / "security/status/live-status.json"
    data = json.loads(status.read_bytes())
    data["findings"] = []
    data["vulnerability_summary"] = dict.fromkeys(data["vulnerability_summary"], 0)
    status.write_text(json.dumps(data))
    later = NOW + timedelta(days=1)
    shutil.rmtree(world.site)
    build_site(world.clone, world.site, later)
    with pytest.raises(CheckFailedError):
        world.deploy(now=later)
    shutil.rmtree(world.site)
    fetch(world)
    build_site(world.clone, world.site, later)
    assert world.deploy(now=later).commit


def test_nothing_published_is_no_error(world):
    before = tree(world.site)
    found = fetch(world)
    assert (found.files, found.commit) == (0, "")
    assert tree(world.site) == before
    assert "first" in found.text()


def test_what_somebody_painted_is_not_taken_over(world):
    world.deploy()
    before = tree(world.site)
    world.by_hand({f"{P}badges/grade.svg": b"<svg>A</svg>"})
    shutil.rmtree(world.site)
    fetch(world)
    assert tree(world.site) == {p: c for p, c in before.items() if p != "badges/grade.svg"}
    build_site(world.clone, world.site, NOW)
    assert tree(world.site) == before
    assert not check_site(world.site).problems


def test_an_older_folder_loses_what_is_not_published(world):
    world.deploy()
    published = tree(world.site)
    data = json.loads((world.site / NAME).read_bytes())
    (world.site / "old.html").write_text("x")
    (world.site / "own.txt").write_text("x")
    data["files"]["old.html"] = {"sha256": "0" * 64, "size": 1}
    (world.site / NAME).write_text(json.dumps(data))
    fetch(world)
    assert tree(world.site) == {**published, "own.txt": b"x"}


def test_a_published_site_that_cannot_be_read_is_not_taken_over(world):
    world.deploy()
    world.by_hand({P + NAME: b"{}"})
    before = tree(world.site)
    with pytest.raises(CheckFailedError):
        fetch(world)
    assert tree(world.site) == before


def test_a_forged_manifest_writes_nothing_elsewhere(world):
    world.deploy()
    data = json.loads((world.site / NAME).read_bytes())
    data["files"][".git/config"] = {"sha256": "0" * 64, "size": 1}
    data["files"]["a\nb"] = {"sha256": sha256(b"x").hexdigest(), "size": 1}
    world.by_hand({P + NAME: json.dumps(data).encode(), f"{P}a\nb": b"x"})
    shutil.rmtree(world.site)
    fetch(world)
    assert not (world.site / ".git").exists()
    assert not (world.site / "a\nb").exists()


def test_wrong_use_and_no_remote(world):
    with pytest.raises(UsageError):
        fetch(world, prefix="../x")
    shutil.rmtree(world.remote)
    with pytest.raises(ExternalError):
        fetch(world)
