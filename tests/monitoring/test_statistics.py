"""The law of the histogram: any quantile within 5 %."""

import math

from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.statistics import (
    ERROR,
    HIGHEST,
    LONGEST,
    LOWEST,
    SHORTEST,
    estimate_quantile,
    find_bucket,
    merge_histograms,
)

times = st.floats(SHORTEST, LONGEST)
many = st.lists(times, min_size=1, max_size=60)
shares = st.sampled_from([0.0, 0.25, 0.5, 0.95, 0.99, 1.0]) | st.floats(0, 1)


def counted(values):
    return merge_histograms({find_bucket(value): 1} for value in values)


@given(many, shares)
def test_a_quantile_is_within_5_percent_of_the_answer_at_that_place(values, q):
    exact = sorted(values)[math.floor(q * (len(values) - 1))]
    assert abs(estimate_quantile(counted(values), q) - exact) <= ERROR * exact * (1 + 1e-9)


@given(many, many, shares)
def test_merging_is_counting_all(one, other, q):
    both = merge_histograms([counted(one), counted(other)])
    assert both == counted(one + other)
    assert estimate_quantile(both, q) == estimate_quantile(counted(other + one), q)


@given(times, times)
def test_a_longer_time_is_in_no_lower_bucket(one, other):
    assert find_bucket(min(one, other)) <= find_bucket(max(one, other))


@given(st.floats())
def test_every_number_has_a_bucket_within_the_bounds(value):
    assert LOWEST <= find_bucket(value) <= HIGHEST


@given(many)
def test_quantiles_rise_with_the_share(values):
    found = [estimate_quantile(counted(values), q) for q in (0, 0.5, 0.95, 0.99, 1)]
    assert found == sorted(found)


def test_nothing_counted_has_no_quantile():
    assert estimate_quantile({}, 0.5) is None
    assert estimate_quantile({3: 0}, 0.5) is None


def test_a_day_of_answers_takes_few_buckets():
    """Between 10 ms and 10 s: what keeps a day in the journal short."""
    assert find_bucket(10_000) - find_bucket(10) <= 70
