"""Every command that reads a file, with every content its kind of file may hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

import pandas as pd

from hostile import contents
from hostile.run import Case
from hostile.study_files import BASE, text_of, write_data

Contents = Mapping[str, Callable[[], bytes]]


def _words(folder: Path, content: Callable[[], bytes], name: str, words: str) -> list[str]:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content())
    return words.split()


def of(kinds: Contents, name: str, words: str) -> Iterator[Case]:
    """Yield a case for each content of a file, read by a command."""
    for what, content in (contents.ANY | dict(kinds)).items():
        yield Case(what, partial(_words, content=content, name=name, words=words))


def events() -> Iterator[Case]:
    """Events files of text."""
    return of(contents.EVENTS, "events.csv", "events check events.csv")


def prices() -> Iterator[Case]:
    """Price files of text."""
    return of(
        contents.PRICES | contents.DATED_PRICES,
        "prices.csv",
        "prices check prices.csv --calendar data",
    )


def imported() -> Iterator[Case]:
    """Files of vendors."""
    return of(
        dict(list(contents.PRICES.items())[::3]), "vendor.csv", "import vendor.csv -o prices.csv"
    )


def workbooks() -> Iterator[Case]:
    """Workbooks of events, prices, news and vendors."""
    for words in (
        "events check book.xlsx",
        "prices check book.xlsx",
        "events build book.xlsx -o events.csv",
        "import book.xlsx -o prices.csv",
    ):
        kinds = contents.WORKBOOKS | (contents.ANY if words.startswith("prices") else {})
        for what, content in kinds.items():
            yield Case(
                f"{words.split()[0]}: {what}",
                partial(_words, content=content, name="book.xlsx", words=words),
            )


def _parquet(frame: pd.DataFrame, **options: object) -> bytes:
    return frame.to_parquet(None, index=False, **options)


_DATES = pd.bdate_range("2025-01-01", periods=3)
PARQUET: Contents = {
    "no columns": lambda: _parquet(pd.DataFrame()),
    "no rows": lambda: _parquet(pd.DataFrame({"date": _DATES[:0], "A": []})),
    "lists for cells": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": [[1], [2], [3]]})),
    "tables for cells": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": [{"b": 1}] * 3})),
    "bytes for cells": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": [b"\xff"] * 3})),
    "bytes for dates": lambda: _parquet(pd.DataFrame({"date": [b"\xff"] * 3, "A": 1.0})),
    "whole numbers of 2**63": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": 2**63 - 1})),
    "dates as numbers": lambda: _parquet(pd.DataFrame({"date": [1, 2, 3], "A": 1.0})),
    "infinite": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": float("inf")})),
    "far dates": lambda: _parquet(
        pd.DataFrame({"date": pd.to_datetime(["1677-09-22", "2262-04-11", "2025-01-01"]), "A": 1.0})
    ),
    "flags": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": True})),
    "durations": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": pd.to_timedelta([1, 2, 3])})),
    "5,000 columns": lambda: _parquet(
        pd.DataFrame({"date": _DATES} | {f"c{at}": 1.0 for at in range(5_000)})
    ),
    "200,000,000 cells of one value": lambda: _parquet(
        pd.DataFrame({"date": pd.Series(_DATES[:1].repeat(20_000_000)), "A": 1.0, "security": "x"}),
        compression="zstd",
    ),
    "half of it": lambda: _parquet(pd.DataFrame({"date": _DATES, "A": 1.0}))[:-20],
    "another head": lambda: b"PAR1" + b"\xff" * 200 + b"PAR1",
}


def parquet() -> Iterator[Case]:
    """Parquet files of prices and bars."""
    yield from of(PARQUET, "prices.parquet", "prices check prices.parquet --calendar data")
    words = "intraday bars.parquet --event 2025-05-02T10:00-04:00 --market SPX"
    for what, content in PARQUET.items():
        yield Case(
            f"bars: {what}", partial(_words, content=content, name="bars.parquet", words=words)
        )


def bars() -> Iterator[Case]:
    """Bars of minutes."""
    words = "intraday bars.csv --event 2025-05-02T10:00-04:00 --market SPX"
    return of(contents.BARS, "bars.csv", words)


def news() -> Iterator[Case]:
    """News as tables, JSON, feeds, articles, mails and pages."""
    for name, kinds in (
        ("news.csv", contents.NEWS),
        ("news.json", contents.JSON),
        ("news.jsonl", contents.JSON),
        ("feed.xml", contents.FEEDS),
        ("article.md", contents.ARTICLES),
        ("page.html", contents.ARTICLES),
        ("mail.eml", contents.ARTICLES),
    ):
        words = f"events build {name} -o events.csv --published 2025-05-02T12:00Z"
        further = contents.ANY if name in {"news.csv", "feed.xml", "page.html"} else {}
        for what, content in (kinds | further).items():
            yield Case(f"{name}: {what}", partial(_words, content=content, name=name, words=words))


def watched() -> Iterator[Case]:
    """Files and folders that are watched, and the memory of a watch."""
    for name, kinds in (("in/news.json", contents.JSON), ("in/feed.xml", contents.FEEDS)):
        for what, content in kinds.items():
            words = "watch in --once --out seen --tz UTC --since 2099-01-01T00:00Z"
            yield Case(f"{name}: {what}", partial(_words, content=content, name=name, words=words))
    for name in ("watch.json", "items.csv", "track_record.csv"):
        for what, content in list(contents.ANY.items())[::2]:
            words = "watch in.csv --once --out seen --tz UTC"
            yield Case(
                f"seen/{name}: {what}",
                partial(_watch_memory, content=content, name=name, words=words),
            )


def _watch_memory(folder: Path, content: Callable[[], bytes], name: str, words: str) -> list[str]:
    good = "item_id,published_at,headline\n1,2025-05-02T09:00Z,Weather is fine\n"
    (folder / "in.csv").write_text(good, encoding="utf-8")
    return _words(folder, content, f"seen/{name}", words)


def _study(
    folder: Path, content: Callable[[], bytes], name: str, key: str, words: str
) -> list[str]:
    write_data(folder)
    tables = {table: dict(keys) for table, keys in BASE.items()}
    table, _, last = key.partition(".")
    tables.setdefault(table, {})[last] = f'"{name}"'
    (folder / "study.toml").write_text(text_of(tables), encoding="utf-8")
    return _words(folder, content, name, words)


def factors() -> Iterator[Case]:
    """Files of factors, as Kenneth French publishes them."""
    for name in ("factors.csv", "factors.zip"):
        for what, content in (
            contents.FACTORS | (contents.ANY if name.endswith("zip") else {})
        ).items():
            yield Case(
                f"{name}: {what}",
                partial(
                    _study, content=content, name=name, key="prices.factors",
                    words="score study.toml",
                ),
            )  # fmt: skip


def securities() -> Iterator[Case]:
    """What is known of securities."""
    for what, content in (contents.ANY | contents.SECURITIES).items():
        yield Case(
            what,
            partial(
                _study, content=content, name="securities.csv", key="securities.file",
                words="score study.toml",
            ),
        )  # fmt: skip


def corrections() -> Iterator[Case]:
    """Corrections by hand."""
    for what, content in (contents.ANY | contents.OVERRIDES | _CHAINS).items():
        words = "events build news.csv -o events.csv --overrides fixes.csv"
        yield Case(what, partial(_corrected, content=content, name="fixes.csv", words=words))


def _corrected(folder: Path, content: Callable[[], bytes], name: str, words: str) -> list[str]:
    lines = [f"{at},2025-05-02T09:00Z,Tariffs on goods {at} rise" for at in range(300)]
    text = "\n".join(["item_id,published_at,headline", *lines])
    (folder / "news.csv").write_text(text, encoding="utf-8")
    return _words(folder, content, name, words)


def _chain(links: list[tuple[int, int]]) -> bytes:
    lines = [f"{first},merge_into,{second}" for first, second in links]
    return "\n".join(["item_id,field,value", *lines]).encode()


_CHAINS: Contents = {
    "a chain": lambda: _chain([(at, at + 1) for at in range(299)]),
    "a ring": lambda: _chain([(at, (at + 1) % 300) for at in range(300)]),
    "into itself": lambda: _chain([(1, 1)]),
    "a chain of 20,000 that are not there": lambda: _chain([(at, at + 1) for at in range(20_000)]),
}


def replicated() -> Iterator[Case]:
    """Data of the user's own for replications."""
    for name, files in (
        ("event_study_toolkit", ("data_panel.csv", "event_panel.csv")),
        ("estudy2", ("rates.csv", "rates_indx.csv", "parametric_tests.csv")),
        (
            "eventstudies",
            ("StockPriceReturns.csv", "OtherReturns.csv", "SplitDates.csv", "CAR.csv"),
        ),
        ("goldsmith_pinkham_lyu", ("F-F_Research_Data_Factors_daily.csv",)),
        ("sipemu", ("helper-golden-data.R",)),
    ):
        kinds = dict(list((contents.ANY | contents.PRICES).items())[::4])
        for what, content in kinds.items():
            yield Case(
                f"{name}: {what}",
                partial(_replicated, content=content, files=files, name=name),
            )


def _replicated(
    folder: Path, content: Callable[[], bytes], files: tuple[str, ...], name: str
) -> list[str]:
    (folder / "own").mkdir()
    for file in files:
        (folder / "own" / file).write_bytes(content())
    return ["replicate", name, "--data", "own"]


def updated() -> Iterator[Case]:
    """A copy of the bundled data that somebody edited; no network."""
    for file in ("closes.csv", "events.csv", "revisions.csv"):
        for what, content in list((contents.ANY | contents.PRICES).items())[::4]:
            words = "data update --out own --source fred"
            yield Case(
                f"{file}: {what}", partial(_words, content=content, name=f"own/{file}", words=words)
            )


def study_bytes() -> Iterator[Case]:
    """Study files that are no TOML."""
    return of({}, "study.toml", "run study.toml --out out")
