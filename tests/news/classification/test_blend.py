"""Rules and the linear model together."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_news import write_rules

from eventstudy.news.classification.blend import (
    LEAST_PROBABLE,
    MODEL,
    OPPOSITE_PROBABLE,
    load_classifier,
)
from eventstudy.news.classification.loading import load_rules
from eventstudy.news.classification.overrides import LABELS

CLEAR = "Beijing says it is weighing talks with Washington"


@pytest.fixture(scope="module")
def classifier():
    return load_classifier()


def test_where_both_agree_the_label_is_that_of_the_rules(classifier):
    label, by_rules = classifier.label(CLEAR), load_rules().label(CLEAR)
    assert label.agrees is True
    assert label.confidence >= 0.9
    assert [getattr(label, name) for name in (*LABELS, "rule", "words")] == [
        getattr(by_rules, name) for name in (*LABELS, "rule", "words")
    ]


def test_the_model_labels_what_no_rule_does(classifier):
    headline = "Graphite sales abroad to need permits, Beijing says"
    assert load_rules().label(headline).outcome != "event"
    label = classifier.label(headline)
    assert label.outcome == "event"
    assert (label.category, label.direction) == ("export_control", "escalation")
    assert label.agrees is False
    assert label.rule == MODEL
    assert set(label.words.split("; ")) <= {word.strip(",") for word in headline.split()}


def test_below_the_limit_it_says_what_each_of_them_says(classifier):
    label = classifier.label("Trump moves to strip India and Turkey of trade preferences")
    assert label.outcome == label.category == "unsure"
    assert label.direction is None
    assert label.confidence < LEAST_PROBABLE
    assert label.reason is not None
    assert " of the time: " in label.reason


@pytest.mark.parametrize(
    "headline",
    ["A surprise, all told", "Something of a surprise, all told", "Trump", "Japan and America"],
)
def test_nothing_happened_where_no_word_says_so(classifier, headline):
    label = classifier.label(headline)
    assert (label.outcome, label.category, label.direction) == ("unsure", "unsure", None)
    assert label.reason == "no word says that anything happened"


@pytest.mark.parametrize(
    "headline",
    [
        "China and the United States",
        "Liverpool hit back to beat Chelsea in trade of goals",
        "Arsenal strike late to hold Spurs",
    ],
)
def test_names_and_matches_are_no_events(classifier, headline):
    assert classifier.label(headline).outcome != "event"


def test_talks_without_result_are_not_good_news(classifier):
    label = classifier.label("Third day of talks in Bangkok: no result")
    assert (label.category, label.direction) == ("talks_held", "neutral")


def test_a_doubt_calls_what_is_no_event_so(classifier):
    label = classifier.label("Pelosi announces support for USMCA")
    assert str(label.reason).endswith("the rules say geopolitical, the linear model no event")


@pytest.mark.parametrize(
    ("headline", "is_read"),
    [
        ("\uc0bc\uc131\uc804\uc790 3\ubd84\uae30 \uc601\uc5c5\uc774\uc775 Samsung", False),
        ("\u7279\u6717\u666e\u5ba3\u5e03\u6682\u505c\u5173\u7a0e90\u5929", False),
        ("US exempts \uc0bc\uc131 chips from tariffs", True),
    ],
)
def test_only_latin_letters_are_read(classifier, headline, is_read):
    label = classifier.label(headline)
    assert (label.outcome == "event") is is_read
    assert (label.category == "unsure") is not is_read
    assert is_read or "not Latin" in str(label.reason)


@pytest.mark.parametrize("headline", ["12345", "2025 2026", "25%"])
def test_numbers_alone_are_no_news(classifier, headline):
    label = classifier.label(headline)
    assert (label.outcome, label.direction, label.reason) == ("unsure", None, "it has no word")


def test_another_language_is_said_to_be_one(classifier):
    label = classifier.label("Pékin impose des droits de douane sur le soja américain")
    assert (label.outcome, label.confidence) == ("unsure", 0.0)
    assert "not English" in str(label.reason)


@pytest.mark.parametrize(
    "headline", ["Real Madrid sign new striker", "Rookie quarterback signs four-year deal"]
)
def test_sport_is_no_deal(classifier, headline):
    label = classifier.label(headline)
    assert label.outcome != "event"
    assert label.direction in (None, "neutral")


@pytest.mark.parametrize(
    ("headline", "category"),
    [
        ("Far-right winger wins Chile election", "geopolitical"),
        ("US sanctions Chelsea owner before Premier League sale", "entity_sanction"),
        ("US blacklists Chinese chipmaker, ending its home run", "entity_sanction"),
        ("Port strikers return to work as union and shippers reach deal", "deal"),
    ],
)
def test_words_of_sport_do_not_reject_other_news(classifier, headline, category):
    label = classifier.label(headline)
    assert (label.outcome, label.category) == ("event", category)


def test_a_players_name_among_duties_is_trade(classifier):
    label = classifier.label("US to impose 25% tariffs on goalkeeper gloves from China")
    assert label.category in ("tariff_announced", "tariff_threat")


def test_a_direction_in_doubt_is_not_given(classifier):
    doubtful = [
        label
        for label in map(classifier.label, _sentences())
        if label.outcome == "event" and label.direction is None
    ]
    assert doubtful
    for label in doubtful:
        assert label.direction_confidence is not None
        assert label.direction_confidence < 1 - OPPOSITE_PROBABLE / 2
        assert label.expected_sign is None
        assert (label.reason or "").startswith("which way is open: ")


def _sentences() -> dict[str, tuple[str, str]]:
    """Return the sentences the rules are tested on, with category and direction."""
    file = Path(__file__).with_name("test_rules.py")
    specification = importlib.util.spec_from_file_location("sentences_of_rules", file)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return {
        headline: (category, direction)
        for rows in module.SENTENCES.values()
        for headline, category, direction in rows
    }


def test_no_sign_is_turned_round_on_sentences_with_a_twist(classifier):
    turned = []
    for headline, (_, direction) in _sentences().items():
        given_one = classifier.label(headline).direction
        if {given_one, direction} == {"escalation", "de-escalation"}:
            turned.append(headline)
    assert not turned


def test_what_is_no_event_is_rejected(classifier):
    label = classifier.label("Nikkei sinks 3% as tariff fears mount")
    assert (label.outcome, label.category, label.direction) == (
        "rejected",
        "market_move",
        "neutral",
    )
    assert label.reason == load_rules().categories["market_move"]["reject"]


def test_the_text_below_is_read_where_the_headline_is_unsure(classifier):
    headline = "Something of a surprise, all told"
    below = classifier.label(headline, "The US will cut tariffs on Chinese goods to 30%.")
    assert below.outcome == "event"
    assert below.reason == "by the text below the headline"
    assert below.agrees is None


def test_a_rule_of_ones_own_decides_alone(tmp_path):
    mine = write_rules(
        tmp_path,
        '[category.shipping]\ndirection = "escalation"\nexpected_sign = "-"\n'
        '[[rule]]\nname = "strait closed"\ncategory = "shipping"\n'
        'any = ["close*|shut* ... strait"]\nweight = 0.9\n'
        '[[rule]]\nname = "weighing is a rumor"\ncategory = "rumor"\n'
        'any = ["weighing talks"]\nweight = 0.99\n',
    )
    classifier = load_classifier(mine)
    assert classifier.label("Iran shuts the strait to tankers").category == "shipping"
    label = classifier.label(CLEAR)
    assert (label.category, label.agrees) == ("rumor", None)
    assert classifier.label("US delays tariffs on Mexico by a month").agrees is not None


@pytest.mark.parametrize("headline", ["", "   ", "...", "\x00", "特朗普宣布加征关税"])
def test_texts_without_words_are_unsure(classifier, headline):
    assert classifier.label(headline).outcome == "unsure"


@given(st.text(max_size=300))
@settings(max_examples=60, deadline=None)
def test_any_text_has_a_label(text):
    label = load_classifier().label(text)
    assert label.outcome in ("event", "unsure", "rejected")
    assert 0 <= label.confidence <= 1
    assert label == load_classifier().label(text)


@pytest.mark.slow
def test_on_headlines_no_rule_was_chosen_on_it_is_right_more_often_than_the_rules(classifier):
    # In sample of the model, so that only gross faults of the blend would show here; the honest
    # rates are those of docs/news.md.
    from eventstudy.datasets.bundled import load_headlines

    items = load_headlines()
    items = items[items["split"].isin(["held_out", "tuning_4"])]
    rules = load_rules()
    both = [classifier.label(headline).category for headline in items["headline"]]
    alone = [rules.label(headline).category for headline in items["headline"]]
    assert (both == items["category"]).mean() > (alone == items["category"]).mean() + 0.05
