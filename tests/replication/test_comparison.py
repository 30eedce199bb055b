"""One number of theirs beside ours."""

from __future__ import annotations

import math

import pytest

from eventstudy.replication.comparison import STATUSES, is_same, printed, replications


def test_same_to_nine_digits_or_both_nothing():
    assert is_same(1.0 + 1e-10, 1.0)
    assert not is_same(1.0 + 1e-8, 1.0)
    assert is_same(1e-13, 0.0)
    assert not is_same(math.nan, math.nan)


@pytest.mark.parametrize(
    ("ours", "status"),
    [(2.1479874, "equal"), (2.1485, "equal"), (2.1486, "unexplained"), (math.nan, "unexplained")],
)
def test_printed_numbers_are_rounded(ours, status):
    assert printed("t", "2.148", ours).status == status
    assert status in STATUSES


def test_every_replication_says_what_it_is_and_where_it_is_from():
    assert replications.names() == ("stata_estudy", "textbook")
    assert all(entry.summary and entry.source for entry in replications)
