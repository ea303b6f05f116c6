"""What a server can do wrong: each fault is a function of the `Exchange` that it answers."""

import gzip
import itertools
import socket
import struct

HANGS = 10  # seconds; a server that stops ends the wait


def healthy(exchange):
    exchange.answer()


def replies(status, body=b"{}", /, **headers):
    """A fault: this answer. `body` is bytes or a value for JSON; `Retry_After="1"` is a header."""
    return lambda exchange: exchange.respond(status, body, **headers)


down = replies(503, b"<h1>Service Unavailable</h1>")
forbidden = replies(403, b"no")
limited = replies(429, b"{}", Retry_After="1")
gone = replies(404, b"<h1>not found</h1>")
# An error page with the status of success.
error_page = replies(200, b"<!doctype html><h1>We will be back soon</h1>")


def other(content):
    """A fault: this content in the place of the file."""
    return replies(200, content)


def cached(content, age, **headers):
    """A fault: this content, from a cache that has kept it for `age` seconds."""
    return replies(200, content, Age=str(age), X_Cache="HIT", **headers)


def tampered(exchange):
    """One byte in the middle of the file is changed."""
    content, middle = exchange.content, len(exchange.content) // 2
    exchange.respond(200, content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


# The connection


def no_http(exchange):
    exchange.wfile.write(b"\x16\x03\x01 no HTTP at all\r\n\r\n")


def hangs_up(exchange):
    """The connection ends before the answer begins."""
    exchange.close_connection = True


def silent(exchange):
    exchange.server.done.wait(HANGS)
    exchange.close_connection = True


def dripping(exchange):
    """A body that never ends, a byte at a time."""
    exchange.respond(200, length=100_000)
    _drip(exchange, b" ")


def dripping_headers(exchange):
    exchange.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    _drip(exchange, b"x")


def _drip(exchange, byte):
    while not exchange.server.done.wait(0.02):
        exchange.wfile.write(byte)


def truncated(exchange):
    """Half of the file, announced as the whole."""
    content = exchange.content
    exchange.respond(200, content[: len(content) // 2], length=len(content))


# The beginning of a JSON document, announced as 4000 bytes.
cut = replies(200, b'{"id": ', Content_Length="4000")


def cut_chunk(exchange):
    exchange.send_response(200)
    exchange.send_header("Transfer-Encoding", "chunked")
    exchange.end_headers()
    exchange.wfile.write(b"ff\r\n{}")


def breaks_off(status):
    """A fault: the connection is reset in the middle of the body."""

    def answer(exchange):
        exchange.respond(status, b'{"id": ', length=4000)
        linger = struct.pack("ii", 1, 0)  # close sends RST
        exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        exchange.wfile.flush()
        exchange.close_connection = True
        exchange.connection.close()

    return answer


# Encodings


def zipped(exchange):
    """The file, correctly compressed."""
    exchange.respond(200, gzip.compress(exchange.content, mtime=0), Content_Encoding="gzip")


def bomb(exchange):
    exchange.respond(200, gzip.compress(bytes(4_000_000), mtime=0), Content_Encoding="gzip")


def not_gzip(exchange):
    exchange.respond(200, exchange.content, Content_Encoding="gzip")


def cut_gzip(exchange):
    exchange.respond(200, gzip.compress(exchange.content, mtime=0)[:-9], Content_Encoding="gzip")


def brotli(exchange):
    exchange.respond(200, exchange.content, Content_Encoding="br")


# Redirects


def loop(exchange):
    exchange.respond(302, Location=exchange.path)


def redirect(location):
    """A fault: a redirect; `{url}` in the location is the address of the server."""
    return lambda exchange: exchange.respond(302, Location=location.format(url=exchange.server.url))


# One after another


def in_turn(*faults):
    """A fault: each of them once, and then again from the first."""
    order = itertools.cycle(faults)
    return lambda exchange: next(order)(exchange)


def sequence(*faults):
    """A fault: each of them once, and then the last one again and again."""
    left = list(faults)
    return lambda exchange: (left.pop(0) if len(left) > 1 else left[0])(exchange)
