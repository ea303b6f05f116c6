"""Every surface tells the same: pages, JSON, badges, endpoints, feeds, manifest."""

import json
import re
from datetime import date
from hashlib import sha256
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup
from referencing import Registry, Resource

from secstatus.commands.check_site import check_site
from secstatus.site.api.models import SHAPES
from secstatus.status.status_file import read_status
from secstatus.timestamps import format_day
from tests.conftest import NOW, STATE_NAMES, tree

GREEN = {"116329", "476800"}
GRADES = {
    "accepted": "A",
    "accepted-critical": "A",
    "code": "C",
    "design": "?",
    "development": "A",
    "empty": "A",
    "failed": "?",
    "high-failed": "D",
    "history": "A",
    "hostile": "C",
    "measured": "A",
    "open": "B",
    "overdue": "D",
    "own-advisory": "C",
    "partial": "?",
    "released": "F",
    "stale": "C",
}
WITHOUT = {"accepted": ", 2 accepted; C without", "accepted-critical": ", 2 accepted; F without"}
SECTIONS = {
    "vulnerability": "vulnerability_summary",
    "code": "code_summary",
    "other": "other_summary",
}


def load(out, path):
    return json.loads((out / path).read_text("utf-8"))


def soup(out, path):
    return BeautifulSoup((out / path).read_text("utf-8"), "html.parser")


def words(element):
    return " ".join(element.get_text(" ").split())


@pytest.mark.parametrize("state", STATE_NAMES)
def test_one_grade_everywhere(built, state):
    out, grade = built(state), GRADES[state]
    name = "unknown" if grade == "?" else grade
    words_of_it = name + WITHOUT.get(state, "")
    page = soup(out, "index.html")
    status = load(out, "index.json")
    assert page.select_one(".mark").get_text() == grade
    assert words(page.select_one("#verdict b")) == f"Grade {words_of_it}:"
    assert f"grade {words_of_it}" in page.title.get_text()
    assert page.select_one(".steps [aria-current] .letter").get_text() == grade
    assert status["security_grade"] == grade
    assert load(out, "api/v1/status.json")["security_grade"] == grade
    assert load(out, "api/v1/manifest.json")["security_grade"] == grade
    assert status["grade_schedule"][0]["grade"] == grade
    assert load(out, "badges/grade.json")["message"].startswith(f"{words_of_it} · ")
    svg = (out / "badges/grade.svg").read_text("utf-8")
    assert f": {name}" in ElementTree.fromstring(svg).get("aria-label")
    worked = soup(out, "method.html").select_one("#example")
    assert f"The lowest of these is {grade} ." in words(worked)
    grades = [e for e in load(out, "api/v1/events.json")["events"] if e["kind"] == "grade"]
    assert grades[0]["grade"] == grade


@pytest.mark.parametrize("state", STATE_NAMES)
def test_one_set_of_counts_everywhere(built, state):
    out = built(state)
    status = load(out, "index.json")
    summary = status["vulnerability_summary"]
    records = load(out, "api/v1/findings.json")["findings"]
    for section, key in SECTIONS.items():
        listed = [f for f in status["findings"] if f["section"] == section]
        opened = [f for f in listed if f["status"] == "open"]
        assert status[key]["total"] == len(opened)
        assert status[key]["accepted"] == len(listed) - len(opened)
        for severity in ("critical", "high", "medium", "low", "unknown", "info"):
            assert status[key][severity] == sum(f["severity"] == severity for f in opened)
        mine = [r for r in records if r["section"] == section]
        assert sum(r["status"] == "open" for r in mine) == len(opened)
        assert load(out, "api/v1/status.json")[key] == status[key]
    page = soup(out, "index.html")
    shown = {words(li).split(" ", 1)[1]: int(li.b.get_text()) for li in page.select(".counts li")}
    assert shown.pop("in code", 0) == status["code_summary"]["total"]
    assert shown.pop("accepted") == summary["accepted"] + status["code_summary"]["accepted"]
    assert shown == {name: summary[name] for name in shown}
    assert len(page.select("#findings tbody tr")) == summary["total"]
    assert len(page.select("#code tbody a")) == status["code_summary"]["total"]
    assert len(page.select("#other tbody tr")) == status["other_summary"]["total"]
    assert load(out, "api/v1/status.json")["vulnerability_summary"] == summary


@pytest.mark.parametrize("state", STATE_NAMES)
def test_one_set_of_dates_everywhere(built, state):
    out = built(state)
    status = load(out, "index.json")
    times = {time["datetime"] for time in soup(out, "index.html").select("time")}
    assert {status["scan_date"], status["next_scan_due"], status["as_of"]} <= times
    scanned = format_day(date.fromisoformat(status["scan_date"][:10]))
    for name in ("grade", "vulnerabilities", "last-scan", "remediation"):
        assert scanned in load(out, f"badges/{name}.json")["message"]
    for finding in status["findings"]:
        listed = finding["status"] == "open" and finding["section"] != "code"
        assert finding["discovered_date"] in times or not listed


