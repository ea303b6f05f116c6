"""What is in a distribution: archives of every kind, good, bad and hostile."""

import gzip
import io
import tarfile
import zipfile
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.errors import InputError
from secstatus.findings.severity import Severity
from secstatus.publishing.distribution_contents import (
    Member,
    check_sdist,
    check_wheel,
    find_differences,
    read_members,
)
from secstatus.publishing.distribution_metadata import (
    check_metadata,
    read_metadata,
    read_sums,
    render_sums,
)
from secstatus.publishing.policy import PreflightPolicy
from secstatus.publishing.security_gate import find_objections
from secstatus.publishing.verification import BuiltFile
from secstatus.status.grade import Reason
from secstatus.status.policy import Grade

SDIST, WHEEL = "limpet-1.2.tar.gz", "limpet-1.2-py3-none-any.whl"
KEY = "-----BEGIN OPENSSH PRIVATE KEY-----\n" + ("A" * 64 + "\n") * 3
METADATA = (
    "Metadata-Version: 2.4\nName: limpet\nVersion: 1.2\nRequires-Python: >=3.11\n"
    "License-Expression: MIT\nDescription-Content-Type: text/markdown\n\n# Limpet\n"
)


def tar(*entries, gz_time=0):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content, more in entries:
            info = tarfile.TarInfo(name)
            info.size = len(content)
            for key, value in more.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=gz_time)


def wheel(*entries):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def member(name, text="", kind="file", target=""):
    return Member(name, kind, 0o644, target=target, head=text.encode())


def refusal(reader, *arguments):
    """The message with which the reader refuses; empty when it reads."""
    try:
        reader(*arguments)
    except InputError as error:
        return error.message
    return ""


# Archives


def test_the_members_of_both_kinds():
    (found,) = read_members(SDIST, tar(("limpet-1.2/a", b"x", {"mode": 0o600, "mtime": 7})))
    assert (found.name, found.kind, found.mode, found.modified) == (
        "limpet-1.2/a",
        "file",
        0o600,
        "7",
    )
    (link,) = read_members(WHEEL, wheel(("limpet/l", b"../../x", 0o120777)))
    assert (link.kind, link.target) == ("link", "../../x")


@given(st.binary(max_size=200), st.sampled_from((SDIST, WHEEL, "limpet-1.2.zip")))
def test_any_bytes_are_read_or_refused(content, name):
    assert name in (refusal(read_members, name, content) or name)


@given(st.data())
def test_a_damaged_archive_is_read_or_refused(data):
    name, whole = data.draw(
        st.sampled_from(
            ((SDIST, tar(("limpet-1.2/a", b"x" * 99, {}))), (WHEEL, wheel(("a", b"x", 0o644))))
        )
    )
    at = data.draw(st.integers(0, len(whole) - 1))
    spoilt = whole[:at] + data.draw(st.binary(max_size=4)) + whole[at + 2 :]
    assert name in (refusal(read_members, name, spoilt) or name)


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        (tar(("t/a", b"x", {})), tar(("t/a", b"y", {})), "'t/a': other content"),
        (tar(("t/a", b"x", {})), tar(("t/b", b"x", {})), "'t/a': in one of the two only"),
        (
            tar(("t/a", b"x", {"mode": 0o644})),
            tar(("t/a", b"x", {"mode": 0o600})),
            "'t/a': other permissions, 644 and 600",
        ),
        (
            tar(("t/a", b"x", {"mtime": 1})),
            tar(("t/a", b"x", {"mtime": 2})),
            "'t/a': another time, 1 and 2",
        ),
        (
            tar(("t/a", b"x", {}), ("t/b", b"", {})),
            tar(("t/b", b"", {}), ("t/a", b"x", {})),
            "the order of the members",
        ),
        (
            tar(("t/a", b"x", {})),
            tar(("t/a", b"x", {}), gz_time=9),
            "the archive itself, such as the time in its header",
        ),
    ],
)
def test_what_differs_is_named(one, other, what):
    assert find_differences(SDIST, one, other)[0] == what
    assert find_differences(SDIST, one, one) == ()
    is_content = "content" in what or "only" in what
    assert bool(find_differences(SDIST, one, other, content_only=True)) == is_content


