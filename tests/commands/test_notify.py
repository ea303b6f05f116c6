"""Who is told what, and when again: channels that fail, issues on a server of this machine, apprise."""

import json
import logging
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.adapters.apprise_channel import services
from secstatus.adapters.github_api import LIMITS, GitHub
from secstatus.commands.monitor.channels import (
    LABEL,
    DeliveryOutcome,
    DeliveryResult,
    IssueChannel,
    Message,
)
from secstatus.commands.monitor.notify import channels_of, deliver, github_of
from secstatus.errors import ExternalError, UsageError
from secstatus.monitoring.journal.event import Event
from secstatus.monitoring.journal.line import decode_line, encode_line
from tests.support.clock import FakeClock
from tests.support.faults import cut, hangs_up, replies, silent
from tests.support.github import (
    BOT,
    PERSON,
    REPOSITORY,
    STRANGER,
    TOKEN,
    done_and_lost,
    github_stub,
    refused,
)
from tests.support.server import Exchange, FaultyServer, running

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
MARKER = "<!-- secstatus-alert: 0123456789abcdef -->"


def message(state="raised", at=NOW, subject="https://example.org/", alert="down", **more):
    texts = (f"It is {state}", f"**{state}** of {subject}", f"{state} of {subject}", MARKER)
    return replace(Message(alert, subject, state, at, *texts), **more)


class Fake:
    """A channel that remembers; `failing` are the subjects that it never takes."""

    def __init__(self, name="fake", failing=(), muted=()):
        self.name, self.failing, self.muted, self.told = name, set(failing), set(muted), []

    def tell(self, told):
        self.told.append((told.subject, told.state))
        if told.subject in self.failing:
            raise ExternalError(f"{told.subject} was refused", hint="Try later.")
        if told.subject in self.muted:
            return DeliveryResult(DeliveryOutcome.MUTED, "it was closed")
        return DeliveryResult()


class Journal:
    """Events as the journal gives them back."""

    def __init__(self):
        self.events = []

    def run(self, channels, *messages, now=NOW):
        made, problems = deliver(messages, tuple(self.events), channels, now)
        self.events += [decode_line(encode_line(each).strip(), "journal") for each in made]
        return problems


def test_each_state_is_told_once():
    journal, channel = Journal(), Fake()
    for state, hours in (("raised", 0), ("reminded", 5), ("recovered", 9)):
        for again in range(3):
            at = NOW + hours * HOUR
            assert journal.run([channel], message(state, at), now=at + again * HOUR) == ()
    assert [state for _, state in channel.told] == ["raised", "reminded", "recovered"]
    assert journal.events[0] == Event(
        NOW,
        "notice",
        "sent",
        {
            "alert": "down",
            "channel": "fake",
            "of": "2026-11-25T08:00:00Z",
            "state": "raised",
            "subject": "https://example.org/",
        },
    )


def test_an_alert_is_told_later_to_who_has_not_heard_of_it():
    journal, first, second = Journal(), Fake("first"), Fake("second")
    journal.run([first], message())
    journal.run([first, second], message(), now=NOW + HOUR)
    assert [len(each.told) for each in (first, second)] == [1, 1]


def test_who_has_not_heard_of_it_is_not_reminded_but_told():
    journal, channel = Journal(), Fake()
    journal.run([channel], message("reminded"))
    journal.run([channel], message("reminded"))
    assert channel.told == [("https://example.org/", "raised")]
    journal.run([channel], message("recovered", NOW + HOUR), now=NOW + HOUR)
    assert channel.told[1:] == [("https://example.org/", "recovered")]


def test_the_end_of_what_nobody_has_heard_of_is_not_told():
    journal, channel = Journal(), Fake()
    assert journal.run([channel], message("recovered")) == ()
    assert (channel.told, journal.events) == ([], [])


def test_what_nobody_looks_at_any_more_is_told_once_and_only_to_who_knows():
    journal, first, second = Journal(), Fake("first"), Fake("second")
    journal.run([first], message())
    for hours in (1, 2):
        journal.run([first, second], message("unwatched", NOW + HOUR), now=NOW + hours * HOUR)
    assert [state for _, state in first.told] == ["raised", "unwatched"]
    assert second.told == []


