"""Work that may hang, given so many seconds and no more."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")


def late(seconds: float) -> str:
    """What is said of an answer that was waited for in vain, whichever clock noticed it first."""
    return f"no whole answer in time ({seconds:.3g} s allowed)"


def in_time(seconds: float, work: Callable[[], Made]) -> Made:
    """What `work` makes or raises; TimeoutError when it is not done by then.

    Work that is late goes on in its thread until it ends by itself; nobody waits for it, the end of
    the program included.
    """
    box: queue.SimpleQueue[tuple[Made | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except BaseException as error:  # handed on to the caller, whatever it is
            box.put((None, error))

    threading.Thread(target=run, daemon=True).start()
    try:
        made, error = box.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    if error is not None:
        raise error
    return made  # type: ignore[return-value]
