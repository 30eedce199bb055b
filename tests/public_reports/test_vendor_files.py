"""Daily prices as vendors write them: each is read right, and what was understood is said.

Every file is made here in the form of its vendor; the sources are named beside them.
"""

from __future__ import annotations

import datetime as dt

import pytest

from eventstudy import read_prices
from eventstudy.exceptions import EventStudyError

DAYS = ["2024-04-22", "2024-04-23", "2024-04-24", "2024-04-25", "2024-04-26", "2024-04-30"]
CLOSES = [37438.61, 37552.16, 38460.08, 37628.48, 37934.76, 38405.66]


def bars(day, close):
    return close - 10, close + 50, close - 60, close


def table(head, row, *, newest_first=False, mark=","):
    pairs = list(zip([dt.date.fromisoformat(day) for day in DAYS], CLOSES, strict=True))
    lines = [row(day, close) for day, close in (reversed(pairs) if newest_first else pairs)]
    return mark.join(head) + "\n" + "".join(mark.join(map(str, line)) + "\n" for line in lines)


def us(number):
    return f'"{number:,.2f}"'


def german(number):
    return f"{number:,.2f}".translate(str.maketrans(",.", ".,"))


def ohlc(close, form=lambda number: f"{number:.2f}"):
    return [form(number) for number in bars(None, close)]


def clock(day, form):
    return f"{day:{form}}"


