"""No page, badge, feed or export says better than the evidence: of every state, of any mixture."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.adapters.templates import make_environment
from secstatus.findings.ledger import HistoryPoint
from secstatus.findings.plans.plan import Plan, PlanState
from secstatus.published.site_info import SCHEMAS, SiteInfo
from secstatus.site.inputs import Facts, Previous, SiteSources
from secstatus.site.records import file_names
from secstatus.site.render import render
from secstatus.status.assessment import assess
from secstatus.status.history import History
from secstatus.status.policy import AssessmentPolicy
from secstatus.status.status_document import StatusDocument
from tests.conftest import EXAMPLES, STATE_NAMES, tree
from tests.site.surfaces import complaints_about

ROOT = Path(__file__).parents[2]
PLACE = SiteInfo("lanternfish", "2.4.1", "reef/lanternfish", "https://reef.example/s/", "0.1.0")
UPDATED = datetime(2026, 11, 23, 4, 15, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
SUMMARY = dict.fromkeys(("total", "critical", "high", "medium", "low", "unknown", "info"), 0)
ENVIRONMENT = make_environment([ROOT / "templates"])
SOURCES = SiteSources(
    pages={},
    assets={name: (ROOT / "site_src" / name).read_bytes() for name in ("style.css", "status.js")},
    schemas={n: (ROOT / f"site_src/schemas/{n}.schema.json").read_text("utf-8") for n in SCHEMAS},
    openapi=(ROOT / "site_src/openapi.json").read_text("utf-8"),
    templates_digest="",
)
ODD = "\x00\x07\x1b[31m\x85\u202e\u2066\ufffe\ud800 <b>&"

names = st.sampled_from(["bandit", "pip-audit", "semgrep", "zizmor", "npm-audit"])
odd = st.sampled_from(["", "It found nothing.", f"odd {ODD}", "0 of 3 packages"])


@st.composite
def scans(draw):
    """The latest scans of some scanners, each in any state."""
    found = []
    for name in draw(st.lists(names, unique=True, max_size=4)):
        problem = draw(odd)
        found.append(
            {
                "scanner": name,
                "kind": draw(st.sampled_from(["dependencies", "code", None])),
                "verdict": draw(
                    st.sampled_from(["complete"] * 4 + ["partial", "failed", "unstated"])
                ),
                "scanned_at": (UPDATED - timedelta(days=draw(st.integers(0, 25)))).isoformat(),
                "required": draw(st.booleans()),
                "optional": draw(st.booleans()),
                "ecosystems": draw(st.sampled_from([[], ["pypi"], ["npm"], ["npm", "pypi"]])),
                "dated_by": draw(st.sampled_from(["report", "commit", "file", "run", None])),
                "audited": draw(st.sampled_from([None, 0, 12])),
                "problems": [problem] if problem else [],
                "skipped": draw(st.sampled_from([[], [{"name": f"a{ODD}", "reason": ODD}]])),
                "tool_version": draw(st.sampled_from(["", "1.9", ODD])),
            }
        )
    return found


@st.composite
def findings(draw):
    """Findings of every kind, scope and severity, some of them accepted: findings and plans."""
    found, plans = [], {}
    for number in range(draw(st.integers(0, 5))):
        name, kind = (
            f"GHSA-{number}",
            draw(st.sampled_from(["dependencies", "code", "secrets", None])),
        )
        day = date(2026, 11, 23) - timedelta(days=draw(st.integers(0, 120)))
        found.append(
            {
                "finding_id": name,
                "severity": draw(
                    st.sampled_from(["critical", "high", "medium", "low", "unknown", "info"])
                ),
                "discovered_date": day.isoformat(),
                "package": draw(st.sampled_from(["brinepump", "lanternfish", "@reef/ajv", "a.py"])),
                "ecosystem": draw(st.sampled_from([None, "pypi", "npm"]))
                if kind != "code"
                else None,
                "version": draw(st.sampled_from(["1.0", None, "local"])),
                "title": draw(st.sampled_from([None, "A title", f"Odd {ODD}"])),
                "description": draw(st.sampled_from(["", f"Words {ODD}"])),
                "kind": kind,
                "scope": draw(st.sampled_from([None, "runtime", "extra", "development", "tool"])),
                "location": draw(st.sampled_from([None, "src/a.py:12", f"src/{ODD}.py:1"])),
                "fix_version": draw(st.sampled_from([None, "2.0"])),
                "unobserved": draw(st.sampled_from([None, f"It is silent {ODD}."])),
            }
        )
        if draw(st.booleans()):
            state = draw(st.sampled_from([PlanState.ACCEPTED_RISK, PlanState.FALSE_POSITIVE]))
            ends = NOW.date() + timedelta(days=draw(st.integers(-3, 90)))
            plans[name] = Plan(name, state, reason=f"Not reached {ODD}", expires=ends, action=ODD)
    return found, plans


@st.composite
def statuses(draw):
    """An assessed status and its history: any mixture of findings, sections, plans and scans."""
    found, plans = draw(findings())
    document = StatusDocument.model_validate(
        {
            "schema_version": "1.1",
            "last_updated": UPDATED.isoformat(),
            "scan_date": UPDATED.isoformat(),
            "vulnerability_summary": SUMMARY,
            "findings": found,
            "security_grade": "A",
            "days_since_last_vulnerability": draw(st.sampled_from([None, 0, 40])),
            "remediation_status": "current",
            "scans": draw(scans()),
            "revision": 3,
        }
    )
    status = assess(document, NOW, AssessmentPolicy(), plans=plans)
    if not draw(st.booleans()):
        return status, History()
    counted = status.vulnerability_summary
    kept = ("critical", "high", "medium", "low", "unknown", "info")
    counts = {name: getattr(counted, name) for name in kept}
    verdicts = {scan.scanner: scan.verdict for scan in status.scans}
    return status, History(
        points=(HistoryPoint(UPDATED, counts, status.security_grade.value, verdicts),)
    )


def site_of(status, history):
    """Path → bytes of the whole site, made in memory."""
    named = file_names([item.finding for item in status.findings])
    facts = Facts(status, history, named, PLACE, AssessmentPolicy().grade)
    plan = render(facts, ENVIRONMENT, SOURCES, Previous())
    made = [file for job in plan.jobs for file in job.make()]
    return {path: data if isinstance(data, bytes) else data.encode() for path, data in made}


@pytest.mark.parametrize("state", STATE_NAMES)
def test_no_surface_of_a_state_says_better_than_its_evidence(built, state):
    assert complaints_about(tree(built(state))) == []


@settings(max_examples=max(20, EXAMPLES // 2))
@given(statuses())
def test_no_surface_of_any_mixture_says_better_than_its_evidence(made):
    status, history = made
    files = site_of(status, history)
    published = json.loads(files["api/v1/status.json"])
    severe = [
        item
        for item in status.findings
        if item.accepted and item.section != "other" and item.severity in ("critical", "high")
    ]
    told = [published[f"{name}_summary"]["accepted_severe"] for name in ("vulnerability", "code")]
    assert sum(told) == len(severe)
    assert published["security_grade_without_accepted"] == status.grade_without_accepted
    assert complaints_about(files) == []


LIES = [
    ("accepted-critical", "badges/vulnerabilities.json", "2 accepted critical", "none known"),
    ("accepted-critical", "badges/grade.json", "8a5d00", "116329"),
    ("accepted-critical", "badges/grade.json", "A, 2 accepted; F without", "A"),
    ("accepted-critical", "index.html", "; F without</title>", "</title>"),
    ("accepted-critical", "index.html", 'class="doubt"', ""),
    ("accepted-critical", "index.html", "verdict c", "verdict a"),
    ("high-failed", "index.html", "; bandit failed.", "."),
    ("high-failed", "index.html", "Missing evidence", "Every required scanner finished. Missing"),
    ("high-failed", "index.html", "at least 3 open", "no known vulnerability, 0 open"),
    ("failed", "badges/vulnerabilities.json", "2 or more", "none known"),
    ("code", "badges/grade.json", '"C ', '"B '),
    ("failed", "api/v1/sarif.json", '"executionSuccessful": false', '"executionSuccessful": true'),
    ("open", "history.html", "History", "Hist\x1bory"),
]


@pytest.mark.parametrize(("state", "path", "true", "lie"), LIES)
def test_the_checker_finds_a_surface_that_says_better(built, state, path, true, lie):
    files = dict(tree(built(state)))
    text = files[path].decode()
    assert true in text
    files[path] = text.replace(true, lie).encode()
    assert complaints_about(files)


def test_the_letter_alone_decides_no_sentence(built):
    """A D of findings with complete scans and one beside a failed scan read differently."""
    say = [
        tree(built(state))["index.html"].decode().partition('id="sentence">')[2].partition("<")[0]
        for state in ("overdue", "high-failed")
    ]
    assert "failed" not in say[0]
    assert say[1].endswith("bandit failed.")
