"""Where the bundled templates and pages are: in the wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def folder(name: str) -> Path:
    """The bundled folder `templates` or `site_src`.

    An installed wheel carries it as `_bundle/<name>`; in a checkout, also when installed
    editable, it lies at the top of the repository.
    """
    bundled = _PACKAGE / "_bundle" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent.parent / name
