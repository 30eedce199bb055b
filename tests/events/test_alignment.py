from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_alignment import ONE_DAY, aligned, calendar, events

from eventstudy.events.alignment import align, overlaps
from eventstudy.events.alignment_table import to_table
from eventstudy.events.table import Events
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.calendars import data_sessions
from eventstudy.markets.market import declare_market
from eventstudy.windows import Window


def pair(alignment, event, security):
    frame = alignment.frame
    [row] = frame[(frame["event_id"] == event) & (frame["security"] == security)].to_dict("records")
    return row


def sessions(alignment):
    frame = alignment.frame
    return dict(zip(frame["security"], frame["session"].dt.strftime("%Y-%m-%d"), strict=True))


# ---- known answers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("news", "expected"),
    [
        (
            "2025-05-12T15:00+08:00",  # the Geneva statement
            {"N225": "2025-05-13", "TWII": "2025-05-13", "HSI": "2025-05-12", "CNH": "2025-05-12"},
        ),
        (
            "2025-04-09T13:18-04:00",  # the pause
            {"N225": "2025-04-10", "TWII": "2025-04-10", "HSI": "2025-04-10", "CNH": "2025-04-09"},
        ),
        (
            "2025-04-04T18:05+08:00",  # China's 34 %
            {"N225": "2025-04-07", "TWII": "2025-04-07", "HSI": "2025-04-07", "CNH": "2025-04-04"},
        ),
        (
            "2025-05-02T09:00+08:00",  # the ministry weighs talks
            dict.fromkeys(("N225", "TWII", "HSI", "HSCE", "CNH", "AUDUSD"), "2025-05-02"),
        ),
        ("2024-11-06T15:10+09:00", {"N225": "2024-11-06"}),
        ("2024-10-30T15:10+09:00", {"N225": "2024-10-31"}),
    ],
)
def test_known_news_reaches_the_known_session(news, expected):
    assert sessions(aligned(events(("E", news)), *expected)) == expected


def test_geneva_leaves_hong_kong_an_hour():
    geneva = aligned(events(("G", "2025-05-12T15:00+08:00")), "N225", "HSI", "CNH")
    assert pair(geneva, "G", "HSI")["minutes_to_close"] == 60
    assert pair(geneva, "G", "HSI")["state"] == "intraday"
    assert pair(geneva, "G", "CNH")["minutes_to_close"] == 14 * 60
    assert pair(geneva, "G", "N225")["state"] == "pre_open"
    assert np.isnan(pair(geneva, "G", "N225")["minutes_to_close"])


def test_the_may_closure_is_a_catch_up():
    names = ("N225", "TWII", "HSI", "CNH")
    some = aligned(events(("M", "2025-05-02T09:00+08:00")), *names)
    rows = {name: pair(some, "M", name) for name in names}
    spans = {name: (row["span_days"], row["catch_up"]) for name, row in rows.items()}
    assert spans == {"N225": (1, False), "TWII": (2, True), "HSI": (2, True), "CNH": (1, False)}
    states = {name: row["state"] for name, row in rows.items()}
    # Hong Kong opens half an hour later; the first of May lies before the news, not after it.
    assert states == {"N225": "intraday", "TWII": "intraday", "HSI": "pre_open", "CNH": "intraday"}
    assert "2 days since 2025-04-30, across a closure" in rows["TWII"]["reason"]
    assert "Kong-rey" not in rows["TWII"]["reason"]
    assert "closure" not in rows["N225"]["reason"]


def test_a_weekend_is_no_catch_up_and_a_long_one_is():
    some = aligned(events(("W", "2025-05-10T12:00Z"), ("L", "2025-05-04T12:00Z")), "N225")
    assert [
        pair(some, name, "N225")[key] for name in "WL" for key in ("span_days", "catch_up")
    ] == [
        3,
        False,
        5,
        True,
    ]


def test_qingming_and_a_typhoon_are_closed():
    some = aligned(
        events(("Q", "2025-04-04T18:05+08:00"), ("T", "2024-10-31T10:00+08:00")), "TWII", "HSI"
    )
    assert pair(some, "Q", "TWII")["state"] == pair(some, "Q", "HSI")["state"] == "closed"
    typhoon = pair(some, "T", "TWII")
    assert (typhoon["state"], str(typhoon["session"].date())) == ("closed", "2024-11-01")
    assert "2024-10-31 Typhoon Kong-rey" in typhoon["reason"]
    assert pair(some, "T", "HSI")["state"] == "intraday"


