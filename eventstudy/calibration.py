"""Size and power of every test on the user's own series and design.

A test is as good as its error rate on data like those it is used on. The placebo dates of a study
are such data: the same markets, the same events with the same distances between them, on dates on
which nothing in particular happened. Every test is put to them as they are, with a rougher event
day, and with a known effect added (docs/methods.md, section 6).
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from eventstudy import _wording as wording
from eventstudy import figures, tables
from eventstudy._registry import choose
from eventstudy.abnormal import AbnormalReturns, cumulate
from eventstudy.aggregation import make_groups
from eventstudy.exceptions import SpecificationError
from eventstudy.folder import replace_folder, write_frame, write_manifest
from eventstudy.inference import STATISTICS
from eventstudy.inference.evaluate import (
    LEVEL,
    Memo,
    cumulate_both,
    draws_for,
    gather_evidence,
    wilson,
)
from eventstudy.inference.resampling import TIE, rank_among_placebos
from eventstudy.pipeline import estimate, make_design, pair_labels, prepare, study_manifest
from eventstudy.record import usual_window

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from eventstudy._typing import FloatArray
    from eventstudy.aggregation import Group
    from eventstudy.events import Events
    from eventstudy.inference import Evidence, Statistic
    from eventstudy.inference.evaluate import Cumulated, Design, Gathered
    from eventstudy.models.base import ModelFit
    from eventstudy.prices import PricePanel
    from eventstudy.specification import Specification
    from eventstudy.windows import Window

COLUMNS = (
    "group", "window_start", "window_end", "name", "scenario", "level", "rate", "rate_low",
    "rate_high", "n_draws", "n_pairs", "n_units", "mde", "note",
)  # fmt: skip
LEVELS = (0.10, LEVEL, 0.01)
ORDINARY = "ordinary"
ROUGH = "event variance x 2"
EFFECTS = (1.0, 2.0, 3.0)
POWER = 0.8
# Effects at which power is asked for on the way to a minimum detectable one.
_GRID = (
    0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 4.0,
    5.0, 6.0, 8.0, 10.0,
)  # fmt: skip
_MOST_TABLES = 4
_MOST_DRAWS = 500
"""Draws on which power is measured: two points either way at 80 %."""


def effect_label(effect: float) -> str:
    """Return what the frame calls an effect of so many conditional standard deviations."""
    return f"effect {effect:g} s.d."


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """Rejection rates of tests on the placebo dates of a study.

    Attributes
    ----------
    frame
        group, window_start, window_end, name, scenario (``ordinary``, ``event variance x 2``,
        ``effect 1 s.d.``, ...), level, rate with its 95 % interval rate_low to rate_high (Wilson
        1927), n_draws, n_pairs, n_units, mde (daily conditional standard deviations, the same on
        every row of a test; missing beyond 10), note (why there is no rate).
    manifest
        Specification, versions and hashes, and which statistics were left out and why.
    """

    frame: pd.DataFrame
    manifest: Mapping[str, Any]

    def table(self, group: str = "all", window: tuple[int, int] | None = None) -> pd.DataFrame:
        """Return one group and window for reading: a row a test, rates in percent.

        Parameters
        ----------
        group
            A group of the frame.
        window
            A window of the frame; default ``(0, 1)`` where there is one, else the first.
        """
        import pandas as pd

        part = self._part(group, self._window(window))
        rows = [_shown(name, part[part["name"] == name]) for name in dict.fromkeys(part["name"])]
        return pd.DataFrame(rows)

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
        """
        asked = [self._window(None)] if windows is None else [self._window(w) for w in windows]
        chosen = self._largest() if groups is None else list(groups)
        parts = []
        for group in chosen:
            for window in asked:
                part = self._part(group, window)
                first = next(iter(wording.records(part)))
                heading = (
                    f"{wording.group_label(group)}, {wording.window_label(*window)}: "
                    f"{wording.counted(int(first.n_pairs), 'pair')}, "
                    f"{wording.counted(int(first.n_units), 'date')}"
                )
                text = tables.to_text(self.table(group, window), width)
                parts.append("\n".join([*textwrap.wrap(heading, width), text]))
        notes = [_LEGEND]
        left = self.frame["group"].nunique() - len(chosen)
        if left > 0:
            notes.append(f"{wording.counted(left, 'further group')} and all windows: see the file.")
        notes += [
            f"{name} left out: {reason}."
            for name, reason in self.manifest["calibration"]["left_out"].items()
        ]
        parts.append("\n".join(line for note in notes for line in textwrap.wrap(note, width)))
        return "\n\n".join(parts)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Write calibration.csv, calibration.svg and manifest.json; whole or not at all.

        Raises
        ------
        SourceError
            The folder holds something that is not ours, or cannot be written.
        """

        def fill(work: Path) -> None:
            write_frame(self.frame, work / "calibration.csv")
            _draw(self, work / "calibration.svg")
            write_manifest(self.manifest, work)

        return replace_folder(Path(folder), fill)

    def plot(
        self, group: str = "all", window: tuple[int, int] | None = None, ax: Axes | None = None
    ) -> Axes:
        """Draw the measured sizes of one group and window with their intervals."""
        chosen = self._window(window)
        part = self._part(group, chosen)
        title = f"{wording.group_label(group)}, {wording.window_label(*chosen)}"
        return figures.plot_calibration(part, ax, title=title)

    def _window(self, wanted: tuple[int, int] | None) -> tuple[int, int]:
        pairs = self.frame[["window_start", "window_end"]].itertuples(index=False)
        known = list(dict.fromkeys((int(a), int(b)) for a, b in pairs))
        if wanted is None:
            return usual_window(known)
        if tuple(wanted) not in known:
            labels = ", ".join(wording.window_label(*pair) for pair in known)
            raise SpecificationError(
                f"no window {wording.window_label(*wanted)} in this calibration; it has {labels}"
            )
        return int(wanted[0]), int(wanted[1])

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


def _draw(calibration: Calibration, path: Path) -> None:
    """Write the picture of all pairs; the same numbers give the same bytes."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    tests = calibration.frame["name"].nunique()
    figure = Figure(figsize=figures.calibration_size(tests), layout="constrained")
    calibration.plot(ax=figure.add_subplot())
    with mpl.rc_context({"svg.hashsalt": "eventstudy", "svg.fonttype": "none"}):
        figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})


