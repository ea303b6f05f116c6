"""Kinds of files, told from their paths alone."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from pathlib import PurePosixPath


class FileType(StrEnum):
    """What a file is, as far as it matters for the versions in it."""

    VENDORED = "vendored"
    BACKUP = "backup"
    GENERATED = "generated"
    REPORT = "report"
    HISTORY = "history"
    LOCK = "lock"
    TOML = "toml"
    INI = "ini"
    JSON = "json"
    YAML = "yaml"
    REQUIREMENTS = "requirements"
    DOCKER = "docker"
    PROSE = "prose"
    CODE = "code"
    VERSION_FILE = "version file"
    OTHER = "other"


_VENDORED = {
    "_vendor", "extern", "external", "node_modules", "site-packages", "third-party", "third_party",
    "thirdparty", "vendor", "vendored", ".venv", "venv", "bower_components",
}  # fmt: skip
_BACKUP_FOLDERS = {".version_backup", "backups"}
_BACKUP_SUFFIXES = {".bak", ".orig", ".backup", ".rej", ".old"}
_REPORT_FOLDERS = {"reports", "sbom", "sboms", "scans", "scan-results"}
_HISTORY_FOLDERS = {
    "changelog.d", "changelogs", "changelog", "newsfragments", "changes.d", "news.d", "releases",
    "release-notes", "release_notes", "releasenotes", "whatsnew", "history",
}  # fmt: skip
_HISTORY = re.compile(
    r"(?i)(?:[\w.-]*[-_.])?(?:changelog|changes|change-?log|history|news|release[-_]?notes?"
    r"|releases|what-?s-?new)(?:[-_.][\w.-]*)?"
)
_REPORT = re.compile(
    r"(?i).*\.(?:sarif|cdx\.json|cdx\.xml|spdx|spdx\.json|vex\.json|openvex\.json)(?:\.json)?"
    r"|(?:security[-_]findings|findings[-_]changelog)\.md"
    r"|remediation[-_](?:plans?|timeline|registry)[\w.-]*\.(?:ya?ml|json)"
    r"|(?:pip[-_]audit|bandit|safety|trivy|grype|osv(?:[-_]scanner)?|semgrep|gitleaks|snyk"
    r"|trufflehog|codeql|npm[-_]audit|uv[-_]audit|s?bom|secrets[-_]scan|security[-_]summary"
    r"|dependency[-_]tree|coverage|junit|vulnerabilit(?:y|ies))[\w.-]*\.(?:json|xml|txt|html|csv)"
)
_LOCKS = {
    "uv.lock", "poetry.lock", "pdm.lock", "Cargo.lock", "pylock.toml", "Pipfile.lock", "yarn.lock",
    "pnpm-lock.yaml", "conda-lock.yml", "pixi.lock", "Gemfile.lock", "composer.lock", "go.sum",
    "bun.lock", "flake.lock",
}  # fmt: skip
_VERSION_FILES = {"VERSION", "VERSION.txt", "version.txt", ".version", "_version.txt", "version"}
_REQUIREMENTS = re.compile(
    r"(?i)(?:[\w.-]*[-_.])?(?:requirements?|constraints?)(?:[-_.][\w.-]*)?\.(?:txt|in|pip)"
)
_SUFFIXES_OF = {
    FileType.TOML: ".toml",
    FileType.INI: ".cfg .ini .properties",
    FileType.JSON: ".json .jsonld .webmanifest .ipynb",
    FileType.YAML: ".yml .yaml .cff",
    FileType.PROSE: ".md .markdown .mdx .rst .txt .adoc .html .htm .tex .1 .org",
    FileType.CODE: (".py .pyi .sh .bash .js .ts .mjs .c .h .rs .go .pyx .bat .ps1 .j2 .po .pot"),
    FileType.GENERATED: ".map",
}
_SUFFIXES = {suffix: kind for kind, suffixes in _SUFFIXES_OF.items() for suffix in suffixes.split()}


@lru_cache(maxsize=4096)
def classify_path(path: str) -> FileType:
    """The kind of the file at this path."""
    place = PurePosixPath(path)
    folders = {part.lower() for part in place.parts[:-1]}
    special = _special(place, folders)
    if special is not None:
        return special
    if place.name in _VERSION_FILES:
        return FileType.VERSION_FILE
    if place.name.lower().startswith(("dockerfile", "containerfile")) or place.suffix.lower() in {
        ".dockerfile"
    }:
        return FileType.DOCKER
    if place.name.lower() in {"readme", "citation", "authors", "contributing", "security"}:
        return FileType.PROSE
    return _SUFFIXES.get(place.suffix.lower(), FileType.OTHER)


def _special(place: PurePosixPath, folders: set[str]) -> FileType | None:
    """Kinds that say more than the suffix does."""
    if folders & _VENDORED:
        return FileType.VENDORED
    if folders & _BACKUP_FOLDERS or place.suffix.lower() in _BACKUP_SUFFIXES:
        return FileType.BACKUP
    if re.search(r"\.min\.(?:js|css)$|\.map$", place.name):
        return FileType.GENERATED
    if place.name in _LOCKS:
        return FileType.LOCK
    if _REPORT.fullmatch(place.name) or _in_reports(place, folders):
        return FileType.REPORT
    if _in_history(place, folders):
        return FileType.HISTORY
    return FileType.REQUIREMENTS if _REQUIREMENTS.fullmatch(place.name) else None


def _in_reports(place: PurePosixPath, folders: set[str]) -> bool:
    data = place.suffix.lower() in {".json", ".xml", ".txt", ".html", ".csv", ".yml", ".yaml"}
    return data and bool(folders & _REPORT_FOLDERS)


def _in_history(place: PurePosixPath, folders: set[str]) -> bool:
    prose = place.suffix.lower() in {".md", ".rst", ".txt", ".adoc", "", ".markdown", ".html"}
    if place.suffix.lower() in {".md", ".rst", ".txt", ".adoc"} and folders & _HISTORY_FOLDERS:
        return True
    return (
        prose and bool(_HISTORY.fullmatch(place.stem))
    ) or place.as_posix() == "debian/changelog"


def is_test(path: str) -> bool:
    """Whether the file belongs to tests."""
    place = PurePosixPath(path)
    folders = {part.lower() for part in place.parts[:-1]}
    name = place.name.lower()
    return bool(folders & {"tests", "test", "testing"}) or bool(
        re.fullmatch(r"test_.*|.*_test\.\w+|conftest\.py|.*\.(?:test|spec)\.[jt]s", name)
    )


_DATA_FOLDERS = {
    "data", "fixture", "fixtures", "testdata", "test-data", "test_data", "resources", "samples",
    "cassettes", "snapshots", "golden", "__snapshots__", "expected", "examples",
}  # fmt: skip


def is_test_data(path: str) -> bool:
    """Whether the file is data of a test: it may hold our name on purpose."""
    folders = [part.lower() for part in PurePosixPath(path).parts[:-1]]
    below = [part for i, part in enumerate(folders) if {"tests", "test"} & set(folders[:i])]
    return bool(set(below) & _DATA_FOLDERS) or bool(
        set(folders) & {"testdata", "test-data", "test_data", "__snapshots__", "cassettes"}
    )
