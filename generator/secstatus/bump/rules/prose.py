"""Prose, links and badges: judged by the words and the address around a version."""

from __future__ import annotations

import re

from secstatus.bump.context import (
    MatchContext,
    decode_for_display,
    last_match,
    needs_review,
    others,
    ours,
)
from secstatus.bump.reference import ContextJudgement
from secstatus.bump.rules.preceding_words import (
    PrecedingWords,
    find_other_name,
    find_sentence,
    read_preceding_words,
)
from secstatus.bump.vocabulary import FileType, load_vocabulary

_URL = re.compile(rb"(?:https?:|git\+\w+:)?//[^\s\"'<>`]*\Z")
# https://shields.io/badges: `/badge/LABEL-MESSAGE-COLOUR`, or the parameters `label` and `message`.
_BADGE = re.compile(rb"/(?:badge|static/v1\?\S*message=)/?(?P<label>[^/?]*?)-{1,2}v?\Z|/badge/v?\Z")
_STATIC = re.compile(rb"[?&]label=(?P<label>[^&]*)&(?:amp;)?message=v?\Z")
_LABELS = re.compile(
    rb"(?i)(?:current|latest|stable|package)?[-_ ]*(?:version|release|pypi|tag|v)"
    rb"(?:[-_ ]*(?:version|release))?"
)
# The owner of a repository may have our name; the repository has to.
_REPOSITORY = re.compile(
    rb"(?:github|gitlab|bitbucket|githubusercontent|codeberg)\.(?:com|org)[/:][^/\s]+/([^/@?#\s]+)"
)
# Hosts whose addresses always name the project: what they name without our name is another one.
_HOSTS = re.compile(
    rb"//(?:[\w.-]*\.)?(?:github|gitlab|bitbucket|githubusercontent|codeberg|pypi|pythonhosted"
    rb"|readthedocs|npmjs|ghcr|docker|anaconda|conda|crates)\.(?:com|org|io)|\.github\.io"
    rb"|\.readthedocs\."
)


def judge_link(context: MatchContext) -> ContextJudgement | None:
    """The judgement from the URL around the version; None when there is no URL."""
    url = _URL.search(context.before)
    if url is None:
        return None
    # Change logs link `compare/v1.0...v1.1`; the next bump must not rewrite what was released.
    if b"/compare/" in url[0]:
        return others("compare link", "a link that compares two releases stays true")
    badge = _BADGE.search(url[0]) or _STATIC.search(url[0])
    if badge:
        return _badge_judgement(context, badge["label"] or b"")
    address = url[0].removeprefix(b"//")
    repository = _REPOSITORY.search(address)
    if repository:
        # `github.com/demo/other`: the owner has our name, the repository does not.
        address = repository[1].removesuffix(b".git")
    if context.names.stand_in(address):
        return ours("link", "the address names us before the version")
    if _HOSTS.search(url[0]):
        return others("link", "the address names another project")
    return needs_review("link", "an address that names no project")


def _badge_judgement(context: MatchContext, label: bytes) -> ContextJudgement:
    # An underscore in a badge is a blank: https://shields.io/badges
    shown = re.sub(rb"%20|_+", b" ", label).replace(b"--", b"-").strip()
    if not shown or _LABELS.fullmatch(shown) or context.names.stand_in(shown):
        return ours("badge", "a badge with our version")
    if any(context.names.mean_another(decode_for_display(word)) for word in shown.split()):
        return others("badge", "a badge of something else")
    return needs_review("badge", "the label of the badge does not say whose version it is")


