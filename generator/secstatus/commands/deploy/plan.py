"""Plan the changes of a deployment and find its violations. No disk, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate

from secstatus.adapters.git.pages_branch import FILE, TreeEntry
from secstatus.commands.deploy.site_folder import SiteFolder
from secstatus.errors import InputError, UsageError, shown
from secstatus.published.continuity import NAMES, Violation, find_violations, name_some
from secstatus.published.documents import PublishedReports, list_documents, read_published_site
from secstatus.published.own_manifest import MANIFEST

# Without this file GitHub Pages runs Jekyll, which leaves out names that start with `_`.
NO_JEKYLL = ".nojekyll"
DAMAGED, FOREIGN = "damaged", "foreign"
# What people may accept, each by its name, where the change is one that they want.
RULES = (*NAMES, DAMAGED, FOREIGN)

_GO_ON = "Run `secstatus fetch-site` before the build, so that it goes on from what is published."
_REMEDIES = {
    "package": "Check the name of the package, or choose another --prefix.",
    "older-tool": "Install the newer secstatus and build again.",
    DAMAGED: "Put the last good commit of the branch back.",
    FOREIGN: "Choose another --prefix, or take these files away.",
}

Files = Mapping[str, TreeEntry]
Read = Callable[[Sequence[TreeEntry]], list[bytes]]


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """`changed`: path in the branch → content; `removed`: paths that the site has no longer.

    `mended`: files of the site that were edited in the branch. `digests`: path of the site that is
    published now → SHA-256.
    """

    changed: Mapping[str, bytes]
    removed: tuple[str, ...]
    breaches: tuple[Violation, ...]
    mended: tuple[str, ...]
    digests: Mapping[str, str]

    @property
    def paths(self) -> list[str]:
        return sorted([*self.changed, *self.removed])


def below(there: Files, prefix: str) -> dict[str, TreeEntry]:
    """The files below the prefix, by their paths in the site."""
    return {path.removeprefix(prefix): there[path] for path in there if path.startswith(prefix)}


def plan_branch(
    site: SiteFolder, ids: Mapping[str, str], there: Files, prefix: str, read: Read
) -> BranchPlan:
    """Plan the commit that turns the files `there` of the branch into the site.

    `ids`: path of the site → id of its blob. `read` gives the contents of files of the branch.
    """
    own = below(there, prefix)
    # The mode counts too: a link or an executable file with the same bytes is no file of the site.
    differing = [path for path, blob in ids.items() if own.get(path) != TreeEntry(FILE, blob)]
    # Where no document is another one, the published site is this one: there is nothing to read.
    same_site = not list_documents(differing)
    before, breaches = (site.reports, []) if same_site else read_published_in(own, read)
    if before is not None and not same_site:
        breaches = find_violations(before, site.reports)
    owned: Set[str] = before.files if before else frozenset()
    # Of a damaged site nobody knows the files: whoever accepts that accepts all below the prefix.
    ours = frozenset(own) if breaches and not before else owned
    breaches += _foreign(differing, ours, there, prefix)
    changed = {prefix + path: site.files[path] for path in differing}
    if NO_JEKYLL not in there:
        # At the root, also for a site in a folder: GitHub Pages looks for it there only.
        changed.setdefault(NO_JEKYLL, b"")
    # Only files of the published manifest are removed: what lies beside them belongs to others.
    gone = sorted(prefix + path for path in owned - ids.keys() if path in own)
    same = before.digests if before else {}
    # Both manifests list the same digest, so a file that differs was edited in the branch.
    mended = (path for path in differing if same.get(path) == site.reports.digests[path])
    return BranchPlan(changed, tuple(gone), tuple(breaches), tuple(sorted(mended)), same)


def check_rules(names: Sequence[str]) -> None:
    """Check that each name is a continuity rule. Raises UsageError."""
    for name in names:
        if name not in RULES:
            hint = f"The rules are {', '.join(RULES)}."
            raise UsageError(f"--accept: {shown(name)} is no continuity rule", hint=hint)


def remedies(rules: Sequence[str]) -> str:
    """Return the remedies for violations of these rules as sentences, each once."""
    return " ".join(dict.fromkeys(_REMEDIES.get(rule, _GO_ON) for rule in rules))


def read_published_in(own: Files, read: Read) -> tuple[PublishedReports | None, list[Violation]]:
    """Read the published site from the files below its prefix; if that fails, give a violation."""
    # The manifest is written last and listed nowhere else: without one no site was published.
    if MANIFEST not in own:
        return None, []
    paths = [path for path in list_documents(own) if own[path].is_file]
    documents = dict(zip(paths, read([own[path] for path in paths]), strict=True))
    try:
        return read_published_site(documents), []
    except InputError as error:
        text = "the published site cannot be read, so it is not known what must be preserved"
        return None, [Violation(DAMAGED, text, name_some([error.message]))]


def _foreign(paths: Sequence[str], owned: Set[str], there: Files, prefix: str) -> list[Violation]:
    """Violations for third-party files where the site would be written."""
    folders = {folder for path in there for folder in _folders(path)}
    # A tree of git has one entry for a name: a file in place of a folder would vanish silently.
    lost = {found for path in paths for found in _in_the_way(prefix + path, there, folders)}
    ours = {NO_JEKYLL, *(prefix + path for path in owned)}
    others = sorted(lost - ours)
    if not others:
        return []
    text = "third-party files are in the folder of the site"
    return [Violation(FOREIGN, text, name_some(others))]


def _folders(path: str) -> Iterator[str]:
    steps = path.split("/")[:-1]
    return accumulate(steps, lambda above, step: f"{above}/{step}")


def _in_the_way(path: str, there: Files, folders: set[str]) -> Iterator[str]:
    """The file itself, files where it needs folders, and a folder where it would be."""
    if path in there or path in folders:
        yield path
    yield from (folder for folder in _folders(path) if folder in there)
