"""Measure `secstatus usage`: a million lines of an access log.

python bench/usage.py                       about two minutes
python bench/usage.py --repeat 1 --lines 100000

Each figure is of a whole process. The same requests are written in the combined format, plain and
compressed, as JSON lines of nginx, and as those of Caddy. `hostile` is a log in which every line
has a path and a user agent of its own, which no memory of earlier lines helps with; it has no
limit of time. The peer is goaccess, on the combined format, when it is installed; it counts
visitors, hosts and referrers as well. Beside each time stands that of a bare loop over the lines.
"""

import argparse
import gzip
import json
import os
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest import MEMORY, median
from process import CouldNotRun, Measured, clean_environment, run

GENERATOR = Path(__file__).resolve().parent.parent / "generator"
PREFIX = "/lanternfish/security-status/"
START = datetime(2026, 11, 1, tzinfo=UTC)
# The limit of time is that of a million lines; of fewer it says nothing.
MILLION = 1_000_000
SECONDS, MIB = 10.0, 200.0
ROW = "{:<28}{:>9}{:>9}{:>10}{:>10}{:>16}  {}"
FLOOR = "import sys; print(sum(1 for line in open(sys.argv[1], 'rb')))"
# Target, weight, kind; what is not of the site has none.
TARGETS = (
    ("badges/grade.svg", 50, "badge"),
    ("badges/last-scan.flat-square.svg", 8, "badge"),
    ("badges/grade.json", 4, "badge_data"),
    ("", 8, "page"),
    ("findings/CVE-2026-{}.html", 6, "page"),
    ("api/v1/status.json?nocache={}", 8, "api"),
    ("feed.atom", 6, "feed"),
    ("style.css?v=4f1c", 5, "asset"),
    ("wp-login.php", 2, "other"),
    ("/favicon.ico", 3, None),
)
BROWSER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"  # noqa: E501
AGENTS = (
    "github-camo (876de43e)",
    BROWSER,
    "curl/8.{}.0",
    "python-requests/2.{}.3",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "FreshRSS/1.{}.0 (Linux; https://freshrss.org)",
)
STATUSES = ((200, 70), (304, 22), (404, 5), (429, 2), (503, 1))
Request = tuple[datetime, str, str, int, str]


def requests(number: int, found: Counter[str]) -> Iterator[Request]:
    """Requests, the same ones each time; `found` counts the kinds of those that are served."""
    chance = random.Random(8)
    weights, status_weights = [each[1] for each in TARGETS], [each[1] for each in STATUSES]
    for place in range(number):
        [(target, _, kind)] = chance.choices(TARGETS, weights)
        [(status, _)] = chance.choices(STATUSES, status_weights)
        agent = chance.choice(AGENTS).format(chance.randrange(100, 140))
        path = target if target.startswith("/") else PREFIX + target
        address = f"198.51.{chance.randrange(256)}.{chance.randrange(256)}"
        if kind and status in (200, 304):
            found[kind] += 1
        at = START + timedelta(seconds=2 * place)
        yield at, address, path.format(chance.randrange(10_000)), status, agent


def combined(request: Request) -> str:
    at, address, path, status, agent = request
    return (
        f'{address} - - [{at:%d/%b/%Y:%H:%M:%S %z}] "GET {path} HTTP/1.1" {status} 1234'
        f' "https://example.org/" "{agent}"\n'
    )


def nginx(request: Request) -> str:
    at, _, path, status, agent = request
    fields = {"time_iso8601": at.isoformat(), "request_method": "GET", "request_uri": path}
    more = {"status": str(status), "body_bytes_sent": "1234", "http_user_agent": agent}
    return json.dumps(fields | more) + "\n"


def caddy(request: Request) -> str:
    at, address, path, status, agent = request
    headers = {"User-Agent": [agent], "Accept": ["*/*"], "Accept-Encoding": ["gzip, br"]}
    asked = {"remote_ip": address, "remote_port": "4711", "proto": "HTTP/2.0", "method": "GET"}
    asked |= {"host": "example.org", "uri": path, "headers": headers}
    line = {"level": "info", "ts": at.timestamp() + 0.25, "logger": "http.log.access.log0"}
    line |= {"msg": "handled request", "request": asked, "duration": 0.0004, "size": 1234}
    line |= {"status": status, "resp_headers": {"Content-Type": ["application/json"]}}
    return json.dumps(line) + "\n"


