"""What a step of GitHub Actions writes: outputs, a summary, a temporary file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from secstatus.adapters.files import make_disk_error

# A step's summary may have 1 MiB; a longer one is refused as a whole.
LONGEST_SUMMARY = 1_000_000


def set_outputs(values: Mapping[str, str]) -> None:
    """Set outputs of the step; outside of GitHub Actions nothing is written.

    Any text is safe as a value: one of several lines is framed by a word that it cannot hold.
    Raises ExternalError when the file cannot be written.
    """
    lines = "".join(_output(name, value) for name, value in values.items())
    _append("GITHUB_OUTPUT", lines)


def _output(name: str, value: str) -> str:
    # Anything that some reader might take for the end of a line.
    if value.isprintable():
        return f"{name}={value}\n"
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    # A frame that the text could hold would let it set further outputs:
    # https://docs.github.com/actions/reference/workflow-commands-for-github-actions#multiline-strings
    frame = f"end-{sha256(text.encode('utf-8', 'replace')).hexdigest()}"
    return f"{name}<<{frame}\n{text}\n{frame}\n"


def add_summary(markdown: str) -> None:
    """Append to the step's summary; a text above the limit is cut at a line.

    Outside of GitHub Actions nothing is written. Raises ExternalError when the disk refuses.
    """
    # At a line, so that no markup is left open in the middle of one.
    cut = markdown[:LONGEST_SUMMARY].rpartition("\n")[0] + "\n\nThe rest is cut off.\n"
    _append("GITHUB_STEP_SUMMARY", cut if len(markdown) > LONGEST_SUMMARY else markdown)


def _append(variable: str, text: str) -> None:
    path = os.environ.get(variable)
    if not path or not text:
        return
    try:
        # Appended: earlier steps of the job may have written there.
        with Path(path).open("a", encoding="utf-8", errors="replace", newline="") as file:
            file.write(text)
    except OSError as error:
        raise make_disk_error(error, f"writing {variable}") from None


def temporary_file(name: str) -> Path | None:
    """A file of this name in the runner's folder for the job; None elsewhere."""
    folder = os.environ.get("RUNNER_TEMP")
    return Path(folder) / name if folder else None
