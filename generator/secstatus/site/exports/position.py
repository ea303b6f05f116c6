"""The project's position on a finding, in the four statuses of VEX, and CVSS vectors."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

from secstatus.site.exports.subject import Component, Subject, get_day, get_line


class Position(StrEnum):
    """The VEX states, in the order in which a document lists them.

    Of two statements about one thing readers keep the later one, so that the state which hides
    nothing comes last.
    """

    NOT_AFFECTED = "not_affected"
    FIXED = "fixed"
    UNDER_INVESTIGATION = "under_investigation"
    AFFECTED = "affected"


# A label stands for a proof. Nobody's prose is turned into one: only the label itself counts.
JUSTIFICATIONS = frozenset(
    [
        "component_not_present",
        "vulnerable_code_not_present",
        "vulnerable_code_not_in_execute_path",
        "vulnerable_code_cannot_be_controlled_by_adversary",
        "inline_mitigations_already_exist",
    ]
)


def position_of(subject: Subject) -> Position:
    """Return the position. Without proof of a better one it is `affected`.

    `not_affected` requires a false positive that is accepted on this day, with a reason; an expired
    plan leaves the finding open. An accepted risk is a risk: `affected`.
    """
    status = subject.status
    if status == "resolved":
        return Position.FIXED
    if status in ("unlisted", "withdrawn"):
        return Position.UNDER_INVESTIGATION
    plan = subject.plan
    refuted = status == "accepted" and get_line(plan, "state") == "false_positive"
    return Position.NOT_AFFECTED if refuted and get_line(plan, "reason") else Position.AFFECTED


RANKS = {position: rank for rank, position in enumerate(Position)}


def component_of(subject: Subject, position: Position) -> Component | None:
    """Return the package and version that a position is about; None for the project itself.

    The version in a resolved finding's record is the affected one. Calling it fixed would suppress
    the finding for users who still have it. For `FIXED` the version is therefore the one that
    replaced it; None when that is unknown.
    """
    if not subject.dependency:
        return None
    package, version, ecosystem = subject.package, subject.version, subject.ecosystem
    if position is not Position.FIXED:
        return Component(package, version, ecosystem)
    fixed = get_line(subject.record, "resolved_version") or subject.fix_version
    return Component(package, fixed, ecosystem) if fixed and fixed != version else None


def justification_of(subject: Subject) -> str:
    """The plan's own VEX label; empty when it has none, which is the rule."""
    label = get_line(subject.plan, "justification")
    return label if label in JUSTIFICATIONS else ""


def reason_of(subject: Subject) -> str:
    """Why a finding is accepted, and until when; empty for one that is not."""
    if subject.status != "accepted":
        return ""
    plan = subject.plan
    reason, expires = get_line(plan, "reason"), get_day(plan, "expires")
    until = f"(Accepted until {expires}.)" if expires else ""
    return " ".join(filter(None, (reason, until)))


def upgrade_of(subject: Subject) -> str:
    """The upgrade that ends the problem, as a sentence; empty when none is known."""
    fixed, package = subject.fix_version, subject.package
    return f"Upgrade {package} to {fixed}." if fixed and package else ""


def action_of(subject: Subject) -> str:
    """What to do about a finding: the upgrade, the plan, the workaround. Never empty."""
    plan, upgrade = subject.plan, upgrade_of(subject)
    if upgrade and not plan:
        return upgrade
    action, target = get_line(plan, "action"), get_day(plan, "target_date")
    workaround, reason = get_line(plan, "workaround"), reason_of(subject)
    found = [
        upgrade,
        f"Plan: {action}{f' (by {target})' if target else ''}" if action else "",
        f"Workaround: {workaround}" if workaround else "",
        f"The risk is accepted: {reason}" if reason else "",
    ]
    said = " ".join(filter(None, found))
    if said:
        return said
    no_fix = subject.record.get("fix_available") is False
    return "No fixed version is known yet." if no_fix else "No action is decided yet."


