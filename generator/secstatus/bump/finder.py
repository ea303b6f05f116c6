"""Find every reference to the version, also stale ones that state another version."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from secstatus.bump.context import (
    LONGEST_MATCH,
    MatchContext,
    decode_for_display,
    needs_review,
    others,
    ours,
)
from secstatus.bump.occurrence import find_occurrences, find_wide_occurrence, search_pattern
from secstatus.bump.policy import ReferencePolicy, ReferenceRule
from secstatus.bump.reference import (
    ContextJudgement,
    DocumentReference,
    Own,
    ReferenceVerdict,
    list_names,
)
from secstatus.bump.rules.code import judge_code
from secstatus.bump.rules.json import judge_json
from secstatus.bump.rules.prose import judge_link, judge_prose
from secstatus.bump.rules.structured import judge_lock, judge_toml, judge_yaml
from secstatus.bump.rules.third_party import judge_third_party
from secstatus.bump.vocabulary import FileType
from secstatus.text.globs import matches

# git looks for a NUL in the first 8000 bytes to tell binary files (`buffer_is_binary` in
# xdiff-interface.c).
_HEAD = 8_192
_PLACEHOLDER = "{version}"
# Kinds of files in which no version is changed, whatever stands there.
_CLOSED = {
    FileType.VENDORED: others("vendored", "a copy of third-party files"),
    FileType.BACKUP: others("backup", "a copy of an earlier state"),
    FileType.GENERATED: others("generated", "a file that another program makes"),
    FileType.REPORT: others("report", "a report about one point in time"),
    FileType.HISTORY: others("history", "the history of the project stays as it is"),
}
# https://github.com/opencontainers/image-spec/blob/main/annotations.md; org.label-schema is its
# predecessor, still found in many files.
_LABEL = re.compile(
    rb"^\s*(?:LABEL\s+)?[\"']?(?:org\.opencontainers\.image\.version|org\.label-schema\.version"
    rb"|version)[\"']?\s*=\s*[\"']?\Z|\s(?:org\.opencontainers\.image\.)?version=[\"']?\Z"
)
_MANIFESTS = re.compile(r"PKGBUILD|meson\.build|CMakeLists\.txt|.*\.spec|snapcraft\.ya?ml|.*\.nix")
_MANIFEST_LINE = re.compile(
    rb"^\s*(?:pkgver\s*=|[Vv]ersion\s*[:=]|version\s*=\s*\")\s*[\"']?\Z"
    rb"|\bproject\s*\([^)]*\bVERSION\s+\Z|\bversion\s*:\s*'\Z"
)
# `3` or `1.5` is a quantity more often than a version.
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@lru_cache(maxsize=64)
def _quick(version: str) -> re.Pattern[bytes]:
    return re.compile(search_pattern(version))


def find_references(
    path: str, content: bytes, own: Own, version: str, policy: ReferencePolicy
) -> list[DocumentReference]:
    """Every occurrence of the version in this file, in its order, each with a judgement.

    Similar texts (`0.2.80` for `0.2.8`) are not occurrences. A file in UTF-16 has one, which needs
    review. A file without the version costs one search.
    """
    if not _quick(version).search(content):
        return []
    # Byte order marks of UTF-16. The bytes around an occurrence follow other rules there, so that
    # none is changed.
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _wide(path, content, version)
    memory: dict[str, object] = {}
    found = []
    for occurrence in find_occurrences(content, version):
        context = MatchContext(path, content, occurrence, list_names(own), memory)
        found.append(make_reference(context, judge_context(context, version, policy)))
    return found


def _wide(path: str, content: bytes, version: str) -> list[DocumentReference]:
    occurrence = find_wide_occurrence(content, version)
    if occurrence is None:
        return []
    line = content.count(b"\n", 0, occurrence.start) + 1
    shown = occurrence.written.replace(b"\0", b"").decode()
    judgement = needs_review("utf-16", "the file is in UTF-16, which is not changed")
    return [DocumentReference(path, line, shown, occurrence, judgement)]


def judge_context(context: MatchContext, version: str, policy: ReferencePolicy) -> ContextJudgement:
    """The owner of the version in this context, and the reason."""
    if matches(context.path, policy.exclude):
        return others("excluded", "the configuration excludes the file")
    if b"\0" in context.content[:_HEAD]:
        return others("binary", "binary")
    # What the configuration says comes before every guess, also in files of a closed kind.
    rule = _ruled(context, policy.rules)
    if rule is not None:
        return ours(rule_name(rule), "a rule of the configuration")
    closed = _CLOSED.get(context.kind)
    return closed or _structured(context) or _read(context, version)


def rule_name(rule: ReferenceRule) -> str:
    """The name of a rule of the configuration in references."""
    return f"rule {rule.pattern} in {', '.join(rule.files)}"


def _ruled(context: MatchContext, rules: Iterable[ReferenceRule]) -> ReferenceRule | None:
    for rule in rules:
        # Without the placeholder nothing says where the version stands in the pattern.
        if _PLACEHOLDER not in rule.pattern:
            continue
        before, _, after = (part.encode() for part in rule.pattern.partition(_PLACEHOLDER))
        start, end = context.occurrence.start, context.occurrence.end
        fits = context.content.endswith(before, 0, start) and context.content.startswith(after, end)
        if fits and matches(context.path, rule.files):
            return rule
    return None


def _structured(context: MatchContext) -> ContextJudgement | None:
    """The judgement from the structure of the file; None when it gives none."""
    if context.kind is FileType.LOCK:
        return judge_lock(context)
    if context.kind in {FileType.TOML, FileType.INI}:
        return judge_toml(context)
    if context.kind is FileType.JSON:
        return judge_json(context)
    if context.kind is FileType.YAML:
        return judge_yaml(context)
    if context.kind is FileType.DOCKER and _LABEL.search(context.before):
        return ours("label", "the label of our image")
    if context.kind is FileType.VERSION_FILE:
        return _version_file(context)
    return _manifest(context)


def _version_file(context: MatchContext) -> ContextJudgement:
    alone = context.content.strip() in {
        context.occurrence.written,
        b"v" + context.occurrence.written,
    }
    if alone and (context.in_root or context.in_own_module):
        return ours("version file", "the file holds our version")
    return needs_review("version file", "a file that may hold the version of something else")


def _manifest(context: MatchContext) -> ContextJudgement | None:
    if not _MANIFESTS.fullmatch(context.name) or not _MANIFEST_LINE.search(context.before):
        return None
    # A manifest of a distribution names its package at the top; a copy in a folder is often of
    # another one.
    if context.in_root and context.names.stand_in(context.content[:20_000]):
        return ours("manifest", "the version of our package")
    return needs_review("manifest", "the file does not name us")


def _read(context: MatchContext, version: str) -> ContextJudgement:
    """The judgement from the line: links, then third-party patterns, then code, then words."""
    found = judge_link(context) or judge_third_party(context)
    if found is not None:
        return found
    if context.kind in {
        FileType.CODE,
        FileType.PROSE,
        FileType.DOCKER,
        FileType.OTHER,
    }:
        found = judge_code(context)
        if found is not None:
            return found
    if _PLAIN_NUMBER.fullmatch(version) and not _looks_like_version(context):
        return others("number", "a plain number")
    return judge_prose(context)


def _looks_like_version(context: MatchContext) -> bool:
    """Whether a number with at most one dot is more than a number."""
    word = re.search(rb"(?i)\b(?:version|release)\W*\Z", context.before)
    named = re.search(rb"[\w.-]+(?=[\s:`*(\"'-]*\Z)", context.before)
    return (
        context.has_v
        or bool(word)
        or bool(named and context.names.mean_us(decode_for_display(named[0])))
    )


def make_reference(context: MatchContext, judgement: ContextJudgement) -> DocumentReference:
    """The occurrence as a reference. Those of one file have to come in their order."""
    return DocumentReference(
        file_path=context.path,
        line_number=_find_line_number(context),
        content_match=decode_for_display(_excerpt(context)),
        occurrence=context.occurrence,
        judgement=judgement,
    )


def _find_line_number(context: MatchContext) -> int:
    """The number of the line, counted on from the last occurrence that was asked for."""
    # Counting from the start for each occurrence would be quadratic in a large file.
    known = context.once("line", lambda: [0, 1])
    known[1] += context.content.count(b"\n", known[0], context.occurrence.start)
    known[0] = context.occurrence.start
    return known[1]


def _excerpt(context: MatchContext) -> bytes:
    """The line, or the part of a long line that is around the version."""
    start = context.line_start
    if context.line_end - start > LONGEST_MATCH:
        # Minified files have lines of megabytes; the report shows the part around the version.
        start = max(start, context.occurrence.start - LONGEST_MATCH // 2)
    return context.content[start : min(context.line_end, start + LONGEST_MATCH)].rstrip(b"\r")


_KEYS = (
    rb"(?:__version__[\"' ]*={1,2}[ ]*|^[ \t]*current_version[ ]*=[ ]*|^version[ ]*=[ ]*"
    rb"|^release[ ]*=[ ]*|\bversion[ ]*==[ ]*|get_version\(\)[ ]*==[ ]*)[\"']?v?"
)
# At least one dot: a bare number after a name is a count or a year.
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


def find_stale_references(
    path: str, content: bytes, own: Own, version: str
) -> list[DocumentReference]:
    """Every place that is certainly about us and names another version than this one.

    History, reports and copies name old versions on purpose: there is nothing stale in them.
    """
    found: list[DocumentReference] = []
    memory: dict[str, object] = {}
    for candidate in _candidates(own).finditer(content):
        number = candidate[1].decode()
        occurrence = next(
            iter(find_occurrences(content, number, candidate.start(1), candidate.end(1))), None
        )
        if number == version or occurrence is None:
            continue
        context = MatchContext(path, content, occurrence, list_names(own), memory)
        # Without the rules of the configuration: they are about the current version, and would call
        # every number ours.
        judged = judge_context(context, number, ReferencePolicy())
        if judged.verdict is ReferenceVerdict.OURS:
            found.append(make_reference(context, judged))
    return found
