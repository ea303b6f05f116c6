"""Feeds of events (Atom, RFC 4287; JSON Feed 1.1), sitemap, robots.txt and security.txt."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import escape

from secstatus.published.site_info import SiteInfo
from secstatus.site.untrusted_text import without_controls
from secstatus.timestamps import format_timestamp

# Readers ask for the whole file each time; more than a year of weekly scans fits in 60.
LONGEST = 60
# RFC 9116, section 2.5.5, recommends less than a year.
SECURITY_TXT_LIFE = timedelta(days=364)


def _entries(events: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest 60: a feed is for news, `events.json` has everything."""
    return [event for event in events if event["kind"] != "scan"][:LONGEST]


def _xml(text: str) -> str:
    return str(escape(without_controls(text)))


def _entry_id(place: SiteInfo, event: Mapping[str, Any]) -> str:
    # An IRI that never changes (RFC 4287, 4.2.6), though it is never asked for.
    return place.url("api/v1/events.json") + "#" + _fragment(event["id"])


def _fragment(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe=":@-._~")


def atom(events: Sequence[Mapping[str, Any]], place: SiteInfo, fallback: datetime) -> str:
    """The feed as Atom. `fallback` dates a feed without entries."""
    entries = _entries(events)
    updated = max((event["at"] for event in entries), default=format_timestamp(fallback))
    name = _xml(place.package)
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">\n'
        f"<id>{_xml(place.url())}</id>\n<title>Security events of {name}</title>\n"
        f"<updated>{updated}</updated>\n<author><name>{name}</name></author>\n"
        f'<link rel="self" type="application/atom+xml" href="{_xml(place.url("feed.atom"))}"/>\n'
        f'<link rel="alternate" type="text/html" href="{_xml(place.url())}"/>\n'
        f'<generator version="{_xml(place.tool_version)}">secstatus</generator>\n'
    )
    return head + "".join(_atom_entry(event, place) for event in entries) + "</feed>\n"


def _atom_entry(event: Mapping[str, Any], place: SiteInfo) -> str:
    return (
        f"<entry>\n<id>{_xml(_entry_id(place, event))}</id>\n"
        # Escaped twice: once as HTML, once as XML. Readers differ over plain text with `<`.
        f'<title type="html">{_xml(_xml(event["title"]))}</title>\n'
        f"<updated>{event['at']}</updated>\n"
        f'<link rel="alternate" type="text/html" href="{_xml(_page(place, event))}"/>\n'
        f'<content type="html">{_xml("<p>" + _xml(event["text"]) + "</p>")}</content>\n</entry>\n'
    )


def _page(place: SiteInfo, event: Mapping[str, Any]) -> str:
    path, _, fragment = event["path"].partition("#")
    return place.url(path) + (f"#{fragment}" if fragment else "")


def json_feed(events: Sequence[Mapping[str, Any]], place: SiteInfo) -> str:
    """The same feed as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    items = [
        {
            # JSON Feed requires content, even where the title has said all.
            "content_text": without_controls(event["text"]) or without_controls(event["title"]),
            "date_published": event["at"],
            "id": _entry_id(place, event),
            "title": without_controls(event["title"]),
            "url": _page(place, event),
        }
        for event in _entries(events)
    ]
    feed = {
        "authors": [{"name": place.package}],
        "feed_url": place.url("feed.json"),
        "home_page_url": place.url(),
        "items": items,
        "language": "en",
        "title": f"Security events of {place.package}",
        "version": "https://jsonfeed.org/version/1.1",
    }
    return json.dumps(feed, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def sitemap(paths: Iterable[str], place: SiteInfo) -> str:
    """Every page but the 404 one and the redirects (https://www.sitemaps.org/protocol.html)."""
    urls = "".join(f"<url><loc>{_xml(place.url(path))}</loc></url>\n" for path in sorted(paths))
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    return f'{head}<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n'


def robots(place: SiteInfo) -> str:
    return f"User-agent: *\nAllow: /\n\nSitemap: {place.url('sitemap.xml')}\n"


def security_txt(place: SiteInfo, as_of: datetime) -> str | None:
    """Return the file of RFC 9116; None when no contact is configured.

    Without a configured expiry it expires a little less than a year after the day of the build.
    Each build renews it, and the file of an abandoned site expires.
    """
    # RFC 9116, 2.5.3: Contact is required; a file without it is worse than none.
    if not place.report_url:
        return None
    stated = place.security_contact
    # Midnight, so that builds of one day give the same file.
    midnight = as_of.replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [f"Contact: {contact}" for contact in stated.contact or (place.report_url,)]
    lines.append(f"Expires: {stated.expires or format_timestamp(midnight + SECURITY_TXT_LIFE)}")
    if stated.policy:
        lines.append(f"Policy: {stated.policy}")
    lines.append(f"Preferred-Languages: {stated.languages}")
    lines.append(f"Canonical: {place.url('.well-known/security.txt')}")
    return "\n".join(lines) + "\n"
