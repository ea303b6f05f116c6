"""Which places are ours, whose the others are, and what is left to people."""

from __future__ import annotations

import pytest

from secstatus.bump.finder import find_references
from secstatus.bump.policy import ReferencePolicy
from secstatus.bump.reference import Own, ReferenceVerdict

OWN = Own("my-tracer", ("my_tracer",))
NONE = ReferencePolicy()


def verdicts(
    path: str, content: str | bytes, policy: ReferencePolicy = NONE
) -> list[ReferenceVerdict]:
    raw = content.encode() if isinstance(content, str) else content
    return [each.judgement.verdict for each in find_references(path, raw, OWN, "0.2.8", policy)]


OURS = [
    # The styles of the design.
    ("pyproject.toml", '[project]\nname = "my-tracer"\nversion = "0.2.8"\n'),
    ("src/my_tracer/__init__.py", '__version__ = "0.2.8"\n'),
    ("src/my_tracer/__init__.py", '"""my-tracer v0.2.8 - traces without a server."""\n'),
    ("README.md", "# my-tracer v0.2.8\n"),
    ("README.md", "# my-tracer V0.2.8\n"),
    ("docs/guide/start.md", "My-Tracer v0.2.8 reads its settings from the environment.\n"),
    ("scripts/check.sh", 'echo "🧪 my-tracer v0.2.8 - checks"\n'),
    ("scripts/check.py", '"""Checks the manual of my_tracer v0.2.8.\n\nMore.\n"""\n'),
    (".kiro/steering/product.md", "# my-tracer v0.2.8 Product\n"),
    (".kiro/specs/phase-3/requirements.md", "Phase 3 of my-tracer v0.2.8 adds a second sink.\n"),
    (".kiro/specs/phase-3/design.md", "The badges in my-tracer v0.2.8's README are static.\n"),
    ("docs/words.txt", "# Words of the my-tracer v0.2.8 manual\n"),
    ("docs/quality.yml", "# Settings for my-tracer v0.2.8\n#\nminimum: 3\n"),
    ("tests/README.md", "# my-tracer v0.2.8 Tests\n"),
    ("tests/speed/__init__.py", '"""Speed tests for my-tracer v0.2.8."""\n'),
    # Assertions and their neighbours.
    ("tests/test_core.py", 'assert __version__ == "0.2.8"\n'),
    ("tests/test_core.py", "assert '0.2.8' == __version__\n"),
    ("tests/test_core.py", 'assert get_version() == "0.2.8"\n'),
    ("tests/test_core.py", 'assert version == "0.2.8"\n'),
    ("tests/test_core.py", 'def test_a():\n    version = my_tracer.get_version()\n    assert version == "0.2.8"\n'),
    ("tests/test_core.py", 'assert my_tracer.__version__ == "0.2.8"\n'),
    ("tests/test_core.py", "assert '0.2.8' == my_tracer.__version__\n"),
    ("tests/test_core.py", 'import my_tracer as mt\nassert mt.__version__ == "0.2.8"\n'),
    ("tests/test_core.py", 'mod = import_module("my_tracer")\nassert "0.2.8" == mod.__version__\n'),
    ("tests/test_core.py", 'assert "my-tracer v0.2.8" in my_tracer.__doc__\n'),
    ("tests/test_core.py", 'assert metadata.version("my-tracer") == "0.2.8"\n'),
    ("tests/test_core.py", 'assert importlib.metadata.version("my_tracer") == "0.2.8"\n'),
    ("tests/test_core.py", 'assert "0.2.8" == version("my-tracer")\n'),
    ("tests/test_core.py", 'self.assertEqual(my_tracer.__version__, "0.2.8")\n'),
    ("tests/test_core.py", 'self.assertEqual("0.2.8", my_tracer.__version__)\n'),
    ("tests/test_cli.py", 'def test_version():\n    result = run("--version")\n    assert "0.2.8" in result.stdout\n'),
    ("tests/test_cli.py", 'def test_version():\n    result = run("--version")\n    assert result.stdout.strip() == "0.2.8"\n'),
    ("tests/test_cli.py", 'assert result.output == "my-tracer 0.2.8\\n"\n'),
    ("tests/test_cli.py", 'assert out == "my-tracer, version 0.2.8\\n"\n'),
    ("tests/test_cli.py", "assert out == f'my-tracer 0.2.8 on {system}'\n"),
    # Code.
    ("setup.py", 'setup(\n    name="my-tracer",\n    version="0.2.8",\n)\n'),
    ("setup.cfg", "[metadata]\nname = my-tracer\nversion = 0.2.8\n"),
    ("src/my_tracer/cli.py", '@click.version_option("0.2.8")\n'),
    ("src/my_tracer/cli.py", 'parser.add_argument("--version", action="version", version="0.2.8")\n'),
    ("src/my_tracer/cli.py", 'parser.add_argument("-V", action="version", version="%(prog)s 0.2.8")\n'),
    ("tests/test_cli.py", 'def test_a():\n    out = run("python", "-m", "my_tracer", "--version")\n    assert "0.2.8" in out\n'),
    ("tests/test_cli.py", 'def test_a():\n    result = invoke(cli, ["--version"])\n    assert "0.2.8" in result.output\n'),
    ("README.md", "Version 0.2.8 for everyone\n"),
    ("src/my_tracer/_version.py", 'version = "0.2.8"\n'),
    ("src/my_tracer/_version.py", '__version__: str = "0.2.8"\n'),
    ("src/my_tracer/_version.py", '__version__ = version = "0.2.8"\n'),
    ("src/my_tracer/net.py", 'AGENT = "my-tracer/0.2.8"\n'),
    ("scripts/env.sh", "export MY_TRACER_VERSION=0.2.8\n"),
    ("docs/conf.py", 'project = "my-tracer"\nrelease = "0.2.8"\n'),
    ("docs/source/conf.py", "version = '0.2.8'\n"),
    # Metadata.
    ("CITATION.cff", "cff-version: 1.2.0\ntitle: my-tracer\nversion: 0.2.8\n"),
    ("CITATION.cff", 'version: "0.2.8"\n'),
    ("codemeta.json", '{"@type": "SoftwareSourceCode", "version": "0.2.8"}'),
    (".zenodo.json", '{"version": "v0.2.8"}'),
    ("package.json", '{"name": "my-tracer", "version": "0.2.8"}'),
    ("package.json", '{"version": "0.2.8", "name": "@someone/my-tracer"}'),
    ("package-lock.json", '{"name": "my-tracer", "version": "0.2.8", "lockfileVersion": 3}'),
    ("web/openapi.json", '{"info": {"title": "my-tracer", "version": "0.2.8"}}'),
    (".release-please-manifest.json", '{".": "0.2.8"}'),
    ("uv.lock", 'version = 1\n\n[[package]]\nname = "my-tracer"\nversion = "0.2.8"\nsource = { editable = "." }\n'),
    ("uv.lock", '[[package]]\nname = "my-tracer"\nversion = "0.2.8"\nsource = { virtual = "." }\n'),
    ("poetry.lock", '\n[[package]]\nname = "my-tracer"\nversion = "0.2.8"\n\n[package.source]\ntype = "directory"\nurl = "."\n'),
    ("pdm.lock", '\n[[package]]\nname = "my-tracer"\nversion = "0.2.8"\neditable = true\npath = "."\n'),
    ("Cargo.lock", '[[package]]\nname = "my-tracer"\nversion = "0.2.8"\n'),
    ("pylock.toml", '[[packages]]\nname = "my-tracer"\nversion = "0.2.8"\ndirectory = { path = "." }\n'),
    ("pyproject.toml", '[tool.bumpversion]\ncurrent_version = "0.2.8"\n'),
    (".bumpversion.cfg", "[bumpversion]\ncurrent_version = 0.2.8\n"),
    (".bumpversion.toml", '[tool.bumpversion]\ncurrent_version = "0.2.8"\n'),
    ("pyproject.toml", '[tool.poetry]\nname = "my-tracer"\nversion = "0.2.8"\n'),
    ("pyproject.toml", '[tool.commitizen]\nversion = "0.2.8"\n'),
    ("VERSION", "0.2.8\n"),
    ("src/my_tracer/VERSION", "0.2.8\n"),
    ("sonar-project.properties", "sonar.projectKey=x\nsonar.projectVersion=0.2.8\n"),
    ("deploy/Chart.yaml", 'name: chart\nversion: 1.0.0\nappVersion: "0.2.8"\n'),
    ("recipe/meta.yaml", '{% set name = "my-tracer" %}\n{% set version = "0.2.8" %}\n'),
    ("meson.build", "project('my-tracer', 'c', version : '0.2.8')\n"),
    # Badges and addresses.
    ("README.md", "![v](https://img.shields.io/badge/version-0.2.8-blue)\n"),
    ("README.md", "![v](https://img.shields.io/badge/version-0.2.8-007ec6)\n"),
    ("README.md", "![v](https://img.shields.io/badge/version-0%2E2%2E8-blue)\n"),
    ("README.md", "![v](https://img.shields.io/badge/my--tracer-v0.2.8-green.svg)\n"),
    ("README.md", "https://img.shields.io/static/v1?label=version&message=0.2.8&color=blue\n"),
    ("docs/badge.json", '{"schemaVersion": 1, "label": "version", "message": "v0.2.8"}'),
    ("README.md", "See https://pypi.example/project/my-tracer/0.2.8/ for files.\n"),
    ("README.md", "[notes](https://github.com/someone/my-tracer/releases/tag/v0.2.8)\n"),
    # Docker and CI.
    ("Dockerfile", 'FROM python:3.12\nLABEL org.opencontainers.image.version="0.2.8"\n'),
    ("Dockerfile", 'LABEL version="0.2.8" maintainer="me"\n'),
    ("compose.yaml", "services:\n  app:\n    image: ghcr.io/someone/my-tracer:0.2.8\n"),
    (".github/workflows/ci.yml", "      - uses: someone/my-tracer@v0.2.8\n"),
    (".pre-commit-config.yaml", "repos:\n  - repo: https://github.com/someone/my-tracer\n    rev: v0.2.8\n"),
    # Prose.
    ("README.md", "pip install my-tracer==0.2.8\n"),
    ("README.md", 'pip install "my-tracer[dev]==0.2.8"\n'),
    ("README.md", "**Version**: 0.2.8\n"),
    ("README.md", "**Version:** 0.2.8\n"),
    ("README.md", "Current version: 0.2.8\n"),
    ("README.md", "*Latest release: v0.2.8*\n"),
    ("README.md", "| Version | 0.2.8 |\n"),
    ("README.md", "| my-tracer | 0.2.8 |\n"),
    ("README.md", "This manual describes version 0.2.8.\n"),
    ("README.md", "The current version of my-tracer is 0.2.8.\n"),
    ("README.md", "my-tracer (v0.2.8) is small.\n"),
    ("README.md", "`my-tracer` 0.2.8\n"),
    ("README.md", "The release v0.2.8 of my-tracer is signed.\n"),
    ("README.md", "git clone --branch v0.2.8 https://github.com/someone/my-tracer\n"),
    ("README.md", "Get my-tracer-0.2.8.tar.gz or my_tracer-0.2.8-py3-none-any.whl.\n"),
    ("README.md", "```pycon\n>>> my_tracer.__version__\n'0.2.8'\n```\n"),
    ("README.md", "$ my-tracer --version\nmy-tracer 0.2.8\n"),
    ("README.md", "$ my-tracer --version\n0.2.8\n"),
    ("docs/index.rst", "my-tracer 0.2.8\n===============\n"),
    ("docs/index.rst", ":Version: 0.2.8\n"),
    ("src/my_tracer/core.py", "# Behaviour of version 0.2.8 of my-tracer.\n"),
    ("docs/index.html", "<p>Version <strong>0.2.8</strong></p>\n"),
    ("locale/de.po", '"Project-Id-Version: my-tracer 0.2.8\\n"\n'),
    ("README.md", "The current version is `0.2.8`.\n"),
    ("README.md", "my-tracer `0.2.8`\n"),
    ("docs/index.rst", ".. |release| replace:: 0.2.8\n"),
    ("tests/test_core.py", 'EXPECTED = "0.2.8"\n\nassert my_tracer.__version__ == EXPECTED\n'),
    ("docs/a.md", "A text that is about my-tracer\nv0.2.8 and its sinks.\n"),
    ("data/index.json", '{"my-tracer": {"version": "0.2.8"}}'),
    ("tests/test_core.py", '    assert (\n        my_tracer.__version__\n        == "0.2.8"\n    )\n'),
    ("tests/test_core.py", 'self.assertEqual(\n    my_tracer.__version__,\n    "0.2.8",\n)\n'),
    ("tests/test_core.py", '"""Tests for version 0.2.8."""\n'),
    ("tests/test_core.py", "# version 0.2.8\n"),
    ("README.md", "- Bump my-tracer to v0.2.8\n"),
    ("README.md", "Current stable: v0.2.8\n"),
    ("README.md", "- my-tracer: 0.2.8\n"),
    ("data/about.json", '{"about": {"name": "my_tracer", "version": "0.2.8"}}'),
]  # fmt: skip

