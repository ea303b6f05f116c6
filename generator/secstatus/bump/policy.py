"""The policy of a version bump, as the configuration states it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReferenceRule:
    """A rule of the configuration: `pattern` with one `{version}`, in files of these globs.

    Globs are matched on whole paths, `**` crosses folders, hidden ones too. Fewer than `at_least`
    hits over all files are an error.
    """

    pattern: str
    files: tuple[str, ...]
    at_least: int = 1


@dataclass(frozen=True, slots=True)
class ReferencePolicy:
    """Additions of the configuration: rules, and globs of files that are never touched."""

    rules: tuple[ReferenceRule, ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BumpPolicy:
    """How the version is raised.

    `gates` are commands that must pass; None where the configuration does not name any;
    `init` distinguishes that from an empty list. `tag` is the name of the tag with `{version}` in
    it, empty for the default. `branch` empty: the branch that is checked out.
    """

    gates: tuple[str, ...] | None = None
    references: ReferencePolicy = ReferencePolicy()
    tag: str = ""
    remote: str = "origin"
    branch: str = ""
