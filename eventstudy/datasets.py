"""Data that come with the package: closes, events, one article's claims.

What is in each file, where it comes from and what to know before using it is written beside the
files, in ``data/README.md`` (``data_path("README.md")``).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from eventstudy._files import read_table
from eventstudy._registry import choose
from eventstudy.events import Events, read_events
from eventstudy.exceptions import SourceError
from eventstudy.prices import PricePanel
from eventstudy.sources.prices import read_prices

CLOSES = "prices/closes.csv"
EVENTS = "events/events.csv"
ARTICLE_ITEMS = "events/article_2025-05-02_items.csv"
FILES = (CLOSES, EVENTS, ARTICLE_ITEMS, "README.md")
"""Names `data_path` knows."""

_PACKAGE = Path(__file__).resolve().parent


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
    raise SourceError(f"{name}: the bundled data are missing; install market-reaction again")


def load_prices() -> PricePanel:
    """Return the bundled closes, September 2023 to July 2025.

    Returns
    -------
    PricePanel
        Prices of N225, TWII, HSI, HSCE, USDCNH, AUDUSD and SPX, each on its own dates; every
        market keeps its own calendar.
    """
    return read_prices(data_path(CLOSES))


def load_events() -> Events:
    """Return the bundled events: 125 trade-policy news items, November 2023 to July 2025.

    The list was chosen by people who knew what had happened: averages over it overstate what news
    of a kind does.
    """
    return read_events(data_path(EVENTS))


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
    """
    frame = read_table(data_path(ARTICLE_ITEMS)).frame
    frame = frame.astype(object).where(frame != "", None)
    published = pd.to_datetime(frame["published_at"], utc=True, format="ISO8601")
    dates = pd.to_datetime(frame["date"], format="ISO8601")
    return frame.assign(published_at=published.dt.as_unit("ns"), date=dates.dt.as_unit("ns"))


def simulate_panel(
    *,
    n_markets: int = 4,
    n_events: int = 12,
    correlation: float = 0.5,
    n_sessions: int = 500,
    first_event: int = 150,
    volatility: float = 0.01,
    effect: float = 0.0,
    event_variance: float = 1.0,
    tail_df: float | None = None,
    seed: int = 0,
) -> tuple[Events, PricePanel]:
    """Return events and returns of markets that move together, with a known effect.

    Parameters
    ----------
    n_markets, n_events
        Every event is on one date in all markets.
    correlation
        Of the returns of any two markets on one date.
    n_sessions, first_event
        Business days from 2 January 2017; events fall on different sessions drawn at random
        between `first_event` and 10 sessions before the end.
    volatility
        Standard deviation of a return, decimal.
    effect
        Added to every market's return on the event session, decimal: the truth.
    event_variance
        Factor on the variance of the event session.
    tail_df
        Degrees of freedom of Student returns (scaled to `volatility`); None for normal ones.
    seed
        Of everything random.

    Returns
    -------
    events, prices
        Events by date (use ``date_only="same"``) and a panel of decimal returns with
        ``calendar="data"``, columns ``M01, M02, ...``.
    """
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n_sessions, 1))
    own = rng.standard_normal((n_sessions, n_markets))
    shocks = np.sqrt(correlation) * common + np.sqrt(1.0 - correlation) * own
    if tail_df is not None:
        shocks *= np.sqrt((tail_df - 2.0) / rng.chisquare(tail_df, (n_sessions, 1)))
    at = np.sort(rng.choice(np.arange(first_event, n_sessions - 10), n_events, replace=False))
    shocks[at] *= np.sqrt(event_variance)
    returns = volatility * shocks
    returns[at] += effect
    dates = pd.bdate_range("2017-01-02", periods=n_sessions).as_unit("ns")
    names = [f"M{market:02d}" for market in range(1, n_markets + 1)]
    frame = pd.DataFrame(returns, index=dates, columns=names)
    events = pd.DataFrame(
        {
            "event_id": [f"E{number:03d}" for number in range(1, n_events + 1)],
            "date": dates[at].strftime("%Y-%m-%d"),
        }
    )
    return (
        Events.from_frame(events, name="simulated events"),
        PricePanel.from_frame(frame, content="returns", name="simulated returns", calendar="data"),
    )
