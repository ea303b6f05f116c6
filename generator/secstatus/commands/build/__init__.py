"""build: the status and the findings document in, a site in a folder out.

A cheap check whether anything can have changed comes first, the heavy imports only after it.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.github_output import set_outputs
from secstatus.adapters.parallel import ahead, without_cycle_collection
from secstatus.commands.build.result import Ahead, BuildResult, refuse_warnings
from secstatus.project.inputs import Inputs, read_inputs
from secstatus.project.journal import JournalStore, find_journal
from secstatus.project.manifest import find_damaged, load_manifest
from secstatus.published.own_manifest import SiteManifest
from secstatus.timestamps import format_timestamp

EXAMPLE = "secstatus build --out _site --base-url https://owner.github.io/name/security-status/"
# A first build of 5,000 findings writes 20,060 files (decision 0008).
MOST_NOTES = 500
# Below so many bytes of status, a second process costs more than it gives.
WORTH_A_FORK = 300_000


def add_options(parser: argparse.ArgumentParser) -> None:
    add_site_options(parser)
    parser.add_argument("--strict", action="store_true", help="fail if there is a warning")
    parser.add_argument("--verify", action="store_true", help="compare the content of every file")
    parser.add_argument(
        "--last-good",
        action="store_true",
        help="if the status cannot be read, publish the last one again, its grade unknown",
    )


def add_site_options(parser: argparse.ArgumentParser) -> None:
    """The options of a build, alone or in a run: the folder of the site, and its form."""
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("_site"),
        metavar="DIR",
        help="the folder of the site (default: _site)",
    )
    parser.add_argument("--base-url", metavar="URL", help="the public address of the site")
    parser.add_argument(
        "--precompress",
        action="store_true",
        help="write a gzip file beside every text, for a web server that sends such files",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    result = build_site(
        options.root,
        options.out,
        resolve_now(options.now),
        options.base_url,
        strict=options.strict,
        verify=options.verify,
        last_good=options.last_good,
        precompress=options.precompress,
    )
    output.warnings(result.warnings)
    for path in result.written[:MOST_NOTES]:
        output.note(f"wrote {path}")
    output.result(result)
    set_outputs({"security_grade": result.grade})
    return 1 if result.unreadable else 0


def build_site(
    root: Path,
    out: Path,
    now: datetime,
    base_url: str | None = None,
    *,
    strict: bool = False,
    verify: bool = False,
    last_good: bool = False,
    precompress: bool = False,
    preview: bool = False,
) -> BuildResult:
    """Bring the folder `out` to the state of the inputs at `now`, and record it in the journal.

    Nothing is written before everything is read and assessed, so that an unreadable input leaves
    the old site as it is. With `last_good`, an unreadable status gives a site with the last good
    content and the grade `?`. With `precompress` every file that is worth it gets a gzip twin;
    without it, no file has one. A `preview` is not recorded.

    Raises SecurityStatusError, InputError, ExternalError, and CheckFailedError when `strict` and
    there is a warning.
    """
    # Bytes and one digest: most builds of a daily job end before anything is parsed.
    inputs = read_inputs(root, base_url, precompress=precompress)
    manifest = load_manifest(out)
    look = partial(find_damaged, out, manifest, thoroughly=verify)
    if manifest and _still_true(manifest, inputs, now) and not look():
        result = _unchanged(out, manifest)
    else:
        with without_cycle_collection(), _looking_ahead(inputs, manifest, look) as found:
            # Imported here, because a build without changes ends before (docs/explanation/how-a-
            # build-works.md).
            from secstatus.commands.build.compose import How, compose_and_write

            how = How(strict=strict, last_good=last_good, precompress=precompress)
            result = compose_and_write(inputs, out, now, manifest, found, how)
    if strict:
        refuse_warnings(result.warnings)
    noted = () if preview else _note(find_journal(root, inputs.config), now, result)
    return replace(result, warnings=(*result.warnings, *noted))


def _note(journal: JournalStore, now: datetime, result: BuildResult) -> tuple[str, ...]:
    """Record a build that changed the site, in a journal that is there: a build writes no input."""
    # A build without changes is no event, and only monitored projects have a journal.
    if not (result.written or result.removed) or not journal.exists():
        return ()
    details = {
        "grade": result.grade,
        "removed": len(result.removed),
        "written": len(result.written),
    }
    outcome = "unreadable" if result.unreadable else "built"
    return journal.try_note(now, "build", outcome, details)


def _looking_ahead(
    inputs: Inputs, manifest: SiteManifest | None, look: Callable[[], set[str]]
) -> AbstractContextManager[Callable[[], Ahead]]:
    """What can be found out while the heavy imports run and the status is read and assessed.

    For a first site that is the HTML of the advisories; for the next one, the folder's damage.
    """
    status = inputs.status or b""
    if len(status) < WORTH_A_FORK:
        return nullcontext(lambda: (look(), {}))
    if manifest:
        return ahead(lambda: (look(), {}))
    return ahead(lambda: (set(), _advisories(status)))


def _advisories(status: bytes) -> dict[str, str]:
    """Advisory text → HTML, for every text in a status file that is not validated yet."""
    from secstatus.site.untrusted_text import advisory_html

    try:
        # The file is unchecked at this point: whatever is wrong with it is reported by its own
        # reader.
        texts = {item["description"] for item in json.loads(status)["findings"]}
        return {text: advisory_html(text) for text in texts if text}
    # Deeply nested JSON raises RecursionError, and not ValueError, in the json module.
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}


def _still_true(manifest: SiteManifest, inputs: Inputs, now: datetime) -> bool:
    """Whether the same inputs would give the same site now."""
    data = manifest.data
    moment = format_timestamp(now)
    # A site that shows its last good status is built again until the status can be read.
    same = data.get("inputs") == inputs.digest and data.get("unreadable") is None
    # Decision 0004: between as_of and changes_at the content is valid. UTC texts sort by time.
    return bool(same and str(data.get("as_of")) <= moment < str(data.get("changes_at")))


def _unchanged(out: Path, manifest: SiteManifest) -> BuildResult:
    data = manifest.data
    return BuildResult(
        out,
        # One more for the manifest, which does not list itself.
        len(manifest.files) + 1,
        data["security_grade"],
        data["as_of"],
        written=(),
        removed=(),
        warnings=tuple(data["warnings"]),
    )
