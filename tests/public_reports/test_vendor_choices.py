"""Vendors' files that can be read two ways: told by the file, or refused until the user says.

Sources: alvarobartt/investpy, issue 135 (day and month swapped); LemaireJean-Baptiste/eventstudy,
issues 4 and 6 (returns around a closure).
"""

from __future__ import annotations

import datetime as dt

import pytest
from vendor_files import CLOSES, DAYS, FILES

from eventstudy import read_prices
from eventstudy.exceptions import EventStudyError, SchemaError, SpecificationError


def refused(path, **choices):
    with pytest.raises(EventStudyError) as caught:
        read_prices(path, **choices)
    return str(caught.value)


# ---- what is refused, and what the user can say ----------------------------------------------

EITHER = "Date,N225\n03/04/2024,1\n04/04/2024,2\n05/04/2024,3\n"
"""3 to 5 April, all weekdays; or 4 March, 4 April and 4 May, a Saturday."""
BOTH = "Date,N225\n01/02/2024,1\n02/02/2024,2\n05/02/2024,3\n"
"""1, 2, 5 February; or 2 January, 2 February, 2 May: weekdays in order, too."""


def test_weekdays_tell_day_from_month(tmp_path):
    (tmp_path / "e.csv").write_text(EITHER)
    panel = read_prices(tmp_path / "e.csv")
    assert [str(day) for day in panel.dates[0]] == ["2024-04-03", "2024-04-04", "2024-04-05"]
    assert "only so all are weekdays" in panel.assumed[0]


def test_what_can_be_read_both_ways_is_refused_until_the_user_says(tmp_path):
    (tmp_path / "b.csv").write_text(BOTH)
    said = refused(tmp_path / "b.csv")
    assert "b.csv" in said
    assert "date_format" in said
    assert "01/02/2024" in said
    for form in ("dd/mm/yyyy", "dmy", "%d/%m/%Y"):
        panel = read_prices(tmp_path / "b.csv", date_format=form)
        assert [str(day) for day in panel.dates[0]] == ["2024-02-01", "2024-02-02", "2024-02-05"]
    american = read_prices(tmp_path / "b.csv", date_format="mm/dd/yyyy")
    assert str(american.dates[0][-1]) == "2024-05-02"
    assert "says no order" in refused(tmp_path / "b.csv", date_format="European")


def test_a_wrong_date_among_others_is_named_by_its_row(tmp_path):
    (tmp_path / "w.csv").write_text("Date,N225\n22/04/2024,1\n31/04/2024,2\n30/04/2024,3\n")
    assert (
        refused(tmp_path / "w.csv") == 'w.csv row 3: date "31/04/2024" is no date as the others are'
    )


def test_a_comma_that_could_be_either_is_refused(tmp_path):
    (tmp_path / "c.csv").write_text('date,N225\n2024-04-22,"39,569"\n2024-04-23,"39,646"\n')
    assert "is not a number" in refused(tmp_path / "c.csv")


def test_open_high_low_without_a_close_are_no_three_securities(tmp_path):
    (tmp_path / "o.csv").write_text("date,open,high,low,kurs\n2024-04-22,1,2,1,2\n")
    said = refused(tmp_path / "o.csv")
    assert "columns = { close" in said
    panel = read_prices(tmp_path / "o.csv", columns={"close": "kurs"})
    assert (panel.names, panel.values[0].tolist()) == (("O",), [2.0])


def test_bars_inside_the_day_are_no_daily_prices(tmp_path):
    (tmp_path / "m.csv").write_text(
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\n"
        "2025.03.03\t09:30\t1\t2\t1\t2\n2025.03.03\t09:35\t2\t2\t1\t2\n"
    )
    assert "several rows a day" in refused(tmp_path / "m.csv")


def test_volumes_and_dividends_of_a_wide_file_are_no_securities(tmp_path):
    (tmp_path / "v.csv").write_text("Date,SPX,Volume,Dividends\n2024-04-22,5000,0,0\n")
    panel = read_prices(tmp_path / "v.csv")
    assert panel.names == ("SPX",)
    assert "columns not used: Volume, Dividends" in panel.assumed[0]


def test_the_user_names_columns_dialect_and_span(tmp_path):
    (tmp_path / "x.csv").write_text(
        "Sym,Tag,Kurs,Other\nA,2024-04-22,1,9\nA,2024-04-23,2,9\nB,2024-04-23,3,9\n"
    )
    columns = {"date": "Tag", "close": "Kurs", "security": "sym"}
    panel = read_prices(tmp_path / "x.csv", columns=columns)
    assert (panel.names, [v.tolist() for v in panel.values]) == (("A", "B"), [[1.0, 2.0], [3.0]])
    part = read_prices(tmp_path / "x.csv", columns=columns, start="2024-04-23", end="2024-04-23")
    assert [len(dates) for dates in part.dates] == [1, 1]
    assert "no rows from 2025-01-01" in refused(
        tmp_path / "x.csv", columns=columns, start="2025-01-01"
    )
    assert "did you mean 'Kurs'" in refused(tmp_path / "x.csv", columns={**columns, "close": "Kur"})
    assert "lies after" in refused(tmp_path / "x.csv", start="2025-01-01", end="2024-01-01")
    assert "did you mean 'nasdaq'" in refused(tmp_path / "x.csv", dialect="nasdak")
    assert "has not the columns of Nasdaq" in refused(tmp_path / "x.csv", dialect="nasdaq")
    wide = read_prices(
        tmp_path / "x.csv", columns={"date": "Tag", "N225": "Other"}, end="2024-04-22"
    )
    assert (wide.names, wide.values[0].tolist()) == (("N225",), [9.0])


