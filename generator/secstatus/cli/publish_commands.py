"""The commands around publishing as functions of their options."""

from __future__ import annotations

import argparse

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.github_output import add_summary, set_outputs
from secstatus.cli.output import Output, printable


def preflight(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.preflight import PreflightOptions
    from secstatus.commands.preflight import run_preflight as run

    ask = PreflightOptions(
        dist=options.dist,
        gates=tuple(gate for gate in options.gate if gate) if options.gate is not None else None,
        checksums=options.checksums,
        tag_required=options.tag,
    )
    result = run(options.root, resolve_now(options.now), ask, output.progress)
    output.result(result.document(), _safe(result.text()))
    for failure in result.failures():
        output.error(failure)
    add_summary(result.summary())
    set_outputs({"version": result.version})
    return result.exit_status


def upload(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.upload import UploadOptions
    from secstatus.commands.upload import upload_release as run

    ask = UploadOptions(
        dist=options.dist,
        repository_url=options.repository_url,
        index_url=options.index_url,
        timeout=options.timeout,
        attempts=options.attempts,
        workflow=options.workflow,
        environment=options.environment,
    )
    result = run(options.root, resolve_now(options.now), ask, output.progress)
    output.result(result.document(), _safe(result.text()))
    return 0


def verify(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.noting import note_verify
    from secstatus.commands.verify import VerifyOptions
    from secstatus.commands.verify import verify_release as run

    ask = VerifyOptions(dist=options.dist, index_url=options.index_url, timeout=options.timeout)
    result = run(options.root, ask, output.progress)
    output.result(result.document(), _safe(result.text()))
    if result.exit_status:
        output.warning(result.headline)
    for warning in note_verify(options.root, resolve_now(options.now), result):
        output.warning(warning)
    return result.exit_status


def diagnose(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.diagnose import DiagnoseOptions
    from secstatus.commands.diagnose import diagnose_upload as run

    ask = DiagnoseOptions(options.log, options.claims, options.workflow, options.environment)
    result = run(options.root, ask)
    output.result(result.document(), _safe(result.text()))
    return result.exit_status


def _safe(text: str) -> str:
    return "\n".join(printable(line) for line in text.split("\n"))
