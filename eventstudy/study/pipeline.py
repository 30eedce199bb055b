"""From a specification and data to results: the stages of a study, in order."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.analyses.confounding import confounding
from eventstudy.estimation.groups import make_groups, same_pairs
from eventstudy.events.table import event_rank
from eventstudy.execution.remade import Remade
from eventstudy.execution.workers import SERIAL
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.multiple_testing import MOST_TESTED
from eventstudy.io.memory import memory_limit
from eventstudy.io.timestamp_columns import midnights
from eventstudy.log import LOG
from eventstudy.study import frames
from eventstudy.study.beside import fit_beside, frames_beside
from eventstudy.study.by_convention import convention_facts, conventions_frame
from eventstudy.study.cost import cost_of_tests
from eventstudy.study.design import make_design
from eventstudy.study.estimation_sessions import regressors
from eventstudy.study.first_screen import StudyAnswers
from eventstudy.study.fitted import (
    Fitted,
    activity_of,
    cross_section_of,
    joint_grouping,
    joint_of,
)
from eventstudy.study.labels import sample_labels
from eventstudy.study.manifest import beside_facts, study_manifest
from eventstudy.study.pieces import TOLD, Pieces, frames_of, is_few
from eventstudy.study.preparation import estimate, prepare
from eventstudy.study.results import EventStudyResults
from eventstudy.study.treated import treated_pairs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Progress
    from eventstudy.estimation.groups import Group
    from eventstudy.estimation.sample import Sample
    from eventstudy.events.table import Events
    from eventstudy.execution.workers import Workers
    from eventstudy.inference.design import Design
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification

_NOT_EACH = (
    f"above {MOST_TESTED} markets no placebo test of each of them is made; "
    "test_family() of the results makes them"
)

_COMPARED = ("contrasts", "contrasts_beside", "ranges")


def run_study(
    study: Specification,
    events: Events,
    prices: PricePanel,
    progress: Progress,
    *,
    strict: bool = False,
    workers: Workers = SERIAL,
    answered: Callable[[StudyAnswers], object] | None = None,
) -> EventStudyResults:
    """Fit `study` on the data; see `EventStudy.fit`."""
    progress("aligning news and sessions", 0, 1)
    data = prepare(study, events, prices, strict=strict)
    events = data.events  # with the study's markets
    progress("estimating normal returns", 0, 1)
    sample, table = estimate(data, workers)
    LOG.info(
        "joined %d events with %d markets: %d pairs, %d dropped; model %s",
        len(events), len(data.setting.securities), len(sample.pair), len(sample.dropped),
        study.model.name,
    )  # fmt: skip
    design = make_design(
        data,
        sample,
        table,
        lambda n, of: progress("estimating placebo dates", n, of),
        say=lambda cost: progress(f"placebo dates need {cost}", 0, 1),
        workers=workers,
    )
    if study.beside is not None:
        progress("estimating the model beside", 0, 1)
    beside = fit_beside(
        data,
        sample,
        lambda n, of: progress("estimating placebo dates of the model beside", n, of),
        strict=strict,
        workers=workers,
        memory=design.memory,
    )
    labels = sample_labels(data, sample)
    groups = make_groups(labels, study.by)
    windows = study.windows()
    fitted = Fitted(labels=labels, data=data, sample=sample, made=Remade(design))
    # Before the draws, which take long: the events may lack a column these need.
    regressed = cross_section_of(fitted, study.cross_section)
    jointly = _jointly(fitted) if study.overlap == "joint" else pd.DataFrame()
    cost = cost_of_tests(
        groups=len(groups),
        pairs=sum(len(group.pairs) for group in groups),
        windows=len(windows),
        tests=len(study.statistics),
        draws=study.draws,
        scenarios=1 if beside is None else 2,
    )
    workers = workers.for_work(cost.seconds, cost.n_bytes, memory_limit())
    if study.contrast:
        progress("comparing kinds of events", 0, 1)
    has_placebo = "placebo" in study.statistics and study.draws > 0
    pieces = Pieces.of(
        fitted, beside, "placebo" if "placebo" in study.statistics else study.statistics[0]
    )
    is_each = is_few(design)
    several = workers if (study.contrast or has_placebo) and is_each else SERIAL
    # What somebody waits for comes first, no more of it than is told, and before processes start.
    told = (
        frames_of(pieces, _COMPARED, several)
        if answered is None
        else frames_of(pieces, (*TOLD, "ranges"), SERIAL)
    )
    first = _untested(pieces, groups, prices, () if is_each or not has_placebo else (_NOT_EACH,))
    first |= {"cross_section": regressed, "joint": jointly}
    if answered is not None:
        _tell(first, told, answered)
    done = 0

    def step(number: int) -> None:
        nonlocal done
        done += number
        progress("testing against placebo dates", done, len(groups))

    progress("testing against placebo dates", 0, len(groups))
    statistics = evaluate(design, groups, windows, study.statistics, progress=step, workers=workers)
    second: dict[str, pd.DataFrame] = {}
    if beside is not None:
        progress("testing the model beside", 0, 1)
        second = frames_beside(beside, workers)
        progress("testing the model beside", 1, 1)
    if study.activity is not None:
        progress("measuring volatility and volume", 0, 1)
    measured = activity_of(fitted, groups, study.car_windows, study.activity)
    progress("answering further questions", 0, 1)
    pieces = replace(
        pieces,
        statistics=statistics,
        statistics_beside=second.get("statistics_beside", pd.DataFrame()),
    )
    # The longest first, so that no process waits for another in the end.
    names = ("family", *_COMPARED, "anticipation", "heatmap", "heatmap_beside")
    further = frames_of(pieces, [name for name in names if name not in told], several)
    first |= {name: frame for name, frame in told.items() if name not in TOLD}
    return EventStudyResults(
        **(first | second | further),
        statistics=statistics,
        statistics_conventions=conventions_frame(
            data, sample, design, groups, windows, study.conventions
        ),
        activity=measured,
        caar=frames.caar_frame(design, groups),
        fitted=fitted,
    )


def _jointly(fitted: Fitted) -> pd.DataFrame:
    """Return the regression of overlapping events."""
    study = fitted.data.study
    return joint_of(fitted, joint_grouping(fitted, study.by), study.car_windows)


def _tell(
    first: dict[str, Any],
    told: dict[str, pd.DataFrame],
    answered: Callable[[StudyAnswers], object],
) -> None:
    """Give the answers to whoever waits for them, where there are any without tests."""
    known = first | {TOLD.get(name, name): frame for name, frame in told.items()}
    known |= {name: pd.DataFrame() for name in ("statistics", "caar", "heatmap")}
    answers = StudyAnswers(**known)
    if answers.is_answered:
        answered(answers)


def _untested(
    pieces: Pieces, groups: Sequence[Group], prices: PricePanel, left_out: tuple[str, ...]
) -> dict[str, Any]:
    """Return the frames and the manifest that no test of a group is needed for."""
    fitted, beside, design = pieces.fitted, pieces.beside, pieces.fitted.design
    data, sample, study = fitted.data, fitted.sample, fitted.data.study
    events, table, setting = data.events, design.table, data.setting
    pairs = data.aligned.frame[["event_id", "security"]].iloc[sample.pair]
    copies = same_pairs(groups)
    return {
        "confounding": confounding(
            events.frame,
            event=sample.event,
            security=sample.security,
            day0=sample.day0,
            extension=sample.extension,
            window=study.event_window,
            rank=event_rank(events),
        ),
        "abnormal_returns": frames.abnormal_frame(table, pairs, regressors(study, data.returns)[1]),
        "car": frames.car_frame(table, pairs, study.car_windows, simple=design.simple),
        "models": frames.models_frame(table, pairs, setting.benchmarks_of(table.security)),
        "alignment": data.aligned.frame,
        "dropped": _dropped(data, sample),
        "checks": _checks(data, beside),
        "events": events.frame.assign(markets=[";".join(m) for m in events.frame["markets"]]),
        "prices": _prices_shown(prices, data.shown),
        "manifest": study_manifest(study, events, prices, setting, data.returns, data.shown)
        | _placebo_fallback(design)
        | ({"same_pairs": copies} if copies else {})
        | _said(data, beside, left_out)
        | ({"caveats": [asdict(caveat) for caveat in events.caveats]} if events.caveats else {}),
        "treated": pd.concat(
            [treated_pairs(data, table, pairs), *_lost_beside(beside)], ignore_index=True
        ),
    }


def _dropped(data: Prepared, sample: Sample) -> pd.DataFrame:
    """Return the pairs that were dropped, those whose security has no prices first."""
    if data.unpriced is None or data.unpriced.empty:
        return sample.dropped
    return pd.concat([data.unpriced, sample.dropped], ignore_index=True)


def _said(data: Prepared, beside: Fitted | None, left_out: tuple[str, ...]) -> dict[str, object]:
    """Return what was assumed and left out, of both models, and what the second one is beyond."""
    facts: dict[str, object] = {}
    assumed = (*data.assumed, *left_out)
    if beside is not None:
        facts["beside"] = beside_facts(beside.data.setting, beside.data.returns)
        assumed = tuple(dict.fromkeys((*assumed, *beside.data.setting.assumed)))
    facts |= convention_facts(data.study.conventions)
    return facts | ({"assumed": list(assumed)} if assumed else {})


def _checks(data: Prepared, beside: Fitted | None) -> pd.DataFrame:
    """Return what is odd about the prices, those of the second model's benchmark, too."""
    if beside is None or beside.data.returns.checks.empty:
        return data.returns.checks
    return pd.concat([data.returns.checks, beside.data.returns.checks], ignore_index=True)


