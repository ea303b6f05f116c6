"""Where the project stands on a finding, in the four words of VEX, and what it says about it."""

from __future__ import annotations

from enum import StrEnum

from secstatus.site.exports.subject import Component, Subject, format_day, line_of


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
    """The position. Whatever is not known to be something better is `affected`.

    `not_affected` takes a false positive that is accepted on this day, with a reason; a plan that
    ran out leaves the finding open. An accepted risk is a risk: `affected`.
    """
    status = subject.status
    if status == "resolved":
        return Position.FIXED
    if status in ("unlisted", "withdrawn"):
        return Position.UNDER_INVESTIGATION
    plan = subject.plan
    refuted = status == "accepted" and line_of(plan, "state") == "false_positive"
    return Position.NOT_AFFECTED if refuted and line_of(plan, "reason") else Position.AFFECTED


RANKS = {position: rank for rank, position in enumerate(Position)}


def component_of(subject: Subject, position: Position) -> Component | None:
    """The package and the version of it that a position is about; None for the project itself.

    The version of a resolved finding is the one that was affected. To call that one fixed would
    silence the alarm of whoever still has it, so that it is the one which came instead, or none.
    """
    if not subject.dependency:
        return None
    package, version, ecosystem = subject.package, subject.version, subject.ecosystem
    if position is not Position.FIXED:
        return Component(package, version, ecosystem)
    fixed = line_of(subject.record, "resolved_version") or subject.fix_version
    return Component(package, fixed, ecosystem) if fixed and fixed != version else None


def justification_of(subject: Subject) -> str:
    """The plan's own VEX label; empty when it has none, which is the rule."""
    label = line_of(subject.plan, "justification")
    return label if label in JUSTIFICATIONS else ""


def reason_of(subject: Subject) -> str:
    """Why a finding is accepted, and until when; empty for one that is not."""
    if subject.status != "accepted":
        return ""
    plan = subject.plan
    reason, expires = line_of(plan, "reason"), format_day(plan, "expires")
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
    action, target = line_of(plan, "action"), format_day(plan, "target_date")
    workaround, reason = line_of(plan, "workaround"), reason_of(subject)
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
    """What stands behind a finding that the scans do not list any more; empty for the others."""
    status = subject.status
    if status == "unlisted":
        since = subject.day("unlisted_since")
        begin = f"Not listed since {since}" if since else "Not listed any more"
        return f"{begin}; nothing proves that it is resolved."
    closed = subject.day("resolved_date")
    if status == "withdrawn":
        return f"The advisory was withdrawn{f' by {closed}' if closed else ''}."
    return f"Resolved on {closed}." if status == "resolved" and closed else ""
