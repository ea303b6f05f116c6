"""Frozen dataclasses as JSON objects: read through pydantic, written without it.

pydantic is imported when a file is read: a build that changes nothing reads none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, ClassVar, TypeVar

from secstatus.errors import InputError
from secstatus.jsonio.values import AN_IDENTIFIER, describe_json, is_identifier
from secstatus.timestamps import format_timestamp, parse_day, parse_timestamp

T = TypeVar("T")
Extra = Mapping[str, Any]


class Record:
    """Base of a dataclass that is a JSON object. Fields that have their default are not written.

    A class with a field `extra` keeps unknown keys there. `unsaved` names the
    fields that are not in the file.
    """

    __slots__ = ()
    unsaved: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        known = frozenset(_saved_fields(cls))
        has_extra = any(field.name == "extra" for field in fields(cls))  # type: ignore[arg-type]

        # pydantic keeps unknown keys in `__dict__`, which a dataclass with slots does not have.
        def split(value: Any) -> Any:
            if not isinstance(value, dict) or value.keys() <= known:
                return value
            kept = {name: each for name, each in value.items() if name in known}
            if has_extra:
                kept["extra"] = {name: each for name, each in value.items() if name not in known}
            return kept

        # `handler` makes the schema of the dataclass without asking this method again.
        return core_schema.no_info_before_validator_function(split, handler(source))


class Row:
    """Base of a small dataclass of texts that is the list of them: `["word", "GHSA", "HIGH"]`."""

    __slots__ = ()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema as schema

        names = [field.name for field in fields(cls)]  # type: ignore[arg-type]
        text = schema.str_schema(strict=True)
        arguments = [
            schema.arguments_parameter(name, text, mode="positional_only") for name in names
        ]
        listed = schema.list_schema(min_length=len(names), max_length=len(names), strict=True)
        expected = f"a list of {len(names)}: {', '.join(names)}"
        return schema.chain_schema(
            [
                schema.custom_error_schema(listed, "row", custom_error_message=expected),
                schema.call_schema(schema.arguments_schema(arguments), cls),
            ]
        )


class _Checked:
    """Marks the type of a field with what its JSON must be; `expected` is for messages."""

    def __init__(self, expected: str, make: Callable[[Any], Any]) -> None:
        self._expected, self._make = expected, make

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        from pydantic_core import core_schema

        inner = self._make(core_schema)
        return core_schema.custom_error_schema(
            inner, "checked", custom_error_message=self._expected
        )


def _text_as(check: Callable[[str], Any]) -> Callable[[Any], Any]:
    """A text, then what `check` makes of it; a ValueError refuses it."""

    def make(schema: Any) -> Any:
        return schema.no_info_after_validator_function(check, schema.str_schema(strict=True))

    return make


def _parse_exactly(text: str) -> datetime:
    return parse_timestamp(text, exact=True)


def _check_identifier(text: str) -> str:
    if not is_identifier(text):
        raise ValueError(AN_IDENTIFIER)
    return text


# pydantic alone would also take `"5"` or true for 5, 1.0 for true and a number for a day.
Identifier = Annotated[str, _Checked(AN_IDENTIFIER, _text_as(_check_identifier))]
Timestamp = Annotated[
    datetime, _Checked("a timestamp such as 2025-01-21T10:30:00Z", _text_as(_parse_exactly))
]
Day = Annotated[date, _Checked("a day such as 2025-01-21", _text_as(parse_day))]
Count = Annotated[
    int,
    _Checked("a whole number, not below 0", lambda schema: schema.int_schema(strict=True, ge=0)),
]
Flag = Annotated[bool, _Checked("true or false", lambda schema: schema.bool_schema(strict=True))]
JsonObject = Annotated[
    Mapping[str, Any], _Checked("an object", lambda schema: schema.dict_schema(strict=True))
]
# For fields that are not in the file, whose own types need not be known.
UNSAVED = _Checked("", lambda schema: schema.any_schema())


def read_record(kind: Callable[..., T], value: Any) -> T:
    """Read a parsed JSON value as a record. Raises InputError with the first wrong field."""
    from pydantic import ValidationError

    try:
        record: T = _adapter(kind)(value)
    except ValidationError as error:
        raise InputError("", *find_first_problem(error)) from None
    return record


@cache
def _adapter(kind: Any) -> Any:
    from pydantic import TypeAdapter

    # Making the adapter of the ledger takes 11 ms: once a process, and only where a file is read.
    return TypeAdapter(kind).validate_python


ONLY_WE_WRITE = "Only secstatus should write this file; restore it from git."
_VERSION = re.compile(r"(\d{1,6})\.\d{1,6}", re.ASCII)


def check_schema_version(value: Any, major: str, what: str, needed: Sequence[str] = ()) -> None:
    """Refuse what is not an object, lacks a needed key, or was written by another major version.

    Raises InputError. `what` says what the object should be (`a ledger`).
    """
    if not isinstance(value, dict):
        raise InputError("", "$", "no object", what)
    for name in needed:
        if name not in value:
            raise InputError("", f"$.{name}", "nothing", "this key")
    version = value.get("schema_version")
    # A newer minor version only adds keys, which `extra` keeps.
    match = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if match is None or match[1] != major:
        expected = f"{major}.x; if a newer secstatus wrote this file, use that one"
        raise InputError("", "$.schema_version", describe_json(version), expected)


def find_first_problem(error: Any) -> tuple[str, str, str]:
    """Place, found and expected of the first problem in a `pydantic.ValidationError`."""
    # One problem is enough: the message names one place, and a wrong file has many.
    problem = error.errors(include_url=False)[0]
    place = format_json_path(problem["loc"])
    if problem["type"] == "missing":
        return place, "nothing", "this key"
    found = "null" if problem["input"] is None else describe_json(problem["input"])
    expected = _EXPECTED.get(problem["type"])
    expected = expected or str(problem.get("ctx", {}).get("expected") or problem["msg"])
    expected = expected.removeprefix("Input should be ").removeprefix("Value error, ")
    return place, found, expected


# pydantic's own words name types of Python.
_EXPECTED = {
    "string_type": "a text",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "an object",
    "mapping_type": "an object",
    "dataclass_type": "an object",
    "model_type": "an object",
}


def format_json_path(location: tuple[int | str, ...]) -> str:
    """A pydantic location as a JSON path: `('findings', 2, 'id')` → `$.findings[2].id`."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return "$" + "".join(steps)


