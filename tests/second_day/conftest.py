"""Projects after their first day, made once a format."""

import shutil

import pytest

from tests.second_day.days import first_delivery
from tests.second_day.project import make_project, take
from tests.support.repositories import isolate_git


@pytest.fixture(autouse=True)
def _machine(monkeypatch, tmp_path_factory):
    """Nobody's git, and no waiting for the disk: no power fails here."""
    isolate_git(monkeypatch, tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def _kept():
    return {}


@pytest.fixture
def bare_project(_kept, tmp_path, tmp_path_factory):
    """`bare_project()` is a copy of the project in which nobody ever ingested."""

    def copy():
        if "" not in _kept:
            _kept[""] = make_project(tmp_path_factory.mktemp("lantern"))
        shutil.copytree(_kept[""], tmp_path / "lantern")
        return tmp_path / "lantern"

    return copy


@pytest.fixture
def after_first_day(_kept, bare_project, tmp_path, tmp_path_factory):
    """`after_first_day(form)` is a project of its own, and what the first ingest said."""

    def copy(form):
        if form.name not in _kept:
            folder = tmp_path_factory.mktemp("days") / form.name
            shutil.move(bare_project(), folder)
            _kept[form.name] = folder, take(folder, form, first_delivery(form))
        folder, first = _kept[form.name]
        shutil.copytree(folder, tmp_path / "lantern")
        return tmp_path / "lantern", first

    return copy
