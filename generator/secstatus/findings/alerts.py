"""Alerts of a service that several repositories report to."""

from __future__ import annotations

from dataclasses import replace

from secstatus.findings.observation import ScanReport, Verdict


def select_repository(report: ScanReport, repository: str) -> ScanReport:
    """The report without the alerts of other repositories than OWNER/NAME.

    They are counted and never named: the other repository may be private. Where the own repository
    is not known and the alerts are of several, none can be told to be ours, and the scan failed.
    """
    owners = {each.repository.casefold() for each in report.observations if each.repository}
    if not owners:
        return report
    own = repository.casefold()
    if not own and len(owners) > 1:
        problem = (
            f"Its alerts are of {len(owners)} repositories, and which one is this project's is not "
            "known. Set `repository` in [tool.secstatus]."
        )
        problems = (*report.problems, problem)
        return replace(report, observations=(), verdict=Verdict.FAILED, problems=problems)
    kept = tuple(
        each
        for each in report.observations
        if not own or not each.repository or each.repository.casefold() == own
    )
    if len(kept) == len(report.observations):
        return report
    left_out = len(report.observations) - len(kept)
    problem = f"{left_out:,} alerts of other repositories are left out."
    if left_out == 1:
        problem = "1 alert of another repository is left out."
    return replace(report, observations=kept, problems=(*report.problems, problem))
