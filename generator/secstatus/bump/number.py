"""Version numbers (PEP 440): parsing, successors, and requests of the user."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from secstatus.errors import InvalidVersionError, shown

if TYPE_CHECKING:
    from packaging.version import Version

BumpType = Literal["major", "minor", "patch", "pre-release", "custom"]

# Messages, commits and tags repeat the text.
LONGEST = 100
PARTS = (
    "patch",
    "minor",
    "major",
    "pre-release",
    "release",
    "alpha",
    "beta",
    "rc",
    "post",
    "dev",
)
_EXPECTED = "a version such as 1.4.2 or 2.0.0rc1 (PEP 440)"
_CORE = {"major": 0, "minor": 1, "patch": 2}
_LETTERS = {"alpha": "a", "beta": "b", "rc": "rc"}
_BUMP_TYPES: dict[str, BumpType] = {
    "major": "major",
    "minor": "minor",
    "patch": "patch",
    **dict.fromkeys(("pre-release", "alpha", "beta", "rc", "dev"), "pre-release"),
}
# PEP 440 allows a leading `v` and normalises it away; in a file it would then differ from what the
# index shows.
_PREFIXED = re.compile(r"[vV]\.?(?=\d)")


@dataclass(frozen=True, slots=True)
class VersionInfo:
    """A version. `current_version` is the text as it is written.

    `major`, `minor` and `patch` are the first three release segments; one that is not written
    is 0.
    """

    current_version: str
    major: int
    minor: int
    patch: int


@dataclass(frozen=True, slots=True)
class VersionBumpRequest:
    """From which version to which, and why. `new_version` is greater and in canonical spelling.

    `bump_type` is `custom` for a version that was typed, and for `release` and `post`.
    """

    old_version: VersionInfo
    new_version: VersionInfo
    bump_type: BumpType
    comment: str


def version_info(text: str) -> VersionInfo:
    """The parts of the version. Raises InvalidVersionError for a text that PEP 440 does not allow,
    with space around it, not of printable ASCII, or longer than 100 characters.
    """
    # PEP 440 pads with zeros to compare: 1.2 equals 1.2.0.
    release = (*_parsed(text).release, 0, 0)
    return VersionInfo(text, *release[:3])


def successor(current: str, part: str) -> str:
    """The version that follows when `part`, one of PARTS, goes up; always greater than `current`.

    The number of release segments is kept, or grows so that it has the part: 0.2 → 0.3, 1.2 →
    1.2.1. What a pre-release leads to is not passed over: the patch of 1.2.0rc1 is 1.2.0. The
    epoch stays, a local part goes. Raises InvalidVersionError where nothing greater fits.
    """
    version = _parsed(current)
    if part in _CORE:
        text = _core(version, _CORE[part])
    elif part in _LETTERS:
        text = _pre(version, _LETTERS[part])
    elif part in _OTHERS:
        text = _OTHERS[part](version)
    else:
        raise InvalidVersionError(
            f"{shown(part)} is no part of a version", hint=f"Take one of {', '.join(PARTS)}."
        )
    _parsed(text)
    return text


def suggestions(current: str) -> list[tuple[str, str]]:
    """Parts worth offering, each with the version that it leads to; `release` comes first.

    `release` is only there when the version is a pre-release.
    """
    words = ["patch", "minor", "major", "pre-release"]
    words[:0] = ["release"] if _unfinished(_parsed(current)) else []
    return [(word, successor(current, word)) for word in words]


def chosen(current: str, wish: str, comment: str) -> VersionBumpRequest:
    """The user's wish, a part or a version, as a validated request.

    Raises InvalidVersionError for a version that is not greater, not in canonical spelling, has a
    local part or a leading `v`, and for a word that is not a part.
    """
    if wish in PARTS:
        new, bump_type = successor(current, wish), _BUMP_TYPES.get(wish, "custom")
    else:
        new, bump_type = _typed(current, wish), "custom"
    return VersionBumpRequest(version_info(current), version_info(new), bump_type, comment)


def _parsed(text: str) -> Version:
    # Imported here: `packaging.version` compiles its pattern when it is imported, and most commands
    # need no version.
    from packaging.version import InvalidVersion, Version

    if len(text) > LONGEST:
        found = f"{shown(text)}, {len(text)} characters"
        raise InvalidVersionError(f"found {found}, expected a version of at most {LONGEST}")
    if text != text.strip() or not (text.isascii() and text.isprintable()):
        raise InvalidVersionError(
            f"found {shown(text)}, expected {_EXPECTED}",
            hint="Leave out spaces and everything that is not printable ASCII.",
        )
    try:
        return Version(text)
    except InvalidVersion:
        raise InvalidVersionError(f"found {shown(text)}, expected {_EXPECTED}") from None


def _typed(current: str, wish: str) -> str:
    """The version as it was typed, when it may follow the current one."""
    _no_prefix(wish)
    _no_near_part(wish)
    version = _parsed(wish)
    # https://packaging.python.org/specifications/version-specifiers/: local versions are not for
    # public indexes; PyPI refuses the upload.
    if version.local is not None:
        raise InvalidVersionError(
            f"{shown(wish)} has a local part, +{version.local}; package indexes refuse it",
            hint=f"Leave it out: {version.public}",
        )
    # The files of a release carry the canonical spelling in their names (PEP 625, PEP 427).
    if str(version) != wish:
        raise InvalidVersionError(
            f"{shown(wish)} is not the canonical spelling; indexes would show another text "
            "than the files of the project",
            hint=f"Write {version}",
        )
    if version <= _parsed(current):
        word = "equal to" if version == _parsed(current) else "lower than"
        raise InvalidVersionError(
            f"{shown(wish)} is {word} the current version {shown(current)} in the order of PEP 440",
            hint=f"Take a greater one: {_offer(current)}",
        )
    return wish


def _no_prefix(wish: str) -> None:
    found = _PREFIXED.match(wish)
    if found:
        raise InvalidVersionError(
            f"{shown(wish)} has a leading v, which belongs to tags and not to versions",
            hint=f"Leave the v out: {shown(wish[found.end() :])}",
        )


def _no_near_part(wish: str) -> None:
    # A part that is misspelt (`minro`) would otherwise be refused as a version that PEP 440 does
    # not allow.
    near = difflib.get_close_matches(wish[:LONGEST].lower(), PARTS, n=1)
    if near and wish[:1].isalpha():
        raise InvalidVersionError(
            f"{shown(wish)} is neither a part of a version nor a version",
            hint=f"Did you mean {near[0]}?",
        )


def _offer(current: str) -> str:
    return ", ".join(f"{version} ({word})" for word, version in suggestions(current))


def _unfinished(version: Version) -> bool:
    """Whether the release that the version leads to is still to come.

    1.0.post1.dev2 leads to a post-release; 1.0 has been there before it.
    """
    return version.pre is not None or (version.dev is not None and version.post is None)


def _text(version: Version, release: tuple[int, ...], suffix: str = "") -> str:
    epoch = f"{version.epoch}!" if version.epoch else ""
    return epoch + ".".join(map(str, release)) + suffix


def _core(version: Version, index: int) -> str:
    release = version.release
    # 1.2.0rc1 is on the way to 1.2.0, so that a patch or a minor finishes it instead of passing
    # over it.
    if _unfinished(version) and not any(release[index + 1 :]):
        return _text(version, release)
    # `1.2` has no patch segment yet; it grows by one, and stays as short otherwise.
    missing = max(0, index + 1 - len(release))
    padded = release + (0,) * missing
    rest = (0,) * (len(padded) - index - 1)
    return _text(version, (*padded[:index], padded[index] + 1, *rest))


def _pre(version: Version, letter: str) -> str:
    if version.pre is None:
        return f"{_core(version, _CORE['patch'])}{letter}1"
    at, number = version.pre
    # The letters of PEP 440 are in the order of the alphabet.
    if letter < at:
        raise InvalidVersionError(
            f"{shown(str(version))} is further than {letter}1, which would be lower",
            hint=f"Take a greater one: {_offer(str(version))}",
        )
    if letter > at:
        number = 1
    # 1.0rc2.dev1 comes before 1.0rc2: the candidate with this number is still to come.
    elif version.dev is None or version.post is not None:
        number += 1
    return _text(version, version.release, f"{letter}{number}")


def _pre_release(version: Version) -> str:
    """The next pre-release of the same kind; a release candidate where there is none."""
    return _pre(version, version.pre[0] if version.pre else "rc")


def _release(version: Version) -> str:
    if _unfinished(version):
        return _text(version, version.release)
    if version.dev is not None:
        return _text(version, version.release, f".post{version.post}")
    raise InvalidVersionError(
        f"{shown(str(version))} is no pre-release; there is nothing to finish",
        hint=f"Take a greater one: {_offer(str(version))}",
    )


def _post(version: Version) -> str:
    if _unfinished(version):
        raise InvalidVersionError(
            f"{shown(str(version))} is a pre-release; a post-release corrects a release",
            hint=f"Take a greater one: {_offer(str(version))}",
        )
    number = version.post or 0
    # 1.0.post2.dev1 comes before 1.0.post2, as above.
    number += version.dev is None
    return _text(version, version.release, f".post{number}")


def _dev(version: Version) -> str:
    if version.dev is not None:
        pre = "".join(map(str, version.pre or ()))
        post = "" if version.post is None else f".post{version.post}"
        return _text(version, version.release, f"{pre}{post}.dev{version.dev + 1}")
    after = _pre_release(version) if version.pre else _core(version, _CORE["patch"])
    return f"{after}.dev1"


_OTHERS = {"pre-release": _pre_release, "release": _release, "post": _post, "dev": _dev}
