"""Chats, mail and a hundred other services, through the optional library apprise.

Addresses hold passwords and tokens. A service is named by its kind, an address is shown by scheme
and host, as `url(privacy=True)` has them, and the log lines of the library are discarded.
"""

from __future__ import annotations

import logging
import re
import warnings
from dataclasses import dataclass, field
from typing import Any

from secstatus.adapters.deadline import call_with_deadline
from secstatus.errors import ExternalError

VARIABLE = "SECSTATUS_NOTIFY_URLS"
# Each one may take 30 seconds, and they are asked one after the other.
MOST_ADDRESSES = 50
SECONDS = 30.0
# These name addresses, or parts of them, in what they log.
TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib")
# As apprise does: blanks and commas separate only where another address follows.
BETWEEN = re.compile(r"[\s,]+(?=[a-z0-9]+://)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Service:
    """A notification service. `name` is its kind, with a number from the second on; not secret."""

    name: str
    masked: str
    _plugin: Any = field(repr=False)

    def send(self, title: str, text: str, *, good: bool, seconds: float = SECONDS) -> None:
        """Send a message as plain text. Raises ExternalError when the service does not confirm it
        within the seconds; it may have been delivered all the same."""
        try:
            sent = call_with_deadline(seconds, lambda: _sent(self._plugin, title, text, good=good))
        except TimeoutError:
            raise self._failed(f"no answer within {seconds:g} s") from None
        except Exception as error:  # plugins of many authors; the text may hold the address
            raise self._failed(f"the library failed ({type(error).__name__})") from None
        if not sent:
            raise self._failed("it was not taken")

    def _failed(self, reason: str) -> ExternalError:
        hint = f"Check this address in {VARIABLE}, and whether the service is there."
        return ExternalError(f"{self.name}, {self.masked}: {reason}", hint=hint)


def services(addresses: str) -> tuple[tuple[Service, ...], tuple[str, ...]]:
    """The services of the valid addresses, and one line without secrets for each other address."""
    found = [each for each in BETWEEN.split(addresses.strip(" \t\r\n,")) if each]
    if not found:
        return (), ()
    try:
        import apprise
    except ImportError:
        install = "pip install 'secstatus[notify]'"
        return (), (f"{VARIABLE} is set, and apprise is not installed: {install}",)
    _quieten()
    if len(found) > MOST_ADDRESSES:
        return (), (f"{VARIABLE}: found {len(found)} addresses, expected {MOST_ADDRESSES} at most",)
    read = _read(apprise, found)
    wrong = tuple(
        f"{VARIABLE}: address {number} of {len(found)} {each}; it is not shown"
        for number, each in enumerate(read, 1)
        if isinstance(each, str)
    )
    return _named([each for each in read if not isinstance(each, str)]), wrong


def _read(apprise: Any, addresses: list[str]) -> list[Any]:
    """The plugin of each address, or the reason why it is invalid."""
    # async_mode=False: an event loop of its own would outlive the deadline.
    asset = apprise.AppriseAsset(app_id="secstatus", app_desc="secstatus", async_mode=False)
    with warnings.catch_warnings():
        # The plugins are loaded now, and what is old in them is nothing to the caller.
        warnings.simplefilter("ignore")
        return [_plugin(apprise, each, asset) for each in addresses]


def _plugin(apprise: Any, address: str, asset: Any) -> Any:
    try:
        plugin = apprise.Apprise.instantiate(address, asset=asset)
    except Exception as error:  # plugins of many authors; the text may hold the address
        return f"cannot be read by apprise ({type(error).__name__})"
    return "is not supported by apprise" if plugin is None else plugin


def _named(plugins: list[Any]) -> tuple[Service, ...]:
    counts: dict[str, int] = {}
    found = []
    for plugin in plugins:
        # apprise replaces what its plugin calls private; a path is often not among it.
        masked = str(plugin.url(privacy=True))
        kind = re.sub(r"[^a-z0-9]", "", masked.partition("://")[0].lower())[:30] or "service"
        counts[kind] = counts.get(kind, 0) + 1
        name = kind if counts[kind] == 1 else f"{kind} {counts[kind]}"
        found.append(Service(name, _masked(masked), plugin))
    return tuple(found)


def _masked(address: str) -> str:
    """Scheme and host: of some services the path is the secret, and apprise shows it."""
    scheme, _, rest = address.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
    shown = f"{scheme}://{host}/…"
    return shown if shown.isprintable() and len(shown) <= 100 else f"{scheme[:30]!r}"


def _sent(plugin: Any, title: str, text: str, *, good: bool) -> bool:
    import apprise

    teller = apprise.Apprise()
    teller.add(plugin)
    # The type decides the colour and the symbol that a service shows.
    kind = apprise.NotifyType.SUCCESS if good else apprise.NotifyType.WARNING
    return bool(teller.notify(body=text, title=title, notify_type=kind, body_format="text"))


def _quieten() -> None:
    """Without a handler of its own a logger would fall back to standard error."""
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        # The handlers of the root logger would print addresses.
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
