"""`[tool.secstatus]` in pyproject.toml: every key has a default, unknown keys are errors.

Only the standard library is used here: the no-change check of `build` reads the configuration
before anything heavy is imported.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from secstatus.errors import InputError, shown

FILE = "pyproject.toml"
# `.invalid` can never resolve (RFC 6761): links of an unconfigured site lead nowhere, not astray.
NO_HOST = "https://example.invalid"
STATUS_PATHS = ("security/status/live-status.json", "docs/security-status/index.json")


@dataclass(frozen=True, slots=True)
class SecurityTxt:
    """What `.well-known/security.txt` says (RFC 9116).

    Without a contact, the private report form of the repository stands for it.
    """

    contact: tuple[str, ...] = ()
    expires: str = ""
    policy: str = ""
    languages: str = "en"


@dataclass(frozen=True, slots=True)
class Config:
    """The configuration, complete: what the file leaves out has its default."""

    package: str
    version: str
    repository: str
    base_url: str
    base_url_known: bool
    status_paths: tuple[str, ...] = STATUS_PATHS
    findings_document: str = "security/findings/SECURITY_FINDINGS.md"
    plans: str = "security/findings/remediation-plans.yml"
    releases: str = "security/status/releases.json"
    templates: str = "templates"
    pages: str = "site_src"
    required_scanners: tuple[str, ...] | None = None
    cadence_days: float = 7
    sla_days: Mapping[str, int] = field(default_factory=dict)
    many: Mapping[str, int] = field(default_factory=dict)
    stale_cadences: tuple[float, ...] = (1.5, 2, 3)
    security_txt: SecurityTxt = SecurityTxt()


def read_config(text: str, folder_name: str, base_url: str | None = None) -> Config:
    """The configuration in the text of a pyproject.toml; `""` stands for no file.

    `folder_name` names the package when nothing else does. `base_url` comes from the command
    line and wins. Raises InputError that names the key, what was found and what was expected.
    """
    table = _table(text)
    tool = _Keys(_inner(table, "tool").get("secstatus", {}), "tool.secstatus")
    project = _inner(table, "project")
    package = tool.take("package", "", _text) or _string(project.get("name")) or folder_name
    repository = tool.take("repository", "", _repository) or _from_urls(project.get("urls"))
    configured_url = tool.take("base_url", "", _text)
    stated_url = base_url or configured_url
    config = Config(
        package=package,
        version=_string(project.get("version")),
        repository=repository or _from_pages_url(stated_url),
        base_url=_site_url(stated_url, repository, package),
        base_url_known=bool(stated_url or repository),
        **_rest(tool),
    )
    tool.no_more()
    return config


def _rest(tool: _Keys) -> dict[str, Any]:
    status = tool.take("status", "", _path)
    security_txt = _Keys(tool.take("security_txt", {}, _mapping), "tool.secstatus.security_txt")
    values: dict[str, Any] = {
        "status_paths": (status,) if status else STATUS_PATHS,
        "required_scanners": tool.take("required_scanners", None, _texts),
        "cadence_days": tool.take("cadence_days", 7, _positive),
        "sla_days": _whole_numbers(
            tool, "sla_days", ("critical", "high", "unknown", "medium", "low")
        ),
        "many": _whole_numbers(tool, "many", ("high", "medium", "low"), least=2),
        "stale_cadences": tool.take("stale_cadences", (1.5, 2, 3), _three_rising),
        "security_txt": SecurityTxt(
            contact=security_txt.take("contact", (), _contacts),
            expires=security_txt.take("expires", "", _moment),
            policy=security_txt.take("policy", "", _https),
            languages=security_txt.take("languages", "en", _text),
        ),
    }
    for key in ("findings_document", "plans", "releases", "templates", "pages"):
        default = Config.__dataclass_fields__[key].default
        values[key] = tool.take(key, default, _path)
    security_txt.no_more()
    return values


class _Keys:
    """The keys of one table; each is taken once, and what nobody took is unknown."""

    def __init__(self, table: Any, name: str) -> None:
        if not isinstance(table, Mapping):
            raise InputError(FILE, name, shown(table), "a table")
        self.table = table
        self.name = name
        self.known: set[str] = set()

    def take(self, key: str, default: Any, check: Callable[[Any], Any]) -> Any:
        self.known.add(key)
        if key not in self.table:
            return default
        try:
            return check(self.table[key])
        except ValueError as error:
            place = f"{self.name}.{key}"
            raise InputError(FILE, place, shown(self.table[key]), str(error)) from None

    def no_more(self) -> None:
        for key in self.table:
            if key not in self.known:
                expected = "one of " + ", ".join(sorted(self.known))
                found, hint = f"the unknown key {shown(key)}", _like(key, self.known)
                raise InputError(FILE, self.name, found, expected, hint=hint)


def _like(key: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(key, known, n=1)
    return f"Did you mean {close[0]}?" if close else ""


def _table(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(FILE, "", f"text that is not TOML ({error})", "TOML") from None


def _inner(table: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = table.get(key, {})
    if not isinstance(found, dict):
        raise InputError(FILE, key, shown(found), "a table")
    return found


def _string(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError("text of one line")
    return value.strip()


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("a list of texts")
    return tuple(_text(item) for item in value)


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("a table")
    return value


def _path(value: Any) -> str:
    path = _text(value)
    if path.startswith("/") or ".." in path.split("/") or "\\" in path:
        raise ValueError("a path inside the project, with forward slashes")
    return path


def _positive(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 3660:
        raise ValueError("a number of days above 0")
    return value


def _three_rising(value: Any) -> tuple[float, ...]:
    numbers = tuple(_positive(item) for item in value) if isinstance(value, list) else ()
    if len(numbers) != 3 or list(numbers) != sorted(set(numbers)):
        raise ValueError("three rising numbers")
    return numbers


def _whole_numbers(tool: _Keys, key: str, names: tuple[str, ...], least: int = 1) -> dict[str, int]:
    keys = _Keys(tool.take(key, {}, _mapping), f"{tool.name}.{key}")

    def whole(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 36600:
            raise ValueError(f"a whole number of at least {least}")
        return value

    found = {name: keys.take(name, None, whole) for name in names}
    keys.no_more()
    return {name: value for name, value in found.items() if value is not None}


def _https(value: Any) -> str:
    url = _text(value)
    if not url.startswith("https://") or " " in url or not urlsplit(url).hostname:
        raise ValueError("an https URL")
    return url


def _contacts(value: Any) -> tuple[str, ...]:
    contacts = _texts(value if isinstance(value, list) else [value])
    for contact in contacts:
        if not contact.startswith(("https://", "mailto:", "tel:")) or " " in contact:
            raise ValueError("a URI: https://…, mailto:… or tel:… (RFC 9116, section 2.5.3)")
    return contacts


def _moment(value: Any) -> str:
    import re

    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    text = text.replace("+00:00", "Z")
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text):
        raise ValueError("a UTC date and time such as 2027-01-31T00:00:00Z")
    return text


def _repository(value: Any) -> str:
    text = _text(value).removeprefix("https://github.com/").removesuffix(".git").strip("/")
    return _owner_and_name(text.split("/"))


def _owner_and_name(parts: list[str]) -> str:
    allowed = "-_."
    if len(parts) != 2 or not all(p and all(c.isalnum() or c in allowed for c in p) for p in parts):
        raise ValueError("OWNER/NAME, or the repository's URL on github.com")
    return "/".join(parts)


def _from_urls(urls: Any) -> str:
    """OWNER/NAME out of `[project.urls]`; `""` when none of them is a repository on GitHub."""
    found = {
        key.lower(): _on_github(url)
        for key, url in (urls.items() if isinstance(urls, Mapping) else ())
        if isinstance(url, str)
    }
    named = [found.get(key, "") for key in ("repository", "source", "source code", "homepage")]
    return next((name for name in (*named, *found.values()) if name), "")


def _on_github(url: str) -> str:
    try:
        parts = urlsplit(url)
        names = parts.path.strip("/").removesuffix(".git").split("/")[:2]
        ours = parts.hostname == "github.com" and names[0] not in ("sponsors", "orgs")
        return _owner_and_name(names) if ours else ""
    except ValueError:
        return ""


def _from_pages_url(url: str) -> str:
    """OWNER/NAME out of `https://OWNER.github.io/NAME/…`, where GitHub Pages puts a project."""
    parts = urlsplit(url)
    owner, _, host = (parts.hostname or "").partition(".")
    name = parts.path.strip("/").split("/")[0]
    return f"{owner}/{name}" if host == "github.io" and name else ""


def _site_url(stated: str, repository: str, package: str) -> str:
    """Where the site will be, with a slash at the end."""
    if not stated and repository:
        owner, name = repository.split("/")
        stated = f"https://{owner.lower()}.github.io/{name}/security-status/"
    if not stated:
        from urllib.parse import quote

        stated = f"{NO_HOST}/{quote(package, safe='')}/security-status/"
    parts = urlsplit(stated)
    bad = set(" <>\"'{}|\\^`") & set(stated)
    if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or bad:
        expected = (
            "an https URL without query, such as https://owner.github.io/name/security-status/"
        )
        raise InputError(FILE, "tool.secstatus.base_url", shown(stated), expected)
    return stated.rstrip("/") + "/"
