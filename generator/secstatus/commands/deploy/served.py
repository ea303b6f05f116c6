"""Wait until the deployed site is served, and the result of deploy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any
from urllib.parse import quote

from secstatus.adapters.http.client import get
from secstatus.adapters.http.exchange import HttpAnswer, HttpLimits
from secstatus.adapters.retry import RetryPolicy, Timing
from secstatus.errors import InputError, SecstatusError, shown
from secstatus.published.continuity import name_some
from secstatus.published.documents import INDEX, STATUS
from secstatus.published.manifest import parse_manifest
from secstatus.published.own_manifest import MANIFEST
from secstatus.timestamps import format_timestamp

# The cache of GitHub Pages keeps a file for ten minutes, and the host builds before.
DEADLINE = 900.0
# Seconds between two requests for the manifest, at most sixty in the default deadline.
EVERY = 15.0
# One slow response must not use up the deadline of the whole wait.
ONE = HttpLimits(attempt=10, deadline=20, size=64 * 1024 * 1024, retry=RetryPolicy(attempts=2))
MOST_NAMED = 20
Fetch = Callable[[str], HttpAnswer]


class ServedState(StrEnum):
    """What is served. `DIFFERENT` is an alarm; `NOT_YET` and `UNREACHABLE` may change."""

    SAME = "same"
    NOT_YET = "not yet"
    DIFFERENT = "different"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ServedResult:
    """The answer, with its reason. `as_of`: the timestamp of what is served; empty if unknown.

    `differing`: the files that differ from the deployed ones.
    """

    state: ServedState
    text: str
    as_of: str = ""
    differing: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of or None,
            "differing": list(self.differing),
            "state": self.state.value,
            "text": self.text,
        }


def wait_until_served(
    base_url: str,
    site: Mapping[str, bytes],
    *,
    before: Mapping[str, str] | None = None,
    deadline: float = DEADLINE,
    timing: Timing | None = None,
    fetch: Fetch | None = None,
) -> ServedResult:
    """Poll until the address serves the site (path → content) or `deadline` seconds are over.

    The manifest is compared, then the front page, the status and every badge, byte by byte.
    `before`: path → SHA-256 of the site that was there before; without it, a file that is not the
    new one counts as a foreign one. Raises nothing: a failed request counts as unreachable.
    """
    timing, fetch = timing or Timing(), fetch or partial(get, limits=ONE)
    end = timing.clock() + deadline
    # The base ends with a slash, so that a path can be appended without losing its last folder.
    look = _ServedLook(
        base_url if base_url.endswith("/") else f"{base_url}/", site, before or {}, fetch
    )
    while True:
        found = look.once()
        pause = min(EVERY, end - timing.clock())
        if found.state is ServedState.SAME or pause <= 0:
            return found
        timing.sleep(pause)


class _ServedLook:
    """Compares the site; files that matched once are not requested again."""

    def __init__(
        self, base: str, site: Mapping[str, bytes], before: Mapping[str, str], fetch: Fetch
    ) -> None:
        self.base, self.site, self.before, self.fetch = base, site, before, fetch
        self.left = list(_sample(site))

    def once(self) -> ServedResult:
        """Probe once what is served now."""
        try:
            answer = self.fetch(self.base + MANIFEST)
            if not answer.is_found:
                return ServedResult(
                    ServedState.NOT_YET, f"there is no {MANIFEST} (status {answer.status})"
                )
            content = answer.text.encode()
            if content != self.site[MANIFEST]:
                return self._other(content)
            return self._files()
        except SecstatusError as error:
            return ServedResult(ServedState.UNREACHABLE, error.message)

    def _other(self, content: bytes) -> ServedResult:
        """A manifest that is not the deployed one: of ours and older, or not."""
        as_of, ours = _as_of(content), _as_of(self.site[MANIFEST])
        if not as_of:
            return ServedResult(
                ServedState.DIFFERENT, f"{MANIFEST} is no manifest of a site", "", (MANIFEST,)
            )
        # Both are UTC in one format: the order of the texts is the order in time.
        if as_of > ours:
            text = f"the served site is newer ({as_of}): another deployment, or forged"
            return ServedResult(ServedState.DIFFERENT, text, as_of, (MANIFEST,))
        if as_of == ours and not self._is_old(MANIFEST, content):
            text = (
                f"{MANIFEST} has the same timestamp but is neither the deployed nor the earlier one"
            )
            return ServedResult(ServedState.DIFFERENT, text, as_of, (MANIFEST,))
        return ServedResult(
            ServedState.NOT_YET, f"the site as of {as_of} is still served", as_of, (MANIFEST,)
        )

    def _files(self) -> ServedResult:
        as_of = _as_of(self.site[MANIFEST])
        contents = {path: self._content(path) for path in self.left}
        self.left = [path for path, found in contents.items() if found != self.site[path]]
        if not self.left:
            return ServedResult(ServedState.SAME, "the deployed site is served", as_of)
        differing = tuple(self.left[:MOST_NAMED])
        are = f"{len(self.left)} of the files asked for, such as {differing[0]}, are"
        # A cache keeps each file for a time of its own, so old files beside a new manifest may
        # change.
        if all(self._is_old(path, contents[path]) for path in self.left):
            return ServedResult(ServedState.NOT_YET, f"{are} still the old ones", as_of, differing)
        return ServedResult(ServedState.DIFFERENT, f"{are} not the deployed ones", as_of, differing)

    def _content(self, path: str) -> bytes | None:
        # RFC 3986 (2.1): other characters of a file name are percent-encoded in a URL.
        answer = self.fetch(self.base + quote(path))
        return answer.text.encode() if answer.is_found else None

    def _is_old(self, path: str, content: bytes | None) -> bool:
        """Whether the answer is the state before: the old file, or no file if there was none."""
        known = self.before.get(path)
        return known == (None if content is None else sha256(content).hexdigest())


def _sample(site: Mapping[str, bytes]) -> Iterable[str]:
    """The files that readers request first; text only, because `fetch` decodes text."""
    first = [path for path in ("index.html", INDEX, STATUS) if path in site]
    # A gzip file stands in for its original through content negotiation, and is no text.
    badges = (path for path in site if path.startswith("badges/") and not path.endswith(".gz"))
    return (*first, *sorted(badges))


def _as_of(manifest: bytes) -> str:
    """The timestamp of a manifest of ours; empty for any other content."""
    try:
        return format_timestamp(parse_manifest(manifest).as_of)
    except InputError:
        return ""


# 3 as for ExternalError: another run may succeed. 1 is a result that needs a person.
_EXIT = {
    ServedState.SAME: 0,
    ServedState.DIFFERENT: 1,
    ServedState.NOT_YET: 3,
    ServedState.UNREACHABLE: 3,
}


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What a deployment did. `commit` empty: there was none, since nothing changed or a dry run.

    `changed`: the paths in the branch that differ, removed ones too. `revision`: that of the site.
    `served`: what the public address answered; None if it was not polled.
    """

    branch: str
    prefix: str
    commit: str
    changed: tuple[str, ...]
    grade: str
    revision: str
    accepted: tuple[str, ...]
    tries: int
    dry_run: bool
    squashed: bool
    warnings: tuple[str, ...]
    served: ServedResult | None = None

    @property
    def exit_status(self) -> int:
        """0, unless the public address was polled and does not serve the site."""
        return 0 if self.served is None else _EXIT[self.served.state]

    def with_served(self, found: ServedResult) -> DeployResult:
        return replace(self, served=found)

    def document(self) -> dict[str, Any]:
        return {
            "accepted": list(self.accepted),
            "branch": self.branch,
            "changed_paths": list(self.changed),
            "commit": self.commit or None,
            "dry_run": self.dry_run,
            "grade": self.grade,
            "prefix": self.prefix,
            "revision": self.revision,
            "served": self.served.document() if self.served else None,
            "squashed": self.squashed,
            "tries": self.tries,
            "warnings": list(self.warnings),
        }

    def text(self) -> str:
        """The result as text: the commit, the paths, what is served."""
        lines = [self._head(), *(f"  {path}" for path in name_some(self.changed))]
        if self.served:
            lines.append(f"Served: {self.served.state}. {self.served.text}.")
        return "\n".join(lines)

    def _head(self) -> str:
        where = f"{shown(self.branch)}, {self.prefix or 'its root'}"
        if not self.changed:
            return f"Nothing changed: {where} is this site already."
        number = f"{len(self.changed)} path{'' if len(self.changed) == 1 else 's'}"
        if self.dry_run:
            return f"Would change {number} of {where}; nothing was pushed."
        return f"Deployed to {where}: commit {self.commit[:12]}, {number}."
