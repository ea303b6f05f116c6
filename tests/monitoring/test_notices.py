"""What people read: all of it, no secret, and nothing in it that does anything."""

import re
from datetime import timedelta

import cmarkgfm
import pytest
from cmarkgfm.cmark import Options
from hypothesis import given
from hypothesis import strategies as st

from secstatus.monitoring.alerts.notices import (
    NoticeContext,
    describe_duration,
    load_explanations,
    make_marker,
    render_notice,
)
from secstatus.monitoring.alerts.states import Alert, AlertState
from secstatus.monitoring.alerts.terms import AlertKind
from secstatus.text.redaction import in_code, in_text, mask_line
from tests.monitoring.alert_cases import BASE, DAY, HOUR, NOW

CONTEXT = NoticeContext("kelp", "https://kelp.example/status/health.html")


def alert(text="5 of 5 addresses; the page: refused", **more):
    fields = {"kind": AlertKind.DOWN, "subject": BASE, "state": AlertState.RAISED, "text": text}
    return Alert(**{**fields, "since": NOW - 3 * DAY - 4 * HOUR, "at": NOW, **more})


def rendered(markdown):
    return cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE)


class TestNotice:
    @pytest.mark.parametrize("kind", AlertKind)
    def test_each_kind_is_explained(self, kind):
        words, told = load_explanations()[kind], render_notice(alert(kind=kind), CONTEXT)
        assert words.title in told.title
        for text in (told.body_markdown, told.plain_text):
            assert words.title in text
            assert words.meaning in text
            assert "2026-10-30 02:00 UTC" in text
            assert kind in told.body_markdown
        assert words.remedy in told.body_markdown
        assert words.remedy.replace("`", "") in told.plain_text

    def test_the_titles_tell_the_kinds_apart(self):
        assert len({words.title for words in load_explanations().values()}) == len(AlertKind)
        assert all(len(words.title) < 80 for words in load_explanations().values())

    def test_what_was_found_is_told_part_by_part(self):
        told = render_notice(alert(), CONTEXT)
        assert "- Found: `5 of 5 addresses`\n- Found: `the page: refused`\n" in told.body_markdown
        assert "\nFound: 5 of 5 addresses\nFound: the page: refused\n" in told.plain_text

    def test_a_recovery_says_how_long_it_lasted_and_asks_for_nothing(self):
        told = render_notice(alert(state=AlertState.RECOVERED), CONTEXT)
        for text in (told.body_markdown, told.plain_text):
            assert "The problem has ended: " in text
            assert "from 2026-10-30 02:00 UTC to 2026-11-02 06:00 UTC: 3 days 4 hours." in text
            assert "What to do" not in text
        assert told.title.startswith("kelp: over: ")

    def test_what_nobody_looks_at_any_more_is_not_said_to_be_over(self):
        told = render_notice(alert(state=AlertState.UNWATCHED), CONTEXT)
        for text in (told.body_markdown, told.plain_text):
            assert (
                "This address is no longer probed; whether the problem still exists is not known."
                in text
            )
            assert (
                "The problem existed since 2026-10-30 02:00 UTC, as far as it was probed." in text
            )
            assert "Was found" in text
            assert "The problem has ended: " not in text
            assert "What to do" not in text
        assert told.title.startswith("kelp: no longer probed: ")

    def test_the_address_of_a_deployment_can_be_followed(self):
        told = render_notice(
            alert(kind=AlertKind.TAMPERED, subject=f"deployment of {BASE}"), CONTEXT
        )
        assert f"About: deployment of {BASE}\n" in told.plain_text

    def test_a_reminder_says_how_long_by_now(self):
        told = render_notice(alert(state=AlertState.REMINDED), CONTEXT)
        assert "3 days 4 hours by now" in told.plain_text
        assert told.title.startswith("kelp: still: ")

    def test_the_address_of_the_site_can_be_followed(self):
        told = render_notice(alert(), CONTEXT)
        assert f"({BASE})" in told.title
        assert f"About: {BASE}\n" in told.plain_text
        assert f"More: <{CONTEXT.page}>" in told.body_markdown
        assert f"More: {CONTEXT.page}" in told.plain_text

    @pytest.mark.parametrize(
        "page",
        [
            "",
            "javascript:x",
            "https://u:hush@h.example/",
            "https://h.example/?t=hush",
            "https://h/ x",
        ],
    )
    def test_a_page_that_is_no_plain_address_is_no_link(self, page):
        told = render_notice(alert(), NoticeContext("kelp", page))
        assert "More" not in told.body_markdown + told.plain_text

    def test_long_texts_are_cut(self):
        told = render_notice(alert("; ".join(["x" * 5000] * 300), subject="y" * 5000), CONTEXT)
        assert len(told.title) <= 200
        assert len(told.body_markdown) < 10_000
        assert "and 285 more" in told.plain_text

    @pytest.mark.parametrize(
        ("time", "words"),
        [
            (timedelta(seconds=59), "less than a minute"),
            (timedelta(minutes=1), "1 minute"),
            (timedelta(hours=1, minutes=2), "1 hour 2 minutes"),
            (timedelta(days=2, minutes=5), "2 days 5 minutes"),
            (timedelta(days=1, hours=3, minutes=5), "1 day 3 hours"),
            (timedelta(hours=-5), "less than a minute"),
        ],
    )
    def test_how_long_it_lasted(self, time, words):
        assert describe_duration(time) == words


