"""The frozen specification of a study: what is asked, of which markets, and how; no data."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from eventstudy._typing import (  # noqa: TC001 - annotations of fields are read at run time
    Alternative,
    AmbiguousPolicy,
    DateOnly,
    DrawsFrom,
    JointWeights,
    OverlapPolicy,
    ReturnKind,
    SignPolicy,
    Volatility,
    Within,
)
from eventstudy.analyses.requests import (
    CONTRASTS,
    EXAMPLE,
    SPANS,
    Activity,
    CrossSection,
    contrasts_of,
    spans_of,
)
from eventstudy.estimation.groups import distinct_groupings
from eventstudy.exceptions import SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.inference.placements import MOST_DRAWS
from eventstudy.io.toml_keys import (
    ESTIMATION,
    TEXTS,
    WINDOW,
    WINDOWS,
    Key,
    is_number,
)
from eventstudy.markets.market import BUNDLED, Market
from eventstudy.models import MarketModel, NormalReturnModel, model_keys
from eventstudy.registry import choose
from eventstudy.study.option_checks import (
    CONVENTION,
    MARKETS,
    at_least,
    check_convention,
    check_room,
    checked_markets,
    checked_model,
    distinct_names,
    market_names,
)
from eventstudy.study.options import option, options_of, plain_value
from eventstudy.windows import EstimationWindow, Window, check_windows, estimation_window

_ESTIMATION = Window(-250, -21)
_EVENT = Window(-5, 5)
_CAR = (Window(0, 0), Window(0, 1), Window(-1, 1))
_DAY = 24 * 60
TABLES = ("", "events", "prices", "model", "windows", "sample", "statistics", "conventions")
"""Tables of a study file that say what is studied and how, in their order; first its top."""
DEFAULT_STATISTICS = (
    "placebo", "moderated_placebo", "mean_square", "kolari_pynnonen", "portfolio_t",
)  # fmt: skip


def _parts(window: EstimationWindow) -> object:
    """Return a window as a pair, one of two parts as a list of pairs."""
    pairs = [plain_value(part) for part in window.parts]
    return pairs if len(pairs) > 1 else pairs[0]


def _seed(key: str, value: int) -> int:
    at_least(key, value, 0)
    return int(value)


def _draws(key: str, value: int) -> int:
    at_least(key, value, 0)
    if value > MOST_DRAWS:
        raise SpecificationError(
            f"{key} is {value:,}; more than {MOST_DRAWS:,} would tell nothing new", key=key
        )
    return int(value)


def _minutes(key: str, value: float) -> float:
    at_least(key, value, 0, whole=False)
    if value > _DAY:
        raise SpecificationError(f"{key} is {value}; it cannot be more than a day", key=key)
    return value


def _share(key: str, value: float) -> float:
    if not 0 <= value <= 1:
        raise SpecificationError(f"{key} is {value}; it is a share, 0 to 1", key=key)
    return value


def _statistics(key: str, values: Iterable[str] | str) -> tuple[str, ...]:
    names = distinct_names(key, values)
    for name in names:
        choose(name, STATISTICS.names(), "statistic", key=key)
    return names


def _groupings(_: str, values: Iterable[str] | str) -> tuple[str, ...]:
    by = (values,) if isinstance(values, str) else values
    return distinct_groupings(map(str, by))


def _estimation(key: str, value: object) -> EstimationWindow:
    return estimation_window(value, what=key)


def _window(key: str, value: Window | Iterable[int]) -> Window:
    return Window.of(value, what=key)


def _windows(key: str, values: Iterable[Window | Iterable[int]]) -> tuple[Window, ...]:
    windows = tuple(dict.fromkeys(Window.of(value, what=key) for value in values))
    if not windows:
        raise SpecificationError(f"{key} is empty; name a window, such as [0, 0]", key=key)
    return windows


def _selection(
    _: str, select: Mapping[str, object] | Iterable[tuple[str, object]]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    items = select.items() if isinstance(select, Mapping) else select
    return tuple(
        (
            str(column),
            tuple(map(str, values))
            if isinstance(values, Iterable) and not isinstance(values, str)
            else (str(values),),
        )
        for column, values in items
    )


def _selected(select: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, list[str]]:
    return {column: list(values) for column, values in select}


def _is_part_of_day(value: object) -> bool:
    return is_number(value) and 0 <= value <= _DAY


def _is_selection(value: object) -> bool:
    simple = str | int | float | dt.date
    return isinstance(value, dict) and all(
        isinstance(values, simple)
        or (isinstance(values, list) and all(isinstance(item, simple) for item in values))
        for values in value.values()
    )


_MINUTES = Key(
    "a number of minutes, 0 to 1440",
    _is_part_of_day,
    shape={"type": "number", "minimum": 0, "maximum": _DAY},
)
_SELECTION = Key('a table such as { category = ["deal"] }', _is_selection, shape={"type": "object"})
_STATISTICS = replace(TEXTS, options=STATISTICS.names, noun="statistic")


def _model_table(model: NormalReturnModel) -> dict[str, Any]:
    """Return the table of a study file that says which model it is."""
    table: dict[str, Any] = {"name": model.name}
    for key in model_keys(type(model)):
        value = getattr(model, key)
        if value is not None and value is not False:
            table[key] = list(value) if isinstance(value, tuple) else value
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Specification:
    """What is studied and how; holds no data, is hashable, and is carried out by ``fit``.

    Parameters
    ----------
    title
        What the report is called.
    markets
        Names or aliases of built-in markets, of `declared` ones, or of price columns; or
        ``"events"``: those that the selected events name, in the order of the price columns, each
        event in its own alone.
    model
        A normal-return model such as ``MarketModel("SPX")`` or ``ConstantMean()``.
    beside
        A second model fitted on the same pairs, whose results stand beside those of `model`.
    estimation_window
        Sessions relative to day 0, both ends included, on which the model is estimated: before the
        event window, after it, or on both sides, ``[[-250, -21], [21, 250]]``.
    event_window
        Sessions relative to day 0, both ends included, that are studied.
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
    draws
        Placebo draws, 0 for none.
    seed
        Seed of the placebo draws.
    draws_from
        ``"all"`` dates, or ``"volatility_matched"``: those before which the markets were about as
        volatile as before the real ones.
    volatility
        What the placebo test divides by: ``"ewma"``, exponentially weighted (0.94), or
        ``"garch"``, the volatility of a GARCH-type model itself.
    joint_weights
        Sessions of the joint regression: ``"volatility"`` divides each by the volatility known
        before it, ``"equal"`` counts all alike.
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
        ``"own"``, or not given: each market's own, of an unknown column its rows; ``"data"``: the
        rows of the file; or an exchange code for all.
    min_obs
        Fewest usable estimation sessions of a pair.
    max_loss
        Largest share of pairs that may be lost, 0 to 1.
    mask_events
        Leave the event windows of all events of a market out of its estimation windows.
    complete_windows
        Drop pairs that miss a session of their event window.
    contrast
        Column and two of its values whose groups of events are compared, e.g. ``[("direction",
        "de-escalation", "escalation")]``.
    contrast_by
        Event columns in each of whose values they are compared once more.
    contrast_without
        Spans of dates without which they are compared once more, e.g.
        ``[("2025-04-02", "2025-04-14")]``.
    contrast_within
        ``"month"`` compares dates of one calendar month only; default all dates.
    conventions
        Another software's conventions, such as ``"stata_estudy"`` (`eventstudy list conventions`),
        by which tests stand beside the study's own.
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

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12, effect=0.01, beta=1.0)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02", "M03"],
    ...     model=es.MarketModel("BMK", sync="same_date"),
    ...     estimation_window=(-120, -11),
    ...     event_window=(-2, 2),
    ...     car_windows=[(0, 0), (0, 1)],
    ...     date_only="same",
    ...     calendar="data",
    ...     statistics=["placebo", "bmp"],
    ...     draws=99,
    ... )
    >>> results = study.fit(events, prices)
    >>> results.tidy(windows=[(0, 0)], names="bmp")["estimate"].round(3).tolist()
    [0.009]
    """

    title: str = field(default="Event study", metadata=option("title"))
    markets: tuple[str, ...] | Literal["events"] = field(
        default=BUNDLED, metadata=option("markets", takes=MARKETS, check=market_names)
    )
    ambiguous: AmbiguousPolicy = field(default="keep", metadata=option("events.ambiguous"))
    overlap: OverlapPolicy = field(default="keep", metadata=option("events.overlap"))
    cutoff_minutes: float = field(
        default=0, metadata=option("events.cutoff_minutes", takes=_MINUTES, check=_minutes)
    )
    date_only: DateOnly | None = field(default=None, metadata=option("events.date_only"))
    select: tuple[tuple[str, tuple[str, ...]], ...] = field(
        default=(),
        metadata=option("events.select", takes=_SELECTION, check=_selection, write=_selected),
    )
    kind: ReturnKind = field(default="simple", metadata=option("prices.kind"))
    calendar: str | None = field(default=None, metadata=option("prices.calendar"))
    model: NormalReturnModel = field(default_factory=MarketModel)
    beside: NormalReturnModel | None = None
    estimation_window: EstimationWindow = field(
        default=_ESTIMATION,
        metadata=option("windows.estimation", takes=ESTIMATION, check=_estimation, write=_parts),
    )
    event_window: Window = field(
        default=_EVENT, metadata=option("windows.event", takes=WINDOW, check=_window)
    )
    car_windows: tuple[Window, ...] = field(
        default=_CAR, metadata=option("windows.car", takes=WINDOWS, check=_windows)
    )
    min_obs: int = field(default=100, metadata=option("sample.min_obs"))
    max_loss: float = field(default=0.5, metadata=option("sample.max_loss", check=_share))
    mask_events: bool = field(default=False, metadata=option("sample.mask_events"))
    complete_windows: bool = field(default=False, metadata=option("sample.complete_windows"))
    statistics: tuple[str, ...] = field(
        default=DEFAULT_STATISTICS,
        metadata=option("statistics.names", takes=_STATISTICS, check=_statistics),
    )
    by: tuple[str, ...] = field(default=(), metadata=option("statistics.by", check=_groupings))
    sign: SignPolicy = field(default="none", metadata=option("statistics.sign"))
    alternative: Alternative = field(default="two-sided", metadata=option("statistics.alternative"))
    draws: int = field(default=2000, metadata=option("statistics.draws", check=_draws))
    seed: int = field(default=20250502, metadata=option("statistics.seed", check=_seed))
    joint_weights: JointWeights = field(
        default="volatility", metadata=option("statistics.joint_weights")
    )
    volatility: Volatility = field(default="ewma", metadata=option("statistics.volatility"))
    draws_from: DrawsFrom = field(default="all", metadata=option("statistics.draws_from"))
    contrast: tuple[tuple[str, str, str], ...] = field(
        default=(), metadata=option("statistics.contrast", takes=CONTRASTS, check=contrasts_of)
    )
    contrast_by: tuple[str, ...] = field(
        default=(), metadata=option("statistics.contrast_by", check=_groupings)
    )
    contrast_without: tuple[tuple[str, str], ...] = field(
        default=(), metadata=option("statistics.contrast_without", takes=SPANS, check=spans_of)
    )
    contrast_within: Within | None = field(
        default=None, metadata=option("statistics.contrast_within")
    )
    conventions: str | None = field(
        default=None, metadata=option("conventions.like", takes=CONVENTION)
    )
    declared: tuple[Market, ...] = ()
    cross_section: CrossSection | None = None
    activity: Activity | None = None

    def __post_init__(self) -> None:
        put = object.__setattr__
        for one in OPTIONS:
            put(self, one.name, one.checked(getattr(self, one.name)))
        put(self, "declared", checked_markets(self.declared))
        check_windows(self.estimation_window, self.event_window, self.car_windows)
        models = {"model": self.model}
        if self.beside is not None:
            models["model.beside"] = self.beside
        for key, model in models.items():
            put(self, key.rpartition(".")[2], checked_model(key, model))
        self._check_further()
        for key, model in models.items():
            check_room(
                key,
                model,
                estimation=self.estimation_window,
                event=self.event_window,
                min_obs=self.min_obs,
                volatility=self.volatility,
            )
        put(self, "min_obs", int(self.min_obs))
        check_convention(self.conventions, self.model, self.min_obs)

    def _check_further(self) -> None:
        """Check what is measured besides mean CARs."""
        compounded = [n for n in self.statistics if STATISTICS[n].value.quantity == "bhar"]
        if compounded and self.kind == "log":
            raise SpecificationError(
                f'{compounded[0]} compounds simple returns; set prices.kind = "simple"',
                key="statistics.names",
            )
        for name, kind in (("cross_section", CrossSection), ("activity", Activity)):
            part = getattr(self, name)
            if part is not None and not isinstance(part, kind):
                article = "an" if kind is Activity else "a"
                raise SpecificationError(
                    f"expected {article} {kind.__name__}, got {part!r}", key=name
                )
        if self.contrast_by and not self.contrast:
            raise SpecificationError(
                "statistics.contrast_by is set, but statistics.contrast names nothing to compare; "
                f"{EXAMPLE}",
                key="statistics.contrast_by",
            )
        regression = self.cross_section
        if regression is not None and not self.event_window.contains(regression.window):
            raise SpecificationError(
                f"cross_section.window {regression.window} is not inside windows.event "
                f"{self.event_window}",
                key="cross_section.window",
            )

    def windows(self) -> list[tuple[Window, str]]:
        """Every session of the event window as ``ar``, then every CAR window as ``car``.

        Examples
        --------
        >>> study.windows()[:2]
        [(Window(start=-2, end=-2), 'ar'), (Window(start=-1, end=-1), 'ar')]
        """
        sessions = [(Window(int(tau), int(tau)), "ar") for tau in self.event_window.taus]
        return sessions + [(window, "car") for window in self.car_windows]

    @property
    def second(self) -> Self | None:
        """The study of the second model alone, without further analyses; None without one.

        Examples
        --------
        >>> both = es.EventStudy(model=es.ConstantMean(), beside=es.MarketModel("SPX"))
        >>> both.second.model.name, study.second
        ('market_model', None)
        """
        if self.beside is None:
            return None
        return replace(self, model=self.beside, beside=None, cross_section=None, activity=None)

    def to_dict(self) -> dict[str, Any]:
        """Return the tables of the study file that says the same.

        Examples
        --------
        >>> study.to_dict()["windows"]
        {'estimation': [-120, -11], 'event': [-2, 2], 'car': [[0, 0], [0, 1]]}
        """
        from dataclasses import asdict

        model = _model_table(self.model)
        if self.beside is not None:
            model["beside"] = _model_table(self.beside)
        tables: dict[str, Any] = {name: {} for name in TABLES}
        for one in OPTIONS:
            value = one.write(getattr(self, one.name))
            if value is not None and value != {}:
                tables[one.table][one.key] = value
        tables = {**tables.pop(""), **{k: v for k, v in tables.items() if v}, "model": model}
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


OPTIONS = options_of(Specification)
"""The fields of a specification that are keys of a study file."""
