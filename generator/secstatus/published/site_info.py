"""The identity of a site: its package, repository, address and security contact."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

# Unreserved characters and the slash need no quoting (RFC 3986, section 2.3).
_PLAIN = re.compile(r"[A-Za-z0-9._/-]*")
SCHEMAS = (
    "status",
    "findings",
    "finding",
    "events",
    "history",
    "releases",
    "metrics",
    "index",
    "manifest",
    "badge",
)


@dataclass(frozen=True, slots=True)
class SecurityContact:
    """The fields of security.txt (RFC 9116); no `contact` means no file."""

    contact: tuple[str, ...] = ()
    expires: str = ""
    policy: str = ""
    languages: str = "en"


@dataclass(frozen=True, slots=True)
class SiteInfo:
    """The package, its repository and the public address; `base_url` ends in a slash."""

    package: str
    package_version: str
    repository: str
    base_url: str
    tool_version: str
    security_contact: SecurityContact = SecurityContact()

    def url(self, path: str = "") -> str:
        """The public URL of a path of the site; `index.html` is left out."""
        # A page has one canonical address; web servers serve index.html for its folder.
        path = path.removesuffix("index.html")
        return self.base_url + (path if _PLAIN.fullmatch(path) else quote(path))

    def schema(self, name: str) -> str:
        return f"{self.base_url}api/v1/schemas/{name}.schema.json"

    @property
    def base_path(self) -> str:
        """The path part of the address, such as `/name/security-status/`."""
        return urlsplit(self.base_url).path

    @property
    def report_url(self) -> str:
        """The address for private vulnerability reports; `""` when it is not known."""
        if self.security_contact.contact:
            return self.security_contact.contact[0]
        if self.repository:
            # The form of GitHub's private vulnerability reporting.
            return f"https://github.com/{self.repository}/security/advisories/new"
        return ""
