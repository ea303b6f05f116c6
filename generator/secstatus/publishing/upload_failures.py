"""Failures of the upload itself: what the index says to credentials and files."""

from __future__ import annotations

from secstatus.publishing.failure import Area, Failure, Retry
from secstatus.publishing.identity_failures import ACTION_ISSUES, GUIDE, INDEX_STATUS, PUBLISHER

TWINE = "https://twine.readthedocs.io/en/stable/"
METADATA = "https://packaging.python.org/specifications/core-metadata/"
FORMATS = "https://packaging.python.org/discussions/package-formats/"
VERSIONS = "https://packaging.python.org/specifications/version-specifiers/"
ATTESTATIONS = "https://packaging.python.org/specifications/index-hosted-attestations/"


def upload_failure(
    name: str,
    *patterns: str,
    cause: str,
    remedy: str,
    link: str = TWINE,
    retry: Retry = Retry.NO,
    form: bool = False,
) -> Failure:
    return Failure(name, Area.UPLOAD, patterns, cause, remedy, retry, link, (), form)


FILE_EXISTS = "file-exists"

ATTESTATION_FAILURES = (
    upload_failure(
        "attestation-local",
        "already have publish attestations",
        "attestation generation failure",
        cause="The folder holds attestations already, as after an upload to another index in the"
        " same job.",
        remedy="Upload to each index in a job of its own, or set `attestations: false` for the test"
        " index.",
        link=ACTION_ISSUES + "/283",
    ),
    upload_failure(
        "attestation-unknown",
        "unknown error while trying to verify",
        cause="The index could not check the attestation, for a reason of its own.",
        remedy="Run it again in a few minutes.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
    upload_failure(
        "attestation-rejected",
        "invalid attestations supplied during upload",
        "could not verify the uploaded artifact using the included attestation",
        cause="The attestation was signed by another identity than the publisher, usually since the"
        " publishing step runs in a reusable workflow, or it is of another file.",
        remedy="Publish from a job of the top-level workflow file {workflow}, in the repository"
        " {slug}, and do not change the files after they were attested.",
        link=ATTESTATIONS,
        form=True,
    ),
)

AUTHENTICATION_FAILURES = (
    upload_failure(
        "token-expired",
        r"invalid api token:[a-z\s]{0,60}expired",
        r"invalid or non-existent authentication information[^\n]{0,200}expired",
        cause="The API token is older than it may be; one of trusted publishing lives 15 minutes.",
        remedy="Run it again, so that a fresh token is fetched just before the upload.",
        link=PUBLISHER,
        retry=Retry.ONCE,
    ),
    upload_failure(
        "token-scope",
        "invalid api token",
        "project-scoped token is not valid for project",
        "token with user restriction without a user",
        cause="The API token is for another project, or otherwise not for this upload.",
        remedy="Use a token whose scope is the project {project}, or trusted publishing.",
        link=GUIDE,
    ),
    upload_failure(
        "not-allowed",
        "isn't allowed to upload to project",
        "is not allowed to upload to project",
        cause="Whoever publishes is known to the index and may not publish this project.",
        remedy="On the index, open the project {project}, Manage, Publishing, and add the publisher"
        " below; or ask an owner for the right to upload.",
        link=PUBLISHER,
        form=True,
    ),
    upload_failure(
        "uploads-disabled",
        "new uploads are temporarily disabled",
        cause="The administrators of the index take no uploads for now.",
        remedy="Wait for the index's status page to say that it is over, then run it again.",
        link=INDEX_STATUS,
        retry=Retry.LATER,
    ),
    upload_failure(
        "account",
        "does not have a verified primary email",
        r"two-factor authentication (?:is )?(?:enabled|required|must)",
        r"does not have two-factor authentication enabled",
        cause="The account that owns the token lacks a verified address or a second factor.",
        remedy="Log in to the index, verify the address and set up two-factor authentication.",
        link=GUIDE,
    ),
    upload_failure(
        "project-creation",
        "non-user identities cannot create new projects",
        cause="There is no project of this name, and the pending publisher is for another name.",
        remedy="Give the pending publisher and the metadata (`name` in pyproject.toml) the same"
        " name.",
        link=PUBLISHER,
        form=True,
    ),
    upload_failure(
        "invalid-auth",
        "invalid or non-existent authentication information",
        cause="The user name or token is empty, wrong or has expired.",
        remedy="Give TWINE_USERNAME=__token__ and the whole token, `pypi-` included, in"
        " TWINE_PASSWORD; with trusted publishing run it again, which fetches a fresh token.",
        link=GUIDE,
        retry=Retry.ONCE,
    ),
    upload_failure(
        "no-credentials",
        "credential not found for",
        "could not determine credentials",
        "this environment is not supported for trusted publishing",
        cause="There is neither a token nor a job that could get one by trusted publishing.",
        remedy="Give TWINE_USERNAME and TWINE_PASSWORD in the environment, or publish from a job"
        " with the permission id-token: write.",
        link=GUIDE,
    ),
)

FILE_FAILURES = (
    upload_failure(
        "file-name-used",
        "this filename was previously used by a file that has since been deleted",
        "this filename has already been used",
        cause="A file of this name was there once and was deleted; the index takes no other.",
        remedy="Bump the version and build again: secstatus bump patch.",
        link=VERSIONS,
    ),
    upload_failure(
        FILE_EXISTS,
        "file already exists",
        "already exists!",
        "already exists in non-volatile index",
        "409 conflict",
        "httperror: 409",
        "appears to already exist",
        cause="The index has a file of this name already. Identical bytes are no problem; an index"
        " that says so has other ones, or does not compare.",
        remedy="Compare the SHA-256 on the index with that of your file: if they are the same, it"
        " is done; if not, bump the version. Never skip existing files without comparing.",
        link=VERSIONS,
    ),
    upload_failure(
        "release-too-old",
        "uploading new files to releases older than",
        cause="The release is too old to get more files.",
        remedy="Bump the version and publish all files together.",
        link=VERSIONS,
    ),
    upload_failure(
        "two-sdists",
        "only one sdist may be uploaded per release",
        cause="The release has a source distribution already, or the folder holds two.",
        remedy="Empty the folder, build once, and upload one sdist.",
        link=FORMATS,
    ),
    upload_failure(
        "digest-mismatch",
        "the digest supplied does not match a digest calculated",
        cause="The file was damaged on its way.",
        remedy="Run it again.",
        retry=Retry.YES,
    ),
    upload_failure(
        "too-large",
        "file too large",
        "project size too large",
        "request entity too large",
        "413 content too large",
        cause="The file, or the project as a whole, is larger than the index allows.",
        remedy="Make the distribution smaller, delete old development releases, or ask the index"
        " for a higher limit.",
        link=FORMATS,
    ),
    upload_failure(
        "invalid-distribution",
        "is an invalid value for",
        "use of local versions",
        "the description failed to render",
        r"filename '[^\n]{1,300}' is invalid, should be",
        "version in filename should be",
        r"license-file [^\n]{1,300} does not exist in",
        "does not contain the required metadata file",
        "invalid distribution file",
        "invaliddistribution:",
        "zip archive not accepted",
        "metadata is missing required fields",
        cause="The distribution or its metadata is not what the index takes.",
        remedy="Mend what the message names, build again and let `twine check --strict` pass before"
        " the upload: secstatus preflight.",
        link=METADATA,
    ),
)
