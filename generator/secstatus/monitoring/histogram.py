"""Times of answers, counted in buckets whose width grows with the time.

Any quantile of what was counted is right to within 5 %, whatever the numbers, and two histograms
are merged by adding them. The idea is that of DDSketch (Masson, Rim and Lee, 2019).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping

ERROR = 0.05
GAMMA = (1 + ERROR) / (1 - ERROR)
# Times are kept with one decimal, so that nothing above zero is shorter; nothing takes eleven days.
SHORTEST, LONGEST = 0.1, 1e9
_SCALE = 1 / math.log(GAMMA)
_LOG, _CEIL = math.log, math.ceil


def bucket(ms: float) -> int:
    """The bucket of a time in milliseconds; those out of bounds, and no number, at the bounds."""
    if not SHORTEST <= ms <= LONGEST:
        ms = SHORTEST if ms < SHORTEST else LONGEST
    return _CEIL(_LOG(ms) * _SCALE)


LOWEST, HIGHEST = bucket(SHORTEST), bucket(LONGEST)


def middle(index: int) -> float:
    """The time that stands for a bucket: at most 5 % from each that is in it."""
    return float(2 * GAMMA**index / (GAMMA + 1))


def merge_histograms(histograms: Iterable[Mapping[int, int]]) -> dict[int, int]:
    """All of them as one, lowest bucket first."""
    total: Counter[int] = Counter()
    for each in histograms:
        total.update(each)
    return dict(sorted(total.items()))


def quantile(buckets: Mapping[int, int], q: float) -> float | None:
    """The time in milliseconds that the share `q` (0 to 1) of the answers did not exceed.

    Within 5 % of the answer that has this place in the order; None where nothing was counted.
    """
    left = q * (sum(buckets.values()) - 1)
    found = None
    for index, number in sorted(buckets.items()):
        if number <= 0:
            continue
        found = middle(index)
        left -= number
        if left < 0:
            break
    return found
