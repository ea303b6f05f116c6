"""Badges: a few words in two boxes, as SVG, and as JSON from which shields.io draws its own."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from jinja2 import Template

from secstatus.site.badges.text_width import measure_spaced_width, width

_LABEL_LIMIT = 40
_MESSAGE_LIMIT = 60
_SENTENCE_LIMIT = 160
_LABEL_FILL = "#3b434c"


class BadgeColour(StrEnum):
    """Colours of a badge: one for each grade, and one for a statement without proof."""

    A = "a"
    B = "b"
    C = "c"
    D = "d"
    F = "f"
    UNKNOWN = "unknown"

    @property
    def hex(self) -> str:
        """Six digits after a `#`; white text on it has a contrast of 4.5 or more (WCAG AA)."""
        return _HEX[self]


# The presets of shields.io reach 2.0 to 4.4 with white text: github.com/badges/shields/issues/5497
_HEX = {
    BadgeColour.A: "#116329",
    BadgeColour.B: "#476800",
    BadgeColour.C: "#8a5d00",
    BadgeColour.D: "#b64700",
    BadgeColour.F: "#a40e26",
    BadgeColour.UNKNOWN: "#57606a",
}


class Style(StrEnum):
    """The badge styles of shields.io, by their names there."""

    FLAT = "flat"
    FLAT_SQUARE = "flat-square"
    FOR_THE_BADGE = "for-the-badge"


@dataclass(frozen=True, slots=True)
class Badge:
    """One statement, independent of its format. Texts are cleaned here, so all formats agree.

    Control characters and surplus space are removed. Long texts end in an ellipsis. An empty
    message becomes "unknown", since shields.io refuses an empty one.
    """

    name: str
    """What its files are called, without ending."""
    label: str
    """The left box, at most 40 characters. None is drawn for an empty label."""
    message: str
    """The right box, with the date of the statement, at most 60 characters."""
    colour: BadgeColour
    title: str
    """The statement as a whole sentence, for tooltips and screen readers."""
    alt: str
    """The text that stands for the picture in a README."""

    def __post_init__(self) -> None:
        self._set("label", _clean(self.label, _LABEL_LIMIT))
        self._set("message", _clean(self.message, _MESSAGE_LIMIT) or "unknown")
        plain = f"{self.label}: {self.message}".removeprefix(": ")
        self._set("title", _clean(self.title, _SENTENCE_LIMIT) or plain)
        self._set("alt", _clean(self.alt, _SENTENCE_LIMIT) or plain)

    def _set(self, field: str, text: str) -> None:
        object.__setattr__(self, field, text)


@dataclass(frozen=True, slots=True)
class _Look:
    height: int
    baseline: int
    font_size: int
    padding: int
    radius: int = 0
    spaced: bool = False


_LOOKS = {
    Style.FLAT: _Look(height=20, baseline=14, font_size=11, padding=7, radius=3),
    Style.FLAT_SQUARE: _Look(height=20, baseline=14, font_size=11, padding=7),
    Style.FOR_THE_BADGE: _Look(height=28, baseline=18, font_size=10, padding=12, spaced=True),
}


@dataclass(frozen=True, slots=True)
class _Box:
    left: int
    width: int
    fill: str
    text: str
    text_left: int
    text_width: int
    bold: bool


def draw(badge: Badge, style: Style, template: Template, copy: str = "") -> str:
    """Return the badge as a self-contained SVG document: no requests, no scripts.

    Equal badges give equal bytes. Different badges can share a page, because their ids differ;
    `copy` distinguishes two pictures of one badge. `template` is `badge.svg`, from an environment
    that escapes.
    """
    look = _LOOKS[style]
    boxes = _boxes(badge, look)
    svg = template.render(
        badge=badge,
        boxes=boxes,
        look=look,
        mark=_mark(badge, style) + copy,
        width=boxes[-1].left + boxes[-1].width,
    )
    return f"{svg}\n"


def endpoint(badge: Badge) -> dict[str, object]:
    """The badge for https://shields.io/badges/endpoint-badge, which rejects any other key."""
    answer: dict[str, object] = {
        "schemaVersion": 1,
        "label": badge.label,
        "message": badge.message,
        "color": badge.colour.hex.removeprefix("#"),
    }
    if badge.colour is BadgeColour.UNKNOWN:
        # Keeps whoever embeds the badge from painting it green.
        answer["isError"] = True
    return answer


def _boxes(badge: Badge, look: _Look) -> list[_Box]:
    message_fill = badge.colour.hex
    if not badge.label:
        return [_box(0, badge.message, message_fill, look, bold=look.spaced)]
    label = _box(0, badge.label, _LABEL_FILL, look, bold=False)
    return [label, _box(label.width, badge.message, message_fill, look, bold=look.spaced)]


def _box(left: int, text: str, fill: str, look: _Look, *, bold: bool) -> _Box:
    shown = text.upper() if look.spaced else text
    length = measure_spaced_width(shown, bold=bold) if look.spaced else width(shown)
    # Where letters are spaced the last one's space is seen as padding.
    surplus = 1 if look.spaced else 0
    whole = length + 2 * look.padding - surplus
    return _Box(left, whole, fill, shown, left + look.padding, length, bold)


def _mark(badge: Badge, style: Style) -> str:
    content = "\0".join((style, badge.label, badge.message, badge.colour, badge.title))
    return sha256(content.encode()).hexdigest()[:8]


def _clean(text: str, limit: int) -> str:
    spaced = " ".join(text.split())
    # Categories C*: control, format (some reverse the order of a line), surrogates, non-characters.
    kept = (c for c in spaced if not unicodedata.category(c).startswith("C"))
    clean = " ".join(unicodedata.normalize("NFC", "".join(kept)).split())
    return clean if len(clean) <= limit else f"{clean[: limit - 1].rstrip()}…"
