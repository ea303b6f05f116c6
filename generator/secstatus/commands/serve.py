"""serve: a preview on this machine, built again when an input changes."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from secstatus.adapters.clock import resolve_now
from secstatus.adapters.console import Output
from secstatus.adapters.server import start
from secstatus.commands.build import build_site
from secstatus.commands.build.result import BuildResult
from secstatus.errors import SecstatusError
from secstatus.project.inputs import load_config

EXAMPLE = "secstatus serve --port 8000"
# Seconds between two builds. One without changes takes 0.05 s (docs/explanation/how-a-build-
# works.md).
PAUSE = 0.5


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=8000, metavar="N", help="the port; 0 takes a free one (8000)"
    )
    parser.add_argument("--no-watch", action="store_true", help="build once and do not watch")
    parser.add_argument("--base-url", metavar="URL", help="the public address of the site")


def run(options: argparse.Namespace, output: Output) -> int:
    return serve_site(
        options.root, options.port, options.base_url, options.now, options.no_watch, output
    )


def serve_site(
    root: Path, port: int, base_url: str | None, now: str | None, once: bool, output: Output
) -> int:
    """Serve until Ctrl-C. A failed build keeps the last good preview and reports the reason."""
    prefix = urlsplit(load_config(root, base_url).base_url).path
    # The manifest is the state of a build (decision 0008): a preview must not become that of the
    # real site.
    with tempfile.TemporaryDirectory(prefix="secstatus-") as folder:
        site = Path(folder)
        _told(build_site(root, site, resolve_now(now), base_url, preview=True), output)
        server, address = start(site, prefix, port)
        output.raw(f"Serving {address} (Ctrl-C stops it)\n")
        try:
            _watch(root, site, base_url, now, once, output)
        except KeyboardInterrupt:
            output.raw("\n")
        finally:
            # shutdown() waits until the loop of the server has ended; only then may its socket
            # close.
            server.shutdown()
            server.server_close()
    return 0


def _watch(
    root: Path, site: Path, base_url: str | None, now: str | None, once: bool, output: Output
) -> None:
    said = ""
    while True:
        time.sleep(PAUSE)
        if once:
            continue
        try:
            result = build_site(root, site, resolve_now(now), base_url, preview=True)
            if result.written:
                _told(result, output)
            said = ""
        except SecstatusError as error:
            # A file that is being edited fails again and again; the same message is printed once.
            if error.message != said:
                output.error(error)
            said = error.message


def _told(result: BuildResult, output: Output) -> None:
    for warning in result.warnings:
        output.warning(warning)
    output.raw(f"Built: grade {result.grade}, {len(result.written)} files written\n")
