"""What is answered: one market's expectation, and the page's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import datetime as dt

    import numpy as np

    from eventstudy.markets.desk_clock import DeskClock
    from eventstudy.windows import Window

Level = Literal["category", "direction", "all"]
"""Step of the ladder: news of this kind and direction, of this direction, any news."""

Strength = Literal["little", "some", "firm"]
"""How sure the answer is, by the stated rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReaction:
    """What one market did on one past date of such news.

    Attributes
    ----------
    session : day 0, ``datetime64[D]``
    event_ids, headlines : the items of that date
    raw : its return over the window, decimal
    rescaled
        The same brought to today's volatility, decimal.
    beyond
        What the benchmark does not explain, at today's volatility, decimal; None without one.
    is_same_kind : whether an item of the date has the category asked for
    """

    session: np.datetime64
    event_ids: tuple[str, ...]
    headlines: tuple[str, ...]
    raw: float
    rescaled: float
    beyond: float | None
    is_same_kind: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketForecast:
    """What such news did before in one market, at today's volatility; decimal returns.

    Attributes
    ----------
    security : name of the market
    level : step of the ladder the numbers stand on
    n_dates : independent past dates behind them
    median, low, high
        Middle and the 80 % range; None under eight dates.
    beyond_median, beyond_low, beyond_high
        The same of what the benchmark does not explain.
    ordinary_low, ordinary_high : the 80 % range of ordinary days
    n_up, n_same_kind : dates that rose, dates with the category asked for
    contrast, contrast_p
        Mean of this direction less the opposite one over the window at today's volatility, and
        its p from permuted labels; None where one side has no date.
    contrast_n, n_mixed : dates of the opposite direction; dates of both, left out
    daily_volatility : today's, decimal
    prices_to : last session with a price that was known at the moment asked
    past : the dates behind the numbers, oldest first
    notes : what was assumed, or why a number is missing
    contrast_n_own : dates of this direction in the contrast
    lead : what the benchmark did since the market's last close, which the range takes into
        account; None where it has not closed since
    as_of : when the forecast was made, UTC: the moment asked, or the news' own where the first
        session after it was over by then
    """

    security: str
    level: Level
    n_dates: int
    median: float | None
    low: float | None
    high: float | None
    beyond_median: float | None
    beyond_low: float | None
    beyond_high: float | None
    ordinary_low: float
    ordinary_high: float
    n_up: int
    n_same_kind: int
    contrast: float | None
    contrast_p: float | None
    contrast_n: int
    n_mixed: int
    daily_volatility: float
    prices_to: np.datetime64
    past: tuple[PastReaction, ...]
    notes: tuple[str, ...] = ()
    contrast_n_own: int = 0
    lead: float | None = None
    as_of: np.datetime64 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """How the same forecasts did so far, walking forward through the study's own events.

    Attributes
    ----------
    n_forecasts : forecasts with a range that were scored
    coverage : share of outcomes inside the 80 % range
    width, ordinary_width : mean widths of that range and of the ordinary days' range, decimal
    hit_rate : share of medians with the sign of the outcome
    crps_ratio
        Mean CRPS over that of ordinary days; below one, past news said more than ordinary days.
    ratio_low, ratio_high : its 95 % interval, by dates; NaN where it was not measured
    n_dates : dates the outcomes fell on
    brier, ordinary_brier
        Mean squared error of the chance of a rise, of the forecasts and of ordinary days.
    """

    n_forecasts: int
    coverage: float
    width: float
    ordinary_width: float
    hit_rate: float
    crps_ratio: float
    ratio_low: float = float("nan")
    ratio_high: float = float("nan")
    n_dates: int = 0
    brier: float = float("nan")
    ordinary_brier: float = float("nan")

    @property
    def beats_ordinary_days(self) -> bool:
        """Whether past news said more about the outcome than ordinary days did."""
        return self.crps_ratio < 1

    @property
    def is_settled(self) -> bool:
        """Whether the interval of the ratio leaves out one, to the two digits that are printed."""
        return round(self.ratio_high, 2) < 1 or round(self.ratio_low, 2) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketExpectation:
    """One row of the page: the clock of a market and its forecast.

    Attributes
    ----------
    title : the market's name for people
    clock : when it opens, closes, and where it stands
    forecast : None where the study has no usable past date of the market; `why` says so
    why : the reason, or empty
    moved : total return over the sessions of the window that are over by the moment asked, decimal;
        None where none of them is, or a price is missing
    moved_to : the last of these sessions; None without one
    """

    title: str
    clock: DeskClock
    forecast: MarketForecast | None
    why: str = ""
    moved: float | None = None
    moved_to: np.datetime64 | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """The answer to a headline at a moment.

    Attributes
    ----------
    headline : as given
    published_utc, now_utc : aware datetimes in UTC
    zone : the reader's zone, an IANA name
    category, direction : what the headline was read as, or what the caller said
    confidence : how often such a label is right, 0 to 1; None where the caller said both
    label_source : words of the rules that decided, or ``given``
    window : sessions the numbers are about, such as ``[0,+1]``
    benchmark : what "beyond" refers to (``SPX``), or None
    markets : in the order they open; those that trade already stand first
    strength, strength_reason : how sure, and the rule's sentence
    record : how such forecasts did; None where it was not measured
    caveats : at most three sentences, the gravest first
    assumed : every other thing that was assumed, in sentences
    stale_prices : that prices end before the last session that is over; empty where they do not

    Examples
    --------
    >>> import eventstudy as es
    >>> answer = es.expect(
    ...     "US exempts phones and chips from tariffs", "2025-04-12 10:30",
    ...     now="2025-04-14 06:45", zone="Asia/Hong_Kong",
    ... )
    >>> answer.category, len(answer.markets)
    ('tariff_exemption', 6)
    """

    headline: str
    published_utc: dt.datetime
    now_utc: dt.datetime
    zone: str
    category: str
    direction: str
    confidence: float | None
    label_source: str
    window: Window
    benchmark: str | None
    markets: tuple[MarketExpectation, ...]
    strength: Strength
    strength_reason: str
    record: Record | None
    caveats: tuple[str, ...]
    assumed: tuple[str, ...]
    stale_prices: str = ""
