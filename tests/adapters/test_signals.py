"""Being asked to stop ends a block cleanly, or not at all while something is put back."""

import os
import signal

import pytest

from secstatus.adapters.deadline import defer_signals, stoppable

SIGNALS = [signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_stop_is_an_exit_that_can_be_cleaned_up_after(number):
    before = signal.getsignal(number)
    with pytest.raises(SystemExit) as caught, stoppable():
        os.kill(os.getpid(), number)
    assert caught.value.code == 128 + number
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGINT])
def test_what_may_not_be_disturbed_goes_on(number):
    before = signal.getsignal(number)
    with stoppable(), defer_signals():
        os.kill(os.getpid(), number)
        ended = True
    assert ended
    assert signal.getsignal(number) == before
