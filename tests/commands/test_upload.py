"""upload: unmodified twine against an index with trusted publishing, and against pypiserver."""

import base64
import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from secstatus.commands.upload import upload_release
from secstatus.commands.upload.upload_run import UploadOptions
from secstatus.errors import (
    CheckFailedError,
    InputError,
    PyPIPublishingError,
    TrustedPublishingError,
    UsageError,
)
from tests.conftest import NOW
from tests.publishing.distributions import wheel
from tests.publishing.index_stub import Registered
from tests.publishing.uploads import CANARY, SDIST, WHEEL, journal, only_wheel, send

pytestmark = pytest.mark.usefixtures("no_credentials")


@pytest.fixture
def root(release):
    return release


def posts(stub, path):
    return [each for each in stub.asked if each[0] == "POST" and each[2] == path]


# --- Trusted publishing


def test_a_naive_retry_with_the_same_token_is_refused(root, stub, told):
    """The stub would tell: were an identity token sent twice, the answer would be this one."""
    stub.claims = {"jti": "once"}
    with pytest.raises(TrustedPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "invalid-reuse-token"
    assert set(stub.stored) == {WHEEL}


@pytest.mark.parametrize(
    ("claims", "failure", "differs"),
    [
        ({"repository": "octo/renamed"}, "invalid-publisher", "repository"),
        ({"environment": None}, "invalid-publisher", "environment"),
        ({"environment": "other"}, "invalid-publisher", "environment"),
        ({"repository_owner_id": "1"}, "invalid-publisher", None),
        ({"repository_owner": "evil"}, "claim-check-failed", "repository_owner"),
        ({"event_name": "pull_request_target"}, "pull-request-target", "event_name"),
        ({"event_name": None}, "claim-missing", None),
        ({"ref": None, "sha": None}, "claim-ref-and-sha", None),
        ({"ref": "refs/heads/x"}, "claim-workflow-ref", None),
        (
            {"job_workflow_ref": "octo/demo/.github/workflows/publish@x"},
            "claim-workflow-file",
            None,
        ),
        ({"iss": "https://elsewhere.invalid"}, "unknown-issuer", None),
        ({"aud": "testpypi"}, "invalid-token", None),
        ({"exp": 1}, "invalid-token", None),
    ],
)
def test_an_identity_that_is_not_the_publisher(root, stub, told, claims, failure, differs):
    stub.claims = claims
    only_wheel(root)
    with pytest.raises(TrustedPublishingError) as caught:
        send(root, told, attempts=1)
    assert caught.value.diagnosis.id == failure
    assert not stub.stored
    assert not stub.minted


def test_the_audience_of_another_index(root, stub, told):
    stub.audience = "testpypi"
    only_wheel(root)
    with pytest.raises(TrustedPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "invalid-token"
    assert len(told.pauses) == 0 or len(told.pauses) == 1


def test_a_job_without_the_permission(root, stub, told, monkeypatch):
    monkeypatch.delenv("ACTIONS_ID_TOKEN_REQUEST_TOKEN")
    with pytest.raises(TrustedPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "oidc-permission"
    assert "id-token: write" in caught.value.hint
    assert caught.value.exit_status == 1
    assert journal(root)[0]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("where", "faults"),
    [
        ("identity", ["500"]),
        ("identity", ["truncated"]),
        ("audience", ["truncated"]),
        ("mint", ["503"]),
        ("mint", ['json:503 {"message": "no"}']),
        ("mint", ["truncated"]),
        ("mint", ["reset"]),
        ("mint", ['json:422 {"message": "no", "errors": []}', "503"]),
        ("upload", ["503:backend read error"] * 5),
        ("upload", ["reset"]),
        ("upload", ["body:400 The digest supplied does not match a digest calculated"]),
        ("upload", ["400:Unknown error while trying to verify included attestations"]),
    ],
)
def test_what_passes_is_tried_again(root, stub, told, where, faults):
    stub.faults[where] = list(faults)
    only_wheel(root)
    unknown = "errors" in faults[0]
    if unknown:
        with pytest.raises(PyPIPublishingError) as caught:
            send(root, told)
        assert caught.value.diagnosis.id == "unknown"
        assert caught.value.exit_status == 1
        return
    # After a reset twine sends the rest of a body that is not there any more, and waits for ever.
    result = send(root, told, timeout=8)
    assert set(stub.stored) == {WHEEL}
    if result.attempts == 1:
        assert where in ("identity", "mint"), "twine itself asks again there, and only there"
        return
    assert result.attempts == 2
    assert told.pauses == [0.75]


@pytest.mark.parametrize(
    ("where", "fault", "failure", "status"),
    [
        ("audience", "403", "audience-403", 3),
        ("audience", "404", "audience-404", 1),
        (
            "upload",
            "400:This filename was previously used by a file that has since been deleted.",
            "file-name-used",
            1,
        ),
        (
            "upload",
            "400:Uploading new files to releases older than 14 days is not allowed.",
            "release-too-old",
            1,
        ),
        ("upload", "400:Only one sdist may be uploaded per release.", "two-sdists", 1),
        (
            "upload",
            "400:Invalid attestations supplied during upload: Could not verify",
            "attestation-rejected",
            1,
        ),
        ("upload", "403:New uploads are temporarily disabled.", "uploads-disabled", 3),
        ("upload", "403:User 'x' does not have a verified primary email address.", "account", 1),
        ("upload", "400:Non-user identities cannot create new projects.", "project-creation", 1),
        ("upload", "429:3600", "rate-limited", 3),
        ("upload", "body:429 Too many new projects created", "too-many-projects", 3),
        ("upload", "400:File too large. Limit for project 'demo' is 100 MB.", "too-large", 1),
        ("upload", "body:400 Project size too large. Limit for project", "too-large", 1),
        ("upload", "410", "wrong-url", 1),
        ("upload", "405", "wrong-url", 1),
        ("upload", "403", "refused", 1),
        ("upload", "418", "unknown", 1),
        (
            "mint",
            'json:422 {"errors": [{"code": "not-enabled", "description": "github trusted publishing functionality not enabled"}]}',
            "not-enabled",
            3,
        ),
        (
            "mint",
            'json:422 {"errors": [{"code": "invalid-pending-publisher", "description": "valid token, but project already exists"}]}',
            "invalid-pending-publisher",
            1,
        ),
    ],
)
def test_what_is_final_is_not_tried_again(root, stub, told, where, fault, failure, status):
    stub.faults[where] = [fault]
    only_wheel(root)
    with pytest.raises((TrustedPublishingError, PyPIPublishingError)) as caught:
        send(root, told)
    error = caught.value
    assert (error.diagnosis.id, error.exit_status) == (failure, status)
    assert isinstance(error, TrustedPublishingError) == (
        error.diagnosis.area == "trusted publishing"
    )
    assert error.hint
    assert not told.pauses
    assert not stub.stored
    (event,) = journal(root)
    assert event["failure"] == failure
    assert event["outcome"] == ("failed" if status == 3 else "refused")


def test_an_outage_that_lasts(root, stub, told):
    stub.faults["upload"] = ["503"] * 100
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "server-error"
    assert caught.value.exit_status == 3
    assert told.pauses == [0.75, 1.5]
    assert len(stub.minted) == 3
    assert f"not uploaded: {WHEEL}, {SDIST}" in caught.value.details


def test_the_index_says_how_long_to_wait(root, stub, told):
    stub.faults["upload"] = ["429:7", "429:90"]
    only_wheel(root)
    assert send(root, told).attempts == 3
    assert told.pauses == [7.0, 90.0]


def test_the_number_of_attempts_is_a_setting(root, stub, told):
    stub.faults["upload"] = ["429:1"] * 4
    only_wheel(root)
    assert send(root, told, attempts=5).attempts == 5
    assert len(told.pauses) == 4


def test_an_answer_that_never_comes(root, stub, told):
    stub.faults["upload"] = ["hang"]
    only_wheel(root)
    assert send(root, told, timeout=6).attempts == 2
    assert set(stub.stored) == {WHEEL}


def test_an_expired_token_is_fetched_again_once(root, stub, told):
    stub.lives = -1
    only_wheel(root)
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "token-expired"
    assert caught.value.exit_status == 1
    assert len(stub.minted) == 2


def test_stored_although_the_answer_was_bad(root, stub, told):
    stub.faults["upload"] = ["502-after-store"]
    only_wheel(root)
    send(root, told)
    assert set(stub.stored) == {WHEEL}


def test_the_same_bytes_again_are_done(root, stub, told):
    send(root, told)
    assert send(root, told).exit_status == 0


def test_other_bytes_under_the_name_stop_it(root, stub, told):
    send(root, told)
    wheel(root / "dist", more=b"y = 2\n")
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert caught.value.diagnosis.id == "file-exists"
    assert caught.value.exit_status == 1
    assert "other bytes" in caught.value.message


def test_an_index_that_says_exists_for_the_same_bytes(root, stub, told):
    send(root, told)
    stub.faults["upload"] = ["400:File already exists", "400:File already exists"]
    result = send(root, told)
    assert "with the same bytes" in result.stages[1].detail
    stub.faults["upload"] = ["400:File already exists"]
    stub.hidden = True
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert caught.value.exit_status == 3
    assert "perhaps this file" in caught.value.message


def test_a_digest_in_the_answer_proves_only_that_it_is_another_file(root, stub, told):
    send(root, told)
    wheel(root / "dist", more=b"y = 2\n")
    stub.hidden = True
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert caught.value.exit_status == 1
    assert "BLAKE2" in caught.value.message


def test_what_was_uploaded_before_a_failure_is_told(root, stub, told):
    stub.faults["upload"] = ["", "400:Only one sdist may be uploaded per release."]
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told)
    assert f"on the index by now: {WHEEL}" in caught.value.details
    assert f"not uploaded: {SDIST}" in caught.value.details


# --- Nothing secret anywhere


def test_credentials_are_in_no_list_of_processes(root, stub, monkeypatch):
    monkeypatch.setenv("TWINE_USERNAME", "__token__")
    monkeypatch.setenv("TWINE_PASSWORD", CANARY)
    stub.tokens[CANARY] = (Registered(), time.time() + 900)
    seen = []

    def look(_line):
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes()
            except OSError:
                continue
            if b"twine_child" in words:
                seen.append(words)

    upload_release(root, NOW, UploadOptions(), look)
    assert seen
    assert not [words for words in seen if CANARY.encode() in words]


def test_credentials_in_the_address_are_refused_and_not_repeated(root, told):
    url = f"https://user:{CANARY}@index.invalid/legacy/"
    with pytest.raises(UsageError) as caught:
        send(root, told, repository_url=url)
    assert CANARY not in caught.value.message + caught.value.hint
    assert "TWINE_PASSWORD" in caught.value.hint


# --- What cannot be uploaded


def test_folders_that_are_refused(root, told):
    dist = root / "dist"
    (dist / "notes.txt").write_text("x")
    with pytest.raises(UsageError) as caught:
        send(root, told)
    assert caught.value.details == ("'notes.txt'",)
    (dist / "notes.txt").unlink()
    wheel(dist, version="1.1")
    with pytest.raises(InputError):
        send(root, told)
    for path in dist.iterdir():
        path.unlink()
    with pytest.raises(UsageError):
        send(root, told)
    dist.rmdir()
    with pytest.raises(UsageError):
        send(root, told)
    assert not (root / "security").exists()


def test_what_preflight_leaves_is_no_stranger_and_binds(root, stub, told):
    (root / "dist/.gitignore").write_text("*")
    (root / "dist/SHA256SUMS").write_text("0" * 64 + f"  {WHEEL}\n")
    with pytest.raises(CheckFailedError):
        send(root, told)
    assert not stub.stored


@pytest.mark.parametrize(
    "ask",
    [
        {"attempts": 0},
        {"attempts": 21},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"repository_url": "http://index.invalid/legacy/"},
        {"repository_url": "ftp://index.invalid/"},
        {"repository_url": "--help"},
    ],
)
def test_wrong_use_is_a_usage_error(root, told, ask):
    with pytest.raises(UsageError):
        send(root, told, **ask)


