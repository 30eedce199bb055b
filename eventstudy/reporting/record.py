"""What a study found, as frames, and the facts read off them."""

from __future__ import annotations

import textwrap
from dataclasses import MISSING, dataclass, field, fields
from typing import TYPE_CHECKING, Any

import pandas as pd

from eventstudy._typing import BY_CHOICE
from eventstudy.exceptions import NotApplicableError
from eventstudy.reporting import wording
from eventstudy.reporting.absent_pairs import absent_sentences, partial_sentences
from eventstudy.reporting.check_listing import error_sentences, stop_light
from eventstudy.reporting.contrasts import DAY_0, contrast_sentences
from eventstudy.reporting.day_scale import with_day_scale
from eventstudy.reporting.finding import Benchmark
from eventstudy.text import counted, listed
from eventstudy.windows import Window, estimation_window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Alternative, SignPolicy

_WIDTH = 80


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StudyRecord:
    """Everything a study found, as frames in decimal returns; all a report needs.

    Attributes
    ----------
    statistics, abnormal_returns, car, models, alignment, dropped
        The frames of the output folder; `alignment` has catch_up and reason besides.
    caar
        group, tau, caar, std_error, ci_low, ci_high, n_pairs, n_dates.
    heatmap
        row, column, estimate, pvalue, n_events, n_units, mde (daily volatilities), mde_return:
        categories by markets.
    checks
        security, date, check, severity, detail: what is odd about the prices.
    events, prices
        What the study was given, for figures and the report.
    manifest
        The whole specification, versions, hashes, seed, calendars.
    treated
        event_id, security, stage, reason: pairs kept but treated otherwise than asked.
    family
        Adjusted p-values of every group, window and market of the family.
    confounding
        Pairs of events whose event windows share sessions.
    joint
        The event-dummy regression of overlapping events.
    cross_section
        The regression of CARs on event columns.
    activity
        Abnormal volatility and volume.
    statistics_beside, heatmap_beside, contrasts_beside
        As those of the first model, by the second model of the study on the same pairs, over the
        CAR windows.
    abnormal_returns_beside
        event_id, security, tau, abnormal_return by the second model.
    statistics_conventions
        Tests by the study's own conventions and by those of other software, a row each.
    contrasts
        Differences between two groups of events.
    anticipation
        Tests of the sessions before day 0, with the share of pairs whose day 0 is uncertain.
    ranges
        What each kind of news did in each market: the middle and the range of its dates, how often
        up, beside ordinary days and the benchmark.
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
    treated: pd.DataFrame = field(default_factory=pd.DataFrame)
    family: pd.DataFrame = field(default_factory=pd.DataFrame)
    confounding: pd.DataFrame = field(default_factory=pd.DataFrame)
    joint: pd.DataFrame = field(default_factory=pd.DataFrame)
    cross_section: pd.DataFrame = field(default_factory=pd.DataFrame)
    activity: pd.DataFrame = field(default_factory=pd.DataFrame)
    statistics_beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    heatmap_beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    contrasts: pd.DataFrame = field(default_factory=pd.DataFrame)
    contrasts_beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    abnormal_returns_beside: pd.DataFrame = field(default_factory=pd.DataFrame)
    statistics_conventions: pd.DataFrame = field(default_factory=pd.DataFrame)
    anticipation: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranges: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def labels(self) -> dict[str, str]:
        """Names of the markets as figures and tables write them.

        Examples
        --------
        >>> results.labels["M01"]  # results: help(es.EventStudyResults)
        'M01'
        """
        return {name: facts["label"] for name, facts in self.manifest["markets"].items()}

    @property
    def same_pairs(self) -> dict[str, str]:
        """Groups of the same pairs as an earlier one, under another name: their label and its.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.same_pairs  # no group holds the pairs of another
        {}
        """
        return dict(self.manifest.get("same_pairs", {}))

    @property
    def names(self) -> dict[str, str]:
        """`labels`, and for a group that has copies its name with theirs.

        Examples
        --------
        >>> sorted(results.names)  # results: help(es.EventStudyResults)
        ['M01', 'M02', 'M03']
        """
        labels = self.labels
        copies: dict[str, list[str]] = {}
        for copy, first in self.same_pairs.items():
            copies.setdefault(first, []).append(wording.group_label(copy, labels))
        also = {
            first: f"{wording.group_label(first, labels)} (also {listed(names)})"
            for first, names in copies.items()
        }
        return labels | also

    def distinct(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of `frame` without the copies of groups it holds: each is shown once.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.distinct(results.statistics)["group"].unique().tolist()
        ['all', 'kind=bad', 'kind=good']
        """
        if not self.same_pairs or frame.empty:
            return frame
        held = set(frame["group"])
        copies = [copy for copy, first in self.same_pairs.items() if first in held]
        return frame[~frame["group"].isin(copies)]

    @property
    def assumed(self) -> tuple[str, ...]:
        """What reading the inputs assumed, a sentence each.

        Examples
        --------
        >>> for sentence in results.assumed[:2]:  # results: help(es.EventStudyResults)
        ...     print(sentence)
        a date means the session of that date or the next one (date_only="same")
        market model on BMK
        """
        return tuple(self.manifest.get("assumed", ()))

    @property
    def errors(self) -> list[str]:
        """The errors among the data checks, those of one kind and column in one sentence.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.errors  # the data checks found none
        []
        """
        return error_sentences(self.checks)

    @property
    def spec(self) -> Mapping[str, Any]:
        """The specification, as the tables of a study file.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.spec["windows"]["event"], results.spec["statistics"]["names"]
        ([-2, 2], ['placebo', 'bmp'])
        """
        spec: Mapping[str, Any] = self.manifest["study"]
        return spec

    @property
    def model_names(self) -> tuple[str, str]:
        """What results of the first and of the second model are called in a sentence.

        Such as ``in total`` and ``beyond S&P 500``; the second is empty where there is one model.

        Examples
        --------
        >>> results.model_names  # results: help(es.EventStudyResults)
        ('beyond BMK', '')
        """
        model = self.spec["model"]
        first = _results_of(model, model_factors(model))
        if "beside" not in model:
            return first, ""
        other = model["beside"]
        second = _results_of(other, listed(self.manifest["beside"]["factors"]))
        return (
            (f"by {model['name']}", f"by {other['name']}") if first == second else (first, second)
        )

    @property
    def benchmark(self) -> Benchmark | None:
        """The benchmark that returns are compared with, of the model that has one; or None.

        Examples
        --------
        >>> results.benchmark.name  # results: help(es.EventStudyResults)
        'BMK'
        """
        model = self.spec["model"]
        if "beside" in model and self.manifest["beside"]["factors"]:
            facts = self.manifest["beside"]
            name, sync = f"the {listed(facts['factors'])}", str(facts["sync"])
        else:
            name, sync = model_factors(model), str(self.manifest["sync"])
        if not name:
            return None
        is_total = not model_factors(model)
        tested = "" if is_total else self.model_names[0]
        return Benchmark(name=name, is_last_close=sync.startswith("asof"), tested=tested)

    @property
    def event_window(self) -> Window:
        """The event window.

        Examples
        --------
        >>> results.event_window  # results: help(es.EventStudyResults)
        Window(start=-2, end=2)
        """
        return Window.of(self.spec["windows"]["event"])

    @property
    def alternative(self) -> Alternative:
        """Which deviations from the null the study counts.

        Examples
        --------
        >>> results.alternative  # results: help(es.EventStudyResults)
        'two-sided'
        """
        side: Alternative = self.spec["statistics"].get("alternative", "two-sided")
        return side

    @property
    def sign(self) -> SignPolicy:
        """Whether pooled returns are multiplied by the expected sign of their event.

        Examples
        --------
        >>> results.sign  # results: help(es.EventStudyResults)
        'none'
        """
        sign: SignPolicy = self.spec["statistics"].get("sign", "none")
        return sign

    @property
    def car_windows(self) -> list[tuple[int, int]]:
        """The windows abnormal returns were cumulated over.

        Examples
        --------
        >>> results.car_windows  # results: help(es.EventStudyResults)
        [(0, 0), (0, 1), (-1, 1)]
        """
        return [(int(a), int(b)) for a, b in self.spec["windows"]["car"]]

    @property
    def headline_name(self) -> str:
        """The statistic tables show unless told otherwise: placebo where the study has it.

        Examples
        --------
        >>> results.headline_name  # results: help(es.EventStudyResults)
        'placebo'
        """
        names = list(self.spec["statistics"]["names"])
        return "placebo" if "placebo" in names else str(names[0])

    @property
    def headline_window(self) -> tuple[int, int]:
        """The window findings speak of: [0,+1] where the study has it, else the first.

        Examples
        --------
        >>> results.headline_window  # results: help(es.EventStudyResults)
        (0, 1)
        """
        return usual_window(self.car_windows)

    @property
    def event_sessions(self) -> pd.Series:
        """Day 0 of every pair studied.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> str(results.event_sessions.min().date()), len(results.event_sessions)
        ('2017-08-17', 72)
        """
        pairs = self.models[["event_id", "security"]]
        sessions = self.alignment[["event_id", "security", "session"]]
        merged = sessions.merge(pairs, on=["event_id", "security"], validate="one_to_one")
        return pd.to_datetime(merged["session"])

    def car_by_event(self, window: Window | tuple[int, int]) -> pd.DataFrame:
        """Return the rows of `car` of one window with the headline and day 0 of their event.

        Parameters
        ----------
        window
            One of the windows abnormal returns were cumulated over.

        Returns
        -------
        DataFrame
            The columns of `car`, session, label: the headline or, without one, the event_id; and
            std_error_day, the standard error at the volatility known before the event.

        Raises
        ------
        NotApplicableError
            Another window.

        Examples
        --------
        >>> results.car_by_event((0, 0)).columns.tolist()[:3]  # results: help(es.EventStudyResults)
        ['event_id', 'security', 'window_start']
        """
        chosen = Window.of(window)
        rows = self.car[
            (self.car["window_start"] == chosen.start) & (self.car["window_end"] == chosen.end)
        ]
        if rows.empty:
            windows = ", ".join(str(Window(*pair)) for pair in self.car_windows)
            raise NotApplicableError(f"no CAR over {chosen} in these results; there is {windows}")
        labels = self.events[["event_id"]].assign(label=self.events["event_id"])
        if "headline" in self.events:
            labels["label"] = self.events["headline"].fillna(labels["event_id"])
        sessions = self.alignment[["event_id", "security", "session"]]
        rows = rows.merge(labels, on="event_id", validate="many_to_one").merge(
            sessions, on=["event_id", "security"], validate="one_to_one"
        )
        return with_day_scale(rows, self.abnormal_returns, self.models)

    def lines(self) -> list[str]:
        """Return conventions and counts, a line each or, where that is too long, two.

        Examples
        --------
        >>> for line in results.lines()[:3]:  # results: help(es.EventStudyResults)
        ...     print(line)
        Event study
          24 events in 3 markets: 72 pairs, sessions 2017-08-17 to 2018-10-26
          dropped: none
        """
        spec = self.spec
        pairs = self.models[["event_id", "security"]]
        model = spec["model"]
        factors = model_factors(model)
        stages = self.dropped["stage"].value_counts()
        counts = [(str(stage), int(count)) for stage, count in stages.items()]
        lost = [f"{stage} {count}" for stage, count in counts if stage not in BY_CHOICE]
        left_out = [
            f"{'events.select' if stage == 'select' else stage} {count}"
            for stage, count in counts
            if stage in BY_CHOICE
        ]
        dates = self.event_sessions
        on_factors = f" on {factors}, {self.manifest['sync']}" if factors else ""
        windows = spec["windows"]
        is_whole = spec["sample"].get("complete_windows", False)
        event = f"{Window.of(windows['event'])}{' without a gap' if is_whole else ''}"
        sentences = [
            f"{counted(pairs['event_id'].nunique(), 'event')} in "
            f"{counted(pairs['security'].nunique(), 'market')}: "
            f"{counted(len(pairs), 'pair')}, "
            f"sessions {dates.min():%Y-%m-%d} to {dates.max():%Y-%m-%d}",
            f"dropped: {', '.join(lost) or 'none'}"
            + (f"; left out by choice: {', '.join(left_out)}" if left_out else ""),
            *self.absent_sentences(),
            f"{spec['prices']['kind']} returns, {model['name']}{on_factors}",
            *self._beside_line(),
            f"estimation window {estimation_window(windows['estimation'])}, "
            f"event window {event}, at least {spec['sample']['min_obs']} sessions"
            if spec["sample"]["min_obs"]
            else f"nothing estimated, event window {event}",
        ]
        if self.sign == "expected":
            sentences.append(
                "means are in the expected direction: + is a move as expected, whether up or down"
            )
        sentences += contrast_sentences(self.contrasts, DAY_0)
        sentences += [f"assumed: {said}" for said in self.assumed]
        return [str(spec["title"]), *_wrapped(self._stop_light()), *_wrapped(sentences)]

    def absent_sentences(self) -> list[str]:
        """Return which pairs lack day 0, a window of CARs, or sessions of one, and why.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> results.absent_sentences()  # every pair has them
        []
        """
        parts = self.abnormal_returns, self.models, self.car_windows
        return [*absent_sentences(*parts), *partial_sentences(*parts)]

    def _beside_line(self) -> list[str]:
        """Return the second model, and how many pairs it lacks; nothing without one."""
        model = self.spec["model"].get("beside")
        if model is None:
            return []
        factors = model_factors(model)
        line = f"beside it {model['name']}"
        line += f" on {factors}, {self.manifest['beside']['sync']}" if factors else ""
        lost = 0 if self.treated.empty else int((self.treated["stage"] == "model.beside").sum())
        return [line + (f", without {counted(lost, 'pair')}" if lost else "")]

    def _stop_light(self) -> list[str]:
        """Return what heads the results where the data checks found errors; else nothing."""
        if not self.errors:
            return []
        return [stop_light(self.errors), *(f"- {sentence}" for sentence in self.errors)]


