"""Lines of a text with their ends, so that what is not touched stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

BOM = "\ufeff"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z")


def split_keeping_ends(text: str) -> list[str]:
    """The lines, each with its own end; joined they are the text."""
    return _LINE.findall(text)


def end_of(lines: list[str]) -> str:
    """The line end of the text, a line feed where it has none yet."""
    first = lines[0] if lines else ""
    return first[len(first.rstrip("\r\n")) :] or "\n"


SITE_FOLDER = "_site/"
JOURNAL = "journal.jsonl"
POLICY = "SECURITY.md"
_POLICIES = ("security.md", "security.rst", "security.txt", "security")
_POLICY_FOLDERS = ("", ".github", "docs")


def has_policy(paths: Sequence[str]) -> bool:
    """Whether there is a security policy where GitHub searches for one."""
    for path in paths:
        folder, _, name = path.rpartition("/")
        if name.lower() in _POLICIES and folder.lower() in _POLICY_FOLDERS:
            return True
    return False


def policy(package: str, repository: str, site_url: str) -> str:
    """The text of a SECURITY.md. It promises nothing that only the maintainers can promise."""
    return f"""# Security policy

## Reporting a vulnerability

Please report a vulnerability of {package} in private and not in a public issue:
<https://github.com/{repository}/security/advisories/new>.

Name the affected version, the effect of an attack, and the steps to reproduce it. Please allow time
for a fixed version before you publish it.

## Known vulnerabilities

What is known about {package} and about what it depends on, with the date of the last scan, is at
<{site_url}>.
"""


def needs_keep_file(paths: Sequence[str], folder: str) -> bool:
    """Whether the folder has to be kept by an empty file: scanners do not make it."""
    return not any(path.startswith(f"{folder}/") for path in paths)


def with_site_ignored(text: str) -> str:
    """The .gitignore with a line for the built site at its end, where it has none yet."""
    names = {line.strip().strip("/") for line in split_keeping_ends(text)}
    return text if SITE_FOLDER.strip("/") in names else _with_line(text, SITE_FOLDER)


def with_union_merge(text: str) -> str:
    """The .gitattributes beside the journal: lines that two jobs have added are both kept.

    A line that sets something else for the journal is intended, and stays.
    """
    said = any(line.split()[:1] == [JOURNAL] for line in split_keeping_ends(text))
    return text if said else _with_line(text, f"{JOURNAL} merge=union")


def _with_line(text: str, line: str) -> str:
    end = end_of(split_keeping_ends(text))
    gap = "" if not text or text.endswith(("\n", "\r")) else end
    return f"{text}{gap}{line}{end}"