@given(st.lists(st.tuples(st.sampled_from("abc"), st.binary(max_size=3)), max_size=4), st.data())
def test_other_bytes_are_never_the_same(entries, data):
    one = tar(*((name, content, {}) for name, content in entries))
    other = tar(*((n, c, {}) for n, c in data.draw(st.permutations(entries))), gz_time=1)
    assert find_differences(SDIST, one, other)


# Contents


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (member("t/notes.txt"), "not a file of the commit"),
        (member("t/src/.env"), "files with secrets"),
        (member("t/deploy/id_ed25519"), "files with secrets"),
        (member("t/server.pem"), "files with secrets"),
        (member("t/a.py", KEY), "private key"),
        (member("t/a.py", f"token = '{'pypi-AgE'}{'x' * 150}'"), "token"),
        (member("t/a.py", f"{'ghp'}_{'a1' * 18}"), "token"),
        (member("t/../../a.py"), "out of the folder"),
        (member("/t/a.py"), "out of the folder"),
        (member("t/a\\b.py"), "out of the folder"),
        (member("t/l", kind="link", target="/etc/passwd"), "out of the folder"),
        (member("t/l", kind="link", target="../../x"), "out of the folder"),
        (member("t/device", kind="other"), "neither file nor folder"),
        (member("u/a.py"), "2 folders at the top"),
    ],
)
def test_what_no_sdist_may_hold(found, problem):
    tracked = {"a.py", "src/.env", "deploy/id_ed25519", "server.pem", "l", "a\\b.py", "../../a.py"}
    told = check_sdist([member("t/PKG-INFO"), found], tracked, ())
    assert any(problem in each for each in told), told


def test_what_an_sdist_may_hold():
    found = [
        member("t/PKG-INFO"),
        member("t/src/limpet.egg-info/SOURCES.txt"),
        member("t/a.py", "-----BEGIN PRIVATE KEY----- is how a key begins; pypi-AgEIcHlwaS5vcmc"),
        member("t/.env.example"),
        member("t/l", kind="link", target="sub/../a.py"),
        member("t/sub", kind="folder"),
    ]
    assert check_sdist(found, {"a.py", ".env.example", "l"}, ()) == ()
    secret = [member("t/tests/key.pem", KEY)]
    assert check_sdist(secret, {"tests/key.pem"}, ())
    assert check_sdist(secret, {"tests/key.pem"}, ("tests/**",)) == ()


@pytest.mark.parametrize("name", ["tests/test_a.py", "limpet/tests/a.py", "limpet/conftest.py"])
def test_tests_in_a_wheel_have_to_be_asked_for(name):
    assert "a test" in check_wheel([member(name)], (), False)[0]
    assert check_wheel([member(name)], (), True) == ()
    assert check_wheel([member("limpet/testing.py"), member("limpet/latest/a.py")], (), False) == ()
    assert check_wheel([member("limpet/.pypirc")], (), True)


# Metadata


def test_the_metadata_of_both_kinds():
    text = METADATA.encode()
    one = read_metadata(
        WHEEL, read_members(WHEEL, wheel(("limpet-1.2.dist-info/METADATA", text, 0o644)))
    )
    other = read_metadata(SDIST, read_members(SDIST, tar(("limpet-1.2/PKG-INFO", text, {}))))
    assert one == other
    assert (one.license, one.requires_python, one.description) == ("MIT", ">=3.11", "# Limpet")
    assert check_metadata({WHEEL: one, SDIST: other}, "Limpet", "1.2.0") == ()


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("Name: limpet", "Name: whelk", "the name is 'whelk'"),
        ("Version: 1.2", "Version: 1.3", "the version is '1.3'"),
        ("Version: 1.2", "Version: 1.3", "not called after"),
        ("Requires-Python: >=3.11\n", "", "no requires-python"),
        ("License-Expression: MIT\n", "", "no license"),
        ("# Limpet", "", "no description"),
    ],
)
def test_metadata_that_is_not_enough(old, new, problem):
    text = METADATA.replace(old, new)
    found = read_metadata(SDIST, [member("limpet-1.2/PKG-INFO", text)])
    told = check_metadata({SDIST: found}, "limpet", "1.2")
    assert any(problem in each for each in told), told


