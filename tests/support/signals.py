"""Signals as a terminal would have set them, whoever starts the tests."""

import signal


def restore_interrupts():
    """Let SIGINT interrupt this process and its children again.

    A shell without job control starts `command &` with SIGINT ignored, and children inherit that:
    a test that interrupts a process would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
