"""The heavy half of build: assess, render, write what changed, and the manifest last."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, TemplateError, TemplateSyntaxError

from secstatus import __version__
from secstatus.adapters import files
from secstatus.adapters.templates import make_environment
from secstatus.commands.build.result import Ahead, BuildResult, refuse_warnings
from secstatus.commands.build.writer import Writer
from secstatus.errors import InputError, SecurityStatusError
from secstatus.project.inputs import Inputs
from secstatus.project.sources import (
    AssessedInputs,
    assess_inputs,
    handle_status_failure,
    make_site_metrics,
    parse_release_log,
)
from secstatus.published.own_manifest import SiteManifest
from secstatus.published.site_info import SCHEMAS, SiteInfo
from secstatus.release.log import ReleaseLog
from secstatus.site.inputs import Facts, Previous, Site, SiteSources
from secstatus.site.records import file_names, json_path
from secstatus.site.render import render

FINDINGS = "api/v1/findings/"


@dataclass(frozen=True, slots=True)
class How:
    """The options of a build.

    `strict`: a warning is an error. `last_good`: continue the old site if the status is unreadable.
    `precompress`: a gzip twin beside every file that is worth one.
    """

    strict: bool = False
    last_good: bool = False
    precompress: bool = False


def compose_and_write(
    inputs: Inputs,
    out: Path,
    now: datetime,
    manifest: SiteManifest | None,
    found: Callable[[], Ahead],
    how: How,
) -> BuildResult:
    """Build the site and update the folder."""
    # Everything is assessed before the first byte is written, so a bad input changes nothing.
    assessed = _assessed(inputs, out, now, how)
    releases = parse_release_log(inputs)
    metrics, odd = make_site_metrics(inputs, releases, now)
    assessed = replace(assessed, warnings=(*assessed.warnings, *odd))
    if how.strict:
        refuse_warnings(assessed.warnings)
    place = inputs.config.site_info(__version__)
    broken, advisories = found()
    whole = (
        # A damaged file is treated as missing, and so is rendered again.
        {path: entry for path, entry in manifest.files.items() if path not in broken}
        if manifest
        else {}
    )
    try:
        facts = _facts(assessed, place, releases, metrics)
        previous = _previous(out, whole, facts.names.values())
        site = _rendered(inputs, facts, previous, advisories)
        # Only now: an input that cannot be used leaves no empty folder.
        out.mkdir(parents=True, exist_ok=True)
        # Two builds in one folder would overwrite the manifest of each other.
        with files.lock_folder(out):
            return Writer(
                inputs, assessed, place, out, manifest, whole, site, how.precompress
            ).write()
    except TemplateError as error:
        raise _template_problem(error) from None
    except OSError as error:
        raise files.make_disk_error(error, f"writing the site to {out}") from None


def _assessed(inputs: Inputs, out: Path, now: datetime, how: How) -> AssessedInputs:
    try:
        return assess_inputs(inputs, now)
    except SecurityStatusError as error:
        if not how.last_good:
            raise
        return handle_status_failure(error, inputs, out, now)


def _facts(
    assessed: AssessedInputs, place: SiteInfo, releases: ReleaseLog, metrics: Mapping[str, Any]
) -> Facts:
    status, history = assessed.status, assessed.history
    findings = [item.finding for item in status.findings]
    names = file_names([*findings, *(gone.finding for gone in history.gone)])
    return Facts(status, history, names, place, assessed.policy.grade, releases, metrics)


def _previous(out: Path, whole: Mapping[str, Mapping[str, Any]], today: Iterable[str]) -> Previous:
    """What the site in the folder passes on: sources, events, and the findings that are gone.

    `today`: the file names of today's findings.
    """
    names = [
        path.removeprefix(FINDINGS).removesuffix(".json")
        for path in whole
        if path.startswith(FINDINGS) and path.endswith(".json")
    ]
    # Windows and macOS ignore case: two names that differ in case only are one file there.
    now_named = {name.casefold() for name in today} if names else set()
    records = {
        name: record
        for name in names
        if name.casefold() not in now_named and (record := _json(out / json_path(name)))
    }
    events = (_json(out / "api/v1/events.json") or {}).get("events", [])
    sources = {path: entry["source"] for path, entry in whole.items() if "source" in entry}
    return Previous(sources, frozenset(whole), events, records)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    # A record of the old site that cannot be read is lost, and must not stop the new one.
    except (OSError, ValueError):
        return None


def _rendered(
    inputs: Inputs, facts: Facts, previous: Previous, advisories: Mapping[str, str]
) -> Site:
    env: Environment = make_environment(inputs.template_folders)
    schemas = files.find_bundled_folder("site_src") / "schemas"
    sources = SiteSources(
        pages={name: _decoded(name, data) for name, data in inputs.pages.items()},
        assets=inputs.assets,
        schemas={name: (schemas / f"{name}.schema.json").read_text("utf-8") for name in SCHEMAS},
        openapi=(files.find_bundled_folder("site_src") / "openapi.json").read_text("utf-8"),
        # A new version of the program may render the same record differently.
        templates_digest=inputs.program_digest,
        advisories=advisories,
    )
    return render(facts, env, sources, previous)


def _decoded(name: str, data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}.md", f"byte {error.start}", "no UTF-8", "UTF-8 text") from None


def _template_problem(error: TemplateError) -> InputError:
    if isinstance(error, TemplateSyntaxError):
        found = f"what jinja2 cannot read ({error.message})"
        return InputError(f"templates/{error.name}", f"line {error.lineno}", found, "a template")
    hint = "Does a template of your own replace a bundled one that has changed?"
    found = f"one that cannot be filled ({error})"
    return InputError("templates", "", found, "templates that fit this version", hint=hint)
