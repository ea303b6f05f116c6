"""The data files of the third-party patterns and of the vocabulary: what must hold in them."""

from secstatus.bump.rules.third_party import load_third_party_patterns
from secstatus.bump.vocabulary import load_vocabulary


def test_every_pattern_ends_or_begins_at_the_version():
    for each in load_third_party_patterns():
        before = each.before.pattern
        assert not before or before.endswith((rb"\Z", rb"\Z)")), each.name
        assert bool(before) != bool(each.after.pattern), each.name


def test_a_pattern_that_answers_for_the_project_has_a_subject():
    for each in load_third_party_patterns():
        if each.own is not None:
            assert "subject" in each.before.groupindex, each.name


def test_words_are_in_lower_case_and_no_word_is_both_a_filler_and_a_name():
    words = load_vocabulary()
    for group in (words.introductions, words.fillers, words.prepositions, words.projects):
        assert all(word == word.lower() for word in group)
    assert not words.projects & (words.introductions | words.fillers)
    assert not words.verbs & words.prepositions