class TestMarker:
    def test_it_is_the_same_for_all_that_is_told_of_one_thing(self):
        one = render_notice(alert(), CONTEXT)
        other = render_notice(alert("else", state=AlertState.RECOVERED, at=NOW + DAY), CONTEXT)
        assert one.marker == other.marker
        assert one.body_markdown.startswith(f"{one.marker}\n")
        assert re.fullmatch(r"<!-- secstatus-alert: [0-9a-f]{32} -->", one.marker)

    def test_it_differs_by_kind_subject_and_project(self):
        found = {
            make_marker(alert(), CONTEXT),
            make_marker(alert(kind=AlertKind.SLOW), CONTEXT),
            make_marker(alert(subject="scans"), CONTEXT),
            make_marker(alert(), NoticeContext("otter")),
        }
        assert len(found) == 4

    def test_a_text_cannot_hold_the_marker_of_another_alert(self):
        foreign = make_marker(alert(kind=AlertKind.TAMPERED), CONTEXT)
        told = render_notice(alert(f"x {foreign}", subject=foreign), CONTEXT)
        for text in (told.title, told.body_markdown, told.plain_text):
            assert foreign not in text

    def test_any_subject_has_one(self):
        assert make_marker(alert(subject="\ud800\0"), CONTEXT)


SECRETS = [
    "https://user:hush@h.example/path",
    "https://user:pa/hush@h.example/path",
    "https://user:pa@hush@h.example/path",
    "https://user:pa?hush@h.example/path",
    "https://user:pa\"hush'@h.example/path",
    "https://hush@h.example/",
    "http://h.example/path?token=hush",
    "http://h.example/path?hush",
    "http://h.example/path#hush",
    "//user:hush@h.example/",
    "user:hush@h.example",
    "https://user:hush…",
    "https:/\u200b/user:hush@h.example/",
    "https://hooks.slack.com/services/T00/B00/hush",
    "hooks.slack.com/services/T00/B00/hush",
    "https://discord.com/api/webhooks/123/hush",
    "https://acme.webhook.office.com/webhookb2/hush",
    "https://api.telegram.org/bot123:hush/sendMessage",
    "https://chat.example/hooks/hush",
    "https://t.example/bot123:hush",
    "slack://hush/B00/T00",
    "tgram://123:hush/42",
    "mailto://user:hush@h.example",
    "badge.svg?token=hush",
    "a ghp_hushhushhushhushhush b",
    "pypi-hushHUSHhushHUSHhush",
]


