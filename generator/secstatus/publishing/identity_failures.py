"""Failures of trusted publishing: between the job, its identity provider and the mint."""

from __future__ import annotations

from secstatus.publishing.failure import Area, Failure, Retry

OIDC = (
    "https://docs.github.com/actions/concepts/security/openid-connect"
    "#how-oidc-integrates-with-github-actions"
)
PUBLISHER = (
    "https://docs.github.com/actions/how-tos/secure-your-work/security-harden-deployments"
    "/oidc-in-pypi"
)
GITHUB_STATUS = "https://www.githubstatus.com/"
INDEX_STATUS = "https://status.python.org/"
GUIDE = (
    "https://packaging.python.org/guides"
    "/publishing-package-distribution-releases-using-github-actions-ci-cd-workflows/"
)
ACTION_ISSUES = "https://github.com/pypa/gh-action-pypi-publish/issues"
_AUDIENCE = r"[a-z\s]{0,60}from \S{1,300}/_/oidc/audience"


def _identity(
    name: str,
    *patterns: str,
    cause: str,
    remedy: str,
    link: str,
    retry: Retry = Retry.NO,
    also: tuple[str, ...] = (),
    form: bool = False,
) -> Failure:
    return Failure(name, Area.IDENTITY, patterns, cause, remedy, retry, link, also, form)


NO_PUBLISHER = (
    "publisher with matching claims was not found",
    "all lookup strategies exhausted",
    "invalid-publisher",
)

REUSABLE = _identity(
    "reusable-workflow",
    *NO_PUBLISHER,
    also=("calling workflow is a reusable workflow|reusable workflows? (?:is|are) not",),
    cause="The publishing step runs in a reusable workflow; the index compares the file that holds"
    " the step (job_workflow_ref), not the one that calls it.",
    remedy="Move the publishing step into a job of the top-level workflow file, and let the"
    " reusable workflow only build.",
    link=ACTION_ISSUES + "/166",
    form=True,
)

