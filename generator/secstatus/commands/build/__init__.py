"""build: the status and the findings document in, a site in a folder out.

First a cheap look at whether anything can have changed; only then the heavy imports.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from pathlib import Path

from secstatus.adapters.parallel import ahead, without_cycle_collection
from secstatus.commands.build.result import Ahead, BuildResult, refuse_warnings
from secstatus.project.inputs import Inputs, read_inputs
from secstatus.project.manifest import find_damaged, load_manifest
from secstatus.published.manifest import SiteManifest
from secstatus.timestamps import format_timestamp

# Below so many bytes of status, a second process costs more than it gives.
WORTH_A_FORK = 300_000


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
) -> BuildResult:
    """Bring the folder `out` to the state of the inputs at `now`.

    Nothing is written before everything is read and assessed, so that an unreadable input leaves
    the old site as it is. With `last_good` a status that cannot be read makes the site say so: it
    shows what it published last, its grade unknown. With `precompress` every file that is worth it
    has a gzip twin beside it, without there is none.

    Raises SecurityStatusError, InputError, ExternalError, and CheckFailedError when `strict` and
    there is a warning.
    """
    inputs = read_inputs(root, base_url, precompress=precompress)
    manifest = load_manifest(out)
    look = partial(find_damaged, out, manifest, thoroughly=verify)
    if manifest and _still_true(manifest, inputs, now) and not look():
        result = _unchanged(out, manifest)
    else:
        with without_cycle_collection(), _looking_ahead(inputs, manifest, look) as found:
            from secstatus.commands.build.compose import How, compose_and_write

            how = How(strict=strict, last_good=last_good, precompress=precompress)
            result = compose_and_write(inputs, out, now, manifest, found, how)
    if strict:
        refuse_warnings(result.warnings)
    return result


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
    """Advisory text → HTML, for every text in a file that nobody has checked yet."""
    from secstatus.site.untrusted_text import advisory_html

    try:
        texts = {item["description"] for item in json.loads(status)["findings"]}
        return {text: advisory_html(text) for text in texts if text}
    except (KeyError, TypeError, ValueError, RecursionError):
        return {}


def _still_true(manifest: SiteManifest, inputs: Inputs, now: datetime) -> bool:
    """Whether the same inputs would give the same site at this moment."""
    data = manifest.data
    moment = format_timestamp(now)
    same = data.get("inputs") == inputs.digest and data.get("unreadable") is None
    return bool(same and str(data.get("as_of")) <= moment < str(data.get("changes_at")))


def _unchanged(out: Path, manifest: SiteManifest) -> BuildResult:
    data = manifest.data
    return BuildResult(
        out,
        len(manifest.files) + 1,
        data["security_grade"],
        data["as_of"],
        written=(),
        removed=(),
        warnings=tuple(data["warnings"]),
    )
