"""The addresses of the repository and the site: stated, or from the URLs of the project."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from secstatus.config.values import FILE, parse_text
from secstatus.errors import InputError, shown

# `.invalid` can never resolve (RFC 6761): links of an unconfigured site lead nowhere, not astray.
NO_HOST = "https://example.invalid"


def parse_repository(value: Any) -> str:
    # Users copy the address from the browser or from `git remote`, which ends in `.git`.
    stated = parse_text(value).removeprefix("https://github.com/").removesuffix(".git").strip("/")
    return _owner_and_name(stated.split("/"))


def _owner_and_name(parts: list[str]) -> str:
    # The characters that GitHub allows in the names of accounts and repositories.
    allowed = "-_."
    if len(parts) != 2 or not all(p and all(c.isalnum() or c in allowed for c in p) for p in parts):
        raise ValueError("OWNER/NAME, or the repository's URL on github.com")
    return "/".join(parts)


def find_github_repository(urls: Any) -> str:
    """OWNER/NAME out of `[project.urls]`; `""` when none of them is a repository on GitHub."""
    found = {
        # Labels of [project.urls] are free text; PEP 753 normalises well-known ones.
        key.lower(): _on_github(url)
        for key, url in (urls.items() if isinstance(urls, Mapping) else ())
        if isinstance(url, str)
    }
    # A homepage may be another repository, so the labels for source code come first.
    named = [found.get(key, "") for key in ("repository", "source", "source code", "homepage")]
    return next((name for name in (*named, *found.values()) if name), "")


def _on_github(url: str) -> str:
    try:
        parts = urlsplit(url)
        # Links to issues or a folder continue after OWNER/NAME.
        names = parts.path.strip("/").removesuffix(".git").split("/")[:2]
        # `github.com/sponsors/NAME` has the same form and is no repository.
        ours = parts.hostname == "github.com" and names[0] not in ("sponsors", "orgs")
        return _owner_and_name(names) if ours else ""
    # urlsplit raises ValueError for an address with unbalanced brackets (Python documentation).
    except ValueError:
        return ""


def parse_pages_url(url: str) -> str:
    """OWNER/NAME out of `https://OWNER.github.io/NAME/…`, where GitHub Pages puts a project."""
    parts = urlsplit(url)
    owner, _, host = (parts.hostname or "").partition(".")
    name = parts.path.strip("/").split("/")[0]
    return f"{owner}/{name}" if host == "github.io" and name else ""


def make_site_url(stated: str, repository: str, package: str) -> str:
    """Where the site will be, with a slash at the end."""
    if not stated and repository:
        owner, name = repository.split("/")
        # Host names have no case, and GitHub Pages serves them in lower case.
        stated = f"https://{owner.lower()}.github.io/{name}/security-status/"
    if not stated:
        from urllib.parse import quote

        stated = f"{NO_HOST}/{quote(package, safe='')}/security-status/"
    parts = urlsplit(stated)
    # These are not allowed in a URI (RFC 3986, appendix A), and would break out of HTML attributes.
    bad = set(" <>\"'{}|\\^`") & set(stated)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or bad:
        expected = (
            "an https URL without query, such as https://owner.github.io/name/security-status/"
        )
        raise InputError(FILE, "tool.secstatus.base_url", shown(stated), expected)
    # A relative link resolves below the last slash of its base (RFC 3986, section 5.2.3).
    return stated.rstrip("/") + "/"
