"""Stale references: places that certainly speak of the project, but of another version.

They are reported and never changed: somebody forgot them in an earlier release.
"""

from __future__ import annotations

import re
from functools import lru_cache

from secstatus.version.names import names
from secstatus.version.place import MatchContext
from secstatus.version.reference import DocumentReference, Own, ReferencePolicy, ReferenceVerdict
from secstatus.version.references import judgement, reference
from secstatus.version.tokens import tokens

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
        names(own).pattern.pattern + rb"(?:\[[\w,]*\])?(?:[ ]+v?|==|[ ]+[Vv]ersion[ :]+v?|-v?|@v?)"
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
        place = MatchContext(path, content, token, names(own), memory)
        judged = judgement(place, number, ReferencePolicy())
        if judged.verdict is ReferenceVerdict.OURS:
            found.append(reference(place, judged))
    return found
