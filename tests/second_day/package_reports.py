"""Reports of safety, in both of its formats, and of npm."""

from dataclasses import replace

from tests.second_day.dependency_reports import fixes_of
from tests.second_day.seen import SCORES, VECTORS


def safety_check(seen):
    """`safety check --output json`, of version 2."""
    found = [_safety_vulnerability(each) for each in seen.advisories]
    packages = seen.packages.items()
    return {
        "report_meta": {
            "scan_target": "files",
            "scanned": [seen.path(seen.manifest)],
            "packages_found": len(seen.packages),
            "vulnerabilities_found": len(found),
            "vulnerabilities_ignored": 0,
            "timestamp": f"{seen.at:%Y-%m-%d %H:%M:%S}",
            "safety_version": seen.tool,
        },
        "scanned_packages": {name: {"name": name, "version": at} for name, at in packages},
        "affected_packages": {each.package: {"name": each.package} for each in seen.advisories},
        "vulnerabilities": found,
        "ignored_vulnerabilities": [],
    }


def _safety_vulnerability(advisory):
    return {
        "vulnerability_id": str(advisory.number),
        "package_name": advisory.package,
        "analyzed_version": advisory.version,
        "CVE": advisory.cve or None,
        "severity": {
            "source": advisory.cve,
            "cvssv3": {
                "base_score": float(SCORES[advisory.severity]),
                "base_severity": advisory.severity.upper(),
                "vector_string": VECTORS[advisory.severity],
            },
        },
        "fixed_versions": fixes_of(advisory),
        "advisory": advisory.summary,
        "published_date": "2026-Oct-20",
    }


def safety_check_of_nothing(seen):
    return safety_check(replace(seen, packages={}, advisories=()))


def safety_scan(seen):
    """`safety scan --output json`, of version 3."""
    dependencies = [
        {"name": name, "specifications": [_specification(seen, name, version)]}
        for name, version in sorted(seen.packages.items())
    ]
    file = {
        "location": seen.path(seen.manifest),
        "type": "requirements.txt",
        "categories": ["python"],
        "results": {"dependencies": dependencies},
    }
    return _safety_scan(seen, [{"id": "lantern", "location": seen.root or ".", "files": [file]}])


def scan_without_projects(seen):
    return _safety_scan(seen, [])


def _specification(seen, name, version):
    found = [each for each in seen.advisories if each.package == name]
    known = [
        {"id": str(each.number), "ignored": None, "vulnerable_spec": f"<{each.fixed}"}
        for each in found
    ]
    remedy = {"vulnerabilities_found": len(found), "recommended": found[0].fixed} if found else None
    listed = {"known_vulnerabilities": known, "remediation": remedy}
    return {"raw": f"{name}=={version}", "vulnerabilities": listed}


def _safety_scan(seen, projects):
    return {
        "meta": {
            "scan_type": "scan",
            "stage": "development",
            "scan_locations": [seen.root or "."],
            "telemetry": {"safety_version": seen.tool},
            "schema_version": "3.0",
            "timestamp": f"{seen.at:%Y-%m-%dT%H:%M:%S}",
        },
        "scan_results": {"files": [], "projects": projects},
    }


def npm_audit(seen):
    """Of npm 7 and later: an entry for each package, its advisories under `via`."""
    found = {each.package: _npm_entry(each) for each in seen.advisories}
    counts = dict.fromkeys(("info", "low", "moderate", "high", "critical"), 0)
    for each in found.values():
        counts[each["severity"]] += 1
    total = len(seen.packages)
    return {
        "auditReportVersion": 2,
        "vulnerabilities": found,
        "metadata": {
            "vulnerabilities": {**counts, "total": len(found)},
            "dependencies": {"prod": total, "dev": 0, "optional": 0, "peer": 0, "total": total},
        },
    }


def _npm_entry(advisory):
    word = "moderate" if advisory.severity == "medium" else advisory.severity
    affected = f"<{advisory.fixed}" if advisory.fixed else "*"
    via = {
        "source": 1100000 + advisory.number,
        "name": advisory.package,
        "dependency": advisory.package,
        "title": advisory.summary,
        "url": f"https://github.com/advisories/{advisory.ghsa}",
        "severity": word,
        "range": affected,
    }
    return {
        "name": advisory.package,
        "severity": word,
        "isDirect": True,
        "via": [via],
        "effects": [],
        "range": affected,
        "nodes": [f"node_modules/{advisory.package}"],
        "fixAvailable": bool(advisory.fixed),
    }


def npm_error(_):
    """What npm writes without a lock file."""
    summary = "This command requires an existing lockfile."
    return {"error": {"code": "ENOLOCK", "summary": summary, "detail": "Try npm i."}}