# ---- precision --------------------------------------------------------------------------------


def test_a_time_near_the_close_is_ambiguous():
    # The Tokyo close of 15:30; half-widths 2, 15, 60, 180 and 720 minutes.
    some = events(
        *(
            (p, "2025-05-08T14:40+09:00")
            for p in ("exact", "minute_est", "approx", "session", "day")
        ),
        precision=["exact", "minute_est", "approx", "session", "day"],
    )
    alignment = aligned(some, "N225")
    assert alignment.frame["ambiguous"].tolist() == [False, False, True, True, True]
    assert set(alignment.frame["session"].dt.strftime("%Y-%m-%d")) == {"2025-05-08"}
    labels = calendar("N225").sessions.astype(str)
    assert labels[alignment.earliest].tolist() == ["2025-05-08"] * 5
    assert labels[alignment.latest].tolist() == ["2025-05-08"] * 2 + ["2025-05-09"] * 3
    assert "good to 60 minutes only, so it could be 2025-05-09" in alignment.frame["reason"][2]


def test_the_half_width_reaches_to_both_sides():
    some = events(("late", "2025-05-08T15:31+09:00"), ("edge", "2025-05-08T15:28+09:00"))
    alignment = aligned(some, "N225")
    assert alignment.frame["ambiguous"].tolist() == [True, True]
    assert (alignment.latest - alignment.earliest).tolist() == [1, 1]
    assert (alignment.day0 - alignment.earliest).tolist() == [1, 0]


def test_the_cutoff_moves_the_session():
    some = events(("E", "2025-05-08T15:00+09:00"))
    assert sessions(aligned(some, "N225", cutoff_minutes=29)) == {"N225": "2025-05-08"}
    late = aligned(some, "N225", cutoff_minutes=30)
    assert sessions(late) == {"N225": "2025-05-09"}
    assert pair(late, "E", "N225")["state"] == "pre_open"
    assert "within the cutoff of 30 minutes" in pair(late, "E", "N225")["reason"]
    with pytest.raises(SpecificationError, match="cutoff_minutes is -1; it cannot be negative"):
        aligned(some, "N225", cutoff_minutes=-1)


# ---- dates ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("date", "same", "after"),
    [
        ("2025-05-08", "2025-05-08", "2025-05-09"),
        ("2025-05-02", "2025-05-02", "2025-05-07"),
        ("2025-05-05", "2025-05-07", "2025-05-07"),
    ],
)
def test_a_date_alone_is_placed_as_chosen(date, same, after):
    some = events(("D", date))
    for choice, session in (("same", same), ("next", after)):
        alignment = aligned(some, "N225", date_only=choice, benchmark="SPX")
        row = pair(alignment, "D", "N225")
        assert str(row["session"].date()) == session
        assert row["state"] is None
        assert row["ambiguous"]
        assert pd.isna(row["published_utc"])
        assert pd.isna(row["benchmark_reacts_later"])
        assert np.isnan(row["minutes_to_close"])
        assert f'date_only = "{choice}"' in row["reason"]
        labels = calendar("N225").sessions.astype(str)
        assert (labels[alignment.earliest[0]], labels[alignment.latest[0]]) == (same, after)


def test_a_date_without_the_choice_stops():
    some = events(("E1", "2025-05-08T09:00Z"), ("E2", "2025-05-08"))
    with pytest.raises(SpecificationError) as caught:
        aligned(some, "N225")
    assert str(caught.value) == (
        'events row 3: event E2 has a date without a time; set events.date_only to "same" or "next"'
    )
    # Not if the study leaves that event out.
    left = aligned(some, "N225", selected=np.array([True, False]))
    assert pd.isna(pair(left, "E2", "N225")["session"])
    with pytest.raises(SpecificationError, match=r"unknown events\.date_only 'sane'; did.*'same'"):
        aligned(some, "N225", date_only="sane")


