"""The second model of a study, ``[model.beside]``: fitted on the pairs the first one has.

`prepare_beside` joins the same markets and events with its factors, `estimate_beside` takes the
abnormal returns of the same pairs, and `fit_beside` makes of both what tests are run on.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eventstudy import kernels
from eventstudy.estimation.groups import make_groups
from eventstudy.estimation.sample import check_loss
from eventstudy.exceptions import CoverageError
from eventstudy.execution.remade import Remade
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.evaluate import evaluate
from eventstudy.study.design import make_design
from eventstudy.study.estimation_sessions import regressors, usable_sessions, window_gaps
from eventstudy.study.fitted import Fitted
from eventstudy.study.frames import abnormal_frame
from eventstudy.study.joining import joined_returns, paired_sentences, say_errors, say_leads
from eventstudy.study.labels import sample_labels
from eventstudy.study.preparation import pairs_table
from eventstudy.study.spans import study_spans

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.estimation.sample import Sample
    from eventstudy.execution.workers import Workers
    from eventstudy.inference.draw_memory import DrawMemory
    from eventstudy.study.preparation import Prepared


def fit_beside(
    data: Prepared,
    sample: Sample,
    progress: Callable[[int, int], None] | None = None,
    *,
    strict: bool = False,
    workers: Workers = SERIAL,
    memory: DrawMemory | None = None,
) -> Fitted | None:
    """Return the second model fitted on the pairs of a study; None where it has no such model.

    Parameters
    ----------
    data, sample
        Of the study: its events, sessions and pairs.
    progress
        Called with placebo positions done and positions in all.
    strict
        As for `EventStudy.fit`.
    workers
        Who estimates what takes its time.
    memory
        Of the draws of the first model: pairs with the same admissible dates have the same draws.
    """
    joined = prepare_beside(data, strict=strict)
    if joined is None:
        return None
    pairs, table = estimate_beside(joined, sample, workers)
    design = make_design(joined, pairs, table, progress, workers=workers)
    return Fitted(
        labels=sample_labels(joined, pairs),
        data=joined,
        sample=pairs,
        made=Remade(design if memory is None else replace(design, memory=memory)),
    )


def frames_beside(beside: Fitted, workers: Workers = SERIAL) -> dict[str, pd.DataFrame]:
    """Return tests and abnormal returns of the second model, by the name of their frame."""
    study = beside.data.study
    names = ["event_id", "security"]
    pairs = beside.data.aligned.frame[names].iloc[beside.sample.pair]
    abnormal = abnormal_frame(beside.design.table, pairs, [])
    groups = make_groups(beside.labels, study.by)
    windows = [(window, "car") for window in study.car_windows]
    statistics = evaluate(beside.design, groups, windows, study.statistics, workers=workers)
    return {
        "statistics_beside": statistics,
        "abnormal_returns_beside": abnormal[[*names, "tau", "abnormal_return"]],
    }


def prepare_beside(data: Prepared, *, strict: bool = False) -> Prepared | None:
    """Join the same markets and events with the factors of the second model; None without one.

    Errors that the checks of its benchmark find are said as `prepare` says them.
    """
    study, setting = data.study.second, data.beside
    if study is None or setting is None:
        return None
    spans = study_spans(study, setting, data.aligned, data.selected)
    returns = joined_returns(study, data.prices, setting, spans)
    paired = paired_sentences(study, data.prices, setting, returns)
    checks = returns.checks
    new = checks[~checks["security"].isin(data.returns.checks["security"])]
    say_errors(new, strict=strict, calls=7)
    say_leads(study.model, calls=7)
    # What estimation must not see is the same, as sessions and events are.
    tables = kernels.moment_tables(data.masked, regressors(study, returns)[0])
    return replace(
        data,
        study=study,
        setting=replace(setting, assumed=(*setting.assumed, *paired)),
        returns=replace(returns, checks=new),
        tables=tables,
        usable=usable_sessions(study, tables, returns),
        gaps=window_gaps(study, setting, returns),
        beside=None,
    )


def estimate_beside(
    data: Prepared, sample: Sample, workers: Workers = SERIAL
) -> tuple[Sample, AbnormalReturns]:
    """Take the abnormal returns of pairs already chosen; the sample lists those it loses.

    `CoverageError` where the second model loses more of them than the study allows.
    """
    count = data.usable[sample.security, sample.day0]
    few = f"fewer than min_obs = {data.study.min_obs} usable estimation sessions"
    sample = replace(sample, lost=sample.lost[:0], dropped=sample.dropped.iloc[:0])
    sample = sample.without(count < data.study.min_obs, "model.beside", few, data.aligned)
    if data.gaps is not None:
        gaps = data.gaps.count(sample.security, sample.day0, sample.extension)
        missing = "a session of the event window missing (sample.complete_windows = true)"
        sample = sample.without(gaps > 0, "model.beside", missing, data.aligned)
    _check_loss(sample, data.study.max_loss)
    table = pairs_table(data, sample, workers)
    failed = table.fit.failed
    if failed.any():
        sample = sample.without(failed, "model.beside", table.fit.failure, data.aligned)
        _check_loss(sample, data.study.max_loss)
        table = pairs_table(data, sample, workers)
    return sample, table


def _check_loss(sample: Sample, max_loss: float) -> None:
    try:
        check_loss(sample, max_loss)
    except CoverageError as error:
        raise error.under("model.beside") from error
