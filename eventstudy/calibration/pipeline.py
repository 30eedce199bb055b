"""Size and power of every test on the user's own series and design.

A test is as good as its error rate on data like those it is used on. The placebo dates of a study
are such data: the same markets, the same events with the same distances between them, on dates on
which nothing in particular happened. Every test is put to them as they are, with a rougher event
day, and with a known effect added (docs/methods.md, section 6).
"""

from __future__ import annotations

from dataclasses import replace
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
from eventstudy.inference import STATISTICS
from eventstudy.inference.design import GroupCache
from eventstudy.inference.joint_draws import StudyDraws
from eventstudy.io.progress import default_progress
from eventstudy.registry import choose
from eventstudy.study.design import make_design
from eventstudy.study.labels import sample_labels
from eventstudy.study.manifest import study_manifest
from eventstudy.study.preparation import estimate, prepare

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy._typing import Progress
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification


def calibrate(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    statistics: Iterable[str] | str | None = None,
    draws: int | None = None,
    progress: Progress | None = None,
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

    step = progress or default_progress()
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
    step("estimating normal returns", 0, 1)
    sample, table = estimate(data)
    design = make_design(data, sample, table, whole="calibrate")
    labels = sample_labels(data, sample)
    groups = make_groups(labels, study.by)
    tests = {
        everyone: [STATISTICS[name].value for name in (names if everyone else own)]
        for everyone in (True, False)
    }
    together = StudyDraws(design, groups)
    scenarios = [Scenario(design, window) for window in study.car_windows]
    rows: list[dict[str, object]] = []
    measured: dict[tuple[bool, tuple[str, ...], bytes], list[dict[str, object]]] = {}
    for done, group in enumerate(groups):
        step("measuring size and power", done, len(groups))
        is_everyone = group.label == "all"
        group_tests = tests[is_everyone]
        # Groups of the same pairs are one under two names, to a test that asks for no others.
        by = group.by if any("others" in test.needs for test in group_tests) else ()
        pairs = (is_everyone, by, group.pairs.tobytes())
        if pairs not in measured:
            cache = GroupCache()
            measured[pairs] = [
                row
                for scenario in scenarios
                for row in window_rows(design, group, scenario, group_tests, cache, together)
            ]
        rows += [{**row, "group": group.label} for row in measured[pairs]]
    step("measuring size and power", len(groups), len(groups))
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame = frame.assign(note=pd.Series(list(frame["note"]), index=frame.index, dtype=str))
    settings = {
        "levels": list(LEVELS),
        "scenarios": [ORDINARY, ROUGH, ROUGH_TIMES, *(effect_label(effect) for effect in EFFECTS)],
        "left_out": left_out,
    }
    manifest = study_manifest(study, events, prices, data.setting, data.returns)
    return Calibration(frame=frame, manifest={**manifest, "calibration": settings})


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
