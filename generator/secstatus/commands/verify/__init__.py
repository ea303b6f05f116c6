"""verify: compare the files that the package index lists with those that were built.

Polls until the answer is final or the time is over: after an upload, the caches of an index may
keep the old page for many minutes, which is neither a failure nor a success.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.http.client import get
from secstatus.adapters.http.exchange import HttpAnswer, HttpLimits
from secstatus.adapters.http.url import redact_url
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.commands.built_files import add_dist_option, built_files
from secstatus.commands.index_address import IndexAddress, add_index_option, index_address
from secstatus.commands.verify.attestations import check_attestation
from secstatus.commands.verify.result import VerifyResult
from secstatus.errors import ExternalError, InputError, UsageError
from secstatus.project.project import Project
from secstatus.publishing.index_page import ACCEPT, IndexPage, parse_release, read_simple
from secstatus.publishing.policy import VerifyPolicy
from secstatus.publishing.stages import Stage, StageOutcome, StageState
from secstatus.publishing.trusted_publisher import Publisher, make_publisher
from secstatus.publishing.verification import (
    Attested,
    BuiltFile,
    FileReport,
    Publication,
    PublishReport,
    apply_attestations,
    compare_files,
    identify_release,
    make_unreachable_report,
)

EXAMPLE = "secstatus verify --dist dist --timeout 900"
OUTCOMES = {"published": "verified", "different": "mismatch", "not published": "missing"}
# Caches of the index are renewed within a quarter of an hour; outages of an hour have been seen.
DEADLINE = 1800.0
# A day is longer than a job of a GitHub-hosted runner may take, which is six hours.
LONGEST = 86400.0
# The pauses grow: a page is often there at once, and a cache that keeps it does so for minutes.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 30.0
ONE = HttpLimits(attempt=10, deadline=20, size=32 * 1024 * 1024, retry=RetryPolicy(attempts=2))
# A signed bundle has some kilobytes.
EVIDENCE = HttpLimits(attempt=10, deadline=20, size=4 * 1024 * 1024, retry=RetryPolicy(attempts=2))
# The media type of PyPI's Integrity API, which serves PEP 740 provenance.
PROVENANCE = "application/vnd.pypi.integrity.v1+json"
Progress = Callable[[str], None]
Fetch = Callable[..., HttpAnswer]


def add_options(parser: argparse.ArgumentParser) -> None:
    add_dist_option(parser)
    add_index_option(parser)
    parser.add_argument(
        "--timeout",
        type=float,
        default=DEADLINE,
        metavar="S",
        help="maximum time to wait for the index in seconds (1800)",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    result = verify_release(
        options.root,
        resolve_now(options.now),
        options.dist,
        index_url=options.index_url,
        timeout=options.timeout,
        progress=output.progress,
    )
    output.result(result)
    if result.exit_status:
        output.warning(result.headline)
    output.warnings(result.warnings)
    return result.exit_status


def verify_release(
    root: Path,
    now: datetime,
    dist: Path = Path("dist"),
    *,
    index_url: str = "",
    timeout: float = DEADLINE,
    progress: Progress = lambda _text: None,
    policy: VerifyPolicy | None = None,
    timing: Timing | None = None,
    fetch: Fetch = get,
) -> VerifyResult:
    """Compare the index with the distributions in the folder `dist`, below `root`.

    Polls for at most `timeout` seconds. `index_url` empty: the index of the policy, else twine's.

    Raises InputError for a folder without distributions or a configuration that cannot be read,
    UsageError for an invalid address, and CheckFailedError when the files are not
    those of their checksums. Whatever the index does is in the result.
    """
    if not 0 <= timeout <= LONGEST:
        raise UsageError(f"--timeout: found {timeout:g}, expected 0 to {LONGEST:g} seconds")
    project, timing = Project(root, now), timing or Timing()
    policy = policy or project.config.publishing.verify
    started = timing.clock()
    built = built_files(root / dist)
    name, version = identify_release(each.name for each in built)
    address = index_address(index_url or policy.index_url)
    told = f"{len(built)} files of {name} {version}"
    files = _outcome("files", StageState.PASSED, timing.clock() - started, told)

    look = _IndexLook(address, name, version, built, partial(fetch, timing=timing))
    started = timing.clock()
    report = _polled(look, timeout, timing, progress)
    index = _outcome("index", _passed(report), timing.clock() - started, _summary(report))

    started = timing.clock()
    # Stated in the policy and not found in files: a proof must not depend on a guess.
    publisher = make_publisher(
        project.config.repository,
        project.config.package,
        policy.workflow or None,
        policy.environment or None,
    )
    checked = _checked(report, look, publisher)
    report = apply_attestations(report, checked, policy.attestations_required)
    signed = _attestations(report, policy, timing.clock() - started)
    stages = (files, index, signed)
    result = VerifyResult(report, stages, name, version, redact_url(address.root))
    return replace(result, warnings=_note(project, result))


def _note(project: Project, result: VerifyResult) -> tuple[str, ...]:
    """Record the state of the index in a journal that is there: a verification begins none."""
    if not project.journal.exists():
        return ()
    state = result.report.state.value
    details = {"index": result.index, "package": result.project, "version": result.version}
    return project.journal.try_note(project.now, "verify", OUTCOMES.get(state, state), details)


class _IndexLook:
    """Queries the index, one poll at a time."""

    def __init__(
        self,
        address: IndexAddress,
        project: str,
        version: str,
        built: Sequence[BuiltFile],
        fetch: Fetch,
    ) -> None:
        self.address, self.project, self.version = address, project, version
        self.built, self.fetch = built, fetch

    def once(self, left: float) -> PublishReport:
        """Query the index once, within the seconds that are left."""
        ask = partial(self.fetch, limits=replace(ONE, deadline=max(1.0, min(ONE.deadline, left))))
        try:
            # The JSON first: what it lists and the later page does not is not yet visible.
            release = self._release(ask)
            page = self._page(ask)
        except (ExternalError, InputError) as error:
            return make_unreachable_report(self.built, error.message)
        return compare_files(self.built, page, release)

    def _page(self, ask: Fetch) -> IndexPage | None:
        url = self.address.simple(self.project)
        answer = ask(url, headers={"Accept": ACCEPT})
        return read_simple(answer.text, redact_url(url), self.project) if answer.is_found else None

    def _release(self, ask: Fetch) -> IndexPage | None:
        """The JSON of the release; many indexes have none, so nothing depends on it.

        It can only refute the simple index, which is what installers use.
        """
        url = self.address.release(self.project, self.version)
        if url is None:
            return None
        try:
            answer = ask(url)
            if not answer.is_found:
                return None
            return parse_release(answer.text, redact_url(url), self.project, self.version)
        except (ExternalError, InputError) as error:
            return IndexPage(odd=(f"the JSON of the release says nothing: {error.message}",))


def _polled(look: _IndexLook, timeout: float, timing: Timing, progress: Progress) -> PublishReport:
    """Poll until the answer is final or `timeout` seconds are over; once in any case."""
    end = timing.clock() + timeout
    pause = FIRST_PAUSE
    while True:
        report = look.once(end - timing.clock())
        left = end - timing.clock()
        # Other bytes under the same name never become the right ones, so waiting ends there.
        if not report.state.may_come or left <= 0:
            return report
        progress(f"{_summary(report)}; asking again for {left:.0f} s")
        timing.sleep(min(pause, left))
        pause = min(pause * 1.5, LONGEST_PAUSE)


def _checked(report: PublishReport, look: _IndexLook, publisher: Publisher) -> list[FileReport]:
    """The files with what their attestations prove; only for what is there as it was built."""
    return [
        _with_signer(each, look, publisher)
        if each.provenance and each.attested is Attested.NOT_CHECKED
        else each
        for each in report.files
    ]


def _with_signer(file: FileReport, look: _IndexLook, publisher: Publisher) -> FileReport:
    if not file.sha256 or report_is_wrong(file):
        return file
    # PEP 740 gives the URL in the index page: a forged page could send the request anywhere.
    if not look.address.is_same_host(file.provenance):
        return replace(file, signer="not checked: the provenance is on another host")
    try:
        answer = look.fetch(file.provenance, headers={"Accept": PROVENANCE}, limits=EVIDENCE)
    except ExternalError as error:
        return replace(file, signer=f"not checked: {error.message}")
    if not answer.is_found:
        return replace(file, attested=Attested.ABSENT, signer="the index has no such provenance")
    state, signer = check_attestation(answer.text, file.name, file.sha256, publisher)
    return replace(file, attested=state, signer=signer)


def report_is_wrong(file: FileReport) -> bool:
    """Whether the file is not the built one, so that nothing more has to be known of it."""
    return file.found != file.sha256


def _outcome(name: str, state: StageState, seconds: float, detail: str) -> StageOutcome:
    return StageOutcome(Stage(name), state, seconds, detail)


def _passed(report: PublishReport) -> StageState:
    return StageState.PASSED if report.state is Publication.PUBLISHED else StageState.FAILED


def _summary(report: PublishReport) -> str:
    """`not yet visible: 1 of 2 files`."""
    same = sum(1 for each in report.files if each.state == "same")
    return f"{report.state.value}: {same} of {len(report.files)} files are as they were built"


def _attestations(report: PublishReport, policy: VerifyPolicy, seconds: float) -> StageOutcome:
    """The stage of the attestations: passed only if all are verified, else failed or skipped."""
    states = [each.attested for each in report.files]
    told = ", ".join(
        f"{states.count(state)} {state.value}" for state in Attested if state in states
    )
    if Attested.FAILED in states:
        state = StageState.FAILED
    # all() of nothing is true, and no file proves nothing.
    elif states and all(each is Attested.VERIFIED for each in states):
        state = StageState.PASSED
    else:
        state = StageState.FAILED if policy.attestations_required else StageState.SKIPPED
    return _outcome("attestations", state, seconds, told)
