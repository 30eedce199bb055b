"""The frozen specification of a study: what is asked, of which markets, and how; no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, get_args

from eventstudy import _typing
from eventstudy._registry import choose
from eventstudy.aggregation import distinct_groupings
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.markets import BUNDLED, Market
from eventstudy.models import MarketModel, NormalReturnModel
from eventstudy.windows import Window, check_windows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Alternative

_ESTIMATION = Window(-250, -21)
_EVENT = Window(-5, 5)
_CAR = (Window(0, 0), Window(0, 1), Window(-1, 1))
_DAY = 24 * 60
DEFAULT_STATISTICS = ("placebo", "kolari_pynnonen", "portfolio_t")


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """What is studied and how; holds no data, is hashable, and is carried out by ``fit``.

    Parameters
    ----------
    markets
        Names or aliases of built-in markets, of `declared` ones, or of price columns.
    model
        A normal-return model such as ``MarketModel("SPX")`` or ``ConstantMean()``.
    estimation_window, event_window
        Sessions relative to day 0, both ends included; the first must end before the second.
    car_windows
        Windows abnormal returns are cumulated over, inside the event window.
    statistics
        Names of `eventstudy list statistics`.
    by
        Event columns to group by, ``"security"``, or ``"a*b"`` for crossed columns.
    sign
        ``"expected"`` multiplies each pair by its event's expected sign before pooling; 0 and
        mixed are left out of the pooling.
    alternative
        ``"two-sided"``, ``"greater"`` or ``"less"``: which deviations from the null count.
    draws, seed
        Placebo draws (0 for none) and their seed.
    date_only
        ``"same"`` or ``"next"``: what a date without a time means. No default, on purpose.
    ambiguous
        ``"keep"``, ``"drop"`` or ``"widen"`` pairs whose day 0 the precision leaves open.
    overlap
        ``"keep"``, ``"drop_later"`` or ``"drop_all"`` pairs whose event windows overlap.
    cutoff_minutes
        News this close to a close belongs to the next session.
    select
        Event columns and the values wanted, e.g. ``{"category": ["deal"]}``.
    kind
        ``"simple"`` or ``"log"`` returns.
    calendar
        None: each market's own; ``"data"``: the rows of the file; or an exchange code for all.
    min_obs, max_loss
        Fewest usable estimation sessions of a pair; largest share of pairs that may be lost.
    mask_events
        Leave the event windows of all events of a market out of its estimation windows.
    declared
        Markets of your own.

    Raises
    ------
    SpecificationError
        For anything unknown or contradictory, naming the nearest valid choice.
    """

    markets: tuple[str, ...] = BUNDLED
    model: NormalReturnModel = field(default_factory=MarketModel)
    estimation_window: Window = _ESTIMATION
    event_window: Window = _EVENT
    car_windows: tuple[Window, ...] = _CAR
    statistics: tuple[str, ...] = DEFAULT_STATISTICS
    by: tuple[str, ...] = ()
    sign: str = "none"
    alternative: Alternative = "two-sided"
    draws: int = 2000
    seed: int = 20250502
    date_only: str | None = None
    ambiguous: str = "keep"
    overlap: str = "keep"
    cutoff_minutes: float = 0
    select: tuple[tuple[str, tuple[str, ...]], ...] = ()
    kind: str = "simple"
    calendar: str | None = None
    min_obs: int = 100
    max_loss: float = 0.5
    mask_events: bool = False
    title: str = "Event study"
    declared: tuple[Market, ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "markets", _names(self.markets, "markets"))
        put(self, "statistics", _names(self.statistics, "statistics.names"))
        by = (self.by,) if isinstance(self.by, str) else self.by
        put(self, "by", distinct_groupings(map(str, by)))
        put(self, "estimation_window", Window.of(self.estimation_window, what="windows.estimation"))
        put(self, "event_window", Window.of(self.event_window, what="windows.event"))
        car = tuple(Window.of(window, what="windows.car") for window in self.car_windows)
        put(self, "car_windows", tuple(dict.fromkeys(car)))
        put(self, "select", _selection(self.select))
        put(self, "declared", tuple(self.declared))
        if not self.car_windows:
            raise SpecificationError("windows.car is empty; name a window, such as [0, 0]")
        check_windows(self.estimation_window, self.event_window, self.car_windows)
        for name in self.statistics:
            choose(name, STATISTICS.names(), "statistic")
        if not isinstance(self.model, NormalReturnModel):
            raise SpecificationError(
                f"model: expected a model such as MarketModel('SPX'), got {self.model!r}"
            )
        for value, options, what in (
            (self.sign, _typing.SignPolicy, "statistics.sign"),
            (self.alternative, _typing.Alternative, "statistics.alternative"),
            (self.ambiguous, _typing.AmbiguousPolicy, "events.ambiguous"),
            (self.overlap, _typing.OverlapPolicy, "events.overlap"),
            (self.kind, _typing.ReturnKind, "prices.kind"),
        ):
            choose(value, get_args(options), what)
        if self.date_only is not None:
            choose(self.date_only, get_args(_typing.DateOnly), "events.date_only")
        if self.model.sync is not None:
            choose(self.model.sync, get_args(_typing.Sync), "model.sync")
        at_least("sample.min_obs", self.min_obs, self.model.min_sessions)
        at_least("statistics.draws", self.draws, 0)
        at_least("statistics.seed", self.seed, 0)
        at_least("events.cutoff_minutes", self.cutoff_minutes, 0, whole=False)
        if self.cutoff_minutes > _DAY:
            raise SpecificationError(
                f"events.cutoff_minutes is {self.cutoff_minutes}; it cannot be more than a day"
            )
        for name in ("min_obs", "draws", "seed"):
            put(self, name, int(getattr(self, name)))
        if not 0 <= self.max_loss <= 1:
            raise SpecificationError(f"sample.max_loss is {self.max_loss}; it is a share, 0 to 1")
        length = self.estimation_window.length
        if length < self.min_obs:
            raise SpecificationError(
                f"windows.estimation {self.estimation_window} has {length} sessions, fewer than "
                f"sample.min_obs = {self.min_obs}; no pair could be kept"
            )

    def windows(self) -> list[tuple[Window, str]]:
        """Every session of the event window as ``ar``, then every CAR window as ``car``."""
        sessions = [(Window(int(tau), int(tau)), "ar") for tau in self.event_window.taus]
        return sessions + [(window, "car") for window in self.car_windows]

    def to_dict(self) -> dict[str, Any]:
        """Return the tables of the study file that says the same."""
        from dataclasses import asdict

        model: dict[str, Any] = {"name": self.model.name}
        if hasattr(self.model, "benchmark"):
            model["benchmark"] = self.model.benchmark
        elif self.model.factors:
            model["factors"] = list(self.model.factors)
        if self.model.sync is not None:
            model["sync"] = self.model.sync
        events: dict[str, Any] = {
            "ambiguous": self.ambiguous,
            "overlap": self.overlap,
            "cutoff_minutes": self.cutoff_minutes,
        }
        if self.date_only is not None:
            events["date_only"] = self.date_only
        if self.select:
            events["select"] = {column: list(values) for column, values in self.select}
        prices: dict[str, Any] = {"kind": self.kind}
        if self.calendar is not None:
            prices["calendar"] = self.calendar
        tables: dict[str, Any] = {
            "title": self.title,
            "markets": list(self.markets),
            "events": events,
            "prices": prices,
            "model": model,
            "windows": {
                "estimation": _pair(self.estimation_window),
                "event": _pair(self.event_window),
                "car": [_pair(window) for window in self.car_windows],
            },
            "sample": {
                "min_obs": self.min_obs,
                "max_loss": self.max_loss,
                "mask_events": self.mask_events,
            },
            "statistics": {
                "names": list(self.statistics),
                "by": list(self.by),
                "sign": self.sign,
                "alternative": self.alternative,
                "draws": self.draws,
                "seed": self.seed,
            },
        }
        if self.declared:
            tables["market"] = {
                market.name: {
                    key: list(value) if isinstance(value, tuple) else value
                    for key, value in asdict(market).items()
                    if key != "name" and value is not None
                }
                for market in self.declared
            }
        return tables


def _pair(window: Window) -> list[int]:
    return [window.start, window.end]


def at_least(what: str, value: float, least: float, *, whole: bool = True) -> None:
    """Raise a sentence when `value` is not a (whole) number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not value >= least:
        raise SpecificationError(f"{what} is {value!r}; it must be at least {least:g}")
    if whole and not isinstance(value, Integral):
        raise SpecificationError(f"{what} is {value!r}; it must be a whole number")


def _names(values: Iterable[str] | str, what: str) -> tuple[str, ...]:
    names = (values,) if isinstance(values, str) else tuple(values)
    if not names:
        raise SpecificationError(f"{what} is empty")
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise SpecificationError(f"{what} names {twice[0]!r} twice")
    return names


def _selection(
    select: Mapping[str, Iterable[str]] | Iterable[tuple[str, Iterable[str]]],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    items = select.items() if isinstance(select, Mapping) else select
    return tuple(
        (str(column), (str(values),) if isinstance(values, str) else tuple(map(str, values)))
        for column, values in items
    )
