"""Addresses on the web: which may be asked, and how messages show them."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from secstatus.errors import UsageError, shown

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def public(url: str) -> str:
    """The URL as messages and logs may show it: without credentials, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "a URL that cannot be read"
    shown_url = f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")
    return shown_url if shown_url.isprintable() else shown(shown_url)


def check_url(url: str) -> SplitResult:
    """The parts of a URL that can be asked. Raises UsageError for any other."""
    try:
        parts = urlsplit(url)
        good = is_allowed(parts) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        raise UsageError(f"{public(url)}: found no URL that can be asked, expected https://HOST/…")
    return parts


def is_allowed(parts: SplitResult) -> bool:
    """https, or http on this machine."""
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))
