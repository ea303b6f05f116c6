"""The id that a finding keeps."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from secstatus.findings.observation import ScanKind
from secstatus.findings.run import Occurrence
from secstatus.findings.texts import LONGEST_ID, split_place

_PREFERRED = ("PYSEC-", "GHSA-", "CVE-")
# What an id may hold, so that it can stand in a heading, a file name and an address.
_ODD = re.compile(r"[^\w.+@-]+")


def clean_id_part(text: str) -> str:
    """A part of an id as ids hold it: `zizmor/artipacked` becomes `zizmor_artipacked`."""
    return _ODD.sub("_", text)


@dataclass(frozen=True, slots=True)
class CodeIdParts:
    """What the id of a finding in code is made of; the rule as ids hold it."""

    rule: str
    file: str
    line: int


# `BANDIT-B105-core.py-42`: scanner, rule, file, line; a number where that was given already.
_CODE_ID = re.compile(r"[A-Z]+(?:-[A-Z]+)*-(?P<rule>[\w.]+)-(?P<file>.+)-(?P<line>\d{1,9})")


def parse_code_id(finding_id: str, scanner: str, file: str) -> CodeIdParts | None:
    """Takes an id of `CodeIds` apart; None for any other.

    `scanner` and `file` are those of the finding, where they are known: rules and file names hold
    dashes and digits too, and nothing else tells where one ends.
    """
    name = re.escape(clean_id_part(file))
    known = re.fullmatch(rf"(?P<head>.+)-{name}-(?P<line>\d{{1,9}})(?:-\d+)?", finding_id)
    if file and known:
        head = known["head"]
        prefixes = (f"{clean_id_part(scanner).upper()}-", "SECRET-")
        prefix = next((each for each in prefixes if head.startswith(each)), "")
        rule = head[len(prefix) :] if prefix else head.partition("-")[2]
        return CodeIdParts(rule, file, int(known["line"])) if rule else None
    match = _CODE_ID.fullmatch(finding_id)
    return CodeIdParts(match["rule"], match["file"], int(match["line"])) if match else None


def preference(advisory_id: str) -> tuple[int, str, str]:
    """Sorts the ids of one advisory: PYSEC, GHSA, CVE, any other; then by text.

    Scanners change the one that they put first when an alias is added upstream.
    """
    upper = advisory_id.upper()
    ranks = (rank for rank, prefix in enumerate(_PREFERRED) if upper.startswith(prefix))
    return next(ranks, len(_PREFERRED)), upper, advisory_id


class CodeIds:
    """Ids for code findings, each one given once; `taken` are the ids that exist."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {name.casefold() for name in taken}
        self._numbers: dict[str, int] = {}

    def new(self, sighting: Occurrence) -> str:
        """`BANDIT-B105-core.py-42`: the scanner (or SECRET), the rule, the file name, the line."""
        base = _base(sighting)
        number = self._numbers.get(base, 1)
        name = base
        while name.casefold() in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._numbers[base] = number
        self._taken.add(name.casefold())
        return name


def _base(sighting: Occurrence) -> str:
    seen = sighting.observation
    path, line = split_place(seen.location)
    secret = sighting.kind is ScanKind.SECRETS
    parts = ["SECRET" if secret else sighting.scanner.upper(), seen.id]
    parts += [file_name] if (file_name := path.rpartition("/")[2]) else []
    parts += [str(line)] if line else []
    name = "-".join(clean_id_part(part) for part in parts)
    room = LONGEST_ID - len("-1000000")
    if len(name) <= room:
        return name
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:16]
    return f"{name[: room - 17]}-{digest}"
