"""Read the members of a distribution, and find those that must not be in it."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256

from secstatus.errors import InputError, shown
from secstatus.package_data import read_data
from secstatus.text.globs import matches

# A small archive may unpack to terabytes; PyPI takes files of 100 MB by default.
MOST_MEMBERS = 200_000
LARGEST = 4 * 1024 * 1024 * 1024
LARGEST_TEXT = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A member. `kind` is `file`, `folder`, `link` or `other`; `target` is where a link leads.

    `head` is the content of a small file, else its first LARGEST_TEXT bytes.
    """

    name: str
    kind: str
    mode: int
    sha256: str = ""
    modified: str = ""
    target: str = ""
    head: bytes = b""


def read_members(name: str, content: bytes) -> tuple[Member, ...]:
    """The members in their order. Raises InputError for an archive that cannot be read."""
    try:
        # A wheel is a ZIP archive (PEP 427).
        found = _zip(content) if name.endswith((".whl", ".zip")) else _tar(content)
        return tuple(found)
    except (
        tarfile.TarError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        ValueError,
        # zipfile raises it for an unsupported compression, and RuntimeError for an encrypted
        # member.
        NotImplementedError,
        RuntimeError,
    ) as error:
        why = f"an archive that cannot be read ({shown(str(error))})"
        raise InputError(shown(name), "", why, "a distribution") from None


def find_differences(
    name: str, one: bytes, other: bytes, content_only: bool = False
) -> tuple[str, ...]:
    """The differences between two builds of a distribution, one line each.

    `content_only`: the names, kinds and contents of the members; else every byte.
    """
    if one == other:
        return ()
    first, second = read_members(name, one), read_members(name, other)
    # Setuptools writes the time of the build into the members of an sdist.
    if content_only:
        return tuple(_between(_bare(first), _bare(second)))
    found = list(_between(_named(first), _named(second)))
    if not found and [each.name for each in first] != [each.name for each in second]:
        # Two equal sets of members differ in bytes by their order alone.
        found = ["the order of the members"]
    return tuple(found) or ("the archive itself, such as the time in its header",)


def _named(found: Iterable[Member]) -> dict[str, Member]:
    return {each.name: each for each in found}


def _bare(found: Iterable[Member]) -> dict[str, Member]:
    """The members without mode and time, which depend on the environment of the build."""
    return _named(replace(each, mode=0, modified="") for each in found)


def _between(first: dict[str, Member], second: dict[str, Member]) -> Iterator[str]:
    for name in sorted(first.keys() | second.keys()):
        mine, theirs = first.get(name), second.get(name)
        if mine is None or theirs is None:
            yield f"{shown(name)}: in one of the two only"
        elif mine.sha256 != theirs.sha256 or mine.target != theirs.target:
            yield f"{shown(name)}: other content"
        elif mine.mode != theirs.mode or mine.kind != theirs.kind:
            yield f"{shown(name)}: other permissions, {mine.mode:o} and {theirs.mode:o}"
        elif mine.modified != theirs.modified:
            yield f"{shown(name)}: another time, {mine.modified} and {theirs.modified}"


def _zip(content: bytes) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        infos = archive.infolist()
        # Checked before a byte is unpacked; zipfile reads no more than the stated size of a member.
        _within(len(infos), sum(info.file_size for info in infos))
        for info in infos:
            # The upper half holds the mode of Unix:
            # https://docs.python.org/3/library/zipfile.html#zipfile.ZipInfo.external_attr
            mode = info.external_attr >> 16
            data = b"" if info.is_dir() else archive.read(info)
            # S_IFMT and S_IFLNK (inode(7)). The target of a link is its content in a ZIP archive.
            link = mode & 0o170000 == 0o120000
            kind = "folder" if info.is_dir() else "link" if link else "file"
            yield Member(
                name=info.filename,
                kind=kind,
                mode=mode & 0o7777,
                sha256=sha256(data).hexdigest(),
                modified="-".join(f"{part:02}" for part in info.date_time),
                target=data.decode("utf-8", "replace") if link else "",
                head=data[:LARGEST_TEXT],
            )


def _tar(content: bytes) -> Iterator[Member]:
    # Only read, never extracted: names and links cannot act on the disk.
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:*") as archive:
        size = 0
        for number, info in enumerate(archive):
            # A forged header may state a negative size, which would make room for large members.
            size += max(info.size, 0)
            _within(number, size)
            file = archive.extractfile(info) if info.isreg() else None
            data = file.read() if file else b""
            link = info.issym() or info.islnk()
            # Devices and FIFOs are `other`, which no distribution needs.
            kind = "file" if info.isreg() else "folder" if info.isdir() else "other"
            yield Member(
                name=info.name,
                kind="link" if link else kind,
                mode=info.mode,
                sha256=sha256(data).hexdigest(),
                modified=str(info.mtime),
                target=info.linkname if link else "",
                head=data[:LARGEST_TEXT],
            )