@pytest.mark.parametrize("state", STATE_NAMES)
def test_remediation_and_days_everywhere(built, state):
    out = built(state)
    status = load(out, "index.json")
    facts = words(soup(out, "index.html").select_one(".facts"))
    assert f"Remediation {status['remediation_status'].capitalize()}" in facts
    days = status["days_since_last_vulnerability"]
    said = "unknown" if days is None else str(days)
    assert f"Days since last vulnerability {said}" in facts
    assert load(out, "badges/remediation.json")["message"].startswith(status["remediation_status"])
    badge = load(out, "badges/days-since.json")["message"]
    assert badge.split(" · ")[0] == said


@pytest.mark.parametrize("state", [s for s, grade in GRADES.items() if grade == "?"])
def test_where_nobody_knows_nothing_is_green(built, state):
    out = built(state)
    for name in ("grade", "vulnerabilities", "last-scan", "days-since", "remediation"):
        endpoint = load(out, f"badges/{name}.json")
        assert endpoint["color"] not in GREEN
        assert endpoint["isError"] is True
        for svg in out.glob(f"badges/{name}*.svg"):
            assert not GREEN & set(re.findall(r"[0-9a-f]{6}", svg.read_text("utf-8")))
    page = soup(out, "index.html")
    assert page.select_one(".verdict")["class"] == ["verdict", "u"]
    assert not page.select(".chart .clean")
    # The style sheet takes the green out of whatever stands in doubt.
    assert page.main["class"] == ["doubt"]
    assert soup(out, "method.html").main["class"] == ["doubt"]
    assert load(out, "index.json")["valid_until"] is None


@pytest.mark.parametrize("state", STATE_NAMES)
def test_published_documents_keep_to_their_shapes(built, state):
    """The strict models know every field; the published schemas say the same to everybody."""
    import jsonschema  # takes a second

    out = built(state)
    schemas = {name: load(out, f"api/v1/schemas/{name}.schema.json") for name in SHAPES}
    registry = Registry().with_resources(
        (schema["$id"], Resource.from_contents(schema)) for schema in schemas.values()
    )
    by_id = {schema["$id"]: name for name, schema in schemas.items()}
    checked = 0
    for path in tree(out):
        if path.endswith(".json") and "schemas/" not in path:
            document = load(out, path)
            name = "badge" if path.startswith("badges/") else by_id.get(document.get("$schema"))
            if name:
                SHAPES[name].model_validate(document)
                validator = jsonschema.Draft202012Validator(schemas[name], registry=registry)
                validator.validate(document)
                checked += 1
    assert checked >= 10


def test_schemas_are_schemas_at_their_own_address(built):
    import jsonschema

    out = built("open")
    for name in SHAPES:
        schema = load(out, f"api/v1/schemas/{name}.schema.json")
        jsonschema.Draft202012Validator.check_schema(schema)
        address = "https://deepsea-tools.github.io/lanternfish/security-status/"
        assert schema["$id"] == f"{address}api/v1/schemas/{name}.schema.json"


def test_the_contract_is_openapi_and_names_what_is_there(built):
    from openapi_spec_validator import validate

    out = built("open")
    contract = load(out, "api/v1/openapi.json")
    validate(contract)
    for path in contract["paths"]:
        example = path.format(name="GHSA-7q2w-4fjm-x9cp", badge="grade", year="2026")
        assert (out / example.lstrip("/")).is_file()


def test_every_address_that_the_index_names_is_there(built):
    out = built("open")
    index = load(out, "api/v1/index.json")
    base = "https://deepsea-tools.github.io/lanternfish/security-status/"
    named = re.findall(re.escape(base) + r'([^"{}]+)"', json.dumps(index))
    assert len(named) > 20
    assert [path for path in named if not (out / path).is_file()] == []


@pytest.mark.parametrize("state", STATE_NAMES)
def test_what_we_publish_can_be_read_as_a_status(built, state):
    text = (built(state) / "index.json").read_text("utf-8")
    document, _ = read_status(text, "index.json", NOW)
    assert document.security_grade == GRADES[state]


def test_the_manifest_knows_every_file(built):
    out = built("open")
    files = tree(out)
    manifest = load(out, "api/v1/manifest.json")["files"]
    assert set(manifest) == set(files) - {"api/v1/manifest.json"}
    for path, entry in manifest.items():
        assert entry["sha256"] == sha256(files[path]).hexdigest()
        assert entry["size"] == len(files[path])


