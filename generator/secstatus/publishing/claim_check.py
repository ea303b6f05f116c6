"""Claims of an identity token compared with the publisher that the index expects."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from secstatus.errors import InputError
from secstatus.jsonio.strict import parse_json
from secstatus.publishing.logs import clean_text
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.text.redaction import redact

# The claims that the index checks, or that explain them; nothing else of a token is kept.
KNOWN = (
    "aud",
    "environment",
    "event_name",
    "iss",
    "job_workflow_ref",
    "ref",
    "repository",
    "repository_owner",
    "repository_owner_id",
    "sha",
    "sub",
    "workflow_ref",
)
# Claims come from a log that anyone may have sent.
LONGEST_CLAIM = 500
EXPECTED = "a JSON object of claims, or the claims as the publishing action prints them"
# The action prints a Markdown list; quotes and the kind of bullet vary with its version.
_RENDERED = re.compile(r"[*-] `?([a-z_]{2,40})`?: `([^`\n\v]{0,500})`")
# `eyJ` is `{"` in base64: the beginning of each JSON Web Token (RFC 7519).
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}\.([A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]*")
# GitHub accepts `.yml` and `.yaml` for workflows.
_WORKFLOW = re.compile(r"/([^/]+\.ya?ml)@")


class ClaimSource(StrEnum):
    """The source of the claims."""

    FILE = "a file of claims"
    LOG = "claims printed in a log"
    TOKEN = "an identity token"  # noqa: S105 - no password


@dataclass(frozen=True, slots=True)
class Claims:
    """The known claims that are there, by their names."""

    values: Mapping[str, str]
    source: ClaimSource

    def get(self, name: str) -> str:
        """The claim; empty where it is missing, which the index treats alike."""
        # PyPI compares a missing claim like an empty one.
        return self.values.get(name, "")

    @property
    def workflow_file(self) -> str:
        """The file that holds the running job, as the index reads it out of job_workflow_ref."""
        # PyPI reads job_workflow_ref, not workflow_ref: reusable workflows fail because of it.
        match = _WORKFLOW.search(self.get("job_workflow_ref"))
        return match[1] if match else ""

    @property
    def calls_another_workflow(self) -> bool:
        """Whether the job runs in a reusable workflow that another file has called."""
        ran, called = self.get("job_workflow_ref"), self.get("workflow_ref")
        # The refs behind the @ may differ for one file: a tag and its branch.
        return bool(ran and called) and ran.partition("@")[0] != called.partition("@")[0]

    def document(self) -> dict[str, Any]:
        return {"source": self.source.value, "values": dict(sorted(self.values.items()))}


def read_claims(text: str, name: str) -> Claims:
    """Read the claims in the text of a file, which messages call `name`.

    Raises InputError where there are none. No message quotes the file, since it may be a token.
    """
    found = find_claims(text)
    if found is not None:
        return found
    try:
        value = parse_json(text, name, "a JSON object of claims")
    except InputError as error:
        # The reader's own message quotes what it found, which may be the token.
        raise InputError(name, error.place, "text without claims", EXPECTED) from None
    # As debugging actions print it, with the claims below a key.
    if isinstance(value, dict) and isinstance(value.get("claims"), dict):
        value = value["claims"]
    if not isinstance(value, dict):
        raise InputError(name, "$", "no object", EXPECTED)
    return Claims(_kept(value, name), ClaimSource.FILE)


def find_claims(text: str) -> Claims | None:
    """The claims of a token in a log, else those that the publishing action prints; else None."""
    # A log may hold other JSON Web Tokens, so the first one with known claims counts.
    for match in _TOKEN.finditer(text):
        claims = _payload(match[1])
        if claims:
            return Claims(claims, ClaimSource.TOKEN)
    found = dict(_RENDERED.findall(clean_text(text)))
    # The publishing action prints MISSING for a claim that is not there.
    kept = {name: found[name] for name in KNOWN if found.get(name, "MISSING") != "MISSING"}
    # Older versions of it print Python's None.
    kept = {name: value for name, value in kept.items() if value != "None"}
    # Every identity token of GitHub has this claim; without it the list is about something else.
    return Claims(kept, ClaimSource.LOG) if "repository" in found else None


def _payload(part: str) -> dict[str, str]:
    """The known claims in the middle part of a token; empty where it has none."""
    try:
        # RFC 7515 leaves the padding out; Python requires it. The signature is never looked at.
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        value = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    return {name: value[name][:LONGEST_CLAIM] for name in KNOWN if isinstance(value.get(name), str)}


def _kept(value: Mapping[str, Any], name: str) -> dict[str, str]:
    for claim in KNOWN:
        if claim in value and value[claim] is not None and not isinstance(value[claim], str):
            # Only the type is named: the value itself may be secret.
            kind = type(value[claim]).__name__
            raise InputError(name, f"$.{claim}", f"a value of the kind {kind}", "text")
    kept = {claim: value[claim][:LONGEST_CLAIM] for claim in KNOWN if value.get(claim)}
    # Without either claim nothing could be compared, and every row would look fine.
    if "repository" not in kept and "job_workflow_ref" not in kept:
        hint = "The claims are those in the payload of the identity token."
        raise InputError(name, "$", "neither repository nor job_workflow_ref", EXPECTED, hint=hint)
    return kept


MISSING = "(missing)"
REFUSED_EVENT = "pull_request_target"


@dataclass(frozen=True, slots=True)
class ComparedClaim:
    """One compared claim; `same` is None where the publisher's value is not known."""

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


