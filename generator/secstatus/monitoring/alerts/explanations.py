"""Explains each kind of alert to the reader of a notice; the texts are in `explanations.toml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from secstatus.monitoring.alerts.terms import AlertKind
from secstatus.package_data import Section, read_data


@dataclass(frozen=True, slots=True)
class AlertExplanation:
    """`title` is a sentence without its full stop; the others are whole sentences.

    `remedy` marks commands and settings with backticks, as Markdown does.
    """

    title: str
    meaning: str
    remedy: str


@lru_cache(maxsize=1)
def load_explanations() -> Mapping[AlertKind, AlertExplanation]:
    """The explanation of every kind, read once."""
    data = read_data("secstatus.monitoring.alerts", "explanations.toml")
    found = {kind: _explanation(data.table(kind)) for kind in AlertKind}
    data.close()
    return found


def _explanation(entry: Section) -> AlertExplanation:
    found = AlertExplanation(entry.text("title"), entry.text("meaning"), entry.text("remedy"))
    entry.close()
    return found
