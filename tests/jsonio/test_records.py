"""Records: dataclasses read from JSON with the place of what is wrong, and written again."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any

import pytest

from secstatus.errors import InputError
from secstatus.jsonio.records import (
    UNSAVED,
    Count,
    Day,
    Extra,
    Flag,
    Identifier,
    JsonObject,
    Record,
    Row,
    Timestamp,
    dump_line,
    read_record,
)


class Plumage(StrEnum):
    GREEN = "green"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Ring(Row):
    country: str
    number: str


@dataclass(frozen=True, slots=True)
class Bird(Record):
    unsaved = ("heard",)

    name: Identifier
    seen: Timestamp
    hatched: Day
    plumage: Plumage
    rings: tuple[Ring, ...] = ()
    eggs: Count = 0
    wild: Flag = False
    notes: tuple[JsonObject, ...] = ()
    mate: Bird | None = None
    heard: Annotated[object, UNSAVED] = None
    extra: Extra = field(default_factory=dict)


def bird(**changes: Any) -> dict[str, Any]:
    known = {"name": "kea", "seen": "2031-03-03T09:00:00Z", "hatched": "2030-11-01"}
    return {**known, "plumage": "green", **changes}


def test_a_record_is_read_and_written() -> None:
    value = bird(rings=[["NZ", "7"]], eggs=3, wild=True, notes=[{"a": 1}], mate=bird(name="kaka"))
    found = read_record(Bird, value)
    assert (found.seen, found.hatched) == (datetime(2031, 3, 3, 9, tzinfo=UTC), date(2030, 11, 1))
    assert found.seen.tzinfo is UTC
    assert found.rings == (Ring("NZ", "7"),)
    assert found.mate is not None
    assert found.mate.plumage is Plumage.GREEN
    assert dump_line(found) == json.dumps(value, sort_keys=True)


def test_unknown_members_are_kept_and_unsaved_fields_stay_out_of_the_file() -> None:
    value = bird(song="loud", extra={"of": "a newer version"}, heard=True)
    found = read_record(Bird, value)
    assert found.heard is None
    assert found.extra == {"song": "loud", "extra": {"of": "a newer version"}, "heard": True}
    assert json.loads(dump_line(found)) == value


@pytest.mark.parametrize(
    ("changes", "place", "found", "expected"),
    [
        ({"name": 3}, "$.name", "3", "an id of at most 300 characters"),
        ({"name": " "}, "$.name", "' '", "an id of at most 300 characters"),
        ({"name": "x" * 301}, "$.name", "'xxx", "an id of at most 300 characters"),
        ({"seen": "2031-03-03 09:00:00Z"}, "$.seen", "'2031", "a timestamp such as"),
        ({"seen": 1000}, "$.seen", "1000", "a timestamp such as"),
        ({"hatched": "2030-11-31"}, "$.hatched", "'2030", "a day such as"),
        ({"hatched": "20301101"}, "$.hatched", "'2030", "a day such as"),
        ({"plumage": "red"}, "$.plumage", "'red'", "'green' or 'blue'"),
        ({"rings": "NZ"}, "$.rings", "'NZ'", "a list"),
        ({"rings": [["NZ"]]}, "$.rings[0]", "a list", "a list of 2: country, number"),
        ({"rings": [["NZ", 7]]}, "$.rings[0][1]", "7", "a text"),
        ({"eggs": True}, "$.eggs", "True", "a whole number, not below 0"),
        ({"eggs": 1.0}, "$.eggs", "1.0", "a whole number, not below 0"),
        ({"wild": 1}, "$.wild", "1", "true or false"),
        ({"notes": [[]]}, "$.notes[0]", "a list", "an object"),
        ({"mate": []}, "$.mate", "a list", "an object"),
        ({"mate": bird(seen=None)}, "$.mate.seen", "null", "a timestamp such as"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], place: str, found: str, expected: str) -> None:
    with pytest.raises(InputError) as caught:
        read_record(Bird, bird(**changes))
    assert caught.value.place == place
    assert caught.value.found.startswith(found)
    assert caught.value.expected.startswith(expected)


def test_a_missing_member_is_named() -> None:
    value = bird()
    del value["hatched"]
    with pytest.raises(InputError) as caught:
        read_record(Bird, value)
    assert (caught.value.place, caught.value.found) == ("$.hatched", "nothing")


def test_pydantic_is_imported_only_to_read() -> None:
    program = (
        "import sys, secstatus.findings.ledger_file, secstatus.release.log\n"
        "secstatus.findings.ledger_file.write_ledger(secstatus.findings.ledger_file.Ledger())\n"
        "print([name for name in sys.modules if name.startswith('pydantic')])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
