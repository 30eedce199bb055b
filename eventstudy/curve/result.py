"""A specification curve as a value: its frames, its picture, its page, its folder."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.curve.summary import (
    MEASURES,
    influence_table,
    one_sign,
    refusals,
    significant,
    summary_table,
)
from eventstudy.io.folders import CURVE, replace_folder, write_frame, write_manifest
from eventstudy.registry import choose
from eventstudy.reporting import drawing, tables, wording
from eventstudy.reporting.columns import write_package
from eventstudy.reporting.figures_curve import curve_size, plot_specification_curve
from eventstudy.reporting.result_views import ResultViews
from eventstudy.text import counted, records

if TYPE_CHECKING:
    import os

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy._typing import Alternative, FloatArray
    from eventstudy.reporting.document import Document
    from eventstudy.reporting.drawing import Style

_PIXELS = 125  # an inch of the figure: 1,600 of them across


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class SpecificationCurve(ResultViews):
    """One question in every specification listed, and what all of them say together.

    Attributes
    ----------
    title : what the study is called
    group : whose mean it is, ``"all"`` or such as ``"category*security=deal*CNH"``
    specifications
        One row each, in the order listed: ``spec`` (its number in the list), every choice as text
        (empty where it has no meaning), ``own`` (the study asks for it, too), ``estimate`` (mean
        CAR, decimal), ``std_error`` (pairs of one date as one) and ``ci_low``, ``ci_high``
        (estimate plus and minus it times the ``|T|`` that is significant at 5 %; NaN one-sided),
        ``effect`` (mean Z, daily conditional standard deviations), ``statistic`` (T), ``pvalue``
        (placebo), n_pairs, n_units, note.
    refused
        Specifications listed and not carried out: spec, every choice, ``reason``.
    influence
        One row a choice and value: n_specifications, share_of_variance (that of the choice),
        median_estimate, median_effect, share_significant.
    summary
        measure, value, pvalue, placebo_low, placebo_median, placebo_high, n_draws, note. The
        measures are median_estimate, median_effect, share_significant, share_one_sign, stouffer_z.
    draws
        The same measures in every placebo draw, one row a draw.
    statistics : ``(S, B)`` T of every specification in every draw
    manifest : the study, the choices, seeds, inputs and versions
    alternative : the side of every p-value

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12, effect=0.01, beta=1.0)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02", "M03"], model=es.MarketModel("BMK", sync="same_date"),
    ...     estimation_window=(-120, -11), event_window=(-2, 2), car_windows=[(0, 0)],
    ...     date_only="same", calendar="data", min_obs=50, draws=99,
    ... )
    >>> choices = {
    ...     "models": ["market_model", "constant_mean"], "estimation": [(-120, -11), (-90, -11)],
    ... }
    >>> curve = es.specification_curve(study, events, prices, choices=choices)
    >>> curve.n_listed
    16
    """

    title: str
    group: str
    specifications: pd.DataFrame
    refused: pd.DataFrame
    influence: pd.DataFrame
    summary: pd.DataFrame
    draws: pd.DataFrame
    statistics: FloatArray
    manifest: dict[str, Any]
    alternative: Alternative = "two-sided"

    @property
    def n_listed(self) -> int:
        """Specifications listed: carried out and refused.

        Examples
        --------
        >>> curve.n_listed == len(curve.specifications)  # curve: help(es.SpecificationCurve)
        True
        """
        return len(self.specifications) + len(self.refused)

    def value(self, measure: str, column: str = "value") -> float:
        """Return one number of `summary`, e.g. ``value("share_significant", "pvalue")``.

        Examples
        --------
        >>> round(curve.value("median_estimate"), 3)  # curve: help(es.SpecificationCurve)
        0.006
        """
        choose(measure, MEASURES, "measure")
        frame = self.summary.set_index("measure")
        choose(column, [str(c) for c in frame.columns], "column")
        return float(frame.loc[measure, column])  # type: ignore[arg-type]

    def plot(
        self,
        figure: Figure | None = None,
        *,
        ax: Axes | None = None,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the curve, the choices, the placebo distribution and the influence of choices.

        Parameters
        ----------
        figure
            An empty one to draw on; None makes one.
        ax
            Where to draw the estimates alone.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres.

        Returns
        -------
        Axes
            Of the estimates; ``ax.figure`` holds the others, labelled ``placebo``, ``choices`` and
            ``influence``.

        Examples
        --------
        >>> ax = curve.plot()  # curve: help(es.SpecificationCurve)
        """
        return plot_specification_curve(
            self.specifications,
            self.influence,
            self.summary,
            self.draws,
            ax=ax,
            figure=figure,
            alternative=self.alternative,
            title=self._heading,
            style=style,
            width=width,
        )

    @property
    def question(self) -> str:
        """Group and its size, in words.

        Examples
        --------
        >>> curve.question  # curve: help(es.SpecificationCurve)
        'All events (36 pairs, 12 dates)'
        """
        name = wording.group_label(self.group)
        pairs, units = (self.specifications[c] for c in ("n_pairs", "n_units"))
        return f"{name} ({_range(pairs, 'pair')}, {_range(units, 'date')})"

    @property
    def _heading(self) -> str:
        return f"Specification curve: {self.question}"

    def lines(self) -> list[str]:
        """Return the question, and what the curve says.

        Examples
        --------
        >>> print(curve.lines()[0])  # curve: help(es.SpecificationCurve)
        Specification curve: All events (36 pairs, 12 dates)
        """
        return [self._heading, *self.sentences()]

    def tidy(self) -> pd.DataFrame:
        """Return the rows of `specifications`.

        Examples
        --------
        >>> curve.tidy()["model"].unique().tolist()  # curve: help(es.SpecificationCurve)
        ['market_model', 'constant_mean']
        """
        return self.specifications.copy()

    def table(self) -> pd.DataFrame:
        """Return `summary` for reading: a row a measure, beside its placebo distribution.

        Examples
        --------
        >>> curve.table()["measure"].tolist()[0]  # curve: help(es.SpecificationCurve)
        'median estimate'
        """
        frame = self._summed_up()
        frame.attrs["notes"] = (
            f"{self.question}. {self.sentences()[0]} Placebo: the same specifications at placebo "
            "dates."
        )
        return frame

    def sentences(self) -> list[str]:
        """Return what the curve says, in sentences.

        Examples
        --------
        >>> curve.sentences()[0].split(",")[0]  # curve: help(es.SpecificationCurve)
        '16 specifications listed'
        """
        number = len(self.specifications)
        draws = counted(self.n_draws, "placebo draw")
        text = [
            f"{counted(self.n_listed, 'specification')} listed, {number} carried out, "
            f"{len(self.refused)} not; "
            + (f"{draws}, the same in every one." if self.n_draws else "no placebo draws.")
        ]
        if refused := refusals(self.refused, self.n_listed):
            text.append(f"{refused}.")
        text.append(self._estimates())
        pvalue = self.value("share_significant", "pvalue")
        if not self.n_draws:
            text.append(f"Significance was not tested: {self.summary['note'].iloc[-1]}.")
        elif np.isfinite(pvalue):
            middle, low, high = (
                _share(self.value("share_significant", f"placebo_{name}"))
                for name in ("median", "low", "high")
            )
            text.append(
                f"At placebo dates the same specifications are significant in {middle} (median; "
                f"95 % of the draws: {low} to {high}); a share this large: "
                f"{wording.p_equals(pvalue)}."
            )
        else:
            text.append(f"No p-value of the curve: {self.summary['note'].iloc[-1]}.")
        shares = self.influence.dropna(subset=["share_of_variance"])
        shares = shares.drop_duplicates("choice").sort_values("share_of_variance", ascending=False)
        if len(shares):
            parts = [f"{row.choice} {_share(row.share_of_variance)}" for row in records(shares)]
            text.append(
                f"Of the variance of the estimates each choice explains: {', '.join(parts)}."
            )
        return text

    def _estimates(self) -> str:
        """Return the estimates in a sentence."""
        number, significant_share = len(self.specifications), self.value("share_significant")
        median = wording.percent(self.value("median_estimate"))
        sign = wording.share(self.value("share_one_sign"), number)
        side = one_sign(self.alternative)
        sign += " have one sign" if side == "of one sign" else f" have an estimate {side}"
        if not np.isfinite(significant_share):
            return f"Median estimate {median}; {sign}."
        share = wording.share(significant_share, number)
        label = significant(self.alternative)
        return f"Median estimate {median}; {share} of the specifications are {label}, {sign}."

    @property
    def n_draws(self) -> int:
        """Placebo draws, the same for every specification.

        Examples
        --------
        >>> curve.n_draws  # curve: help(es.SpecificationCurve)
        1000
        """
        return len(self.draws)

    def to_text(self, width: int = 80) -> str:
        """Return the curve for a terminal.

        Examples
        --------
        >>> print(curve.to_text().splitlines()[0])  # curve: help(es.SpecificationCurve)
        Specification curve: All events (36 pairs, 12 dates)
        """
        heading, *sentences = self.lines()
        lines = [heading, ""]
        for sentence in sentences:
            lines += textwrap.wrap(sentence, width)
        lines += ["", tables.to_text(self._summed_up(), width)]
        lines += ["", tables.to_text(self._influences(), width)]
        reasons = self.refused.groupby("reason", sort=False).size()
        if len(reasons) > 1:  # a single one is among the sentences
            lines += ["", "Not carried out:"]
            for reason, count in reasons.items():
                lines += textwrap.wrap(
                    f"{count}: {reason}", width, initial_indent="- ", subsequent_indent="  "
                )
        return "\n".join(lines)

    def document(self) -> Document:
        """Return what the curve says, its tables, and the frames of its folder.

        Examples
        --------
        >>> sorted(curve.document().frames)[:3]  # curve: help(es.SpecificationCurve)
        ['curve', 'draws', 'influence']
        """
        from eventstudy.curve.page import shown_specifications
        from eventstudy.reporting.document import Document, Picture
        from eventstudy.reporting.report_figures import svg

        heading, *sentences = self.lines()
        return Document(
            title=heading,
            sentences=sentences,
            tables=[
                ("What the specifications say together", self.table()),
                ("Which choices matter", self._influences()),
                ("Specifications, by estimate", shown_specifications(self.specifications)),
                ("Not carried out", self.refused.drop(columns=["spec"])),
            ],
            frames={
                "curve": self.specifications, "refused": self.refused, "influence": self.influence,
                "summary": self.summary, "draws": self.draws,
            },
            pictures=lambda: [
                Picture("The curve", " ".join(sentences), svg(self._figure(), "curve"))
            ],
        )  # fmt: skip

    def to_html(self) -> str:
        """Return the curve as one self-contained page.

        Examples
        --------
        >>> curve.to_html().startswith("<!DOCTYPE html>")  # curve: help(es.SpecificationCurve)
        True
        """
        from eventstudy.reporting.report_figures import svg

        return self._page(svg(self._figure(), "curve", self._figure(drawing.PHONE)))

    def _figure(self, width: float | None = None) -> Figure:
        """Return the curve drawn at its own width, or at one in millimetres."""
        from matplotlib.figure import Figure

        size = curve_size(self.influence, width)
        figure = Figure(figsize=size, layout="constrained")
        self.plot(figure)
        return figure

    def _page(self, figure: str) -> str:
        from eventstudy.curve.page import render

        return render(
            title=self.title,
            question=self.question,
            sentences=self.sentences(),
            drawing=figure,
            summary=self._summed_up(),
            influence=self._influences(),
            specifications=self.specifications,
            refused=self.refused,
            manifest=self.manifest,
            alternative=self.alternative,
        )

    def _summed_up(self) -> pd.DataFrame:
        return summary_table(self.summary, len(self.specifications), self.alternative)

    def _influences(self) -> pd.DataFrame:
        return influence_table(self.influence, len(self.specifications))

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the folder: curve.csv and its companions, curve.png, curve.svg, curve.html.

        The folder appears whole or not at all. One that holds something else, the results of a
        study included, is left alone.

        Raises
        ------
        SourceError
            The folder holds a file that no curve wrote or that was changed since, or it cannot be
            written.

        Examples
        --------
        >>> (curve.save("curve") / "curve.csv").is_file()  # curve: help(es.SpecificationCurve)
        True
        """
        return replace_folder(Path(folder), self._fill, CURVE)

    def _fill(self, folder: Path) -> None:
        from eventstudy.reporting.svg import standalone, svg

        names = ("refused", "influence", "summary", "draws")
        frames = {"curve": self.specifications, **{name: getattr(self, name) for name in names}}
        for name, frame in frames.items():
            write_frame(frame, folder / f"{name}.csv")
        write_package(folder, self.title, frames)
        write_manifest(self.manifest, folder, CURVE)
        figure = self._figure()
        figure.savefig(folder / "curve.png", dpi=_PIXELS)
        both = svg(figure, "curve", self._figure(drawing.PHONE))
        (folder / "curve.svg").write_text(f"{standalone(both)}\n", encoding="utf-8")
        (folder / "curve.html").write_text(self._page(both), encoding="utf-8")


def _share(value: float) -> str:
    return f"{100 * value:.0f} %"


def _range(values: pd.Series, noun: str) -> str:
    low, high = int(values.min()), int(values.max())
    return counted(high, noun) if low == high else f"{low} to {high} {noun}s"
