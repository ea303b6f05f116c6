"""Being asked to stop, in a moment in which that can be answered."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

Handler = Callable[[int, FrameType | None], object] | int | None


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block with SystemExit, so that it can clean up; as Ctrl-C does."""
    with _handled((signal.SIGTERM, signal.SIGHUP), _stop):
        yield


@contextmanager
def defer_signals() -> Iterator[None]:
    """Neither Ctrl-C nor SIGTERM or SIGHUP ends the block, nor a command that it starts."""
    with _handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
        yield


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


@contextmanager
def _handled(numbers: tuple[signal.Signals, ...], handler: Handler) -> Iterator[None]:
    # Python lets only the main thread decide on signals; elsewhere they stay what they are.
    mine = numbers if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, handler) for number in mine}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
