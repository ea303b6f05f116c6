"""What must not be in a distribution: untracked files, secrets, tests, ways out of the folder."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from secstatus.errors import shown
from secstatus.publishing.archives import Member
from secstatus.version.globs import matches

# What build backends put into an sdist by themselves.
GENERATED = ("PKG-INFO", "setup.cfg", "*.egg-info/**", "**/*.egg-info/**")
SECRETS = (
    "**/.env",
    "**/.env.*",
    "**/.envrc",
    "**/.pypirc",
    "**/.netrc",
    "**/.npmrc",
    "**/.htpasswd",
    "**/.git-credentials",
    "**/.git/**",
    "**/.ssh/**",
    "**/.aws/**",
    "**/.gnupg/**",
    "**/id_rsa",
    "**/id_dsa",
    "**/id_ecdsa",
    "**/id_ed25519",
    "**/*.pem",
    "**/*.key",
    "**/*.p12",
    "**/*.pfx",
    "**/*.jks",
    "**/*.kdbx",
    "**/credentials.json",
    "**/service-account*.json",
)
SAMPLES = ("**/.env.example", "**/.env.sample", "**/.env.template")
TESTS = ("tests/**", "test/**", "**/tests/**", "**/test/**", "**/conftest.py")
# A whole key or token, not the mention of one: texts about secrets are no secrets.
_KEY = re.compile(
    rb"-----BEGIN (?:[A-Z0-9]{1,20} ){0,3}PRIVATE KEY-----\s{1,4}"
    rb"(?:[A-Za-z0-9+/=]{40,80}\s{1,4}){2}"
)
_TOKEN = re.compile(
    rb"\bpypi-AgE[A-Za-z0-9_-]{100,}|\bgh[pousr]_[A-Za-z0-9]{36}\b"
    rb"|\bgithub_pat_[A-Za-z0-9_]{60,}"
)


def sdist_problems(
    found: Sequence[Member], tracked: Collection[str], allowed: Sequence[str]
) -> tuple[str, ...]:
    """What is wrong with the members of an sdist, one line each.

    `tracked` are the files of the commit; `allowed` are globs of what is right all the same.
    """
    return tuple(_sdist(found, tracked, allowed))


def wheel_problems(
    found: Sequence[Member], allowed: Sequence[str], with_tests: bool
) -> tuple[str, ...]:
    """What is wrong with the members of a wheel; tests in it are right only `with_tests`."""
    return tuple(_wheel(found, allowed, with_tests))


def _sdist(
    found: Sequence[Member], tracked: Collection[str], allowed: Sequence[str]
) -> Iterator[str]:
    tops = {each.name.partition("/")[0] for each in found}
    if len(tops) != 1:
        yield f"{len(tops)} folders at the top, expected one"
    for each in found:
        name = each.name.partition("/")[2]
        yield from _unsafe(each)
        if each.kind in ("folder", "other") or matches(name, allowed):
            continue
        if name not in tracked and not matches(name, GENERATED):
            yield f"{shown(name)}: not a file of the commit"
        yield from _secret(name, each)


def _wheel(found: Sequence[Member], allowed: Sequence[str], with_tests: bool) -> Iterator[str]:
    for each in found:
        yield from _unsafe(each)
        if each.kind == "folder" or matches(each.name, allowed):
            continue
        yield from _secret(each.name, each)
        if not with_tests and matches(each.name, TESTS):
            yield f"{shown(each.name)}: a test, which users install with the package"


def _unsafe(member: Member) -> Iterator[str]:
    """Members that would leave the folder, or that are neither file nor folder."""
    parts = member.name.split("/")
    if member.name.startswith("/") or ".." in parts or "\\" in member.name or "\0" in member.name:
        yield f"{shown(member.name)}: a name that leads out of the folder"
    if member.kind == "other":
        yield f"{shown(member.name)}: neither file nor folder nor link"
    if member.kind == "link" and _leads_out(member):
        yield f"{shown(member.name)}: a link to {shown(member.target)}, out of the folder"


def _leads_out(member: Member) -> bool:
    if member.target.startswith("/"):
        return True
    depth = len(member.name.split("/")) - 1
    for part in member.target.split("/"):
        depth += -1 if part == ".." else 0 if part in (".", "") else 1
        if depth < 1:
            return True
    return False


def _secret(name: str, member: Member) -> Iterator[str]:
    if matches(name, SECRETS) and not matches(name, SAMPLES):
        yield f"{shown(name)}: a name that files with secrets have"
    elif _KEY.search(member.head):
        yield f"{shown(name)}: holds a private key"
    elif _TOKEN.search(member.head):
        yield f"{shown(name)}: holds what looks like a token"
