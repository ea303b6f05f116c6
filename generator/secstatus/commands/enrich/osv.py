"""enrich: what OSV (https://osv.dev) knows about the ids of findings, kept for the next time.

Records are kept as they came, one file each, below `security/reports/osv`; `index.json` beside
them records when each was requested. Without a network, the folder serves as a cache.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from secstatus.adapters.files import lock_folder
from secstatus.adapters.http import client
from secstatus.adapters.http.exchange import HttpLimits
from secstatus.adapters.http.url import redact_url
from secstatus.adapters.retry import Timing
from secstatus.errors import ExternalError, InputError, shown
from secstatus.findings.osv_record import Advisories, Advisory
from secstatus.project.osv_cache import FOLDER, OsvCache, parse_record
from secstatus.text.nouns import format_count
from secstatus.timestamps import format_day_and_time

OSV_URL = "https://api.osv.dev"
# Advisories change rarely, and several runs a day must not repeat the same requests.
FRESH = timedelta(hours=24)
# A few connections hide the latency and stay polite to a free service.
THREADS = 8
# Aliases of aliases end soon; these limits bound what forged records can make us ask for.
DEEPEST = 3
MOST_ALIASES = 50
MOST_IDS = 20000
DEADLINE = 120.0

_IS_ID = re.compile(r"[A-Za-z0-9]")
# What the API says of an id that is only an alias: the ids to ask for instead.
_ALIASES_WERE = re.compile(r"following aliases were: ([A-Za-z0-9 ,:._-]{1,2000})")


@dataclass(frozen=True, slots=True)
class EnrichResult:
    """The result of enrich. Ids are spelled as in the reports or records, and sorted.

    `problems` are sentences about failed lookups; the result is then incomplete.
    `notes` are sentences for the user: withdrawn records, contradictions. `asked` went over the
    network, `from_cache` did not; of `not_there` OSV has no record.
    """

    advisories: Advisories
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    from_cache: tuple[str, ...] = ()
    not_there: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return not self.problems


def enrich(
    root: Path,
    now: datetime,
    *,
    osv_url: str = OSV_URL,
    offline: bool = False,
    wanted: Sequence[tuple[str, str, str]] = (),
    limits: HttpLimits | None = None,
    timing: Timing | None = None,
) -> EnrichResult:
    """Get the records of the wanted ids (id, package, version) and of their aliases.

    `limits.deadline` is for the whole run. Raises UsageError for an invalid address,
    ExternalError when the cache cannot be written. A failing server is a problem in the result:
    then cached records of any age are used.
    """
    bounds = limits or HttpLimits(deadline=DEADLINE)
    run = _EnrichRun(root, now, osv_url, offline, bounds, timing or Timing())
    # Reading needs no lock: records are replaced as whole files.
    if offline or not wanted:
        return run.result(wanted)
    with lock_folder(root / FOLDER):
        result = run.result(wanted)
        run.cache.save()
    return result


@dataclass(frozen=True, slots=True)
class _OsvAnswer:
    """What came back for one id. `record` None without a problem: there is no such record."""

    name: str
    record: Advisory | None = None
    problems: tuple[str, ...] = ()
    asked: bool = False
    instead: tuple[str, ...] = ()

    @property
    def unanswered(self) -> bool:
        return self.record is None and bool(self.problems)


class _EnrichRun:
    """One walk along the aliases, level by level, each level requested in parallel."""

    def __init__(
        self,
        root: Path,
        now: datetime,
        osv_url: str,
        offline: bool,
        limits: HttpLimits,
        timing: Timing,
    ) -> None:
        self.now, self.offline, self.limits, self.timing = now, offline, limits, timing
        self.base = osv_url.rstrip("/")
        self.end = timing.clock() + limits.deadline
        self.cache = OsvCache(root, now)
        self.answers: dict[str, _OsvAnswer] = {}
        self.unasked: dict[str, str] = {}
        self.problems: list[str] = list(self.cache.problems)

    def result(self, wanted: Sequence[tuple[str, str, str]]) -> EnrichResult:
        level = _distinct(name for name, _, _ in wanted)
        for depth in range(DEEPEST + 1):
            level = self._level(level)
            if depth == DEEPEST and level:
                self._leave(level, f"they are more than {DEEPEST} aliases away")
        answers = sorted(self.answers.values(), key=lambda answer: answer.name)
        found = {a.record.id.casefold(): a.record for a in answers if a.record}
        unanswered = [*(a.name for a in answers if a.unanswered), *self.unasked.values()]
        # Decision 0011: a withdrawal closes a finding only if every id was answered.
        advisories = Advisories(found.values(), unanswered)
        return EnrichResult(
            advisories,
            problems=(*self.problems, *(text for a in answers for text in a.problems)),
            notes=(
                *_nowhere(answers, redact_url(self.base)),
                *_withdrawn(found.values()),
                *_contradictions(advisories, wanted),
            ),
            asked=tuple(a.name for a in answers if a.asked),
            from_cache=tuple(a.name for a in answers if not a.asked and a.record),
            not_there=tuple(a.name for a in answers if not a.record and not a.problems),
        )

    def _level(self, level: list[str]) -> list[str]:
        """Answers for all ids of a level; returns the aliases that were not requested yet."""
        room = MOST_IDS - len(self.answers)
        if len(level) > room:
            self._leave(level[room:], f"there are more than {MOST_IDS} ids")
        if self.offline:
            answers = [self._answer(name) for name in level[:room]]
        else:
            with ThreadPoolExecutor(max_workers=THREADS) as pool:
                answers = list(pool.map(self._answer, level[:room]))
        self.answers |= {answer.name.casefold(): answer for answer in answers}
        following = _distinct(name for answer in answers for name in self._aliases(answer))
        known = {*self.answers, *self.unasked}
        return [name for name in following if name.casefold() not in known]

    def _aliases(self, answer: _OsvAnswer) -> tuple[str, ...]:
        names = (*(answer.record.aliases if answer.record else ()), *answer.instead)
        if len(names) > MOST_ALIASES:
            self._leave(names[MOST_ALIASES:], f"{answer.name} has more than {MOST_ALIASES}")
        return names[:MOST_ALIASES]

    def _leave(self, names: Iterable[str], why: str) -> None:
        left = {name.casefold(): name for name in names}
        self.unasked |= left
        self.problems.append(f"{format_count(len(left), 'alias', 'aliases')} not asked for: {why}")

    def _answer(self, name: str) -> _OsvAnswer:
        cached, problem = self.cache.record(name)
        said = (problem,) if problem else ()
        age = self.cache.age(name)
        # A negative age comes from a clock that was wrong when the record was stored.
        fresh = age is not None and timedelta(0) <= age < FRESH
        if cached and (self.offline or fresh):
            return _OsvAnswer(name, self._checked(cached))
        if self.offline:
            return self._offline(name, said)
        answer = self._asked(name)
        # A stored record is better than none, whatever its age, but the run is incomplete then.
        if answer.record is None and cached:
            answer = self._kept(answer, cached)
        elif answer.record is None and not answer.problems:
            self.cache.note_missing(name)
        return replace(answer, problems=(*said, *answer.problems))

    def _kept(self, answer: _OsvAnswer, cached: Advisory) -> _OsvAnswer:
        """The record of an earlier run in the place of an answer that did not come."""
        age = self.cache.age(answer.name)
        since = format_day_and_time(self.now - age) if age is not None else "an unknown day"
        why = next(iter(answer.problems), f"{shown(answer.name)} is not there any more")
        problem = f"{why}; the record of {since} stands in"
        return replace(answer, record=self._checked(cached), problems=(problem,))

    def _offline(self, name: str, said: tuple[str, ...]) -> _OsvAnswer:
        if self.cache.is_known_missing(name):
            return _OsvAnswer(name)
        return _OsvAnswer(name, problems=said or (f"{shown(name)} is not in {FOLDER}; run online",))

    def _asked(self, name: str) -> _OsvAnswer:
        left = self.end - self.timing.clock()
        if left <= 0:
            text = f"{shown(name)} was not asked for: the time for all of them is over"
            return _OsvAnswer(name, problems=(text,))
        if not _IS_ID.search(name):
            return _OsvAnswer(name, problems=(f"{shown(name)} was not asked for: it is no id",))
        # `safe=''`: an id with a slash must not reach another path of the API.
        url = f"{self.base}/v1/vulns/{quote(name, safe='', errors='replace')}"
        try:
            bounds = replace(self.limits, deadline=left)
            answer = client.get(url, limits=bounds, timing=self.timing)
            # The body of the 404 names the records in which the id is only an alias.
            if not answer.is_found:
                return _OsvAnswer(name, asked=True, instead=_instead(answer.text))
            content, record = parse_record(answer.text, redact_url(url), name)
        except (ExternalError, InputError) as error:
            return _OsvAnswer(name, problems=(error.message,), asked=True)
        self.cache.keep(name, content)
        return _OsvAnswer(name, self._checked(record), asked=True)

    def _checked(self, record: Advisory) -> Advisory:
        """A record with a withdrawal date after `now` is still valid."""
        if record.withdrawn and record.withdrawn > self.now:
            return replace(record, withdrawn=None)
        return record


def _distinct(names: Iterable[str]) -> list[str]:
    """The names once each, whatever their case; the first spelling stays."""
    found: dict[str, str] = {}
    for name in filter(None, names):
        # Scanners spell the same id in different case.
        found.setdefault(name.casefold(), name)
    return [found[key] for key in sorted(found)]


def _instead(text: str) -> tuple[str, ...]:
    match = _ALIASES_WERE.search(text[:10000])
    return tuple(match[1].replace(",", " ").split()) if match else ()


def _nowhere(answers: Sequence[_OsvAnswer], osv_url: str) -> list[str]:
    """A warning if the server has no record of any id: its address may be wrong."""
    asked = [answer for answer in answers if answer.asked]
    if not asked or any(answer.record or answer.problems for answer in asked):
        return []
    text = (
        f"{osv_url} has no record of any of {format_count(len(asked), 'id')}: is the address right?"
    )
    return [text]


def _withdrawn(records: Iterable[Advisory]) -> list[str]:
    return [
        f"{record.id} was withdrawn on {format_day_and_time(record.withdrawn)}"
        for record in records
        if record.withdrawn
    ]


def _contradictions(advisories: Advisories, wanted: Sequence[tuple[str, str, str]]) -> list[str]:
    """A warning for each record by which the version that a scanner reported is not affected."""
    return [
        f"{record.id} does not count {package} {shown(version)} as affected; the finding stays"
        for name, package, version in sorted(set(wanted))
        for record in advisories.about((name,), package)
        if version and record.affects(package, version) is False
    ]