INVESTING = table(
    ['"Date"', '"Price"', '"Open"', '"High"', '"Low"', '"Vol."', '"Change %"'],
    lambda d, c: (f'"{d:%m/%d/%Y}"', us(c), *ohlc(c, us)[:3], '"1.25M"', '"0.10%"'),
    newest_first=True,
)
FILES = {
    # derlin/investing-historical-data, issues 2 and 3; alvarobartt/investpy, issue 135
    "investing": ("N225 Historical Data.csv", INVESTING, "month, day, year|Price|newest|thousands"),
    "investing in German": (
        "n.csv",
        table(
            ['"Datum"', '"Zuletzt"', '"Eröffn."', '"Hoch"', '"Tief"', '"Vol."', '"+/- %"'],
            lambda d, c: (f'"{d:%d.%m.%Y}"', f'"{german(c)}"',
                          *(f'"{x}"' for x in ohlc(c, german)[:3]), '"1,25M"', '"0,10%"'),
            newest_first=True,
        ),
        "day, month, year|dots for thousands",
    ),  # fmt: skip
    "investing after repair": (
        "repaired.csv",
        table(["Date", "Price", "Open", "High", "Low"], lambda d, c: (d, c, *ohlc(c)[:3])),
        "Investing.com|Price",
    ),
    # FinanceData/FinanceDataReader, issue 238; JuliaQuant/MarketData.jl, issue 79
    "fred": (
        "DEXCHUS.csv",
        table(["observation_date", "DEXCHUS"], lambda d, c: (d, c)) + "2024-05-01,.\n",
        "FRED|1 cell",
    ),
    "fred before 2024": (
        "DEX.csv", table(["DATE", "DEXCHUS"], lambda d, c: (d, c)) + "2024-05-01,.\n", "1 cell",
    ),  # fmt: skip
    "stooq": (
        "^nkx_d.csv",
        table(["Date", "Open", "High", "Low", "Close", "Volume"], lambda d, c: (d, *ohlc(c), 1000)),
        "",
    ),
    "stooq ascii": (
        "nkx.txt",
        table(
            "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>".split(","),
            lambda d, c: ("^NKX", "D", f"{d:%Y%m%d}", "000000", *ohlc(c), 1000, 0),
        ),
        "Stooq|eight digits",
    ),
    "stooq in Polish": (
        "nkx.csv",
        table(["Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie", "Wolumen"],
              lambda d, c: (d, *ohlc(c), 1000)),
        "Stooq",
    ),  # fmt: skip
    # nchrys/RSU_tax_computer, pull request 5
    "nasdaq": (
        "HistoricalData_1.csv",
        table(
            ["Date", "Close/Last", "Volume", "Open", "High", "Low"],
            lambda d, c: (f"{d:%m/%d/%Y}", f"${c}", 100, *(f"${x}" for x in ohlc(c)[:3])),
            newest_first=True,
        ),
        "Nasdaq|month, day|currency",
    ),
    "refinitiv": (
        "px.csv",
        table(["Exchange Date", "Close", "Net", "%Chg", "Open", "Low", "High", "Volume"],
              lambda d, c: (f"{d:%d-%b-%Y}", us(c), "1.0", "0.1%", us(c - 1), us(c - 60),
                            us(c + 50), '"1,000"'), newest_first=True),
        "Refinitiv",
    ),  # fmt: skip
    "crsp": (
        "dsf.csv",
        table(["PERMNO", "date", "TICKER", "PRC", "VOL", "RET", "vwretd"],
              lambda d, c: (14593, f"{d:%Y%m%d}", "XX", -c if d.day == 23 else c, 9, "C", 0.0005)),
        "CRSP|1 price below zero|vwretd",
    ),  # fmt: skip
    "crsp as SAS writes dates": (
        "dsf.csv",
        table(["PERMNO", "date", "PRC", "RET"],
              lambda d, c: (14593, f"{d:%d%b%Y}".upper(), c, 0.01)),
        "CRSP",
    ),  # fmt: skip
    # mlouielu/twstock, issue 22; toomore/goristock, issue 27
    "twse": (
        "MI_5MINS_HIST.csv",
        '"113年04月 發行量加權股價指數歷史資料"\r\n"日期","開盤指數","最高指數","最低指數","收盤指數",\r\n'
        + "".join(f'"{int(d[:4]) - 1911}/{d[5:7]}/{d[8:]}",'
                  + ",".join(ohlc(c, us)) + ",\r\n" for d, c in zip(DAYS, CLOSES, strict=True)),
        "TWSE|Minguo|Big5",
    ),  # fmt: skip
    "twse of a share": (
        "STOCK_DAY_2330.csv",
        '"113年04月 2330 台積電           各日成交資訊"\n"日期","成交股數","成交金額","開盤價",'
        '"最高價","最低價","收盤價","漲跌價差","成交筆數",\n'
        + "".join(f'"{int(d[:4]) - 1911}/{d[5:7]}/{d[8:]}","1,000","2,000",'
                  + ",".join(ohlc(c, us)) + ',"+1.00","9",\n'
                  for d, c in zip(DAYS, CLOSES, strict=True))
        + '"說明:"\n"符號說明:+/-/X表示漲/跌/不比價"\n',
        "TWSE|2 rows of notes",
    ),  # fmt: skip
    "nikkei in English": (
        "nikkei_stock_average_daily_en.csv",
        table(['"Date"', '"Close"', '"Open"', '"High"', '"Low"'],
              lambda d, c: (f'"{d:%Y/%m/%d}"', f'"{c}"', *(f'"{x}"' for x in ohlc(c)[:3]))),
        "",
    ),  # fmt: skip
    "nikkei": (
        "nikkei_stock_average_daily_jp.csv",
        table(['"データ日付"', '"終値"', '"始値"', '"高値"', '"安値"'],
              lambda d, c: (f'"{d:%Y/%m/%d}"', f'"{c}"', *(f'"{x}"' for x in ohlc(c)[:3])))
        + '"本資料は日経の著作物であり、本資料の全部又は一部を無断で複写・転載することはできません。"\n',
        "Nikkei|Shift-JIS|1 row of notes",
    ),  # fmt: skip
    # FinMind/FinMind, issue 414
    "finmind": (
        "TaiwanStockPrice.csv",
        table(["date", "stock_id", "Trading_Volume", "Trading_money", "open", "max", "min", "close",
               "spread", "Trading_turnover"],
              lambda d, c: (d, "2330", 100, 100, *ohlc(c), 1, 9)),
        "FinMind",
    ),  # fmt: skip
    "j-quants": (
        "daily_quotes.csv",
        table(["Date", "Code", "Open", "High", "Low", "Close", "UpperLimit", "LowerLimit", "Volume",
               "TurnoverValue", "AdjustmentFactor", "AdjustmentOpen", "AdjustmentHigh",
               "AdjustmentLow", "AdjustmentClose", "AdjustmentVolume"],
              lambda d, c: (d, "86970", *ohlc(c), 0, 0, 9, 9, 1, *ohlc(c / 2), 18)),
        "J-Quants|AdjustmentClose",
    ),  # fmt: skip
    "akshare": (
        "600519.csv",
        table(["日期", "股票代码", "开盘", "收盘", "最高", "最低", "成交量", "成交额", "振幅"],
              lambda d, c: (d, "600519", c - 10, c, c + 50, c - 60, 9, 9, 0.5)),
        "akshare",
    ),  # fmt: skip
    "tushare": (
        "daily.csv",
        table(["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "vol"],
              lambda d, c: ("600519.SH", f"{d:%Y%m%d}", *ohlc(c), c, 9), newest_first=True),
        "Tushare|newest",
    ),  # fmt: skip
    "alpha vantage": (
        "daily_ABC.csv",
        table(["timestamp", "open", "high", "low", "close", "volume"],
              lambda d, c: (d, *ohlc(c), 9), newest_first=True),
        "Alpha Vantage|newest",
    ),  # fmt: skip
    "tradingview": (
        "TVC_NI225, 1D.csv",
        table(["time", "open", "high", "low", "close", "Volume", "MA"],
              lambda d, c: (int(dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp()),
                            *ohlc(c), 9, 1)),
        "TradingView|seconds since 1970",
    ),  # fmt: skip
    "metatrader 5": (
        "NI225Daily.csv",
        table(["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>", "<VOL>", "<SPREAD>"],
              lambda d, c: (f"{d:%Y.%m.%d}", *ohlc(c), 9, 0, 1), mark="\t"),
        "MetaTrader 5|UTF-16",
    ),  # fmt: skip
    "metatrader 4": (
        "NI2251440.csv",
        table(["2024.04.19", "00:00", "1", "2", "0.5", "1.5", "9"],
              lambda d, c: (f"{d:%Y.%m.%d}", "00:00", *ohlc(c), 9)).partition("\n")[2],
        "MetaTrader 4",
    ),  # fmt: skip
    "dukascopy": (
        "JPN.IDXJPY_Candlestick_1_D_BID.csv",
        table(["Gmt time", "Open", "High", "Low", "Close", "Volume"],
              lambda d, c: (f"{d:%d.%m.%Y} 00:00:00.000", *ohlc(c), 9)),
        "Dukascopy|day, month, year",
    ),  # fmt: skip
    "googlefinance": (
        "g.csv",
        table(["Date", "Close"], lambda d, c: (f"{d.month}/{d.day}/{d.year} 15:30:00", c)),
        "GOOGLEFINANCE|above 12|times of day",
    ),
    "kaggle": (
        "all_stocks_5yr.csv",
        table(["date", "open", "high", "low", "close", "volume", "Name"],
              lambda d, c: (d, *ohlc(c), 9, "AAL")),
        "Kaggle",
    ),  # fmt: skip
    # ranaroussi/yfinance, issue 797 and pull request 1070
    "yfinance history": (
        "AAPL.csv",
        table(["Date", "Open", "High", "Low", "Close", "Volume", "Dividends", "Stock Splits"],
              lambda d, c: (f"{d} 00:00:00-04:00", *ohlc(c), 0, 0.0, 0.0)),
        "yfinance|Dividends",
    ),  # fmt: skip
    "yfinance download": (
        "one.csv",
        "Price,Close,High,Low,Open,Volume\nTicker,^N225,^N225,^N225,^N225,^N225\nDate,,,,,\n"
        + table(["x"], lambda d, c: (d, c, c + 50, c - 60, c - 10, 9)).partition("\n")[2],
        "yfinance",
    ),
    "yfinance closes": (
        "closes.csv", table(["Date", "^N225"], lambda d, c: (d, c)), "",
    ),  # fmt: skip
    "yahoo's page": (
        "N225.csv",
        table(["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"],
              lambda d, c: (d, *ohlc(c), c, 9)) + "2024-05-01,null,null,null,null,null,null\n",
        "6 cells",
    ),  # fmt: skip
    "tiingo": (
        "t.csv",
        table("date,close,high,low,open,volume,adjClose,adjHigh,adjLow,adjOpen,adjVolume,"
              "divCash,splitFactor".split(","),
              lambda d, c: (f"{d}T00:00:00.000Z", c, c + 50, c - 60, c - 10, 9, c / 2, c / 2 + 5,
                            c / 2 - 5, c / 2, 9, 0.0, 1.0)),
        "Tiingo|adjClose|divCash",
    ),  # fmt: skip
    "german bank": (
        "de.csv",
        table(["Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke", "Volumen"],
              lambda d, c: (d, *ohlc(c, german), "", ""), newest_first=True, mark=";"),
        "Schlusskurs|dots for thousands",
    ),  # fmt: skip
    "polygon": (
        "AAPL_day.csv",
        table(["v", "vw", "o", "c", "h", "l", "t", "n"],
              lambda d, c: (9, c, c - 10, c, c + 50, c - 60,
                            int(dt.datetime(d.year, d.month, d.day, 4, tzinfo=dt.UTC).timestamp())
                            * 1000, 3)),
        "Polygon|milliseconds",
    ),  # fmt: skip
    "iex": (
        "iex.csv",
        table(["date", "open", "high", "low", "close", "volume", "unadjustedVolume", "change",
               "changePercent", "vwap", "label", "changeOverTime"],
              lambda d, c: (d, *ohlc(c), 9, 9, 0.1, 0.1, c, '"Apr 1, 24"', 0.1)),
        "IEX",
    ),  # fmt: skip
    "eodhd": (
        "e.csv",
        table(["Date", "Open", "High", "Low", "Close", "Adjusted_close", "Volume"],
              lambda d, c: (d, *ohlc(c), c / 2, 9)),
        "EOD|Adjusted_close",
    ),  # fmt: skip
    "quandl": (
        "WIKI_PRICES.csv",
        table("ticker,date,open,high,low,close,volume,ex-dividend,split_ratio,adj_open,adj_high,"
              "adj_low,adj_close,adj_volume".split(","),
              lambda d, c: ("A", d, *ohlc(c), 9, 0, 1, *ohlc(c / 2), 9)),
        "Quandl|adj_close",
    ),  # fmt: skip
    "wind": (
        "w.csv",
        table(["代码", "简称", "日期", "开盘价(元)", "最高价(元)", "最低价(元)", "收盘价(元)"],
              lambda d, c: ("600519.SH", "x", d, *ohlc(c, us))) + "数据来源：Wind\n",
        "Wind|1 row of notes",
    ),  # fmt: skip
    "krx": (
        "k.csv",
        table(["일자", "종가", "대비", "등락률", "시가", "고가", "저가", "거래량"],
              lambda d, c: (f"{d:%Y/%m/%d}", c, 1, 0.1, c - 10, c + 50, c - 60, 9),
              newest_first=True),
        "KRX|EUC-KR",
    ),  # fmt: skip
    "barchart": (
        "b.csv",
        table(["Time", "Open", "High", "Low", "Last", "Change", "%Chg", "Volume"],
              lambda d, c: (f"{d:%m/%d/%Y}", *ohlc(c), 1, '"0.1%"', 9), newest_first=True)
        + '"Downloaded from Barchart.com as of 04-30-2024 05:11pm CDT"\n',
        "Barchart|1 row of notes",
    ),  # fmt: skip
    "wsj": (
        "HistoricalPrices.csv",
        table(["Date", " Open", " High", " Low", " Close"],
              lambda d, c: (f"{d:%m/%d/%y}", *(f" {x}" for x in ohlc(c))), newest_first=True),
        "month, day, year",
    ),  # fmt: skip
    "english months": (
        "m.csv",
        table(["Date", "Open", "High", "Low", "Close*", "Adj Close**", "Volume"],
              lambda d, c: (f'"{d:%b %d, %Y}"', *ohlc(c, us), us(c), '"1,000"'), newest_first=True),
        "newest",
    ),  # fmt: skip
    # LemaireJean-Baptiste/eventstudy, issue 11; wesm/pydata-book, pull request 86
    "a leading running number": (
        "p.csv", table(["", "date", "^N225"], lambda d, c: (DAYS.index(str(d)), d, c)), "running",
    ),  # fmt: skip
    "R with row names": (
        "r.csv",
        '"","Date","N225"\n'
        + "".join(f'"{n}",{d},{c}\n' for n, (d, c) in enumerate(zip(DAYS, CLOSES, strict=True), 1))
        + '"7",2024-05-01,NA\n',
        "running|1 cell",
    ),
    "any name of the dates": ("x.csv", table(["Handelstag", "N225"], lambda d, c: (d, c)), ""),
    "blanks between columns": (
        "x.txt", table(["Date", "N225"], lambda d, c: (d, c), mark="   "), "blanks",
    ),  # fmt: skip
    "serial days": (
        "s.csv", table(["date", "N225"], lambda d, c: ((d - dt.date(1899, 12, 30)).days, c)),
        "serial",
    ),  # fmt: skip
    "swiss numbers": (
        "s.csv",
        table(["date", "N225"], lambda d, c: (d, f"{c:,.2f}".replace(",", "'"))), "apostrophes",
    ),  # fmt: skip
}
ENCODINGS = {
    "twse": "cp950", "nikkei": "cp932", "metatrader 5": "utf-16", "krx": "cp949",
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_vendors_file_is_read_right_and_told(tmp_path, name):
    file, text, words = FILES[name]
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


def refused(path, **choices):
    with pytest.raises(EventStudyError) as caught:
        read_prices(path, **choices)
    return str(caught.value)


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
                                    ["Adj Close", "Close", "High", "Low", "Open", "Volume"]])  # fmt: skip
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
            *([d, c, None, d + dt.timedelta(1), c / 8] for d, c in zip(STAMPS, CLOSES, strict=True))]  # fmt: skip
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
    assert "b.csv" in said and "date_format" in said and "01/02/2024" in said
    for form in ("dd/mm/yyyy", "dmy", "%d/%m/%Y"):
        panel = read_prices(tmp_path / "b.csv", date_format=form)
        assert [str(day) for day in panel.dates[0]] == ["2024-02-01", "2024-02-02", "2024-02-05"]
    american = read_prices(tmp_path / "b.csv", date_format="mm/dd/yyyy")
    assert str(american.dates[0][-1]) == "2024-05-02"
    assert "says no order" in refused(tmp_path / "b.csv", date_format="European")