def compare_claims(claims: Claims, publisher: Publisher) -> tuple[ComparedClaim, ...]:
    """Compare each claim that the index checks with the expected publisher."""
    return (
        _repository(claims, publisher),
        _exact(claims, "repository_owner", publisher.owner),
        _owner_id(claims),
        _workflow(claims, publisher),
        _environment(claims, publisher),
        *_event(claims),
    )


def list_differing(table: tuple[ComparedClaim, ...]) -> tuple[str, ...]:
    """The names of the claims that differ."""
    return tuple(each.claim for each in table if each.same is False)


def render_table(table: tuple[ComparedClaim, ...]) -> list[str]:
    """The table as aligned lines of text: a header, the claims, the notes."""
    rows = [("claim", "expected", "found", "same")]
    words = {True: "yes", False: "NO", None: "?"}
    rows += [(each.claim, each.expected, each.found, words[each.same]) for each in table]
    # The last column needs no width: nothing follows it.
    widths = [max(len(row[number]) for row in rows) for number in range(3)]
    lines = ["  ".join((*map(str.ljust, row[:3], widths), row[3])) for row in rows]
    notes = [f"  {each.claim}: {each.note}" for each in table if each.note]
    return [*lines, *notes]


def _shown(value: str) -> str:
    text = redact(value)
    # A direction mark in a claim could make two different values look the same.
    return (text if text.isprintable() else ascii(text)[1:-1]) or MISSING


def _row(claim: str, expected: str | None, found: str, same: bool, note: str = "") -> ComparedClaim:
    # An unknown expectation gives `?`: neither a match nor a difference.
    if expected is None:
        return ComparedClaim(claim, "?", _shown(found), None, note)
    return ComparedClaim(claim, _shown(expected), _shown(found), same and bool(found), note)


def _exact(claims: Claims, name: str, expected: str | None) -> ComparedClaim:
    found = claims.get(name)
    return _row(name, expected, found, found == expected, _case(expected, found))


def _case(expected: str | None, found: str) -> str:
    # This difference is easily overlooked: PyPI compares the owner with its case.
    only = expected is not None and expected != found and expected.lower() == found.lower()
    return "only upper and lower case differ, and they count" if only else ""


def _repository(claims: Claims, publisher: Publisher) -> ComparedClaim:
    expected, found = publisher.slug, claims.get("repository")
    # PyPI compares the repository without case, since GitHub does.
    same = expected is not None and expected.lower() == found.lower()
    return _row("repository", expected, found, same)


def _owner_id(claims: Claims) -> ComparedClaim:
    # PyPI stores the id with the publisher, so that a name that changes hands loses its rights.
    note = "the index keeps the number of the account; one that was made anew has another"
    found = _shown(claims.get("repository_owner_id"))
    return ComparedClaim("repository_owner_id", "?", found, None, note)


def _workflow(claims: Claims, publisher: Publisher) -> ComparedClaim:
    """OWNER/NAME/.github/workflows/FILE@REF, where REF is the claim ref or the claim sha."""
    found = claims.get("job_workflow_ref")
    if publisher.slug is None or publisher.workflow is None:
        return _row("job_workflow_ref", None, found, False)
    path = f"{publisher.slug}/.github/workflows/{publisher.workflow}"
    refs = [ref for name in ("ref", "sha") if (ref := claims.get(name))]
    wanted = [f"{path}@{ref}" for ref in refs]
    # Either of the two refs will do; the table shows the one that fits.
    expected = found if found in wanted else (wanted or [f"{path}@(ref or sha)"])[0]
    note = _why_not(claims, path) if found != expected else ""
    return _row("job_workflow_ref", expected, found, found == expected, note)


def _why_not(claims: Claims, path: str) -> str:
    ran, _, ref = claims.get("job_workflow_ref").partition("@")
    if claims.calls_another_workflow:
        return "the step runs in a reusable workflow; the index checks that file"
    if ran == path:
        known = claims.get("ref") or claims.get("sha")
        return "the file is right; ref and sha name another commit" if known else _NO_REF
    return _case(path, ran) or ("another file or repository" if ref else "it names no ref")


_NO_REF = "the file is right; the claims ref and sha are both missing"


def _environment(claims: Claims, publisher: Publisher) -> ComparedClaim:
    found = claims.get("environment")
    if publisher.environment is None:
        return _row("environment", None, found, False)
    # A publisher without an environment accepts jobs with any.
    if not publisher.environment:
        note = "a publisher without an environment takes any"
        return ComparedClaim("environment", "(any)", _shown(found), True, note)
    # PyPI compares the names of environments without case.
    same = publisher.environment.lower() == found.lower()
    note = "" if found else "the job names no environment"
    return _row("environment", publisher.environment, found, same, note)


def _event(claims: Claims) -> Iterator[ComparedClaim]:
    """A row for the event; none where it is unknown, because old actions do not print it."""
    # pull_request_target runs with the rights of the base for code of a fork; PyPI refuses it.
    if found := claims.get("event_name"):
        expected = f"not {REFUSED_EVENT}"
        yield ComparedClaim("event_name", expected, _shown(found), found != REFUSED_EVENT)
