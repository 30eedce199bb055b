"""From a specification and data to results: the stages of a study, in order."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy import alignment, calendars, frames, kernels, panel
from eventstudy._registry import nearest
from eventstudy._wording import counted
from eventstudy.abnormal import AbnormalReturns, abnormal_returns, volatility_start
from eventstudy.aggregation import make_groups
from eventstudy.confounding import confounding
from eventstudy.events import event_label
from eventstudy.exceptions import EventStudyWarning, SchemaError, SpecificationError
from eventstudy.inference.base import Workings
from eventstudy.inference.evaluate import Design, evaluate
from eventstudy.inference.family import family
from eventstudy.inference.resampling import PlaceboTable, session_lookup
from eventstudy.joint import JointData
from eventstudy.markets import Market, find_market, get_market, load_markets
from eventstudy.models import EstimationSample
from eventstudy.results import (
    EventStudyResults,
    Fitted,
    activity_of,
    cross_section_of,
    heatmap_of,
    joint_grouping,
    joint_of,
)
from eventstudy.sample import Sample, build_sample, check_loss, covered_rows
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.calendars import SessionCalendar
    from eventstudy.events import Events
    from eventstudy.panel import ReturnsPanel
    from eventstudy.prices import PricePanel
    from eventstudy.specification import Specification

MIXED = "(mixed)"
"""What a pair that stands for several events has in a column in which they differ."""
# About 130 bytes each: this many are 10 GB.
_MAX_PLACEBO_CELLS = 80_000_000
_ROOM = np.timedelta64(60, "D")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """The markets of a study on their sessions.

    Attributes
    ----------
    markets, calendars : the study's, sessions without a price taken out
    benchmark : market and sessions of a model's only factor, where that is a market
    factors : the other factors, columns or markets with their sessions
    """

    markets: tuple[Market, ...]
    calendars: dict[str, SessionCalendar]
    benchmark: tuple[Market, SessionCalendar] | None
    factors: tuple[str | tuple[Market, SessionCalendar], ...]


def resolve_markets(
    names: Sequence[str],
    declared: Sequence[Market],
    columns: Sequence[str],
    calendar: str | None,
) -> tuple[Market, ...]:
    """Find each market among the declared, the built-in and the columns of the price file.

    `calendar`, where given, is that of every market the study does not declare itself.
    """
    own = {market.name: market for market in declared}
    found: list[Market] = []
    for name in names:
        market = find_market(name, own)
        if market is None and name in columns:
            market = Market(name=name, label=name, calendar=calendar or "data", series=name)
        if market is None:
            market = get_market(name, own | {c: _column_market(c) for c in columns})
        if calendar is not None and market.name not in own:
            market = replace(market, calendar=calendar, timezone=None, close=None)
        if market.name in {other.name for other in found}:
            raise SpecificationError(f"markets names {market.name} twice (as {name!r} too)")
        found.append(market)
    return tuple(found)


def _column_market(column: str) -> Market:
    return Market(name=column, label=column, calendar="data", series=column)


def _prepare(study: Specification, events: Events, prices: PricePanel) -> Setting:
    whole = study_calendar(study, prices)
    markets = resolve_markets(study.markets, study.declared, prices.names, whole)
    start, end = _span(events, prices)

    def sessions(market: Market) -> SessionCalendar:
        column, _ = prices.locate(market)
        calendar = calendars.calendar_for(market, start, end, prices.dates[column])
        return panel.trim_calendar(prices, market, calendar)[0]

    trimmed = {market.name: sessions(market) for market in markets}
    names = study.model.factors
    own = {market.name: market for market in study.declared}
    faced: list[str | tuple[Market, SessionCalendar]] = []
    for name in names:
        known = find_market(name, own)
        if (name if known is None else known.name) in trimmed:
            raise SpecificationError(
                f"{name} is both a market of the study and its own benchmark; "
                "choose another benchmark or leave it out of markets"
            )
        if known is None and name in prices.names and whole in (None, "data"):
            faced.append(name)
            continue
        (market,) = resolve_markets([name], study.declared, prices.names, whole)
        faced.append((market, sessions(market)))
    first = faced[0] if len(names) == 1 else None
    benchmark = first if isinstance(first, tuple) else None
    return Setting(
        markets=markets,
        calendars=trimmed,
        benchmark=benchmark,
        factors=tuple(faced[1:] if benchmark else faced),
    )


def study_calendar(study: Specification, prices: PricePanel) -> str | None:
    """Calendar of every market the study does not declare: its own word, else the panel's."""
    return study.calendar if study.calendar is not None else prices.calendar