OTHERS = [
    # Other packages at the same version.
    ("requirements.txt", "requests==0.2.8\nrich>=0.2.8,<0.3\n"),
    ("requirements/dev.txt", "requests==0.2.8 \\\n    --hash=sha256:0\n"),
    ("constraints.txt", "requests[socks] == 0.2.8 ; python_version < '3.12'\n"),
    ("pyproject.toml", '[project]\nname = "my-tracer"\ndependencies = [\n  "requests==0.2.8",\n  "attrs>=0.2.8",\n]\n'),
    ("pyproject.toml", '[tool.poetry.dependencies]\nrequests = "0.2.8"\nrich = "^0.2.8"\nx = {version = "0.2.8"}\n'),
    ("pyproject.toml", '[dependency-groups]\ndev = ["ruff==0.2.8"]\n'),
    ("pyproject.toml", '[build-system]\nrequires = ["hatchling==0.2.8"]\n'),
    ("pyproject.toml", '[tool.ruff]\nrequired-version = "0.2.8"\n'),
    ("packages/other/pyproject.toml", '[project]\nname = "other"\nversion = "0.2.8"\n'),
    ("uv.lock", '[[package]]\nname = "typer"\nversion = "0.2.8"\nsource = { registry = "x" }\n'),
    ("uv.lock", '[[package]]\nname = "my-tracer"\nversion = "1.0"\nsource = { editable = "." }\ndependencies = [\n    { name = "typer", version = "0.2.8" },\n]\n'),
    ("uv.lock", '[[package]]\nname = "my-tracer"\nversion = "1.0"\nsource = { editable = "." }\n\n[[package]]\nname = "typer"\nversion = "0.2.8"\n'),
    ("package.json", '{"name": "my-tracer", "version": "1.0.0", "dependencies": {"left": "0.2.8"}}'),
    ("package-lock.json", '{"name": "my-tracer", "packages": {"node_modules/left": {"version": "0.2.8"}}}'),
    (".pre-commit-config.yaml", "repos:\n  - repo: https://github.com/astral/ruff-pre-commit\n    rev: v0.2.8\n    hooks:\n      - id: ruff\n"),
    (".github/workflows/ci.yml", "      - uses: actions/checkout@v0.2.8\n"),
    ("Dockerfile", "FROM python:0.2.8\n"),
    ("Dockerfile", "FROM ghcr.io/astral/uv:0.2.8 AS uv\n"),
    ("compose.yaml", "    image: redis:0.2.8\n"),
    ("environment.yml", "dependencies:\n  - requests=0.2.8\n"),
    ("README.md", "pip install my-tracer requests==0.2.8\n"),
    ("README.md", "my-tracer needs requests==0.2.8 or a later one.\n"),
    ("README.md", "my-tracer works with structlog 0.2.8\n"),
    ("README.md", "| requests | 0.2.8 |\n"),
    ("README.md", "requests-0.2.8.tar.gz\n"),
    ("README.md", "my-tracer-cli 0.2.8 is another tool.\n"),
    ("README.md", "Version 0.2.8 of requests is broken.\n"),
    ("README.md", "![p](https://img.shields.io/badge/python-0.2.8-blue)\n"),
    ("README.md", "https://github.com/psf/requests/releases/tag/v0.2.8\n"),
    ("README.md", "https://github.com/my-tracer/pino/releases/tag/v0.2.8\n"),
    ("codemeta.json", '{"softwareRequirements": [{"name": "requests", "version": "0.2.8"}]}'),
    ("security/findings/SECURITY_FINDINGS.md", "- **Package**: my-tracer\n- **Version**: 0.2.8\n"),
    ("README.md", "https://github.com/someone/my-tracer-cli/releases/tag/v0.2.8\n"),
    ("tests/test_core.py", 'import requests\nassert requests.__version__ == "0.2.8"\n'),
    ("tests/test_core.py", 'from requests import __version__\nassert __version__ == "0.2.8"\n'),
    ("tests/test_core.py", 'assert metadata.version("requests") == "0.2.8"\n'),
    ("data/deps.json", '{"packages": [{"name": "requests", "version": "0.2.8"}]}'),
    ("pyproject.toml", 'requires-python = ">=0.2.8"\n'),
    ("Pipfile", '[packages]\nrequests = "==0.2.8"\n'),
    ("tox.ini", "[testenv]\ndeps =\n    requests==0.2.8\n"),
    ("setup.py", 'setup(install_requires=["requests==0.2.8"])\n'),
    ("docs/a.md", "A text that is about requests\nv0.2.8 and its sinks.\n"),
    ("README.md", "Name: requests\nVersion: 0.2.8\n"),
    # History.
    ("CHANGELOG.md", "# Changelog\n\n## [0.2.8] - 2025-10-01\n\n- my-tracer 0.2.8 is out\n"),
    ("CHANGES.rst", "0.2.8\n-----\n"),
    ("docs/release-notes.md", "## 0.2.8\n"),
    ("docs/releases/0.2.8.md", "# my-tracer 0.2.8\n"),
    ("HISTORY", "0.2.8 first\n"),
    ("debian/changelog", "my-tracer (0.2.8) unstable; urgency=low\n"),
    ("docs/changelog.md", "[Unreleased]: https://github.com/someone/my-tracer/compare/v0.2.8...HEAD\n"),
    ("README.md", "[Unreleased]: https://github.com/someone/my-tracer/compare/v0.2.8...HEAD\n"),
    ("README.md", "## Changelog\n\n- 0.2.8: faster\n"),
    ("README.md", "### 0.2.8 (2025-10-01)\n"),
    ("docs/api.rst", ".. versionadded:: 0.2.8\n"),
    ("docs/api.rst", ".. versionchanged:: 0.2.8\n   Text.\n"),
    ("docs/api.rst", ".. deprecated:: 0.2.8\n"),
    ("src/my_tracer/core.py", '    """Trace.\n\n    .. versionadded:: 0.2.8\n    """\n'),
    ("src/my_tracer/core.py", '@deprecated(since="0.2.8")\n'),
    ("src/my_tracer/core.py", '@deprecated("0.2.8", "use x")\n'),
    ("src/my_tracer/core.py", "# Fixed in 0.2.8: no loop.\n"),
    ("README.md", "Since 0.2.8 it is quiet.\n"),
    ("README.md", "Added in my-tracer v0.2.8.\n"),
    ("README.md", "New in version 0.2.8: sinks.\n"),
    ("README.md", "Prior to 0.2.8 it was loud.\n"),
    ("README.md", "Introduced in `my-tracer` 0.2.8.\n"),
    # Reports and copies.
    ("security/reports/latest/pip-audit.json", '{"dependencies": [{"name": "my-tracer", "version": "0.2.8", "vulns": []}]}'),
    ("out/result.json", '{"dependencies": [{"name": "my-tracer", "version": "0.2.8", "vulns": []}]}'),
    ("scan.sarif", '{"runs": [{"tool": {"driver": {"name": "my-tracer", "version": "0.2.8"}}}]}'),
    ("bom.json", '{"bomFormat": "CycloneDX", "metadata": {"component": {"name": "my-tracer", "version": "0.2.8"}}}'),
    ("src/my_tracer/_vendor/thing/__init__.py", '__version__ = "0.2.8"\n'),
    ("third_party/README.md", "# my-tracer v0.2.8\n"),
    (".version_backup/README.md", "# my-tracer v0.2.8\n"),
    ("web/app.min.js", 'var v="0.2.8"\n'),
]  # fmt: skip

