"""A whole project in memory, of the shape that bumps go wrong in: many documents, hidden folders.

`project()` has 45 references to its version in 29 files. Two reports and a pin at the same version
must stay, and so must every look-alike.
"""

from __future__ import annotations

from secstatus.bump.reference import Own

NAME = "lanternlog"
OWN = Own(NAME, (NAME,))
OLD, NEW = "0.2.6", "0.2.7"
REFERENCES, FILES = 45, 29
# Files in which nothing changes, and the lines that stay in files that change.
THIRD_PARTY_FILES = frozenset(
    {"security/reports/latest/pip-audit.json", "security/reports/archived/2025-10-30/pip-audit.json",
     "CHANGELOG.md", "docs/logo.png", "requirements-dev.txt", "docs/hosts.txt"}
)  # fmt: skip
_STAYING = {
    "pyproject.toml": "oddpin==@",
    "uv.lock": '"oddpin"\nversion = "@"',
}

_PHASES = (
    ("phase-1-setup", "requirements", "This phase lays the ground for {it}, with one command."),
    ("phase-1-setup", "design", "The layout keeps {it} small.\n\nIn the end {it} has one module."),
    ("phase-2-core", "requirements", "The second phase of {it} development writes JSON."),
    ("phase-2-core", "tasks", "- [x] 1. Make {it} write to a file"),
    ("phase-3-ci", "requirements", "Phase 3 of {it} focuses on checks that run on every push."),
    ("phase-3-ci", "design", "The workflow builds {it} on three systems."),
    ("phase-4-docs", "requirements", "A manual for {it} that can be read in ten minutes."),
    ("phase-4-docs", "design", "The pages in {it}'s manual are generated."),
    ("phase-5-badges", "requirements", "Badges for {it}, without a server."),
)
_STEERING = {
    "product": "# {it} Product Guide\n\nOne job, done well.\n\nThe goal of {it} is clarity.",
    "tech": "# Tech\n\n**Important**: few dependencies for {it}\n",
    "workflow": "# Workflow\n\nThe patterns for {it}, with tests first.",
    "features": "# Features\n\nWhat {it} leaves out, so that it stays small.",
}


def _documents(it: str, version: str) -> dict[str, str]:
    files = {
        f".kiro/specs/{folder}/{name}.md": f"# Document\n\n## Introduction\n\n{text}\n"
        for folder, name, text in _PHASES
    }
    files |= {
        f".kiro/steering/{name}.md": f"---\ninclusion: always\n---\n\n{text}\n"
        for name, text in _STEERING.items()
    }
    files["README.md"] = (
        "# {it}\n\n![tests](https://ci.example/badge.svg)\n\n{it} does one job: lines of JSON.\n\n"
        "```sh\npip install lanternlog==@\n```\n\nCurrent version: @\n\n"
        "Needs Python 3.11. It was 10.0.2.6 times faster on 1.0.2.6, see 0.2.60.\n"
    )
    files["docs/README.md"] = "# Manual of {it}\n\n**Version**: @\n\nStart with the tutorial.\n"
    files["docs/install.md"] = "# Install\n\n`pip install lanternlog==0.2.0`\n"
    files["docs/words.txt"] = "# Words of the {it} manual\nJSON\nlanternlog\n"
    files["docs/quality.yml"] = "# Rules for the manual of {it}\n#\nminimum: 100.0\n"
    return {path: text.replace("{it}", it).replace("@", version) for path, text in files.items()}


def _code(it: str, version: str) -> dict[str, str]:
    files = {
        "pyproject.toml": '[project]\nname = "lanternlog"\nversion = "@"\nrequires-python = ">=3.8"\n'
        'dependencies = ["oddpin==@"]\n\n[tool.bumpversion]\ncurrent_version = "0.2.2"\n',
        "src/lanternlog/__init__.py": '"""{it} - JSON lines with good defaults."""\n\n'
        '__version__ = "@"\n\n\ndef get_version() -> str:\n    return __version__\n',
        "scripts/run_tests.sh": '#!/bin/sh\n\n# All checks of {it}\necho "🧪 {it} - checks"\n',
        "scripts/security_check.sh": '#!/bin/sh\n# Security check of {it}\n#\necho "🔒 Checking {it}"\n',
        "scripts/ci_security_check.sh": '#!/bin/sh\necho "🛡️  CI check for {it}"\n',
        "scripts/validate_speed.py": '#!/usr/bin/env python3\n"""Checks the speed of {it}.\n\nMore.\n"""\n',
        "scripts/validate_docs.py": '"""Checks the documents of {it}.\n"""\n'
        "parser = ArgumentParser(description=\"Checks of {it}\")\n",
        "tests/speed/__init__.py": '"""Speed tests for {it}."""\n',
        "tests/speed/test_speed.py": '"""Measures {it}.\n\nLimits:\n- 10 ms\n"""\n\n\n'
        "def test_speed() -> None:\n    print('Speed of {it}')\n",
        "tests/unit/test_core.py": "import lanternlog\nfrom lanternlog import __version__, get_version\n\n\n"
        'def test_version() -> None:\n    assert __version__ == "@"\n    assert get_version() == "@"\n\n\n'
        'def test_doc() -> None:\n    assert "{it}" in lanternlog.__doc__\n\n\n'
        "def test_literal() -> None:\n    assert '@' == __version__\n",
        "tests/unit/test_public.py": "import lanternlog\n\n\nclass TestPublic:\n"
        "    def test_get_version(self) -> None:\n        version = lanternlog.get_version()\n"
        '        assert version == "@"\n\n    def test_attribute(self) -> None:\n'
        '        assert lanternlog.__version__ == "@"\n\n'
        '    def test_command(self) -> None:\n        out = run("lanternlog", "--version")\n'
        '        assert "@" in out\n',
        "uv.lock": 'version = 1\n\n[[package]]\nname = "lanternlog"\nversion = "@"\n'
        'source = { editable = "." }\ndependencies = [{ name = "oddpin" }]\n\n'
        '[[package]]\nname = "oddpin"\nversion = "@"\nsource = { registry = "index" }\n',
    }  # fmt: skip
    return {path: text.replace("{it}", it).replace("@", version) for path, text in files.items()}


def _third_party_files(version: str) -> dict[str, bytes]:
    report = (
        f'{{"dependencies": [{{"name": "lanternlog", "version": "{version}", "vulns": []}}]}}\n'
    )
    return {
        "security/reports/latest/pip-audit.json": report.encode(),
        "security/reports/archived/2025-10-30/pip-audit.json": report.encode(),
        "CHANGELOG.md": f"# Changelog\n\n## [{version}] - 2025-10-31\n\n- lanternlog {version}\n".encode(),
        "docs/logo.png": b"\x89PNG\r\n\x1a\n\0\0lanternlog " + version.encode(),
        "requirements-dev.txt": f"oddpin=={version}\n".encode(),
        "docs/hosts.txt": b"10.0.2.6\n0.2.60\n0.2.6.1\n0.2.6rc1\n0.2.6-3\nv10.2.6\n2020.2.6\n",
    }


def project(version: str = OLD) -> dict[str, bytes]:
    """The files of the project at this version."""
    it = f"{NAME} v{version}"
    ours = _documents(it, version) | _code(it, version)
    return {path: text.encode() for path, text in ours.items()} | _third_party_files(version)


def with_third_party_files(path: str, content: bytes) -> bytes:
    """A file of the project at the new version, with the pins of others as they were."""
    line = _STAYING.get(path, "@")
    new, old = (line.replace("@", version).encode() for version in (NEW, OLD))
    return content.replace(new, old) if line != "@" else content
