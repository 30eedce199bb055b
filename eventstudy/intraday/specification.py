"""What an intraday study asks: windows in minutes, days, hours, model; no data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import Any, Literal, get_args

from eventstudy._typing import Alternative, ReturnKind, SignPolicy
from eventstudy.estimation.groups import distinct_groupings
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.inference.placements import MOST_DRAWS
from eventstudy.registry import choose

Hours = Literal["regular", "all"]
Overnight = Literal["exclude", "include"]
IntradayModel = Literal["constant_mean", "market_model"]
Estimation = Literal["other_days", "same_day"]

_OF_ESTIMATION = {"other_days": ("days", "min_days"), "same_day": ("gap", "min_bars")}
_REFUSED = {
    "bhar_t": "a window of minutes is the sum of its bars; there is no compounded return to test",
    "two_way_t": "it clusters by market, and here every clock time is a series of its own",
    "joint_f": "it compares markets, and here every clock time is a series of its own",
}
for _name in ("bhar_skewness_adjusted_t", "bhar_portfolio_t"):
    _REFUSED[_name] = _REFUSED["bhar_t"]
for _name in ("joint_f_sum", "joint_f_equal"):
    _REFUSED[_name] = _REFUSED["joint_f"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradaySpecification:
    """An event study in minutes: what is asked; holds no data, is hashable, carried out by `fit`.

    Bar 0 is the bar that holds the news time; news at the moment two bars meet belongs to the
    later. Minutes are counted from the begin of bar 0, so that ``(0, 15)`` holds three bars of
    five minutes. What a window covers around the news itself stands in the results.

    Parameters
    ----------
    window
        Minutes around the news for which abnormal returns are shown; ends between bars are moved
        outwards to the next.
    windows
        Windows the abnormal returns are cumulated over, inside `window`.
    estimation
        What is normal comes from ``"other_days"``, the bars of the same clock times; or, where
        days stand alone, from the ``"same_day"``, its bars before the window and before the news,
        which are then taken to be as volatile as those of the window.
    days
        Earlier days whose bars of the same clock times say what is normal.
    min_days
        Fewest of them; a bar with fewer has no abnormal return, a pair with fewer is dropped.
    gap
        Of ``estimation="same_day"``: minutes left out between the bars that say what is normal and
        the window.
    min_bars
        Of ``estimation="same_day"``: fewest bars before the window; a pair with fewer is dropped.
    hours
        ``"regular"`` hours of the market, or ``"all"`` bars on days it has a session.
    overnight
        ``"exclude"``: the first bar after a break has the return from its own open, and news
        outside the hours is dropped. ``"include"``: it has the return from the last close before
        the break, and such news belongs to it.
    market
        Market or exchange calendar whose hours hold: one for all securities, or a mapping from
        security to market. A security that is itself a market of the package needs none.
    model
        ``"constant_mean"`` of each clock time, or ``"market_model"``: an intercept of each clock
        time and one slope on the benchmark's return of the same bar. On the same day one mean, or
        one intercept and one slope.
    benchmark
        Security of the bars that is the benchmark.
    kind
        ``"simple"`` or ``"log"`` returns.
    mask_events
        Leave the windows of all events of a security out of what is normal.
    max_uncertainty
        News known to no better than so many minutes either way is dropped.
    statistics, by, sign, alternative, draws, seed
        As in `EventStudy`.
    title
        Heading of page and figures.

    Raises
    ------
    SpecificationError
        For anything unknown or contradictory.

    Notes
    -----
    Formulas: docs/methods.md, section 12. Sources: Patell and Wolfson (1984); Mucklow (1994);
    Andersen and Bollerslev (1997); Campbell, Lo and MacKinlay (1997, chapter 4.4); Marshall,
    Nguyen and Visaltanachoti (2019).

    Examples
    --------
    >>> import eventstudy as es
    >>> import numpy as np
    >>> import pandas as pd
    >>> days = pd.bdate_range("2025-02-20", "2025-03-19")
    >>> clock = pd.timedelta_range("9:30:00", "15:55:00", freq="5min")
    >>> times = (days.repeat(78) + np.tile(clock, len(days))).tz_localize("America/New_York")
    >>> moves = np.random.default_rng(7).normal(0, 0.0006, len(times))
    >>> moves[times == pd.Timestamp("2025-03-19T14:00-04:00")] += 0.005
    >>> close = 100 * np.exp(moves.cumsum())
    >>> bars = pd.DataFrame({"timestamp": times, "open": close / np.exp(moves), "close": close})
    >>> study = es.IntradayStudy(window=(-15, 30), windows=[(0, 5)], market="XNYS")
    >>> minutes = study.fit("2025-03-19T14:00-04:00", bars)
    >>> float(minutes.car["car"].iloc[0].round(3))
    0.005
    """

    window: tuple[int, int] = (-30, 60)
    windows: tuple[tuple[int, int], ...] = ((0, 15), (0, 60))
    estimation: Estimation = "other_days"
    days: int = 20
    min_days: int = 10
    gap: int = 0
    min_bars: int = 20
    hours: Hours = "regular"
    overnight: Overnight = "exclude"
    market: str | tuple[tuple[str, str], ...] | None = None
    model: IntradayModel = "constant_mean"
    benchmark: str | None = None
    kind: ReturnKind = "simple"
    mask_events: bool = True
    max_uncertainty: int = 60
    statistics: tuple[str, ...] = ("placebo", "kolari_pynnonen", "portfolio_t")
    by: tuple[str, ...] = ()
    sign: SignPolicy = "none"
    alternative: Alternative = "two-sided"
    draws: int = 2000
    seed: int = 20250502
    title: str = "Intraday event study"

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "window", _minutes(self.window, "window"))
        windows = tuple(_minutes(window, "windows") for window in self.windows)
        put(self, "windows", tuple(dict.fromkeys(windows)))
        if isinstance(self.market, Mapping):
            put(self, "market", tuple((str(k), str(v)) for k, v in self.market.items()))
        names = (self.statistics,) if isinstance(self.statistics, str) else tuple(self.statistics)
        put(self, "statistics", tuple(dict.fromkeys(names)))
        by = (self.by,) if isinstance(self.by, str) else self.by
        put(self, "by", distinct_groupings(map(str, by)))
        self._check_numbers()
        self._check_names()
        self._check_estimation()

    def _check_numbers(self) -> None:
        if not self.windows:
            raise SpecificationError(
                "windows is empty; name a window of minutes, such as (0, 15)", key="windows"
            )
        for start, end in self.windows:
            if start < self.window[0] or end > self.window[1]:
                raise SpecificationError(
                    f"({start}, {end}) is not inside window {self.window}; widen window",
                    key="windows",
                )
        for name, low in (
            ("days", 3), ("min_days", 3), ("gap", 0), ("min_bars", 5), ("max_uncertainty", 0),
            ("draws", 0),
        ):  # fmt: skip
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, Integral) or value < low:
                raise SpecificationError(
                    f"{name} = {value!r}: a whole number of {low} or more", key=name
                )
        if self.min_days > self.days:
            raise SpecificationError(
                f"min_days = {self.min_days} is more than days = {self.days}; lower min_days",
                key="min_days",
            )
        if self.draws > MOST_DRAWS:
            raise SpecificationError(f"draws = {self.draws}: at most {MOST_DRAWS:,}", key="draws")

    def _check_estimation(self) -> None:
        """Refuse what the other way of estimation asks, which would change nothing."""
        other = "other_days" if self.estimation == "same_day" else "same_day"
        for name in _OF_ESTIMATION[other]:
            default = type(self).__dataclass_fields__[name].default
            if getattr(self, name) != default:
                raise SpecificationError(
                    f'{name} is for estimation="{other}" alone; with '
                    f'estimation="{self.estimation}" give '
                    f"{' and '.join(_OF_ESTIMATION[self.estimation])}",
                    key=name,
                )

    def _check_names(self) -> None:
        for name, options in (
            ("estimation", Estimation), ("hours", Hours), ("overnight", Overnight),
            ("model", IntradayModel), ("kind", ReturnKind), ("sign", SignPolicy),
            ("alternative", Alternative),
        ):  # fmt: skip
            choose(getattr(self, name), get_args(options), name, key=name)
        if (self.benchmark is None) == (self.model == "market_model"):
            raise SpecificationError(
                'model="market_model" needs benchmark=, the name of a security of the bars'
                if self.benchmark is None
                else f'benchmark={self.benchmark!r} is for model="market_model" alone'
            ).at(key="benchmark")
        for name in self.statistics:
            choose(name, STATISTICS.names(), "statistic", key="statistics")
            if name in _REFUSED:
                raise SpecificationError(
                    f"no {name} inside the day: {_REFUSED[name]}", key="statistics"
                )

    def market_for(self, security: str) -> str | None:
        """Name of the market whose hours a security keeps; None where none was given.

        Examples
        --------
        >>> es.IntradayStudy(market={"SPY": "XNYS", "7203": "N225"}).market_for("7203")
        'N225'
        """
        if isinstance(self.market, tuple):
            return dict(self.market).get(security)
        return self.market

    def to_dict(self) -> dict[str, Any]:
        """Return what is asked as plain values.

        Examples
        --------
        >>> study.to_dict()["windows"], study.to_dict()["estimation"]
        ([[0, 5]], 'other_days')
        """
        market = dict(self.market) if isinstance(self.market, tuple) else self.market
        return {
            "title": self.title,
            "window": list(self.window),
            "windows": [list(window) for window in self.windows],
            "estimation": self.estimation,
            **{name: getattr(self, name) for name in _OF_ESTIMATION[self.estimation]},
            "hours": self.hours,
            "overnight": self.overnight,
            "market": market,
            "model": self.model,
            "benchmark": self.benchmark,
            "kind": self.kind,
            "mask_events": self.mask_events,
            "max_uncertainty": self.max_uncertainty,
            "statistics": list(self.statistics),
            "by": list(self.by),
            "sign": self.sign,
            "alternative": self.alternative,
            "draws": self.draws,
            "seed": self.seed,
        }


def _minutes(value: object, name: str) -> tuple[int, int]:
    ends = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else []
    good = len(ends) == 2 and all(
        isinstance(end, Integral) and not isinstance(end, bool) for end in ends
    )
    if not good:
        raise SpecificationError(
            f"expected two whole minutes such as (0, 15), got {value!r}", key=name
        )
    start, end = int(ends[0]), int(ends[1])
    if start >= end:
        raise SpecificationError(
            f"({start}, {end}) holds no minute; write the earlier first", key=name
        )
    return start, end
