"""Deliver alerts: each state once to each channel, and again only if the delivery has failed.

State is kept in the `notice` events of the journal. The next run repeats a failed delivery, for
whatever reason it failed. If only the response was lost, a channel may get an alert twice; that is
preferred to a lost alert.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from secstatus.commands.monitor.channels import (
    RAISED,
    RECOVERED,
    REMINDED,
    Channel,
    Channels,
    DeliveryOutcome,
    DeliveryResult,
    Message,
)
from secstatus.errors import SecstatusError, UsageError
from secstatus.jsonio.values import read_timestamp
from secstatus.monitoring.alerts.states import ENDS, AlertState
from secstatus.monitoring.journal.event import Event, EventKind
from secstatus.monitoring.journal.values import truncate_line
from secstatus.timestamps import format_timestamp

if TYPE_CHECKING:
    from secstatus.adapters.apprise_channel import Service
    from secstatus.adapters.github_api import GitHub
    from secstatus.adapters.retry import Timing

__all__ = ["Channel", "Channels", "Message", "channels_of", "deliver", "github_of", "make_message"]

# Actions has the former; the latter is the variable of GitHub's command line program.
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN")
# A channel that fails that often in one run is not there; the others are not kept waiting.
MOST_FAILURES = 3
_STATES = frozenset(AlertState)
Deliveries = tuple[tuple[Event, ...], tuple[str, ...]]


class AlertLike(Protocol):
    """The parts of an alert that a message contains; `kind` and `state` are words."""

    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def state(self) -> str: ...
    @property
    def at(self) -> datetime: ...


class NoticeLike(Protocol):
    """The texts about it."""

    @property
    def title(self) -> str: ...
    @property
    def body_markdown(self) -> str: ...
    @property
    def plain_text(self) -> str: ...
    @property
    def marker(self) -> str: ...


def make_message(alert: AlertLike, notice: NoticeLike) -> Message:
    """Make the message about an alert."""
    named = (str(alert.kind), alert.subject, str(alert.state), alert.at)
    texts = (notice.title, notice.body_markdown, notice.plain_text, notice.marker)
    return Message(*named, *texts)


def deliver(
    messages: Iterable[Message], events: Iterable[Event], channels: Channels, now: datetime
) -> Deliveries:
    """Deliver to each channel the messages that it has not received yet.

    `messages` are the latest states of all alerts in the journal, also old and ended ones: a new
    channel, or one that has failed, catches up. `events` are those of the journal. Returns the
    events to add, and the failures, one safe line each. Raises nothing: a channel that fails does
    not stop the others.
    """
    # Only the last word about an alert counts: who hears both would believe the older one.
    last: dict[tuple[str, str], Message] = {}
    for message in sorted(messages, key=lambda each: each.at):
        last[message.alert, message.subject] = message
    past = _past(events)
    made: list[Event] = []
    problems: list[str] = []
    for channel in channels:
        events_of_it, problems_of_it = _told(channel, tuple(last.values()), past, now)
        made += events_of_it
        problems += problems_of_it
    return tuple(made), tuple(problems)


@dataclass(frozen=True, slots=True)
class _Heard:
    """The last state of an alert that a channel received, and the time of a failed message."""

    state: str = ""
    of: datetime | None = None
    muted: bool = False
    failed: datetime | None = None


_Past = Mapping[tuple[str, str, str], _Heard]


def _past(events: Iterable[Event]) -> _Past:
    found: dict[tuple[str, str, str], _Heard] = {}
    for event in sorted(events, key=lambda each: each.at):
        if event.kind != EventKind.NOTICE:
            continue
        names = [event.details.get(name) for name in ("channel", "alert", "subject", "state")]
        channel, alert, subject, state = (each if isinstance(each, str) else "" for each in names)
        # A newer version may write states that this one does not know.
        if state not in _STATES:
            continue
        # The alert is older than its delivery, so that the latter can stand for it.
        of = min(read_timestamp(event.details.get("of")) or event.at, event.at)
        key = channel, alert, subject
        found[key] = _next(found.get(key, _Heard()), event.outcome, state, of)
    return found


def _next(heard: _Heard, outcome: str, state: str, of: datetime) -> _Heard:
    if outcome == DeliveryOutcome.FAILED:
        return replace(heard, failed=of)
    # Lines of two machines are merged (decision 0016), so an older delivery may come later.
    if outcome not in (DeliveryOutcome.SENT, DeliveryOutcome.MUTED) or (heard.of and of < heard.of):
        return heard
    return replace(heard, state=state, of=of, muted=outcome == DeliveryOutcome.MUTED)


def _told(
    channel: Channel, messages: Sequence[Message], past: _Past, now: datetime
) -> tuple[list[Event], list[str]]:
    due = []
    for message in messages:
        heard = past.get((channel.name, message.alert, message.subject), _Heard())
        if (fit := _due(message, heard)) is not None:
            due.append((fit, heard))
    # What has failed before waits for the rest: one message that is never taken stops no other.
    due.sort(key=lambda each: each[1].failed == each[0].at)
    made: list[Event] = []
    problems: list[str] = []
    failures = 0
    for number, (message, heard) in enumerate(due):
        if failures == MOST_FAILURES:
            problems.append(f"{channel.name}: {len(due) - number} more are left for the next run")
            break
        event, problem, failed = _delivered(channel, message, heard, now)
        failures += failed
        made += [event] if event else []
        problems += [problem] if problem else []
    return made, problems


def _due(message: Message, heard: _Heard) -> Message | None:
    """What the channel has to hear; None where it knows, or would hear the end of nothing."""
    if heard.of is not None and heard.of >= message.at:
        return None
    knows = heard.state in (RAISED, REMINDED)
    # An end without a beginning would only puzzle whoever receives it.
    if message.state in ENDS:
        return message if knows else None
    # Who has not heard of it is not reminded.
    return message if knows or message.state == RAISED else replace(message, state=RAISED)


def _delivered(
    channel: Channel, message: Message, heard: _Heard, now: datetime
) -> tuple[Event | None, str, bool]:
    """The event, the line to report, and whether the delivery failed.

    A failure is recorded once for each message: a probe every five minutes would otherwise
    fill the journal.
    """
    try:
        told = channel.tell(message)
    except SecstatusError as error:
        hint = f" {error.hint}" if error.hint else ""
        problem = truncate_line(
            f"{channel.name}: {message.alert} was not delivered: {error.message}.{hint}", 600
        )
        again = heard.failed == message.at
        event = _event(channel, message, now, DeliveryResult(DeliveryOutcome.FAILED, error.message))
        return None if again else event, problem, True
    silent = told.outcome is DeliveryOutcome.MUTED and heard.muted
    remark = truncate_line(f"{channel.name}: {told.remark}") if told.remark and not silent else ""
    return _event(channel, message, now, told), remark, False


def _event(channel: Channel, message: Message, now: datetime, told: DeliveryResult) -> Event:
    details = {
        "alert": message.alert,
        "channel": channel.name,
        "of": format_timestamp(message.at),
        "state": message.state,
        "subject": message.subject,
    }
    if told.outcome is DeliveryOutcome.FAILED:
        details["reason"] = truncate_line(told.remark)
    return Event(
        # A delivery is never older than its alert, even if the clock of this machine is behind.
        max(now.replace(microsecond=0), message.at),
        str(EventKind.NOTICE),
        str(told.outcome),
        details,
    )


def github_of(variables: Mapping[str, str], timing: Timing | None = None) -> GitHub | None:
    """The API with the token of the environment; None without one.

    Raises UsageError for a token or an address that cannot be one.
    """
    from secstatus.adapters.github_api import API, GitHub

    token = next((variables[name].strip() for name in TOKENS if variables.get(name)), "")
    # GitHub Enterprise Server sets it to its own address in the environment of a workflow.
    base = variables.get("GITHUB_API_URL", "").strip() or API
    return GitHub(token, base, timing=timing) if token else None


def channels_of(
    repository: str,
    variables: Mapping[str, str],
    *,
    issues: bool = True,
    timing: Timing | None = None,
) -> tuple[Channels, tuple[str, ...]]:
    """The channels that the environment configures, and the problems, one safe line each.

    `repository` is empty if unknown; `issues`: whether issues are allowed.
    """
    # Imported here, because most runs send nothing.
    from secstatus.adapters.apprise_channel import VARIABLE, services
    from secstatus.commands.monitor.channels import IssueChannel

    found: list[Channel] = []
    problems: list[str] = []
    try:
        github = github_of(variables, timing) if issues else None
    except UsageError as error:
        github = None
        problems.append(error.message)
    if github is not None and repository:
        found.append(IssueChannel(github, repository))
    # Silence would look as if all were well, so half a configuration is a problem.
    elif github is not None:
        problems.append("there is a token for issues, and the configuration names no repository")
    others, wrong = services(variables.get(VARIABLE, ""))
    return (*found, *(_ServiceChannel(each) for each in others)), (*problems, *wrong)


class _ServiceChannel:
    """A service that apprise reaches; it keeps no state, so each state is a separate message."""

    def __init__(self, service: Service) -> None:
        self._service = service

    @property
    def name(self) -> str:
        return self._service.name

    def tell(self, message: Message) -> DeliveryResult:
        self._service.send(message.title, message.plain, good=message.state == RECOVERED)
        return DeliveryResult()
