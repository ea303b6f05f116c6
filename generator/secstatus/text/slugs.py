"""Safe file names made from untrusted names."""

from __future__ import annotations

import re
from hashlib import sha256

_SAFE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_UNSAFE_RUN = re.compile(r"[^A-Za-z0-9._-]+")
# Names that Windows keeps for devices, and the name of the list of findings.
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|index)(?:\..*)?", re.IGNORECASE)


def make_slug(name: str) -> str:
    """A file name for an id: the id itself where it is harmless, else cleaned and marked.

    Different ids never get the same slug: a cleaned id ends with a digest of the original. It has
    no separator, no leading dot, and at most 100 characters.
    """
    if _SAFE.fullmatch(name) and not _RESERVED.fullmatch(name) and ".." not in name:
        return name
    # Ids from JSON may hold a lone surrogate, which UTF-8 cannot encode.
    digest = sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
    clean = _UNSAFE_RUN.sub("-", name).strip("-._").replace("..", "-")[:60].rstrip("-._")
    return f"{clean or 'id'}-x{digest}"
