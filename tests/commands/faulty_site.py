"""A server of a site on this machine, with faults that can be named.

`faults[path] = FAULT` spoils a path, `faults["*"]` all others; each FAULT takes the handler and the
file. A list of faults is used up one request after another, and then all is well: `[down]` is a site
that flaps. `in_turn(a, b)` begins anew each time.
"""

import gzip
import itertools
import ssl
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultySite(ThreadingHTTPServer):
    """`files`: path → content. `seen`: path and headers of each request."""

    daemon_threads = True

    def __init__(self, files, context=None, host="127.0.0.1"):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.faults, self.seen = dict(files), {}, []
        self.host, self.scheme, self.done = host, "https" if context else "http", threading.Event()
        self.context = context

    @property
    def url(self):
        return f"{self.scheme}://{self.host}:{self.server_port}/security-status/"

    def asked(self):
        return [path for path, _ in self.seen]

    def finish_request(self, request, client_address):
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as encrypted:
            super().finish_request(encrypted, client_address)

    def handle_error(self, request, client_address):
        """A client that hangs up is what half of the tests are about."""


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        path = self.path.removeprefix("/security-status/")
        self.server.seen.append((path, dict(self.headers)))
        content = self.server.files.get(path or "index.html")
        fault = self.server.faults.get(path, self.server.faults.get("*"))
        if isinstance(fault, list):
            fault = fault.pop(0) if fault else None
        (fault or healthy)(self, content)

    def log_message(self, *args):
        pass

    def says(self, status, body=b"", /, length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


def healthy(handler, content):
    if content is None:
        handler.says(404, b"<h1>not found</h1>")
    else:
        handler.says(200, content)


def down(handler, content):
    """An error of the server."""
    handler.says(503, b"<h1>Service Unavailable</h1>")


def refused(handler, content):
    handler.says(403, b"no")


def limited(handler, content):
    handler.says(429, b"{}", Retry_After="1")


def gone(handler, content):
    handler.says(404, b"<h1>not found</h1>")


def tampered(handler, content):
    """One byte in the middle is another one."""
    middle = len(content) // 2
    handler.says(200, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


def error_page(handler, content):
    """An error that says that it is none."""
    handler.says(200, b"<!doctype html><h1>We will be back soon</h1>")


def garbage(handler, content):
    handler.wfile.write(b"\x16\x03\x01 no HTTP at all\r\n\r\n")


def reset(handler, content):
    """The connection ends before the answer begins."""


def truncated(handler, content):
    handler.says(200, content[: len(content) // 2], length=len(content))


def dripping(handler, content):
    handler.says(200, b"", length=100_000)
    while not handler.server.done.wait(0.02):
        handler.wfile.write(b" ")


def dripping_headers(handler, content):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not handler.server.done.wait(0.02):
        handler.wfile.write(b"x")


def silent(handler, content):
    handler.server.done.wait(10)


def zipped(handler, content):
    """As it should be, compressed."""
    handler.says(200, gzip.compress(content, mtime=0), Content_Encoding="gzip")


def bomb(handler, content):
    handler.says(200, gzip.compress(bytes(4_000_000), mtime=0), Content_Encoding="gzip")


def not_gzip(handler, content):
    handler.says(200, content, Content_Encoding="gzip")


def cut_gzip(handler, content):
    handler.says(200, gzip.compress(content, mtime=0)[:-9], Content_Encoding="gzip")


def brotli(handler, content):
    handler.says(200, content, Content_Encoding="br")


def loop(handler, content):
    handler.says(302, Location=handler.path)


def redirect(location):
    """A fault: `location` may hold {url}, the address of the site."""

    def answer(handler, content):
        handler.says(302, Location=location.format(url=handler.server.url))

    return answer


def cached(content, age, **headers):
    """A fault: this content, from a cache that has kept it for so many seconds."""

    def answer(handler, _content):
        handler.says(200, content, Age=str(age), X_Cache="HIT", **headers)

    return answer


def other(content):
    """A fault: this content in the place of the file."""

    def answer(handler, _content):
        handler.says(200, content)

    return answer


def in_turn(*faults):
    """A fault: each of them once, and then again."""
    order = itertools.cycle(faults)
    return lambda handler, content: next(order)(handler, content)


@contextmanager
def faulty_site(files, context=None, host="127.0.0.1"):
    """A running server of these files; with a TLS context of a server, by https."""
    server = FaultySite(files, context, host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.done.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tls_context(certificate):
    """The context of a server with this certificate of trustme."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context
