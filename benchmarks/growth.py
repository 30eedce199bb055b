"""Does time grow with the size, or with its square? Each task at one size and at four times it.

    python benchmarks/growth.py [--scale 1.0] [--only "prices, wide" ...]

Every reader is among the tasks: a file of the one size and of the other, written before the clock
begins.

Prints processor seconds at the larger size and the ratio of the two, taken in one run: about 4
where time grows with the size, 16 where it grows with the square.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import sqlite3
import tempfile
import warnings
import zipfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy import (
    read_bars,
    read_events,
    read_factors,
    read_news,
    read_overrides,
    read_prices,
    read_securities,
    read_sql_prices,
)
from eventstudy.datasets.bundled import load_stories
from eventstudy.events.alignment import align
from eventstudy.events.table import Events
from eventstudy.exceptions import EventStudyWarning
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import get_market
from eventstudy.news.articles.articles import split_article
from eventstudy.news.classification import classify, load_rules
from eventstudy.news.classification.duplicates import find_duplicates
from eventstudy.news.fetching.gdelt import gkg_items
from eventstudy.watch.sorting import sort_items
from eventstudy.watch.sources import Feed, ask, sources_of
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable

FACTOR = 4
SPAN_HOURS = 48.0
UNITS = ("a", "( ", "1", "\u201c", ", and ", "Mr. ", "a: b\n", "\u682a\u3002", "- a\n", "---\n")
MARKETS = ("N225", "TWII", "HSI", "CNH")


def read_text(unit: str, size: int) -> None:
    """Split an article of one unit again and again, so many characters long."""
    split_article(
        unit * (size // len(unit)),
        published="2025-06-04T08:00+02:00",
        timezone="Europe/Paris",
        name="text",
    )


def find_stories(size: int) -> None:
    """Compare so many headlines, all within two days."""
    rng = np.random.default_rng(3)
    words = " ".join(load_stories()["headline"]).split()
    begin = pd.Timestamp("2025-04-09T00:00Z")
    hours = pd.to_timedelta(rng.uniform(0, SPAN_HOURS, size), unit="h")
    frame = pd.DataFrame(
        {
            "item_id": [str(at) for at in range(size)],
            "headline": [" ".join(rng.choice(words, 8)) for _ in range(size)],
            "published_at": (begin + hours).as_unit("ns"),
        }
    )
    find_duplicates(frame)


def align_events(size: int) -> None:
    """Align so many events to the sessions of four markets."""
    seconds = np.linspace(0, 630 * 86_400, size).astype("m8[s]")
    published = pd.DatetimeIndex(np.datetime64("2024-02-01", "ns") + seconds).tz_localize("UTC")
    events = Events.from_frame(
        pd.DataFrame({"event_id": [f"E{at}" for at in range(size)], "published_at": published})
    )
    markets = [get_market(name) for name in MARKETS]
    calendars = {one.name: calendar_for(one, "2024-01-01", "2025-12-31") for one in markets}
    align(events, markets, calendars, date_only=None, event_window=Window(0, 0))


def prices(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Return closes of so many days and securities."""
    steps = np.random.default_rng(3).normal(0, 0.01, (n_rows, n_columns))
    closes = (100 * np.exp(np.cumsum(steps, axis=0))).round(4)
    dates = pd.bdate_range(end="2199-12-31", periods=n_rows)
    names = [f"s{at}" for at in range(n_columns)]
    return pd.DataFrame(closes, index=dates.rename("date"), columns=names)


