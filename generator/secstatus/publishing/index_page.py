"""Parse the pages of a package index: simple pages and the JSON of a release.

The pages are untrusted. A page that cannot be parsed is refused; an entry that cannot be is named
in `odd`. Nothing is guessed.
https://packaging.python.org/specifications/simple-repository-api/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import unquote, urlsplit

from secstatus.errors import InputError, shown
from secstatus.findings.texts import parse_version
from secstatus.jsonio.strict import parse_json
from secstatus.text.package_names import normalize_package_name

# PEP 691: JSON is preferred; older indexes always answer with HTML.
ACCEPT = (
    "application/vnd.pypi.simple.v1+json, "
    "application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.01"
)
LARGEST_HTML = 4 * 1024 * 1024
# html.parser takes quadratic time for a tag that never ends.
LONGEST_TAG = 2000
# The simple API allows other algorithms; a weaker one proves nothing here.
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A page of another kind may have thousands of entries that are none.
MOST_ODD = 20


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file as the index lists it.

    `sha256` is empty where none is stated that could be one, `size` None where none is stated.
    `yanked` is the reason, None for a file that is not yanked. `provenance` is an address.
    """

    name: str
    sha256: str = ""
    size: int | None = None
    yanked: str | None = None
    provenance: str = ""


@dataclass(frozen=True, slots=True)
class IndexPage:
    """A parsed page. `odd` names entries that could not be parsed; `withheld` is the reason why the
    index serves no file of the project, empty where it does.
    """

    files: tuple[ListedFile, ...] = ()
    odd: tuple[str, ...] = ()
    withheld: str = ""


def read_simple(text: str, where: str, project: str) -> IndexPage:
    """Parse the page of a project in the simple API, as JSON or as HTML.

    `where` names the page in messages. Raises InputError for any other text, and for the page of
    another project.
    """
    # Decided by content: the media type of an index or proxy may be wrong.
    if text.lstrip()[:1] == "{":
        return _simple_json(parse_json(text, where, "a page of a package index"), where, project)
    if "<" not in text:
        raise InputError(where, "", shown(text[:40]), "a page of a package index (JSON or HTML)")
    return _simple_html(text, where)


def parse_release(text: str, where: str, project: str, version: str) -> IndexPage:
    """Parse the JSON of one release. Raises InputError for any other text or release."""
    data = parse_json(text, where, "the JSON of a release")
    info = data.get("info") if isinstance(data, dict) else None
    if not isinstance(info, dict) or not isinstance(data.get("urls"), list):
        raise InputError(where, "$", "no info and urls", "the JSON of a release")
    name, stated = info.get("name"), info.get("version")
    if not isinstance(name, str) or normalize_package_name(name) != normalize_package_name(project):
        raise InputError(where, "$.info.name", shown(name), shown(project))
    if not isinstance(stated, str) or not is_same_version(stated, version):
        raise InputError(where, "$.info.version", shown(stated), shown(version))
    # The older JSON API names hashes `digests`; the simple API names them `hashes` (PEP 691).
    return _page(data["urls"], "digests", "")


def is_same_version(one: str, other: str) -> bool:
    """Whether two texts are the same version (PEP 440): 1.0 and 1.0.0 are."""
    version = parse_version(one)
    return version is not None and version == parse_version(other)


def _simple_json(data: Any, where: str, project: str) -> IndexPage:
    meta = data.get("meta")
    version = meta.get("api-version") if isinstance(meta, dict) else None
    # PEP 629: clients must stop at a major version that they do not know.
    if not isinstance(version, str) or not re.fullmatch(r"1\.\d{1,4}", version):
        raise InputError(where, "$.meta.api-version", shown(version), "a version 1 of the API")
    name = data.get("name")
    if not isinstance(name, str) or normalize_package_name(name) != normalize_package_name(project):
        raise InputError(where, "$.name", shown(name), shown(normalize_package_name(project)))
    if not isinstance(data.get("files"), list):
        raise InputError(where, "$.files", shown(data.get("files")), "a list of files")
    return _page(data["files"], "hashes", _withheld(data.get("project-status")))


def _withheld(status: Any) -> str:
    """PEP 792: the files of a project in quarantine cannot be installed."""
    stated = status.get("status") if isinstance(status, dict) else status
    # The other states of PEP 792, archived and deprecated, still serve files.
    if stated != "quarantined":
        return ""
    reason = status.get("reason") if isinstance(status, dict) else None
    because = f": {shown(reason)}" if isinstance(reason, str) and reason else ""
    return f"the index has put the project in quarantine{because}"


