"""What a record speaks about, and the names that go into the exports."""

import re

import pytest
from hypothesis import given

from secstatus.site.exports import position, subject
from tests.site.exports.samples import CODE, hostile, plan, record, texts


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, True),
        ({"package": "discord.py"}, True),
        ({"source": None}, True),
        ({"version": None}, True),
        ({"package": None}, False),
        ({"package": "core.py", "version": "local"}, False),
        ({"package": "src/core.py"}, False),
        ({"package": "src\\core.py"}, False),
        ({"source": "bandit 1.9.4"}, False),
        ({"source": "Semgrep"}, False),
        ({"source": "bandit", "kind": "dependencies"}, True),
        ({"package": "src/core.py", "kind": "dependencies"}, False),
        ({"kind": "code"}, False),
        ({"package": "@reef/ajv", "ecosystem": "npm", "kind": "dependencies"}, True),
        ({"package": "@reef/ajv", "ecosystem": "pypi", "kind": "dependencies"}, False),
        ({"package": "github.com/reef/eel", "ecosystem": "golang"}, True),
        ({"package": "lib\\a", "ecosystem": "npm"}, False),
    ],
)
def test_dependency_or_code(facts, expected):
    assert subject.is_dependency(record(**facts)) is expected


@pytest.mark.parametrize(
    ("package", "version", "expected"),
    [
        ("Sponge_HTTP", "1.9.1", "pkg:pypi/sponge-http@1.9.1"),
        ("zope.interface", "", "pkg:pypi/zope.interface"),
        ("a", "1!2.0+b", "pkg:pypi/a@1%212.0%2Bb"),
        ("a@1?x=#/..", "", "pkg:pypi/a%401%3Fx%3D%23%2F.."),
    ],
)
def test_package_urls(package, version, expected):
    assert subject.purl(package, version) == expected


@pytest.mark.parametrize(
    ("package", "ecosystem", "expected"),
    [
        ("ajv", "npm", "pkg:npm/ajv@8.1.0"),
        ("@reef/ajv", "npm", "pkg:npm/%40reef/ajv@8.1.0"),
        ("github.com/Reef/Eel", "golang", "pkg:golang/github.com/reef/eel@8.1.0"),
        ("org.reef/Eel", "maven", "pkg:maven/org.reef/Eel@8.1.0"),
        ("debian/zlib1g", "deb", "pkg:deb/debian/zlib1g@8.1.0"),
        ("ajv", "NPM?", "pkg:pypi/ajv@8.1.0"),
        ("Sponge_HTTP", "pypi", "pkg:pypi/sponge-http@8.1.0"),
    ],
)
def test_package_urls_of_other_ecosystems(package, ecosystem, expected):
    assert subject.purl(package, "8.1.0", ecosystem) == expected


@given(texts, texts)
def test_a_package_url_has_no_sign_of_its_own(package, version):
    found = subject.purl(package, version)
    assert re.fullmatch(r"pkg:pypi/[A-Za-z0-9._~%-]*(?:@[A-Za-z0-9._~%-]+)?", found)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/x?y=1&z#part", "https://a.example/x?y=1&z#part"),
        ("https://a.example/100%/é[0]", "https://a.example/100%25/%C3%A9%5B0%5D"),
        ("https://a.example", "https://a.example"),
        ("https://a.example@evil.example/", ""),
        ("https://[bad", ""),
        ("http://a.example/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_only_https_addresses_are_links(url, expected):
    assert subject.plain_url(url) == expected


def test_code_findings_are_told_apart():
    one, two = record("B105", name="B105--a"), record("B105", name="B105--b")
    names = {subject.Subject(each | {"source": "bandit"}).problem for each in (one, two)}
    assert names == {"B105--a", "B105--b"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", "2.0"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", "3.0"),
        ("CVSS:3.1/PR:N/AV:N/AC:L/UI:N/S:U/C:N/I:N/A:H/E:P", "3.1"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N/U:Red", "4.0"),
        ("CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N", ""),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N", ""),
        ("CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", ""),
        ("CVSS:3.1/AV:Q/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", ""),
        ("CVSS:3.2/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", ""),
        ("", ""),
    ],
)
def test_vectors(text, expected):
    assert position.vector_version(text) == expected


REFUTED = plan("false_positive", reason="Not called.", expires="2027-01-31")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({}, "affected"),
        ({"status": "accepted", "plan": REFUTED}, "not_affected"),
        ({"status": "open", "plan": REFUTED}, "affected"),
        ({"status": "accepted", "plan": REFUTED | {"reason": " "}}, "affected"),
        ({"status": "accepted", "plan": REFUTED | {"state": "accepted_risk"}}, "affected"),
        ({"status": "accepted", "plan": None}, "affected"),
        ({"status": "unlisted", "plan": REFUTED}, "under_investigation"),
        ({"status": "resolved"}, "fixed"),
        ({"status": "some later word"}, "affected"),
    ],
)
def test_positions(facts, expected):
    assert position.position_of(subject.Subject(record(**facts))) == expected


@given(hostile)
def test_only_an_accepted_false_positive_is_not_affected(item):
    if position.position_of(subject.Subject(item)) is position.Position.NOT_AFFECTED:
        assert item["status"] == "accepted"
        assert item["plan"]["state"] == "false_positive"
        assert item["plan"]["reason"].strip()


def test_prose_is_never_taken_for_a_justification():
    told = record(plan=plan("false_positive", reason="component_not_present"))
    assert position.justification_of(subject.Subject(told)) == ""
    labelled = record(plan=plan("false_positive", justification="component_not_present"))
    assert position.justification_of(subject.Subject(labelled)) == "component_not_present"


def test_actions():
    assert position.action_of(subject.Subject(record())) == "Upgrade Sponge_HTTP to 1.9.3."
    planned = record(
        fix_version=None,
        plan=plan(action="Wait", target_date="2026-12-01", workaround="Cut lines."),
    )
    assert (
        position.action_of(subject.Subject(planned))
        == "Plan: Wait (by 2026-12-01) Workaround: Cut lines."
    )
    unfixed = record(fix_version=None, fix_available=False)
    assert position.action_of(subject.Subject(unfixed)) == "No fixed version is known yet."
    unknown = record(fix_version=None, fix_available=None)
    assert position.action_of(subject.Subject(unknown)) == "No action is decided yet."


def test_a_fixed_version_is_not_the_affected_one():
    fixed = position.Position.FIXED
    assert position.component_of(subject.Subject(record()), fixed) == ("Sponge_HTTP", "1.9.3", "")
    later = record(resolved_version="2.0")
    assert position.component_of(subject.Subject(later), fixed) == ("Sponge_HTTP", "2.0", "")
    for facts in ({"fix_version": None}, {"fix_version": "1.9.1"}):
        assert position.component_of(subject.Subject(record(**facts)), fixed) is None
    assert position.component_of(subject.Subject(CODE), position.Position.AFFECTED) is None
