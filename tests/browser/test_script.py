"""The script: it keeps ages true, and a page that nobody rebuilds from looking better than it is."""

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

from secstatus.commands.build import build_site

pytestmark = pytest.mark.browser

STATES = Path(__file__).parents[1] / "data" / "states"
ORDER = "ABC?DF"
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)

VERDICT = """() => ({
  letter: document.querySelector(".mark").textContent,
  name: document.querySelector("#verdict b").textContent,
  tone: document.querySelector(".verdict").className,
  remediation: document.querySelector("#remediation").firstChild.textContent,
})"""
# Every colour in the main part of the page, beside the two greens.
PAINT = """() => {
  const probe = document.createElement("i");
  document.body.append(probe);
  const green = ["--ok", "--good"].map((name) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  const used = new Set();
  for (const item of document.querySelectorAll("main, main *")) {
    const style = getComputedStyle(item);
    for (const key of ["color", "backgroundColor", "borderTopColor", "fill"]) used.add(style[key]);
  }
  return { green, used: [...used] };
}"""


def verdict(window, shown, moment):
    window.go(shown.address, at=moment)
    return window.run(VERDICT)


def scheduled(shown, moment):
    """The letter that the published schedule has for the moment."""
    steps = shown.steps()
    reached = [letter for start, letter in steps if start <= moment]
    return reached[-1] if reached else steps[0][1]


def step_at(shown, moment):
    """The step of the page that holds at the moment: what the page says of it."""
    steps = shown.soup().select(".steps li")
    reached = [each for each in steps if datetime.fromisoformat(each["data-from"]) <= moment]
    return reached[-1] if reached else steps[0]


def days(number):
    return f"{number} day{'' if number == 1 else 's'}"


def name_of(letter):
    return "Grade unknown:" if letter == "?" else f"Grade {letter}:"


def test_the_verdict_follows_the_schedule_and_never_improves(tab, site, state):
    window, shown = tab(), site(state)
    seen = []
    for moment in shown.moments():
        found = verdict(window, shown, moment)
        letter, step = scheduled(shown, moment), step_at(shown, moment)
        assert found["letter"] == letter == step["data-grade"], moment
        assert found["name"] == f"{step['data-name']}:", moment
        assert found["name"].startswith(name_of(letter)[:-1]), moment
        assert found["tone"] == f"verdict {step['data-class']}", moment
        seen.append(ORDER.index(letter))
    assert seen == sorted(seen)


def test_an_old_page_says_what_a_new_build_would(tab, site, state, tmp_path):
    """Of the grade and the remediation; the counts stay those of the last scan."""
    window, shown = tab(), site(state)
    for moment, _ in shown.steps()[1:]:
        found = verdict(window, shown, moment)
        build_site(STATES / state, tmp_path, moment, preview=True)
        fresh = BeautifulSoup((tmp_path / "index.html").read_text("utf-8"), "html.parser")
        assert found["letter"] == fresh.select_one(".mark").text, moment
        assert found["name"] == fresh.select_one("#verdict b").text, moment
        assert found["tone"].split() == fresh.select_one(".verdict")["class"], moment
        assert found["remediation"] == fresh.select_one("#remediation").contents[0], moment


@pytest.mark.parametrize(
    ("shown", "promised"), [("D", "A"), ("F", "?"), ("?", "C"), ("C", "B"), ("B", "A")]
)
def test_a_schedule_that_promises_better_is_not_believed(tab, site, shown, promised):
    """No build makes such a page; a mistake in one must not turn it green."""
    page = site("open").soup()
    page.select_one(".mark").string = shown
    page.select_one("#verdict b").string = name_of(shown)
    first, second = page.select(".steps li")[:2]
    first["data-grade"], second["data-grade"] = shown, promised
    window = tab(color_scheme="dark")
    address = site("open").address + "rigged.html"
    window.page.route(
        address, lambda route: route.fulfill(body=str(page), content_type="text/html")
    )
    window.go(address, at=datetime.fromisoformat(second["data-from"]) + DAY)
    found = window.run(VERDICT)
    window.page.unroute(address)
    assert (found["letter"], found["name"]) == (shown, name_of(shown))


@pytest.mark.parametrize("project", ["empty", "open", "partial"])
def test_a_clock_that_is_slow_changes_no_verdict(tab, site, project):
    window, shown = tab(), site(project)
    early = verdict(window, shown, datetime.fromisoformat("2020-01-01T00:00:00+00:00"))
    assert early["letter"] == shown.status()["security_grade"]
    assert set(window.page.locator("[data-since]").all_inner_texts()) == {"0 days"}


def test_the_step_that_holds_is_marked(tab, site):
    window, shown = tab(), site("open")
    for number, (moment, _) in enumerate(shown.steps()):
        window.go(shown.address, at=moment)
        steps = "[...document.querySelectorAll('.steps li')]"
        marked = window.run(f"{steps}.map(each => each.getAttribute('aria-current'))")
        assert [index for index, value in enumerate(marked) if value == "step"] == [number]