def _span(events: Events, prices: PricePanel) -> tuple[np.datetime64, np.datetime64]:
    """First and last date any calendar has to know, with room for the windows."""
    first, last = prices.span()
    if len(events):
        dates = events.frame["date"].to_numpy().astype("datetime64[D]")
        first, last = min(first, dates.min()), max(last, dates.max())
    return first - _ROOM, last + _ROOM


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Prepared:
    """The data of a study, joined in time, before any model is estimated.

    Attributes
    ----------
    study, events, prices : what was given
    setting : markets and calendars
    selected : ``(E,)`` events the study asks for
    aligned : every event in every market
    returns : of every market on its own sessions, with the factors of the model
    masked : ``(N, T)`` the same returns, without what estimation must not see
    tables : running sums of both
    usable : ``(N, T)`` usable estimation sessions of a pair with that day 0
    rows : first and last session of each market with data, ``(N,)`` each
    """

    study: Specification
    events: Events
    prices: PricePanel
    setting: Setting
    selected: BoolArray
    aligned: alignment.Alignment
    returns: ReturnsPanel
    masked: FloatArray
    tables: kernels.MomentTables
    usable: IntArray
    rows: tuple[IntArray, IntArray]

    def abnormal_at(
        self,
        security: IntArray,
        day0: IntArray,
        extension: IntArray,
        *,
        progress: Callable[[int, int], None] | None = None,
    ) -> AbnormalReturns:
        """Fit the model at any positions and take their abnormal returns."""
        study = self.study
        whole, used = study.estimation_window, estimation_parts(study)
        estimation = EstimationSample(
            returns=self.masked,
            factors=_regressors(study, self.returns)[0],
            tables=self.tables,
            security=security,
            first=day0 + whole.start,
            length=whole.end - whole.start + 1,
            parts=tuple((p.start - whole.start, p.end - whole.start + 1) for p in used),
            progress=progress,
        )
        return abnormal_returns(
            study.model,
            self.returns,
            estimation,
            day0=day0,
            estimation=study.estimation_window,
            event=study.event_window,
            extension=extension,
            volatility=study.volatility,
        )

    def joint_data(self, sample: Sample) -> JointData:
        """What a joint regression of the pairs is run on."""
        study, returns = self.study, self.returns
        used = np.zeros(returns.returns.shape, dtype=bool)
        spans = [(part.start, part.end, True) for part in estimation_parts(study)]
        early = int(sample.extension.max(initial=0))
        spans.append((study.event_window.start - early, study.event_window.end, False))
        for start, end, is_estimation in spans:
            for tau in range(start, end + 1):
                column = sample.day0 + tau
                inside = (column >= 0) & (column < returns.n_sessions[sample.security])
                if not is_estimation:
                    inside &= tau >= study.event_window.start - sample.extension
                row, column = sample.security[inside], column[inside]
                if is_estimation:  # what estimation must not see stays out
                    seen = np.isfinite(self.masked[row, column])
                    row, column = row[seen], column[seen]
                used[row, column] = True
        adjusted = study.model.name == "market_adjusted"
        regressors = _regressors(study, returns)[0]
        return JointData(
            names=returns.names,
            returns=returns.returns - regressors[..., 0] if adjusted else returns.returns,
            dates=returns.dates,
            regressors=regressors[..., :0] if adjusted else regressors,
            intercept=not adjusted,
            sample=used,
            event=_event_rank(self.events)[sample.event],
            security=sample.security,
            day0=sample.day0,
            extension=sample.extension,
            event_window=study.event_window,
        )

    def workings_of(self, table: AbnormalReturns) -> Workings:
        """What statistics derive from a table of positions of this study."""
        return _workings(self.study, self.returns, table)


