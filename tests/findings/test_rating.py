"""One severity out of many claims: the order of trust, and what may never change the answer."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.observation import SeverityClaim
from secstatus.findings.rating import Rating, band, band_v2, rate, score_vector
from secstatus.findings.severity import Severity

V4 = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"  # 9.3
V31 = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"  # 7.5
V31_LOW = "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"  # 1.8
V30 = "CVSS:3.0/AV:N/AC:L/PR:L/UI:N/S:U/C:L/I:L/A:N"  # 5.4
V2 = "AV:N/AC:L/Au:N/C:C/I:C/A:C"  # 10.0
BROKEN = "CVSS:3.1/AV:N/AC:L"
NUMBERS = ("0", "7.5", "11", "CVSS:2.0/7.5")
VECTORS = (V4, V31, V31_LOW, V30, V2, BROKEN)

WORD = SeverityClaim("word", "OSV:GHSA-1", "MODERATE")
LADDER = [
    WORD,
    SeverityClaim("vector", "nvd", V4),
    SeverityClaim("vector", "nvd", V31),
    SeverityClaim("vector", "nvd", V30),
    SeverityClaim("vector", "nvd", V2),
    SeverityClaim("score", "tool", "2.0"),
    SeverityClaim("score", "tool", "CVSS:2.0/9.0"),
    SeverityClaim("word", "level", "error"),
]
ANSWERS = ["medium", "critical", "high", "medium", "high", "low", "high", "high"]

claims = st.lists(
    st.builds(
        SeverityClaim,
        st.sampled_from(["word", "vector", "score", "other"]),
        st.sampled_from(["nvd", "level", "OSV:GHSA-1", "bandit"]),
        st.sampled_from(
            ["HIGH", "Moderate", "low", "none", "error", "note", "odd", "", *NUMBERS, *VECTORS]
        ),
    ),
    max_size=6,
)


def words(*pairs):
    return [SeverityClaim("word", source, value) for source, value in pairs]


def vectors(*values):
    return [SeverityClaim("vector", "nvd", value) for value in values]


@pytest.mark.parametrize("start", range(len(LADDER)))
def test_the_most_trusted_claim_decides(start):
    rating = rate(reversed(LADDER[start:]))
    assert (rating.severity, rating.winner) == (ANSWERS[start], LADDER[start])


@given(claims, st.randoms())
def test_the_order_of_claims_never_matters(found, chance):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert rate(shuffled) == rate(found)


@given(claims, st.sampled_from(LADDER))
def test_a_claim_that_loses_against_the_winner_changes_nothing(found, extra):
    """So does every claim of lower rank: the ladder above says which those are."""
    before = rate(found)
    if before.winner and rate([before.winner, extra]).winner == before.winner:
        after = rate([*found, extra])
        assert (after.severity, after.winner) == (before.severity, before.winner)


@pytest.mark.parametrize(("high", "low"), list(itertools.combinations(range(len(LADDER)), 2)))
def test_a_lower_rank_never_changes_the_answer(high, low):
    rating = rate([LADDER[low], LADDER[high]])
    assert (rating.severity, rating.winner) == (ANSWERS[high], LADDER[high])


@given(claims, claims)
def test_together_one_of_the_two_winners_wins(found, others):
    both, one, two = rate(found + others), rate(found), rate(others)
    assert both.winner in (one.winner, two.winner)


@pytest.mark.parametrize("pair", list(itertools.permutations(["low", "HIGH", "Moderate"], 2)))
def test_two_words_disagree(pair):
    worse = min(pair, key=lambda word: ["HIGH", "Moderate", "low"].index(word))
    assert rate(words(("a", pair[0]), ("b", pair[1]))).winner.value == worse


@pytest.mark.parametrize("pair", [(V31, V31_LOW), (V31_LOW, V31)])
def test_two_vectors_of_one_version_disagree(pair):
    assert rate(vectors(*pair)).vector == V31


@pytest.mark.parametrize(
    ("word", "severity"),
    [
        ("CRITICAL", "critical"),
        (" Important ", "high"),
        ("MODERATE", "medium"),
        ("Medium", "medium"),
        ("LOW", "low"),
        ("NEGLIGIBLE", "info"),
        ("informational", "info"),
        ("NONE", "info"),
        ("UNKNOWN", "unknown"),
        ("UNDEFINED", "unknown"),
        ("catastrophic", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_word_of_a_source_gives_a_severity(word, severity):
    assert rate(words(("ghsa", word))).severity == severity


@pytest.mark.parametrize(
    ("source", "word", "severity"),
    [
        ("level", "error", "high"),
        ("level", "warning", "medium"),
        ("level", "note", "low"),
        ("level", "none", "info"),
        ("semgrep", "INFO", "low"),
        ("bandit", "HIGH", "high"),
    ],
)
def test_levels_count_after_everything_measured(source, word, severity):
    guess = words((source, word))
    assert rate(guess).severity == severity
    assert rate([*guess, SeverityClaim("score", "security-severity", "5.5")]).severity == "medium"


def test_none_never_outvotes_a_vector():
    """Some programs write it when they know nothing."""
    assert rate([*words(("ghsa", "None")), *vectors(V31)]).severity is Severity.HIGH


def test_without_any_claim_it_is_unknown():
    assert rate([]) == Rating(Severity.UNKNOWN)


@pytest.mark.parametrize(
    "value", [BROKEN, "", "1", "CVSS:3.1/", "CVSS:9.9/AV:N", V31 + "/AV:N", "x" * 10**6, "\ud800"]
)
def test_a_malformed_vector_says_nothing(value):
    assert rate(vectors(value)) == Rating(Severity.UNKNOWN)
    assert rate(vectors(value, V31_LOW)).severity is Severity.LOW


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (V31.lower(), V31),
        (f"  {V31}/ ", V31),
        (f"({V2})", V2),
        (f"CVSS:2.0/{V2}", V2),
        (f"CVSS2#{V2}", V2),
        (V2.lower(), V2),
        (f"({V4.lower()}/)", V4),
    ],
)
def test_spellings_of_a_vector(written, plain):
    assert score_vector(written) == score_vector(plain) is not None


def test_known_scores():
    found = [score_vector(vector) for vector in (V4, V31, V31_LOW, V30, V2)]
    assert found == [("4.0", 9.3), ("3.1", 7.5), ("3.1", 1.8), ("3.0", 5.4), ("2.0", 10.0)]


def test_a_threat_metric_does_not_lower_version_4():
    assert score_vector(V4 + "/E:U") == score_vector(V4 + "/U:Clear") == score_vector(V4)
    assert score_vector(V4 + "/E:WRONG") is None


@given(st.text(alphabet="CVSS:/.0123ANLH()# avuxß\n", max_size=60) | st.text(max_size=40))
def test_no_text_breaks_it(text):
    for kind in ("word", "vector", "score"):
        assert rate([SeverityClaim(kind, "x", text)]).severity in Severity


def test_a_v2_vector_is_never_critical_and_a_v2_score_never_banded_as_v3():
    assert rate(vectors(V2)).severity is Severity.HIGH
    assert rate([SeverityClaim("score", "nvd", "CVSS:2.0/9.5")]).severity is Severity.HIGH
    assert rate([SeverityClaim("score", "nvd", "CVSS:3.1/9.5")]).severity is Severity.CRITICAL


@pytest.mark.parametrize("value", ["0", "0.0", "10.1", "-1", "nan", "1e3", "7,5", "٠"])
def test_scores_that_say_nothing(value):
    assert rate([SeverityClaim("score", "npm", value)]) == Rating(Severity.UNKNOWN)


@pytest.mark.parametrize(
    ("score", "severity", "old"),
    [
        (0.0, "info", "info"),
        (0.1, "low", "low"),
        (3.9, "low", "low"),
        (4.0, "medium", "medium"),
        (6.9, "medium", "medium"),
        (7.0, "high", "high"),
        (8.9, "high", "high"),
        (9.0, "critical", "high"),
        (10.0, "critical", "high"),
    ],
)
def test_bands(score, severity, old):
    assert (band(score), band_v2(score)) == (severity, old)


def test_a_word_decides_and_the_vector_is_still_shown():
    rating = rate([WORD, *vectors(V31)])
    assert rating == Rating(Severity.MEDIUM, WORD, 7.5, V31)


def test_a_bare_score_has_no_vector_and_a_v2_score_is_not_shown():
    score = SeverityClaim("score", "tool", "8.1")
    assert rate([score]) == Rating(Severity.HIGH, score, 8.1, "")
    old = SeverityClaim("score", "tool", "CVSS:2.0/8.1")
    assert rate([old]) == Rating(Severity.HIGH, old)
