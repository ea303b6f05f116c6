"""What a record speaks about: a dependency or the project's own code, and the names of both.

A record may come from a site that an older program published, so that a key that is missing or is
no text counts as empty, and keys of a newer program are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from secstatus.findings.severity import Severity, severity_of
from secstatus.published.site_info import SiteInfo
from secstatus.site.untrusted_text import without_controls

Facts = Mapping[str, Any]

CODE_SCANNERS = frozenset(
    ["bandit", "codeql", "semgrep", "detect-secrets", "gitleaks", "trufflehog"]
)
PYPI = "pypi"
_TYPE = re.compile(r"[a-z][a-z0-9.+-]{0,30}", re.ASCII)
# The types whose names the purl specification has in lower case.
# https://github.com/package-url/purl-spec: each type states its own case rule.
_LOWER = frozenset(["apk", "composer", "deb", "githubactions", "golang", "hex", "npm", "pub"])
_DAY = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)
_URL = re.compile(
    r"https://(?P<host>[A-Za-z0-9.-]+(?::\d{1,5})?)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<part>#.*)?",
    re.ASCII,
)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_IN_URLS = "%/?:@!$&'()*+,;=~"
# The usual address, in which nothing needs a second look.
_PLAIN_URL = re.compile(r"https://[A-Za-z0-9.-]+(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)
_LINES = (
    "cvss_vector",
    "ecosystem",
    "finding_id",
    "fix_version",
    "kind",
    "name",
    "package",
    "reference_url",
    "source",
    "status",
    "title",
    "version",
)


class Subject:
    """The values of a record, read once for a document that uses them many times.

    Every text is on one line, and empty when missing. `dependency` as in `is_dependency`.
    """

    __slots__ = (
        *_LINES,
        "aliases",
        "dependency",
        "page",
        "plan",
        "record",
        "severity",
        "severity_word",
    )

    def __init__(self, record: Facts) -> None:
        (
            self.cvss_vector,
            self.ecosystem,
            self.finding_id,
            self.fix_version,
            self.kind,
            self.name,
            self.package,
            self.reference_url,
            self.source,
            self.status,
            self.title,
            self.version,
        ) = [in_one_line(text) if isinstance(text, str) else "" for text in map(record.get, _LINES)]
        self.record = record
        about = (self.package, self.version, self.kind, self.source, self.ecosystem)
        self.dependency = _is_dependency(*about)
        self.aliases = _aliases(record.get("aliases"), self.finding_id)
        self.page = get_page_url(record)
        self.plan = get_plan(record)
        self.severity_word = get_line(record, "severity")
        self.severity = _severity(self.severity_word)

    @property
    def id(self) -> str:
        """The finding's id; the name of its page where the id holds nothing to be printed."""
        return self.finding_id or self.name

    @property
    def problem(self) -> str:
        """Return the id of the problem; for a code finding, the name of its page.

        A rule's id (`B105`) is shared by findings in many files. A statement about one of them must
        not apply to another.
        """
        return self.id if self.dependency else self.name

    def description(self) -> str:
        """The long text, with its lines."""
        return get_fact(self.record, "description")

    def score(self) -> float | None:
        return get_score(self.record)

    def day(self, key: str) -> str:
        return get_day(self.record, key)


def list_subjects(records: Iterable[Facts | Subject]) -> list[Subject]:
    """Read the records. The result can be shared by several documents."""
    return [each if isinstance(each, Subject) else Subject(each) for each in records]


def get_fact(facts: Facts, key: str) -> str:
    """Return the text of a key without control characters; empty when missing."""
    value = facts.get(key)
    return without_controls(value).strip() if isinstance(value, str) else ""


def get_line(facts: Facts, key: str) -> str:
    """The text of a key in one line."""
    value = facts.get(key)
    return in_one_line(value) if isinstance(value, str) else ""


# Four documents ask for the same short texts several times each.
@lru_cache(maxsize=65536)
def in_one_line(text: str) -> str:
    return " ".join(without_controls(text).split())


def get_day(facts: Facts, key: str) -> str:
    """Return the day of a key as `YYYY-MM-DD`; empty when missing."""
    value = facts.get(key)
    return _day(value) if isinstance(value, str) else ""


@lru_cache(maxsize=4096)
def _day(text: str) -> str:
    day = in_one_line(text)
    return day if _DAY.fullmatch(day) else ""


