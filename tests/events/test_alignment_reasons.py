"""The sentence that says why an event has its session."""

from __future__ import annotations

from small_alignment import aligned, events


def test_reasons_are_sentences():
    some = events(("E1", "2025-05-12T15:00+08:00"), ("E2", "2025-05-08"))
    sentences = aligned(some, "HSI", "CNH", "N225", date_only="same").frame["reason"].tolist()
    assert sentences == [
        (
            "Published 2025-05-12 15:00 Asia/Hong_Kong, during the session of 2025-05-12, "
            "60 minutes before the close."
        ),
        (
            "Published 2025-05-12 03:00 America/New_York, during the FX day of 2025-05-12, "
            "14.0 hours before the day ends at 17:00."
        ),
        (
            "Published 2025-05-12 16:00 Asia/Tokyo: "
            "the session of 2025-05-13 is the first to close after it."
        ),
        *['Only the date 2025-05-08 is known: date_only = "same" takes the session of that date.']
        * 3,
    ]
