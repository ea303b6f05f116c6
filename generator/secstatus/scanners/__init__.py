"""Report formats, one file each: text in, ScanReports out. Pure.

A format's module has `NAME`, `recognises(data)` for parsed JSON and `read(data)`. `recognises`
never raises. `read` raises NotThisReport with the place for data of another format: it is also
called because of a file's name. A new format is a file of its own and one line of `registry`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath
from typing import Any, Protocol

from secstatus.errors import InputError, UsageError, shown
from secstatus.findings.observation import ScanKind, ScanReport, Verdict
from secstatus.jsonio.values import describe_json
from secstatus.scanners import registry
from secstatus.scanners.github_alerts import join_pages
from secstatus.scanners.reading import NotThisReport, read_line
from secstatus.scanners.registry import FORMATS, find_by_file, find_scanner, normalize_name
from secstatus.scanners.report_text import parse_all, several_values

_SARIF = "sarif"
# Formats whose files may hold several JSON values: pages of alerts, JSON lines.
_PAGED = ("dependabot", "code_scanning")
_LINES = "secrets"


class Reader(Protocol):
    """A module of this folder. `read` returns one report, for SARIF one for each run."""

    NAME: str

    def recognises(self, data: Any) -> bool: ...
    def read(self, data: Any) -> tuple[ScanReport, ...]: ...


def _module(name: str) -> Reader:
    # Imported on demand: a command that reads one report needs one of the readers.
    module: Any = import_module(f"secstatus.scanners.{name}")
    return module  # type: ignore[no-any-return]


def format_of(name: str) -> Reader:
    """The reader of the scanner or format that a user names. Raises UsageError.

    A scanner without a format of its own is read as SARIF.
    """
    scanner = find_scanner(name)
    if scanner is None:
        known = ", ".join(sorted({each.name for each in registry.SCANNERS}))
        raise UsageError(f"scanner: found {shown(name)}, expected one of {known}")
    return _module(scanner.reads or _SARIF)


def read_reports(text: str, path: str, scanner: str | None = None) -> tuple[ScanReport, ...]:
    """The reports in `text`, at least one; `path` names it in errors.

    `scanner` overrides recognition: SARIF of that scanner is read too. Without it the content
    decides, then the file's name (`pip-audit.json`). An empty list that neither of them explains is
    a failed scan of an unknown scanner.

    Raises InputError with the file and the place for what is no report or not one of the named
    scanner, and UsageError for an unknown scanner.
    """
    named = format_of(scanner) if scanner else None
    data = _joined(parse_all(text, path), path)
    chosen = _overridden(named, data) if named else _recognised(data, path)
    # pip-audit before version 2, gitleaks and GitHub write an empty list with three meanings.
    if chosen is None and data == []:
        return (_report_unknown(),)
    if chosen is None:
        raise _unknown(data, path)
    try:
        reports = chosen.read(data)
    except NotThisReport as error:
        hint = f"It was read as a report of {chosen.NAME}; --scanner names another."
        raise InputError(path, error.place, error.found, error.expected, hint=hint) from None
    unnamed = _unnamed_list(data, chosen, path, scanner)
    return tuple(
        replace(
            each, scanner=normalize_name(unnamed or each.scanner) or chosen.NAME, format=chosen.NAME
        )
        for each in reports
    )


def _joined(values: Sequence[Any], path: str) -> Any:
    """The one value of a file: pages of alerts and JSON lines are joined to a list."""
    if len(values) == 1:
        # `gh api --paginate --slurp` puts the pages into one list.
        nested = values[0] if isinstance(values[0], list) else []
        pages = join_pages(nested) if nested else None
        is_alerts = pages is not None and (
            _is_read_by(_PAGED, pages) or _is_empty_page(pages, path)
        )
        return pages if is_alerts else values[0]
    pages = join_pages(values)
    if pages is not None and (not pages or _is_read_by(_PAGED, pages)):
        return pages
    if _is_read_by((_LINES,), list(values)):
        return list(values)
    raise several_values(path, list(values))


def _is_empty_page(pages: list[Any], path: str) -> bool:
    scanner = find_by_file(PurePath(path).stem)
    return not pages and scanner is not None and scanner.reads in _PAGED


def _is_read_by(names: Sequence[str], data: list[Any]) -> bool:
    return any(_module(name).recognises(data) for name in names)


def _overridden(named: Reader, data: Any) -> Reader:
    # Most scanners also write SARIF, and their users name the scanner, not the form.
    sarif = _module(_SARIF)
    return sarif if sarif.recognises(data) and not named.recognises(data) else named


def _recognised(data: Any, path: str) -> Reader | None:
    found = next((each for each in map(_module, FORMATS) if each.recognises(data)), None)
    # An error in place of a report is none of the file's name either: its message is shown.
    if found or _error_message(data):
        return found
    scanner = find_by_file(PurePath(path).stem)
    return _module(scanner.reads) if scanner and scanner.reads else None


def _unnamed_list(data: Any, chosen: Reader, path: str, scanner: str | None) -> str:
    """Return the scanner of a list without a tool name, by the caller's name or the file's."""
    # A scanner must have the same name whether it found something or not.
    if not isinstance(data, list):
        return ""
    named = find_scanner(scanner) if scanner else find_by_file(PurePath(path).stem)
    return named.name if named and named.reads and _module(named.reads) is chosen else ""


def _report_unknown() -> ScanReport:
    problem = "An empty list: nothing says which tool wrote it, or that it looked at anything."
    return ScanReport(
        "unknown", ScanKind.OTHER, Verdict.FAILED, audited=0, unit="items", problems=(problem,)
    )


def _error_message(data: Any) -> str:
    """What a service or a tool writes in place of a report; empty for anything else."""
    # GitHub writes `message`, npm an `error` with a `summary`.
    if not isinstance(data, dict):
        return ""
    error = data.get("error")
    summary = error.get("summary") if isinstance(error, dict) else error
    return read_line(data.get("message")) or read_line(summary)


def _unknown(data: Any, path: str) -> InputError:
    found = f"{describe_json(data)} of no known format"
    hint = "Which tool wrote it? Name it with --scanner NAME."
    if message := _error_message(data):
        found = f"an error message instead of a report: {shown(message)}"
        hint = (
            "The tool or service failed: remove the cause that the message names, and run it again."
        )
    return InputError(path, "$", found, "a scanner's report", hint=hint)


__all__ = ["FORMATS", "format_of", "read_reports"]
