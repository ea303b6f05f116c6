"""One name for a package, whichever word a report has for its ecosystem."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secstatus.scanners.packages import (
    ecosystem_of,
    ecosystem_of_file,
    inventory_of,
    name_package,
    packages_in,
    purl_type,
    qualify_name,
    unbuilt,
)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("PyPI pip python python-pkg poetry pipenv uv PIP", "pypi"),
        ("npm node-pkg yarn pnpm NPM javascript", "npm"),
        ("Go gomod gobinary go-module", "golang"),
        ("Maven jar pom java-archive", "maven"),
        ("RubyGems gem gemspec", "gem"),
        ("crates.io cargo rust-crate", "cargo"),
        ("NuGet dotnet", "nuget"),
        ("Packagist composer php-composer", "composer"),
        ("deb Debian:11 ubuntu", "deb"),
        ("apk Alpine:v3.18 wolfi", "apk"),
        ("rpm redhat amazon", "rpm"),
        ("Homebrew", "homebrew"),
    ],
)
def test_words_for_an_ecosystem(words, kind):
    assert {purl_type(word) for word in words.split()} == {kind}


@pytest.mark.parametrize(
    ("name", "word", "package"),
    [
        ("Jinja2[async]", "PyPI", "Jinja2[async]"),
        ("jinja2", None, "jinja2"),
        ("jinja2", "", "jinja2"),
        ("@scope/name", "npm", "npm:@scope/name"),
        ("org.x:lib", "Maven", "maven:org.x/lib"),
        ("zlib", "Debian:11", "deb:debian/zlib"),
        ("zlib", "deb", "deb:zlib"),
        ("left", "Some New One", "some-new-one:left"),
        ("", "npm", ""),
        ("org.x:lib", None, "maven:org.x/lib"),
        ("@scope/name", "", "npm:@scope/name"),
    ],
)
def test_a_package_of_another_ecosystem_is_qualified(name, word, package):
    assert qualify_name(name, word) == package


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_package_is_of_pypi_or_qualified(name, word):
    found = qualify_name(name, word)
    assert found == name or found.startswith(f"{ecosystem_of(found)}:")


def test_a_package_url_names_the_package_but_for_pypi():
    assert name_package("Zope.Event", "pkg:pypi/zope-event@5", "python") == "Zope.Event"
    assert name_package("zlib", "pkg:deb/debian/zlib@1?arch=x", "deb") == "deb:debian/zlib"
    assert name_package("zlib", "", "deb") == "deb:zlib"
    assert name_package("", "pkg:pypi/zope-event@5", "") == "zope-event"


def test_package_urls_inside_of_a_text():
    assert packages_in("a.tgz: pkg:npm/ajv@6.0.0 (shaded: pkg:pypi/X@1.)") == [
        ("npm:ajv", "6.0.0"),
        ("x", "1"),
    ]
    assert packages_in("no package") == packages_in("pkg:pypi/") == []


@pytest.mark.parametrize(
    ("path", "kind"),
    [("web/yarn.lock", "npm"), ("go.sum", "golang"), ("lib/a.JAR", "maven"), ("uv.lock", "")],
)
def test_lock_files(path, kind):
    assert ecosystem_of_file(path) == kind


def test_an_inventory_has_names_without_extras_and_all_versions():
    listed = [("Jinja2[async]", "3.1"), ("jinja2", "3.2"), ("npm:Ajv[x]", "1"), ("idna", "")]
    assert inventory_of(listed) == {"jinja2": ("3.1", "3.2"), "npm:Ajv[x]": ("1",), "idna": ()}


def test_a_project_that_could_not_be_built_is_named():
    assert unbuilt(inventory_of([("UNKNOWN", "0.0.0")]))
    assert not unbuilt(inventory_of([("known", "0.0.0"), ("npm:unknown", "1")]))
