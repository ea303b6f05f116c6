"""Waiting, and the one retry policy: backoff with jitter, and Retry-After."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime


@dataclass(frozen=True, slots=True)
class Timing:
    """Clock in seconds, waiting, and a random number from 0 to 1; tests replace them."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    chance: Callable[[], float] = random.random


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """`attempts` in all. Pauses in seconds: the first one, then twice as long each time, at most
    `longest_pause`."""

    attempts: int = 4
    first_pause: float = 1.0
    longest_pause: float = 120.0

    def find_pause(self, attempt: int, timing: Timing, asked: float = 0.0) -> float | None:
        """The seconds to wait after the failed attempt with this number, 1 or more.

        None: give up, since it was the last one or the server asks to wait longer than
        `longest_pause`. `asked`: the seconds of Retry-After, the least that is waited.
        """
        if attempt >= self.attempts or asked > self.longest_pause:
            return None
        doubled = min(self.first_pause * 2.0 ** min(attempt - 1, 30), self.longest_pause)
        # "Equal jitter": clients that failed together do not return together.
        # https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
        return max(doubled * (1 - timing.chance() / 2), asked)


def parse_retry_after(text: str, date: str) -> float:
    """The seconds of the header `Retry-After`; 0 for none, and for what cannot be read.

    `date` is the header `Date` of the same response. RFC 9110, section 10.2.3.
    """
    text = text.strip()
    if text.isascii() and text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        # A date counts from the server's clock: this machine's may be wrong.
        seconds = (parsedate_to_datetime(text) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return 0.0
    return max(seconds, 0.0)
