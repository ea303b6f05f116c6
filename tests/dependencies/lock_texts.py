"""A small project, lantern, and its lock files in the shape that each tool writes."""

from secstatus.dependencies import read_dependencies

LINUX = {
    "implementation_name": "cpython",
    "implementation_version": "3.12.1",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_release": "6.1",
    "platform_system": "Linux",
    "platform_version": "#1 SMP",
    "python_full_version": "3.12.1",
    "platform_python_implementation": "CPython",
    "python_version": "3.12",
    "sys_platform": "linux",
}
WINDOWS = LINUX | {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"}
OLD = LINUX | {"python_version": "3.8", "python_full_version": "3.8.18"}

# requests needs certifi, its extra socks needs pysocks; click needs colorama on Windows; rich
# needs pygments, which pytest needs too; pytest needs iniconfig.
PYPROJECT = """
[project]
name = "Lantern.Kit"
version = "1.0"
dependencies = ["Requests[socks]>=2", "click"]
[project.optional-dependencies]
pretty = ["rich"]
all = ["lantern-kit[pretty]", "PyYAML"]
[dependency-groups]
dev = ["pytest", {include-group = "lint"}]
lint = ["ruff"]
"""
RUNTIME = {"requests", "certifi", "pysocks", "click"}
EXTRA = {"rich", "pygments", "pyyaml"}
DEVELOPMENT = {"pytest", "iniconfig", "ruff"}

POETRY_1 = """
[tool.poetry]
name = "Lantern"
[tool.poetry.dependencies]
python = "^3.8"
Requests = {version = "^2.31", extras = ["socks"]}
typing_extensions = {version = "*", python = "<3.9"}
pywin32 = {version = "*", platform = "win32"}
numpy = [{version = "<2", python = "~3.8"}, {version = ">=2", python = "^3.9"}]
PyYAML = {version = "*", optional = true}
[tool.poetry.extras]
yaml = ["pyyaml"]
[tool.poetry.group.test.dependencies]
pytest = "*"
[tool.poetry.dev-dependencies]
ruff = "*"
"""

UV = """
version = 1
revision = 3
requires-python = ">=3.11"

[[package]]
name = "certifi"
version = "2026.1.1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "click"
version = "8.1.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "colorama", marker = "sys_platform == 'win32'" },
]

[[package]]
name = "colorama"
version = "0.4.6"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "iniconfig"
version = "2.0.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "lantern-kit"
version = "1.0"
source = { editable = "." }
dependencies = [
    { name = "click" },
    { name = "requests", extra = ["socks"] },
]

[package.optional-dependencies]
all = [
    { name = "pyyaml" },
    { name = "rich" },
]
pretty = [
    { name = "rich" },
]

[package.dev-dependencies]
dev = [
    { name = "pytest" },
    { name = "ruff" },
]
lint = [
    { name = "ruff" },
]

[[package]]
name = "pygments"
version = "2.19.0"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pysocks"
version = "1.7.1"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "pytest"
version = "9.0.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "iniconfig" },
    { name = "pygments" },
]

[[package]]
name = "pyyaml"
version = "6.0.2"
source = { registry = "https://pypi.org/simple" }

[[package]]
name = "requests"
version = "2.32.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "certifi" },
]

[package.optional-dependencies]
socks = [
    { name = "pysocks" },
]

[[package]]
name = "rich"
version = "14.0.0"
source = { registry = "https://pypi.org/simple" }
dependencies = [
    { name = "pygments" },
]

[[package]]
name = "ruff"
version = "0.12.0"
source = { registry = "https://pypi.org/simple" }
"""

_POETRY = [
    # name, version, optional, groups and markers as poetry 2 writes them, the rest of the entry
    ("certifi", "2026.1.1", "false", 'groups = ["main"]', ""),
    (
        "click",
        "8.1.0",
        "false",
        'groups = ["main"]',
        "[package.dependencies]\n"
        'colorama = {version = "*", markers = "platform_system == \\"Windows\\""}\n',
    ),
    (
        "colorama",
        "0.4.6",
        "false",
        'groups = ["main"]\nmarkers = "platform_system == \\"Windows\\""',
        "",
    ),
    ("iniconfig", "2.0.0", "false", 'groups = ["dev"]', ""),
    (
        "pygments",
        "2.19.0",
        "false",
        'groups = ["main", "dev"]\n'
        'markers = {main = "extra == \\"all\\" or extra == \\"pretty\\""}',
        "",
    ),
    ("PySocks", "1.7.1", "false", 'groups = ["main"]', ""),
    (
        "pytest",
        "9.0.0",
        "false",
        'groups = ["dev"]',
        '[package.dependencies]\niniconfig = "*"\nPygments = ">=2.7"\n',
    ),
    ("pyyaml", "6.0.2", "true", 'groups = ["main"]\nmarkers = "extra == \\"all\\""', ""),
    (
        "requests",
        "2.32.0",
        "false",
        'groups = ["main"]',
        "[package.dependencies]\n"
        'certifi = ">=2017.4.17"\n'
        'PySocks = {version = ">=1.5.6,<1.5.7 || >1.5.7", optional = true, '
        'markers = "extra == \\"socks\\""}\n'
        "[package.extras]\n"
        'socks = ["PySocks (>=1.5.6,!=1.5.7)"]\n'
        'use-chardet-on-py3 = ["chardet (>=3.0.2,<6)"]\n',
    ),
    (
        "rich",
        "14.0.0",
        "true",
        'groups = ["main"]\nmarkers = "extra == \\"all\\" or extra == \\"pretty\\""',
        '[package.dependencies]\npygments = ">=2.13.0,<3.0.0"\n',
    ),
    ("ruff", "0.12.0", "false", 'groups = ["dev"]', ""),
]


def _poetry(lock_version, *, groups):
    entries = (
        f'[[package]]\nname = "{name}"\nversion = "{version}"\noptional = {optional}\n'
        f"{group if groups else ''}\n{rest}\n"
        for name, version, optional, group, rest in _POETRY
    )
    return (
        "".join(entries) + '[extras]\nall = ["PyYAML", "rich"]\npretty = ["rich"]\n\n'
        f'[metadata]\nlock-version = "{lock_version}"\npython-versions = "^3.11"\n'
    )


# As poetry 1.5 to 1.8 write it: neither groups nor categories.
POETRY = _poetry("2.0", groups=False)
# As poetry 2 writes it.
POETRY_2 = _poetry("2.1", groups=True)

PDM = """
[metadata]
groups = ["default", "all", "dev", "lint", "pretty"]
strategy = ["inherit_metadata"]
lock_version = "4.5.0"
content_hash = "sha256:0f"

[[metadata.targets]]
requires_python = ">=3.11"

[[package]]
name = "certifi"
version = "2026.1.1"
groups = ["default"]

[[package]]
name = "click"
version = "8.1.0"
groups = ["default"]
dependencies = [
    "colorama; platform_system == \\"Windows\\"",
]

[[package]]
name = "colorama"
version = "0.4.6"
groups = ["default"]
marker = "platform_system == \\"Windows\\""

[[package]]
name = "iniconfig"
version = "2.0.0"
groups = ["dev"]

[[package]]
name = "pygments"
version = "2.19.0"
groups = ["all", "dev", "pretty"]

[[package]]
name = "pysocks"
version = "1.7.1"
groups = ["default"]

[[package]]
name = "pytest"
version = "9.0.0"
groups = ["dev"]
dependencies = [
    "iniconfig>=1",
    "pygments>=2.7.2",
]

[[package]]
name = "pyyaml"
version = "6.0.2"
groups = ["all"]

[[package]]
name = "requests"
version = "2.32.0"
groups = ["default"]
dependencies = [
    "certifi>=2017.4.17",
]

[[package]]
name = "requests"
version = "2.32.0"
extras = ["socks"]
groups = ["default"]
dependencies = [
    "PySocks!=1.5.7,>=1.5.6",
    "requests==2.32.0",
]

[[package]]
name = "rich"
version = "14.0.0"
groups = ["all", "pretty"]
dependencies = [
    "pygments<3.0.0,>=2.13.0",
]

[[package]]
name = "ruff"
version = "0.12.0"
groups = ["dev", "lint"]
"""

_PYLOCK = [
    ("certifi", "2026.1.1", "'default' in dependency_groups"),
    ("click", "8.1.0", "'default' in dependency_groups"),
    ("colorama", "0.4.6", "sys_platform == 'win32' and 'default' in dependency_groups"),
    ("iniconfig", "2.0.0", "'dev' in dependency_groups"),
    ("pygments", "2.19.0", "'pretty' in extras or 'all' in extras or 'dev' in dependency_groups"),
    ("pysocks", "1.7.1", "'default' in dependency_groups"),
    ("pytest", "9.0.0", "'dev' in dependency_groups"),
    ("pyyaml", "6.0.2", "'all' in extras"),
    ("requests", "2.32.0", "'default' in dependency_groups"),
    ("rich", "14.0.0", "'pretty' in extras or 'all' in extras"),
    ("ruff", "0.12.0", "'dev' in dependency_groups or 'lint' in dependency_groups"),
]
PYLOCK = """
lock-version = "1.0"
created-by = "pdm"
extras = ["pretty", "all"]
dependency-groups = ["dev", "lint"]
default-groups = ["default"]
""" + "".join(
    f'[[packages]]\nname = "{name}"\nversion = "{version}"\nmarker = "{marker}"\n\n'
    for name, version, marker in _PYLOCK
)

PIPFILE_LOCK = """
{
    "_meta": {"hash": {"sha256": "0f"}, "pipfile-spec": 6, "requires": {}, "sources": []},
    "default": {
        "certifi": {"hashes": [], "markers": "python_version >= '3.7'", "version": "==2026.1.1"},
        "click": {"hashes": [], "version": "==8.1.0"},
        "colorama": {"markers": "platform_system == 'Windows'", "version": "==0.4.6"},
        "lantern-kit": {"editable": true, "path": "."},
        "pysocks": {"hashes": [], "version": "==1.7.1"},
        "requests": {"extras": ["socks"], "hashes": [], "version": "==2.32.0"}
    },
    "develop": {
        "iniconfig": {"version": "==2.0.0"},
        "pygments": {"version": "==2.19.0"},
        "pytest": {"index": "pypi", "version": "==9.0.0"},
        "ruff": {"index": "pypi", "version": "==0.12.0"}
    }
}
"""

# Those that tell extras from development.
GRAPHS = {
    "uv.lock": UV,
    "poetry.lock": POETRY,
    "pdm.lock": PDM,
    "pylock.toml": PYLOCK,
}
LOCKS = GRAPHS | {"Pipfile.lock": PIPFILE_LOCK}


def read(files, environment=LINUX, package="lantern.kit"):
    return read_dependencies(files, package, environment)


def project(dependencies, more=""):
    return f'[project]\nname = "lantern"\ndependencies = {dependencies!r}\n{more}'
