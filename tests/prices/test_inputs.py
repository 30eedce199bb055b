"""Prices from whatever holds them; the whole list of kinds is in `tests/study/test_event_study`."""

from __future__ import annotations

import pandas as pd
import pytest
from firm_frames import CLOSES, MARKET, RETURNS, long_frame

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.prices.inputs import columns_by_date, read_panel, read_panel_or_blocks
from eventstudy.prices.panel import PricePanel


def test_content_is_found_out_from_what_cannot_be_prices():
    assert read_panel(CLOSES).content == "prices"
    panel = read_panel(RETURNS)
    assert panel.content == "returns"
    assert panel.assumed == ("prices: many values lie below zero, so these are returns",)
    assert read_panel(RETURNS, content="returns").assumed == ()
    with pytest.raises(SchemaError, match="not positive"):
        read_panel(RETURNS, content="prices")


def test_series_of_one_security():
    assert read_panel(CLOSES["KO"]).names == ("KO",)
    assert read_panel(CLOSES["KO"].rename(None), security="Coke").names == ("Coke",)
    with pytest.raises(SchemaError, match="a series without a name"):
        read_panel(CLOSES["KO"].rename(None))


def test_a_panel_is_cut_and_not_read_otherwise():
    panel = PricePanel.from_frame(CLOSES)
    assert read_panel(panel) is panel
    assert len(read_panel(panel, start="2018-02-01", end="2018-02-28").dates[0]) == 20
    with pytest.raises(SpecificationError, match="the panel holds prices") as caught:
        read_panel(panel, content="returns")
    assert caught.value.key == "prices.content"
    with pytest.raises(SpecificationError, match="one close a column"):
        read_panel(panel, field="adj_close")


def test_a_frame_without_dates_says_how_to_give_them():
    with pytest.raises(SchemaError, match=r'no column of dates.*columns=\{"date": "..."\}'):
        read_panel(CLOSES.reset_index(drop=True))
    named = CLOSES.reset_index(names="d").assign(d=lambda frame: frame["d"].dt.strftime("%Y-%m-%d"))
    assert read_panel(named, columns={"date": "d"}).names == tuple(CLOSES.columns)
    found = read_panel(named.rename(columns={"d": "jour"}))
    assert found.names == tuple(CLOSES.columns)
    assert found.assumed == ("prices: dates are those of the column 'jour'",)
    with pytest.raises(SchemaError, match="no column of dates"):
        read_panel(named.assign(other=named["d"]).rename(columns={"d": "jour"}))


def test_files_are_read_with_the_same_words(tmp_path):
    rows = CLOSES.stack().rename("close").rename_axis(["date", "firm"]).reset_index()
    rows.to_csv(tmp_path / "long.csv", index=False)
    panel = read_panel(tmp_path / "long.csv", id="firm")
    assert set(panel.names) == set(CLOSES.columns)
    CLOSES.to_csv(tmp_path / "wide.csv")
    assert read_panel(str(tmp_path / "wide.csv"), id="firm").names == tuple(CLOSES.columns)


def test_columns_of_a_long_frame_that_hold_one_value_a_date():
    rows = long_frame()
    panel = columns_by_date(rows, ["vwretd"], content="returns")
    pd.testing.assert_series_equal(
        panel.frame()["vwretd"], MARKET.rename("vwretd"), check_freq=False, check_index_type=False
    )
    assert columns_by_date(rows, ["other"], content="returns") is None
    assert columns_by_date(CLOSES, ["KO"], content="prices") is None
    with pytest.raises(SchemaError, match="'prc' has several values on 2018-01-01"):
        columns_by_date(rows, ["prc"], content="returns")


def test_a_parquet_file_is_left_where_it_is_and_of_others_it_is_said(tmp_path):
    pytest.importorskip("pyarrow")
    panel = read_panel_or_blocks(CLOSES)
    assert isinstance(panel, PricePanel)
    assert panel.assumed == ()
    blocks = read_panel_or_blocks(write(CLOSES, tmp_path / "prices.parquet"))
    assert isinstance(blocks, PriceBlocks)
    assert read_panel_or_blocks(blocks) is blocks
    CLOSES.rename_axis("date").to_csv(tmp_path / "prices.csv")
    panel = read_panel_or_blocks(tmp_path / "prices.csv")
    assert panel.assumed[-1].endswith("held in memory: of files, only parquet is read some "
                                      "securities at a time")  # fmt: skip
    bars = CLOSES.iloc[:, [0] * 4].set_axis(["Open", "High", "Low", "Close"], axis="columns")
    panel = read_panel_or_blocks(write(bars, tmp_path / "ko.parquet"))
    assert panel.names == ("KO",)
    assert "bars of one security" in panel.assumed[-1]


def write(frame, path):
    """Write a frame with its dates, and return where it is."""
    frame.rename_axis("Date").to_parquet(path)
    return path


@pytest.mark.parametrize("title", ["Date", "day", "Trade Date"])
def test_serial_days_of_a_spreadsheet_are_dates_where_they_are_called_so(title):
    frame = pd.DataFrame({title: [45657, 45659], "A": [10.0, 11.0]})
    for given in (frame, frame.set_index(title)):
        panel = read_panel(given)
        assert panel.frame().index.astype(str).tolist() == ["2024-12-31", "2025-01-02"]
        assert "prices: dates are serial days of a spreadsheet" in panel.assumed
    with pytest.raises(SchemaError):
        read_panel(frame.rename(columns={title: "index"}).set_index("index"))


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%Y-%m-%d", "%d %b %Y"])
def test_rows_of_text_dates_are_brought_into_order_too(form):
    days = pd.bdate_range("2024-12-27", periods=6)
    frame = pd.DataFrame({"Date": days.strftime(form), "A": range(10, 16)})[::-1]
    for given in (frame, frame.reset_index(drop=True), frame.set_index("Date")):
        panel = read_panel(given)
        assert panel.frame().index.tolist() == days.tolist()
        assert panel.frame()["A"].tolist() == list(range(10, 16))
        assert "prices: rows were brought into the order of dates" in panel.assumed
