"""What all surfaces of a built site say, held against the evidence that the site itself publishes.

`complaints_about` is the checker of the one law: no page, badge, feed or export says better than
the evidence. It reads the facts from `api/v1/status.json`; its callers prove those.
"""

import json
import re
from dataclasses import dataclass
from xml.etree import ElementTree

from bs4 import BeautifulSoup

BADGES = ("grade", "vulnerabilities", "last-scan", "days-since", "remediation")
GREEN = {"116329", "476800"}
CLEAN = re.compile(
    r"none known|no known vulnerability(?! scan)|\b(?:0|no) open(?! finding counts)|nothing (?:is )?open",
    re.IGNORECASE,
)
FINISHED = re.compile(r"every required scanner finished|\bcomplete: \d", re.IGNORECASE)
NOT_GREEN = {"a", "b"}


@dataclass
class Facts:
    """What the evidence is."""

    grade: str
    without: str
    proved: bool
    fresh: bool
    severe: int
    open: int
    code: int
    missing: list

    @property
    def clean(self):
        return self.proved and not self.severe and not self.open

    @property
    def word(self):
        return "unknown" if self.grade == "?" else self.grade

    @property
    def without_words(self):
        word = "unknown" if self.without == "?" else self.without
        return "" if self.without == self.grade else f"; {word} without"


def facts_of(status):
    reasons = status["grade_reasons"]
    code, known = status["code_summary"], status["vulnerability_summary"]
    ages = [r["ceiling"] for r in reasons if r["rule"].startswith("freshness.")]
    missing = [r["text"] for r in reasons if r["rule"] == "coverage.missing"]
    return Facts(
        grade=status["security_grade"],
        without=status["security_grade_without_accepted"],
        proved=all(reason["ceiling"] != "?" for reason in reasons),
        fresh=all(ceiling == "A" for ceiling in ages),
        severe=code["accepted_severe"] + known["accepted_severe"],
        open=known["total"],
        code=code["total"],
        missing=[text.rpartition(": ")[2] for text in missing],
    )


def complaints_about(files):
    """Every place that says better than the evidence, as sentences. `files`: path → bytes."""
    facts = facts_of(json.loads(files["api/v1/status.json"]))
    page = BeautifulSoup(files["index.html"].decode(), "html.parser")
    found = [*_words(files, page, facts), *_colours(files, page, facts)]
    return [*found, *_names(files, page, facts), *_exports(files, facts), *_controls(files)]


def text_of(element):
    return " ".join(element.get_text(" ").split())


def _sayings(files, page):
    """Place → text, of everything that speaks about today."""
    found = {"title": page.title.get_text(), "h2": text_of(page.select_one("#verdict"))}
    found["description"] = page.select_one("meta[name=description]")["content"]
    found |= {f"og:{name}": page.select_one(f"meta[property='og:{name}']")["content"]
              for name in ("title", "description")}  # fmt: skip
    for part in (".verdict", "#why", "#findings", "#coverage"):
        found[part] = text_of(page.select_one(part))
    for number, banner in enumerate(page.select(".banner")):
        found[f"banner {number}"] = text_of(banner)
    for name in BADGES:
        found[f"badge {name}"] = json.loads(files[f"badges/{name}.json"])["message"]
        for path in files:
            if re.fullmatch(rf"badges/{name}(?:\.[a-z-]+)?\.svg", path):
                found[path] = ElementTree.fromstring(files[path]).get("aria-label")
    events = json.loads(files["api/v1/events.json"])["events"]
    today = json.loads(files["api/v1/status.json"])["security_grade"]
    for kind in ("scan", "grade"):
        latest = next((event for event in events if event["kind"] == kind), None)
        # An event of another grade speaks about its own day.
        if latest and latest["grade"] == today:
            found[f"{kind} event"] = latest["title"]
    return found


def _words(files, page, facts):
    for place, text in _sayings(files, page).items():
        if CLEAN.search(text) and not facts.clean:
            yield f"{place} says that nothing is open: {text}"
        if FINISHED.search(text) and facts.missing:
            yield f"{place} says that the scans are complete: {text}"
    if facts.missing and not set(facts.missing[:3]) <= set(_doubts(page, facts)):
        yield f"the verdict does not name the scans that are missing: {facts.missing}"


def _doubts(page, facts):
    said = text_of(page.select_one("#sentence"))
    return [name for name in facts.missing if name in said or name == "a dependency scanner"]


def _colours(files, page, facts):
    may_be_green = facts.proved and not facts.severe
    for name in BADGES:
        badge = json.loads(files[f"badges/{name}.json"])
        if badge["color"] in GREEN and not may_be_green:
            yield f"badge {name} is green: {badge['message']}"
        svg = "".join(files[path].decode() for path in files if path.startswith(f"badges/{name}."))
        if GREEN & set(re.findall(r"#([0-9a-f]{6})\b", svg)) and not may_be_green:
            yield f"a picture of badge {name} is green"
    tones = set(page.select_one(".verdict")["class"])
    tones |= {page.select_one(".steps [aria-current]")["data-class"]}
    if tones & NOT_GREEN and not may_be_green:
        yield f"the verdict is green: {tones}"
    if ("doubt" in page.main.get("class", [])) == may_be_green:
        yield "the page takes its green for proved, or the other way round"


def _names(files, page, facts):
    """Whoever names the grade names it whole."""
    badge = json.loads(files["badges/grade.json"])["message"]
    said = {
        "title": page.title.get_text(),
        "h2": text_of(page.select_one("#verdict b")).replace("Grade ", "grade "),
        "badge": f"grade {badge}",
        "step": page.select_one(".steps [aria-current]")["data-name"].lower().replace(
            f"grade {facts.word.lower()}", f"grade {facts.word}"
        ),
    }  # fmt: skip
    for place, text in said.items():
        if not re.search(rf"\bgrade {facts.word}\b", text):
            yield f"{place} names another grade than {facts.word}: {text}"
        if facts.without_words.lower() not in text.lower():
            yield f"{place} names the better grade alone: {text}"
    count = re.match(r"\d+", json.loads(files["badges/vulnerabilities.json"])["message"])
    if facts.open and (count is None or int(count[0]) > facts.open):
        yield f"the badge counts {count}, the status {facts.open}"


def _exports(files, facts):
    run = json.loads(files["api/v1/sarif.json"])["runs"][0]
    done = run["invocations"][0]["executionSuccessful"]
    if done and not (facts.proved and facts.fresh):
        yield "the SARIF log says that the scans succeeded"
    listed = json.loads(files["api/v1/findings.json"])["findings"]
    settled = [item for item in listed if item["status"] not in ("open",)]
    statements = json.loads(files["api/v1/openvex.json"])["statements"]
    harmless = [each for each in statements if each["status"] in ("not_affected", "fixed")]
    if len(harmless) > len(settled):
        yield "the VEX document calls an open finding harmless"


def _controls(files):
    for path, content in files.items():
        text = content.decode("utf-8")
        if path.endswith(".csv"):
            text = text.replace("\r\n", "\n")
        elif path.endswith(".json"):
            text = "".join(_strings(json.loads(text)))
        if odd := re.search(
            "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]", text
        ):
            yield f"{path} has the character {odd[0]!a}"


def _strings(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield from (key, *_strings(item))
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    elif isinstance(value, str):
        yield value
