"""The stages of a fit before any test: events aligned, returns joined, abnormal returns estimated.

`prepare` gives `Prepared`, the data joined in time; `estimate` its sample and abnormal returns.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from eventstudy import kernels
from eventstudy.analyses.activity import ActivityData
from eventstudy.analyses.joint_markets import JointData
from eventstudy.estimation.abnormal import AbnormalReturns, abnormal_returns
from eventstudy.estimation.sample import Sample, build_sample, check_loss, covered_rows
from eventstudy.events import alignment
from eventstudy.events.event_pairs import lists_named_only
from eventstudy.events.identity import known_names, with_markets
from eventstudy.events.table import event_rank
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.models import EstimationSample
from eventstudy.study.alike_values import alike_sentences
from eventstudy.study.by_date import (
    lacking_dates,
    lacking_sentences,
    placed_by_date,
    timed_pairs,
)
from eventstudy.study.cost import check_lengths, check_pairs, check_series
from eventstudy.study.estimation_sessions import (
    estimation_dates,
    estimation_parts,
    masked_returns,
    regressors,
    usable_sessions,
    window_gaps,
)
from eventstudy.study.expected_signs import without_unsigned
from eventstudy.study.joining import joined_returns, paired_sentences, say_errors, say_leads
from eventstudy.study.setting import Setting, make_setting
from eventstudy.study.spans import date_span, study_spans
from eventstudy.study.study_markets import (
    EVENTS,
    check_event_markets,
    markets_sentences,
    refuse_none,
    study_markets,
    unlisted_sentences,
    unpriced_pairs,
)
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.estimation.gaps import WindowGaps
    from eventstudy.events.table import Events
    from eventstudy.execution.workers import Workers
    from eventstudy.models import NormalReturnModel
    from eventstudy.prices.checks import StudySpan
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.study.specification import Specification


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
    gaps : missing sessions of event windows, where they must be complete
    beside : markets and calendars of the second model; None without one
    unpriced : pairs of events and securities without prices, as `unpriced_pairs` lists them; None
        where they are counted elsewhere
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
    gaps: WindowGaps | None = None
    beside: Setting | None = None
    unpriced: pd.DataFrame | None = None

    @property
    def shown(self) -> tuple[MarketSeries, ...]:
        """The study's markets and the benchmarks of its models, each once."""
        beside = () if self.beside is None else self.beside.with_benchmark
        series = {each.name: each for each in (*self.setting.with_benchmark, *beside)}
        return tuple(series.values())

    @property
    def assumed(self) -> tuple[str, ...]:
        """What reading events, prices and markets assumed, a sentence each."""
        said = (*self.events.assumed, *self.prices.assumed, *self.setting.assumed)
        return tuple(dict.fromkeys(said))

    def abnormal_at(
        self,
        security: IntArray,
        day0: IntArray,
        extension: IntArray,
        *,
        progress: Callable[[int, int], None] | None = None,
        workers: Workers = SERIAL,
        with_residuals: bool = True,
    ) -> AbnormalReturns:
        """Fit the model at any positions and take their abnormal returns.

        Without residuals the sessions of the estimation window are summed and not looked at one by
        one: `residuals` and `volatility` then mean nothing.
        """
        study = self.study
        return abnormal_returns(
            study.model,
            self.returns,
            self.estimation_sample(security, day0, progress=progress, workers=workers),
            day0=day0,
            # A path that starts right before the event window has no session of the estimation.
            estimation=study.estimation_window
            if with_residuals
            else Window(study.event_window.start - 1, study.event_window.start - 1),
            event=study.event_window,
            extension=extension,
            volatility=study.volatility,
        )

    def estimation_sample(
        self,
        security: IntArray,
        day0: IntArray,
        *,
        progress: Callable[[int, int], None] | None = None,
        workers: Workers = SERIAL,
    ) -> EstimationSample:
        """Return the estimation windows of any positions."""
        study = self.study
        window, used = study.estimation_window, estimation_parts(study)
        return EstimationSample(
            returns=self.masked,
            factors=regressors(study, self.returns)[0],
            tables=self.tables,
            security=security,
            first=day0 + window.start,
            length=window.end - window.start + 1,
            parts=tuple((p.start - window.start, p.end - window.start + 1) for p in used),
            progress=progress,
            workers=workers,
        )

    def of_events(self, events: Events, selected: BoolArray, *, only_named: bool) -> Prepared:
        """Return the same data for other events, with the study's markets.

        With `only_named` no pair is listed whose event is not about the market.
        """
        aligned = align_events(
            self.study, events, self.setting, self.beside, selected=selected, only_named=only_named
        )
        return replace(self, events=events, selected=selected, aligned=aligned)

    @property
    def pair_counts(self) -> tuple[int, BoolArray, IntArray]:
        """Pairs not listed, events that have a pair ``(E,)``, pairs with a time by market."""
        aligned, events = self.aligned, self.events
        has_pair = np.bincount(aligned.event, minlength=len(events)) > 0
        n_timed = timed_pairs(events, aligned, self.selected, len(self.setting.securities))
        return aligned.n_unlisted, has_pair, n_timed

    def saying(
        self, events: Events, n_unlisted: int, has_pair: BoolArray, n_timed: IntArray
    ) -> Prepared:
        """Return the same data with what is to be said of the pairs of all `events`."""
        study, setting = self.study, self.setting
        said = (
            *setting.assumed,
            *unlisted_sentences(study, events, n_unlisted, has_pair),
            *alike_sentences(study, events, setting.attributes),
            *placed_by_date(study, setting, n_timed),
            *paired_sentences(study, self.prices, setting, self.returns),
            *lacking_sentences([lacking_dates(study, setting, self.returns)]),
        )
        return replace(self, setting=replace(setting, assumed=said))

    def joint_data(self, sample: Sample) -> JointData:
        """Return what a joint regression of the pairs is run on."""
        study, returns = self.study, self.returns
        used = np.zeros(returns.returns.shape, dtype=bool)
        spans = [(part.start, part.end, True) for part in estimation_parts(study)]
        most_extension = int(sample.extension.max(initial=0))
        spans.append((study.event_window.start - most_extension, study.event_window.end, False))
        for start, end, is_estimation in spans:
            for tau in range(start, end + 1):
                column = sample.day0 + tau
                inside = (column >= 0) & (column < returns.n_sessions[sample.security])
                if not is_estimation:
                    inside &= tau >= study.event_window.start - sample.extension
                row, column = sample.security[inside], column[inside]
                if is_estimation:  # what estimation must not see stays out
                    is_seen = np.isfinite(self.masked[row, column])
                    row, column = row[is_seen], column[is_seen]
                used[row, column] = True
        is_given = study.model.is_given
        adjusted = is_given and bool(study.model.factors)
        factors = regressors(study, returns)[0]
        return JointData(
            names=returns.names,
            returns=returns.returns - factors[..., 0] if adjusted else returns.returns,
            dates=returns.dates,
            regressors=factors[..., :0] if adjusted else factors,
            intercept=not is_given,
            sample=used,
            event=event_rank(self.events)[sample.event],
            security=sample.security,
            day0=sample.day0,
            extension=sample.extension,
            event_window=study.event_window,
        )

    def activity_data(self) -> ActivityData:
        """Return what measures of volatility and volume need of this study."""

        def refitted(
            model: NormalReturnModel, returns: ReturnsPanel, masked: FloatArray
        ) -> Callable[[IntArray, IntArray, IntArray], AbnormalReturns]:
            return replace(
                self,
                study=replace(self.study, model=model, volatility="ewma"),
                returns=returns,
                masked=masked,
                tables=kernels.moment_tables(masked, returns.factors),
            ).abnormal_at

        return ActivityData(
            prices=self.prices,
            securities=self.setting.securities,
            benchmark=self.setting.only_factor,
            returns=self.returns,
            masked=self.masked,
            min_obs=self.study.min_obs,
            refitted=refitted,
            dependence_of=self.dependence_of,
        )

    def dependence_of(self, table: AbnormalReturns) -> ResidualDependence:
        """Return how the residuals of a table of positions of this study depend on each other."""
        dates = estimation_dates(self.study, self.returns, table)
        return ResidualDependence(dates, table.residuals)


