"""`event_study`: a study in one call, of frames as a researcher has them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from eventstudy.events.inputs import read_event_table
from eventstudy.exceptions import SpecificationError
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.markets.market import find_market
from eventstudy.prices.factor_frames import (
    RISK_FREE,
    factor_name,
    read_benchmark,
    read_factor_frame,
)
from eventstudy.prices.inputs import columns_by_date, read_panel
from eventstudy.prices.joined import cut_panel, join_panels
from eventstudy.prices.panel import PricePanel
from eventstudy.registry import nearest, unknown
from eventstudy.study.argument_order import in_their_order
from eventstudy.study.call_defaults import completed
from eventstudy.study.call_wording import in_words_of_the_call
from eventstudy.study.specification import Specification
from eventstudy.study.study import EventStudy
from eventstudy.study.study_options import FurtherOptions
from eventstudy.text import some

if TYPE_CHECKING:
    import datetime as dt
    from typing import Unpack

    from eventstudy._typing import CloseField, Content, Progress, ReturnKind
    from eventstudy.events.inputs import EventsLike
    from eventstudy.execution import Execution
    from eventstudy.models import NormalReturnModel
    from eventstudy.prices.inputs import Frame, PricesLike
    from eventstudy.prices.securities import Securities
    from eventstudy.study.results import EventStudyResults

_LEAST_COVERED = 0.5


@shows_progress
def event_study(
    events: EventsLike,
    prices: PricesLike,
    *,
    benchmark: str | int | Frame | None = None,
    factors: Sequence[str] | Frame | None = None,
    model: NormalReturnModel | str | None = None,
    id: str | None = None,  # noqa: A002 - what a column of identifiers is called in the field
    time: str | None = None,
    tz: str | None = None,
    date_format: str | None = None,
    content: Content | None = None,
    field: CloseField = "close",
    start: dt.date | str | None = None,
    end: dt.date | str | None = None,
    security: str | None = None,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    securities: Securities | Frame | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    execution: Execution | None = None,
    **options: Unpack[FurtherOptions],
) -> EventStudyResults:
    """Carry out an event study of frames as they are, and say everything that was assumed.

    Where nothing is said, firms have the rows of their prices as sessions and the market model on
    `benchmark`, or the regression on `factors`; news on built-in markets (indices, currencies)
    have each market's own sessions and closes, the total reaction first and the model on
    `benchmark` beside it. ``results.assumed`` says what was taken.

    Parameters
    ----------
    events
        A frame of pandas, polars, Arrow or anything narwhals reads, a row an event; the path of a
        file; dates alone, as a list, a series by security or a mapping ``{"AAPL": "2025-05-01"}``;
        or `Events`.
    prices
        A frame of prices or returns: a column a security; the two levels of yfinance; long, such
        as CRSP's, a row a security and date; a series of one security; the path of a file; or a
        `PricePanel`.
    benchmark
        Of the market model: a column of the prices, or a series or frame of its own.
    factors
        Of the factor model: columns of the prices, a frame of factors, or French's daily files.
    model
        A model or its name; by default the market or factor model, as said above.
    id
        Column that names the security in events, and in long prices that have it.
    time, tz
        Column of the time or date of an event, and the zone of times that have no offset.
    date_format
        How dates of events and prices are written where day and month could change places:
        ``"dd/mm/yyyy"``, ``"mdy"``, or codes such as ``"%d/%m/%y"``.
    content
        ``"prices"`` or ``"returns"``, where the values do not show it.
    field
        ``"adj_close"`` for the adjusted closes of bars.
    start, end
        First and last date of the prices that are used.
    security
        Name of the one security of a series or of bars.
    columns
        Which column of the prices is what, where they do not show it: ``{"date": "Day"}``.
    encoding
        Of text files of events and prices, such as ``"cp949"``; by default told from their bytes.
    securities, progress, strict, execution
        As for `EventStudy.fit`.
    **options
        Every other option of `EventStudy`, by its name.

    Returns
    -------
    EventStudyResults
        As of `EventStudy.fit`. ``print(results.answers())`` says what was found,
        ``results.tidy()`` is the frame of all numbers, ``results.etable()`` a table for a paper,
        ``results.dropped`` who was lost and why; ``help(es.EventStudyResults)`` lists the rest.

    Raises
    ------
    SpecificationError
        An unknown or contradictory argument; ``error.key`` names it, ``error.suggestion`` the
        nearest known value.
    DataError
        Events or prices that cannot be used; the message names file, row and what is wrong.
    TypeError
        An argument this function does not have.

    Warns
    -----
    EventStudyWarning
        The data checks found an error: no number is to be quoted before it is settled.

    Notes
    -----
    Returns are decimal, 0.01 is one percent; windows are sessions relative to day 0, both ends
    included. On session ``tau`` pair ``i`` has the abnormal return ``AR = R - E(R)``, ``E(R)``
    from the model as estimated on `estimation_window`; ``CAR`` is their sum over a window and
    ``CAAR`` the mean of the CARs of a group (MacKinlay 1997, Journal of Economic Literature 35).
    No gap is filled: a return next to a missing price is missing, and so is a window that holds it.
    A pair of fewer than `min_obs` estimation sessions, or whose day 0 lies outside its prices, is
    a row of ``results.dropped`` with the reason. Several events of one date count once in what is
    called dates.

    See Also
    --------
    EventStudy : the same step by step, for many fits of one study.
    eventstudy.load_results : read saved results back.

    Examples
    --------
    >>> from eventstudy.datasets.simulation import simulate_panel
    >>> made, panel = simulate_panel(n_markets=3, n_events=4, dates="dispersed", beta=1.0)
    >>> table = made.frame[["date"]].assign(firm=made.frame["markets"].str[0])
    >>> results = event_study(table, panel.frame(), id="firm", benchmark="BMK",
    ...                       statistics=["bmp"])
    >>> len(results.models)
    12
    """
    for name in options:
        if name not in FurtherOptions.__annotations__:
            parameters = inspect.signature(event_study).parameters
            raise TypeError(
                f"event_study() has no argument {name!r}{nearest(name, parameters, '')}"
            )
    kind: ReturnKind = options.get("kind", "simple")
    step = progress or no_progress
    step("reading prices and events", 0, 1)
    with in_words_of_the_call():
        with in_their_order(events, prices, "event_study(events, prices)"):
            panel = read_panel(
                prices, content=content, kind=kind, id=id, security=security, field=field,
                start=start, end=end, columns=columns, encoding=encoding,
                date_format=date_format, beside=_names(benchmark, factors),
            )  # fmt: skip
            table = read_event_table(
                events, id=id, time=time, tz=tz, date_format=date_format, encoding=encoding
            )
        panel, market = _with_benchmark(panel, prices, benchmark, kind, columns)
        panel, others = _with_factors(panel, prices, factors, kind, columns)
        call = completed(
            table, panel, model=model, benchmark=market, factors=others, options=options
        )
        panel = replace(panel, assumed=(*panel.assumed, *call.said))
        return EventStudy(**call.options).fit(
            call.events, panel, securities=securities, progress=step, strict=strict,
            execution=execution,
        )  # fmt: skip


def _with_benchmark(
    panel: PricePanel,
    prices: PricesLike,
    benchmark: str | int | Frame | None,
    kind: ReturnKind,
    columns: Mapping[str, str] | None,
) -> tuple[PricePanel, str | None]:
    """Return prices that hold the benchmark, and its column."""
    if benchmark is None:
        return panel, None
    if isinstance(benchmark, str | int):
        panel, names = _with_named(panel, prices, [str(benchmark)], kind, columns, "benchmark")
        return panel, names[0]
    other = read_benchmark(benchmark, content=panel.content, kind=kind)
    return _beside(panel, other), other.names[0]


def _with_factors(
    panel: PricePanel,
    prices: PricesLike,
    factors: Sequence[str] | Frame | None,
    kind: ReturnKind,
    columns: Mapping[str, str] | None,
) -> tuple[PricePanel, tuple[str, ...]]:
    """Return prices that hold the factors, and their columns, without the riskless rate."""
    if factors is None or (isinstance(factors, list | tuple) and not factors):
        return panel, ()
    paths, names = _paths(factors), _names(None, factors)
    if paths:
        from eventstudy.prices.files.french import read_factors

        other = read_factors(*paths, content=panel.content, kind=kind)
    elif names:
        return _with_named(panel, prices, names, kind, columns, "factors")
    elif isinstance(factors, PricePanel):
        from eventstudy.prices.levels import with_content

        other = with_content(factors, panel.content, kind)
    else:
        other = read_factor_frame(factors, content=panel.content, kind=kind)
    used = tuple(name for name in other.names if name != RISK_FREE)
    if RISK_FREE in other.names:
        said = f"{RISK_FREE} is no regressor; returns are not in excess of it"
        other = replace(other, assumed=(*other.assumed, f"{other.name}: {said}"))
    return _beside(panel, other), used


def _paths(factors: Any) -> list[str | PathLike[str]]:  # noqa: ANN401 - whatever was handed over
    given = [factors] if isinstance(factors, str | PathLike) else factors
    if not isinstance(given, list | tuple):
        return []
    are_files = [
        isinstance(one, PathLike)
        or (isinstance(one, str) and one.lower().endswith((".csv", ".zip", ".txt")))
        for one in given
    ]
    return list(given) if are_files and all(are_files) else []


def _names(benchmark: Any, factors: Any) -> list[str]:  # noqa: ANN401 - whatever was handed over
    """Return the columns of the prices that the call names as benchmark and factors."""
    given = [factors] if isinstance(factors, str) else factors
    are_names = isinstance(given, list | tuple) and all(isinstance(one, str) for one in given)
    named = list(given) if are_names and not _paths(factors) else []
    return [str(benchmark), *named] if isinstance(benchmark, str | int) else named


def _beside(panel: PricePanel, other: PricePanel) -> PricePanel:
    """Return both panels as one, the second from the first date of the first on."""
    _check_daily(panel, other)
    first, last = panel.span()
    near = cast("dt.date", (first - 30).astype(object)), cast("dt.date", (last + 30).astype(object))
    return replace(join_panels([panel, cut_panel(other, *near)]), name=panel.name)


def _check_daily(panel: PricePanel, other: PricePanel) -> None:
    """Refuse a benchmark or factor without a value on most dates of the prices, as of months."""
    days = np.unique(np.concatenate(panel.dates))
    for name, dates in zip(other.names, other.dates, strict=True):
        inside = days[(days >= dates[0]) & (days <= dates[-1])] if len(dates) else days
        n_there = int(np.isin(inside, dates).sum())
        if n_there < _LEAST_COVERED * len(inside) or not len(inside):
            raise SpecificationError(
                f"{name} has a value on {n_there:,} of {len(inside):,} dates of the prices; a "
                "series by the same sessions is needed",
                key=other.name,
            )


def _with_named(
    panel: PricePanel,
    prices: PricesLike,
    names: Sequence[str],
    kind: ReturnKind,
    columns: Mapping[str, str] | None,
    argument: str,
) -> tuple[PricePanel, tuple[str, ...]]:
    """Return prices that hold columns of some names, and what they are called there.

    A long table may hold them beside its securities, one value a date.
    """
    found = [_column(panel, name) for name in names]
    absent = [name for name, column in zip(names, found, strict=True) if column is None]
    if absent and not isinstance(prices, str | PathLike | Mapping):
        beside = columns_by_date(prices, absent, content=panel.content, kind=kind, columns=columns)
        if beside is not None:
            panel = _beside(panel, beside)
            found = [_column(panel, name) for name in names]
            absent = [name for name, column in zip(names, found, strict=True) if column is None]
    if absent:
        raise unknown(
            f"the prices have no column {absent[0]!r}", absent[0], panel.names, key=argument,
            otherwise="give a series or a frame of it, or one of the columns, "
            + some(panel.names),
        )  # fmt: skip
    return panel, tuple(str(column) for column in found)


def _column(panel: PricePanel, name: str) -> str | None:
    """Return what a column or market is called in a study of some prices; None if it is not there.

    A factor of French by either of his names.
    """
    if name in panel.positions:
        return name
    if factor_name(name) in panel.positions:
        return factor_name(name)
    market = find_market(name)
    try:
        return None if market is None or panel.locate(market) is None else name
    except SpecificationError:
        return None


def _signature() -> inspect.Signature:
    """Return the signature with every option by its name, as editors show it."""
    own = inspect.signature(event_study)
    known = inspect.signature(EventStudy).parameters
    named = [parameter for parameter in own.parameters.values() if parameter.name != "options"]
    further = [
        known[name].replace(annotation=inspect.Parameter.empty)
        for name in FurtherOptions.__annotations__
    ]
    return own.replace(parameters=[*named, *further])


def _documented(own: str, options: str) -> str:
    """Return the docstring with every option by its name, each as `EventStudy` explains it."""
    entries = re.findall(r"^    (\w+)\n((?:        .*\n|\n(?=        ))+)", options, re.MULTILINE)
    further = "".join(
        f"    {name}\n{said}" for name, said in entries if name in FurtherOptions.__annotations__
    )
    start, mark, end = own.partition("    **options\n")
    return start + further + end.partition("by its name.\n")[2] if mark and further else own


event_study.__signature__ = _signature()  # type: ignore[attr-defined]
event_study.__doc__ = _documented(event_study.__doc__ or "", Specification.__doc__ or "")
