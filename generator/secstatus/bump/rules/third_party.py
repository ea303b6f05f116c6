"""Patterns around a version that show, or may show, that it belongs to a third party.

`third_party.toml` holds them, and explains their keys. They are tried before all other rules.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache, partial

from secstatus.bump.context import MatchContext, decode_for_display
from secstatus.bump.reference import ContextJudgement, ReferenceVerdict
from secstatus.bump.vocabulary import FileType, load_vocabulary
from secstatus.package_data import Section, read_data


@dataclass(frozen=True, slots=True)
class ThirdPartyPattern:
    """The pattern of a line: `before` ends at the version, `after` begins behind it.

    `own` and `another` are the answers for a subject that is the project, or that is not; None
    leaves the answer to the next pattern.
    """

    name: str
    before: re.Pattern[bytes]
    after: re.Pattern[bytes]
    own: ReferenceVerdict | None
    another: ReferenceVerdict | None
    reason: str
    kinds: frozenset[FileType]

    def judge(self, context: MatchContext) -> ContextJudgement | None:
        """The owner of the version; None if the pattern does not match or has no answer."""
        if self.kinds and context.kind not in self.kinds:
            return None
        before = self.before.search(context.before)
        after = self.after.match(context.after) if before else None
        if before is None or after is None:
            return None
        subject = decode_for_display(
            {**after.groupdict(), **before.groupdict()}.get("subject") or b""
        )
        return self._answer(subject, context)

    def _answer(self, subject: str, context: MatchContext) -> ContextJudgement | None:
        ours = bool(subject) and context.names.mean_us(subject)
        # "requires version 1.2": the subject is no name, so that nobody is named.
        if not ours and load_vocabulary().is_ordinary(subject):
            return None
        verdict = self.own if ours else self.another
        return ContextJudgement(verdict, self.name, self.reason) if verdict else None


def judge_third_party(context: MatchContext) -> ContextJudgement | None:
    """The answer of the first pattern that has one."""
    judgements = (each.judge(context) for each in load_third_party_patterns())
    return next((each for each in judgements if each is not None), None)


@lru_cache(maxsize=1)
def load_third_party_patterns() -> tuple[ThirdPartyPattern, ...]:
    """The patterns in `third_party.toml`, read once, in their order."""
    data = read_data("secstatus.bump.rules", "third_party.toml")
    fragments = data.text_table("fragments")
    patterns = data.entries("pattern", partial(_pattern, fragments=fragments), "name")
    data.close()
    return patterns


def _pattern(entry: Section, fragments: Mapping[str, str]) -> ThirdPartyPattern:
    found = ThirdPartyPattern(
        name=entry.text("name"),
        before=entry.pattern("before", fragments, re.IGNORECASE),
        after=entry.pattern("after", fragments, re.IGNORECASE),
        own=entry.optional_choice("own", ReferenceVerdict),
        another=entry.optional_choice("another", ReferenceVerdict),
        reason=entry.text("reason"),
        kinds=entry.choices("kinds", FileType),
    )
    # A pattern that matches everything would answer for every occurrence.
    if not found.before.pattern + found.after.pattern:
        raise entry.error("expected a pattern in before or after")
    return found
