"""The errors of the program, one branch for each kind of remedy.

The command line turns each into a message and the exit status of its class. Messages name the
thing, the place, what was found and what was expected; `hint` is the next step for the user.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

LONGEST_EXCERPT = 80
# Lines, bytes, and JSON paths whose keys are words of a format.
_PLAIN_PLACE = re.compile(r"(?:line \d+(?: column \d+)?|byte \d+|\$(?:\.[a-z_]{1,40}|\[\d+\])*)")


def shown(value: object) -> str:
    """One line that is safe on a terminal and in a log: at most 80 characters of a quoted value.

    `repr` escapes control characters and newlines, so that an attacker's text can neither move
    the cursor nor start a workflow command.
    """
    # `ascii` also escapes the characters that turn the direction of text.
    text = ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)
    return text if len(text) <= LONGEST_EXCERPT else text[: LONGEST_EXCERPT - 1] + "…"


class SecstatusError(Exception):
    """The root of everything that the program raises on purpose.

    `details` are lines that belong to the message; `hint` is the next step for the user.
    """

    # The meaning of the statuses is the same for all commands (docs/reference/commands.md).
    exit_status = 2

    def __init__(self, message: str, *, hint: str = "", details: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        # A tuple, so that a caller that reuses its list cannot change the error.
        self.details = tuple(details)


class UsageError(SecstatusError):
    """The command was called in a way that cannot work; nothing was changed."""


class InputError(SecstatusError):
    """A file cannot be read as what it should be; nothing was changed.

    `place` is a line (`line 12`) or a JSON path (`$.findings[2].severity`).
    """

    def __init__(self, path: str, place: str, found: str, expected: str, *, hint: str = "") -> None:
        where = f"{path}: at {place}: " if place else f"{path}: "
        super().__init__(f"{where}found {found}, expected {expected}", hint=hint)
        self.path = path
        self.place = place
        self.found = found
        self.expected = expected

    @property
    def public(self) -> str:
        """The place of the error and the expected value, without content of the file.

        For pages and files that are published. Keys of an object may be anything, so that only a
        plain place is named.
        """
        # A key of a project's own object could hold a secret, or markup for the page.
        place = f" at {self.place}" if _PLAIN_PLACE.fullmatch(self.place) else ""
        return f"cannot be read{place}: expected {self.expected}"


class SecurityStatusError(InputError):
    """The live status cannot be read; the last good site stays as it is."""


class CheckFailedError(SecstatusError):
    """The command ran and found a problem (a gate, a check, `--strict`)."""

    exit_status = 1


class ExternalError(SecstatusError):
    """Disk, network or another program failed; the same call may succeed later."""

    exit_status = 3


# A protocol: `errors` is the first room and imports none of the others.
class Diagnosed(Protocol):
    """The diagnosis of a publishing failure."""

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed, now or later."""

    def document(self) -> dict[str, Any]:
        """The diagnosis as JSON."""


class _PublishingError(ExternalError):
    """A diagnosed failure: exit status 3 if it is retryable, else 1."""

    def __init__(
        self, message: str, *, diagnosis: Diagnosed, hint: str = "", details: Sequence[str] = ()
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.diagnosis = diagnosis
        # Status 3 lets a workflow try again; a refusal that stays needs a change first.
        self.exit_status = ExternalError.exit_status if diagnosis.retryable else 1


class TrustedPublishingError(_PublishingError):
    """The index refused the identity of the job; this attempt uploaded nothing."""


class PyPIPublishingError(_PublishingError):
    """The index refused a file; `details` name the uploaded ones."""


class VersionManagementError(SecstatusError):
    """A version cannot be read, chosen or written; the tree is as it was before."""


class InvalidVersionError(VersionManagementError):
    """The text is not a version of PEP 440, or must not follow the present one."""


class DocumentUpdateError(VersionManagementError):
    """A file cannot be updated to the new version; every file is as it was before."""


class IncompleteVersionUpdateError(VersionManagementError):
    """A gate failed or a reference was left after the change; everything is put back.

    `details` lists each left reference as `file:line: reason`, or the end of a gate's output.
    """

    exit_status = 1
