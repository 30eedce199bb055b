"""What a fitted study can be asked later: other groups, windows, tests and regressions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, get_args

from eventstudy._typing import Alternative, JointCovariance, JointWeights
from eventstudy.analyses.activity import activity
from eventstudy.analyses.calendar_portfolio import calendar_time_portfolio
from eventstudy.analyses.intervals import DRAWS, intervals
from eventstudy.analyses.requests import MEASURES, Activity, CrossSection
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate
from eventstudy.inference.multiple_testing import family
from eventstudy.registry import choose
from eventstudy.reporting.printed_rows import PrintedRows
from eventstudy.reporting.record import StudyRecord
from eventstudy.reporting.regressions import Regression
from eventstudy.study.call_wording import in_words_of_the_call
from eventstudy.study.fitted import (
    Fitted,
    cross_section_of,
    joint_grouping,
    joint_of,
)
from eventstudy.study.loaded import not_in_folder
from eventstudy.text import grouping_of
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from eventstudy.analyses.requests import Covariance, VolumeModel, Weights
    from eventstudy.estimation.groups import Group


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers(StudyRecord):
    """What a study found, and what it can still be asked without a new fit.

    Attributes
    ----------
    fitted
        What answers need; None for results read from a folder.
    """

    fitted: Fitted | None = None

    def tidy(
        self,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        names: Iterable[str] | str | None = None,
        alternative: Alternative | None = None,
    ) -> pd.DataFrame:
        """Return the rows of `statistics` for one grouping.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; ``"all"`` for all pairs together; None for every
            grouping of the study. A grouping the study did not have is computed now.
        windows, names
            Only these windows (default: all) and statistics (default: the study's).
        alternative
            ``"two-sided"``, ``"greater"`` or ``"less"``; default: the study's.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> rows = results.tidy(by="kind", windows=[(0, 0)], names="bmp")
        >>> rows[["group", "estimate", "n_pairs"]].round(4)
               group  estimate  n_pairs
        0   kind=bad    0.0093       36
        1  kind=good    0.0098       36
        """
        side = self.alternative if alternative is None else alternative
        choose(side, get_args(Alternative), "alternative")
        if not isinstance(by, str | None):
            raise SpecificationError(
                f'by is {by!r}; it is one grouping, such as "category" or "category*security"',
                key="by",
            )
        is_own_side = side == self.alternative
        if by is None and windows is None and names is None and is_own_side:
            return self.statistics.copy()
        chosen = None if windows is None else [Window.of(window) for window in windows]
        tests = [names] if isinstance(names, str) else None if names is None else list(names)
        saved = self._rows(by, chosen, tests) if is_own_side else None
        return self._evaluate(by, chosen, tests, side) if saved is None else saved

    def test(
        self,
        name: str,
        window: Window | tuple[int, int] = (0, 0),
        by: str | None = "all",
        *,
        alternative: Alternative | None = None,
    ) -> pd.DataFrame:
        """Return one statistic in one window, computed now if the study did not ask for it.

        Printed, it is a table of 80 columns: estimate, interval, p and how many there were.

        Raises
        ------
        NotApplicableError
            For results read from a folder, when the answer is not among those saved.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> row = results.test("generalized_sign", window=(0, 1)).iloc[0]
        >>> int(row["n_pairs"]), bool(row["pvalue"] < 0.05)
        (72, True)
        """
        choose(name, STATISTICS.names(), "statistic")
        return PrintedRows(self.tidy(by, windows=[window], names=[name], alternative=alternative))

    def test_family(
        self,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        alternative: Alternative | None = None,
    ) -> pd.DataFrame:
        """Return placebo p-values adjusted for the number of windows, markets and groups.

        `fit` makes them of studies of at most 200 markets; of more they are made here, when asked.

        Parameters
        ----------
        by
            A grouping without ``security``, which is the family's own; ``"all"`` for all pairs
            alone; None for every grouping of the study.
        windows
            Default: the study's CAR windows.
        alternative
            Default: the study's.

        Returns
        -------
        DataFrame
            As ``family``; see `eventstudy.inference.multiple_testing.family`.

        Raises
        ------
        NotApplicableError
            For results read from a folder, when another question than the saved one is asked.

        Examples
        --------
        >>> family = results.test_family("kind")  # results: help(es.EventStudyResults)
        >>> family.columns.tolist()[:4]
        ['group', 'window_start', 'window_end', 'security']
        """
        side = self.alternative if alternative is None else alternative
        choose(side, get_args(Alternative), "alternative")
        is_saved = by is None and windows is None and side == self.alternative
        if is_saved and not self.family.empty:
            return PrintedRows(self.family.copy())
        chosen = self._windows(windows)
        fitted, groups = self._askable(by, chosen, "test_family")
        if by not in (None, "all") and any("security" in group.by for group in groups):
            raise NotApplicableError(
                f"the markets are members of every family, so that {by!r} has none of its own; "
                "leave security out of it"
            )
        names = [market.name for market in fitted.data.setting.markets]
        return PrintedRows(family(replace(fitted.design, alternative=side), groups, chosen, names))

    def joint_regression(
        self,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        covariance: JointCovariance = "classical",
        weights: JointWeights | None = None,
    ) -> pd.DataFrame:
        """Return the CARs of groups of events from one regression, which separates overlaps.

        Parameters
        ----------
        by
            Column of the events whose values have dummies of their own; ``"event_id"`` gives every
            event its own, ``"all"`` takes all events together. Default: the first column the study
            groups by that is not the market, else category.
        windows
            Windows inside the event window; default the study's CAR windows.
        covariance
            ``"classical"``, or ``"hac"`` for groups with 30 day 0s or more in a market.
        weights
            ``"volatility"`` divides every session by the volatility known before it, ``"equal"``
            counts all alike; default: the study's.

        Returns
        -------
        See `eventstudy.analyses.joint_regression.joint_regression`.

        Raises
        ------
        NotApplicableError
            For results read from a folder; for several markets without linearmodels.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> joint = results.joint_regression(windows=[(0, 0)])
        >>> joint.columns.tolist()[:4]
        ['group', 'security', 'window_start', 'window_end']
        """
        choose(covariance, get_args(JointCovariance), "covariance")
        if weights is not None:
            choose(weights, get_args(JointWeights), "weights")
        chosen = self._windows(windows)
        if self.fitted is None:
            raise not_in_folder("joint_regression")
        self._check_inside(chosen)
        if by is None:
            by = joint_grouping(self.fitted, self.spec["statistics"]["by"])
        grouping = None if by == "all" else by
        return joint_of(self.fitted, grouping, chosen, covariance, weights)

    @in_words_of_the_call(is_whole=False)
    def regress_cars(
        self,
        columns: str | Iterable[str],
        window: Window | tuple[int, int] = (0, 1),
        *,
        covariance: Covariance = "date",
        weights: Weights = "equal",
    ) -> Regression:
        """Return a regression of the CARs of `window` on columns of the events.

        Parameters
        ----------
        columns
            Event columns, ``"security"`` for market fixed effects, ``"C(column)"`` for numbers
            that are categories; or a formula,
            ``"car ~ surprise*after + I(surprise**2) | security"``.
        window, covariance, weights
            See `eventstudy.analyses.requests.CrossSection`.

        Returns
        -------
        Regression
            The frame ``cross_section`` (see `eventstudy.analyses.cross_section.cross_section`) with
            ``summary()``, ``params``, ``pvalues`` and others; `eventstudy.compare` puts several
            side by side.

        Raises
        ------
        SpecificationError
            An unknown, constant or collinear column; a formula that cannot be read, or computed.
        NotApplicableError
            For results read from a folder; too few pairs; a window outside the event window.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> regression = results.regress_cars("car ~ C(kind)", (0, 0))
        >>> regression.params.round(4).to_dict()
        {'constant': 0.0093, 'kind[good]': 0.0005}
        """
        chosen = Window.of(window)
        fitted, _ = self._askable("all", [chosen], "regress_cars")
        regression = CrossSection(
            columns=(columns,) if isinstance(columns, str) else tuple(columns),
            window=chosen,
            covariance=covariance,
            weights=weights,
        )
        return Regression(cross_section_of(fitted, regression))

    @in_words_of_the_call(is_whole=False)
    def measure_activity(
        self,
        measures: str | Iterable[str] = MEASURES,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        volume_model: VolumeModel = "constant_mean",
        alternative: Alternative | None = None,
    ) -> pd.DataFrame:
        """Return tests of abnormal volatility and volume.

        Parameters
        ----------
        measures, volume_model
            See `eventstudy.analyses.requests.Activity`.
        by
            A column, ``"security"`` or ``"a*b"``; ``"all"`` for all pairs together; None for every
            grouping of the study.
        windows, alternative
            Default: the study's CAR windows and side.

        Returns
        -------
        DataFrame
            As ``activity``; see `eventstudy.analyses.activity.activity`.

        Raises
        ------
        NotApplicableError
            For results read from a folder; a window outside the event window.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> activity = results.measure_activity(["volatility"])
        >>> activity.columns.tolist()[:4]
        ['group', 'measure', 'window_start', 'window_end']
        """
        side = self.alternative if alternative is None else alternative
        choose(side, get_args(Alternative), "alternative")
        chosen = self._windows(windows)
        fitted, groups = self._askable(by, chosen, "measure_activity")
        names = (measures,) if isinstance(measures, str) else tuple(measures)
        request = Activity(measures=names, volume_model=volume_model)
        sided = replace(fitted.design, alternative=side)
        return activity(sided, groups, chosen, request, data=fitted.data.activity_data())

    def calendar_time_portfolio(
        self,
        window: Window | tuple[int, int],
        by: str | None = "all",
        *,
        weights: str = "equal",
        lags: int | None = None,
    ) -> pd.DataFrame:
        """Return the abnormal return a session of portfolios that hold every pair in its window.

        Parameters
        ----------
        window
            Sessions each pair is held, inside the event window.
        by
            A column, ``"security"`` or ``"a*b"``; ``"all"`` for all pairs together; None for every
            grouping of the study.
        weights, lags
            See `eventstudy.analyses.calendar_portfolio.calendar_time_portfolio`.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.calendar_time_portfolio((0, 1)).columns.tolist()[:4]
        ['group', 'window_start', 'window_end', 'n_sessions']
        """
        chosen = Window.of(window)
        fitted, groups = self._askable(by, [chosen], "calendar_time_portfolio")
        return calendar_time_portfolio(fitted.design, groups, chosen, weights=weights, lags=lags)

    def intervals(
        self,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        methods: str | Iterable[str] = ("hodges_lehmann", "bootstrap"),
        level: float = 0.95,
        draws: int = DRAWS,
    ) -> pd.DataFrame:
        """Return confidence intervals of the CARs without a normal distribution.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; ``"all"`` for all pairs together; None for every
            grouping of the study.
        windows
            Default: the study's CAR windows.
        methods
            ``"hodges_lehmann"``, ``"bootstrap"`` of the mean, ``"bootstrap_median"``.
        level, draws
            Confidence level and resamples.

        Returns
        -------
        DataFrame
            See `eventstudy.analyses.intervals.intervals`.

        Raises
        ------
        NotApplicableError
            For results read from a folder; a window outside the event window.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> rows = results.intervals(windows=[(0, 0)], draws=199)
        >>> rows["method"].unique().tolist()
        ['hodges_lehmann', 'bootstrap']
        """
        chosen = self._windows(windows)
        fitted, groups = self._askable(by, chosen, "intervals")
        names = (methods,) if isinstance(methods, str) else tuple(methods)
        return PrintedRows(
            intervals(fitted.design, groups, chosen, names, level=level, draws=draws)
        )

    def _windows(self, windows: Iterable[Window | tuple[int, int]] | None) -> list[Window]:
        """Return the windows given, those of the study for None."""
        chosen = self.car_windows if windows is None else windows
        return [Window.of(window) for window in chosen]

    def _check_inside(self, windows: Iterable[Window]) -> None:
        """Raise `NotApplicableError` at a window that is not inside the event window."""
        for window in windows:
            if not self.event_window.contains(window):
                raise NotApplicableError(
                    f"window {window} is not inside the event window {self.event_window} of this "
                    "study"
                )

    def _rows(
        self, by: str | None, windows: list[Window] | None, names: list[str] | None
    ) -> pd.DataFrame | None:
        """Return the rows already computed, or None when any is missing."""
        rows = self.statistics
        if by is not None:
            rows = rows[rows["group"].map(grouping_of) == by]
        if windows is not None:
            keys = {(window.start, window.end) for window in windows}
            ends = list(zip(rows["window_start"], rows["window_end"], strict=True))
            if not keys <= set(ends):
                return None
            rows = rows[[pair in keys for pair in ends]]
            rows = rows.drop_duplicates(["group", "window_start", "window_end", "name"])
        if names is not None:
            if not set(names) <= set(rows["name"]):
                return None
            rows = rows[rows["name"].isin(names)]
        return rows.reset_index(drop=True) if len(rows) else None

    def _evaluate(
        self,
        by: str | None,
        windows: list[Window] | None,
        names: list[str] | None,
        alternative: Alternative = "two-sided",
    ) -> pd.DataFrame:
        """Return rows computed now: without windows, those of every session and CAR window."""
        fitted, groups = self._askable(by, windows)
        event = self.event_window
        if windows is None:
            measures = [(Window(int(tau), int(tau)), "ar") for tau in event.taus]
            measures += [(Window(a, b), "car") for a, b in self.car_windows]
        else:
            measures = [(window, "car") for window in windows]
        return evaluate(
            replace(fitted.design, alternative=alternative),
            groups,
            measures,
            names or self.spec["statistics"]["names"],
        )

    def _askable(
        self, by: str | None, windows: Iterable[Window] | None, question: str = ""
    ) -> tuple[Fitted, list[Group]]:
        """Return the fitted study, and the groups of `by` that something new is computed for.

        `NotApplicableError` for results read from a folder, and for a window outside the event
        window.
        """
        if self.fitted is None:
            raise not_in_folder(question)
        self._check_inside(windows or [])
        groupings = self.spec["statistics"]["by"] if by is None else [] if by == "all" else [by]
        groups = make_groups(self.fitted.labels, groupings, key="by")
        return self.fitted, groups if by in (None, "all") else groups[1:]