def test_an_end_is_told_once_even_when_it_happens_again():
    journal, channel = Journal(), Fake()
    for hours, state in enumerate(("raised", "recovered", "raised", "recovered", "recovered")):
        at = NOW + hours * HOUR
        journal.run([channel], message(state, at), now=at)
    assert [state for _, state in channel.told] == ["raised", "recovered"] * 2


def test_a_failure_is_tried_again_and_noted_once():
    journal, channel = Journal(), Fake(failing=["https://example.org/"])
    for hours in range(3):
        problems = journal.run([channel], message(), now=NOW + hours * HOUR)
        assert problems == (
            "fake: down was not delivered: https://example.org/ was refused. Try later.",
        )
    assert [each.outcome for each in journal.events] == ["failed"]
    assert journal.events[0].details["reason"] == "https://example.org/ was refused"
    channel.failing.clear()
    assert journal.run([channel], message(), now=NOW + 4 * HOUR) == ()
    assert journal.run([channel], message(), now=NOW + 5 * HOUR) == ()
    assert len(channel.told) == 4
    assert [each.outcome for each in journal.events] == ["failed", "sent"]


def test_one_channel_that_fails_does_not_stop_the_other():
    journal, bad, good = Journal(), Fake("bad", ["https://example.org/"]), Fake("good")
    assert len(journal.run([bad, good], message())) == 1
    assert good.told == [("https://example.org/", "raised")]


def test_a_channel_that_is_gone_is_not_asked_for_ever():
    journal, channel = Journal(), Fake(failing=[str(each) for each in range(9)])
    problems = journal.run([channel], *(message(subject=str(each)) for each in range(9)))
    assert (len(channel.told), len(problems)) == (3, 4)
    assert problems[-1] == "fake: 6 more are left for the next run"


def test_what_is_never_taken_does_not_keep_the_rest_from_being_told():
    journal, channel = Journal(), Fake(failing=list("0123"))
    messages = [message(subject=str(each)) for each in range(9)]
    for hours in range(4):
        journal.run([channel], *messages, now=NOW + hours * HOUR)
    sent = {each.details["subject"] for each in journal.events if each.outcome == "sent"}
    assert sent == set("45678")


def test_what_is_muted_is_said_once():
    journal, channel = Journal(), Fake()
    journal.run([channel], message())
    channel.muted = {"https://example.org/"}
    said = [
        journal.run([channel], message("reminded", NOW + hours * HOUR), now=NOW + hours * HOUR)
        for hours in (1, 2, 3)
    ]
    assert said == [("fake: it was closed",), (), ()]
    assert [each.outcome for each in journal.events] == ["sent", "muted", "muted", "muted"]


@pytest.mark.parametrize(
    "details",
    [
        {},
        {"state": "raised"},
        {"channel": 3, "alert": [], "subject": None, "state": "raised"},
        {"channel": "fake", "alert": "down", "subject": "https://example.org/", "state": "odd"},
        {"channel": "fake", "alert": "down", "subject": "https://example.org/", "state": {}},
    ],
)
def test_a_line_that_makes_no_sense_silences_nothing(details):
    channel = Fake()
    deliver([message()], [Event(NOW, "notice", "sent", details)], [channel], NOW)
    assert len(channel.told) == 1


def test_a_word_that_another_machine_has_told_late_changes_nothing():
    told = {"channel": "fake", "alert": "down", "subject": "https://example.org/"}
    past = [
        Event(
            NOW + HOUR,
            "notice",
            "sent",
            {**told, "state": "recovered", "of": "2026-11-25T09:00:00Z"},
        ),
        Event(
            NOW + 2 * HOUR,
            "notice",
            "sent",
            {**told, "state": "raised", "of": "2026-11-25T08:00:00Z"},
        ),
    ]
    channel = Fake()
    deliver([message("recovered", NOW + HOUR)], past, [channel], NOW + 3 * HOUR)
    assert channel.told == []


