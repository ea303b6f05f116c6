"""Find every reference to the version, also stale ones that state another version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from secstatus.bump.context import (
    LONGEST_MATCH,
    ContextJudgement,
    MatchContext,
    decode_for_display,
    others,
    ours,
    unclear,
)
from secstatus.bump.file_kinds import FileType
from secstatus.bump.occurrence import search_pattern, tokens, wide_token
from secstatus.bump.policy import ReferencePolicy, ReferenceRule
from secstatus.bump.reference import DocumentReference, Own, ReferenceVerdict, list_names
from secstatus.bump.rules.code import code_judgement
from secstatus.bump.rules.json import json_judgement
from secstatus.bump.rules.prose import link_judgement, prose_judgement
from secstatus.bump.rules.structured import lock_judgement, toml_judgement, yaml_judgement
from secstatus.bump.rules.third_party import judge_third_party
from secstatus.text.globs import matches

_HEAD = 8_192
_PLACEHOLDER = "{version}"
# Kinds of files in which no version is changed, whatever stands there.
_CLOSED = {
    FileType.VENDORED: others("vendored", "a copy of somebody else's files"),
    FileType.BACKUP: others("backup", "a copy of an earlier state"),
    FileType.GENERATED: others("generated", "a file that another program makes"),
    FileType.REPORT: others("report", "a report about one moment"),
    FileType.HISTORY: others("history", "the history of the project stays as it is"),
}
_LABEL = re.compile(
    rb"^\s*(?:LABEL\s+)?[\"']?(?:org\.opencontainers\.image\.version|org\.label-schema\.version"
    rb"|version)[\"']?\s*=\s*[\"']?\Z|\s(?:org\.opencontainers\.image\.)?version=[\"']?\Z"
)
_MANIFESTS = re.compile(r"PKGBUILD|meson\.build|CMakeLists\.txt|.*\.spec|snapcraft\.ya?ml|.*\.nix")
_MANIFEST_LINE = re.compile(
    rb"^\s*(?:pkgver\s*=|[Vv]ersion\s*[:=]|version\s*=\s*\")\s*[\"']?\Z"
    rb"|\bproject\s*\([^)]*\bVERSION\s+\Z|\bversion\s*:\s*'\Z"
)
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@lru_cache(maxsize=64)
def _quick(version: str) -> re.Pattern[bytes]:
    return re.compile(search_pattern(version))


def find_references(
    path: str, content: bytes, own: Own, version: str, policy: ReferencePolicy
) -> list[DocumentReference]:
    """Every occurrence of the version in this file, in its order, each with a verdict.

    Look-alikes (`0.2.80` for `0.2.8`) are none. A file in UTF-16 has one, which is unclear. A file
    without the version costs one search.
    """
    if not _quick(version).search(content):
        return []
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _wide(path, content, version)
    memory: dict[str, object] = {}
    found = []
    for token in tokens(content, version):
        place = MatchContext(path, content, token, list_names(own), memory)
        found.append(reference(place, judgement(place, version, policy)))
    return found


def _wide(path: str, content: bytes, version: str) -> list[DocumentReference]:
    token = wide_token(content, version)
    if token is None:
        return []
    line = content.count(b"\n", 0, token.start) + 1
    reason = "the file is in UTF-16, which is not changed"
    shown = token.written.replace(b"\0", b"").decode()
    return [
        DocumentReference(
            path, line, token.start, token.end, shown, "utf-16", unclear("", "").verdict, reason,
            token.written,
        )
    ]  # fmt: skip


def judgement(place: MatchContext, version: str, policy: ReferencePolicy) -> ContextJudgement:
    """Whose version it is at this place, and why."""
    if matches(place.path, policy.exclude):
        return others("excluded", "the configuration excludes the file")
    if b"\0" in place.content[:_HEAD]:
        return others("binary", "binary")
    rule = _ruled(place, policy.rules)
    if rule is not None:
        return ours(rule_name(rule), "a rule of the configuration")
    closed = _CLOSED.get(place.kind)
    return closed or _structured(place) or _read(place, version)


def rule_name(rule: ReferenceRule) -> str:
    """What references call a rule of the configuration."""
    return f"rule {rule.pattern} in {', '.join(rule.files)}"


def _ruled(place: MatchContext, rules: Iterable[ReferenceRule]) -> ReferenceRule | None:
    for rule in rules:
        if _PLACEHOLDER not in rule.pattern:
            continue
        before, _, after = (part.encode() for part in rule.pattern.partition(_PLACEHOLDER))
        start, end = place.token.start, place.token.end
        fits = place.content.endswith(before, 0, start) and place.content.startswith(after, end)
        if fits and matches(place.path, rule.files):
            return rule
    return None


def _structured(place: MatchContext) -> ContextJudgement | None:
    """What the structure of the file says."""
    if place.kind is FileType.LOCK:
        return lock_judgement(place)
    if place.kind in {FileType.TOML, FileType.INI}:
        return toml_judgement(place)
    if place.kind is FileType.JSON:
        return json_judgement(place)
    if place.kind is FileType.YAML:
        return yaml_judgement(place)
    if place.kind is FileType.DOCKER and _LABEL.search(place.before):
        return ours("label", "the label of our image")
    if place.kind is FileType.VERSION_FILE:
        return _version_file(place)
    return _manifest(place)


def _version_file(place: MatchContext) -> ContextJudgement:
    alone = place.content.strip() in {place.token.written, b"v" + place.token.written}
    if alone and (place.in_root or place.in_own_module):
        return ours("version file", "the file holds our version")
    return unclear("version file", "a file that may hold the version of something else")


def _manifest(place: MatchContext) -> ContextJudgement | None:
    if not _MANIFESTS.fullmatch(place.name) or not _MANIFEST_LINE.search(place.before):
        return None
    if place.in_root and place.names.stand_in(place.content[:20_000]):
        return ours("manifest", "the version of our package")
    return unclear("manifest", "the file does not name us")


def _read(place: MatchContext, version: str) -> ContextJudgement:
    """What the line says: links, then third-party patterns, then code, then words."""
    found = link_judgement(place) or judge_third_party(place)
    if found is not None:
        return found
    if place.kind in {
        FileType.CODE,
        FileType.PROSE,
        FileType.DOCKER,
        FileType.OTHER,
    }:
        found = code_judgement(place)
        if found is not None:
            return found
    if _PLAIN_NUMBER.fullmatch(version) and not _looks_like_version(place):
        return others("number", "a plain number")
    return prose_judgement(place)


def _looks_like_version(place: MatchContext) -> bool:
    """Whether a number with at most one dot is more than a number."""
    word = re.search(rb"(?i)\b(?:version|release)\W*\Z", place.before)
    named = re.search(rb"[\w.-]+(?=[\s:`*(\"'-]*\Z)", place.before)
    return (
        place.has_v
        or bool(word)
        or bool(named and place.names.mean_us(decode_for_display(named[0])))
    )


def reference(place: MatchContext, found: ContextJudgement) -> DocumentReference:
    """The place as a reference. Places of one file have to come in their order."""
    return DocumentReference(
        file_path=place.path,
        line_number=_line_number(place),
        start=place.token.start,
        end=place.token.end,
        content_match=decode_for_display(_excerpt(place)),
        pattern=found.pattern,
        verdict=found.verdict,
        reason=found.reason,
        written=place.token.written,
    )


def _line_number(place: MatchContext) -> int:
    """The number of the line, counted on from the last place that was asked for."""
    known = place.once("line", lambda: [0, 1])
    known[1] += place.content.count(b"\n", known[0], place.token.start)
    known[0] = place.token.start
    return known[1]


def _excerpt(place: MatchContext) -> bytes:
    """The line, or the part of a long line that is around the version."""
    start = place.line_start
    if place.line_end - start > LONGEST_MATCH:
        start = max(start, place.token.start - LONGEST_MATCH // 2)
    return place.content[start : min(place.line_end, start + LONGEST_MATCH)].rstrip(b"\r")


_KEYS = (
    rb"(?:__version__[\"' ]*={1,2}[ ]*|^[ \t]*current_version[ ]*=[ ]*|^version[ ]*=[ ]*"
    rb"|^release[ ]*=[ ]*|\bversion[ ]*==[ ]*|get_version\(\)[ ]*==[ ]*)[\"']?v?"
)
_NUMBER = rb"(\d+(?:\.\d+){1,4}(?:(?:a|b|rc|\.post|\.dev)\d+)?)"


@lru_cache(maxsize=32)
def stale_pattern(own: Own) -> bytes:
    """A regular expression for Python and PCRE that hits every file with a stale reference.

    As `search_pattern` it hits more than that.
    """
    named = (
        list_names(own).pattern.pattern
        + rb"(?:\[[\w,]*\])?(?:[ ]+v?|==|[ ]+[Vv]ersion[ :]+v?|-v?|@v?)"
    )
    return rb"(?im)(?:" + named + rb"|" + _KEYS + rb")" + _NUMBER


@lru_cache(maxsize=32)
def _candidates(own: Own) -> re.Pattern[bytes]:
    return re.compile(stale_pattern(own))


def stale(path: str, content: bytes, own: Own, version: str) -> list[DocumentReference]:
    """Every place that is certainly about us and names another version than this one.

    History, reports and copies name old versions on purpose: there is nothing stale in them.
    """
    found: list[DocumentReference] = []
    memory: dict[str, object] = {}
    for candidate in _candidates(own).finditer(content):
        number = candidate[1].decode()
        token = next(iter(tokens(content, number, candidate.start(1), candidate.end(1))), None)
        if number == version or token is None:
            continue
        place = MatchContext(path, content, token, list_names(own), memory)
        judged = judgement(place, number, ReferencePolicy())
        if judged.verdict is ReferenceVerdict.OURS:
            found.append(reference(place, judged))
    return found
