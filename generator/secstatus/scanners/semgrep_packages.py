"""semgrep's findings of the supply chain: a package that is installed, and its advisory.

https://semgrep.dev/docs/semgrep-supply-chain. `sca_info` names the package, the rule's metadata the
advisory. One that semgrep calls unreachable is a finding too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from secstatus.findings.observation import Observation, SeverityClaim
from secstatus.scanners.ecosystems import qualify_name
from secstatus.scanners.inventories import inventory_key
from secstatus.scanners.lookup import at, distinct, first_text, line_at, list_at, text_at
from secstatus.scanners.reading import aliases_of, line_of, path_of, texts_of


def in_a_package(item: Mapping[str, Any], rule: str) -> Observation:
    """The finding by the advisory's id; by the rule's where no id is given."""
    metadata, match = (
        at(item, "extra", "metadata"),
        at(item, "extra", "sca_info", "dependency_match"),
    )
    found = at(match, "found_dependency")
    pattern = at(match, "dependency_pattern")
    name = first_text(at(found, "package"), at(pattern, "package"))
    word = first_text(at(found, "ecosystem"), at(pattern, "ecosystem"))
    ids = aliases_of(at(metadata, "sca-vuln-database-identifier"), "") or (rule,)
    lock_file = path_of(first_text(at(match, "lockfile"), item.get("path")))
    ignored = at(item, "extra", "is_ignored") is True
    return Observation(
        id=ids[0],
        aliases=ids[1:],
        package=qualify_name(line_of(name), word),
        version=line_at(found, "version"),
        severities=_claims(item),
        fix_versions=distinct(list(_fixes(metadata, name))),
        title=line_at(item, "extra", "message"),
        description=text_at(item, "extra", "message"),
        location=lock_file,
        references=texts_of(list_at(metadata, "references")),
        suppressed="a nosemgrep comment" if ignored else "",
    )


def _claims(item: Mapping[str, Any]) -> tuple[SeverityClaim, ...]:
    """That of the advisory; the rule's only where there is none."""
    stated = text_at(item, "extra", "metadata", "sca-severity")
    word = stated or text_at(item, "extra", "severity")
    return (SeverityClaim("word", "semgrep", word),) if word else ()


def _fixes(metadata: Any, name: str) -> Iterator[str]:
    """`[{"jinja2": "3.1.5"}]`, of this package."""
    for fix in list_at(metadata, "sca-fix-versions"):
        for package, version in fix.items() if isinstance(fix, dict) else ():
            if inventory_key(package) == inventory_key(name):
                yield from texts_of(version)
