"""From bytes to JSON: what is wrong is named with file, place and remedy."""

import gzip
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.scanners.report_text import decode_report, parse_all, parse_report

REPORT = '{"results": "all is w\u00ebll"}'


def test_utf_8_with_and_without_a_mark():
    for encoding in ("utf-8", "utf-8-sig"):
        assert parse_report(decode_report(REPORT.encode(encoding), "a.json"), "a.json")


@pytest.mark.parametrize(
    ("data", "found", "remedy"),
    [
        *[
            (REPORT.encode(encoding), f"text in {encoding[:6].upper()}", "Out-File -Encoding utf8")
            for encoding in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
        ],
        (gzip.compress(b"{}", mtime=0), "a gzip archive", "gunzip"),
        (b"PK\x03\x04{}", "a zip archive", "unzip"),
        (b"{\xff}", "byte 0xff, which is not UTF-8", "utf8"),
    ],
)
def test_what_is_no_utf_8_is_refused_with_the_remedy(data, found, remedy):
    with pytest.raises(InputError) as caught:
        decode_report(data, "reports/a.json")
    assert (caught.value.path, caught.value.found) == ("reports/a.json", found)
    assert caught.value.place.startswith("byte ")
    assert remedy in caught.value.hint


@pytest.mark.parametrize(
    ("text", "found", "remedy"),
    [
        ("", "an empty file", "Did the scanner run?"),
        ("<!DOCTYPE html>", "a page in HTML or XML", "login"),
        ('{"a": [1,', "the end", "cut short"),
        ('{"a": "b', "the end", "cut short"),
        ("pip-audit: command not found", "'pip-audit: command n'", "JSON or SARIF"),
        ("{} {}", "'{}'", "JSON or SARIF"),
    ],
)
def test_what_is_no_json_is_refused_with_the_remedy(text, found, remedy):
    with pytest.raises(InputError) as caught:
        parse_report(text, "a.json")
    assert caught.value.found == found
    assert remedy in caught.value.hint


@given(st.binary(max_size=40))
@example(b"\x00")
@example(b"[\x00")
def test_any_bytes_are_text_or_refused(data):
    try:
        text = decode_report(data, "a.json")
    except InputError as error:
        text, hint = None, error.hint
    assert hint if text is None else text.encode("utf-8") == data


@given(st.lists(st.integers() | st.text() | st.lists(st.none()), min_size=1, max_size=4))
def test_values_one_after_another(values):
    text = " \n".join(json.dumps(value) for value in values)
    assert parse_all(f"\ufeff{text}\n", "a.json") == values
