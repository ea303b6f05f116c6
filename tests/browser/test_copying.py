"""The copy buttons."""

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture
def allowed(tab):
    return tab(permissions=["clipboard-read", "clipboard-write"])


@pytest.mark.parametrize("path", ["badges.html", "api.html"])
def test_what_is_copied_is_what_is_shown(allowed, site, now, path):
    shown = site("open")
    expected = [code.text for code in shown.soup(path).select(".copybox code")]
    allowed.go(shown.address + path, at=now)
    allowed.run("document.querySelectorAll('details').forEach(each => each.open = true)")
    buttons = allowed.page.locator(".copybox button").all()
    assert len(buttons) == len(expected) >= 2
    for button, text in zip(buttons, expected, strict=True):
        assert button.inner_text() == "Copy"
        button.click()
        button.get_by_text("Copied").wait_for()
        assert allowed.run("navigator.clipboard.readText()") == text


@pytest.mark.parametrize("path", ["badges.html", "api.html"])
def test_every_button_says_what_it_copies(allowed, site, now, path):
    allowed.go(site("open").address + path, at=now)
    names = [
        button.get_attribute("aria-label")
        for button in allowed.page.locator(".copybox button").all()
    ]
    assert len(names) == len(set(names))
    assert all(name.startswith("Copy: ") and len(name) > 8 for name in names)


def test_without_a_clipboard_there_is_no_button(tab, site, now):
    """On plain http from another machine the browser offers none."""
    window = tab(locale="en-GB")
    window.page.add_init_script(
        "Object.defineProperty(navigator, 'clipboard', { value: undefined })"
    )
    window.go(site("open").address + "badges.html", at=now)
    assert window.page.locator(".copybox").count() > 0
    assert window.page.locator("button").count() == 0
    assert window.complaints == []


def test_a_button_hides_no_text(tab, site, now):
    window = tab(width=320)
    window.go(site("open").address + "api.html", at=now)
    for box in window.page.locator(".copybox").all():
        code, button = box.locator("code").bounding_box(), box.locator("button").bounding_box()
        assert code["x"] + code["width"] <= button["x"] + 1
