"""The specification curve: one question, asked in every defensible way at once.

Which model, benchmark, estimation window, event window? Many answers can be defended, and a study
shows one of them. A curve shows them all, and compares the share that is significant with what the
very same specifications give at placebo dates (Simonsohn, Simmons and Nelson, Nature Human
Behaviour 2020; docs/methods.md, "Specification curve").
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.curve.choices import (
    CHOICES,
    Choices,
    ListedSpecification,
    choices_of,
    list_specifications,
)
from eventstudy.curve.placements import (
    EstimatedSpecification,
    RankedSpecification,
    place_together,
    rank_together,
)
from eventstudy.curve.result import SpecificationCurve
from eventstudy.curve.runs import run_specifications
from eventstudy.curve.summary import (
    influence_frame,
    measures,
    ranks_of_draws,
    refusals,
    summary_frame,
)
from eventstudy.estimation.groups import make_groups
from eventstudy.exceptions import EventStudyWarning, Refusal, SpecificationError
from eventstudy.execution.execution import chosen_execution
from eventstudy.inference.placebo import ONE_DATE
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.registry import choose
from eventstudy.study.labels import pair_labels, sample_labels
from eventstudy.study.manifest import study_manifest
from eventstudy.study.option_checks import at_least
from eventstudy.study.preparation import estimate, prepare
from eventstudy.study.setting import resolve_markets, study_calendar
from eventstudy.text import grouping_of, unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Progress
    from eventstudy.events.table import Events
    from eventstudy.execution import Execution
    from eventstudy.execution.workers import Workers
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification

__all__ = ["SpecificationCurve", "specification_curve"]

DRAWS = 1000
COLUMNS = tuple(CHOICES.values())


@shows_progress
def specification_curve(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    choices: Mapping[str, Any] | None = None,
    group: str = "all",
    draws: int = DRAWS,
    seed: int | None = None,
    progress: Progress | None = None,
    execution: Execution | None = None,
) -> SpecificationCurve:
    """Ask one question of every combination of choices, and of the same at placebo dates.

    Every specification is the study with other choices, in the markets of the group: what
    ``fit`` gives for it alone, it gives here. All of them take the same placebo placements, those
    admissible in every one, so that each draw is a whole curve of its own.

    Parameters
    ----------
    study, events, prices
        The study the choices are about, and its data; never changed.
    choices
        Lists by the keys ``models``, ``benchmarks``, ``sync``, ``estimation`` and ``car``
        (windows), ``ambiguous``, ``kind``, ``mask_events``; and ``max``, the most specifications
        (500). Left out: the study's own model, constant_mean, market_model and, unless the group
        holds a currency, whose beta is far from 1, market_adjusted; the study's estimation window
        and 3/4 and 1/2 of it, where that leaves ``min_obs`` sessions; its CAR windows and [0,0],
        [0,1], [-1,1], [0,2], where the event window holds them; of the others what the study says.
    group
        ``"all"``, or a group as the study labels it: ``"category*security=deal*CNH"``.
    draws, seed
        Placebo placements, and their seed; the study's by default.
    progress
        Called with what is being done, steps done, steps in all.
    execution
        As for `EventStudy.fit`.

    Returns
    -------
    SpecificationCurve

    Raises
    ------
    SpecificationError
        An unknown choice, benchmark or group, an empty list, more specifications than ``max``, or
        none that can be carried out.

    Warns
    -----
    EventStudyWarning
        Some specifications could not be carried out.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=12, effect=0.01, beta=1.0)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02", "M03"], model=es.MarketModel("BMK", sync="same_date"),
    ...     estimation_window=(-120, -11), event_window=(-2, 2), date_only="same", calendar="data",
    ...     draws=99,
    ... )
    >>> choices = {"models": ["market_model", "constant_mean"], "car": [(0, 0), (0, 1)]}
    >>> curve = es.specification_curve(study, events, prices, choices=choices)
    >>> curve.tidy()["estimate"].round(3).tolist()
    [0.009, 0.007, 0.008, 0.004]
    """
    at_least("draws", draws, 0)
    seed = study.seed if seed is None else seed
    at_least("seed", seed, 0)
    if study.draws_from != "all":
        raise SpecificationError(
            f'a specification curve draws placebos from all dates: statistics.draws_from = "all", '
            f"not {study.draws_from!r}"
        ).at(key="statistics.draws_from")
    step = progress or no_progress
    step("listing specifications", 0, 1)
    # All choices are checked before anything is computed.
    choices_of(study, choices)
    _check_benchmarks(study, (choices or {}).get("benchmarks", ()), prices)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        data = prepare(study, events, prices)
    sync = data.returns.sync
    markets = _markets_of(data, group)
    has_fx = any(data.setting.calendars[name].is_fx for name in markets)
    chosen = choices_of(study, choices, sync=sync, has_fx=has_fx)
    base = replace(
        study, markets=markets, by=(), statistics=("placebo",),
        draws=max(draws, 1), seed=seed,
    )  # fmt: skip
    is_mixed = bool(data.returns.by_date)
    listed = list_specifications(base, chosen, sync=sync, is_mixed=is_mixed)
    with chosen_execution(execution).workers() as workers:
        outcomes, run_warnings = _run_listed(listed, group, events, prices, workers, step)
    for category, message in dict.fromkeys(
        [*((warning.category, str(warning.message)) for warning in caught), *run_warnings]
    ):
        warnings.warn(message, category, stacklevel=3)
    manifest = study_manifest(study, events, prices, data.setting, data.returns)
    manifest |= {"curve": _written(chosen, group, draws), "seed": seed}
    step("testing against placebo dates", 0, 1)
    curve = _tested(listed, outcomes, study, group, draws, seed, manifest)
    if refused := refusals(curve.refused, curve.n_listed):
        warnings.warn(refused, EventStudyWarning, stacklevel=3)
    return curve


def _check_benchmarks(study: Specification, names: str | Sequence[str], prices: PricePanel) -> None:
    """Raise for a benchmark that the price file does not have, as for that of a model."""
    calendar = study_calendar(study, prices)
    for name in [names] if isinstance(names, str) else names:
        try:
            resolve_markets([name], study.declared, prices, calendar)
        except SpecificationError as error:
            raise error.under("curve.benchmarks") from error


def _markets_of(data: Prepared, group: str) -> tuple[str, ...]:
    """Markets that hold pairs of the group, whatever the specification keeps of them.

    Raises
    ------
    SpecificationError
        The study has no such group.
    """
    aligned, markets = data.aligned, data.setting.markets
    if data.study.overlap == "merge":  # what a merged pair is called follows from its events
        sample, _ = estimate(data)
        labels, security = sample_labels(data, sample), sample.security
    else:
        rows = np.flatnonzero(aligned.is_wanted & data.selected[aligned.event])
        security = aligned.security[rows]
        labels = pair_labels(
            data.events, markets, aligned.event[rows], security, data.setting.attributes
        )
    by = [] if group == "all" else [grouping_of(group)]
    try:
        groups = {entry.label: entry for entry in make_groups(labels, by, key="")}
    except SpecificationError as error:
        raise error.at(key="curve.group").under(f"group {group!r}") from None
    choose(group, groups, "group", key="curve.group")
    present = np.unique(security[groups[group].pairs])
    if not present.size:
        raise SpecificationError(f"group {group!r} has no pair: the study selects none").at(
            key="curve.group"
        )
    return tuple(markets[int(number)].name for number in present)


def _run_listed(
    listed: Sequence[ListedSpecification],
    group: str,
    events: Events,
    prices: PricePanel,
    workers: Workers,
    step: Progress,
) -> tuple[list[EstimatedSpecification | Refusal], list[tuple[type[Warning], str]]]:
    """Run the listed specifications; return each or its refusal, in order, and all warnings."""
    tasks: dict[Specification, list[int]] = {}
    for number, specification in enumerate(listed):
        if specification.study is not None and not specification.reason:
            tasks.setdefault(specification.study, []).append(number)
    label, done = "running specifications", 0
    step(label, 0, len(tasks))

    def count(steps: int) -> None:
        nonlocal done
        done += steps
        step(label, done, len(tasks))

    outcomes: list[EstimatedSpecification | Refusal] = [
        Refusal(reason=specification.reason) for specification in listed
    ]
    answers = run_specifications(
        [
            (study, tuple(listed[number].window for number in places))
            for study, places in tasks.items()
        ],
        group,
        events,
        prices,
        workers=workers,
        progress=count,
    )
    for places, answer in zip(tasks.values(), answers, strict=True):
        for number in places:
            window = listed[number].window
            if isinstance(answer.run, Refusal):
                outcomes[number] = answer.run
            elif window not in answer.run.windows:
                outcomes[number] = Refusal(reason="no abnormal return in this window")
            else:
                outcomes[number] = EstimatedSpecification(
                    run=answer.run, window=window, in_window=answer.run.windows[window]
                )
    return outcomes, [warning for answer in answers for warning in answer.warnings]


def _tested(
    listed: Sequence[ListedSpecification],
    outcomes: Sequence[EstimatedSpecification | Refusal],
    study: Specification,
    group: str,
    draws: int,
    seed: int,
    manifest: dict[str, Any],
) -> SpecificationCurve:
    """Test the specifications at placebo dates they share, and put the curve together."""
    at = [
        number
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, EstimatedSpecification)
    ]
    specs = [outcome for outcome in outcomes if isinstance(outcome, EstimatedSpecification)]
    reasons = {
        number: outcome.reason
        for number, outcome in enumerate(outcomes)
        if isinstance(outcome, Refusal)
    }
    side = study.alternative
    tested: list[RankedSpecification] = []
    shared = None
    if specs:
        shared = place_together(specs, draws=draws, seed=seed)
        tested = [rank_together(spec, shared, side) for spec in specs]
        for number, ranked in zip(at, tested, strict=True):
            if not np.isfinite(ranked.statistic):
                reasons[number] = "every date moved alike, so there is no statistic"
        tested_rows = [row for row, number in enumerate(at) if number not in reasons]
        at, tested = [at[row] for row in tested_rows], [tested[row] for row in tested_rows]
    if not tested or shared is None:
        first = next(iter(reasons.values()))
        raise SpecificationError(
            f"none of the {len(listed)} specifications of the curve can be carried out; "
            f"the first: {first}"
        )
    most = max(ranked.n_pairs for ranked in tested)
    rows = [
        {
            "spec": number + 1,
            **listed[number].values,
            "own": listed[number].own,
            **_row(ranked, most, shared.reason, side == "two-sided"),
        }
        for number, ranked in zip(at, tested, strict=True)
    ]
    specifications = pd.DataFrame(rows)
    refused = pd.DataFrame(
        [{"spec": k + 1, **listed[k].values, "reason": reasons[k]} for k in sorted(reasons)],
        columns=["spec", *COLUMNS, "reason"],
    )
    statistics = np.array([ranked.statistics for ranked in tested])
    statistic = np.array([ranked.statistic for ranked in tested])
    ranks = ranks_of_draws(statistic, statistics, side, holds_real=shared.holds_real)
    n_draws = shared.n_draws + (not shared.holds_real)
    real = measures(
        *(specifications[[c]].to_numpy() for c in ("estimate", "effect", "statistic", "pvalue")),
        alternative=side,
        n_draws=n_draws,
    )
    drawn = measures(
        np.array([ranked.estimates for ranked in tested]),
        np.array([ranked.effects for ranked in tested]),
        statistics,
        ranks,
        alternative=side,
        n_draws=n_draws,
    )
    return SpecificationCurve(
        title=study.title,
        group=group,
        alternative=side,
        specifications=specifications,
        refused=refused,
        influence=influence_frame(specifications, COLUMNS),
        summary=summary_frame(
            real, drawn, side, holds_real=shared.holds_real, reason=shared.reason
        ),
        draws=drawn.rename_axis("draw").reset_index(),
        statistics=statistics,
        manifest=manifest,
    )


def _row(
    ranked: RankedSpecification, most: int, reason: str, is_two_sided: bool
) -> dict[str, object]:
    reach = ranked.critical * ranked.std_error if is_two_sided else np.nan
    notes = [f"p-value {unavailable(reason)}"] if reason else []
    if ranked.n_pairs < most:
        notes.append(f"{ranked.n_pairs} of {most} pairs")
    if ranked.n_units == 1:
        notes.append(ONE_DATE)
    return {
        "estimate": ranked.estimate,
        "std_error": ranked.std_error,
        "ci_low": ranked.estimate - reach,
        "ci_high": ranked.estimate + reach,
        "effect": ranked.effect,
        "statistic": ranked.statistic,
        "pvalue": ranked.pvalue,
        "n_pairs": ranked.n_pairs,
        "n_units": ranked.n_units,
        "note": "; ".join(notes),
    }


def _written(choices: Choices, group: str, draws: int) -> dict[str, object]:
    """The choices as a study file would say them."""
    listed = {
        key: [
            str(value) if key in ("estimation", "car") else value for value in getattr(choices, key)
        ]
        for key in CHOICES
    }
    return {"group": group, **listed, "draws": draws}
