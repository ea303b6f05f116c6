"""Notification channels: the interface, and GitHub issues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol

from secstatus.adapters.github_api import GitHub, MaybeDone, NotThere
from secstatus.errors import ExternalError
from secstatus.monitoring.alerts.states import ENDS
from secstatus.timestamps import format_timestamp

RAISED, REMINDED, RECOVERED = "raised", "reminded", "recovered"
STATES = (RAISED, REMINDED, RECOVERED)


@dataclass(frozen=True, slots=True)
class Message:
    """The latest state of one alert, as text for the channels.

    `alert` is its kind; kind and `subject` name it. `state` is one of `STATES`, entered at `at`.
    `marker` is a line that is in every issue about it, and in no other.
    """

    alert: str
    subject: str
    state: str
    at: datetime
    title: str
    markdown: str
    plain: str
    marker: str


class DeliveryOutcome(StrEnum):
    """How a delivery ended. `muted`: a person closed the issue, or there is nothing to end."""

    SENT = "sent"
    MUTED = "muted"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class DeliveryResult:
    """A delivery that has not failed; `remark` is one safe line for the output."""

    outcome: DeliveryOutcome = DeliveryOutcome.SENT
    remark: str = ""


class Channel(Protocol):
    """A destination of notifications."""

    @property
    def name(self) -> str:
        """A short, stable name without secrets, since the journal keeps it."""

    def tell(self, message: Message) -> DeliveryResult:
        """Deliver the message. Raises ExternalError if that has failed, or may have."""


Channels = Sequence[Channel]


# Issues are found by label, because GitHub's search has a lower rate limit of its own.
LABEL = "secstatus-alert"
LABEL_LOOKS = {"color": "b60205", "description": "The security status needs attention"}
NEEDS = "issues: write"
# GitHub's pages have at most 100 entries.
MOST_PAGES = 10
# What GitHub takes is 256 and 65,536 characters.
LONGEST_TITLE, LONGEST_BODY = 250, 60_000
# Before a write shows in the lists.
SETTLING = 2.0
# Clocks differ; an answer about a longer time costs nothing.
EARLIER = timedelta(days=1)


class IssueChannel:
    """The issues of one repository.

    `raised` comments on the open issue about the same alert, or opens one. `reminded` comments.
    `recovered` comments and closes, and so does `unwatched`, with the reason "not planned". An
    issue that a maintainer closes while the alert lasts is muted: reopening it, or commenting on
    it, would override that decision. The next time the alert is raised, there is a new issue.

    Only an issue by a bot or by the owner of the token counts, because any user can put the
    marker into an issue.
    """

    name = "issues"

    def __init__(self, github: GitHub, repository: str) -> None:
        self._github, self._path = github, f"/repos/{repository}"
        self._login: str | None = None

    def tell(self, message: Message) -> DeliveryResult:
        issue = self._newest(message.marker)
        is_open = issue is not None and issue.get("state") == "open"
        if issue is not None and is_open:
            return self._continued(issue, message)
        if message.state in ENDS:
            return DeliveryResult(DeliveryOutcome.MUTED)
        # A reminder opens an issue only if none ever existed: a closed one is a decision of a
        # person.
        if issue is None or message.state == RAISED:
            return self._opened(message)
        remark = f"issue #{issue['number']} was closed while its alert lasts; not reported there"
        return DeliveryResult(DeliveryOutcome.MUTED, remark)

    def _continued(self, issue: Mapping[str, Any], message: Message) -> DeliveryResult:
        number = issue["number"]
        # A run whose answer was lost may have reported it already; the key in the text shows that.
        if not _has_line(issue, _key(message)):
            self._comment(number, message)
        if message.state in ENDS:
            self._close(number, "completed" if message.state == RECOVERED else "not_planned")
        return DeliveryResult()

    def _newest(self, marker: str) -> Mapping[str, Any] | None:
        """The newest issue of ours about the alert, open or closed."""
        # `state` is `open` by default in GitHub's API, which would hide what a person has closed.
        query = {"labels": LABEL, "state": "all", "sort": "created", "direction": "desc"}
        path = f"{self._path}/issues"
        found = self._github.pages(path, query, needs=NEEDS, most=MOST_PAGES)
        return next((each for each in self._ours(found.items, marker) if _is_issue(each)), None)

    def _ours(self, items: Iterable[Any], line: str) -> Iterable[Mapping[str, Any]]:
        return (
            each
            for each in items
            if isinstance(each, dict) and _has_line(each, line) and self._is_ours(each.get("user"))
        )

    def _is_ours(self, user: Any) -> bool:
        if not isinstance(user, dict):
            return False
        # GITHUB_TOKEN acts as github-actions[bot], whose type is `Bot`.
        return user.get("type") == "Bot" or (
            isinstance(user.get("login"), str)
            and bool(user["login"])
            and user["login"] == self._me()
        )

    def _me(self) -> str:
        """The owner of the token; empty for the token of a workflow, which may not query it."""
        if self._login is None:
            try:
                # GitHub refuses this request with 403 for the token of a workflow, which is no
                # person.
                user = self._github.get("/user", needs="a token of a person")
            except ExternalError:
                user = None
            login = user.get("login") if isinstance(user, dict) else None
            self._login = login if isinstance(login, str) else ""
        return self._login

    def _opened(self, message: Message) -> DeliveryResult:
        self._make_label()
        body = {
            "title": _line(message.title),
            "body": _body(message, message.marker, _key(message)),
            "labels": [LABEL],
        }
        try:
            # A POST is not idempotent (RFC 9110, 9.2.2), so an unclear answer is looked up and not
            # repeated.
            made = self._github.post(f"{self._path}/issues", body, needs=NEEDS)
        except MaybeDone:
            self._github.timing.sleep(SETTLING)
            made = self._newest(message.marker)
            if made is None or not _has_line(made, _key(message)):
                raise
        # GitHub drops labels silently if the token may not set them.
        if _is_labelled(made):
            return DeliveryResult()
        remark = f"the new issue has no label {LABEL}, by which it is found again: add it by hand"
        return DeliveryResult(remark=remark)

    def _make_label(self) -> None:
        try:
            self._github.get(f"{self._path}/labels/{LABEL}", needs=NEEDS)
        except NotThere:
            try:
                body = {"name": LABEL, **LABEL_LOOKS}
                self._github.post(f"{self._path}/labels", body, needs=NEEDS)
            except ExternalError:
                # GitHub makes a label that an issue names, if in another colour; where it may not,
                # the issue is what has to say so.
                return

    def _comment(self, number: int, message: Message) -> None:
        if self._is_commented(number, message):
            return
        body = {"body": _body(message, _key(message))}
        try:
            self._github.post(f"{self._path}/issues/{number}/comments", body, needs=NEEDS)
        except MaybeDone:
            self._github.timing.sleep(SETTLING)
            if not self._is_commented(number, message):
                raise

    def _is_commented(self, number: int, message: Message) -> bool:
        path, query = (
            f"{self._path}/issues/{number}/comments",
            # `since` keeps the list short in an issue that has been reminded for months.
            {"since": format_timestamp(message.at - EARLIER)},
        )
        found = self._github.pages(path, query, needs=NEEDS, most=MOST_PAGES)
        return any(True for _ in self._ours(found.items, _key(message)))

    def _close(self, number: int, reason: str) -> None:
        path = f"{self._path}/issues/{number}"
        try:
            # `state_reason` is `completed` or `not_planned` in GitHub's API.
            self._github.patch(path, {"state": "closed", "state_reason": reason}, needs=NEEDS)
        except MaybeDone:
            self._github.timing.sleep(SETTLING)
            issue = self._github.get(path, needs=NEEDS)
            if not isinstance(issue, dict) or issue.get("state") != "closed":
                raise


def _is_issue(item: Mapping[str, Any]) -> bool:
    # GitHub lists pull requests among the issues; they have the key `pull_request`. bool is an int.
    return type(item.get("number")) is int and item["number"] > 0 and "pull_request" not in item


def _is_labelled(issue: Any) -> bool:
    labels = issue.get("labels") if isinstance(issue, dict) else None
    return isinstance(labels, list) and any(
        isinstance(each, dict) and each.get("name") == LABEL for each in labels
    )


def _has_line(item: Mapping[str, Any], line: str) -> bool:
    body = item.get("body")
    # A whole line, because a person may quote the mark within another one.
    return isinstance(body, str) and line in (each.strip() for each in body.splitlines())


def _key(message: Message) -> str:
    # An HTML comment is part of the text and not shown.
    return f"<!-- secstatus-notice: {message.state} {format_timestamp(message.at)} -->"


def _line(text: str) -> str:
    line = " ".join(text.split()) or "secstatus"
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def _body(message: Message, *lines: str) -> str:
    """The text, and the lines below it, which a cut must not lose."""
    text = message.markdown
    if len(text) > LONGEST_BODY:
        # Cut at the end of a line, so that no Markdown stays open within it.
        text = text[:LONGEST_BODY].rpartition("\n")[0] + "\n\nThe rest is cut off."
    there = text.splitlines()
    return "\n".join([text.rstrip(), "", *(line for line in lines if line not in there)]) + "\n"