def estimation_parts(study: Specification) -> tuple[Window, ...]:
    """Sessions models are estimated on: those whose lags and leads lie in the window as well."""
    lags, leads = study.model.reach
    return tuple(
        Window(part.start + lags, part.end - leads)
        for part in study.estimation_window.parts
        if part.length > lags + leads
    )


def _regressors(study: Specification, returns: ReturnsPanel) -> tuple[FloatArray, tuple[str, ...]]:
    """What the model regresses on ``(N, T, K)``, and its names."""
    return study.model.design(returns.factors, returns.factor_names)


def prepare(study: Specification, events: Events, prices: PricePanel) -> Prepared:
    """Align news and sessions and join prices in time."""
    setting = _prepare(study, events, prices)
    _check_event_markets(study, events, prices)
    selected = events.select(dict(study.select))
    aligned = alignment.align(
        events,
        setting.markets,
        setting.calendars,
        date_only=study.date_only,
        cutoff_minutes=study.cutoff_minutes,
        event_window=study.event_window,
        benchmark=setting.benchmark,
        selected=selected,
        widen=study.ambiguous == "widen",
    )
    has_clocks = all(calendar.has_clock for calendar in setting.calendars.values())
    by_rows = study_calendar(study, prices) == "data"
    default_sync = "asof" if has_clocks and not by_rows else "same_date"
    returns = panel.build_returns(
        prices,
        setting.markets,
        setting.calendars,
        kind=study.kind,  # type: ignore[arg-type]
        benchmark=setting.benchmark,
        factors=setting.factors,
        sync=study.model.sync or default_sync,  # type: ignore[arg-type]
    )
    masked = _masked(study, aligned, selected, returns) if study.mask_events else returns.returns
    tables = kernels.moment_tables(masked, _regressors(study, returns)[0])
    leads = study.model.reach[1]
    if leads:
        warnings.warn(
            f"model {study.model.name} uses benchmark returns of {counted(leads, 'session')} "
            "later, which were not known yet at the close",
            EventStudyWarning,
            stacklevel=4,
        )
    spans = [_rows(prices, market) for market in setting.markets]
    return Prepared(
        study=study,
        events=events,
        prices=prices,
        setting=setting,
        selected=selected,
        aligned=aligned,
        returns=returns,
        masked=masked,
        tables=tables,
        usable=_usable(study, tables, returns),
        rows=covered_rows(returns, spans),
    )


def estimate(data: Prepared) -> tuple[Sample, AbnormalReturns]:
    """Choose the pairs and take their abnormal returns; what is lost is listed in the sample."""
    study = data.study
    sample = build_sample(
        data.aligned,
        data.returns,
        selected=data.selected,
        rows=data.rows,
        usable=data.usable,
        event_window=study.event_window,
        event_rank=_event_rank(data.events),
        min_obs=study.min_obs,
        ambiguous=study.ambiguous,
        overlap=study.overlap,
    )
    check_loss(sample, study.max_loss)
    _check_gap(data, sample)
    table = data.abnormal_at(sample.security, sample.day0, sample.extension)
    if table.fit.failed.any():
        sample = sample.without(
            table.fit.failed,
            "model",
            table.fit.failure,
            data.aligned,
        )
        check_loss(sample, study.max_loss)
        table = data.abnormal_at(sample.security, sample.day0, sample.extension)
    return sample, table


