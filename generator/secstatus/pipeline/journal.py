"""The journal: what happened, one JSON object a line; lines are only ever added."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from secstatus.adapters.files import failure
from secstatus.config import Config
from secstatus.pipeline.inputs import journal_folder

NAME = "journal.jsonl"


def note(root: Path, config: Config, event: Mapping[str, Any]) -> None:
    """Add an event to the journal, which stands beside the status file.

    What a kill has cut off before stays a line of its own. Raises OutsideError when the disk
    refuses.
    """
    path = root / journal_folder(config) / NAME
    line = json.dumps(event, sort_keys=True, ensure_ascii=True).encode() + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        handle = os.open(path, flags, 0o644)
        try:
            size = os.fstat(handle).st_size
            cut_off = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            # In one call, so that the lines of two runs do not mix.
            os.write(handle, b"\n" + line if cut_off else line)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise failure(error, "writing the journal") from None
