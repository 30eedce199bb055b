"""Values printed in books and manuals."""

from __future__ import annotations

from eventstudy.replication.textbook import textbook


def test_every_printed_value_is_ours():
    found = textbook()
    assert len(found) == 9
    assert {one.status for one in found} == {"equal"}
    assert len({one.quantity for one in found}) == 9
