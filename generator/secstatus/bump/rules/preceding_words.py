"""Read the words before a version, and the sentence that contains it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from secstatus.bump.context import MatchContext, decode_for_display
from secstatus.bump.vocabulary import load_vocabulary

_PUNCTUATION = re.compile(rb"[\s\"'`*~^=<>!:,()\[\]{}|@/#\\\-\xe2\x80\x93\x94\x9c\x9d]+\Z")
# PEP 508: `name[extra]==1.2`; the extra is not what the version is of.
_EXTRAS = re.compile(rb"\[[\w\s,.-]*\](?=[^\]]*\Z)")
_WORD = re.compile(rb"[A-Za-z0-9][\w.+-]*(?<=[\w+])\Z|[A-Za-z_]\w*\Z|(?:__\w+__)\Z")


@dataclass(frozen=True, slots=True)
class PrecedingWords:
    """The text left of a version.

    `word` is the nearest word that is neither an introduction (`version`) nor a filler (`is`),
    empty at the start of a sentence. `link` is everything between it and the version. The version
    is `called` one by a word, and `introduced` also by a `v`.
    `present`: words mark it as the current one.
    """

    word: str
    link: bytes
    introduced: bool
    called: bool
    present: bool
    rest: bytes


def read_preceding_words(context: MatchContext) -> PrecedingWords:
    """The nearest word on the left, on the same line and in the same sentence."""
    words = load_vocabulary()
    before = _with_line_above(context)
    called, present, rest = False, False, before
    # More than a dozen fillers before a version is no sentence; the loop has to end.
    for _ in range(12):
        rest = _without_punctuation(rest)
        match = _WORD.search(rest)
        if match is None:
            return PrecedingWords(
                "", before[len(rest) :], called or context.has_v, called, present, rest
            )
        word = _bare(decode_for_display(match[0]))
        if word.lower() in words.introductions:
            called = True
        elif word.lower() not in words.fillers or context.names.mean_us(word):
            link, rest = before[match.end() :], rest[: match.start()]
            return PrecedingWords(word, link, called or context.has_v, called, present, rest)
        else:
            present = present or word.lower() in words.present
        rest = rest[: match.start()]
    return PrecedingWords("", before, called or context.has_v, called, present, rest)


_DECOR = re.compile(rb"[\s*/;]*(?:version|release)?\s*", re.IGNORECASE)
# A line that ends its paragraph, or is none: a heading, a table, a list of labels, an empty line.
_NO_PARAGRAPH = re.compile(rb"\s*(?:[#=|<>`!\[-]|\"\"\"|\Z)|.*[.:]\s*\Z")


def _with_line_above(context: MatchContext) -> bytes:
    """The line up to the version; when a paragraph was broken right there, the line above too."""
    # Editors break paragraphs anywhere, also between a name and its version.
    above = context.previous_line.rstrip()[-200:]
    # `*` may decorate a comment of C or begin an item of a list; an item is no continuation.
    listed = context.before.lstrip().startswith(b"* ")
    if listed or not _DECOR.fullmatch(context.before) or _NO_PARAGRAPH.match(above):
        return context.before
    return above + b" " + context.before


def _bare(word: str) -> str:
    """The word without the underscores of emphasis, or of a file name; `__version__` keeps its."""
    return word if word.endswith("__") else word.strip("_")


def _without_punctuation(rest: bytes) -> bytes:
    extras = _EXTRAS.search(rest)
    if extras and not re.search(rb"\w", rest[extras.end() :]) and extras.start() > 0:
        rest = rest[: extras.start()]
    return _PUNCTUATION.sub(b"", rest)


# A full stop inside a version or a file name is followed by no blank.
_END = re.compile(rb"[.!?;]['\")*`]*\s+|\s\|\s|\xe2\x80\xa2")


def find_sentence(context: MatchContext) -> tuple[bytes, bytes]:
    """The sentence of the version on its line: what is left of it, and what is right of it."""
    ends = list(_END.finditer(context.before))
    left = context.before[ends[-1].end() :] if ends else context.before
    after = _END.search(context.after)
    return left, context.after[: after.start()] if after else context.after


_TICKED = re.compile(rb"`+([^`]+)`+")
_SPOKEN = re.compile(rb"(?<![\w./-])[A-Za-z][\w+-]*(?:\.\w+)*")
_MARKUP = re.compile(rb"<[^<>]*>|\]\([^)]*\)|https?://\S*")


def find_other_name(context: MatchContext, part: bytes, *, starts: bool) -> str:
    """A word in this part of a sentence that may be the name of something else, or nothing.

    A name is between backticks, or is known, or has the shape of one. A capital counts except in
    the first word of a sentence.
    """
    part = _MARKUP.sub(b" ", part)
    for ticked in _TICKED.findall(part):
        word = re.split(r"[\s=<>~!\[@]", decode_for_display(ticked).strip())[0]
        if word and not context.names.mean_us(word) and not _ordinary(word):
            return word
    for i, match in enumerate(_SPOKEN.finditer(part)):
        word = decode_for_display(match[0])
        if _ordinary(word) or context.names.mean_us(word):
            continue
        # The first word of a sentence has a capital in any case.
        capital = word[0].isupper() and not (i == 0 and starts)
        if context.names.mean_another(word) or (capital and not _titled(context)):
            return word
    return ""


def _ordinary(word: str) -> bool:
    return load_vocabulary().is_ordinary(word) or word.lower() == "__version__"


def _titled(context: MatchContext) -> bool:
    """Whether capitals mean nothing here: in headings and in label lines."""
    return context.content[context.line_start : context.line_start + 1] in {b"#", b"="}