def test_the_adjusted_close_is_taken_where_it_is_asked_for(tmp_path):
    file, text, _ = FILES["quandl"]
    (tmp_path / file).write_text(text)
    panel = read_prices(tmp_path / file, field="adj_close")
    assert panel.values[0] == pytest.approx([c / 2 for c in CLOSES])
    assert panel.fields["A"]["high"].iloc[0] == pytest.approx(CLOSES[0] / 2 + 50)
    (tmp_path / "n.csv").write_text("Date,Open,High,Low,Close\n2024-04-22,1,2,1,2\n")
    assert "no adjusted close" in refused(tmp_path / "n.csv", field="adj_close")


def test_codes_of_crsp_are_no_returns(tmp_path):
    (tmp_path / "r.csv").write_text(
        "PERMNO,date,PRC,RET,vwretd\n1,20240422,-5,C,0.1\n1,20240423,0,-66.0,0.1\n"
        "1,20240424,5.5,0.1,0.1\n1,20240425,5.6,B,0.1\n1,20240426,5.7,-99,0.1\n"
    )
    returns = read_prices(tmp_path / "r.csv", content="returns")
    assert returns.names == ("1",)
    assert returns.values[0].tolist() == pytest.approx(
        [float("nan")] * 2 + [0.1] + [float("nan")] * 2, nan_ok=True
    )
    assert "4 returns with a code for missing" in "\n".join(returns.assumed)
    prices = read_prices(tmp_path / "r.csv")
    assert prices.values[0].tolist() == [5.0, 5.5, 5.6, 5.7]
    assert "1 price of zero" in "\n".join(prices.assumed)


def test_empty_cells_of_returns_are_sessions_unless_the_user_says_no(tmp_path):
    # the closure of September 2001 in a file of returns
    days = ["2001-09-10", "2001-09-11", "2001-09-12", "2001-09-13", "2001-09-14", "2001-09-17"]
    cells = ["0.006", "", "", "", "", "-0.049"]
    rows = "".join(f"{d},{c},0.001\n" for d, c in zip(days, cells, strict=True))
    (tmp_path / "r.csv").write_text("date,SPX,N225\n" + rows)
    kept = read_prices(tmp_path / "r.csv", content="returns")
    assert len(kept.dates[0]) == 6
    assert "SPX 4" in kept.assumed[0]
    assert 'empty = "no_session"' in kept.assumed[0]
    closed = read_prices(tmp_path / "r.csv", content="returns", empty="no_session")
    assert [str(day) for day in closed.dates[0]] == [days[0], days[-1]]
    assert len(closed.dates[1]) == 6


def test_a_long_closing_time_in_another_zone_is_told_by_weekdays(tmp_path):
    # midnights in Tokyo, as a frame in UTC holds them: Sunday to Thursday
    stamps = [f"{dt.date.fromisoformat(d) - dt.timedelta(1)}T15:00:00Z" for d in DAYS]
    rows = "".join(f"{s},{c}\n" for s, c in zip(stamps, CLOSES, strict=True))
    (tmp_path / "z.csv").write_text("date,N225\n" + rows)
    panel = read_prices(tmp_path / "z.csv")
    assert [str(day) for day in panel.dates[0]] == DAYS
    assert "the day after" in panel.assumed[0]


def test_midnights_of_sydney_over_a_few_days_are_refused(tmp_path):
    rows = [f"2024-05-{day:02d}T14:00:00Z,1,1,1,{day}" for day in (6, 7, 8)]
    file = tmp_path / "asx.csv"
    file.write_text("\n".join(["time,open,high,low,close", *rows]) + "\n")
    with pytest.raises(SpecificationError, match="do not tell the day of the session"):
        read_prices(file)
    file.write_text("\n".join(["time,open,high,low,close", *rows,
                               "2024-05-09T14:00:00Z,1,1,1,9", "2024-05-12T14:00:00Z,1,1,1,1",
                               ]))  # fmt: skip
    assert str(read_prices(file).dates[0][0]) == "2024-05-07"


def test_a_semicolon_file_with_999_beside_1001_is_refused(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("date;A\n2024-05-02;999\n2024-05-03;1,003\n2024-05-06;1,001\n")
    with pytest.raises(SchemaError, match="without thousands separators"):
        read_prices(file)


def test_a_bank_that_writes_decimal_dots_is_read_so(tmp_path):
    file = tmp_path / "x.csv"
    file.write_text("Datum;Schlusskurs\n2024-05-02;85.12\n2024-05-03;85.125\n2024-05-06;-\n")
    assert read_prices(file).values[0].tolist() == [85.12, 85.125]


def test_indices_below_one_another_are_several_securities(tmp_path):
    # kaggle.com/datasets/mattiuzc/stock-exchange-data: the column Index was passed over
    path = tmp_path / "indexData.csv"
    path.write_text(
        "Index,Date,Open,High,Low,Close,Adj Close,Volume\n"
        "HSI,2025-04-24,21900,22000,21800,21909,21909,0\n"
        "HSI,2025-04-25,21900,22000,21800,21980,21980,0\n"
        "N225,2025-04-28,35500,35900,35400,35839,35839,0\n"
    )
    panel = read_prices(path)
    assert panel.names == ("HSI", "N225")
    assert [list(values) for values in panel.values] == [[21909, 21980], [35839]]


def test_a_comma_before_three_digits_is_a_decimal_one_and_that_is_said(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("Date;HSI;MSFT\n2025-04-25;21,980;391,850\n2025-04-28;21,971;391,160\n")
    panel = read_prices(path)
    assert list(panel.values[0]) == [21.98, 21.971]
    assert "numbers have a comma for decimals" in " ".join(panel.assumed)
