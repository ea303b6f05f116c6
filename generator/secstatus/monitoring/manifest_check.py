"""Compare the served manifest with the deployed one: version skew or foreign content."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from secstatus.errors import InputError
from secstatus.monitoring.probe import (
    DIGEST_LENGTH,
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
from secstatus.published.manifest import MANIFEST, PublishedManifest, parse_manifest
from secstatus.published.status import PAGE, find_own_timestamp
from secstatus.timestamps import format_timestamp

# Clocks of two machines may differ by so much.
SITE_CLOCK_SKEW = timedelta(minutes=5)
# A host takes a while to put a new site in the place of the old one.
DEPLOYING = timedelta(minutes=10)
# GitHub Pages has caches keep a file for 600 s. A copy that says it is much older explains nothing.
OLDEST_COPY = 3600


def find_deployment_time(answer: Response, manifest: PublishedManifest, at: datetime) -> datetime:
    """When the manifest may have been put in its place: its `Last-Modified`, else its moment.

    A site that is rebuilt every day is of midnight, and deployed when its job runs. Only a change
    of the last two hours counts, so that a header cannot explain an old copy for long.
    """
    said = read_last_modified(answer.headers)
    is_recent = said is not None and timedelta(0) <= at - said <= timedelta(seconds=2 * OLDEST_COPY)
    return max(said, manifest.as_of) if said is not None and is_recent else manifest.as_of


def check_future(moment: datetime, at: datetime) -> ResponseVerdict | None:
    """Whether something says that it is of the future."""
    if moment <= at + SITE_CLOCK_SKEW:
        return None
    return make_tampered_verdict(f"it is of a moment to come, {format_timestamp(moment)}")


def assess_other_build(
    path: str,
    answer: Response,
    manifest: PublishedManifest,
    good: Collection[str],
    deployed: datetime,
    at: datetime,
) -> ResponseVerdict:
    """Half deployed where it was seen good before or says another moment; else tampered with.

    `good`: the digests that earlier rounds have seen good. `deployed`: when the manifest was put in
    its place. It is settling when it is older and a
    cache explains that it is still there; a page, which can say any moment, only when it was seen
    good.
    """
    moment, was_good = find_own_timestamp(answer.body, path), shorten_digest(answer.body) in good
    if moment is not None and (future := check_future(moment, at)):
        return future
    if not was_good and (moment is None or moment == manifest.as_of):
        text = "it is not the file of the manifest, and none that was seen good before"
        return make_tampered_verdict(text)
    is_dated = moment is not None and moment != manifest.as_of
    of = f"of {format_timestamp(moment)}" if moment and is_dated else "of an earlier look"
    reason = f"it is the file {of}, the manifest is of {format_timestamp(manifest.as_of)}"
    is_older = moment < manifest.as_of if moment else was_good
    is_sure = was_good or path != PAGE
    settling = is_older and is_sure and _explained(answer, deployed, at)
    return ResponseVerdict(
        ProbeState.STALE, Fault.SETTLING if settling else Fault.HALF_DEPLOYED, reason
    )


def _explained(answer: Response, deployed: datetime, at: datetime) -> bool:
    """Whether it is a copy in a cache, taken before the new site was everywhere."""
    age = read_age(answer.headers) or 0
    if not 0 < age <= OLDEST_COPY:
        return False
    return at - timedelta(seconds=age) <= deployed + DEPLOYING


# After the host has the new site, a cache may go on with the old one for so long.
CACHED = timedelta(seconds=600)
YOUNG = DEPLOYING + CACHED
# The manifest is good, and not the one that was deployed.
NOT_DEPLOYED = frozenset({Fault.SETTLING, Fault.NOT_ARRIVED, Fault.REPLACED})
NOTHING = "nothing"
_SHORT = 12
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Deployment:
    """The site that a branch holds.

    `manifest` None: it holds none that can be read, and `missing` says why, as one safe line. `at`:
    when it was deployed; None where nobody can say. `earlier`: digests of the manifests that were
    deployed before it.
    """

    manifest: PublishedManifest | None = None
    at: datetime | None = None
    earlier: frozenset[str] = frozenset()
    missing: str = ""

    @property
    def mark(self) -> str:
        """What a round remembers of it; never empty."""
        return self.manifest.revision[:DIGEST_LENGTH] if self.manifest else NOTHING


def read_deployment(
    body: bytes | None, seconds: int, where: str, earlier: Iterable[str] = ()
) -> Deployment:
    """What a branch holds: the file of its manifest, and the time of its commit since 1970.

    `body` None: there is no manifest. `where`: the branch and the folder, as messages call them.
    """
    if body is None:
        return Deployment(missing=f"{where} holds no site")
    try:
        manifest = parse_manifest(body, strict=True)
    except InputError as error:
        return Deployment(missing=f"{where}: {error.message}")
    return Deployment(manifest, _moment(seconds), frozenset(earlier))


def list_earlier_deployments(runs: Iterable[ProbeRun], base: str) -> frozenset[str]:
    """The digests of the manifests of a site that looks have found to be the deployed ones."""
    return frozenset(
        probe.digest
        for each in runs
        if each.base == base and each.served.deployed
        for probe in each.probes
        if probe.path == MANIFEST and probe.fault in PROVED and probe.digest
    )


def compare_with_deployment(
    body: bytes, manifest: PublishedManifest, deployed: Deployment | None, at: datetime
) -> ResponseVerdict | None:
    """What is wrong with a good manifest; None where it is the deployed one, or nobody knows that.

    The branch was read after the manifest was served, so that what is served cannot be newer. It is
    settling while the deployment is young and an older site is served; later that one has not
    arrived. All else was put there by somebody else.
    """
    if deployed is None:
        return None
    there = deployed.manifest
    if there is None:
        return _replaced(f"{deployed.missing}, so that nothing vouches for what is served")
    if _same(manifest, there):
        return None
    if manifest.as_of >= there.as_of and shorten_digest(body) not in deployed.earlier:
        return _replaced(f"served is {_named(manifest)}, deployed is {_named(there)}")
    fault = Fault.SETTLING if _is_young(deployed.at, at) else Fault.NOT_ARRIVED
    when = f" at {format_timestamp(deployed.at)}" if deployed.at else ""
    reason = f"the site that was deployed{when} did not arrive; served is {_named(manifest)}"
    return ResponseVerdict(ProbeState.STALE, fault, reason)


def assess_deployed_file(
    path: str, answer: Response, of_manifest: ResponseVerdict, deployed: Deployment | None
) -> ResponseVerdict | None:
    """A file that is the deployed one, beside the manifest of an older site; None for others."""
    if deployed is None or deployed.manifest is None or of_manifest.fault not in NOT_DEPLOYED:
        return None
    entry = deployed.manifest.files.get(path or "index.html")
    if entry is None or sha256(answer.body).hexdigest() != entry.sha256:
        return None
    is_settling = of_manifest.fault is Fault.SETTLING
    reason = f"it is the file that was deployed, {MANIFEST} is of an older site"
    return ResponseVerdict(
        ProbeState.STALE, Fault.SETTLING if is_settling else Fault.HALF_DEPLOYED, reason
    )


def _same(one: PublishedManifest, other: PublishedManifest) -> bool:
    return (one.revision, one.as_of) == (other.revision, other.as_of)


def _named(manifest: PublishedManifest) -> str:
    return f"revision {manifest.revision[:_SHORT]} as of {format_timestamp(manifest.as_of)}"


def _replaced(reason: str) -> ResponseVerdict:
    return ResponseVerdict(ProbeState.TAMPERED, Fault.REPLACED, reason)


def _is_young(deployed: datetime | None, at: datetime) -> bool:
    """A commit of the future excuses nothing, beyond what clocks may differ by."""
    return deployed is not None and -SITE_CLOCK_SKEW <= at - deployed <= YOUNG


def _moment(seconds: int) -> datetime | None:
    try:
        return _FIRST + timedelta(seconds=seconds)
    except OverflowError:
        return None
