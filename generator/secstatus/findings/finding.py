"""Finding: what is known about one problem, on whatever day one looks. Dates, never ages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from secstatus.findings.plans.plan import Plan
from secstatus.findings.severity import Severity
from secstatus.text.package_names import normalize_package_name


@dataclass(frozen=True, slots=True)
class Finding:
    """One open finding, as the status file, the findings document and the plan tell together.

    The names of the design's data model are kept (`finding_id`, `severity`, `description`,
    `discovered_date`, `remediation_plan`). Empty text means that no source says anything.
    `discovered_date` is the earliest that any source gives: discovery dates never move.
    `unobserved` says why the last scan does not report it, though nothing proves that it is gone.
    `severity_from` names who says the severity. `package` is the PyPI name, or qualified by its
    purl type (`npm:ajv`). `kind` is a word of ScanKind and `scope` one of Scope; both are empty in
    a file that does not know them.
    """

    finding_id: str
    severity: Severity
    discovered_date: date
    package: str = ""
    version: str = ""
    title: str = ""
    description: str = ""
    aliases: tuple[str, ...] = ()
    source: str = ""
    fix_available: bool | None = None
    fix_version: str = ""
    reference_url: str = ""
    impact: str = ""
    published: date | None = None
    cvss_score: float | None = None
    cvss_vector: str = ""
    plan: Plan | None = None
    unobserved: str = ""
    severity_from: str = ""
    kind: str = ""
    scope: str = ""
    location: str = ""

    @property
    def key(self) -> tuple[str, str]:
        return make_identity(self.finding_id, self.package)

    @property
    def is_vulnerability(self) -> bool:
        """Whether it is an advisory about a package, and no finding in the code."""
        return self.kind not in CODE_KINDS

    @property
    def remediation_plan(self) -> str | None:
        """The plan's action, as the design's model has it; None without a plan."""
        return self.plan.action if self.plan else None


# `other` includes misconfigurations: they are of the project, not of a dependency.
CODE_KINDS = frozenset({"code", "secrets", "other"})
_EXTRAS = re.compile(r"\s*\[[^\]]*\]\s*$")


# Databases spell an id in different case (`ghsa-…`, `GHSA-…`). Cached, because sorting and joining
# ask for the identity of each finding again and again.
@lru_cache(maxsize=65536)
def make_identity(finding_id: str, package: str) -> tuple[str, str]:
    """What makes two reports one finding: the id without case, and the package's key."""
    return finding_id.casefold(), package_key(package)


@lru_cache(maxsize=65536)
def package_key(package: str) -> str:
    """The PEP 503 name without extras; of another ecosystem the qualified name without case."""
    plain = package.strip()
    # PyPI names have no colon; a qualified name follows its own ecosystem's case rules.
    # PEP 503 holds for PyPI alone: npm has `lodash.get` beside `lodash-get`.
    if ":" in plain:
        return plain.casefold()
    return normalize_package_name(strip_extras(plain)).casefold()


def split_package(package: str) -> tuple[str, str]:
    """The purl type and the name of a package: `npm:ajv` is `npm`, `ajv`; PyPI is the default."""
    kind, colon, name = package.partition(":")
    return (kind, name) if colon and name else ("pypi", package)


def qualify_package(name: str, ecosystem: str | None) -> str:
    """The package as findings have it: a name of PyPI alone, others with their purl type."""
    return name if not name or ecosystem in (None, "", "pypi") else f"{ecosystem}:{name}"


def strip_extras(package: str) -> str:
    """The name without extras: `jinja2[async]` is the package `jinja2`."""
    plain = package.strip()
    return _EXTRAS.sub("", plain) if plain.endswith("]") else plain


def group_by_shared_keys(items: Sequence[Iterable[tuple[str, str]]]) -> list[int]:
    """For the keys of each item the number of its group: that of the group's first item.

    Items are in one group when they share a key, directly or through other items.
    """
    # Union by the smaller number with path halving: near linear, and no recursion for long chains
    # of aliases.
    parents = list(range(len(items)))

    def find_root(number: int) -> int:
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    owners: dict[tuple[str, str], int] = {}
    for number, keys in enumerate(items):
        for key in keys:
            one, other = find_root(number), find_root(owners.setdefault(key, number))
            parents[max(one, other)] = min(one, other)
    return [find_root(number) for number in range(len(items))]


HEADLINE_LENGTH = 100
# Every expression begins with plain characters: the search then skips to the next of them.
_OPENING = re.compile(r"##{0,5}\s+(?:Summary|Impact|Description|Details|Overview)\b:?\s*")
_SENTENCE_END = re.compile(r"[.!?](?<=[^.\s]{2}.)(?:\s|$)")
_HEADING = re.compile(r"^#{1,6}\s+\S.*$")
_MARKS = re.compile(r"`|\*|\[([^\]]{0,200})\]\([^)]{0,500}\)")


def _unmarked(match: re.Match[str]) -> str:
    return match[1] or ""


def headline(description: str) -> str:
    """The first sentence of an advisory text as plain words, at most 100 characters.

    Headings (`### Summary`) are passed over, also when a generator folded the text into one line.
    """
    # Advisories of GitHub begin with a template's heading; 600 characters hold any first sentence.
    text = _OPENING.sub("", description[:600].lstrip())
    lines = (line.strip() for line in text.splitlines())
    line = next((line for line in lines if line and not _HEADING.match(line)), "")
    if "`" in line or "*" in line or "[" in line:
        line = _MARKS.sub(_unmarked, line)
    # So many words are longer than a headline, and the words behind them cannot change it.
    plain = " ".join(line.split(None, HEADLINE_LENGTH)[:HEADLINE_LENGTH])
    sentence = _SENTENCE_END.split(plain, maxsplit=1)[0]
    if len(sentence) <= HEADLINE_LENGTH:
        return sentence
    return sentence[: HEADLINE_LENGTH - 1].rsplit(" ", 1)[0].rstrip(",;:") + "…"