def test_a_line_without_the_time_of_the_alert_counts_by_its_own():
    details = {
        "channel": "fake",
        "alert": "down",
        "subject": "https://example.org/",
        "state": "raised",
        "of": "2099-01-01T00:00:00Z",
    }
    channel = Fake()
    past = [Event(NOW, "notice", "sent", details)]
    deliver([message()], past, [channel], NOW)
    assert channel.told == []
    deliver([message("recovered", NOW + HOUR)], past, [channel], NOW + HOUR)
    assert len(channel.told) == 1


STEPS = st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12)


@given(STEPS)
def test_raised_and_recovered_alternate_whatever_fails(steps):
    """`steps`: whether it is wrong, and whether the channel works, hour by hour."""
    journal, channel = Journal(), Fake()
    state, at = "recovered", NOW
    ok = []
    for hour, (wrong, works) in enumerate(steps, 1):
        now = NOW + hour * HOUR
        if wrong == (state == "recovered"):
            state, at = ("raised" if wrong else "recovered"), now
        channel.failing = set() if works else {"https://example.org/"}
        before = len(channel.told)
        journal.run([channel], message(state, at), now=now)
        ok += [each[1] for each in channel.told[before:]] if works else []
        assert works is False or wrong is (ok[-1] == "raised" if ok else False)
    assert "recovered" not in ok[:1]
    assert all(one == "raised" or other == "raised" for one, other in pairwise(ok))


# Issues


@pytest.fixture
def stub():
    with github_stub() as found:
        found.labels[LABEL] = {"name": LABEL}
        yield found


@pytest.fixture
def issues(stub):
    timing = FakeClock().timing
    github = GitHub(TOKEN, stub.url, limits=replace(LIMITS, attempt=2.0), timing=timing)
    return IssueChannel(github, REPOSITORY)


def bodies(stub, number=1):
    return [each["body"] for each in stub.comments.get(number, [])]


def test_an_issue_is_opened_commented_on_and_closed(stub, issues):
    assert issues.tell(message()) == DeliveryResult()
    (issue,) = stub.issues
    assert (issue["title"], issue["state"]) == ("It is raised", "open")
    assert issue["labels"][0]["name"] == LABEL
    assert issue["body"] == (
        f"**raised** of https://example.org/\n\n{MARKER}\n"
        "<!-- secstatus-notice: raised 2026-11-25T08:00:00Z -->\n"
    )
    assert issues.tell(message("reminded", NOW + HOUR)) == DeliveryResult()
    assert issue["state"] == "open"
    assert issues.tell(message("recovered", NOW + 2 * HOUR)) == DeliveryResult()
    assert (issue["state"], issue["state_reason"]) == ("closed", "completed")
    assert [each.splitlines()[0] for each in bodies(stub)] == [
        "**reminded** of https://example.org/",
        "**recovered** of https://example.org/",
    ]
    assert len(stub.issues) == 1


def test_an_issue_about_what_nobody_looks_at_is_closed_as_not_planned(stub, issues):
    issues.tell(message())
    assert issues.tell(message("unwatched", NOW + HOUR)) == DeliveryResult()
    (issue,) = stub.issues
    assert (issue["state"], issue["state_reason"]) == ("closed", "not_planned")
    assert [each.splitlines()[0] for each in bodies(stub)] == [
        "**unwatched** of https://example.org/"
    ]
    assert issues.tell(message("unwatched", NOW + HOUR)) == DeliveryResult(DeliveryOutcome.MUTED)
    assert len(bodies(stub)) == 1


def test_the_next_time_there_is_a_new_issue(stub, issues):
    for hours, state in enumerate(("raised", "recovered", "raised")):
        issues.tell(message(state, NOW + hours * HOUR))
    assert [each["state"] for each in stub.issues] == ["closed", "open"]


def test_the_mark_in_the_text_is_not_doubled(stub, issues):
    issues.tell(message(markdown=f"text\n\n{MARKER}"))
    assert stub.issues[0]["body"].count(MARKER) == 1


