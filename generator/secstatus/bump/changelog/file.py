"""One change log: its sections, and the edits that bring a release into it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from secstatus.bump.changelog.headings import Heading, Line, headings_of, is_rst, split_log_lines
from secstatus.bump.changelog.notes import Notes
from secstatus.bump.changelog.style import (
    ReleaseHeading,
    day_like,
    find_unreleased,
    link_title,
    links_of,
    make_title,
)
from secstatus.bump.reference import Edit
from secstatus.errors import DocumentUpdateError

NO_NOTES = "No notable changes."
# Blank lines, link definitions, and comments or labels of reStructuredText.
_ASIDE = re.compile(r"\s*(\Z|\[[^\]]{1,200}\]:\s|\.\.(\s|\Z))")


class ChangelogFile:
    """One change log: its lines and headings, and the edits that bring a release into it."""

    def __init__(self, path: str, data: bytes, release: ReleaseHeading) -> None:
        self.path, self._data, self._release = path, data, release
        self._lines = split_log_lines(data, path)
        self._headings = headings_of(self._lines, path)
        feed = data.find(b"\n")
        self._end = "\r\n" if feed > 0 and data[feed - 1 : feed] == b"\r" else "\n"

    def refuse_present(self) -> None:
        """Raises DocumentUpdateError when the version has a section with a date."""
        opened = self.unreleased()
        own = self._inside(opened) if opened else []
        for heading in self._headings:
            found = heading.release() if heading not in own else None
            if found and self.is_of_release(heading) and not find_unreleased(found["after"]):
                raise DocumentUpdateError(
                    f"{self.place(heading)}: {self._release.version} has a section already",
                    hint="Choose a later version, or rename that section to Unreleased.",
                )

    def refuse_mixed_encoding(self, notes: Notes) -> None:
        """Raises DocumentUpdateError when the text to be added does not fit the file's bytes."""
        added = "".join(text for texts in notes.parts.values() for text in texts)
        whole = "".join(line.text for line in self._lines)
        if not added.isascii() and any("\udc80" <= character <= "\udcff" for character in whole):
            raise DocumentUpdateError(
                f"{safe_path(self.path)}: found bytes that are not UTF-8, and notes beyond ASCII",
                hint="Save the file as UTF-8.",
            )

    def refuse_open(self) -> None:
        """Raises DocumentUpdateError when a code block or a comment is never closed.

        What is added behind its start would not be seen.
        """
        if split_log_lines(self._data + b"\n", self.path)[-1].quiet:
            raise DocumentUpdateError(
                f"{safe_path(self.path)}: found a code block or a comment that is never closed",
                hint="Close it with the line that it needs.",
            )

    def unreleased(self) -> Heading | None:
        found = [heading for heading in self._headings if heading.is_unreleased]
        if len(found) > 1:
            raise DocumentUpdateError(
                f"{self.place(found[1])}: the heading Unreleased is there twice, first on line "
                f"{found[0].first + 1}",
                hint="Join the two sections.",
            )
        return found[0] if found else None

    def named_unreleased(self) -> Heading | None:
        """A heading such as `1.2.3 (unreleased)`, when it is the newest."""
        newest = self.newest()
        found = newest.release() if newest else None
        return newest if found and find_unreleased(found["after"]) else None

    def newest(self) -> Heading | None:
        """The first heading of a release."""
        return next((each for each in self._headings if each.release()), None)

    def is_of_release(self, heading: Heading) -> bool:
        found = heading.release()
        return found is not None and found["version"] == self._release.version

    def dated(self, heading: Heading, notes: Notes) -> tuple[Edit, ...]:
        """The heading `1.2.3 (unreleased)` gets its day."""
        day = day_like(self._release, self._headings)
        title = re.sub(r"(?i)\bunreleased\b", lambda _: day, heading.title, count=1)
        parts, edits = self._parts(heading, notes)
        text = [*heading.lines(title), *self._ahead(heading, parts)]
        return self._ordered([*edits, self._replaced(heading.first, heading.last, text)])

    def turned(self, heading: Heading, notes: Notes) -> tuple[Edit, ...]:
        """The heading stays, empty, with that of the version below it; links follow."""
        same = [each for each in self._headings if each.level == heading.level]
        after = [each for each in same if each.first > heading.first]
        title = make_title(self._release, after, "[" in heading.title)
        parts, edits = self._parts(heading, notes)
        if not parts and self._is_empty(heading) and not edits:
            parts = [NO_NOTES]
        fresh = [line.text for line in self._lines[heading.first : heading.last + 1]]
        renewed = link_title(self._release, heading.title)
        if renewed != heading.title:
            fresh = heading.lines(renewed)
        text = [*fresh, "", *heading.lines(title), *self._ahead(heading, parts)]
        edits.append(self._replaced(heading.first, heading.last, text))
        return self._ordered([*edits, *self._links(title)])

    def inserted(self, heading: Heading, notes: Notes) -> Edit:
        """A section before that of the newest release."""
        title = make_title(self._release, self._headings, False)
        text = heading.lines(title)
        for name, texts in notes.parts.items():
            text += ["", *self._part(heading, name, texts)]
        old = [line.text for line in self._lines[heading.first : heading.last + 1]]
        return self._replaced(heading.first, heading.last, [*text, "", *old])

    def _parts(self, heading: Heading, notes: Notes) -> tuple[list[str], list[Edit]]:
        """New parts for the top of the section, and edits that add to parts which it has."""
        fresh: list[str] = []
        edits: list[Edit] = []
        inside = self._inside(heading)
        top = min((each.level for each in inside), default=0)
        present = {each.title.casefold(): each for each in inside if each.level == top}
        for name, texts in notes.parts.items():
            part = present.get(name.casefold())
            if part:
                edits.append(self._added(part, texts))
            else:
                fresh += [*([""] if fresh else []), *self._part(heading, name, texts)]
        return fresh, edits

    def _part(self, heading: Heading, name: str, texts: Sequence[str]) -> list[str]:
        return [*self._sub_heading(heading).lines(name), "", *_joined(texts)]

    def _sub_heading(self, heading: Heading) -> Heading:
        """The style of a heading one level deeper in this log."""
        for each in self._headings:
            if each.level == heading.level + 1 and each.first > heading.first:
                return each
        if not is_rst(self.path):
            return Heading(0, 0, "", 0, "#" * min(6, heading.level + 1))
        used = {each.mark for each in self._headings}
        mark = next(mark for mark in "-~^\"'+*#:._=`" if mark not in used or mark == "`")
        return Heading(0, 1, "", 0, mark)

    def _ahead(self, heading: Heading, parts: list[str]) -> list[str]:
        """New parts below a heading, apart from it and from what follows."""
        follows = self._lines[heading.last + 1 : heading.last + 2]
        return ["", *parts, *([""] if follows and follows[0].text.strip() else [])] if parts else []

    def _inside(self, heading: Heading) -> list[Heading]:
        stop = self._stop(heading)
        return [each for each in self._headings if heading.last < each.first < stop]

    def _stop(self, heading: Heading) -> int:
        """The number of the first line that is no longer in the section of the heading."""
        later = (each for each in self._headings if each.first > heading.last)
        return next((each.first for each in later if each.level <= heading.level), len(self._lines))

    def _is_empty(self, heading: Heading) -> bool:
        """Whether the section has nothing but headings, comments and link definitions."""
        own = {
            number for each in self._inside(heading) for number in range(each.first, each.last + 1)
        }
        return not any(
            self._is_content(self._lines[number])
            for number in range(heading.last + 1, self._stop(heading))
            if number not in own
        )

    def _is_content(self, line: Line) -> bool:
        comment = line.quiet and not line.text.lstrip().startswith(("`", "~"))
        return not comment and not _ASIDE.match(line.text)

    def _added(self, part: Heading, texts: Sequence[str]) -> Edit:
        """The texts at the end of a part, after its last line with content."""
        last = part.last
        for number in range(part.last + 1, self._stop(part)):
            line = self._lines[number]
            last = number if line.quiet or not _ASIDE.match(line.text) else last
        old = self._lines[last].text
        listed = last > part.last and old.startswith(("- ", "* ", "  ")) and _is_list(texts)
        return self._replaced(last, last, [old, *([] if listed else [""]), *_joined(texts)])

    def _links(self, title: str) -> Iterator[Edit]:
        if is_rst(self.path):
            return
        for number, line in enumerate(self._lines):
            links = links_of(self._release, line, title)
            if links:
                known = links[1].partition("]:")[0].lower() + "]:"
                twice = any(each.text.lower().startswith(known) for each in self._lines)
                yield self._replaced(number, number, links[:1] if twice else links)
                return

    def _replaced(self, first: int, last: int, texts: Sequence[str]) -> Edit:
        start, end = self._lines[first].start, self._lines[last].end
        text = self._end.join("\n".join(texts).split("\n"))
        new = text.encode("utf-8", "surrogateescape")
        return Edit(self.path, start, end, self._data[start:end], new)

    def _ordered(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        return tuple(sorted(edits, key=lambda edit: edit.start))

    def place(self, heading: Heading) -> str:
        return f"{safe_path(self.path)}:{heading.first + 1}"


def _joined(texts: Sequence[str]) -> list[str]:
    """The texts below each other; lists without a line between them."""
    if _is_list(texts):
        return list(texts)
    return [line for text in texts for line in (text, "")][:-1]


def _is_list(texts: Sequence[str]) -> bool:
    return all(text.startswith(("- ", "* ")) for text in texts)


def safe_path(path: str) -> str:
    """The path as a message may show it."""
    return path if path.isprintable() else ascii(path)[1:-1]
