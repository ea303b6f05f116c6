"""Grype's JSON: `{"matches": […], "ignoredMatches": […], "source": …, "descriptor": …}`.

https://github.com/anchore/grype/tree/main/schema/grype. It lists matches and never what it
examined, so that no report is `complete`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, SeverityClaim, Verdict
from secstatus.scanners.packages import list_ecosystems, name_package
from secstatus.scanners.reading import ReportNode, distinct, read_aliases, read_line, read_path

NAME = "grype"


def recognises(data: Any) -> bool:
    if not isinstance(data, dict) or not isinstance(data.get("matches"), list | None):
        return False
    return "matches" in data and ("descriptor" in data or "source" in data)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; `unstated`. A match that a rule or a VEX document ignores is kept as suppressed.

    `"matches": null` is an empty list: Go writes it for one.
    """
    root = ReportNode(data).expect_object()
    if "matches" not in root:
        raise root.at("matches").refuse("a list of matches")
    matches = map(_observation, root.expect_objects("matches"))
    found = (*matches, *map(_ignored, root.expect_objects("ignoredMatches")))
    # For a folder `target` is its path, for an image an object with what the user typed.
    target = root.at("source", "target")
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=Verdict.UNSTATED,
        observations=found,
        problems=("It lists matches, not what was looked at.", *_list_alerts(root)),
        scope=distinct([read_path(target.text("userInput") or target.text())]),
        tool_version=root.line("descriptor", "version"),
        scanned_at=root.timestamp("descriptor", "timestamp"),
        ecosystems=list_ecosystems(each.package for each in found),
    )
    return (report,)


def _ignored(match: ReportNode) -> Observation:
    rules = match.objects("appliedIgnoreRules")
    reasons = distinct(rule.text("reason") or rule.text("vex-status") for rule in rules)
    reason = read_line("; ".join(reasons)) or "ignored by a rule"
    return replace(_observation(match), suppressed=reason)


def _list_alerts(root: ReportNode) -> list[str]:
    # Grype warns of a distribution that gets no updates any more, once for each package.
    packages = root.objects("alertsByPackage")
    alerts = [each for package in packages for each in package.objects("alerts")]
    return sorted({each.line("message") or each.line("type") for each in alerts} - {""})


def _observation(match: ReportNode) -> Observation:
    vulnerability = match.expect_object("vulnerability")
    found_id = vulnerability.identifier("id")
    related = match.objects("relatedVulnerabilities")
    # A record of a distribution has little text; the related one is that of the NVD or of GitHub.
    records = (vulnerability, *related)
    artifact = match.at("artifact")
    return Observation(
        id=found_id,
        aliases=_aliases(found_id, related),
        package=name_package(artifact.line("name"), artifact.text("purl"), artifact.text("type")),
        version=artifact.line("version"),
        severities=tuple(dict.fromkeys(claim for each in records for claim in _claims(each))),
        fix_versions=_list_fixes(vulnerability),
        description=next((text for each in records if (text := each.text("description"))), ""),
        location=artifact.path("locations", 0, "path"),
        references=_references(vulnerability),
    )


def _aliases(found_id: str, related: list[ReportNode]) -> tuple[str, ...]:
    """The related ids; none when there are several CVEs."""
    ids = read_aliases([item.value.get("id") for item in related], found_id)
    # An advisory of a distribution may gather several problems. As aliases they would be joined to
    # one finding, and the fix of one would close them all.
    together = [name for name in (found_id, *ids) if name.upper().startswith("CVE-")]
    return ids if len(together) <= 1 else ()


def _list_fixes(vulnerability: ReportNode) -> tuple[str, ...]:
    # Versions before 0.13 wrote `fixedInVersion`.
    fixes = vulnerability.texts("fix", "versions") or vulnerability.texts("fixedInVersion")
    return distinct(fixes)


def _references(vulnerability: ReportNode) -> tuple[str, ...]:
    # `links` is the key of old versions for `urls`.
    urls = (*vulnerability.texts("urls"), *vulnerability.texts("links"))
    return distinct((vulnerability.text("dataSource"), *urls))


def _claims(item: ReportNode) -> Iterator[SeverityClaim]:
    source = item.text("namespace") or NAME
    if word := item.text("severity"):
        # Debian's sixth step, below low.
        word = "info" if word.lower() == "negligible" else word
        yield SeverityClaim("word", source, word)
    for cvss in item.objects("cvss"):
        stated_by = cvss.text("source") or source
        score = cvss.text("metrics", "baseScore")
        if vector := cvss.text("vector"):
            yield SeverityClaim("vector", stated_by, vector)
        # A score of CVSS 2 is on another scale than those of 3 and 4.
        elif score and not cvss.text("version").startswith("2"):
            yield SeverityClaim("score", stated_by, score)