def test_an_open_issue_about_it_is_used(stub, issues):
    stub.issue(f"opened by an earlier run\r\n\r\n{MARKER}\r\n")
    assert issues.tell(message()) == DeliveryResult()
    assert (len(stub.issues), len(bodies(stub))) == (1, 1)


def test_an_issue_about_something_else_is_left_alone(stub, issues):
    stub.issue("<!-- secstatus-alert: fedcba9876543210 -->")
    stub.issue(f"it says {MARKER} in a sentence")
    issues.tell(message())
    assert (len(stub.issues), stub.comments) == (3, {})


def test_an_issue_that_people_have_closed_is_muted(stub, issues):
    issues.tell(message())
    stub.issues[0]["state"] = "closed"
    told = issues.tell(message("reminded", NOW + HOUR))
    assert told.outcome is DeliveryOutcome.MUTED
    assert told.remark == "issue #1 was closed while its alert lasts; not reported there"
    assert issues.tell(message("recovered", NOW + 2 * HOUR)) == DeliveryResult(
        DeliveryOutcome.MUTED
    )
    assert (len(stub.issues), stub.comments) == (1, {})


def test_an_issue_that_is_gone_is_opened_again_by_a_reminder(stub, issues):
    issues.tell(message("reminded"))
    assert [each["state"] for each in stub.issues] == ["open"]


@pytest.mark.parametrize("user", [STRANGER, None, 7, {}, {"login": None}, {"login": ""}])
def test_an_issue_of_a_stranger_with_our_mark_is_not_ours(stub, issues, user):
    stub.issue(f"pasted\n{MARKER}\n", user)
    stub.issue(f"pasted\n{MARKER}\n", user, state="closed")
    issues.tell(message())
    issues.tell(message("recovered", NOW + HOUR))
    assert [each["state"] for each in stub.issues] == ["open", "closed", "closed"]
    assert list(stub.comments) == [3]


def test_a_comment_of_a_stranger_keeps_nothing_from_being_told(stub, issues):
    issues.tell(message())
    stub.comment(1, "<!-- secstatus-notice: reminded 2026-11-25T09:00:00Z -->", STRANGER)
    issues.tell(message("reminded", NOW + HOUR))
    assert len(bodies(stub)) == 2


def test_an_issue_of_the_tokens_own_person_is_ours(stub, issues):
    stub.author = PERSON
    issues.tell(message())
    issues.tell(message("recovered", NOW + HOUR))
    assert [each["state"] for each in stub.issues] == ["closed"]
    assert len(stub.asked("GET", "/user")) == 1


def test_an_issue_of_another_person_is_not_ours(stub, issues):
    stub.author = PERSON
    stub.issue(f"{MARKER}\n", STRANGER)
    issues.tell(message())
    assert len(stub.issues) == 2


@pytest.mark.parametrize(
    "answer", [replies(200, b"[]"), replies(200, {"login": ""}), hangs_up, replies(500)]
)
def test_whose_token_it_is_may_stay_unknown(stub, issues, answer):
    stub.author = PERSON
    stub.fault("GET", "/user$", answer, times=9)
    stub.issue(f"{MARKER}\n", {"login": "", "type": "User"})
    stub.issue(f"{MARKER}\n", PERSON)
    issues.tell(message())
    assert len(stub.issues) == 3


def test_a_pull_request_is_no_issue(stub, issues):
    stub.issue(f"{MARKER}\n", BOT, pull_request={"url": "x"})
    stub.issue(f"{MARKER}\n", BOT, number="7")
    issues.tell(message())
    assert len(stub.issues) == 3


def test_the_label_is_made_where_it_is_missing(stub, issues):
    stub.labels.clear()
    issues.tell(message())
    assert stub.labels[LABEL]["color"] == "b60205"


