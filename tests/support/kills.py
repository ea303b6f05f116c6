"""Kill a process at each of its calls that change something, one after another.

for number in count():
    if not is_killed(number, work):
        break  # the work came to its end
    ...  # what has to hold now, and what the next run makes of it
"""

import os
import signal
import subprocess
import traceback

CHANGES = ("write", "fsync", "replace", "unlink", "chmod", "mkdir", "rmdir")
OF_HANDLES = ("write", "fsync")
FAILED = 1


def is_killed(number, work, calls=CHANGES, *, only=("",), halfway=False, programs=(), after=False):
    """Do the work in a child that is killed before its call `number`, 0 being the first.

    `calls`: the functions of `os` that count, for files whose path contains one of `only`.
    `halfway`: a write is killed when half of it is done. `programs`: the start of a
    command counts when it has one of these words; with `after`, the end of it does instead.

    Return whether the child was killed; False means that the work came to its end before.
    """

    def prepared():
        killer = _Killer(number, only, halfway, after)
        os.setsid()  # processes that the work starts are killed with it
        os.fsync = lambda handle: None  # it counts like the others, and costs nothing
        for name in calls:
            setattr(os, name, killer.counted(name))
        subprocess.Popen = killer.popen(programs)
        work()

    status = end_of(start(prepared))
    assert status in (0, -signal.SIGKILL), "the work failed; its traceback is on standard error"
    return status != 0


def start(work):
    """Do the work in a child; its process id."""
    if pid := os.fork():
        return pid
    status = FAILED
    try:
        work()
        status = 0
    except KeyboardInterrupt:
        status = 128 + signal.SIGINT
    except SystemExit as ending:
        status = ending.code
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def end_of(pid):
    """Wait for a child. Its status: 0 for done, -N when signal N killed it, 128 + N when the work
    ended because of signal N.
    """
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class _Killer:
    def __init__(self, left, only, halfway, after):
        self.left, self.only, self.halfway, self.after = left, only, halfway, after
        self.handles = set()

    def count(self, before=lambda: None):
        if self.left == 0:
            before()
            os.killpg(0, signal.SIGKILL)
        self.left -= 1

    def counted(self, name):
        real = getattr(os, name)

        def call(*args, **options):
            counts = self.counts(name, args)
            if counts:
                self.count(lambda: name == "write" and self.halfway and _half(real, *args))
            result = real(*args, **options)
            if name == "open":
                # The number of a file that was closed is soon that of another one.
                (self.handles.add if counts else self.handles.discard)(result)
            return result

        return call

    def counts(self, name, args):
        if self.only == ("",):
            return True
        if name in OF_HANDLES:
            return args[0] in self.handles
        return any(part in str(each) for part in self.only for each in args[:2])

    def popen(self, programs):
        killer = self

        class Popen(subprocess.Popen):
            def __init__(self, command, *args, **options):
                self.counts = any(os.fsdecode(word) in programs for word in command)
                if self.counts and not killer.after:
                    killer.count()
                super().__init__(command, *args, **options)

            def __exit__(self, *error):
                super().__exit__(*error)
                if self.counts and killer.after:
                    killer.count()

        return Popen


def _half(write, handle, data):
    write(handle, bytes(data)[: len(data) // 2])
