"""Diagnose the log of a failed upload: the failure, its cause, and the remedy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from secstatus.publishing.claim_check import (
    Claims,
    ClaimSource,
    ComparedClaim,
    compare_claims,
    find_claims,
    list_differing,
    render_table,
)
from secstatus.publishing.failures.catalogue import load_catalogue
from secstatus.publishing.failures.failure import REUSABLE_WORKFLOW, UNKNOWN, Area, Failure, Retry
from secstatus.publishing.logs import Log, clean_text, read_log
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.text.redaction import redact

_WORDS = {
    "project": "(this project)",
    "slug": "of the project",
    "workflow": "the workflow that publishes",
}


@dataclass(frozen=True, slots=True)
class FoundFailure:
    """A failure with its line in the log, from 1; 0 where the log does not show it."""

    failure: Failure
    line: int
    excerpt: str

    def document(self) -> dict[str, Any]:
        return {"excerpt": self.excerpt, "id": self.failure.id, "line": self.line}


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The most specific failure in a log; `others` are further ones.

    `form`: the fields to enter on the index, where that is the remedy. `claims`: the claims of the
    identity token compared with the expected publisher.
    """

    found: FoundFailure
    cause: str
    remedy: str
    form: tuple[tuple[str, str], ...] = ()
    others: tuple[FoundFailure, ...] = ()
    claims: tuple[ComparedClaim, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return self.found.failure.id

    @property
    def known(self) -> bool:
        """Whether the log shows a failure of the catalogue."""
        return self.id != UNKNOWN

    @property
    def area(self) -> Area:
        return self.found.failure.area

    @property
    def retry(self) -> Retry:
        return self.found.failure.retry

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed, now or later."""
        return self.retry is not Retry.NO

    def allows_retry(self, attempt: int, *, fresh_token: bool) -> bool:
        """Whether to try again automatically after the attempt with this number, from 1.

        `fresh_token`: the next attempt fetches another identity token than this one had.
        """
        # A second fresh token that is refused as well shows that the cause is not the token.
        if self.retry is Retry.ONCE:
            return fresh_token and attempt == 1
        return self.retry is Retry.YES

    def with_retry(self, retry: Retry, cause: str = "") -> Diagnosis:
        """A copy with another `retry`, and another `cause` unless that is empty."""
        failed = replace(self.found.failure, retry=retry)
        found = replace(self.found, failure=failed)
        return replace(self, found=found, cause=cause or self.cause)

    def document(self) -> dict[str, Any]:
        return {
            "area": self.area.value,
            "cause": self.cause,
            "claims": [each.document() for each in self.claims],
            "excerpt": self.found.excerpt,
            "form": dict(self.form),
            "id": self.id,
            "known": self.known,
            "line": self.found.line or None,
            "link": self.found.failure.link,
            "notes": list(self.notes),
            "others": [each.document() for each in self.others],
            "remedy": self.remedy,
            "retry": self.retry.value,
            "retryable": self.retryable,
        }

    def text(self) -> str:
        """The diagnosis as text of several lines."""
        return "\n".join(self.lines())

    def lines(self) -> Iterator[str]:
        where = f"Line {self.found.line}: " if self.found.line else ""
        yield f"{self.id} ({self.area})"
        if self.found.excerpt:
            yield f"{where}{self.found.excerpt}"
        yield f"Cause: {self.cause}"
        yield f"Remedy: {self.remedy}"
        yield from (f"  {field}: {value}" for field, value in self.form)
        yield f"Try again: {self.retry}"
        yield f"See: {self.found.failure.link}"
        if self.claims:
            yield "Claims of the identity token, beside the publisher as it should be:"
            yield from (f"  {line}" for line in render_table(self.claims))
        yield from (f"Note: {note}" for note in self.notes)
        yield from (
            f"Also reported: {each.failure.id}, line {each.line}: {each.excerpt}"
            for each in self.others
        )


def diagnose_log(
    log: str,
    expected: Publisher | None = None,
    claims: Claims | None = None,
    secrets: Iterable[str] = (),
) -> Diagnosis:
    """Diagnose the log of a failed upload; the result contains no secret.

    `expected` is the publisher as it should be. `claims` are those of the identity token, which are
    else read from the log. `secrets` are values that are redacted. A log without a known failure
    gives the failure `unknown`.
    """
    # Before redaction, which would replace the token with its claims by `***`.
    in_log = find_claims(log)
    # Cleaned first: a colour sequence inside of a secret would hide it from redaction.
    clean = read_log(redact(clean_text(log), secrets))
    return _diagnosis(clean, expected, claims or in_log, in_log)


def _diagnosis(
    log: Log, expected: Publisher | None, claims: Claims | None, in_log: Claims | None
) -> Diagnosis:
    found = list(_found(log))
    # The claims explain the failure better than the text of the log.
    if claims and claims.calls_another_workflow and found:
        found = _explained_by_reuse(found)
    if not found:
        found = [FoundFailure(load_catalogue().unknown, *log.last_words())]
    table = compare_claims(claims, expected or Publisher()) if claims else ()
    notes = tuple(_notes(found[0].failure, table, claims, in_log))
    return _make_diagnosis(tuple(found), expected or Publisher(), table, notes)


def _found(log: Log) -> Iterator[FoundFailure]:
    # In the order of the catalogue: the more specific failures come first.
    for each in load_catalogue().failures:
        if place := each.find_in(log.folded):
            start, end = place
            yield FoundFailure(each, log.line_of(start), log.around(start, end))


def _explained_by_reuse(found: list[FoundFailure]) -> list[FoundFailure]:
    first = found[0]
    # A reusable workflow explains no failure of the network.
    if not first.failure.explained_by_reuse:
        return found
    reusable = load_catalogue().failure(REUSABLE_WORKFLOW)
    return [FoundFailure(reusable, first.line, first.excerpt), *found]


def _make_diagnosis(
    found: tuple[FoundFailure, ...],
    expected: Publisher,
    table: tuple[ComparedClaim, ...],
    notes: tuple[str, ...],
) -> Diagnosis:
    first = found[0]
    known = {"project": expected.project, "slug": expected.slug, "workflow": expected.workflow}
    # `format_map` inserts values and does not parse them again, so braces in them are harmless.
    words = {name: _quoted(value) if value else _WORDS[name] for name, value in known.items()}
    return Diagnosis(
        found=first,
        cause=first.failure.cause.format_map(words),
        remedy=first.failure.remedy.format_map(words),
        form=expected.form() if first.failure.form else (),
        others=found[1:],
        claims=table,
        notes=notes,
    )


def _quoted(value: str) -> str:
    # Values may come from a file of the project, and the text is printed on a terminal.
    return value if value.isprintable() else ascii(value)[1:-1]


def _notes(
    failed: Failure, table: tuple[ComparedClaim, ...], claims: Claims | None, in_log: Claims | None
) -> Iterator[str]:
    # One warning is enough, wherever the token was.
    for each in (claims, in_log):
        if each is not None and each.source is ClaimSource.TOKEN:
            yield (
                "an identity token was given, not only its claims; its payload was read, nothing of"
                " it is kept. Treat it as known to others: delete the file or log that holds it"
            )
            break
    if not table or failed.area is not Area.IDENTITY:
        return
    names = list_differing(table)
    if names:
        yield f"these claims differ from the publisher as it should be: {', '.join(names)}"
    # These two claims identify the publisher on the index; the other rows may be unknown here.
    elif all(each.same for each in table if each.claim in ("repository", "job_workflow_ref")):
        yield (
            "the claims are as this project expects them, so the publisher on the index must"
            " differ: compare it with the fields above"
        )
