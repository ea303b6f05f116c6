"""fetch-site: copy the published site into a folder, so that the next build continues it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from secstatus.adapters.console import Output
from secstatus.adapters.files import make_disk_error, replace_file
from secstatus.adapters.git.pages_branch import PagesBranch, TreeEntry, pages_branch
from secstatus.adapters.git.repository import Repository
from secstatus.commands.branch_address import BranchAddress, add_branch_options, make_branch_address
from secstatus.commands.deploy.plan import below, read_published_in, remedies
from secstatus.commands.deploy.site_folder import can_be_published
from secstatus.errors import CheckFailedError
from secstatus.project.manifest import load_manifest
from secstatus.published.documents import PublishedReports
from secstatus.published.own_manifest import MANIFEST

EXAMPLE = "secstatus fetch-site --site _site"


@dataclass(frozen=True, slots=True)
class FetchedSite:
    """`as_of` and `commit` empty: nothing is published there yet."""

    folder: str
    commit: str
    as_of: str
    files: int

    def document(self) -> dict[str, Any]:
        return {
            "as_of": self.as_of or None,
            "commit": self.commit or None,
            "files": self.files,
            "folder": self.folder,
        }

    def text(self) -> str:
        if not self.files:
            return "Nothing is published there yet: the next build is the first."
        return f"{self.folder} is the published site as of {self.as_of}, {self.files} files."


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--site", type=Path, default=Path("_site"), metavar="DIR", help="the site (default: _site)"
    )
    add_branch_options(parser)


def run(options: argparse.Namespace, output: Output) -> int:
    output.result(fetch_site(options.root, options.site, make_branch_address(options)))
    return 0


def fetch_site(root: Path, folder: Path, address: BranchAddress) -> FetchedSite:
    """Copy the published site into the folder; other files in the folder stay.

    A file that does not match the published manifest is left out, so that the next build makes it
    anew. Raises UsageError, CheckFailedError if the published site cannot be read, and
    ExternalError where the remote cannot be reached or the disk refuses.
    """
    prefix = address.folder
    with pages_branch(Repository(root), address.remote, address.branch) as branch:
        tip = branch.fetch()
        own = below(tip.files, prefix)
        published, breaches = read_published_in(own, branch.contents)
        # Events and closed findings exist only in the published site (decision 0008): a build that
        # does not continue it would lose them.
        if breaches:
            details = [breaches[0].text, *breaches[0].details]
            message = f"{branch.where}: what is published there is no site that can be gone on from"
            raise CheckFailedError(message, hint=remedies([breaches[0].rule]), details=details)
        if published is None:
            return FetchedSite(str(folder), "", "", 0)
        contents = _contents(branch, own, published)
    _put(folder, contents)
    return FetchedSite(str(folder), tip.commit, published.as_of, len(contents))


def _contents(
    branch: PagesBranch, own: Mapping[str, TreeEntry], published: PublishedReports
) -> dict[str, bytes]:
    digests = published.digests
    # A symbolic link or a submodule of the branch is no file of a site.
    paths = [path for path in digests if path in own and own[path].is_file]
    # A manifest can be forged, with a path that leads out of the folder (decision 0008).
    paths = [path for path in paths if can_be_published(path)]
    found = dict(zip(paths, branch.contents([own[path] for path in paths]), strict=True))
    return {
        path: content
        for path, content in found.items()
        if sha256(content).hexdigest() == digests[path]
    }


def _put(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files, the manifest last; files listed only in the older manifest are removed."""
    old = load_manifest(folder)
    try:
        # Only what the old manifest lists is removed: other files in the folder are the user's.
        for path in old.files if old else {}:
            if path not in contents:
                (folder / path).unlink(missing_ok=True)
        # The manifest last: after a kill before it, the next build compares the folder and repairs
        # it.
        for path in [*(path for path in contents if path != MANIFEST), MANIFEST]:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            # Only the manifest is flushed to disk: it is what the next build trusts (decision
            # 0008).
            replace_file(f"{folder}/{path}", contents[path], durable=path == MANIFEST)
    except OSError as error:
        raise make_disk_error(error, f"writing the site to {folder}") from None
