"""Abnormal volatility and volume: whether event sessions varied more, or traded more, than others.

Abnormal range and volume are abnormal returns of another series: the logarithm of the range
estimator, or of the volume, less its normal level. So they are estimated and tested by the models,
windows and statistics of the study, placebo dates included, and so are squared abnormal returns.
The cross-sectional variance of Bialkowski, Gottschalk and Wisniewski belongs to a group and not to
a pair, and is tested here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy._typing import TIE
from eventstudy.estimation.abnormal import cumulate
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.design import (
    GroupCache,
    cumulate_both,
    gather_evidence,
    pair_structure,
)
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.event_variance import known_scale, squared, variance_ratio
from eventstudy.inference.evidence import grouped_means
from eventstudy.inference.moments import moments, ratio_t
from eventstudy.inference.placements import MIN_PLACEMENTS
from eventstudy.inference.pvalues import (
    normal_pvalue,
    rank_pvalue,
    student_pvalue,
    two_tailed_pvalue,
)
from eventstudy.models import ConstantMean, MarketModel
from eventstudy.prices.ranges import Bars, bars_on_sessions
from eventstudy.text import counted, listed, unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import Alternative, BoolArray, FloatArray, IntArray
    from eventstudy.analyses.requests import Activity
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.inference.dependence import ResidualDependence
    from eventstudy.inference.design import Design, Gathered
    from eventstudy.models import NormalReturnModel
    from eventstudy.prices.market_series import MarketSeries
    from eventstudy.prices.panel import PricePanel
    from eventstudy.prices.returns import ReturnsPanel
    from eventstudy.windows import Window


COLUMNS = (
    "group", "measure", "window_start", "window_end", "name", "estimate", "std_error", "statistic",
    "df", "pvalue", "n_pairs", "n_events", "n_dates", "n_days", "note",
)  # fmt: skip

_VARIANCE = ("bft_chi2", "portfolio_t", "placebo")
_PER_PAIR = ("cross_sectional_t", "portfolio_t", "placebo")
_SQUARES = ("cross_sectional_t", "portfolio_t")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ActivityData:
    """What measures of volatility and volume need of a study's data.

    Attributes
    ----------
    prices : with their open, high, low and volume
    securities : the study's markets, in the order of the panel's rows
    benchmark : the only factor of the study's model, None where there is no such one
    returns : of every market on its own sessions, with the factors of the model
    masked : ``(N, T)`` the same returns, without what estimation must not see
    min_obs : fewest usable estimation sessions of a pair
    refitted
        Takes a model, a panel and its masked values; returns a function that takes security,
        day 0 and extension of pairs and returns their abnormal returns in the study's windows.
    dependence_of : the residual dependence of a table of positions of this study
    """

    prices: PricePanel
    securities: tuple[MarketSeries, ...]
    benchmark: MarketSeries | None
    returns: ReturnsPanel
    masked: FloatArray
    min_obs: int
    refitted: Callable[
        [NormalReturnModel, ReturnsPanel, FloatArray],
        Callable[[IntArray, IntArray, IntArray], AbnormalReturns],
    ]
    dependence_of: Callable[[AbnormalReturns], ResidualDependence]


def activity(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[Window],
    request: Activity,
    *,
    data: ActivityData,
) -> pd.DataFrame:
    """Test every group for abnormal volatility and volume in every window.

    `SpecificationError` where the design does not keep the sessions of its placebo positions.

    Parameters
    ----------
    design
        Of the study; signs play no part, since volatility and volume have no direction.
    groups, windows
        From `eventstudy.estimation.groups.make_groups`, and inside the event window.
    request
        Measures and the model of volume.
    data
        The study's data: prices with their open, high, low and volume, and the estimation windows
        a series is modelled in.

    Returns
    -------
    One row a group, measure, window and test: group, measure (``volatility``, ``beaver``,
    ``parkinson``, ``garman_klass``, ``volume``), window_start, window_end, name, estimate,
    std_error, statistic, df, pvalue, n_pairs, n_events, n_dates, n_days, note. The estimate
    is cumulated over the window: for ``volatility`` and ``beaver`` the sum over its sessions of the
    variance ratio less 1 (0.5 in one session: half as much variance again), for the others of
    log-differences (0.1: about a tenth more). A measure the prices do not have is a row whose note
    says so.

    Notes
    -----
    `portfolio_t` and `placebo` allow for pairs that share dates; the other tests take pairs for
    independent. The placebo of ``volatility`` and ``beaver`` ranks `known_scale`: event sessions
    against what was known the day before, and not against the estimation window. Sources:
    docs/methods.md, section 8.
    """
    if design.placebo.estimates is not None:
        raise SpecificationError(
            "volatility and volume need the sessions of every placebo position, which a study of "
            "so many does not keep; ask for [activity] in the study itself, on fewer markets"
        ).at(key="activity")
    neutral = replace(design, sign=np.ones_like(design.sign), simple=False)
    bars = bars_on_sessions(data.prices, data.securities, data.returns, data.benchmark)
    frames = []
    for measure in request.measures:
        if measure == "volatility":
            frames.append(_cross_sectional_variance(neutral, groups, windows))
        elif measure == "beaver":
            squared = _squared_design(neutral, data)
            frames.append(_patell_u(squared, groups, windows))
            frames.append(_per_pair(squared, groups, windows, measure, names=_SQUARES))
            frames.append(_squares_placebo(neutral, groups, windows))
        else:
            series = ("parkinson", "garman_klass") if measure == "range" else ("volume",)
            for name in series:
                series_design, notes = _series_design(
                    neutral, name, bars, data, request.volume_model
                )
                frames.append(_per_pair(series_design, groups, windows, name, notes))
    rows = pd.concat(frames, ignore_index=True)
    group_rank = {group.label: at for at, group in enumerate(groups)}
    names = list(dict.fromkeys(rows["measure"]))
    rank = pd.DataFrame(
        {
            "measure": rows["measure"].map(names.index),
            "group": rows["group"].map(group_rank),
            "start": rows["window_start"],
            "end": rows["window_end"],
        }
    )
    sorted_rows = rank.sort_values(["group", "measure", "start", "end"], kind="stable").index
    return rows.loc[sorted_rows, list(COLUMNS)].reset_index(drop=True)


# ---------------------------------------------------------------- a value a pair: the study's tests


def _per_pair(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[Window],
    measure: str,
    pair_notes: _PairNotes | None = None,
    *,
    names: Sequence[str] = _PER_PAIR,
) -> pd.DataFrame:
    """Test a series with one value per pair and session by the study's own statistics."""
    rows = evaluate(design, groups, [(window, "car") for window in windows], names)
    rows = rows.assign(measure=measure)
    if pair_notes is None:
        return rows
    notes = []
    pairs_of = {group.label: group.pairs for group in groups}
    for group, note, n in zip(rows["group"], rows["note"], rows["n_pairs"], strict=True):
        pairs = pairs_of[group]
        n_lost = len(pairs) - n
        lost = listed(
            list(dict.fromkeys(pair_notes.lost[pair] for pair in pairs if pair_notes.lost[pair]))
        )
        if not n and lost:
            notes.append(unavailable(lost))
            continue
        left = f"{counted(n_lost, 'pair')} left out" if n_lost else ""
        left += f": {lost}" if n_lost and lost else ""
        zeros = dict.fromkeys(pair_notes.zeros[pair] for pair in pairs if pair_notes.zeros[pair])
        notes.append("; ".join(sentence for sentence in (note, left, *zeros) if sentence))
    return rows.assign(note=notes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _PairNotes:
    """One sentence per pair ``(P,)``, empty where there is nothing to say.

    `lost` says why the pair has no value, `zeros` how many zero sessions of its market are missing.
    """

    lost: list[str]
    zeros: list[str]


def _series_design(
    design: Design, name: str, bars: Bars, data: ActivityData, volume_model: str
) -> tuple[Design, _PairNotes]:
    """Return the study with the log of another series in place of returns, and notes on pairs.

    A pair without ``min_obs`` estimation sessions of that series has no abnormal value.
    """
    returns, min_obs = data.returns, data.min_obs
    values = bars.values[name]
    factors = np.empty((*values.shape, 0))
    model: ConstantMean | MarketModel = ConstantMean()
    unavailable = ""
    if name == "volume" and volume_model == "market_model":
        model = MarketModel()
        if bars.market_volume is None:
            unavailable = "the benchmark has no volume to model others by"
            factors = np.full((*values.shape, 1), np.nan)
        else:
            factors = bars.market_volume[..., None]
    is_masked = np.isfinite(returns.returns) & ~np.isfinite(data.masked)
    unmasked = np.where(is_masked, np.nan, values)
    panel = replace(returns, returns=values, factors=factors, factor_names=model.factors)
    abnormal_at = data.refitted(model, panel, unmasked)

    def fit(table: AbnormalReturns) -> tuple[AbnormalReturns, BoolArray]:
        refitted = abnormal_at(table.security, table.day0, table.extension)
        failed = refitted.fit.failed | (refitted.fit.n_obs < min_obs)
        abnormal = np.where(failed[:, None], np.nan, refitted.abnormal)
        return replace(refitted, abnormal=abnormal), failed

    table, failed = fit(design.table)
    drawn, drawn_failed = fit(design.placebo.table)
    index = design.placebo.index
    if drawn_failed.any():
        index = np.where((index >= 0) & drawn_failed[np.maximum(index, 0)], -1, index)
    notes = _pair_notes(
        name, bars, returns.names, design.table.security, failed, min_obs, unavailable
    )
    series_design = replace(
        design,
        table=table,
        dependence=data.dependence_of(table),
        placebo=replace(design.placebo, table=drawn, index=index),
        placebo_dependence=data.dependence_of(drawn),
    )
    return series_design, notes


def _pair_notes(
    name: str,
    bars: Bars,
    names: Sequence[str],
    security: IntArray,
    failed: BoolArray,
    min_obs: int,
    unavailable: str,
) -> _PairNotes:
    quantity = "volume" if name == "volume" else "range"
    needed = {"parkinson": "high and low", "garman_klass": "open, high, low and close"}
    has_any = np.isfinite(bars.values[name]).sum(axis=1) > 0
    lost, zeros = [], []
    for pair, row in enumerate(security):
        number = int(bars.n_zero[name][row])
        if unavailable:
            lost.append(unavailable)
        elif not has_any[row]:
            lost.append(f"no {needed.get(name, quantity)} of {names[row]} in the price file")
        elif failed[pair]:
            lost.append(
                f"fewer than {min_obs} estimation sessions with a {quantity} of {names[row]}"
            )
        else:
            lost.append("")
        zero = (
            f"{counted(number, 'session')} of {names[row]} with a {quantity} of 0 taken as missing"
        )
        zeros.append(zero if number else "")
    return _PairNotes(lost=lost, zeros=zeros)


# ---------------------------------------------------------------- squared abnormal returns


def _squared_design(design: Design, data: ActivityData) -> Design:
    table, drawn = squared(design.table), squared(design.placebo.table)
    return replace(
        design,
        table=table,
        dependence=data.dependence_of(table),
        placebo=replace(design.placebo, table=drawn),
        placebo_dependence=data.dependence_of(drawn),
    )


def _patell_u(design: Design, groups: Sequence[Group], windows: Sequence[Window]) -> pd.DataFrame:
    """``sum (U - 1) / sqrt(sum 2(df-1)/(df-4))`` over pairs and sessions, N(0,1)."""
    rows = []
    for group in groups:
        for window in windows:
            total = cumulate(design.table, window, simple=False)
            pairs = group.pairs[total.n_sessions[group.pairs] > 0]
            facts = _facts(design, group, window, "beaver", pairs)
            spread = float(np.sqrt((total.std_error[pairs] ** 2).sum()))
            statistic = float(total.car[pairs].sum()) / spread if pairs.size else np.nan
            rows.append(
                {
                    **facts,
                    "name": "patell_u",
                    "estimate": float(total.car[pairs].mean()) if pairs.size else np.nan,
                    "std_error": spread / len(pairs) if pairs.size else np.nan,
                    "statistic": statistic,
                    "df": np.nan,
                    "pvalue": float(normal_pvalue(statistic, design.alternative)),
                    "note": "" if pairs.size else unavailable("no abnormal return in this window"),
                }
            )
    return pd.DataFrame(rows)


# ---------------------------------------------------------------- the variance across pairs


def _cross_sectional_variance(
    design: Design, groups: Sequence[Group], windows: Sequence[Window]
) -> pd.DataFrame:
    cumulated = {window: cumulate_both(design, window) for window in windows}
    rows: list[dict[str, object]] = []
    for group in groups:
        cache = GroupCache()
        for window, session in cumulated.items():
            pairs = group.pairs[session.real.n_sessions[group.pairs] > 0]
            facts = _facts(design, group, window, "volatility", pairs)
            if len(pairs) < 2:
                note = unavailable("fewer than two pairs have no variance between them")
                rows += [{**facts, "name": name, "note": note} for name in _VARIANCE]
                continue
            gathered = gather_evidence(design, pairs, pairs[:0], session, cache)
            rows += [{**facts, **row} for row in _variance_rows(gathered, design.alternative)]
    return pd.DataFrame(rows, columns=[*COLUMNS])


def _variance_rows(gathered: Gathered, alternative: Alternative) -> list[dict[str, object]]:
    from scipy.special import chdtr, chdtrc

    real = variance_ratio(gathered.real)
    estimate = float(real.abnormal[0])
    chi2, df = float(real.scaled[0]), float(real.df[0])
    rows: list[dict[str, object]] = [
        {
            "name": "bft_chi2",
            "std_error": float(real.std_error[0]),
            "statistic": chi2,
            "df": df,
            "pvalue": float(two_tailed_pvalue(chdtr(df, chi2), chdtrc(df, chi2), alternative)),
            "note": "" if np.isfinite(chi2) else unavailable("no session with two pairs"),
        }
    ]
    structure = gathered.structure
    m = moments(grouped_means(real.pairs, structure.portfolio, structure.counted))
    t, t_df = float(ratio_t(m)[0]), float(m.n[0]) - 1.0
    rows.append(
        {
            "name": "portfolio_t",
            "statistic": t,
            "df": t_df if np.isfinite(t) else np.nan,
            "pvalue": float(student_pvalue(t, t_df, alternative)),
            "note": "" if np.isfinite(t) else unavailable("fewer than two dates"),
        }
    )
    rows.append({"name": "placebo", **_known_placebo(gathered, alternative, centred=True)})
    return [{"estimate": estimate, **row} for row in rows]


def _squares_placebo(
    design: Design, groups: Sequence[Group], windows: Sequence[Window]
) -> pd.DataFrame:
    """Rank the squares of AR over the volatility known beforehand among placebo dates."""
    cumulated = {window: cumulate_both(design, window) for window in windows}
    excess = squared(design.table)
    rows = []
    for group in groups:
        cache = GroupCache()
        for window, session in cumulated.items():
            pairs = group.pairs[session.real.n_sessions[group.pairs] > 0]
            row = {**_facts(design, group, window, "beaver", pairs), "name": "placebo"}
            if not pairs.size:
                note = unavailable("no abnormal return in this window")
                rows.append({**row, "note": note})
                continue
            gathered = gather_evidence(design, pairs, pairs[:0], session, cache)
            summed = cumulate(excess, window, simple=False).car[pairs]
            row["estimate"] = float(np.nanmean(summed)) if np.isfinite(summed).any() else np.nan
            rows.append(row | _known_placebo(gathered, design.alternative, centred=False))
    return pd.DataFrame(rows)


def _known_placebo(
    gathered: Gathered, alternative: Alternative, *, centred: bool
) -> dict[str, object]:
    """Rank of `known_scale` among its values at placebo dates."""
    value = float(known_scale(gathered.real, centred=centred)[0])
    nothing: dict[str, object] = {"statistic": value, "pvalue": np.nan}
    if gathered.drawn is None:
        return nothing | {"note": unavailable(gathered.placements.reason)}
    drawn = known_scale(gathered.drawn, centred=centred)
    drawn = drawn[np.isfinite(drawn)]
    placements = gathered.placements
    if len(drawn) < MIN_PLACEMENTS or not np.isfinite(value):
        return nothing | {
            "note": unavailable(f"fewer than {MIN_PLACEMENTS} placements have a variance")
        }
    tie = TIE * max(abs(value), 1.0)
    above = rank_pvalue(value, drawn, holds_value=placements.lists_real, tie=tie)
    below = rank_pvalue(-value, -drawn, holds_value=placements.lists_real, tie=tie)
    pvalue = float(two_tailed_pvalue(below, above, alternative))
    note = f"all {len(drawn)} placements used" if placements.enumerated else ""
    return {"statistic": value, "pvalue": pvalue, "note": note}


def _facts(
    design: Design, group: Group, window: Window, measure: str, pairs: IntArray
) -> dict[str, object]:
    return {
        "group": group.label,
        "measure": measure,
        "window_start": window.start,
        "window_end": window.end,
        "n_pairs": len(pairs),
        "n_events": len(np.unique(design.event[pairs])),
        "n_dates": pair_structure(design, pairs, window).n_units,
        "n_days": len(np.unique(design.date[pairs])),
    }
