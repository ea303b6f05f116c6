"""Advisory texts: hostile ones are harmless, ordinary ones are readable."""

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from secstatus.findings.finding import headline
from secstatus.site.untrusted_text import ADVISORY_TAGS, advisory_html, plain_words

ATTACKS = (
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](  JaVaScRiPt:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "<style>body{display:none}</style>",
    "<svg onload=alert(1)>",
    "<a href='https://x' onclick='y'>z</a>",
    '[x](https://a.example/"onmouseover="alert(1))',
    "[2026-01-02](https://a.example/>2026-01-02)",
    "<https://a.example/?a=>2026-01-02 onclick=x>",
    "<time datetime='\"><script>'>x</time>",
    "<!-- --!><script>alert(1)</script> -->",
    '```"><script>alert(1)</script>\nx\n```',
    "<math><mi//xlink:href='data:x,<script>alert(1)</script>'>",
)


def safe(html):
    page = BeautifulSoup(html, "html.parser")
    for element in page.find_all(True):
        assert element.name in ADVISORY_TAGS, element
        allowed = {"a": {"href", "rel"}, "time": {"datetime"}}.get(element.name, set())
        assert set(element.attrs) <= allowed, element
        if element.get("href"):
            assert element["href"].lower().startswith(("https:", "mailto:")), element
    return page


@given(st.lists(st.sampled_from(ATTACKS) | st.text(max_size=40), max_size=6).map(" ".join))
def test_no_text_becomes_active(text):
    safe(advisory_html(text))


def test_every_attack_alone_and_all_together():
    for text in (*ATTACKS, "\n\n".join(ATTACKS), " ".join(ATTACKS)):
        safe(advisory_html(text))


def test_ordinary_markdown():
    text = "### Impact\n\nUse `x`, see <https://a.example>.\n\n- one\n- two\n\n| a | b |\n|:-:|---|\n| 1 | 2 |\n"
    page = safe(advisory_html(text))
    assert page.h3.get_text() == "Impact"
    assert page.code.get_text() == "x"
    assert page.a["href"] == "https://a.example"
    assert [li.get_text() for li in page.select("li")] == ["one", "two"]
    assert page.table


def test_a_language_of_a_code_block_is_no_language_of_the_text():
    assert "lang" not in advisory_html("```python\nx\n```")


def test_dates_are_time_elements_outside_of_addresses():
    page = safe(advisory_html("On 2026-01-02, see https://a.example/2026-03-04/x and 1.2026-05-06"))
    assert [time["datetime"] for time in page.select("time")] == ["2026-01-02"]


def test_a_text_folded_into_one_line_is_unfolded():
    page = safe(
        advisory_html("### Summary  A tarball can escape.  ### Impact  Files are overwritten.")
    )
    assert [h.get_text() for h in page.select("h3")] == ["Summary", "Impact"]


def test_a_very_long_text_is_cut_and_says_so():
    html = advisory_html("word " * 100_000)
    assert len(html) < 70_000
    assert "The text is longer" in html


def test_quadratic_texts_end():
    for text in ("[" * 50_000, "> " * 30_000, "- " * 30_000, "`" * 60_000, "<" * 60_000):
        html = advisory_html(text)
        assert html.count("<blockquote>") + html.count("<ul>") < 400
        headline(text)


def test_headlines():
    assert headline("### Summary\n\nA `tarball` can *escape*. More.") == "A tarball can escape"
    assert headline("### Summary  In the fallback path. X") == "In the fallback path"
    assert headline("See [the docs](https://x.example) first") == "See the docs first"
    assert headline("Version 1.2.3 is affected") == "Version 1.2.3 is affected"
    assert headline("") == ""
    assert len(headline("word " * 100)) <= 100


@given(st.text())
def test_headlines_are_one_short_line(text):
    line = headline(text)
    assert len(line) <= 100
    assert len(line.splitlines()) <= 1


@given(st.text())
def test_plain_words_are_short(text):
    assert len(plain_words(text)) <= 300
