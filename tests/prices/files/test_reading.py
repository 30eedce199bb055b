from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.markets.market import declare_market
from eventstudy.prices.files.reading import read_prices

WIDE = "date,N225,TWII\n2025-05-01,36452.30,\n2025-05-02,36830.69,20787.64\n"


def write(folder, text, name="prices.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def problem(folder, text, **options):
    with pytest.raises(SchemaError) as raised:
        read_prices(write(folder, text), **options)
    return raised.value.problems


def test_a_wrong_number_is_told_by_file_and_row(tmp_path):
    with pytest.raises(SchemaError) as raised:
        read_prices(write(tmp_path, "date,HSI\n2025-05-01,1\n2025-05-02,one\n"))
    assert raised.value.row == 3
    assert str(raised.value) == f'{raised.value.file} 2025-05-02: HSI "one" is not a number'


def test_wide_keeps_only_the_rows_that_hold_a_price(tmp_path):
    panel = read_prices(write(tmp_path, WIDE))
    assert panel.names == ("N225", "TWII")
    assert [str(d) for d in panel.dates[1]] == ["2025-05-02"]
    assert panel.values[0].tolist() == [36452.30, 36830.69]
    assert panel.calendar is None
    assert panel.sha256 == hashlib.sha256(WIDE.encode()).hexdigest()
    assert repr(panel) == "PricePanel prices.csv: prices of 2 columns, 2025-05-01 to 2025-05-02"


def test_returns_keep_every_row_and_an_empty_cell_is_missing(tmp_path):
    text = "date,A,B\n2025-05-01,0.01,\n2025-05-02,-0.02,0\n"
    panel = read_prices(write(tmp_path, text), content="returns", kind="log", calendar="data")
    assert [len(d) for d in panel.dates] == [2, 2]
    assert np.isnan(panel.values[1][0])
    assert panel.values[1][1] == 0.0
    assert (panel.content, panel.kind, panel.calendar) == ("returns", "log", "data")


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + WIDE,
        WIDE.replace("\n", "\r\n"),
        WIDE.replace(",", ";"),
        "\ufeff" + WIDE.replace(",", ";").replace(".", ",").replace("\n", "\r\n"),
        WIDE.replace(",", "\t"),
        WIDE.replace("date", "Date"),
        WIDE.replace("-01,", "-01 00:00:00+09:00,").replace("-02,", "-02T00:00,"),
    ],
    ids=["bom", "crlf", "semicolon", "decimal comma", "tab", "Date", "midnight"],
)
def test_what_spreadsheets_and_frames_write_is_read(tmp_path, text):
    plain = read_prices(write(tmp_path, WIDE))
    other = read_prices(write(tmp_path, text, "other.csv"))
    pd.testing.assert_frame_equal(plain.frame(), other.frame())


def test_long_is_told_by_its_header_and_keeps_the_bars(tmp_path):
    text = (
        "date,security,close,open,volume\n"
        "2025-05-01,B,10,9.5,\n2025-05-01,A,1,,\n2025-05-02,B,11,10,500\n2025-05-02,A,,,\n"
    )
    panel = read_prices(write(tmp_path, text))
    assert panel.names == ("B", "A")
    assert panel.values[0].tolist() == [10, 11]
    assert [str(d) for d in panel.dates[1]] == ["2025-05-01"]
    assert list(panel.fields) == ["B"]
    assert panel.fields["B"].loc["2025-05-02"].to_dict() == {"open": 10.0, "volume": 500.0}


def test_long_and_wide_of_the_same_prices_agree(tmp_path):
    wide = read_prices(write(tmp_path, WIDE))
    melted = pd.read_csv(tmp_path / "prices.csv").melt("date", var_name="security")
    melted = melted.rename(columns={"value": "close"})
    melted.to_csv(tmp_path / "long.csv", index=False)
    pd.testing.assert_frame_equal(read_prices(tmp_path / "long.csv").frame(), wide.frame())


