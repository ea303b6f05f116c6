"""serve: a real server on the loopback interface, and a rebuild when an input changes."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

GENERATOR = Path(__file__).parent.parent.parent / "generator"


@pytest.fixture
def preview(project):
    """The address of a running preview, and the project that it shows."""
    root = project("open")
    command = [
        sys.executable, "-m", "secstatus", "serve", "--root", str(root), "--port", "0",
        "--now", "2026-11-24T09:00:00Z",
    ]  # fmt: skip
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"]}
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    lines = []
    while not any(line.startswith("Serving ") for line in lines):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        lines.append(line)
    yield lines[-1].split()[1], root, process
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 0


def get(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status, answer.headers, answer.read().decode("utf-8"), answer.url


def test_a_preview_answers_like_a_static_host(preview):
    address, _, _ = preview
    assert address.startswith("http://127.0.0.1:")
    assert address.endswith("/lanternfish/security-status/")
    status, headers, text, _ = get(address)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "Grade B:" in text
    origin = address.split("/lanternfish")[0]
    assert get(origin + "/")[3] == address
    assert get(address + "feed.atom")[1]["Content-Type"] == "application/atom+xml"
    assert json.loads(get(address + "index.json")[2])["security_grade"] == "B"
    for missing in ("no/such/page", "badges/", "../../../etc/passwd"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            get(address + missing)
        assert caught.value.code == 404
        assert "Page not found" in caught.value.read().decode("utf-8")
        caught.value.close()


def test_a_change_is_built_and_a_mistake_leaves_the_last_good_preview(preview):
    address, root, process = preview
    path = root / "security/status/live-status.json"
    good = path.read_text("utf-8")
    path.write_text(good.replace("2.10.1", "9.9.9"), "utf-8")
    wait_for(address, "9.9.9")
    path.write_text(good[:100], "utf-8")
    assert "live-status.json" in process.stderr.readline()
    assert "9.9.9" in get(address)[2]
    path.write_text(good.replace("2.10.1", "8.8.8"), "utf-8")
    wait_for(address, "8.8.8")


def wait_for(address, word):
    end = time.monotonic() + 20
    while word not in get(address)[2]:
        assert time.monotonic() < end, f"{word} never came"
        time.sleep(0.1)


def test_a_port_that_is_taken(preview, project):
    address, root, _ = preview
    port = address.split(":")[2].split("/")[0]
    env = {"PYTHONPATH": str(GENERATOR), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-m", "secstatus", "serve", "--root", str(root), "--port", port, "--now", "2026-11-24T09:00:00Z"]  # fmt: skip
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    assert done.returncode == 3
    assert f"port {port} cannot be used" in done.stderr
