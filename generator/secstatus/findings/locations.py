"""Locations relative to the checkout: reports name files by the paths of the machine that scanned.

An absolute path would make every finding new on the next machine, and tells readers of a public
page how that machine is laid out. Only the part below the checkout is kept.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from secstatus.findings.observation import Observation, ScanReport, Skipped

# Where CI services and containers keep a checkout; `+` of GitLab's groups is any depth.
_CHECKOUTS = re.compile(
    r"(?:/home/runner/work|/Users/runner/work|/__w|[A-Za-z]:/a)/[^/]+/[^/]+/"
    r"|/github/workspace/|/(?:[^/]+/){0,6}_work/\d+/s/|[A-Za-z]:/(?:[^/]+/){0,6}_work/\d+/s/"
    r"|/home/circleci/project/|/bitbucket/pipelines/agent/build/|/workspaces/[^/]+/"
    r"|/(?:workspace|app|code|src|work|repo|project)/"
)
# Folders that stand at the top of a repository, where nothing better tells where it begins.
_TOP = frozenset(
    {".github", "bin", "docs", "examples", "lib", "scripts", "src", "test", "tests", "tools"}
)
# A shorter one (`/a/`) would be cut out of words in descriptions.
_SHORTEST_PREFIX = 4


@dataclass(slots=True)
class LocationResolver:
    """Makes paths relative to the checkout.

    `root` is the checkout that the report names. `files` are the tracked files (None: not known),
    `known` the paths that the ledger has, `names` what the folder of a checkout may be called.
    `prefixes` collects what was cut off, for texts that repeat it.
    """

    root: str = ""
    files: Iterable[str] | None = None
    known: Iterable[str] = ()
    names: frozenset[str] = frozenset()
    prefixes: set[str] = field(default_factory=set)
    _cache: dict[str, str] = field(default_factory=dict)
    _by_name: dict[str, list[str]] | None = None

    def resolve(self, path: str) -> str:
        """The path relative to the checkout, with forward slashes; never absolute."""
        found = self._cache.get(path)
        if found is None:
            found = self._cache[path] = self._resolve(path)
        return found

    def _resolve(self, path: str) -> str:
        plain = split_scheme(path)
        if is_absolute(plain):
            found = self._below_root(plain) or self._guess(plain)
            if len(prefix := plain[: len(plain) - len(found)]) >= _SHORTEST_PREFIX:
                self.prefixes.add(prefix)
            return found
        if plain.startswith("../") or self.files is not None:
            return self._inside(plain)
        return plain

    def _below_root(self, path: str) -> str:
        """The part below the checkout that the report names; a wrong root is no root."""
        root = split_scheme(self.root).rstrip("/")
        inside = path[len(root) + 1 :] if root and path.startswith(f"{root}/") else ""
        return inside.lstrip("/")

    def _guess(self, path: str) -> str:
        # The best evidence first: a tracked file, then the layouts of CI services, then guesses.
        if found := self._longest_known(path):
            return found
        if match := _CHECKOUTS.match(path):
            return path[match.end() :] or posixpath.basename(path)
        steps = [step for step in path.split("/") if step]
        named = [n for n, step in enumerate(steps[:-1]) if step.casefold() in self.names]
        tops = [n for n, step in enumerate(steps[:-1]) if step in _TOP]
        if named:
            return "/".join(steps[named[-1] + 1 :])
        return "/".join(steps[tops[0] :] if tops else steps[-1:])

    def _longest_known(self, path: str) -> str:
        """The longest known file that the path ends with."""
        fitting = [each for each in self._named(path) if path.endswith(f"/{each}")]
        return max(fitting, key=len, default="")

    def _inside(self, path: str) -> str:
        """A relative path, also one from a folder inside of the checkout (`lantern/a.py`)."""
        while path.startswith("../"):
            path = path[3:]
        named = self._named(path)
        if path in named:
            return path
        fitting = [each for each in named if each.endswith(f"/{path}")]
        # Two files that fit would make one of them the other's finding.
        return fitting[0] if len(fitting) == 1 else path

    def _named(self, path: str) -> list[str]:
        """The known files with the path's file name."""
        if self._by_name is None:
            self._by_name = {}
            for each in dict.fromkeys((*(self.files or ()), *self.known)):
                self._by_name.setdefault(posixpath.basename(each), []).append(each)
        return self._by_name.get(posixpath.basename(path), [])


def split_scheme(path: str) -> str:
    """The path of a `file:` address, or the path itself, with forward slashes and without `.`."""
    plain = path.strip().replace("\\", "/")
    if plain[:5].casefold() == "file:":
        plain = unquote(plain[5:])
        plain = "/" + plain.lstrip("/")
        if re.match(r"/[A-Za-z]:/", plain):
            plain = plain[1:]
    if plain.startswith("/"):
        plain = "/" + plain.lstrip("/")
    while plain.startswith("./"):
        plain = plain[2:].lstrip("/")
    # normpath only where it changes something: most of the paths of a report need none.
    if "/./" in plain or "/../" in plain:
        plain = posixpath.normpath(plain)
    return plain


def is_absolute(path: str) -> bool:
    return path.startswith("/") or re.match(r"[A-Za-z]:/", path) is not None


def split_location(location: str) -> tuple[str, str]:
    """Path and `:line` of a location."""
    match = re.fullmatch(r"(.*?)((?::\d{1,9}){0,2})", location.strip(), re.DOTALL)
    return (match[1], match[2]) if match else (location, "")


def make_relative(report: ScanReport, resolver: LocationResolver) -> ScanReport:
    """The report with every file relative to the checkout, and no text that names its place."""
    observations = tuple(_relative(each, resolver) for each in report.observations)
    scope = tuple(dict.fromkeys(map(resolver.resolve, report.scope)))
    skipped = tuple(_relative_skip(each, resolver) for each in report.skipped)
    problems = report.problems
    if resolver.prefixes:
        # The longest first, or the rest of a longer one would stay in the text.
        prefixes = sorted(resolver.prefixes, key=len, reverse=True)
        observations = tuple(_scrubbed(each, prefixes) for each in observations)
        problems = tuple(_without(text, prefixes) for text in problems)
        skipped = tuple(
            Skipped(_without(s.name, prefixes), _without(s.reason, prefixes)) for s in skipped
        )
    return replace(
        report,
        observations=observations,
        scope=scope,
        skipped=skipped,
        problems=problems,
        root="",
    )


def _relative(each: Observation, resolver: LocationResolver) -> Observation:
    if not each.location:
        return each
    path, line = split_location(each.location)
    found = resolver.resolve(path) + line
    return each if found == each.location else replace(each, location=found)


def _relative_skip(each: Skipped, resolver: LocationResolver) -> Skipped:
    """What was skipped may be a package: only what looks like a path is one."""
    is_path = is_absolute(split_scheme(each.name)) or each.name.startswith(("./", "../"))
    return replace(each, name=resolver.resolve(each.name)) if is_path else each


def _scrubbed(each: Observation, prefixes: list[str]) -> Observation:
    texts = (each.title, each.description, each.suppressed, each.closed)
    if not any(prefix in text for text in texts for prefix in prefixes):
        return each
    title, description, suppressed, closed = (_without(text, prefixes) for text in texts)
    return replace(each, title=title, description=description, suppressed=suppressed, closed=closed)


def _without(text: str, prefixes: list[str]) -> str:
    for prefix in prefixes:
        if prefix in text:
            text = text.replace(f"file://{prefix}", "").replace(prefix, "")
    return text
