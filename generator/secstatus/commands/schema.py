"""schema: the JSON Schema of each document that is read or published."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from typing import Any

from secstatus.adapters.console import Output
from secstatus.errors import UsageError, shown
from secstatus.jsonio.records import dump_document
from secstatus.site.api.models import SHAPES, json_schema
from secstatus.status.status_document import StatusDocument

EXAMPLE = "secstatus schema status"
# Named like the file that it describes, live-status.json.
INPUT = "live-status"


@dataclass(frozen=True, slots=True)
class SchemaList:
    """The names of the documents that have a schema."""

    names: list[str]

    def document(self) -> dict[str, Any]:
        return {"schemas": self.names}

    def text(self) -> str:
        return "\n".join(self.names)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="the document")


def run(options: argparse.Namespace, output: Output) -> int:
    if options.name is None:
        output.result(SchemaList(list_schemas()))
    else:
        output.raw(render_schema(options.name))
    return 0


def list_schemas() -> list[str]:
    """`live-status` is what `build` reads; the others are what it publishes."""
    return [INPUT, *sorted(SHAPES)]


def render_schema(name: str) -> str:
    """The schema as JSON text. Raises UsageError for an unknown name."""
    if name not in list_schemas():
        raise UsageError(
            f"schema: found {shown(name)}, expected one of {', '.join(list_schemas())}"
        )
    model = StatusDocument if name == INPUT else SHAPES[name]
    # docs/reference/live-status.schema.json is this text, so it must not change by itself.
    return dump_document(json_schema(model))
