"""A log as blocks of lines: plain or gzip, a file, a pipe or standard input; of bounded size."""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from secstatus.errors import InputError

STDIN = "-"
# More than the longest mark of a compressed file.
BLOCK = 512 * 1024
_GZIP = b"\x1f\x8b"
_OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"PK\x03\x04": "zip",
}


class LogFile:
    """One log. Lines that `head` has shown are kept for `lines`: a pipe cannot be read again.

    `damage` is empty, or the reason why the file could not be read to its end; then the last line
    is left out, and `torn` is whether there was one.
    """

    def __init__(self, path: Path, name: str, longest: int) -> None:
        self.name = name
        self.damage = ""
        self.torn = False
        self._longest = longest
        self._read: list[list[bytes]] = []
        self._lines = self._opened(path)

    def head(self, size: int) -> Iterator[list[bytes]]:
        """The lines of the beginning, at least so many bytes, as far as there are."""
        left = size
        while left > 0:
            lines = next(self._lines, None)
            if lines is None:
                return
            # A pipe has no way back.
            self._read.append(lines)
            left -= sum(map(len, lines)) + len(lines)
            yield lines

    def lines(self) -> Iterator[list[bytes]]:
        """All lines, once, cut where they are longer than `longest`.

        Raises InputError for what cannot be read at all.
        """
        while self._read:
            yield self._read.pop(0)
        yield from self._lines

    def _opened(self, path: Path) -> Iterator[list[bytes]]:
        try:
            if str(path) == STDIN:
                # Python has none where the system gave none.
                yield from self._of(getattr(sys.stdin, "buffer", None) or BytesIO())
            else:
                with path.open("rb") as file:
                    yield from self._of(file)
        except FileNotFoundError:
            raise InputError(self.name, "", "no file", "an access log") from None
        except OSError as error:
            found = f"what cannot be read ({error.strerror})"
            raise InputError(self.name, "", found, "an access log") from None

    def _of(self, file: BinaryIO) -> Iterator[list[bytes]]:
        start = file.read(BLOCK)
        if start.startswith(_GZIP):
            return self._split(self._unzipped(_chain(start, file)))
        for magic, program in _OTHERS.items():
            if start.startswith(magic):
                hint = "Decompress it, and give it to standard input, which is called `-`."
                found, expected = f"a file compressed by {program}", "text or gzip"
                raise InputError(self.name, "", found, expected, hint=hint)
        return self._split(_chain(start, file))

    def _split(self, blocks: Iterable[bytes]) -> Iterator[list[bytes]]:
        longest = self._longest
        rest = b""
        for block in blocks:
            lines = block.split(b"\n")
            # A block ends anywhere in a line.
            lines[0] = rest + lines[0]
            # A line without an end, such as of a binary file, must not fill the memory.
            if max(map(len, lines)) > longest:
                lines = [line[:longest] for line in lines]
            rest = lines.pop()
            if lines:
                yield lines
        # Half a line could read as another request.
        if self.damage:
            self.torn = bool(rest)
        elif rest:
            yield [rest]

    def _unzipped(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """The decompressed data of all members; the file may be padded with zeros."""
        data = b""
        while True:
            # RFC 1952, section 2.2: a gzip file is a series of members, as logrotate appends them.
            member = zlib.decompressobj(wbits=31)
            try:
                while not member.eof:
                    data = data or next(blocks, b"")
                    found = member.decompress(data, BLOCK) if data else member.flush()
                    if found:
                        yield found
                    elif not data and not member.eof:
                        self.damage = "it ends in the middle"
                        return
                    data = member.unconsumed_tail
            except zlib.error:
                self.damage = "it is damaged"
                return
            data = _without_zeros(member.unused_data, blocks)
            if not data:
                return
            if not data.startswith(_GZIP):
                self.damage = "something else follows the compressed data"
                return


def _without_zeros(data: bytes, blocks: Iterator[bytes]) -> bytes:
    """The data after the leading zeros, at least two bytes if there are as many."""
    data = data.lstrip(b"\x00")
    for block in blocks if len(data) < len(_GZIP) else ():
        data = (data + block).lstrip(b"\x00")
        if len(data) >= len(_GZIP):
            break
    return data


def _chain(start: bytes, file: BinaryIO) -> Iterator[bytes]:
    block = start
    while block:
        yield block
        block = file.read(BLOCK)
