"""The pages are complete without JavaScript."""

import pytest

pytestmark = pytest.mark.browser

# What only the script can offer.
EXTRAS = "document.querySelectorAll('.copybox button, #expired').forEach(each => each.remove())"


@pytest.fixture
def plain(tab):
    return tab(java_script_enabled=False)


def words(text):
    return text.split()


def test_the_verdict_the_counts_and_the_tables_are_there(plain, site, state):
    shown = site(state)
    plain.go(shown.address)
    status = shown.status()
    check_verdict(plain.page, status)
    check_counts(plain.page, status)
    check_tables(plain.page, status)


def check_verdict(page, status):
    grade = status["security_grade"]
    assert page.inner_text(".mark") == grade
    name = "Grade unknown" if grade == "?" else f"Grade {grade}"
    shown = page.inner_text("#verdict b")
    assert shown.startswith(name)
    without = status["security_grade_without_accepted"]
    assert (without == grade) != shown.endswith(f"; {without} without:")
    assert page.inner_text("#remediation").lower().startswith(status["remediation_status"])


def check_counts(page, status):
    summary, code = status["vulnerability_summary"], status["code_summary"]
    also = {"accepted": summary["accepted"] + code["accepted"], "in code": code["total"]}
    items = page.locator(".counts li").all_inner_texts()
    assert len(items) == 6 + bool(code["total"])
    for item in items:
        number, label = item.split(maxsplit=1)
        assert int(number) == (summary | also)[label], label


def check_tables(page, status):
    for anchor, key in [("findings", "vulnerability_summary"), ("other", "other_summary")]:
        rows = page.locator(f"#{anchor} tbody tr").count()
        assert rows == min(25, status[key]["total"])
    assert page.locator("#coverage tbody tr").count() == len(status.get("scans", []))


@pytest.mark.parametrize("path", ["", "badges.html", "api.html", "history.html", "findings/"])
def test_the_script_adds_nothing_on_the_day_of_the_build(tab, plain, site, now, path):
    shown = site("open")
    plain.go(shown.address + path)
    scripted = tab()
    scripted.go(shown.address + path, at=now)
    scripted.run(EXTRAS)
    assert words(scripted.page.inner_text("body")) == words(plain.page.inner_text("body"))


def test_the_script_adds_no_words_to_the_front_page_of_any_state(tab, plain, site, now, state):
    shown = site(state)
    plain.go(shown.address)
    scripted = tab()
    scripted.go(shown.address, at=now)
    scripted.run(EXTRAS)
    assert words(scripted.page.inner_text("body")) == words(plain.page.inner_text("body"))


def test_details_open_without_a_script(plain, site):
    plain.go(site("open").address + "history.html")
    table = plain.page.locator("table.weeks")
    assert not table.is_visible()
    plain.page.click("summary")
    assert table.is_visible()
