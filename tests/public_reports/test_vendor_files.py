"""Daily prices as vendors write them: each is read right, and what was understood is said.

Every file is made here in the form of its vendor; the sources are named beside them.
"""

from __future__ import annotations

import datetime as dt

import pytest
from table_forms import FORMS
from vendor_files import CLOSES, DAYS, ENCODINGS, FILES

from eventstudy import read_prices


@pytest.mark.parametrize("name", [*FILES, *FORMS])
def test_a_vendors_file_is_read_right_and_told(tmp_path, name):
    file, text, words = {**FILES, **FORMS}[name]
    (tmp_path / file).write_bytes(text.encode(ENCODINGS.get(name, "utf-8")))
    panel = read_prices(tmp_path / file)
    assert len(panel.names) == 1, "one security, whatever other columns there are"
    assert [str(day) for day in panel.dates[0]] == DAYS
    assert panel.values[0] == pytest.approx(CLOSES)
    said = "\n".join(panel.assumed)
    for word in words.split("|"):
        assert word in said
    assert bool(said) == bool(words), said
    for sentence in panel.assumed:
        assert sentence.startswith(f"{file}: ")


# ---- several securities ----------------------------------------------------------------------


def yfinance_table(tickers_first, fields, *, names=True):
    tickers = ["AAPL", "MSFT"]
    pairs = ([(f, t) for t in tickers for f in fields] if tickers_first
             else [(f, t) for f in fields for t in tickers])  # fmt: skip
    values = {"Close": 0, "Adj Close": -5000, "High": 50, "Low": -60, "Open": -10, "Volume": 9}
    rows = {"Price": [f for f, _ in pairs], "Ticker": [t for _, t in pairs]}
    order = ["Ticker", "Price"] if tickers_first else ["Price", "Ticker"]
    head = [",".join([name if names else "", *rows[name]]) for name in order]
    body = [
        ",".join([day, *(str(close + values[f] + 1000 * (t == "MSFT")) for f, t in pairs)])
        for day, close in zip(DAYS, CLOSES, strict=True)
    ]
    return "\n".join([*head, "Date" + "," * len(pairs), *body]) + "\n"


@pytest.mark.parametrize("names", [True, False])
@pytest.mark.parametrize("tickers_first", [True, False])
@pytest.mark.parametrize("fields", [["Close"], ["Close", "High", "Low", "Open", "Volume"],
                                    ["Adj Close", "Close", "High", "Low", "Open", "Volume"]])  # fmt: skip  # noqa: E501
def test_yfinance_download_of_many_tickers(tmp_path, fields, tickers_first, names):
    # ranaroussi/yfinance, issue 2269
    (tmp_path / "many.csv").write_text(yfinance_table(tickers_first, fields, names=names))
    panel = read_prices(tmp_path / "many.csv")
    assert sorted(panel.names) == ["AAPL", "MSFT"]
    assert panel.values[panel.names.index("AAPL")] == pytest.approx(CLOSES)
    assert panel.values[panel.names.index("MSFT")] == pytest.approx([c + 1000 for c in CLOSES])
    assert [str(day) for day in panel.dates[1]] == DAYS
    if "Adj Close" in fields:
        assert "'Adj Close' differs and is not used" in "\n".join(panel.assumed)
        adjusted = read_prices(tmp_path / "many.csv", field="adj_close")
        assert adjusted.values[0][-1] == pytest.approx(CLOSES[-1] - 5000)


def workbook(path, rows):
    book = pytest.importorskip("openpyxl").Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


STAMPS = [dt.datetime.fromisoformat(day) for day in DAYS]


def test_bloomberg_with_dates_of_each_security(tmp_path):
    # alpha-xone/xbbg: the layouts of BDH
    rows = [["Start Date", "22/04/2024"], [None], ["NKY Index", None, None, "SPX Index", None],
            ["Date", "PX_LAST", None, "Date", "PX_LAST"],
            *([d, c, None, d + dt.timedelta(1), c / 8] for d, c in zip(STAMPS, CLOSES, strict=True))]  # fmt: skip  # noqa: E501
    rows[-1][3:] = [None, None]
    panel = read_prices(workbook(tmp_path / "bdh.xlsx", rows))
    assert panel.names == ("NKY Index", "SPX Index")
    assert [str(day) for day in panel.dates[0]] == DAYS
    assert (str(panel.dates[1][0]), str(panel.dates[1][-1])) == ("2024-04-23", "2024-04-27")
    assert panel.values[1][-1] == pytest.approx(CLOSES[-2] / 8)
    assert "Bloomberg" in panel.assumed[0]


def test_bloomberg_of_one_security_below_its_settings(tmp_path):
    rows = [["Security", "NKY Index"], ["Start Date", STAMPS[0]], ["End Date", STAMPS[-1]],
            ["Period", "D"], [None], ["Date", "PX_LAST", "PX_OPEN"],
            *([d, c, c - 10] for d, c in zip(STAMPS, CLOSES, strict=True))]  # fmt: skip
    panel = read_prices(workbook(tmp_path / "one.xlsx", rows))
    assert panel.names == ("NKY Index",)
    assert panel.values[0] == pytest.approx(CLOSES)
    assert panel.fields["NKY Index"]["open"].iloc[0] == pytest.approx(CLOSES[0] - 10)


@pytest.mark.parametrize("first", ["Dates", "Date"])
def test_bloomberg_side_by_side(tmp_path, first):
    rows = [[first, "NKY Index", "SPX Index"], [None, "PX_LAST", "PX_LAST"],
            *([d, c, "#N/A N/A"] for d, c in zip(STAMPS[:1], CLOSES[:1], strict=True)),
            *([d, c, c / 8] for d, c in zip(STAMPS[1:], CLOSES[1:], strict=True))]  # fmt: skip
    panel = read_prices(workbook(tmp_path / "wide.xlsx", rows))
    assert panel.names == ("NKY Index", "SPX Index")
    assert (len(panel.dates[0]), len(panel.dates[1])) == (6, 5)
    assert "1 cell with a code for empty" in "\n".join(panel.assumed)


def test_datastream(tmp_path):
    rows = [["Name", "NIKKEI 225 - PRICE INDEX", "#ERROR", "TOPIX - TOT RETURN IND"],
            ["Code", "JAPDOWA(PI)", "X", "TOKYOSE(RI)"], ["CURRENCY", "Y", None, "Y"],
            *([d, c, None, c / 9] for d, c in zip(STAMPS, CLOSES, strict=True))]  # fmt: skip
    panel = read_prices(workbook(tmp_path / "ds.xlsx", rows))
    assert panel.names == ("JAPDOWA", "TOKYOSE")
    assert panel.values[0] == pytest.approx(CLOSES)
    said = "\n".join(panel.assumed)
    assert "TOKYOSE is TOPIX - TOT RETURN IND" in said
    assert "repeats the last price" in said
    assert "error of the vendor" in said
