"""Build a release from fresh clones of the commit, away from the working tree.

So nothing that is not committed can get into a distribution.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from secstatus.adapters.files import make_disk_error
from secstatus.adapters.git.repository import Repository
from secstatus.adapters.git.run import FOREIGN, Git
from secstatus.adapters.process import CommandResult, run_to_end
from secstatus.commands.bump.files import Tree
from secstatus.errors import CheckFailedError, shown
from secstatus.publishing.policy import Isolation
from secstatus.publishing.verification import parse_file_name

# Named, so that a folder that a kill left behind can be recognised.
PREFIX = "secstatus-preflight-"
# A build may compile extensions; the other tools only read files.
BUILD_SECONDS, TOOL_SECONDS = 1800, 300
# A build runs the code of its requirements, and no tool needs these.
SECRETS = (
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "PYPI_TOKEN",
    "TWINE_PASSWORD",
    "TWINE_USERNAME",
)
# An installer without network has to give up at some time; who sets these knows better.
IMPATIENT = {"PIP_DEFAULT_TIMEOUT": "15", "PIP_RETRIES": "1"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Conditions that must not change the result: umask, locale, time zone, hash seed."""

    umask: int
    variables: Mapping[str, str] = field(default_factory=dict)


# The umask, locale and time zone of most CI machines.
USUAL = Surroundings(0o022, {"LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONHASHSEED": "0"})
# Another value for each; a time zone with half an hour also shifts dates and minutes.
OTHER = Surroundings(0o077, {"LC_ALL": "C", "TZ": "XXX-11:30", "PYTHONHASHSEED": "42"})


