"""Bring a folder from one manifest to the next: what changed, and the manifest last."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from secstatus import __version__
from secstatus.adapters import files
from secstatus.adapters.parallel import side_by_side
from secstatus.commands.build.precompress import ENDING, Twins, refuse_own
from secstatus.commands.build.result import BuildResult
from secstatus.project.inputs import Inputs
from secstatus.project.sources import AssessedInputs
from secstatus.published.manifest import compute_revision, make_entry
from secstatus.published.own_manifest import MANIFEST, SiteManifest
from secstatus.published.site_info import SiteInfo
from secstatus.site.inputs import File, Job, Site, total_weight, two_halves
from secstatus.site.tree import canonical_in_order
from secstatus.timestamps import format_timestamp

# Below so many pages of findings, a second process costs more than it gives.
WORTH_A_FORK = 400
# Published pages are linked and cited (decision 0014), so those of findings stay when the sources
# no longer list them.
KEPT_FOR_EVER = ("findings/", "api/v1/findings/")
Entries = dict[str, Mapping[str, Any]]


class Writer:
    """Brings a folder from one manifest to the next."""

    def __init__(
        self,
        inputs: Inputs,
        assessed: AssessedInputs,
        place: SiteInfo,
        out: Path,
        manifest: SiteManifest | None,
        whole: Mapping[str, Mapping[str, Any]],
        site: Site,
        precompress: bool = False,
    ) -> None:
        self.inputs, self.assessed, self.place = inputs, assessed, place
        self.out, self.old, self.whole, self.site = out, manifest, whole, site
        self.written: list[str] = []
        self.entries: Entries = {}
        self.precompress = precompress

    def write(self) -> BuildResult:
        if self.precompress:
            refuse_own(self.site.claims.paths)
        # Before the fork, so that each folder is made once.
        self._make_folders()
        kept = {path: self.whole[path] for path in self._kept()}
        paths = [*self.site.claims.paths, *kept]
        self.twins = Twins(self.out, self.precompress, self.whole, paths)
        made = self._made(kept)
        self.written = [path for path, entry in made.items() if self._differs(path, entry)]
        self.entries = made | kept
        for path, entry in kept.items():
            self.entries |= self.twins.kept(path, entry)
        # After all writes: a kill before it leaves files too many, and none too few.
        removed = self._remove_vanished()
        self._put_manifest()
        status = self.assessed.status
        return BuildResult(
            self.out,
            len(self.entries) + 1,
            status.security_grade.value,
            format_timestamp(status.as_of),
            tuple(sorted(self.written)),
            tuple(removed),
            self.assessed.warnings,
            self.assessed.unreadable,
        )

    def _make_folders(self) -> None:
        for folder in {path.rpartition("/")[0] for path in [*self.site.claims.paths, MANIFEST]}:
            os.makedirs(self.out / folder, exist_ok=True)

    def _made(self, kept: Entries) -> Entries:
        lacking = [path for path, entry in kept.items() if self.twins.lacks(path, entry)]
        again = [Job((path,), partial(self._read_again, path), 0.3) for path in lacking]
        jobs = [*self.site.jobs, *again]
        # docs/explanation/how-a-build-works.md: neither process writes before both have rendered.
        if total_weight(jobs) < WORTH_A_FORK:
            return self._put_all(self._contents(jobs))
        return side_by_side(*two_halves(jobs), self._contents, self._put_all)

    def _read_again(self, path: str) -> list[File]:
        """A file that stays, for its twin. One that is damaged all the same gets none."""
        content = (self.out / path).read_bytes()
        same = sha256(content).hexdigest() == self.whole[path]["sha256"]
        return [(path, content)] if same else []

    def _contents(self, jobs: Sequence[Job]) -> list[tuple[str, bytes]]:
        return [
            (path, text.encode() if isinstance(text, str) else text)
            for job in jobs
            for path, text in job.make()
        ]

    def _put_all(self, made: list[tuple[str, bytes]]) -> Entries:
        entries: Entries = {}
        for path, content in made:
            entry = self._put(path, content)
            entries.update({path: entry, **self.twins.put(path, content, entry)})
        return entries

    def _put(self, path: str, content: bytes) -> dict[str, Any]:
        """Write the file unless it is there already, byte for byte."""
        entry = make_entry(content, self.site.sources.get(path))
        if self._differs(path, entry):
            target = f"{self.out}/{path}"
            self.twins.make_way(path, entry)
            try:
                # A new file needs no rename: what a kill leaves of it differs from the manifest and
                # is written again.
                files.create_file(target, content)
            except FileExistsError:
                files.replace_file(target, content)
        return entry

    def _differs(self, path: str, entry: Mapping[str, Any]) -> bool:
        """Whether the folder does not have the file, or has another."""
        old = self.whole.get(path)
        return old is None or old["sha256"] != entry["sha256"]

    def _kept(self) -> list[str]:
        """The paths that stay: unchanged files, and pages of findings that are no longer listed."""
        claims = self.site.claims
        unclaimed = self.whole.keys() - set(claims.paths)
        gone = [
            path
            for path in unclaimed
            if path.startswith(KEPT_FOR_EVER) and not path.endswith(ENDING)
        ]
        # A new file may claim the name in another case, and would be the same file on some disks.
        return self.site.kept + [path for path in gone if claims.is_free(path)]

    def _remove_vanished(self) -> list[str]:
        """Remove the files that only the old manifest lists, twins before files."""
        known = self.old.files.keys() if self.old else set()
        gone = sorted((known - self.entries.keys()) | self.twins.strays(self.entries))
        # Reversed order puts `NAME.gz` before `NAME`: no twin is served without its file.
        for path in reversed(gone):
            (self.out / path).unlink(missing_ok=True)
        return gone

    def _put_manifest(self) -> None:
        status = self.assessed.status
        entries = {path: self.entries[path] for path in sorted(self.entries)}
        content = canonical_in_order(
            {
                "$schema": self.place.schema("manifest"),
                "as_of": format_timestamp(status.as_of),
                "changes_at": format_timestamp(status.changes_at),
                "files": entries,
                "inputs": self.inputs.digest,
                "revision": compute_revision(entries),
                "schema_version": "1.0",
                "security_grade": status.security_grade.value,
                "tool": {"name": "secstatus", "version": __version__},
                "unreadable": self.assessed.unreadable,
                "warnings": list(self.assessed.warnings),
            }
        )
        path = f"{self.out}/{MANIFEST}"
        # A build must write only what changed (decision 0008), which holds for the manifest, too.
        if self.written or not os.path.exists(path) or Path(path).read_bytes() != content:
            # Flushed and renamed last: the manifest states that this site is complete (decision
            # 0008).
            files.replace_file(path, content, durable=True)
            self.written.append(MANIFEST)
