"""What is true of the project in each week: dependencies, advisories, flaws. All from a seed."""

import random
from dataclasses import dataclass, replace

from tests.second_day.seen import Advisory, Flaw

RUNTIME = ("anchorlib", "brine-pump", "coralyaml", "driftnet", "eelgrass", "gullwing")
DECLARED = RUNTIME[:4]
DEVELOPMENT = ("mooring", "quayside", "reefcheck")
NPM = ("harbor-ui", "left-buoy", "tide-clock")
CODE_TOOLS = ("bandit", "semgrep", "lint", "gitleaks")
FILES = tuple(f"src/lantern/part_{number:02}.py" for number in range(24))
SEVERITIES = ("critical", "high", "medium", "low")
GROUPS = ("runtime", "development", "npm")


@dataclass(frozen=True)
class Known:
    """An advisory: major versions up to `last` are affected; `fixed` says whether a fix exists.

    Without a fix it is `bounded` (`last_affected`), or every version is affected. Every id is known
    from its week on.
    """

    number: int
    group: str
    package: str
    last: int
    severity: str
    week: int
    ids: tuple[tuple[int, str], ...]
    fixed: bool = True
    bounded: bool = True
    malware: bool = False

    def ids_in(self, week):
        return tuple(name for since, name in self.ids if since <= week)

    def affects(self, version):
        return version <= self.last or not (self.fixed or self.bounded)

    def as_advisory(self, version, week, closed=""):
        fix = f"{self.last + 1}.0.0" if self.fixed else ""
        bound = f"{self.last}.0.0" if self.bounded and not self.fixed else ""
        return Advisory(
            self.package,
            f"{version}.0.0",
            self.ids_in(week),
            self.severity,
            fix,
            bound,
            closed,
            "development" if self.group == "development" else "runtime",
            70000 + self.number,
        )


class World:
    """The truth. Packages have whole versions (3 is 3.0.0), and only ever go up or away."""

    def __init__(self, seed, *, locked):
        self.random = random.Random(f"world {seed}")
        self.locked = locked
        self.week = -1
        names = zip(GROUPS, (RUNTIME, DEVELOPMENT, NPM), strict=True)
        self.packages = {
            group: {name: self.random.randint(1, 3) for name in listed} for group, listed in names
        }
        self.advisories = []
        self.flaws = {}
        self.unused = list(FILES)

    def step(self):
        """A week passes."""
        self.week += 1
        if self.random.random() < 0.4:
            self.advisories.append(self._advisory())
        for known in self.true_advisories():
            self._answer(known)
        if self.random.random() < 0.03 and "gullwing" in self.packages["runtime"]:
            del self.packages["runtime"]["gullwing"]
        if self.unused and self.random.random() < 0.3:
            self._flaw()
        for path in [path for path in self.flaws if self.random.random() < 0.12]:
            del self.flaws[path]
        for path, (tool, flaw) in list(self.flaws.items()):
            if self.random.random() < 0.1:
                self.flaws[path] = tool, replace(flaw, line=flaw.line + self.random.randint(1, 5))

    def _advisory(self):
        chance, number, week = self.random, len(self.advisories), self.week
        group = chance.choices(GROUPS, (6, 2, 2))[0]
        taken = [each.package for each in self.advisories if each.group == "npm"]
        free = sorted(self.packages[group].keys() - taken)  # npm audit tells a package once
        group, free = (group, free) if free else ("runtime", sorted(self.packages["runtime"]))
        package = chance.choice(free)
        last = self.packages[group][package] + chance.randint(0, 1)
        kind = chance.choices(("fixed", "bounded", "open"), (7, 2, 1))[0]
        severity = chance.choices(SEVERITIES, (1, 2, 5, 4))[0]
        ghsa = f"GHSA-{number:04}-{week + 2000}-x{number:03}"
        ids = ((week, ghsa), (week + chance.choice((0, 0, 2, 5)), f"CVE-2026-{41000 + number}"))
        malware = chance.random() < 0.06
        if malware:
            ids = ((week, f"MAL-2026-{700 + number}"),)
        bounds = {"fixed": kind == "fixed", "bounded": kind != "open"}
        return Known(number, group, package, last, severity, week, ids, malware=malware, **bounds)

    def _answer(self, known):
        """People upgrade, sooner where there is a fix."""
        chance = 0.35 if known.fixed else 0.06
        if known.bounded and self.random.random() < chance:
            self.packages[known.group][known.package] = known.last + 1

    def _flaw(self):
        path = self.unused.pop(0)
        number = int(path[-5:-3])
        code = f"subprocess.call(command_{number}, shell=True)"
        tool = self.random.choice(CODE_TOOLS)
        severity = "high" if tool == "gitleaks" else self.random.choice(SEVERITIES[1:])
        if tool == "semgrep" and severity == "critical":
            severity = "high"
        self.flaws[path] = tool, Flaw(path, self.random.randint(10, 30), code, severity=severity)

    def true_advisories(self):
        found = []
        for each in self.advisories:
            version = self.packages[each.group].get(each.package)
            if version is not None and each.affects(version):
                found.append(each)
        return found

    def is_true(self, key):
        kind, name = key
        if kind == "code":
            return name in self.flaws
        return any(each.number == name for each in self.true_advisories())

    def may_be_resolved(self, key):
        """Not true any more, and somebody can know it: there is a fix, or no such package."""
        kind, name = key
        if kind == "code" or self.is_true(key):
            return not self.is_true(key)
        known = self.advisories[name]
        return known.fixed or known.package not in self.packages[known.group]
