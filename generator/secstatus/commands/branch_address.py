"""Where a site is published: a branch of a remote, and a folder in it."""

from __future__ import annotations

import argparse
from dataclasses import dataclass

from secstatus.errors import UsageError, shown


@dataclass(frozen=True, slots=True)
class BranchAddress:
    """The branch of a remote, and the folder of the site in it; `.` is the root of the branch."""

    # The branch that GitHub Pages and tools such as ghp-import use by convention.
    branch: str = "gh-pages"
    prefix: str = "security-status"
    remote: str = "origin"

    @property
    def folder(self) -> str:
        """The folder with a slash at its end; empty for the root. Raises UsageError."""
        return normalize_prefix(self.prefix)


def add_branch_options(parser: argparse.ArgumentParser) -> None:
    # The defaults stand once, for callers in Python and for the command line.
    usual = BranchAddress()
    parser.add_argument(
        "--branch", default=usual.branch, metavar="NAME", help="the branch (default: gh-pages)"
    )
    parser.add_argument(
        "--prefix",
        default=usual.prefix,
        metavar="PATH",
        help="the folder of the branch, `.` for its root (default: security-status)",
    )
    parser.add_argument(
        "--remote",
        default=usual.remote,
        metavar="NAME",
        help="the remote that has the branch (default: origin)",
    )


def make_branch_address(options: argparse.Namespace) -> BranchAddress:
    return BranchAddress(options.branch, options.prefix, options.remote)


def normalize_prefix(text: str) -> str:
    """The folder in the branch, with a slash at its end; empty for the root. Raises UsageError."""
    inner = text.removesuffix("/")
    # `/` alone is refused below: it looks like a mistyped absolute path.
    if inner in ("", ".") and text in ("", ".", "./"):
        return ""
    steps = inner.split("/")
    # git refuses `.git` in any case as part of a path, because some disks ignore case.
    bad = any(step.casefold() in ("", ".", "..", ".git") for step in steps)
    # On Windows a backslash separates folders: such a prefix leads elsewhere in a checkout.
    if bad or "\\" in inner or not inner.isprintable() or len(inner) > 200:
        hint = "Name a folder inside of the branch, such as security-status, or . for its root."
        raise UsageError(f"--prefix: {shown(text)} is no folder of a branch", hint=hint)
    return f"{inner}/"
