"""What the tests change of the machine before anything runs."""

import os
import signal


def restore_interrupts():
    """Let SIGINT interrupt this process and its children again.

    A shell without job control starts `command &` with SIGINT ignored, and children inherit that:
    a test that interrupts a process would wait for ever.
    """
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def skip_fsync():
    """Do not wait for the disk. No test turns the power off; those of a full disk patch it anew."""
    os.fsync = lambda handle: None
