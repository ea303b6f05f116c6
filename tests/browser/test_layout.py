"""Narrow, spaced out, dark, printed: the pages stay whole and legible."""

import re

import pytest

pytestmark = pytest.mark.browser

# https://www.w3.org/TR/WCAG22/#text-spacing; a constructed sheet, since the policy of the pages
# forbids a style element.
SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-bottom: 2em !important; }`);
  document.adoptedStyleSheets = [sheet];
}"""
OPEN_ALL = "document.querySelectorAll('details').forEach(each => each.open = true)"
WIDTH = "Math.max(document.documentElement.scrollWidth, document.body.scrollWidth)"
# Text and the first painted background behind it, for every letter of a grade on the page.
LETTERS = """() => [...document.querySelectorAll(".mark, .letter, .say b")].map((item) => {
  let behind = item;
  while (behind.parentElement && /rgba\\(.*, 0\\)/.test(getComputedStyle(behind).backgroundColor))
    behind = behind.parentElement;
  return {
    text: item.textContent,
    colour: getComputedStyle(item).color,
    background: getComputedStyle(behind).backgroundColor,
  };
})"""
MOVING = """() => [...document.querySelectorAll("*")].filter((item) => {
  const style = getComputedStyle(item);
  return style.animationName !== "none" || parseFloat(style.transitionDuration) > 0
    || style.scrollBehavior === "smooth";
}).map((item) => item.tagName)"""
NARROW = 320
# The same for every project with the same name.
STEADY = ("404.html", "about.html", "api.html", "releases.html")


def luminance(colour):
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


def background(window):
    return window.run("getComputedStyle(document.body).backgroundColor")


def test_no_page_scrolls_sideways_when_narrow(tab, site, now, state):
    """Neither plain nor with the text spacing of WCAG 1.4.12."""
    window, shown = tab(width=NARROW), site(state)
    too_wide = {}
    for path in shown.pages():
        if state != "open" and path in STEADY:
            continue
        window.go(shown.address + path, at=now)
        window.run(OPEN_ALL)
        plain = window.run(WIDTH)
        window.run(SPACING)
        spaced = window.run(WIDTH)
        if max(plain, spaced) > NARROW:
            too_wide[path] = {"plain": plain, "spaced": spaced}
    assert too_wide == {}


def test_a_page_that_is_too_wide_would_be_seen(tab, site, now):
    window = tab(width=NARROW)
    window.go(site("open").address, at=now)
    window.run("document.querySelector('h1').style.width = '25rem'")
    assert window.run(WIDTH) > NARROW


@pytest.mark.parametrize("path", ["", "findings/", "badges.html"])
def test_twice_the_text_size_still_fits(tab, site, now, path):
    """WCAG 1.4.4 and 1.4.10: the whole page, at 200 % of the text, 640 px wide."""
    window = tab(width=640)
    window.go(site("open").address + path, at=now)
    window.run("document.documentElement.style.fontSize = '200%'")
    assert window.run(WIDTH) <= 640


def test_dark_is_dark_and_light_is_light(tab, site, now):
    for scheme, expected in [("dark", range(10)), ("light", range(90, 101))]:
        window = tab(color_scheme=scheme)
        for path in ("", "404.html", "findings/", "badges.html"):
            window.go(site("open").address + path, at=now)
            assert int(luminance(background(window)) * 100) in expected, (scheme, path)


def test_every_letter_of_a_grade_can_be_read(tab, site, state):
    """Today and when the schedule has come to its end."""
    window, shown = tab(locale="en-GB"), site(state)
    for moment in (shown.moments()[0], shown.moments()[-1]):
        window.go(shown.address, at=moment)
        for scheme in ("light", "dark"):
            window.page.emulate_media(color_scheme=scheme)
            letters = window.run(LETTERS)
            assert len(letters) > 2
            for letter in letters:
                assert contrast(letter["colour"], letter["background"]) >= 4.5, (scheme, letter)


@pytest.mark.parametrize("path", ["", "badges.html", "history.html"])
def test_nothing_moves(tab, site, now, path):
    """So that there is nothing to still for those who ask for less motion."""
    window = tab(reduced_motion="reduce")
    window.go(site("open").address + path, at=now)
    assert window.run(MOVING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["", "badges.html", "findings/GHSA-7q2w-4fjm-x9cp.html"])
def test_paper_is_white_and_has_no_menu(tab, site, now, scheme, path):
    window = tab(color_scheme=scheme)
    window.go(site("open").address + path, at=now)
    window.page.emulate_media(media="print")
    try:
        assert background(window) == "rgb(255, 255, 255)"
        assert (
            contrast(window.run("getComputedStyle(document.body).color"), "rgb(255,255,255)") > 15
        )
        for hidden in ("header nav", ".skip", ".copybox button"):
            assert not any(item.is_visible() for item in window.page.locator(hidden).all()), hidden
        assert window.page.locator("h1").is_visible()
        for letter in window.run(LETTERS):
            assert contrast(letter["colour"], letter["background"]) >= 4.5, letter
    finally:
        window.page.emulate_media(media="null")
