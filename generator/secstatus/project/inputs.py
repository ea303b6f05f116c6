"""Read all inputs of a build as bytes, and compute one digest of them.

This module imports little, because it also runs when nothing has to be built.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path

from secstatus import __version__
from secstatus.adapters import files
from secstatus.adapters.transaction import recover
from secstatus.config import FILE, Config, read_config
from secstatus.errors import ExternalError, InputError
from secstatus.project.journal import find_journal

# Events of the program's own steps are in no metrics: a site that counted its own build would
# never be unchanged. A key that is escaped or occurs twice does not hide a line.
_NOT_IN_METRICS = re.compile(rb'"kind": ?"(?:build|deploy|served|notice)"')
# JSON may write any character as `\uXXXX` (RFC 8259, section 7); these escapes are the lower-case
# ASCII letters.
_ESCAPED_LETTER = re.compile(rb"\\u00[67]")
# The site makes its own copies of these, with the address of the project filled in.
NOT_PUBLISHED = frozenset({"schemas", "openapi.json"})


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs as bytes. `status_name` is the path that messages name.

    `status`, `ledger`, `releases`, `document` and `plans` are None when there is no such file; the
    reader of the status refuses a missing one. `pages` and
    `assets`: name → bytes, the project's own over the bundled ones, file by file. `digest` covers
    all of it, the configuration, the templates and the program itself. `journal`: the file beside
    the status; lines that are in no metrics are empty. `journal_problem`: why it cannot be read.
    """

    root: Path
    config: Config
    status_name: str
    status: bytes | None
    ledger: bytes | None
    releases: bytes | None
    document: bytes | None
    plans: bytes | None
    pages: dict[str, bytes] = field(default_factory=dict)
    assets: dict[str, bytes] = field(default_factory=dict)
    template_folders: tuple[Path, ...] = ()
    journal: bytes | None = None
    journal_problem: str = ""
    program_digest: str = ""
    digest: str = ""


def read_inputs(root: Path, base_url: str | None, *, precompress: bool = False) -> Inputs:
    """Read all inputs of a build, after completing an interrupted transaction.

    `precompress` puts the version of zlib into the digest. Raises InputError when the configuration
    is wrong or a file cannot be read.
    """
    read = read_documents(root, load_config(root, base_url))
    folders = _folders(root, read.config.templates, "templates")
    program = _program(folders)
    pages, assets = _published(_folders(root, read.config.pages, "site_src"))
    total = sha256()
    journal, problem = _journal(root, read.config)
    contents = (
        read.status,
        read.ledger,
        read.releases,
        read.document,
        read.plans,
        _metric_lines(journal),
    )
    # `repr` of frozen dataclasses lists every field, so a new key of the configuration is covered.
    for part in (repr(read.config).encode(), program.encode(), *contents, problem.encode()):
        # Each part has a digest of its own, so content cannot move from one part to the next
        # unnoticed.
        total.update(b"-" if part is None else sha256(part).digest())
    for name, data in sorted({**pages, **assets}.items()):
        # A file name contains no NUL, so that name and digest cannot be confused.
        total.update(name.encode() + b"\0" + sha256(data).digest())
    if precompress:
        # Another version of zlib writes other gzip files for the same content.
        total.update(b"precompress" + zlib.ZLIB_RUNTIME_VERSION.encode())
    return replace(
        read,
        pages=pages,
        assets=assets,
        journal=journal,
        journal_problem=problem,
        template_folders=folders,
        program_digest=program,
        digest=total.hexdigest(),
    )


def read_documents(root: Path, config: Config) -> Inputs:
    """Read the security files only: no pages, no templates, no digests.

    Completes an interrupted transaction first. Raises InputError for an unreadable file.
    """
    # A transaction that was decided is completed first; otherwise old and new files would be mixed.
    recover(root, config.status_folder)
    name, status = _status(root, config)
    paths = (config.ledger, config.releases, config.findings_document, config.plans)
    ledger, releases, document, plans = (_read_bytes(root, path) for path in paths)
    return Inputs(root, config, name, status, ledger, releases, document, plans)


