"""Claims and publisher side by side, judged as the index judges them.

The rules are those of the index's own code: the repository and the environment are compared
without regard to case, everything else exactly; a publisher without an environment takes a token
with any.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from secstatus.publishing.claims import Claims
from secstatus.publishing.publisher import Publisher
from secstatus.publishing.redaction import redact

MISSING = "(missing)"
REFUSED_EVENT = "pull_request_target"


@dataclass(frozen=True, slots=True)
class Compared:
    """One claim. `same` is None where it is not known here what the publisher says."""

    claim: str
    expected: str
    found: str
    same: bool | None
    note: str = ""

    def document(self) -> dict[str, Any]:
        return {
            "claim": self.claim,
            "expected": self.expected,
            "found": self.found,
            "note": self.note,
            "same": self.same,
        }


def compare_claims(claims: Claims, publisher: Publisher) -> tuple[Compared, ...]:
    """Each claim that the index checks, beside what the publisher should say."""
    return (
        _repository(claims, publisher),
        _exact(claims, "repository_owner", publisher.owner),
        _owner_id(claims),
        _workflow(claims, publisher),
        _environment(claims, publisher),
        *_event(claims),
    )


def differing(table: tuple[Compared, ...]) -> tuple[str, ...]:
    """The names of the claims that differ."""
    return tuple(each.claim for each in table if each.same is False)


def as_text(table: tuple[Compared, ...]) -> list[str]:
    """The table for people, one claim a line."""
    rows = [("claim", "expected", "found", "same")]
    words = {True: "yes", False: "NO", None: "?"}
    rows += [(each.claim, each.expected, each.found, words[each.same]) for each in table]
    widths = [max(len(row[number]) for row in rows) for number in range(3)]
    lines = ["  ".join((*map(str.ljust, row[:3], widths), row[3])) for row in rows]
    notes = [f"  {each.claim}: {each.note}" for each in table if each.note]
    return [*lines, *notes]


def _shown(value: str) -> str:
    text = redact(value)
    return (text if text.isprintable() else ascii(text)[1:-1]) or MISSING


def _row(claim: str, expected: str | None, found: str, same: bool, note: str = "") -> Compared:
    if expected is None:
        return Compared(claim, "?", _shown(found), None, note)
    return Compared(claim, _shown(expected), _shown(found), same and bool(found), note)


def _exact(claims: Claims, name: str, expected: str | None) -> Compared:
    found = claims.get(name)
    return _row(name, expected, found, found == expected, _case(expected, found))


def _case(expected: str | None, found: str) -> str:
    only = expected is not None and expected != found and expected.lower() == found.lower()
    return "only upper and lower case differ, and they count" if only else ""


def _repository(claims: Claims, publisher: Publisher) -> Compared:
    expected, found = publisher.slug, claims.get("repository")
    same = expected is not None and expected.lower() == found.lower()
    return _row("repository", expected, found, same)


def _owner_id(claims: Claims) -> Compared:
    note = "the index keeps the number of the account; one that was made anew has another"
    found = _shown(claims.get("repository_owner_id"))
    return Compared("repository_owner_id", "?", found, None, note)


def _workflow(claims: Claims, publisher: Publisher) -> Compared:
    """OWNER/NAME/.github/workflows/FILE@REF, where REF is the claim ref or the claim sha."""
    found = claims.get("job_workflow_ref")
    if publisher.slug is None or publisher.workflow is None:
        return _row("job_workflow_ref", None, found, False)
    path = f"{publisher.slug}/.github/workflows/{publisher.workflow}"
    refs = [ref for name in ("ref", "sha") if (ref := claims.get(name))]
    wanted = [f"{path}@{ref}" for ref in refs]
    expected = found if found in wanted else (wanted or [f"{path}@(ref or sha)"])[0]
    note = _why_not(claims, path) if found != expected else ""
    return _row("job_workflow_ref", expected, found, found == expected, note)


def _why_not(claims: Claims, path: str) -> str:
    ran, _, ref = claims.get("job_workflow_ref").partition("@")
    if claims.calls_another_workflow:
        return "the step runs in a reusable workflow; the index looks at that file"
    if ran == path:
        known = claims.get("ref") or claims.get("sha")
        return "the file is right; ref and sha name another commit" if known else _NO_REF
    return _case(path, ran) or ("another file or repository" if ref else "it names no ref")


_NO_REF = "the file is right; the claims ref and sha are both missing"


def _environment(claims: Claims, publisher: Publisher) -> Compared:
    found = claims.get("environment")
    if publisher.environment is None:
        return _row("environment", None, found, False)
    if not publisher.environment:
        note = "a publisher without an environment takes any"
        return Compared("environment", "(any)", _shown(found), True, note)
    same = publisher.environment.lower() == found.lower()
    note = "" if found else "the job names no environment"
    return _row("environment", publisher.environment, found, same, note)


def _event(claims: Claims) -> Iterator[Compared]:
    """Old actions do not print the event; then there is nothing to say of it."""
    if found := claims.get("event_name"):
        expected = f"not {REFUSED_EVENT}"
        yield Compared("event_name", expected, _shown(found), found != REFUSED_EVENT)
