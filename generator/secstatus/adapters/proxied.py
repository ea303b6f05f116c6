"""The proxy that the environment names for an address, and credentials as headers."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from secstatus.adapters.address import LOOPBACK, public


class NotUsable(Exception):
    """The environment names a proxy of a kind that cannot be used, or none that can be read."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where to ask for a tunnel. `headers` may hold credentials."""

    host: str
    port: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def proxy_for(parts: SplitResult) -> Proxy | None:
    """The proxy for an address; None without one, and always None for this machine.

    Raises NotUsable for anything but an HTTP proxy.
    """
    host = parts.netloc.rpartition("@")[2]
    named = getproxies()
    text = named.get(parts.scheme) or named.get("all")
    if not text or (parts.hostname or "") in LOOPBACK or proxy_bypass(host):
        return None
    text = text if "://" in text else f"http://{text}"
    wrong = f"a proxy that cannot be used ({public(text)}), expected http://HOST:PORT"
    try:
        found = urlsplit(text)
        name, port = found.hostname, found.port or 80
    except ValueError:
        raise NotUsable(wrong) from None
    if found.scheme != "http" or not name:
        raise NotUsable(wrong)
    return Proxy(name, port, authorization(found, "Proxy-Authorization"))


def authorization(parts: SplitResult, header: str) -> Mapping[str, str]:
    """The header with the credentials of an address; empty without any."""
    if parts.username is None:
        return {}
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return {header: "Basic " + base64.b64encode(pair.encode()).decode()}
