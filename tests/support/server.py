"""An HTTP server on this machine that serves files and, on demand, fails in a named way.

    with serving({"index.json": b"{}"}) as server:
        server.faults["index.json"] = faults.down

`server.faults[NAME] = FAULT` replaces the answer for one name, `server.faults["*"]` for all others.
A FAULT is a function of the `Exchange`; `tests.support.faults` has them. A list of faults is used
up, one a request, and then the answer is healthy again: `[down]` is a server that flaps.
"""

import json
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple


class Seen(NamedTuple):
    """A request that was received. `path` has the query; `headers` ignore case."""

    method: str
    path: str
    headers: object
    body: bytes


class Exchange(BaseHTTPRequestHandler):
    """One request and its answer.

    `body`: the bytes received. `name`: the path below the server's prefix. `content`: the file of
    that name, or None. A subclass answers in another way by its own `answer`.
    """

    def do_GET(self):
        server = self.server
        self.body = self.receive()
        self.name = self.path.removeprefix(server.below)
        server.seen.append(Seen(self.command, self.path, self.headers, self.body))
        server.before_answer()
        self.content = server.content(self.name)
        (server.next_fault(self) or type(self).answer)(self)

    do_POST = do_PATCH = do_GET

    def receive(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self):
        """The answer of a healthy server."""
        if self.content is None:
            self.respond(404, b"<h1>not found</h1>")
        else:
            self.respond(200, self.content)

    def respond(self, status, body=b"", /, length=None, reason=None, **headers):
        """Send an answer. `body`: bytes, or a value that is sent as JSON. `X_Y` is header `X-Y`."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status, reason)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if "Content_Length" not in headers:
            self.send_header("Content-Length", str(len(data) if length is None else length))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass


class FaultyServer(ThreadingHTTPServer):
    """Serves `files` (name → bytes or text) below a prefix, on a free port.

    `seen`: the requests, oldest first. `before_answer` is called in each. `done` is set when the
    server stops: faults that hang wait for it. With a TLS `context` it speaks HTTPS.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, files=(), below="/", context=None, host="127.0.0.1", exchange=Exchange):
        super().__init__(("127.0.0.1", 0), exchange)
        self.files, self.below = dict(files), below
        self.context, self.host = context, host
        self.faults, self.seen, self.done = {}, [], threading.Event()
        self.before_answer = lambda: None

    @property
    def origin(self):
        return f"{'https' if self.context else 'http'}://{self.host}:{self.server_port}"

    @property
    def url(self):
        return self.origin + self.below

    def asked(self):
        """The names of the requests, oldest first."""
        return [each.path.removeprefix(self.below) for each in self.seen]

    def content(self, name):
        found = self.files.get(name or "index.html")
        return found.encode() if isinstance(found, str) else found

    def next_fault(self, exchange):
        fault = self.faults.get(exchange.name, self.faults.get("*"))
        if isinstance(fault, list):
            return fault.pop(0) if fault else None
        return fault

    def finish_request(self, request, client_address):
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request, client_address):
        """Ignore clients that hang up: many tests are about them."""


class ConnectProxy(FaultyServer):
    """A proxy that leads every host to one port of this machine. A fault refuses instead."""

    def __init__(self, port):
        super().__init__(below="", exchange=_Tunnel)
        self.port = port


class _Tunnel(Exchange):
    def do_CONNECT(self):
        self.name = self.path
        self.server.seen.append(Seen(self.command, self.path, self.headers, b""))
        self.close_connection = True
        if fault := self.server.next_fault(self):
            fault(self)
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as inner:
            self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pour, args=(inner, self.connection), daemon=True)
            back.start()
            _pour(self.connection, inner)
            back.join()


def _pour(source, sink):
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for each in (sink, source):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextmanager
def running(server):
    """Run the server in a thread of its own until the block ends."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        server.server_close()
        thread.join()


def serving(files=(), context=None, host="127.0.0.1", below="/security-status/"):
    """A running server of these files."""
    return running(FaultyServer(files, below, context, host))


def tls_context(certificate):
    """The context of a server that has this certificate of trustme."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
