"""Results: labelled frames of a finished study, and every question asked of them later."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy import alignment as _alignment
from eventstudy import figures, tables
from eventstudy import frames as _frames
from eventstudy._registry import choose
from eventstudy.aggregation import make_groups
from eventstudy.exceptions import NotApplicableError, SourceError
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import evaluate
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from matplotlib.axes import Axes

    from eventstudy.inference.evaluate import Design
    from eventstudy.report import ReportContent

FRAMES = (
    "statistics", "abnormal_returns", "car", "models", "alignment", "dropped", "caar", "heatmap",
    "checks", "events", "prices",
)  # fmt: skip
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """What later questions need and files do not hold.

    Attributes
    ----------
    design : pairs, placebo positions and what derives from them
    labels : ``(P,)`` rows of the columns pairs can be grouped by
    """

    design: Design
    labels: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventStudyResults:
    """Everything a study found, as frames in decimal returns.

    Attributes
    ----------
    statistics, abnormal_returns, car, models, alignment, dropped
        The frames of the output folder; `alignment` has catch_up and reason besides.
    caar
        group, tau, caar, std_error, ci_low, ci_high, n_pairs, n_dates.
    heatmap
        row, column, estimate, pvalue, n_events, mde: categories by markets.
    checks
        security, date, check, severity, detail: what is odd about the prices.
    events, prices
        What the study was given, for figures and the report.
    manifest
        The whole specification, versions, hashes, seed, calendars.
    fitted
        What `test` needs; None for results read from a folder.
    """

    statistics: pd.DataFrame
    abnormal_returns: pd.DataFrame
    car: pd.DataFrame
    models: pd.DataFrame
    alignment: pd.DataFrame
    dropped: pd.DataFrame
    caar: pd.DataFrame
    heatmap: pd.DataFrame
    checks: pd.DataFrame
    events: pd.DataFrame
    prices: pd.DataFrame
    manifest: Mapping[str, Any]
    fitted: Fitted | None = None

    # -- the tidy frame ---------------------------------------------------------------------

    def tidy(
        self,
        by: str | None = None,
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        names: Iterable[str] | str | None = None,
    ) -> pd.DataFrame:
        """Return the rows of `statistics` for one grouping.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; None gives everything computed. A grouping the
            study did not have is computed now.
        windows, names
            Only these windows (default: all) and statistics (default: the study's).
        """
        if by is None and windows is None and names is None:
            return self.statistics.copy()
        wanted = None if windows is None else [Window.of(window) for window in windows]
        chosen = [names] if isinstance(names, str) else None if names is None else list(names)
        here = self._rows(by, wanted, chosen)
        if here is not None:
            return here
        return self._evaluate(by, wanted, chosen)

    def test(
        self, name: str, window: Window | tuple[int, int] = (0, 0), by: str | None = None
    ) -> pd.DataFrame:
        """Return one statistic in one window, computed now if the study did not ask for it.

        Raises
        ------
        NotApplicableError
            For results read from a folder, when the answer is not among those saved.
        """
        choose(name, STATISTICS.names(), "statistic")
        return self.tidy(by, windows=[window], names=[name])

    def _rows(
        self, by: str | None, windows: list[Window] | None, names: list[str] | None
    ) -> pd.DataFrame | None:
        """Rows already computed, or None when any is missing."""
        rows = self.statistics
        if by is not None:
            rows = rows[rows["group"].str.startswith(f"{by}=")]
        if windows is not None:
            keys = {(window.start, window.end) for window in windows}
            have = set(zip(rows["window_start"], rows["window_end"], strict=True))
            if not keys <= have:
                return None
            inside = [
                key in keys for key in zip(rows["window_start"], rows["window_end"], strict=True)
            ]
            rows = rows[inside]
            rows = rows.drop_duplicates(["group", "window_start", "window_end", "name"])
        if names is not None:
            if not set(names) <= set(rows["name"]):
                return None
            rows = rows[rows["name"].isin(names)]
        return rows.reset_index(drop=True) if len(rows) else None

    def _evaluate(
        self, by: str | None, windows: list[Window] | None, names: list[str] | None
    ) -> pd.DataFrame:
        if self.fitted is None:
            raise NotApplicableError(
                "these results were read from a folder and do not hold this answer; "
                "fit the study again to ask for another window, grouping or statistic"
            )
        event = self.event_window
        for window in windows or []:
            if not event.contains(window):
                raise NotApplicableError(
                    f"window {window} is not inside the event window {event} of this study"
                )
        groups = make_groups(self.fitted.labels, [] if by is None else [by])
        groups = groups if by is None else groups[1:]
        asked = windows or [Window(int(a), int(b)) for a, b in self.car_windows]
        return evaluate(
            self.fitted.design,
            groups,
            [(window, "car") for window in asked],
            names or self.spec["statistics"]["names"],
        )

    @property
    def labels(self) -> dict[str, str]:
        """Names of the markets as figures and tables write them."""
        return {name: facts["label"] for name, facts in self.manifest["markets"].items()}

    # -- facts ------------------------------------------------------------------------------

    @property
    def spec(self) -> Mapping[str, Any]:
        """The specification, as the tables of a study file."""
        spec: Mapping[str, Any] = self.manifest["study"]
        return spec

    @property
    def event_window(self) -> Window:
        """The event window."""
        return Window.of(self.spec["windows"]["event"])

    @property
    def car_windows(self) -> list[tuple[int, int]]:
        """The windows abnormal returns were cumulated over."""
        return [(int(a), int(b)) for a, b in self.spec["windows"]["car"]]

    def summary(self) -> str:
        """Return conventions, counts and the headline table, 80 columns wide."""
        return "\n".join([*self._lines(), "", self.to_text()])

    def _lines(self) -> list[str]:
        spec = self.spec
        pairs = self.models[["event_id", "security"]]
        model = spec["model"]
        faced = model.get("benchmark") or ", ".join(model.get("factors", []))
        lost = self.dropped["stage"].value_counts()
        dropped = ", ".join(f"{stage} {count}" for stage, count in lost.items()) or "none"
        day0 = self.abnormal_returns["tau"] == 0
        dates = pd.to_datetime(self.abnormal_returns.loc[day0, "session"]).dropna()
        by_name = f"{model['name']}" + (f" on {faced}, {self.manifest['sync']}" if faced else "")
        windows = spec["windows"]
        return [
            str(spec["title"]),
            f"  {pairs['event_id'].nunique()} events in {pairs['security'].nunique()} markets: "
            f"{len(pairs)} pairs, sessions {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}",
            f"  dropped: {dropped}",
            f"  {spec['prices']['kind']} returns, {by_name}",
            f"  estimation window {Window.of(windows['estimation'])}, "
            f"event window {Window.of(windows['event'])}, at least {spec['sample']['min_obs']} "
            "sessions",
        ]

    def __repr__(self) -> str:
        return "\n".join(self._lines())

    def _repr_html_(self) -> str:
        from html import escape

        lines = "<br>".join(escape(line.strip()) for line in self._lines())
        return f"<p>{lines}</p>{tables.to_html(self.table())}"

    # -- tables -----------------------------------------------------------------------------

    def table(self, by: str | None = None, *, name: str | None = None) -> pd.DataFrame:
        """Return the table a paper prints: groups down, CAR windows across, p beneath."""
        shown = self.headline_name if name is None else name
        rows = self.tidy(by, windows=self.car_windows or [(0, 0)], names=[shown])
        rows = rows.assign(measure="car")
        return tables.layout(rows, name=shown)

    @property
    def headline_name(self) -> str:
        """The statistic tables show unless told otherwise: placebo where the study has it."""
        names = list(self.spec["statistics"]["names"])
        return "placebo" if "placebo" in names else str(names[0])

    @property
    def headline_window(self) -> tuple[int, int]:
        """The window findings speak of: [0,+1] where the study has it, else the first."""
        return usual_window(self.car_windows)

    def to_text(self, by: str | None = None, *, name: str | None = None, width: int = 80) -> str:
        """Return `table` for a terminal."""
        return tables.to_text(self.table(by, name=name), width)

    def to_markdown(self, by: str | None = None, *, name: str | None = None) -> str:
        """Return `table` as Markdown."""
        return tables.to_markdown(self.table(by, name=name))

    def to_latex(
        self,
        by: str | None = None,
        *,
        name: str | None = None,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable)."""
        return tables.to_latex(self.table(by, name=name), caption, label)

    # -- figures ----------------------------------------------------------------------------

    def plot_caar(
        self, by: str | None = None, ax: Axes | None = None, *, groups: Sequence[str] | None = None
    ) -> Axes:
        """Draw CAAR paths with 95 % intervals by date.

        Parameters
        ----------
        by
            A column, ``"security"`` or ``"a*b"``; None draws all pairs together.
        ax
            Where to draw; None makes a figure.
        groups
            Labels such as ``"category=deal"``; default the largest five of the grouping.
        """
        frame = self.caar
        of = frame if by is None else frame[frame["group"].str.startswith(f"{by}=")]
        if of.empty and self.fitted is not None:
            made = make_groups(self.fitted.labels, [str(by)])[1:]
            of = _frames.caar_frame(self.fitted.design, made)
        elif of.empty:
            known = sorted({g.split("=")[0] for g in frame["group"] if "=" in g})
            choose(str(by), known, "grouping of these results")
        chosen = ["all"] if groups is None and by is None else list(groups or ())
        if not chosen:
            chosen = list(of.groupby("group")["n_pairs"].max().nlargest(5).index)
        return figures.plot_caar(of, ax, groups=chosen, labels=self.labels)

    def plot_car_by_event(
        self,
        window: Window | tuple[int, int] = (0, 0),
        ax: Axes | None = None,
        *,
        security: str | None = None,
    ) -> Axes:
        """Draw each event's CAR with its 95 % interval, in one market or averaged over them."""
        chosen = Window.of(window)
        frame = self.car_by_event(chosen)
        return figures.plot_car_by_event(
            frame, ax, security=security, window=(chosen.start, chosen.end)
        )

    def car_by_event(self, window: Window | tuple[int, int]) -> pd.DataFrame:
        """Return event_id, label, security, session, car, std_error of one window."""
        chosen = Window.of(window)
        rows = self.car[
            (self.car["window_start"] == chosen.start) & (self.car["window_end"] == chosen.end)
        ]
        if rows.empty:
            windows = ", ".join(str(Window(*pair)) for pair in self.car_windows)
            raise NotApplicableError(f"no CAR over {chosen} in these results; there is {windows}")
        headline = "headline" if "headline" in self.events else "event_id"
        labels = self.events[["event_id", headline]].set_axis(["event_id", "label"], axis=1)
        sessions = self.alignment[["event_id", "security", "session"]]
        return rows.merge(labels, on="event_id", validate="many_to_one").merge(
            sessions, on=["event_id", "security"], validate="one_to_one"
        )

    def plot_heatmap(self, ax: Axes | None = None) -> Axes:
        """Draw mean CARs of categories by markets, with significance."""
        if self.heatmap.empty:
            raise NotApplicableError("the events have no category, so there is no heatmap")
        return figures.plot_heatmap(self.heatmap, ax, labels=self.labels)

    def plot_timeline(self, ax: Axes | None = None) -> Axes:
        """Draw the closes, rebased, with the events below."""
        first = self.alignment.dropna(subset=["session"]).groupby("event_id")["session"].min()
        events = self.events.merge(
            first.rename("session"), left_on="event_id", right_index=True, validate="one_to_one"
        )
        return figures.plot_timeline(self.prices, events, ax, labels=self.labels)

    # -- documents --------------------------------------------------------------------------

    def report_content(self) -> ReportContent:
        """Return the frames and texts of the report."""
        from eventstudy._content import report_content

        return report_content(self)

    def report(self, path: str | os.PathLike[str]) -> Path:
        """Write the report as one self-contained HTML file and return its path."""
        from eventstudy.report import render_html

        target = Path(path)
        text = render_html(self.report_content())
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(
                "w", encoding="utf-8", dir=target.parent, suffix=".part", delete=False
            ) as file:
                file.write(text)
            os.chmod(file.name, 0o644)  # noqa: PTH101 - a temporary file is private
            Path(file.name).replace(target)
        except OSError as error:
            raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
        return target

    def save(self, folder: str | os.PathLike[str], *, report: bool = True) -> Path:
        """Write the output folder: every frame as CSV, manifest.json, report.html.

        The folder appears whole or not at all: it is written beside its place and renamed. An
        existing folder is replaced only if it is empty or holds a manifest of ours.

        Raises
        ------
        SourceError
            The folder holds something else, or cannot be written.
        """
        target = Path(folder)
        check_folder(target)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        except OSError as error:
            raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
        try:
            self._write(work)
            if report:
                # From what was written, so that rendering it again gives the same bytes.
                load_results(work).report(work / "report.html")
            work.chmod(0o755)
            _swap(work, target)
        except OSError as error:
            raise SourceError(f"{target}: cannot be written ({error.strerror})") from error
        finally:
            shutil.rmtree(work, ignore_errors=True)
        return target

    def _write(self, folder: Path) -> None:
        for name in FRAMES:
            frame: pd.DataFrame = getattr(self, name)
            if name == "alignment":
                extra = frame[["catch_up", "reason"]]
                frame = pd.concat([_alignment.to_contract(frame), extra], axis=1)
            frame.to_csv(
                folder / f"{name}.csv",
                index=name == "prices",
                float_format="%.12g",
                date_format="%Y-%m-%d",
                lineterminator="\n",
                encoding="utf-8",
            )
        text = json.dumps(self.manifest, indent=2, ensure_ascii=False, default=str)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def check_folder(target: Path) -> None:
    """Raise unless `target` is free, empty, or a folder of results of ours."""
    if not target.exists() and not target.is_symlink():
        return
    if not target.is_dir():
        raise SourceError(f"{target}: is a file; name a folder for the results")
    if any(target.iterdir()) and not _is_ours(target):
        raise SourceError(
            f"{target}: holds files that are not results of eventstudy; name another folder"
        )


def _is_ours(folder: Path) -> bool:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and manifest.get("tool") == "eventstudy"


def _swap(work: Path, target: Path) -> None:
    """Put `work` in the place of `target`; what stood there is removed last."""
    if not target.exists():
        work.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    try:
        target.rename(old / "was")
        work.rename(target)
    except OSError:
        if (old / "was").exists() and not target.exists():
            (old / "was").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def load_results(folder: str | os.PathLike[str]) -> EventStudyResults:
    """Read results back from an output folder.

    Raises
    ------
    SourceError
        The folder is not one of ours, or a file in it cannot be read.
    """
    source = Path(folder)
    if not source.is_dir():
        raise SourceError(f"{source}: no such folder of results")
    if not _is_ours(source):
        raise SourceError(f"{source}: holds no {MANIFEST} of eventstudy, so no results")
    dates = {
        "abnormal_returns": ["session"],
        "alignment": ["session", "published_utc"],
        "checks": ["date"],
        "prices": ["date"],
        "events": ["published_at", "date"],
    }
    text = {"event_id": str, "security": str, "group": str, "overlaps": str, "reason": str}
    text |= {"note": str, "headline": str, "url": str, "expected_sign": str, "markets": str}
    found: dict[str, pd.DataFrame] = {}
    for name in FRAMES:
        try:
            frame = pd.read_csv(
                source / f"{name}.csv", dtype=text, keep_default_na=False, na_values=[""],
                float_precision="round_trip",
            )  # fmt: skip
        except (OSError, ValueError) as error:
            raise SourceError(f"{source / name}.csv: cannot be read ({error})") from error
        for column in dates.get(name, []):
            if column in frame:
                frame[column] = pd.to_datetime(
                    frame[column], format="ISO8601", utc=column.startswith("published") or None
                ).dt.as_unit("ns")
        found[name] = frame
    found["prices"] = found["prices"].set_index("date")
    for name in ("statistics",):
        found[name]["note"] = found[name]["note"].fillna("")
    later = found["alignment"]["benchmark_reacts_later"]
    found["alignment"]["benchmark_reacts_later"] = later.astype("boolean")
    manifest = json.loads((source / MANIFEST).read_text(encoding="utf-8"))
    return EventStudyResults(manifest=manifest, **found)


def usual_window(windows: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """``(0, 1)`` where it is there: it holds the benchmark's own later reaction too."""
    return (0, 1) if (0, 1) in windows else windows[0] if windows else (0, 0)


def heatmap_of(fitted: Fitted, windows: Sequence[tuple[int, int]], name: str) -> pd.DataFrame:
    """Return the heatmap frame of categories by markets, empty without categories."""
    empty = pd.DataFrame(columns=["row", "column", "estimate", "pvalue", "n_events", "mde"])
    if "category" not in fitted.labels:
        return empty
    usual = usual_window(windows)
    groups = make_groups(fitted.labels, ["category*security"])[1:]
    rows = evaluate(fitted.design, groups, [(Window(*usual), "car")], [name])
    return _frames.heatmap_frame(rows)
