"""What a release must fulfil: the policy, and the gate on the security status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from secstatus.findings.severity import Severity
from secstatus.status.grade import Letter
from secstatus.text.escaping import shorten, to_one_line

if TYPE_CHECKING:
    # The configuration is read into these policies; pydantic stays out of it.
    from secstatus.status.security_status import SecurityStatus


class Isolation(StrEnum):
    """Whether the build gets an environment of its own, which needs a package index.

    `AUTO`: it does, unless what the project asks for cannot be installed; then the environment of
    this program is used, and the result says so.
    """

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Reproducible(StrEnum):
    """What two builds of the commit have to have in common.

    `CONTENT`: names and contents of the members; permissions and times may differ, as those of
    setuptools do.
    """

    BYTES = "bytes"
    CONTENT = "content"
    NO = "no"


@dataclass(frozen=True, slots=True)
class PreflightPolicy:
    """What has to hold before a release.

    `worst_grade` is the worst one that may go out,
    `most_critical` and `most_high` how many such findings may be open, None for any: a release may
    be the one that tells of them. `coverage_required`: the status has to name its scans.

    `branch` is the branch that the commit has to be on, empty for any; `remote` is asked where the
    clone does not know. `tag` is the name of the tag with `{version}` in it; empty: that of the
    bump, else `v{version}`.

    `allowed_files` are globs of files in the distributions that are right although they look like
    a secret, a test, or like nothing that is tracked.
    """

    worst_grade: Letter = Letter.F
    most_critical: int | None = None
    most_high: int | None = None
    coverage_required: bool = True
    branch: str = ""
    remote: str = "origin"
    tag: str = ""
    tag_required: bool = False
    isolation: Isolation = Isolation.AUTO
    reproducible: Reproducible = Reproducible.BYTES
    tests_in_wheel: bool = False
    allowed_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyPolicy:
    """What has to hold after a release. `index_url` empty: the one that twine uploads to.

    `workflow` and `environment` are those of the trusted publisher; empty for any.
    """

    index_url: str = ""
    attestations_required: bool = False
    workflow: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class PublishingConfig:
    """How a release is published. The command line may override it.

    `pypi_repository` is the upload URL, None for that of twine. `quality_gates_required` are the
    commands that must pass before a release. `retry_attempts` count for one file, and
    `timeout_seconds` for one attempt.

    The names are those of the design's model. Its `aws_role_arn` does not exist here: a trusted
    publisher exchanges the identity token of the job and needs no role. Notification channels are
    read from the environment, because their addresses are secrets.
    """

    pypi_repository: str | None = None
    quality_gates_required: tuple[str, ...] = ()
    retry_attempts: int = 3
    timeout_seconds: float = 600.0
    preflight: PreflightPolicy = PreflightPolicy()
    verify: VerifyPolicy = VerifyPolicy()


MOST_NAMED = 20


def objections(status: SecurityStatus, policy: PreflightPolicy) -> tuple[str, ...]:
    """Why the status does not allow a release, one line each; none when it does.

    A status that is not proved, not fresh or worse than the policy allows never does.
    """
    return tuple(_objections(status, policy))


def _objections(status: SecurityStatus, policy: PreflightPolicy) -> Iterator[str]:
    for reason in status.reasons:
        # A stale status may still have grade B or C, and proves nothing about this release.
        old = reason.rule.startswith("freshness.") and reason.ceiling is not Letter.A
        if reason.ceiling is Letter.UNKNOWN or old:
            yield shorten(to_one_line(f"{reason.text}. {reason.detail}")).strip()
    if not status.proved:
        yield "the grade is not proved"
    if policy.coverage_required and not status.coverage_stated:
        yield "the status does not say which scans it rests on; ingest the reports of the scanners"
    letter = status.security_grade
    if letter is Letter.UNKNOWN:
        yield "the grade is ?, and a release needs a proved grade"
    # A higher rank is a worse grade.
    elif letter.rank > policy.worst_grade.rank:
        yield f"the grade is {letter.value}, at least {policy.worst_grade.value} is required"
    summary = status.vulnerability_summary
    yield from _too_many(status, Severity.CRITICAL, summary.critical, policy.most_critical)
    yield from _too_many(status, Severity.HIGH, summary.high, policy.most_high)


def _too_many(
    status: SecurityStatus, severity: Severity, count: int, most: int | None
) -> Iterator[str]:
    if most is None or count <= most:
        return
    found = [
        shorten(to_one_line(each.finding_id), 120)
        for each in status.findings
        # Accepted findings do not count in the summary either.
        if each.severity is severity and not each.accepted
    ]
    more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
    named = ", ".join(found[:MOST_NAMED]) + more
    yield f"{count} open {severity.value} findings, at most {most} are allowed: {named}"
