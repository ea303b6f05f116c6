"""Run twine unchanged, and also report the wait that the index asks for.

Run as a program of its own by `adapters.twine`; nothing of this package is imported here. twine
prints the status and the text of an answer, not its headers.
"""

from __future__ import annotations

import runpy
import sys
from email.utils import parsedate_to_datetime
from typing import Any

# Statuses with which a server sends Retry-After: RFC 9110, section 10.2.3, and RFC 6585.
SLOW_DOWN = frozenset({429, 502, 503, 504})


def main() -> None:
    tell_retry_after()
    runpy.run_module("twine", run_name="__main__", alter_sys=True)


def tell_retry_after() -> None:
    """From now on, report each response that asks to wait on stderr: `Retry-After: SECONDS`."""
    import requests

    # twine reports no headers; every request of requests passes through this method.
    send: Any = requests.Session.send

    def telling(self: Any, request: Any, **options: Any) -> Any:
        answer = send(self, request, **options)
        if answer.status_code in SLOW_DOWN:
            wait = seconds(answer.headers.get("Retry-After", ""), answer.headers.get("Date", ""))
            if wait:
                sys.stderr.write(f"Retry-After: {wait}\n")
                sys.stderr.flush()
        return answer

    requests.Session.send = telling  # type: ignore[method-assign]


# As adapters.retry.parse_retry_after: with -P this program may not find the package.
def seconds(text: str, date: str) -> int:
    """The seconds of the header; a date is relative to the server's own clock. 0 for none."""
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return int(text)
    try:
        sent = parsedate_to_datetime(date)
        return max(round((parsedate_to_datetime(text) - sent).total_seconds()), 0)
    except (TypeError, ValueError):
        return 0


if __name__ == "__main__":
    main()