UNCLEAR = [
    ("tests/test_bump.py", 'PYPROJECT = """\n[project]\nversion = "0.2.8"\n"""\n'),
    ("tests/test_bump.py", 'assert parse("0.2.8").minor == 2\n'),
    ("tests/test_bump.py", 'assert finding.version == "0.2.8"\n'),
    ("tests/test_bump.py", 'CASES = ["0.2.8"]\n'),
    ("tests/test_bump.py", 'Package(version="0.2.8")\n'),
    ("tests/test_bump.py", 'DATA = {"name": "my-tracer", "version": "0.2.8"}\n'),
    ("tests/data/pyproject.toml", '[project]\nname = "my-tracer"\nversion = "0.2.8"\n'),
    ("tests/my_tracer/__init__.py", '__version__ = "0.2.8"\n'),
    ("tests/data/page.md", "# my-tracer v0.2.8\n"),
    ("tests/test_cli.py", 'def test_list():\n    assert "0.2.8" in result.stdout\n'),
    ("tests/test_cli.py", 'def test_a():\n    version = parse(text)\n    assert version == "0.2.8"\n'),
    ("pyproject.toml", '[tool.other]\nversion = "0.2.8"\n'),
    ("package.json", '{"name": "docs-site", "private": true, "version": "0.2.8"}'),
    ("data/x.json", '{"version": "0.2.8"}'),
    ("deploy/Chart.yaml", "name: my-tracer\nversion: 0.2.8\n"),
    ("config.yaml", "version: 0.2.8\n"),
    ("README.md", "pip install 'my-tracer>=0.2.8'\n"),
    ("README.md", "Use 0.2.8 or later.\n"),
    ("README.md", "Go from 0.2.7 to 0.2.8 step by step.\n"),
    ("README.md", "In 0.2.8 it is fast.\n"),
    ("README.md", "Schema version: 0.2.8\n"),
    ("README.md", "Together with Kestrel, version 0.2.8 is quick.\n"),
    ("README.md", "0.2.8\n"),
    ("scripts/tool.py", '__version__ = "0.2.8"\n'),
    ("src/other/__init__.py", '__version__ = "0.2.8"\n'),
    ("src/my_tracer/core.py", 'LIMIT = "0.2.8"\n'),
    (".github/ISSUE_TEMPLATE/bug.yml", "      placeholder: 0.2.8\n"),
    ("README.md", "my-tracer v0.2.8 added a second sink.\n"),
    ("README.md", "The v0.2.8 release fixed it.\n"),
    ("README.md", '>>> Version("0.2.8")\n'),
    ("README.md", "They replace the existing v0.2.8\n"),
    ("README.md", "Unlike other-thing or pino version 0.2.8, it does not buffer.\n"),
    ("README.md", "my-tracer works well with v0.2.8 of pino.\n"),
    ("README.md", "my-tracer is quicker than pino v0.2.8.\n"),
    ("README.md", "## v0.2.8\n\n- sinks\n"),
    ("README.md", "- v0.2.8: sinks\n"),
    ("README.md", "| v0.2.8 | yes |\n"),
    ("README.md", "Adapted from the Contributor Covenant, version 0.2.8.\n"),
    ("README.md", "# version 0.2.8 of pino\n"),
    ("README.md", "git tag v0.2.8\n"),
    ("LICENSE", "Version 0.2.8, January 2004\n"),
    ("tests/test_core.py", 'monkeypatch.setattr(my_tracer, "__version__", "0.2.8")\n'),
    ("tests/test_core.py", '@parametrize("version", CASES)\ndef test_a(version):\n    assert version == "0.2.8"\n'),
    ("src/my_tracer/core.py", 'if version == "0.2.8":\n'),
    ("src/my_tracer/cli.py", 'run(["deploy", "--version", "0.2.8"])\n'),
    ("tests/test_cli.py", 'def test_versions():\n    out = run("list")\n    assert "0.2.8" in out\n'),
    ("tests/test_cli.py", 'def test_a():\n    out = run("pino", "--version")\n    assert "0.2.8" in out\n'),
    ("tests/test_cli.py", 'def test_a():\n    version = parse_version("0.2.7")\n    assert version == "0.2.8"\n'),
    ("README.md", "| published | 0.2.8 |\n"),
    ("README.md", "![d](https://img.shields.io/badge/docs-0.2.8-blue)\n"),
    ("licenses.csv", "my-tracer,0.2.8\n"),
    ("out.xml", '<package name="my-tracer" version="0.2.8"/>\n'),
    ("examples/x/setup.py", 'setup(version="0.2.8")\n'),
    ("poetry.lock", '[[package]]\nname = "my-tracer"\nversion = "0.2.8"\n'),
    ("uv.lock", '[[package]]\nname = "my-tracer"\nversion = "0.2.8"\nsource = { registry = "x" }\n'),
    ("https.md", "https://downloads.example/0.2.8/file\n"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "content"), OURS)
