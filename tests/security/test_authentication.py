"""The design's tests of authentication: identity tokens, credentials, the scope of a publisher."""

import json
import time

import pytest

from secstatus.errors import PyPIPublishingError, TrustedPublishingError
from tests.publishing.index_stub import Registered
from tests.publishing.uploads import CANARY, SDIST, WHEEL, journal, only_wheel, send


def test_oidc_token_security(release, stub, told):
    """Each attempt has an identity token of its own, and none of the tokens is to be seen."""
    stub.faults["upload"] = ["503"] * 5
    seen = []
    real = stub.identity_claims
    stub.identity_claims = lambda audience: seen.append(real(audience)) or seen[-1]
    only_wheel(release)
    result = send(release, told)
    jtis = [each["jti"] for each in seen]
    assert result.attempts == len(jtis) == len(set(jtis)) == len(set(stub.used)) == 2
    assert {each["aud"] for each in seen} == {"pypi"}
    everything = told.text + json.dumps(result.document()) + result.text() + str(journal(release))
    assert len(stub.minted) == 2
    for token in (*stub.minted, stub.environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]):
        assert token not in everything
    assert "eyJ" not in everything


def test_publishing_authorization(release, stub, told):
    """A publisher may upload its own project, from its own repository, workflow, environment."""
    stub.publishers = [Registered(projects=("another",))]
    with pytest.raises(PyPIPublishingError) as caught:
        send(release, told)
    assert caught.value.diagnosis.id == "not-allowed"
    assert caught.value.exit_status == 1
    assert "Workflow name: publish.yml" in caught.value.details
    assert not told.pauses
    stub.publishers = [Registered(workflow="other.yml"), Registered(repository="octo/fork")]
    with pytest.raises(TrustedPublishingError) as caught:
        send(release, told)
    assert caught.value.diagnosis.id == "invalid-publisher"
    assert not stub.stored
    stub.publishers = [Registered()]
    send(release, told)
    assert set(stub.stored) == {WHEEL, SDIST}


def test_credential_exposure_prevention(release, stub, told, monkeypatch, tmp_path):
    """An index that repeats all credentials: none is in progress, errors, journal or summary."""
    summary = tmp_path / "summary.md"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    monkeypatch.setenv("TWINE_USERNAME", "__token__")
    monkeypatch.setenv("TWINE_PASSWORD", CANARY)
    monkeypatch.setenv("DEPLOY_KEY", f"other-{CANARY[::-1]}")
    stub.tokens[CANARY] = (Registered(), time.time() + 900)
    stub.faults["upload"] = ["echo"]
    with pytest.raises(PyPIPublishingError) as caught:
        send(release, told)
    error = caught.value
    everything = "\n".join(
        [
            told.text,
            str(error),
            error.hint,
            *error.details,
            json.dumps(error.diagnosis.document()),
            error.diagnosis.text(),
            (release / "security/status/journal.jsonl").read_text(),
            summary.read_text(),
        ]
    )
    assert "you sent" in everything
    for hidden in (CANARY, "X190b2tlbl9fO", CANARY[::-1]):
        assert hidden not in everything
    written = [path for path in release.rglob("*") if path.is_file()]
    assert not [path for path in written if CANARY.encode() in path.read_bytes()]
