"""Real git in tests: nobody's settings, a project with a bare remote, and what has to stay."""

import os
import stat
import subprocess

SETTINGS = (
    "[user]\nname = Somebody\nemail = somebody@example.org\n"
    '[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
)
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "XDG_CONFIG_HOME")


def nobodys_git(monkeypatch, home):
    """The settings of this machine are not those of the tests."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (home / ".gitconfig").write_text(SETTINGS)


def git(folder, *words, check=True):
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def made(folder, files):
    """A repository with these files (path → bytes) in one commit, pushed to a bare remote."""
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "first")
    remote = folder.parent / f"{folder.name}.git"
    git(folder.parent, "init", "-q", "--bare", str(remote))
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "push", "-q", "-u", "origin", "main")
    return folder


def hook(folder, name, text):
    path = folder / ".git/hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def everything(folder):
    """Files with modes, index, HEAD and refs, here and on the remote: what has to be as before."""
    files = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".git" or path.is_dir():
            continue
        info = path.lstat()
        content = os.readlink(path) if path.is_symlink() else path.read_bytes()
        files[name] = stat.S_IMODE(info.st_mode), content
    refs = git(folder, "for-each-ref", "--format=%(refname) %(objectname)")
    head = (
        git(folder, "rev-parse", "--symbolic-full-name", "HEAD"),
        git(folder, "rev-parse", "HEAD"),
    )
    remote = git(folder, "ls-remote", "origin", check=False)
    left = sorted(path.name for path in (folder / ".git").glob("secstatus*"))
    return files, git(folder, "ls-files", "-s", "-v"), head, refs, remote, left
