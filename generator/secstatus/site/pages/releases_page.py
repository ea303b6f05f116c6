"""The page of the release decisions, made only from `api/v1/releases.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup

from secstatus.published.documents import RELEASES
from secstatus.release.decision import ManualRequest
from secstatus.release.rules import Action, load_rules
from secstatus.site.api.releases import PAGE, Decision, is_held, outcome_of
from secstatus.site.pages.html import Pages, clip
from secstatus.site.untrusted_text import advisory_html
from secstatus.text.nouns import format_count

MOST_DECISIONS = 100
MOST_DECIDING = 20
MOST_OTHERS = 30
MOST_LINES = 10
MOST_STEPS = 10
# The text of a release is long: those of the last ones stand here, all of them in the JSON.
MOST_NOTES = 20
LONGEST_LINE = 160

_PATH = ("planned", "committed", "pushed", "published", "announced")
_TRIGGERS = {
    "security_auto": "required by the security status",
    "manual": "requested manually",
    "none": "",
}
_FOLLOWS = {
    Action.AUTO.value: "requires a release",
    Action.ALERT.value: "no release, but an alert",
    Action.NONE.value: "no release",
}
_SENTENCE_END = re.compile(r"(?<=[.!?])\s|\n")


def releases_page(pages: Pages, document: Mapping[str, Any]) -> str:
    """Every decision, newest first, and the rules that it was made by."""
    decisions: Sequence[Decision] = document["decisions"]
    shown = decisions[:MOST_DECISIONS]
    package = pages.place.package
    return pages.page(
        "releases.html",
        PAGE,
        f"Security releases of {package}",
        f"Releases of {package} that its security status required, each with the reasons for"
        " the decision.",
        decisions=_views(shown, len(decisions), pages.place.base_url),
        document=RELEASES,
        latest=_latest(document),
        older=len(decisions) - len(shown),
        requests=[{"name": item.value, "bump": item.bump("1.0")} for item in ManualRequest],
        rules=[{"text": rule.text, "follows": _rule_follows(rule.action)} for rule in load_rules()],
    )


def _latest(document: Mapping[str, Any]) -> dict[str, Any] | None:
    latest = document["latest_release"]
    return latest and {**latest, "published_at": _moment(latest["published_at"])}


def _rule_follows(action: Action) -> str:
    words = {
        Action.AUTO: "A patch release",
        Action.ALERT: "No release, but an alert",
        Action.NONE: "No release",
    }
    return words[action]


def _views(shown: Sequence[Decision], total: int, base_url: str) -> list[dict[str, Any]]:
    """What the page shows of each. The oldest decision has the number 1 for ever."""
    views, notes = [], 0
    for place, decision in enumerate(shown):
        view = _view(decision, base_url)
        view["number"] = total - place
        if decision["release_notes"]:
            notes += 1
            view["notes"] = _notes(decision) if notes <= MOST_NOTES else None
        views.append(view)
    return views


def _notes(decision: Decision) -> Markup:
    """The notes as harmless HTML, their headings below that of the decision."""
    html = advisory_html(decision["release_notes"])
    return Markup(html.replace("<h3>", "<h4>").replace("</h3>", "</h4>"))  # noqa: S704 - sanitised


def _view(decision: Decision, base_url: str) -> dict[str, Any]:
    changes = [_change(change, base_url) for change in decision["security_changes"]]
    asking = [change for change in changes if change["asks"]]
    others = [change for change in changes if not change["asks"]]
    told = {change["text"] for change in asking}
    lines = [line for line in decision["justification"].splitlines() if line not in told]
    alerts = [text for text in decision["alerts"] if f"{text}." not in lines]
    return {
        **decision,
        "alerts": alerts[:MOST_LINES],
        "asking": asking[:MOST_DECIDING],
        "decided_at": _moment(decision["decided_at"]),
        "left_out": _left_out(decision, asking, others),
        "lines": lines[:MOST_LINES],
        "more_alerts": len(alerts[MOST_LINES:]),
        "more_lines": len(lines[MOST_LINES:]),
        "notes": None,
        "others": others[:MOST_OTHERS],
        "others_title": _others_title(asking, others),
        "outcome": outcome_of(decision),
        "path": _path(decision),
        "scan_date": _moment(decision["scan_date"]),
        "trigger": _TRIGGERS[decision["trigger_type"]],
    }


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _left_out(decision: Decision, asking: Sequence[object], others: Sequence[object]) -> int:
    rest: int = decision["more"]
    return rest + len(asking[MOST_DECIDING:]) + len(others[MOST_OTHERS:])


def _others_title(asking: Sequence[object], others: Sequence[object]) -> str:
    return format_count(len(others), "other change" if asking else "change")


def _change(change: Mapping[str, Any], base_url: str) -> dict[str, Any]:
    """A change in words: its sentence, split at the id that links to the finding's page."""
    texts = (rule.text for rule in load_rules() if rule.name == change["row"])
    follows = _FOLLOWS.get(change["action"], change["action"])
    if change["settled"]:
        follows = f"{follows}: {change['settled']}"
    found = {
        "asks": change["action"] == Action.AUTO.value,
        "follows": follows,
        "href": change["links"]["html"].removeprefix(base_url) if change["links"] else "",
        "rule": next(texts, change["row"]),
        "text": change["text"],
    }
    before, link, after = change["text"].partition(change["finding_id"] or "\0")
    return {**found, "before": before, "link": link or change["finding_id"] or "", "after": after}


def _path(decision: Decision) -> list[dict[str, Any]]:
    """The progress of a release: the steps with their timestamps, then the remaining ones."""
    if not decision["should_release"]:
        return []
    reached = decision["steps"][-MOST_STEPS:]
    steps = [_step(step, reached[:number]) for number, step in enumerate(reached)]
    state = "pushed" if decision["state"] == "failed" else decision["state"]
    rest = _PATH[_PATH.index(state) + 1 :] if state in _PATH else ()
    return [*steps, *({"ahead": True, "name": name.capitalize()} for name in rest)]


def _step(step: Mapping[str, Any], earlier: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A step in words, without the values that an earlier step has already."""
    said = {each[name] for each in earlier for name in ("version", "tag", "commit")}
    new = {name: step[name] for name in ("version", "tag") if step[name] not in said}
    return {
        "ahead": False,
        "at": _moment(step["at"]),
        "commit": "" if step["commit"] in said else (step["commit"] or "")[:12],
        "name": step["state"].capitalize(),
        "names": [name for name in new.values() if name],
        "note": step["note"],
    }


def front_line(decisions: Sequence[Decision]) -> dict[str, str] | None:
    """The front page's line on a release that is not published yet; None without one."""
    last = decisions[0] if decisions else None
    open_ones = [item for item in decisions if item["state"] in (*_PATH[:3], "failed")]
    found = open_ones[0] if open_ones else last if last and is_held(last) else None
    if found is None:
        return None
    title = "Release held" if found["state"] == "none" else outcome_of(found)
    if found["state"] == "failed":
        step = found["steps"][-1]
        why = f"on {step['at']}. {step['note'] or ''}".strip()
        return {"title": title, "text": clip(why, LONGEST_LINE)}
    first = _SENTENCE_END.split(found["justification"].strip(), maxsplit=1)[0]
    return {"title": title, "text": clip(first, LONGEST_LINE)}
