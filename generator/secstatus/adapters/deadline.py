"""Calls with a deadline, and signals that stop a run at a safe point."""

from __future__ import annotations

import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TypeVar

Made = TypeVar("Made")


def late(seconds: float) -> str:
    """The message for a missed deadline; the same for every clock that detects it."""
    return f"no whole answer in time ({seconds:.3g} s allowed)"


def call_with_deadline(seconds: float, work: Callable[[], Made]) -> Made:
    """Return what `work` returns, or raise what it raises; TimeoutError after `seconds`.

    Work that is late goes on in its thread until it ends by itself. Neither the caller nor the
    end of the program waits for it.
    """
    box: queue.SimpleQueue[tuple[Made | None, BaseException | None]] = queue.SimpleQueue()

    def run() -> None:
        try:
            box.put((work(), None))
        except BaseException as error:  # handed on to the caller, whatever it is
            box.put((None, error))

    # Python cannot interrupt a call of the system such as a look-up of a name; only its caller can
    # stop waiting. A daemon does not keep the program from ending.
    threading.Thread(target=run, daemon=True).start()
    try:
        # A timeout of 0 or less would raise before the thread had a chance.
        made, error = box.get(timeout=max(seconds, 0.001))
    except queue.Empty:
        raise TimeoutError(f"not done within {seconds:g} s") from None
    if error is not None:
        raise error
    return made  # type: ignore[return-value]


Handler = Callable[[int, FrameType | None], object] | int | None


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block with SystemExit, so that it can clean up; as Ctrl-C does."""
    # By default they end the process at once, without `finally`.
    with _handled((signal.SIGTERM, signal.SIGHUP), _stop):
        yield


@contextmanager
def defer_signals() -> Iterator[None]:
    """Neither Ctrl-C nor SIGTERM or SIGHUP ends the block, nor a command that it starts."""
    # SIG_IGN is inherited by commands, so that git goes on as well.
    with _handled((signal.SIGINT, signal.SIGTERM, signal.SIGHUP), signal.SIG_IGN):
        yield


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    # The status that a shell reports for a signal.
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
