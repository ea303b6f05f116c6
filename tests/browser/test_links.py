"""Every way through the site leads somewhere, below a sub-path and from a folder."""

from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest

pytestmark = pytest.mark.browser

PUBLIC = "https://deepsea-tools.github.io/lanternfish/security-status/"
LINKS = {"a": "href", "link": "href", "script": "src", "img": "src"}
STYLED = "getComputedStyle(document.querySelector('header')).display"


def targets(soup, base):
    """Every address that the page names, resolved."""
    for tag, key in LINKS.items():
        for item in soup.find_all(tag, **{key: True}):
            yield urljoin(base, item[key])


def test_every_internal_link_answers(tab, site):
    window, shown = tab(), site("open")
    wanted = {}
    for path in [*shown.pages(), *shown.redirects()]:
        for url in targets(shown.soup(path), shown.address + path):
            here = url.replace(PUBLIC, shown.address, 1)
            if here.startswith(urljoin(shown.address, "/")):
                wanted.setdefault(here, path)
    assert len(wanted) > 40
    bodies = {}
    for url, path in wanted.items():
        plain, fragment = urldefrag(url)
        if plain not in bodies:
            answer = window.page.request.get(plain, max_redirects=0)
            assert answer.status == 200, (path, url)
            bodies[plain] = answer.text()
        assert not fragment or f'id="{fragment}"' in bodies[plain], (path, url)


def test_a_missing_page_is_told_in_style_at_any_depth(tab, site):
    window, shown = tab(), site("open")
    for deep in ("missing.html", "findings/missing.html", "a/b/c/d/missing/"):
        answer = window.go(shown.address + deep)
        assert answer.status == 404
        assert window.run(STYLED) == "flex", deep
        for url in targets(shown.soup("404.html"), shown.address + deep):
            if url.startswith(urljoin(shown.address, "/")) and "#" not in url:
                assert window.page.request.get(url, max_redirects=0).status == 200, (deep, url)
        window.page.locator("main a").first.click()
        assert window.page.url == shown.address + "index.html"
        assert window.page.locator(".verdict").is_visible()


@pytest.mark.parametrize("scripted", [True, False])
def test_an_alias_leads_to_its_finding(tab, site, scripted):
    window, shown = tab(java_script_enabled=scripted), site("open")
    assert shown.redirects()
    for path in shown.redirects():
        target = urljoin(shown.address + path, shown.soup(path).find("a")["href"])
        window.go(shown.address + path)
        window.page.wait_for_url(target)
        alias = path.split("/")[-1].removesuffix(".html")
        assert alias in window.page.inner_text("main")


def test_pages_work_from_a_folder(tab, site, now):
    window, shown = tab(), site("open")
    for path in shown.pages():
        if path == "404.html":  # It is served at any depth, so that its links begin at the host.
            continue
        window.go((shown.folder / path).as_uri(), at=now)
        assert window.run(STYLED) == "flex", path
        scripted = bool(shown.soup(path).find("script"))
        buttons = window.page.locator(".copybox button").count()
        assert bool(buttons) == (scripted and bool(shown.soup(path).select(".copybox"))), path
        assert all(url.startswith(shown.folder.as_uri()) for url in window.requests), path


def test_in_a_folder_the_schedule_is_applied(tab, site):
    window, shown = tab(), site("empty")
    window.go((shown.folder / "index.html").as_uri(), at=shown.moments()[-1])
    assert window.page.inner_text(".mark") == shown.steps()[-1][1]


def test_links_work_from_a_folder(site):
    """There nobody looks for an index.html: a link to a folder shows a list of files."""
    shown = site("open")
    lost = {}
    for path in set(shown.pages()) - {"404.html"}:
        for url in targets(shown.soup(path), (shown.folder / path).as_uri()):
            parts = urlsplit(url)
            if parts.scheme == "file" and not Path(unquote(parts.path)).is_file():
                lost.setdefault(url.replace(shown.folder.as_uri(), ""), []).append(path)
    assert lost == {}
