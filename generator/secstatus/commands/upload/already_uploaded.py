"""Compare a file that the index already has with the built one."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from secstatus.adapters.http.client import get
from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.http.url import redact_url
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.adapters.twine import Target
from secstatus.commands.index_address import IndexAddress, index_address
from secstatus.errors import SecstatusError
from secstatus.publishing.index_page import ACCEPT, read_simple
from secstatus.publishing.verification import BuiltFile

# A simple page lists all files of a project, so it can have megabytes.
LIMITS = HttpLimits(attempt=10, deadline=30, size=32 * 1024 * 1024, retry=RetryPolicy(attempts=3))
# Where servers that take uploads at an address have their simple pages.
# `+simple/` is the path of devpi.
USUAL = ("simple/", "+simple/")
# Warehouse words its refusal like this, with the digest of the file that it has.
_STATED = re.compile(
    r"File already exists \('([^'\n]{1,300})', with blake2_256 hash '([0-9a-f]{64})'\)"
)


class Bytes(StrEnum):
    """How the bytes on the index compare; `unknown` is never taken for the same."""

    SAME = "same"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Existing:
    """The answer and what it rests on."""

    bytes: Bytes
    reason: str


def existing(
    built: BuiltFile,
    path: Path,
    project: str,
    to: Target,
    index_url: str,
    output: str,
    variables: Mapping[str, str],
    timing: Timing,
) -> Existing:
    """Compare with the simple pages of the index, or with the digest that its answer states.

    Only a page that lists the name with one SHA-256 can result in `same`.
    """
    reasons = []
    for address in _addresses(to, index_url):
        headers = {"Accept": ACCEPT, **_credentials(address, to, variables)}
        digests, reason = _digests(address, project, built.name, headers, timing)
        # Two digests for one name contradict each other, so neither proves anything.
        if len(digests) == 1:
            where = redact_url(address.simple(project))
            is_same = digests == {built.sha256}
            words = f"{where} lists the SHA-256 {min(digests)}"
            return Existing(Bytes.SAME if is_same else Bytes.DIFFERENT, words)
        reasons.append(reason)
    # The answer can only refute: a digest that an error message repeats proves no file.
    if _states_another(output, path):
        return Existing(Bytes.DIFFERENT, "the answer of the index states another BLAKE2 digest")
    return Existing(Bytes.UNKNOWN, "; ".join(reasons))


def _addresses(to: Target, index_url: str) -> Iterator[IndexAddress]:
    stated = index_url or to.index
    base = to.url if to.url.endswith("/") else f"{to.url}/"
    for each in [stated] if stated else [f"{base}{usual}" for usual in USUAL]:
        yield index_address(each)


def _credentials(address: IndexAddress, to: Target, variables: Mapping[str, str]) -> dict[str, str]:
    """Those of the upload, for pages of the same host; an index of one's own may ask for them."""
    user, password = variables.get("TWINE_USERNAME", ""), variables.get("TWINE_PASSWORD", "")
    # Credentials must not go to another host than the one that they were given for.
    if not password or not address.is_same_host(to.url):
        return {}
    # HTTP basic authentication (RFC 7617).
    pair = base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogateescape"))
    return {"Authorization": f"Basic {pair.decode('ascii')}"}


def _digests(
    address: IndexAddress, project: str, name: str, headers: Mapping[str, str], timing: Timing
) -> tuple[set[str], str]:
    """Every digest that the page lists for the name, and the reason if it is not exactly one."""
    url = address.simple(project)
    try:
        answer = get(url, headers=headers, limits=LIMITS, timing=timing)
        if not answer.is_found:
            return set(), f"{redact_url(url)}: there is no such page"
        page = read_simple(answer.text, redact_url(url), project)
    except SecstatusError as error:
        return set(), error.message
    listed = [each.sha256 for each in page.files if each.name == name]
    # PEP 503 recommends a digest in the link but does not require SHA-256.
    if not listed or not all(listed):
        said = "without a SHA-256" if listed else "not"
        return set(), f"{redact_url(url)}: the file is {said} listed there"
    return set(listed), f"{redact_url(url)}: the file is listed there with different digests"


def _states_another(output: str, path: Path) -> bool:
    digests = {digest for name, digest in _STATED.findall(output) if name == path.name}
    # 32 bytes: Warehouse states BLAKE2b with 256 bits.
    return bool(digests) and hashlib.blake2b(path.read_bytes(), digest_size=32).hexdigest() not in (
        digests
    )