class TestSecrets:
    @pytest.mark.parametrize("text", SECRETS)
    @pytest.mark.parametrize("around", ["{}", "found '{}', expected another", "({}).", "<{}>"])
    def test_no_secret_of_an_address_is_told(self, text, around):
        words = around.format(text)
        told = render_notice(alert(words, subject=words), NoticeContext(words, words))
        for each in (told.title, told.body_markdown, told.plain_text, mask_line(words)):
            assert "hush" not in each.lower()

    @pytest.mark.parametrize(
        "text",
        [
            BASE,
            "found 'https://h.example/a/b.json', expected",
            "1.4.0: network: no route to host",
            "pkg:pypi/kelp@1.4.0",
            "the page: 12:30 is late",
        ],
    )
    def test_what_is_no_secret_stays(self, text):
        assert mask_line(text) == text

    @given(st.text("abc1@:/?#.= '\"", max_size=60), st.text("abc1@:/?#.= '\"", max_size=60))
    def test_credentials_are_gone_whatever_stands_around_them(self, before, after):
        assert "hush" not in mask_line(f"{before} https://user:hush@h.example/{after}")

    @pytest.mark.parametrize(
        "part", ["http://", "a:", "@", "?a=", "x:y@", "//", "'", "hooks/", "eyJ"]
    )
    def test_a_long_text_takes_no_long_time(self, part):
        assert len(mask_line(part * 20_000)) <= 100_000


ACTIVE = [
    "@kelp-team",
    "#1",
    "GH-1",
    "gh-12",
    "owner/repo#1",
    "<script>x</script>",
    "<!-- x -->",
    "<img src=x>",
    "<@U123> <!channel>",
    "@everyone",
    "[a](https://evil.example)",
    "![a](https://evil.example/x.png)",
    "[a]: https://evil.example",
    "https://evil.example/x",
    "www.evil.example",
    "**bold** __bold__ ~~gone~~ ||hidden|| `code`",
    "``` \n# heading\n\n- list\n> quote",
    "| a |\n|---|\n| b |",
    "a\u202eb\u2066c\u200bd\x1b[31m\x07",
    "\r\n::error::x",
    "$x^2$ &lt; &#64;kelp",
]
TEXTS = st.lists(
    st.sampled_from([*ACTIVE, "`", "``", "\\", " ", "\n", "a", "<", "-->", "@", "#", "]("])
    | st.text(max_size=3),
    max_size=8,
).map("".join)
UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]"
)


def check_inert(text):
    told = render_notice(alert(text, subject=text), NoticeContext(text))
    html = rendered(told.body_markdown)
    outside = re.sub(r"<code>[^<]*</code>", "", html.replace(told.marker, ""))
    assert set(re.findall(r"<[^>]*>?", outside)) <= {
        "<p>",
        "</p>",
        "<ul>",
        "</ul>",
        "<li>",
        "</li>",
        "<strong>",
        "</strong>",
    }
    assert not re.search(r"@\w|#\w|\bgh-\d|://", outside, re.IGNORECASE)
    for each in (told.title, told.plain_text):
        assert not re.search(r"@\w|#\w|\bgh-\d|<[^\s\u2060]|\]\(|[`*~]|\|\|", each, re.IGNORECASE)
        links = (
            each.replace("https://evil.example/x", "")
            if text.strip() == "https://evil.example/x"
            else each
        )
        assert not re.search(r"://|\bwww\.\w", links)
    assert "\n" not in told.title
    for each in (told.title, told.body_markdown, told.plain_text):
        assert not UNSEEN.search(each)


class TestInert:
    @pytest.mark.parametrize("text", ACTIVE)
    def test_words_of_outside_do_nothing(self, text):
        check_inert(text)

    @given(TEXTS)
    def test_hostile_text_after_a_word_is_inert_too(self, text):
        check_inert(f"x {text}")

    def test_the_words_can_still_be_read(self):
        assert "kelp-team" in in_code("ask @kelp-team")
        assert "kelp-team" in in_text("ask @kelp-team")

    def test_nothing_is_told_as_nothing(self):
        assert in_code("\u200b\n") == "(nothing)"