def midnight(day: str) -> str:
    """Return the timestamp at which a day begins in UTC; empty for an empty day."""
    return f"{day}T00:00:00Z" if day else ""


def list_aliases(record: Facts) -> list[str]:
    """The other ids, sorted, each once, without the finding's own."""
    return _aliases(record.get("aliases"), get_line(record, "finding_id"))


def _aliases(listed: object, finding_id: str) -> list[str]:
    if not listed or not isinstance(listed, list):
        return []
    texts = {in_one_line(alias) for alias in listed if isinstance(alias, str)}
    # A record can list its own id; a document that lists it as an alias refers to itself.
    texts -= {"", finding_id}
    return sorted(texts)


def get_score(record: Facts) -> float | None:
    """Return the CVSS score; None for a value that is not a number from 0 to 10."""
    score = record.get("cvss_score")
    # `abs` turns -0.0 into 0.0; NaN fails both comparisons.
    return abs(float(score)) if isinstance(score, int | float) and 0 <= score <= 10 else None


@lru_cache(maxsize=64)
def _severity(word: str) -> Severity:
    """The severity; `unknown` for a word that is not on the scale."""
    return severity_of(word) or Severity.UNKNOWN


def get_plan(record: Facts) -> Facts:
    """The public plan; empty without one."""
    plan = record.get("plan")
    return plan if isinstance(plan, dict) else {}


def is_dependency(record: Facts) -> bool:
    """Return whether the finding is in a package of an index; otherwise it is in the code.

    A path is not a package, except in ecosystems with `/` in their names. Otherwise the record's
    `kind` decides, if present. A code finding's package is a file name, with the version `local`; a
    name alone proves nothing, since `discord.py` is a package.
    """
    asked = ("package", "version", "kind", "source", "ecosystem")
    return _is_dependency(*(get_line(record, key) for key in asked))


def _is_dependency(package: str, version: str, kind: str, source: str, ecosystem: str) -> bool:
    # npm, Go and Composer names contain a slash; a PyPI name cannot.
    if not package or "\\" in package or ("/" in package and ecosystem in ("", PYPI)):
        return False
    if kind:
        return kind == "dependencies"
    scanner = source.casefold().partition(" ")[0]
    # The guess for records from before `kind` was published.
    return version != "local" and scanner not in CODE_SCANNERS


class Component(NamedTuple):
    """A package at a version; `ecosystem` is its purl type, empty for PyPI."""

    package: str
    version: str
    ecosystem: str = ""


def purl(package: str, version: str, ecosystem: str = "") -> str:
    """Return the package URL of a package, percent-encoded.

    https://github.com/package-url/purl-spec: on PyPI the name in lower case, `_` as `-`, dots stay;
    elsewhere a `/` separates namespace and name.
    """
    name = _package_url(package, ecosystem)
    return f"{name}@{_quoted(version)}" if version else name


@lru_cache(maxsize=4096)
def _package_url(package: str, ecosystem: str) -> str:
    if ecosystem in ("", PYPI) or not _TYPE.fullmatch(ecosystem):
        return f"pkg:{PYPI}/{quote(package.lower().replace('_', '-'), safe='')}"
    name = package.lower() if ecosystem in _LOWER else package
    steps = [quote(step, safe="") for step in name.split("/") if step]
    return f"pkg:{ecosystem}/{'/'.join(steps) or '-'}"


@lru_cache(maxsize=4096)
def _quoted(version: str) -> str:
    return quote(version, safe="")


def project_purl(place: SiteInfo) -> str:
    return purl(place.package, place.package_version)


def plain_url(url: str) -> str:
    """The address as a URI of RFC 3986; empty for one that is not a plain https address."""
    if _PLAIN_URL.fullmatch(url):
        return url
    match = _URL.fullmatch(url)
    if match is None:
        return ""
    rest = "".join(match[part] or "" for part in ("path", "query"))
    # `%` of an existing escape is kept; a stray one is escaped.
    rest = quote(_STRAY_PERCENT.sub("%25", rest), safe=_IN_URLS)
    part = quote(_STRAY_PERCENT.sub("%25", (match["part"] or "")[1:]), safe=_IN_URLS)
    return f"https://{match['host']}{rest}{'#' + part if part else ''}"


def get_page_url(record: Facts) -> str:
    """The address of the finding's page."""
    links = record.get("links")
    return get_line(links, "html") if isinstance(links, dict) else ""
