"""decide and run as functions of their options."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.github_output import add_summary, set_outputs, temporary_file
from secstatus.cli.output import Output, printable
from secstatus.errors import SecstatusError, UsageError


def decide(options: argparse.Namespace, output: Output) -> int:
    try:
        result = _decided(options)
    except SecstatusError:
        # Whoever asks the outputs and not the exit status must not be told to release.
        set_outputs({"should_release": "false", "trigger_type": "none"})
        raise
    for alert in (*result.alerts, *result.warnings):
        output.warning(alert)
    notes = write_notes_file(options.notes_file, result.notes)
    output.result(result.document(), _safe_lines(result.text()))
    tell_decision(result.data, notes)
    return 0


def _decided(options: argparse.Namespace) -> Any:
    from secstatus.commands.decide import DecideOptions, record_release_step
    from secstatus.commands.decide import decide_release as run

    if options.record:
        return record_release_step(options.root, _step(options), options.decision)
    if options.version or options.commit or options.tag or options.decision:
        hint = "Say which state was reached, for example --record published."
        raise UsageError("--version, --commit, --tag and --decision go with --record", hint=hint)
    ask = DecideOptions(options.old, options.new, options.manual, options.note)
    return run(options.root, resolve_now(options.now), ask)


def _step(options: argparse.Namespace) -> Any:
    from secstatus.release.log import ReleaseState, ReleaseStep
    from secstatus.timestamps import truncate_timestamp

    at = truncate_timestamp(resolve_now(options.now))
    state = ReleaseState(options.record)
    return ReleaseStep(state, at, options.version, options.commit, options.tag, options.note)


def _safe_lines(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))


def write_notes_file(path: Path | None, notes: str) -> Path | None:
    """Keep the notes as a file for the step that makes the release; where Actions runs, always."""
    from secstatus.adapters.files import make_disk_error, replace_file

    path = path or (temporary_file("secstatus-release-notes.md") if notes else None)
    if path is None:
        return None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(str(path), notes.encode("utf-8", "replace"))
    except OSError as error:
        raise make_disk_error(error, "writing the release notes") from None
    return path


def tell_decision(data: Mapping[str, Any], notes: Path | None) -> None:
    """The decision as step outputs and as a summary."""
    set_outputs(
        {
            "should_release": "true" if data["should_release"] else "false",
            "trigger_type": str(data["trigger_type"]),
            "bump": data["bump"] or "",
            "decision_id": str(data["decision_id"]),
            "release_state": str(data["state"]),
            "notes_file": str(notes) if notes else "",
            "justification": str(data["justification"]),
        }
    )
    add_summary(_summary(data))


def _summary(data: Mapping[str, Any]) -> str:
    from secstatus.release.wording import escape_line

    verdict = "No release"
    if data["should_release"]:
        verdict = f"Release: {data['trigger_type']}, {data['bump']}"
    lines = [
        f"## {verdict}",
        "",
        *(escape_line(line) for line in str(data["justification"]).split("\n")),
    ]
    changes: Sequence[Mapping[str, Any]] = data["security_changes"]
    if changes:
        lines += ["", "| change | what follows | rule |", "| --- | --- | --- |"]
        lines += [
            f"| {' | '.join(escape_line(str(c[key])) for key in ('text', 'action', 'row'))} |"
            for c in changes[:200]
        ]
    lines += [""] + [f"- {escape_line(alert)}" for alert in data["alerts"]]
    return "\n".join(lines) + "\n\n"


def bump(options: argparse.Namespace, output: Output) -> int:
    from secstatus.cli.dialogue import Terminal
    from secstatus.commands.bump import BumpOptions
    from secstatus.commands.bump import bump_version as raise_version

    ask = BumpOptions(
        wish=options.wish,
        comment=options.comment,
        yes=options.yes,
        dry_run=options.dry_run,
        gates=options.gate,
        commit=not options.no_commit,
        push=not (options.no_push or options.no_commit),
        tag=options.tag,
        remote=options.remote,
        branch=options.branch,
        take=options.take,
    )
    result = raise_version(options.root, resolve_now(options.now), ask, Terminal(output))
    shown = result.text()
    if options.dry_run and not options.quiet:
        shown = f"{result.diff}\n{shown}"
    output.result(result.document(), _safe_lines(shown))
    set_outputs({"version": result.plan.new, "commit": result.commit_hash or ""})
    return 0


def run(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.decide import DecideOptions as DecideAsk
    from secstatus.commands.ingest import IngestOptions as IngestAsk
    from secstatus.commands.run import RunOptions
    from secstatus.commands.run import run_pipeline as run_all

    scan_date = resolve_now(options.scan_date, "--scan-date") if options.scan_date else None
    out = options.out if options.out is not None else Path("_site")
    deploy = None
    if options.deploy:
        from secstatus.commands.deploy import DeployOptions as DeployAsk

        deploy = DeployAsk(out, options.branch, options.prefix, options.remote)
    ask = RunOptions(
        IngestAsk(
            options.reports, options.report, options.scan_exit, scan_date, options.accept_fewer
        ),
        DecideAsk(manual=options.manual, note=options.note),
        out,
        options.base_url,
        deploy,
        options.precompress,
    )
    result = run_all(options.root, resolve_now(options.now), ask)
    for step in result.steps:
        for warning in step.warnings[: None if output.verbose else 10]:
            output.warning(f"{step.name}: {warning}")
        if step.error is not None:
            output.error(step.error)
    decision = result.decision
    notes = write_notes_file(options.notes_file, str(decision["release_notes"]) if decision else "")
    output.result(result.document(), _safe_lines(result.text()))
    if decision:
        tell_decision(decision, notes)
    else:
        set_outputs({"should_release": "false", "trigger_type": "none"})
    set_outputs({"security_grade": result.grade, "vulnerabilities": result.vulnerabilities})
    return result.exit_status
