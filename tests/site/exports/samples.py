"""Records for the tests of the exports: one of each kind, and hostile ones without end."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

from secstatus.findings.severity import Severity
from secstatus.published.site_info import SiteInfo
from secstatus.text.slugs import make_slug

SCHEMAS = Path(__file__).parents[2] / "data" / "schemas"
MOMENT = datetime(2026, 11, 23, 4, 15, 2, tzinfo=UTC)
BASE = "https://reef.example/lanternfish/security-status/"
PLACE = SiteInfo(
    package="lanternfish",
    package_version="2.4.0",
    repository="deepsea-tools/lanternfish",
    base_url=BASE,
    tool_version="9.9.9",
)


def links(name):
    return {"html": f"{BASE}findings/{name}.html", "json": f"{BASE}api/v1/findings/{name}.json"}


def plan(state="in_progress", **more):
    known = dict.fromkeys(("action", "expires", "owner", "reason", "target_date", "workaround"))
    return known | {"state": state} | more


def record(finding_id="GHSA-7q2w-4fjm-x9cp", name=None, **more):
    """A record as the site publishes it: an open finding of a dependency."""
    name = name or make_slug(finding_id)
    return {
        "$schema": f"{BASE}api/v1/schemas/finding.schema.json",
        "aliases": ["CVE-2026-41877"],
        "cvss_score": 7.5,
        "cvss_vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
        "description": "A long line ends the parser.\n\nUse a newer one.",
        "discovered_date": "2026-11-09",
        "due_by": "policy",
        "due_date": "2026-12-09",
        "finding_id": finding_id,
        "fix_available": True,
        "fix_version": "1.9.3",
        "impact": None,
        "links": links(name),
        "name": name,
        "package": "Sponge_HTTP",
        "plan": None,
        "published": "2026-11-02",
        "reference_url": "https://github.com/advisories/GHSA-7q2w-4fjm-x9cp",
        "severity": "high",
        "source": "pip-audit",
        "status": "open",
        "title": "A long line ends the parser",
        "unlisted_since": None,
        "version": "1.9.1",
    } | more


ACCEPTED_RISK = record(
    "PYSEC-2026-295",
    package="kelpdate",
    status="accepted",
    severity="low",
    cvss_score=None,
    cvss_vector=None,
    plan=plan("accepted_risk", reason="Only typed dates are parsed.", expires="2027-03-31"),
)
FALSE_POSITIVE = record(
    "GHSA-m4xr-p6vq-2h8c",
    package="coralyaml",
    status="accepted",
    plan=plan("false_positive", reason="Only safe_load is called.", expires="2027-01-31"),
)
UNLISTED = record("CVE-2026-1", status="unlisted", unlisted_since="2026-11-20", package="eel")
RESOLVED = record("CVE-2026-2", status="resolved", resolved_date="2026-11-21", package="krill")
CODE = record(
    "BANDIT-B105-core.py-42",
    package="core.py",
    version="local",
    source="bandit",
    severity="low",
    aliases=[],
    cvss_score=None,
    cvss_vector=None,
    fix_version=None,
    published=None,
    reference_url=None,
    title="Possible hardcoded password",
)
EVERY_KIND = [record(), ACCEPTED_RISK, FALSE_POSITIVE, UNLISTED, RESOLVED, CODE]

# Letters that mean something to somebody: to JSON, a shell, a URL, a formula, a terminal.
_SPICE = (
    "=+-@;,|'\"%{}[]()<>&#/\\:.~\t\r\n\x00\x1b\x7f\x85\u200b\u202e\u2066\ufeff＝＋－＠\u2212é漢😀 "
)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.text(
    _SPICE + "abZ019", max_size=16
)
days = st.dates().map(lambda day: day.isoformat())
plans = st.none() | st.fixed_dictionaries(
    {
        "state": st.sampled_from(["false_positive", "accepted_risk", "deferred", None]) | texts,
        "reason": st.none() | texts,
        "expires": st.none() | days | texts,
    },
    optional={
        "action": st.none() | texts,
        "owner": st.none() | texts,
        "target_date": st.none() | days,
        "workaround": st.none() | texts,
        "justification": texts
        | st.sampled_from(["component_not_present", "vulnerable_code_not_in_execute_path"]),
    },
)
_VECTORS = [
    "AV:N/AC:L/Au:N/C:P/I:P/A:P",
    "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H/E:P",
    "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N/U:Red",
    "CVSS:3.1/AV:N",
    "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
    "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:N/VI:N/VA:H/SC:N/SI:N/SA:N",
]
_versions = st.sampled_from(["1.0", "1!2.0+b.1", "local", "9" * 5000, "2.0rc1"]) | texts
_ids = st.sampled_from(["GHSA-a", "CVE-2026-9", "B105", "con", "PYSEC-1 x"]) | texts


def _named(fields):
    fields["finding_id"] = fields["finding_id"].strip() or "x"
    fields["name"] = make_slug(f"{fields['finding_id']}--{fields['package']}")
    return record(fields.pop("finding_id"), **fields, links=links(fields["name"]))


hostile = st.fixed_dictionaries(
    {
        "finding_id": _ids,
        "package": st.none() | st.sampled_from(["a", "a.b_C", "x/y.py", "discord.py"]) | texts,
        "version": st.none() | _versions,
        "aliases": st.lists(_ids, max_size=3),
        "fix_version": st.none() | _versions,
        "fix_available": st.sampled_from([True, False, None]),
        "severity": st.sampled_from([word.value for word in Severity]) | texts,
        "status": st.sampled_from(["open", "accepted", "unlisted", "resolved"]) | texts,
        "plan": plans,
        "title": texts,
        "description": texts,
        "cvss_vector": st.none() | st.sampled_from(_VECTORS) | texts,
        "cvss_score": st.none() | st.floats() | st.integers(),
        "source": st.none() | st.sampled_from(["bandit", "pip-audit"]) | texts,
        "reference_url": st.none()
        | st.builds("https://{}/{}".format, st.sampled_from(["a.example", "é.example"]), texts),
        "published": st.none() | days,
    },
    optional={
        "unlisted_since": days,
        "resolved_date": days | texts,
        "location": texts | st.builds("{}:{}".format, texts, st.integers()),
        "kind": st.sampled_from(["dependencies", "code"]) | texts,
        "some_later_key": texts,
    },
).map(_named)
many_hostile = st.lists(hostile, max_size=6, unique_by=lambda each: each["name"].casefold())


def problems_of(document, schema, dialect="Draft202012Validator"):
    """What a schema finds wrong in a document, formats included."""
    found = _validator(schema, dialect).iter_errors(document)
    return [f"{error.json_path}: {error.message}" for error in found]


@cache
def _validator(schema, dialect):
    import jsonschema  # takes a second: it compiles the grammars of its formats

    kind = getattr(jsonschema, dialect)
    rules = json.loads((SCHEMAS / schema).read_text("utf-8"))
    return kind(rules, format_checker=kind.FORMAT_CHECKER)


def has_controls(value):
    """Whether a text in a document could move a cursor or turn the reading direction."""
    if isinstance(value, str):
        return any(sign in value for sign in "\x00\x1b\x7f\x85\u202e\u2066\ufeff")
    children = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and any(map(has_controls, children))