_OF_FRAMES = [field_ for field_ in fields(StudyRecord) if field_.name != "manifest"]
FRAMES = tuple(field_.name for field_ in _OF_FRAMES if field_.default_factory is MISSING)
OPTIONAL = tuple(field_.name for field_ in _OF_FRAMES if field_.default_factory is not MISSING)
"""Frames only some studies have; the folder holds no file for an empty one."""


def _wrapped(sentences: Sequence[str]) -> list[str]:
    """Return the lines of sentences, as wide as a terminal."""
    return [
        line
        for sentence in sentences
        for line in textwrap.wrap(
            sentence, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False
        )
    ]


def usual_window(windows: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Return ``(0, 1)``, which holds the benchmark's later reaction too, else the first window."""
    return (0, 1) if (0, 1) in windows else windows[0] if windows else (0, 0)


def _results_of(model: Mapping[str, Any], factors: str) -> str:
    name = str(model["name"])
    if name == "constant_mean":
        return "in total"
    return f"beyond {factors}" if factors else f"by {name}"


def model_factors(model: Mapping[str, Any]) -> str:
    """Return the benchmark of a table ``[model]``, its factors or donors, as text; or nothing."""
    if "benchmark" in model:
        return ", ".join([model["benchmark"], *model.get("others", [])])
    return ", ".join(model.get("factors") or model.get("donors", []))