def test_whatever_a_damaged_parquet_file_raises_is_told(tmp_path, monkeypatch):
    path = tmp_path / "odd.parquet"
    pd.DataFrame({"date": ["2025-05-01"], "N225": [1.0]}).to_parquet(path)

    def damaged(*_, **__):  # as found in a file whose metadata name a type nobody knows
        raise TypeError("data type 'float:4' not understood")

    monkeypatch.setattr(pd, "read_parquet", damaged)
    with pytest.raises(SourceError, match=r"odd.parquet is not a readable parquet file \(data"):
        read_prices(path)


@pytest.mark.parametrize("as_index", [True, False])
def test_parquet_equals_csv(tmp_path, as_index):
    pytest.importorskip("pyarrow")
    csv = read_prices(write(tmp_path, WIDE))
    frame = csv.frame() if as_index else csv.frame().reset_index()
    frame.to_parquet(tmp_path / "prices.parquet")
    parquet = read_prices(tmp_path / "prices.parquet")
    pd.testing.assert_frame_equal(parquet.frame(), csv.frame())
    assert parquet.name == "prices.parquet"
    assert parquet.sha256 == hashlib.sha256((tmp_path / "prices.parquet").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2025-05-05,abc,1", 'prices.csv 2025-05-05: N225 "abc" is not a number'),
        ("2025-05-05,-3,1", "prices.csv 2025-05-05: N225 -3 is not positive; leave the cell empty"),
        ("2025-05-05,1,0", "prices.csv 2025-05-05: TWII 0 is not positive"),
        ("2025-05-05,inf,1", "prices.csv 2025-05-05: N225 inf is not finite"),
        # pandas before 3 reads it as text, later as infinite; neither is a price
        ("2025-05-05,1e999,1", "prices.csv 2025-05-05: N225 "),
        ('2025-05-05,"36,83,0",1', '"36,83,0" is not a number; write it without thousands'),
        ("2025-05-05,True,1", 'N225 "True" is not a number'),
        ("2025-05-02,1,1", "prices.csv 2025-05-02: the date appears twice; keep one row"),
        ("2025-04-30,1,1", "prices.csv 2025-04-30: the row comes after 2025-05-02; sort the rows"),
        ("02/05/2025,1,1", 'prices.csv row 4: date "02/05/2025" is not an ISO date'),
        ("2025-05-05 15:30,1,1", 'prices.csv row 4: date "2025-05-05 15:30" is not an ISO date'),
        ("2025-02-30,1,1", 'prices.csv row 4: date "2025-02-30" does not exist'),
        (",1,1", "prices.csv row 4: the date is empty"),
        ("2025-05-05,1", "prices.csv row 4"),
    ],
)
def test_a_bad_row_is_named_by_its_date(tmp_path, row, said):
    problems = problem(tmp_path, WIDE + row + "\n")
    assert len(problems) == 1
    assert said in problems[0]
    assert "\n" not in problems[0]


def test_every_problem_is_carried(tmp_path):
    problems = problem(tmp_path, WIDE + "2025-05-05,abc,-1\n2025-05-06,x,1\n")
    assert len(problems) == 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "prices.csv is empty"),
        ("date,N225\n", "no rows"),
        ("date\n2025-05-01\n", "no column besides the date"),
        ("N225,date\n1,2025-05-01\n", "first column must be 'date'"),
        ("day of it,N225\nMay,1\n", "first column must be 'date'; found 'day of it'"),
        ("date,open,high,low\n2025-05-01,1,1,x\n", "none that is known to be the close"),
        ("date,security,value\n2025-05-01,A,1\n", "known to be the close"),
        ("security,close\nA,1\n", "'date' is missing"),
        ("date,security,close\n2025-05-01,,1\n", "prices.csv row 2: the security is empty"),
        ("date,N225,N225\n2025-05-01,1,1\n", "N225"),
    ],
)
def test_a_bad_file_is_refused_in_one_line(tmp_path, text, said):
    assert said in problem(tmp_path, text)[0]


