"""Small distributions that twine and an index take, made without a build."""

import io
import tarfile
import zipfile

METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nSummary: for tests\n\nHello.\n"


def wheel(folder, name="demo", version="1.0", more=b""):
    """A wheel; `more` makes its bytes other ones."""
    path = folder / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(path, "w") as archive:
        for inside, content in (
            (f"{name}.py", b"x = 1\n" + more),
            (f"{info}/METADATA", METADATA.format(name=name, version=version)),
            (f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"),
            (f"{info}/RECORD", ""),
        ):
            archive.writestr(zipfile.ZipInfo(inside), content)
    return path


def sdist(folder, name="demo", version="1.0"):
    path = folder / f"{name}-{version}.tar.gz"
    metadata = METADATA.format(name=name, version=version).encode()
    with tarfile.open(path, "w:gz") as archive:
        for inside, content in (("PKG-INFO", metadata), ("pyproject.toml", b"[project]\n")):
            entry = tarfile.TarInfo(f"{name}-{version}/{inside}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return path
