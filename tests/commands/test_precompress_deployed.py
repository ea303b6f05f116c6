"""A site with twins is published, followed by one without, and served, like any other."""

import gzip
import json
from hashlib import sha256

import pytest

from secstatus.commands.branch_address import BranchAddress
from secstatus.commands.build import build_site
from secstatus.commands.check_site import check_site
from secstatus.commands.deploy.served import ServedState, wait_until_served
from secstatus.commands.fetch_site import fetch_site
from secstatus.errors import CheckFailedError
from secstatus.published.manifest import compute_revision
from secstatus.published.own_manifest import MANIFEST as NAME
from tests.commands.deployed import P, fresh_world
from tests.conftest import NOW, tree
from tests.support.clock import FakeClock
from tests.support.server import serving


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    return tmp_path_factory.mktemp("template") / "world"


@pytest.fixture
def world(tmp_path, template, tmp_path_factory, monkeypatch):
    """A project and a remote. The site in its folder has twins."""
    made = fresh_world(tmp_path, template, monkeypatch, tmp_path_factory.mktemp("home"))
    build_site(made.clone, made.site, NOW, precompress=True)
    return made


def test_a_site_with_twins_is_published_fetched_and_gone_on_from(world, tmp_path):
    world.deploy()
    assert world.published(P) == tree(world.site)
    assert not world.deploy().commit
    fetch_site(world.clone, tmp_path / "fetched", BranchAddress())
    result = build_site(world.clone, tmp_path / "fetched", NOW, precompress=True)
    assert (result.written, tree(tmp_path / "fetched")) == ((), tree(world.site))


def test_twins_may_come_and_go(world):
    for precompress in (False, True, False):
        build_site(world.clone, world.site, NOW, precompress=precompress)
        result = world.deploy()
        assert result.commit
        assert result.warnings == ()
        assert world.published(P) == tree(world.site)


def without(site, path):
    data = json.loads((site / NAME).read_bytes())
    del data["files"][path]
    (site / path).unlink()
    data["revision"] = compute_revision(data["files"])
    (site / NAME).write_text(json.dumps(data))


def test_a_file_may_not_go_with_its_twin_nor_an_archive(world):
    (world.clone / "site_src").mkdir()
    (world.clone / "site_src" / "evidence.tar.gz").write_bytes(gzip.compress(b"files"))
    build_site(world.clone, world.site, NOW, precompress=True)
    world.deploy()
    for path in ("evidence.tar.gz", "badges/grade.svg.gz", "badges/grade.svg"):
        without(world.site, path)
    with pytest.raises(CheckFailedError) as refused:
        world.deploy()
    named = [line.strip() for line in refused.value.details]
    assert [line for line in named if "vanish" not in line] == [
        "badges/grade.svg",
        "evidence.tar.gz",
    ]


def test_a_served_site_with_twins_is_the_deployed_one(world):
    with serving() as server:
        server.files = tree(world.site)
        found = wait_until_served(server.url, server.files, deadline=0, timing=FakeClock().timing)
    assert found.state is ServedState.SAME


@pytest.mark.parametrize(
    "twin", [b"", b"no gzip", gzip.compress(b"grade A", mtime=0), gzip.compress(bytes(10**7))]
)
def test_a_twin_that_holds_something_else_is_a_problem(world, twin):
    path = "api/v1/status.json.gz"
    (world.site / path).write_bytes(twin)
    data = json.loads((world.site / NAME).read_bytes())
    data["files"][path] = {"sha256": sha256(twin).hexdigest(), "size": len(twin)}
    (world.site / NAME).write_text(json.dumps(data))
    (problem,) = check_site(world.site).problems
    assert (problem.path, problem.serious) == (path, True)


@pytest.mark.parametrize("change", [lambda twin: twin[:-1], lambda twin: twin + b"0"])
def test_a_twin_that_is_cut_or_goes_on_is_a_problem(world, change):
    path = "index.html.gz"
    twin = change((world.site / path).read_bytes())
    (world.site / path).write_bytes(twin)
    data = json.loads((world.site / NAME).read_bytes())
    data["files"][path] = {"sha256": sha256(twin).hexdigest(), "size": len(twin)}
    (world.site / NAME).write_text(json.dumps(data))
    assert [problem.path for problem in check_site(world.site).problems] == [path]
