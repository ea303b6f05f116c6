"""A cache of OSV records: one file for each, and an index with the time of each request."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from secstatus.adapters import files
from secstatus.errors import InputError, shown
from secstatus.findings.osv_record import Advisory, read_advisory
from secstatus.jsonio.strict import parse_json
from secstatus.site.tree import render_json
from secstatus.text.slugs import make_slug
from secstatus.timestamps import format_timestamp, parse_timestamp

FOLDER = "security/reports/osv"
INDEX = f"{FOLDER}/index.json"
Entry = dict[str, Any]


def parse_record(text: str, name: str, requested: str) -> tuple[bytes, Advisory]:
    """The record of the id `requested`, as the bytes to save and as a value.

    `name` is the source in messages. Raises InputError for text that is no JSON, no OSV record, or
    the record of another vulnerability.
    """
    data = parse_json(text, name, "an OSV record")
    record = read_advisory(data, name)
    # Reports may name any alias of the record; OSV ids are compared without case.
    names = {known.casefold() for known in (record.id, *record.aliases)}
    if requested.casefold() not in names:
        found = f"a record of {shown(record.id)}"
        raise InputError(name, "$.id", found, f"one of {shown(requested)}")
    return render_record(data), record


def render_record(data: dict[str, Any]) -> bytes:
    return render_json(data).encode("utf-8")


class OsvCache:
    """The cached records. The index is read at once, and written by `save`.

    `problems` says why the index cannot be read; then no age is known. Several threads may use one
    cache, each for ids of its own.
    """

    def __init__(self, root: Path, now: datetime) -> None:
        self.root, self.now = root, now
        self.problems: tuple[str, ...] = ()
        # Records are downloaded in several threads; only the dictionary of the index is shared.
        self._lock = Lock()
        self._entries = self._read_index()

    def record(self, name: str) -> tuple[Advisory | None, str]:
        """The cached record of an id, None where there is none, and why it cannot be read."""
        path = self._path(name)
        try:
            text = files.read_text_if_there(self.root / path, path)
            return (None if text is None else parse_record(text, path, name)[1]), ""
        except InputError as error:
            return None, f"{error.message}; it is not used"

    def age(self, name: str) -> timedelta | None:
        """The time since the id was requested; None when it is not known."""
        try:
            # The index is an ordinary file in the repository: an entry may lack the key or hold
            # another type.
            return self.now - parse_timestamp(self._entry(name)["asked_at"], exact=True)
        except (KeyError, TypeError, ValueError):
            return None

    def is_known_missing(self, name: str) -> bool:
        """Whether OSV had no record of the id when it was last requested."""
        return self._entry(name).get("there") is False

    def keep(self, name: str, content: bytes) -> None:
        """Keep the record of an id as of now. Raises ExternalError when the disk refuses."""
        # Not durable: a record that a power cut damages cannot be read, and is requested again.
        self._put(self._path(name), content, durable=False)
        self._note(name, there=True)

    def note_missing(self, name: str) -> None:
        """Note that OSV has no record of the id now."""
        self._note(name, there=False)

    def save(self) -> None:
        """Write the index, where it changes. Raises ExternalError when the disk refuses."""
        index = {"schema_version": "1.0", "records": self._entries}
        self._put(INDEX, render_record(index), durable=True)

    def _entry(self, name: str) -> Entry:
        return self._entries.get(name.casefold(), {})

    def _note(self, name: str, *, there: bool) -> None:
        with self._lock:
            self._entries[name.casefold()] = {
                "asked_at": format_timestamp(self.now),
                "there": there,
            }

    def _path(self, name: str) -> str:
        # Ids come from reports; `slug` makes names without separators, so none leaves the folder.
        return f"{FOLDER}/{make_slug(name)}.json"

    def _put(self, path: str, content: bytes, *, durable: bool) -> None:
        target = self.root / path
        try:
            # An equal record is not rewritten, so that its time and git's index stay as they are.
            if not target.is_file() or target.read_bytes() != content:
                os.makedirs(target.parent, exist_ok=True)
                files.replace_file(str(target), content, durable=durable)
        except OSError as error:
            raise files.make_disk_error(error, "keeping an OSV record") from None

    def _read_index(self) -> dict[str, Entry]:
        try:
            text = files.read_text_if_there(self.root / INDEX, INDEX)
            index = None if text is None else parse_json(text, INDEX, "an index of OSV records")
            return {} if text is None else _entries(index)
        except InputError as error:
            self.problems = (f"{error.message}; every id is requested again",)
            return {}


def _entries(data: Any) -> dict[str, Entry]:
    records = data.get("records") if isinstance(data, dict) else None
    if not isinstance(records, dict):
        raise InputError(INDEX, "$.records", shown(records), "an object")
    return {name: entry for name, entry in records.items() if isinstance(entry, dict)}
