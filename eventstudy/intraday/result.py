"""Results of an intraday study: frames, figures, a text, a page, a folder."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy.inference.pvalues import interval_reach
from eventstudy.intraday import words
from eventstudy.io.folders import INTRADAY, replace_folder, write_frame, write_manifest
from eventstudy.registry import choose
from eventstudy.reporting import drawing, tables, wording
from eventstudy.reporting import figures_intraday as figures
from eventstudy.reporting.layout import layout
from eventstudy.reporting.result_views import ResultViews
from eventstudy.text import Record, counted, grouping_of, is_missing, listed, plain, records

if TYPE_CHECKING:
    import os

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy.reporting.document import Document
    from eventstudy.reporting.drawing import Style

FRAMES = (
    "car", "statistics", "abnormal_returns", "caar", "alignment", "days", "pattern", "dropped",
    "left_out", "checks",
)  # fmt: skip
_SHOWN = 12  # pairs a text lists
_PIXELS = 125


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class IntradayResults(ResultViews):
    """What an intraday study found; every return is decimal, every missing value NaN.

    Attributes
    ----------
    alignment
        One row a pair: event_id, security, news time, session, bar_start (UTC), bar_clock (local),
        bar_minutes, minutes_into_bar, n_days, n_returns (estimated on), first_day, last_day, beta
        (on the benchmark, NaN without one), crosses (breaks of trading inside the window), note.
    abnormal_returns
        One row a pair and bar: tau, minute, bar_start, clock, from_news, return, normal_return,
        abnormal_return, std_error, standardized, n_days, path and path_std_error (cumulated),
        after_break, from_open.
    car
        One row a pair and window of minutes: car, std_error, t, df, pvalue, level, scaled_t,
        scaled_pvalue, placebo_pvalue, n_placebos, n_days, covers_from, covers_to, n_bars.
    caar
        Mean path of each group: minute, caar, std_error, ci_low, ci_high, n_pairs, n_dates.
    statistics
        One row a group, window and statistic, as ``statistics.csv`` of a daily study.
    pattern
        Volatility of every clock time on the estimation days of each pair.
    days
        Earlier sessions of each pair: estimation or passed over, and why.
    dropped
        Pairs without a result: event_id, security, stage, reason.
    left_out
        Bars that were not used: security, reason, bars, first, last.
    checks
        What is odd about the bars: security, check, detail.
    manifest
        What was asked, inputs, versions.

    Examples
    --------
    After the example of `IntradayStudy`:

    >>> minutes.tidy(by="all")["name"].tolist()
    ['placebo', 'kolari_pynnonen', 'portfolio_t']
    >>> minutes.table()[["minutes", "covers", "CAR", "t", "p"]].iloc[0].tolist()
    ['[0,+5]', '0 to +5', '+0.53 %', '8.60', '<0.001']
    >>> minutes.headline().columns.tolist(), len(minutes.statistics_table())
    (['group', '[0,+5]', 'events', 'dates'], 3)
    >>> minutes.plot(style="journal", width=88).figure.savefig("minutes.pdf")
    >>> axes = minutes.plot_path(), minutes.plot_caar(), minutes.plot_pattern()
    >>> minutes.document().title == minutes.title == minutes.lines()[0]
    True
    >>> page, folder = minutes.to_html(), minutes.save("minutes")
    """

    alignment: pd.DataFrame
    abnormal_returns: pd.DataFrame
    car: pd.DataFrame
    caar: pd.DataFrame
    statistics: pd.DataFrame
    pattern: pd.DataFrame
    days: pd.DataFrame
    dropped: pd.DataFrame
    left_out: pd.DataFrame
    checks: pd.DataFrame
    manifest: dict[str, Any]

    @property
    def title(self) -> str:
        """Heading of page and text."""
        return str(self.manifest["study"]["title"])

    # -- texts ------------------------------------------------------------------------------

    def sentences(self) -> list[str]:
        """Return what was done and what limits it, in sentences.

        Examples
        --------
        >>> minutes.sentences()[0].split(";")[0]  # minutes: help(es.IntradayStudy)
        '1 pair of 1 event, 0 dropped'
        """
        pairs = len(self.alignment)
        n_events = self.alignment["event_id"].nunique()
        minutes = int(self.alignment["bar_minutes"].iloc[0])
        study = self.manifest["study"]
        text = [
            f"{counted(pairs, 'pair')} of {counted(n_events, 'event')}, "
            f"{len(self.dropped)} dropped; bars of {counted(minutes, 'minute')}, "
            f"{study['hours']} hours, overnight returns {study['overnight']}d."
        ]
        text += words.normal_sentences(self.alignment, study)
        text += [words.placement_sentence(row) for row in records(self.alignment.head(_SHOWN))]
        shown = self.car.head(_SHOWN * len(study["windows"]))
        text += words.missing_bars(shown)
        lacking = int((self.car["bars_missing"] > 0).sum() - (shown["bars_missing"] > 0).sum())
        if lacking:
            text.append(f"{counted(lacking, 'more window')} of other pairs lack bars: see car.")
        passed = self.days[self.days["role"] == "passed over"]
        if len(passed):
            text.append(f"{counted(len(passed), 'earlier session')} passed over, listed in days.")
        for row in records(self.checks):
            text.append(f"{row.security}: {row.detail}.")
        return [*text, *(f"Assumed: {said}." for said in self.manifest.get("assumed", ()))]

    @property
    def _is_same_day(self) -> bool:
        return bool(self.manifest["study"]["estimation"] == "same_day")

    def lines(self) -> list[str]:
        """Return the title, and what was done and what limits it."""
        return [self.title, *self.sentences()]

    def tidy(self, by: str | None = None) -> pd.DataFrame:
        """Return the rows of `statistics` for one grouping.

        Parameters
        ----------
        by
            A grouping of the study; ``"all"`` for all pairs together; None for every grouping.

        Raises
        ------
        SpecificationError
            A grouping the study does not have.
        """
        grouping = self.statistics["group"].map(grouping_of)
        if by is None:
            return self.statistics.copy()
        choose(by, list(dict.fromkeys(grouping)), "grouping of these results")
        return self.statistics[grouping == by].reset_index(drop=True)

    def table(self) -> pd.DataFrame:
        """Return every pair's windows as texts: CAR in percent, t, p-values, what they cover."""
        rows = []
        for row in records(self.car):
            covers = ""
            if not is_missing(row.covers_from):
                covers = f"{row.covers_from:+g} to {row.covers_to:+g}".replace("+0 ", "0 ")
            rows.append({
                "event": row.event_id,
                "security": row.security,
                "minutes": wording.window_label(int(row.window_start), int(row.window_end)),
                "covers": covers,
                "CAR": wording.percent(row.car),
                "t": wording.number(row.t),
                "p": wording.p_value(row.pvalue),
                "level": wording.number(row.level),
                "p scaled": wording.p_value(row.scaled_pvalue),
                "p placebo": wording.p_value(row.placebo_pvalue),
                "days": "" if is_missing(row.n_days) else f"{int(row.n_days)}",
            })  # fmt: skip
        frame = pd.DataFrame(rows)
        if self._is_same_day:
            keys = ["event_id", "security"]
            number = self.car[keys].merge(self.alignment[[*keys, "n_returns"]], on=keys, how="left")
            frame = frame.drop(columns="days").assign(bars=number["n_returns"].astype(str))
        frame.attrs["notes"] = words.notes(self.car, same_day=self._is_same_day)
        return frame

    def statistics_table(self) -> pd.DataFrame:
        """Return the tests of groups as texts."""
        rows = [
            {
                "group": wording.group_label(row.group),
                "minutes": wording.window_label(int(row.window_start), int(row.window_end)),
                "test": row.name,
                "mean CAR": wording.percent(row.estimate),
                "statistic": wording.number(row.statistic),
                "p": wording.p_value(row.pvalue),
                "pairs": row.n_pairs,
                "dates": row.n_days,
                "note": row.note,
            }
            for row in records(self.statistics)
        ]
        return pd.DataFrame(rows)

    def to_text(self, width: int = 80) -> str:
        """Return the results for a terminal.

        Examples
        --------
        >>> print(minutes.to_text().splitlines()[0])  # minutes: help(es.IntradayStudy)
        Intraday event study
        """
        lines = [self.title, ""]
        for sentence in self.sentences():
            lines += textwrap.wrap(sentence, width, subsequent_indent="  ")
        lines += ["", tables.to_text(self._narrow_table(), width)]
        if len(self.alignment) > 1:
            lines += ["", tables.to_text(self.headline(), width)]
        if len(self.dropped):
            lines += ["", "Dropped:"]
            for (stage, reason), part in self.dropped.groupby(["stage", "reason"], sort=False):
                pairs = listed([f"{r.event_id} {r.security}" for r in records(part)][:4])
                further = f" and {len(part) - 4} more" if len(part) > 4 else ""
                lines += textwrap.wrap(
                    f"- {stage}: {pairs}{further}: {reason}", width, subsequent_indent="  "
                )
        if len(self.left_out):
            lines += ["", "Bars not used:"]
            for row in records(self.left_out):
                number = f"{counted(int(row.bars), 'bar')}, " if row.bars else ""
                lines += textwrap.wrap(
                    f"- {row.security}: {number}{row.reason}", width, subsequent_indent="  "
                )
        return "\n".join(lines)

    def _narrow_table(self) -> pd.DataFrame:
        """Return `table` for a terminal, without what all rows share and without later pairs."""
        frame, notes = self.table(), str(self.table().attrs["notes"])
        keys = ["event", "security"]
        if len(self.alignment) == 1:
            frame = frame.drop(columns=keys)
        else:
            names = [f"{row.event}, {row.security}" for row in records(frame[keys])]
            frame = frame.drop(columns=[*keys, "covers", "level"])
            frame.insert(0, "pair", names)
            notes = words.notes(self.car, same_day=self._is_same_day, without_level=True)
        if len(self.alignment) > _SHOWN:
            frame = frame.head(_SHOWN * len(self.manifest["study"]["windows"]))
            notes = f"the first {_SHOWN} pairs, the others are in car; {notes}"
        frame.attrs["notes"] = notes
        return frame

    def headline(self, name: str | None = None) -> pd.DataFrame:
        """Return the table a paper prints: groups down, windows of minutes across, p beneath.

        Parameters
        ----------
        name
            The statistic whose p-values are shown; the first of the study by default.
        """
        study = self.manifest["study"]
        # Two news times of one day are two units of a placebo, but one date.
        fewest = self.statistics[["n_units", "n_days"]].min(axis=1)
        frame = layout(
            self.statistics.assign(n_units=fewest.where(self.statistics["n_units"].notna())),
            name=study["statistics"][0] if name is None else name,
            alternative=study["alternative"],
            sign=study["sign"],
        )
        frame.attrs["notes"] = str(frame.attrs["notes"]).replace(
            "windows in sessions relative to day 0",
            "windows in minutes from the begin of the bar of the news",
        )
        return frame

    def _repr_html_(self) -> str:
        from html import escape

        lines = "<br>".join(escape(plain(line)) for line in self.sentences())
        return (
            f"<p><b>{escape(self.title)}</b><br>{lines}</p>{tables.to_html(self._narrow_table())}"
        )

    # -- figures ----------------------------------------------------------------------------

    def plot(
        self, ax: Axes | None = None, *, style: Style = "default", width: float | None = None
    ) -> Axes:
        """Draw the path of the one pair, or of several their mean, and return its Axes.

        `style` is ``"default"`` or ``"journal"`` (grey, serif, without a title), here and in the
        other figures; `width`, in millimetres, that of a new figure.
        """
        if len(self.alignment) == 1:
            return self.plot_path(ax=ax, style=style, width=width)
        return self.plot_caar(ax=ax, style=style, width=width)

    def plot_caar(
        self,
        group: str = "all",
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the mean path of a group, percent by minutes from the begin of bar 0."""
        choose(group, list(dict.fromkeys(self.caar["group"])), "group")
        return figures.plot_minutes(
            self.caar[self.caar["group"] == group],
            ax,
            title=f"{wording.group_label(group)}: {self._sample_size(group)}",
            start=self._start,
            style=style,
            width=width,
        )

    def plot_path(
        self,
        event: str | None = None,
        security: str | None = None,
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the path of one pair with its 95 % forecast interval; by default of the first."""
        row, part = self._pair(self.abnormal_returns, event, security)
        reach = interval_reach(part["path_std_error"].to_numpy(), part["path_df"].to_numpy())
        path = pd.DataFrame({
            "minute": part["minute"] + int(row.bar_minutes),
            "caar": part["path"],
            "ci_low": part["path"] - reach,
            "ci_high": part["path"] + reach,
        })  # fmt: skip
        return figures.plot_minutes(
            path,
            ax,
            title=f"{row.event_id}, {row.security}, {row.session:%Y-%m-%d} {row.bar_clock}",
            start=self._start,
            news=float(row.minutes_into_bar),
            style=style,
            width=width,
        )

    def plot_pattern(
        self,
        event: str | None = None,
        security: str | None = None,
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the volatility of a bar by clock time on the estimation days of one pair."""
        row, part = self._pair(self.pattern, event, security)
        window = self.abnormal_returns
        pair_windows = window[
            (window["event_id"] == row.event_id) & (window["security"] == row.security)
        ]
        return figures.plot_pattern(
            part,
            ax,
            title=f"{row.security}: volatility of {int(row.bar_minutes)}-minute bars, "
            + (
                f"{counted(int(part['n_days'].max()), 'day')} outside the windows"
                if self._is_same_day
                else f"{row.first_day:%Y-%m-%d} to {row.last_day:%Y-%m-%d}"
            ),
            timezone=str(row.timezone),
            shaded=list(pair_windows.loc[pair_windows["clock"] != "", "clock"]),
            style=style,
            width=width,
        )

    def _pair(
        self, frame: pd.DataFrame, event: str | None, security: str | None
    ) -> tuple[Record, pd.DataFrame]:
        rows = self.alignment
        if event is not None:
            choose(event, list(dict.fromkeys(rows["event_id"])), "event")
            rows = rows[rows["event_id"] == event]
        if security is not None:
            choose(security, list(dict.fromkeys(rows["security"])), "security")
            rows = rows[rows["security"] == security]
        row = next(iter(records(rows)))
        is_own = (frame["event_id"] == row.event_id) & (frame["security"] == row.security)
        return row, frame[is_own]

    @property
    def _start(self) -> int:
        return int(self.abnormal_returns["minute"].min())

    def _sample_size(self, group: str) -> str:
        last = self.caar[self.caar["group"] == group].iloc[-1]
        return f"{counted(int(last['n_pairs']), 'pair')} on {counted(int(last['n_dates']), 'date')}"

    # -- documents --------------------------------------------------------------------------

    def to_html(self) -> str:
        """Return the results as one self-contained page."""
        from eventstudy.intraday.page import render
        from eventstudy.reporting.report_figures import svg

        return render(
            title=self.title,
            sentences=self.sentences(),
            drawings=[
                (svg(figure, f"i{at}", narrow), alt)
                for at, ((figure, alt), (narrow, _)) in enumerate(
                    zip(self._drawings(), self._drawings(drawing.PHONE), strict=True)
                )
            ],
            table=self.table(),
            statistics=self.statistics_table(),
            is_same_day=self._is_same_day,
            frames={name: getattr(self, name) for name in FRAMES},
            manifest=self.manifest,
        )

    def document(self) -> Document:
        """Return every pair and the tests of groups as tables, and the frames of the folder."""
        from eventstudy.reporting.document import Document, Picture
        from eventstudy.reporting.report_figures import svg

        frames = {name: getattr(self, name) for name in FRAMES}
        return Document(
            title=self.title,
            sentences=self.sentences(),
            tables=[
                ("Cumulative abnormal returns", self.table()),
                ("Tests", self.statistics_table()),
                ("Dropped pairs", self.dropped),
            ],
            frames={name: frame for name, frame in frames.items() if not frame.empty},
            pictures=lambda: [
                Picture(alt, alt, svg(figure, f"f{number}"))
                for number, (figure, alt) in enumerate(self._drawings(), start=1)
            ],
        )

    def _drawings(self, width: float | None = None) -> list[tuple[Figure, str]]:
        """Return the figures and what each shows, at their own width or one in millimetres."""
        from matplotlib.figure import Figure

        drawings: list[tuple[Figure, str]] = []
        of_one = "Cumulative abnormal return by minute"
        of_several = "Mean cumulative abnormal return by minute"

        def add(draw: Any, alt: str) -> None:  # noqa: ANN401
            figure = Figure(figsize=figures.minutes_size(width), layout="constrained")
            draw(figure.subplots())
            drawings.append((figure, alt))

        add(self.plot, of_one if len(self.alignment) == 1 else of_several)
        add(lambda ax: self.plot_pattern(ax=ax), "Volatility by clock time")
        return drawings

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write the folder: every frame as CSV, manifest.json, the figures, intraday.html.

        The folder appears whole or not at all. One that holds something else is left alone.

        Raises
        ------
        SourceError
            The folder holds a file that no intraday study wrote or that was changed since, or it
            cannot be written.
        """
        return replace_folder(Path(folder), self._fill, INTRADAY)

    def _fill(self, folder: Path) -> None:
        for name in FRAMES:
            write_frame(_with_instants_as_text(getattr(self, name)), folder / f"{name}.csv")
        write_manifest(self.manifest, folder, INTRADAY)
        for (figure, _), name in zip(self._drawings(), ("path", "pattern"), strict=True):
            figure.savefig(folder / f"{name}.png", dpi=_PIXELS)
        (folder / "intraday.html").write_text(self.to_html(), encoding="utf-8")


def _with_instants_as_text(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose instants are text with their clock; a folder writes dates alone."""
    clocked = {
        column: frame[column].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
        for column in frame.columns
        if isinstance(frame[column].dtype, pd.DatetimeTZDtype)
    }
    return frame.assign(**clocked)