def _within(count: int, size: int) -> None:
    if count > MOST_MEMBERS or size > LARGEST:
        raise ValueError(f"more than {MOST_MEMBERS} members or {LARGEST} bytes")


@dataclass(frozen=True, slots=True)
class MemberRules:
    """Globs of members, and patterns of secrets in the text of files.

    `distribution_contents.toml` describes each.
    """

    generated: frozenset[str]
    secrets: frozenset[str]
    samples: frozenset[str]
    tests: frozenset[str]
    private_key: re.Pattern[bytes]
    token: re.Pattern[bytes]


@lru_cache(maxsize=1)
def load_member_rules() -> MemberRules:
    """The rules in `distribution_contents.toml`, read once."""
    data = read_data("secstatus.publishing", "distribution_contents.toml")
    rules = MemberRules(
        generated=data.words("generated"),
        secrets=data.words("secrets"),
        samples=data.words("samples"),
        tests=data.words("tests"),
        private_key=data.pattern("private_key", {}),
        token=data.pattern("token", {}),
    )
    data.close()
    return rules


def check_sdist(
    found: Sequence[Member], tracked: Collection[str], allowed: Sequence[str]
) -> tuple[str, ...]:
    """The problems with the members of an sdist, one line each.

    `tracked` are the files of the commit; `allowed` are globs of files that are never a problem.
    """
    return tuple(_sdist(found, tracked, allowed))


def check_wheel(
    found: Sequence[Member], allowed: Sequence[str], with_tests: bool
) -> tuple[str, ...]:
    """The problems with the members of a wheel, one line each; `with_tests` allows tests."""
    return tuple(_wheel(found, allowed, with_tests))


def _sdist(
    found: Sequence[Member], tracked: Collection[str], allowed: Sequence[str]
) -> Iterator[str]:
    # An sdist has one top folder, NAME-VERSION (specification of source distributions).
    tops = {each.name.partition("/")[0] for each in found}
    if len(tops) != 1:
        yield f"{len(tops)} folders at the top, expected one"
    for each in found:
        name = each.name.partition("/")[2]
        yield from _unsafe(each)
        if each.kind in ("folder", "other") or matches(name, allowed):
            continue
        # An untracked file exists in one checkout only, so the sdist could not be built again.
        if name not in tracked and not matches(name, load_member_rules().generated):
            yield f"{shown(name)}: not a file of the commit"
        yield from _secret(name, each)


def _wheel(found: Sequence[Member], allowed: Sequence[str], with_tests: bool) -> Iterator[str]:
    for each in found:
        yield from _unsafe(each)
        if each.kind == "folder" or matches(each.name, allowed):
            continue
        yield from _secret(each.name, each)
        if not with_tests and matches(each.name, load_member_rules().tests):
            yield f"{shown(each.name)}: a test, which users install with the package"


def _unsafe(member: Member) -> Iterator[str]:
    """Members that would leave the folder, or that are neither file nor folder."""
    parts = member.name.split("/")
    # Installers refuse such members or write outside of the target folder.
    if member.name.startswith("/") or ".." in parts or "\\" in member.name or "\0" in member.name:
        yield f"{shown(member.name)}: a name that leads out of the folder"
    if member.kind == "other":
        yield f"{shown(member.name)}: neither file nor folder nor link"
    if member.kind == "link" and _leads_out(member):
        yield f"{shown(member.name)}: a link to {shown(member.target)}, out of the folder"


def _leads_out(member: Member) -> bool:
    if member.target.startswith("/"):
        return True
    # The target of a link is relative to the folder that contains it.
    depth = len(member.name.split("/")) - 1
    for part in member.target.split("/"):
        depth += -1 if part == ".." else 0 if part in (".", "") else 1
        if depth < 1:
            return True
    return False


def _secret(name: str, member: Member) -> Iterator[str]:
    rules = load_member_rules()
    if matches(name, rules.secrets) and not matches(name, rules.samples):
        yield f"{shown(name)}: a name that files with secrets have"
    # `elif`: one reason is enough for a file to be refused.
    elif rules.private_key.search(member.head):
        yield f"{shown(name)}: holds a private key"
    elif rules.token.search(member.head):
        yield f"{shown(name)}: holds what looks like a token"
