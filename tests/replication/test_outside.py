"""What was compared outside the package."""

from __future__ import annotations

from eventstudy.replication.outside import OUTSIDE


def test_counts_are_counts_of_numbers():
    assert all(0 < one.equal <= one.numbers for one in OUTSIDE)
    assert len({one.software for one in OUTSIDE}) == len(OUTSIDE)