def _saved_fields(kind: Any) -> dict[str, Any]:
    """The fields of a record that are in its file, each with its default or MISSING."""
    found: dict[str, Any] = _SAVED.get(kind, {})
    if not found:
        left_out = (*kind.unsaved, "extra")
        found = {each.name: each.default for each in fields(kind) if each.name not in left_out}
        _SAVED[kind] = found
    return found


# `dataclasses.fields` is slow, and a ledger may have thousands of records.
_SAVED: dict[Any, dict[str, Any]] = {}


def get_fields(record: Record) -> dict[str, Any]:
    """The members of the record's JSON object, for `dump_line`; their order is not sorted."""
    written = dict(getattr(record, "extra", {}))
    for name, default in _saved_fields(type(record)).items():
        value = getattr(record, name)
        # Diffs show only what is stated, and the file stays small.
        if default is MISSING or value != default:
            written[name] = value
    return written


def _encode(value: object) -> Any:
    if isinstance(value, Record):
        return get_fields(value)
    if isinstance(value, Row):
        return [getattr(value, field.name) for field in fields(value)]  # type: ignore[arg-type]
    if isinstance(value, datetime):
        return format_timestamp(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON")


def dump_document(value: Any) -> str:
    """A document: keys sorted, indented by two, UTF-8, with a line end."""
    # Sorted keys and fixed indentation give small diffs and equal bytes for equal values.
    return json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def dump_members(parts: Mapping[str, str], separator: str = ",\n", edge: str = "") -> str:
    """An object of values that are JSON already: keys sorted, one a line."""
    body = separator.join(f"{dump_line(name)}: {parts[name]}" for name in sorted(parts))
    return f"{{{edge}{body}{edge}}}"


def dump_lines(values: Sequence[str]) -> str:
    """A list of values that are JSON already, each on lines of its own."""
    return "[\n" + ",\n".join(values) + "\n]" if values else "[]"


# One value on one line: records, timestamps and days too.
dump_line = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, allow_nan=False, default=_encode
).encode