def load_config(root: Path, base_url: str | None = None) -> Config:
    """Read the configuration of the project; without a pyproject.toml, the defaults.

    `base_url` comes from the command line and wins. Raises InputError for a wrong value, an unknown
    key, or a `root` that is no folder.
    """
    # Without this check a misspelled --root would look like a project without any files.
    if not root.is_dir():
        raise InputError(str(root), "", "no such folder", "the folder of a project")
    data = _read_bytes(root, FILE) or b""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputError(FILE, f"byte {error.start}", "text that is not UTF-8", "UTF-8") from None
    # The root of a file system has no name.
    return read_config(text, root.resolve().name or "package", base_url)


def _status(root: Path, config: Config) -> tuple[str, bytes | None]:
    for name in config.status_paths:
        if (data := _read_bytes(root, name)) is not None:
            return name, data
    return config.status_paths[0], None


def _read_bytes(root: Path, name: str) -> bytes | None:
    try:
        return (root / name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError(name, "", found, "a file") from None


def _journal(root: Path, config: Config) -> tuple[bytes | None, str]:
    """The journal, and why it cannot be read; an unreadable journal stops no build."""
    try:
        content = find_journal(root, config).content()
    except ExternalError as error:
        # The message is published, and must not contain the local path of the project.
        return None, error.message.replace(f"{root}/", "")
    lines = [b"" if _is_not_in_metrics(line) else line for line in content.split(b"\n")]
    return b"\n".join(lines) if any(lines) else None, ""


def _is_not_in_metrics(line: bytes) -> bool:
    if not _NOT_IN_METRICS.search(line):
        return False
    # Readers differ on two equal keys (RFC 8259, section 4); such a line is left to the strict
    # reader.
    return line.count(b'"kind"') == 1 and not _ESCAPED_LETTER.search(line)


def _metric_lines(journal: bytes | None) -> bytes | None:
    """The lines that can reach the metrics; the position of empty lines does not matter."""
    lines = journal.split(b"\n") if journal else ()
    return b"\n".join(line for line in lines if line) or None


def _folders(root: Path, name: str, bundled: str) -> tuple[Path, ...]:
    """The project's folder, when it has one, before the bundled one."""
    # In secstatus' own repository both are the same folder, which must not be read twice.
    own, ours = root / name, files.find_bundled_folder(bundled)
    return (own, ours) if own.is_dir() and own.resolve() != ours.resolve() else (ours,)


def _published(folders: tuple[Path, ...]) -> tuple[dict[str, bytes], dict[str, bytes]]:
    pages: dict[str, bytes] = {}
    assets: dict[str, bytes] = {}
    # The bundled folder comes first, so that the project's files replace its files by name.
    for folder in reversed(folders):
        for path in sorted(folder.iterdir()):
            if path.name in NOT_PUBLISHED or path.name.startswith(".") or not path.is_file():
                continue
            if path.suffix == ".md":
                pages[path.stem] = path.read_bytes()
            else:
                assets[path.name] = path.read_bytes()
    return pages, assets


def _program(folders: tuple[Path, ...]) -> str:
    """A digest of the program and the templates: what else may change the output."""
    total = sha256(__version__.encode())
    for path in _program_files(folders):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def _program_files(folders: tuple[Path, ...]) -> Iterator[Path]:
    package = Path(__file__).resolve().parent.parent
    # The rooms whose code computes the content of a site; a change elsewhere rebuilds nothing.
    rooms = ("jsonio", "text", "findings", "status", "release", "published", "monitoring", "site")
    for room in rooms:
        yield from sorted((package / room).rglob("*.py"))
    for folder in folders:
        yield from sorted(path for path in folder.iterdir() if path.is_file())
    yield from sorted((files.find_bundled_folder("site_src") / "schemas").glob("*.json"))
