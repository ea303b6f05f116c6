"""Names of Python packages in the spelling in which they are compared."""

from __future__ import annotations

import re

SEPARATORS = re.compile(r"[-_.]+")


def normalize_package_name(name: str) -> str:
    """The normalised name of PEP 503: `My_Logger` and `my.logger` are `my-logger`.

    Nothing is checked, and spaces around the name stay.
    """
    # As `packaging.utils.canonicalize_name`, whose module costs every start of the program the
    # import of `packaging.tags` and `packaging.version`.
    return SEPARATORS.sub("-", name).lower()
