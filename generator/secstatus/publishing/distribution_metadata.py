"""Checksums and metadata of a release, and the check that its files are consistent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secstatus.errors import InputError, shown
from secstatus.publishing.distribution_contents import Member
from secstatus.publishing.index_page import is_same_version
from secstatus.publishing.verification import BuiltFile, parse_file_name
from secstatus.text.package_names import normalize_package_name

if TYPE_CHECKING:
    from packaging.metadata import Metadata


SUMS = "SHA256SUMS"
SUMS_JSON = "checksums.json"
# The format of `sha256sum`: two blanks, or a blank and `*` for binary mode (GNU coreutils).
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^/\\\0]+)")


def render_sums(files: Sequence[BuiltFile]) -> str:
    """One line for each file, sorted by name."""
    ordered = sorted(files, key=lambda each: each.name)
    # Two blanks, so that `sha256sum --check` reads the file.
    return "".join(f"{each.sha256}  {each.name}\n" for each in ordered)


def render_sums_json(files: Sequence[BuiltFile], about: dict[str, Any]) -> str:
    """The same as JSON, with what is known `about` the release."""
    listed = [
        {"name": each.name, "sha256": each.sha256, "size": each.size}
        for each in sorted(files, key=lambda each: each.name)
    ]
    return json.dumps({**about, "files": listed}, indent=2, sort_keys=True) + "\n"


def read_sums(text: str, where: str) -> dict[str, str]:
    """File name → SHA-256. Raises InputError for a line that is none, or a name twice."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise InputError(where, f"line {number}", shown(line), "a SHA-256 and a file name")
        if match[2] in found:
            raise InputError(where, f"line {number}", f"{shown(match[2])} again", "each file once")
        found[match[2]] = match[1]
    return found


FIELDS = ("name", "version", "requires_python", "license", "summary", "description")


@dataclass(frozen=True, slots=True)
class ReleaseMetadata:
    """The fields that users and installers rely on; empty where the metadata has none."""

    name: str
    version: str
    requires_python: str
    license: str
    summary: str
    description: str
    content_type: str


def read_metadata(file_name: str, found: Sequence[Member]) -> ReleaseMetadata:
    """The metadata in an sdist or wheel. Raises InputError when there is none that is valid."""
    wheel = file_name.endswith(".whl")
    texts = [each for each in found if each.kind == "file" and _is_metadata(each.name, wheel)]
    what = "METADATA" if wheel else "PKG-INFO"
    if len(texts) != 1:
        raise InputError(shown(file_name), "", f"{len(texts)} files {what}", "one")
    return _read(shown(f"{file_name}: {texts[0].name}"), texts[0].head)


def check_metadata(
    found: Mapping[str, ReleaseMetadata], name: str, version: str
) -> tuple[str, ...]:
    """The problems with the metadata (file name → metadata), one line each.

    `name` and `version` are those of the project's own configuration.
    """
    problems = [
        f"{shown(file_name)}: {problem}"
        for file_name, metadata in found.items()
        for problem in _problems(file_name, metadata, name, version)
    ]
    return (*problems, *_disagreements(found))


def _is_metadata(name: str, wheel: bool) -> bool:
    parts = name.split("/")
    # Deeper files of this name belong to vendored packages or test data.
    if len(parts) != 2:
        return False
    return (
        parts[0].endswith(".dist-info") and parts[1] == "METADATA"
        if wheel
        else parts[1] == "PKG-INFO"
    )


def _read(where: str, text: bytes) -> ReleaseMetadata:
    from packaging.metadata import InvalidMetadata, Metadata

    try:
        # PyPI validates at upload, where an error would come after the tag.
        read = Metadata.from_email(text)
    except ExceptionGroup as group:
        # A broken file can have many errors; five are enough to find the cause.
        reasons = "; ".join(shown(str(each)) for each in group.exceptions[:5])
        raise InputError(where, "", reasons, "valid core metadata") from None
    except (InvalidMetadata, ValueError) as error:
        raise InputError(where, "", shown(str(error)), "valid core metadata") from None
    return ReleaseMetadata(
        name=read.name,
        version=str(read.version),
        requires_python=str(read.requires_python or ""),
        license=_license(read),
        summary=read.summary or "",
        description=(read.description or "").strip(),
        content_type=read.description_content_type or "",
    )


def _license(read: Metadata) -> str:
    classifiers = [each for each in read.classifiers or [] if each.startswith("License ::")]
    # PEP 639 replaces the two older fields by License-Expression.
    return str(read.license_expression or read.license or "; ".join(classifiers))


def _problems(file_name: str, metadata: ReleaseMetadata, name: str, version: str) -> Iterator[str]:
    if normalize_package_name(metadata.name) != normalize_package_name(name):
        yield f"the name is {shown(metadata.name)}, that of the project {shown(name)}"
    if not is_same_version(metadata.version, version):
        yield f"the version is {shown(metadata.version)}, that of the project {shown(version)}"
    # PyPI refuses a file whose name and metadata differ.
    parsed = parse_file_name(file_name)
    if (
        parsed is None
        or parsed[0] != normalize_package_name(metadata.name)
        or not is_same_version(parsed[1], metadata.version)
    ):
        yield f"the file is not called after {shown(metadata.name)} {shown(metadata.version)}"
    if not metadata.requires_python:
        yield "no requires-python: installers do not know which Python it needs"
    if not metadata.license:
        yield "no license"
    if not metadata.description:
        yield "no description: set `readme` under [project]"


def _disagreements(found: Mapping[str, ReleaseMetadata]) -> Iterator[str]:
    first = next(iter(found.items()), None)
    for file_name, metadata in found.items():
        for field in FIELDS:
            if first and getattr(metadata, field) != getattr(first[1], field):
                yield f"{shown(file_name)} and {shown(first[0])}: the {field} is not the same"