def test_pages_of_findings_carry_dates_and_no_ages(built):
    out = built("open")
    for page in (out / "findings").glob("*.html"):
        text = words(BeautifulSoup(page.read_text("utf-8"), "html.parser").body)
        assert not re.search(r"\b\d+ days?\b", text), page.name
    for record in (out / "api/v1/findings").glob("*.json"):
        assert "days" not in record.read_text("utf-8")


def test_json_has_sorted_keys_and_utc(built):
    for path, content in tree(built("open")).items():
        if path.endswith(".json"):
            pairs = json.loads(content, object_pairs_hook=lambda pairs: pairs)
            names = [name for name, _ in pairs]
            assert names == sorted(names), path
            for moment in re.findall(rb'"(\d{4}-\d\d-\d\dT[^"]*)"', content):
                assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", moment), path


def test_the_feeds_tell_the_events(built):
    out = built("overdue")
    events = [e for e in load(out, "api/v1/events.json")["events"] if e["kind"] != "scan"]
    atom = ElementTree.fromstring((out / "feed.atom").read_bytes())
    entries = atom.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == len(events) == len(load(out, "feed.json")["items"])
    ids = [entry.findtext("{http://www.w3.org/2005/Atom}id") for entry in entries]
    assert len(ids) == len(set(ids))
    assert [item["id"] for item in load(out, "feed.json")["items"]] == ids


def test_aliases_lead_to_the_page(built):
    out = built("open")
    page = soup(out, "findings/CVE-2026-41877.html")
    refresh = page.find("meta", attrs={"http-equiv": "refresh"})
    assert refresh["content"] == "0; url=GHSA-7q2w-4fjm-x9cp.html"


HOSTILE_SIGNS = re.compile(r"<(?:script>|img|iframe|b>alias)|javascript:|onmouseover=|onerror=")


def test_hostile_text_is_text(built):
    out = built("hostile")
    for path in tree(out):
        if not path.endswith(".html"):
            continue
        page = soup(out, path)
        assert not page.select("img, iframe, object, embed, form, style, [style]"), path
        assert all(script.get("src", "").startswith(("status.js", "../status.js")) for script in page("script"))  # fmt: skip
        for element in page.find_all(True):
            for name, value in element.attrs.items():
                assert not name.startswith("on"), (path, element)
                if name in ("href", "src"):
                    assert not str(value).lower().startswith(("javascript:", "data:")), path
    front = soup(out, "index.html").get_text()
    assert "<script>alert('title')</script>" in front


def test_hostile_ids_are_no_paths(built):
    out = built("hostile")
    for path in tree(out):
        assert re.fullmatch(r"[A-Za-z0-9._/-]+", path), path
        assert ".." not in path
        assert len(path) < 140
    assert not (out / "findings/con.html").exists()
    record = load(out, "api/v1/findings.json")["findings"]
    names = [item["name"] for item in record]
    assert len({name.casefold() for name in names}) == len(names) == 4


def test_a_hostile_version_gives_no_command(built):
    out = built("hostile")
    for page in (out / "findings").glob("*.html"):
        assert "rm -rf" not in "".join(code.get_text() for code in BeautifulSoup(page.read_text("utf-8"), "html.parser").select(".copybox code"))  # fmt: skip


def test_check_site_finds_a_surface_that_lies(built, tmp_path):
    for path, old, new in (
        ("badges/grade.json", b'"B ', b'"A '),
        ("index.json", b'"security_grade": "B"', b'"security_grade": "A"'),
        ("index.html", b'aria-hidden="true">B<', b'aria-hidden="true">A<'),
        ("badges/grade.svg", b": B", b": A"),
        ("health.html", b"<b>Not measured</b>", b"<b>Up</b>"),
        ("badges/status-api.json", b'"not measured"', b'"up"'),
        ("badges/status-api.svg", b": not measured", b": up"),
        ("api/v1/events.json", b'"kind":"found"', b'"kind":"fnord"'),
        ("feed.atom", b"</feed>", b""),
        ("history.html", b'href="api.html"', b'href="nowhere.html"'),
        ("index.html", b"status: grade B,", b"status: grade A,"),
        ("index.json", b'"section":"vulnerability"', b'"section":"code"'),
    ):
        site = tmp_path / path.replace("/", "-")
        for name, content in tree(built("open")).items():
            target = site / name
            target.parent.mkdir(parents=True, exist_ok=True)
            assert name != path or old in content
            target.write_bytes(content.replace(old, new) if name == path else content)
        problems = [p for p in check_site(site).problems if p.path == path]
        assert len(problems) >= 2, path
