"""The header of an events table."""

from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.events.header import missing_columns


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        (["event_id", "date"], ""),
        (["date", "event_time"], "no column event_id"),
        (["ID", "date", "name"], "no column event_id; is 'ID' meant to be event_id?"),
        (["id", "date", "eventid"], "no column event_id; is 'eventid' meant to be event_id?"),
        (
            ["event_id", "update", "AnnDate"],
            "neither a column published_at nor date; is 'AnnDate' meant to be date?",
        ),
        (
            ["event_id", "timestamp"],
            "neither a column published_at nor date; is 'timestamp' meant to be published_at?",
        ),
    ],
)
def test_one_sentence_names_all_that_is_missing(columns, sentence):
    own = [name for name in columns if name not in ("event_id", "date")]
    assert missing_columns(pd.DataFrame(columns=columns), own) == sentence
