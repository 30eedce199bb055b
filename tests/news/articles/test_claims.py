"""Kinds of claims."""

from __future__ import annotations

import pytest
from article_texts import split

from eventstudy.news.articles.claims import claim_type
from eventstudy.news.articles.time_resolution import READ_LIMIT


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Ministers signed the accord.", "event"),
        ("The ministry says talks are near.", "event"),
        ("The Dow fell 300 points.", "market_move"),
        ("Copper futures climbed.", "market_move"),
        ("Factory output fell.", "event"),
        ("Futures were up 1.1%.", "market_move"),
        ("Shares fell in May.", "market_move"),
        ("The labour market added jobs.", "event"),
        ("The Dow fell after the ministry said no.", "market_move"),
        ("Stocks rose on hopes that talks may resume.", "market_move"),
        ("Shares rose as traders bet on a cut.", "market_move"),
        ("Traders expect stocks to fall.", "opinion"),
        ("The bank said the yen fell.", "event"),
        ("Its profit beat what analysts had in mind.", "event"),
        ("The ministry had pledged relief.", "background"),
        ("The ministry had turned it down.", "background"),
        ("Traders bet on a cut.", "opinion"),
        ("A truce seems near.", "opinion"),
        ("The maker said costs may rise.", "event"),
        ("Stocks could fall.", "opinion"),
        ("The union had been on strike.", "background"),
        ("Ports closed in 2021.", "background"),
        ("The strait remains shut.", "state"),
        ("The strait was shut since Monday.", "state"),
        ("Tariffs will begin on 1 July.", "scheduled"),
        ("The bank meets next week, on Thursday.", "scheduled"),
        ("The bank said it will meet next week.", "event"),
    ],
)
def test_kinds_of_claims(sentence, kind):
    assert list(split(sentence)["claim_type"]) == [kind]


def test_the_tense_of_its_time_decides_where_words_do_not():
    sentence = "Ministers sign the accord."
    tenses = {"now": "event", "future": "scheduled", "since": "state", "past period": "background"}
    assert {tense: claim_type(sentence, tense) for tense in tenses} == tenses


def test_words_behind_the_limit_do_not_count():
    sentence = "Ministers signed the accord." + " " * READ_LIMIT + "Analysts doubt it."
    assert claim_type(sentence) == "event"
