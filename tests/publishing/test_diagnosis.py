"""Every row of the failure table, told as the programs tell it; and what no log may do."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.cli import main
from secstatus.publishing.claim_check import read_claims
from secstatus.publishing.diagnosis import diagnose_log
from secstatus.publishing.failures.catalogue import load_catalogue
from secstatus.publishing.trusted_publisher import Publisher
from secstatus.text.redaction import redact

ONCE = "once, with a fresh token"
UPLOAD = "400 Bad Request: "
ROWS = [
    ("insufficient OIDC token permissions, the ACTIONS_ID_TOKEN_REQUEST_TOKEN environment variable was unset", "oidc-permission", "no"),
    ("GitHub: OIDC token request failed (code=500, body='x')", "oidc-http", "yes"),
    ("repository at H has trusted publishing disabled", "audience-403", "later"),
    ("H does not indicate trusted publishing support", "audience-404", "no"),
    ("the index responded with unexpected 502", "audience-error", "yes"),
    ("the index produced an unexpected 503 response", "mint-nonjson", "yes"),
    ("The token-minting request returned invalid JSON", "mint-nonjson", "yes"),
    ("malformed JWT", "invalid-payload", "no"),
    ("unknown trusted publishing issuer", "unknown-issuer", "no"),
    ("github trusted publishing functionality not enabled", "not-enabled", "later"),
    ("malformed or invalid token", "invalid-token", ONCE),
    ("Token audience claim mismatch (expected a, got b)", "invalid-token", ONCE),
    ("invalid token: already used", "invalid-reuse-token", "yes"),
    ("valid token, but project already exists", "invalid-pending-publisher", "no"),
    ("(Publisher with matching claims was not found)", "invalid-publisher", "no"),
    ("(All lookup strategies exhausted)", "invalid-publisher", "no"),
    ("(Check failed for required claim 'repository_owner')", "claim-check-failed", "no"),
    ("(Missing claim 'ref')", "claim-missing", "no"),
    ("(The job_workflow_ref claim does not match, expecting one of ['a'], got 'b')", "claim-workflow-ref", "no"),
    ("(Could not job extract workflow filename from OIDC claims)", "claim-workflow-file", "no"),
    ("(Publishing from a workflow invoked via 'pull_request_target' is not supported.)", "pull-request-target", "no"),
    ("(JWT issuer 'x' does not match 'y')", "issuer-mismatch", "no"),
    ("(The ref and sha claims are empty)", "claim-ref-and-sha", "no"),
    ("Publisher with matching claims was not found\nthe calling workflow is a reusable workflow", "reusable-workflow", "no"),
    ("Attestation generation failure: these already have publish attestations", "attestation-local", "no"),
    (UPLOAD + "Invalid attestations supplied during upload: Could not verify the uploaded artifact using the included attestation", "attestation-rejected", "no"),
    ("Unknown error while trying to verify included attestations", "attestation-unknown", "yes"),
    ("403 Invalid or non-existent authentication information. See x/help/#invalid-auth", "invalid-auth", ONCE),
    ("403 Invalid API Token: token is expired", "token-expired", ONCE),
    ("403 Invalid API Token: project-scoped token is not valid for project: 'x'", "token-scope", "no"),
    ("403 The given token isn't allowed to upload to project 'x'. See /help/#project-name", "not-allowed", "no"),
    ("403 New uploads are temporarily disabled.", "uploads-disabled", "later"),
    ("User 'x' does not have a verified primary email address", "account", "no"),
    ("User 'x' does not have two-factor authentication enabled", "account", "no"),
    ("Non-user identities cannot create new projects", "project-creation", "no"),
    (UPLOAD + "File already exists ('d-1.tar.gz', with blake2_256 hash 'ab'). See /help/#file-name-reuse", "file-exists", "no"),
    (UPLOAD + "This filename was previously used by a file that has since been deleted. Use a different version.", "file-name-used", "no"),
    (UPLOAD + "Uploading new files to releases older than 14 days is not allowed.", "release-too-old", "no"),
    (UPLOAD + "Only one sdist may be uploaded per release.", "two-sdists", "no"),
    (UPLOAD + "'1.x' is an invalid value for Version. Error: Use a valid PEP 440 version", "invalid-distribution", "no"),
    (UPLOAD + "The use of local versions in <Version('1+a')> is not allowed. Use of local versions", "invalid-distribution", "no"),
    (UPLOAD + "The description failed to render for 'text/x-rst'.", "invalid-distribution", "no"),
    (UPLOAD + "Filename 'F' is invalid, should be 'G'.", "invalid-distribution", "no"),
    (UPLOAD + "Version in filename should be '1' not '2'", "invalid-distribution", "no"),
    (UPLOAD + "License-File LICENSE does not exist in distribution file", "invalid-distribution", "no"),
    (UPLOAD + "Wheel 'F' does not contain the required METADATA file: x", "invalid-distribution", "no"),
    (UPLOAD + "Invalid distribution file. Not a zip", "invalid-distribution", "no"),
    (UPLOAD + "ZIP archive not accepted: x", "invalid-distribution", "no"),
    (UPLOAD + "The digest supplied does not match a digest calculated from the uploaded file.", "digest-mismatch", "yes"),
    (UPLOAD + "File too large. Limit for project 'x' is 100 MB.", "too-large", "no"),
    (UPLOAD + "Project size too large. Limit for project 'x' total size is 10 GB.", "too-large", "no"),
    ("429 Too many new projects created", "too-many-projects", "later"),
    ("410 Gone: This API has moved. You're using a legacy URL", "wrong-url", "no"),
    ("HTTPError: 502 Bad Gateway from H", "server-error", "yes"),
    ("503 backend read error", "server-error", "yes"),
    ("ReadTimeout: HTTPSConnectionPool(host='x', port=443): Read timed out.", "network", "yes"),
    ("ConnectionResetError(104, 'Connection reset by peer')", "network", "yes"),
    ("SSLCertVerificationError: certificate verify failed", "untrusted-certificate", "no"),
]  # fmt: skip
PUBLISHER = Publisher("octo", "demo", "pypi-publish.yml", "pypi-publishing", "demo")


def dressed(text):
    """The same in the ways in which logs come."""
    yield text
    yield f"HTTPError: 400 {text} from the index\n"
    yield f"2026-11-25T09:00:00.0000000Z \x1b[31mERROR\x1b[0m    {text}\r\n"
    yield f"::error::{text.replace('%', '%25')}%0AMore of it"
    yield f"<html><body><h1>No</h1>{text}</body></html>"


@pytest.mark.parametrize(("text", "failure", "retry"), ROWS)
def test_every_row(text, failure, retry):
    for log in dressed(text):
        found = diagnose_log(log, PUBLISHER, None)
        assert found.id == failure, log
        assert found.retry.value == retry
        assert found.cause
        assert found.remedy


def test_every_failure_of_the_table_is_told_by_some_row():
    later = {"verify-mismatch", "yanked", "provenance-missing", "verify-stale"}
    others = {"no-credentials", "rate-limited", "refused", "garbled-answer"}
    assert {each.id for each in load_catalogue().failures} == {
        failure for _, failure, _ in ROWS
    } | later | others


@pytest.mark.parametrize("log", ["", "All is well", "100% uploaded", "\0\xff"])
def test_what_is_not_known_is_not_fine(log):
    found = diagnose_log(log, PUBLISHER, None)
    assert (found.id, found.known) == ("unknown", False)


def test_the_remedy_has_the_exact_values_of_the_form():
    found = diagnose_log("(Publisher with matching claims was not found)", PUBLISHER, None)
    assert ("Workflow name", "pypi-publish.yml") in found.form
    assert ("Environment name", "pypi-publishing") in found.form
    assert ("Owner", "octo") in found.form


CLAIMS = {
    "repository": "octo/renamed",
    "repository_owner": "octo",
    "job_workflow_ref": "octo/renamed/.github/workflows/publish.yml@refs/heads/main",
    "environment": "pypi-publishing",
    "event_name": "push",
}


def test_claims_beside_the_publisher(tmp_path, capsys):
    log, claims = tmp_path / "log", tmp_path / "claims.json"
    log.write_text("invalid-publisher: (Publisher with matching claims was not found)")
    claims.write_text(json.dumps(CLAIMS))
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "demo"\n[tool.secstatus]\nrepository = "octo/demo"\n'
    )
    words = ["diagnose", str(log), "--root", str(tmp_path), "--claims", str(claims)]
    assert main([*words, "--workflow", "pypi-publish.yml", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["diagnosis"]
    assert told["id"] == "invalid-publisher"
    assert "octo/renamed" in json.dumps(told)
    assert "publish.yml" in json.dumps(told)
    log.write_text("All is well")
    assert main(["diagnose", str(log), "--root", str(tmp_path)]) == 1


def token(claims):
    parts = ({"alg": "RS256"}, claims)
    coded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return ".".join([*coded, "c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"])


def test_a_token_that_is_given_by_mistake_is_never_told(tmp_path, capsys):
    secret = token(CLAIMS)
    (tmp_path / "log").write_text(f"Publisher with matching claims was not found {secret}")
    (tmp_path / "claims").write_text(secret)
    words = ["diagnose", str(tmp_path / "log"), "--claims", str(tmp_path / "claims")]
    main([*words, "--root", str(tmp_path)])
    main([*words, "--root", str(tmp_path), "--format", "json"])
    said = capsys.readouterr()
    for part in secret.split("."):
        assert part not in said.out + said.err
    assert read_claims(secret, "x").get("repository") == "octo/renamed"


CANARY = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123456789-_", min_size=12, max_size=40)


@given(CANARY, st.text(max_size=40))
def test_no_secret_of_the_environment_survives(canary, around):
    text = f"{around}{canary}{around} pypi-{canary}{canary} Bearer {canary}"
    assert canary not in redact(text, [canary])


@pytest.mark.parametrize(
    "piece", ["invalid-publisher ", "(((((", "'" * 50 + " is an invalid value", "\x1b["]
)
def test_a_hostile_log_comes_to_an_end(piece):
    """A pattern that goes back and forth would not, on so much of it."""
    assert diagnose_log(piece * (400_000 // len(piece)), PUBLISHER, None).cause