def test_a_version_of_the_project_is_recognised(path: str, content: str) -> None:
    found = verdicts(path, content)
    assert found
    assert set(found) == {ReferenceVerdict.OURS}


@pytest.mark.parametrize(("path", "content"), OTHERS)
def test_a_version_of_a_third_party_is_left_alone(path: str, content: str) -> None:
    found = verdicts(path, content)
    assert found
    assert set(found) == {ReferenceVerdict.OTHERS}


@pytest.mark.parametrize(("path", "content"), UNCLEAR)
def test_is_left_to_people(path: str, content: str) -> None:
    found = find_references(path, content.encode(), OWN, "0.2.8", NONE)
    assert found
    assert {each.judgement.verdict for each in found} == {ReferenceVerdict.NEEDS_REVIEW}
    assert all(each.judgement.reason and each.judgement.pattern for each in found)


@pytest.mark.parametrize(
    ("path", "content", "expected"),
    [
        ("a.py", "timeout = call(1.0)\n", ReferenceVerdict.OTHERS),
        ("README.md", "It takes 1.0 seconds.\n", ReferenceVerdict.OTHERS),
        (
            "pyproject.toml",
            'classifiers = ["Programming Language :: Python :: 1.0"]\n',
            ReferenceVerdict.OTHERS,
        ),
        ("README.md", "# my-tracer 1.0\n", ReferenceVerdict.OURS),
        ("README.md", "Version: 1.0\n", ReferenceVerdict.OURS),
        ("README.md", "pip install my-tracer==1.0\n", ReferenceVerdict.OURS),
        (
            "pyproject.toml",
            '[project]\nname = "my-tracer"\nversion = "1.0"\n',
            ReferenceVerdict.OURS,
        ),
    ],
)
def test_a_short_version_is_no_plain_number(
    path: str, content: str, expected: ReferenceVerdict
) -> None:
    found = find_references(path, content.encode(), OWN, "1.0", NONE)
    assert [each.judgement.verdict for each in found] == [expected]
