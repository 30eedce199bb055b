"""Files of daily prices in the form of each vendor: name, text, and words of what is said.

All hold the same six closes of one security, made here; the sources are named beside them.
"""

from __future__ import annotations

import datetime as dt

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
            lambda d, c: (
                f'"{d:%d.%m.%Y}"',
                f'"{german(c)}"',
                *(f'"{x}"' for x in ohlc(c, german)[:3]),
                '"1,25M"',
                '"0,10%"',
            ),
            newest_first=True,
        ),
        "day, month, year|dots for thousands",
    ),
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
        "DEX.csv",
        table(["DATE", "DEXCHUS"], lambda d, c: (d, c)) + "2024-05-01,.\n",
        "1 cell",
    ),
    "stooq": (
        "^nkx_d.csv",
        table(["Date", "Open", "High", "Low", "Close", "Volume"], lambda d, c: (d, *ohlc(c), 1000)),
        "",
    ),
    "stooq ascii": (
        "nkx.txt",
        table(
            [
                "<TICKER>",
                "<PER>",
                "<DATE>",
                "<TIME>",
                "<OPEN>",
                "<HIGH>",
                "<LOW>",
                "<CLOSE>",
                "<VOL>",
                "<OPENINT>",
            ],
            lambda d, c: ("^NKX", "D", f"{d:%Y%m%d}", "000000", *ohlc(c), 1000, 0),
        ),
        "Stooq|eight digits",
    ),
    "stooq in Polish": (
        "nkx.csv",
        table(
            ["Data", "Otwarcie", "Najwyzszy", "Najnizszy", "Zamkniecie", "Wolumen"],
            lambda d, c: (d, *ohlc(c), 1000),
        ),
        "Stooq",
    ),
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
        table(
            ["Exchange Date", "Close", "Net", "%Chg", "Open", "Low", "High", "Volume"],
            lambda d, c: (
                f"{d:%d-%b-%Y}",
                us(c),
                "1.0",
                "0.1%",
                us(c - 1),
                us(c - 60),
                us(c + 50),
                '"1,000"',
            ),
            newest_first=True,
        ),
        "Refinitiv",
    ),
    "crsp": (
        "dsf.csv",
        table(
            ["PERMNO", "date", "TICKER", "PRC", "VOL", "RET", "vwretd"],
            lambda d, c: (14593, f"{d:%Y%m%d}", "XX", -c if d.day == 23 else c, 9, "C", 0.0005),
        ),
        "CRSP|1 price below zero|vwretd",
    ),
    "crsp as SAS writes dates": (
        "dsf.csv",
        table(
            ["PERMNO", "date", "PRC", "RET"], lambda d, c: (14593, f"{d:%d%b%Y}".upper(), c, 0.01)
        ),
        "CRSP",
    ),
    # mlouielu/twstock, issue 22; toomore/goristock, issue 27
    "twse": (
        "MI_5MINS_HIST.csv",
        '"113年04月 發行量加權股價指數歷史資料"\r\n"日期","開盤指數","最高指數","最低指數","收盤指數",\r\n'  # noqa: E501
        + "".join(
            f'"{int(d[:4]) - 1911}/{d[5:7]}/{d[8:]}",' + ",".join(ohlc(c, us)) + ",\r\n"
            for d, c in zip(DAYS, CLOSES, strict=True)
        ),
        "TWSE|Minguo|Big5",
    ),
    "twse of a share": (
        "STOCK_DAY_2330.csv",
        '"113年04月 2330 台積電           各日成交資訊"\n"日期","成交股數","成交金額","開盤價",'
        '"最高價","最低價","收盤價","漲跌價差","成交筆數",\n'
        + "".join(
            f'"{int(d[:4]) - 1911}/{d[5:7]}/{d[8:]}","1,000","2,000",'
            + ",".join(ohlc(c, us))
            + ',"+1.00","9",\n'
            for d, c in zip(DAYS, CLOSES, strict=True)
        )
        + '"說明:"\n"符號說明:+/-/X表示漲/跌/不比價"\n',
        "TWSE|2 rows of notes",
    ),
    "nikkei in English": (
        "nikkei_stock_average_daily_en.csv",
        table(
            ['"Date"', '"Close"', '"Open"', '"High"', '"Low"'],
            lambda d, c: (f'"{d:%Y/%m/%d}"', f'"{c}"', *(f'"{x}"' for x in ohlc(c)[:3])),
        ),
        "",
    ),
    "nikkei": (
        "nikkei_stock_average_daily_jp.csv",
        table(
            ['"データ日付"', '"終値"', '"始値"', '"高値"', '"安値"'],
            lambda d, c: (f'"{d:%Y/%m/%d}"', f'"{c}"', *(f'"{x}"' for x in ohlc(c)[:3])),
        )
        + '"本資料は日経の著作物であり、本資料の全部又は一部を無断で複写・転載することはできません。"\n',  # noqa: E501
        "Nikkei|Shift-JIS|1 row of notes",
    ),
    # FinMind/FinMind, issue 414
    "finmind": (
        "TaiwanStockPrice.csv",
        table(
            [
                "date",
                "stock_id",
                "Trading_Volume",
                "Trading_money",
                "open",
                "max",
                "min",
                "close",
                "spread",
                "Trading_turnover",
            ],
            lambda d, c: (d, "2330", 100, 100, *ohlc(c), 1, 9),
        ),
        "FinMind",
    ),
    "j-quants": (
        "daily_quotes.csv",
        table(
            [
                "Date",
                "Code",
                "Open",
                "High",
                "Low",
                "Close",
                "UpperLimit",
                "LowerLimit",
                "Volume",
                "TurnoverValue",
                "AdjustmentFactor",
                "AdjustmentOpen",
                "AdjustmentHigh",
                "AdjustmentLow",
                "AdjustmentClose",
                "AdjustmentVolume",
            ],
            lambda d, c: (d, "86970", *ohlc(c), 0, 0, 9, 9, 1, *ohlc(c / 2), 18),
        ),
        "J-Quants|AdjustmentClose",
    ),
    "akshare": (
        "600519.csv",
        table(
            ["日期", "股票代码", "开盘", "收盘", "最高", "最低", "成交量", "成交额", "振幅"],
            lambda d, c: (d, "600519", c - 10, c, c + 50, c - 60, 9, 9, 0.5),
        ),
        "akshare",
    ),
    "tushare": (
        "daily.csv",
        table(
            ["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "vol"],
            lambda d, c: ("600519.SH", f"{d:%Y%m%d}", *ohlc(c), c, 9),
            newest_first=True,
        ),
        "Tushare|newest",
    ),
    "alpha vantage": (
        "daily_ABC.csv",
        table(
            ["timestamp", "open", "high", "low", "close", "volume"],
            lambda d, c: (d, *ohlc(c), 9),
            newest_first=True,
        ),
        "Alpha Vantage|newest",
    ),
    "tradingview": (
        "TVC_NI225, 1D.csv",
        table(
            ["time", "open", "high", "low", "close", "Volume", "MA"],
            lambda d, c: (
                int(dt.datetime(d.year, d.month, d.day, tzinfo=dt.UTC).timestamp()),
                *ohlc(c),
                9,
                1,
            ),
        ),
        "TradingView|seconds since 1970",
    ),
    "metatrader 5": (
        "NI225Daily.csv",
        table(
            ["<DATE>", "<OPEN>", "<HIGH>", "<LOW>", "<CLOSE>", "<TICKVOL>", "<VOL>", "<SPREAD>"],
            lambda d, c: (f"{d:%Y.%m.%d}", *ohlc(c), 9, 0, 1),
            mark="\t",
        ),
        "MetaTrader 5|UTF-16",
    ),
    "metatrader 4": (
        "NI2251440.csv",
        table(
            ["2024.04.19", "00:00", "1", "2", "0.5", "1.5", "9"],
            lambda d, c: (f"{d:%Y.%m.%d}", "00:00", *ohlc(c), 9),
        ).partition("\n")[2],
        "MetaTrader 4",
    ),
    "dukascopy": (
        "JPN.IDXJPY_Candlestick_1_D_BID.csv",
        table(
            ["Gmt time", "Open", "High", "Low", "Close", "Volume"],
            lambda d, c: (f"{d:%d.%m.%Y} 00:00:00.000", *ohlc(c), 9),
        ),
        "Dukascopy|day, month, year",
    ),
    "googlefinance": (
        "g.csv",
        table(["Date", "Close"], lambda d, c: (f"{d.month}/{d.day}/{d.year} 15:30:00", c)),
        "GOOGLEFINANCE|above 12|times of day",
    ),
    "kaggle": (
        "all_stocks_5yr.csv",
        table(
            ["date", "open", "high", "low", "close", "volume", "Name"],
            lambda d, c: (d, *ohlc(c), 9, "AAL"),
        ),
        "Kaggle",
    ),
    # ranaroussi/yfinance, issue 797 and pull request 1070
    "yfinance history": (
        "AAPL.csv",
        table(
            ["Date", "Open", "High", "Low", "Close", "Volume", "Dividends", "Stock Splits"],
            lambda d, c: (f"{d} 00:00:00-04:00", *ohlc(c), 0, 0.0, 0.0),
        ),
        "yfinance|Dividends",
    ),
    "yfinance download": (
        "one.csv",
        "Price,Close,High,Low,Open,Volume\nTicker,^N225,^N225,^N225,^N225,^N225\nDate,,,,,\n"
        + table(["x"], lambda d, c: (d, c, c + 50, c - 60, c - 10, 9)).partition("\n")[2],
        "yfinance",
    ),
    "yfinance closes": (
        "closes.csv",
        table(["Date", "^N225"], lambda d, c: (d, c)),
        "",
    ),
    "yahoo's page": (
        "N225.csv",
        table(
            ["Date", "Open", "High", "Low", "Close", "Adj Close", "Volume"],
            lambda d, c: (d, *ohlc(c), c, 9),
        )
        + "2024-05-01,null,null,null,null,null,null\n",
        "6 cells",
    ),
    "tiingo": (
        "t.csv",
        table(
            [
                "date",
                "close",
                "high",
                "low",
                "open",
                "volume",
                "adjClose",
                "adjHigh",
                "adjLow",
                "adjOpen",
                "adjVolume",
                "divCash",
                "splitFactor",
            ],
            lambda d, c: (
                f"{d}T00:00:00.000Z",
                c,
                c + 50,
                c - 60,
                c - 10,
                9,
                c / 2,
                c / 2 + 5,
                c / 2 - 5,
                c / 2,
                9,
                0.0,
                1.0,
            ),
        ),
        "Tiingo|adjClose|divCash",
    ),
    "german bank": (
        "de.csv",
        table(
            ["Datum", "Erster", "Hoch", "Tief", "Schlusskurs", "Stuecke", "Volumen"],
            lambda d, c: (d, *ohlc(c, german), "", ""),
            newest_first=True,
            mark=";",
        ),
        "Schlusskurs|dots for thousands",
    ),
    "polygon": (
        "AAPL_day.csv",
        table(
            ["v", "vw", "o", "c", "h", "l", "t", "n"],
            lambda d, c: (
                9,
                c,
                c - 10,
                c,
                c + 50,
                c - 60,
                int(dt.datetime(d.year, d.month, d.day, 4, tzinfo=dt.UTC).timestamp()) * 1000,
                3,
            ),
        ),
        "Polygon|milliseconds",
    ),
    "iex": (
        "iex.csv",
        table(
            [
                "date",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "unadjustedVolume",
                "change",
                "changePercent",
                "vwap",
                "label",
                "changeOverTime",
            ],
            lambda d, c: (d, *ohlc(c), 9, 9, 0.1, 0.1, c, '"Apr 1, 24"', 0.1),
        ),
        "IEX",
    ),
    "eodhd": (
        "e.csv",
        table(
            ["Date", "Open", "High", "Low", "Close", "Adjusted_close", "Volume"],
            lambda d, c: (d, *ohlc(c), c / 2, 9),
        ),
        "EOD|Adjusted_close",
    ),
    "quandl": (
        "WIKI_PRICES.csv",
        table(
            [
                "ticker",
                "date",
                "open",
                "high",
                "low",
                "close",
                "volume",
                "ex-dividend",
                "split_ratio",
                "adj_open",
                "adj_high",
                "adj_low",
                "adj_close",
                "adj_volume",
            ],
            lambda d, c: ("A", d, *ohlc(c), 9, 0, 1, *ohlc(c / 2), 9),
        ),
        "Quandl|adj_close",
    ),
    "wind": (
        "w.csv",
        table(
            ["代码", "简称", "日期", "开盘价(元)", "最高价(元)", "最低价(元)", "收盘价(元)"],
            lambda d, c: ("600519.SH", "x", d, *ohlc(c, us)),
        )
        + "数据来源：Wind\n",
        "Wind|1 row of notes",
    ),
    "krx": (
        "k.csv",
        table(
            ["일자", "종가", "대비", "등락률", "시가", "고가", "저가", "거래량"],
            lambda d, c: (f"{d:%Y/%m/%d}", c, 1, 0.1, c - 10, c + 50, c - 60, 9),
            newest_first=True,
        ),
        "KRX|EUC-KR",
    ),
    "barchart": (
        "b.csv",
        table(
            ["Time", "Open", "High", "Low", "Last", "Change", "%Chg", "Volume"],
            lambda d, c: (f"{d:%m/%d/%Y}", *ohlc(c), 1, '"0.1%"', 9),
            newest_first=True,
        )
        + '"Downloaded from Barchart.com as of 04-30-2024 05:11pm CDT"\n',
        "Barchart|1 row of notes",
    ),
}
ENCODINGS = {
    "twse": "cp950", "nikkei": "cp932", "metatrader 5": "utf-16", "krx": "cp949",
}  # fmt: skip
