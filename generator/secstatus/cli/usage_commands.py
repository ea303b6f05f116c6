"""usage as a function of its options."""

from __future__ import annotations

import argparse

from secstatus.adapters.clock import resolve_now
from secstatus.cli.output import Output, printable


def usage(options: argparse.Namespace, output: Output) -> int:
    from secstatus.commands.usage import UsageOptions
    from secstatus.commands.usage import count_usage as run

    since = resolve_now(options.since, "--since") if options.since is not None else None
    result = run(options.root, UsageOptions(options.logs, since, options.html, options.prefix))
    output.result(result.document(), "\n".join(map(printable, result.text().split("\n"))))
    return 0
