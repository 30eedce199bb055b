"""The frozen specification of a study: what is asked, of which markets, and how; no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, get_args

from eventstudy import _typing
from eventstudy._registry import choose
from eventstudy.activity import Activity
from eventstudy.aggregation import distinct_groupings
from eventstudy.cross_section import CrossSection
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.markets import BUNDLED, Market
from eventstudy.models import MarketModel, NormalReturnModel, model_keys
from eventstudy.windows import EstimationWindow, Window, check_windows, estimation_window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Alternative, DrawsFrom, Volatility

_ESTIMATION = Window(-250, -21)
_EVENT = Window(-5, 5)
_CAR = (Window(0, 0), Window(0, 1), Window(-1, 1))
_DAY = 24 * 60
_MOST_DRAWS = 100_000
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
        Sessions relative to day 0, both ends included. The first may lie before the second, after
        it, or on both sides: ``[[-250, -21], [21, 250]]``.
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
    draws_from
        ``"all"`` dates, or ``"volatility_matched"``: those before which the markets were about as
        volatile as before the real ones.
    volatility
        What the placebo test divides by: ``"ewma"``, exponentially weighted (0.94), or
        ``"garch"``, the volatility of a GARCH-type model itself.
    date_only
        ``"same"`` or ``"next"``: what a date without a time means. No default, on purpose.
    ambiguous
        ``"keep"``, ``"drop"`` or ``"widen"`` pairs whose day 0 the precision leaves open.
    overlap
        ``"keep"``, ``"drop_later"``, ``"drop_all"`` or ``"merge"`` pairs whose event windows
        overlap; ``"joint"`` keeps them and runs the joint regression besides.
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
    cross_section
        The regression of CARs on event columns, where one is wanted.
    activity
        Measures of volatility and volume, where they are wanted.

    Raises
    ------
    SpecificationError
        For anything unknown or contradictory, naming the nearest valid choice.
    """

    markets: tuple[str, ...] = BUNDLED
    model: NormalReturnModel = field(default_factory=MarketModel)
    estimation_window: EstimationWindow = _ESTIMATION
    event_window: Window = _EVENT
    car_windows: tuple[Window, ...] = _CAR
    statistics: tuple[str, ...] = DEFAULT_STATISTICS
    by: tuple[str, ...] = ()
    sign: str = "none"
    alternative: Alternative = "two-sided"
    draws: int = 2000
    seed: int = 20250502
    draws_from: DrawsFrom = "all"
    volatility: Volatility = "ewma"
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
    cross_section: CrossSection | None = None
    activity: Activity | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "markets", _names(self.markets, "markets"))
        put(self, "statistics", _names(self.statistics, "statistics.names"))
        by = (self.by,) if isinstance(self.by, str) else self.by
        put(self, "by", distinct_groupings(map(str, by)))
        put(self, "estimation_window", estimation_window(self.estimation_window))
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
        self.model.check_windows(self.estimation_window, self.event_window)
        for value, options, what in (
            (self.sign, _typing.SignPolicy, "statistics.sign"),
            (self.alternative, _typing.Alternative, "statistics.alternative"),
            (self.draws_from, _typing.DrawsFrom, "statistics.draws_from"),
            (self.ambiguous, _typing.AmbiguousPolicy, "events.ambiguous"),
            (self.overlap, _typing.OverlapPolicy, "events.overlap"),
            (self.kind, _typing.ReturnKind, "prices.kind"),
            (self.volatility, _typing.Volatility, "statistics.volatility"),
        ):
            choose(value, get_args(options), what)
        if self.date_only is not None:
            choose(self.date_only, get_args(_typing.DateOnly), "events.date_only")
        if self.model.sync is not None:
            choose(self.model.sync, get_args(_typing.Sync), "model.sync")
        self._check_further()
        at_least("sample.min_obs", self.min_obs, self.model.min_sessions)
        at_least("statistics.draws", self.draws, 0)
        at_least("statistics.seed", self.seed, 0)
        _at_most("statistics.draws", self.draws, _MOST_DRAWS)
        at_least("events.cutoff_minutes", self.cutoff_minutes, 0, whole=False)
        if self.cutoff_minutes > _DAY:
            raise SpecificationError(
                f"events.cutoff_minutes is {self.cutoff_minutes}; it cannot be more than a day"
            )
        for name in ("min_obs", "draws", "seed"):
            put(self, name, int(getattr(self, name)))
        if not 0 <= self.max_loss <= 1:
            raise SpecificationError(f"sample.max_loss is {self.max_loss}; it is a share, 0 to 1")
        if self.volatility == "garch" and not self.model.has_variance:
            raise SpecificationError(
                'statistics.volatility = "garch" is the volatility of the model itself; '
                f"model {self.model.name!r} has none, but garch, egarch and gjr_garch do"
            )
        reach = sum(self.model.reach)
        length = sum(max(0, part.length - reach) for part in self.estimation_window.parts)
        if length < self.min_obs:
            raise SpecificationError(
                f"windows.estimation {self.estimation_window} has {length} sessions"
                + (" whose lags and leads lie inside it" if reach else "")
                + f", fewer than sample.min_obs = {self.min_obs}; no pair could be kept"
            )

    def _check_further(self) -> None:
        """Check what is asked besides mean CARs."""
        compounded = [n for n in self.statistics if STATISTICS[n].value.quantity == "bhar"]
        if compounded and self.kind == "log":
            raise SpecificationError(
                f"statistics.names: {compounded[0]} compounds simple returns; "
                'set prices.kind = "simple"'
            )
        for name, kind in (("cross_section", CrossSection), ("activity", Activity)):
            part = getattr(self, name)
            if part is not None and not isinstance(part, kind):
                raise SpecificationError(f"{name}: expected a {kind.__name__}, got {part!r}")
        regression = self.cross_section
        if regression is not None and not self.event_window.contains(regression.window):
            raise SpecificationError(
                f"cross_section.window {regression.window} is not inside windows.event "
                f"{self.event_window}"
            )

    def windows(self) -> list[tuple[Window, str]]:
        """Every session of the event window as ``ar``, then every CAR window as ``car``."""
        sessions = [(Window(int(tau), int(tau)), "ar") for tau in self.event_window.taus]
        return sessions + [(window, "car") for window in self.car_windows]

    def to_dict(self) -> dict[str, Any]:
        """Return the tables of the study file that says the same."""
        from dataclasses import asdict

        model: dict[str, Any] = {"name": self.model.name}
        for key in model_keys(type(self.model)):
            value = getattr(self.model, key)
            if value is not None and value is not False:
                model[key] = list(value) if isinstance(value, tuple) else value
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
                "estimation": _parts(self.estimation_window),
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
                "volatility": self.volatility,
                "draws_from": self.draws_from,
            },
        }
        for name, part in (("cross_section", self.cross_section), ("activity", self.activity)):
            if part is not None:
                tables[name] = part.to_dict()
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


def _parts(window: EstimationWindow) -> list[int] | list[list[int]]:
    pairs = [_pair(part) for part in window.parts]
    return pairs if len(pairs) > 1 else pairs[0]


def at_least(what: str, value: float, least: float, *, whole: bool = True) -> None:
    """Raise a sentence when `value` is not a (whole) number of at least `least`."""
    if isinstance(value, bool) or not isinstance(value, Real) or not value >= least:
        raise SpecificationError(f"{what} is {value!r}; it must be at least {least:g}")
    if whole and not isinstance(value, Integral):
        raise SpecificationError(f"{what} is {value!r}; it must be a whole number")


def _at_most(what: str, value: float, most: int) -> None:
    if value > most:
        raise SpecificationError(f"{what} is {value:,}; more than {most:,} would tell nothing new")


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
