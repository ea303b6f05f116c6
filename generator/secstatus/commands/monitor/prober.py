"""Probe the published site as visitors get it: request, retry bad answers, assess.

The addresses are probed one after another, so that none slows down another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from secstatus import __version__
from secstatus.adapters.http.exchange import HttpAnswer, HttpLimits, HttpRequest, send
from secstatus.adapters.http.response import FailureKind
from secstatus.adapters.http.url import check_url, redact_url
from secstatus.adapters.retry import Timing
from secstatus.monitoring.manifest_check import Deployment, collect_good_digests
from secstatus.monitoring.policy import ProbePolicy
from secstatus.monitoring.probe import Fault, ProbeRun, Response
from secstatus.monitoring.site_check import Known, assess_responses, list_paths, list_paths_to_retry
from secstatus.published.own_manifest import MANIFEST

# As Upptime does. All bad addresses share the pauses.
PAUSES = (2.0, 10.0)
DAY = 86_400
# No retry within a request: each response counts, and the pauses below repeat the bad ones.
LIMITS = HttpLimits(attempt=20.0, size=64 * 1024 * 1024, redirects=3)
# Without Cache-Control: what the caches give to visitors is wanted.
HEADERS = {
    "Accept": "*/*",
    # Browsers ask for gzip, so that is what a cache has to deliver correctly.
    "Accept-Encoding": "gzip",
    "User-Agent": f"secstatus-monitor/{__version__}",
}
Now = Callable[[], datetime]
# What the branch holds at the moment of the call; None where it cannot be read.
Branch = Callable[[], Deployment | None]

_FAULTS = {
    FailureKind.CERTIFICATE: Fault.CERTIFICATE,
    # The largest files of a site have a few megabytes (decision 0008): a larger response is
    # foreign.
    FailureKind.TOO_LARGE: Fault.TAMPERED,
    FailureKind.ENCODING: Fault.ERROR,
    FailureKind.REDIRECT: Fault.ERROR,
}


def look(
    base_url: str,
    now: Now | datetime,
    known: Known | None = None,
    *,
    policy: ProbePolicy | None = None,
    timing: Timing | None = None,
    limits: HttpLimits | None = None,
    branch: Branch | None = None,
) -> ProbeRun:
    """Probe every address of a site once.

    A bad answer counts only if two retries, after 2 and 10 seconds, are as bad. `now`: the
    clock, or the timestamp at which the probe run begins; the run is dated by its end, in whole
    seconds. `known`: what `known_digests` gives. `limits`: of each request. `branch` is read
    after the answers have come, so that what is served cannot be newer than it. Network
    failures are part of the result; raises UsageError for an invalid URL.
    """
    timing = timing or Timing()
    clock = _clock(now, timing)
    how = _ProbeSettings(clock, policy or ProbePolicy(), timing, limits or LIMITS, branch)
    return _SiteProber(base_url, known or {}, how).round()


def rounds(
    base_url: str,
    now: Now | datetime,
    number: int = 1,
    every: float = 0.0,
    known: Known | None = None,
    *,
    policy: ProbePolicy | None = None,
    timing: Timing | None = None,
    limits: HttpLimits | None = None,
    branch: Branch | None = None,
) -> Iterator[ProbeRun]:
    """Yield `number` probe runs, `every` seconds apart. Each uses the digests of earlier ones."""
    timing = timing or Timing()
    clock = _clock(now, timing)
    found: list[ProbeRun] = []
    for count in range(number):
        if count:
            timing.sleep(every)
        seen = _joined(known or {}, known_digests(found, base_url))
        found.append(
            look(base_url, clock, seen, policy=policy, timing=timing, limits=limits, branch=branch)
        )
        yield found[-1]


def known_digests(found: Iterable[ProbeRun], base_url: str) -> Known:
    """Path → digests of content that earlier probe runs of this site found good."""
    return collect_good_digests(found, base_of(base_url))


def base_of(base_url: str) -> str:
    """The base URL as probe runs record it, without credentials. Raises UsageError."""
    return redact_url(_base(base_url))


@dataclass(frozen=True, slots=True)
class _ProbeSettings:
    """The clock and the rules of a probe run."""

    now: Now
    policy: ProbePolicy
    timing: Timing
    limits: HttpLimits
    branch: Branch | None


class _SiteProber:
    """The answers so far, and what they prove."""

    def __init__(self, base_url: str, known: Known, how: _ProbeSettings) -> None:
        self.base, self.known, self.how = _base(base_url), known, how
        self.answers: dict[str, list[Response]] = {}
        self.deployed: Deployment | None = None

    def round(self) -> ProbeRun:
        self._ask(MANIFEST)
        self._ask_new()
        self._read_branch()
        # One bad response is often a hiccup of the network, and a false alarm costs trust.
        for pause in PAUSES:
            found = self._judged()
            if not (again := list_paths_to_retry(found)):
                return found
            self.how.timing.sleep(pause)
            self._ask_again(again)
            self._read_branch()
        return self._judged()

    def _read_branch(self) -> None:
        if self.how.branch is not None:
            self.deployed = self.how.branch()

    def _ask_again(self, paths: Iterable[str]) -> None:
        """Retry the manifest first: a new manifest can change the verdict on the other files."""
        # All other files are compared with the manifest (decision 0016).
        if MANIFEST in paths:
            self._ask(MANIFEST)
            paths = list_paths_to_retry(self._judged())
        for path in paths:
            if path != MANIFEST and path in self.answers:
                self._ask(path)
        self._ask_new()

    def _ask_new(self) -> None:
        for path in list_paths(self.answers):
            if path not in self.answers:
                self._ask(path)

    def _ask(self, path: str) -> None:
        now = self.how.now()
        request = HttpRequest(self.base + path, headers=HEADERS)
        found = send(request, self.how.limits, clock=self.how.timing.clock)
        self.answers.setdefault(path, []).append(_observed(found, now))

    def _judged(self) -> ProbeRun:
        at, policy = self.how.now(), self.how.policy
        return assess_responses(
            redact_url(self.base), at, self.answers, self.known, policy, self.deployed
        )


def _observed(found: HttpAnswer, now: datetime) -> Response:
    failure, end = found.failure, found.certificate_end
    return Response(
        status=found.status or None,
        headers=found.headers,
        body=found.body,
        first_byte_ms=found.first_byte_ms,
        latency_ms=found.total_ms,
        tls_days=None if end is None else (end - now.timestamp()) / DAY,
        redirects=found.redirects,
        fault=_FAULTS.get(failure.kind, Fault.UNREACHABLE) if failure else Fault.NONE,
        reason=failure.text if failure else "",
    )


def _base(base_url: str) -> str:
    """The address that paths are appended to, credentials included."""
    parts = check_url(base_url)
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    # A query belongs to one page; the paths of all files are appended here.
    return parts._replace(path=path, query="", fragment="").geturl()


def _clock(now: Now | datetime, timing: Timing) -> Now:
    """A clock in whole seconds, UTC. A given timestamp advances from now on."""
    if not isinstance(now, datetime):
        return lambda: now().astimezone(UTC).replace(microsecond=0)
    # The monotonic clock goes on, while the clock of the system may be set back meanwhile.
    begun, start = now.astimezone(UTC), timing.clock()
    return lambda: (begun + timedelta(seconds=timing.clock() - start)).replace(microsecond=0)


def _joined(one: Known, other: Known) -> Known:
    return {path: {*one.get(path, ()), *other.get(path, ())} for path in {*one, *other}}
