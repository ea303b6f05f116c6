"""A version is a token or it is not there."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.bump.occurrence import (
    find_occurrences,
    find_wide_occurrence,
    respell_version,
    search_pattern,
)

LOOK_ALIKES = [
    "0.2.80", "10.0.2.8", "1.0.2.8", "0.2.8.1", "0.2.8rc1", "0.2.8-rc1", "0.2.8--rc1", "0.2.8.rc1",
    "0.2.8a1", "0.2.8b2", "0.2.8.dev0", "0.2.8.post1", "0.2.8-dev", "0.2.8-alpha.1", "0.2.8-SNAPSHOT",
    "0.2.8-3", "0.2.8_1", "0.2.8+cu118", "0.2.8%2Bcu118", "1!0.2.8", "1.0+0.2.8", "v10.2.8", "10.2.8",
    "2020.2.8", "0.2.8x", "x0.2.8", "py0.2.8", "0%2E2%2E80", "1%2E0%2E2%2E8", "00.2.8", "0.2.08", "0-2-8",
]  # fmt: skip
TOKENS = [
    "0.2.8", "v0.2.8", "V0.2.8", '"0.2.8"', "0.2.8.", "(0.2.8)", "==0.2.8", "@v0.2.8", "tool-0.2.8.tar.gz",
    "tool-0.2.8-py3-none-any.whl", "tool_0.2.8_all.deb", "v0.2.8...HEAD", "v0.2.7...v0.2.8", "0.2.8's",
    "a%200.2.8", "%3D%3D0.2.8", "tool\\n0.2.8\\n", "0%2E2%2E8", "0%2e2%2e8", "/badge/v-0.2.8-007ec6",
    "0.2.8-slim", "0.2.8,", "0.2.8<", "0.2.8…", "–0.2.8", "0.2.8\r",
]  # fmt: skip


@pytest.mark.parametrize("text", LOOK_ALIKES)
def test_a_look_alike_is_no_token(text: str) -> None:
    assert list(find_occurrences(f" {text} ".encode(), "0.2.8")) == []
    assert list(find_occurrences(text.encode(), "0.2.8")) == []


@pytest.mark.parametrize("text", TOKENS)
def test_a_token_is_found_where_it_is(text: str) -> None:
    raw = text.encode()
    (found,) = find_occurrences(raw, "0.2.8")
    assert raw[found.start : found.end] == found.written
    assert found.written.replace(b"%2E", b".").replace(b"%2e", b".") == b"0.2.8"
    assert re.search(search_pattern("0.2.8"), raw)


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_the_search_pattern_hits_whatever_has_a_token(before: bytes, after: bytes) -> None:
    for spelling in (b"1.0-rc1", b"1.0--rc1", b"1%2E0-rc1"):
        raw = before + spelling + after
        if list(find_occurrences(raw, "1.0-rc1")):
            assert re.search(search_pattern("1.0-rc1"), raw)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16"])
def test_utf_16_is_searched_too(encoding: str) -> None:
    raw = "tool v0.2.8 is out".encode(encoding)
    assert re.search(search_pattern("0.2.8"), raw)
    assert find_wide_occurrence(raw, "0.2.8") is not None
    assert find_wide_occurrence("tool 0.2.80 and 10.2.8".encode(encoding), "0.2.8") is None


def test_the_pattern_is_one_line_of_ascii() -> None:
    assert search_pattern("1.0-rc1+local").isascii()
    assert b"\n" not in search_pattern("1.0")


def test_the_new_version_keeps_the_spelling() -> None:
    assert respell_version("0.3.0", b"0%2E2%2E8", in_badge=True) == b"0%2E3%2E0"
    assert respell_version("0.3.0", b"0%2e2%2e8", in_badge=False) == b"0%2e3%2e0"
    assert respell_version("1.0-rc1", b"0.2.8", in_badge=True) == b"1.0--rc1"
    assert respell_version("1.0-rc1", b"0.2.8", in_badge=False) == b"1.0-rc1"
