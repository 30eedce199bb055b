"""Tables of daily prices in forms that any program or person may write: as in `vendor_files`."""

from __future__ import annotations

import datetime as dt

from vendor_files import CLOSES, DAYS, ohlc, table, us

FORMS = {
    "wsj": (
        "HistoricalPrices.csv",
        table(
            ["Date", " Open", " High", " Low", " Close"],
            lambda d, c: (f"{d:%m/%d/%y}", *(f" {x}" for x in ohlc(c))),
            newest_first=True,
        ),
        "month, day, year",
    ),
    "english months": (
        "m.csv",
        table(
            ["Date", "Open", "High", "Low", "Close*", "Adj Close**", "Volume"],
            lambda d, c: (f'"{d:%b %d, %Y}"', *ohlc(c, us), us(c), '"1,000"'),
            newest_first=True,
        ),
        "newest",
    ),
    # LemaireJean-Baptiste/eventstudy, issue 11; wesm/pydata-book, pull request 86
    "a leading running number": (
        "p.csv",
        table(["", "date", "^N225"], lambda d, c: (DAYS.index(str(d)), d, c)),
        "running",
    ),
    "R with row names": (
        "r.csv",
        '"","Date","N225"\n'
        + "".join(f'"{n}",{d},{c}\n' for n, (d, c) in enumerate(zip(DAYS, CLOSES, strict=True), 1))
        + '"7",2024-05-01,NA\n',
        "running|1 cell",
    ),
    "any name of the dates": ("x.csv", table(["Handelstag", "N225"], lambda d, c: (d, c)), ""),
    "blanks between columns": (
        "x.txt",
        table(["Date", "N225"], lambda d, c: (d, c), mark="   "),
        "blanks",
    ),
    "serial days": (
        "s.csv",
        table(["date", "N225"], lambda d, c: ((d - dt.date(1899, 12, 30)).days, c)),
        "serial",
    ),
    "swiss numbers": (
        "s.csv",
        table(["date", "N225"], lambda d, c: (d, f"{c:,.2f}".replace(",", "'"))),
        "apostrophes",
    ),
}