def prepare(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    strict: bool = False,
    among: BoolArray | None = None,
) -> Prepared:
    """Align news and sessions and join prices in time.

    An error among the data checks is an `EventStudyWarning`, or, if `strict`, a `DataError`. Where
    only some events, those `among` ``(E,)``, are to be aligned for now, the checks look at all
    rows of the prices, and what `Prepared.saying` says is left to who has counted all pairs.
    """
    names = study_markets(study, events, prices)
    setting = make_setting(study, events, prices, names)
    second = study.second
    beside = None
    if second is not None:
        beside = make_setting(second, events, prices, names, table="model.beside")
    known = known_names(setting.markets, names, prices.names)
    events = with_markets(events, known, len(setting.markets))
    selected = selected_events(study, events)
    check_event_markets(study, events, prices, selected)
    only_named, whole = lists_only_named(study, len(events), len(setting.markets)), events
    if among is not None:
        events, selected = events.take(among), selected[among]
    aligned = align_events(study, events, setting, beside, selected=selected, only_named=only_named)
    unpriced = unpriced_pairs(study, whole, prices)
    said = (*setting.assumed, *markets_sentences(study, names, whole, unpriced))
    setting = replace(setting, assumed=said)
    spans = None if among is not None else study_spans(study, setting, aligned, selected)
    data = join_markets(
        study, events, prices, setting, selected=selected, aligned=aligned, spans=spans
    )
    say_errors(data.returns.checks, strict=strict)
    say_leads(study.model)
    data = replace(data, beside=beside, unpriced=unpriced)
    return data if among is not None else data.saying(events, *data.pair_counts)


