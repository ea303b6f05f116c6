"""One upload of a release: a run of twine for each file, repeated if that helps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.adapters.twine import Target, TwineRun, run_twine
from secstatus.commands.built_files import (
    BuiltRelease,
    Distribution,
)
from secstatus.commands.upload.already_uploaded import Bytes, existing
from secstatus.commands.upload.result import (
    PublishingError,
)
from secstatus.errors import PyPIPublishingError, TrustedPublishingError
from secstatus.publishing.claim_check import list_differing
from secstatus.publishing.diagnosis import Diagnosis, diagnose_log
from secstatus.publishing.failures.failure import FILE_EXISTS, Area, Retry
from secstatus.publishing.logs import clean_text, find_asked_wait
from secstatus.publishing.policy import PublishingConfig
from secstatus.publishing.stages import Stage, StageOutcome, StageState
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.text.redaction import Redactor, list_secrets, redact
from secstatus.timestamps import format_timestamp

# What twine says when it has exchanged an identity token.
EXCHANGED = "Got OIDC token for audience"


@dataclass(frozen=True, slots=True)
class UploadOptions:
    """`repository_url` None: twine's variable TWINE_REPOSITORY_URL, else its own default.

    `index_url` is the root of the simple pages, for comparing files that are there already; empty:
    found from the address. `timeout` is in seconds, of one attempt; None, as for `attempts`: the
    configuration. `workflow` and `environment` are those of the trusted publisher, for the
    diagnosis; None: those of the workflow files.
    """

    dist: Path = Path("dist")
    repository_url: str | None = None
    index_url: str = ""
    timeout: float | None = None
    attempts: int | None = None
    workflow: str | None = None
    environment: str | None = None


class UploadRun:
    """One upload: the files, the index, and the result of each file so far."""

    def __init__(
        self,
        release: BuiltRelease,
        to: Target,
        publishing: PublishingConfig,
        index_url: str,
        publisher: Publisher,
        variables: Mapping[str, str],
        progress: Callable[[str], None],
        timing: Timing,
    ) -> None:
        self.release, self.to, self.publisher = release, to, publisher
        self.publishing, self.index_url = publishing, index_url
        self.variables, self.progress, self.timing = variables, progress, timing
        self.secrets = list_secrets(variables)
        self.policy = RetryPolicy(publishing.retry_attempts)
        self.stages: list[StageOutcome] = []
        self.attempts = 0
        self.exchanged = False

    def event(self, now: datetime) -> dict[str, object]:
        """What the journal keeps of this upload."""
        # Only the kind of the credentials is recorded: the journal is published.
        given = "token" if self.variables.get("TWINE_PASSWORD") else "none given"
        return {
            "at": format_timestamp(now),
            "attempts": self.attempts,
            "authentication": "trusted publishing" if self.exchanged else given,
            "files": [each.built.name for each in self.release.files],
            "kind": "publish",
            "package": self.release.project,
            "repository": self.to.shown,
            "version": self.release.version,
        }

    def ended(self, name: str, started: float, detail: str) -> None:
        seconds = self.timing.clock() - started
        self.stages.append(StageOutcome(Stage(name), StageState.PASSED, seconds, detail))

    def all(self) -> None:
        for file in self.release.files:
            started = self.timing.clock()
            detail = self._sent(file)
            self.ended(file.built.name, started, detail)

    def _sent(self, file: Distribution) -> str:
        """How the file got onto the index; raises if it did not."""
        attempt = 0
        while True:
            attempt += 1
            done = self._attempt(file, attempt)
            if done.status == 0:
                return "uploaded" if attempt == 1 else f"uploaded at attempt {attempt}"
            found = self._diagnosis(done)
            # An upload whose answer was lost has arrived all the same: the next attempt learns it
            # here.
            if found.id == FILE_EXISTS:
                return self._already_there(file, done.output, found)
            # RFC 9110 (10.2.3): the server may state with Retry-After how long to wait.
            asked, fresh = find_asked_wait(done.output), EXCHANGED in done.output
            pause = self.policy.find_pause(attempt, self.timing, asked)
            # A refused file or a wrong publisher is refused again, however often it is tried.
            if pause is None or not found.allows_retry(attempt, fresh_token=fresh):
                raise self._failed(file, _final(found, attempt, fresh), attempt, asked)
            self.progress(f"{file.built.name}: {found.id}; again in {pause:.1f} s")
            self.timing.sleep(pause)

    def _attempt(self, file: Distribution, attempt: int) -> TwineRun:
        of = f"attempt {attempt} of {self.policy.attempts}"
        self.progress(f"uploading {file.built.name} to {self.to.shown}, {of}")
        # A run has its own, which holds text back until it can no longer be half a secret.
        redactor = Redactor(self.secrets)
        self.attempts += 1

        def heard(line: str) -> None:
            for each in redactor.feed(clean_text(line)).splitlines():
                self.progress(each)

        # twine sends attestations together with their distribution (PEP 740).
        files = [file.path, *file.attestations]
        done = run_twine(files, self.to, self.variables, heard, self.publishing.timeout_seconds)
        for each in redactor.close().splitlines():
            self.progress(each)
        self.exchanged = self.exchanged or EXCHANGED in done.output
        return done

    def _diagnosis(self, done: TwineRun) -> Diagnosis:
        late = (
            ""
            if done.status is not None
            else f"\ntwine: no end after {self.publishing.timeout_seconds:g} s\n"
        )
        return diagnose_log(done.output + late, self.publisher, secrets=self.secrets)

    def _already_there(self, file: Distribution, output: str, found: Diagnosis) -> str:
        """What proves that the file is the same; raises for another one, and for no proof."""
        answer = existing(
            file.built,
            file.path,
            self.release.project,
            self.to,
            self.index_url,
            output,
            self.variables,
            self.timing,
        )
        reason = redact(answer.reason, self.secrets)
        # Warehouse itself accepts a file with the same bytes; other indexes refuse every known
        # name.
        if answer.bytes is Bytes.SAME:
            return f"there already, with the same bytes: {reason}"
        if answer.bytes is Bytes.DIFFERENT:
            cause = f"the index has a file of this name with other bytes: {reason}"
            raise self._failed(file, found.with_retry(Retry.NO, cause), 1, 0)
        cause = f"the index has a file of this name, perhaps this file: {reason}"
        raise self._failed(file, found.with_retry(Retry.LATER, cause), 1, 0)

    def _failed(
        self, file: Distribution, found: Diagnosis, attempt: int, asked: float
    ) -> PublishingError:
        # A refused identity is repaired in the settings of the index and not in the project.
        kind = TrustedPublishingError if found.area is Area.IDENTITY else PyPIPublishingError
        tries = f" (after {attempt} attempts)" if attempt > 1 else ""
        wait = f"; the index asks to wait {asked:.0f} s" if asked else ""
        return kind(
            f"{file.built.name}: {found.cause.rstrip('.')}{wait}{tries}",
            diagnosis=found,
            hint=f"{found.remedy} See {found.found.failure.link}",
            details=list(self._details(file, found)),
        )

    def _details(self, file: Distribution, found: Diagnosis) -> Iterator[str]:
        if found.found.excerpt:
            yield f"{found.id}: {found.found.excerpt}"
        yield from (f"{field}: {value}" for field, value in found.form)
        if names := list_differing(found.claims):
            yield f"claims that differ: {', '.join(names)}"
        yield from found.notes
        # The first stage is the folder of the distributions.
        done = [each.name for each in self.stages[1:]]
        if done:
            yield f"on the index by now: {', '.join(done)}"
        rest = [each.built.name for each in self.release.files]
        yield f"not uploaded: {', '.join(name for name in rest if name not in done)}"


def _final(found: Diagnosis, attempt: int, fresh: bool) -> Diagnosis:
    """Without retry for stated credentials and for a second fresh token: both would fail again."""
    if found.retry is Retry.ONCE and (attempt > 1 or not fresh):
        return found.with_retry(Retry.NO)
    return found
