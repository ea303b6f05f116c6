"""The floor: the least time in which Python can put these bytes into these files.

    python bench/floor.py pack SITE FILE     gather a finished site into one file (not measured)
    python bench/floor.py write FILE OUT     write it into a fresh folder (measured, start-up too)

A process cannot start with a site already in memory, so it loads one file with `marshal`:
one read and no parsing, a few hundredths of a second at 20,000 findings.
"""

import marshal
import os
import sys

FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def pack(site: str, file: str) -> None:
    """Store every folder, parents first, and every file of `site`."""
    folders: list[str] = []
    files: list[tuple[str, bytes]] = []
    for folder, _, names in os.walk(site):
        relative = os.path.relpath(folder, site)
        folders.append(relative)
        for name in names:
            with open(os.path.join(folder, name), "rb") as source:
                files.append((os.path.join(relative, name), source.read()))
    with open(file, "wb") as target:
        marshal.dump((folders, files), target)


def write(file: str, out: str) -> None:
    with open(file, "rb") as source:
        folders, files = marshal.load(source)
    for folder in folders:
        os.makedirs(os.path.join(out, folder), exist_ok=True)
    os.chdir(out)
    for name, content in files:
        handle = os.open(name, FLAGS, 0o644)
        os.write(handle, content)
        os.close(handle)


def main() -> None:
    command, source, target = sys.argv[1:]
    {"pack": pack, "write": write}[command](source, target)


if __name__ == "__main__":
    main()
