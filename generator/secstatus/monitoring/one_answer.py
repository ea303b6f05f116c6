"""What one answer shows by itself, without the others: content or none, quick or slow."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.monitoring.cache_headers import age_of, cache_hit
from secstatus.monitoring.line_values import cut
from secstatus.monitoring.observed import Observed, digest_of
from secstatus.monitoring.probe import Fault, Probe, ProbeState


@dataclass(frozen=True, slots=True)
class JudgedResponse:
    """How an address is by one of its answers. `reason` is empty for `up`."""

    state: ProbeState
    fault: Fault = Fault.NONE
    reason: str = ""


UP = JudgedResponse(ProbeState.UP)


def judge_tampered(reason: str) -> JudgedResponse:
    return JudgedResponse(ProbeState.TAMPERED, Fault.TAMPERED, reason)


def without_content(answer: Observed) -> JudgedResponse:
    """For an answer that is not the file, whatever its body says."""
    if answer.fault is Fault.TAMPERED:
        return judge_tampered(answer.reason)
    if answer.fault is not Fault.NONE:
        return JudgedResponse(ProbeState.DOWN, answer.fault, answer.reason)
    status = answer.status or 0
    fault = Fault.REFUSED if 400 <= status < 500 else Fault.ERROR
    return JudgedResponse(ProbeState.DOWN, fault, f"status {status}, expected 200")


def by_speed(answer: Observed, slow_ms: float) -> JudgedResponse:
    """For an answer that is good. What was not measured is not quick."""
    time = answer.latency_ms
    if time is not None and time <= slow_ms:
        return UP
    took = "its time is not known" if time is None else f"it took {time:.0f} ms"
    return JudgedResponse(ProbeState.SLOW, Fault.SLOW, f"{took}, good are at most {slow_ms:g} ms")


def probe_of(path: str, answer: Observed, found: JudgedResponse, attempts: int) -> Probe:
    """The address as the journal keeps it."""
    led = f"; redirected to {answer.redirects[-1]}" if answer.redirects and found.reason else ""
    has_body = answer.fault is Fault.NONE and answer.status is not None
    return Probe(
        path=path,
        state=found.state,
        fault=found.fault,
        reason=cut(found.reason + led),
        http_status=answer.status,
        first_byte_ms=answer.first_byte_ms,
        latency_ms=answer.latency_ms,
        size=len(answer.body) if has_body else None,
        tls_days=answer.tls_days,
        age=age_of(answer.headers),
        cache_hit=cache_hit(answer.headers),
        encoding=cut(answer.headers.get("content-encoding", ""), 20),
        digest=digest_of(answer.body) if has_body and answer.body else "",
        attempts=attempts,
    )
