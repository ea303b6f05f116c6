"""A small project in git, its ingests, and what is written about its one finding."""

import json
import shutil
from dataclasses import dataclass

from secstatus.commands.decide import DecideOptions as DecideAsk
from secstatus.commands.decide import decide_release, record_release_step
from secstatus.commands.ingest import IngestOptions, ingest_reports
from secstatus.release.log import ReleaseState, ReleaseStep
from tests.second_day.days import text_of
from tests.second_day.dependency_reports import pip_audit
from tests.second_day.seen import Seen
from tests.support.repositories import git, write_files

REPORTS = "security/reports/latest"
LEDGER = "security/status/ledger.json"
SECURITY = ("security/status", "security/findings")
BESIDE = "pip-audit.json"
PYPROJECT = """\
[project]
name = "lantern"
version = "1.4.0"
requires-python = ">=3.11"
dependencies = ["jinja2>=3", "idna"]

[tool.secstatus]
repository = "acme/lantern"
base_url = "https://acme.example/lantern/security-status/"
"""
SOURCE = "".join(f"value_{number} = {number}\n" for number in range(40))
FILES = {
    "pyproject.toml": PYPROJECT,
    "src/lantern/a.py": SOURCE,
    "src/lantern/b.py": SOURCE,
    "tools/c.py": SOURCE,
    "requirements.txt": "jinja2==3.1.4\nmarkupsafe==2.1.5\nidna==3.7\n",
    "Dockerfile": "FROM python:3.12\nUSER root\n",
    "tools/Dockerfile": "FROM python:3.12\nUSER nobody\n",
}


@dataclass(frozen=True)
class Outcome:
    """What an ingest and the decision after it said."""

    document: dict
    should_release: bool
    books_before: dict
    books: dict

    @property
    def findings(self):
        return json.loads(self.books[LEDGER])["findings"]

    def verdicts(self, beside):
        return [each["verdict"] for each in self.document["scans"] if each["scanner"] != beside]


def make_project(folder):
    write_files(folder, FILES)
    git(folder, "init", "-q", "--template=")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def take(root, form, delivery, *, beside=True):
    """Put the reports of a delivery there, ingest them and decide.

    Beside a format that cannot speak for all dependencies stands a complete report of pip-audit
    that has never heard of the finding.
    """
    shutil.rmtree(root / REPORTS, ignore_errors=True)
    (root / REPORTS).mkdir(parents=True)
    files = dict(delivery.files)
    if beside and form.file != BESIDE:
        files[BESIDE] = text_of(pip_audit(Seen(delivery.at, delivery.packages)))
    for name, text in files.items():
        (root / REPORTS / name).write_text(text)
    before = read_books(root)
    now = delivery.at + delivery.later
    asked = IngestOptions(scan_date=delivery.at, scan_exit=delivery.exits)
    document = ingest_reports(root, now, asked).document()
    decision = decide_release(root, now, DecideAsk())
    if decision.should_release:
        publish(root, now)
    return Outcome(document, decision.should_release, before, read_books(root))


def publish(root, now):
    """Act on the decision, so that the next one is about what changed since."""
    for state in ("committed", "pushed", "published"):
        record_release_step(root, ReleaseStep(ReleaseState(state), now, version=f"1.4.{now:%m%d}"))


def read_books(root):
    """Every file of secstatus that is published or kept; the journal notes runs and is left out."""
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for folder in SECURITY
        for path in sorted((root / folder).glob("*"))
        if path.is_file() and path.suffix != ".jsonl"
    }
