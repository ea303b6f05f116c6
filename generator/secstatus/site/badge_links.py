"""The texts that put a badge somewhere: the same on the page of badges and in a README."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.site.api import badge_path
from secstatus.site.place import SiteInfo

# What a badge tells more about than the front page does.
_PAGES = {"status-api": "health.html"}


@dataclass(frozen=True, slots=True)
class BadgeLinks:
    """One badge that leads to the site, in four forms; `shields` is an address."""

    markdown: str
    rst: str
    html: str
    shields: str


def badge_links(place: SiteInfo, name: str, label: str) -> BadgeLinks:
    """The badge `name` in its flat style. `label` is what its left half says."""
    image, target = place.url(badge_path(name, "flat")), place.url(_PAGES.get(name, ""))
    alt = "security status" if name == "grade" else f"{label} of {place.package}"
    endpoint = place.url(f"badges/{name}.json")
    return BadgeLinks(
        markdown=f"[![{alt}]({image})]({target})",
        rst=f".. image:: {image}\n   :target: {target}\n   :alt: {alt}",
        html=f'<a href="{target}"><img src="{image}" alt="{alt}" height="20"></a>',
        shields=f"https://img.shields.io/endpoint?url={endpoint}",
    )