@pytest.mark.parametrize(
    ("zone", "later"),
    [
        *(("UTC", later) for later in (0, 1, 11, 12, 30)),
        ("Pacific/Kiritimati", 12),
        ("America/Los_Angeles", 12),
    ],
)
def test_ages_are_counted_in_days_of_utc(tab, site, now, zone, later):
    window, shown = tab(timezone_id=zone), site("open")
    moment = now + later * DAY
    window.go(shown.address, at=moment)
    since = window.page.locator("[data-since]")
    assert since.count() >= 4
    for item in since.all():
        day = date.fromisoformat(item.get_attribute("data-since")[:10])
        assert item.inner_text() == days((moment.date() - day).days)
    for item in window.page.locator("[data-due]").all():
        left = (date.fromisoformat(item.get_attribute("data-due")) - moment.date()).days
        late = f"{days(-left)} overdue"
        assert item.inner_text() == (late if left < 0 else f"in {days(left)}" if left else "today")
        assert (item.get_attribute("class") == "late") == (left < 0)


@pytest.mark.parametrize("project", ["accepted-critical", "code", "empty", "high-failed", "open"])
def test_the_banner_comes_when_the_grade_takes_the_scan_for_old(tab, site, project):
    """A weekly job that runs on time, or some hours late, never shows it."""
    window, shown = tab(), site(project)
    due = datetime.fromisoformat(shown.status()["next_scan_due"])
    for moment, late in [(due - DAY, False), (due + 6 * 60 * 60 * SECOND, False)]:
        window.go(shown.address, at=moment)
        assert window.page.locator("#expired").is_visible() == late, moment
    stale = datetime.fromisoformat(shown.soup().select_one("[data-stale]")["data-stale"])
    for moment, late in [(stale - SECOND, False), (stale, True)]:
        window.go(shown.address, at=moment)
        assert window.page.locator("#expired").is_visible() == late, moment
        rule = window.page.locator("[data-fresh]").inner_text()
        assert ("out of date now" in rule) == late, moment


@pytest.mark.parametrize("project", ["accepted", "empty"])
def test_the_banner_comes_with_the_ceiling_of_age(site, project, tmp_path):
    """What the script warns of from then on, a build of that moment says too, and none before."""
    stale = datetime.fromisoformat(site(project).soup().select_one("[data-stale]")["data-stale"])
    for moment, late in [(stale - SECOND, False), (stale, True)]:
        build_site(STATES / project, tmp_path, moment, preview=True)
        page = BeautifulSoup((tmp_path / "index.html").read_text("utf-8"), "html.parser")
        assert bool(page.select(".banner:not([hidden])")) == late, moment
        assert bool(page.select("#expired")) != late, moment


def test_after_its_time_no_page_looks_current(tab, site, state):
    window, shown = tab(), site(state)
    soup = shown.soup()
    ends = [each["data-stale"] for each in soup.select("[data-stale]")]
    ends.append(shown.status()["next_scan_due"])
    window.go(shown.address, at=max(map(datetime.fromisoformat, ends)) + SECOND)
    shown_at_all = window.page.locator(".banner:visible").count()
    assert shown_at_all
    if soup.select("[data-stale]"):
        assert window.page.locator("#expired").is_visible()


def test_the_unknown_is_never_green(tab, site, state):
    window, shown = tab(locale="en-GB"), site(state)
    doubtful = [moment for moment in shown.moments() if scheduled(shown, moment) == "?"]
    for moment in doubtful[:1]:
        window.go(shown.address, at=moment)
        for scheme in ("light", "dark"):
            window.page.emulate_media(color_scheme=scheme)
            paint = window.run(PAINT)
            assert len(set(paint["green"])) == 2
            assert not set(paint["used"]) & set(paint["green"]), (scheme, moment)


def test_the_green_would_be_seen(tab, site, now):
    window = tab(color_scheme="light")
    window.go(site("empty").address, at=now)
    paint = window.run(PAINT)
    assert set(paint["used"]) & set(paint["green"])


def test_the_unknown_has_no_days_since_the_last_vulnerability(tab, site):
    """As the method says: unknown when the evidence is."""
    window, shown = tab(), site("empty")
    moment = next(start for start, letter in shown.steps() if letter == "?")
    window.go(shown.address, at=moment)
    found = window.page.locator(".facts div", has_text="Days since last vulnerability")
    assert found.locator("dd").inner_text().startswith("unknown")


def test_the_title_of_the_window_is_no_better_than_the_verdict(tab, site, state):
    window, shown = tab(), site(state)
    window.go(shown.address, at=shown.moments()[-1])
    letter = window.run(VERDICT)["letter"]
    better = [name_of(each)[:-1].lower() for each in ORDER[: ORDER.index(letter)]]
    title = window.page.title().lower()
    assert not [name for name in better if name in title], title


def test_no_title_of_a_window_names_the_better_grade_alone(tab, site):
    """While what is accepted hides a worse one; nor is anything green."""
    window, shown = tab(), site("accepted-critical")
    for moment in shown.moments():
        window.go(shown.address, at=moment)
        letter = window.run(VERDICT)["letter"]
        if letter in "ABC":
            assert "f without" in window.page.title().lower(), moment
        paint = window.run(PAINT)
        assert not set(paint["used"]) & set(paint["green"]), moment
