"""Does time grow with the size, or with its square? Each task at one size and at four times it.

    python benchmarks/growth.py [--scale 1.0]

Prints processor seconds at the larger size and the ratio of the two, taken in one run: about 4
where time grows with the size, 16 where it grows with the square.
"""

from __future__ import annotations

import argparse
from functools import partial
from time import process_time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.datasets.bundled import load_stories
from eventstudy.events.alignment import align
from eventstudy.events.table import Events
from eventstudy.markets.calendars import calendar_for
from eventstudy.markets.market import get_market
from eventstudy.news.articles.articles import split_article
from eventstudy.news.classification.duplicates import find_duplicates
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


def seconds_of(task: Callable[[int], None], size: int) -> float:
    """Return the processor seconds of a task at one size."""
    begin = process_time()
    task(size)
    return process_time() - begin


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0)
    scale = parser.parse_args().scale
    tasks: list[tuple[str, Callable[[int], None], int]] = [
        ("near-duplicates", find_stories, 2_000),
        ("alignment", align_events, 6_000),
        *((f"article of {unit!r}", partial(read_text, unit), 50_000) for unit in UNITS),
    ]
    for name, task, small in tasks:
        size = max(int(small * scale), 100)
        task(100)  # what is loaded once
        first, second = seconds_of(task, size), seconds_of(task, FACTOR * size)
        print(f"{name:<22}{FACTOR * size:>9,}{second:8.2f} s{second / first:8.1f} times")


if __name__ == "__main__":
    main()
