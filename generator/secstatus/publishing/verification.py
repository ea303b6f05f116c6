"""Verify a release: compare the built files with what the index lists.

A file is `same` only if the simple index lists its name, always with the SHA-256 of the built file,
and the JSON of the release does not contradict it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from secstatus.errors import InputError, shown
from secstatus.publishing.index_page import IndexPage, ListedFile, is_same_version
from secstatus.text.package_names import normalize_package_name


class FileState(StrEnum):
    """The state of one file on the index.

    `not yet visible`: the JSON of the release has it and the simple index does not. `unproved`:
    it is listed without a SHA-256. `unexpected`: it belongs to the release but was not built.
    """

    SAME = "same"
    MISSING = "missing"
    NOT_VISIBLE = "not yet visible"
    DIFFERENT = "different"
    UNPROVED = "unproved"
    UNEXPECTED = "unexpected"


class Publication(StrEnum):
    """The state of the release. `different` is an alarm; missing files may still appear."""

    PUBLISHED = "published"
    NOT_VISIBLE = "not yet visible"
    NOT_PUBLISHED = "not published"
    DIFFERENT = "different"
    YANKED = "yanked"
    UNPROVED = "unproved"
    UNREACHABLE = "unreachable"

    @property
    def exit_status(self) -> int:
        return _EXIT.get(self, 1)

    @property
    def may_come(self) -> bool:
        """Whether a later verification may succeed."""
        # Status 3 means that the same call may succeed later (`ExternalError`).
        return self.exit_status == 3


_EXIT = {
    Publication.PUBLISHED: 0,
    Publication.NOT_VISIBLE: 3,
    Publication.NOT_PUBLISHED: 3,
    Publication.UNREACHABLE: 3,
}


class Attested(StrEnum):
    """The state of a file's attestations. Only `verified` proves who has signed."""

    VERIFIED = "verified"
    FAILED = "failed"
    NOT_CHECKED = "not checked"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """A distribution as it was built."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """The result for one file. `found` is the digest of the index, empty where it states none.

    `yanked` is the reason, None where it is not. `provenance` is the address of the attestations;
    `signer` what was checked of them, or why not.
    """

    name: str
    state: FileState
    reason: str = ""
    sha256: str = ""
    found: str = ""
    yanked: str | None = None
    provenance: str = ""
    attested: Attested = Attested.UNKNOWN
    signer: str = ""


@dataclass(frozen=True, slots=True)
class PublishReport:
    """The result, with one report for each file: the built ones first, then unexpected ones."""

    state: Publication
    files: tuple[FileReport, ...] = ()
    notes: tuple[str, ...] = ()


def identify_release(names: Iterable[str]) -> tuple[str, str]:
    """The project and the version that all these distributions belong to.

    Raises InputError for a name that no distribution has, and for files of different releases.
    """
    found: tuple[str, str] = ("", "")
    for name in names:
        parsed = parse_file_name(name)
        if parsed is None:
            expected = "NAME-VERSION.tar.gz, or a wheel"
            raise InputError(shown(name), "", "a name that no distribution has", expected)
        if found[0] and (parsed[0] != found[0] or not is_same_version(parsed[1], found[1])):
            hint = "Empty the folder and build again, or name the folder of one release."
            stated, expected = f"{parsed[0]} {parsed[1]}", f"{found[0]} {found[1]}"
            raise InputError(shown(name), "", stated, f"{expected} like the other files", hint=hint)
        found = parsed
    return found


def parse_file_name(name: str) -> tuple[str, str] | None:
    """Project and version of the file name of a distribution; None for any other name."""
    from packaging.utils import (
        InvalidSdistFilename,
        InvalidWheelFilename,
        parse_sdist_filename,
        parse_wheel_filename,
    )
    from packaging.version import InvalidVersion

    # The names may come from an index, and other characters could act on a terminal.
    if not (name.isascii() and name.isprintable()):
        return None
    try:
        if name.endswith(".whl"):
            project, version, _, _ = parse_wheel_filename(name)
        else:
            project, version = parse_sdist_filename(name)
    except (InvalidSdistFilename, InvalidWheelFilename, InvalidVersion, ValueError):
        return None
    return str(project), str(version)


def compare_files(
    built: Sequence[BuiltFile], page: IndexPage | None, release: IndexPage | None
) -> PublishReport:
    """Compare the built files of one release with the index.

    `page` is the simple page of the project, None when the index has none. `release` is the JSON
    of the release, None when it is not available; it can refute a file, but never prove one.
    """
    simple = page.files if page else ()
    known = release.files if release else ()
    files = [_report(file, _of(file.name, simple), _of(file.name, known)) for file in built]
    files += _foreign(built, (*simple, *known))
    notes = (*(page.odd if page else ()), *(release.odd if release else ()))
    withheld = page.withheld if page else ""
    state = _state(files, bool(known), withheld)
    return PublishReport(state, tuple(files), (*((withheld,) if withheld else ()), *notes))


def make_unreachable_report(built: Sequence[BuiltFile], why: str) -> PublishReport:
    """The report when the index sent no readable response; `why` is one line."""
    files = (FileReport(each.name, FileState.MISSING, why, each.sha256) for each in built)
    return PublishReport(Publication.UNREACHABLE, tuple(files), (why,))


def apply_attestations(
    report: PublishReport, checked: Sequence[FileReport], required: bool
) -> PublishReport:
    """The report with the checked attestations; a failed one is an alarm.

    `required`: without verified attestations for every file, a published release is not proved.
    """
    state = report.state
    # A signature that does not verify may be a sign of an attack, required or not.
    if any(each.attested is Attested.FAILED for each in checked):
        state = Publication.DIFFERENT
    elif (
        required
        and state is Publication.PUBLISHED
        and not all(each.attested is Attested.VERIFIED for each in checked)
    ):
        state = Publication.UNPROVED
    return replace(report, state=state, files=tuple(checked))


def _of(name: str, listed: Iterable[ListedFile]) -> list[ListedFile]:
    return [each for each in listed if each.name == name]


def _report(
    file: BuiltFile, simple: Sequence[ListedFile], known: Sequence[ListedFile]
) -> FileReport:
    state, reason = _compare_file(file, simple, known)
    both = (*simple, *known)
    digests = (each.sha256 for each in both if each.sha256)
    wrong = (each.sha256 for each in both if each.sha256 not in ("", file.sha256))
    provenance = next((each.provenance for each in simple if each.provenance), "")
    attested = Attested.NOT_CHECKED if provenance else Attested.ABSENT
    return FileReport(
        name=file.name,
        state=state,
        reason=reason,
        sha256=file.sha256,
        found=next(wrong, "") or next(digests, ""),
        yanked=next((each.yanked for each in both if each.yanked is not None), None),
        provenance=provenance,
        attested=attested if simple else Attested.UNKNOWN,
    )


def _compare_file(
    file: BuiltFile, simple: Sequence[ListedFile], known: Sequence[ListedFile]
) -> tuple[FileState, str]:
    both = (*simple, *known)
    # A difference in either answer counts before all else: it cannot be explained by a cache.
    if any(each.sha256 not in ("", file.sha256) for each in both):
        return FileState.DIFFERENT, "the index lists another SHA-256 than that of the built file"
    if any(each.size not in (None, file.size) for each in both):
        return FileState.DIFFERENT, "the index lists another size than that of the built file"
    if not simple:
        if known:
            return FileState.NOT_VISIBLE, "the JSON of the release has it, the simple index has not"
        return FileState.MISSING, "the index does not list it"
    # The JSON of the release has a digest, but installers do not read it.
    if any(not each.sha256 for each in simple):
        return FileState.UNPROVED, "the index lists it without a SHA-256"
    return FileState.SAME, ""


def _foreign(built: Sequence[BuiltFile], listed: Iterable[ListedFile]) -> list[FileReport]:
    """Files of the release on the index that are not among the built ones."""
    names = {each.name for each in built}
    project, version = identify_release(each.name for each in built)
    found: dict[str, FileReport] = {}
    for each in listed:
        # Both pages list a file, and one report is enough.
        parsed = None if each.name in names or each.name in found else parse_file_name(each.name)
        if (
            parsed
            and normalize_package_name(parsed[0]) == project
            and is_same_version(parsed[1], version)
        ):
            reason = "it belongs to this release and is not among the built files"
            state = FileState.UNEXPECTED
            found[each.name] = FileReport(
                each.name, state, reason, "", each.sha256, each.yanked, each.provenance
            )
    return list(found.values())


def _state(files: Sequence[FileReport], is_known: bool, withheld: str) -> Publication:
    states = {each.state for each in files}
    if states & {FileState.DIFFERENT, FileState.UNEXPECTED}:
        return Publication.DIFFERENT
    # Checked before `same`: a yanked file is served with the right digest.
    if withheld or any(each.yanked is not None for each in files):
        return Publication.YANKED
    if FileState.UNPROVED in states:
        return Publication.UNPROVED
    if states == {FileState.SAME}:
        return Publication.PUBLISHED
    # Caches of an index update file by file, so a part may be visible first.
    if FileState.SAME in states or is_known:
        return Publication.NOT_VISIBLE
    return Publication.NOT_PUBLISHED
