"""`[tool.secstatus]`: defaults, every key, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.config import Config, read_config
from secstatus.errors import InputError
from secstatus.findings.severity import Severity


def read(text, base_url=None):
    return read_config(text, "folder", base_url)


def test_without_a_file_everything_has_a_default():
    config = read("")
    assert config.package == "folder"
    assert config.base_url == "https://example.invalid/folder/security-status/"
    assert not config.base_url_known
    assert config.status_paths[0] == "security/status/live-status.json"
    assert config.assessment.grade.sla_days[Severity.CRITICAL] == 7


def test_every_key():
    config = read("""
[project]
name = "ignored"
version = "1.2"
[tool.secstatus]
package = "lanternfish"
repository = "https://github.com/deepsea-tools/lanternfish.git"
base_url = "https://status.example/x"
status = "a/s.json"
findings_document = "a/f.md"
plans = "a/p.yml"
releases = "a/r.json"
templates = "a/t"
pages = "a/p"
required_scanners = ["pip-audit"]
cadence_days = 3.5
stale_cadences = [1, 2, 4]
[tool.secstatus.sla_days]
critical = 1
high = 2
unknown = 3
medium = 4
low = 5
[tool.secstatus.many]
high = 2
medium = 3
low = 4
[tool.secstatus.security_txt]
contact = ["mailto:sec@example.org", "https://example.org/report"]
expires = 2027-01-01T00:00:00Z
policy = "https://example.org/policy"
languages = "en, de"
""")
    assert (config.package, config.version) == ("lanternfish", "1.2")
    assert config.repository == "deepsea-tools/lanternfish"
    assert config.base_url == "https://status.example/x/"
    assert config.status_paths == ("a/s.json",)
    assert config.security_contact.expires == "2027-01-01T00:00:00Z"
    policy = config.assessment
    assert policy.required_scanners == ("pip-audit",)
    assert policy.grade.many_low == 4
    assert policy.grade.stale == (1, 2, 4)


@pytest.mark.parametrize(
    ("text", "base_url", "repository", "expected"),
    [
        ('[tool.secstatus]\nrepository = "Own/Name"', None, "Own/Name", "https://own.github.io/Name/security-status/"),
        ('[project.urls]\nSource = "https://github.com/o/n"', None, "o/n", "https://o.github.io/n/security-status/"),
        ('[project.urls]\nSponsor = "https://github.com/sponsors/x"\nRepository = "https://github.com/o/n/"', None, "o/n", "https://o.github.io/n/security-status/"),
        ("", "https://o.github.io/n/security-status", "o/n", "https://o.github.io/n/security-status/"),
        ('[project.urls]\nHome = "https://example.org"', None, "", "https://example.invalid/folder/security-status/"),
    ],
)  # fmt: skip
def test_where_the_site_is(text, base_url, repository, expected):
    config = read(text, base_url)
    assert (config.repository, config.base_url) == (repository, expected)


@pytest.mark.parametrize(
    ("text", "place", "expected"),
    [
        ("[tool.secstatus]\nbase_ulr = 'x'", "tool.secstatus", "one of base_url"),
        ("[tool.secstatus]\nbase_url = 'http://x.example/'", "base_url", "https"),
        ("[tool.secstatus]\nbase_url = 'https://x.example/?a'", "base_url", "without query"),
        ("[tool.secstatus]\nbase_url = 'https://x.example/\"><script>'", "base_url", "https"),
        ("[tool.secstatus]\nstatus = '../x'", "status", "inside the project"),
        ("[tool.secstatus]\nstatus = '/x'", "status", "inside the project"),
        ("[tool.secstatus]\ncadence_days = 0", "cadence_days", "above 0"),
        ("[tool.secstatus]\ncadence_days = true", "cadence_days", "above 0"),
        ("[tool.secstatus]\nstale_cadences = [2, 1, 3]", "stale_cadences", "three rising"),
        ("[tool.secstatus]\nrequired_scanners = 'x'", "required_scanners", "a list"),
        ("[tool.secstatus]\nrepository = 'x'", "repository", "OWNER/NAME"),
        ("[tool.secstatus.many]\nhigh = 1", "many.high", "at least 2"),
        ("[tool.secstatus.sla_days]\nhigh = '3'", "sla_days.high", "whole number"),
        ("[tool.secstatus.security_txt]\ncontact = 'me'", "contact", "URI"),
        ("[tool.secstatus.security_txt]\nexpires = 'soon'", "expires", "UTC date"),
        ("[tool.secstatus.release]\ncool_down_hours = -1", "cool_down_hours", "0 or more"),
        ("[tool.secstatus.release]\nmost_a_week = 1.5", "most_a_week", "whole number"),
        ("[tool.secstatus.release]\nunknown_days = 0", "unknown_days", "at least 1"),
        ("[tool.secstatus.release]\nlimit = 0", "tool.secstatus.release", "one of cool_down"),
        ("[tool]\nsecstatus = 3", "tool.secstatus", "a table"),
        ("tool = 3", "tool", "a table"),
        ("project = 3", "project", "a table"),
        ("[tool.secstatus", "", "TOML"),
    ],
)
def test_what_is_refused_says_where_and_what(text, place, expected):
    with pytest.raises(InputError) as caught:
        read(text)
    assert place in caught.value.place
    assert expected in caught.value.expected


@pytest.mark.parametrize(
    "days", ["critical = 40", "high = 100\nunknown = 100", "medium = 200", "unknown = 5"]
)
def test_days_that_would_reward_a_worse_severity_are_refused(days):
    with pytest.raises(InputError, match="no more days for a worse severity"):
        read(f"[tool.secstatus.sla_days]\n{days}")


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        found = read(text)
    except InputError:
        return
    assert isinstance(found, Config)