def test_a_wrong_date_among_others_is_named_by_its_row(tmp_path):
    (tmp_path / "w.csv").write_text("Date,N225\n22/04/2024,1\n31/04/2024,2\n30/04/2024,3\n")
    assert refused(tmp_path / "w.csv") == 'w.csv row 3: date "31/04/2024" is no date as the others are'


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
    assert "no rows from 2025-01-01" in refused(tmp_path / "x.csv", columns=columns, start="2025-01-01")
    assert "did you mean 'Kurs'" in refused(tmp_path / "x.csv", columns={**columns, "close": "Kur"})
    assert "lies after" in refused(tmp_path / "x.csv", start="2025-01-01", end="2024-01-01")
    assert "did you mean 'nasdaq'" in refused(tmp_path / "x.csv", dialect="nasdak")
    assert "has not the columns of Nasdaq" in refused(tmp_path / "x.csv", dialect="nasdaq")
    wide = read_prices(tmp_path / "x.csv", columns={"date": "Tag", "N225": "Other"}, end="2024-04-22")
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
    assert returns.values[0].tolist() == pytest.approx([float("nan")] * 2 + [0.1] + [float("nan")] * 2, nan_ok=True)
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
    assert "SPX 4" in kept.assumed[0] and 'empty = "no_session"' in kept.assumed[0]
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
