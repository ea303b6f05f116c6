"""A built site as a check reads it: documents, problems, links, anchors, repeated texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any


class PageReader(HTMLParser):
    """The links, the anchors and some texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.times: list[str] = []
        self.words: dict[str, str] = {}
        self.outcomes: list[str] = []
        self.decisions: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if "id" in values:
            self.anchors.add(values["id"])
        target = values.get("href", values.get("src", ""))
        # The canonical address is absolute and of the public site, which may not be deployed yet.
        if target and values.get("rel") != "canonical":
            self.links.append(target)
        if tag == "time":
            self.times.append(values.get("datetime", ""))
        # The classes that the bundled templates give to what other surfaces repeat.
        if values.get("class") in ("mark", "outcome", "decided", "health"):
            self._inside = values["class"]
        # Inlined SVGs have titles of their own further down.
        if tag == "title" and "title" not in self.words:
            self._inside = "title"

    def handle_data(self, data: str) -> None:
        text = data.strip()
        match self._inside:
            case "mark" | "health" | "title" as name:
                self.words[name] = text
            case "outcome":
                self.outcomes.append(text)
            case "decided":
                self.decisions.append(text)
        self._inside = ""


def read_page(content: bytes) -> PageReader:
    """Parse the page; any bytes are accepted."""
    page = PageReader()
    page.feed(content.decode("utf-8", "replace"))
    return page


# The whole site in memory: each file is read once and checked from several sides.
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Problem:
    """`serious`: the site must not be published like this."""

    path: str
    text: str
    serious: bool = True


def load_document(files: Files, path: str) -> Any:
    try:
        return json.loads(files[path])
    # RecursionError: `[[[[…` is JSON to its grammar.
    except (KeyError, ValueError, RecursionError):
        return None
