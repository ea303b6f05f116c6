"""A built page as a check reads it: links, anchors, and the texts that other surfaces repeat."""

from __future__ import annotations

from html.parser import HTMLParser


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
