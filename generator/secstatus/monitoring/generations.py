"""Content that is not that of the manifest: of another moment of the same site, or not of it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from secstatus.monitoring.cache_headers import age_of, read_last_modified
from secstatus.monitoring.line_values import stamp
from secstatus.monitoring.observed import Observed, digest_of
from secstatus.monitoring.one_answer import JudgedResponse, judge_tampered
from secstatus.monitoring.probe import Fault, ProbeState
from secstatus.monitoring.told_by_site import PAGE, PublishedManifest, own_moment

# Clocks of two machines may differ by so much.
AHEAD = timedelta(minutes=5)
# A host takes a while to put a new site in the place of the old one.
DEPLOYING = timedelta(minutes=10)
# GitHub Pages has caches keep a file for 600 s. A copy that says it is much older explains nothing.
OLDEST_COPY = 3600


def find_deployment_time(answer: Observed, manifest: PublishedManifest, at: datetime) -> datetime:
    """When the manifest may have been put in its place: its `Last-Modified`, else its moment.

    A site that is rebuilt every day is of midnight, and deployed when its job runs. Only a change
    of the last two hours counts, so that a header cannot explain an old copy for long.
    """
    said = read_last_modified(answer.headers)
    is_recent = said is not None and timedelta(0) <= at - said <= timedelta(seconds=2 * OLDEST_COPY)
    return max(said, manifest.as_of) if said is not None and is_recent else manifest.as_of


def to_come(moment: datetime, at: datetime) -> JudgedResponse | None:
    """Whether something says that it is of the future."""
    if moment <= at + AHEAD:
        return None
    return judge_tampered(f"it is of a moment to come, {stamp(moment)}")


def of_another_moment(
    path: str,
    answer: Observed,
    manifest: PublishedManifest,
    good: Collection[str],
    deployed: datetime,
    at: datetime,
) -> JudgedResponse:
    """Half deployed where it was seen good before or says another moment; else tampered with.

    `good`: the digests that earlier rounds have seen good. `deployed`: when the manifest was put in
    its place. It is settling when it is older and a
    cache explains that it is still there; a page, which can say any moment, only when it was seen
    good.
    """
    moment, was_good = own_moment(answer.body, path), digest_of(answer.body) in good
    if moment is not None and (future := to_come(moment, at)):
        return future
    if not was_good and (moment is None or moment == manifest.as_of):
        text = "it is not the file of the manifest, and none that was seen good before"
        return judge_tampered(text)
    is_dated = moment is not None and moment != manifest.as_of
    of = f"of {stamp(moment)}" if moment and is_dated else "of an earlier look"
    reason = f"it is the file {of}, the manifest is of {stamp(manifest.as_of)}"
    is_older = moment < manifest.as_of if moment else was_good
    is_sure = was_good or path != PAGE
    settling = is_older and is_sure and _explained(answer, deployed, at)
    return JudgedResponse(
        ProbeState.STALE, Fault.SETTLING if settling else Fault.HALF_DEPLOYED, reason
    )


def _explained(answer: Observed, deployed: datetime, at: datetime) -> bool:
    """Whether it is a copy in a cache, taken before the new site was everywhere."""
    age = age_of(answer.headers) or 0
    if not 0 < age <= OLDEST_COPY:
        return False
    return at - timedelta(seconds=age) <= deployed + DEPLOYING
