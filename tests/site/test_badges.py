"""Badges: what is drawn is what is said, it can be read by everybody, and it fits."""

from __future__ import annotations

import json
import os
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from secstatus.site.badges.drawing import Badge, BadgeColour, Style, draw, endpoint
from secstatus.site.badges.text_width import measure_spaced_width, width

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "golden" / "badges"
SVG = "{http://www.w3.org/2000/svg}"
KEYS = {"schemaVersion", "label", "message", "color", "isError"}


def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    return environment.get_template("badge.svg")


TEMPLATE = _template()


def _badge(
    label: str = "security",
    message: str = "B · 3 Nov 2025",
    colour: BadgeColour = BadgeColour.B,
    title: str = "Security grade of demo: B, scanned 3 Nov 2025",
) -> Badge:
    return Badge("grade", label, message, colour, title, title)


def _statement(name: str, label: str, message: str, colour: BadgeColour, title: str) -> Badge:
    return Badge(name, label, message, colour, title, title)


BADGES = [
    _statement(
        "grade",
        "security",
        "B · 3 Nov 2025",
        BadgeColour.B,
        "Security grade of demo: B, scanned 3 Nov 2025",
    ),
    _statement(
        "grade-unknown",
        "security",
        "unknown · 3 Nov 2025",
        BadgeColour.UNKNOWN,
        "Security grade of demo: unknown, scanned 3 Nov 2025",
    ),
    _statement(
        "vulnerabilities",
        "vulnerabilities",
        "1 critical, 2 high, 3 medium · 3 Nov 2025",
        BadgeColour.F,
        "Known open vulnerabilities of demo: 1 critical, 2 high, 3 medium, scanned 3 Nov 2025",
    ),
    _statement(
        "days-since",
        "days since last vulnerability",
        "12 · 3 Nov 2025",
        BadgeColour.A,
        "Days since the last vulnerability of demo: 12 days on 3 Nov 2025",
    ),
    _statement("letter", "", "A", BadgeColour.A, "Security grade of demo: A"),
    _statement("hostile", "</text><script>", '"&\x00\u202e日本', BadgeColour.D, "<b>'\"&"),
]

every_style = pytest.mark.parametrize("style", list(Style))
every_badge = pytest.mark.parametrize("badge", BADGES, ids=lambda badge: badge.name)
texts = st.text(max_size=200)
badges = st.builds(
    Badge, st.just("grade"), texts, texts, st.sampled_from(BadgeColour), texts, texts
)


def _drawn(badge: Badge, style: Style) -> str:
    return draw(badge, style, TEMPLATE)


def _tree(badge: Badge, style: Style) -> ET.Element:
    return ET.fromstring(_drawn(badge, style))


@every_style
@every_badge
def test_drawn_as_kept(badge: Badge, style: Style) -> None:
    kept = GOLDEN / f"{badge.name}.{style}.svg"
    svg = _drawn(badge, style)
    if os.environ.get("SECSTATUS_REWRITE_GOLDEN") == "1":
        kept.write_bytes(svg.encode())
    assert svg.encode() == kept.read_bytes()


def test_nothing_is_kept_that_is_not_drawn() -> None:
    drawn = {f"{badge.name}.{style}.svg" for badge in BADGES for style in Style}
    assert {file.name for file in GOLDEN.iterdir()} == drawn


@every_style
def test_it_says_its_sentence_to_a_screen_reader(style: Style) -> None:
    root = _tree(BADGES[0], style)
    sentence = "Security grade of demo: B, scanned 3 Nov 2025"
    assert root.tag == f"{SVG}svg"
    assert (root.get("role"), root.get("aria-label")) == ("img", sentence)
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == sentence


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        (Style.FLAT, ["security", "B · 3 Nov 2025"]),
        (Style.FLAT_SQUARE, ["security", "B · 3 Nov 2025"]),
        (Style.FOR_THE_BADGE, ["SECURITY", "B · 3 NOV 2025"]),
    ],
)
def test_it_shows_label_and_message(style: Style, shown: list[str]) -> None:
    assert [text.text for text in _tree(BADGES[0], style).iter(f"{SVG}text")] == shown


