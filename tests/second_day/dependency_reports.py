"""Reports about Python packages, as the tools write them: one function a format, `Seen` in."""

from dataclasses import replace

from tests.second_day.seen import OLDER, SCORES, VECTORS


def fixes_of(advisory):
    return [advisory.fixed] if advisory.fixed else []


def pip_audit(seen):
    listed = [
        {"name": name, "version": version, "vulns": _pip_audit_vulns(seen, name)}
        for name, version in sorted(seen.packages.items())
    ]
    report = {"dependencies": listed, "fixes": []}
    if seen.tool == OLDER:
        return report
    return {**report, "schema_version": 1, "tool": {"name": "pip-audit", "version": seen.tool}}


def _pip_audit_vulns(seen, name):
    return [
        {
            "id": each.ids[0],
            "fix_versions": fixes_of(each),
            "aliases": list(each.ids[1:]),
            "description": each.summary,
        }
        for each in seen.advisories
        if each.package == name
    ]


def audit_of_nothing(_):
    """What `pip-audit --dry-run` and a run in an empty environment write, with status 0."""
    return {"dependencies": [], "fixes": []}


def uv_audit(seen):
    found = [_uv_vulnerability(each) for each in seen.advisories]
    count = {"vulnerabilities": len(found), "adverse_statuses": 0}
    return {
        "schema": {"version": "preview" if seen.tool == OLDER else "v1"},
        "summary": {"audited_packages": len(seen.packages), **count},
        "vulnerabilities": found,
        "adverse_statuses": [],
    }


def _uv_vulnerability(advisory):
    return {
        "dependency": {"name": advisory.package, "version": advisory.version},
        "id": advisory.ids[0],
        "display_id": advisory.ids[0],
        "aliases": list(advisory.ids[1:]),
        "summary": advisory.summary,
        "description": advisory.summary,
        "link": f"https://osv.dev/vulnerability/{advisory.ids[0]}",
        "fix_versions": fixes_of(advisory),
        "published": "2026-10-20T00:00:00Z",
        "modified": "2026-10-20T00:00:00Z",
    }


def uv_audit_of_nothing(seen):
    return uv_audit(replace(seen, packages={}, advisories=()))


def osv_scanner(seen):
    packages = [_osv_package(each) for each in seen.advisories]
    source = {"path": seen.path(seen.manifest), "type": "lockfile"}
    return {"results": [{"source": source, "packages": packages}] if packages else []}


def osv_without_results(_):
    """It goes with status 127 or 128: it could not look, or there was nothing to look at."""
    return {"results": []}


def _osv_package(advisory):
    group = {
        "ids": [advisory.ids[0]],
        "aliases": sorted(advisory.ids),
        "max_severity": SCORES[advisory.severity],
    }
    package = {"name": advisory.package, "version": advisory.version, "ecosystem": "PyPI"}
    return {"package": package, "vulnerabilities": [osv_record(advisory)], "groups": [group]}


def osv_record(advisory):
    events = [{"introduced": "0"}]
    events += [{"fixed": advisory.fixed}] if advisory.fixed else []
    events += [{"last_affected": advisory.last_affected}] if advisory.last_affected else []
    package = {"name": advisory.package, "ecosystem": "PyPI"}
    return {
        "id": advisory.ids[0],
        "aliases": list(advisory.ids[1:]),
        "modified": "2026-10-21T00:00:00Z",
        "published": "2026-10-20T00:00:00Z",
        "summary": advisory.summary,
        "severity": [{"type": "CVSS_V3", "score": VECTORS[advisory.severity]}],
        "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
    }


def trivy(seen):
    target = {"Target": seen.path(seen.manifest), "Class": "lang-pkgs", "Type": "pip"}
    target["Packages"] = [
        {"Name": name, "Version": version, "Identifier": {"PURL": f"pkg:pypi/{name}@{version}"}}
        for name, version in sorted(seen.packages.items())
    ]
    found = [_trivy_vulnerability(each) for each in seen.advisories]
    target |= {"Vulnerabilities": found} if found else {}
    return trivy_document(seen, [target])


def trivy_document(seen, results):
    return {
        "SchemaVersion": 2,
        "Trivy": {"Version": seen.tool},
        "CreatedAt": seen.stamp,
        "ArtifactName": seen.root or ".",
        "ArtifactType": "filesystem",
        "Results": results,
    }


def trivy_without_results(seen):
    """No target that Trivy recognises."""
    document = trivy_document(seen, [])
    del document["Results"]
    return document


def _trivy_vulnerability(advisory):
    return {
        "VulnerabilityID": advisory.cve or advisory.ids[0],
        "VendorIDs": [advisory.ghsa] if advisory.ghsa else [],
        "PkgName": advisory.package,
        "InstalledVersion": advisory.version,
        "FixedVersion": advisory.fixed,
        "Status": "fixed" if advisory.fixed else "affected",
        "SeveritySource": "ghsa",
        "Severity": advisory.severity.upper(),
        "Title": advisory.summary,
        "Description": advisory.summary,
    }


def grype(seen):
    return {
        "matches": [_grype_match(seen, each) for each in seen.advisories],
        "source": {"type": "directory", "target": seen.root or "."},
        "descriptor": {"name": "grype", "version": seen.tool, "timestamp": seen.stamp},
    }


def _grype_match(seen, advisory):
    name = advisory.ghsa or advisory.ids[0]
    related = {"id": advisory.cve, "namespace": "nvd:cpe", "description": advisory.summary}
    state = "fixed" if advisory.fixed else "not-fixed"
    return {
        "vulnerability": {
            "id": name,
            "dataSource": f"https://github.com/advisories/{name}",
            "namespace": "github:language:python",
            "severity": advisory.severity.title(),
            "fix": {"versions": fixes_of(advisory), "state": state},
        },
        "relatedVulnerabilities": [related] if advisory.cve and advisory.ghsa else [],
        "artifact": {
            "name": advisory.package,
            "version": advisory.version,
            "type": "python",
            "purl": f"pkg:pypi/{advisory.package}@{advisory.version}",
            "locations": [{"path": f"/{seen.manifest}"}],
        },
    }
