"""Projects with synthetic findings: the same number always gives the same bytes.

python bench/data.py DIR --findings 5000     write a project root
python bench/data.py DIR --change MARKER     change one finding's description in place
"""

import argparse
import json
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

Finding = dict[str, Any]

NOW = "2025-11-03T12:00:00Z"
SCANNED = "2025-11-03T06:00:00Z"
TODAY = date(2025, 11, 3)
BASE_URL = "https://example.org/security-status/"
STATUS = Path("security/status/live-status.json")
SEVERITIES = ("critical", "high", "medium", "low", "info", "unknown")
WEIGHTS = (5, 22, 48, 18, 2, 5)

# Lengths in characters at every tenth of the PyPI advisory database's descriptions.
LENGTHS = (60, 110, 190, 250, 340, 400, 460, 590, 780, 960, 1500)
# About one advisory in six comes from GitHub's form, with its headings.
RICH_SHARE = 1 / 6

GHSA_ALPHABET = "23456789cfghjmpqrvwx"
FIRST = (
    "amber",
    "birch",
    "cedar",
    "delta",
    "ember",
    "fable",
    "grove",
    "hazel",
    "ivory",
    "jasper",
    "kite",
    "lumen",
    "maple",
    "north",
)
SECOND = (
    "auth",
    "cache",
    "client",
    "codec",
    "config",
    "crypt",
    "forms",
    "http",
    "image",
    "json",
    "mail",
    "parser",
    "queue",
    "xml",
)
ACTORS = (
    "A remote attacker",
    "An authenticated user",
    "A malicious server",
    "Anyone who controls the input",
    "A local process",
)
DEEDS = (
    "can read files outside the intended folder",
    "can exhaust memory with a small request",
    "can run a command on the host",
    "can forge a session of another account",
    "can bypass the check of the host name",
    "can place a link that leaves the archive",
    "can inject a header into the response",
    "can make a regular expression run for minutes",
)
CAUSES = (
    "because a length is trusted before it is compared with the buffer",
    "because the path is joined before it is normalised",
    "because redirects keep the credentials of the first host",
    "because the cache key leaves out the query",
    "because the signature is compared byte by byte",
    "because entities are expanded without a limit",
)
ADVICE = (
    "Deployments behind a proxy that limits the size of a body are less exposed.",
    "The default settings are affected.",
    "Only installations with the optional extension are affected.",
    "Logs of an attempt show repeated requests for the same resource.",
    "The flaw was found by a fuzzer and confirmed on three platforms.",
    "No report of exploitation is known.",
)


def findings(count: int) -> list[Finding]:
    """`count` findings, each with its own identifier and aliases."""
    random = Random(count)
    return [_finding(random, number) for number in range(count)]


def status(count: int) -> dict[str, Any]:
    """A status file whose counts, grade and dates agree with its findings."""
    found = findings(count)
    severities = [finding["severity"] for finding in found]
    return {
        "last_updated": SCANNED,
        "scan_date": SCANNED,
        "schema_version": "1.0",
        "revision": 1,
        "vulnerability_summary": {
            "total": count,
            **{severity: severities.count(severity) for severity in SEVERITIES},
        },
        "findings": found,
        "scans": [_scan()],
        "security_grade": "F" if found else "A",
        "days_since_last_vulnerability": 0,
        "remediation_status": "pending" if found else "current",
    }


def write_project(root: Path, count: int) -> None:
    """Write what a build reads: the status file and the configuration."""
    _write_status(root, status(count))
    (root / "pyproject.toml").write_text(
        '[project]\nname = "benchmark"\nversion = "1.0.0"\n\n'
        f'[tool.secstatus]\nbase_url = "{BASE_URL}"\n',
        encoding="utf-8",
    )


