"""Advisories are written by strangers. Nothing in them may act; all of it may be read."""

import pytest

pytestmark = pytest.mark.browser

ACTIVE = """() => {
  const found = [];
  const clean = (text) => text.replace(/[\\x00-\\x20]/g, "").toLowerCase();
  for (const item of document.querySelectorAll("*")) {
    if (/^(iframe|frame|object|embed|applet|form|base|style|math|audio|video)$/i.test(item.localName))
      found.push(item.localName);
    for (const { name, value } of item.attributes)
      if (/^on/i.test(name) || /^(javascript|vbscript|data):/.test(clean(value)))
        found.push(`${item.localName} ${name}=${value}`);
  }
  for (const item of document.scripts) if (!/status\\.js/.test(item.src)) found.push(item.outerHTML);
  for (const item of document.images) found.push(item.outerHTML);
  return found;
}"""
# What a handler would wait for.
TEASE = """() => {
  const kinds = ["mouseover", "mouseenter", "pointerover", "focus", "error", "load", "toggle"];
  for (const item of document.querySelectorAll("body *"))
    for (const kind of kinds) item.dispatchEvent(new Event(kind));
}"""


def finding(shown):
    """The page of the finding whose every field is an attack."""
    return next(path for path in shown.pages() if path.startswith("findings/etc-passwd"))


def test_hostile_text_runs_no_script_and_opens_no_dialog(tab, site, now):
    window, shown = tab(), site("hostile")
    for path in shown.pages():
        window.go(shown.address + path, at=now)
        assert window.run(ACTIVE) == [], path
        window.run(TEASE)
        assert window.dialogs == [], path
        assert window.complaints == [], path
        assert all(url.startswith(shown.address) for url in window.requests), path


def test_an_attack_would_be_seen(tab, site, now):
    window, shown = tab(), site("hostile")
    window.go(shown.address, at=now)
    window.run(
        "() => { const link = document.querySelector('main a');"
        " link.href = ' java\\nscript:alert(1)'; link.setAttribute('onfocus', ''); }"
    )
    assert len(window.run(ACTIVE)) == 2
    window.run("alert(1)")
    assert window.dialogs == ["1"]


def test_redirects_stay_at_home(tab, site):
    window, shown = tab(), site("hostile")
    assert shown.redirects()
    for path in shown.redirects():
        window.go(shown.address + path)
        window.page.wait_for_url(lambda url, old=path: not url.endswith(old))
        assert window.page.url.startswith(shown.address), path
        assert window.page.locator("#main").count() == 1, path
        assert window.dialogs == []


def test_angle_brackets_are_shown(tab, site, now):
    window, shown = tab(), site("hostile")
    title = "<script>alert('title')</script>"
    window.go(shown.address, at=now)
    assert window.page.get_by_role("link", name=title, exact=True).first.is_visible()
    window.go(shown.address + finding(shown), at=now)
    assert window.page.inner_text("h1") == title
    assert "<img src=x onerror=alert(1)>" in window.page.title()
    assert "<img src=x onerror=alert(1)>" in window.page.inner_text(".sub")


def test_an_advisory_is_no_template_and_no_markup(tab, site, now):
    window, shown = tab(), site("hostile")
    window.go(shown.address + finding(shown), at=now)
    advisory = window.page.locator(".advisory")
    text = advisory.inner_text()
    assert "{{ 7*7 }} {% raw %}" in text
    assert "49" not in text
    assert window.page.locator("h1").count() == 1
    for link in advisory.locator("a").all():
        assert (link.get_attribute("href") or "https:").startswith("https:")


def test_badges_are_inert_when_opened_alone(tab, site):
    window, shown = tab(), site("hostile")
    for path in sorted((shown.folder / "badges").glob("*.svg")):
        window.go(f"{shown.address}badges/{path.name}")
        assert window.run(ACTIVE) == [], path.name
        assert window.dialogs == [], path.name


def test_a_package_name_cannot_turn_the_writing_round(tab, site, now):
    """U+202E and its like would let an id read as something else."""
    window, shown = tab(), site("hostile")
    turners = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
    for path in shown.pages():
        window.go(shown.address + path, at=now)
        text = window.run("document.title + document.body.textContent")
        assert not set(text) & set(turners), path
