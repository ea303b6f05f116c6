"""An index with trusted publishing and GitHub's identity provider, on loopback.

Unmodified twine goes through it: a CONNECT proxy leads every host to one TLS server, whose
certificate the environment trusts. The checks of the mint and the words of its answers are those
that clients meet; faults are given by name, one for each request that should meet it.
"""

import base64
import contextlib
import email.parser
import email.policy
import hashlib
import json
import re
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import jwt
import trustme
from cryptography.hazmat.primitives.asymmetric import rsa
from twine import repository, utils

from tests.support import faults, server
from tests.support.server import ConnectProxy, Exchange, FaultyServer

UPLOAD_HOST = urlsplit(utils.DEFAULT_REPOSITORY).hostname
INDEX_HOST = urlsplit(repository.WAREHOUSE_WEB).hostname
ISSUER = "https://token.actions.githubusercontent.com"
AUDIENCE = "pypi"
WORKFLOW = re.compile(r"([^/]+\.(?:yml|yaml))(?=@)")
HANG = 60


@dataclass
class Registered:
    """A trusted publisher on the index."""

    repository: str = "octo/demo"
    owner_id: str = "4242"
    workflow: str = "publish.yml"
    environment: str = "pypi-publishing"
    projects: tuple = ("demo",)

    @property
    def owner(self):
        return self.repository.partition("/")[0]


@dataclass
class Stub:
    """What the index holds, what it was asked, and what goes wrong next.

    `faults`: for each of identity, audience, mint and upload the names of faults, first come first
    served; `""` is none. `stored`: file name → bytes. `used`: identity tokens by their JTI.
    """

    publishers: list = field(default_factory=lambda: [Registered()])
    faults: dict = field(default_factory=dict)
    stored: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)
    used: list = field(default_factory=list)
    minted: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    claims: dict = field(default_factory=dict)
    environment: dict = field(default_factory=dict)
    lives: int = 900
    audience: str = AUDIENCE
    hidden: bool = False

    def fault(self, where):
        waiting = self.faults.get(where) or [""]
        return waiting.pop(0)

    def identity_claims(self, audience):
        now = int(time.time())
        given = {
            "iss": ISSUER,
            "aud": audience,
            "iat": now,
            "nbf": now - 5,
            "exp": now + 300,
            "jti": str(uuid.uuid4()),
            "sub": "repo:octo/demo:environment:pypi-publishing",
            "repository": "octo/demo",
            "repository_owner": "octo",
            "repository_owner_id": "4242",
            "job_workflow_ref": "octo/demo/.github/workflows/publish.yml@refs/tags/v1.0",
            "workflow_ref": "octo/demo/.github/workflows/publish.yml@refs/tags/v1.0",
            "ref": "refs/tags/v1.0",
            "sha": "0" * 40,
            "event_name": "push",
            "environment": "pypi-publishing",
        }
        given.update(self.claims)
        return {name: value for name, value in given.items() if value is not None}


class Refused(Exception):
    def __init__(self, code, description):
        super().__init__(description)
        self.code, self.description = code, description


def publisher_for(stub, claims):
    """The publisher that the claims belong to, by the rules of the index."""
    for name in ("repository", "repository_owner", "repository_owner_id", "job_workflow_ref"):
        if name not in claims:
            raise Refused("invalid-publisher", NO_PUBLISHER.format(f"Missing claim {name!r}"))
    if "event_name" not in claims:
        raise Refused("invalid-publisher", NO_PUBLISHER.format("Missing claim 'event_name'"))
    found = WORKFLOW.search(claims["job_workflow_ref"])
    if found is None:
        raise Refused("invalid-publisher", NO_PUBLISHER.format(NO_WORKFLOW))
    environment = claims.get("environment", "")
    fitting = [
        each
        for each in stub.publishers
        if each.repository == claims["repository"]
        and each.owner_id == claims["repository_owner_id"]
        and each.workflow == found[1]
    ]
    exact = [each for each in fitting if each.environment == environment.lower() != ""]
    general = [each for each in fitting if not each.environment]
    if not exact + general:
        raise Refused("invalid-publisher", NO_PUBLISHER.format(NOT_FOUND))
    publisher = (exact + general)[0]
    check(publisher, claims)
    return publisher


NO_PUBLISHER = "valid token, but no corresponding publisher ({})"
NOT_FOUND = "Publisher with matching claims was not found"
NO_WORKFLOW = "Could not job extract workflow filename from OIDC claims"


