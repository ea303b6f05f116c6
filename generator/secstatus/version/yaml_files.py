"""YAML: what the neighbours of a key say about its version."""

from __future__ import annotations

import re

from secstatus.version.place import ContextJudgement, MatchContext, others, ours, text, unclear

_KEY = re.compile(
    rb"^(?P<indent>[ ]*)(?P<dash>-[ ]+)?[\"']?(?P<key>[\w.-]+)[\"']?[ ]*:[ ]+[\"']?\Z"
)
_NEIGHBOUR = re.compile(
    rb"^(?P<indent>[ ]*)(?P<dash>-[ ]+)?(?P<key>name|package|repo|repository|image|title"
    rb"|project|chart|module):[ ]+[\"']?(?P<value>[^\"'\r\n#]+)"
)
_SET = re.compile(rb"\{%-?\s*set\s+version\s*=\s*[\"']\Z")
_SET_NAME = re.compile(rb"\{%-?\s*set\s+name\s*=\s*[\"']([^\"']+)")
_ENV = re.compile(rb"^[ -]*(?P<name>\w+?)_VERSION[ ]*[:=][ ]*[\"']?\Z", re.IGNORECASE)
_KEYS = frozenset(
    {"version", "tag", "rev", "ref", "appVersion", "release", "newTag", "current_version"}
)


def yaml_judgement(place: MatchContext) -> ContextJudgement | None:
    """What key and neighbours say; None when the line is no pair of a key and a version."""
    if _SET.search(place.before):
        name = _SET_NAME.search(place.content)
        if name and place.names.mean_us(text(name[1])):
            return ours("recipe", "the version of our recipe")
        return unclear("recipe", "the recipe does not name us")
    key = _KEY.match(place.before)
    if key is None:
        return None
    word = text(key["key"])
    if word not in _KEYS:
        return _named_key(place, word)
    if not key["indent"] and not key["dash"]:
        top = _top_level(place, word)
        if top is not None:
            return top
    return _by_neighbour(place, len(key["indent"]) + len(key["dash"] or b""))


def _named_key(place: MatchContext, word: str) -> ContextJudgement | None:
    if place.names.mean_us(word):
        return ours("yaml", "the key is our name")
    if _ENV.match(place.before) and place.names.mean_us(word.rpartition("_")[0]):
        return ours("yaml", "the key is our name")
    return None


def _top_level(place: MatchContext, word: str) -> ContextJudgement | None:
    """Files whose top level is about the project."""
    if place.path == "CITATION.cff" and word == "version":
        return ours("citation", "the version that is cited")
    if place.name == "Chart.yaml" and word == "appVersion" and not place.in_test:
        return ours("chart", "the version that the chart installs")
    if place.name == "Chart.yaml":
        return unclear("chart", "the version of the chart, not of the project")
    return None


def _by_neighbour(place: MatchContext, indent: int) -> ContextJudgement:
    name = _neighbour(place, indent)
    if not name:
        return unclear("yaml", "nothing next to it says what it is the version of")
    last = re.split(r"[/:]", name.rstrip("/").removesuffix(".git"))[-1]
    if not place.names.mean_us(last):
        return others("yaml", "the entry names another project")
    if place.in_test:
        return unclear("yaml", "our name in the data of a test")
    return ours("yaml", "the entry is named as we are")


def _neighbour(place: MatchContext, indent: int) -> str:
    """The name in the same mapping: the lines around, up to one that is indented less."""
    below = place.content[place.line_end : place.line_end + 1_500].split(b"\n")[1:]
    for lines, upwards in ((place.above.split(b"\n")[-2::-1], True), (below, False)):
        for line in lines[:30]:
            found = _NEIGHBOUR.match(line)
            depth = len(line) - len(line.lstrip(b" "))
            starts = line.lstrip().startswith(b"- ")
            level = depth + (2 if starts else 0)
            if found and level == indent and not (starts and not upwards):
                return text(found["value"]).strip()
            if line.strip() and (level < indent or (starts and level <= indent)):
                break
    return ""
