"""Times of the items of one input, looked at together."""

from collections import Counter

from eventstudy.io.doors import NEWS
from eventstudy.io.timestamps import read_time
from eventstudy.news.item_times import assumptions, settle_times, widest


def kept(texts, sources):
    stamps = [read_time(text, NEWS) for text in texts]
    columns = {
        "published": [stamp.iso for stamp in stamps],
        "published_at": [stamp.instant for stamp in stamps],
        "date": [stamp.date for stamp in stamps],
        "precision": [stamp.precision for stamp in stamps],
        "note": [None] * len(stamps),
        "timezone": [None] * len(stamps),
        "source": sources,
    }
    return columns, stamps


def test_one_outlet_of_several_may_write_dates_as_times():
    days = ("2025-04-02", "2025-04-09", "2025-05-13")
    dates = [f"{day}T12:00:00Z" for day in days]
    times = [f"2025-04-{day}T{hour}:{day}:07Z" for day in range(10, 20) for hour in ("08", "17")]
    columns, stamps = kept([*dates, *times], ["A"] * 3 + ["B"] * 20)
    said = settle_times(columns, range(23), stamps, [None] * 23, None)
    assert said == [
        "3 items: 12:00:00 on every date may stand for a date alone, so the time is known to the "
        "day only"
    ]
    assert columns["precision"] == ["day"] * 3 + ["exact"] * 20
    assert columns["published"][0] is not None
    assert columns["note"][3] is None


def test_an_item_with_a_precision_of_its_own_is_left_alone():
    columns, stamps = kept([f"2025-04-0{day}T00:00:00Z" for day in (2, 3, 4)], [None] * 3)
    said = settle_times(columns, range(3), stamps, ["exact", None, None], None)
    assert len(said) == 2
    assert [time is None for time in columns["published"]] == [False, True, True]
    assert columns["precision"] == ["exact", "day", "day"]


def test_the_widest_precision_wins():
    assert widest("exact", None, "approx") == "approx"
    assert widest("day", "session") == "day"
    assert widest(None) == "exact"
    assert list(assumptions(Counter(["x", "x"]))) == ["2 items: x"]
