"""The documents of a small site, and answers that serve them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from secstatus.monitoring.policy import ProbePolicy
from secstatus.monitoring.probe import Response
from secstatus.monitoring.site_check import BADGE, FEED, assess_responses
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import PAGE

AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
NOW = AS_OF + timedelta(hours=9)
BASE = "https://status.example/coral/"
FILES = (PAGE, INDEX, STATUS, BADGE, FEED)
PATHS = (MANIFEST, *FILES)


def text(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def site(as_of=AS_OF, grade="A", changes=None, index=None, status=None, without=()):
    """Path → content, the page's being `""`. The arguments change single keys; None takes away."""
    said = {
        "as_of": text(as_of),
        "policy": {"cadence_days": 7},
        "revision": 12,
        "scan_date": text(AS_OF - timedelta(days=1)),
        "security_grade": grade,
        "valid_until": text(AS_OF + timedelta(days=9)),
    }
    day = text(as_of)
    files = {
        PAGE: f'<p>True as of <time datetime="{day}">a day</time>; grade {grade}</p>'.encode(),
        INDEX: document({**said, "package": "coral"}, index),
        STATUS: document(said, status),
        BADGE: f"<svg>{grade}, {day[:10]}</svg>".encode(),
        FEED: f"<feed>{day[:7]}</feed>".encode(),
    }
    files = {path: body for path, body in files.items() if path not in without}
    return {MANIFEST: manifest(files, as_of, grade, changes), **files}


def document(keys, changes=None):
    return json.dumps({**keys, **(changes or {})}).encode()


def manifest(files, as_of=AS_OF, grade="A", changes=None):
    entries = {
        path or "index.html": {"sha256": sha256(body).hexdigest(), "size": len(body)}
        for path, body in files.items()
    }
    lines = "".join(f"{path}\0{entries[path]['sha256']}\n" for path in sorted(entries))
    keys = {
        "as_of": text(as_of),
        "changes_at": text(as_of + timedelta(days=1)),
        "files": entries,
        "revision": sha256(lines.encode()).hexdigest(),
        "security_grade": grade,
        "tool": {"name": "secstatus", "version": "0.1.0"},
        "unreadable": None,
    }
    return document(keys, changes)


def answer(body=b"", status=200, ms=40.0, **more):
    return Response(status=status, body=body, first_byte_ms=ms / 2, latency_ms=ms, **more)


def answers(files):
    """Each path answered once, and well."""
    return {path: [answer(body)] for path, body in files.items()}


def spoilt(found, path, **changes):
    """The answers, with something else in the last answer of a path."""
    of_path = found[path]
    return {**found, path: [*of_path[:-1], replace(of_path[-1], **changes)]}


def judge(found, at=NOW, known=None, **policy):
    return assess_responses(BASE, at, found, known or {}, ProbePolicy(**policy))


def by_path(found):
    return {probe.path: probe for probe in found.probes}
