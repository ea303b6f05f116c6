"""The policies of publishing, as the configuration states them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from secstatus.status.policy import Grade

if TYPE_CHECKING:
    # The configuration is read into these policies; pydantic stays out of it.
    pass


class Isolation(StrEnum):
    """Whether the build gets an environment of its own, which needs a package index.

    `AUTO`: it does, unless the build requirements cannot be installed; then the environment of this
    program is used, and the result reports it.
    """

    AUTO = "auto"
    YES = "yes"
    NO = "no"


class Reproducible(StrEnum):
    """How equal two builds of the commit must be.

    `CONTENT`: names and contents of the members; permissions and times may differ, as those of
    setuptools do.
    """

    BYTES = "bytes"
    CONTENT = "content"
    NO = "no"


@dataclass(frozen=True, slots=True)
class PreflightPolicy:
    """The conditions of a release.

    `worst_grade` is the worst grade of a release. `most_critical` and `most_high` limit the open
    findings of that severity; None is no limit, since a release may be the one that reports them.
    `coverage_required`: the status has to name its scans.

    `branch` is the branch that the commit has to be on, empty for any; `remote` is queried where
    the clone has no answer. `tag` is the name of the tag with `{version}` in it; empty: that of the
    bump, else `v{version}`.

    `allowed_files` are globs of files that a distribution may contain although they look like a
    secret, are a test, or are not tracked.
    """

    worst_grade: Grade = Grade.F
    most_critical: int | None = None
    most_high: int | None = None
    coverage_required: bool = True
    branch: str = ""
    remote: str = "origin"
    tag: str = ""
    tag_required: bool = False
    isolation: Isolation = Isolation.AUTO
    reproducible: Reproducible = Reproducible.BYTES
    tests_in_wheel: bool = False
    allowed_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyPolicy:
    """The conditions after a release. `index_url` empty: the index that twine uploads to.

    `workflow` and `environment` are those of the trusted publisher; empty for any.
    """

    index_url: str = ""
    attestations_required: bool = False
    workflow: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class PublishingConfig:
    """How a release is published. The command line may override it.

    `pypi_repository` is the upload URL, None for that of twine. `quality_gates_required` are the
    commands that must pass before a release. `retry_attempts` count for one file, and
    `timeout_seconds` for one attempt.

    The names are those of the design's model. Its `aws_role_arn` does not exist here: a trusted
    publisher exchanges the identity token of the job and needs no role. Notification channels are
    read from the environment, because their addresses are secrets.
    """

    pypi_repository: str | None = None
    quality_gates_required: tuple[str, ...] = ()
    retry_attempts: int = 3
    timeout_seconds: float = 600.0
    preflight: PreflightPolicy = PreflightPolicy()
    verify: VerifyPolicy = VerifyPolicy()
