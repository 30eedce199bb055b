"""The tests of a study as other software computes them, beside the study's own.

The option ``[conventions] like`` of a study, and its frame ``statistics_conventions``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.conventions import (
    CONVENTIONS,
    OURS,
    Conventions,
    WindowReturns,
    event_correlation,
    run_tests,
)
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import make_groups
from eventstudy.kernels import gather
from eventstudy.study.estimation_sessions import regressors
from eventstudy.text import unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from eventstudy._typing import Alternative, FloatArray, IntArray
    from eventstudy.estimation.abnormal import CumulativeReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.estimation.sample import Sample
    from eventstudy.inference.design import Design
    from eventstudy.study.fitted import Fitted
    from eventstudy.study.preparation import Prepared
    from eventstudy.windows import Window

COLUMNS = (
    "group", "window_start", "window_end", "measure", "name", "estimate", "std_error",
    "statistic", "df", "pvalue", "n_pairs", "convention", "note",
)  # fmt: skip
_OURS = "eventstudy"
_NONE = "too few pairs or sessions, or no variation"


def conventions_frame(
    data: Prepared,
    sample: Sample,
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[tuple[Window, str]],
    name: str | None,
) -> pd.DataFrame:
    """Return ``statistics_conventions.csv``, without rows where no convention is asked for.

    Parameters
    ----------
    data, sample, design
        Of the study, with one row a pair in the table of the design.
    groups, windows
        As for `eventstudy.inference.evaluate.evaluate`.
    name
        Of a registered bundle.

    Returns
    -------
    Two rows a group, window, measure and test the software has: by eventstudy's convention, then by
    the other, whose note says what differs.
    """
    if name is None:
        return pd.DataFrame(columns=list(COLUMNS))
    bundle = CONVENTIONS[name].value
    rows: list[dict[str, object]] = []
    cumulated = {window: cumulate(design.table, window, simple=False) for window, _ in windows}
    market = _market(data, design)
    notes = {test: _note(bundle, test) for test in bundle.tests}
    for group in groups:
        known: dict[bytes, float | None] = {}
        for window, measure in windows:
            if bundle.single_sessions and window.length > 1:
                continue
            pairs = _counted(design, group, cumulated[window], sample)
            if not pairs.size:
                continue
            returns = _window_returns(design, pairs, cumulated[window], market)
            key = pairs.tobytes()
            if key not in known:
                known[key] = event_correlation(returns, bundle)
            returns = replace(returns, event_correlation=known[key])
            where = {
                "group": group.label,
                "window_start": window.start,
                "window_end": window.end,
                "measure": measure,
                "n_pairs": len(pairs),
            }
            found = _rows(returns, name, bundle, notes, design.alternative)
            rows += [where | row for row in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(
    returns: WindowReturns,
    name: str,
    bundle: Conventions,
    notes: Mapping[str, str],
    alternative: Alternative,
) -> Iterator[dict[str, object]]:
    """Return the rows of one group in one window."""
    ours = replace(OURS, tests=bundle.tests)
    both = zip(
        run_tests(returns, ours, alternative), run_tests(returns, bundle, alternative), strict=True
    )
    for pair in both:
        for convention, answer in zip((_OURS, name), pair, strict=True):
            note = notes[answer.name] if convention == name else ""
            if not np.isfinite(answer.statistic):
                note = unavailable(_NONE)
            yield {
                "name": answer.name,
                "estimate": answer.estimate,
                "std_error": answer.std_error,
                "statistic": answer.statistic,
                "df": answer.df,
                "pvalue": answer.pvalue,
                "convention": convention,
                "note": note,
            }


def _note(bundle: Conventions, test: str) -> str:
    """Return what differs from eventstudy's own in a row; empty where nothing does."""
    said = list(bundle.differences(test))
    if "group_mean" in bundle.changed():
        said.append(bundle.phrase("group_mean"))
    return "; ".join(said)


