"""Real web servers with the configurations of `deploy/`, on free ports of this machine.

What runs is the shipped text: only addresses, ports and paths are other ones.
"""

import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
HOST = "status.example.org"
PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/sbin"


def program(name):
    """Where it is; None where this machine has none."""
    return shutil.which(name, path=PATH)


def free_ports(number):
    """Ports that nobody uses, below those that the kernel gives to whoever asks for any."""
    found = []
    for offset in range(12_000):
        port = 20_000 + (os.getpid() * 101 + offset) % 12_000
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        found.append(port)
        if len(found) == number:
            return found
    raise AssertionError("no port is free")


def changed(text, replacements):
    """The text with its values replaced; each has to be there, so that none goes unnoticed."""
    for old, new in replacements:
        text, count = re.subn(old, lambda _, new=new: new, text)
        assert count, f"no {old} in the shipped text"
    return text


@dataclass
class Answer:
    status: int
    headers: list
    body: bytes

    def __getitem__(self, name):
        """The header; None without it. Twice is a fault."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        assert len(found) <= 1, f"{name} is there {len(found)} times"
        return found[0] if found else None

    def names(self):
        return [key.lower() for key, _ in self.headers]


@dataclass
class Served:
    """A server that runs: where it listens, where its files are, and whom it trusts."""

    name: str
    plain_port: int
    port: int
    site: Path
    place: Path
    authority: object

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.authority.configure_trust(context)
        return context

    def connect(self, source="127.0.0.1", context=None):
        """A connection over TLS, which checks the name of the host."""
        raw = socket.create_connection(
            ("127.0.0.1", self.port), timeout=20, source_address=(source, 0)
        )
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection = http.client.HTTPConnection(HOST, self.port, timeout=20)
        connection.sock = (context or self.context()).wrap_socket(raw, server_hostname=HOST)
        return connection

    def ask(self, path, method="GET", body=None, connection=None, **headers):
        """One request; underscores in the names of headers are hyphens."""
        own = connection or self.connect()
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            own.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            for name, value in {"Host": HOST, **sent}.items():
                own.putheader(name, value)
            if body is not None:
                own.putheader("Content-Length", str(len(body)))
            own.endheaders(body)
            answer = own.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            if connection is None:
                own.close()

    def ask_all(self, paths, source="127.0.0.1", pause=0.0):
        """One request after another on one connection."""
        with closing(self.connect(source)) as connection:
            for path in paths:
                yield self.ask(path, connection=connection)
                time.sleep(pause)

    def ask_plainly(self, path, **headers):
        """Over http."""
        connection = http.client.HTTPConnection("127.0.0.1", self.plain_port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": HOST, **headers})
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def log(self, lines):
        """The access log, as soon as it has so many lines."""
        path = self.place / "access.log"
        for _ in range(100):
            text = path.read_text("utf-8") if path.exists() else ""
            if text.count("\n") >= lines:
                return text
            time.sleep(0.05)
        raise AssertionError(f"{text.count(chr(10))} lines in the log, {lines} expected")


def certificate(place):
    """An authority, and the files of a certificate for the host of the examples."""
    import trustme

    authority = trustme.CA()
    issued = authority.issue_cert(HOST)
    issued.private_key_pem.write_to_path(str(place / "key.pem"))
    for number, blob in enumerate(issued.cert_chain_pems):
        blob.write_to_path(str(place / "chain.pem"), append=number > 0)
    return authority


@contextmanager
def running(command, place, port, **environment):
    """The process, from when it listens; it is gone afterwards."""
    log = place / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=place,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env={"PATH": PATH, "HOME": str(place), **environment},
        )
        try:
            _await(process, port, log)
            yield process
        finally:
            process.terminate()
            process.wait(20)


def _await(process, port, log):
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"the server does not listen:\n{log.read_text('utf-8', 'replace')}")


# nginx


def nginx_configuration(place, site, ports, rate=None):
    """Write the shipped files with these places. `rate`: another limit, for measurements."""
    plain, secure = ports
    folder = place / "nginx"
    shutil.copytree(DEPLOY / "nginx", folder)
    own = {
        "secstatus.conf": [
            (r"listen \[::\]:[^;]*;", ""),
            (r"listen 80;", f"listen 127.0.0.1:{plain};"),
            (r"listen 443 ", f"listen 127.0.0.1:{secure} "),
            (r"/var/www/acme", str(place / "acme")),
            (r"/var/log/nginx/secstatus\.access\.log", str(place / "access.log")),
            (r"/var/log/nginx/secstatus\.error\.log", str(place / "error.log")),
        ],
        "secstatus/site.conf": [(r"/srv/secstatus/current", str(site))],
        "secstatus/tls.conf": [
            (r"/etc/letsencrypt/\S+/fullchain\.pem", str(place / "chain.pem")),
            (r"/etc/letsencrypt/\S+/privkey\.pem", str(place / "key.pem")),
        ],
    }
    if rate:
        own["secstatus/maps.conf"] = [(r"rate=20r/s", f"rate={rate}r/s")]
        own["secstatus/limits.conf"] = [
            (r"burst=40", f"burst={rate}"),
            (r"secstatus_at_once 60", "secstatus_at_once 1000"),
        ]
    for name, replacements in own.items():
        (folder / name).write_text(changed((folder / name).read_text("utf-8"), replacements))
    # What a distribution's nginx.conf says around it, Debian's with all that could be in the way.
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{kind}_temp_path {place}/{kind};\n" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"{'user root;' if os.geteuid() == 0 else ''}\nworker_processes 1;\ndaemon off;\n"
        f"pid {place}/nginx.pid;\nerror_log {place}/main.log;\n"
        "events { worker_connections 1024; }\n"
        f"http {{\nsendfile on; tcp_nopush on; gzip on; default_type text/html;\n"
        "ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on;\n"
        f"access_log {place}/everybody.log;\n{temporary}include secstatus.conf;\n}}\n"
    )
    return [program("nginx"), "-e", str(place / "main.log"), "-c", str(folder / "nginx.conf")]


@contextmanager
def nginx(place, site, rate=None):
    """nginx with the shipped configuration."""
    authority = certificate(place)
    ports = free_ports(2)
    command = nginx_configuration(place, site, ports, rate)
    with running(command, place, ports[1]):
        yield Served("nginx", *ports, site, place, authority)


# Caddy


def caddy_configuration(place, site, ports):
    """Write the shipped file with these places."""
    plain, secure = ports
    text = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    (place / "Caddyfile").write_text(
        changed(
            text,
            [
                (
                    r"(?m)^\{\n",
                    f"{{\n\tadmin off\n\thttp_port {plain}\n\thttps_port {secure}\n"
                    "\tskip_install_trust\n\tdefault_bind 127.0.0.1\n",
                ),
                (r"/srv/secstatus/current", str(site)),
                (r"/var/log/caddy/secstatus\.access\.log", str(place / "access.log")),
                (r"# tls /\S+ /\S+", f"tls {place}/chain.pem {place}/key.pem"),
            ],
        )
    )
    return [program("caddy"), "run", "--config", str(place / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def caddy(place, site):
    """Caddy with the shipped configuration."""
    authority = certificate(place)
    ports = free_ports(2)
    command = caddy_configuration(place, site, ports)
    with running(command, place, ports[1], XDG_DATA_HOME=str(place), XDG_CONFIG_HOME=str(place)):
        yield Served("caddy", *ports, site, place, authority)
