"""Runs of build and of the tools around it, made once for the same files.

Most tests of a preflight differ in something that no build sees. The first run of a command is a
real one. The next one with the same words, the same files below every folder and file that it is
given, and the same environment gets what that one printed and wrote. Another byte, another
permission, another time of a file or another variable is another run.
"""

import os
import shutil
import sys
from hashlib import sha256
from itertools import count
from pathlib import Path

from secstatus.adapters import process
from secstatus.commands.preflight.clean_build import PREFIX

# What differs from test to test, and what says the same: none of the tools reads it.
_ELSEWHERE = {"HOME", "OLDPWD", "PWD", "PYTEST_CURRENT_TEST"}
# The distributions of these tests name what is in them (`include`), and this is not.
_LEFT_OUT = {".git", "security"}


class SharedRuns:
    """`ended` in the place of the one of the program. `again` False: every run is a real one.

    `real` are the modules that were really run.
    """

    def __init__(self, folder):
        self.folder, self.kept, self.again, self.real = folder, {}, True, []
        self._names = count()

    def ended(self, command, folder, environment, **more):
        key = _key(command, folder, environment)
        target = _written_to(command)
        if self.again and key in self.kept:
            done, written = self.kept[key]
            if written:
                shutil.copytree(written, target)
            return done
        self.real.append(command[command.index("-m") + 1])
        done = process.run_to_end(command, folder, environment, **more)
        self._keep(key, done, target)
        return done

    def _keep(self, key, done, target):
        written = None
        if target and target.exists():
            written = self.folder / str(next(self._names))
            shutil.copytree(target, written)
        self.kept[key] = done, written


def _written_to(command):
    words = [str(word) for word in command]
    return Path(words[words.index("--outdir") + 1]) if "--outdir" in words else None


def _key(command, folder, environment):
    words = [_named(str(word)) for word in command]
    variables = sorted((k, v) for k, v in environment.items() if k not in _ELSEWHERE)
    return tuple(words), _named(str(folder)), tuple(variables)


def _named(word):
    """A word of a command; for one that is a path of the tests: its name and what is there."""
    path = Path(word)
    if not path.is_absolute() or word == sys.executable:
        return word
    if path.name.startswith(PREFIX):
        return PREFIX  # in it are the copies, which the command names, while others are made
    if path.is_dir():
        return path.name, _digest(path)
    return path.name, sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _digest(folder):
    found = sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(each for each in folders if each not in _LEFT_OUT)
        for name in sorted(files):
            path = Path(place, name)
            info = path.lstat()
            what = (str(path.relative_to(folder)), info.st_mode, info.st_mtime_ns)
            found.update(repr((what, path.read_bytes())).encode())
    return found.hexdigest()