def read_status(root: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((root / STATUS).read_text(encoding="utf-8"))
    return document


def changed_index(count: int) -> int:
    """Which finding `change_one` changes: the middle one."""
    return count // 2


def change_one(root: Path, marker: str) -> None:
    """Append a sentence that ends in `marker` to one description; nothing else differs."""
    document = read_status(root)
    finding = document["findings"][changed_index(len(document["findings"]))]
    finding["description"] += f"\n\nThis text was revised: {marker}"
    _write_status(root, document)


def _write_status(root: Path, document: dict[str, Any]) -> None:
    path = root / STATUS
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def _scan() -> dict[str, Any]:
    return {
        "scanner": "pip-audit",
        "kind": "dependencies",
        "verdict": "complete",
        "scanned_at": SCANNED,
        "audited": 120,
        "required": True,
        "tool_version": "2.9.0",
    }


def _finding(random: Random, number: int) -> Finding:
    identifier = f"PYSEC-2024-{number:06d}"
    package = f"{random.choice(FIRST)}-{random.choice(SECOND)}"
    fixed = random.random() < 0.8
    # Within a week of the scan, so that no finding is overdue and "pending" holds.
    age = random.randint(0, 6)
    return {
        "finding_id": identifier,
        "package": package,
        "version": f"{random.randint(0, 9)}.{random.randint(0, 19)}.{random.randint(0, 9)}",
        # The first is critical at every size, so that the grade is always F.
        "severity": random.choices(SEVERITIES, WEIGHTS)[0] if number else "critical",
        "discovered_date": (TODAY - timedelta(days=age)).isoformat(),
        "days_since_discovery": age,
        "description": _description(random, package),
        "fix_available": fixed,
        "fix_version": f"{random.randint(10, 12)}.{random.randint(0, 9)}.0" if fixed else None,
        "reference_url": f"https://osv.dev/vulnerability/{identifier}",
        "aliases": [f"CVE-2024-{100000 + number}", _ghsa(number)],
        "source": "pip-audit",
    }


def _ghsa(number: int) -> str:
    # Multiplying by a number prime to 20**12 scatters the identifiers and keeps them distinct.
    rest = (number + 1) * 2_718_281_828_459 % 20**12
    letters = []
    for _ in range(12):
        rest, digit = divmod(rest, 20)
        letters.append(GHSA_ALPHABET[digit])
    text = "".join(letters)
    return f"GHSA-{text[:4]}-{text[4:8]}-{text[8:]}"


def _description(random: Random, package: str) -> str:
    if random.random() < RICH_SHARE:
        return _form(random, package)
    low, high = random.choice(list(pairwise(LENGTHS)))
    return _prose(random, package, random.randint(low, high))


def _prose(random: Random, package: str, length: int) -> str:
    sentences: list[str] = []
    written = 0
    while written < length:
        sentences.append(_sentence(random, package))
        written += len(sentences[-1]) + 1
    return " ".join(sentences)


def _sentence(random: Random, package: str) -> str:
    module = f"{package.replace('-', '_')}.{random.choice(SECOND)}"
    match random.randrange(10):
        case 0:
            line = random.randint(10, 900)
            url = f"https://example.org/{package}/blob/main/{module.replace('.', '/')}.py#L{line}"
            return f"The [implementation of `{module}`]({url}) does not validate its arguments."
        case 1:
            return (
                f"Upgrade **{package}** to {random.randint(2, 9)}.{random.randint(0, 9)} or later."
            )
        case 2 | 3:
            return random.choice(ADVICE)
        case 4 | 5:
            where = f"in `{module}.{random.choice(FIRST)}_{random.choice(SECOND)}`"
            return f"{random.choice(ACTORS)} {random.choice(DEEDS)} {where}."
        case _:
            return f"{random.choice(ACTORS)} {random.choice(DEEDS)} {random.choice(CAUSES)}."


def _form(random: Random, package: str) -> str:
    module = package.replace("-", "_")
    steps = "\n".join(f"- {_sentence(random, package)}" for _ in range(random.randint(2, 5)))
    return (
        f"### Summary\n{_prose(random, package, random.randint(120, 500))}\n\n"
        f"### Impact\n{_prose(random, package, random.randint(100, 400))}\n\n"
        f"### Proof of concept\n```python\nimport {module}\n\n"
        f'payload = "A" * {random.randint(1, 99)}_000\n'
        f"{module}.{random.choice(SECOND)}(payload)  # <script> is text here\n```\n\n"
        f"### Workarounds\n{steps}\n\n"
        "### References\n"
        f"1. <https://example.org/advisories/{random.randint(1000, 9999)}>\n"
        f"2. https://example.org/{package}/pull/{random.randint(1, 9999)}\n"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("root", type=Path)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--findings", type=int, metavar="N")
    what.add_argument("--change", metavar="MARKER")
    args = parser.parse_args()
    if args.change is None:
        write_project(args.root, args.findings)
    else:
        change_one(args.root, args.change)


if __name__ == "__main__":
    main()
