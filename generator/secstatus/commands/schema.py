"""schema: the JSON Schema of each document that is read or published."""

from __future__ import annotations

import json

from secstatus.errors import UsageError, shown
from secstatus.site.api.models import SHAPES, json_schema
from secstatus.status.status_document import StatusDocument

INPUT = "live-status"


def list_schemas() -> list[str]:
    """`live-status` is what `build` reads; the others are what it publishes."""
    return [INPUT, *sorted(SHAPES)]


def render_schema(name: str) -> str:
    """The schema as JSON text. Raises UsageError for a name that there is not."""
    if name not in list_schemas():
        raise UsageError(
            f"schema: found {shown(name)}, expected one of {', '.join(list_schemas())}"
        )
    model = StatusDocument if name == INPUT else SHAPES[name]
    return json.dumps(json_schema(model), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
