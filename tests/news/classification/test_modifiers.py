from __future__ import annotations

import pytest
from small_news import write_rules

from eventstudy.news.classification.compiler import Modifier
from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.matching import Index, Pattern, tokenize
from eventstudy.news.classification.modifiers import applies, changed, words_of


def test_modifiers_stand_behind_the_rule(rules):
    label = rules.label("Trump may raise tariffs on Peru")
    assert label.rule.startswith(("duties", "a threat"))
    plain = rules.label("Peru raises tariffs on ships")
    assert plain.category == "tariff_announced"


@pytest.mark.slow
def test_a_modifier_of_ones_own(tmp_path):
    text = """
[[modifier]]
name = "April"
categories = ["deal"]
any = ["april fools"]
reject = "a joke"
"""
    label = load_rules(write_rules(tmp_path, text)).label("US and China sign deal, April Fools")
    assert (label.outcome, label.reason) == ("rejected", "a joke")
    assert label.rule.endswith(" + April")


@pytest.mark.slow
def test_all_any_and_none(tmp_path):
    text = (
        '[[rule]]\nname = "mine"\ncategory = "deal"\nweight = 1.0\n'
        'all = ["zig", "zag"]\nany = ["zog", "zug"]\nnone = ["zip"]\n'
    )
    own = load_rules(write_rules(tmp_path, text))
    assert own.label("zug zag zig").words == "zug zag zig"
    for headline in ("zig zag", "zig zog", "zig zag zog zip"):
        assert own.label(headline).rule != "mine"


def test_a_label_is_turned_replaced_or_kept():
    assert changed("escalation", None) == "escalation"
    assert changed("escalation", "flip") == "de-escalation"
    assert changed("-", "flip") == "+"
    assert changed("neutral", "flip") == "neutral"
    assert changed("+", "0") == "0"


def test_words_are_quoted_as_they_stand_and_neighbours_together():
    tokens = tokenize("China's ban, lifted TODAY")
    assert words_of(((0, 1), (1, 2), (3, 4)), tokens) == "China's ban; TODAY"
    assert words_of(((0, 2), (1, 3)), tokens) == "China's ban, lifted"
    assert words_of((), tokens) == ""


@pytest.mark.parametrize(
    ("position", "headline", "stands"),
    [
        ("anywhere", "zig. Talk of not", True),
        ("before", "not a zig", True),
        ("before", "not, a zig", False),
        ("before", "zig not", False),
        ("touching", "not zig", True),
        ("touching", "not a zig", False),
        ("after", "zig is not", True),
        ("after", "not zig", False),
        ("after", "zig a b c d e f not", False),
        ("ahead", "not a zig", True),
        ("ahead", "zag not zig", False),
    ],
)
def test_where_a_modifier_must_stand(position, headline, stands):
    modifier = Modifier(
        name="m", position=position, within=4, categories=frozenset(), directions=frozenset(),
        rules=frozenset(), category=None, direction=None, expected_sign=None, factor=1.0,
        reject=None, all_of=(), any_of=(pattern_of("not", 0),), none_of=(),
    )  # fmt: skip
    index = Index()
    for concept, word in enumerate(("not", "zig", "zag")):
        index.add(concept, [word])
    concepts = index.find(tokenize(headline))
    spans = tuple(sorted(concepts.spans(1) + concepts.spans(2)))
    assert (applies(modifier, spans, list(spans), concepts) is not None) == stands


def pattern_of(word, concept):
    return Pattern(word, (concept,), (0,), False, False, 1 << concept)
