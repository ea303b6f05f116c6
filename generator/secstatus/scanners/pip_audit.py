"""pip-audit's JSON: `{"dependencies": […], "fixes": […]}`, before version 2 the list alone.

https://github.com/pypa/pip-audit#json. The file has neither a time nor severities.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from secstatus.findings.observation import Observation, ScanKind, ScanReport, Skipped
from secstatus.scanners.packages import PYPI, find_unbuilt, list_inventory
from secstatus.scanners.reading import ReportNode, decide_verdict, read_aliases

NAME = "pip-audit"


def recognises(data: Any) -> bool:
    listed = data.get("dependencies") if isinstance(data, dict) else data
    # gitleaks and GitHub write an empty list too.
    if not isinstance(listed, list) or data == []:
        return False
    return all(isinstance(item, dict) and _is_dependency(item) for item in listed[:5])


def _is_dependency(item: dict[str, Any]) -> bool:
    return "name" in item and ("vulns" in item or "skip_reason" in item)


def read(data: Any) -> tuple[ScanReport, ...]:
    """The report; `failed` when no dependency was audited."""
    root = ReportNode(data)
    listed = _list_dependencies(root)
    audited = [item for item in listed if not _is_skipped(item)]
    skipped = [item for item in listed if _is_skipped(item)]
    inventory = list_inventory((item.identifier("name"), item.line("version")) for item in audited)
    gaps = find_unbuilt(inventory)
    report = ScanReport(
        scanner=NAME,
        kind=ScanKind.DEPENDENCIES,
        verdict=decide_verdict(not audited, skipped or gaps),
        observations=tuple(found for item in listed for found in _observations(item)),
        audited=len(audited),
        skipped=tuple(Skipped(item.line("name"), item.line("skip_reason")) for item in skipped),
        problems=(*_explain_failure(len(audited), len(skipped)), *gaps),
        inventory=inventory,
        tool_version=root.line("tool", "version"),
        scanned_at=root.timestamp("generated_at"),
        # It audits Python packages alone.
        ecosystems=(PYPI,),
    )
    return (report,)


def _list_dependencies(root: ReportNode) -> list[ReportNode]:
    """Every entry. One with neither `vulns` nor `skip_reason` is an error: it hides its result."""
    listed = root if isinstance(root.value, list) else root.expect_object().at("dependencies")
    if not isinstance(listed.value, list):
        raise listed.refuse("a list of dependencies")
    found = listed.expect_objects()
    for item in found:
        if not _is_skipped(item) and not isinstance(item.value.get("vulns"), list):
            raise item.at("vulns").refuse("a list")
    return found


def _is_skipped(item: ReportNode) -> bool:
    return item.value.get("skip_reason") is not None


def _explain_failure(audited: int, skipped: int) -> tuple[str, ...]:
    if audited:
        return ()
    # When the advisory service cannot be reached pip-audit skips every package, prints "No known
    # vulnerabilities found" and exits with 0.
    if skipped:
        return (f"It audited 0 of {skipped} packages: every one was skipped.",)
    return ("It lists no dependency: nothing was audited.",)


def _observations(item: ReportNode) -> Iterator[Observation]:
    # Also of a skipped entry: a finding is never dropped because of what stands beside it.
    for vuln in item.expect_objects("vulns"):
        vuln_id = vuln.identifier("id")
        yield Observation(
            id=vuln_id,
            aliases=read_aliases(vuln.value.get("aliases"), vuln_id),
            package=item.line("name"),
            version=item.line("version"),
            fix_versions=vuln.texts("fix_versions"),
            description=vuln.text("description"),
        )
