"""A small project, and a scan of it."""

import json
import shutil
from datetime import timedelta

import pytest

from secstatus.commands.ingest import IngestOptions, ingest_reports
from tests.commands.scanned import REPORTS
from tests.publishing.uploads import keys, no_credentials, release, stub, told

__all__ = ["keys", "no_credentials", "release", "stub", "told"]


@pytest.fixture
def root(tmp_path):
    (tmp_path / REPORTS).mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "lanternfish"\nversion = "1.0"\n'
        '[tool.secstatus]\nbase_url = "https://example.org/security-status/"\n'
    )
    return tmp_path


@pytest.fixture
def scan(root):
    """`scan(at, name=report, …)` puts the reports of a scan there and ingests them."""

    def run(at, exits=(), accept=(), now=None, **reports):
        shutil.rmtree(root / REPORTS)
        (root / REPORTS).mkdir()
        for name, report in reports.items():
            text = report if isinstance(report, str) else json.dumps(report)
            (root / REPORTS / f"{name.replace('_', '-')}.json").write_text(text)
        ask = IngestOptions(scan_date=at, scan_exit=exits, accept_fewer=accept)
        return ingest_reports(root, now or at + timedelta(minutes=5), ask)

    return run