_LEGEND = (
    "Rejections in percent of the placebo draws: at 5 % with its 95 % interval, and at 1 %; x2: at "
    "5 % with the variance of the event day doubled; +1, +2, +3: at 5 % with an effect of so many "
    "conditional standard deviations; mde: the effect found with 80 % power, in the same unit. "
    "* the interval leaves 5 % out. placebo: critical value from one half of the draws, rate over "
    "the other."
)


def _shown(name: str, part: pd.DataFrame) -> dict[str, str]:
    """One test as a row of text."""
    rows = {(row.scenario, row.level): row for row in wording.records(part)}

    def rate(scenario: str, level: float = LEVEL, digits: int = 1) -> str:
        row = rows.get((scenario, level))
        return "" if row is None else wording.number(100 * float(row.rate), digits)

    size = rows[ORDINARY, LEVEL]
    known = not wording.is_missing(size.rate)
    is_off = known and not size.rate_low <= LEVEL <= size.rate_high
    interval = (
        f"{wording.number(100 * size.rate_low, 1)}-{wording.number(100 * size.rate_high, 1)}"
        if known
        else "no rate"
    )
    return {
        "statistic": name,
        "5": rate(ORDINARY) + ("*" if is_off else ""),
        "interval": interval,
        "1": rate(ORDINARY, LEVELS[2]),
        "x2": rate(ROUGH),
        **{f"+{effect:g}": rate(effect_label(effect), digits=0) for effect in EFFECTS},
        "mde": wording.number(size.mde, 2),
    }


