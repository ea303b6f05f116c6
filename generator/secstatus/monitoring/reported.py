"""What a site says of itself: its manifest and its status, read as an attacker's.

Nothing of a document is believed that is not whole, and of the form that a build gives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from secstatus.errors import InputError
from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import describe_json, read_timestamp
from secstatus.timestamps import format_timestamp

MANIFEST, INDEX, STATUS, PAGE = "api/v1/manifest.json", "index.json", "api/v1/status.json", ""
MOST_FILES, MOST = 100_000, 2**53
NEEDED = ("index.html", INDEX, STATUS)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_PAGE_AS_OF = re.compile(rb'True as of <time datetime="([0-9TZ:-]{20})">')
_GRADES = frozenset("ABCDF?")
_GOOD = frozenset("ABC")
_LONGEST_CADENCE = 3660


@dataclass(frozen=True, slots=True)
class PublishedFile:
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class PublishedManifest:
    """`revision` was computed again from `files`, and is the one that was told."""

    as_of: datetime
    changes_at: datetime
    revision: str
    grade: str
    files: Mapping[str, PublishedFile]


@dataclass(frozen=True, slots=True)
class PublishedStatus:
    """What `index.json` and `api/v1/status.json` say. `revision` is that of the status file."""

    as_of: datetime
    grade: str
    revision: int | None
    scan_date: datetime
    valid_until: datetime | None
    cadence_days: float


def parse_manifest(body: bytes) -> PublishedManifest:
    """The manifest. Raises InputError for what is none of ours, or contradicts itself."""
    data = _object(body, MANIFEST, "a manifest")
    name = _mapping(data.get("tool"), MANIFEST, "$.tool").get("name")
    if name != "secstatus":
        raise InputError(MANIFEST, "$.tool.name", describe_json(name), "secstatus")
    files = _files(data.get("files"))
    said, revision = data.get("revision"), _revision(files)
    if said != revision:
        raise InputError(
            MANIFEST, "$.revision", describe_json(said), f"{revision}, that of its files"
        )
    found = PublishedManifest(
        as_of=_moment(data, "as_of", MANIFEST),
        changes_at=_moment(data, "changes_at", MANIFEST),
        revision=revision,
        grade=_grade(data, MANIFEST),
        files=files,
    )
    return _consistent(found, data.get("unreadable"))


def parse_published_status(body: bytes, path: str) -> PublishedStatus:
    """The status in a document. Raises InputError for what is none of ours."""
    data = _object(body, path, "a status")
    said = {key for key, value in data.items() if value is not None}
    policy = _mapping(data.get("policy"), path, "$.policy")
    found = PublishedStatus(
        as_of=_moment(data, "as_of", path),
        grade=_grade(data, path),
        revision=_revision_number(data.get("revision"), path),
        scan_date=_moment(data, "scan_date", path),
        valid_until=_moment(data, "valid_until", path) if "valid_until" in said else None,
        cadence_days=_cadence(policy.get("cadence_days"), path),
    )
    if found.valid_until is None and found.grade in _GOOD:
        expected = f"a moment, since the grade is {found.grade}"
        raise InputError(path, "$.valid_until", describe_json(data.get("valid_until")), expected)
    return found


def find_own_timestamp(body: bytes, path: str) -> datetime | None:
    """The moment that an answer itself says it is of; None where it says none."""
    if path in (INDEX, STATUS):
        try:
            return parse_published_status(body, path).as_of
        except InputError:
            return None
    found = _PAGE_AS_OF.findall(body) if path == PAGE else []
    return read_timestamp(found[0].decode("ascii")) if len(found) == 1 else None


def _object(body: bytes, path: str, what: str) -> Mapping[str, Any]:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"bytes that are no UTF-8 (at {error.start})"
        raise InputError(path, "", found, what) from None
    return _mapping(parse_json(text, path, what), path, "$")


def _mapping(value: object, path: str, place: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise InputError(path, place, describe_json(value), "an object")
    return value


def _consistent(found: PublishedManifest, unreadable: object) -> PublishedManifest:
    """Without it a manifest of no files would be one that all files are in accord with."""
    if found.changes_at <= found.as_of:
        expected = f"a moment after {format_timestamp(found.as_of)}"
        raise InputError(MANIFEST, "$.changes_at", format_timestamp(found.changes_at), expected)
    if unreadable is not None and found.grade in _GOOD:
        expected = "? or worse, since the newest status could not be read"
        raise InputError(MANIFEST, "$.security_grade", found.grade, expected)
    for path in NEEDED:
        if path not in found.files:
            raise InputError(MANIFEST, "$.files", f"no {path}", "a file that every site has")
    return found


def _files(value: object) -> Mapping[str, PublishedFile]:
    files = _mapping(value, MANIFEST, "$.files")
    if len(files) > MOST_FILES:
        raise InputError(MANIFEST, "$.files", f"{len(files)} files", f"at most {MOST_FILES}")
    return {path: _file(entry) for path, entry in files.items()}


def _file(value: object) -> PublishedFile:
    entry = _mapping(value, MANIFEST, "$.files[]")
    digest, size = entry.get("sha256"), entry.get("size")
    if not isinstance(digest, str) or not _SHA256.fullmatch(digest):
        raise InputError(MANIFEST, "$.files[].sha256", describe_json(digest), "a SHA-256")
    if type(size) is not int or not 0 <= size <= MOST:
        raise InputError(MANIFEST, "$.files[].size", describe_json(size), "a number of bytes")
    return PublishedFile(digest, size)


def _revision(files: Mapping[str, PublishedFile]) -> str:
    lines = [f"{path}\0{files[path].sha256}\n" for path in sorted(files)]
    return sha256("".join(lines).encode()).hexdigest()


def _moment(data: Mapping[str, Any], key: str, path: str) -> datetime:
    value = data.get(key)
    found = read_timestamp(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
    if found is None:
        expected = "a moment such as 2026-11-24T09:00:00Z"
        raise InputError(path, f"$.{key}", describe_json(value), expected)
    return found


def _grade(data: Mapping[str, Any], path: str) -> str:
    value = data.get("security_grade")
    if not isinstance(value, str) or value not in _GRADES:
        raise InputError(path, "$.security_grade", describe_json(value), "a grade, A to F or ?")
    return value


def _revision_number(value: object, path: str) -> int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise InputError(path, "$.revision", describe_json(value), "a whole number")


def _cadence(value: object, path: str) -> float:
    is_truth = isinstance(value, bool)
    if isinstance(value, int | float) and not is_truth and 0 < value <= _LONGEST_CADENCE:
        return float(value)
    raise InputError(path, "$.policy.cadence_days", describe_json(value), "a number of days")