def test_long_rows_are_judged_security_by_security(tmp_path):
    head = "date,security,close,volume\n2025-05-01,A,1,\n2025-05-01,B,1,\n"
    assert problem(tmp_path, head + "2025-05-01,B,2,\n") == (
        "prices.csv 2025-05-01: the date appears twice of B; keep one row",
    )
    assert "comes after" in problem(tmp_path, head + "2025-04-30,A,2,\n")[0]
    assert problem(tmp_path, head + "2025-05-02,A,2,lots\n") == (
        'prices.csv 2025-05-02: A volume "lots" is not a number',
    )


def test_percent_is_told_from_decimals(tmp_path):
    text = "date,A\n2025-05-01,1.2\n2025-05-02,-2.0\n2025-05-05,1.5\n"
    assert "looks like percent" in problem(tmp_path, text, content="returns")[0]
    small = "date,A\n2025-05-01,0.2\n2025-05-02,-1.0\n2025-05-05,0.5\n"
    said = problem(tmp_path, small, content="returns")[0]
    assert "prices.csv 2025-05-02: A -1 cannot be a simple return" in said
    assert read_prices(write(tmp_path, small), content="returns", kind="log").values[0][1] == -1.0


def test_what_cannot_be_opened_is_a_source_error(tmp_path):
    (tmp_path / "folder.parquet").mkdir()
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1 not really")
    for path in (tmp_path, tmp_path / "none.csv", tmp_path / "folder.parquet", bad):
        with pytest.raises(SourceError, match=path.name):
            read_prices(path)


@pytest.mark.parametrize("option", [{"content": "price"}, {"kind": "logs"}])
def test_unknown_options_name_the_nearest(tmp_path, option):
    with pytest.raises(SpecificationError, match="did you mean"):
        read_prices(write(tmp_path, WIDE), **option)


# -- the bars of one security ----------------------------------------------------------------------

BARS = (
    "Date,Open,High,Low,Close,Adj Close,Volume\n"
    "2025-05-01 00:00:00-04:00,10,12,9,11,10.5,100\n"
    "2025-05-02 00:00:00-04:00,11,13,11,12,12,0\n"
)


def test_bars_of_one_security_are_called_as_the_file(tmp_path):
    panel = read_prices(write(tmp_path, BARS, "aapl.csv"))
    assert panel.names == ("AAPL",)
    assert panel.values[0].tolist() == [11.0, 12.0]
    assert panel.fields["AAPL"].columns.tolist() == ["open", "high", "low", "volume"]
    remark, dividend = panel.remarks
    assert (remark.security, remark.check) == ("AAPL", "column_not_used")
    assert "'Adj Close'" in remark.detail
    assert (str(dividend.date), dividend.check) == ("2025-05-02", "adjustment_in_return")
    named = read_prices(tmp_path / "aapl.csv", security="Apple")
    assert (named.names, list(named.fields)) == (("Apple",), ["Apple"])


def test_an_adjusted_close_that_says_nothing_new_is_no_remark(tmp_path):
    assert read_prices(write(tmp_path, BARS.replace("10.5", "11"), "n225.csv")).remarks == ()


@pytest.mark.parametrize("header", ["Volume;Close;Date;Low;High;Open", "date;close"])
def test_bars_in_any_order_of_columns(tmp_path, header):
    frame = pd.read_csv(write(tmp_path, BARS, "x.csv"))
    frame["Date"] = frame["Date"].str[:10]
    frame.columns = [c if c in header else c.lower() for c in frame.columns]
    frame[header.split(";")].to_csv(tmp_path / "y.csv", index=False, sep=";")
    panel = read_prices(tmp_path / "y.csv")
    assert (panel.names, panel.values[0].tolist()) == (("Y",), [11.0, 12.0])


