"""A web server for this machine only, that answers like a static host."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

from secstatus.errors import ExternalError

# Never 0.0.0.0: a preview is not for the network.
LOCAL = "127.0.0.1"


class _Handler(SimpleHTTPRequestHandler):
    """Serves a folder below `prefix`, with the 404 page of the site."""

    # mimetypes reads files of the system, which differ from one machine to the next.
    extensions_map = {  # noqa: RUF012 - the base class declares it as an instance variable
        "": "application/octet-stream",
        ".atom": "application/atom+xml",
        ".css": "text/css; charset=utf-8",
        ".csv": "text/csv; charset=utf-8",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".svg": "image/svg+xml",
        ".txt": "text/plain; charset=utf-8",
        ".xml": "application/xml",
    }

    def __init__(self, *args: object, prefix: str, site: Path) -> None:
        self.prefix, self.site = prefix, site
        super().__init__(*args, directory=str(site))  # type: ignore[arg-type]

    def send_head(self):  # type: ignore[no-untyped-def]
        path = urlsplit(self.path).path
        if not path.startswith(self.prefix):
            self.send_response(302)
            self.send_header("Location", self.prefix)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return None
        self.path = "/" + path[len(self.prefix) :]
        return super().send_head()

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        page = self.site / "404.html"
        if code != 404 or not page.is_file():
            super().send_error(code, message, explain)
            return
        body = page.read_bytes()
        self.send_response(404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def list_directory(self, path):  # type: ignore[no-untyped-def]
        self.send_error(404)

    def end_headers(self) -> None:
        # A browser would otherwise show the page of the build before.
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, *args: object) -> None:
        """Log nothing: a preview needs no access log."""


def start(site: Path, prefix: str, port: int) -> tuple[ThreadingHTTPServer, str]:
    """Serve `site` below `prefix` on the loopback interface; returns the server and the address."""
    handler = partial(_Handler, prefix=prefix, site=site)
    try:
        server = ThreadingHTTPServer((LOCAL, port), handler)
    except (OSError, OverflowError) as error:
        hint = "Choose another one with --port, or 0 for any."
        raise ExternalError(f"port {port} cannot be used: {error}", hint=hint) from None
    # Browsers keep connections open, which would keep the program from ending.
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://{LOCAL}:{server.server_port}{prefix}"
