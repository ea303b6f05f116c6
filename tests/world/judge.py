"""Holds what was written against the truth. Every rule is one sentence of the specification."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.world.scanning import PROVING, SCANNERS

ORDER = "ABC?DF"
EMPTY = {
    "package": "",
    "rule": "",
    "aliases": (),
    "location": "",
    "reason": "",
}  # the ledger leaves it out
CLOSED = ("resolved", "withdrawn")
SLA = {"critical": 7, "high": 30, "unknown": 30, "medium": 90, "low": 180}


@dataclass
class Told:
    """What the reports have told of one true thing."""

    first: date
    scanners: set = field(default_factory=set)
    severities: set = field(default_factory=set)


class Judge:
    def __init__(self, world):
        self.world = world
        self.told = {}
        self.dates = {}
        self.wrong = []

    def hear(self, reports, today):
        for report in reports:
            for key in report.keys if not report.is_failed and report.fault != "stale" else ():
                told = self.told.setdefault(key, Told(today))
                told.scanners.add(report.scanner)
                if SCANNERS[report.scanner][3]:
                    told.severities.add(self._stated(key))

    def _stated(self, key):
        kind, name = key
        if kind == "code":
            return self.world.flaws[name][1].severity
        known = self.world.advisories[name]
        return "critical" if known.malware else known.severity

    def judge(self, week, today, grade, findings, delivered):
        """`delivered` are triples (scanner, fault, report or None); `findings` the ledger's."""
        self.week = week
        findings = [{**EMPTY, **each} for each in findings]
        entries = self._entries(findings)
        best = self._best_grade(today)
        if ORDER.index(grade) < ORDER.index(best):
            self._add("grade", f"{grade} where the true and reported findings allow {best}")
        bad = [name for name, _, report in delivered if report and report.is_failed]
        unproved = [name for name, fault, _ in delivered if name == "pip-audit" and fault]
        if grade in "ABC" and (bad or unproved):
            self._add("failed", f"{grade} beside {delivered_words(delivered)}")
        for key, rows in entries.items():
            self._state(key, rows)
        self._dates(findings, entries)
        if not any(fault for _, fault, _ in delivered):
            self._quiet(grade, entries)

    def _add(self, rule, text):
        self.wrong.append(f"week {self.week}: {rule}: {text}")

    def _entries(self, findings):
        """The findings of the ledger by the true thing that they are about."""
        found = {}
        for entry in findings:
            key = self.key_of(entry)
            if key is None:
                self._add("stranger", f"nothing true is behind {entry['finding_id']}")
            else:
                found.setdefault(key, []).append(entry)
        return found

    def key_of(self, entry):
        if entry.get("rule"):
            path = entry["location"].rpartition(":")[0] or entry["location"]
            return ("code", path)
        ids = {entry["finding_id"].split("@")[0], *entry["aliases"]}
        name = entry["package"].rpartition(":")[2]
        for known in self.world.advisories:
            own = {each for _, each in known.ids} | {str(70000 + known.number)}
            if (known.package == name and ids & own) or str(1170000 + known.number) in ids:
                return ("package", known.number)
        return self._npm_entry(name)

    def _npm_entry(self, name):
        """`npm audit` names an entry by its package alone."""
        known = [each for each in self.world.advisories if each.package == name]
        return ("package", known[0].number) if known and known[0].group == "npm" else None

    def _best_grade(self, today):
        """The best letter of policy 1 for what is true, told, and reaches users."""
        counts = dict.fromkeys(SLA, 0)
        late = set()
        for key, told in self.told.items():
            if not self.world.is_true(key) or self._is_development(key):
                continue
            word = self._mildest(key, told)
            counts[word] += 1
            if today > told.first + timedelta(days=SLA[word] + 1):
                late.add(word)
        return max(_ceilings(counts, late), key=ORDER.index)

    def _is_development(self, key):
        return key[0] == "package" and self.world.advisories[key[1]].group == "development"

    def _mildest(self, key, told):
        if key[0] == "package" and self.world.advisories[key[1]].malware:
            return "critical"
        words = ("low", "medium", "high", "critical")
        return min(told.severities, key=words.index) if told.severities else "unknown"

    def _state(self, key, rows):
        counting = [each for each in rows if each["state"] not in CLOSED]
        if not counting and not self.world.may_be_resolved(key):
            names = [f"{each['finding_id']} {each['state']}" for each in rows]
            what = "still true" if self.world.is_true(key) else "without a known fix"
            self._add("resolved", f"{key} is {what}: {names}")
        if key[0] == "code" and len(counting) > 1:
            self._add("twice", f"{[each['finding_id'] for each in counting]} are one flaw")

    def _dates(self, findings, entries):
        for entry in findings:
            name = entry["finding_id"], entry["package"]
            if self.dates.setdefault(name, entry["discovered"]) != entry["discovered"]:
                self._add("date", f"{name} moved to {entry['discovered']}")
        for key, rows in entries.items():
            # An alert may be in state fixed the first time that anybody hears of it.
            first = self.told[key].first.isoformat() if key in self.told else None
            if len(rows) == 1 and first and rows[0]["discovered"] > first:
                self._add("date", f"{rows[0]['finding_id']}: {rows[0]['discovered']}, told {first}")
        for name in self.dates.keys() - {(e["finding_id"], e["package"]) for e in findings}:
            self._add("lost", f"{name} is gone from the ledger")

    def _quiet(self, grade, entries):
        """A week in which every scanner looked at everything."""
        if grade == "?":
            self._add("quiet", "? although every scanner delivered")
        for key, told in self.told.items():
            rows = entries.get(key, [])
            counting = [each for each in rows if each["state"] not in CLOSED]
            if self.world.is_true(key) and not counting:
                self._add("hidden", f"{key} is nowhere")
            proved = told.scanners & set(PROVING) and self.world.may_be_resolved(key)
            if proved and counting:
                reason = counting[0]["reason"]
                self._add("red", f"{counting[0]['finding_id']} is {counting[0]['state']}: {reason}")


def _ceilings(counts, late):
    yield "A"
    middle = counts["medium"] + counts["unknown"]
    yield "F" if counts["critical"] else "A"
    if counts["high"]:
        yield "D" if counts["high"] > 2 or "high" in late else "C"
    if middle:
        yield "C" if middle > 5 or late & {"medium", "unknown"} else "B"
    if counts["low"] > 10 or "low" in late:
        yield "B"


def delivered_words(delivered):
    return ", ".join(f"{name} {fault}" for name, fault, _ in delivered if fault)