IDENTITY_FAILURES = (
    _identity(
        "oidc-permission",
        "missing or insufficient oidc token permissions",
        "actions_id_token_request_(?:token|url) environment variable was unset",
        cause="The job may not ask for an identity token: it lacks the permission id-token: write,"
        " or it runs for a pull request from a fork.",
        remedy="Give the publishing job `permissions: {{id-token: write, contents: read}}` in"
        " {workflow}, and do not run it for pull requests of forks.",
        link=OIDC,
    ),
    _identity(
        "oidc-http",
        "github: oidc token request failed",
        "github: oidc token request timed out",
        "github: malformed or incomplete json",
        cause="GitHub's identity provider did not give an identity token.",
        remedy="Run the job again; if it lasts, see GitHub's status page.",
        link=GITHUB_STATUS,
        retry=Retry.YES,
    ),
    _identity(
        "pull-request-target",
        "invoked via 'pull_request_target' is not",
        cause="The workflow was started by pull_request_target; the index takes nothing from it.",
        remedy="Publish from a push of a tag, a release, or workflow_dispatch.",
        link=GUIDE,
    ),
    _identity(
        "invalid-payload",
        "malformed jwt",
        "invalid-payload`?: (?!unknown trusted publishing issuer)",
        cause="The index was sent something else than an identity token.",
        remedy="Bring the publishing client up to date (the action, or twine); do not build the"
        " request by hand.",
        link=ACTION_ISSUES,
    ),
    _identity(
        "unknown-issuer",
        "unknown trusted publishing issuer",
        cause="The index does not know who has issued the identity token, such as a GitHub"
        " Enterprise server of one's own.",
        remedy="Publish from a provider that the index supports, or with an API token.",
        link=GUIDE,
    ),
    _identity(
        "not-enabled",
        "(?:github|gitlab|google|activestate) trusted publishing functionality not enabled",
        "`?not-enabled`?: ",
        cause="The administrators of the index have switched this provider off for now.",
        remedy="Wait for the index's status page to say that it is over, then run the job again.",
        link=INDEX_STATUS,
        retry=Retry.LATER,
    ),
    _identity(
        "invalid-reuse-token",
        "invalid-reuse-token",
        "invalid token: already used",
        cause="The same identity token was sent twice; each may be used once.",
        remedy="Fetch a new identity token for every attempt.",
        link=GUIDE,
        retry=Retry.YES,
    ),
    _identity(
        "invalid-token",
        "malformed or invalid token",
        "token audience claim mismatch",
        "invalid-token`?: ",
        cause="The identity token has expired, is meant for another index (audience), or its"
        " signature does not hold.",
        remedy="Check that repository-url is the index where the publisher is registered, then run"
        " the job again; it fetches a fresh token.",
        link=PUBLISHER,
        retry=Retry.ONCE,
    ),
    _identity(
        "invalid-pending-publisher",
        "invalid-pending-publisher",
        "valid token, but project already exists",
        cause="A pending publisher was waiting for the name {project}, and the project came to be"
        " by other means; the index drops such a pending publisher.",
        remedy="If the project is yours, add the publisher below to it on the index (Manage,"
        " Publishing); if it is not, choose another name.",
        link=PUBLISHER,
        form=True,
    ),
    REUSABLE,
    _identity(
        "claim-workflow-ref",
        "the job_workflow_ref claim does not match",
        "the job_workflow_ref claim is empty",
        cause="The file that holds the publishing step is not the workflow of the publisher, or the"
        " spelling of the repository differs.",
        remedy="Make the publisher on the index exactly this, or publish from {workflow}.",
        link=PUBLISHER,
        form=True,
    ),
    _identity(
        "claim-workflow-file",
        "could not job extract workflow filename",
        cause="The identity token names no workflow file that ends in .yml or .yaml.",
        remedy="Publish from a workflow file in .github/workflows of the repository {slug}.",
        link=PUBLISHER,
    ),
    _identity(
        "claim-ref-and-sha",
        "the ref and sha claims are empty",
        cause="The identity token names neither a ref nor a commit.",
        remedy="Publish from a run that has one: a push, a tag, a release or workflow_dispatch.",
        link=GUIDE,
    ),
    _identity(
        "claim-check-failed",
        "check failed for (?:required|optional) claim '[a-z_]{1,60}'",
        cause="One claim of the identity token differs from the publisher on the index.",
        remedy="Compare the claim with the publisher on the index; correct the wrong one.",
        link=PUBLISHER,
        form=True,
    ),
    _identity(
        "claim-missing",
        "missing claim '[a-z_]{1,60}'",
        cause="The identity token lacks a claim that the index needs.",
        remedy="Publish from a job on GitHub itself; an older GitHub Enterprise server leaves it"
        " out.",
        link=PUBLISHER,
    ),
    _identity(
        "issuer-mismatch",
        "jwt issuer .{0,200}does not match",
        cause="The identity token comes from another issuer than the publisher names.",
        remedy="Register the publisher with the issuer that the job has, or publish from the one"
        " that is registered.",
        link=PUBLISHER,
    ),
    _identity(
        "invalid-publisher",
        *NO_PUBLISHER,
        cause="The index knows no publisher with these claims: none is registered, or the"
        " repository, its owner, the workflow file or the environment was renamed.",
        remedy="On the index, open the project {project}, Manage, Publishing, and make the"
        " publisher exactly this; upper and lower case count.",
        link=PUBLISHER,
        form=True,
    ),
    _identity(
        "mint-nonjson",
        "the index produced an unexpected",
        "the token-minting request returned invalid json",
        "token response error: the index gave us an invalid response",
        "keyerror: '(?:errors|token)'",
        "max retries exceeded with url: /_/oidc/mint-token",
        cause="The mint of the index answered with something else than JSON: an outage, or a page"
        " of the network in front of it.",
        remedy="Run it again in a few minutes, with a new identity token.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
    _identity(
        "audience-403",
        "has trusted publishing disabled",
        f"403 {_AUDIENCE}",
        "trusted publishing functionality not enabled",
        cause="The administrators of the index have switched trusted publishing off for now.",
        remedy="Wait for the index's status page to say that it is over, then run the job again.",
        link=INDEX_STATUS,
        retry=Retry.LATER,
    ),
    _identity(
        "audience-404",
        "does not indicate trusted publishing support",
        f"404 {_AUDIENCE}",
        cause="The index at this repository-url does not do trusted publishing.",
        remedy="Correct repository-url; for an index without trusted publishing give an API token"
        " in TWINE_USERNAME and TWINE_PASSWORD.",
        link=GUIDE,
    ),
    _identity(
        "audience-error",
        "audience retrieval failed",
        "responded with unexpected [0-9]{3}",
        f"5[0-9]{{2}} {_AUDIENCE}",
        "max retries exceeded with url: /_/oidc/audience",
        cause="The index did not say which audience its identity tokens need.",
        remedy="Run it again in a few minutes.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
)
