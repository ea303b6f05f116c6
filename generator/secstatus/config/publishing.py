"""How a release is published: `[tool.secstatus.preflight]`, `[tool.secstatus.verify]`, defaults."""

from __future__ import annotations

from dataclasses import dataclass

from secstatus.config import values


@dataclass(frozen=True, slots=True)
class PreflightRules:
    """What has to hold before a release, in the words of the file; `publishing.policy` explains."""

    worst_grade: str = "F"
    most_critical: int | None = None
    most_high: int | None = None
    coverage_required: bool = True
    branch: str = ""
    remote: str = "origin"
    tag: str = ""
    tag_required: bool = False
    isolation: str = "auto"
    reproducible: str = "bytes"
    tests_in_wheel: bool = False
    allowed_files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class VerifyRules:
    """What has to hold after a release."""

    index_url: str = ""
    attestations_required: bool = False
    workflow: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class PublishingConfig:
    """How a release is published. The command line may say otherwise.

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
    preflight: PreflightRules = PreflightRules()
    verify: VerifyRules = VerifyRules()


def read_publishing(
    preflight: values.Keys, verify: values.Keys, gates_of_bump: tuple[str, ...] | None
) -> PublishingConfig:
    """Read both tables. Without gates of its own, a release needs those of the bump."""
    gates = preflight.take("gates", None, values.parse_texts)
    return PublishingConfig(
        quality_gates_required=gates if gates is not None else gates_of_bump or (),
        preflight=_read_preflight(preflight),
        verify=_read_verify(verify),
    )


def _read_preflight(keys: values.Keys) -> PreflightRules:
    number = values.parse_integer(0, 100_000)
    found = PreflightRules(
        worst_grade=keys.take("worst_grade", "F", values.parse_word("A", "B", "C", "D", "F")),
        most_critical=keys.take("most_critical", None, number),
        most_high=keys.take("most_high", None, number),
        coverage_required=keys.take("coverage_required", True, values.parse_flag),
        branch=keys.take("branch", "", values.parse_text),
        remote=keys.take("remote", "origin", values.parse_text),
        tag=keys.take("tag", "", values.with_version),
        tag_required=keys.take("tag_required", False, values.parse_flag),
        isolation=keys.take("isolation", "auto", values.parse_word("auto", "yes", "no")),
        reproducible=keys.take(
            "reproducible", "bytes", values.parse_word("bytes", "content", "no")
        ),
        tests_in_wheel=keys.take("tests_in_wheel", False, values.parse_flag),
        allowed_files=keys.take("allowed_files", (), values.parse_texts),
    )
    keys.no_more()
    return found


def _read_verify(keys: values.Keys) -> VerifyRules:
    found = VerifyRules(
        index_url=keys.take("index_url", "", values.parse_https),
        attestations_required=keys.take("attestations_required", False, values.parse_flag),
        workflow=keys.take("workflow", "", values.parse_text),
        environment=keys.take("environment", "", values.parse_text),
    )
    keys.no_more()
    return found
