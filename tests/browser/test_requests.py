"""What a page loads: little, from nobody else, and nothing that its own policy forbids."""

import gzip
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.browser

MOST_REQUESTS = 4
MOST_BYTES = 15_000


def settled(tab, address, now):
    tab.go(address, at=now)
    tab.page.wait_for_load_state("networkidle")
    return tab.requests


@pytest.mark.parametrize("project", ["open", "hostile"])
def test_the_front_page_is_small(tab, site, now, project):
    shown = site(project)
    requests = settled(tab(), shown.address, now)
    assert 3 <= len(requests) <= MOST_REQUESTS, requests
    prefix = urlsplit(shown.address).path
    names = [urlsplit(url).path.removeprefix(prefix) or "index.html" for url in requests]
    files = {*names, "icon.svg"}
    assert {"index.html", "style.css", "status.js"} <= files
    sizes = {name: len(gzip.compress((shown.folder / name).read_bytes())) for name in files}
    assert sum(sizes.values()) <= MOST_BYTES, sizes


@pytest.mark.parametrize("project", ["open", "design"])
def test_a_page_asks_for_its_own_files_and_breaks_no_rule(tab, site, now, project):
    """Neither an error of the script nor a breach of the page's own security policy."""
    window, shown = tab(), site(project)
    for path in shown.pages():
        window.go(shown.address + path, at=now)
        # The browser may ask for the icon before or after the page has loaded.
        others = {url for url in window.requests if not url.endswith("icon.svg")}
        assert len(others) < MOST_REQUESTS, (path, sorted(others))
        assert all(url.startswith(shown.address) for url in others), (path, sorted(others))
        window.run("document.title")
        assert window.complaints == [], path


def test_every_page_has_a_strict_policy(tab, site):
    shown = site("open")
    for path in [*shown.pages(), *shown.redirects()]:
        policy = shown.soup(path).find("meta", attrs={"http-equiv": "Content-Security-Policy"})
        assert policy, path
        parts = dict(part.strip().split(" ", 1) for part in policy["content"].split(";"))
        assert parts.pop("default-src") == "'none'", path
        assert set(parts.values()) <= {"'self'", "'none'"}, path


def test_the_policy_is_enforced(tab, site, now):
    """The other tests would hear a breach."""
    window = tab()
    window.go(site("open").address, at=now)
    window.run(
        "() => new Promise(done => { const script = document.createElement('script');"
        " script.onerror = done; script.src = 'https://third.example/x.js';"
        " document.head.append(script); })"
    )
    assert any("Content Security Policy" in text for text in window.complaints)
