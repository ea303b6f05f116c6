"""Caddy with `deploy/caddy`: the shipped text itself, and a limit of another origin."""

import json
import re
import subprocess
from itertools import pairwise

import pytest

from tests.deploying import servers
from tests.deploying.conftest import needed

SHIPPED = servers.DEPLOY / "caddy" / "Caddyfile"


def run(*words, home):
    environment = {"PATH": servers.PATH, "HOME": str(home)}
    command = [servers.program("caddy"), *words]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


def test_the_shipped_file_is_accepted_as_it_is(tmp_path):
    needed("caddy")
    text = SHIPPED.read_text("utf-8").replace("/var/log/caddy", str(tmp_path))
    (tmp_path / "Caddyfile").write_text(text)
    command = ["validate", "--config", str(tmp_path / "Caddyfile"), "--adapter", "caddyfile"]
    done = run(*command, home=tmp_path)
    assert done.returncode == 0, done.stderr
    assert '"level":"warn"' not in done.stderr


def test_the_shipped_file_has_the_form_that_caddy_gives_it(tmp_path):
    needed("caddy")
    assert run("fmt", str(SHIPPED), home=tmp_path).stdout == SHIPPED.read_text("utf-8")


def test_every_value_to_be_changed_is_marked():
    lines = SHIPPED.read_text("utf-8").splitlines()
    for before, line in pairwise(lines):
        if re.search(r"example\.org|/srv/", line.split("#")[0]):
            assert "# CHANGE" in line or before == "# CHANGE", line


@pytest.fixture
def limiting(prepared, tmp_path, monkeypatch):
    """Caddy with an error 429 where the plugin would raise it."""
    needed("caddy")
    (tmp_path / "shipped/caddy").mkdir(parents=True)
    text = SHIPPED.read_text("utf-8")
    more = "\n\t@flood header X-Flood yes\n\terror @flood 429\n"
    text = servers.changed(text, [(r"\n(?=\timport everywhere\n\timport page_policy)", more)])
    (tmp_path / "shipped/caddy/Caddyfile").write_text(text)
    monkeypatch.setattr(servers, "DEPLOY", tmp_path / "shipped")
    with servers.caddy(tmp_path, prepared) as served:
        yield served


def test_a_limit_is_answered_as_by_nginx(limiting):
    refused = limiting.ask("/api/v1/status.json", X_Flood="yes")
    assert (refused.status, refused["Content-Type"]) == (429, "application/json")
    assert json.loads(refused.body) == {"error": "too many requests", "retry_after": 2}
    assert (refused["Retry-After"], refused["Cache-Control"]) == ("2", "no-store")
    assert (refused["ETag"], refused["Last-Modified"]) == (None, None)
    assert refused["Access-Control-Allow-Origin"] == "*"
    assert refused["Strict-Transport-Security"] == "max-age=63072000"
    assert sorted(set(refused.names())) == sorted(refused.names())
    assert limiting.ask("/api/v1/status.json").status == 200