@pytest.mark.parametrize("answer", [hangs_up, refused(422, "already_exists"), refused(403, "no")])
def test_the_issue_matters_more_than_the_colour_of_its_label(stub, issues, answer):
    stub.labels.clear()
    stub.fault("POST", "/labels$", answer)
    assert issues.tell(message()) == DeliveryResult()


def test_an_issue_without_its_label_is_told(stub, issues):
    stub.takes_labels = False
    assert "has no label secstatus-alert" in issues.tell(message()).remark


def test_an_issue_whose_answer_was_lost_is_not_made_twice(stub, issues):
    stub.fault("POST", "/issues$", done_and_lost)
    assert issues.tell(message()) == DeliveryResult()
    assert len(stub.issues) == 1


def test_an_issue_whose_answer_was_lost_is_not_made_by_the_next_run(stub, issues):
    stub.fault("POST", "/issues$", done_and_lost)

    def only_first(exchange):
        exchange.answer()
        stub.fault("GET", "/issues$", replies(503), times=3)

    stub.fault("GET", "/issues$", only_first)
    with pytest.raises(ExternalError, match="status 503"):
        issues.tell(message())
    assert issues.tell(message()) == DeliveryResult()
    assert (len(stub.issues), stub.comments) == (1, {})


@pytest.mark.parametrize("bad", [hangs_up, cut, replies(502, b"<html>")])
def test_an_issue_that_was_not_made_is_made_by_the_next_run(stub, issues, bad):
    stub.fault("POST", "/issues$", bad)
    with pytest.raises(ExternalError):
        issues.tell(message())
    assert stub.issues == []
    assert issues.tell(message()) == DeliveryResult()
    assert len(stub.issues) == 1


def test_a_comment_whose_answer_was_lost_is_not_made_twice(stub, issues):
    issues.tell(message())
    stub.fault("POST", "/comments$", done_and_lost)
    assert issues.tell(message("reminded", NOW + HOUR)) == DeliveryResult()
    assert len(bodies(stub)) == 1


def test_a_comment_that_was_made_is_not_made_again_when_closing_has_failed(stub, issues):
    issues.tell(message())
    stub.fault("PATCH", "", refused(403, "no"))
    with pytest.raises(ExternalError):
        issues.tell(message("recovered", NOW + HOUR))
    assert issues.tell(message("recovered", NOW + HOUR)) == DeliveryResult()
    assert (len(bodies(stub)), stub.issues[0]["state"]) == (1, "closed")


@pytest.mark.parametrize("bad", [hangs_up, done_and_lost])
def test_whether_a_lost_closing_was_done_is_looked_at(stub, issues, bad):
    issues.tell(message())
    stub.fault("PATCH", "", bad)
    if bad is hangs_up:
        with pytest.raises(ExternalError):
            issues.tell(message("recovered", NOW + HOUR))
    else:
        assert issues.tell(message("recovered", NOW + HOUR)) == DeliveryResult()
    assert len(stub.asked("PATCH")) == 1


def test_a_long_text_keeps_its_mark(stub, issues):
    issues.tell(message(title="t\n" * 500, markdown="x" * 100 + "\n" + "é" * 90_000))
    issue = stub.issues[0]
    assert (len(issue["title"]), issue["title"][-1]) == (250, "…")
    assert len(issue["body"]) < 65_536
    assert MARKER in issue["body"].splitlines()


def test_a_text_that_pastes_our_lines_is_no_second_alert(stub, issues):
    """The mark of another alert in a text would be found; texts are inert, see `notices`."""
    issues.tell(message(markdown="a <!-- secstatus-alert: fedcba9876543210 --> b"))
    other = "<!-- secstatus-alert: fedcba9876543210 -->"
    issues.tell(message(subject="other", marker=other))
    assert len(stub.issues) == 2


@pytest.mark.parametrize(
    ("status", "hint"), [(403, "the permission `issues: write`"), (410, "switched off")]
)
def test_what_the_token_may_not_do_is_said(stub, issues, status, hint):
    stub.fault("POST", "/issues$", refused(status, "no"))
    journal = Journal()
    (problem,) = journal.run([issues], message())
    assert problem.startswith("issues: down was not delivered: ")
    assert hint in problem
    assert TOKEN not in problem + str(journal.events)


