"""The laws of dependencies, on generated projects, locks and texts."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.dependencies import FILES, ProjectDependencies
from secstatus.errors import InputError
from secstatus.text.toml import parse_toml
from tests.dependencies.lock_texts import LOCKS, POETRY_1, PYPROJECT, project, read

NAMES = st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
SETS = st.frozensets(NAMES)
MARKERS = st.sampled_from(["", "sys_platform == 'win32'", "python_version >= '3.9'"])
GRAPHS = st.dictionaries(NAMES, st.lists(st.tuples(NAMES, MARKERS), max_size=4), max_size=6)
ROOTS = st.tuples(SETS, SETS, SETS)
PIECES = ["[", "]", "=", '"', "'", ".", "\n", ",", "{", "}", "name", "package", "project", " ", "1"]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def uv(order, graph, roots):
    """A lock file of the graph; names that it requires and lacks are left out."""
    runtime, extra, development = roots
    own = [
        '[[package]]\nname = "lantern"\nsource = { editable = "." }',
        f"dependencies = [{_edges(graph, ((name, '') for name in sorted(runtime)))}]",
        "[package.optional-dependencies]",
        f"more = [{_edges(graph, ((name, '') for name in sorted(extra)))}]",
        "[package.dev-dependencies]",
        f"dev = [{_edges(graph, ((name, '') for name in sorted(development)))}]",
    ]
    entries = {"lantern": "\n".join(own)}
    for name, edges in graph.items():
        entries[name] = (
            f'[[package]]\nname = "{name}"\nversion = "1"\ndependencies = [{_edges(graph, edges)}]'
        )
    return "version = 1\n" + "\n".join(entries[name] for name in order)


def _edges(graph, edges):
    return ", ".join(
        f'{{ name = "{name}", marker = "{marker}" }}' for name, marker in edges if name in graph
    )


def scopes(found):
    assert isinstance(found, ProjectDependencies)
    sets = (found.runtime or frozenset(), found.extra, found.development)
    assert sum(map(len, sets)) == len(frozenset().union(*sets)), "disjoint"
    assert "lantern" not in found.names
    assert all(
        found.find_scope(name) in ("", "runtime", "extra", "development") for name in sets[1]
    )
    return found


@given(GRAPHS, ROOTS, st.data())
def test_the_order_of_packages_changes_nothing(graph, roots, data):
    names = ["lantern", *graph]
    texts = [uv(data.draw(st.permutations(names)), graph, roots) for _ in range(2)]
    one, two = (scopes(read({"uv.lock": text}, package="lantern")) for text in texts)
    assert one == two


@given(GRAPHS, ROOTS, NAMES, st.none() | NAMES)
def test_a_lock_that_lists_more_needs_no_less(graph, roots, name, required_by):
    names = ["lantern", *graph]
    less = scopes(read({"uv.lock": uv(names, graph, roots)}, package="lantern"))
    more = {**graph, name: graph.get(name, [])}
    if required_by in more:
        more[required_by] = [*more[required_by], (name, "")]
    found = scopes(read({"uv.lock": uv(["lantern", *more], more, roots)}, package="lantern"))
    assert less.runtime <= found.runtime
    assert less.locked.keys() <= found.locked.keys()


@given(GRAPHS, ROOTS, st.lists(NAMES), NAMES, st.sampled_from([None, "uv.lock"]))
def test_a_declared_dependency_more_needs_no_less(graph, roots, declared, name, lock):
    files = {lock: uv(["lantern", *graph], graph, roots)} if lock else {}
    less = scopes(read({**files, "pyproject.toml": project(declared)}, package="lantern"))
    more = scopes(read({**files, "pyproject.toml": project([*declared, name])}, package="lantern"))
    assert less.runtime <= more.runtime
    assert name in more.runtime
    assert more.find_scope(name) == "runtime"


@given(GRAPHS, ROOTS)
def test_what_is_required_somewhere_is_never_called_less(graph, roots):
    """Judged by following every edge, whatever its marker."""
    found = scopes(read({"uv.lock": uv(["lantern", *graph], graph, roots)}, package="lantern"))
    todo, needed = [name for name in roots[0] if name in graph], set()
    while todo:
        name = todo.pop()
        if name not in needed and name in graph:
            needed.add(name)
            todo += [each for each, _ in graph[name]]
    assert {name for name in graph if found.find_scope(name) == "runtime"} == needed


@given(st.dictionaries(st.sampled_from(FILES), TEXTS), st.text())
def test_no_text_raises(files, package):
    scopes(read(files, package=package))


DOCUMENTS = {**LOCKS, "pyproject.toml": PYPROJECT + POETRY_1}
VALUES = st.sampled_from(
    [
        "3",
        "[]",
        "{}",
        "true",
        '""',
        '"a b"',
        "[3]",
        "[[]]",
        "{name=3}",
        '[{name="a"}]',
        "1e9",
        "\x7f",
    ]
)


@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_a_value_of_another_type_raises_nothing_and_hides_nothing(name, data):
    lines = DOCUMENTS[name].splitlines()
    places = [number for number, line in enumerate(lines) if "=" in line or ":" in line]
    number = data.draw(st.sampled_from(places))
    separator = ":" if name == "Pipfile.lock" else "="
    head = lines[number].partition(separator)[0]
    lines[number] = f"{head}{separator} {data.draw(VALUES)}"
    found = scopes(read({"pyproject.toml": PYPROJECT, name: "\n".join(lines)}))
    assert (
        found.runtime is None
        or name == "pyproject.toml"
        or found.runtime
        >= {
            "click",
            "requests",
        }
    )


DEEP = 100_000
HOSTILE = [
    "a = " + "[" * DEEP,
    "a = " + "{a=" * DEEP,
    ".".join("a" * DEEP) + " = 1",
    "[" + ".".join("a" * DEEP) + "]",
    "a." + " . ".join(["'a.b'"] * DEEP) + " = 1",
    "".join(f"k{n}" + ".a" * 40 + " = 1\n" for n in range(DEEP // 10)),
    "a = 1" + "0" * DEEP,
    "a = '" + "x" * DEEP,
    '{"a":' * DEEP,
    " " * DEEP + "x",
    "[options]\n" + "install_requires" + " " * DEEP + "\n" + " x\n" * DEEP,
    "setup(" + " " * DEEP,
    "[project]\nname='lantern'\ndependencies=['a; " + "(" * DEEP + "']",
    "[project]\nname='lantern'\ndependencies=['a" + " " * DEEP + "']",
    "[project]\nname='" + "a" * DEEP + "'",
    "[project]\nname='lantern'\ndependencies=['-e " + "#egg=" * DEEP + "']",
]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_files_are_problems(name, text):
    found = scopes(read({name: text}))
    assert found.problems or found.runtime == {"x"}  # odd, but readable


@pytest.mark.parametrize("text", [HOSTILE[2], HOSTILE[3], HOSTILE[4], HOSTILE[5]])
def test_dotted_keys_are_refused_before_tomllib_takes_quadratic_time(text):
    with pytest.raises(InputError, match=r"very many dotted keys|a very long key"):
        parse_toml(text, "uv.lock")


def _lock(body):
    own = '[[package]]\nname = "lantern"\nsource = { virtual = "." }\n'
    return f"version = 1\n{own}{body}"


def versions_and_edges(count):
    edge = (
        '[[package]]\nname = "a"\nversion = "{0}"\ndependencies = [{{name="a",version="x{0}"}}]\n'
    )
    needed = "dependencies = [" + '{name = "a"},' * count + "]\n"
    return "uv.lock", _lock(needed + "".join(edge.format(n) for n in range(count)))


def chain(count):
    link = '[[package]]\nname = "n{}"\ndependencies = [{{name="n{}"}}]\n'
    links = "".join(link.format(n, n + 1) for n in range(count))
    return "uv.lock", _lock(f'dependencies = [{{name = "n0"}}]\n{links}')


def extras_of_versions(count):
    names = [f"e{n}" for n in range(count)]
    versions = "".join(f'[[package]]\nname = "a"\nversion = "{n}"\n' for n in range(count))
    return "uv.lock", _lock(f"dependencies = [{{name = 'a', extra = {names}}}]\n{versions}")


def extras_with_dependencies(count):
    extras, needed = [f"e{n}" for n in range(count)], [f"n{n}" for n in range(count)]
    return "pdm.lock", (
        '[metadata]\nlock_version = "4.5.0"\n[[package]]\nname = "a"\nversion = "1"\n'
        f'groups = ["default"]\nextras = {extras}\ndependencies = {needed}\n'
    )


def count_calls(name, text):
    """The function calls that reading takes: unlike a time, the same on every machine."""
    calls = 0

    def count(frame, event, argument):
        nonlocal calls
        calls += 1

    sys.setprofile(count)
    try:
        found = scopes(read({name: text}, package="lantern"))
    finally:
        sys.setprofile(None)
    assert found.runtime
    return calls


@pytest.mark.parametrize(
    "make", [versions_and_edges, chain, extras_of_versions, extras_with_dependencies]
)
def test_large_graphs_take_linear_work(make):
    assert count_calls(*make(800)) < 2.5 * count_calls(*make(400))
