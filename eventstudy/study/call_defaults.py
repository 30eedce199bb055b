"""What `event_study` takes where nothing was said, and the sentence that says so."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from eventstudy.events.identity import known_names, with_markets
from eventstudy.exceptions import SpecificationError
from eventstudy.markets.market import OWN_CALENDARS, Market, find_market, suffix_of
from eventstudy.models import MODELS, ConstantMean, FactorModel, MarketModel, model_keys
from eventstudy.registry import nearest, suggest
from eventstudy.study.study_markets import EVENTS
from eventstudy.text import counted, some

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from eventstudy.events.table import Events
    from eventstudy.models import NormalReturnModel
    from eventstudy.prices.panel import PricePanel

_HALF: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Completed:
    """A call with what it left open decided.

    Attributes
    ----------
    events : as read
    options : of the study, model among them
    said : what was assumed, a sentence each
    """

    events: Events
    options: dict[str, Any]
    said: tuple[str, ...]


def completed(
    events: Events,
    prices: PricePanel,
    *,
    model: NormalReturnModel | str | None,
    benchmark: str | None,
    factors: Sequence[str],
    options: Mapping[str, Any],
) -> Completed:
    """Decide what a call leaves open: securities, calendar, model, what a date means.

    Parameters
    ----------
    events, prices
        As read; benchmark and factors are columns of the prices.
    model, benchmark, factors
        As the call names them.
    options
        Of the study, as far as they are given.

    Raises
    ------
    SpecificationError
        No benchmark where one is needed; events about securities without prices.
    """
    said: list[str] = []
    chosen = dict(options)
    beside = {name for name in (benchmark, *factors) if name is not None}
    events, studied = _securities(events, prices, beside, chosen, said)
    is_news = all(_is_known_market(name) for name in studied)
    if chosen.get("calendar") is None and prices.calendar is None:
        _choose_calendar(studied, chosen, said)
    is_by_rows = "data" in (chosen.get("calendar"), prices.calendar)
    calendar = chosen.get("calendar") or prices.calendar
    if calendar not in (None, OWN_CALENDARS):
        _declare_columns(studied, prices, calendar, chosen, said)
    if chosen.get("date_only") is None and is_by_rows:
        chosen["date_only"] = "same"
        if events.frame["published_at"].isna().any():
            said.append('a date means the session of that date or the next one (date_only="same")')
    chosen["model"] = _model(
        model, benchmark, tuple(factors), is_news=is_news, chosen=chosen, said=said
    )
    return Completed(events=events, options=chosen, said=tuple(said))


# ---- which securities ------------------------------------------------------------------------


def _securities(
    events: Events,
    prices: PricePanel,
    beside: Collection[str],
    chosen: dict[str, Any],
    said: list[str],
) -> tuple[Events, tuple[str, ...]]:
    """Return the events, and the names that are studied: those that have prices."""
    given = chosen.get("markets")
    if given is not None and given != EVENTS:
        several = (given,) if isinstance(given, str | int) else tuple(given)
        return events, tuple(map(str, several))
    known = known_names((), (), prices.names)
    named = with_markets(events, known, len(prices.names))
    cells = named.frame["markets"]
    columns = tuple(name for name in prices.names if name not in beside)
    names_each = np.array([bool(cell) for cell in cells], dtype=bool)
    if given is None and not names_each.all():
        if names_each.any():
            said.append(
                f"{counted(int((~names_each).sum()), 'event')} without a security: on all of them"
            )
        chosen["markets"] = columns
        said.append(f"every column of the prices is studied: {some(columns)}")
        return events, columns
    chosen["markets"] = EVENTS
    has_prices = np.array([_has_column(cell, prices) for cell in cells], dtype=bool)
    if not has_prices.all():
        _check_identifiers(named, has_prices, prices)
        cells = cells[has_prices]
    studied = tuple(dict.fromkeys(name for cell in cells for name in cell))
    return events, studied


def _has_column(cell: Sequence[str], prices: PricePanel) -> bool:
    """Whether every security that an event names can be found among the prices."""
    for name in cell:
        market = find_market(name)
        if name in prices.positions:
            continue
        try:
            if market is None or prices.locate(market) is None:
                return False
        except SpecificationError:
            return False
    return True


def _check_identifiers(named: Events, has_prices: np.ndarray, prices: PricePanel) -> None:
    """Refuse events of which most are about securities without prices: of another identifier."""
    if (~has_prices).mean() <= _HALF:
        return
    cells = named.frame["markets"][~has_prices]
    absent = list(dict.fromkeys(n for cell in cells for n in cell if n not in prices.positions))
    shown = ", ".join(absent[:4]) + (", ..." if absent[4:] else "")
    have = ", ".join(prices.names[:4]) + (", ..." if prices.names[4:] else "")
    raise SpecificationError(
        f"{counted(int((~has_prices).sum()), 'event')} of {len(named)} are about securities "
        f"without prices ({shown}); the prices have {have}"
        f"{nearest(absent[0], prices.names, '')}. Name the column of the same "
        'identifiers, such as id="permno"',
        key="id",
        suggestion=suggest(absent[0], prices.names),
    )


# ---- which sessions --------------------------------------------------------------------------


def _is_known_market(name: str) -> bool:
    """Whether a name is that of a built-in market."""
    return find_market(name) is not None


def _choose_calendar(studied: Sequence[str], chosen: dict[str, Any], said: list[str]) -> None:
    """Give securities the rows of the prices as sessions, if not all have an exchange's."""
    without = [n for n in studied if not _is_known_market(n) and suffix_of(n) is None]
    if not without:
        said.append("each market has the sessions and closes of its own exchange")
        return
    chosen["calendar"] = "data"
    said.append(
        'the rows of the prices are the sessions (calendar="data"); calendar="XNYS" or another '
        "exchange code brings closing times"
    )


