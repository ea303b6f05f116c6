"""The interpreter's memory, for runs that make many objects and end soon."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """Thousands of small objects and no cycles: looking for garbage costs a tenth of a build."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        # Everything goes to the oldest generation, so that the next object does not start a search.
        gc.freeze()
        gc.unfreeze()
        if enabled:
            gc.enable()