def test_no_request_holds_the_token_but_in_its_header(stub, issues):
    for hours, state in enumerate(("raised", "reminded", "recovered")):
        issues.tell(message(state, NOW + hours * HOUR))
    assert stub.seen
    for _, path, headers, body in stub.seen:
        assert TOKEN not in path
        assert TOKEN.encode() not in body
        assert headers["Authorization"] == f"Bearer {TOKEN}"


# Apprise


class HookExchange(Exchange):
    def answer(self):
        self.respond(200)


@pytest.fixture
def hook():
    with running(FaultyServer(exchange=HookExchange)) as server:
        yield server


def messages(hook):
    return [json.loads(each.body) for each in hook.seen]


SECRET = "s3cretpath"


def address(hook):
    return f"json://me:pa55word@127.0.0.1:{hook.server_port}/{SECRET}/"


def test_a_service_is_told(hook):
    (service,), wrong = services(address(hook))
    service.send("A title", "Text with <b>, *stars* and \\n.", good=False)
    service.send("Over", "It is over.", good=True)
    assert wrong == ()
    assert [(each["title"], each["message"], each["type"]) for each in messages(hook)] == [
        ("A title", "Text with <b>, *stars* and \\n.", "warning"),
        ("Over", "It is over.", "success"),
    ]
    assert service.name == "json"


def test_a_service_that_shows_html_is_given_a_text_that_is_none(hook):
    (service,), _ = services(f"{address(hook)}?format=html")
    service.send("t", "<b>bold</b>", good=False)
    assert "<b>" not in messages(hook)[0]["message"]


@contextmanager
def root_log():
    """What a program that logs everything would show."""
    found, handler = [], logging.Handler()
    handler.emit = lambda record: found.append(record.getMessage())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield found
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def test_no_address_is_shown_anywhere(hook, capfd):
    hook.faults["*"] = replies(500)
    with root_log() as log:
        (service,), _ = services(address(hook))
        with pytest.raises(ExternalError) as raised:
            service.send("t", "b", good=False)
        _, wrong = services(f"{address(hook)}, nonsense://{SECRET}@x/ json://:{SECRET}@:0/")
    assert raised.value.message == f"json, json://127.0.0.1:{hook.server_port}/…: it was not taken"
    assert "SECSTATUS_NOTIFY_URLS" in raised.value.hint
    told = [*log, *capfd.readouterr(), *wrong, str(raised.value), raised.value.hint, repr(service)]
    for secret in ("pa55word", SECRET, "me:"):
        assert secret not in "\n".join(told)


def test_addresses_that_apprise_does_not_know_are_counted(hook):
    found, wrong = services(f"foo://bar  {address(hook)},\nmailto:// ,json://")
    assert [each.name for each in found] == ["json"]
    assert wrong == tuple(
        f"SECSTATUS_NOTIFY_URLS: address {each} of 4 is not supported by apprise; it is not shown"
        for each in (1, 3, 4)
    )


def test_text_that_is_no_address():
    assert services("hooks.example.org/abc")[1] == (
        "SECSTATUS_NOTIFY_URLS: address 1 of 1 is not supported by apprise; it is not shown",
    )
    assert services(" ,\n") == ((), ())
    assert "expected 50 at most" in services("json://a " * 51)[1][0]


def test_a_comma_in_an_address_does_not_end_it(hook):
    found, wrong = services(f"{address(hook)}?:a=b,c {address(hook)}")
    assert ([each.name for each in found], wrong) == (["json", "json 2"], ())


def test_a_service_that_hangs_is_not_waited_for(hook):
    hook.faults["*"] = silent
    (service,), _ = services(address(hook))
    with pytest.raises(ExternalError, match=r"no answer within 0\.3 s"):
        service.send("t", "b", good=False, seconds=0.3)


