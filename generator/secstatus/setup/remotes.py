"""OWNER/NAME out of the address of a git remote on GitHub. Addresses are never shown: they may
hold credentials."""

from __future__ import annotations

import re
from collections.abc import Mapping

from secstatus.setup.values import is_repository

# https, ssh and git with or without user, password and port; and the form of scp.
_ADDRESS = re.compile(
    r"(?:(?:https?|ssh|git|git\+ssh)://(?:[^/@\s]*@)?(?P<host>[A-Za-z0-9.-]+)(?::[0-9]{1,5})?/"
    r"|(?:[^/@:\s]+@)?(?P<scp>[A-Za-z0-9.-]+):(?!/))"
    r"/*(?P<path>[^\s?#]+?)/*"
)
_HOSTS = ("github.com", "www.github.com", "ssh.github.com")
_FIRST = ("origin", "upstream")


def repository_of(address: str) -> str:
    """OWNER/NAME; `""` for an address that is not a repository on github.com."""
    found = _ADDRESS.fullmatch(address) if len(address) <= 2000 else None
    if found is None or (found["host"] or found["scp"]).lower() not in _HOSTS:
        return ""
    name = found["path"].removesuffix(".git")
    return name if is_repository(name) else ""


def repository_among(remotes: Mapping[str, str]) -> str:
    """The repository of the remotes (name → address): that of `origin`, of `upstream`, or of the
    only other one. `""` where none is on GitHub or nobody can tell which."""
    found = {name: repository_of(address) for name, address in remotes.items()}
    named = next((found[name] for name in _FIRST if found.get(name)), "")
    others = {name.lower(): name for name in found.values() if name}
    return named or (next(iter(others.values())) if len(others) == 1 else "")