def join_markets(
    study: Specification,
    events: Events,
    prices: PricePanel,
    setting: Setting,
    *,
    selected: BoolArray,
    aligned: alignment.Alignment,
    spans: Mapping[str, StudySpan] | None = None,
    is_checked: bool = True,
) -> Prepared:
    """Join the prices of a study's markets in time with the factors of its model.

    The checks, unless they are not asked for, look at the sessions in `spans`, by market; at every
    row without.
    """
    parts = [("windows.estimation", part) for part in study.estimation_window.parts]
    longest = max(map(len, prices.dates), default=0)
    check_lengths([*parts, ("windows.event", study.event_window)], longest)
    check_series(len(setting.securities), longest)
    returns = joined_returns(study, prices, setting, spans, is_checked=is_checked)
    masked = returns.returns
    if study.mask_events:
        masked = masked_returns(study, aligned, selected, returns)
    if not study.min_obs:  # the same for every pair: a variance where there happens to be one
        masked = np.full_like(masked, np.nan)  # would standardise some of them only
    tables = kernels.moment_tables(masked, regressors(study, returns)[0])
    rows = [date_span(prices.dates[series.column]) for series in setting.securities]
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
        usable=usable_sessions(study, tables, returns),
        rows=covered_rows(returns, rows),
        gaps=window_gaps(study, setting, returns),
    )


def choose_pairs(data: Prepared) -> Sample:
    """Return the pairs a study keeps, before any model is estimated, and those it drops."""
    study = data.study
    sample = build_sample(
        data.aligned,
        data.returns,
        selected=data.selected,
        rows=data.rows,
        usable=data.usable,
        event_window=study.event_window,
        event_rank=event_rank(data.events),
        min_obs=study.min_obs,
        ambiguous=study.ambiguous,
        overlap=study.overlap,
        gaps=data.gaps,
    )
    return without_unsigned(study, data.events, sample, data.aligned)


def estimate(data: Prepared, workers: Workers = SERIAL) -> tuple[Sample, AbnormalReturns]:
    """Choose the pairs and take their abnormal returns; what is lost is listed in the sample."""
    study = data.study
    sample = choose_pairs(data)
    check_loss(sample, study.max_loss)
    _check_gap(data, sample)
    table = pairs_table(data, sample, workers)
    if table.fit.failed.any():
        sample = sample.without(
            table.fit.failed,
            "model",
            table.fit.failure,
            data.aligned,
        )
        check_loss(sample, study.max_loss)
        table = pairs_table(data, sample, workers)
    return sample, table


def lists_only_named(study: Specification, n_events: int, n_markets: int) -> bool:
    """Whether no pair of a study is listed whose event is not about the market."""
    return study.markets == EVENTS or lists_named_only(n_events, n_markets)


def align_events(
    study: Specification,
    events: Events,
    setting: Setting,
    beside: Setting | None = None,
    *,
    selected: BoolArray,
    only_named: bool,
) -> alignment.Alignment:
    """Place events on the sessions of the study's markets."""
    benchmark = setting.benchmark
    if benchmark is None and beside is not None:
        benchmark = beside.benchmark
    return alignment.align(
        events,
        setting.markets,
        setting.calendars,
        date_only=study.date_only,
        cutoff_minutes=study.cutoff_minutes,
        event_window=study.event_window,
        benchmark=None if benchmark is None else (benchmark.market, benchmark.calendar),
        selected=selected,
        widen=study.ambiguous == "widen",
        only_named=only_named,
    )


def pairs_table(data: Prepared, sample: Sample, workers: Workers = SERIAL) -> AbnormalReturns:
    """Return the abnormal returns of the pairs of a sample.

    Raises
    ------
    SpecificationError
        They need more memory than there is.
    """
    estimation, event = data.study.estimation_window, data.study.event_window
    check_pairs(len(sample.security), estimation.length + event.length)
    return data.abnormal_at(sample.security, sample.day0, sample.extension, workers=workers)


def selected_events(study: Specification, events: Events) -> BoolArray:
    """Return the events a study asks for; a value of its selection that none has is said."""
    selection = dict(study.select)
    selected = events.select(selection)
    refuse_none(study, events, selected)
    absent = events.unmatched(selection)
    for sentence in absent:
        warnings.warn(f"events.select: {sentence}", EventStudyWarning, stacklevel=6)
    return selected


def _check_gap(data: Prepared, sample: Sample) -> None:
    """Refuse windows that widening or merging moves into the pair's own estimation window."""
    study = data.study
    widest = int(sample.extension.max(initial=0))
    before = study.estimation_window.parts[0].end
    if before < study.event_window.start and study.event_window.start - widest <= before:
        if study.overlap == "merge":
            raise SpecificationError(_longest_chain(data, sample)).at(key="events.overlap")
        raise SpecificationError(
            f'events.ambiguous = "widen" starts windows up to {widest} sessions earlier, which '
            f"reaches windows.estimation {study.estimation_window}; end it at least {widest + 1} "
            f"sessions before windows.event {study.event_window}",
            key="events.ambiguous",
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