def test_a_plugin_that_breaks_is_told(hook, monkeypatch):
    import apprise

    def breaks(*_args, **_more):
        raise ValueError(SECRET)

    (service,), _ = services(address(hook))
    monkeypatch.setattr(apprise.Apprise, "notify", breaks)
    with pytest.raises(ExternalError, match=r"the library failed \(ValueError\)") as raised:
        service.send("t", "b", good=False)
    assert SECRET not in str(raised.value)
    monkeypatch.setattr(apprise.Apprise, "instantiate", breaks)
    assert services(address(hook))[1] == (
        "SECSTATUS_NOTIFY_URLS: address 1 of 1 cannot be read by apprise (ValueError); "
        "it is not shown",
    )


def test_without_the_library_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert services(f"json://{SECRET}") == (
        (),
        (
            "SECSTATUS_NOTIFY_URLS is set, and apprise is not installed: "
            "pip install 'secstatus[notify]'",
        ),
    )
    assert services("") == ((), ())


def test_a_masked_service_shows_no_token():
    (slack,), _ = services("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#general")
    assert (slack.name, slack.masked) == ("slack", "slack://T...2/…")


# With the alerts and the texts of the program


def test_an_alert_from_its_first_word_to_its_last(stub, issues):
    from secstatus.commands.monitor.notify import make_message
    from secstatus.monitoring.alerts.notices import NoticeContext, render_notice
    from secstatus.monitoring.alerts.states import Alert, AlertKind, AlertState

    journal, context = Journal(), NoticeContext("lanternfish")
    for hours, state in enumerate(AlertState):
        at = NOW + hours * HOUR
        told = Alert(AlertKind.DOWN, "https://example.org/", "no answer", NOW, state, at)
        assert journal.run([issues], make_message(told, render_notice(told, context)), now=at) == ()
    assert [each.outcome for each in journal.events] == ["sent"] * 3
    assert [each["state"] for each in stub.issues] == ["closed"]
    assert len(bodies(stub)) == 2


# From the environment


def test_where_to_tell_comes_from_the_environment(stub, hook):
    variables = {
        "GITHUB_TOKEN": TOKEN,
        "GITHUB_API_URL": stub.url,
        "SECSTATUS_NOTIFY_URLS": address(hook),
    }
    channels, wrong = channels_of(REPOSITORY, variables)
    assert ([each.name for each in channels], wrong) == (["issues", "json"], ())
    journal = Journal()
    for hours, state in enumerate(("raised", "recovered")):
        at = NOW + hours * HOUR
        assert journal.run(channels, message(state, at), now=at) == ()
    assert [each["state"] for each in stub.issues] == ["closed"]
    assert [each["message"] for each in messages(hook)] == [
        "raised of https://example.org/",
        "recovered of https://example.org/",
    ]
    assert [each.details["channel"] for each in journal.events] == ["issues", "json"] * 2


def test_no_issues_where_they_are_not_wanted():
    variables = {"GH_TOKEN": TOKEN}
    assert channels_of(REPOSITORY, variables, issues=False) == ((), ())
    assert channels_of(REPOSITORY, {}) == ((), ())
    (issues,), _ = channels_of(REPOSITORY, variables)
    assert issues.name == "issues"


@pytest.mark.parametrize(
    ("repository", "variables", "problem"),
    [
        ("", {"GITHUB_TOKEN": TOKEN}, "names no repository"),
        (REPOSITORY, {"GITHUB_TOKEN": "a b"}, "found a text that cannot be one"),
        (REPOSITORY, {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": "http://x"}, "expected https"),
    ],
)
def test_an_environment_that_does_not_fit(repository, variables, problem):
    channels, (wrong,) = channels_of(repository, variables)
    assert channels == ()
    assert problem in wrong
    assert "a b" not in wrong


def test_the_token_of_the_environment():
    assert (
        github_of({"GITHUB_TOKEN": "", "GH_TOKEN": f"{TOKEN}\n"}).base == "https://api.github.com"
    )
    assert github_of({"GITHUB_TOKEN": ""}) is None
    with pytest.raises(UsageError):
        github_of({"GITHUB_TOKEN": "a\nb"})
