"""Measure publishing: `preflight`, `upload` and `verify` of a small release.

python bench/publish.py
python bench/publish.py --repeat 1

Each figure is of a whole process, `all` is their sum. The index is pypiserver on the loopback
interface, so that no figure depends on a network. The design allows five minutes for the whole
workflow; the limit leaves four of them for starting the jobs, installing the tools, and the real
network. The peer is what a release by hand needs: `python -m build` without isolation, then
`twine upload`.
"""

import argparse
import base64
import hashlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

from ingest import ROW, median
from process import CouldNotRun, Measured, clean_environment, run

ROOT = Path(__file__).resolve().parent.parent
LIMIT = 60.0
PASSWORD = "of-the-benchmark"
NOW = "2026-11-24T09:00:00Z"
STEPS = ("preflight", "upload", "verify")
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "benchmark-release"
version = "1.2.3"
description = "A release that is measured."
readme = "README.md"
requires-python = ">=3.11"
license = "MIT"

[tool.hatch.build.targets.wheel]
packages = ["src/benchmark_release"]

[tool.secstatus.preflight]
isolation = "no"
"""
STATUS = """\
{"last_updated": "2026-11-24T08:00:00Z", "scan_date": "2026-11-24T07:00:00Z", "findings": [],
 "vulnerability_summary": {"total": 0, "high": 0, "medium": 0, "low": 0}, "security_grade": "A",
 "days_since_last_vulnerability": 45, "remediation_status": "current", "schema_version": "1.0",
 "scans": [{"scanner": "pip-audit", "kind": "dependencies", "required": true,
            "scanned_at": "2026-11-24T07:00:00Z", "verdict": "complete", "audited": 3}]}
"""


def write_project(root: Path) -> None:
    """A repository with one commit, which has its tag."""
    files = {
        "pyproject.toml": PYPROJECT,
        "README.md": "# benchmark-release\n",
        "LICENSE": "MIT\n",
        ".gitignore": "/dist/\n/checksums/\n",
        "src/benchmark_release/__init__.py": '"""A release."""\n\n__version__ = "1.2.3"\n',
        "security/status/live-status.json": STATUS,
    }
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@example.org")
    for words in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        subprocess.run(["git", *who, *words], cwd=root, check=True, capture_output=True)
    subprocess.run(["git", "tag", "v1.2.3"], cwd=root, check=True)


@contextmanager
def index(place: Path) -> Iterator[tuple[str, Path]]:
    """A package index that accepts one user: its address, and the folder of its files."""
    program = Path(sys.executable).with_name("pypi-server")
    if not program.exists():
        raise CouldNotRun("pypiserver is not installed; run `make test` once")
    packages = place / "packages"
    packages.mkdir()
    digest = base64.b64encode(hashlib.sha1(PASSWORD.encode()).digest()).decode()
    (place / "users").write_text(f"me:{{SHA}}{digest}\n", encoding="ascii")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["run", "-i", "127.0.0.1", "-p", str(port), "-P", str(place / "users"), "-a", "update"]
    command = [str(program), *words, "--hash-algo", "sha256", str(packages)]
    null = subprocess.DEVNULL
    with subprocess.Popen(command, stdout=null, stderr=null) as server:
        try:
            url = f"http://127.0.0.1:{port}/"
            wait_for(f"{url}health")
            yield url, packages
        finally:
            server.terminate()


def wait_for(url: str) -> None:
    for _ in range(300):
        try:
            build_opener(ProxyHandler({})).open(url).close()
            return
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise CouldNotRun("the package index does not answer")


def publish(root: Path, url: str) -> dict[str, Measured]:
    """One release, with its figures by step."""
    more = {
        "preflight": ["--checksums", "checksums", "--tag"],
        "upload": ["--repository-url", url, "--index-url", f"{url}simple/"],
        "verify": ["--index-url", f"{url}simple/", "--timeout", "60"],
    }
    environment = environment_of(root.parent)
    found = {}
    for step in STEPS:
        command = [sys.executable, "-m", "secstatus", step, "--root", ".", "--now", NOW]
        found[step] = run([*command, *more[step]], environment, root, root.parent / "log.txt")
    return found


def by_hand(root: Path, url: str) -> Measured:
    """The peer: build and upload, and no check at all."""
    environment, log = environment_of(root.parent), root.parent / "log.txt"
    build = run([sys.executable, "-m", "build", "--no-isolation"], environment, root, log)
    files = [str(path) for path in (root / "dist").iterdir()]
    twine = [sys.executable, "-m", "twine", "upload", "--repository-url", url, *files]
    upload = run(twine, environment, root, log)
    return total([build, upload])


def total(measured: list[Measured]) -> Measured:
    cpu, rss = sum(one.cpu for one in measured), max(one.rss for one in measured)
    return Measured(sum(one.wall for one in measured), cpu, rss)


def environment_of(home: Path) -> dict[str, str]:
    return clean_environment(
        home,
        PYTHONPATH=str(ROOT / "generator"),
        TWINE_USERNAME="me",
        TWINE_PASSWORD=PASSWORD,
        PYTHON_KEYRING_BACKEND="keyring.backends.null.Keyring",
    )


def rounds(place: Path, repeat: int) -> dict[str, list[Measured]]:
    found: dict[str, list[Measured]] = {name: [] for name in (*STEPS, "all", "by hand")}
    with index(place) as (url, packages):
        for number in range(repeat):
            root = place / f"project-{number}"
            write_project(root)
            figures = publish(root, url)
            figures["all"] = total([*figures.values()])
            if len([*packages.iterdir()]) != 2:
                raise CouldNotRun("the index does not have the two files of the release")
            shutil.rmtree(root / "dist")
            for path in packages.iterdir():
                path.unlink()
            figures["by hand"] = by_hand(root, url)
            for path in packages.iterdir():
                path.unlink()
            for name, measured in figures.items():
                found[name].append(measured)
    return found


def show(found: dict[str, list[Measured]]) -> None:
    head = ("wall s", "cpu s", "peak MiB", "x by hand", "limit", "")
    print("\n" + ROW.format("one release, two files", *head))
    peer = median([one.wall for one in found["by hand"]])
    for name, measured in found.items():
        wall, peak = median([one.wall for one in measured]), max(one.rss for one in measured)
        cpu = median([one.cpu for one in measured])
        cells = (f"{wall:.3f}", f"{cpu:.3f}", f"{peak:.0f}", f"{wall / peer:.1f}")
        held = ("ok" if wall <= LIMIT else "over") if name == "all" else ""
        print(ROW.format(f"  {name}", *cells, f"{LIMIT:g} s" if held else "", held).rstrip())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=3, metavar="N")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="secstatus-bench-") as name:
            show(rounds(Path(name), options.repeat))
    except CouldNotRun as error:
        print(f"NOT MEASURED: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
