"""`releases.json` from text and back: strict, canonical, unknown fields kept."""

from __future__ import annotations

from secstatus.errors import InputError
from secstatus.findings.texts import replace_surrogates
from secstatus.jsonio.records import (
    ONLY_WE_WRITE,
    check_schema_version,
    dump_line,
    dump_lines,
    dump_members,
    get_fields,
    read_record,
)
from secstatus.jsonio.strict import parse_json
from secstatus.jsonio.values import name_input
from secstatus.release.log import SCHEMA_VERSION, DecisionRecord, ReleaseLog
from secstatus.release.snapshot import Snapshot

SUPPORTED_MAJOR = SCHEMA_VERSION.partition(".")[0]


def read_releases(text: str, path: str) -> ReleaseLog:
    """The release log in `text`; `path` names it in errors.

    Raises InputError with the JSON path, what was found and what was expected. A file that a newer
    major version wrote is refused; what a newer minor version added is kept.
    """
    value = parse_json(text, path, "a release log")
    with name_input(path, ONLY_WE_WRITE):
        check_schema_version(value, SUPPORTED_MAJOR, "a release log")
        releases = read_record(ReleaseLog, value)
        for number, item in enumerate(releases.decisions):
            # The first step is the decision itself; without it nothing says what was decided.
            if not item.steps:
                raise InputError("", f"$.decisions[{number}].steps", "an empty list", "a state")
    return releases


def write_releases(releases: ReleaseLog) -> str:
    """The log as JSON text: sorted keys, one decision or finding on a line, UTC with `Z`."""
    parts = {name: dump_line(value) for name, value in releases.extra.items()}
    parts["schema_version"] = dump_line(releases.schema_version)
    parts["decisions"] = dump_lines([_spread(each, "changes") for each in releases.decisions])
    for name in ("baseline", "planned"):
        if (snapshot := getattr(releases, name)) is not None:
            parts[name] = _spread(snapshot, "items")
    # Half a surrogate pair in a report's title can be named in JSON and not be written to a file.
    return replace_surrogates(dump_members(parts, edge="\n") + "\n")


def _spread(record: DecisionRecord | Snapshot, listed: str) -> str:
    """The record, a member a line, and an item a line of the member `listed`."""
    parts = {name: dump_line(value) for name, value in get_fields(record).items()}
    parts[listed] = dump_lines([dump_line(each) for each in getattr(record, listed)])
    return dump_members(parts)
