"""Read files of a project as JSON or INI, and the values in them. The error is InputError."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from secstatus.errors import InputError, shown
from secstatus.jsonio.strict import parse_json

Fields = Mapping[str, Any]

# A lock file of a thousand packages has a few megabytes, most of them digests.
LARGEST = 16_000_000
# No standard has a limit; a name is quoted in messages and pages.
LONGEST_NAME = 300


def parse_json_object(text: str, path: str) -> Fields:
    """The object. Raises InputError for other values and for a repeated key."""
    value = parse_json(check_size(text, path), path)
    if not isinstance(value, dict):
        raise InputError(path, "", shown(value), "a JSON object")
    return value


def parse_ini(text: str, path: str) -> Mapping[str, Mapping[str, str]]:
    """Section → key → value: keys in lower case with underscores, lines joined by newlines."""
    # Not configparser: it takes quadratic time for a line of blanks. The rules are those that
    # setuptools has from it: no interpolation, and comments only on lines of their own.
    sections: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in check_size(text, path).splitlines():
        content = line.strip()
        if not content or content[0] in "#;":
            continue
        if line[0] in " \t":
            lines.append(content)
        elif content.startswith("["):
            # A section that stands twice is one; configparser would refuse the whole file.
            section = sections.setdefault(content.strip("[]").strip(), {})
            lines = []
        else:
            key, value = _split_pair(content)
            lines = section.setdefault(key, [])
            lines.append(value)
    return {
        name: {key: "\n".join(values).strip() for key, values in pairs.items()}
        for name, pairs in sections.items()
    }


def get_list(table: Fields, key: str, path: str) -> list[Any]:
    """The list at the key, an empty one when it is absent. InputError for anything else."""
    value = table.get(key, [])
    if not isinstance(value, list):
        raise InputError(path, key, shown(value), "a list")
    return value


def get_text(table: Fields, key: str, path: str) -> str:
    """The text at the key, `""` when it is absent. InputError for anything else."""
    value = table.get(key, "")
    if not isinstance(value, str):
        raise InputError(path, key, shown(value), "a text")
    return value


def iterate_tables(table: Fields, key: str, path: str) -> Iterator[Fields]:
    """The tables of a list of tables. InputError for an item of another type."""
    for number, item in enumerate(get_list(table, key, path)):
        if not isinstance(item, dict):
            raise InputError(path, f"{key}[{number}]", shown(item), "a table")
        yield item


def iterate_texts(table: Fields, key: str, path: str) -> Iterator[str]:
    """The texts of a list of texts. InputError for an item of another type."""
    for number, item in enumerate(get_list(table, key, path)):
        if not isinstance(item, str):
            raise InputError(path, f"{key}[{number}]", shown(item), "a text")
        yield item


def parse_name(value: object, path: str, place: str = "name") -> str:
    """The PEP 503 name. InputError for what cannot be the name of a package or an extra."""
    text = value.strip() if isinstance(value, str) else ""
    refused = InputError(path, place, shown(value), "a name")
    if len(text) > LONGEST_NAME:
        raise refused
    try:
        # Validated: what is no name would be a name that no package has, and is never found.
        return canonicalize_name(text, validate=True)
    except ValueError:
        raise refused from None


def check_size(text: str, path: str) -> str:
    """The text without a byte order mark. Raises InputError for more than 16 million characters."""
    if len(text) > LARGEST:
        raise InputError(path, "", f"{len(text)} characters", f"at most {LARGEST}")
    # Editors of Windows write a byte order mark, which TOML and JSON do not allow.
    return text.removeprefix("\ufeff")


def _split_pair(line: str) -> tuple[str, str]:
    # setuptools took `install-requires` for `install_requires` for years.
    ends = [end for end in (line.find("="), line.find(":")) if end >= 0]
    end = min(ends, default=len(line))
    return line[:end].strip().lower().replace("-", "_"), line[end + 1 :].strip()