def _boxes(root: ET.Element) -> list[tuple[int, int, str]]:
    drawn = root.find(f"{SVG}g")
    assert drawn is not None
    rectangles = drawn.findall(f"{SVG}rect")
    solid = [r for r in rectangles if not str(r.get("fill")).startswith("url")]
    return [(int(r.attrib["x"]), int(r.attrib["width"]), r.attrib["fill"]) for r in solid]


def _assert_fits(badge: Badge, style: Style) -> None:
    root = _tree(badge, style)
    boxes = _boxes(root)
    shown = list(root.iter(f"{SVG}text"))
    assert len(boxes) == len(shown)
    edge = 0
    for (left, wide, _), text in zip(boxes, shown, strict=True):
        start, natural = int(text.attrib["x"]), _natural(text, style)
        assert left == edge
        assert left + 5 <= start
        assert start + natural <= left + wide - 5
        assert int(text.get("textLength", natural)) == natural
        assert ("textLength" in text.attrib) is (len(text.text or "") > 1)
        edge = left + wide
    assert root.get("width") == str(edge)
    assert root.get("viewBox") == f"0 0 {edge} {root.get('height')}"


def _natural(text: ET.Element, style: Style) -> int:
    shown = text.text or ""
    if style is Style.FOR_THE_BADGE:
        return measure_spaced_width(shown, bold=text.get("font-weight") == "bold")
    return width(shown)


@every_style
@every_badge
def test_texts_fit_their_boxes(badge: Badge, style: Style) -> None:
    _assert_fits(badge, style)


@every_style
def test_letters_stand_inside_the_height(style: Style) -> None:
    root = _tree(BADGES[0], style)
    size = int(root[-1].attrib["font-size"])
    for text in root.iter(f"{SVG}text"):
        baseline = int(text.attrib["y"])
        assert baseline - size >= 0
        assert baseline + size // 3 <= int(root.attrib["height"])


def _luminance(colour: tuple[float, ...]) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def _contrast_with_white(colour: tuple[float, ...]) -> float:
    return 1.05 / (_luminance(colour) + 0.05)


def _rgb(hexadecimal: str) -> tuple[float, ...]:
    assert re.fullmatch("#[0-9a-f]{6}", hexadecimal)
    return tuple(int(hexadecimal[i : i + 2], 16) / 255 for i in (1, 3, 5))


def _lightest_veil(root: ET.Element) -> float:
    """The opacity of the most opaque white that a gradient lays over the boxes."""
    stops = [stop for stop in root.iter(f"{SVG}stop") if stop.get("stop-color") == "#fff"]
    return max((float(stop.attrib["stop-opacity"]) for stop in stops), default=0)


@every_style
@pytest.mark.parametrize("colour", list(BadgeColour))
def test_white_text_can_be_read_on(colour: BadgeColour, style: Style) -> None:
    root = _tree(_badge(colour=colour), style)
    veil = _lightest_veil(root)
    fills = [fill for _, _, fill in _boxes(root)]
    assert fills == ["#3b434c", colour.hex]
    assert root[-1].get("fill") == "#fff"
    for fill in fills:
        lightest = tuple(part + (1 - part) * veil for part in _rgb(fill))
        assert _contrast_with_white(lightest) >= 4.5


def test_the_contrast_formula() -> None:
    assert _contrast_with_white((0, 0, 0)) == pytest.approx(21)
    assert _contrast_with_white(_rgb("#767676")) == pytest.approx(4.54, abs=0.01)
    assert _contrast_with_white(_rgb("#44cc11")) == pytest.approx(2.12, abs=0.01)


def test_colours_differ() -> None:
    assert len({colour.hex for colour in BadgeColour}) == len(BadgeColour)


