"""usage: access logs become counts. Nothing personal gets past the parser of their lines."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.log_file import STDIN, LogFile
from secstatus.commands.usage.result import UsageResult
from secstatus.errors import InputError, UsageError, shown
from secstatus.project.inputs import load_config
from secstatus.usage.access_log import FORMATS, LONGEST_LINE, LogFault
from secstatus.usage.tally import PrefixGuess, Usage, UsageTally

EXAMPLE = "secstatus usage /var/log/nginx/access.log* --since 2026-11-01"
# So much of the beginning of each log tells where the site is.
HEAD = 2 * 1024 * 1024
# A path as RFC 3986 (3.3) allows it: no query, no fragment, no blank, no control character.
_PREFIX = re.compile(r"(?=/)(?:/[^/?#\s\x00-\x20]+)*/?")
_HINT = "Name the logs of a web server; `log_format` of nginx and `log` of Caddy write such lines."


@dataclass(frozen=True, slots=True)
class UsageOptions:
    """A log `-` is standard input.

    `since`: what is earlier does not count. `html`: the path of the page. `prefix`: the path of
    the site's address; None: that of the configuration, else derived from the logs.
    """

    logs: Sequence[Path]
    since: datetime | None = None
    html: Path | None = None
    prefix: str | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "logs",
        nargs="+",
        type=Path,
        metavar="LOG",
        help="an access log, plain or gzip; - reads standard input",
    )
    parser.add_argument("--since", metavar="ISO", help="ignore earlier requests")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write an HTML page")
    parser.add_argument(
        "--prefix",
        metavar="PATH",
        help="the path of the site's address (default: from the configuration, else from the logs)",
    )


def run(options: argparse.Namespace, output: Output) -> int:
    since = resolve_now(options.since, "--since") if options.since is not None else None
    wanted = UsageOptions(options.logs, since, options.html, options.prefix)
    output.result(count_usage(options.root, wanted))
    return 0


def count_usage(root: Path, options: UsageOptions) -> UsageResult:
    """Count the requests for the site in the logs.

    Raises UsageError for an invalid prefix or page, InputError for a log that cannot be read or
    has no valid line, ExternalError when the page cannot be written.
    """
    if options.html is not None:
        _check_page(options.html, options.logs)
    # A pattern of the shell and a name may mean the same file, which must not count twice.
    names, doubles = _named(options.logs)
    logs = [LogFile(path, name, LONGEST_LINE) for path, name in names]
    prefix, problems = _prefix(root, options, names, logs)
    tally = UsageTally(prefix, options.since)
    problems = [*doubles, *problems, *(problem for log in logs for problem in _count(log, tally))]
    # A wrong file must not look like a site that has no visitors.
    if not tally.readable:
        raise InputError(logs[0].name, "", "no line at all", FORMATS, hint=_HINT)
    found = tally.result()
    result = UsageResult(found, options.since, (*problems, *_doubts(found)))
    if options.html is not None:
        from secstatus.commands.usage.page import write_page

        write_page(options.html, result)
    return result


def _count(log: LogFile, tally: UsageTally) -> Iterator[str]:
    """Count the lines of a log; yields its problems."""
    before, number, unread = tally.readable, 0, 0
    first: tuple[int, LogFault] | None = None
    for lines in log.lines():
        for place, fault in tally.add(lines):
            unread += 1
            first = first or (number + place + 1, fault)
        number += len(lines)
    # Half a line of a damaged file could read as another request, so it counts as unreadable.
    if log.torn:
        tally.add_torn()
    if tally.readable == before:
        if first or log.damage:
            raise _no_log(log, first)
        yield f"{log.name}: it is empty"
    if first:
        what = f"{unread:,} lines" if unread > 1 else "1 line"
        yield f"{log.name}: {what} cannot be read; the first is line {first[0]} ({first[1]})"
    if log.damage:
        yield f"{log.name}: {log.damage}; what could be read before counts"


def _no_log(log: LogFile, first: tuple[int, LogFault] | None) -> InputError:
    """The error of a file in which nothing is a line of a log; nothing of the file is in it."""
    if first is None:
        return InputError(log.name, "", f"a damaged file ({log.damage})", FORMATS, hint=_HINT)
    # Only the kind of the fault: a line of a log has addresses of visitors.
    found = f"{first[1]}, and no other that can be read"
    return InputError(log.name, f"line {first[0]}", found, FORMATS, hint=_HINT)


def _doubts(found: Usage) -> Iterator[str]:
    if found.earlier and found.first is None:
        yield "every line is earlier than --since"
    elif found.outside and not sum(found.statuses.values()):
        yield f"no request is below {shown(found.prefix)}; --prefix names another place"


def _prefix(
    root: Path, options: UsageOptions, names: Sequence[tuple[Path, str]], logs: Sequence[LogFile]
) -> tuple[str, list[str]]:
    """The path of the site on its server, and how certain it is."""
    if options.prefix is not None:
        return _stated(options.prefix), []
    config = load_config(root)
    if config.base_url_known:
        # Logs are compared as decoded paths; surrogateescape keeps bytes that are not UTF-8.
        return unquote(urlsplit(config.base_url).path, errors="surrogateescape"), []
    guess = PrefixGuess()
    for (path, name), log in zip(names, logs, strict=True):
        # A file can be read twice. What a pipe has said has to be kept.
        again = LogFile(path, name, LONGEST_LINE) if path.is_file() else log
        for lines in again.head(HEAD):
            guess.add(lines)
    if guess.prefix is None:
        # Too much with a note is better than nothing without one.
        return "/", ["the path of the site is not known: the whole server is counted; see --prefix"]
    return guess.prefix, [
        f"the path of the site, derived from the logs: {shown(guess.prefix)}; see --prefix"
    ]


def _stated(prefix: str) -> str:
    """The given prefix, decoded, with a slash at its end."""
    if not _PREFIX.fullmatch(prefix) or len(prefix) > 1000:
        expected = "the path of the site's address, such as /name/security-status/"
        raise UsageError(f"--prefix: found {shown(prefix)}, expected {expected}")
    return unquote(prefix, errors="surrogateescape").rstrip("/") + "/"


def _named(logs: Sequence[Path]) -> tuple[list[tuple[Path, str]], list[str]]:
    """Each log once, with a name that can be shown, and the names of those that came again."""
    found: dict[object, tuple[Path, str]] = {}
    doubles = []
    for path in logs:
        name = "standard input" if str(path) == STDIN else _shown(path)
        key = _identity(path)
        if key in found:
            doubles.append(f"{name}: named twice, counted once")
        found.setdefault(key, (path, name))
    return list(found.values()), doubles


def _identity(path: Path) -> object:
    """The identity of a file: device and inode, or its name if it does not exist."""
    if str(path) == STDIN or not path.is_file():
        return str(path)
    state = os.stat(path)
    # Device and inode are the same for every name of a file, links included.
    return state.st_dev, state.st_ino


def _shown(path: Path) -> str:
    # A file name may hold escape sequences of a terminal.
    return str(path) if str(path).isprintable() else ascii(str(path))[1:-1]


def _check_page(page: Path, logs: Sequence[Path]) -> None:
    """Check the page's path before the logs are read, to fail early."""
    if not page.parent.is_dir() or page.is_dir():
        expected = "a file in a folder that is there"
        raise UsageError(f"--html: found {shown(str(page))}, expected {expected}")
    if page.exists() and _identity(page) in {_identity(log) for log in logs}:
        raise UsageError(f"--html: {shown(str(page))} is one of the logs, and would be lost")
