"""What happens when the live status cannot be read: the last good status stands for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from secstatus.errors import SecurityStatusError
from secstatus.project.inputs import Inputs
from secstatus.project.sources import Assessed, assess_inputs
from secstatus.status.grade import UNREADABLE, Letter, Reason


def handle_status_failure(
    error: SecurityStatusError, inputs: Inputs, out: Path, now: datetime
) -> Assessed:
    """Assess the status that the site in `out` published last, with the grade `?` and the reason.

    The site stays available and the other steps of a run go on; the error becomes a warning. The
    next run reads the status file again. Raises `error` when there is no published site either.
    """
    name = "index.json"
    try:
        published = (out / name).read_bytes()
    except OSError:
        raise error from None
    text, public = "The newest status file cannot be read", f"{error.path} {error.public}"
    # A known grade would claim that somebody has looked: `?` is the ceiling until a file is read.
    reason = Reason(UNREADABLE, Letter.UNKNOWN, text, public)
    old = replace(inputs, status=published, status_name=f"{name} of the last site")
    assessed = assess_inputs(old, now, [reason])
    warning = f"{error.message}; the last good status stands, its grade unknown"
    return replace(assessed, warnings=(warning, *assessed.warnings), unreadable=public)
