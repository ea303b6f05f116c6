"""Failures around the upload: servers, the network, and what the index shows afterwards."""

from __future__ import annotations

from secstatus.publishing.failure import Area, Failure, Retry
from secstatus.publishing.identity_failures import INDEX_STATUS
from secstatus.publishing.upload_failures import ATTESTATIONS, TWINE, upload_failure

SIMPLE = "https://packaging.python.org/specifications/simple-repository-api/"
YANKING = "https://packaging.python.org/specifications/file-yanking/"

SERVER_FAILURES = (
    upload_failure(
        "too-many-projects",
        "too many new projects created",
        cause="More new projects were made in an hour than the index allows.",
        remedy="Wait an hour, then run it again.",
        link=INDEX_STATUS,
        retry=Retry.LATER,
    ),
    upload_failure(
        "rate-limited",
        "429 too many requests",
        "too many requests",
        "httperror: 429",
        r"received \"429",
        cause="The index asks for fewer requests.",
        remedy="Wait as long as it asks (Retry-After), then run it again.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
    upload_failure(
        "wrong-url",
        "uploadtodeprecatedpypidetected",
        "invalidpypiuploadurl",
        "unreachablerepositoryurldetected",
        "invalid repository url",
        "redirectdetected",
        "attempted to redirect to",
        "308 permanent redirect",
        "301 moved permanently",
        "410 gone",
        "405 (?:client error|method not allowed)",
        "httperror: (?:404|405|410)",
        cause="There is no upload address at this repository-url.",
        remedy="Correct --repository-url: upload host, path and the slash at its end.",
        link=TWINE,
    ),
    upload_failure(
        "refused",
        "httperror: 40[13]",
        "403 client error",
        "401 client error",
        cause="The index refuses the credentials, and does not say why.",
        remedy="Check TWINE_USERNAME and TWINE_PASSWORD, and who may upload on that index.",
        link=TWINE,
    ),
    upload_failure(
        "untrusted-certificate",
        "certificate_verify_failed",
        "certificate verify failed",
        cause="The certificate of the index is not trusted here; somebody may stand in between.",
        remedy="For an index of your own name its certificate in TWINE_CERT; otherwise do not go on"
        " before you know why.",
        link=TWINE,
    ),
    upload_failure(
        "server-error",
        "bad gateway",
        "service unavailable",
        "gateway time-?out",
        "internal server error",
        "backend read error",
        r"received \"5[0-9]{2}",
        "httperror: 5[0-9]{2}",
        cause="The index, or the network in front of it, is in trouble; it may have kept the file"
        " all the same.",
        remedy="Send the same bytes again: an index that has them says so.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
    upload_failure(
        "garbled-answer",
        "jsondecodeerror",
        "incompleteread",
        "chunkedencodingerror",
        "contentdecodingerror",
        "protocolerror",
        "badstatusline",
        cause="An answer was cut short or is no answer.",
        remedy="Run it again.",
        link=INDEX_STATUS,
        retry=Retry.YES,
    ),
    upload_failure(
        "network",
        "connection reset by peer",
        "connection aborted",
        "connection refused",
        "connection broken",
        "remote end closed connection",
        "remotedisconnected",
        "max retries exceeded",
        "name or service not known",
        "temporary failure in name resolution",
        "nameresolutionerror",
        "network is unreachable",
        "no route to host",
        "broken pipe",
        "read timed out",
        "readtimeout",
        "connecttimeout",
        "connect timeout",
        "timeouterror",
        "connection timed out",
        "the read operation timed out",
        "the write operation timed out",
        "no end after [0-9.]{1,12} s",
        "sslerror",
        "ssleoferror",
        "unexpected eof",
        "unexpected_eof_while_reading",
        "proxyerror",
        "connectionerror",
        cause="The connection to the index failed or took too long.",
        remedy="Run it again; check the network, the proxy and the address if it lasts.",
        link=TWINE,
        retry=Retry.YES,
    ),
)


def _verification(
    name: str, *patterns: str, cause: str, remedy: str, link: str, retry: Retry = Retry.NO
) -> Failure:
    return Failure(name, Area.VERIFICATION, patterns, cause, remedy, retry, link)


VERIFICATION_FAILURES = (
    _verification(
        "verify-mismatch",
        "do not match the hashes",
        "subject does not match distribution digest",
        r"sha-?256[^\n]{0,200}(?:differs|different|mismatch|does not match)",
        cause="The index shows other bytes than those that were built.",
        remedy="Treat it as an attack: yank the release, revoke every token, compare the files.",
        link=YANKING,
    ),
    _verification(
        "yanked",
        "is yanked",
        "has been yanked",
        "was yanked",
        "yanked version",
        cause="Somebody has yanked the release; installers pass it over.",
        remedy="Read the reason on the index; publish a new version that mends it.",
        link=YANKING,
    ),
    _verification(
        "provenance-missing",
        "no provenance available",
        r"provenance[^\n]{0,100}(?:not found|missing|is null)",
        cause="The index has no attestations of the file: it was uploaded without them.",
        remedy="Publish with trusted publishing and attestations next time; it changes nothing for"
        " this release.",
        link=ATTESTATIONS,
    ),
)

VISIBILITY_FAILURES = (
    _verification(
        "verify-stale",
        "not yet visible",
        "no matching distribution found for",
        "could not find a version that satisfies the requirement",
        cause="The index has taken the release and does not show it everywhere yet; its pages are"
        " cached for some minutes.",
        remedy="Wait up to half an hour and ask again: secstatus verify.",
        link=SIMPLE,
        retry=Retry.YES,
    ),
)
