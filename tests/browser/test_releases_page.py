"""The page of the decisions with real ones on it; the other tests see it without any."""

import pytest

from tests.browser.test_accessibility import violations
from tests.browser.test_layout import NARROW, OPEN_ALL, SPACING, WIDTH

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, 1280])
@pytest.mark.parametrize("path", ["", "releases.html"])
def test_axe_finds_nothing(tab, site, now, path, scheme, width):
    window = tab(width=width, color_scheme=scheme)
    window.go(site("released").address + path, at=now)
    assert violations(window) == []


def test_it_does_not_scroll_sideways_when_narrow(tab, site, now):
    """Neither plain nor with the text spacing of WCAG 1.4.12."""
    window = tab(width=NARROW)
    window.go(site("released").address + "releases.html", at=now)
    window.run(OPEN_ALL)
    assert window.run(WIDTH) <= NARROW
    window.run(SPACING)
    assert window.run(WIDTH) <= NARROW


def test_reasons_and_steps_are_there_without_script(tab, site):
    window = tab(java_script_enabled=False)
    window.go(site("released").address + "releases.html")
    articles = window.page.locator("article.decision")
    assert articles.count() == 8
    released = articles.nth(5)
    assert released.locator("h3").first.inner_text() == "Released 1.4.1"
    assert released.locator(".dates li").count() == 5
    rows = released.locator("details").first
    assert not rows.locator("li").first.is_visible()
    rows.locator("summary").click()
    assert rows.locator("li").first.is_visible()


def test_the_path_is_on_paper_too(tab, site, now):
    window = tab(width=720)
    window.go(site("released").address + "releases.html", at=now)
    window.page.emulate_media(media="print")
    try:
        for step in window.page.locator(".dates li").all():
            assert step.is_visible()
        assert window.run(WIDTH) <= 720
    finally:
        window.page.emulate_media(media="null")


def test_the_front_page_leads_to_a_release_that_is_planned(tab, site, now):
    window, shown = tab(), site("released")
    window.go(shown.address, at=now)
    link = window.page.locator(".coming a")
    assert link.inner_text() == "Release planned"
    link.click()
    assert window.page.url == shown.address + "releases.html"
