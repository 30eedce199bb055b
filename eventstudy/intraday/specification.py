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
    days
        Earlier days whose bars of the same clock times say what is normal.
    min_days
        Fewest of them; a bar with fewer has no abnormal return, a pair with fewer is dropped.
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
        time and one slope on the benchmark's return of the same bar.
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
    >>> study = IntradaySpecification(window=(-10, 30), windows=[(0, 15)], market="SPX")
    >>> study.windows
    ((0, 15),)
    """

    window: tuple[int, int] = (-30, 60)
    windows: tuple[tuple[int, int], ...] = ((0, 15), (0, 60))
    days: int = 20
    min_days: int = 10
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
        for name, low in (("days", 3), ("min_days", 3), ("max_uncertainty", 0), ("draws", 0)):
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

    def _check_names(self) -> None:
        for name, options in (
            ("hours", Hours), ("overnight", Overnight), ("model", IntradayModel),
            ("kind", ReturnKind), ("sign", SignPolicy), ("alternative", Alternative),
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
        """Name of the market whose hours a security keeps; None where none was given."""
        if isinstance(self.market, tuple):
            return dict(self.market).get(security)
        return self.market

    def to_dict(self) -> dict[str, Any]:
        """Return what is asked as plain values."""
        market = dict(self.market) if isinstance(self.market, tuple) else self.market
        return {
            "title": self.title,
            "window": list(self.window),
            "windows": [list(window) for window in self.windows],
            "days": self.days,
            "min_days": self.min_days,
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
