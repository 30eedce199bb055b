"""Sentences cut between the claims they make."""

from __future__ import annotations

import pytest
from article_texts import claims

from eventstudy.news.articles.clauses import clauses


@pytest.mark.parametrize(
    ("sentence", "parts"),
    [
        ("Tokyo shares rose 1% and the Kospi fell 2%.",
         ["Tokyo shares rose 1%", "the Kospi fell 2%."]),
        ("The bank cut rates, and the ministry kept its target.",
         ["The bank cut rates", "the ministry kept its target."]),
        ("He said it was over, but the ministry denied it.",
         ["He said it was over", "the ministry denied it."]),
        # one claim each: content of a saying, one verb for two, a quotation, a list, no subject
        ("He said Chile is open, and Peru is not.", None),
        ("The yuan and the Aussie rose.", None),
        ("He said “it is over, and we are done”.", None),
        ("Stocks, bonds and gold rose.", None),
        ("The bank cut rates, and kept its target.", None),
        ("The port is open (it was shut, and the lines were glad).", None),
    ],
)  # fmt: skip
def test_clauses(sentence, parts):
    assert claims(sentence) == (parts or [sentence])


def test_the_parts_of_a_sentence_join_without_gaps():
    sentence = "Tokyo rose 1%, while the Kospi fell 2%; gold was flat."
    parts = clauses(sentence)
    assert "".join(sentence[part.start : part.end] for part in parts) == sentence
    assert [part.is_claim for part in parts] == [True, False, True, False, True]


@pytest.mark.parametrize("sentence", ["Tokyo rose and Seoul fell, " * 200, "a; " * 13, "", "Rain."])
def test_what_is_no_single_sentence_or_has_one_claim_stays_whole(sentence):
    (part,) = clauses(sentence)
    assert (part.start, part.end, part.is_claim) == (0, len(sentence), True)
