"""When an upload is tried again, and how long to wait before."""

from __future__ import annotations

import re
from dataclasses import dataclass

from secstatus.publishing.diagnosis import Diagnosis
from secstatus.publishing.failures.failure import Retry

_ASKED = re.compile(r"^Retry-After: ([0-9]{1,9})\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often, and the seconds before the second attempt; each pause is twice the one before.

    An index that asks for more than `most_pause` seconds is not waited for.
    """

    attempts: int = 3
    first_pause: float = 1.0
    most_pause: float = 120.0


def find_asked_wait(output: str) -> float:
    """The seconds that the index asks to wait, in its last answer that says so; 0 for none."""
    found = _ASKED.findall(output)
    return float(found[-1]) if found else 0.0


def pause_before(next_attempt: int, policy: RetryPolicy, chance: float, asked: float) -> float:
    """The seconds to wait before the attempt with this number, 2 or more.

    `chance`, from 0 to 1, adds up to a half, so that many clients do not come back at once. Never
    less than what the index asks for.
    """
    doubled = policy.first_pause * 2.0 ** min(next_attempt - 2, 30)
    return max(min(doubled * (1 + chance / 2), policy.most_pause), asked)


def worth_a_retry(
    diagnosis: Diagnosis, attempt: int, policy: RetryPolicy, asked: float, *, fresh_token: bool
) -> bool:
    """Whether to try again by ourselves after the attempt with this number.

    `fresh_token`: the next attempt fetches another token than this one had.
    """
    if attempt >= policy.attempts or asked > policy.most_pause:
        return False
    if diagnosis.retry is Retry.ONCE:
        return fresh_token and attempt == 1
    return diagnosis.retry is Retry.YES
