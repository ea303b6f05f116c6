"""A real Chromium, and the sites that it is shown over a loopback server."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from playwright.sync_api import sync_playwright

from secstatus.adapters.server import start

STATES = sorted(path.name for path in (Path(__file__).parents[1] / "data/states").iterdir())
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PREFIX = "/lanternfish/security-status/"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
)
NO_BROWSER = (
    "NO TEST HAS SEEN THE SITE IN A BROWSER: neither chromium nor google-chrome is installed. "
    "Install one (Debian, Ubuntu: `apt-get install chromium`; Fedora: `dnf install chromium`; "
    "macOS, Windows: https://www.google.com/chrome/ with `google-chrome` on PATH) and run again."
)


def pytest_generate_tests(metafunc):
    """A test with the argument `state` runs for every small project of `data/states`."""
    if "state" in metafunc.fixturenames:
        metafunc.parametrize("state", STATES)


@pytest.fixture(scope="session")
def now():
    """The moment for which the sites are built."""
    return NOW


@dataclass(frozen=True)
class Site:
    """A built site and where it is served; `address` ends in a slash."""

    folder: Path
    address: str

    def pages(self):
        """Every page that shows something; without the redirects of aliases."""
        return [path for path in self._html() if not self._redirects(path)]

    def redirects(self):
        return [path for path in self._html() if self._redirects(path)]

    def _html(self):
        return sorted(
            path.relative_to(self.folder).as_posix() for path in self.folder.rglob("*.html")
        )

    def _redirects(self, path):
        return 'http-equiv="refresh"' in self.text(path)

    def text(self, path):
        return (self.folder / path).read_text("utf-8")

    def soup(self, path="index.html"):
        return BeautifulSoup(self.text(path), "html.parser")

    def status(self):
        return json.loads(self.text("api/v1/status.json"))

    def steps(self):
        """The published schedule as (moment, letter)."""
        return [
            (datetime.fromisoformat(step["from"]), step["grade"])
            for step in self.status()["grade_schedule"]
        ]

    def moments(self):
        """Now, around every step and after the last one, in order."""
        starts = [start for start, _ in self.steps()[1:]]
        around = {moment for start in starts for moment in (start - timedelta(seconds=1), start)}
        return sorted({NOW, *around, max([NOW, *starts]) + timedelta(days=400)})


@pytest.fixture(scope="session")
def site(built):
    """`site("open")` is that small project's site, served below a sub-path as on a real host."""
    servers = {}

    def serve(state):
        if state not in servers:
            folder = built(state)
            servers[state] = (*start(folder, PREFIX, 0), folder)
        _, address, folder = servers[state]
        return Site(folder, address)

    yield serve
    for server, _, _ in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def chromium():
    """One browser for the whole run. Without one the tests are skipped, and say so."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip(NO_BROWSER)
    arguments = [*ARGUMENTS]
    if getattr(os, "geteuid", lambda: 1)() == 0:
        arguments.append("--no-sandbox")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass
class Tab:
    """A page of the browser and what happened in it since the last `go`."""

    page: object
    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)
    dialogs: list = field(default_factory=list)

    def __post_init__(self):
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._hear)
        self.page.on("dialog", self._refuse)

    def _hear(self, message):
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _refuse(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def go(self, address, at=None):
        """Load the address, with the clock of the script at the moment `at`."""
        if at is not None:
            self.page.clock.set_fixed_time(at)
        for heard in (self.requests, self.complaints, self.dialogs):
            heard.clear()
        return self.page.goto(address)

    def run(self, script, argument=None):
        return self.page.evaluate(script, argument)


@pytest.fixture(scope="module")
def tab(chromium):
    """`tab(width=320, color_scheme="dark")`: one for every set of options in a test module."""
    opened = {}

    def open_tab(width=1280, **options):
        key = (width, repr(sorted(options.items())))
        if key not in opened:
            size = {"width": width, "height": 800}
            opened[key] = Tab(chromium.new_context(viewport=size, **options).new_page())
        return opened[key]

    yield open_tab
    for each in opened.values():
        each.page.context.close()
