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
    Listed,
    choices_of,
    list_specifications,
)
from eventstudy.curve.placements import Ranked, Spec, place_together, rank_together
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
from eventstudy.registry import choose
from eventstudy.study.labels import pair_labels, sample_labels
from eventstudy.study.manifest import study_manifest
from eventstudy.study.preparation import estimate, prepare
from eventstudy.study.setting import resolve_markets, study_calendar
from eventstudy.study.specification import at_least

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.preparation import Prepared
    from eventstudy.study.specification import Specification

__all__ = ["SpecificationCurve", "specification_curve"]

DRAWS = 1000
COLUMNS = tuple(CHOICES.values())


def specification_curve(
    study: Specification,
    events: Events,
    prices: PricePanel,
    *,
    choices: Mapping[str, Any] | None = None,
    group: str = "all",
    draws: int = DRAWS,
    seed: int | None = None,
    jobs: int = 1,
    progress: Callable[[str, int, int], None] | None = None,
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
    jobs
        Processes; the numbers are the same for any. With more than one, a script of your own must
        call this below ``if __name__ == "__main__":``.
    progress
        Called with what is being done, steps done, steps in all.

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
    """
    at_least("draws", draws, 0)
    at_least("jobs", jobs, 1)
    seed = study.seed if seed is None else seed
    at_least("seed", seed, 0)
    if study.draws_from != "all":
        raise SpecificationError(
            f'a specification curve draws placebos from all dates: statistics.draws_from = "all", '
            f"not {study.draws_from!r}"
        )
    step = progress or _silent
    step("listing specifications", 0, 1)
    # All choices are checked before anything is computed.
    choices_of(study, choices)
    _check_benchmarks(study, (choices or {}).get("benchmarks", ()), prices)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        data = prepare(study, events, prices)
    sync = data.returns.sync
    markets = _markets_of(data, group)
    has_fx = any(data.setting.calendars[name].is_fx for name in markets)
    asked = choices_of(study, choices, sync=sync, has_fx=has_fx)
    base = replace(
        study, markets=markets, by=(), statistics=("placebo",),
        draws=max(draws, 1), seed=seed,
    )  # fmt: skip
    listed = list_specifications(base, asked, sync=sync)
    answers, said = _answers(listed, group, events, prices, jobs, step)
    for category, message in dict.fromkeys(
        [*((one.category, str(one.message)) for one in heard), *said]
    ):
        warnings.warn(message, category, stacklevel=2)
    manifest = study_manifest(study, events, prices, data.setting, data.returns)
    manifest |= {"curve": _written(asked, group, draws), "seed": seed}
    step("testing against placebo dates", 0, 1)
    found = _tested(listed, answers, study, group, draws, seed, manifest)
    if refused := refusals(found.refused, found.n_listed):
        warnings.warn(refused, EventStudyWarning, stacklevel=2)
    return found


def _silent(what: str, done: int, total: int) -> None:
    """Say nothing."""


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
        labels = pair_labels(data.events, markets, aligned.event[rows], security)
    by = [] if group == "all" else [group.partition("=")[0]]
    groups = {one.label: one for one in make_groups(labels, by, key=f"group {group!r}")}
    choose(group, groups, "group")
    held = np.unique(security[groups[group].pairs])
    if not held.size:
        raise SpecificationError(f"group {group!r} has no pair: the study selects none")
    return tuple(markets[int(number)].name for number in held)


def _answers(
    listed: Sequence[Listed],
    group: str,
    events: Events,
    prices: PricePanel,
    jobs: int,
    step: Callable[[str, int, int], None],
) -> tuple[list[Spec | Refusal], list[tuple[type[Warning], str]]]:
    """What each listed specification is on the data, or why it is nothing; and all warnings."""
    tasks: dict[Specification, list[int]] = {}
    for place, one in enumerate(listed):
        if one.study is not None and not one.reason:
            tasks.setdefault(one.study, []).append(place)
    what, done = "running specifications", 0
    step(what, 0, len(tasks))

    def count(number: int) -> None:
        nonlocal done
        done += number
        step(what, done, len(tasks))

    found: list[Spec | Refusal] = [Refusal(reason=one.reason) for one in listed]
    answers = run_specifications(
        [
            (study, tuple(listed[place].window for place in places))
            for study, places in tasks.items()
        ],
        group,
        events,
        prices,
        jobs=jobs,
        progress=count,
    )
    for places, answer in zip(tasks.values(), answers, strict=True):
        for place in places:
            window = listed[place].window
            if isinstance(answer.run, Refusal):
                found[place] = answer.run
            elif window not in answer.run.windows:
                found[place] = Refusal(reason="no abnormal return in this window")
            else:
                found[place] = Spec(run=answer.run, window=window, found=answer.run.windows[window])
    return found, [one for answer in answers for one in answer.warnings]


def _tested(
    listed: Sequence[Listed],
    answers: Sequence[Spec | Refusal],
    study: Specification,
    group: str,
    draws: int,
    seed: int,
    manifest: dict[str, Any],
) -> SpecificationCurve:
    at = [place for place, one in enumerate(answers) if isinstance(one, Spec)]
    specs = [one for one in answers if isinstance(one, Spec)]
    why = {place: one.reason for place, one in enumerate(answers) if isinstance(one, Refusal)}
    side = study.alternative
    tested: list[Ranked] = []
    shared = None
    if specs:
        shared = place_together(specs, draws=draws, seed=seed)
        tested = [rank_together(spec, shared, side) for spec in specs]
        for place, one in zip(at, tested, strict=True):
            if not np.isfinite(one.statistic):
                why[place] = "every date moved alike, so there is no statistic"
        kept = [number for number, place in enumerate(at) if place not in why]
        at, tested = [at[number] for number in kept], [tested[number] for number in kept]
    if not tested or shared is None:
        first = next(iter(why.values()))
        raise SpecificationError(
            f"none of the {len(listed)} specifications of the curve can be carried out; "
            f"the first: {first}"
        )
    most = max(one.n_pairs for one in tested)
    rows = [
        {
            "spec": place + 1,
            **listed[place].values,
            "own": listed[place].own,
            **_row(one, most, shared.reason, side == "two-sided"),
        }
        for place, one in zip(at, tested, strict=True)
    ]
    specifications = pd.DataFrame(rows)
    refused = pd.DataFrame(
        [{"spec": k + 1, **listed[k].values, "reason": why[k]} for k in sorted(why)],
        columns=["spec", *COLUMNS, "reason"],
    )
    statistics = np.array([one.statistics for one in tested])
    own = np.array([one.statistic for one in tested])
    ranks = ranks_of_draws(own, statistics, side, holds_real=shared.holds_real)
    n_draws = shared.n_draws + (not shared.holds_real)
    real = measures(
        *(specifications[[c]].to_numpy() for c in ("estimate", "effect", "statistic", "pvalue")),
        alternative=side,
        n_draws=n_draws,
    )
    drawn = measures(
        np.array([one.estimates for one in tested]),
        np.array([one.effects for one in tested]),
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


def _row(one: Ranked, most: int, reason: str, is_two_sided: bool) -> dict[str, object]:
    reach = one.critical * one.std_error if is_two_sided else np.nan
    notes = [f"p-value not available: {reason}"] if reason else []
    if one.n_pairs < most:
        notes.append(f"{one.n_pairs} of {most} pairs")
    if one.n_units == 1:
        notes.append("one date: event-induced variance cannot be told from an effect")
    return {
        "estimate": one.estimate,
        "std_error": one.std_error,
        "ci_low": one.estimate - reach,
        "ci_high": one.estimate + reach,
        "effect": one.effect,
        "statistic": one.statistic,
        "pvalue": one.pvalue,
        "n_pairs": one.n_pairs,
        "n_units": one.n_units,
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
