"""The commands, one file or folder each: its options, its run, its result, its journal line."""

from __future__ import annotations

import argparse
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol, cast

if TYPE_CHECKING:
    from secstatus.adapters.console import Output


# A protocol and no base class: modules can satisfy it (PEP 544), so a command stays a module of
# functions.
class CommandModule(Protocol):
    """What the module of a command offers the command line."""

    EXAMPLE: str

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        """Add the options that only this command has."""

    def run(self, options: argparse.Namespace, output: Output) -> int:
        """Do the work, print the result, and return the exit status. Raises SecstatusError."""


class Command(NamedTuple):
    """A command as the help lists it. Its module has the same name."""

    name: str
    summary: str

    def load(self) -> CommandModule:
        # A hyphen cannot stand in the name of a module that other code imports.
        module = import_module(f"{__package__}.{self.name.replace('-', '_')}")
        return cast(CommandModule, module)


# Nothing else is imported before the command is known: the imports of all commands take longer
# than a build that changes nothing.
COMMANDS = (
    Command("init", "set up a repository: configuration, workflows, badges; safe to run again"),
    Command("inspect", "show how one scanner report is read"),
    Command("ingest", "update status, ledger and findings document from the scanner reports"),
    Command(
        "enrich",
        "fetch severities, aliases and fixed versions from the OSV database",
    ),
    Command("baseline", "accept the open findings in the code, with a reason and an end date"),
    Command("decide", "decide whether the changes of the security status need a release, and why"),
    Command("build", "build the site from the status and the findings document"),
    Command("run", "ingest, decide, build and, if asked, deploy, as one step of a pipeline"),
    Command(
        "fetch-site", "copy the published site into a folder, so that the next build continues it"
    ),
    Command("deploy", "publish the built site to a branch in one commit"),
    Command("bump", "raise the version in every file that names it, or change nothing"),
    Command("preflight", "build a release, check it completely, and keep its checksums"),
    Command("upload", "upload a release with twine, and retry where that helps"),
    Command("verify", "prove that the package index lists exactly the files that were built"),
    Command("diagnose", "find out from its log why publishing failed, and what to do"),
    Command("monitor", "probe the published site, record the result, and raise alerts"),
    Command("usage", "count badge, page, API and feed requests in access logs"),
    Command("serve", "preview the site on this machine, and rebuild it on every change"),
    Command("check", "read all inputs and report what is wrong with them; write nothing"),
    Command("check-site", "check a built site against its manifest, its schemas and itself"),
    Command("schema", "print the JSON Schema of a document, or list the documents"),
)
