"""A fitted study, and what is computed of it: the frames of the record that need more than files.

`pipeline` makes them when the study is carried out, `answers` when more is asked later.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.activity import activity
from eventstudy.analyses.contrasts import ALL as POOLED
from eventstudy.analyses.contrasts import contrasts
from eventstudy.analyses.cross_section import cross_section
from eventstudy.analyses.joint_regression import joint_regression
from eventstudy.analyses.ranges import ranges
from eventstudy.analyses.window_moves import RangeData
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.groups import Group, make_groups
from eventstudy.exceptions import NotApplicableError
from eventstudy.inference.design import GroupCache, cumulate_both
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.market_tests import placebo_test
from eventstudy.reporting.contrasts import BEFORE, DAY_0
from eventstudy.reporting.record import usual_window
from eventstudy.reporting.report_pairs import MOST_MARKETS
from eventstudy.study.design import make_design
from eventstudy.study.frames import heatmap_frame
from eventstudy.study.labels import labels_of_surprises
from eventstudy.study.preparation import pairs_table
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import FloatArray, IntArray, JointCovariance, JointWeights
    from eventstudy.analyses.requests import Activity, CrossSection
    from eventstudy.estimation.sample import Sample
    from eventstudy.execution.remade import Remade
    from eventstudy.inference.design import Cumulated, Design
    from eventstudy.study.preparation import Prepared

CELLS = "category*security"
"""What the heatmap crosses unless told otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """What further tests and regressions need and files do not hold.

    Attributes
    ----------
    labels : ``(P,)`` rows of the columns pairs can be grouped by
    data : returns, calendars and sessions the pairs were taken from
    sample : the pairs
    made : `design` where it was made already
    """

    labels: pd.DataFrame
    data: Prepared
    sample: Sample
    made: Remade[Design]

    @property
    def design(self) -> Design:
        """Pairs and placebo positions; of a copy or from a pickle estimated anew when asked for."""

        def make() -> Design:
            return make_design(self.data, self.sample, pairs_table(self.data, self.sample))

        return self.made.once(make)


def heatmap_of(
    fitted: Fitted,
    windows: Sequence[tuple[int, int]],
    name: str,
    statistics: pd.DataFrame | None = None,
    *,
    by: str = CELLS,
) -> pd.DataFrame:
    """Return the heatmap frame of categories by markets, empty without categories.

    Rows of `statistics` are taken where it has them, and are computed the same way otherwise.
    `by` crosses two other columns.
    """
    if by == CELLS and "category" not in fitted.labels:
        return heatmap_frame()
    groups = make_groups(fitted.labels, [by], key="by")[1:]
    window = Window(*usual_window(windows))
    rows = None if statistics is None else _rows_of(statistics, groups, window, name)
    if rows is None:
        rows = evaluate(fitted.design, groups, [(window, "car")], [name])
    return heatmap_frame(rows, groups)


def heatmap_of_study(
    fitted: Fitted, windows: Sequence[tuple[int, int]], name: str, statistics: pd.DataFrame
) -> pd.DataFrame:
    """Return the heatmap that belongs to the results of a study.

    Empty for pairs in more than `MOST_MARKETS` markets, whose cells are of single pairs mostly;
    `heatmap_of` makes that of any two columns when asked.
    """
    if len(np.unique(fitted.sample.security)) > MOST_MARKETS:
        return heatmap_frame()
    return heatmap_of(fitted, windows, name, statistics)


def _rows_of(
    statistics: pd.DataFrame, groups: Sequence[Group], window: Window, name: str
) -> pd.DataFrame | None:
    """Return the rows of groups in one window by one statistic, in order; None if any lacks."""
    is_asked = (statistics["name"] == name) & (statistics["measure"] == "car")
    is_asked &= statistics["window_start"] == window.start
    rows = statistics[is_asked & (statistics["window_end"] == window.end)].set_index("group")
    labels = [group.label for group in groups]
    return rows.loc[labels].reset_index() if set(labels) <= set(rows.index) else None


