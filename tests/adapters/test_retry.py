"""When to try again."""

import pytest

from secstatus.adapters.retry import RetryPolicy, Timing, parse_retry_after

POLICY = RetryPolicy(attempts=40, first_pause=1.0, longest_pause=100.0)
WHOLE, HALF = Timing(chance=lambda: 0.0), Timing(chance=lambda: 1.0)


def test_each_pause_is_twice_as_long_up_to_the_longest():
    pauses = [POLICY.find_pause(number, WHOLE) for number in range(1, 10)]
    assert pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 100.0, 100.0]


def test_chance_takes_up_to_a_half():
    assert [POLICY.find_pause(number, HALF) for number in (1, 2, 39)] == [0.5, 1.0, 50.0]


def test_the_last_attempt_has_no_pause():
    assert RetryPolicy(attempts=3).find_pause(2, WHOLE) == 2.0
    assert RetryPolicy(attempts=3).find_pause(3, WHOLE) is None


def test_a_server_may_ask_for_longer_and_not_for_too_long():
    assert POLICY.find_pause(1, HALF, asked=7.0) == 7.0
    assert POLICY.find_pause(3, WHOLE, asked=1.0) == 4.0
    assert POLICY.find_pause(1, WHOLE, asked=101.0) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (" 7 ", 7.0),
        ("-5", 0.0),
        ("9" * 10, 0.0),
        ("٣", 0.0),
        ("soon", 0.0),
        ("Mon, 05 Jan 2026 10:00:09 GMT", 9.0),
        ("Mon, 05 Jan 2026 09:00:00 GMT", 0.0),
    ],
)
def test_the_header_is_read_by_the_servers_clock(text, seconds):
    assert parse_retry_after(text, "Mon, 05 Jan 2026 10:00:00 GMT") == seconds
