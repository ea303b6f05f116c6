"""Assess the responses of one probe run: a verdict for each address, by the manifest.

The manifest proves every other file. Content that differs from it is never `up`: it is older or
newer if something shows that, and tampered with otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from hashlib import sha256

from secstatus.errors import InputError
from secstatus.monitoring.manifest_check import (
    NOT_DEPLOYED,
    Deployment,
    DocumentCheck,
    assess_deployed_file,
    assess_other_build,
    check_documents,
    check_future,
    compare_with_deployment,
    find_deployment_time,
)
from secstatus.monitoring.policy import ProbePolicy
from secstatus.monitoring.probe import (
    FOREIGN,
    ORDER,
    Fault,
    Probe,
    ProbeRun,
    ProbeState,
    Response,
    ResponseVerdict,
    ServedCopy,
    assess_missing_content,
    assess_speed,
    make_probe,
    make_tampered_verdict,
)
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.manifest import PublishedManifest, parse_manifest
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import PAGE
from secstatus.timestamps import format_timestamp

BADGE, FEED = "badges/grade.svg", "feed.atom"
# One file of each kind: the page, the API, a badge, a feed. A request for each file of a site would
# burden the host, and cost runner minutes.
PATHS = (MANIFEST, PAGE, INDEX, STATUS, BADGE, FEED)
# The files that show a grade. They are untrue once the status has expired.
_EXPIRING = frozenset({PAGE, INDEX, STATUS, BADGE})
_GONE = frozenset({404, 410})
# In hours. `timedelta` takes no more than 999,999,999 days, and the policy any number of hours.
LATEST = 24 * 3660
DAY = timedelta(days=1)
# The faults that another manifest may explain.
_CONTENT = frozenset({Fault.HALF_DEPLOYED, Fault.TAMPERED, *NOT_DEPLOYED})

Answers = Mapping[str, Sequence[Response]]
Known = Mapping[str, Collection[str]]


def list_paths(answers: Answers) -> tuple[str, ...]:
    """The addresses of a probe run, the manifest first.

    Those that the manifest lists; all of them if it cannot be read.
    """
    return _paths(_find_manifest(answers.get(MANIFEST, ()))[1])


def assess_responses(
    base: str,
    at: datetime,
    answers: Answers,
    known: Known,
    policy: ProbePolicy | None = None,
    deployed: Deployment | None = None,
) -> ProbeRun:
    """The probe run that the responses prove at a time.

    `answers`: path → responses in the order of the requests. The best response of an address
    counts, and the last manifest that can be read. `known`: path → digests that earlier probe runs
    have found good. `deployed`: the content of the branch, read after the last response; None if
    it was not read. An address without a request is down.
    """
    copies, manifest = _find_manifest(answers.get(MANIFEST, ()))
    policy = policy or ProbePolicy()
    return _SiteAssessment(at, answers, known, policy, deployed, copies, manifest).assess(base)


def list_paths_to_retry(found: ProbeRun) -> tuple[str, ...]:
    """The bad addresses, and the manifest if the content of another one differs from it."""
    return tuple(
        probe.path
        for probe in found.probes
        if probe.state is not ProbeState.UP
        or (probe.path == MANIFEST and any(each.fault in _CONTENT for each in found.probes))
    )


def _paths(manifest: PublishedManifest | None) -> tuple[str, ...]:
    return tuple(
        path
        for path in PATHS
        if path == MANIFEST or manifest is None or _file_of(path) in manifest.files
    )


def _file_of(path: str) -> str:
    return path or "index.html"


def _find_manifest(
    answers: Sequence[Response],
) -> tuple[Sequence[Response], PublishedManifest | None]:
    """The last manifest that can be read, with its responses; without one all responses."""
    for answer in reversed(answers):
        if answer.has_content:
            try:
                manifest = parse_manifest(answer.body, strict=True)
            except InputError:
                continue
            return [each for each in answers if _same(each, answer)], manifest
    return answers, None


def _same(one: Response, other: Response) -> bool:
    return one.has_content and one.body == other.body


@dataclass(frozen=True)
class _SiteAssessment:
    """The responses of one probe run with the manifest among them."""

    at: datetime
    answers: Answers
    known: Known
    policy: ProbePolicy
    deployed: Deployment | None
    copies: Sequence[Response]
    manifest: PublishedManifest | None

    def assess(self, base: str) -> ProbeRun:
        paths = _paths(self.manifest)
        probes = (self._manifest_probe, *(self._probe(path) for path in paths if path != MANIFEST))
        return ProbeRun(self.at, base, probes, self._served())

    @cached_property
    def _manifest_probe(self) -> Probe:
        return self._best(MANIFEST, self.copies, [self._assess_manifest(e) for e in self.copies])

    @cached_property
    def _trusted(self) -> PublishedManifest | None:
        """The manifest, unless its verdict is that it is foreign: then it proves no file."""
        return None if self._manifest_probe.fault in FOREIGN else self.manifest

    @cached_property
    def _documents(self) -> DocumentCheck:
        bodies: dict[str, bytes] = {}
        for path in (STATUS, INDEX):
            responses = self.answers.get(path, ())
            published = [each.body for each in responses if self._is_published(path, each)]
            bodies |= {path: published[0]} if published else {}
        return check_documents(bodies, self._trusted) if self._trusted else DocumentCheck()

    def _probe(self, path: str) -> Probe:
        answers = self.answers.get(path, ())
        return self._best(path, answers, [self._assess_file(path, each) for each in answers])

    def _best(
        self, path: str, answers: Sequence[Response], verdicts: Sequence[ResponseVerdict]
    ) -> Probe:
        """The probe by its best response; the faster one of equal ones, then the later one."""
        attempts = len(self.answers.get(path, ()))
        if not answers:
            reason = "it was not requested"
            return Probe(ProbeState.DOWN, Fault.UNREACHABLE, reason, path=path)
        # A cache may answer one request from an old copy and the next one from a new copy.
        pairs = list(zip(answers, verdicts, strict=True))
        answer, verdict = min(
            reversed(pairs), key=lambda pair: (ORDER.index(pair[1].state), _time(pair[0]))
        )
        return make_probe(path, answer, verdict, attempts)

    def _assess_manifest(self, answer: Response) -> ResponseVerdict:
        if not answer.has_content:
            return assess_missing_content(answer)
        if self.manifest is None:
            return make_tampered_verdict(_explain_unreadable(answer.body))
        if future := check_future(self.manifest.as_of, self.at):
            return future
        differs = compare_with_deployment(answer.body, self.manifest, self.deployed, self.at)
        late = differs or self._assess_age(self.manifest)
        return late or assess_speed(answer, self.policy.slow_ms)

    def _assess_age(self, manifest: PublishedManifest) -> ResponseVerdict | None:
        """The verdict that the site is too old; None if it is not."""
        # The daily build renews a site; `changes_at` of an attacker may be years away.
        due = min(manifest.changes_at, manifest.as_of + DAY)
        if self.at - due <= timedelta(hours=min(self.policy.renew_hours, LATEST)):
            return None
        reason = f"it should have been renewed by {format_timestamp(due)}"
        return ResponseVerdict(ProbeState.STALE, Fault.NOT_RENEWED, reason)

    def _assess_file(self, path: str, answer: Response) -> ResponseVerdict:
        manifest = self._trusted
        if manifest is None:
            return self._assess_unproved(answer)
        if not answer.has_content:
            return _assess_missing_file(answer)
        if not self._is_published(path, answer):
            return self._assess_difference(path, answer, manifest)
        if path in self._documents.contradictions:
            return make_tampered_verdict(self._documents.contradictions[path])
        status = self._documents.status
        until = status.valid_until if status and path in _EXPIRING else None
        if until is not None and until <= self.at:
            reason = f"its status was valid until {format_timestamp(until)}"
            return ResponseVerdict(ProbeState.STALE, Fault.EXPIRED, reason)
        # The content matches a manifest that is not the deployed one: both may be an old copy.
        if self._manifest_probe.fault in NOT_DEPLOYED:
            return self._assess_unproved(answer)
        late = self._assess_age(manifest) if path in _EXPIRING else None
        return late or assess_speed(answer, self.policy.slow_ms)

    def _assess_difference(
        self, path: str, answer: Response, manifest: PublishedManifest
    ) -> ResponseVerdict:
        newer = assess_deployed_file(path, answer, self._manifest_probe, self.deployed)
        if newer is not None:
            return newer
        since = find_deployment_time(self.copies[-1], manifest, self.at)
        good = self.known.get(path, ())
        return assess_other_build(path, answer, manifest, good, since, self.at)

    def _assess_unproved(self, answer: Response) -> ResponseVerdict:
        """The verdict of the manifest, which is the reason why the file is not proved."""
        if not answer.has_content:
            return assess_missing_content(answer)
        of = self._manifest_probe
        return ResponseVerdict(of.state, of.fault, f"{MANIFEST} does not prove it")

    def _is_published(self, path: str, answer: Response) -> bool:
        if self._trusted is None or not answer.has_content:
            return False
        entry = self._trusted.files[_file_of(path)]
        body = answer.body
        return len(body) == entry.size and sha256(body).hexdigest() == entry.sha256

    def _served(self) -> ServedCopy:
        manifest, status = self._trusted, self._documents.status
        served = ServedCopy(deployed=self.deployed.mark if self.deployed else "")
        if manifest is not None:
            served = replace(
                served,
                as_of=manifest.as_of,
                changes_at=manifest.changes_at,
                revision=manifest.revision,
                grade=manifest.grade,
            )
        if status is not None:
            served = replace(
                served,
                valid_until=status.valid_until,
                scan_date=status.scan_date,
                cadence_days=status.cadence_days,
            )
        return served


def _assess_missing_file(answer: Response) -> ResponseVerdict:
    # A host answers 404 and 410 for a file that it does not have; other errors may pass.
    if answer.fault is Fault.NONE and answer.status in _GONE:
        reason = f"status {answer.status} for a file that the manifest lists"
        return ResponseVerdict(ProbeState.DOWN, Fault.HALF_DEPLOYED, reason)
    return assess_missing_content(answer)


def _time(answer: Response) -> float:
    return float("inf") if answer.latency_ms is None else answer.latency_ms


def _explain_unreadable(body: bytes) -> str:
    try:
        parse_manifest(body, strict=True)
    except InputError as error:
        return error.message
    return "another manifest was read later"