def contrasts_of(fitted: Fitted, *, told: bool = False) -> pd.DataFrame:
    """Return the contrasts a study specifies, empty where it specifies none.

    With `told` only the rows that its first screen tells of.
    """
    study = fitted.data.study
    windows = contrast_windows(study.car_windows, study.event_window)
    return contrasts_between(
        fitted,
        study.contrast,
        windows,
        by=study.contrast_by,
        without=study.contrast_without,
        within=study.contrast_within,
        wanted=_told_of(windows) if told else None,
    )


def _told_of(windows: Sequence[Window]) -> Callable[[Window, str, str], bool]:
    """Return whether a contrast of a window, part and security is told on the first screen.

    Of one window all markets, and each part of the events with the markets pooled; and what was
    there before the news.
    """
    told, before = Window(*DAY_0), Window(*BEFORE)
    told = told if told in windows else next(iter(windows), told)

    def is_told(window: Window, part: str, security: str) -> bool:
        if security == POOLED:
            return window == told or (window == before and not part)
        return window == told and not part

    return is_told


def contrast_windows(car_windows: Sequence[Window], event_window: Window) -> list[Window]:
    """Return the CAR windows, and the sessions before the news where the event window has them."""
    before = Window(*BEFORE)
    windows = [*car_windows, *([before] if event_window.contains(before) else [])]
    return list(dict.fromkeys(windows))


def contrasts_between(
    fitted: Fitted,
    asked: Sequence[tuple[str, str, str]],
    windows: Sequence[Window],
    *,
    by: Sequence[str] = (),
    without: Sequence[tuple[str, str]] = (),
    within: str | None = None,
    wanted: Callable[[Window, str, str], bool] | None = None,
) -> pd.DataFrame:
    """Return contrasts of the pairs of a study, without news known beforehand.

    The parameters are those of `eventstudy.analyses.contrasts.contrasts`.
    """
    columns = [part.strip() for column, _, _ in asked for part in column.split("*")]
    ambiguous = fitted.data.aligned.frame["ambiguous"].to_numpy(dtype=bool)
    return contrasts(
        fitted.design,
        labels_of_surprises(fitted.labels, fitted.data, fitted.sample, columns),
        asked,
        windows,
        [market.name for market in fitted.data.setting.markets],
        by=by,
        without=without,
        within=within,
        ambiguous=ambiguous[fitted.sample.pair],
        wanted=wanted,
    )


def cross_section_of(fitted: Fitted, regression: CrossSection | None) -> pd.DataFrame:
    """Return the regression of CARs a study specifies, empty where it specifies none."""
    if regression is None:
        return pd.DataFrame()
    return cross_section(fitted.design, fitted.labels, regression, simple=fitted.design.simple)


def joint_of(
    fitted: Fitted,
    by: str | None,
    windows: Sequence[Window],
    covariance: JointCovariance = "classical",
    weights: JointWeights | None = None,
) -> pd.DataFrame:
    """Return the joint regression of the pairs by the groups of `by`, None for all together."""
    if by is not None and "security" in [column.strip() for column in by.split("*")]:
        raise NotApplicableError(
            f"by {by!r}: the joint regression keeps markets apart as it is; name columns of events"
        )
    groups = make_groups(fitted.labels, [] if by is None else [by], key="by")
    study = fitted.data.study
    return joint_regression(
        fitted.data.joint_data(fitted.sample),
        groups if by is None else groups[1:],
        windows,
        covariance=covariance,
        weights=weights or study.joint_weights,
        draws=study.draws,
        seed=study.seed,
    )


def joint_grouping(fitted: Fitted, by: Sequence[str]) -> str | None:
    """Return the column whose values have dummies of their own by default.

    The first grouping of the study by one column that is not the market, else ``category`` where
    the events have it, else None: one set of dummies for all events.
    """
    single = [name for name in by if "*" not in name and name != "security"]
    if single:
        return single[0]
    return "category" if "category" in fitted.labels else None