class Workshop:
    """Copies and builds of the commit that is checked out, below `folder`."""

    def __init__(self, repository: Repository, folder: Path, isolation: Isolation) -> None:
        self.repository, self.folder, self.isolation = repository, folder, isolation
        self.head = repository.head()
        # SOURCE_DATE_EPOCH is the time of the last change (reproducible-builds.org), and the commit
        # is it.
        self.epoch = int(repository.git.line("log", "-1", "--format=%ct", self.head))

    def project(self, name: str) -> Path:
        """The project's folder in the copy of this name."""
        return self.folder / name / self.repository.prefix

    def results(self, name: str) -> Path:
        """Where the distributions of the copy are put."""
        return self.folder / f"{name}-built"

    @cached_property
    def tree(self) -> Tree:
        """The files of the commit, from the first copy."""
        return Tree(Repository(self.project("one")))

    def copy(self, name: str, around: Surroundings) -> None:
        """A fresh clone of the commit; every file has the time of the commit."""
        target = self.folder / name
        # --shared borrows the objects instead of copying them; --template= keeps the user's hooks
        # out.
        words = ("clone", "-q", "--shared", "--no-checkout", "--template=", "--")
        git = self.repository.git
        git.ask("-c", "core.hooksPath=" + os.devnull, *words, str(self.repository.top), str(target))
        copied = Git(target)
        # A post-checkout hook of the user's configuration could change files of the copy.
        copied.ask("-c", "core.hooksPath=" + os.devnull, "checkout", "-q", "--detach", self.head)
        try:
            for each in Repository(target).tracked():
                # A submodule is an empty folder in a clone without --recurse-submodules.
                if not each.is_submodule:
                    self._put(target / each.path, each.mode, around.umask)
        except OSError as error:
            raise make_disk_error(error, "copying the commit") from None

    def _put(self, path: Path, mode: str, umask: int) -> None:
        # Archives store modification times, and a checkout gives every file the time of the
        # checkout.
        os.utime(path, (self.epoch, self.epoch), follow_symlinks=False)
        # git knows three modes of files: 120000 for links, 100755 and 100644. A link has no rights
        # of its own.
        if mode != "120000":
            path.chmod((0o777 if mode == "100755" else 0o666) & ~umask)

    def build(self, name: str, around: Surroundings) -> tuple[str, ...]:
        """Build sdist and wheel from the copy; returns notes. Raises CheckFailedError."""
        if self.isolation is Isolation.NO:
            self._checked_build(name, around, "--no-isolation")
            return ("without isolation, as the configuration says",)
        done = self._built(name, around)
        if done.status == 0:
            return ()
        # Only a failed installation is forgiven: a failed build would fail in the same way again.
        if self.isolation is Isolation.AUTO and _no_environment(done):
            why = (done.quote_output() or ["no reason was given"])[-1]
            self._checked_build(name, around, "--no-isolation")
            return (f"WITHOUT isolation: the build requirements cannot be installed ({why})",)
        raise _failed("build", done)

    def _checked_build(self, name: str, around: Surroundings, *options: str) -> None:
        done = self._built(name, around, *options)
        if done.status:
            raise _failed("build", done)

    def _built(self, name: str, around: Surroundings, *options: str) -> CommandResult:
        # Outside of the copy: otherwise a second build would find the results of the first.
        words = ["--outdir", str(self.results(name)), *options, str(self.project(name))]
        variables = {**around.variables, "SOURCE_DATE_EPOCH": str(self.epoch)}
        return self._run("build", words, self.folder, variables, around.umask, BUILD_SECONDS)

    def tool(self, module: str, *words: str) -> tuple[str, ...]:
        """The output of a tool of the environment, run in the folder of the first copy.

        Raises CheckFailedError when the tool is missing or fails.
        """
        # Colours (no-color.org) and narrow columns would spoil the lines that are quoted.
        done = self._run(module, words, self.project("one"), {"NO_COLOR": "1", "COLUMNS": "200"})
        if done.status:
            raise _failed(module, done)
        return tuple(done.quote_output())

    def _run(
        self,
        module: str,
        words: tuple[str, ...] | list[str],
        folder: Path,
        variables: Mapping[str, str],
        umask: int = 0o022,
        seconds: float = TOOL_SECONDS,
    ) -> CommandResult:
        require_tool(module)
        kept = {k: v for k, v in os.environ.items() if k not in (*SECRETS, *FOREIGN)}
        # -P: a folder of the project named like the tool must not be taken for it.
        # The shell sets the umask: os.umask would change it for all threads of this process.
        command = ["sh", "-c", 'umask "$1"; shift; exec "$@"', "sh", f"{umask:03o}"]
        command += [sys.executable, "-P", "-m", module, *words]
        return run_to_end(command, folder, {**IMPATIENT, **kept, **variables}, seconds=seconds)

    def distributions(self, name: str) -> dict[str, bytes]:
        """File name → content of what was built. Raises CheckFailedError for anything but one
        sdist and at least one wheel.
        """
        try:
            folder = sorted(self.results(name).iterdir())
            found = {path.name: path.read_bytes() for path in folder}
        except OSError as error:
            raise make_disk_error(error, "reading what was built") from None
        # `.zip` is accepted because PEP 527 kept it for sdists.
        sdists = [each for each in found if each.endswith((".tar.gz", ".zip"))]
        wheels = [each for each in found if each.endswith(".whl")]
        # The publishing action would upload any other file of the folder as well.
        strange = any(parse_file_name(each) is None for each in found)
        if strange or len(sdists) != 1 or not wheels or len(found) != len(sdists) + len(wheels):
            details = [shown(each) for each in found]
            raise CheckFailedError("the build gives no single sdist with wheels", details=details)
        return found


@contextmanager
def workshop(root: Path, isolation: Isolation) -> Iterator[Workshop]:
    """A workshop for the length of the block. Raises UsageError where there is no commit."""
    repository = Repository(root)
    try:
        # A tool may leave files that cannot be removed, which must not turn success into failure.
        folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    except OSError as error:
        raise make_disk_error(error, "making a folder for the build") from None
    with folder as name:
        # Resolved: on macOS the temporary folder lies below a symbolic link, and tools print both
        # forms.
        yield Workshop(repository, Path(name).resolve(), isolation)


def require_tool(module: str) -> str:
    """The version of the tool. Raises CheckFailedError when it is not installed."""
    # Modules have underscores where the names of these distributions have hyphens.
    name = module.replace("_", "-")
    try:
        return version(name)
    except PackageNotFoundError:
        hint = "Install it: pip install 'secstatus[publish]'"
        raise CheckFailedError(f"{name} is not installed", hint=hint) from None


def _failed(module: str, done: CommandResult) -> CheckFailedError:
    message = f"{module.replace('_', '-')} {done.ending}"
    return CheckFailedError(message, details=done.quote_output())


def _no_environment(done: CommandResult) -> bool:
    """Whether it failed before any code of the project or its backend ran."""
    told = done.out + done.err
    # `build` prints these lines before it installs, and before it asks the backend for more.
    return b"Installing packages in isolated environment" in told and (
        b"Getting build dependencies" not in told
    )