def hostile(number: int) -> Iterator[str]:
    chance = random.Random(9)
    for place in range(number):
        at = START + timedelta(seconds=2 * place)
        path = f"{PREFIX}findings/{chance.getrandbits(64):x}.html"
        yield combined((at, "198.51.100.7", path, 200, f"{chance.getrandbits(64):x} (X11; Linux)"))


def write_logs(root: Path, number: int) -> Counter[str]:
    """The logs; returns how many requests of each kind stand in all but the hostile one."""
    found: Counter[str] = Counter()
    with (
        (root / "combined").open("w", encoding="ascii") as first,
        gzip.open(root / "combined, gzip", "wt", encoding="ascii", compresslevel=1) as second,
        (root / "JSON of nginx").open("w", encoding="ascii") as third,
        (root / "JSON of Caddy").open("w", encoding="ascii") as fourth,
    ):
        for request in requests(number, found):
            line = combined(request)
            first.write(line)
            second.write(line)
            third.write(nginx(request))
            fourth.write(caddy(request))
    with (root / "hostile").open("w", encoding="ascii") as log:
        log.writelines(hostile(number))
    return found


def usage(root: Path, log: str) -> Measured:
    command = [sys.executable, "-m", "secstatus", "usage", str(root / log), "--root", str(root)]
    command += ["--prefix", PREFIX, "--format", "json"]
    environment = clean_environment(root, PYTHONPATH=str(GENERATOR))
    return run(command, environment, root, root / "log.txt")


def check(root: Path, number: int, expected: Counter[str]) -> None:
    """That every line was counted, as what it is."""
    result = json.loads((root / "log.txt").read_text(encoding="utf-8"))
    kinds = Counter({kind: count for kind, count in result["kinds"].items() if count})
    if result["lines"] != number or result["unreadable"] or kinds != expected:
        raise CouldNotRun(f"counted {dict(kinds)} in {result['lines']} lines")


def goaccess(root: Path) -> Measured:
    command = ["goaccess", str(root / "combined"), "--log-format=COMBINED", "--no-global-config"]
    command += ["-o", str(root / "peer.json")]
    return run(command, clean_environment(root), root, root / "log.txt")


def floor(root: Path) -> Measured:
    command = [sys.executable, "-c", FLOOR, str(root / "combined")]
    return run(command, clean_environment(root), root, root / "log.txt")


def rounds(root: Path, number: int, repeat: int) -> dict[str, list[Measured]]:
    expected = write_logs(root, number)
    forms = ("combined", "combined, gzip", "JSON of nginx", "JSON of Caddy")
    found: dict[str, list[Measured]] = {}
    for _ in range(repeat):
        for form in forms:
            found.setdefault(form, []).append(usage(root, form))
            check(root, number, expected)
        found.setdefault("hostile", []).append(usage(root, "hostile"))
        check(root, number, Counter(page=number))
        if shutil.which("goaccess"):
            found.setdefault("goaccess, combined", []).append(goaccess(root))
        found.setdefault("floor", []).append(floor(root))
    return found


def show(number: int, found: dict[str, list[Measured]]) -> None:
    print(
        "\n"
        + ROW.format(f"{number:,} lines", "wall s", "cpu s", "peak MiB", "x floor", "limit", "")
    )
    bare = median([one.wall for one in found["floor"]])
    for form, measured in found.items():
        wall, peak = median([one.wall for one in measured]), max(one.rss for one in measured)
        own = form not in ("floor", "goaccess, combined")
        seconds = SECONDS if own and form != "hostile" and number == MILLION else None
        limit = f"{seconds:g} s {MIB:.0f} MiB" if seconds else f"{MIB:.0f} MiB" if own else ""
        held = peak <= MIB and (seconds is None or wall <= seconds)
        cpu = median([one.cpu for one in measured])
        cells = (f"{wall:.3f}", f"{cpu:.3f}", f"{peak:.0f}", f"{wall / bare:.1f}")
        print(
            ROW.format(
                f"  {form}", *cells, limit, ("ok" if held else "over") if own else ""
            ).rstrip()
        )
    if "goaccess, combined" not in found:
        print("  goaccess is not installed (apt-get install goaccess), so there is no peer")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    parser.add_argument("--lines", type=int, default=MILLION, metavar="N")
    options = parser.parse_args()
    place = MEMORY if MEMORY.is_dir() and os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="secstatus-bench-", dir=place) as name:
        show(options.lines, rounds(Path(name), options.lines, options.repeat))
    return 0


if __name__ == "__main__":
    sys.exit(main())
