"""Makes the journal of `data/states/measured`: `python -m tests.site.measured` writes it anew.

Forty days of looks up to the morning of 24 Nov 2026, among them slow ones, one that found the site
down, a gap of three days, two attempts to publish, and an alert that is open.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import encode_line
from secstatus.monitoring.probe import Fault, Probe, ProbeRun, ProbeState

JOURNAL = Path(__file__).parents[1] / "data/states/measured/security/status/journal.jsonl"
BASE = "https://deepsea-tools.github.io/lanternfish/security-status/"
SIZES = {
    "": 14_220,
    "api/v1/manifest.json": 11_904,
    "api/v1/status.json": 3_118,
    "badges/grade.svg": 1_102,
    "feed.atom": 5_870,
    "index.json": 3_420,
}
END = datetime(2026, 11, 24, 8, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SILENT, DOWN, SLOW = range(17, 20), (29,), (3, 12, 13, 30)


def probe(path, number, day):
    time = 70.0 + 11 * ((7 * number + 3 * day) % 13) + 5 * number
    fields = {"http_status": 200, "tls_days": 50.0 + day, "size": SIZES[path], "encoding": "gzip"}
    if day in DOWN and number % 2:
        reason = "The server answered with 503; expected 200."
        fields |= {"http_status": 503, "size": None, "encoding": "", "attempts": 3}
        return Probe(ProbeState.DOWN, Fault.ERROR, reason, path=path, latency_ms=31.0, **fields)
    fields |= {"first_byte_ms": time * 0.6, "age": 40 * number, "cache_hit": number != 1}
    if day in SLOW and number == 0:
        reason = "It took 1,460 ms; expected at most 1,000."
        return Probe(
            ProbeState.SLOW, Fault.SLOW, reason, path=path, latency_ms=1460.0, attempts=3, **fields
        )
    return Probe(ProbeState.UP, path=path, latency_ms=time, **fields)


def look(at, day):
    probes = tuple(probe(path, number, day) for number, path in enumerate(SIZES))
    return ProbeRun(at, BASE, probes)


def rounds():
    """One look a day, and four on each of the last two; `day` counts back from the last."""
    for day in reversed(range(40)):
        if day not in SILENT:
            hours = (18, 12, 6, 0) if day < 2 else (0,)
            yield from (look(END - day * DAY - back * HOUR, day) for back in hours)


def events():
    for day in (36, 29, 22, 15, 8, 1):
        at = END - day * DAY - 4 * HOUR
        yield Event(at, "ingest", "incomplete" if day == 22 else "complete", {"grade": "A"})
    refused = {"area": "trusted publishing", "attempts": 1, "version": "1.4.2"}
    yield Event(END - 10 * DAY, "publish", "refused", refused)
    yield Event(END - 9 * DAY, "publish", "published", {"attempts": 1, "version": "1.4.2"})
    text = "the run of 2026-11-14 could not prove its identity; see the settings of the index"
    alert = {"alert": "publishing_failure", "subject": "lanternfish 1.4.1", "text": text}
    since = {"since": "2026-11-14T08:00:00Z"}
    yield Event(END - 10 * DAY, "alert", "raised", {**alert, **since})
    file = {"failed": 1, "last": "success", "last_at": "2026-11-23T04:20:00Z", "runs": 31}
    yield Event(END - 2 * HOUR, "build", "built", {"grade": "A", "written": 12, "removed": 0})
    yield Event(
        END - HOUR,
        "workflows",
        "ok",
        {
            "by": "the code host",
            "cancelled": 1,
            "days": 30,
            "disabled": [],
            "failed": 1,
            "minutes": 74,
            "minutes_of": 36,
            "runs": 36,
            "succeeded": 34,
            "workflows": {
                "security-status.yml": {**file, "minutes": 62},
                "status-rebuild.yml": {"failed": 0, "minutes": 12, "runs": 5},
            },
        },
    )


def lines():
    every = sorted([*rounds(), *events()], key=lambda each: each.at)
    return b"".join(encode_line(each) for each in every)


if __name__ == "__main__":
    JOURNAL.write_bytes(lines())
