"""The failure table as data. A failure that stands earlier is the more specific one."""

from __future__ import annotations

from secstatus.publishing.failure import Area, Failure, Retry
from secstatus.publishing.identity_failures import ACTION_ISSUES, IDENTITY_FAILURES, REUSABLE
from secstatus.publishing.outage_failures import (
    SERVER_FAILURES,
    VERIFICATION_FAILURES,
    VISIBILITY_FAILURES,
)
from secstatus.publishing.upload_failures import (
    ATTESTATION_FAILURES,
    AUTHENTICATION_FAILURES,
    FILE_EXISTS,
    FILE_FAILURES,
)

__all__ = ["FAILURES", "FILE_EXISTS", "REUSABLE", "UNKNOWN"]

FAILURES: tuple[Failure, ...] = (
    *IDENTITY_FAILURES,
    *ATTESTATION_FAILURES,
    *AUTHENTICATION_FAILURES,
    *FILE_FAILURES,
    *VERIFICATION_FAILURES,
    *SERVER_FAILURES,
    *VISIBILITY_FAILURES,
)

UNKNOWN = Failure(
    id="unknown",
    area=Area.UPLOAD,
    patterns=(),
    cause="No known failure stands in the log. That does not mean that all is well.",
    remedy="Read the last lines of the log, and run the upload again with --verbose. If it still"
    " says nothing, report those lines, without any token, to the publishing client.",
    retry=Retry.NO,
    link=ACTION_ISSUES,
)
