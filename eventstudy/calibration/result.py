"""The result of a calibration: its frame, tables, picture and files."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy._typing import LEVEL
from eventstudy.exceptions import SpecificationError
from eventstudy.io.folders import CALIBRATION, replace_folder, write_frame, write_manifest
from eventstudy.registry import choose
from eventstudy.reporting import figures_calibration as figures
from eventstudy.reporting import tables, wording
from eventstudy.reporting.columns import write_package
from eventstudy.reporting.record import usual_window
from eventstudy.reporting.result_views import ResultViews
from eventstudy.text import counted, is_missing, reason_in, records

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from eventstudy.reporting.document import Document
    from eventstudy.reporting.drawing import Style


COLUMNS = (
    "group", "window_start", "window_end", "name", "scenario", "level", "rate", "rate_low",
    "rate_high", "n_draws", "n_pairs", "n_units", "mde", "note",
)  # fmt: skip
LEVELS = (0.10, LEVEL, 0.01)
ORDINARY = "ordinary"
ROUGH = "event variance x 2"
ROUGH_TIMES = "rough times"
EVENT_SPREAD = 0.8
"""Standard deviation of the log variance of an event session where events are rougher."""
EFFECTS = (1.0, 2.0, 3.0)
_MOST_TABLES = 4


def effect_label(effect: float) -> str:
    """Return what the frame calls an effect of so many conditional standard deviations."""
    return f"effect {effect:g} s.d."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Calibration(ResultViews):
    """Rejection rates of tests on the placebo dates of a study.

    Attributes
    ----------
    frame
        group, window_start, window_end, name, scenario (``ordinary``, ``event variance x 2``,
        ``rough times``, ``effect 1 s.d.``, ...), level, rate with its 95 % interval rate_low to
        rate_high (Wilson 1927), n_draws, n_pairs, n_units, mde (daily conditional standard
        deviations, the same on every row of a test; missing beyond 10), note (why there is no
        rate).
    manifest
        Specification, versions and hashes, and which statistics were left out and why.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12, beta=1.0)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02", "M03"], model=es.MarketModel("BMK", sync="same_date"),
    ...     estimation_window=(-120, -11), event_window=(-2, 2), car_windows=[(0, 0)],
    ...     date_only="same", calendar="data", draws=99,
    ... )
    >>> rates = es.calibrate(study, events, prices, statistics=["bmp", "portfolio_t"])
    >>> rates.tidy()["name"].unique().tolist()
    ['bmp', 'portfolio_t']
    """

    frame: pd.DataFrame
    manifest: Mapping[str, Any]

    def lines(self) -> list[str]:
        """Return the title, how much was measured, and which tests were left out and why.

        Examples
        --------
        >>> len(rates.lines()) > 1  # rates: help(es.Calibration)
        True
        """
        tests, groups = (self.frame[column].nunique() for column in ("name", "group"))
        draws = counted(int(self.frame["n_draws"].max()), "placebo draw")
        return [
            f"Calibration: {self.manifest['study']['title']}",
            f"{counted(tests, 'test')} in {counted(len(self._windows()), 'window')}"
            f" and {counted(groups, 'group')}, {draws}.",
            *self._left_out(),
        ]

    def tidy(self) -> pd.DataFrame:
        """Return `frame`, which is the caller's own.

        Examples
        --------
        >>> rates.tidy()["n_draws"].unique().tolist()  # rates: help(es.Calibration)
        [99]
        """
        return self.frame.copy()

    def table(self, group: str = "all", window: tuple[int, int] | None = None) -> pd.DataFrame:
        """Return one group and window for reading: a row a test, rates in percent.

        Parameters
        ----------
        group
            A group of the frame.
        window
            A window of the frame; default ``(0, 1)`` where there is one, else the first.

        Examples
        --------
        >>> rates.table().shape[0]  # rates: help(es.Calibration)
        2
        """
        import pandas as pd

        chosen = self._window(window)
        part = self._part(group, chosen)
        rows = [
            _table_row(name, part[part["name"] == name]) for name in dict.fromkeys(part["name"])
        ]
        frame = pd.DataFrame(rows)
        notes = (f"{self._heading(group, chosen)}.", _LEGEND, _missing_rates(part))
        frame.attrs["notes"] = " ".join(note for note in notes if note)
        return frame

    def to_markdown(self, group: str = "all", window: tuple[int, int] | None = None) -> str:
        """Return `table` as Markdown.

        Examples
        --------
        >>> rates.to_markdown().count("bmp")  # rates: help(es.Calibration)
        1
        """
        return tables.to_markdown(self.table(group, window))

    def to_latex(
        self,
        group: str = "all",
        window: tuple[int, int] | None = None,
        *,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable).

        Examples
        --------
        >>> "bmp" in rates.to_latex()  # rates: help(es.Calibration)
        True
        """
        return tables.to_latex(self.table(group, window), caption, label)

    def to_text(
        self,
        groups: Sequence[str] | None = None,
        windows: Sequence[tuple[int, int]] | None = None,
        *,
        width: int = 80,
    ) -> str:
        """Return tables for a terminal, one a group and window.

        Parameters
        ----------
        groups
            Default: ``all`` and the largest others, four tables in all.
        windows
            Default: ``(0, 1)`` where there is one, else the first.
        width
            No line is longer.

        Examples
        --------
        >>> print(rates.to_text().splitlines()[0])  # rates: help(es.Calibration)
        All events, [0,0]: 36 pairs, 12 dates
        """
        chosen_windows = (
            [self._window(None)] if windows is None else [self._window(w) for w in windows]
        )
        chosen = self._largest() if groups is None else list(groups)
        parts = []
        for group in chosen:
            for window in chosen_windows:
                part = self._part(group, window)
                heading = textwrap.wrap(self._heading(group, window), width)
                text = tables.to_text(self.table(group, window), width, notes="")
                without = textwrap.wrap(_missing_rates(part), width)
                parts.append("\n".join([*heading, text, *without]))
        notes = [_LEGEND]
        left = self.frame["group"].nunique() - len(chosen)
        if left > 0:
            notes.append(f"{counted(left, 'further group')} and all windows: see the file.")
        notes += self._left_out()
        parts.append("\n".join(line for note in notes for line in textwrap.wrap(note, width)))
        return "\n\n".join(parts)

    def document(self) -> Document:
        """Return the largest groups as tables, and every rate as a frame.

        Examples
        --------
        >>> rates.document().title  # rates: help(es.Calibration)
        'Calibration: Event study'
        """
        from eventstudy.reporting.document import Document, Picture
        from eventstudy.reporting.report_figures import svg

        title, *sentences = self.lines()
        window = self._window(None)
        return Document(
            title=title,
            sentences=sentences,
            tables=[
                (self._heading(group, window), self.table(group, window))
                for group in self._largest()
            ],
            frames={"calibration": self.frame},
            pictures=lambda: [
                Picture("Measured sizes", self._heading("all", window), svg(_picture(self), "size"))
            ],
        )

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write calibration.csv, calibration.svg and manifest.json; whole or not at all.

        Raises
        ------
        SourceError
            The folder holds a file that no calibration wrote or that was changed since, or it
            cannot be written.

        Examples
        --------
        >>> (rates.save("rates") / "calibration.csv").is_file()  # rates: help(es.Calibration)
        True
        """

        def fill(work: Path) -> None:
            write_frame(self.frame, work / "calibration.csv")
            write_package(work, self.lines()[0], {"calibration": self.frame})
            _write_picture(self, work / "calibration.svg")
            write_manifest(self.manifest, work, CALIBRATION)

        return replace_folder(Path(folder), fill, CALIBRATION)

    def plot(
        self,
        group: str = "all",
        window: tuple[int, int] | None = None,
        ax: Axes | None = None,
        *,
        style: Style = "default",
        width: float | None = None,
    ) -> Axes:
        """Draw the measured sizes of one group and window with their intervals.

        Parameters
        ----------
        group, window
            Of which pairs; default all, over the window of the findings.
        ax
            Where to draw; None makes a figure.
        style
            ``"default"``, or ``"journal"``: grey, serif, without a title.
        width
            Of a new figure, in millimetres.

        Returns
        -------
        Axes

        Examples
        --------
        >>> ax = rates.plot()  # rates: help(es.Calibration)
        """
        chosen = self._window(window)
        part = self._part(group, chosen)
        return figures.plot_calibration(
            part, ax, title=self._heading(group, chosen), style=style, width=width
        )

    def _heading(self, group: str, window: tuple[int, int]) -> str:
        first = next(iter(records(self._part(group, window))))
        return (
            f"{wording.group_label(group)}, {wording.window_label(*window)}: "
            f"{counted(int(first.n_pairs), 'pair')}, "
            f"{counted(int(first.n_units), 'date')}"
        )

    def _left_out(self) -> list[str]:
        reasons = self.manifest["calibration"]["left_out"].items()
        return [f"{name} left out: {reason}." for name, reason in reasons]

    def _windows(self) -> list[tuple[int, int]]:
        pairs = self.frame[["window_start", "window_end"]].itertuples(index=False)
        return list(dict.fromkeys((int(a), int(b)) for a, b in pairs))

    def _window(self, window: tuple[int, int] | None) -> tuple[int, int]:
        windows = self._windows()
        if window is None:
            return usual_window(windows)
        if tuple(window) not in windows:
            labels = ", ".join(wording.window_label(*pair) for pair in windows)
            raise SpecificationError(
                f"no window {wording.window_label(*window)} in this calibration; it has {labels}"
            )
        return int(window[0]), int(window[1])

    def _part(self, group: str, window: tuple[int, int]) -> pd.DataFrame:
        frame = self.frame
        choose(group, list(dict.fromkeys(frame["group"])), "group")
        return frame[
            (frame["group"] == group)
            & (frame["window_start"] == window[0])
            & (frame["window_end"] == window[1])
        ]

    def _largest(self) -> list[str]:
        sizes = self.frame[self.frame["group"] != "all"].groupby("group", sort=False)["n_pairs"]
        others = sizes.max().sort_values(ascending=False, kind="stable").index
        return ["all", *others[: _MOST_TABLES - 1]]


def _missing_rates(part: pd.DataFrame) -> str:
    """Which tests of a table have no rate, and why; empty where all have one."""
    rows = part[(part["scenario"] == ORDINARY) & (part["level"] == LEVEL) & part["rate"].isna()]
    reasons = [
        f"{', '.join(names)} ({reason_in(str(note))})"
        for note, names in rows.groupby("note", sort=False)["name"]
    ]
    return f"No rate: {'; '.join(reasons)}." if reasons else ""


def _picture(calibration: Calibration) -> Figure:
    """Draw all pairs."""
    from matplotlib.figure import Figure

    tests = calibration.frame["name"].nunique()
    figure = Figure(figsize=figures.calibration_size(tests), layout="constrained")
    calibration.plot(ax=figure.add_subplot())
    return figure


def _write_picture(calibration: Calibration, path: Path) -> None:
    """Write the picture of all pairs; the same numbers give the same bytes."""
    import matplotlib as mpl

    figure = _picture(calibration)
    with mpl.rc_context({"svg.hashsalt": "eventstudy", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


_LEGEND = (
    "Rejections in percent of the placebo draws: at 5 % with its 95 % interval, and at 1 %; x2: at "
    "5 % with the variance of the event day doubled on average, more for some dates and less for "
    "others; rough: at 5 % on dates before which markets were rough; +1, +2, +3: at 5 % with an "
    "effect of so many conditional standard deviations; mde: the effect found with 80 % power, in "
    "the same unit. * the interval leaves 5 % out. placebo: critical value from one half of the "
    "draws, rate over the other."
)


def _table_row(name: str, part: pd.DataFrame) -> dict[str, str]:
    """One test as a row of text."""
    rows = {(row.scenario, row.level): row for row in records(part)}

    def rate(scenario: str, level: float = LEVEL, digits: int = 1) -> str:
        row = rows.get((scenario, level))
        return "" if row is None else wording.number(100 * float(row.rate), digits)

    size = rows[ORDINARY, LEVEL]
    has_rate = not is_missing(size.rate)
    is_off = has_rate and not size.rate_low <= LEVEL <= size.rate_high
    interval = (
        f"{wording.number(100 * size.rate_low, 1)}-{wording.number(100 * size.rate_high, 1)}"
        if has_rate
        else "no rate"
    )
    return {
        "statistic": name,
        "5": rate(ORDINARY) + ("*" if is_off else ""),
        "interval": interval,
        "1": rate(ORDINARY, LEVELS[2]),
        "x2": rate(ROUGH),
        "rough": rate(ROUGH_TIMES),
        **{f"+{effect:g}": rate(effect_label(effect), digits=0) for effect in EFFECTS},
        "mde": wording.number(size.mde, 2),
    }