_HEADING = re.compile(rb"^#{1,6}[ \t]+([^\n]+)|^([^\n]+)\n[=~^\"'-]{3,}[ \t]*\r?$", re.MULTILINE)
_HISTORY = re.compile(
    rb"(?i)change[- ]?log|release (?:history|notes)|version history|history|what.?s new|changes"
    rb"|revision|previous (?:versions|releases)|migrat|upgrad"
)
# Keep a Changelog heads its sections `[1.2.3] - 2026-01-31`: https://keepachangelog.com/en/1.1.0/
_DATED = re.compile(rb"[\s)\]*_`]*[-(:,\xe2\x80\x93\x94 ]+\s*(?:released (?:on )?)?\d{4}-\d\d-\d\d")
_HEADED = re.compile(rb"^(?:#{1,6}|==+)\s*(?:[Vv]ersion|[Rr]elease)?\s*\[?\Z")
_ENTRY = re.compile(rb"^\s*[-*+]\s+(?:\*\*)?\[?\Z")
_OF = re.compile(rb"[`\"'*]*\s+(?:of|for)\s+(?:the\s+)?[`\"'*]*([A-Za-z][\w.-]*\w)")
# "1.2 fixed a leak" stays true for ever; a bump would make it false.
_PAST = re.compile(
    rb"[`\"'*)\]]*\s+(?:release\s+|version\s+)?(?:fixed|added|introduced|removed|dropped|changed"
    rb"|broke|shipped|deprecated|brought|contained|replaced|was|were|had)\b"
)
# Rows of data record what was measured with a version.
_DATA_SUFFIXES = (".csv", ".tsv", ".xml", ".log", ".svg", ".sql", ".jsonl", ".ndjson")
_ADDRESS = re.compile(rb"\s+(?:https?://|git@|git\+)\S+")
_SUBSTITUTION = re.compile(rb"\s*\.\.\s+\|(?:version|release)\|\s+replace::\s*\Z")
_LABEL = re.compile(rb"\W*(?:version|release)\W*\Z", re.IGNORECASE)
_NAME_LINE = re.compile(rb"(?i)\W*(?:name|package|library|module)\W*[:|=]\W*([a-z][\w.-]*\w)")
_ANSWER = re.compile(rb"^\s*(?:#|//|>>>|\.\.\.|\$|=>)?\s*[\"'`]?\Z")
_QUESTION = re.compile(rb"__version__|--version|\bversion\b|-V\b|pip (?:show|index)")
_COMMENT = re.compile(rb"^\s*(?:#|//|\*|/\*|<!--|--|;|%|rem\b|::|\"\"\"|''')|\s#\s", re.IGNORECASE)
_STRONG = re.compile(rb"\A[`\"']?(?:\[[^\]]*\])?[/@-]")


def judge_prose(context: MatchContext) -> ContextJudgement:
    """The answer for a version that no stricter rule has explained."""
    if _in_history(context):
        return others("history", "it stands in the history of the project")
    left = read_preceding_words(context)
    if left.word and context.names.mean_us(left.word):
        return _named(context, left)
    return (
        _right(context)
        or _labelled(context)
        or _third_party(context, left)
        or _answer(context)
        or _introduced(context, left)
    )


def _in_history(context: MatchContext) -> bool:
    if context.kind is not FileType.PROSE:
        return False
    if _DATED.match(context.after) and (
        _HEADED.match(context.before) or _ENTRY.match(context.before)
    ):
        return True
    if context.names.stand_in(context.before):
        return False
    # The nearest heading above decides; a README may have a history at its end.
    last = last_match(_HEADING, context.above, len(context.above))
    return last is not None and _HISTORY.search(last[1] or last[2]) is not None


def _named(context: MatchContext, left: PrecedingWords) -> ContextJudgement:
    """Our own name is the nearest word."""
    if _DATED.match(context.after):
        return needs_review("dated name", "our version next to a date")
    # A bound states what works, not what is current.
    if re.search(rb"[~^][\"'`]*\Z", left.link):
        return needs_review("bound", "a bound on our own package")
    if _PAST.match(context.after):
        return needs_review("name", "the sentence may speak of the past")
    if context.name.lower().endswith(_DATA_SUFFIXES):
        return needs_review("name", "our name in a file of data")
    if context.in_test_data:
        return needs_review("name", "our name in the data of a test")
    return ours("name", "our name stands right before it")


def _right(context: MatchContext) -> ContextJudgement | None:
    """`version 0.2.8 of NAME`."""
    address = _ADDRESS.match(context.after)
    if address and context.names.stand_in(address[0]):
        return ours("name", "the address behind it names us")
    found = _OF.match(context.after)
    if found is None or context.in_test_data:
        return None
    word = decode_for_display(found[1])
    if context.names.mean_us(word):
        return ours("name", "our name stands right behind it")
    words = load_vocabulary()
    if b"of" not in found[0].split() or word.lower() in words.fillers | words.own_works:
        return None
    if context.names.mean_another(word):
        return others("name of another", f"{word[:40]!r} stands right behind it")
    return needs_review("name of another", f"{word[:40]!r} stands right behind it")


