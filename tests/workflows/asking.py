"""The stand-in `secstatus`: hands its arguments, folder, environment and streams to `warm.py`.

It starts often, so it takes nothing but what the interpreter has at hand anyway.
"""

import _socket
import marshal
import os
import sys


def main(desk, *words):
    words = list(words)
    if words[:1] == ["enrich"]:
        words += ["--osv-url", _read(desk, "osv")]
    if words[:1] == ["monitor"]:
        words += ["--base-url", _read(desk, "pages")]
    message = marshal.dumps((words, os.getcwd(), dict(os.environ)))
    streams = b"".join(number.to_bytes(4, sys.byteorder) for number in (0, 1, 2))
    connection = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
    connection.connect(_read(desk, "program"))
    connection.sendmsg([message], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    return int(connection.recv(64) or b"70")


def _read(desk, name):
    with open(f"{desk}/{name}", encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
