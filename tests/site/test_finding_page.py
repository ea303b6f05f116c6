"""The page of a finding from a form is the page that the template gives."""

from itertools import product
from pathlib import Path

import pytest

from secstatus.adapters.templates import make_environment
from secstatus.published.site_info import SiteInfo
from secstatus.site.pages.finding_page import FindingPages
from secstatus.site.pages.html import Pages, prepare

TEMPLATES = Path(__file__).parents[2] / "templates"
PLACE = SiteInfo("a & b", "1.0", "o/r", "https://example.org/s&t/", "0.1")
HOSTILE = "<i> & \"q\" 'a' {{ r }} ⟦title⟧ ⟦content⟧"
USUAL = {
    "aliases": [],
    "cvss_score": None,
    "description": "",
    "discovered_date": "2025-01-02",
    "due_by": None,
    "due_date": None,
    "ecosystem": None,
    "evidence": None,
    "finding_id": "PYSEC-2024-1",
    "fix_available": None,
    "fix_version": None,
    "impact": None,
    "kind": None,
    "links": {"html": "https://example.org/s&t/findings/PYSEC-2024-1.html"},
    "location": None,
    "name": "PYSEC-2024-1",
    "package": None,
    "plan": None,
    "published": None,
    "reference_url": None,
    "resolved_date": None,
    "scope": None,
    "section": None,
    "severity": "high",
    "severity_from": None,
    "source": None,
    "status": "open",
    "title": HOSTILE,
    "unobserved": None,
    "version": None,
}
PLAN = dict.fromkeys(("action", "expires", "owner", "reason", "state", "target_date", "workaround"))
ACCEPTED = PLAN | {"expires": "2026-01-01", "reason": "since 2025-01-01", "owner": HOSTILE}
CHANGES = {
    "package": [None, "demo", HOSTILE],
    "version": [None, HOSTILE],
    "source": [None, HOSTILE],
    "cvss_score": [None, 0.0, 9.8],
    "severity_from": [None, HOSTILE],
    "fix": [(None, None), (False, None), (True, None), (True, "2.0"), (True, HOSTILE)],
    "due": [(None, None), ("2025-02-01", "policy"), ("2025-02-01", "plan")],
    "published": [None, "2025-01-01"],
    "aliases": [[], ["CVE-2024-1234"], [HOSTILE, "GHSA-aaaa-bbbb-cccc"]],
    "description": ["", "A *text* of 2025-01-01 & <b>more</b> ⟦advisory⟧"],
}


def records():
    """Every mixture of what a usual record may have and lack."""
    for package, version, source, score, by, fix, due, published, aliases, text in product(
        *CHANGES.values()
    ):
        yield USUAL | {
            "aliases": aliases,
            "cvss_score": score,
            "description": text,
            "due_by": due[1],
            "due_date": due[0],
            "fix_available": fix[0],
            "fix_version": fix[1],
            "package": package,
            "published": published,
            "reference_url": "https://example.org/a&b" if aliases else None,
            "severity_from": by,
            "source": source,
            "version": version,
        }


def pages(folders, known=True):
    made = prepare(make_environment(folders))
    if not known:
        made.globals["bundled_templates"] = frozenset()
    return FindingPages(Pages(made, PLACE, {"style.css": "1", "status.js": "2"}), {})


def test_a_form_gives_what_the_template_gives():
    quick, slow = pages([TEMPLATES]), pages([TEMPLATES], known=False)
    for record in records():
        assert quick.page(record) == slow.page(record), record


KINDS = [
    {"kind": "code", "section": "code", "location": HOSTILE, "package": "a.py", "version": "local"},
    {"kind": "secrets", "section": "code", "package": "a.py", "scope": None},
    {"ecosystem": "npm", "package": "ajv", "fix_version": "8.1", "fix_available": True},
    {"ecosystem": HOSTILE, "package": HOSTILE, "scope": "runtime", "section": "vulnerability"},
    {"ecosystem": "pypi", "package": "urchin", "scope": "development", "section": "other"},
    {"ecosystem": "pypi", "package": "A & B", "scope": "runtime", "fix_version": "2.0"},
]


@pytest.mark.parametrize("change", KINDS)
def test_every_kind_has_the_form_of_its_template(change):
    quick, slow = pages([TEMPLATES]), pages([TEMPLATES], known=False)
    for record in (USUAL, USUAL | change, USUAL | change | {"version": HOSTILE}, USUAL):
        assert quick.page(record) == slow.page(record), record


def test_only_a_package_of_the_index_has_an_upgrade_command():
    usual = USUAL | {"package": "urchin", "fix_version": "2.0", "fix_available": True}
    assert "pip install --upgrade" in pages([TEMPLATES]).page(usual)
    for change in KINDS:
        text = pages([TEMPLATES]).page(usual | change)
        assert ("pip install" in text) == (change.get("package") == "urchin"), change


def test_an_advisory_about_the_package_itself_says_what_the_maintainer_has_to_do():
    own = USUAL | {"package": "a & b", "ecosystem": "pypi", "section": "vulnerability"}
    for change in ({}, {"fix_version": "2.0", "fix_available": True}):
        text = pages([TEMPLATES]).page(own | change)
        assert "The maintainer has to" in text
        assert "pip install" not in text
    assert "maintainer has to" not in pages([TEMPLATES]).page(own | {"ecosystem": "npm"})


@pytest.mark.parametrize(
    "change",
    [
        {"impact": HOSTILE},
        {"plan": PLAN | {"action": HOSTILE}},
        {"plan": ACCEPTED, "status": "accepted"},
        {"status": "unlisted", "unlisted_since": "2025-03-04"},
        {"unobserved": HOSTILE},
        {"status": "resolved", "resolved_date": "2025-03-04", "evidence": HOSTILE},
        {"status": "withdrawn", "resolved_date": "2025-03-04", "evidence": HOSTILE},
    ],
)
def test_what_people_add_is_on_the_page(change):
    record = USUAL | change
    text = pages([TEMPLATES]).page(record)
    assert text == pages([TEMPLATES], known=False).page(record)
    assert text != pages([TEMPLATES]).page(USUAL)


def test_a_template_of_the_project_may_do_anything(tmp_path):
    (tmp_path / "finding.html").write_text(
        "{{ r['title'].upper() }}{% if r['severity'] == 'high' %} HIGH{% endif %}"
    )
    made = pages([tmp_path, TEMPLATES])
    assert "ABC HIGH" in made.page(USUAL | {"title": "abc"})
    assert "ABC\n" in made.page(USUAL | {"title": "abc", "severity": "low"})
