"""Data that come with the package: closes, events, one article's claims, headlines.

What is in each file, where it comes from and what to know before using it is written beside the
files, in ``data/README.md`` (``data_path("README.md")``).
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from eventstudy.events.reading import read_events
from eventstudy.events.table import Caveat, Events
from eventstudy.exceptions import SourceError
from eventstudy.io.files import read_table
from eventstudy.io.timestamp_columns import own_times
from eventstudy.prices.files.reading import read_prices
from eventstudy.registry import choose

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.prices.panel import PricePanel

CLOSES = "prices/closes.csv"
EVENTS = "events/events.csv"
ARTICLE_ITEMS = "events/article_2025-05-02_items.csv"
HEADLINES = "news/headlines.csv"
STORIES = "news/stories.csv"
STATA_ESTUDY = tuple(
    f"replication/stata_estudy/{name}.csv"
    for name in ("returns", "events", "results", "abnormal_returns")
)
FILES = (CLOSES, EVENTS, ARTICLE_ITEMS, HEADLINES, STORIES, *STATA_ESTUDY, "README.md")
"""Names that `data_path` accepts."""

CAVEATS = (
    Caveat(
        column="category",
        value="tariff_effective",
        text="Items of the category tariff_effective were known beforehand: they are no surprises "
        "and say nothing about the effect of news.",
        known_beforehand=True,
    ),
)
"""Caveats that a report on the bundled events states."""

_PACKAGE = Path(__file__).resolve().parents[1]


def data_path(name: str) -> Path:
    """Return where a bundled file is, in an installed package or in a clone.

    Parameters
    ----------
    name
        One of `FILES`, such as ``"prices/closes.csv"``.

    Raises
    ------
    SpecificationError
        No bundled file has this name.
    SourceError
        The file is not where an installation or a clone keeps it.

    Examples
    --------
    >>> data_path("prices/closes.csv").name
    'closes.csv'
    """
    choose(name, FILES, "bundled file")
    # The wheel carries the data inside the package; a clone shows them at its top.
    for root in (_PACKAGE / "_data", _PACKAGE.parent / "data"):
        if (root / name).is_file():
            return root / name
    raise SourceError("the bundled data are missing; install market-reaction again", file=name)


def load_prices() -> PricePanel:
    """Return the bundled closes, January 2017 to August 2026.

    Returns
    -------
    PricePanel
        Prices of N225, TWII, HSI, HSCE (only from January 2023 to December 2025), USDCNH (to
        January 2026), AUDUSD (to July 2025) and SPX, each on its own dates; every market keeps its
        own calendar.

    Examples
    --------
    >>> import eventstudy as es
    >>> prices = es.load_prices()
    >>> prices.frame().loc["2025-05-02", ["N225", "HSI", "SPX"]].tolist()
    [36830.69, 22504.68, 5686.67]
    """
    return read_prices(data_path(CLOSES))


def load_events() -> Events:
    """Return the bundled events: 242 trade-policy news items, January 2018 to July 2025.

    Their column ``period`` is ``2018-19``, ``2020-23`` or ``2024-25``. The list was chosen by
    people who knew what had happened: averages over it overstate what news of a kind does. Many
    of the early items are from memory (``verified``). A report says how many, and which were
    known beforehand (`Events.caveats`).

    Examples
    --------
    >>> import eventstudy as es
    >>> events = es.load_events()
    >>> len(events.frame), sorted(events.frame["direction"].unique())
    (242, ['de-escalation', 'escalation', 'neutral'])
    """
    return replace(read_events(data_path(EVENTS)), caveats=CAVEATS)


def load_article_items() -> pd.DataFrame:
    """Return the 38 dated claims behind the morning of 2 May 2025.

    Returns
    -------
    DataFrame
        One row a claim, columns as in the file. ``published_at`` is UTC (NaT where only the day is
        known), ``date`` the local date in ``timezone``; everything else is text, None where empty.

    Notes
    -----
    Claims are not events: several may be parts of one statement. ``linked_event_id`` names the row
    of `load_events` each belongs to.

    Examples
    --------
    >>> import eventstudy as es
    >>> len(es.load_article_items())
    38
    """
    frame = read_table(data_path(ARTICLE_ITEMS)).frame
    frame = frame.astype(object).where(frame != "", None)
    return frame.assign(
        published_at=own_times(frame["published_at"], is_utc=True),
        date=own_times(frame["date"], is_utc=False),
    )


def load_headlines() -> pd.DataFrame:
    """Return 4,044 labelled headlines, 3,148 to choose on and 896 to measure labels by.

    Returns
    -------
    DataFrame
        One row a headline: ``item_id``, ``published_at`` (UTC), ``headline``, ``category``,
        ``actor``, ``target``, ``direction``, ``expected_sign``, ``split`` (``tuning``,
        ``tuning_2`` and ``held_out``, which were held out at first, ``tuning_3`` to ``tuning_6``,
        of made-up events and times, or ``held_out_2`` to ``held_out_5``); text but for the time.
    """
    return _with_times(HEADLINES)


def load_stories() -> pd.DataFrame:
    """Return 373 headlines of 140 pieces of news, each in the words of several outlets.

    Returns
    -------
    DataFrame
        One row a headline: ``item_id``, ``published_at`` (UTC), ``headline``, ``source``,
        ``story``, ``relation``, ``split``. The outlets are invented.
    """
    return _with_times(STORIES)


def _with_times(name: str) -> pd.DataFrame:
    frame = read_table(data_path(name)).frame.astype(object)
    return frame.assign(published_at=own_times(frame["published_at"], is_utc=True))