def _lost_beside(beside: Fitted | None) -> list[pd.DataFrame]:
    """Return the pairs the second model could not estimate, as the only one of a list."""
    if beside is None or beside.sample.dropped.empty:
        return []
    lost = beside.sample.dropped
    return [lost.assign(reason="not in the results of the second model: " + lost["reason"])]


def _placebo_fallback(design: Design) -> dict[str, object]:
    """Return how many placebo positions were estimated by least squares instead, where any were."""
    fit = design.placebo.table.fit
    count = 0 if fit.fallback is None else int(fit.fallback.sum())
    if not count:
        return {}
    facts = {"positions": count, "of": len(fit.sigma), "reason": fit.fallback_reason}
    return {"placebo_fallback": facts}


def _prices_shown(prices: PricePanel, markets: Sequence[MarketSeries]) -> pd.DataFrame:
    """Closes by date and market, inverse quotes turned; empty where returns were given."""
    shown = {series.name: series for series in markets}
    if prices.content != "prices":
        return pd.DataFrame(
            np.empty((0, len(shown))),  # without it pandas makes thousands of columns one by one
            columns=list(shown),
            index=pd.DatetimeIndex(midnights(np.empty(0, "datetime64[D]")), name="date"),
        )
    frame = prices.frame()
    closes = frame.to_numpy()[:, [series.column for series in shown.values()]]
    is_inverted = np.array([series.is_inverted for series in shown.values()], dtype=bool)
    closes[:, is_inverted] = 1.0 / closes[:, is_inverted]
    return pd.DataFrame(closes, index=frame.index, columns=list(shown))
