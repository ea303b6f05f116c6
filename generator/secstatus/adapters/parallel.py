"""Work on two processors, and the garbage collector off for short runs."""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from secstatus.errors import ExternalError

Part = TypeVar("Part")
Made = TypeVar("Made")


@contextmanager
def ahead(work: Callable[[], Made]) -> Iterator[Callable[[], Made]]:
    """Run `work` in a second process meanwhile; yield a function that waits for its result.

    The result has to be plain data. Where the second process fails, the work is done again in
    this one, so that an error is the same as without it.
    """
    answers, to_parent = os.pipe()
    pid = _forked()
    if pid == 0:
        os.close(answers)
        _answer(work, to_parent)
    os.close(to_parent)
    with os.fdopen(answers, "rb") as stream:
        try:
            yield lambda: _received(stream.read(), work)
        finally:
            # It may have ended already; it has to be waited for in any case, or a zombie stays.
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _forked() -> int:
    # What is buffered at the fork would be printed by both processes.
    sys.stdout.flush()
    sys.stderr.flush()
    return os.fork()


def _answer(work: Callable[[], Any], to_parent: int) -> None:
    """The whole life of the process that works ahead: what it makes, or nothing at all."""
    try:
        _send(to_parent, marshal.dumps(work()))
    finally:
        # Without the exit handlers and open files of the parent.
        os._exit(0)


def _send(pipe: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(pipe, view) :]


def _received(data: bytes, work: Callable[[], Made]) -> Made:
    try:
        # Not pickle: it imports modules and can run code; marshal takes plain data only.
        made: Made = marshal.loads(data)  # noqa: S302 - from our own second process
    except (EOFError, ValueError, TypeError):
        return work()
    return made


def side_by_side(
    mine: Part,
    other: Part,
    prepare: Callable[[Part], Made],
    finish: Callable[[Made], dict[str, Any]],
) -> dict[str, Any]:
    """`finish(prepare(part))` for both parts at the same time, the results as one dictionary.

    Nothing is finished before both parts are prepared, so that an error in either leaves
    everything unchanged. What `finish` returns has to be plain data.
    """
    child = _Child(other, prepare, finish)
    try:
        made = prepare(mine)
        child.wait_until_prepared()
    except BaseException:
        child.give_up()
        raise
    child.go_on()
    result = finish(made)
    return result | child.result()


class _Child:
    """The second half, in a process of its own. It reports `ready`, waits, works, and answers."""

    def __init__(self, items: Any, prepare: Any, finish: Any) -> None:
        self._from_child, answers = os.pipe()
        orders, self._to_child = os.pipe()
        self._pid = _forked()
        if self._pid == 0:
            os.close(self._from_child)
            os.close(self._to_child)
            _work(items, prepare, finish, orders, answers)
        os.close(answers)
        os.close(orders)
        self._answers = os.fdopen(self._from_child, "rb")

    def wait_until_prepared(self) -> None:
        # The end of the pipe also means that the child has died.
        if self._answers.readline() != b"ready\n":
            # What went wrong there would go wrong here too: the caller's own run shows it best.
            raise ExternalError("the second process of the build failed", hint="Run it again.")

    def go_on(self) -> None:
        os.write(self._to_child, b"go\n")
        os.close(self._to_child)

    def give_up(self) -> None:
        os.close(self._to_child)
        self._answers.close()
        os.waitpid(self._pid, 0)

    def result(self) -> dict[str, Any]:
        data = self._answers.read()
        self._answers.close()
        _, state = os.waitpid(self._pid, 0)
        if os.waitstatus_to_exitcode(state) != 0:
            hint = "The old manifest still stands; run it again."
            raise ExternalError("the second process of the build failed while writing", hint=hint)
        found: dict[str, Any] = marshal.loads(data)  # noqa: S302 - from our own second process
        return found


def _work(items: Any, prepare: Any, finish: Any, orders: int, answers: int) -> None:
    """The child's whole life. It never returns into the caller's code."""
    status = 1
    try:
        made = prepare(items)
        os.write(answers, b"ready\n")
        # A parent that gives up or dies closes the pipe; the read then returns nothing.
        if os.read(orders, 3) == b"go\n":
            _send(answers, marshal.dumps(finish(made)))
            status = 0
    finally:
        os._exit(status)


@contextmanager
def without_cycle_collection() -> Iterator[None]:
    """Disable the garbage collector, which takes a tenth of a build and finds nothing."""
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
