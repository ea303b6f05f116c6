"""Timestamps: one form that is written, and what is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.timestamps import format_timestamp, parse_timestamp

POSSIBLE = st.datetimes(datetime(1990, 1, 2), datetime(8999, 12, 30), timezones=st.just(UTC))


@given(POSSIBLE)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    whole = moment.replace(microsecond=0)
    assert parse_timestamp(format_timestamp(moment), exact=True) == whole


@pytest.mark.parametrize(
    "text",
    [
        "2025-01-21 10:30:00Z",
        "2025-01-21T10:30:00+00:00",
        "2025-01-21T10:30:00",
        "2025-01-21T10:30:00.000Z",
        "20250121T103000Z",
        "2025-01-21",
    ],
)
def test_other_forms_are_read_and_are_not_exact(text: str) -> None:
    assert parse_timestamp(text).date() == datetime(2025, 1, 21).date()
    with pytest.raises(ValueError, match="YYYY-MM-DDTHH:MM:SSZ"):
        parse_timestamp(text, exact=True)


def test_a_time_without_a_zone_is_utc_and_one_with_a_zone_becomes_utc() -> None:
    assert parse_timestamp("2025-01-21T10:30:00") == datetime(2025, 1, 21, 10, 30, tzinfo=UTC)
    found = parse_timestamp("2025-01-21T10:30:00.25+02:00")
    assert found == datetime(2025, 1, 21, 8, 30, 0, 250000, tzinfo=UTC)
    assert found.tzinfo is UTC
    east = datetime(2025, 1, 21, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    assert format_timestamp(east) == "2025-01-21T08:30:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "0001-01-01T00:00:00+02:00",
        "9999-12-31T23:59:59-02:00",
        "1990-01-01T00:30:00+01:00",
        "2025-02-30T00:00:00Z",
    ],
)
def test_what_is_no_possible_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_timestamp(text)


def test_early_years_are_written_with_four_digits() -> None:
    assert format_timestamp(datetime(900, 1, 1)) == "0900-01-01T00:00:00Z"
