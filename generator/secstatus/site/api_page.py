"""The page about the API: every document, and how to ask for the grade."""

from __future__ import annotations

from secstatus.site.pages import Pages

_PYTHON_EXAMPLE = """import datetime, json, urllib.request

with urllib.request.urlopen("{url}", timeout=10) as answer:
    status = json.load(answer)

now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
grade = "?"
for step in status["grade_schedule"]:
    if step["from"] <= now:
        grade = step["grade"]
print(grade)"""

_DOCUMENTS = (
    ("index.json", True, "The whole status with its open findings", "every day", "status", ""),
    ("api/v1/index.json", True, "Where everything is", "with the program", "index", ""),
    ("api/v1/status.json", True, "The same, without findings: small", "every day", "status", ""),
    ("api/v1/findings.json", True, "Every finding ever, in short", "with them", "findings", ""),
    ("api/v1/findings/NAME.json", False, "One finding, whole", "when it changes", "finding", ""),
    ("api/v1/events.json", True, "What happened, newest first", "grows", "events", ""),
    ("api/v1/history/YYYY.json", False, "One year, whole", "until it is over", "history", ""),
    ("api/v1/releases.json", True, "Decisions to release or not", "grows", "releases", ""),
    ("api/v1/metrics.json", True, "How this site answers", "with each look", "metrics", ""),
    ("api/v1/osv/NAME.json", False, "One finding for OSV", "when it changes", "", "OSV 1.7"),
    ("api/v1/openvex.json", True, "What is affected", "with findings", "", "OpenVEX 0.2"),
    ("api/v1/cyclonedx-vex.json", True, "The same", "with findings", "", "CycloneDX 1.6"),
    ("api/v1/sarif.json", True, "Findings for code scanning", "with findings", "", "SARIF 2.1"),
    ("api/v1/findings.csv", True, "Every finding as a table", "with findings", "", "CSV"),
    ("api/v1/manifest.json", True, "SHA-256 and size of every file", "with each", "manifest", ""),
    ("api/v1/openapi.json", True, "This API as a contract", "with the program", "", "OpenAPI 3.1"),
    ("badges/grade.json", True, "A badge for shields.io, one of six", "every day", "badge", ""),
    ("feed.atom", True, "Events", "with the events", "", "Atom"),
    ("feed.json", True, "Events", "with the events", "", "JSON Feed 1.1"),
)  # fmt: skip


def api_page(pages: Pages) -> str:
    keys = ("path", "link", "what", "rhythm", "schema", "format")
    return pages.page(
        "api.html",
        "api.html",
        f"Security status API of {pages.place.package}",
        f"Static JSON files with the security status of {pages.place.package}: grade, findings,"
        " events, schemas, with examples for shell and Python.",
        documents=[dict(zip(keys, row, strict=True)) for row in _DOCUMENTS],
        python_example=_PYTHON_EXAMPLE.format(url=pages.place.url("api/v1/status.json")),
        scripted=True,
    )
