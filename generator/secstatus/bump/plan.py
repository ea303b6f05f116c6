"""Plan: all edits of a bump before the first one is made, and what it leaves alone and why."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from secstatus.bump.finder import find_references, find_stale_references, rule_name
from secstatus.bump.occurrence import respell_version, search_pattern
from secstatus.bump.policy import ReferencePolicy, ReferenceRule
from secstatus.bump.reference import DocumentReference, Edit, Own, ReferenceVerdict
from secstatus.errors import DocumentUpdateError, shown
from secstatus.text.globs import matches

_TAKEN = "taken"
# Only in a badge of shields.io does a dash have to be doubled: https://shields.io/badges
_BADGE = re.compile(rb"/badge/[^\s\"'<>)]*\Z|[?&]message=v?\Z")


@dataclass(frozen=True, slots=True)
class BumpPlan:
    """What a bump from `old` to `new` does.

    `changed`: the references behind the `edits`, in the same order. `needs_review`: those that a
    person has to judge; they stay. `others` are explained and stay. `stale` speak of the project
    but of neither version; they stay too.
    """

    old: str
    new: str
    edits: tuple[Edit, ...]
    changed: tuple[DocumentReference, ...]
    needs_review: tuple[DocumentReference, ...]
    others: tuple[DocumentReference, ...]
    stale: tuple[DocumentReference, ...]

    def contents(self, files: Mapping[str, bytes]) -> dict[str, bytes]:
        """The new bytes of every file that changes.

        A file that has changed since the plan was made is an error.
        """
        by_file: dict[str, list[Edit]] = {}
        for edit in self.edits:
            by_file.setdefault(edit.file_path, []).append(edit)
        return {path: _edited(path, files.get(path), edits) for path, edits in by_file.items()}

    def diff(self, files: Mapping[str, bytes]) -> str:
        """The change as a readable unified diff, without characters that move the cursor."""
        return "".join(
            render_diff(path, files[path], content)
            for path, content in self.contents(files).items()
        )


def plan_bump(
    files: Mapping[str, bytes],
    own: Own,
    old: str,
    new: str,
    policy: ReferencePolicy,
    taken: Collection[str] = (),
    named: Mapping[str, bytes] | None = None,
) -> BumpPlan:
    """The plan that brings every reference of ours in the files from `old` to `new`.

    `taken`: places (`file:line`) of references that need review and that a person judged to be
    ours; `named`: the files that are searched for stale references, None for all of `files`.
    Raises DocumentUpdateError when a rule has too few hits, when a taken place has no reference
    that needs review, when edits overlap, and when nothing at all would change.
    """
    found = [
        each
        for path in sorted(files)
        for each in find_references(path, files[path], own, old, policy)
    ]  # fmt: skip
    # A rule that hits nothing is a rule for a file that was moved: the version there would stay the
    # old one.
    _require_rules(found, policy.rules)
    _require_taken(found, taken)
    changed = tuple(each for each in found if _changes(each, taken))
    edits = tuple(_edit(each, files[each.file_path], new) for each in changed)
    # Applied one after the other, overlapping edits would leave neither version.
    _require_apart(edits)
    # Nothing to change means a wrong name or version, and must not end as a successful bump.
    if not edits:
        raise DocumentUpdateError(
            f"nothing names version {shown(old)} of {shown(own.name)}, so nothing would change",
            hint="check the name and the version of the project, and the excluded files",
        )
    return BumpPlan(
        old=old,
        new=new,
        edits=edits,
        changed=changed,
        needs_review=tuple(
            each for each in found if _needs_review(each) and not _changes(each, taken)
        ),
        others=tuple(each for each in found if each.judgement.verdict is ReferenceVerdict.OTHERS),
        stale=tuple(
            each
            for path, content in sorted((files if named is None else named).items())
            if not matches(path, policy.exclude)
            for each in find_stale_references(path, content, own, old)
        ),
    )


def _needs_review(reference: DocumentReference) -> bool:
    return reference.judgement.verdict is ReferenceVerdict.NEEDS_REVIEW


def _changes(reference: DocumentReference, taken: Collection[str]) -> bool:
    return reference.judgement.verdict is ReferenceVerdict.OURS or (
        _needs_review(reference) and reference.place in taken
    )


def _can_change(reference: DocumentReference) -> bool:
    """Whether the bytes are plain text: UTF-16 is never changed."""
    return b"\0" not in reference.occurrence.written


def _require_rules(found: Iterable[DocumentReference], rules: Iterable[ReferenceRule]) -> None:
    hits = Counter(each.judgement.pattern for each in found)
    for rule in rules:
        number = hits[rule_name(rule)]
        if number < rule.at_least:
            raise DocumentUpdateError(
                f"the rule {shown(rule.pattern)} has {number} hits in {', '.join(rule.files)}, "
                f"expected at least {rule.at_least}",
                hint="correct the rule in the configuration, or lower its minimum",
            )


def _require_taken(found: Iterable[DocumentReference], taken: Collection[str]) -> None:
    possible = {each.place for each in found if _needs_review(each) and _can_change(each)}
    for place in sorted(taken):
        if place not in possible:
            raise DocumentUpdateError(
                f"{shown(place)} has no reference that needs review",
                hint="take places as they are listed: file:line",
                details=sorted(possible)[:20],
            )


def _require_apart(edits: Iterable[Edit]) -> None:
    last: Edit | None = None
    for edit in sorted(edits, key=lambda each: (each.file_path, each.start)):
        if last and last.file_path == edit.file_path and edit.start < last.end:
            raise DocumentUpdateError(
                f"{edit.file_path}: two edits overlap at byte {edit.start}",
                hint="report this: one place must have one reference",
            )
        last = edit


def _edit(reference: DocumentReference, content: bytes, new: str) -> Edit:
    old = reference.occurrence
    line = content[max(0, old.start - 300) : old.start].rsplit(b"\n", 1)[-1]
    written = respell_version(new, old.written, in_badge=_BADGE.search(line) is not None)
    return Edit(reference.file_path, old.start, old.end, old.written, written)


def _edited(path: str, content: bytes | None, edits: Iterable[Edit]) -> bytes:
    if content is None:
        raise DocumentUpdateError(f"{path}: the file is gone", hint="plan again")
    parts, last = [], 0
    for edit in sorted(edits, key=lambda each: each.start):
        # A formatter or an editor may have written the file since it was read.
        if content[edit.start : edit.end] != edit.old:
            raise DocumentUpdateError(
                f"{path}: found {shown(content[edit.start : edit.end])} at byte {edit.start}, "
                f"expected {shown(edit.old)}",
                hint="the file was changed after the plan was made; plan again",
            )
        parts += [content[last : edit.start], edit.new]
        last = edit.end
    return b"".join([*parts, content[last:]])


def render_diff(path: str, old: bytes, new: bytes) -> str:
    """The change of one file as a unified diff, without a character that moves the cursor."""
    # Imported here: only a dry run and the prompts show a diff.
    import difflib

    before, after = _visible(old), _visible(new)
    name = _safe(path)
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _visible(content: bytes) -> list[str]:
    lines = content.decode("utf-8", "replace").removesuffix("\n").split("\n")
    return [_safe(line) for line in lines]


def _safe(line: str) -> str:
    """The text with every character that is not printable, but the tab, as an escape."""
    if line.isprintable():
        return line
    return "".join(
        char if char.isprintable() or char == "\t" else ascii(char)[1:-1] for char in line
    )


def find_leftovers(
    files_after: Mapping[str, bytes], plan: BumpPlan, own: Own, policy: ReferencePolicy
) -> list[DocumentReference]:
    """Occurrences of the old version that nothing explains, in the files after the change.

    An occurrence that the plan left alone is recognised by its line, which is the same except for
    the versions in it. An occurrence of a third party is explained. The others are left over.
    """
    # Counted, since the same line may occur several times in a file.
    known = Counter(
        (each.file_path, _reading(each, plan)) for each in (*plan.needs_review, *plan.others)
    )
    left = []
    for path in sorted(files_after):
        for each in find_references(path, files_after[path], own, plan.old, policy):
            key = path, _reading(each, plan)
            if known[key] > 0:
                known[key] -= 1
            elif each.judgement.verdict is not ReferenceVerdict.OTHERS:
                left.append(each)
    return left


def _reading(reference: DocumentReference, plan: BumpPlan) -> str:
    """The line without its versions, so that a neighbour that was changed does not matter."""
    # A line that names both versions reads otherwise after the bump, although nothing is wrong with
    # it.
    pattern = f"{search_pattern(plan.old).decode()}|{search_pattern(plan.new).decode()}"
    return re.sub(pattern, "\0", reference.content_match)
