"""What a scanner saw: the input of every report that these tests write."""

from dataclasses import dataclass, field
from datetime import datetime

OLDER, NEWER = "1.4.2", "2.0.0"
SCORES = {"critical": "9.8", "high": "8.1", "medium": "5.3", "low": "3.1"}
VECTORS = {
    "critical": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "high": "CVSS:3.1/AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:H",
    "medium": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N",
    "low": "CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N",
}


@dataclass(frozen=True)
class Advisory:
    """An advisory about one version of a package; `ids[0]` is the id that scanners list.

    `closed` is what the source itself says of one that is not open any more (`fixed`). `number` is
    the one that safety gives it.
    """

    package: str
    version: str
    ids: tuple[str, ...]
    severity: str = "high"
    fixed: str = ""
    last_affected: str = ""
    closed: str = ""
    scope: str = "runtime"
    number: int = 71064

    @property
    def summary(self):
        return f"A template of {self.package} reaches attributes outside of the sandbox."

    @property
    def ghsa(self):
        return next((each for each in self.ids if each.startswith("GHSA-")), "")

    @property
    def cve(self):
        return next((each for each in self.ids if each.startswith("CVE-")), "")


@dataclass(frozen=True)
class Flaw:
    """A line of code, or of a configuration, that a rule objects to."""

    path: str
    line: int
    code: str
    rule: str = "B602"
    severity: str = "high"
    closed: str = ""


@dataclass(frozen=True)
class Seen:
    """One look at a project: the target of the scan, and what is wrong in it.

    `root` is put before every path (`/builds/acme/lantern/`); `tool` is the scanner's version;
    `manifest` the file from which packages were read.
    """

    at: datetime
    packages: dict[str, str] = field(default_factory=dict)
    advisories: tuple[Advisory, ...] = ()
    files: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()
    root: str = ""
    tool: str = OLDER
    manifest: str = "requirements.txt"

    @property
    def stamp(self):
        return f"{self.at:%Y-%m-%dT%H:%M:%SZ}"

    def path(self, name):
        return self.root + name

    def uri(self, name):
        return f"file://{self.root}{name}" if self.root else name
