"""Whatever stands in a status file: it is refused with a message, or the site is whole."""

import json
import shutil
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from secstatus.commands.build import build_site
from secstatus.commands.check_site import check_site
from secstatus.errors import InputError
from tests.conftest import NOW, STATES

texts = st.text(max_size=40) | st.sampled_from(
    [
        "../x",
        "a/b",
        "<b>",
        '"><script>',
        "{{ 7*7 }}",
        "\u202e",
        "CON",
        ".",
        "..",
        "x" * 300,
        "⟦title⟧",
    ]
)
findings = st.fixed_dictionaries(
    {
        "finding_id": texts,
        "severity": st.sampled_from(["critical", "high", "medium", "low", "unknown", "info"]),
        "discovered_date": st.dates(NOW.date().replace(year=2020), NOW.date()).map(str),
        "description": texts,
        "package": texts,
        "version": texts,
        "title": texts,
        "fix_version": texts,
        "reference_url": texts,
        "source": texts,
        "aliases": st.lists(texts.filter(bool), max_size=2),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(findings, max_size=3), texts.filter(bool))
def test_any_text_gives_a_whole_site_or_a_message(found, scanner):
    with tempfile.TemporaryDirectory() as folder:
        root, out = Path(folder) / "root", Path(folder) / "out"
        shutil.copytree(STATES / "empty", root)
        path = root / "security/status/live-status.json"
        data = json.loads(path.read_text("utf-8"))
        words = [item["severity"] for item in found]
        counts = {word: words.count(word) for word in ("critical", "high", "medium", "low")}
        data |= {"findings": found, "vulnerability_summary": {"total": len(found), **counts}}
        data["scans"][1]["scanner"] = scanner
        path.write_text(json.dumps(data), "utf-8")
        try:
            build_site(root, out, NOW)
        except InputError:
            assert not out.exists()
        else:
            assert check_site(out).problems == []