def ranges_of(fitted: Fitted, beside: Fitted | None) -> pd.DataFrame:
    """Return what each kind of news did in each market; see `eventstudy.analyses.ranges.ranges`.

    What is beyond the benchmark is taken from the first of the two models that has one.
    """
    data, labels = fitted.data, fitted.labels
    study = data.study
    by = [name for name in ("direction", "category") if name in labels]
    by += ["category*direction"] if len(by) > 1 else []
    by += [name for name in study.by if "*" not in name and name not in (*by, "security")]
    windows = [Window(0, 0), Window(0, 1), *study.car_windows]
    opposites = _opposites(labels, study.contrast)
    model = next((m for m in (beside, fitted) if m and m.data.returns.factor_names), None)
    factors = None if model is None else model.data.returns.factors
    return ranges(
        RangeData(
            design=fitted.design,
            names=[market.name for market in data.setting.markets],
            returns=data.returns.returns,
            dates=data.returns.dates,
            benchmark=None if factors is None or factors.shape[2] != 1 else factors[..., 0],
            beyond=None if model is None else _beyond(fitted, model),
            opposites=opposites,
            tested=Window(*usual_window([(each.start, each.end) for each in study.car_windows])),
            test=_test_of_mean(fitted),
        ),
        labels,
        labels_of_surprises(labels, data, fitted.sample, opposites),
        by,
        [each for each in dict.fromkeys(windows) if study.event_window.contains(each)],
    )


def _beyond(fitted: Fitted, model: Fitted) -> Callable[[Window], FloatArray]:
    """Return from a window to the CAR by `model` of every pair of `fitted`, NaN where it has none.

    Both lists of pairs are positions in one alignment.
    """
    place = {pair: number for number, pair in enumerate(model.sample.pair.tolist())}
    own = np.array([place.get(pair, -1) for pair in fitted.sample.pair.tolist()], dtype=np.int64)

    def car(window: Window) -> FloatArray:
        total = cumulate(model.design.table, window, simple=model.design.simple).car
        found: FloatArray = np.append(total, np.nan)[own]
        return found

    return car


def _test_of_mean(fitted: Fitted) -> Callable[[IntArray, Window], float]:
    """Return from pairs and a window to the p-value of the statistic of the headline."""
    study, design = fitted.data.study, fitted.design
    name = "placebo" if "placebo" in study.statistics else study.statistics[0]
    cumulated: dict[Window, Cumulated] = {}

    def pvalue(pairs: IntArray, window: Window) -> float:
        if name == "placebo":
            if window not in cumulated:
                cumulated[window] = cumulate_both(design, window)
            return placebo_test(design, pairs, cumulated[window], GroupCache()).pvalue
        group = Group(label="", by=(), values=(), pairs=pairs)
        return float(evaluate(design, [group], [(window, "car")], [name])["pvalue"].iloc[0])

    return pvalue


def _opposites(
    labels: pd.DataFrame, contrast: Sequence[tuple[str, str, str]]
) -> dict[str, list[tuple[str, str]]]:
    """Return the columns with opposite values: those of directions, and those contrasted."""
    asked = [("direction", "de-escalation", "escalation"), *contrast]
    found: dict[str, list[tuple[str, str]]] = {}
    for column, first, second in asked:
        if column in labels:
            found.setdefault(column, []).append((first, second))
    return found


def activity_of(
    fitted: Fitted,
    groups: Sequence[Group],
    windows: Sequence[Window],
    request: Activity | None,
) -> pd.DataFrame:
    """Return the tests of volatility and volume of a request, empty where there is none."""
    if request is None:
        return pd.DataFrame()
    return activity(fitted.design, groups, windows, request, data=fitted.data.activity_data())
