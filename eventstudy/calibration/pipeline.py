"""Size and power of every test on the user's own series and design.

A test is as good as its error rate on data like those it is used on. The placebo dates of a study
are such data: the same markets, the same events with the same distances between them, on dates on
which nothing in particular happened. Every test is put to them as they are, with a rougher event
day, and with a known effect added (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eventstudy.calibration.rejection_rates import Scenario, window_rows
from eventstudy.calibration.result import (
    COLUMNS,
    EFFECTS,
    LEVELS,
    ORDINARY,
    ROUGH,
    ROUGH_TIMES,
    Calibration,
    effect_label,
)
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import SpecificationError
from eventstudy.execution.execution import chosen_execution
from eventstudy.execution.remade import LastRemade, Remade
from eventstudy.inference import STATISTICS
from eventstudy.inference.design import GroupCache
from eventstudy.inference.joint_draws import StudyDraws
from eventstudy.inference.same_pairs import alike
from eventstudy.io.memory import memory_limit
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.registry import choose
from eventstudy.study.cost import cost_of_tests
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.manifest import study_manifest
from eventstudy.study.preparation import estimate, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eventstudy._typing import Progress
    from eventstudy.estimation.groups import Group
    from eventstudy.events.table import Events
    from eventstudy.execution import Execution
    from eventstudy.execution.workers import Workers
    from eventstudy.inference import Statistic
    from eventstudy.inference.design import Design
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification
    from eventstudy.windows import Window


@shows_progress
def calibrate(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    statistics: Iterable[str] | str | None = None,
    draws: int | None = None,
    progress: Progress | None = None,
    execution: Execution | None = None,
) -> Calibration:
    """Measure size and power of tests on the placebo dates of a study.

    Every group and CAR window of `study` is moved to its placebo dates (see
    `eventstudy.inference.placements.draw_placements`), and every test is put to each draw

    - as it is, at 10, 5 and 1 %;
    - with the variance of the event session (day 0, or the first session of a window without it)
      doubled on average and without an effect: by a lognormal factor, one a date and the same in
      all markets (`Scenario.event_scale`);
    - on dates before which markets were rough: draws of as many clusters, as far apart, in
      proportion to the variance known beforehand (`rough_blocks`);
    - with 1, 2 and 3 conditional standard deviations ``h`` added on that session, in the expected
      direction where the study signs its events and downwards where the alternative is ``less``.
      ``h`` is that known before the window, as in the placebo statistic.

    The first three are measured on every draw, power on at most 500 of them, evenly spread
    (`n_draws` says how many). The minimum detectable effect is where power at 5 % reaches 80 %:
    exact for ``placebo`` and ``moderated_placebo``, else between the points of a grid up to 10,
    along the normal quantile of power. The p-value of a placebo draw is its rank among the draws as
    they are; its size would be 5 % by construction, so that for ``ordinary`` one half of the draws
    is ranked among the other.

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
    execution
        As for `EventStudy.fit`.

    Raises
    ------
    SpecificationError
        An unknown statistic or one that cannot be measured, no draws, or a study that cannot be
        carried out.

    References
    ----------
    Brown and Warner (JFE 1980, 1985) for the design; Wilson (1927) for the intervals.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02", "M03"], model=es.ConstantMean(), estimation_window=(-120, -11),
    ...     event_window=(-2, 2), car_windows=[(0, 0)], date_only="same", calendar="data", draws=99,
    ... )
    >>> rates = es.calibrate(study, events, prices, statistics=["bmp", "portfolio_t"])
    >>> rates.table()["statistic"].tolist()
    ['bmp', 'portfolio_t']
    """
    import pandas as pd

    step = progress or no_progress
    names, left_out = measurable(statistics, study.alternative)
    n_draws = study.draws if draws is None else draws
    if not n_draws:
        raise SpecificationError(
            "calibration needs placebo draws; set statistics.draws, such as 2000"
        ).at(key="statistics.draws")
    own = [name for name in names if name in study.statistics] if statistics is None else names
    study = replace(study, statistics=tuple(names), draws=n_draws)
    step("aligning news and sessions", 0, 1)
    data = prepare(study, events, prices)
    with chosen_execution(execution).workers() as workers:
        step("estimating normal returns", 0, 1)
        sample, table = estimate(data, workers)
        design = make_design(data, sample, table, whole="calibrate", workers=workers)
        groups = make_groups(sample_labels(data, sample), study.by)
        cost = cost_of_tests(
            groups=len(groups),
            pairs=sum(len(group.pairs) for group in groups),
            windows=len(study.car_windows),
            tests=len(own),
            draws=n_draws,
            scenarios=len(EFFECTS) + 3,
        )
        several = workers.for_work(cost.seconds, cost.n_bytes, memory_limit())
        rows = _measured(design, groups, study.car_windows, names, own, step, several)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.assign(note=pd.Series(list(frame["note"]), index=frame.index, dtype=str))
    settings = {
        "levels": list(LEVELS),
        "scenarios": [ORDINARY, ROUGH, ROUGH_TIMES, *(effect_label(effect) for effect in EFFECTS)],
        "left_out": left_out,
    }
    manifest = study_manifest(study, events, prices, data.setting, data.returns)
    return Calibration(frame=frame, manifest={**manifest, "calibration": settings})


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Measurement:
    """What is measured of every group: all tests of all pairs together, `own` of the others."""

    design: Design
    groups: Sequence[Group]
    names: Sequence[str]
    tests: Sequence[Statistic]
    own: Sequence[str]
    together: Remade[StudyDraws]
    scenario: LastRemade[Window, Scenario]


def _measured(
    design: Design,
    groups: Sequence[Group],
    windows: Sequence[Window],
    names: Sequence[str],
    own: Sequence[str],
    step: Progress,
    workers: Workers,
) -> list[dict[str, object]]:
    """Return the rows of every group, window and test."""
    measurement = _Measurement(
        design=design,
        groups=groups,
        names=names,
        tests=[STATISTICS[name].value for name in names],
        own=own,
        together=Remade(),
        scenario=LastRemade(),
    )
    # Window after window: what a test makes of one in every scenario takes much memory.
    same = alike(design, groups, windows)
    chunks = [(window, like) for window in windows for like in same]
    done = 0.0

    def count(number: int) -> None:
        nonlocal done
        done += len(chunks[number][1]) / len(windows)
        step("measuring size and power", round(done), len(groups))

    step("measuring size and power", 0, len(groups))
    found: dict[tuple[int, Window], list[dict[str, object]]] = {}
    answers = workers.map(_chunk_rows, chunks, measurement, count)
    for (window, like), answer in zip(chunks, answers, strict=True):
        found |= {(number, window): rows for number, rows in zip(like, answer, strict=True)}
    return [
        row for number in range(len(groups)) for window in windows for row in found[number, window]
    ]


def _chunk_rows(
    measurement: _Measurement, chunk: tuple[Window, Sequence[int]]
) -> list[list[dict[str, object]]]:
    """Return the rows of groups that are alike in one window, a list each."""
    window, like = chunk
    design, groups = measurement.design, measurement.groups
    together = measurement.together.once(lambda: StudyDraws(design, groups))
    scenario = measurement.scenario.of(window, lambda: Scenario(design, window))
    answers: list[list[dict[str, object]]] = []
    measured: dict[tuple[bool, tuple[str, ...], bytes], list[dict[str, object]]] = {}
    for number in like:
        group = groups[number]
        is_everyone = group.label == "all"
        tests = [
            test
            for name, test in zip(measurement.names, measurement.tests, strict=True)
            if is_everyone or name in measurement.own
        ]
        # Groups of the same pairs are one under two names, to a test that asks for no others.
        by = group.by if any("others" in test.needs for test in tests) else ()
        pairs = (is_everyone, by, group.pairs.tobytes())
        if pairs not in measured:
            measured[pairs] = list(
                window_rows(design, group, scenario, tests, GroupCache(), together)
            )
        answers.append([{**row, "group": group.label} for row in measured[pairs]])
    return answers


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
    chosen = [statistics] if isinstance(statistics, str) else list(dict.fromkeys(statistics))
    if not chosen:
        raise SpecificationError(
            "statistics is empty; name one, or leave it out for all", key="statistics"
        )
    for name in chosen:
        choose(name, STATISTICS.names(), "statistic", key="statistics")
        if name in reasons:
            raise SpecificationError(
                f"statistic {name!r} cannot be calibrated: {reasons[name]}"
            ).at(key="statistics")
    return chosen, {}