def test_sdist_and_wheel_have_to_agree():
    good = read_metadata(SDIST, [member("limpet-1.2/PKG-INFO", METADATA)])
    other = read_metadata(
        WHEEL, [member("limpet-1.2.dist-info/METADATA", METADATA.replace("MIT", "0BSD"))]
    )
    told = check_metadata({SDIST: good, WHEEL: other}, "limpet", "1.2")
    assert told == (f"'{WHEEL}' and '{SDIST}': the license is not the same",)


@pytest.mark.parametrize(
    "text",
    ["", "Name: limpet", "\0\n\n", METADATA.replace("1.2", "one"), METADATA.replace(">=", "~")],
)
def test_metadata_that_is_not_valid_is_refused(text):
    with pytest.raises(InputError):
        read_metadata(SDIST, [member("limpet-1.2/PKG-INFO", text)])


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda t: (METADATA + t).encode()))
def test_any_metadata_is_read_or_refused(content):
    found = Member("limpet-1.2/PKG-INFO", "file", 0o644, head=content)
    assert SDIST in (refusal(read_metadata, SDIST, [found]) or SDIST)


@pytest.mark.parametrize("found", [[], [member("limpet-1.2/PKG-INFO")] * 2, [member("PKG-INFO")]])
def test_metadata_has_to_be_there_once(found):
    with pytest.raises(InputError, match="files PKG-INFO"):
        read_metadata(SDIST, found)


# Checksums


@given(st.dictionaries(st.text("ab-.1", min_size=1), st.sampled_from(("a" * 64, "0" * 64))))
def test_checksums_read_back(stated):
    files = [BuiltFile(name, 1, digest) for name, digest in stated.items()]
    assert read_sums(render_sums(files), "x") == stated


# The security gate


def status(letter=Grade.A, critical=0, high=0, reasons=(), proved=True, stated=True):
    summary = SimpleNamespace(critical=critical, high=high)
    findings = [
        SimpleNamespace(finding_id=f"CVE-{n}", severity=Severity.HIGH, accepted=n == 0)
        for n in range(high + 1)
    ]
    return SimpleNamespace(
        security_grade=letter,
        vulnerability_summary=summary,
        findings=findings,
        reasons=reasons,
        proved=proved,
        coverage_stated=stated,
    )


@pytest.mark.parametrize(
    ("found", "problem"),
    [
        (status(proved=False), "not proved"),
        (status(Grade.UNKNOWN, proved=False), "the grade is ?"),
        (status(Grade.D), "at least C"),
        (status(stated=False), "does not name its scans"),
        (status(critical=1), "1 open critical"),
        (status(high=2), "2 open high findings, at most 0 are allowed: CVE-1, CVE-2"),
        (status(reasons=(Reason("freshness.1", Grade.B, "Old", "By 2 weeks"),)), "Old. By 2"),
        (status(reasons=(Reason("coverage.x", Grade.UNKNOWN, "No scan", ""),)), "No scan."),
    ],
)
def test_what_is_said_against_a_status(found, problem):
    told = find_objections(
        found, PreflightPolicy(worst_grade=Grade.C, most_critical=0, most_high=0)
    )
    assert any(problem in each for each in told), told


def test_a_status_that_may_go_out():
    assert find_objections(status(), PreflightPolicy()) == ()
    assert find_objections(status(Grade.C, high=1), PreflightPolicy(most_high=1)) == ()
    assert find_objections(status(Grade.F, critical=1), PreflightPolicy()) == ()
    assert find_objections(status(Grade.B), PreflightPolicy(worst_grade=Grade.A))


@given(st.sampled_from(Grade), st.booleans(), st.integers(0, 3), st.sampled_from(Grade))
def test_no_policy_lets_an_unproved_status_out(letter, stated, high, worst):
    policy = PreflightPolicy(
        worst_grade=worst, most_high=9, most_critical=9, coverage_required=False
    )
    assert find_objections(status(letter, high=high, proved=False, stated=stated), policy)