def calibrate(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    statistics: Iterable[str] | str | None = None,
    draws: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Calibration:
    """Measure size and power of tests on the placebo dates of a study.

    Every group and CAR window of `study` is moved to its placebo dates (see
    `eventstudy.inference.resampling.place`), and every test is put to each draw

    - as it is, at 10, 5 and 1 %;
    - with the abnormal return of the event session (day 0, or the first session of a window
      without it) times ``sqrt 2``: its variance doubled, without an effect;
    - with 1, 2 and 3 conditional standard deviations ``h`` added on that session, in the expected
      direction where the study signs its events and downwards where the alternative is ``less``.
      ``h`` is that known before the window, as in the placebo statistic.

    The first two are measured on every draw, power on at most 500 of them, evenly spread
    (`n_draws` says how many). The minimum detectable effect is where power at 5 % reaches 80 %:
    exact for ``placebo``, else between the points of a grid up to 10, along the normal quantile of
    power. The p-value of a placebo draw is its rank among the draws as they are; its size would
    be 5 % by construction, so that for ``ordinary`` one half of the draws is ranked among the
    other.

    Parameters
    ----------
    study, events, prices
        As for `EventStudy.fit`.
    statistics
        Registered names, for every group. Default: all whose size can be measured for all pairs
        together, and the study's own for every other group.
    draws
        Placebo draws; default the study's.
    progress
        Called with what is being done, steps done, steps in all.

    Raises
    ------
    SpecificationError
        An unknown statistic or one that cannot be measured, no draws, or a study that cannot be
        carried out.

    References
    ----------
    Brown and Warner (JFE 1980, 1985) for the design; Wilson (1927) for the intervals.
    """
    import pandas as pd

    say = progress or _silent
    names, left_out = measurable(statistics, study.alternative)
    asked = study.draws if draws is None else draws
    if not asked:
        raise SpecificationError(
            "calibration needs placebo draws; set statistics.draws, such as 2000"
        )
    own = [name for name in names if name in study.statistics] if statistics is None else names
    study = replace(study, statistics=tuple(names), draws=asked)
    say("aligning news and sessions", 0, 1)
    data = prepare(study, events, prices)
    say("estimating normal returns", 0, 1)
    sample, table = estimate(data)
    design = make_design(data, sample, table)
    labels = pair_labels(events, data.setting.markets, sample.event, sample.security)
    groups = make_groups(labels, study.by)
    tests = {
        everyone: [STATISTICS[name].value for name in (names if everyone else own)]
        for everyone in (True, False)
    }
    worlds = [_World(design, window) for window in study.car_windows]
    rows: list[dict[str, object]] = []
    measured: dict[bytes, list[dict[str, object]]] = {}
    for done, group in enumerate(groups):
        say("measuring size and power", done, len(groups))
        pairs = group.pairs.tobytes()
        if pairs not in measured:  # groups of the same pairs are one under two names
            memo = Memo()
            asked_of = tests[group.label == "all"]
            measured[pairs] = [
                row
                for world in worlds
                for row in _window_rows(design, group, world, asked_of, memo)
            ]
        rows += [{**row, "group": group.label} for row in measured[pairs]]
    say("measuring size and power", len(groups), len(groups))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.assign(note=pd.Series(list(frame["note"]), index=frame.index, dtype=str))
    about = {
        "levels": list(LEVELS),
        "scenarios": [ORDINARY, ROUGH, *(effect_label(effect) for effect in EFFECTS)],
        "left_out": left_out,
    }
    manifest = study_manifest(study, events, prices, data.setting, data.returns)
    return Calibration(frame=frame, manifest={**manifest, "calibration": about})


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


def measurable(
    statistics: Iterable[str] | str | None, alternative: str
) -> tuple[list[str], dict[str, str]]:
    """Return the names of tests to measure, all by default, and why others are left out.

    Raises
    ------
    SpecificationError
        An unknown name, or one asked for that cannot be measured.
    """
    reasons = {}
    for entry in STATISTICS:
        test = entry.value
        if not test.measured and not test.randomised:
            reasons[test.name] = "its size is not measured over placebo draws"
        elif alternative != "two-sided" and not test.directed:
            reasons[test.name] = "it has no direction, so it is two-sided only"
    if statistics is None:
        return [name for name in STATISTICS.names() if name not in reasons], reasons
    given = [statistics] if isinstance(statistics, str) else list(dict.fromkeys(statistics))
    if not given:
        raise SpecificationError("statistics is empty; name one, or leave it out for all")
    for name in given:
        choose(name, STATISTICS.names(), "statistic")
        if name in reasons:
            raise SpecificationError(f"statistic {name!r} cannot be calibrated: {reasons[name]}")
    return given, {}


class _World:
    """One window of a study, and its placebo positions as they are, rougher, or moved."""

    def __init__(self, design: Design, window: Window) -> None:
        self.design = design
        self.window = window
        self.session: Cumulated = cumulate_both(design, window)
        taus = design.placebo.table.taus
        at = 0 if window.start <= 0 <= window.end else window.start
        self._column = int(np.flatnonzero(taus == at)[0])
        self._made: dict[tuple[float, float], Evidence | tuple[Any, Any, Any]] = {}
        self._mirrored = bool((design.sign < 0).any())

    def rougher(self, drawn: Evidence) -> Evidence:
        """The draws, the variance of the event session doubled."""
        return self._other(drawn, np.sqrt(2.0), 0.0)

    def moved(self, drawn: Evidence, effect: float) -> Evidence:
        """The draws, with `effect` conditional standard deviations added on the event session."""
        turn = -1.0 if self.design.alternative == "less" else 1.0
        return self._other(drawn, 1.0, turn * effect)

    def _other(self, drawn: Evidence, scale: float, effect: float) -> Evidence:
        key = (scale, effect)
        if key not in self._made:
            self._made[key] = self._make(scale, effect)
        table, window, workings = cast("tuple[Any, Any, Any]", self._made[key])
        blocks = drawn.blocks
        if self._mirrored:
            # A pair of sign -1 takes its position from the half that moved the other way.
            half = len(self.design.placebo.table.day0)
            blocks = tuple(
                replace(block, rows=block.rows + half * (drawn.sign[block.columns] < 0))
                for block in blocks
            )
        return replace(drawn, table=table, window=window, workings=workings, blocks=blocks)

    def _make(self, scale: float, effect: float) -> tuple[Any, Any, Any]:
        table, shift = self.design.placebo.table, effect * self.session.placebo.volatility
        times = 2 if self._mirrored else 1
        if self._mirrored:
            table, shift = _twice(table), np.concatenate([shift, -shift])
        abnormal = table.abnormal.copy()
        abnormal[:, self._column] = scale * abnormal[:, self._column] + shift
        table = replace(
            table,
            abnormal=abnormal,
            standardized=abnormal / table.std_error,
            returns=table.normal + abnormal,
        )
        window = cumulate(table, self.window, simple=self.design.simple)
        return table, window, self.design.placebo_workings.beside(times)


def _twice(table: AbnormalReturns) -> AbnormalReturns:
    """Every position two times over, the second after the first."""
    n = len(table.day0)

    def doubled(value: Any, leave: tuple[str, ...] = ()) -> dict[str, Any]:  # noqa: ANN401
        held = {field.name: getattr(value, field.name) for field in fields(value)}
        return {
            name: np.concatenate([array, array])
            for name, array in held.items()
            if name not in leave and isinstance(array, np.ndarray) and array.shape[:1] == (n,)
        }

    fit: ModelFit = replace(table.fit, **doubled(table.fit))
    return replace(table, fit=fit, **doubled(table, ("taus",)))


def _window_rows(
    design: Design, group: Group, world: _World, tests: Sequence[Statistic], memo: Memo
) -> Iterator[dict[str, object]]:
    """Every test of one group in one window."""
    window, session = world.window, world.session
    pairs = group.pairs[design.sign[group.pairs] != 0]
    is_held = session.real.n_sessions[pairs] > 0
    held, absent = pairs[is_held], pairs[~is_held]
    facts: dict[str, object] = {
        "group": group.label,
        "window_start": window.start,
        "window_end": window.end,
        "n_pairs": len(held),
        "n_units": 0,
        "note": "",
    }
    gathered: Gathered | None = None
    reason = "no abnormal return in this window"
    if held.size:
        gathered = gather_evidence(design, group.label, held, absent, session, memo)
        facts["n_units"] = gathered.built.n_units
        reason = gathered.placed.reason
    for test in tests:
        rows: list[dict[str, object]] = []
        mde = np.nan
        if gathered is not None and gathered.drawn is not None:
            rows, mde = _rates(world, gathered, test)
            reason = "no draw has this statistic"
        if not rows:
            note = f"not available: {reason}"
            rows = [{"scenario": ORDINARY, "level": LEVEL, "n_draws": 0, "note": note}]
        for row in rows:
            yield facts | {"name": test.name, "mde": mde} | row


def _rates(
    world: _World, gathered: Gathered, test: Statistic
) -> tuple[list[dict[str, object]], float]:
    """Rejection rates of one test in every scenario, and its minimum detectable effect."""
    drawn = draws_for(test, cast("Evidence", gathered.drawn))
    answer = test.compute(drawn)
    rank = _Ranks(answer.statistic, gathered) if test.randomised else None

    some = drawn.thinned(_MOST_DRAWS)

    def pvalues(evidence: Evidence) -> FloatArray:
        found = test.compute(evidence)
        return found.pvalue if rank is None else rank.pvalues(found.statistic)

    ordinary = answer.pvalue if rank is None else rank.halves()
    if not np.isfinite(ordinary).any():
        return [], np.nan
    # Both halves are drawn: the rate is as uncertain as one over a quarter of all draws.
    trials = len(drawn.blocks[0].pick) // 4 if rank is not None else None
    rows = [_rate(ORDINARY, level, ordinary, trials) for level in LEVELS]
    rough = pvalues(world.rougher(drawn))
    rows += [_rate(ROUGH, level, rough) for level in LEVELS]
    known: dict[float, tuple[float, int]] = {}

    def power(effect: float) -> float:
        if effect not in known:
            found = pvalues(world.moved(some, effect))
            number = int(np.isfinite(found).sum())
            known[effect] = (float((found <= LEVEL).sum() / max(number, 1)), number)
            if effect in EFFECTS:
                rows.append(_rate(effect_label(effect), LEVEL, found))
        return known[effect][0]

    for effect in EFFECTS:
        power(effect)
    if rank is not None and test.name == "placebo":
        ranked = rank_among_placebos(gathered.real, drawn, gathered.placed)
        return rows, np.nan if ranked is None else ranked.mde
    size = float((ordinary <= LEVEL).sum() / np.isfinite(ordinary).sum())
    return rows, _mde(power, size, int(np.isfinite(ordinary).sum()))


def _rate(
    scenario: str, level: float, pvalues: FloatArray, trials: int | None = None
) -> dict[str, object]:
    """One row; the interval is that of so many independent `trials`, by default of the draws."""
    known = pvalues[np.isfinite(pvalues)]
    row: dict[str, object] = {"scenario": scenario, "level": level, "n_draws": len(known)}
    if not known.size:
        return row | {"note": "not available: no draw has this statistic"}
    rate = float((known <= level + TIE).mean())
    number = len(known) if trials is None else min(trials, len(known))
    low, high = wilson(round(rate * number), number)
    return row | {"rate": rate, "rate_low": min(low, rate), "rate_high": max(high, rate)}


class _Ranks:
    """P-values of a randomised test: ranks among its draws as they are."""

    def __init__(self, statistic: FloatArray, gathered: Gathered) -> None:
        self._turn = gathered.real.alternative
        self._values = self._sized(statistic)
        self._draws = np.sort(self._values[np.isfinite(self._values)])
        self._seed = gathered.real.seed
        placed = gathered.placed
        self._own = 0 if placed.enumerated and placed.holds_real else 1

    def _sized(self, statistic: FloatArray) -> FloatArray:
        if self._turn == "two-sided":
            return np.abs(statistic)
        return -statistic if self._turn == "less" else statistic

    def pvalues(self, statistic: FloatArray) -> FloatArray:
        """Rank of statistics as they would be on the real dates."""
        return _rank(self._sized(statistic), self._draws, self._own)

    def halves(self) -> FloatArray:
        """Ranks of one half of the draws, chosen by the seed, among the other."""
        known = self._values[np.isfinite(self._values)]
        order = np.random.default_rng((*self._seed, 2)).permutation(len(known))
        half = len(known) // 2
        return _rank(known[order[half:]], np.sort(known[order[:half]]), 1)


def _rank(values: FloatArray, draws: FloatArray, own: int) -> FloatArray:
    if not draws.size:
        return np.full(len(values), np.nan)
    below = np.searchsorted(draws, values - TIE * np.abs(values), side="left")
    share = (own + len(draws) - below) / (own + len(draws))
    return np.where(np.isfinite(values), share, np.nan)


def _mde(power: Callable[[float], float], size: float, n_draws: int) -> float:
    """Effect with 80 % power, between two points of the grid along the normal quantile."""
    if size >= POWER:
        return 0.0
    low, high = -1, len(_GRID)  # power is below POWER at `low`, not below it at `high`
    for at in (at for at, effect in enumerate(_GRID) if effect in EFFECTS):  # known already
        if power(_GRID[at]) >= POWER:
            high = min(high, at)
        elif at < high:
            low = max(low, at)

    def between() -> float:
        begin, start = (0.0, size) if low < 0 else (_GRID[low], power(_GRID[low]))
        edge = 0.5 / n_draws
        left, right, wanted = _quantiles(start, power(_GRID[high]), POWER, edge=edge)
        part = (wanted - left) / (right - left) if right > left else 1.0
        return float(begin + min(max(part, 0.0), 1.0) * (_GRID[high] - begin))

    while high - low > 1:
        if high == len(_GRID):
            middle = (low + high) // 2
        else:  # the point nearest to where the line through what is known would be
            middle = int(np.searchsorted(_GRID, between()))
            middle = min(max(middle, low + 1), high - 1)
        if power(_GRID[middle]) >= POWER:
            high = middle
        else:
            low = middle
    return float("nan") if high == len(_GRID) else between()


def _quantiles(*shares: float, edge: float) -> list[float]:
    from scipy.special import ndtri

    return [float(ndtri(min(max(share, edge), 1.0 - edge))) for share in shares]
