"""What the answers of one look prove about a site: each address judged, the worst fault told.

The manifest vouches for every other file. What it does not vouch for is never `up`: it is older
or newer where something shows that, and tampered with where nothing does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from secstatus.errors import InputError
from secstatus.monitoring.manifest_check import (
    NOT_DEPLOYED,
    Deployment,
    assess_deployed_file,
    assess_other_build,
    check_future,
    compare_with_deployment,
    find_deployment_time,
)
from secstatus.monitoring.policy import ProbePolicy
from secstatus.monitoring.probe import (
    FOREIGN,
    ORDER,
    PROVED,
    UP,
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
from secstatus.published.manifest import MANIFEST, PublishedManifest, parse_manifest
from secstatus.published.status import PAGE, PublishedStatus, parse_published_status
from secstatus.timestamps import format_timestamp

BADGE, FEED = "badges/grade.svg", "feed.atom"
PATHS = (MANIFEST, PAGE, INDEX, STATUS, BADGE, FEED)
# What shows a grade, and so is untrue once the grade has lapsed.
_LAPSING = frozenset({PAGE, INDEX, STATUS, BADGE})
_GONE = frozenset({404, 410})
DAY, LATEST = timedelta(days=1), 24 * 3660
_CONTENT = frozenset({Fault.HALF_DEPLOYED, Fault.TAMPERED, *NOT_DEPLOYED})

Answers = Mapping[str, Sequence[Response]]
Known = Mapping[str, Collection[str]]


def list_paths(answers: Answers) -> tuple[str, ...]:
    """The addresses that belong to a look, the manifest first.

    Those that the manifest lists; all of them where it cannot be read.
    """
    return _paths(_newest(answers.get(MANIFEST, ()))[1])


def assess_responses(
    base: str,
    at: datetime,
    answers: Answers,
    known: Known,
    policy: ProbePolicy | None = None,
    deployed: Deployment | None = None,
) -> ProbeRun:
    """The round that the answers prove at a moment. `answers`: of each path, in the order asked.

    The best answer of an address counts, and the last manifest that can be read. `known`: path →
    digests that earlier rounds have seen good. `deployed`: what the branch held after the answers
    had come; None where nobody has read it. An address that was not asked is down. Where neither
    `index.json` nor the status is the published one, nobody can say until when the page holds; then
    the round is not up because of these two.
    """
    return _SiteAssessment(at, answers, known, policy or ProbePolicy(), deployed).round(base)


def list_paths_to_retry(found: ProbeRun) -> tuple[str, ...]:
    """The bad addresses; the manifest, too, where others are not as it says."""
    return tuple(
        probe.path
        for probe in found.probes
        if probe.state is not ProbeState.UP
        or (probe.path == MANIFEST and any(each.fault in _CONTENT for each in found.probes))
    )


def collect_good_digests(runs: Iterable[ProbeRun], base: str) -> dict[str, frozenset[str]]:
    """Path → digests that were those of the manifest, in rounds without anything foreign."""
    found: dict[str, set[str]] = {}
    for each in runs:
        if each.base != base or any(probe.fault in FOREIGN for probe in each.probes):
            continue
        for probe in each.probes:
            if probe.fault in PROVED and probe.digest:
                found.setdefault(probe.path, set()).add(probe.digest)
    return {path: frozenset(digests) for path, digests in found.items()}


def _paths(manifest: PublishedManifest | None) -> tuple[str, ...]:
    return tuple(
        path
        for path in PATHS
        if path == MANIFEST or manifest is None or _file_of(path) in manifest.files
    )


def _file_of(path: str) -> str:
    return path or "index.html"


def _newest(answers: Sequence[Response]) -> tuple[Sequence[Response], PublishedManifest | None]:
    """The last manifest that can be read, with the answers that are it; else all of them."""
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


@dataclass(slots=True)
class _SiteAssessment:
    """The answers of one look, held against each other."""

    at: datetime
    answers: Answers
    known: Known
    policy: ProbePolicy
    deployed: Deployment | None
    manifest: PublishedManifest | None = None
    put_there: datetime | None = None
    of_manifest: ResponseVerdict = UP
    said: dict[str, PublishedStatus] = field(default_factory=dict)
    contradictions: dict[str, str] = field(default_factory=dict)

    def round(self, base: str) -> ProbeRun:
        told, manifest = _newest(self.answers.get(MANIFEST, ()))
        first = self._best(MANIFEST, told, [self._manifest(each, manifest) for each in told])
        self.of_manifest = ResponseVerdict(first.state, first.fault, first.reason)
        if first.fault not in FOREIGN:
            self.manifest = manifest
        if manifest is not None:
            self.put_there = find_deployment_time(told[-1], manifest, self.at)
        self._read_documents()
        others = (self._probe(path) for path in _paths(manifest) if path != MANIFEST)
        return ProbeRun(self.at, base, (first, *others), self._served())

    def _probe(self, path: str) -> Probe:
        answers = self.answers.get(path, ())
        return self._best(path, answers, [self._file(path, each) for each in answers])

    def _best(
        self, path: str, answers: Sequence[Response], found: Sequence[ResponseVerdict]
    ) -> Probe:
        """The address by its best answer; the quicker of equal ones, and the later."""
        attempts = len(self.answers.get(path, ()))
        if not answers:
            reason = "it was not asked"
            return Probe(
                path, ProbeState.DOWN, Fault.UNREACHABLE, reason, attempts=max(attempts, 1)
            )
        pairs = list(zip(answers, found, strict=True))
        answer, verdict = min(
            reversed(pairs), key=lambda pair: (ORDER.index(pair[1].state), _time(pair[0]))
        )
        return make_probe(path, answer, verdict, attempts)

    def _manifest(self, answer: Response, manifest: PublishedManifest | None) -> ResponseVerdict:
        if not answer.has_content:
            return assess_missing_content(answer)
        if manifest is None:
            return make_tampered_verdict(_why_not(answer.body))
        if future := check_future(manifest.as_of, self.at):
            return future
        differs = compare_with_deployment(answer.body, manifest, self.deployed, self.at)
        return differs or self._late(manifest) or assess_speed(answer, self.policy.slow_ms)

    def _late(self, manifest: PublishedManifest | None) -> ResponseVerdict | None:
        """A site is renewed every day, whatever it says of itself."""
        if manifest is None:
            return None
        due = min(manifest.changes_at, manifest.as_of + DAY)
        if self.at - due <= timedelta(hours=min(self.policy.renew_hours, LATEST)):
            return None
        reason = f"it should have been renewed at {format_timestamp(due)}"
        return ResponseVerdict(ProbeState.STALE, Fault.NOT_RENEWED, reason)

    def _file(self, path: str, answer: Response) -> ResponseVerdict:
        if self.manifest is None:
            return self._unvouched(answer)
        if not answer.has_content:
            gone = answer.fault is Fault.NONE and answer.status in _GONE
            reason = f"status {answer.status} for a file that the manifest lists"
            half = ResponseVerdict(ProbeState.DOWN, Fault.HALF_DEPLOYED, reason)
            return half if gone else assess_missing_content(answer)
        if not self._is_published(path, answer):
            good, since = self.known.get(path, ()), self.put_there or self.at
            newer = assess_deployed_file(path, answer, self.of_manifest, self.deployed)
            return newer or assess_other_build(path, answer, self.manifest, good, since, self.at)
        if path in self.contradictions:
            return make_tampered_verdict(self.contradictions[path])
        until = self._valid_until()
        if path in _LAPSING and until is not None and until <= self.at:
            return ResponseVerdict(
                ProbeState.STALE,
                Fault.EXPIRED,
                f"what it says held until {format_timestamp(until)}",
            )
        if self.of_manifest.fault in NOT_DEPLOYED:
            return self._unvouched(answer)
        late = self._late(self.manifest) if path in _LAPSING else None
        return late or assess_speed(answer, self.policy.slow_ms)

    def _unvouched(self, answer: Response) -> ResponseVerdict:
        """Without the manifest of the deployed site nobody can say whether it is published."""
        if not answer.has_content:
            return assess_missing_content(answer)
        of = self.of_manifest
        return ResponseVerdict(of.state, of.fault, f"{MANIFEST} does not vouch for it")

    def _is_published(self, path: str, answer: Response) -> bool:
        if self.manifest is None or not answer.has_content:
            return False
        entry = self.manifest.files[_file_of(path)]
        body = answer.body
        return len(body) == entry.size and sha256(body).hexdigest() == entry.sha256

    def _read_documents(self) -> None:
        """What the published status and index say, and where they contradict something."""
        for path in (STATUS, INDEX):
            of_path = self.answers.get(path, ())
            published = [each for each in of_path if self._is_published(path, each)]
            if published:
                try:
                    self.said[path] = parse_published_status(published[0].body, path)
                except InputError as error:
                    self.contradictions[path] = error.message
        if self.manifest is not None:
            self._compare(self.manifest)

    def _compare(self, manifest: PublishedManifest) -> None:
        for path, said in self.said.items():
            if (said.as_of, said.grade) != (manifest.as_of, manifest.grade):
                found = f"grade {said.grade} as of {format_timestamp(said.as_of)}"
                expected = f"{manifest.grade} as of {format_timestamp(manifest.as_of)}"
                self.contradictions[path] = f"it says {found}, the manifest says {expected}"
        agreeing = {
            path: said for path, said in self.said.items() if path not in self.contradictions
        }
        if len(set(agreeing.values())) > 1:
            text = f"{INDEX} and {STATUS} contradict each other"
            self.contradictions |= dict.fromkeys(agreeing, text)

    def _documents(self) -> Iterator[PublishedStatus]:
        return (said for path, said in self.said.items() if path not in self.contradictions)

    def _valid_until(self) -> datetime | None:
        return next((each.valid_until for each in self._documents()), None)

    def _served(self) -> ServedCopy:
        manifest, said = self.manifest, next(self._documents(), None)
        deployed = self.deployed.mark if self.deployed else ""
        if manifest is None:
            return ServedCopy(deployed=deployed)
        return ServedCopy(
            as_of=manifest.as_of,
            changes_at=manifest.changes_at,
            revision=manifest.revision,
            valid_until=said.valid_until if said else None,
            scan_date=said.scan_date if said else None,
            cadence_days=said.cadence_days if said else None,
            grade=manifest.grade,
            deployed=deployed,
        )


def _time(answer: Response) -> float:
    return float("inf") if answer.latency_ms is None else answer.latency_ms


def _why_not(body: bytes) -> str:
    try:
        parse_manifest(body, strict=True)
    except InputError as error:
        return error.message
    return "another manifest was read later"
