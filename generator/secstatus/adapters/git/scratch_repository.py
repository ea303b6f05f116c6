"""A repository for the length of a run, so that the user's own is not touched.

What is fetched and made goes there: no object, no ref, no shallow mark and no setting appears in
the clone, and a kill leaves a folder among the temporary ones. The clone's settings for reaching
a remote apply there too, since CI keeps its access in the clone's own settings.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from secstatus.adapters.files import make_disk_error
from secstatus.adapters.git.run import Git

PREFIX = "secstatus-deploy-"
# Settings of a clone that decide whether and how a remote is reached. `url.` is missing: addresses
# are taken over as they are after it.
ACCESS = ("http.", "https.", "credential.", "ssh.", "protocol.", "core.sshcommand", "core.gitproxy")
OF_THE_CLONE = frozenset({"local", "worktree", "command"})
# The repository is thrown away: no fsync, no hooks of the user, no maintenance that would go on
# after the end.
SETTINGS = {
    "core.fsync": "none",
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "maintenance.auto": "false",
    "fetch.writeCommitGraph": "false",
    "advice.fetchShowForcedUpdates": "false",
    "transfer.fsckObjects": "false",
    "fastimport.unpackLimit": "1",
    "fetch.unpackLimit": "1",
}
_IDENTITY = re.compile(rb"(?P<who>[^<>\n]+ <[^<>\n]+>) [0-9]+ [+-][0-9]{4}\n?")


@contextmanager
def scratch_repository(git: Git) -> Iterator[Git]:
    """An empty repository of the kind of `git`'s, which reaches remotes as that one does."""
    kind = git.line("rev-parse", "--show-object-format")
    try:
        folder = tempfile.TemporaryDirectory(prefix=PREFIX, ignore_cleanup_errors=True)
    except OSError as error:
        raise make_disk_error(error, "making a folder for the deployment") from None
    with folder as name:
        # A remote cannot be fetched into a repository of another object format.
        git.ask("init", "-q", "--bare", "--template=", f"--object-format={kind}", "--", name)
        settings = [*SETTINGS.items(), *_access(git)]
        yield Git(git.folder, {"GIT_DIR": name, **_as_variables(settings)})


def _access(git: Git) -> Iterator[tuple[str, str]]:
    """The clone's own settings for reaching remotes; those of the user hold everywhere."""
    done = git.attempt("config", "--list", "-z", "--show-scope", "--includes")
    if done.status:
        return
    parts = [os.fsdecode(part) for part in done.out.split(b"\0")]
    for scope, setting in zip(parts[::2], parts[1::2], strict=False):
        key, _, value = setting.partition("\n")
        if scope in OF_THE_CLONE and key.lower().startswith(ACCESS):
            yield key, value


def _as_variables(settings: list[tuple[str, str]]) -> dict[str, str]:
    # Not as words of a command: other users of the machine could read a token there.
    variables = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (key, value) in enumerate(settings):
        variables[f"GIT_CONFIG_KEY_{number}"] = key
        variables[f"GIT_CONFIG_VALUE_{number}"] = value
    return variables


def find_identity(git: Git, role: str, otherwise: str) -> str:
    """`NAME <EMAIL>` of the `AUTHOR` or `COMMITTER` that is configured, else `otherwise`.

    git's guess from the names of user and machine is not used: it would be published.
    """
    words = ("-c", "user.useConfigOnly=true", "var", f"GIT_{role}_IDENT")
    done = git.attempt(*words, variables={f"GIT_{role}_DATE": "1700000000 +0000"})
    match = _IDENTITY.fullmatch(done.out) if done.status == 0 else None
    return os.fsdecode(match["who"]) if match else otherwise
