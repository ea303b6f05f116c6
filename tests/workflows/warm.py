"""The program with its modules already imported, for the stand-in `secstatus`.

Most of the time of a short command are its imports. Here one process imports everything and makes a
copy of itself for each call, which has arguments, environment, folder and streams of its own.
"""

import atexit
import gc
import marshal
import os
import pkgutil
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LATER = ("cvss", "jinja2", "packaging.version", "packaging.requirements", "pydantic", "yaml")
LARGEST = 1 << 20


@cache
def address():
    """Where the process listens; it ends with this one, however that ends."""
    folder = tempfile.mkdtemp(prefix="warm-")
    variables = {
        **os.environ,
        "LANG": "C.UTF-8",
        "PYDANTIC_DISABLE_PLUGINS": "__all__",
        "PYTHONPATH": str(ROOT / "generator"),
    }
    words = [sys.executable, str(Path(__file__).resolve()), f"{folder}/socket"]
    process = subprocess.Popen(
        words, env=variables, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    atexit.register(_end, process, folder)
    assert process.stdout.readline() == b"ready\n", "the program cannot be imported"
    return f"{folder}/socket"


def _end(process, folder):
    process.communicate()
    shutil.rmtree(folder, ignore_errors=True)


def serve(place):
    """Answer until the standard input ends."""
    # Before the imports: some take the function itself. The tests do not wait.
    time.sleep = lambda seconds: None
    _import_everything()
    gc.freeze()
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(place)
        listener.listen(64)
        os.write(1, b"ready\n")
        while listener in select.select([listener, 0], [], [])[0]:
            with listener.accept()[0] as connection:
                if os.fork() == 0:
                    _answer(connection)
            _bury()


def _bury():
    """Take note of the copies that have ended, so that their time counts as ours."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _import_everything():
    package = import_module("secstatus")
    for name in LATER:
        import_module(name)
    for found in pkgutil.walk_packages(package.__path__, "secstatus."):
        if not found.name.endswith("__main__"):
            import_module(found.name)


def _answer(connection):
    """The rest of a copy's life: nothing of it goes on where it was made.

    A copy that is killed sends no status, and the one who asked ends with 70.
    """
    _said_at_the_end(connection)
    status = 1
    try:
        status = _called(*_asked(connection))
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    except BaseException:  # said as the interpreter would; the copy ends here
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _said_at_the_end(connection):
    """Let this process send its status when it ends itself, as the program does."""
    end, this = os._exit, os.getpid()

    def exit_(status):
        if os.getpid() == this:  # not those that the program forks
            connection.send(str(status).encode())
        end(status)

    os._exit = exit_


def _asked(connection):
    message, files, _, _ = socket.recv_fds(connection, LARGEST, 3)
    return marshal.loads(message), files


def _called(asked, files):
    words, folder, environment = asked
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["secstatus", *words]
    import_module("secstatus.cli").entry()
    return 0


if __name__ == "__main__":
    serve(sys.argv[1])