def carry_out(
    study: Specification,
    events: Events,
    prices: PricePanel,
    progress: Callable[[str, int, int], None],
) -> EventStudyResults:
    """Fit `study` on the data; see `EventStudy.fit`."""
    progress("aligning news and sessions", 0, 1)
    data = prepare(study, events, prices)
    progress("estimating normal returns", 0, 1)
    sample, table = estimate(data)
    design = make_design(
        data, sample, table, lambda n, of: progress("estimating placebo dates", n, of)
    )
    labels = pair_labels(events, data.setting.markets, sample.event, sample.security)
    labels = _mixed(data, sample, labels)
    groups = make_groups(labels, study.by)
    windows = study.windows()
    fitted = Fitted(design=design, labels=labels, data=data, sample=sample)
    # What the events' columns do not allow is known before the draws, which take their time.
    regressed = cross_section_of(fitted, study.cross_section)
    jointly = pd.DataFrame()
    if study.overlap == "joint":
        jointly = joint_of(fitted, joint_grouping(fitted, study.by), study.car_windows)
    done = 0

    def step(number: int) -> None:
        nonlocal done
        done += number
        progress("testing against placebo dates", done, len(groups))

    progress("testing against placebo dates", 0, len(groups))
    statistics = evaluate(design, groups, windows, study.statistics, progress=step)
    names = [market.name for market in data.setting.markets]
    if study.activity is not None:
        progress("measuring volatility and volume", 0, 1)
    measured = activity_of(fitted, groups, study.car_windows, study.activity)
    many = "placebo" in study.statistics and study.draws > 0
    adjusted = family(design, groups, study.car_windows, names) if many else pd.DataFrame()

    names = ["event_id", "security"]
    pairs = data.aligned.frame[names].iloc[sample.pair].reset_index(drop=True)
    windows_shown = [(window.start, window.end) for window in study.car_windows]
    headline = "placebo" if "placebo" in study.statistics else study.statistics[0]
    setting = data.setting
    return EventStudyResults(
        statistics=statistics,
        family=adjusted,
        cross_section=regressed,
        joint=jointly,
        confounding=confounding(
            events.frame,
            event=sample.event,
            security=sample.security,
            day0=sample.day0,
            extension=sample.extension,
            window=study.event_window,
            rank=_event_rank(events),
        ),
        activity=measured,
        abnormal_returns=frames.abnormal_frame(table, pairs, _regressors(study, data.returns)[1]),
        car=frames.car_frame(table, pairs, study.car_windows, simple=design.simple),
        models=frames.models_frame(table, pairs),
        alignment=data.aligned.frame,
        dropped=sample.dropped,
        caar=frames.caar_frame(design, groups),
        heatmap=heatmap_of(fitted, windows_shown, headline),
        checks=data.returns.checks,
        events=events.frame.assign(markets=[";".join(m) for m in events.frame["markets"]]),
        prices=_prices_shown(prices, setting.markets, setting.benchmark and setting.benchmark[0]),
        manifest=study_manifest(study, events, prices, setting, data.returns)
        | _placebo_fallback(design),
        treated=_treated(data, table, pairs),
        fitted=fitted,
    )


def _placebo_fallback(design: Design) -> dict[str, object]:
    """How many placebo positions least squares took over, where it did."""
    fit = design.placebo.table.fit
    count = 0 if fit.fallback is None else int(fit.fallback.sum())
    if not count:
        return {}
    facts = {"positions": count, "of": len(fit.sigma), "reason": fit.fallback_reason}
    return {"placebo_fallback": facts}


