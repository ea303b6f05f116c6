"""Small reports of scanners, and the names of the files that an ingest keeps."""

from datetime import UTC, datetime, timedelta

WEEK = timedelta(days=7)
FIRST = datetime(2026, 11, 2, 4, 0, tzinfo=UTC)
REPORTS = "security/reports/latest"
STATUS = "security/status/live-status.json"
LEDGER = "security/status/ledger.json"
DOCUMENT = "security/findings/SECURITY_FINDINGS.md"
PLANS = "security/findings/remediation-plans.yml"
KELP = {
    "id": "PYSEC-2026-11",
    "fix_versions": ["2.0.1"],
    "aliases": ["CVE-2026-1111", "GHSA-2222-3333-4444"],
    "description": "Kelp follows links out of its folder.",
}


def pip_audit(*vulnerable, packages=("coral", "kelp", "urchin"), skipped=()):
    """A report in which `vulnerable` pairs (package, vulns) have findings."""
    found = dict(vulnerable)
    listed = [{"name": name, "version": "2.0.0", "vulns": found.get(name, [])} for name in packages]
    listed += [{"name": name, "skip_reason": "not found"} for name in skipped]
    return {"dependencies": listed, "fixes": []}


def bandit(at, *results, loc=400):
    return {
        "errors": [],
        "generated_at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "metrics": {"_totals": {"loc": loc}, "src/a.py": {"loc": loc}} if loc else {"_totals": {}},
        "results": list(results),
    }


def both(at, *vulnerable, **more):
    return {"pip_audit": pip_audit(*vulnerable, **more), "bandit": bandit(at)}