def test_a_name_of_pypirc_is_not_taken_for_the_default_index(root, told, monkeypatch):
    monkeypatch.setenv("TWINE_REPOSITORY", "internal")
    with pytest.raises(UsageError):
        send(root, told)


def test_an_interruption_ends_twine_too(root, stub):
    stub.faults["upload"] = ["hang"]
    only_wheel(root)

    def interrupt(line):
        if line.startswith("Uploading demo"):
            os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        upload_release(root, NOW, UploadOptions(), interrupt)
    running = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not [words for words in running if str(root).encode() in words]


# --- pypiserver


@pytest.fixture
def server(tmp_path, monkeypatch):
    folder, users = tmp_path / "packages", tmp_path / "users"
    folder.mkdir()
    digest = base64.b64encode(hashlib.sha1(CANARY.encode()).digest()).decode()
    users.write_text(f"me:{{SHA}}{digest}\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = str(Path(sys.executable).with_name("pypi-server"))
    words = ["run", "-i", "127.0.0.1", "-p", str(port), "-P", str(users), "-a", "update"]
    child = subprocess.Popen(
        [program, *words, "--hash-algo", "sha256", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}/"
    try:
        wait_for(url)
        monkeypatch.setenv("TWINE_USERNAME", "me")
        monkeypatch.setenv("TWINE_PASSWORD", CANARY)
        yield url, folder
    finally:
        child.terminate()
        child.wait()


def wait_for(url):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(300):
        try:
            opener.open(f"{url}health").close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("pypiserver does not answer")


def test_pypiserver_takes_files_and_duplicates_are_compared(root, server, told):
    url, folder = server
    send(root, told, repository_url=url)
    assert {path.name for path in folder.iterdir()} == {WHEEL, SDIST}
    again = send(root, told, repository_url=url)
    assert [each.detail.partition(":")[0] for each in again.stages[1:]] == [
        "there already, with the same bytes"
    ] * 2
    wheel(root / "dist", more=b"y = 2\n")
    before = (folder / WHEEL).read_bytes()
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told, repository_url=url)
    assert "other bytes" in caught.value.message
    assert (folder / WHEEL).read_bytes() == before
    assert [event["outcome"] for event in journal(root)] == ["published", "published", "refused"]


def test_pypiserver_refuses_a_password(root, server, told, monkeypatch):
    url, folder = server
    monkeypatch.setenv("TWINE_PASSWORD", "wrong-" + CANARY)
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told, repository_url=url)
    assert caught.value.diagnosis.id == "refused"
    assert caught.value.exit_status == 1
    assert not told.pauses
    assert not list(folder.iterdir())
    assert CANARY not in told.text + str(caught.value.details)


def test_nobody_has_given_credentials(root, server, told, monkeypatch):
    url, _folder = server
    monkeypatch.delenv("TWINE_PASSWORD")
    with pytest.raises(PyPIPublishingError) as caught:
        send(root, told, repository_url=url)
    assert caught.value.diagnosis.id == "no-credentials"
    assert not re.search(r"Traceback", caught.value.message)


def test_a_server_that_is_not_there(root, told, monkeypatch):
    monkeypatch.setenv("TWINE_USERNAME", "me")
    monkeypatch.setenv("TWINE_PASSWORD", CANARY)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/"
        with pytest.raises(PyPIPublishingError) as caught:
            send(root, told, repository_url=url, attempts=2)
    assert caught.value.diagnosis.id == "network"
    assert caught.value.exit_status == 3
    assert len(told.pauses) == 1
