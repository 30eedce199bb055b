from __future__ import annotations

import pandas as pd

from eventstudy.events.reading import read_events
from eventstudy.news import News
from eventstudy.news.classification import classify
from eventstudy.upkeep.new_events import added_events

COLUMNS = [
    "event_id", "published_at", "date", "timezone", "precision", "headline", "category", "actor",
    "target", "direction", "expected_sign", "salience", "verified", "url", "notes", "period",
]  # fmt: skip
TABLE = [dict.fromkeys(COLUMNS, "") | {
    "event_id": "E20250714a", "date": "2025-07-14", "url": "https://wire.test/known",
}]  # fmt: skip


def build(*rows):
    columns = ["published_at", "headline", "url"]
    return classify(News.from_frame(pd.DataFrame(rows, columns=columns)), merge=False)


def test_events_behind_the_last_one_are_added_in_the_columns_of_the_table(tmp_path):
    headline = "US imposes 25% tariffs on imports from Japan"
    added = added_events(
        build(
            ("2025-07-14T09:00Z", headline, "https://wire.test/0"),
            ("2025-07-15T09:00Z", headline, "https://wire.test/known"),
            ("2025-07-15T09:00Z", headline, "https://wire.test/1"),
            ("2025-07-15T10:00Z", headline, "https://wire.test/2"),
            ("2025-07-16T10:00Z", "Cat found on a roof", "https://wire.test/3"),
        ),
        TABLE,
        COLUMNS,
    )
    assert [row["event_id"] for row in added.rows] == ["E20250715a", "E20250715b"]
    assert (added.n_before, added.n_known, added.n_unsure) == (1, 1, 1)
    row = added.rows[0]
    assert list(row) == COLUMNS
    assert (row["verified"], row["salience"], row["period"]) == ("no", "", "2025")
    assert row["category"] == "tariff_announced"
    assert row["notes"].startswith("added by data update, labelled by rule")
    path = tmp_path / "events.csv"
    pd.DataFrame(added.rows).to_csv(path, index=False)
    assert len(read_events(path)) == 2
