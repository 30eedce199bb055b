"""The figures of a study: what its results can be drawn as."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting import figures
from eventstudy.reporting.figures_contrast import plot_contrast
from eventstudy.reporting.figures_heatmap import MOST_CELLS
from eventstudy.reporting.report_pairs import MOST_MARKETS, has_many_markets
from eventstudy.study.fitted import CELLS, heatmap_of
from eventstudy.study.frames import caar_frame
from eventstudy.study.paper_tables import PaperTables
from eventstudy.text import grouping_of, split_group
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy.reporting.drawing import Style
    from eventstudy.reporting.figures_caar import Interval
    from eventstudy.reporting.figures_events import Scale
    from eventstudy.reporting.figures_heatmap import CellScale


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyFigures(PaperTables):
    """What a study can be asked and drawn as."""

    def _need_contrast(self) -> None:
        if self.contrasts.empty:
            raise NotApplicableError(
                "the study names no contrast; give it contrast=[column, first, second], or call "
                "results.contrast(column, first, second)",
                key="contrast",
            )

    def plot(
        self,
        by: str | None = None,
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw CAAR paths, as `plot_caar` does, and return its Axes.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.plot(by="kind", style="journal", width=88).figure.savefig("caar.pdf")
        """
        return self.plot_caar(by, ax, style=style, width=width)

    def plot_caar(
        self,
        by: str | None = None,
        ax: Axes | None = None,
        *,
        groups: Sequence[str] | None = None,
        facet: str | None = None,
        level: float = 0.95,
        ci: Interval | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw CAAR paths with intervals by date: in panels where groups are more than two.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; None draws all pairs together.
        ax
            Where to draw; None makes a figure.
        groups
            Labels such as ``"category=deal"``; default those of the grouping, the twelve of most
            pairs in panels and five of them on one axes.
        facet
            ``"group"``, a panel a group: what is done where groups are more than two and `ax` is
            None. A column, a panel a value: ``by="category*direction", facet="category"`` has a
            line a direction in each, ``facet="category"`` alone one line. ``"none"`` keeps one
            axes.
        level
            Of the intervals, such as 0.9; ``caar +- t(dates - 1) std_error``.
        ci
            ``"band"``, ``"lines"``, ``"bars"`` or ``"none"``; default bands, and none where more
            than two lines share the axes.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres: 88 and 180 are one and two columns of a journal.

        Returns
        -------
        Axes
            Of the first panel where there are several: ``ax.figure.axes`` are all of them.

        Examples
        --------
        >>> ax = results.plot_caar(by="kind")  # results: help(es.EventStudyResults)
        >>> ax.figure.savefig("caar.pdf")
        """
        frame = self.caar
        by, argument = None if by == "all" else by, "by"
        if by is None and groups is None and facet not in (None, "group", "none"):
            by, argument = facet, "facet"
        rows = frame if by is None else frame[frame["group"].map(grouping_of) == by]
        if rows.empty and self.fitted is not None:
            fitted_groups = make_groups(self.fitted.labels, [str(by)], key=argument)[1:]
            rows = caar_frame(self.fitted.design, fitted_groups)
        elif rows.empty:
            groupings = sorted({grouping_of(group) for group in frame["group"] if group != "all"})
            choose(str(by), groupings, "grouping of these results")
        chosen = ["all"] if groups is None and by is None else list(groups or ())
        if not chosen:
            chosen = figures.largest_groups(rows, figures.shown_groups(rows, self.labels))
        if facet is None and ax is None and len(chosen) > 2:
            facet = "group"
        facet = None if facet == "none" else facet
        if facet is None and groups is None and len(chosen) > 5:
            chosen = list(rows.groupby("group")["n_pairs"].max().nlargest(5).index)
        return figures.plot_caar(
            rows, ax, groups=chosen, labels=self.labels, facet=facet, level=level, ci=ci,
            sign=self.sign, style=style, width=width,
        )  # fmt: skip

    def plot_car_by_event(
        self,
        window: Window | tuple[int, int] = (0, 0),
        ax: Axes | None = None,
        *,
        security: str | None = None,
        scale: Scale | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw each event's CAR with its 95 % interval, in one market or averaged over them.

        Intervals have the volatility known before the event (`scale` ``"day"``), or that of the
        estimation window (``"estimation"``), which is too short in rough times; the figure says
        which. `style` is ``"default"`` or ``"journal"``, `width` in millimetres.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.plot_car_by_event((0, 1), security="M01").figure.savefig("events.png")
        """
        chosen = Window.of(window)
        frame = self.car_by_event(chosen)
        return figures.plot_car_by_event(
            frame, ax, security=security, window=(chosen.start, chosen.end), scale=scale,
            market=self.labels.get(security or "", security), style=style, width=width,
        )  # fmt: skip

    def plot_heatmap(
        self,
        ax: Axes | None = None,
        *,
        window: Window | tuple[int, int] | None = None,
        by: str = CELLS,
        scale: CellScale | None = None,
        most: tuple[int, int] | None = MOST_CELLS,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw mean CARs of categories by markets, with significance.

        Parameters
        ----------
        ax
            Where to draw; None makes a figure.
        window
            Of the CARs; default that of the findings.
        by
            Two crossed columns, rows first, such as ``"category*direction"``.
        scale
            What colour means: ``"volatility"``, the mean in daily volatilities, or ``"return"``.
        most
            Rows and columns at most, those on most dates; the figure says which were left out.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres.

        Raises
        ------
        NotApplicableError
            No such cells in results read back from a folder, or events without a category.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> ax = results.plot_heatmap(by="kind*security", window=(0, 1))
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['bad', 'good']
        """
        chosen = Window.of(self.headline_window if window is None else window)
        return figures.plot_heatmap(
            self._cells(chosen, by), ax, labels=self.labels, scale=scale, most=most,
            window=(chosen.start, chosen.end), sign=self.sign, style=style, width=width,
        )  # fmt: skip

    def _cells(self, window: Window, by: str) -> pd.DataFrame:
        """Return the heatmap frame of any window and crossing."""
        ends = (window.start, window.end)
        if by == CELLS and self.heatmap.empty:
            if has_many_markets(self):
                raise NotApplicableError(
                    f"a heatmap of kinds by markets is made of pairs in {MOST_MARKETS} markets at "
                    'most; cross two other columns, such as by="category*direction"'
                )
            raise NotApplicableError("the events have no category, so there is no heatmap")
        if by == CELLS and ends == self.headline_window:
            return self.heatmap
        if by.count("*") != 1:
            raise SpecificationError(f"by = {by!r}: a heatmap crosses two columns, as in {CELLS!r}")
        rows = self.statistics
        rows = rows[(rows["name"] == self.headline_name) & (rows["measure"] == "car")]
        rows = rows[(rows["window_start"] == ends[0]) & (rows["window_end"] == ends[1])]
        rows = rows[rows["group"].map(grouping_of) == by]
        if not rows.empty:
            values = [split_group(str(group))[1] for group in rows["group"]]
            return rows.assign(row=[a for a, _ in values], column=[b for _, b in values])
        if self.fitted is None:
            raise NotApplicableError(
                f"no means of {by} over {window} in these results: they hold the groupings and "
                "windows of their study; run it again, or ask for them in [statistics] by"
            )
        return heatmap_of(self.fitted, [ends], self.headline_name, self.statistics, by=by)

    def plot_contrast(
        self,
        ax: Axes | None = None,
        *,
        window: Window | tuple[int, int] | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the study's first contrast by market; by default in the window of its findings.

        `style` is ``"default"`` or ``"journal"``, `width` in millimetres.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.plot_contrast(window=(0, 1)).figure.savefig("contrast.pdf")
        """
        self._need_contrast()
        chosen = Window.of(self.headline_window if window is None else window)
        ends = (chosen.start, chosen.end)
        return plot_contrast(
            self.contrasts, ax, window=ends, labels=self.labels, style=style, width=width
        )

    def plot_timeline(
        self, ax: Axes | None = None, *, style: Style = "default", width: float | None = None
    ) -> Axes:
        """Draw the closes over the span of the study, rebased, with the events below.

        `style` is ``"default"`` or ``"journal"``, `width` in millimetres.

        Raises
        ------
        NotApplicableError
            The study was given returns, which have no closes to draw.

        Examples
        --------
        >>> closes = es.event_study(
        ...     ["2025-04-03", "2025-04-10"], es.load_prices(), markets=["HSI", "CNH"],
        ...     date_only="same", draws=0,
        ... )
        >>> closes.plot_timeline(width=180).figure.savefig("timeline.png")
        """
        if self.prices.empty:
            raise NotApplicableError(
                "the study was given returns, and a timeline draws closes; hand over prices"
            )
        first = self.alignment.dropna(subset=["session"]).groupby("event_id")["session"].min()
        is_studied = self.events["event_id"].isin(self.models["event_id"])
        events = self.events[is_studied].merge(
            first.rename("session"), left_on="event_id", right_index=True, validate="one_to_one"
        )
        return figures.plot_timeline(
            self.prices, events, ax, labels=self.labels, style=style, width=width
        )