def test_a_market_without_a_clock_takes_the_date():
    market = declare_market("OWN", {})
    where = {"OWN": data_sessions(np.array(["2025-05-08", "2025-05-09"], dtype="M8[D]"))}
    timed = events(("E1", "2025-05-08T09:00Z"))
    dated = Events.from_frame(
        pd.DataFrame(
            {"event_id": ["E1"], "published_at": ["2025-05-08T23:00-04:00"], "date": "2025-05-08"}
        )
    )

    def place(some, date_only):
        return align(some, [market], where, date_only=date_only, event_window=ONE_DAY)

    row = pair(place(dated, "next"), "E1", "OWN")
    assert str(row["session"].date()) == "2025-05-09"
    assert row["ambiguous"]
    assert row["state"] is None
    with pytest.raises(SpecificationError) as caught:
        place(timed, "same")
    assert str(caught.value) == (
        "events row 2: event E1 has a time, but market OWN has no closing times; give it a "
        'calendar, [market.OWN] calendar = "XNYS" if that is its exchange (in Python '
        'calendar="XNYS"), or timezone and close; or, to place events by their date, give the '
        "event a date of its own"
    )
    # A date of its own is not enough: the study must say what it means.
    with pytest.raises(
        SpecificationError, match=r"date_only \(date_only=\) to \"same\" or \"next\"$"
    ):
        place(dated, None)
    row = pair(place(dated, "same"), "E1", "OWN")
    assert str(row["session"].date()) == "2025-05-08"
    assert "the date 2025-05-08 decides" in row["reason"]


# ---- overlaps ---------------------------------------------------------------------------------


def test_overlaps_are_of_the_same_market_and_in_the_order_of_time():
    some = events(
        ("c", "2025-05-13T00:10Z"), ("a", "2025-05-08T00:20Z"), ("b", "2025-05-09T00:30Z")
    )
    one = aligned(some, "N225", window=Window(0, 1)).frame["overlaps"].tolist()
    assert one == ["", "b", "a"]  # 12 May lies between b and c
    two = aligned(some, "N225", window=Window(-1, 1)).frame["overlaps"].tolist()
    assert two == ["b", "b", "a;c"]
    none = aligned(some, "N225").frame["overlaps"].tolist()
    assert none == ["", "", ""]


def test_overlaps_leave_out_other_markets_and_other_studies():
    some = events(
        ("a", "2025-05-08T00:00Z"),
        ("b", "2025-05-08T00:01Z"),
        ("c", "2025-05-08T00:02Z"),
        markets=["", "HSI", "TAIEX; nikkei"],
    )
    alignment = aligned(some, "N225", "HSI")
    assert alignment.is_wanted.tolist() == [True, True, False, True, True, False]
    assert alignment.frame["overlaps"].tolist() == ["c", "b", "", "a", "a", ""]
    assert alignment.frame["reason"].str.contains("not about this market").tolist() == [
        not wanted for wanted in alignment.is_wanted
    ]
    chosen = aligned(some, "N225", "HSI", selected=np.array([True, False, True]))
    assert chosen.frame["overlaps"].tolist() == ["c", "", "", "", "a", ""]


def test_an_event_may_use_the_names_of_the_study():
    market = declare_market("OWN", {"calendar": "XTKS", "aliases": ["mine"]})
    some = events(
        ("a", "2025-05-08T00:00Z"), ("b", "2025-05-08T00:00Z"), markets=["HSI;MINE", "other"]
    )
    alignment = align(
        some, [market], {"OWN": calendar("N225")}, date_only=None, event_window=ONE_DAY
    )
    assert alignment.is_wanted.tolist() == [True, False]


@pytest.mark.slow
@given(
    day0=st.lists(st.integers(0, 30), max_size=25),
    reach=st.integers(0, 12),
    data=st.data(),
)
def test_overlaps_are_those_of_all_pairs(day0, reach, data):
    size = len(day0)
    counted = data.draw(st.lists(st.booleans(), min_size=size, max_size=size))
    ids = [f"e{'x' * (i % 3)}{i}" for i in range(size)]
    expected = [
        ";".join(
            ids[j]
            for j in range(size)
            if j != i and counted[i] and counted[j] and abs(day0[i] - day0[j]) <= reach
        )
        for i in range(size)
    ]
    names = overlaps(ids, np.array(day0, dtype=np.int64), np.array(counted, dtype=bool), reach)
    assert names.tolist() == expected


# ---- who moves first --------------------------------------------------------------------------


