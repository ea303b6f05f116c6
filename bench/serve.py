"""Measure the JSON API behind nginx as it is shipped: 32 connections, on this machine.

python bench/serve.py                    about half a minute
python bench/serve.py --seconds 2

`wrk -t1 -c32` asks for `api/v1/status.json` by HTTPS, as fast as it is answered. The limiter is as
it is shipped, but lets a million requests a second through, so that answers are measured and not
refusals; the peer is the same server without a limiter. Then, with the limits as shipped, `wrk`
floods the server from one address, while a polite client asks ten times a second from another.
"""

import argparse
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import data
from process import CouldNotRun, clean_environment, run

ROOT = Path(__file__).resolve().parent.parent
PATH = "/api/v1/status.json"
HOST, LIMIT = "status.example.org", 10.0
ROW = "{:<34}{:>12}{:>10}{:>10}{:>10}  {}"
Changes = tuple[tuple[str, str, str], ...]
"""File, what stands in it, and what is to stand there."""

HIGH: Changes = (
    ("secstatus/maps.conf", "rate=20r/s", "rate=1000000r/s"),
    ("secstatus/limits.conf", "burst=40", "burst=100000"),
)
NO_LIMITER: Changes = (("secstatus/limits.conf", "\nlimit_", "\n# limit_"),)


def program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin")
    if found is None:
        raise CouldNotRun(f"{name} is not installed; `sh scripts/servers` as root installs it")
    return found


def make_site(place: Path) -> Path:
    project, out = place / "project", place / "site"
    data.write_project(project, 3)
    command = [sys.executable, "-m", "secstatus", "build", "--root", str(project), "--quiet"]
    command += [
        "--precompress",
        "--out",
        str(out),
        "--now",
        data.NOW,
        "--base-url",
        f"https://{HOST}/",
    ]
    environment = clean_environment(place, PYTHONPATH=str(ROOT / "generator"))
    run(command, environment, place, place / "log.txt")
    return out


