"""Report formats, one file each: text in, ScanReport out. Pure.

A format's module has `NAME`, `recognises(data)` for parsed JSON and `read(data)`, which raises
`NotThisReport` with the place. `recognises` never raises, and `read` refuses whatever is not its
own: it is also asked because of a file's name. A new format touches its own file and one line here.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import PurePath
from typing import Any, Protocol

from secstatus.errors import InputError, UsageError, shown
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.scanners.reading import NotThisReport, described, line_of, parsed

# In the order in which they are asked; the first that recognises a report reads it.
FORMATS = (
    "sarif",
    "cyclonedx_vex",
    "openvex",
    "pip_audit",
    "uv_audit",
    "bandit",
    "osv_scanner",
    "trivy",
    "grype",
    "safety",
    "semgrep",
    "npm_audit",
    "dependabot",
    "code_scanning",
    "secrets",
)

# Tools whose reports are read by a format of another name.
_TOOLS = {"detect_secrets": "secrets", "gitleaks": "secrets", "npm": "npm_audit"}


class Format(Protocol):
    """A module of this folder."""

    NAME: str

    def recognises(self, data: Any) -> bool: ...
    def read(self, data: Any) -> ScanReport: ...


def _module(name: str) -> Format:
    module: Any = import_module(f"secstatus.scanners.{name}")
    return module  # type: ignore[no-any-return]


def format_of(name: str) -> Format:
    """The format that a user names, with dashes or underscores. Raises UsageError."""
    plain = name.strip().lower().replace("-", "_")
    plain = _TOOLS.get(plain, plain)
    if plain not in FORMATS:
        known = ", ".join(sorted(each.replace("_", "-") for each in FORMATS))
        raise UsageError(f"scanner: found {shown(name)}, expected one of {known}")
    return _module(plain)


def read_report(text: str, path: str, scanner: str | None = None) -> ScanReport:
    """The report in `text`; `path` names it in errors, `scanner` overrides recognition.

    Without `scanner` the content decides; where it says nothing, the file's name
    (`pip-audit.json`). An empty list that neither of them explains is a failed scan of nobody
    knows what: pip-audit, gitleaks and GitHub write it with three meanings.

    Raises InputError with the file and the place for what is no report or not one of the named
    scanner, and UsageError for a scanner that nobody knows.
    """
    data = parsed(text, path)
    chosen = format_of(scanner) if scanner else _recognised(data, path)
    if chosen is None and data == []:
        return _of_nobody()
    if chosen is None:
        raise _unknown(data, path)
    try:
        return chosen.read(data)
    except NotThisReport as error:
        hint = f"It was read as a report of {chosen.NAME}; --scanner names another."
        raise InputError(path, error.place, error.found, error.expected, hint=hint) from None


def _recognised(data: Any, path: str) -> Format | None:
    found = next((each for each in map(_module, FORMATS) if each.recognises(data)), None)
    return found or (None if _error_message(data) else _by_name(path))


def _by_name(path: str) -> Format | None:
    """The format, or a tool of one, whose name a file's name begins with."""
    stem = PurePath(path).stem.lower().replace("-", "_")
    found = next((name for name in (*FORMATS, *_TOOLS) if stem.startswith(name)), None)
    return format_of(found) if found else None


def _of_nobody() -> ScanReport:
    problem = "An empty list: nothing says which tool wrote it, or that it looked at anything."
    return ScanReport(
        "unknown", ScanKind.OTHER, Verdict.FAILED, audited=0, unit="items", problems=(problem,)
    )


def _error_message(data: Any) -> str:
    """What a service or a tool writes in place of a report: `message`, or npm's `error`."""
    if not isinstance(data, dict):
        return ""
    error = data.get("error")
    said = error.get("summary") if isinstance(error, dict) else error
    return line_of(data.get("message")) or line_of(said)


def _unknown(data: Any, path: str) -> InputError:
    found = f"{described(data)} of no known format"
    if message := _error_message(data):
        found = f"an error message instead of a report: {shown(message)}"
    hint = "Which tool wrote it? Name it with --scanner NAME."
    return InputError(path, "$", found, "a scanner's report", hint=hint)


__all__ = ["FORMATS", "format_of", "read_report"]