@every_style
@every_badge
def test_the_same_bytes_again(badge: Badge, style: Style) -> None:
    assert _drawn(badge, style) == draw(badge, style, _template())


def _ids(svg: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', svg))


def test_different_badges_share_no_id_in_one_page() -> None:
    drawn = [_ids(_drawn(badge, Style.FLAT)) for badge in BADGES]
    assert all(len(ids) == 2 for ids in drawn)
    assert len(set().union(*drawn)) == 2 * len(BADGES)


@every_style
@every_badge
def test_every_reference_is_to_an_id_of_its_own(badge: Badge, style: Style) -> None:
    svg = _drawn(badge, style)
    assert set(re.findall(r"url\(#([^)]+)\)", svg)) == _ids(svg)


def _assert_harmless(root: ET.Element) -> None:
    tags = {"svg", "title", "clipPath", "rect", "linearGradient", "stop", "g", "text"}
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in tags
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert not name.endswith(("href", "src", "style"))
            assert name == "aria-label" or not re.search(r"url\((?!#)|javascript:", value)


@every_style
@every_badge
def test_nothing_is_fetched_or_run(badge: Badge, style: Style) -> None:
    _assert_harmless(_tree(badge, style))


@every_style
@every_badge
def test_under_two_kilobytes(badge: Badge, style: Style) -> None:
    assert len(_drawn(badge, style).encode()) < 2000


@given(badges, st.sampled_from(Style))
def test_any_text_is_drawn_well_formed_and_fits(badge: Badge, style: Style) -> None:
    _assert_harmless(_tree(badge, style))
    _assert_fits(badge, style)
    assert len(_drawn(badge, style).encode()) < 4000


@given(badges)
def test_any_text_is_clean_and_short(badge: Badge) -> None:
    assert len(badge.label) <= 40
    assert 1 <= len(badge.message) <= 60
    assert 1 <= len(badge.title) <= 160
    assert 1 <= len(badge.alt) <= 160
    for text in (badge.label, badge.message, badge.title, badge.alt):
        assert text == " ".join(text.split())
        assert text.isprintable()


@given(badges)
def test_any_endpoint_is_what_shields_accepts(badge: Badge) -> None:
    answer = json.loads(json.dumps(endpoint(badge)))
    assert set(answer) <= KEYS
    assert KEYS - set(answer) <= {"isError"}
    assert answer["schemaVersion"] == 1
    assert isinstance(answer["label"], str)
    assert answer["message"]
    assert re.fullmatch("[0-9a-f]{6}", answer["color"])


def test_the_endpoint_says_what_the_picture_says() -> None:
    assert endpoint(BADGES[0]) == {
        "schemaVersion": 1,
        "label": "security",
        "message": "B · 3 Nov 2025",
        "color": "476800",
    }


def test_only_what_is_unproved_is_an_error() -> None:
    assert endpoint(BADGES[1])["isError"] is True
    assert not any("isError" in endpoint(b) for b in BADGES if b.colour is not BadgeColour.UNKNOWN)


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("a\x00b\x1b[31m", "ab[31m"),
        ("two\nlines\tand\u2028more", "two lines and more"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\ud800lone", "lone"),
        ("\ufffe\uffffend", "end"),
        ("e\u0301", "é"),
        ("  ", "unknown"),
        ("\x00" * 10_000, "unknown"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + " yz", "x" * 58 + "…"),
    ],
)
def test_a_message_is_cleaned(raw: str, clean: str) -> None:
    assert _badge(message=raw).message == clean


def test_a_label_is_cut() -> None:
    assert _badge(label="x" * 10_000).label == "x" * 39 + "…"


@pytest.mark.parametrize(("label", "plain"), [("security", "security: A"), ("", "A")])
def test_a_missing_sentence_is_made_of_the_words(label: str, plain: str) -> None:
    badge = _badge(label=label, message="A", title="\x00")
    assert (badge.title, badge.alt) == (plain, plain)
