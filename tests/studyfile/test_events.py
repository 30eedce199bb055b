"""Events of a study file: the keys that say what the file does not, and errors by key."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.study_file import parse_study

STUDY = {
    "markets": ["A"],
    "prices": {"source": "files", "file": "prices.csv", "calendar": "data"},
    "model": {"benchmark": "M"},
    "statistics": {"names": ["bmp"], "draws": 0},
}


@pytest.fixture
def study(tmp_path):
    """Parse a study of these event cells."""
    (tmp_path / "prices.csv").write_text(
        "date,A,M\n03/01/2025,10,20\n06/01/2025,11,21\n13/01/2025,12,22\n", encoding="utf-8"
    )

    def parsed(text, **keys):
        (tmp_path / "events.csv").write_text(text, encoding="utf-8")
        events = {"file": "events.csv", "date_only": "same", **keys}
        return parse_study({**STUDY, "events": events}, "study.toml", tmp_path)

    return parsed


@pytest.mark.parametrize(
    ("text", "key", "value", "date"),
    [
        ("event_id,date\nE1,06/01/2025\n", "date_format", "dd/mm/yyyy", "2025-01-06"),
        ("event_id,a,b\nE1,2025-01-06,2025-02-06\n", "time", "b", "2025-02-06"),
        ("event_id,day\nE1,2025-01-06 21:00\n", "tz", "America/New_York", "2025-01-06"),
    ],
)
def test_an_error_names_the_key_that_mends_it(study, text, key, value, date):
    with pytest.raises(SpecificationError) as caught:
        study(text).load()
    assert caught.value.key == f"events.{key}"
    assert str(caught.value).startswith(f"study.toml: events.{key}: ")
    mended = study(text, **{key: value})
    events, _ = mended.load()
    assert str(events.frame["date"].iloc[0].date()) == date
    assert mended.to_dict()["events"][key] == value


def test_a_column_names_the_market(study):
    events, _ = study("event_id,date,firm\nE1,2025-01-06,A\n", id="firm").load()
    assert events.frame["markets"].tolist() == [("A",)]


def test_keys_of_a_file_are_not_for_the_bundled_events():
    with pytest.raises(SpecificationError, match=r"events\.tz is of a file"):
        parse_study({"events": {"bundled": True, "tz": "Asia/Tokyo"}})
