"""upload: every file of a release to a package index, by twine, with retries where they help.

One file for one run of twine: its exit status is about this file alone, and with trusted
publishing each run fetches an identity token of its own.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.retry import Timing
from secstatus.adapters.twine import target
from secstatus.commands.built_files import add_dist_option, read_built_release
from secstatus.commands.expected_publisher import add_publisher_options, find_expected_publisher
from secstatus.commands.index_address import add_index_option
from secstatus.commands.upload.result import UploadResult, handle_publishing_failure
from secstatus.commands.upload.upload_run import UploadOptions, UploadRun
from secstatus.errors import PyPIPublishingError, TrustedPublishingError, UsageError
from secstatus.project.project import Project
from secstatus.publishing.policy import PublishingConfig

EXAMPLE = "secstatus upload --dist dist --repository-url https://index.example/legacy/"
# A service that refuses twenty attempts needs a person; more would only load it.
MOST_ATTEMPTS = 20


def add_options(parser: argparse.ArgumentParser) -> None:
    add_dist_option(parser)
    parser.add_argument(
        "--repository-url", metavar="URL", help="the upload URL (default: that of twine)"
    )
    add_index_option(parser)
    parser.add_argument("--timeout", type=float, metavar="S", help="seconds for one attempt (600)")
    parser.add_argument(
        "--attempts", type=int, metavar="N", help="maximum number of attempts for each file (3)"
    )
    add_publisher_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    wanted = UploadOptions(
        dist=options.dist,
        repository_url=options.repository_url,
        index_url=options.index_url,
        timeout=options.timeout,
        attempts=options.attempts,
        workflow=options.workflow,
        environment=options.environment,
    )
    result = upload_release(options.root, resolve_now(options.now), wanted, output.progress)
    output.result(result)
    return 0


def upload_release(
    root: Path,
    now: datetime,
    options: UploadOptions,
    progress: Callable[[str], None] = lambda _text: None,
    *,
    timing: Timing | None = None,
    variables: Mapping[str, str] | None = None,
) -> UploadResult:
    """Upload the distributions in the folder `options.dist`, below `root`.

    Returns when every file is on the index, with these bytes. Raises UsageError and InputError for
    what cannot be uploaded, CheckFailedError when the files are not those of their checksums, and
    TrustedPublishingError or PyPIPublishingError, with a diagnosis, when the index does not take a
    file: files that it has taken before stay there. No secret is in any text that is
    raised, returned or passed to `progress`.
    """
    variables = os.environ if variables is None else variables
    project, timing = Project(root, now), timing or Timing()
    # The command line has priority over the configuration.
    publishing = _with_options(project.config.publishing, options)
    _check_limits(publishing)
    started = timing.clock()
    release = read_built_release(root / options.dist)
    to = target(publishing.pypi_repository, variables)
    publisher = find_expected_publisher(root, project.config, options.workflow, options.environment)
    run = UploadRun(
        release, to, publishing, options.index_url, publisher, variables, progress, timing
    )
    run.ended("distributions", started, f"{release.project} {release.version}, to {to.shown}")
    try:
        run.all()
    except (TrustedPublishingError, PyPIPublishingError) as error:
        # The workflow ends with this failure, so the journal has to record it now.
        handle_publishing_failure(error, project.journal, run.event(now))
        raise
    project.journal.note({**run.event(now), "outcome": "published"})
    return UploadResult(release.project, release.version, to.shown, tuple(run.stages), run.attempts)


def _with_options(config: PublishingConfig, options: UploadOptions) -> PublishingConfig:
    """The configuration, overridden by the command line."""
    return replace(
        config,
        pypi_repository=options.repository_url or config.pypi_repository,
        # `is None` and not `or`: 0 must reach the check that refuses it.
        retry_attempts=config.retry_attempts if options.attempts is None else options.attempts,
        timeout_seconds=config.timeout_seconds if options.timeout is None else options.timeout,
    )


def _check_limits(publishing: PublishingConfig) -> None:
    attempts, seconds = publishing.retry_attempts, publishing.timeout_seconds
    if not 1 <= attempts <= MOST_ATTEMPTS:
        found = f"{attempts} attempts"
        raise UsageError(f"--attempts: found {found}, expected 1 to {MOST_ATTEMPTS}")
    # A day is longer than any job of GitHub-hosted runners, which end after six hours.
    if not 1 <= seconds <= 86_400:
        raise UsageError(f"--timeout: found {seconds:g}, expected 1 to 86400 seconds")
