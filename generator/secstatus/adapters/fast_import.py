"""A commit as the stream that `git fast-import` reads: no index, no working files, one process."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1, sha256

FILE = "100644"


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit to be made. `author` and `committer` are `NAME <EMAIL>`, `at` seconds since 1970.

    `parent` empty: it has none. `tree`: the commit whose files it starts from, empty for none.
    """

    message: str
    author: str
    committer: str
    at: int
    parent: str
    tree: str


def blob_id(content: bytes, kind: str = "sha1") -> str:
    """What git calls this content in a repository of that object format."""
    head = b"blob %d\0" % len(content)
    if kind == "sha256":
        return sha256(head + content).hexdigest()
    return sha1(head + content, usedforsecurity=False).hexdigest()


def stream(ref: str, commit: Commit, changed: Mapping[str, bytes], removed: Iterable[str]) -> bytes:
    """The commands that make the commit, which becomes the branch `ref`."""
    return b"".join(_commands(ref, commit, changed, removed))


def _commands(
    ref: str, commit: Commit, changed: Mapping[str, bytes], removed: Iterable[str]
) -> Iterator[bytes]:
    yield b"feature done\n"
    for number, content in enumerate(changed.values(), start=1):
        yield b"blob\nmark :%d\ndata %d\n" % (number, len(content))
        yield content
        yield b"\n"
    message = os.fsencode(commit.message)
    yield b"commit %s\n" % os.fsencode(ref)
    for role, who in (("author", commit.author), ("committer", commit.committer)):
        yield b"%s %s %d +0000\n" % (role.encode(), os.fsencode(who), commit.at)
    yield b"data %d\n%s\n" % (len(message), message)
    if commit.parent:
        yield b"from %s\n" % commit.parent.encode()
    elif commit.tree:
        yield b'M 040000 %s ""\n' % commit.tree.encode()
    # First what goes: a file may take the place of a folder.
    for path in removed:
        yield b"D %s\n" % quote_path(path)
    for number, path in enumerate(changed, start=1):
        yield b"M %s :%d %s\n" % (FILE.encode(), number, quote_path(path))
    yield b"done\n"


def quote_path(path: str) -> bytes:
    """The path as fast-import reads it: no byte of it can end the line or the name."""
    data = os.fsencode(path)
    plain = all(0x20 <= byte < 0x7F and byte not in b'"\\' for byte in data)
    inside = data if plain else b"".join(_escaped(byte) for byte in data)
    return b'"%s"' % inside


def _escaped(byte: int) -> bytes:
    return bytes([byte]) if 0x20 <= byte < 0x7F and byte not in b'"\\' else b"\\%03o" % byte