def note_of(subject: Subject) -> str:
    """Return the reason why a finding is no longer listed by the scans; empty for the others."""
    status = subject.status
    if status == "unlisted":
        since = subject.day("unlisted_since")
        begin = f"Not listed since {since}" if since else "Not listed any more"
        return f"{begin}; nothing proves that it is resolved."
    closed = subject.day("resolved_date")
    if status == "withdrawn":
        return f"The advisory was withdrawn{f' by {closed}' if closed else ''}."
    return f"Resolved on {closed}." if status == "resolved" and closed else ""


_V2 = (
    "AV:N,A,L AC:L,M,H Au:M,S,N C:N,P,C I:N,P,C A:N,P,C E:U,POC,F,H,ND RL:OF,TF,W,U,ND "
    "RC:UC,UR,C,ND CDP:N,L,LM,MH,H,ND TD:N,L,M,H,ND CR:L,M,H,ND IR:L,M,H,ND AR:L,M,H,ND"
)
_V3 = (
    "AV:N,A,L,P AC:L,H PR:N,L,H UI:N,R S:U,C C:N,L,H I:N,L,H A:N,L,H E:X,U,P,F,H RL:X,O,T,W,U "
    "RC:X,U,R,C CR:X,L,M,H IR:X,L,M,H AR:X,L,M,H MAV:X,N,A,L,P MAC:X,L,H MPR:X,N,L,H MUI:X,N,R "
    "MS:X,U,C MC:X,N,L,H MI:X,N,L,H MA:X,N,L,H"
)
_V4 = (
    "AV:N,A,L,P AC:L,H AT:N,P PR:N,L,H UI:N,P,A VC:H,L,N VI:H,L,N VA:H,L,N SC:H,L,N SI:H,L,N "
    "SA:H,L,N E:X,A,P,U CR:X,H,M,L IR:X,H,M,L AR:X,H,M,L MAV:X,N,A,L,P MAC:X,L,H MAT:X,N,P "
    "MPR:X,N,L,H MUI:X,N,P,A MVC:X,H,L,N MVI:X,H,L,N MVA:X,H,L,N MSC:X,H,L,N MSI:X,H,L,N,S "
    "MSA:X,H,L,N,S S:X,N,P AU:X,N,Y R:X,A,U,I V:X,D,C RE:X,L,M,H U:X,Clear,Green,Amber,Red"
)


def _table(text: str) -> dict[str, frozenset[str]]:
    pairs = (metric.split(":") for metric in text.split())
    return {name: frozenset(values.split(",")) for name, values in pairs}


# Version: the prefix, the metrics in their order, and how many of them every vector has.
_VERSIONS = {
    "2.0": ("", _table(_V2), 6),
    "3.0": ("CVSS:3.0/", _table(_V3), 8),
    "3.1": ("CVSS:3.1/", _table(_V3), 8),
    "4.0": ("CVSS:4.0/", _table(_V4), 11),
}


@lru_cache(maxsize=4096)
def vector_version(vector: str) -> str:
    """Return `2.0`, `3.0`, `3.1` or `4.0`; empty for an invalid or incomplete vector."""
    for version, (prefix, metrics, base) in _VERSIONS.items():
        if vector.startswith(prefix) and _is_whole(vector.removeprefix(prefix), metrics, base):
            return version
    return ""


def _is_whole(text: str, metrics: dict[str, frozenset[str]], base: int) -> bool:
    pairs = [part.partition(":") for part in text.split("/")]
    names = [name for name, _, _ in pairs]
    known = all(value in metrics.get(name, ()) for name, _, value in pairs)
    if not known or len(set(names)) != len(names) or not set(names).issuperset([*metrics][:base]):
        return False
    # Only version 4 asks for the order.
    return "AT" not in metrics or names == [name for name in metrics if name in names]
