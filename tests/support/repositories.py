"""Real git in tests: isolated settings, a project with a bare remote, and snapshots of both."""

import shutil
import stat
import subprocess

IDENTITY = "[user]\nname = Somebody\nemail = somebody@example.org\n"
# Nothing is synced to the disk, and no process stays behind to tidy up.
SETTINGS = (
    "[core]\nfsync = none\n[gc]\nauto = 0\n[maintenance]\nauto = false\n"
    '[init]\ndefaultBranch = main\n[protocol "file"]\nallow = always\n'
)
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "XDG_CONFIG_HOME")


def isolate_git(monkeypatch, home, identity=IDENTITY):
    """Keep the settings of this machine and its user out; `home` gets settings of its own."""
    for name in FOREIGN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    write_settings(home, identity)


def write_settings(home, identity=IDENTITY):
    (home / ".gitconfig").write_text(identity + SETTINGS)


def git(folder, *words, check=True):
    """Run git there; what it prints, without surrounding blanks."""
    done = subprocess.run(["git", *words], cwd=folder, capture_output=True, check=False)
    assert not check or done.returncode == 0, done.stderr
    return done.stdout.decode("utf-8", "surrogateescape").strip()


def write_files(folder, files):
    """Write files: path → bytes or text; None takes the file away."""
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            target.unlink()
        elif isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(content, "utf-8")


def commit_all(folder, message="first"):
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)


def make_repository(folder, files, remote=None):
    """A repository with these files in one commit, pushed to a bare remote beside it.

    The address of the remote is relative, so that a copy of both folders has its own.
    """
    write_files(folder, files)
    remote = remote or folder.parent / f"{folder.name}.git"
    for words in (["init", "-q"], ["init", "-q", "--bare", str(remote)]):
        git(folder, *words)
    for hooks in (folder / ".git/hooks", remote / "hooks"):
        shutil.rmtree(hooks, ignore_errors=True)
    commit_all(folder)
    git(folder, "remote", "add", "origin", f"../{remote.name}")
    git(folder, "push", "-q", "-u", "origin", "main")
    return folder


def write_hook(git_folder, name, text):
    """A hook of a repository, given its git folder; `text` is for sh."""
    path = git_folder / "hooks" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def files_of(folder):
    """Path → mode and bytes, target of a link, or "folder", of everything but what git keeps."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if name.split("/")[0] == ".git":
            continue
        if path.is_symlink():
            found[name] = path.readlink()
        elif path.is_file():
            found[name] = stat.S_IMODE(path.stat().st_mode), path.read_bytes()
        else:
            found[name] = "folder"
    return found


def snapshot(folder):
    """Files, index, HEAD and refs, here and on the remote: what has to be as it was before."""
    refs = git(folder, "for-each-ref", "--format=%(refname) %(objectname)")
    head = (
        git(folder, "rev-parse", "--symbolic-full-name", "HEAD"),
        git(folder, "rev-parse", "HEAD"),
    )
    remote = git(folder, "ls-remote", "origin", check=False)
    left = sorted(path.name for path in (folder / ".git").glob("secstatus*"))
    return files_of(folder), git(folder, "ls-files", "-s", "-v"), head, refs, remote, left
