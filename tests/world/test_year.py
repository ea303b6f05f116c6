"""A year of a project with a known truth, week by week: nothing is ever greener than it."""

import json
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from secstatus.commands.build import build_site
from secstatus.commands.decide import DecideOptions as DecideAsk
from secstatus.commands.decide import decide_release
from secstatus.commands.ingest import IngestOptions, ingest_reports
from tests.second_day.project import LEDGER, REPORTS, publish
from tests.support.repositories import git, isolate_git
from tests.world.judge import Judge
from tests.world.scanning import deliver
from tests.world.truth import DECLARED, FILES, World

START = datetime(2026, 1, 5, 4, 30, tzinfo=UTC)
WEEKS = 52
# Seed → whether there is a lock file, and the scanners beside pip-audit.
WORLDS = {
    1: (True, ("grype", "safety", "bandit", "dependabot")),
    2: (False, ("safety", "semgrep", "openvex", "npm-audit")),
    3: (True, ("vdr", "lint", "gitleaks", "npm-audit", "semgrep")),
    4: (False, ("grype", "dependabot", "bandit", "lint", "gitleaks")),
}


class Project:
    """The files of the project, and the program run in it."""

    def __init__(self, root, world):
        self.root, self.world = root, world
        for path in FILES:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text("# lantern\n" * 40)
        self.write()
        git(root, "init", "-q", "--template=")
        git(root, "add", "-A")
        git(root, "commit", "-q", "-m", "first")

    def write(self):
        quoted = ", ".join(f'"{name}>=1"' for name in DECLARED)
        dev = ", ".join(f'"{name}>=1"' for name in sorted(self.world.packages["development"]))
        (self.root / "pyproject.toml").write_text(
            f'[project]\nname = "lantern"\nversion = "1.0.0"\nrequires-python = ">=3.11"\n'
            f"dependencies = [{quoted}]\n\n[dependency-groups]\ndev = [{dev}]\n\n"
            f'[tool.secstatus]\nrepository = "acme/lantern"\n'
            f'base_url = "https://acme.example/lantern/"\n'
        )
        if self.world.locked:
            (self.root / "uv.lock").write_text(self._lock())

    def _lock(self):
        runtime, dev = self.world.packages["runtime"], self.world.packages["development"]
        transitive = [name for name in runtime if name not in DECLARED]
        text = 'version = 1\nrevision = 3\nrequires-python = ">=3.11"\n'
        text += '\n[[package]]\nname = "lantern"\nversion = "1.0.0"\nsource = { editable = "." }\n'
        text += f"dependencies = [{_names(DECLARED)}]\n"
        text += f"\n[package.dev-dependencies]\ndev = [{_names(dev)}]\n"
        for name, version in sorted({**runtime, **dev}.items()):
            text += f'\n[[package]]\nname = "{name}"\nversion = "{version}.0.0"\n'
            text += 'source = { registry = "https://pypi.org/simple" }\n'
            text += f"dependencies = [{_names(transitive)}]\n" if name == DECLARED[0] else ""
        return text

    def place(self, reports):
        shutil.rmtree(self.root / REPORTS, ignore_errors=True)
        (self.root / REPORTS).mkdir(parents=True)
        for report in reports:
            (self.root / REPORTS / report.file).write_text(report.text)


def _names(names):
    return ", ".join(f'{{ name = "{name}" }}' for name in sorted(names))


def live(root, seed, weeks=WEEKS):
    """Let the weeks pass. Returns what the judge found wrong."""
    locked, scanners = WORLDS[seed]
    world = World(seed, locked=locked)
    project, judge, honest = Project(root, world), Judge(world), {}
    for week in range(weeks):
        world.step()
        project.write()
        at = START + week * timedelta(days=7)
        now = at + timedelta(minutes=20)
        delivered = deliver(world, ("pip-audit", *scanners), at, honest)
        reports = [report for _, _, report in delivered if report]
        project.place(reports)
        grade = ingest_reports(root, now, IngestOptions(scan_date=at)).status.security_grade
        if decide_release(root, now, DecideAsk()).should_release:
            publish(root, now)
        judge.hear(reports, at.date())
        findings = json.loads((root / LEDGER).read_text())["findings"]
        judge.judge(week, at.date(), grade, findings, delivered)
        honest = {report.scanner: report for report in reports if not report.fault}
        if week % 13 == 12:
            judge.wrong += look_at_site(root, now, grade, findings)
    return judge.wrong


def look_at_site(root, now, grade, findings):
    """The site says what the books say."""
    build_site(root, root / "_site", now)
    index = json.loads((root / "_site/index.json").read_text())
    badge = json.loads((root / "_site/badges/vulnerabilities.json").read_text())
    open_ones = [
        each
        for each in findings
        if each.get("package") and each["state"] in ("open", "unobserved") and is_counted(each)
    ]
    wrong = []
    if index["security_grade"] != grade:
        wrong.append(f"site: {index['security_grade']} where ingest says {grade}")
    if open_ones and ("none" in badge["message"] or badge["color"] in ("brightgreen", "green")):
        wrong.append(f"site: badge {badge['message']} with {len(open_ones)} open")
    return wrong


def is_counted(entry):
    return entry.get("scope", "runtime") in ("", "runtime", "extra")


@pytest.fixture(autouse=True)
def _machine(monkeypatch, tmp_path_factory):
    """Nobody's git, and no waiting for the disk: no power fails here."""
    isolate_git(monkeypatch, tmp_path_factory.getbasetemp())


@pytest.mark.parametrize("seed", WORLDS)
def test_a_year_is_never_greener_than_the_truth(seed, tmp_path):
    assert live(tmp_path, seed) == []
