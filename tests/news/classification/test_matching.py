from __future__ import annotations

import pytest
from small_news import write_rules

from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.matching import Index, Word, tokenize, written_words


def test_typographic_marks_do_not_matter(rules):
    plain = rules.label("Trump says he won't delay tariffs - 'no more extensions'")
    fancy = rules.label("Trump says he won’t delay tariffs — ‘no more extensions’")
    assert (plain.category, plain.direction) == (fancy.category, fancy.direction)
    assert (plain.category, plain.direction) == ("tariff_threat", "escalation")


@pytest.mark.parametrize("character", ["\u200b", "\u00ad", "\u202e", "\ufeff"])
def test_invisible_characters_do_not_hide_words(rules, character):
    assert rules.label(f"US imposes tar{character}iffs on steel").category == "tariff_announced"


def test_the_pronoun_is_no_country(rules):
    label = rules.label("Beijing gives us new chips, says EU")
    assert "US" not in (label.actor, label.target)
    country = rules.label("Beijing gives US new chips, says EU")
    assert "US" in (country.actor, country.target)


def test_only_the_beginning_of_a_long_text_is_read(rules):
    long = "word " * 1_000_000 + "US imposes tariffs on steel"
    assert rules.label(long).outcome != "event"


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize(
    ("pattern", "fires", "not_fires"),
    [
        ("zig zag", "a zig zag b", "zig a zag"),
        ("zig ... zag", "zig a b c d e zag", "zig a b c d e f zag"),
        ("zig ...1 zag", "zig a zag", "zig a b zag"),
        ("zig ... zag", "zig, a zag", "zig; a zag"),
        ("^ zig", "zig a", "a zig"),
        ("zig $", "a zig", "zig a"),
        ("zig|zag", "zag", "zip"),
        ("zig*", "zigzag", "azig"),
        ("=Zig", "a Zig", "a zig"),
        ("zig_zag|zog", "zig zag", "zag zig"),
        ("# zig", "12 zig", "a zig"),
        ("#% zig", "12% zig", "12 zig"),
        ("#%", "12 percent", "12 men"),
        ("$#", "worth $12", "worth 12"),
        ("$#", "12 billion", "12 men"),
    ],
)
def test_patterns(tmp_path, pattern, fires, not_fires):
    text = f'[[rule]]\nname = "mine"\ncategory = "deal"\nany = ["{pattern}"]\nweight = 1.0\n'
    own = load_rules(write_rules(tmp_path, text))
    assert own.label(fires).rule == "mine"
    assert own.label(not_fires).rule != "mine"


def test_a_headline_in_words():
    tokens = tokenize("U.S. won't pay China’s $5bn: 12.5% or 3 per cent; so?")
    assert tokens.keys == [
        *("us", "won't", "pay", "china", "$5", "bn", "12.5", "or", "3", "per", "cent", "so")
    ]
    assert tokens.marks == ["", "", "", "", "$#", "", "#%", "", "#%", "", "", ""]
    assert tokens.raw[0] == "US"
    assert tokens.clause == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    assert tokens.sentence == [0] * 11 + [1]
    assert tokens.quoted((3, 6)) == "China’s $5bn"
    assert len(tokenize("word " * 500, 7)) == 7


def test_words_as_a_rule_writes_them():
    assert written_words("=US tariff* #% Peru's") == (
        Word("US", is_cased=True),
        Word("tariff", is_stem=True),
        Word("#%"),
        Word("peru"),
    )
    assert written_words("--") == ()


def test_concepts_stand_where_their_phrases_do():
    index = Index()
    for concept, phrase in enumerate(("tariff*", "steel tariffs", "=US", "#")):
        index.add(concept, [phrase])
    headline = index.find(tokenize("US steel tariffs at 25, tells us"))
    assert [headline.spans(concept) for concept in range(4)] == [
        [(2, 3)],
        [(1, 3)],
        [(0, 1)],
        [(4, 5)],
    ]
    assert headline.present == 0b1111
    headline.hide(0, 1)  # what lies inside the longer phrase
    assert headline.spans(0) == []
    assert headline.present == 0b1110
    assert index.parts_of(0b1010) == (1, 3)


def test_a_phrase_does_not_reach_over_the_end_of_a_sentence():
    index = Index()
    index.add(0, ["zig zag"])
    assert index.find(tokenize("zig zag")).spans(0) == [(0, 2)]
    assert index.find(tokenize("zig; zag")).spans(0) == []