def _treated(data: Prepared, table: AbnormalReturns, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs the model could not treat as it was meant to: event_id, security, stage, reason."""
    reason: dict[int, list[str]] = {}
    fit = table.fit
    if fit.fallback is not None:
        for pair in np.flatnonzero(fit.fallback):
            reason.setdefault(int(pair), []).append(fit.fallback_reason)
    if any(data.study.model.reach):
        # The benchmark of the session itself is there, that of one around it is not.
        column = table.day0[:, None] + table.taus
        inside = (column >= 0) & (column < data.returns.returns.shape[1])
        own = data.returns.factors[table.security[:, None], np.where(inside, column, 0)]
        seen = inside & np.isfinite(own).all(axis=-1) & np.isfinite(table.returns)
        seen &= table.taus >= table.event.start - table.extension[:, None]
        lost = seen & ~np.isfinite(table.abnormal)
        for pair in np.flatnonzero(lost.any(axis=1)):
            taus = ", ".join(f"{tau:+d}" if tau else "0" for tau in table.taus[lost[pair]])
            reason.setdefault(int(pair), []).append(
                f"no abnormal return on session {taus}: the benchmark's return is missing on a "
                "session before or after that the model needs"
            )
    rows = sorted(reason)
    if not rows:
        return pd.DataFrame()
    listed = [(row, why) for row in rows for why in reason[row]]
    return (
        pairs.iloc[[row for row, _ in listed]]
        .reset_index(drop=True)
        .assign(stage="model", reason=[why for _, why in listed])
    )


def study_manifest(
    study: Specification,
    events: Events,
    prices: PricePanel,
    setting: Setting,
    returns: ReturnsPanel,
) -> dict[str, object]:
    """Return what was asked, of which data, with which versions."""
    import platform
    from importlib.metadata import version

    known = {market.name: setting.calendars[market.name].version for market in setting.markets}
    if setting.benchmark is not None:
        known[setting.benchmark[0].name] = setting.benchmark[1].version
    packages = ("market-reaction", "numpy", "pandas", "scipy", "exchange_calendars")
    return {
        "tool": "eventstudy",
        "study": study.to_dict(),
        "sync": returns.sync,
        "seed": study.seed,
        "inputs": {
            "events": {"name": events.name, "sha256": events.sha256},
            "prices": {"name": prices.name, "sha256": prices.sha256},
        },
        "markets": {
            market.name: {"label": market.label, "up": market.up, "inverse": market.inverse}
            for market in setting.markets
        },
        "calendars": known,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in packages},
    }


def _check_event_markets(study: Specification, events: Events, prices: PricePanel) -> None:
    """Refuse an event about a market nobody knows: a slip of the pen would drop it unseen."""
    own = {market.name: market for market in study.declared}
    named = {name for cell in events.frame["markets"] for name in cell}
    unknown = {
        name for name in named if find_market(name, own) is None and name not in prices.names
    }
    if unknown:
        known = {*load_markets(), *own, *prices.names}
        raise SchemaError(
            [
                f"{event_label(events, position)}: markets names unknown market {name!r}"
                f"{nearest(name, known)}"
                for position, cell in enumerate(events.frame["markets"])
                for name in cell
                if name in unknown
            ]
        )


def _check_gap(data: Prepared, sample: Sample) -> None:
    """Refuse windows that widening or merging moves into the pair's own estimation window."""
    study = data.study
    widest = int(sample.extension.max(initial=0))
    before = study.estimation_window.parts[0].end
    if before < study.event_window.start and study.event_window.start - widest <= before:
        if study.overlap == "merge":
            raise SpecificationError(_longest_chain(data, sample))
        raise SpecificationError(
            f'events.ambiguous = "widen" starts windows up to {widest} sessions earlier, which '
            f"reaches windows.estimation {study.estimation_window}; end it at least {widest + 1} "
            f"sessions before windows.event {study.event_window}"
        )


def _longest_chain(data: Prepared, sample: Sample) -> str:
    """Say which chain of merged events reaches its estimation window, and what to do."""
    study = data.study
    longest = int(sample.extension.argmax())
    security, day0 = int(sample.security[longest]), int(sample.day0[longest])
    pairs, _ = sample.merged_events(data.aligned)
    dates = data.returns.dates[security]
    first = dates[max(0, day0 - int(sample.extension[longest]))]
    return (
        f'events.overlap = "merge" links {int((pairs == longest).sum()) + 1} events of '
        f"{data.returns.names[security]}, {first} to {dates[day0]}, into one window that starts "
        f"{int(sample.extension[longest])} sessions earlier and reaches windows.estimation "
        f"{study.estimation_window}; make windows.event {study.event_window} shorter, end the "
        'estimation window earlier, or set events.overlap = "drop_later"'
    )


def _rows(prices: PricePanel, market: Market) -> tuple[np.datetime64, np.datetime64]:
    column, _ = prices.locate(market)
    dates = prices.dates[column]
    if not len(dates):
        return np.datetime64("9999-12-31"), np.datetime64("0001-01-01")
    return dates[0], dates[-1]


def _usable(study: Specification, tables: kernels.MomentTables, returns: ReturnsPanel) -> IntArray:
    """Usable estimation sessions of every position, ``(N, T)``."""
    n, t = returns.returns.shape
    security, day0 = np.divmod(np.arange(n * t), max(t, 1))
    counts = np.zeros(n * t, dtype=np.int64)
    for part in estimation_parts(study):
        counts += kernels.count_valid(tables, security, day0 + part.start, part.length)
    return counts.reshape(n, t)


def _masked(
    study: Specification,
    aligned: alignment.Alignment,
    selected: BoolArray,
    returns: ReturnsPanel,
) -> FloatArray:
    """Returns without the event windows of any selected event of the market, for estimation only.

    A pair's own window ends after its estimation window, so leaving out all events leaves out the
    other ones.
    """
    out = returns.returns.copy()
    rows = np.flatnonzero(aligned.is_wanted & selected[aligned.event])
    wider = np.zeros(len(rows), dtype=np.int64)
    if study.ambiguous == "widen":
        unclear = aligned.frame["ambiguous"].to_numpy(dtype=bool)[rows]
        wider[unclear] = (aligned.latest - aligned.earliest)[rows][unclear]
    first = study.event_window.start - int(wider.max(initial=0))
    for tau in range(first, study.event_window.end + 1):
        column = aligned.day0[rows] + tau
        column[tau < study.event_window.start - wider] = -1
        inside = (column >= 0) & (column < returns.n_sessions[aligned.security[rows]])
        out[aligned.security[rows[inside]], column[inside]] = np.nan
    return out


def pair_labels(
    events: Events, markets: Sequence[Market], event: IntArray, security: IntArray
) -> pd.DataFrame:
    """Return the columns pairs ``(P,)`` can be grouped by: the event's own, and ``security``."""
    frame = events.frame.drop(columns=["markets"]).iloc[event].reset_index(drop=True)
    names = np.array([market.name for market in markets], dtype=object)
    return frame.assign(security=names[security])


def _mixed(data: Prepared, sample: Sample, labels: pd.DataFrame) -> pd.DataFrame:
    """Labels of pairs that stand for several events: `MIXED` where these differ."""
    pairs, others = sample.merged_events(data.aligned)
    events = data.events.frame
    changed = {}
    for name in labels.columns.drop(["event_id", "security"]) if pairs.size else ():
        code = pd.factorize(events[name])[0]
        differs = pairs[code[sample.event[pairs]] != code[others]]
        if differs.size:
            column = labels[name]
            if column.dtype.kind == "M":  # beside a word, a date is its text
                has_clock = column.dt.tz is not None
                column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if has_clock else "%Y-%m-%d")
            column = column.astype(object)
            column.iloc[differs] = MIXED
            changed[name] = column
    return labels.assign(**changed)