def _labelled(context: MatchContext) -> ContextJudgement | None:
    """`Version: 0.2.8` below a line with a name; or a substitution of reStructuredText."""
    # reStructuredText: `.. |version| replace:: 1.2` is the one place from which the text takes it.
    if _SUBSTITUTION.match(context.before):
        return ours("substitution", "the text that stands for our version")
    named = _NAME_LINE.match(context.previous_line) if _LABEL.match(context.before) else None
    if named is None:
        return None
    if context.names.mean_us(decode_for_display(named[1])):
        return ours("name", "the line above names us")
    return others("name of another", "the line above names another project")


def _third_party(context: MatchContext, left: PrecedingWords) -> ContextJudgement | None:
    """Another name is the nearest word."""
    word = left.word
    words = load_vocabulary()
    if not word or word.lower() in words.prepositions:
        return None
    in_code = context.kind is FileType.CODE and context.quoted and "." in word
    if in_code or re.match(r"v?\d", word) or word.strip("_").lower().endswith("version"):
        return needs_review("no rule", "nothing says whose version it is")
    if context.names.mean_another(word) or (
        _STRONG.match(left.link) and word.islower() and not left.introduced
    ):
        return others("name of another", f"{word[:40]!r} stands right before it")
    if word.lower() in words.things:
        return needs_review("version of a thing", f"it is the version of {word[:40]!r}")
    ticked = left.rest.endswith(b"`") and left.link.startswith(b"`")
    capital = word[0].isupper() and re.search(rb"[a-z]\W*\Z", left.rest) is not None
    if ticked or capital or (word[0].isupper() and not left.introduced):
        return needs_review("word before", f"{word[:40]!r} stands right before it")
    return None


def _answer(context: MatchContext) -> ContextJudgement | None:
    """Ours when the line is only the version and the line above asks for ours."""
    if context.in_test or not _ANSWER.match(context.before) or context.after.strip(b" \"'`\r"):
        return None
    asked = context.previous_line
    if _QUESTION.search(asked) and context.names.stand_in(asked):
        return ours("answer", "the line above asks for our version")
    return None


def _introduced(context: MatchContext, left: PrecedingWords) -> ContextJudgement:
    if not _is_prose(context) or context.in_test_data:
        return needs_review("no rule", "no rule knows this line")
    if not _certain(context, left):
        return needs_review("bare version", "nothing says whose version it is")
    may_be_past = left.word.lower() in load_vocabulary().prepositions
    if may_be_past and not context.names.stand_in(context.before):
        return needs_review("version in prose", f"{left.word[:40]!r} may speak of the past")
    # A heading with nothing but a version begins a section of a change log.
    headed = context.kind is FileType.PROSE and _HEADED.match(context.before)
    if _PAST.match(context.after) or headed or _ENTRY.match(context.before):
        return needs_review("version in prose", "it may speak of the past, or of what is to come")
    if context.quoted and re.search(rb"[(\[]", left.link):
        return needs_review("version in prose", "a version in code")
    other = _another(context)
    if other:
        return needs_review("version in prose", f"the sentence names {other[:40]!r} too")
    if context.in_test and not _COMMENT.match(context.before):
        return needs_review("version in a test", "a version in the text of a test")
    return ours("version in prose", "it is called the version, and nothing else is named")


def _certain(context: MatchContext, left: PrecedingWords) -> bool:
    """Whether the words around it leave no doubt that a version of the project is meant."""
    near, _ = find_sentence(context)
    named = context.names.stand_in(near)
    if left.word:
        words = load_vocabulary()
        known = left.word.lower() in words.prepositions | words.verbs
        return known and left.introduced and (left.called or named)
    # "the v1.2 release": the noun follows.
    followed = re.match(rb"[`\"'*)\]]*\s+(?:release|version)\b", context.after) is not None
    return left.called or named or (context.has_v and (left.present or followed))


def _another(context: MatchContext) -> str:
    """A third party that is named between our name and the version; anywhere, if ours is absent."""
    near, far = find_sentence(context)
    # Only what stands between our name and the version can take the version away from us.
    own = last_match(context.names.pattern, near, len(near))
    if own is not None:
        return find_other_name(context, near[own.end() :], starts=False)
    whole = len(near) == len(context.before)
    return find_other_name(context, near, starts=whole) or find_other_name(
        context, far, starts=False
    )


def _is_prose(context: MatchContext) -> bool:
    """Whether the version is in prose."""
    if context.kind is FileType.PROSE:
        return True
    if context.kind is FileType.OTHER or _COMMENT.search(context.before):
        return not context.quoted and not context.name.lower().endswith(_DATA_SUFFIXES)
    # A version outside of quotes is no code of Python: it is in a docstring.
    return context.path.endswith((".py", ".pyi")) and not context.quoted
