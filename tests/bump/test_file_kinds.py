"""Which kind of file a path names, and which of its rules comes first."""

import pytest

from secstatus.bump.vocabulary import FileType, classify_path, is_test_data, load_path_rules


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/Vendor/poetry.lock", FileType.VENDORED),
        ("backups/README.md", FileType.BACKUP),
        ("README.md.orig", FileType.BACKUP),
        ("static/site.min.js", FileType.GENERATED),
        ("poetry.lock", FileType.LOCK),
        ("Poetry.lock", FileType.OTHER),
        ("security/pip-audit-2026.json", FileType.REPORT),
        ("reports/summary.txt", FileType.REPORT),
        ("reports/summary.py", FileType.CODE),
        ("docs/release-notes/1.0.md", FileType.HISTORY),
        ("docs/release-notes/conf.py", FileType.CODE),
        ("CHANGELOG", FileType.HISTORY),
        ("änderungen-changelog.md", FileType.HISTORY),
        ("history.py", FileType.CODE),
        ("debian/changelog", FileType.HISTORY),
        ("requirements-dev.txt", FileType.REQUIREMENTS),
        ("version.txt", FileType.VERSION_FILE),
        ("Dockerfile.dev", FileType.DOCKER),
        ("build/app.dockerfile", FileType.DOCKER),
        ("README", FileType.PROSE),
        ("setup.CFG", FileType.INI),
        ("unknown.bin", FileType.OTHER),
    ],
)
def test_a_path_names_a_kind(path, kind):
    assert classify_path(path) is kind


def test_every_kind_but_other_has_a_rule():
    assert {rule.kind for rule in load_path_rules().rules} == set(FileType) - {FileType.OTHER}


def test_folders_and_suffixes_of_rules_are_in_lower_case():
    for rule in load_path_rules().rules:
        assert all(word == word.lower() for word in rule.folders | rule.suffixes)
        assert all(word.startswith(".") or word == "none" for word in rule.suffixes)


def test_data_of_tests_lies_below_a_folder_of_tests():
    assert is_test_data("tests/unit/fixtures/setup.py")
    assert not is_test_data("fixtures/setup.py")
    assert is_test_data("src/testdata/setup.py")