def test_a_file_of_yfinance_names_its_symbol(tmp_path):
    text = (
        "Price,Close,High,Low,Open,Volume\nTicker,^N225,^N225,^N225,^N225,^N225\nDate,,,,,\n"
        "2025-05-01,11,12,9,10,0\n2025-05-02,x,13,11,11,0\n"
    )
    assert problem(tmp_path, text) == ('prices.csv 2025-05-02: ^N225 "x" is not a number',)
    panel = read_prices(write(tmp_path, text.replace("x", "12")))
    assert (panel.names, panel.values[0].tolist()) == (("^N225",), [11.0, 12.0])
    assert read_prices(tmp_path / "prices.csv", security="N225").names == ("N225",)


def test_a_bar_that_contradicts_itself_keeps_its_close_and_is_listed(tmp_path):
    text = BARS.replace("10,12,9,11,10.5", "13,12,9,11,11").replace("11,13,11,12", "11,10,11,12")
    panel = read_prices(write(tmp_path, text, "aapl.csv"))
    assert panel.values[0].tolist() == [11.0, 12.0]
    assert panel.fields == {}
    first = panel.remarks[0]
    assert (first.check, str(first.date)) == ("bar_contradiction", "2025-05-01")
    assert first.detail == (
        "aapl.csv: AAPL open 13 lies outside its low and high [9, 12]; of this bar the close alone "
        "is used"
    )
    assert "not positive" in problem(tmp_path, BARS.replace("11,10.5", "-11,-11"))[0]
    panel = read_prices(write(tmp_path, BARS.replace("00,10,12,9", "00,0,0,0"), "aapl.csv"))
    assert [one.detail for one in panel.remarks if one.check == "bar_contradiction"] == [
        "aapl.csv: AAPL close 11 lies outside its low and high [0, 0]; of this bar the close alone "
        "is used"
    ]


def test_what_does_not_fit_one_security_is_refused(tmp_path):
    assert "prices.security is for the bars" in problem(tmp_path, WIDE, security="N225")[0]
    assert "bars of one security, so prices" in problem(tmp_path, BARS, content="returns")[0]
    with pytest.raises(SpecificationError, match=r"prices\.security names the bars of one file"):
        read_prices([tmp_path / "a.csv", tmp_path / "b.csv"], security="A")


# -- several files ---------------------------------------------------------------------------------


def test_files_are_joined(tmp_path):
    one, other = write(tmp_path, WIDE), write(tmp_path, BARS, "aapl.csv")
    panel = read_prices([one, str(other)], kind="log", calendar="data")
    assert panel.names == ("N225", "TWII", "AAPL")
    assert [len(dates) for dates in panel.dates] == [2, 1, 2]
    assert (panel.name, panel.kind, panel.calendar) == ("prices.csv + aapl.csv", "log", "data")
    hashes = [hashlib.sha256(path.read_bytes()).hexdigest() for path in (one, other)]
    assert panel.inputs == tuple(zip(["prices.csv", "aapl.csv"], hashes, strict=True))
    assert panel.sha256 not in (*hashes, read_prices([other, one]).sha256)
    assert list(panel.fields) == ["AAPL"]
    assert {remark.security for remark in panel.remarks} == {"AAPL"}


def test_a_column_of_two_files_is_refused(tmp_path):
    one, other = write(tmp_path, WIDE), write(tmp_path, "date,TWII\n2025-05-02,1\n", "other.csv")
    with pytest.raises(SchemaError, match=r"^other\.csv: column 'TWII' is also in prices\.csv$"):
        read_prices([one, other])
    with pytest.raises(SpecificationError, match=r"prices\.file is empty"):
        read_prices([])


def test_an_address_in_place_of_a_file_is_not_repeated():
    with pytest.raises(SourceError, match="not an address") as caught:
        read_prices("postgresql://me:s3cret@host/db")
    assert "s3cret" not in str(caught.value)


# -- xlsx ------------------------------------------------------------------------------------------


def workbook(path, sheets):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


DAYS = [dt.datetime(2025, 5, 1), dt.date(2025, 5, 2), "2025-05-05"]  # noqa: DTZ001
WIDE_ROWS = [["Date", "N225", "TWII"], [DAYS[0], 36452.3, None], [], [DAYS[1], 36830.69, 20787.64]]


