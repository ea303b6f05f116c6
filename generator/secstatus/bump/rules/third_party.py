"""Strangers: shapes around a version which say, or may say, whose it is. They are asked first.

A shape with a `subject` is judged by the name in it: ours, another one, or a name that says
nothing. Where it says nothing the next shape is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from secstatus.bump.context import ContextJudgement, MatchContext, others, ours, text, unclear
from secstatus.bump.file_kinds import FileType
from secstatus.bump.rules.preceding_words import FILLERS, INTRODUCTIONS

_NAME = rb"(?<![\w.-])(?P<subject>[A-Za-z_][\w.-]*)"
_OPERATOR = rb"(?:===?|~=|>=|<=|!=|\^)"


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """A line that looks like this: `before` ends at the version, `after` begins behind it.

    `own` and `another` are the answers for a subject that is us, or that is not; None asks on.
    """

    name: str
    before: re.Pattern[bytes]
    after: re.Pattern[bytes]
    own: Callable[[str, str], ContextJudgement] | None
    another: Callable[[str, str], ContextJudgement] | None
    reason: str
    kinds: frozenset[FileType] = frozenset()

    def judgement(self, place: MatchContext) -> ContextJudgement | None:
        if self.kinds and place.kind not in self.kinds:
            return None
        before = self.before.search(place.before)
        after = self.after.match(place.after) if before else None
        if before is None or after is None:
            return None
        subject = text({**after.groupdict(), **before.groupdict()}.get("subject") or b"")
        if not subject:
            return self.another(self.name, self.reason) if self.another else None
        if subject.lower() in INTRODUCTIONS | FILLERS and not place.names.mean_us(subject):
            return None
        answer = self.own if place.names.mean_us(subject) else self.another
        return answer(self.name, self.reason) if answer else None


def _shape(
    name: str,
    before: bytes,
    own: Callable[[str, str], ContextJudgement] | None,
    another: Callable[[str, str], ContextJudgement] | None,
    reason: str,
    after: bytes = b"",
    kinds: tuple[FileType, ...] = (),
) -> ThirdParty:
    return ThirdParty(
        name,
        re.compile(before, re.IGNORECASE),
        re.compile(after, re.IGNORECASE),
        own,
        another,
        reason,
        frozenset(kinds),
    )


_SINCE = (
    rb"(?:since|as of|(?:new|added|introduced|fixed|changed|removed|deprecated|renamed|released"
    rb"|resolved|patched|reported|broken|dropped|regression)"
    rb"(?: \w+){0,3}? (?:in|since|with)|prior to|before|until|up to|starting (?:from|with)"
    rb"|beginning with|(?:upgrad|updat|migrat|mov)(?:e|ed|ing) from|versions? (?:from|before)"
    rb"|vulnerable in|affected (?:by|in|versions?))"
)

SHAPES = (
    _shape(
        "compare link", rb"(?:\.\.\Z|/compare/[^\s)]*\Z)", None, others,
        "a link that compares two releases stays true",
    ),
    _shape(
        "compare link", rb"\Z", None, others, "a link that compares two releases stays true",
        after=rb"\.\.\.?[\w{]",
    ),
    _shape(
        "directive of history",
        rb"(?:version-?(?:added|changed|removed)|deprecated(?:-removed)?|md:version)"
        rb"(?:::|:|\}|)\s*\Z|@since\s+\Z"
        rb"|\b(?:since|(?:deprecated|removed|added|changed|introduced|fixed)_?(?:in|since)?"
        rb"|deprecated_?version|removal_?version|remove_?(?:in|by|version))"
        rb"\s*[=:]\s*[\"']?\Z|@deprecat\w*\([^)]*\Z|deprecat\w*\(\s*[\"']\Z",
        None, others, "it says in which version something happened, and stays true",
    ),
    _shape(
        "history",
        rb"\b" + _SINCE + rb"[\s:*_`(]+(?:the\s+)?(?:[`*]*[\w.-]+[`*]*\s+)?"
        rb"(?:versions?\s+|releases?\s+)?[`*\"']*\Z",
        None, others, "it says in which version something happened, and stays true",
        kinds=(
            FileType.PROSE, FileType.CODE, FileType.YAML, FileType.TOML, FileType.OTHER,
            FileType.JSON,
        ),
    ),
    _shape(
        "step", rb"\d+(?:\.\d+)+\s*(?:->|=>|\xe2\x86\x92|to)\s*[`\"'*]*\Z", None, unclear,
        "a step between two versions",
    ),
    _shape(
        "step", rb"\Z", None, unclear, "a step between two versions",
        after=rb"[`\"'*]*\s*(?:->|=>|\xe2\x86\x92|to)\s*[`\"'*]*v?\d+\.\d",
    ),
    _shape(
        "requirement of a tool",
        rb"(?:(?:required|minimum|min|max|maximum|target|requires?|python|schema|api|protocol"
        rb"|format|spec)[-_]?versions?|requires[-_]python|python[-_]requires)"
        rb"[\"']?\s*[=:]\s*[\"'=<>~^]*\Z",
        None, others, "it is the version of a format or of a tool",
    ),
    _shape(
        "pin",
        _NAME + rb"(?:\[[\w\s,.-]*\])?\s*(?:" + _OPERATOR + rb"\s*[\w.*+!-]+\s*,\s*)*===?\s*\Z",
        ours, others, "it pins the package that is named before it",
    ),
    _shape(
        "bound",
        _NAME + rb"(?:\[[\w\s,.-]*\])?\s*\(?(?:(?:" + _OPERATOR + rb"|[<>])\s*[\w.*+!-]+\s*,\s*)*"
        + rb"(?:" + _OPERATOR + rb"|[<>])\s*\Z",
        unclear, others, "it bounds the package that is named before it",
        kinds=(
            FileType.REQUIREMENTS, FileType.TOML, FileType.INI, FileType.YAML, FileType.LOCK,
            FileType.CODE,
        ),
    ),
    _shape(
        "bound", _NAME + rb"(?:\[[\w\s,.-]*\])?\s*(?:~=|>=|<=|!=)\s*\Z",
        unclear, others, "it bounds the package that is named before it",
    ),
    _shape(
        "bound", rb"(?:>=|<=|~=|!=|&lt;|&gt;|(?:^|[\s(|])[<>])\s*\Z", None, unclear,
        "it is a bound, which may stay true",
    ),
    _shape(
        "bound", rb"\Z", None, unclear, "it is a bound, which may stay true",
        after=rb"[`\"'*]*(?:\+(?![0-9A-Za-z])|\s*(?:,\s*)?(?:and|or)\s+(?:later|newer|above|older"
        rb"|earlier|below|higher|up)\b)",
    ),
    _shape(
        "variable",
        rb"(?<![\w.-])(?P<subject>[A-Za-z_]\w*?)_VERSION[\"']?\s*[:=]\s*[\"']?\Z",
        ours, None, "the variable has our name",
    ),
    _shape(
        "name at version", _NAME + rb"@\Z", ours, others, "the name before the @ says whose it is",
    ),
    _shape(
        "image tag", _NAME + rb":\Z", ours, others, "the name of the image says whose it is",
        kinds=(FileType.DOCKER, FileType.YAML, FileType.REQUIREMENTS, FileType.LOCK),
    ),
    _shape(
        "conda pin", _NAME + rb"=\Z", ours, others, "it pins the package that is named before it",
        kinds=(FileType.YAML, FileType.REQUIREMENTS),
    ),
    _shape(
        "base image", rb"^\s*FROM\s[^#]*\Z", None, others, "it is the version of a base image",
        kinds=(FileType.DOCKER,),
    ),
)  # fmt: skip


def shape_judgement(place: MatchContext) -> ContextJudgement | None:
    """What the shapes say, the first one that has an answer."""
    for shape in SHAPES:
        judgement = shape.judgement(place)
        if judgement is not None:
            return judgement
    return None
