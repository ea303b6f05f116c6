"""axe-core finds nothing, on any page, in any dress."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Two rules are off unless somebody asks for them.
OPTIONS = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}, "label-content-name-mismatch": {"enabled": True}},
    "resultTypes": ["violations"],
}
PAGES = [
    "404.html",
    "about.html",
    "api.html",
    "badges.html",
    "findings/",
    "findings/GHSA-7q2w-4fjm-x9cp.html",
    "health.html",
    "history.html",
    "method.html",
    "releases.html",
]
LOOKS = [("light", 1280), ("dark", 320)]
OTHER_FRONTS = [
    ("accepted", "dark", 1280),
    ("design", "light", 320),
    ("failed", "dark", 1280),
    ("hostile", "light", 320),
    ("overdue", "dark", 320),
]


def violations(tab):
    """What axe objects to, with all details open: one line for each rule."""
    tab.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    found = Axe().run(tab.page, options=OPTIONS).response["violations"]
    return [f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:200]}" for each in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_front_page(tab, site, now, scheme, width):
    window = tab(width=width, color_scheme=scheme)
    window.go(site("open").address, at=now)
    assert violations(window) == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_every_kind_of_page(tab, site, now, path, scheme, width):
    window = tab(width=width, color_scheme=scheme)
    window.go(site("open").address + path, at=now)
    assert violations(window) == []


@pytest.mark.parametrize(("project", "scheme", "width"), OTHER_FRONTS)
def test_the_front_page_in_other_states(tab, site, now, project, scheme, width):
    window = tab(width=width, color_scheme=scheme)
    window.go(site(project).address, at=now)
    assert violations(window) == []


def test_a_page_with_a_hostile_advisory(tab, site, now):
    window = tab(color_scheme="light")
    hostile = site("hostile")
    path = next(path for path in hostile.pages() if path.startswith("findings/etc-passwd"))
    window.go(hostile.address + path, at=now)
    assert violations(window) == []


def test_after_the_schedule_has_spoken(tab, site):
    window = tab(width=320, color_scheme="dark")
    window.go(site("empty").address, at=site("empty").moments()[-1])
    assert violations(window) == []
