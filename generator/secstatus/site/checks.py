"""Check that a built site is complete and consistent. Pure: paths and bytes in, problems out."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from hashlib import sha256
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

from pydantic import BaseModel, ValidationError

from secstatus.jsonio.records import find_first_problem
from secstatus.published.documents import RELEASES
from secstatus.published.own_manifest import MANIFEST
from secstatus.site.api.documents import BADGES
from secstatus.site.api.metrics import METRICS
from secstatus.site.api.models import SHAPES
from secstatus.site.api.releases import PAGE, outcome_of
from secstatus.site.page_reader import Files, Problem, load_document, read_page
from secstatus.site.pages.health_page import HEALTH
from secstatus.site.pages.releases_page import MOST_DECISIONS


def problems_of(files: Files) -> list[Problem]:
    """Everything that is wrong with the site, sorted by path."""
    found = list(_manifest(files))
    for check in (_twins, _shapes, _feeds, _links, _surfaces, _releases, _health, _badges):
        found += check(files)
    # Sorted, so that two runs can be compared line by line.
    return sorted(found, key=lambda problem: (problem.path, problem.text))


def _manifest(files: Files) -> Iterator[Problem]:
    manifest = load_document(files, MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        yield Problem(MANIFEST, "missing or unreadable: the site is incomplete")
        return
    for path, entry in manifest["files"].items():
        if path not in files:
            yield Problem(path, "is in the manifest, not in the folder")
        # The manifest is written last: a mismatch is a build that was killed, or a hand that
        # edited.
        elif sha256(files[path]).hexdigest() != entry.get("sha256"):
            yield Problem(path, "does not match the manifest: the site is inconsistent")
    for path in files:
        # Not serious: CNAME and files of other tools lie in the same folder.
        if path not in manifest["files"] and path != MANIFEST:
            yield Problem(path, "is not in the manifest", serious=False)


def _twins(files: Files) -> Iterator[Problem]:
    """A web server may send the gzip file instead of the plain one: their content must be equal."""
    for path, content in files.items():
        # A .gz without its plain file is a download of the user's own, no twin.
        whole = files.get(path.removesuffix(".gz")) if path.endswith(".gz") else None
        if whole is not None and not _holds(content, whole):
            yield Problem(path, f"is not the gzip of {path.removesuffix('.gz')}")


def _holds(twin: bytes, content: bytes) -> bool:
    # 16 + MAX_WBITS selects the gzip container (zlib's inflateInit2).
    reader = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    try:
        # One byte more than there should be: what is much larger is not unpacked.
        found = reader.decompress(twin, len(content) + 1)
    except zlib.error:
        return False
    # A second gzip member behind the first would be sent to visitors too.
    return found == content and reader.eof and not reader.unused_data


def _model_of(path: str) -> type[BaseModel] | None:
    exact = {
        "index.json": "status",
        "api/v1/status.json": "status",
        "api/v1/findings.json": "findings",
        "api/v1/events.json": "events",
        "api/v1/index.json": "index",
        RELEASES: "releases",
        METRICS: "metrics",
        MANIFEST: "manifest",
    }
    if path in exact:
        return SHAPES[exact[path]]
    for folder, name in (("api/v1/findings/", "finding"), ("api/v1/history/", "history")):
        if path.startswith(folder):
            return SHAPES[name]
    return SHAPES["badge"] if path.startswith("badges/") and path.endswith(".json") else None


def _shapes(files: Files) -> Iterator[Problem]:
    for path in files:
        if not path.endswith(".json"):
            continue
        value = load_document(files, path)
        if value is None:
            yield Problem(path, "is not JSON")
        elif model := _model_of(path):
            try:
                model.model_validate(value)
            except ValidationError as error:
                place, found, expected = find_first_problem(error)
                yield Problem(path, f"at {place}: found {found}, expected {expected}")


ATOM = "{http://www.w3.org/2005/Atom}"


def _feeds(files: Files) -> Iterator[Problem]:
    for path, root in (("feed.atom", f"{ATOM}feed"), ("sitemap.xml", None)):
        if path not in files:
            yield Problem(path, "is missing")
            continue
        try:
            tree = ElementTree.fromstring(files[path])  # noqa: S314 - our own output, no entities
        except ElementTree.ParseError as error:
            yield Problem(path, f"is not XML: {error}")
            continue
        if root and tree.tag != root:
            yield Problem(path, f"is {tree.tag}, not an Atom feed")
        # RFC 4287, 4.2.6: an id is unique. Readers drop the second entry silently.
        ids = [item.text for item in tree.iter(f"{ATOM}id")]
        if len(ids) != len(set(ids)):
            yield Problem(path, "has an id twice")


def _links(files: Files) -> Iterator[Problem]:
    pages = {path: read_page(files[path]) for path in files if path.endswith(".html")}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            # Other hosts are not asked here. The 404 page links with absolute paths.
            if parts.scheme or parts.netloc or path == "404.html":
                continue
            # File names are percent-encoded in links only.
            target = _target(path, unquote(parts.path))
            if target not in files:
                yield Problem(path, f"links to {link}, which is not there")
            elif parts.fragment and parts.fragment not in pages[target].anchors:
                yield Problem(path, f"links to {link}, where there is no such anchor")


def _target(path: str, link: str) -> str:
    if not link:
        return path
    target = normpath(join(dirname(path), link))
    if link.endswith("/") or target == ".":
        target = "index.html" if target == "." else f"{target}/index.html"
    return target


def _surfaces(files: Files) -> Iterator[Problem]:
    """Page, JSON, badges and manifest have to state the same grade and the same counts."""
    status = load_document(files, "api/v1/status.json")
    if not isinstance(status, dict) or "index.html" not in files:
        yield Problem("api/v1/status.json", "or index.html is missing")
        return
    grade = status.get("security_grade")
    whole = load_document(files, "index.json") or {}
    # Read back from the bytes, not from the values that made them: that is what a visitor gets.
    page = read_page(files["index.html"]).words
    badge = (load_document(files, "badges/grade.json") or {}).get("message")
    told: list[tuple[str, Any]] = [
        ("index.json", whole.get("security_grade")),
        ("index.html", page.get("mark")),
        # Behind the last "grade ": the package itself can be called `grade-b`.
        ("index.html", _letter(_after(page.get("title"), "grade "))),
        (MANIFEST, (load_document(files, MANIFEST) or {}).get("security_grade")),
        ("badges/grade.json", _letter(badge)),
        ("badges/grade.svg", _letter(_svg_message(files.get("badges/grade.svg", b"")))),
    ]
    for path, said in told:
        if said != grade:
            yield Problem(path, f"says grade {said}, api/v1/status.json says {grade}")
    yield from _without(status, [("index.html", page.get("title")), ("badges/grade.json", badge)])
    yield from _counts(status, whole)


def _without(status: Any, told: list[tuple[str, Any]]) -> Iterator[Problem]:
    """Where accepted findings hide a worse grade, each surface must show that grade too."""
    letter = status.get("security_grade_without_accepted")
    # None: a site of an older version, which had no such key.
    if letter in (None, status.get("security_grade")):
        return
    words = f"{'unknown' if letter == '?' else letter} without"
    for path, text in told:
        if words not in str(text):
            yield Problem(path, f"shows a grade, but not that it is {words} what is accepted")


_SECTIONS = {
    "vulnerability": "vulnerability_summary",
    "code": "code_summary",
    "other": "other_summary",
}


def _counts(status: Any, whole: Any) -> Iterator[Problem]:
    # Accepted ones are listed too, and counted apart.
    listed = [item for item in whole.get("findings") or [] if item.get("status") == "open"]
    for section, key in _SECTIONS.items():
        if whole.get(key) != status.get(key):
            yield Problem("index.json", f"counts otherwise than api/v1/status.json in {key}")
        counted = sum(item.get("section") == section for item in listed)
        if counted != (status.get(key) or {}).get("total"):
            text = f"lists {counted} open findings of {key} and counts another number"
            yield Problem("index.json", text)


def _after(text: object, words: str) -> str:
    """Return the text after the last occurrence of `words`."""
    return text.rpartition(words)[2] if isinstance(text, str) else ""


def _releases(files: Files) -> Iterator[Problem]:
    """The releases page must show each decision of its document, with the same outcome."""
    if PAGE not in files or RELEASES not in files:
        yield Problem(RELEASES, f"or {PAGE} is missing")
        return
    try:
        document = SHAPES["releases"].model_validate(load_document(files, RELEASES))
    except ValidationError:
        return  # The shape is told above.
    page = read_page(files[PAGE])
    # The page shows the newest; the file has all.
    listed = document.model_dump(by_alias=True)["decisions"][:MOST_DECISIONS]
    if page.decisions != [item["decision_id"] for item in listed]:
        yield Problem(PAGE, f"lists other decisions than {RELEASES}")
    elif page.outcomes != [outcome_of(item) for item in listed]:
        yield Problem(PAGE, f"states another outcome of a decision than {RELEASES}")


def _health(files: Files) -> Iterator[Problem]:
    """The health page and its badge must show the state that their document reports."""
    metrics = load_document(files, METRICS)
    if HEALTH not in files or not isinstance(metrics, dict):
        yield Problem(METRICS, f"or {HEALTH} is missing")
        return
    # "unknown" needs a probe that is too old; without any probe the surfaces say so.
    state = metrics.get("state") if metrics.get("measured_at") else "not measured"
    message = (load_document(files, "badges/status-api.json") or {}).get("message")
    told: list[tuple[str, Any]] = [
        (HEALTH, read_page(files[HEALTH]).words.get("health", "").lower()),
        ("badges/status-api.json", message),
        ("badges/status-api.svg", _svg_message(files.get("badges/status-api.svg", b""))),
    ]
    for path, said in told:
        # Behind the dot stands the date, which is checked with the shapes.
        if str(said).partition(" · ")[0] != state:
            yield Problem(path, f"says that the site is {said}, {METRICS} says {state}")


def _letter(message: object) -> str | None:
    word = re.match(r"unknown|[A-F]\b", message) if isinstance(message, str) else None
    return None if word is None else "?" if word[0] == "unknown" else word[0]


def _svg_message(svg: bytes) -> str:
    # The title is what a screen reader speaks, so it must say what the picture shows.
    match = re.search(r"<title>[^<]*: ([^<]*)</title>", svg.decode("utf-8", "replace"))
    return match[1] if match else ""


def _badges(files: Files) -> Iterator[Problem]:
    for name in BADGES:
        path = f"badges/{name}.svg"
        try:
            root = ElementTree.fromstring(files[path])  # noqa: S314 - our own output, no entities
        except KeyError:
            yield Problem(path, "is missing")
            continue
        except ElementTree.ParseError as error:
            yield Problem(path, f"is not XML: {error}")
            continue
        # WCAG 1.1.1: an inlined SVG without a name is silent.
        if root.get("role") != "img" or not root.get("aria-label"):
            yield Problem(path, "has no role and name for screen readers")
