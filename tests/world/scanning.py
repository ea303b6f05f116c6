"""What the scanners of a world deliver each week, and what can go wrong with it."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.second_day import code_reports as code
from tests.second_day import dependency_reports as dependencies
from tests.second_day import package_reports as packages
from tests.second_day import sarif_reports as sarifs
from tests.second_day import statement_reports as statements
from tests.second_day.seen import Seen
from tests.world.truth import FILES

# Scanner → file, builder, the groups of packages that it looks at, whether it says the severity.
SCANNERS = {
    "pip-audit": ("pip-audit.json", dependencies.pip_audit, ("runtime",), False),
    "grype": ("grype.json", dependencies.grype, ("runtime", "development"), True),
    "safety": ("safety.json", packages.safety_check, ("runtime",), True),
    "npm-audit": ("npm-audit.json", packages.npm_audit, ("npm",), True),
    "dependabot": ("dependabot.json", statements.dependabot, ("runtime", "development"), True),
    "openvex": ("openvex.json", statements.openvex, ("runtime",), False),
    "vdr": ("bom-vdr.json", statements.vdr, ("runtime",), True),
    "bandit": ("bandit.json", code.bandit, (), True),
    "semgrep": ("semgrep.json", code.semgrep, (), True),
    "lint": ("lint.sarif", sarifs.lint, (), True),
    "gitleaks": ("gitleaks.json", code.gitleaks, (), True),
}
# Who can prove that something is gone, and who says in its report when it was made.
PROVING = ("pip-audit", "safety", "bandit", "semgrep", "lint")
DATED = ("grype", "safety", "bandit", "lint")
ALERTS = ("dependabot", "openvex", "vdr")
FAULTS = ("crash", "cut", "skip", "elsewhere", "stale", "missed")
OTHER_PACKAGES = {"pierhead": "1.0.0", "sextant": "2.0.0", "windlass": "1.4.0"}
OTHER_FILES = ("other/one.py", "other/two.py")
BAD_GATEWAY = "<!DOCTYPE html><html><title>502 Bad Gateway</title></html>"


@dataclass(frozen=True)
class Report:
    """A report as the judge knows it. `keys` are the findings that it names, `fault` is '' or one."""

    scanner: str
    file: str
    text: str
    fault: str = ""
    keys: frozenset = field(default_factory=frozenset)

    @property
    def is_failed(self):
        return self.fault in ("crash", "cut")


def look(world, scanner, at):
    """What an honest scanner sees: the Seen, and the keys of what is in it."""
    _, _, groups, _ = SCANNERS[scanner]
    if not groups:
        flaws = [flaw for tool, flaw in world.flaws.values() if tool == scanner]
        keys = frozenset(("code", each.path) for each in flaws)
        return Seen(at, files=FILES, flaws=tuple(flaws)), keys
    groups = [each for each in groups if each != "development" or world.locked]
    packages = {
        name: f"{version}.0.0"
        for group in groups
        for name, version in world.packages[group].items()
    }
    known = [each for each in world.true_advisories() if each.group in groups]
    known = [each for each in known if _lists(scanner, each.ids_in(world.week))]
    found = [
        each.as_advisory(world.packages[each.group][each.package], world.week) for each in known
    ]
    if scanner in ALERTS:
        found += _closed(world, groups, scanner)
    keys = frozenset(("package", each.number) for each in known)
    return Seen(at, packages, tuple(found)), keys


def _lists(scanner, ids):
    """safety knows CVEs, GitHub its own ids; the others take any."""
    wanted = {"safety": "CVE-", "dependabot": "GHSA-", "npm-audit": "GHSA-"}.get(scanner, "")
    return any(each.startswith(wanted) for each in ids)


def _closed(world, groups, scanner):
    """Alerts and statements stay after the fix, and say so."""
    mended = [
        each
        for each in world.advisories
        if each.group in groups
        and each.fixed
        and not world.is_true(("package", each.number))
        and _lists(scanner, each.ids_in(world.week))
    ]
    return [each.as_advisory(each.last, world.week, "fixed") for each in mended]


def make_report(world, scanner, at, fault, before):
    """The report of a scanner in this week; None when it delivers nothing."""
    file, build, _, _ = SCANNERS[scanner]
    seen, keys = look(world, scanner, at)
    if fault == "missed":
        return None
    if fault == "stale":
        return replace(before, fault=fault)
    if fault == "elsewhere":
        seen = _elsewhere(seen)
        return Report(scanner, file, _text(build(seen)), fault)
    document = build(seen)
    if fault == "skip":
        document, keys = _skipping(scanner, document, seen, world)
    text = _text(document)
    if fault == "crash":
        return Report(scanner, file, world.random.choice(("", BAD_GATEWAY)), fault)
    if fault == "cut":
        return Report(scanner, file, text[: len(text) // 2], fault)
    return Report(scanner, file, text, fault, keys)


def _text(document):
    return json.dumps(document, indent=1)


def _elsewhere(seen):
    """Another folder, in which there is nothing to be found."""
    if seen.packages:
        return replace(seen, packages=OTHER_PACKAGES, advisories=())
    return replace(seen, files=OTHER_FILES, flaws=())


def _skipping(scanner, document, seen, world):
    """The first package or file is not examined, and the report says so."""
    if scanner == "pip-audit":
        name = document["dependencies"][0]["name"]
        document["dependencies"][0] = {"name": name, "skip_reason": "not found on PyPI"}
        return document, _without(world, seen, name)
    path = FILES[0]
    if scanner == "semgrep":
        document["paths"]["scanned"].remove(path)
        document["paths"]["skipped"].append({"path": path, "reason": "exceeded_size_limit"})
        document["results"] = [each for each in document["results"] if each["path"] != path]
    if scanner == "bandit":
        del document["metrics"][path]
        document["errors"].append({"filename": path, "reason": "syntax error"})
        document["results"] = [each for each in document["results"] if each["filename"] != path]
    keys = frozenset(("code", each.path) for each in seen.flaws if each.path != path)
    return document, keys


def _without(world, seen, name):
    listed = {each.package for each in seen.advisories} - {name}
    true = [each for each in world.true_advisories() if each.group == "runtime"]
    return frozenset(("package", each.number) for each in true if each.package in listed)


def possible_faults(scanner):
    """`skip` needs a format with a word for it, `stale` one that says when it was made."""
    able = {"skip": ("pip-audit", "semgrep", "bandit"), "stale": DATED}
    # Alerts and statements are no scan of a folder.
    able["elsewhere"] = tuple(each for each in SCANNERS if each not in ALERTS)
    return [each for each in FAULTS if scanner in able.get(each, SCANNERS)]


def deliver(world, scanners, at, before):
    """Scanner, fault and report; `before` are the honest ones of the week before, by scanner."""
    found = []
    for number, scanner in enumerate(scanners):
        faulty = world.random.random() < 0.09 and world.week > 0
        fault = world.random.choice(possible_faults(scanner)) if faulty else ""
        if fault == "stale" and scanner not in before:
            fault = ""
        # The scanners of a job run one after the other.
        made_at = at + timedelta(minutes=number)
        found.append(
            (scanner, fault, make_report(world, scanner, made_at, fault, before.get(scanner)))
        )
    return found
