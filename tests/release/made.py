"""Items and standings for the tests of the room."""

from datetime import UTC, date, datetime, timedelta

from secstatus.findings.finding import Finding
from secstatus.findings.severity import Severity
from secstatus.release.changes import SecurityChangeDetector
from secstatus.release.decision import Before, ReleaseRequest, decide
from secstatus.release.policy import ReleasePolicy
from secstatus.release.snapshot import Snapshot, SnapshotFinding, SnapshotState
from secstatus.status.policy import Grade

MONDAY = datetime(2026, 11, 2, 4, tzinfo=UTC)
WEEK = timedelta(days=7)


def item(
    name="CVE-2026-1",
    severity="high",
    state="open",
    opened=date(2026, 11, 9),
    package="kelp",
    **more,
):
    finding = Finding(name, Severity(severity), opened, package, "1.0", title="A flaw")
    return SnapshotFinding(
        name, Severity(severity), SnapshotState(state), opened, package, finding=finding, **more
    )


def standing(*items, at=MONDAY, grade="B", proved=True, doubts=()):
    return Snapshot(at, at, Grade(grade), proved, tuple(items), tuple(doubts))


def decision(old, new, request=None, policy=None, now=None, **before):
    """What is decided a week after `old`, on its successor `new`."""
    now = now or new.at
    policy = policy or ReleasePolicy()
    changes = SecurityChangeDetector(policy.unknown_days).between(old, new, now.date())
    earlier = Before(now, scan=f"{new.scanned_at}", **before)
    return decide(changes, request or ReleaseRequest(), policy, earlier)
