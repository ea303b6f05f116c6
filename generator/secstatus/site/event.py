"""An event as `api/v1/events.json` has it; `shapes.Event` says which fields."""

from __future__ import annotations

from typing import Any

Event = dict[str, Any]
