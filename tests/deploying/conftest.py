"""A site with twins, and each server that this machine has."""

import shutil
from pathlib import Path

import pytest

from secstatus.commands.build import build_site
from tests.conftest import NOW, STATES
from tests.deploying import servers


def needed(name):
    if servers.program(name) is None:
        pytest.skip(f"NO {name}: install it, or run scripts/servers as root, to try deploy/{name}")


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """The site of a small project at the root of a host of its own, and what must not be served."""
    place = tmp_path_factory.mktemp("served")
    shutil.copytree(STATES / "overdue", place / "project")
    site = place / "versions" / "1"
    build_site(place / "project", site, NOW, f"https://{servers.HOST}/", precompress=True)
    for name in (
        ".git/config",
        ".env",
        "api/.htpasswd",
        "api/v1/status.json.tmp",
        ".well-known/.git",
    ):
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text("secret")
    (place / "secret.txt").write_text("secret")
    (place / "current").symlink_to(site)
    return place / "current"


def started(name, prepared, tmp_path_factory):
    needed(name)
    return getattr(servers, name)(tmp_path_factory.mktemp(name), prepared)


@pytest.fixture(scope="session", params=["nginx", "caddy"])
def unhurried(request, prepared, tmp_path_factory):
    """Each server; nginx with a limit that no test reaches, for all that is not about the limit."""
    needed(request.param)
    place = tmp_path_factory.mktemp(request.param)
    more = {"rate": 5000} if request.param == "nginx" else {}
    with getattr(servers, request.param)(place, prepared, **more) as served:
        yield served


@pytest.fixture
def limited(prepared, tmp_path):
    """nginx with the shipped limit, which nobody has used up."""
    needed("nginx")
    with servers.nginx(tmp_path, prepared) as served:
        yield served


def content(served: servers.Served, path: str) -> bytes:
    return (Path(served.site) / path).read_bytes()
