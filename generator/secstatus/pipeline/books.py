"""The files that an ingest keeps: status, ledger, findings document and plans, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from secstatus.adapters.files import read_if_there
from secstatus.adapters.transaction import recover
from secstatus.config import Config
from secstatus.findings.document import FindingsDocument, read_findings_document
from secstatus.findings.ledger import Ledger
from secstatus.findings.ledger_file import read_ledger
from secstatus.findings.plan import Plan
from secstatus.findings.plans import read_plans
from secstatus.pipeline.inputs import journal_folder
from secstatus.status.adoption import backfill_ledger
from secstatus.status.document import StatusDocument
from secstatus.status.status_file import read_status


@dataclass(frozen=True, slots=True)
class SecurityFiles:
    """What is there now. Texts are None, and the ledger empty, where there is no such file.

    `was_adopted`: the ledger has taken over what only the other files knew.
    """

    status: StatusDocument | None
    ledger: Ledger
    document: str | None
    parsed: FindingsDocument | None
    plans_text: str | None
    plans: Mapping[str, Plan]
    was_adopted: bool = False


def read_books(root: Path, config: Config, now: datetime) -> SecurityFiles:
    """Read them all. Raises InputError for the first that cannot be read; nothing is changed.

    A change that an interrupted run had decided is carried out first.
    """
    recover(root, journal_folder(config))
    status = _status(root, config, now)
    document = read_if_there(root / config.findings_document, config.findings_document)
    parsed = read_findings_document(document, config.findings_document) if document else None
    plans_text = read_if_there(root / config.plans, config.plans)
    plans = read_plans(plans_text, config.plans).plans if plans_text else {}
    text = read_if_there(root / config.ledger, config.ledger)
    known = Ledger() if text is None else read_ledger(text, config.ledger)
    ledger = backfill_ledger(known, status, parsed)
    was_adopted = ledger is not known or (text is None and status is not None)
    return SecurityFiles(status, ledger, document, parsed, plans_text, plans, was_adopted)


def _status(root: Path, config: Config, now: datetime) -> StatusDocument | None:
    for name in config.status_paths:
        if (text := read_if_there(root / name, name)) is not None:
            return read_status(text, name, now)[0]
    return None