def _counted(design: Design, group: Group, window: CumulativeReturns, sample: Sample) -> IntArray:
    """Return the pairs of a group that have a sign and an abnormal return in the window.

    In the order of the alignment: other software takes them as they stand in its files, and what it
    rounds goes by their order.
    """
    pairs = group.pairs[np.argsort(sample.pair[group.pairs])]
    return np.asarray(pairs[(design.sign[pairs] != 0) & (window.n_sessions[pairs] > 0)])


def _market(data: Prepared, design: Design) -> FloatArray | None:
    """Return the only regressor in every pair's estimation window ``(P, T)``; None of several."""
    factors = regressors(data.study, data.returns)[0]
    if factors.shape[2] != 1:
        return None
    table = design.table
    parts = [
        gather(factors[:, :, 0], table.security, table.day0 + part.start, part.length)
        for part in data.study.estimation_window.parts
    ]
    return np.concatenate(parts, axis=1)


def _window_returns(
    design: Design, pairs: IntArray, window: CumulativeReturns, market: FloatArray | None
) -> WindowReturns:
    """Return what the tests of some pairs in a window are given."""
    table, sign = design.table, design.sign[pairs]
    sigma = table.fit.sigma[pairs]
    columns = np.flatnonzero((window.present[pairs] > 0).any(axis=0))
    present = window.present[np.ix_(pairs, columns)] > 0
    factors = table.factors[np.ix_(pairs, columns)]
    return WindowReturns(
        abnormal=np.where(present, table.abnormal[np.ix_(pairs, columns)], np.nan),
        residuals=table.residuals[pairs],
        sigma=sigma,
        df=table.fit.df[pairs].astype(np.float64),
        n_obs=table.fit.n_obs[pairs],
        forecast=(window.std_error[pairs] / sigma) ** 2,
        session_forecast=(table.std_error[np.ix_(pairs, columns)] / sigma[:, None]) ** 2,
        n_factors=factors.shape[2],
        is_estimated=table.fit.n_parameters > 0,
        sign=sign.astype(np.float64),
        correlation=_calendar_correlation(design, pairs, window),
        length=window.window.length,
        market=None if market is None else market[pairs],
        market_window=None if market is None else np.where(present, factors[:, :, 0], np.nan),
    )


def _calendar_correlation(design: Design, pairs: IntArray, window: CumulativeReturns) -> float:
    """Return ``rbar`` of docs/methods.md, section 5; 0 of one pair."""
    from scipy.sparse import csr_array

    n = len(pairs)
    if n < 2:
        return 0.0
    shape = (1, len(design.sign))
    in_time = np.sort(pairs)
    signs = design.sign[in_time].astype(np.float64)
    lines = csr_array((signs, in_time, np.array([0, n])), shape=shape)
    total = design.dependence.overlap_sum(design.table, window, lines)
    return float(2.0 * total[0] / (n * (n - 1.0)))


def window_returns(fitted: Fitted, label: str, window: Window) -> WindowReturns:
    """Return what the tests of a group in a window are given, for bundles that have no name.

    Parameters
    ----------
    fitted
        Of results that were not read back from a folder.
    label
        Of the group, as in statistics.csv.
    window
        Inside the event window.
    """
    design = fitted.design
    by = [] if label == "all" else [label.partition("=")[0]]
    (group,) = [each for each in make_groups(fitted.labels, by) if each.label == label]
    cumulated = cumulate(design.table, window, simple=False)
    pairs = _counted(design, group, cumulated, fitted.sample)
    return _window_returns(design, pairs, cumulated, _market(fitted.data, design))


def convention_facts(name: str | None) -> dict[str, object]:
    """Return what the manifest says of the bundle whose tests stand beside; nothing without one."""
    if name is None:
        return {}
    entry = CONVENTIONS[name]
    facts = {"name": name, "summary": entry.summary, "source": entry.source}
    return {"conventions": facts | {"remark": entry.value.remark}}
