"""Badges as a browser draws them, each opened alone."""

import pytest

from secstatus.site.badges.drawing import BadgeColour

pytestmark = pytest.mark.browser

# For every text: the rectangle of its place, the box in which it is drawn, and the width that the
# letters would take by themselves.
BOXES = """(family) => {
  if (family)
    for (const item of document.querySelectorAll("[font-family]"))
      item.setAttribute("font-family", family);
  const texts = [...document.querySelectorAll("text")];
  const places = [...document.querySelectorAll("g[shape-rendering] rect")]
    .filter((item) => !/url/.test(item.getAttribute("fill")));
  return texts.map((text, index) => {
    const place = places[index].getBBox();
    const drawn = text.getBBox();
    const forced = text.getComputedTextLength();
    const length = text.getAttribute("textLength");
    text.removeAttribute("textLength");
    const natural = text.getComputedTextLength();
    if (length) text.setAttribute("textLength", length);
    return {
      text: text.textContent,
      left: drawn.x - place.x,
      right: place.x + place.width - drawn.x - drawn.width,
      above: drawn.y - place.y,
      below: place.y + place.height - drawn.y - drawn.height,
      forced,
      natural,
    };
  });
}"""
SEEN = """() => {
  const root = document.documentElement;
  return { width: root.width.baseVal.value, height: root.height.baseVal.value,
           right: Math.max(...[...root.querySelectorAll("rect")].map((item) => {
             const box = item.getBBox(); return box.x + box.width; })) };
}"""


def badges(shown):
    return sorted(path.name for path in (shown.folder / "badges").glob("*.svg"))


# What the texts of the six badges look like at their best, worst, longest and least certain.
@pytest.mark.parametrize("project", ["accepted", "design", "hostile", "measured", "overdue"])
def test_every_text_is_inside_its_box(tab, site, project):
    window, shown = tab(), site(project)
    assert len(badges(shown)) == 18
    for name in badges(shown):
        window.go(f"{shown.address}badges/{name}")
        seen = window.run(SEEN)
        assert seen["right"] == seen["width"] == int(seen["width"]), name
        for family in ("", "DejaVu Sans"):
            texts = window.run(BOXES, family)
            assert len(texts) == 2, name
            for text in texts:
                check_place(text, (name, family, text))


def check_place(text, told):
    """Inside on all four sides; the letters neither lie on each other nor fall apart."""
    assert min(text["left"], text["right"], text["above"], text["below"]) >= 0, told
    assert abs(text["forced"] - text["natural"]) / len(text["text"]) <= 1, told


def test_a_text_that_is_too_long_would_be_seen(tab, site):
    window = tab()
    window.go(site("open").address + "badges/grade.svg")
    window.run("document.querySelector('text').setAttribute('textLength', 400)")
    assert window.run(BOXES, "")[0]["right"] < 0


def test_a_build_without_proof_has_grey_badges(site, state):
    shown = site(state)
    if shown.status()["security_grade"] != "?":
        return
    greens = {BadgeColour.A.hex, BadgeColour.B.hex}
    for name in badges(shown):
        picture = (shown.folder / "badges" / name).read_text("utf-8")
        assert not [green for green in greens if green in picture], name
        assert BadgeColour.UNKNOWN.hex in picture, name