def _page(entries: list[Any], hashes: str, withheld: str) -> IndexPage:
    files: list[ListedFile] = []
    odd: list[str] = []
    for number, entry in enumerate(entries):
        name = entry.get("filename") if isinstance(entry, dict) else None
        if isinstance(name, str) and name:
            files.append(_listed(name, entry, entry.get(hashes)))
        else:
            odd.append(f"entry {number} has no file name")
    return IndexPage(tuple(files), tuple(odd[:MOST_ODD]), withheld)


def _listed(name: str, entry: Mapping[str, Any], hashes: Any) -> ListedFile:
    digest = hashes.get("sha256") if isinstance(hashes, dict) else None
    size, provenance = entry.get("size"), entry.get("provenance")
    # `bool` is an `int` in Python.
    is_integer = isinstance(size, int) and not isinstance(size, bool)
    return ListedFile(
        name=name,
        sha256=_digest(digest),
        size=size if is_integer else None,
        yanked=_yanked(entry.get("yanked"), entry.get("yanked_reason")),
        provenance=provenance if isinstance(provenance, str) else "",
    )


def _digest(value: Any) -> str:
    text = value.strip().lower() if isinstance(value, str) else ""
    return text if _SHA256.fullmatch(text) else ""


def _yanked(value: Any, reason: Any) -> str | None:
    """Any true value counts, as the specification states; a text is the reason."""
    if not value:
        return None
    words = value if isinstance(value, str) else reason
    return words if isinstance(words, str) else ""


class _Anchors(HTMLParser):
    """The links of a page, each with its attributes and its text."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[dict[str, str], str]] = []
        self.version = ""
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        # The version of the HTML form (PEP 629).
        if tag == "meta" and values.get("name") == "pypi:repository-version":
            self.version = values.get("content", "")
        if tag == "a":
            self.found.append((values, ""))
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside and tag != "a"

    def handle_data(self, data: str) -> None:
        if self._inside:
            attributes, text = self.found[-1]
            # No file name is longer; a page must not make texts grow without bound.
            self.found[-1] = attributes, (text + data)[:1000]


def _plain(text: str, where: str) -> str:
    """The page without comments. Raises InputError for markup that no index writes.

    Python's parser takes hours for some megabytes of tags that do not end.
    """
    if len(text) > LARGEST_HTML:
        expected = f"at most {LARGEST_HTML} characters of HTML"
        raise InputError(where, "", f"{len(text)} characters", expected)
    first, *others = text.split("<!--")
    parts = [each.partition("-->") for each in others]
    plain = "".join((first, *(rest for _, _, rest in parts)))
    tags = plain.split("<")[1:]
    endless = any(">" not in each[:LONGEST_TAG] for each in tags)
    odd = any(each[0] in "!?" and each[:8].lower() != "!doctype" for each in tags if each)
    if endless or odd or not all(end for _, end, _ in parts):
        raise InputError(where, "", "markup that does not end", "a page of a package index")
    return plain


def _simple_html(text: str, where: str) -> IndexPage:
    plain = _plain(text, where)
    anchors = _Anchors()
    try:
        anchors.feed(plain)
        anchors.close()
    except (AssertionError, ValueError, RecursionError) as error:
        found = f"HTML that cannot be read ({shown(str(error))})"
        raise InputError(where, "", found, "a page of a package index") from None
    if anchors.version and not re.fullmatch(r"1\.\d{1,4}", anchors.version):
        place, expected = "pypi:repository-version", "a version 1 of the API"
        raise InputError(where, place, shown(anchors.version), expected)
    files = [each for attributes, words in anchors.found for each in _anchored(attributes, words)]
    known = tuple(each for each in files if isinstance(each, ListedFile))
    odd = tuple(each for each in files if isinstance(each, str))
    return IndexPage(known, odd[:MOST_ODD])


def _anchored(attributes: Mapping[str, str], words: str) -> Iterator[ListedFile | str]:
    """The file of a link: its name is the last part of the address, as installers read it."""
    try:
        parts = urlsplit(attributes.get("href", ""))
    except ValueError:
        yield f"a link that cannot be read: {shown(attributes.get('href', ''))}"
        return
    name = unquote(parts.path.rpartition("/")[2])
    if not name:
        return
    if words.strip() != name:
        yield f"a link to {shown(name)} is called {shown(words.strip())}"
    # The hash is the fragment of the address (PEP 503): `#sha256=…`.
    kind, _, digest = parts.fragment.partition("=")
    yield ListedFile(
        name=name,
        sha256=_digest(digest) if kind == "sha256" else "",
        # PEP 592: the attribute alone marks the file as yanked; its value is the reason.
        yanked=attributes.get("data-yanked"),
        provenance=attributes.get("data-provenance", ""),
    )