def _wide(path: Path, size: int, n_rows: int = 300) -> None:
    prices(n_rows, size // n_rows).to_csv(path)


def _tall(path: Path, size: int) -> None:
    prices(size // 4, 4).to_csv(path)


def _long_frame(size: int) -> pd.DataFrame:
    frame = prices(300, size // 300).reset_index()
    return frame.melt(id_vars="date", var_name="security", value_name="close")


def _long(path: Path, size: int) -> None:
    _long_frame(size).to_csv(path, index=False)


def _parquet(path: Path, size: int) -> None:
    _long_frame(size).to_parquet(path, index=False)


def _wide_parquet(path: Path, size: int) -> None:
    prices(300, size // 300).reset_index().to_parquet(path, index=False)


def _workbook(path: Path, size: int) -> None:
    prices(300, size // 300).to_excel(path, engine="openpyxl")


def _database(path: Path, size: int) -> None:
    with sqlite3.connect(path) as connection:
        _long_frame(size).to_sql("prices", connection, index=False)


def _duckdb(path: Path, size: int) -> None:
    import duckdb

    frame = _long_frame(size)
    with duckdb.connect(str(path)) as connection:
        connection.register("made", frame)
        connection.execute("CREATE TABLE prices AS SELECT * FROM made")


def _news_frame(size: int) -> pd.DataFrame:
    seconds = pd.to_timedelta(np.arange(size) * 7, unit="s")
    times = (pd.Timestamp("2018-01-02T00:00Z") + seconds).strftime("%Y-%m-%dT%H:%M:%SZ")
    return pd.DataFrame(
        {
            "item_id": [f"i{at}" for at in range(size)],
            "published_at": times,
            "headline": [f"Tariffs on goods {at} rise to {at % 90} percent" for at in range(size)],
            "source": "A",
        }
    )


def _events_frame(size: int) -> pd.DataFrame:
    return _news_frame(size).rename(columns={"item_id": "event_id"})


def _feed(path: Path, size: int) -> None:
    items = "".join(
        f"<item><guid>{row.item_id}</guid><title>{row.headline}</title>"
        f"<pubDate>{row.published_at}</pubDate></item>"
        for row in _news_frame(size).itertuples()
    )
    path.write_text(f"<rss version='2.0'><channel>{items}</channel></rss>", encoding="utf-8")


def _one_item(path: Path, size: int) -> None:
    words = "tariffs rise " * (size // 13)
    item = f"<item><title>{words}</title><pubDate>Fri, 02 May 2025 09:00:00 GMT</pubDate></item>"
    path.write_text(f"<rss version='2.0'><channel>{item}</channel></rss>", encoding="utf-8")


def _gdelt(path: Path, size: int) -> None:
    articles = [
        {"url": f"https://a.b/{row.item_id}", "title": row.headline, "seendate": row.published_at}
        for row in _news_frame(size).itertuples()
    ]
    path.write_text(json.dumps({"articles": articles}), encoding="utf-8")


def _gdelt_bulk(path: Path, size: int) -> None:
    rows = (
        "\t".join(
            [
                row.item_id, f"{pd.Timestamp(row.published_at):%Y%m%d%H%M%S}", "1", "A",
                f"https://a.b/{row.item_id}", *[""] * 21,
                f"<PAGE_TITLE>{row.headline}</PAGE_TITLE>",
            ]
        )
        for row in _news_frame(size).itertuples()
    )  # fmt: skip
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("20250409171500.gkg.csv", "\n".join(rows) + "\n")


def _updates(path: Path, size: int) -> None:
    frame = _news_frame(size)
    frame["headline"] = [f"Tariffs on steel rise to {at + 1} percent" for at in range(size)]
    frame.to_csv(path, index=False)


def _one_text(path: Path, size: int) -> None:
    item = {"published_at": "2025-05-02T09:00Z", "headline": "Tariffs", "text": "a " * (size // 2)}
    path.write_text(json.dumps([item]), encoding="utf-8")


def _rules(path: Path, size: int) -> None:
    rules = "".join(
        f'[[rule]]\nname = "r{at}"\ncategory = "duty"\nany = ["word{at} ... duty|levy"]\n'
        for at in range(size)
    )
    path.write_text(f'[category.duty]\ndirection = "escalation"\n{rules}', encoding="utf-8")


def _watched(path: Path, size: int) -> None:
    path.mkdir()
    for at in range(0, size, 100):
        _news_frame(size).iloc[at : at + 100].to_csv(path / f"{at}.csv", index=False)


def _bars(path: Path, size: int) -> None:
    times = pd.date_range("2020-01-02T14:30Z", periods=size, freq="min")
    closes = 100 + np.random.default_rng(3).normal(0, 1, size).cumsum().round(3) / 1_000
    text = times.strftime("%Y-%m-%dT%H:%M:%SZ")
    pd.DataFrame({"ts_utc": text, "symbol": "A", "close": closes}).to_csv(path, index=False)


def _factors(path: Path, size: int) -> None:
    frame = (prices(size // 4, 4).pct_change() * 100).round(3).fillna(0.0)
    frame.columns, frame.index = ["Mkt-RF", "SMB", "HML", "RF"], frame.index.strftime("%Y%m%d")
    body = frame.to_csv(header=False)
    path.write_text(f"Made for a benchmark\n\n,Mkt-RF,SMB,HML,RF\n{body}\n", encoding="utf-8")


def _securities(path: Path, size: int) -> None:
    names = [f"s{at}" for at in range(size)]
    pd.DataFrame({"security": names, "size": range(size), "sector": "a"}).to_csv(path, index=False)


def _corrections(path: Path, size: int) -> None:
    ids = [f"i{at}" for at in range(size)]
    pd.DataFrame({"item_id": ids, "field": "actor", "value": "US"}).to_csv(path, index=False)


def _chain(path: Path, size: int) -> None:
    ids = [f"i{at}" for at in range(size)]
    frame = pd.DataFrame({"item_id": ids[:-1], "field": "merge_into", "value": ids[1:]})
    frame.to_csv(path, index=False)


@dataclass(frozen=True)
class Reader:
    """A reader: the end of its file's name, what writes a file of a size, how it is read."""

    suffix: str
    write: Callable[[Path, int], None]
    read: Callable[[Path], object]
    size: int


def _csv_of(frame: Callable[[int], pd.DataFrame]) -> Callable[[Path, int], None]:
    return lambda path, size: frame(size).to_csv(path, index=False)


def _xlsx_of(frame: Callable[[int], pd.DataFrame]) -> Callable[[Path, int], None]:
    return lambda path, size: frame(size).to_excel(path, index=False, engine="openpyxl")


def _json_of(frame: Callable[[int], pd.DataFrame]) -> Callable[[Path, int], None]:
    return lambda path, size: frame(size).to_json(path, orient="records")


def _from_data(path: Path) -> object:
    return read_prices(path, calendar="data")


def _from_sql(path: Path) -> object:
    return read_sql_prices(f"sqlite:///{path}", table="prices", calendar="data")


def _from_duckdb(path: Path) -> object:
    return read_sql_prices(f"duckdb:///{path}", table="prices", calendar="data")


def _from_bulk(path: Path) -> object:
    return gkg_items(path.read_bytes())


def _built(path: Path) -> object:
    return classify(read_news(path))


def _looked_at(path: Path) -> object:
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    (source,) = sources_of([str(path)])
    _, entries = ask(source, Feed(name=source.name), now)
    return sort_items({}, entries, label=load_rules().label, now=now, since=now)


READERS: dict[str, Reader] = {
    "prices, 300 days wide": Reader(".csv", _wide, _from_data, 150_000),
    "prices, 3 days wide": Reader(".csv", partial(_wide, n_rows=3), _from_data, 3_000),
    "prices, 4 columns tall": Reader(".csv", _tall, _from_data, 40_000),
    "prices, long": Reader(".csv", _long, _from_data, 150_000),
    "prices, xlsx": Reader(".xlsx", _workbook, _from_data, 30_000),
    "prices, long parquet": Reader(".parquet", _parquet, _from_data, 150_000),
    "prices, wide parquet": Reader(".parquet", _wide_parquet, _from_data, 150_000),
    "prices, SQL": Reader(".db", _database, _from_sql, 150_000),
    "prices, DuckDB": Reader(".duckdb", _duckdb, _from_duckdb, 150_000),
    "events, csv": Reader(".csv", _csv_of(_events_frame), read_events, 5_000),
    "events, xlsx": Reader(".xlsx", _xlsx_of(_events_frame), read_events, 3_000),
    "news, csv": Reader(".csv", _csv_of(_news_frame), read_news, 5_000),
    "news, json": Reader(".json", _json_of(_news_frame), read_news, 5_000),
    "news, a feed": Reader(".xml", _feed, read_news, 5_000),
    "news, a feed of one item": Reader(".xml", _one_item, read_news, 500_000),
    "news, GDELT": Reader(".json", _gdelt, read_news, 5_000),
    "news, GDELT in bulk": Reader(".zip", _gdelt_bulk, _from_bulk, 5_000),
    "news, a text of json": Reader(".json", _one_text, read_news, 4_000_000),
    "news, a folder": Reader("", _watched, read_news, 5_000),
    "news, made to events": Reader(".csv", _csv_of(_news_frame), _built, 1_000),
    "news, a chain of updates": Reader(".csv", _updates, _built, 1_000),
    "watch, a folder": Reader("", _watched, _looked_at, 1_000),
    "rules": Reader(".toml", _rules, load_rules, 300),
    "bars of minutes": Reader(".csv", _bars, read_bars, 30_000),
    "factors": Reader(".csv", _factors, read_factors, 60_000),
    "securities": Reader(".csv", _securities, read_securities, 10_000),
    "corrections": Reader(".csv", _corrections, read_overrides, 10_000),
    "corrections, a chain": Reader(".csv", _chain, read_overrides, 10_000),
}


def seconds_to_read(reader: Reader, size: int) -> float:
    """Return the processor seconds of reading a file of a size."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"input{reader.suffix}")
        reader.write(path, size)
        begin = process_time()
        reader.read(path)
        return process_time() - begin


def seconds_of(task: Callable[[int], None], size: int) -> float:
    """Return the processor seconds of a task at one size."""
    begin = process_time()
    task(size)
    return process_time() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--only", nargs="*", help="tasks whose names begin so")
    chosen = parser.parse_args()
    tasks: dict[str, tuple[Callable[[int], float], int]] = {
        "near-duplicates": (partial(seconds_of, find_stories), 2_000),
        "alignment": (partial(seconds_of, align_events), 6_000),
    }
    tasks |= {
        f"article of {unit!r}": (partial(seconds_of, partial(read_text, unit)), 50_000)
        for unit in UNITS
    }
    tasks |= {
        name: (partial(seconds_to_read, reader), reader.size) for name, reader in READERS.items()
    }
    warnings.simplefilter("ignore", EventStudyWarning)
    for name, (seconds, small) in tasks.items():
        if chosen.only and not name.startswith(tuple(chosen.only)):
            continue
        size = max(int(small * chosen.scale), 100)
        seconds(min(size, 1_500))  # what is loaded once
        first, second = seconds(size), seconds(FACTOR * size)
        print(
            f"{name:<26}{FACTOR * size:>11,}{second:8.2f} s{second / first:8.1f} times", flush=True
        )


if __name__ == "__main__":
    main()
