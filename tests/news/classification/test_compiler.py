from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.news.classification.compiler import Compiler
from eventstudy.news.classification.rule_files import Vocabulary

TABLES = {
    "category": {"deal": {"direction": "de-escalation", "expected_sign": "+"}},
    "actors": {"Peru": ["peru"]},
    "companies": ["Acme|Acme Corp"],
    "concepts": {"zig": ["zig*", "!zigzag"], "both": ["<zig>", "zag"]},
    "hints": {"deal": {"needs": ["zig"], "2": ["zig", "zig ... zag"], "-1": ["zog"]}},
    "rule": [
        {"name": "weak", "category": "deal", "all": ["<zig>", "zag"], "weight": 0.3},
        {"name": "strong", "category": "deal", "any": ["<both> ...2 zog"], "direction": "neutral"},
    ],
    "modifier": [{"name": "m", "any": ["not"], "factor": 0.5}],
}


@pytest.fixture
def compiler():
    vocabulary = Vocabulary()
    vocabulary.layer(TABLES, "mine.toml")
    return Compiler(vocabulary)


def test_rules_come_by_weight_with_the_defaults_of_their_category(compiler):
    strong, weak = compiler.rules()
    assert (strong.name, strong.weight, strong.direction) == ("strong", 0.6, "neutral")
    assert (weak.direction, weak.expected_sign) == ("de-escalation", "+")
    assert weak.required == weak.all_of[0].mask | weak.all_of[1].mask
    (pattern,) = strong.any_of
    assert (pattern.written, pattern.gaps) == ("<both> ...2 zog", (0, 2))
    assert pattern.mask.bit_count() == 2


def test_a_pattern_is_filed_under_its_concept_of_the_fewest_words(compiler):
    rules = compiler.rules()
    ((key, entries),) = compiler.by_key(rules).items()
    (pattern,) = rules[0].any_of
    assert entries == ((0, 0, pattern),)
    assert key == pattern.items[1]  # zog alone; <both> holds several words


def test_actors_companies_and_what_hides_a_concept_have_numbers(compiler):
    assert sorted(compiler.owners.values()) == ["Acme", "Peru"]
    number = compiler.number_of("zig")
    assert compiler.number_of("zig") == number
    assert compiler.suppressed[number] == compiler.numbers["!zig"]


def test_hints_are_words_together_and_patterns_alone(compiler):
    words, pattern, against = compiler.hints()
    assert [hint.points for hint in (words, pattern, against)] == [2, 2, -1]
    assert words.pattern is None
    assert pattern.pattern.written == "zig ... zag"
    assert [*compiler.needs()] == ["deal"]
    numbers = compiler.hints_by_key((words, pattern, against)).values()
    assert sorted(number for group in numbers for number in group) == [0, 1, 2]


def test_a_modifier_has_what_the_file_leaves_out(compiler):
    (modifier,) = compiler.modifiers()
    assert (modifier.position, modifier.within, modifier.factor) == ("anywhere", 4, 0.5)
    assert modifier.category is None


def test_a_concept_nobody_declared_is_named(compiler):
    with pytest.raises(SpecificationError, match="unknown concept <zg>; did you mean 'zig'"):
        compiler.number_of("zg")