def make_certificate(place: Path) -> None:
    words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    words += ["-days", "2", "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    words += ["-keyout", str(place / "key.pem"), "-out", str(place / "chain.pem")]
    subprocess.run([program("openssl"), *words], check=True, capture_output=True)


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def configured(place: Path, port: int, changes: Changes) -> Path:
    """The shipped configuration with the places of this run, and these changes."""
    folder = place / "nginx"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(ROOT / "deploy/nginx", folder)
    live = "/etc/letsencrypt/live/status.example.org"
    places = (
        ("secstatus.conf", "listen 443 ", f"listen 127.0.0.1:{port} "),
        ("secstatus.conf", "listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("secstatus.conf", "listen [::]:", "# listen [::]:"),
        ("secstatus.conf", "/var/log/nginx/", f"{place}/"),
        ("secstatus/site.conf", "/srv/secstatus/current", str(place / "site")),
        ("secstatus/tls.conf", f"{live}/fullchain.pem", str(place / "chain.pem")),
        ("secstatus/tls.conf", f"{live}/privkey.pem", str(place / "key.pem")),
    )
    for name, old, new in (*places, *changes):
        text = (folder / name).read_text()
        if old not in text:
            raise CouldNotRun(f"deploy/nginx/{name} has no {old!r} any more")
        (folder / name).write_text(text.replace(old, new))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{name}_temp_path {place}/{name};" for name in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(
        f"{user} daemon off; pid {place}/pid; error_log {place}/error.log; worker_processes 1;\n"
        f"events {{ worker_connections 1024; }}\n"
        f"http {{ {temporary} include secstatus.conf; }}\n"
    )
    return main


@contextmanager
def nginx(place: Path, changes: Changes = ()) -> Iterator[int]:
    """A running server; gives its port."""
    port = free_port()
    main, log = configured(place, port, changes), place / "error.log"
    command = [program("nginx"), "-e", str(log), "-c", str(main)]
    server = subprocess.Popen(command, start_new_session=True)
    try:
        for _ in range(200):
            if server.poll() is not None:
                raise CouldNotRun(log.read_text())
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                time.sleep(0.02)
        yield port
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([0-9.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(port: int, seconds: int) -> dict[str, float]:
    """Requests a second, quantiles in ms, and how many answers were no 2xx."""
    command = [program("wrk"), "-t1", "-c32", f"-d{seconds}s", "--latency"]
    command += ["-H", f"Host: {HOST}", f"https://127.0.0.1:{port}{PATH}"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Requests/sec" not in said or "Socket errors" in said:
        raise CouldNotRun(f"wrk could not ask: {said}")
    found = {f"p{q}": milliseconds(ms) for q, ms in re.findall(r"^ +(\d+)% +(\S+)$", said, re.M)}
    found["rate"] = float(re.search(r"Requests/sec: +([0-9.]+)", said)[1])  # type: ignore[index]
    total = re.search(r"(\d+) requests in", said)
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", said)
    found["refused"] = int(refused[1]) / int(total[1]) if refused and total else 0.0
    return found


class _Polite(http.client.HTTPSConnection):
    """By the server's name, from an address of its own."""

    def connect(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), 10, ("127.0.0.2", 0))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.sock = context.wrap_socket(self.sock, server_hostname=HOST)


def politely(port: int, times: int) -> tuple[list[float], int]:
    """Times of the answers in ms, sorted, and how many were 200."""
    connection, took, good = _Polite(HOST, port), [], 0
    for _ in range(times):
        begun = time.perf_counter()
        connection.request("GET", PATH)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - begun) * 1000)
        good += answer.status == 200
        time.sleep(0.1)
    connection.close()
    return sorted(took), good


def flooded(port: int, seconds: int) -> tuple[dict[str, float], list[float], int]:
    command = [sys.executable, __file__, "--flood", str(port), "--seconds", str(seconds)]
    flood = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)
    took, good = politely(port, (seconds - 1) * 8)
    said = flood.communicate()[0].split()
    return {"rate": float(said[0]), "refused": float(said[1])}, took, good


def report(seconds: int) -> None:
    print(
        ROW.format("JSON by HTTPS, 32 connections", "requests/s", "p50 ms", "p99 ms", "limit", "")
    )
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        make_site(place)
        make_certificate(place)
        for what, changes in (
            ("nginx as shipped, high limits", HIGH),
            ("without a limiter", NO_LIMITER),
        ):
            with nginx(place, changes) as port:
                wrk(port, 1)
                found = wrk(port, seconds)
            limit = f"{LIMIT:g}" if changes is HIGH else "-"
            word = ("ok" if found["p99"] < LIMIT else "over") if changes is HIGH else "peer"
            figures = (f"{found['rate']:,.0f}", f"{found['p50']:.2f}", f"{found['p99']:.2f}", limit)
            print(ROW.format(what, *figures, word if not found["refused"] else "REFUSED"))
        with nginx(place) as port:
            flood, took, good = flooded(port, max(3, seconds))
    word = "ok" if good == len(took) and flood["refused"] > 0.9 else "over"
    p50, p99 = took[len(took) // 2], took[min(len(took) - 1, len(took) * 99 // 100)]
    print(ROW.format("a polite client in a flood", "10", f"{p50:.2f}", f"{p99:.2f}", "-", word))
    print(
        f"{good} of {len(took)} polite requests were answered with 200; of the flood's"
        f" {flood['rate']:,.0f} a second {flood['refused']:.1%} got 429."
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=8, help="of each measurement (8)")
    parser.add_argument("--flood", type=int, default=0, metavar="PORT", help=argparse.SUPPRESS)
    options = parser.parse_args()
    try:
        if options.flood:
            found = wrk(options.flood, options.seconds)
            print(found["rate"], found["refused"])
        else:
            report(options.seconds)
    except CouldNotRun as error:
        print(f"NOT MEASURED: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