def check(publisher, claims):
    wanted = f"{publisher.repository}/.github/workflows/{publisher.workflow}"
    refs = sorted(f"{wanted}@{claims[name]}" for name in ("ref", "sha") if claims.get(name))
    got = claims["job_workflow_ref"]
    if claims["repository_owner"] != publisher.owner:
        reason = "Check failed for required claim 'repository_owner'"
    elif not refs:
        reason = "The ref and sha claims are empty"
    elif got not in refs:
        reason = (
            f"The job_workflow_ref claim does not match, expecting one of {refs!r}, got {got!r}"
        )
    elif claims["event_name"] == "pull_request_target":
        reason = "Publishing from a workflow invoked via 'pull_request_target' is not supported."
    else:
        return
    raise Refused("invalid-publisher", NO_PUBLISHER.format(reason))


class Handler(Exchange):
    protocol_version = "HTTP/1.1"

    @property
    def stub(self):
        return self.server.stub

    def say(self, status, body="", reason=None, kind="application/json", **headers):
        data = body.encode() if isinstance(body, str) else body
        self.respond(status, data, reason=reason, Content_Type=kind, **headers)

    def met(self, where):
        """Whether a fault has answered in place of the real thing."""
        fault = self.stub.fault(where)
        if not fault or fault in ("502-after-store", "echo"):
            self.later = fault
            return False
        self.later = ""
        name, _, rest = fault.partition(":")
        self.close_connection = True
        if name == "hang":
            self.server.done.wait(float(rest or HANG))
        elif name == "reset":
            faults.hangs_up(self)
        elif name == "truncated":
            faults.cut(self)
        elif name == "429":
            self.say(429, "slow down", **({"Retry_After": rest} if rest else {}))
        elif name == "body":
            status, _, text = rest.partition(" ")
            self.say(int(status), f"<html><h1>{text}</h1></html>", "Oh", "text/html")
        elif name == "json":
            status, _, text = rest.partition(" ")
            self.say(int(status), text)
        else:
            self.say(int(name), "<html>trouble</html>", rest or None, "text/html")
        return True

    def answer(self):
        path = urlsplit(self.path)
        self.stub.asked.append((self.command, self.headers.get("Host", ""), path.path))
        routes = {
            ("GET", "/identity"): ("identity", lambda: self.identity(parse_qs(path.query))),
            ("GET", "/_/oidc/audience"): ("audience", self.audience),
            ("POST", "/_/oidc/mint-token"): ("mint", self.mint),
            ("POST", "/legacy/"): ("upload", self.upload),
        }
        if self.command == "GET" and path.path.startswith("/simple/"):
            project = path.path.strip("/").rpartition("/")[2]
            where, real = "simple", lambda: self.simple(project)
        else:
            where, real = routes.get((self.command, path.path), (None, None))
        if where is None:
            self.say(404, "nothing here")
        elif not self.met(where):
            real()

    def audience(self):
        self.say(200, {"audience": self.stub.audience})

    def identity(self, query):
        expected = self.stub.environment["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]
        if self.headers.get("Authorization") != f"bearer {expected}":
            self.say(401, {"message": "no"})
            return
        claims = self.stub.identity_claims(query["audience"][0])
        self.say(200, {"count": 1, "value": jwt.encode(claims, self.server.key, algorithm="RS256")})

    def simple(self, project):
        files = [
            {"filename": name, "hashes": {"sha256": hashlib.sha256(data).hexdigest()}, "url": name}
            for name, data in sorted(self.stub.stored.items())
        ]
        page = {"meta": {"api-version": "1.1"}, "name": project, "files": files}
        if self.stub.hidden:
            page["files"] = []
        self.say(200, page, kind="application/vnd.pypi.simple.v1+json")

    def mint(self):
        try:
            given = json.loads(self.body).get("token")
            publisher = self.trusted(given)
        except Refused as refused:
            error = {"code": refused.code, "description": refused.description}
            self.say(422, {"message": "Token request failed", "errors": [error]})
            return
        token = "pypi-AgEIcHlwaS5vcmc" + base64.urlsafe_b64encode(uuid.uuid4().bytes * 3).decode()
        self.stub.tokens[token] = (publisher, time.time() + self.stub.lives)
        self.stub.minted.append(token)
        self.say(200, {"success": True, "token": token, "expires": int(time.time()) + 900})

    def trusted(self, token):
        try:
            issuer = jwt.decode(token, options={"verify_signature": False}).get("iss")
        except jwt.PyJWTError:
            raise Refused("invalid-payload", "malformed JWT") from None
        if issuer != ISSUER:
            raise Refused("invalid-payload", "unknown trusted publishing issuer")
        try:
            claims = jwt.decode(
                token,
                self.server.key.public_key(),
                algorithms=["RS256"],
                audience=AUDIENCE,
                leeway=30,
                options={"require": ["iss", "iat", "exp", "aud", "jti"]},
            )
        except jwt.PyJWTError:
            raise Refused("invalid-token", "malformed or invalid token") from None
        if claims["jti"] in self.stub.used:
            raise Refused("invalid-reuse-token", "invalid token: already used")
        publisher = publisher_for(self.stub, claims)
        self.stub.used.append(claims["jti"])
        return publisher

    def upload(self):
        refusal = self.refusal()
        if self.later == "echo":
            said = self.headers.get("Authorization", "")
            self.say(400, f"you sent {said} {base64.b64decode(said[6:]).decode()}", said)
        elif refusal:
            status, reason = refusal
            self.say(status, f"<html>{status} {reason}</html>", reason, "text/html")
        elif self.later == "502-after-store":
            self.say(502, "", "Bad Gateway")
        else:
            self.say(200)

    def refusal(self):
        """Status and words of a refusal; None where the file is stored now or was before."""
        fields = form(self.headers["Content-Type"], self.body)
        project, name, content = fields["name"].decode(), *fields["content"]
        _, _, token = (
            base64.b64decode(self.headers.get("Authorization", "")[6:]).decode().partition(":")
        )
        if token not in self.stub.tokens:
            return (
                403,
                "Invalid or non-existent authentication information. See /help/#invalid-auth",
            )
        publisher, until = self.stub.tokens[token]
        if time.time() > until:
            return 403, "Invalid API Token: token is expired"
        if project not in publisher.projects:
            return 403, f"The given token isn't allowed to upload to project {project!r}."
        if hashlib.sha256(content).hexdigest() != fields["sha256_digest"].decode():
            return (
                400,
                "The digest supplied does not match a digest calculated from the uploaded file.",
            )
        before = self.stub.stored.setdefault(name, content)
        if before != content:
            digest = hashlib.blake2b(before, digest_size=32).hexdigest()
            return 400, f"File already exists ({name!r}, with blake2_256 hash {digest!r})."
        return None


def form(content_type, body):
    """The fields of a form; `content` is a pair of file name and bytes."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    found = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        data = part.get_payload(decode=True)
        found[name] = (part.get_filename(), data) if part.get_filename() else data
    return found


class IndexServer(FaultyServer):
    """A server of what a stub holds; `key` signs the identities."""

    def __init__(self, stub, key, context=None):
        super().__init__(below="", context=context, exchange=Handler)
        self.stub, self.key = stub, key


@dataclass(frozen=True)
class Keys:
    """What is slow to make and the same for every stub."""

    signing: object
    authority: trustme.CA
    server: object


def new_keys():
    authority = trustme.CA()
    signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return Keys(signing, authority, authority.issue_cert(UPLOAD_HOST, INDEX_HOST))


@contextlib.contextmanager
def running(keys, folder):
    """A stub that answers; its `environment` is what twine needs to find it."""
    stub = Stub()
    certificate = folder / "authority.pem"
    keys.authority.cert_pem.write_to_path(certificate)
    with contextlib.ExitStack() as stack:
        context = server.tls_context(keys.server)
        inside = stack.enter_context(server.running(IndexServer(stub, keys.signing, context)))
        plain = stack.enter_context(server.running(IndexServer(stub, keys.signing)))
        proxy = stack.enter_context(server.running(ConnectProxy(inside.server_port)))
        stub.environment.update(
            HTTPS_PROXY=proxy.url,
            NO_PROXY="127.0.0.1",
            REQUESTS_CA_BUNDLE=str(certificate),
            SSL_CERT_FILE=str(certificate),
            GITHUB_ACTIONS="true",
            ACTIONS_ID_TOKEN_REQUEST_URL=f"{plain.url}/identity?api-version=2.0",
            ACTIONS_ID_TOKEN_REQUEST_TOKEN=f"request-{uuid.uuid4().hex}",
        )
        yield stub
