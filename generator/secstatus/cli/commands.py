"""The commands as functions of their options. Each imports its own work when it runs."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.github_output import set_outputs
from secstatus.cli.output import Output, printable


def _plural(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def init(options: argparse.Namespace, output: Output) -> int:
    from secstatus.cli.dialogue import Terminal
    from secstatus.commands.init import InitOptions
    from secstatus.commands.init import init_project as run

    ask = InitOptions(
        package=options.package,
        repository=options.repository,
        branch=options.branch,
        python=options.python,
        source=options.source,
        install=options.install,
        audit=options.audit,
        gates=options.gate,
        tool=options.tool,
        dry_run=options.dry_run,
    )
    result = run(options.root, ask, Terminal(output))
    text = f"{result.diff}\n{result.text()}" if options.dry_run else result.text()
    lines = (printable(line) for line in text.split("\n"))
    output.result(result.document(), "\n".join(lines))
    return 0


def inspect(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.inspect import inspect_report as run

    found = run(options.report, options.scanner)
    lines = (printable(line) for line in found.text().splitlines())
    output.result(found.document(), "\n".join(lines))
    return 0


def ingest(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.ingest import IngestOptions
    from secstatus.commands.ingest import ingest_reports as run

    ask = IngestOptions(
        reports=options.reports,
        report=options.report,
        scan_exit=options.scan_exit,
        scan_date=resolve_now(options.scan_date, "--scan-date") if options.scan_date else None,
        accept_fewer=options.accept_fewer,
    )
    result = run(options.root, resolve_now(options.now), ask)
    _warn(result.warnings, output)
    shortfalls = result.shortfalls()
    for text in shortfalls:
        output.warning(text)
    output.result(result.document(), result.text())
    set_outputs(
        {
            "security_grade": result.status.security_grade or "?",
            "vulnerabilities": str(result.status.vulnerability_summary.total),
        }
    )
    return 1 if shortfalls else 0


def enrich(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.enrich import enrich_reports

    result = enrich_reports(
        options.root, resolve_now(options.now), options.reports, options.osv_url, options.offline
    )
    _warn([*result.problems, *result.notes], output)
    output.result(result.document(), result.text())
    return 3 if result.problems and not options.offline else 0


def baseline(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.baseline import accept_baseline as run

    result = run(options.root, resolve_now(options.now), options.reason, options.until)
    _warn(result.warnings, output)
    output.result(result.document(), result.text())
    return 0


def build(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.build import build_site as run
    from secstatus.commands.noting import note_build

    out = options.out if options.out is not None else Path("_site")
    now = resolve_now(options.now)
    result = run(
        options.root,
        out,
        now,
        options.base_url,
        strict=options.strict,
        verify=options.verify,
        last_good=options.last_good,
        precompress=options.precompress,
    )
    _warn(result.warnings, output)
    for warning in note_build(options.root, now, result):
        output.warning(warning)
    for path in result.written[:500]:
        output.note(f"wrote {path}")
    output.result(result.document(), _built(result))
    set_outputs({"security_grade": result.grade})
    return 1 if result.unreadable else 0


def _built(result: Any) -> str:
    grade = "unknown (?)" if result.grade == "?" else result.grade
    changed = f"{len(result.written)} written, {len(result.removed)} removed"
    if not result.written and not result.removed:
        changed = "nothing changed"
    return (
        f"Grade {grade} as of {result.as_of}. {_plural(result.files, 'file')}, {changed}.\n"
        f"Look at {(result.out / 'index.html').resolve()}"
    )


def _warn(warnings: Sequence[str], output: Output) -> None:
    shown = warnings if output.verbose else warnings[:10]
    for warning in shown:
        output.warning(warning)
    if len(shown) < len(warnings):
        output.warning(f"and {len(warnings) - len(shown)} more (-v shows all)")


def serve(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.serve import serve_site as run

    return run(options.root, options.port, options.base_url, options.now, options.no_watch, output)


def check(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.check import check_inputs as run

    result = run(options.root, resolve_now(options.now))
    _warn(result.warnings, output)
    text = f"{result.status_name}: grade {result.grade}, {_plural(len(result.warnings), 'warning')}"
    output.result(result.document(), text)
    set_outputs({"security_grade": result.grade})
    for doubt in result.doubts if options.proved else ():
        output.warning(doubt)
    failed = (options.strict and result.warnings) or (options.proved and result.doubts)
    return 1 if failed else 0


def check_site(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.check_site import check_site as run

    found = run(options.site)
    for problem in found.problems[:200]:
        output.warning(f"{problem.path}: {problem.text}")
    text = (
        f"{options.site}: {_plural(found.files, 'file')}, {_plural(len(found.problems), 'problem')}"
    )
    output.result(found.document(), text)
    failed = [p for p in found.problems if options.strict or p.serious]
    return 1 if failed else 0


def deploy(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.deploy import DeployOptions
    from secstatus.commands.deploy import deploy_site as run

    ask = DeployOptions(
        site=options.site,
        branch=options.branch,
        prefix=options.prefix,
        remote=options.remote,
        squash=options.squash,
        dry_run=options.dry_run,
        accept=options.accept,
        wait=options.wait,
    )
    result = run(options.root, resolve_now(options.now), ask)
    _warn(result.warnings, output)
    output.result(result.document(), result.text())
    set_outputs({"deployed_commit": result.commit or ""})
    return result.exit_status


def fetch_site(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.fetch_site import FetchSiteOptions
    from secstatus.commands.fetch_site import fetch_site as run

    ask = FetchSiteOptions(options.site, options.branch, options.prefix, options.remote)
    result = run(options.root, ask)
    output.result(result.document(), result.text())
    return 0


def schema(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.schema import list_schemas, render_schema

    if options.name is None:
        output.result({"schemas": list_schemas()}, "\n".join(list_schemas()))
    else:
        output.raw(render_schema(options.name))
    return 0