def _signs(data: Prepared, sample: Sample) -> FloatArray:
    study, events = data.study, data.events
    if study.sign == "none":
        return np.ones(len(sample.pair))
    if "expected_sign" not in events.frame.columns:
        raise SpecificationError(
            f'statistics.sign = "expected" needs a column expected_sign in {events.name}'
        )
    value = {"+": 1.0, "-": -1.0}
    signs = np.array([value.get(sign, 0.0) for sign in events.frame["expected_sign"]])
    of_pair = signs[sample.event]
    pairs, others = sample.merged_events(data.aligned)
    of_pair[pairs[of_pair[pairs] != signs[others]]] = 0.0
    return of_pair


def _event_rank(events: Events) -> IntArray:
    """Place of each event in time, so that no result depends on the order of the file."""
    known = events.frame["published_at"].dt.tz_localize(None)
    when = known.fillna(events.frame["date"])
    order = np.lexsort((events.frame["event_id"].to_numpy(dtype=str), when.to_numpy()))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank


def make_design(
    data: Prepared,
    sample: Sample,
    table: AbnormalReturns,
    progress: Callable[[int, int], None] | None = None,
) -> Design:
    """Pairs, and every position at which a placebo of them may fall."""
    study, events, returns, rows = data.study, data.events, data.returns, data.rows
    n, t = returns.returns.shape
    column = np.arange(t)
    inside = (column >= rows[0][:, None]) & (column <= rows[1][:, None])
    wanted: BoolArray = inside & (data.usable >= study.min_obs)
    if not study.draws:
        wanted = np.zeros_like(wanted)
    # A placebo of a widened or merged pair has its longer window, so each width has positions of
    # its own, in the markets that have such a pair.
    widths = np.union1d(sample.extension, [0])
    needed = np.zeros((len(widths), n), dtype=bool)
    needed[0] = True
    needed[np.searchsorted(widths, sample.extension), sample.security] = True
    estimation, event = study.estimation_window, study.event_window
    span = max(event.end, estimation.end) + 1
    span -= min(estimation.start, volatility_start(estimation, event))
    span += event.length**2 if study.model.rolling else 0
    cells = int((needed @ wanted.sum(axis=1)).sum()) * span
    if cells > _MAX_PLACEBO_CELLS:
        raise SpecificationError(
            f"placebo inference over {n} markets would estimate {int(wanted.sum()):,} positions, "
            "more than memory allows; set statistics.draws = 0, or study fewer markets at a time"
        )
    width, security, day0 = np.nonzero(needed[:, :, None] & wanted)
    positions = data.abnormal_at(security, day0, widths[width], progress=progress)
    index = np.full((len(widths), n, t), -1, dtype=np.int64)
    index[width, security, day0] = np.where(positions.fit.failed, -1, np.arange(len(security)))
    lookup, first = session_lookup(returns.dates)
    return Design(
        table=table,
        workings=_workings(study, returns, table),
        event=_event_rank(events)[sample.event],
        sign=_signs(data, sample),
        date=returns.dates[sample.security, sample.day0],
        placebo=PlaceboTable(
            table=positions,
            widths=widths,
            index=index,
            on_or_after=lookup,
            first_weekday=first,
            last_row=rows[1],
            first_row=rows[0] if study.estimation_window.start > study.event_window.end else None,
        ),
        placebo_workings=_workings(study, returns, positions),
        simple=study.kind == "simple",
        draws=study.draws,
        seed=study.seed,
        alternative=study.alternative,
        draws_from=study.draws_from,
    )


def _workings(study: Specification, returns: ReturnsPanel, table: AbnormalReturns) -> Workings:
    columns = table.day0[:, None] + study.estimation_window.taus
    inside = (columns >= 0) & (columns < returns.dates.shape[1])
    dates = returns.dates[table.security[:, None], np.where(inside, columns, 0)]
    dates[~inside] = np.datetime64("NaT", "D")
    return Workings(dates, table.residuals)


def _prices_shown(
    prices: PricePanel, markets: Sequence[Market], benchmark: Market | None
) -> pd.DataFrame:
    """Closes by date and market, inverse quotes turned; empty where returns were given."""
    frame = prices.frame()
    if prices.content != "prices":
        frame = frame.iloc[:0]
    shown = {}
    for market in [*markets, *([benchmark] if benchmark is not None else [])]:
        column, is_inverted = prices.locate(market)
        closes = frame.iloc[:, column]
        shown[market.name] = 1.0 / closes if is_inverted else closes
    return pd.DataFrame(shown, index=frame.index)