def test_a_sheet_equals_the_csv(tmp_path):
    path = workbook(tmp_path / "p.xlsx", {"Only": WIDE_ROWS})
    panel = read_prices(path)
    pd.testing.assert_frame_equal(panel.frame(), read_prices(write(tmp_path, WIDE)).frame())
    assert (panel.name, panel.remarks) == ("p.xlsx", ())
    assert panel.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    long = [
        ["security", "close", "date"],
        ["A", 1, DAYS[0]],
        ["A", "2.5", DAYS[2]],
        [7, 3, DAYS[1]],
    ]
    panel = read_prices(workbook(tmp_path / "long.xlsx", {"S": long}))
    assert (panel.names, panel.values[0].tolist()) == (("A", "7"), [1.0, 2.5])


def test_the_first_sheet_is_read_unless_one_is_named(tmp_path):
    sheets = {"First": WIDE_ROWS, "Second": [["date", "A"], [DAYS[0], 5]]}
    path = workbook(tmp_path / "p.xlsx", sheets)
    (remark,) = read_prices(path).remarks
    assert remark.detail == "p.xlsx: sheet 'First' was read, the first of 2"
    panel = read_prices(path, sheet="Second")
    assert (panel.names, panel.remarks) == (("A",), ())
    with pytest.raises(
        SpecificationError, match=r"p\.xlsx has no sheet 'Secnd'; did you mean 'Sec"
    ):
        read_prices(path, sheet="Secnd")
    with pytest.raises(SpecificationError, match=r"prices\.sheet is for xlsx files"):
        read_prices(write(tmp_path, WIDE), sheet="First")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([], "p.xlsx sheet 'S' is empty"),
        ([["date", "A"]], "p.xlsx sheet 'S' holds a header and no rows"),
        ([["date", "A", "A"], [DAYS[0], 1, 2]], "p.xlsx sheet 'S': column 'A' is there 2 times"),
        ([["date", None, "A"], [DAYS[0], 1, 2]], "p.xlsx sheet 'S': column 2 has no name"),
        ([["date", "A"], [DAYS[0], 1, 2]], "row 2: a cell to the right of the last column"),
        ([["date", "A"], [457, 1]], 'p.xlsx row 2: date "457.0" is not an ISO date'),
        ([["date", "A"], [None, 1]], "p.xlsx row 2: the date is empty"),
        ([["date", "A"], [DAYS[0], 1], [dt.datetime(2025, 5, 2, 9), 1]], "is not an ISO date"),  # noqa: DTZ001
        ([["date", "A"], [], [DAYS[0], "#REF!"]], 'p.xlsx 2025-05-01: A "#REF!" is not a number'),
        ([["date", "A"], [DAYS[0], True]], 'A "True" is not a number'),
        ([["date", "A"], [DAYS[0], 0]], "p.xlsx 2025-05-01: A 0 is not positive"),
        ([["date", "A"], [DAYS[0], "=1+1"]], "row 2: column 2 is a formula without a stored value"),
    ],
)
def test_a_bad_sheet_is_refused_in_one_line(tmp_path, rows, said):
    with pytest.raises(SchemaError) as caught:
        read_prices(workbook(tmp_path / "p.xlsx", {"S": rows}))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_no_workbook(tmp_path):
    pytest.importorskip("openpyxl")
    with pytest.raises(SourceError, match=r"^p\.xlsx is not a readable xlsx file"):
        read_prices(write(tmp_path, WIDE, "p.xlsx"))
    with pytest.raises(SourceError, match=r"p\.xls: this format of 1997"):
        read_prices(write(tmp_path, WIDE, "p.xls"))


# -- closes of currencies --------------------------------------------------------------------------


def currency(folder, shift):
    """Bars of a currency whose close is that of the day (0) or of the day before (1)."""
    rng = np.random.default_rng(8)
    price = 150 * np.exp(np.cumsum(rng.normal(0, 0.005, 62)))
    days = pd.bdate_range("2025-01-01", periods=60)
    start, end = price[:60], price[1:61]
    close = start if shift else end
    table = {"Open": start, "High": np.maximum(start, end), "Low": np.minimum(start, end)}
    frame = pd.DataFrame({**table, "Close": close}, index=days.rename("Date"))
    frame.to_csv(folder / "usdjpy.csv")
    return frame, end


