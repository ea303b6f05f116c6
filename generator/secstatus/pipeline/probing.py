"""Look at the published site as visitors get it: ask, ask again what is bad, judge.

The addresses are asked one after another, so that none of them makes another one slow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta

from secstatus.adapters.address import checked, public
from secstatus.adapters.fetch import Timing
from secstatus.adapters.timed_request import Kind, Limits, Measured, measure
from secstatus.monitoring.judgement import (
    Known,
    LookPolicy,
    judged,
    paths_to_ask,
    paths_to_ask_again,
    seen_good,
)
from secstatus.monitoring.observed import Observed
from secstatus.monitoring.probe import Fault, Round
from secstatus.monitoring.told_by_site import MANIFEST

# As Upptime does. All bad addresses share the pauses.
PAUSES = (2.0, 10.0)
Now = Callable[[], datetime]

_FAULTS = {
    Kind.CERTIFICATE: Fault.CERTIFICATE,
    Kind.TOO_LARGE: Fault.TAMPERED,
    Kind.ENCODING: Fault.ERROR,
    Kind.REDIRECT: Fault.ERROR,
}


def look(
    base_url: str,
    now: Now | datetime,
    known: Known | None = None,
    *,
    policy: LookPolicy | None = None,
    timing: Timing | None = None,
    limits: Limits | None = None,
) -> Round:
    """One look at every address of a site.

    A bad answer is believed when it is as bad the third time: after 2 seconds, then 10. `now`: the
    clock, or the moment at which the look begins; the round is of the moment at which it ends, in
    whole seconds. `known`: what `known_digests` gives. `limits`: of each request. What the network
    does is in the round; UsageError for a URL that cannot be asked.
    """
    timing = timing or Timing()
    clock = _clock(now, timing)
    asked = _Look(base_url, clock, known or {}, policy or LookPolicy(), timing, limits or Limits())
    return asked.round()


def rounds(
    base_url: str,
    now: Now | datetime,
    number: int = 1,
    every: float = 0.0,
    known: Known | None = None,
    *,
    policy: LookPolicy | None = None,
    timing: Timing | None = None,
    limits: Limits | None = None,
) -> Iterator[Round]:
    """So many looks, with `every` seconds between them. Each knows what the earlier ones saw."""
    timing = timing or Timing()
    clock = _clock(now, timing)
    found: list[Round] = []
    for count in range(number):
        if count:
            timing.sleep(every)
        seen = _joined(known or {}, known_digests(found, base_url))
        found.append(look(base_url, clock, seen, policy=policy, timing=timing, limits=limits))
        yield found[-1]


def known_digests(found: Iterable[Round], base_url: str) -> Known:
    """Path → digests of content that earlier rounds of this site have seen good."""
    return seen_good(found, public(_base(base_url)))


class _Look:
    """The answers so far, and what they prove."""

    def __init__(
        self,
        base_url: str,
        now: Now,
        known: Known,
        policy: LookPolicy,
        timing: Timing,
        limits: Limits,
    ) -> None:
        self.base, self.now, self.known, self.policy = _base(base_url), now, known, policy
        self.timing, self.limits = timing, limits
        self.answers: dict[str, list[Observed]] = {}

    def round(self) -> Round:
        self._ask(MANIFEST)
        self._ask_new()
        for pause in PAUSES:
            found = self._judged()
            if not (again := paths_to_ask_again(found)):
                return found
            self.timing.sleep(pause)
            self._ask_again(again)
        return self._judged()

    def _ask_again(self, paths: Iterable[str]) -> None:
        """The manifest first: what was bad may be good by another one, and the other way round."""
        if MANIFEST in paths:
            self._ask(MANIFEST)
            paths = paths_to_ask_again(self._judged())
        for path in paths:
            if path != MANIFEST and path in self.answers:
                self._ask(path)
        self._ask_new()

    def _ask_new(self) -> None:
        for path in paths_to_ask(self.answers):
            if path not in self.answers:
                self._ask(path)

    def _ask(self, path: str) -> None:
        found = measure(
            self.base + path,
            now=self.now(),
            limits=self.limits,
            clock=self.timing.clock,
        )
        self.answers.setdefault(path, []).append(_observed(found))

    def _judged(self) -> Round:
        return judged(public(self.base), self.now(), self.answers, self.known, self.policy)


def _observed(found: Measured) -> Observed:
    failure = found.failure
    return Observed(
        status=found.status,
        headers=found.headers,
        body=found.body,
        first_byte_ms=found.first_byte_ms,
        latency_ms=found.total_ms,
        tls_days=found.tls_days,
        redirects=found.redirects,
        fault=_FAULTS.get(failure.kind, Fault.UNREACHABLE) if failure else Fault.NONE,
        reason=failure.text if failure else "",
    )


def _base(base_url: str) -> str:
    """The address that paths are appended to, credentials included."""
    parts = checked(base_url)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    return parts._replace(path=path, query="", fragment="").geturl()


def _clock(now: Now | datetime, timing: Timing) -> Now:
    """Whole seconds in UTC. A moment goes on from now on."""
    if not isinstance(now, datetime):
        return lambda: now().astimezone(UTC).replace(microsecond=0)
    begun, start = now.astimezone(UTC), timing.clock()
    return lambda: (begun + timedelta(seconds=timing.clock() - start)).replace(microsecond=0)


def _joined(one: Known, other: Known) -> Known:
    return {path: {*one.get(path, ()), *other.get(path, ())} for path in {*one, *other}}
