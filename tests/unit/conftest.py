"""The program through its command line, and a small project that is scanned every week."""

import json
from datetime import timedelta

import pytest

from secstatus.cli import main
from tests.commands.scanned import FIRST, REPORTS, STATUS, WEEK, both


@pytest.fixture
def program(capsys):
    """`program("check", …)` runs a command; its exit status, JSON result and messages."""

    def run(*arguments):
        status = main([*map(str, arguments), "--format", "json"])
        out, messages = capsys.readouterr()
        return status, json.loads(out) if out else None, messages

    return run


class ScannedProject:
    """A project with reports of pip-audit and bandit, one scan a week."""

    def __init__(self, root, program):
        self.root, self.program = root, program

    def ingest(self, week, *vulnerable, **more):
        """Ingest the scan of that week; `vulnerable` as for `pip_audit`."""
        return self.ingest_reports(week, **both(FIRST + week * WEEK, *vulnerable, **more))

    def ingest_reports(self, week, **reports):
        """Ingest these reports: name with underscores → document."""
        for name, report in reports.items():
            path = self.root / REPORTS / f"{name.replace('_', '-')}.json"
            path.write_text(json.dumps(report))
        at = FIRST + week * WEEK
        return self.call("ingest", at + timedelta(minutes=5), "--scan-date", stamp(at))

    def decide(self, week, *arguments):
        """The result of the decision on that week's scan."""
        now = FIRST + week * WEEK + timedelta(hours=1)
        exit_status, result, _ = self.call("decide", now, *arguments)
        assert exit_status == 0
        return result

    def call(self, command, now, *arguments):
        return self.program(command, "--root", self.root, "--now", stamp(now), *arguments)

    def rate(self, vulnerability, severity):
        """Keep the OSV record that gives the vulnerability its severity, as `enrich` does."""
        folder = self.root / "security/reports/osv"
        folder.mkdir(parents=True, exist_ok=True)
        record = {
            "id": vulnerability["id"],
            "aliases": vulnerability["aliases"],
            "modified": "2026-10-01T00:00:00Z",
            "database_specific": {"severity": severity},
            "affected": [{"package": {"ecosystem": "PyPI", "name": "kelp"}}],
        }
        (folder / f"{vulnerability['id']}.json").write_text(json.dumps(record))

    def status(self):
        return json.loads((self.root / STATUS).read_text())


def stamp(at):
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def scanned(tmp_path, program):
    root = tmp_path / "lanternfish"
    (root / REPORTS).mkdir(parents=True)
    (root / "pyproject.toml").write_text(
        '[project]\nname = "lanternfish"\nversion = "1.0"\n'
        '[tool.secstatus]\nbase_url = "https://example.org/security-status/"\n'
    )
    return ScannedProject(root, program)
