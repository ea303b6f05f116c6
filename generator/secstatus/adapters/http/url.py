"""URLs: which may be requested, through which proxy, and how messages show them."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

from secstatus.errors import UsageError, shown

# Servers of tests and previews; nobody else can answer there, so that http is safe.
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def redact_url(url: str) -> str:
    """The URL as messages and logs may show it: without credentials, query and fragment."""
    try:
        parts = urlsplit(url)
        host = strip_credentials(parts).netloc
    except ValueError:
        return "a URL that cannot be read"
    shown_url = f"{parts.scheme}://{host}{parts.path}" + ("?…" if parts.query else "")
    return shown_url if shown_url.isprintable() else shown(shown_url)


def strip_credentials(parts: SplitResult) -> SplitResult:
    """The URL without user name and password."""
    return parts._replace(netloc=parts.netloc.rpartition("@")[2])


def check_url(url: str) -> SplitResult:
    """The parts of a URL that may be requested. Raises UsageError for any other."""
    try:
        parts = urlsplit(url)
        # urlsplit accepts any number; reading `port` is what checks it.
        good = is_allowed(parts) and parts.port != 0
    except ValueError:
        good = False
    if not good or not url.isascii() or not url.isprintable() or " " in url:
        message = f"{redact_url(url)}: found no URL that can be requested, expected https://HOST/…"
        raise UsageError(message)
    return parts


def is_allowed(parts: SplitResult) -> bool:
    """https, or http on this machine."""
    host = parts.hostname or ""
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK))


def make_authorization(parts: SplitResult, header: str = "Authorization") -> Mapping[str, str]:
    """The header with the credentials of a URL; empty without any. RFC 7617."""
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy to open a tunnel through. `headers` may hold credentials."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_proxy(parts: SplitResult) -> Proxy | None:
    """The proxy for a URL by the environment; None without one, and always None for this machine.

    Raises ValueError for anything but an HTTP proxy, with a text that shows no credentials.
    """
    # Imported here: the module costs 15 ms, and a build only asks how a URL is shown.
    from urllib.request import getproxies, proxy_bypass

    named = getproxies()
    text = named.get(parts.scheme) or named.get("all")
    host = parts.hostname or ""
    # Host and port, since an entry of `no_proxy` may name a port.
    if not text or host in LOOPBACK or proxy_bypass(strip_credentials(parts).netloc):
        return None
    # curl takes a proxy without a scheme for an HTTP proxy; so do most environments.
    text = text if "://" in text else f"http://{text}"
    wrong = f"a proxy that cannot be used ({redact_url(text)}), expected http://HOST:PORT"
    try:
        found = urlsplit(text)
        name, port = found.hostname, found.port or 80
    except ValueError:
        raise ValueError(wrong) from None
    if found.scheme != "http" or not name:
        raise ValueError(wrong)
    return Proxy(name, port, make_authorization(found, "Proxy-Authorization"))
