"""The claims of an identity token, read without its signature, and what the index makes of them.

The token itself is never kept: a text that holds one by mistake is read for its claims alone.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from secstatus.errors import InputError
from secstatus.findings.strict_json import strict_json
from secstatus.publishing.logs import plain_text

# What the index looks at, and what explains it; nothing else of a token is kept.
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
LONGEST_CLAIM = 500
EXPECTED = "a JSON object of claims, or the claims as the publishing action prints them"
_RENDERED = re.compile(r"[*-] `?([a-z_]{2,40})`?: `([^`\n\v]{0,500})`")
_TOKEN = re.compile(r"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{4,}\.([A-Za-z0-9_-]{4,})\.[A-Za-z0-9_-]*")
_WORKFLOW = re.compile(r"/([^/]+\.ya?ml)@")


class ClaimSource(StrEnum):
    """Where claims were read."""

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
        return self.values.get(name, "")

    @property
    def workflow_file(self) -> str:
        """The file that holds the running job, as the index reads it out of job_workflow_ref."""
        match = _WORKFLOW.search(self.get("job_workflow_ref"))
        return match[1] if match else ""

    @property
    def calls_another_workflow(self) -> bool:
        """Whether the job runs in a reusable workflow that another file has called."""
        ran, called = self.get("job_workflow_ref"), self.get("workflow_ref")
        return bool(ran and called) and ran.partition("@")[0] != called.partition("@")[0]

    def document(self) -> dict[str, Any]:
        return {"source": self.source.value, "values": dict(sorted(self.values.items()))}


def read_claims(text: str, name: str) -> Claims:
    """The claims in the text of a file; `name` is what messages call it.

    Raises InputError where there are none. No message repeats what the file says, since that may be
    a token.
    """
    found = claims_in_log(text)
    if found is not None:
        return found
    try:
        value = strict_json(text, name, "a JSON object of claims")
    except InputError as error:
        raise InputError(name, error.place, "text without claims", EXPECTED) from None
    if isinstance(value, dict) and isinstance(value.get("claims"), dict):
        value = value["claims"]
    if not isinstance(value, dict):
        raise InputError(name, "$", "no object", EXPECTED)
    return Claims(_kept(value, name), ClaimSource.FILE)


def claims_in_log(text: str) -> Claims | None:
    """The claims in a log: of a token that it holds, else as the publishing action prints them."""
    for match in _TOKEN.finditer(text):
        claims = _payload(match[1])
        if claims:
            return Claims(claims, ClaimSource.TOKEN)
    found = dict(_RENDERED.findall(plain_text(text)))
    kept = {name: found[name] for name in KNOWN if found.get(name, "MISSING") != "MISSING"}
    kept = {name: value for name, value in kept.items() if value != "None"}
    return Claims(kept, ClaimSource.LOG) if "repository" in found else None


def _payload(part: str) -> dict[str, str]:
    """The known claims in the middle part of a token; empty where it has none."""
    try:
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
            kind = type(value[claim]).__name__
            raise InputError(name, f"$.{claim}", f"a value of the kind {kind}", "text")
    kept = {claim: value[claim][:LONGEST_CLAIM] for claim in KNOWN if value.get(claim)}
    if "repository" not in kept and "job_workflow_ref" not in kept:
        hint = "The claims are those in the payload of the identity token."
        raise InputError(name, "$", "neither repository nor job_workflow_ref", EXPECTED, hint=hint)
    return kept