def test_start_of_day_closes_are_found_and_moved(tmp_path):
    _, end = currency(tmp_path, 1)
    path = tmp_path / "usdjpy.csv"
    written = read_prices(path)
    assert (len(written.values[0]), written.remarks) == (60, ())
    for asked in ("detect", "next_row"):
        panel = read_prices(path, fx_close=asked)
        np.testing.assert_allclose(panel.values[0], end[:59])
        assert panel.dates[0][0] == written.dates[0][0]
        (remark,) = panel.remarks
        assert (remark.security, remark.check, remark.severity) == (
            "USDJPY", "fx_label_shift", "info"
        )  # fmt: skip
        assert remark.detail.endswith(
            "each is moved to the row before, and the last row is left out"
        )


def test_a_currency_may_be_called_as_yahoo_calls_it(tmp_path):
    currency(tmp_path, 1)
    (tmp_path / "usdjpy.csv").rename(tmp_path / "JPY=X.csv")
    panel = read_prices(tmp_path / "JPY=X.csv", fx_close="detect")
    assert (panel.names, len(panel.values[0])) == (("JPY=X",), 59)


def test_end_of_day_closes_stay_and_moving_them_is_a_warning(tmp_path):
    currency(tmp_path, 0)
    panel = read_prices(tmp_path / "usdjpy.csv", fx_close="detect")
    assert (len(panel.values[0]), panel.remarks[0].severity) == (60, "info")
    panel = read_prices(tmp_path / "usdjpy.csv", fx_close="next_row")
    assert (len(panel.values[0]), panel.remarks[0].severity) == (59, "warning")


def test_only_currencies_are_moved_and_never_across_a_hole(tmp_path):
    text = "date,N225,USDCNH,MINE\n2025-05-01,1,7,1\n2025-05-02,2,8,2\n2025-05-12,3,9,3\n"
    panel = read_prices(write(tmp_path, text), fx_close="next_row")
    assert [values.tolist() for values in panel.values] == [[1, 2, 3], [8], [1, 2, 3]]
    own = declare_market("M", {"calendar": "FX", "series": "MINE"})
    panel = read_prices(tmp_path / "prices.csv", fx_close="next_row", declared=[own])
    assert [len(values) for values in panel.values] == [3, 1, 1]
    assert panel.moved == ("USDCNH", "MINE")
    panel = read_prices(tmp_path / "prices.csv", fx_close="detect")  # no opens to tell by
    assert [len(values) for values in panel.values] == [3, 3, 3]
    assert panel.moved == ()
    assert panel.remarks[0].severity == "warning"
    with pytest.raises(SpecificationError, match=r'prices\.fx_close = "detect" moves closes'):
        read_prices(tmp_path / "prices.csv", fx_close="detect", content="returns")


def test_yahoos_yen_is_repaired():
    path = Path(__file__).parents[4] / "shared/data/prices/yahoo_usdjpy_as_labelled.csv"
    if not path.is_file():
        pytest.skip("the long real series are not here")
    written = read_prices(path, security="USDJPY")
    panel = read_prices(path, security="USDJPY", fx_close="detect")
    assert [one.severity for one in panel.remarks if one.check == "fx_label_shift"] == ["info"]
    odd = [one for one in panel.remarks if one.check == "bar_contradiction"]
    assert [str(one.date) for one in odd] == ["2022-08-29"]
    at = np.flatnonzero(panel.dates[0] == np.datetime64("2022-12-20"))[0]
    # the surprise of that day, a fall of four percent, is on it and not on the day after
    assert np.log(panel.values[0][at] / panel.values[0][at - 1]) < -0.03
    assert np.log(written.values[0][at] / written.values[0][at - 1]) > -0.01
