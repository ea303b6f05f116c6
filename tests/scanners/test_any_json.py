"""Whatever JSON a file holds, a reader answers with a report or with the place that is wrong."""

import json
from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secstatus.findings.observation import ScanReport
from secstatus.scanners.reading import NotThisReport

DATA = Path(__file__).parents[1] / "data" / "reports"
SAMPLES = [
    ("sarif", "codeql.sarif"),
    ("cyclonedx_vex", "statements.json"),
    ("openvex", "statements.json"),
    ("trivy", "repository.json"),
    ("grype", "directory.json"),
    ("dependabot", "list.json"),
    ("dependabot", "graphql.json"),
    ("code_scanning", "list.json"),
]
FORMATS = sorted({name for name, _ in SAMPLES})

# As json.loads gives them: also half surrogate pairs, NaN, infinity and huge numbers.
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["\ud800", "2026-13-99T99:99", "pkg:pypi/%", "\x00", 10**400, "9" * 400]),
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)


def reader(name):
    return import_module(f"secstatus.scanners.{name}")


def survives(name, data):
    """Reads it, and returns whether that gave a report."""
    module = reader(name)
    assert module.recognises(data) in (True, False)
    place = ""
    try:
        reports = module.read(data)
    except NotThisReport as error:
        place = error.place
    if place:
        assert place.startswith("$")
        return False
    assert reports
    for report in reports:
        assert isinstance(report, ScanReport)
        hash(report.observations)
    return True


def places_in(value, at=()):
    """Every place of a JSON value, as a path of keys and positions."""
    yield at
    if isinstance(value, dict):
        inner = value.items()
    else:
        inner = enumerate(value) if isinstance(value, list) else ()
    for step, item in inner:
        yield from places_in(item, (*at, step))


def changed(value, place, new):
    """The value with another one at a place; `...` takes it away."""
    if not place:
        return None if new is ... else new
    copy = value.copy()
    step, *rest = place
    if not rest and new is ...:
        del copy[step]
    else:
        copy[step] = changed(value[step], rest, new)
    return copy


@pytest.mark.parametrize("name", FORMATS)
@given(data=VALUES)
def test_any_json(name, data):
    survives(name, data)


@pytest.mark.parametrize(("name", "file"), SAMPLES)
def test_every_place_with_every_kind_of_value(name, file):
    sample = json.loads((DATA / name / file).read_text())
    assert reader(name).recognises(sample)
    assert survives(name, sample)
    for place in places_in(sample):
        for new in (..., None, True, -1, 1e400, "text", "\ud800", [], [7], {}, {"id": []}):
            survives(name, changed(sample, place, new))


@pytest.mark.parametrize(("name", "file"), SAMPLES)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(draw=st.data())
def test_random_mutations(name, file, draw):
    data = json.loads((DATA / name / file).read_text())
    for _ in range(draw.draw(st.integers(1, 4))):
        place = draw.draw(st.sampled_from(list(places_in(data))))
        data = changed(data, place, draw.draw(st.just(...) | VALUES))
    survives(name, data)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("opening", ['{"data":', "[", '{"runs":[', '{"components":['])
def test_deep_nesting(name, opening):
    closing = "".join("}" if mark == "{" else "]" for mark in reversed(opening) if mark in "{[")
    survives(name, json.loads(opening * 200 + "null" + closing * 200))
