"""What a project's own configuration declares, before any lock file is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from secstatus.dependencies.graph import Edges

PYPROJECT = "pyproject.toml"
SETUP_CFG = "setup.cfg"
SETUP_PY = "setup.py"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The requirements of a project, its extras and its dependency groups.

    `source`: the file that declares them, `""` where no file of a project is there.
    `unreadable`: why `runtime` is not known or not whole, a sentence; a lock file may still tell.
    `problems`: what no lock file mends. `tools`: the package managers that pyproject.toml names.
    """

    source: str = ""
    name: str = ""
    runtime: Edges = ()
    extras: Mapping[str, Edges] = field(default_factory=dict)
    groups: Mapping[str, Edges] = field(default_factory=dict)
    unreadable: str = ""
    problems: tuple[str, ...] = ()
    tools: frozenset[str] = frozenset()
