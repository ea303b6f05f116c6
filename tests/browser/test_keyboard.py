"""Everything can be done with the keyboard, and one always sees where one is."""

import pytest

pytestmark = pytest.mark.browser

PAGES = ["", "findings/", "findings/GHSA-7q2w-4fjm-x9cp.html", "history.html", "api.html"]
# Numbers everything that has to be reachable, and returns how many there are.
NUMBER = """() => {
  const all = "a[href], button, summary, input, select, textarea, [tabindex='0']";
  const shown = [...document.querySelectorAll(all)].filter((item) => item.checkVisibility());
  shown.forEach((item, index) => { item.dataset.stop = index; });
  return shown.length;
}"""
WHERE = """() => {
  const item = document.activeElement;
  if (item === document.body) return null;
  const style = getComputedStyle(item);
  const box = item.getBoundingClientRect();
  return {
    stop: Number(item.dataset.stop),
    html: item.outerHTML.slice(0, 120),
    outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
    inside: box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight
      && box.width > 1 && box.height > 1,
  };
}"""


def walk(window, most):
    """Press Tab until the focus has left the page or begins again; every stop on the way."""
    stops = []
    for _ in range(most + 1):
        window.page.keyboard.press("Tab")
        here = window.run(WHERE)
        # Behind the last stop a browser without a window goes on with the first.
        if here is None or (stops and here["stop"] == 0):
            return stops
        stops.append(here)
    return stops


@pytest.mark.parametrize("width", [320, 1280])
def test_the_first_stop_is_the_skip_link(tab, site, now, width):
    window = tab(width=width)
    window.go(site("open").address, at=now)
    skip = window.page.locator(".skip")
    assert skip.bounding_box()["x"] < 0
    window.page.keyboard.press("Tab")
    assert window.run("document.activeElement.className") == "skip"
    box = skip.bounding_box()
    assert box["x"] >= 0
    assert box["y"] >= 0
    assert box["x"] + box["width"] <= width
    window.page.keyboard.press("Enter")
    window.page.keyboard.press("Tab")
    assert window.run("!!document.activeElement.closest('main')")


@pytest.mark.parametrize("path", [*PAGES, "badges.html", "method.html", "404.html"])
def test_every_stop_is_reached_and_seen(tab, site, now, path):
    window = tab()
    window.go(site("open").address + path, at=now)
    number = window.run(NUMBER)
    assert number >= 8
    stops = walk(window, number)
    # In the order of the page, so that the eye can follow.
    assert [stop["stop"] for stop in stops] == list(range(number))
    assert [stop["html"] for stop in stops if not stop["outlined"]] == []
    assert [stop["html"] for stop in stops if not stop["inside"]] == []


def test_details_open_and_close_with_enter(tab, site, now):
    window = tab()
    window.go(site("open").address + "history.html", at=now)
    window.page.locator("summary").focus()
    for expected in (True, False):
        window.page.keyboard.press("Enter")
        assert window.run("document.querySelector('details').open") == expected


def test_what_scrolls_can_be_scrolled_with_the_keyboard(tab, site, now):
    """WCAG 2.1.1: a box that is wider than it looks has a stop of its own, or one in it."""
    window = tab(width=320)
    for path in (*PAGES, "badges.html"):
        window.go(site("open").address + path, at=now)
        stuck = window.run(
            """() => [...document.querySelectorAll("main *")].filter((item) =>
              item.checkVisibility() && item.scrollWidth > item.clientWidth + 1
              && /auto|scroll/.test(getComputedStyle(item).overflowX)
              && item.tabIndex < 0 && !item.querySelector("a, button, [tabindex='0']")
            ).map((item) => item.outerHTML.slice(0, 120))"""
        )
        assert stuck == [], path
