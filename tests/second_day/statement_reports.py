"""Alerts of GitHub, VDR and VEX: what others say about findings, one function a format."""

from tests.second_day.seen import SCORES, VECTORS

REPOSITORY = "https://api.github.com/repos/acme/lantern"


def _purl(advisory):
    return f"pkg:pypi/{advisory.package}@{advisory.version}"


def dependabot(seen):
    """One page of `GET /repos/{owner}/{repo}/dependabot/alerts`."""
    return [_dependabot_alert(seen, each, number) for number, each in enumerate(seen.advisories, 1)]


def _dependabot_alert(seen, advisory, number):
    package = {"ecosystem": "pip", "name": advisory.package}
    return {
        "number": number,
        "state": advisory.closed or "open",
        "dependency": {
            "package": package,
            "manifest_path": seen.manifest,
            "scope": advisory.scope,
            "relationship": "direct",
        },
        "security_advisory": _security_advisory(advisory),
        "security_vulnerability": {
            "package": package,
            "severity": advisory.severity,
            "vulnerable_version_range": f"< {advisory.fixed}" if advisory.fixed else ">= 0",
            "first_patched_version": {"identifier": advisory.fixed} if advisory.fixed else None,
        },
        "url": f"{REPOSITORY}/dependabot/alerts/{number}",
        "html_url": f"https://github.com/acme/lantern/security/dependabot/{number}",
        "created_at": "2026-11-01T00:00:00Z",
        "fixed_at": seen.stamp if advisory.closed == "fixed" else None,
        "dismissed_at": None,
    }


def _security_advisory(advisory):
    word = advisory.severity
    return {
        "ghsa_id": advisory.ghsa,
        "cve_id": advisory.cve or None,
        "summary": advisory.summary,
        "description": advisory.summary,
        "severity": word,
        "identifiers": _identifiers(advisory),
        "cvss": {"vector_string": VECTORS[word], "score": float(SCORES[word])},
        "published_at": "2026-10-20T00:00:00Z",
        "withdrawn_at": None,
    }


def _identifiers(advisory):
    return [{"type": each.split("-")[0], "value": each} for each in advisory.ids]


def dependabot_graphql(seen):
    """The same page by the GraphQL API, which has words of its own."""
    nodes = [_node(seen, each, number) for number, each in enumerate(seen.advisories, 1)]
    pages = {"pageInfo": {"hasNextPage": False}, "totalCount": len(nodes)}
    return {"data": {"repository": {"vulnerabilityAlerts": {"nodes": nodes, **pages}}}}


def _node(seen, advisory, number):
    return {
        "number": number,
        "state": (advisory.closed or "open").upper(),
        "dependencyScope": advisory.scope.upper(),
        "vulnerableManifestPath": seen.manifest,
        "securityAdvisory": {
            "ghsaId": advisory.ghsa,
            "summary": advisory.summary,
            "description": advisory.summary,
            "severity": advisory.severity.upper(),
            "identifiers": _identifiers(advisory),
        },
        "securityVulnerability": {
            "package": {"ecosystem": "PIP", "name": advisory.package},
            "severity": advisory.severity.upper(),
            "vulnerableVersionRange": f"< {advisory.fixed}",
            "firstPatchedVersion": {"identifier": advisory.fixed},
        },
    }


def code_scanning(seen):
    """One page of `GET /repos/{owner}/{repo}/code-scanning/alerts`."""
    return [_scanning_alert(seen, each, number) for number, each in enumerate(seen.flaws, 1)]


def _scanning_alert(seen, flaw, number):
    return {
        "number": number,
        "state": flaw.closed or "open",
        "created_at": "2026-11-01T00:00:00Z",
        "fixed_at": seen.stamp if flaw.closed == "fixed" else None,
        "dismissed_at": None,
        "rule": {
            "id": "py/shell-command",
            "severity": "error",
            "security_severity_level": flaw.severity,
            "description": "Shell command built from input",
            "tags": ["security"],
        },
        "tool": {"name": "CodeQL", "version": seen.tool},
        "most_recent_instance": {
            "ref": "refs/heads/main",
            "state": flaw.closed or "open",
            "message": {"text": "This shell command depends on a value that users provide."},
            "location": {"path": flaw.path, "start_line": flaw.line, "end_line": flaw.line},
        },
        "url": f"{REPOSITORY}/code-scanning/alerts/{number}",
        "html_url": f"https://github.com/acme/lantern/security/code-scanning/{number}",
    }


def refusal(_):
    """What GitHub answers when it does not answer with alerts."""
    return {
        "message": "Not Found",
        "documentation_url": "https://docs.github.com/rest",
        "status": "404",
    }


def vdr(seen):
    """CycloneDX with components and, where there are any, vulnerabilities."""
    components = [
        {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{version}",
            "name": name,
            "version": version,
            "purl": f"pkg:pypi/{name}@{version}",
        }
        for name, version in sorted(seen.packages.items())
    ]
    return _bom(seen, components=components, vulnerabilities=[_vdr(e) for e in seen.advisories])


def empty_vdr(seen):
    return _bom(seen)


def _bom(seen, **more):
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": "urn:uuid:6f8c1b1e-2f5a-4a52-9f3c-0c5a1f7a9b10",
        "version": 1,
        "metadata": {
            "timestamp": seen.stamp,
            "tools": [{"vendor": "OWASP", "name": "tracker", "version": seen.tool}],
        },
        **more,
    }


def _vdr(advisory):
    score = {"score": float(SCORES[advisory.severity]), "vector": VECTORS[advisory.severity]}
    rating = {"severity": advisory.severity, "method": "CVSSv31", **score}
    fixed = advisory.closed == "fixed"
    return {
        "id": advisory.cve or advisory.ids[0],
        "source": {"name": "NVD", "url": "https://nvd.nist.gov/"},
        "references": [{"id": each} for each in advisory.ids],
        "ratings": [rating],
        "description": advisory.summary,
        "affects": [{"ref": _purl(advisory)}],
        "analysis": {"state": "resolved" if fixed else "exploitable", "detail": "Looked at it."},
    }


def openvex(seen):
    statements = [
        {
            "vulnerability": {"name": each.cve or each.ids[0], "aliases": list(each.ids)},
            "products": [{"@id": _purl(each), "identifiers": {"purl": _purl(each)}}],
            "status": each.closed or "affected",
            "timestamp": seen.stamp,
            **({} if each.closed else {"action_statement": f"Upgrade to {each.fixed}."}),
        }
        for each in seen.advisories
    ]
    return {
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": "https://example.org/vex/lantern",
        "author": "The maintainers of lantern",
        "timestamp": seen.stamp,
        "version": 1,
        "tooling": f"vexctl {seen.tool}",
        "statements": statements,
    }


def openvex_without_statements(seen):
    return {key: value for key, value in openvex(seen).items() if key != "statements"}
