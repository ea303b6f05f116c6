"""Writes what is generated into the repository: schemas, OpenAPI and the command reference.

`--check` writes nothing and fails when something is out of date.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def generated() -> dict[str, str]:
    """Path → text of every generated file."""
    from secstatus import __version__
    from secstatus.commands.schema import list_schemas, render_schema
    from secstatus.site.api.openapi import openapi

    found = {
        f"site_src/schemas/{name}.schema.json": render_schema(name)
        for name in list_schemas()
        if name != "live-status"
    }
    contract = openapi(".".join(__version__.split(".")[:1]) + ".0")
    found["site_src/openapi.json"] = json.dumps(contract, indent=2, sort_keys=True) + "\n"
    found["docs/reference/live-status.schema.json"] = render_schema("live-status")
    found["docs/reference/commands.md"] = commands()
    return found


def commands() -> str:
    """The help of every command, as a page."""
    os.environ["COLUMNS"] = "88"
    from secstatus.cli import make_parser

    top = make_parser()
    (action,) = [a for a in top._actions if isinstance(a, argparse._SubParsersAction)]
    rows = [f"| [`{c.dest}`](#secstatus-{c.dest}) | {c.help} |" for c in action._choices_actions]
    parts = [
        "# Commands\n\nMade from the program by `make reference`; a test compares the two.\n",
        # Not argparse's list of commands: Python 3.13 sets it otherwise than 3.11.
        "| command | what it does |\n| --- | --- |\n" + "\n".join(rows) + "\n",
        f"{top.epilog}\n",
    ]
    for name, sub in action.choices.items():
        parts.append(f"## secstatus {name}\n\n```text\n{sub.format_help()}```\n")
    return "\n".join(parts)


def main() -> int:
    check = "--check" in sys.argv[1:]
    stale = []
    for name, text in generated().items():
        path = ROOT / name
        if not path.exists() or path.read_text("utf-8") != text:
            stale.append(name)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    for name in stale:
        print(f"{'out of date' if check else 'wrote'}: {name}", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
