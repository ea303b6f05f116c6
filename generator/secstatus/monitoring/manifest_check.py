"""Compare the documents of a site that report its status: with the manifest and with each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from secstatus.errors import InputError
from secstatus.monitoring.probe import (
    DIGEST_LENGTH,
    FOREIGN,
    PROVED,
    Fault,
    ProbeRun,
    ProbeState,
    Response,
    ResponseVerdict,
    make_tampered_verdict,
    read_age,
    read_last_modified,
    shorten_digest,
)
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.manifest import PublishedManifest, parse_manifest
from secstatus.published.own_manifest import MANIFEST
from secstatus.published.status import (
    PAGE,
    PublishedStatus,
    find_own_timestamp,
    parse_published_status,
)
from secstatus.timestamps import format_timestamp


@dataclass(frozen=True, slots=True)
class DocumentCheck:
    """`status`: that of the first consistent document; None without one.

    `contradictions`: path → one line, for each document that contradicts the manifest or the other
    document, or that has another form than a build writes.
    """

    status: PublishedStatus | None = None
    contradictions: Mapping[str, str] = field(default_factory=dict)


def check_documents(bodies: Mapping[str, bytes], manifest: PublishedManifest) -> DocumentCheck:
    """Check the documents, path → content. The content must be the one that the manifest lists."""
    # The digests are right, so that a contradiction is no damage on the way: the manifest and its
    # files were made together, by something that is not our build.
    statuses: dict[str, PublishedStatus] = {}
    contradictions: dict[str, str] = {}
    for path in (STATUS, INDEX):
        if path in bodies:
            try:
                statuses[path] = parse_published_status(bodies[path], path)
            except InputError as error:
                contradictions[path] = error.message
    for path, status in statuses.items():
        if (status.as_of, status.grade) != (manifest.as_of, manifest.grade):
            contradictions[path] = _describe(status, manifest)
    consistent = {path: each for path, each in statuses.items() if path not in contradictions}
    if len(set(consistent.values())) > 1:
        # Neither is more credible than the other.
        text = f"{INDEX} and {STATUS} contradict each other"
        return DocumentCheck(None, contradictions | dict.fromkeys(consistent, text))
    return DocumentCheck(next(iter(consistent.values()), None), contradictions)


def _describe(status: PublishedStatus, manifest: PublishedManifest) -> str:
    found = f"grade {status.grade} as of {format_timestamp(status.as_of)}"
    expected = f"{manifest.grade} as of {format_timestamp(manifest.as_of)}"
    return f"it says {found}, the manifest says {expected}"


# The clocks of two machines may differ by this much.
SITE_CLOCK_SKEW = timedelta(minutes=5)
# A host needs some minutes to replace a site after the push.
DEPLOYING = timedelta(minutes=10)
# In seconds. GitHub Pages sends `Cache-Control: max-age=600`; a much older copy has another cause.
OLDEST_COPY = 3600
# After the host has the new site, a cache may serve the old one for this long.
CACHED = timedelta(seconds=600)
YOUNG = DEPLOYING + CACHED
# The faults of a consistent manifest that is not the deployed one.
NOT_DEPLOYED = frozenset({Fault.SETTLING, Fault.NOT_ARRIVED, Fault.REPLACED})
NOTHING = "nothing"
_SHORT = 12
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def find_deployment_time(answer: Response, manifest: PublishedManifest, at: datetime) -> datetime:
    """When the manifest was deployed: a recent `Last-Modified`, else `as_of`."""
    # The daily build is dated midnight, and deployed when its job runs. Only the last two hours
    # count: a forged header must not explain an old copy for long.
    modified = read_last_modified(answer.headers)
    longest = timedelta(seconds=2 * OLDEST_COPY)
    if modified is None or not timedelta(0) <= at - modified <= longest:
        return manifest.as_of
    return max(modified, manifest.as_of)


def check_future(stated: datetime, at: datetime) -> ResponseVerdict | None:
    """The verdict about content that states a time in the future; None for any other time."""
    if stated <= at + SITE_CLOCK_SKEW:
        return None
    return make_tampered_verdict(f"it is dated {format_timestamp(stated)}, in the future")


def assess_other_build(
    path: str,
    answer: Response,
    manifest: PublishedManifest,
    good: Collection[str],
    deployed: datetime,
    at: datetime,
) -> ResponseVerdict:
    """The verdict about content that differs from the manifest.

    It is from another build of this site if it states another time or has a digest of `good`, the
    ones that earlier probe runs found good; otherwise it is tampered with. Another build is half
    deployed, or settling if a cache explains an older file. `deployed`: when the manifest was.
    """
    stated, was_good = find_own_timestamp(answer.body, path), shorten_digest(answer.body) in good
    if stated is not None and (future := check_future(stated, at)):
        return future
    if not was_good and (stated is None or stated == manifest.as_of):
        text = "it differs from the manifest, and no earlier probe run found this content good"
        return make_tampered_verdict(text)
    is_dated = stated is not None and stated != manifest.as_of
    of = f"of {format_timestamp(stated)}" if stated and is_dated else "of an earlier probe run"
    reason = f"it is the file {of}, the manifest is of {format_timestamp(manifest.as_of)}"
    is_older = stated < manifest.as_of if stated else was_good
    # HTML is free text that can state any time, unlike a document with a checked form.
    is_sure = was_good or path != PAGE
    is_settling = is_older and is_sure and _is_cached(answer, deployed, at)
    fault = Fault.SETTLING if is_settling else Fault.HALF_DEPLOYED
    return ResponseVerdict(ProbeState.STALE, fault, reason)


def _is_cached(answer: Response, deployed: datetime, at: datetime) -> bool:
    """Whether a cache took the response before the new site was everywhere."""
    age = read_age(answer.headers) or 0
    if not 0 < age <= OLDEST_COPY:
        return False
    return at - timedelta(seconds=age) <= deployed + DEPLOYING


@dataclass(frozen=True, slots=True)
class Deployment:
    """The site in a branch.

    `manifest`: None if the branch holds none that can be read; then `missing` is the reason, as one
    safe line. `at`: when it was deployed; None if unknown. `earlier`: digests of the manifests that
    were deployed before it.
    """

    manifest: PublishedManifest | None = None
    at: datetime | None = None
    earlier: frozenset[str] = frozenset()
    missing: str = ""

    @property
    def mark(self) -> str:
        """The value of `ServedCopy.deployed`; never empty."""
        return self.manifest.revision[:DIGEST_LENGTH] if self.manifest else NOTHING


def read_deployment(
    body: bytes | None, seconds: int, where: str, earlier: Iterable[str] = ()
) -> Deployment:
    """The deployment that a manifest in a branch proves.

    `body`: the content of the manifest; None if there is no such file. `seconds`: the time of the
    commit, since 1970. `where`: the branch and the folder, as messages name them.
    """
    if body is None:
        return Deployment(missing=f"{where} holds no site")
    try:
        manifest = parse_manifest(body, strict=True)
    except InputError as error:
        return Deployment(missing=f"{where}: {error.message}")
    return Deployment(manifest, _commit_time(seconds), frozenset(earlier))


def list_earlier_deployments(runs: Iterable[ProbeRun], base: str) -> frozenset[str]:
    """The digests of the manifests that earlier probe runs found to be the deployed ones."""
    return frozenset(
        probe.digest
        for each in runs
        if each.base == base and each.served.deployed
        for probe in each.probes
        if probe.path == MANIFEST and probe.fault in PROVED and probe.digest
    )


def collect_good_digests(runs: Iterable[ProbeRun], base: str) -> dict[str, frozenset[str]]:
    """Path → digests that matched the manifest in earlier probe runs of the site."""
    # Only runs without foreign content: a forged manifest matches its own files.
    found: dict[str, set[str]] = {}
    for each in runs:
        if each.base != base or any(probe.fault in FOREIGN for probe in each.probes):
            continue
        for probe in each.probes:
            if probe.fault in PROVED and probe.digest:
                found.setdefault(probe.path, set()).add(probe.digest)
    return {path: frozenset(digests) for path, digests in found.items()}


def compare_with_deployment(
    body: bytes, manifest: PublishedManifest, deployed: Deployment | None, at: datetime
) -> ResponseVerdict | None:
    """The verdict about a consistent manifest that is not the deployed one.

    None if it is the deployed one, or if the branch was not read (`deployed` is None). An older
    site is settling while the deployment is young; after that, the deployed site did not arrive.
    """
    if deployed is None:
        return None
    there = deployed.manifest
    if there is None:
        return _replaced(f"{deployed.missing}, so that nothing proves the served site")
    if _same(manifest, there):
        return None
    # The branch was read after the response: a served manifest that is not older than that of the
    # branch does not come from the branch, unless the branch was set back to an earlier commit.
    if manifest.as_of >= there.as_of and shorten_digest(body) not in deployed.earlier:
        return _replaced(f"the host serves {_name(manifest)}, deployed is {_name(there)}")
    fault = Fault.SETTLING if _is_young(deployed.at, at) else Fault.NOT_ARRIVED
    when = f" at {format_timestamp(deployed.at)}" if deployed.at else ""
    reason = f"the site that was deployed{when} did not arrive; served is {_name(manifest)}"
    return ResponseVerdict(ProbeState.STALE, fault, reason)


def assess_deployed_file(
    path: str, answer: Response, of_manifest: ResponseVerdict, deployed: Deployment | None
) -> ResponseVerdict | None:
    """The verdict about a deployed file beside the manifest of an older site; None for others."""
    if deployed is None or deployed.manifest is None or of_manifest.fault not in NOT_DEPLOYED:
        return None
    entry = deployed.manifest.files.get(path or "index.html")
    if entry is None or sha256(answer.body).hexdigest() != entry.sha256:
        return None
    # A host replaces the files of a site one after another, or the caches expire one by one.
    is_settling = of_manifest.fault is Fault.SETTLING
    fault = Fault.SETTLING if is_settling else Fault.HALF_DEPLOYED
    reason = f"it is the deployed file, but {MANIFEST} is of an older site"
    return ResponseVerdict(ProbeState.STALE, fault, reason)


def _same(one: PublishedManifest, other: PublishedManifest) -> bool:
    return (one.revision, one.as_of) == (other.revision, other.as_of)


def _name(manifest: PublishedManifest) -> str:
    return f"revision {manifest.revision[:_SHORT]} as of {format_timestamp(manifest.as_of)}"


def _replaced(reason: str) -> ResponseVerdict:
    return ResponseVerdict(ProbeState.TAMPERED, Fault.REPLACED, reason)


def _is_young(deployed: datetime | None, at: datetime) -> bool:
    # The time of a commit can be forged: one in the future would excuse an old site until then.
    return deployed is not None and -SITE_CLOCK_SKEW <= at - deployed <= YOUNG


def _commit_time(seconds: int) -> datetime | None:
    # git stores any number of seconds, `datetime` ends in the year 9999.
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