def test_asia_meets_the_news_before_new_york():
    some = events(
        ("asia", "2025-05-12T15:00+08:00"),
        ("us", "2025-04-09T13:18-04:00"),
        ("evening", "2025-05-08T16:30-04:00"),
    )
    frame = aligned(some, "N225", "HSI", "SPX", benchmark="SPX").frame
    later = frame.set_index(["event_id", "security"])["benchmark_reacts_later"]
    assert later.dtype == "boolean"
    assert later["asia", "HSI"]
    assert not later["asia", "N225"]  # Tokyo meets it on the 13th, after New York's 12th
    assert not later["us", "N225"]
    assert later["evening", "N225"]
    assert not later[:, "SPX"].any()
    same_hours = aligned(some, "HSI", benchmark="HSCE").frame["benchmark_reacts_later"]
    assert not same_hours.any()
    bare = aligned(some, "N225").frame["benchmark_reacts_later"]
    assert bare.isna().all()


# ---- the table --------------------------------------------------------------------------------


def test_pairs_run_event_by_event_in_the_order_of_the_study():
    some = events(("b", "2025-05-08T00:00Z"), ("a", "2025-05-07T00:00Z"))
    alignment = aligned(some, "HSI", "N225")
    assert alignment.frame["event_id"].tolist() == ["b", "b", "a", "a"]
    assert alignment.frame["security"].tolist() == ["HSI", "N225"] * 2
    assert alignment.event.tolist() == [0, 0, 1, 1]
    assert alignment.security.tolist() == [0, 1, 0, 1]
    for name, k in (("HSI", 0), ("N225", 1)):
        own = alignment.security == k
        labels = calendar(name).sessions[alignment.day0[own]]
        assert (labels == alignment.frame["session"].to_numpy()[own].astype("M8[D]")).all()
    with pytest.raises(ValueError, match="read-only"):
        alignment.day0[0] = 0


def test_an_event_beyond_the_calendar_is_listed():
    some = events(("early", "2020-05-08T00:00Z"), ("late", "2031-05-08T00:00Z"))
    alignment = aligned(some, "N225", benchmark="SPX")
    assert alignment.day0.tolist() == [len(calendar("N225"))] * 2
    assert alignment.frame["session"].isna().all()
    assert alignment.frame["state"].tolist() == [None, None]
    assert alignment.frame["span_days"].isna().all()
    assert alignment.frame["benchmark_reacts_later"].isna().all()
    assert alignment.frame["ambiguous"].tolist() == [False, False]
    assert alignment.frame["reason"].str.contains("runs from 2024-01-01 to 2025-12-30").all()


def test_no_events_give_an_empty_table():
    some = events(("E", "2025-05-08T00:00Z")).take(np.array([False]))
    alignment = aligned(some, "N225", "HSI", date_only="next", benchmark="SPX")
    assert len(alignment) == len(alignment.day0) == 0
    assert to_table(alignment.frame).empty


@pytest.mark.slow
@settings(max_examples=settings.default.max_examples * 30 // 100)
@given(
    minutes=st.lists(st.integers(0, 600 * 1440), min_size=1, max_size=12, unique=True),
    data=st.data(),
)
def test_the_order_of_events_does_not_matter_and_nothing_is_changed(minutes, data):
    base = dt.datetime(2024, 2, 1, tzinfo=dt.UTC)
    rows = [(f"e{m}", (base + dt.timedelta(minutes=m)).isoformat()) for m in minutes]
    order = data.draw(st.permutations(range(len(rows))))
    names = ("N225", "HSI", "CNH")
    some = events(*rows)
    before = some.frame.copy(deep=True)
    straight = aligned(some, *names, window=Window(-2, 2), benchmark="SPX").frame
    pd.testing.assert_frame_equal(some.frame, before)
    mixed = aligned(
        events(*(rows[i] for i in order)), *names, window=Window(-2, 2), benchmark="SPX"
    )
    keys = ["event_id", "security"]
    tables = [
        frame.assign(overlaps=[sorted(cell.split(";")) for cell in frame["overlaps"]]).sort_values(
            keys, ignore_index=True
        )
        for frame in (straight, mixed.frame)
    ]
    pd.testing.assert_frame_equal(*tables)


@pytest.mark.slow
def test_a_hundred_thousand_pairs_are_aligned():
    size = 25_000
    seconds = np.linspace(0, 630 * 86_400, size).astype("m8[s]")
    some = Events.from_frame(
        pd.DataFrame(
            {
                "event_id": [f"E{i}" for i in range(size)],
                "published_at": pd.DatetimeIndex(
                    np.datetime64("2024-02-01", "ns") + seconds
                ).tz_localize("UTC"),
            }
        )
    )
    alignment = aligned(some, "N225", "TWII", "HSI", "CNH", benchmark="SPX")
    assert len(alignment) == 100_000