def _declare_columns(
    studied: Sequence[str],
    prices: PricePanel,
    calendar: str,
    chosen: dict[str, Any],
    said: list[str],
) -> None:
    """Say that a column is no built-in market of that name, among securities that are none."""
    if all(_is_known_market(name) for name in studied):
        return
    declared = {market.name for market in chosen.get("declared", ())}
    alike = [
        name
        for name in studied
        if name in prices.positions and find_market(name) is not None and name not in declared
    ]
    if alike:
        chosen["declared"] = (
            *chosen.get("declared", ()),
            *(Market(name=n, label=n, calendar=calendar, series=n) for n in alike),
        )
        said.append(f"{some(alike)}: the column of that name, not the built-in market")


# ---- which model -----------------------------------------------------------------------------


def _model(
    model: NormalReturnModel | str | None,
    benchmark: str | None,
    factors: tuple[str, ...],
    *,
    is_news: bool,
    chosen: dict[str, Any],
    said: list[str],
) -> NormalReturnModel:
    if benchmark is not None and factors:
        raise SpecificationError(
            "benchmark and factors exclude each other; put the benchmark among the factors",
            key="factors",
        )
    on = (
        MarketModel(benchmark)
        if benchmark is not None
        else FactorModel(factors)
        if factors
        else None
    )
    if isinstance(model, str):
        model = _named(model, benchmark, factors)
        if not {"benchmark", "factors", "donors"} & set(model_keys(type(model))):
            return _with_beside(model, benchmark, on, chosen, said)
        return model
    if model is not None:
        return _completed_model(model, benchmark, factors, on, chosen, said)
    if is_news:
        if on is not None and chosen.get("beside") is None:
            chosen["beside"] = on
            said.append(
                f"total reaction first (constant_mean), beside it {on.name} on "
                f"{some(list(on.factors))}"
            )
        elif on is None:
            said.append("no benchmark, so the total reaction alone (constant_mean)")
        return ConstantMean()
    if on is None:
        raise SpecificationError(
            "the market model needs a benchmark: give benchmark= (a column of the prices or a "
            "series), factors= (their names or a frame), or model=ConstantMean() for the total "
            "reaction",
            key="benchmark",
        )
    said.append(f"{'market model' if benchmark else 'factor model'} on {some(list(on.factors))}")
    return on


def _named(name: str, benchmark: str | None, factors: tuple[str, ...]) -> NormalReturnModel:
    """Return a registered model by its name, on the benchmark or the factors of the call."""
    kind = MODELS[name].value
    keys = model_keys(kind)
    if "benchmark" in keys:
        if benchmark is None:
            raise SpecificationError(
                f"the model {name!r} needs benchmark=, a column of the prices or a series",
                key="benchmark",
            )
        return _made(kind, benchmark=benchmark)
    if "factors" in keys or "donors" in keys:
        if not factors:
            raise SpecificationError(
                f"the model {name!r} needs factors=, their names or a frame", key="factors"
            )
        key = "factors" if "factors" in keys else "donors"
        return _made(kind, **{key: factors})
    return _made(kind)


def _made(kind: Any, **fields: Any) -> NormalReturnModel:  # noqa: ANN401 - of any model
    made: NormalReturnModel = kind(**fields)
    return made


def _completed_model(
    model: NormalReturnModel,
    benchmark: str | None,
    factors: tuple[str, ...],
    on: NormalReturnModel | None,
    chosen: dict[str, Any],
    said: list[str],
) -> NormalReturnModel:
    """Return a model on the benchmark or the factors of the call, else put these beside it."""
    if benchmark is not None and hasattr(model, "benchmark"):
        usual = next(one.default for one in fields(cast("Any", model)) if one.name == "benchmark")
        if model.benchmark not in (usual, benchmark):
            raise SpecificationError(
                f"the model is on {model.benchmark!r} and the call on {benchmark!r}; name one",
                key="benchmark",
            )
        said.append(f"{model.name} on {benchmark}")
        return _with_field(model, benchmark=benchmark)
    if factors and "factors" in model_keys(type(model)):
        absent = [name for name in model.factors if name not in factors]
        if absent:
            raise SpecificationError(
                f"the model has {some(absent)}, which factors does not; it has {some(factors)}",
                key="factors",
            )
        said.append(f"{model.name} on {some(list(model.factors))}")
        return model
    return _with_beside(model, benchmark, on, chosen, said)


def _with_beside(
    model: NormalReturnModel,
    benchmark: str | None,
    on: NormalReturnModel | None,
    chosen: dict[str, Any],
    said: list[str],
) -> NormalReturnModel:
    """Put the model `on` the benchmark or the factors beside one that takes none, and say so."""
    if on is None:
        return model
    takes_none = f"{model.name} takes no {'benchmark' if benchmark else 'factors'}"
    if chosen.get("beside") is None:
        chosen["beside"] = on
        said.append(f"{takes_none}; the {on.name} on {some(list(on.factors))} stands beside it")
    else:
        said.append(f"{takes_none}, and beside it stands the {chosen['beside'].name} you asked for")
    return model


def _with_field(model: NormalReturnModel, **changed: Any) -> NormalReturnModel:  # noqa: ANN401 - of any model
    given: Any = model
    put: NormalReturnModel = replace(given, **changed)
    return put
