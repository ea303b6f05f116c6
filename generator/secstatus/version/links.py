"""Links and badges: whose version an address names."""

from __future__ import annotations

import re

from secstatus.version.place import ContextJudgement, MatchContext, others, ours, text, unclear

_URL = re.compile(rb"(?:https?:|git\+\w+:)?//[^\s\"'<>`]*\Z")
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
_HOSTS = re.compile(
    rb"//(?:[\w.-]*\.)?(?:github|gitlab|bitbucket|githubusercontent|codeberg|pypi|pythonhosted"
    rb"|readthedocs|npmjs|ghcr|docker|anaconda|conda|crates)\.(?:com|org|io)|\.github\.io"
    rb"|\.readthedocs\."
)


def link_judgement(place: MatchContext) -> ContextJudgement | None:
    """What the address around the version says; None when there is none."""
    url = _URL.search(place.before)
    if url is None:
        return None
    if b"/compare/" in url[0]:
        return others("compare link", "a link that compares two releases stays true")
    badge = _BADGE.search(url[0]) or _STATIC.search(url[0])
    if badge:
        return _badge_judgement(place, badge["label"] or b"")
    address = url[0].removeprefix(b"//")
    repository = _REPOSITORY.search(address)
    if repository:
        address = repository[1].removesuffix(b".git")
    if place.names.stand_in(address):
        return ours("link", "the address names us before the version")
    if _HOSTS.search(url[0]):
        return others("link", "the address names another project")
    return unclear("link", "an address that names no project")


def _badge_judgement(place: MatchContext, label: bytes) -> ContextJudgement:
    shown = re.sub(rb"%20|_+", b" ", label).replace(b"--", b"-").strip()
    if not shown or _LABELS.fullmatch(shown) or place.names.stand_in(shown):
        return ours("badge", "a badge with our version")
    if any(place.names.mean_another(text(word)) for word in shown.split()):
        return others("badge", "a badge of something else")
    return unclear("badge", "the label of the badge does not say whose version it is")
