from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.markets.market import declare_market, get_market
from eventstudy.prices.panel import PricePanel

DATES = ["2025-05-01", "2025-05-02", "2025-05-05"]


def frame(**columns):
    return pd.DataFrame(columns, index=pd.DatetimeIndex(DATES, name="date"))


def test_from_frame_keeps_the_rows_of_each_column_and_leaves_the_frame_alone():
    given = frame(A=[1.0, np.nan, 3.0], B=[1, 2, 3])
    before = given.copy()
    panel = PricePanel.from_frame(given, calendar="data")
    assert [len(d) for d in panel.dates] == [2, 3]
    assert panel.calendar == "data"
    pd.testing.assert_frame_equal(given, before)
    pd.testing.assert_frame_equal(panel.frame(), before.astype(float), check_index_type=False)
    assert not panel.values[0].flags.writeable


def test_returns_keep_missing_cells_as_rows():
    panel = PricePanel.from_frame(frame(A=[0.1, np.nan, -0.2]), content="returns")
    assert len(panel.dates[0]) == 3
    assert np.isnan(panel.values[0][1])


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
def test_dates_are_the_local_ones_whatever_the_resolution(unit, zone):
    index = pd.DatetimeIndex(DATES).as_unit(unit).tz_localize(zone)
    panel = PricePanel.from_frame(pd.DataFrame({"A": [1.0, 2.0, 3.0]}, index=index))
    assert [str(day) for day in panel.dates[0]] == DATES


def test_a_date_column_will_do():
    panel = PricePanel.from_frame(frame(A=[1.0, 2.0, 3.0]).reset_index())
    assert panel.names == ("A",)
    assert [str(day) for day in panel.dates[0]] == DATES


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (frame(A=[1.0, -2.0, 3.0]), "prices 2025-05-02: A -2 is not positive"),
        (frame(A=[1.0, np.inf, 3.0]), "prices 2025-05-02: A inf is not finite"),
        (frame(A=[1.0, "x", 3.0]), 'prices 2025-05-02: A "x" is not a number'),
        (frame(A=[1.0, 2.0, 3.0]).iloc[::-1], "prices 2025-05-02: the row comes after 2025-05-05"),
        (frame(A=[1.0, 2.0, 3.0]).iloc[[0, 0]], "prices 2025-05-01: the date appears twice"),
        (pd.DataFrame({"A": [1.0, 2.0]}), "prices: the index must hold dates"),
        (
            pd.DataFrame([[1.0, 2.0]], columns=["A", "A"], index=pd.DatetimeIndex(DATES[:1])),
            "prices: column 'A' appears twice",
        ),
    ],
)
def test_a_bad_frame_is_refused_by_date(bad, message):
    with pytest.raises(SchemaError) as raised:
        PricePanel.from_frame(bad)
    assert message in raised.value.problems[0]


def test_the_hash_follows_the_values():
    one = PricePanel.from_frame(frame(A=[1.0, 2.0, 3.0])).sha256
    assert one == PricePanel.from_frame(frame(A=[1, 2, 3])).sha256
    assert one != PricePanel.from_frame(frame(A=[1.0, 2.0, 4.0])).sha256
    assert one != PricePanel.from_frame(frame(B=[1.0, 2.0, 3.0])).sha256


def test_a_market_finds_its_series_then_its_own_name_then_an_alias():
    def panel(*names):
        return PricePanel.from_frame(frame(**{name: [1.0, 2.0, 3.0] for name in names}))

    cnh, twii = get_market("CNH"), get_market("TWII")
    assert panel("CNH", "USDCNH").locate(cnh) == (1, True)
    # a column called CNH is quoted as the market already
    assert panel("CNH").locate(cnh) == (0, False)
    assert panel("x", "Taiex").locate(twii) == (1, False)
    own = declare_market("MY", {"calendar": "XTKS", "inverse": True})
    assert panel("MY").locate(own) == (0, True)
    with pytest.raises(SpecificationError, match=r"market CNH \(series USDCNH\); did you mean"):
        panel("USDCHN").locate(cnh)


def test_position_names_the_nearest_column():
    panel = PricePanel.from_frame(frame(SMB=[1.0, 2.0, 3.0]))
    assert panel.position("SMB") == 0
    with pytest.raises(SpecificationError, match="did you mean 'SMB'"):
        panel.position("SBM")


def test_html_escapes_what_the_file_calls_its_columns():
    shown = PricePanel.from_frame(frame(**{"<b>": [1.0, 2.0, 3.0]}))._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown


@pytest.mark.parametrize("year", ["0025", "1899", "2201", "2825"])
def test_a_date_no_calendar_has_is_refused(year):
    dates = np.array([f"{year}-05-01", "2025-05-02"], "M8[s]")
    frame = pd.DataFrame({"A": [1.0, 2.0]}, index=dates)
    with pytest.raises(SchemaError, match=f"{year}-05-01: the date lies outside the years 1900"):
        PricePanel.from_frame(frame)
