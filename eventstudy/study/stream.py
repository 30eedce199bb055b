"""A study in blocks of pairs: memory as for one block, results written as they come.

The tests are those whose formula is one of sums over pairs; `refuse_unstreamed` says by name what
else a study asks for.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.estimation.groups import distinct_groupings, make_groups, same_pairs
from eventstudy.estimation.sample import check_counts
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.blocks import BlockSums, PairBlock
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.statistic import STATISTICS
from eventstudy.inference.value_file import ValueFile
from eventstudy.io.folders import STREAM, replace_folder, write_frame, write_manifest
from eventstudy.study import frames
from eventstudy.study.labels import pair_labels
from eventstudy.study.manifest import study_manifest
from eventstudy.study.option_checks import at_least
from eventstudy.study.preparation import regressors
from eventstudy.study.stream_files import GrowingFrames
from eventstudy.study.stream_pairs import find_pairs
from eventstudy.study.treated import treated_pairs
from eventstudy.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from eventstudy._typing import BoolArray, DateArray, FloatArray, IntArray, Progress
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.events.table import Events
    from eventstudy.models.base import ModelFit
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.specification import Specification
    from eventstudy.study.stream_pairs import StreamPairs

BLOCK = 10_000
"""Pairs that are estimated at a time; about 25 kB each with 230 estimation sessions."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StreamedStudy:
    """What a streamed study found, and where the rest of it lies.

    Attributes
    ----------
    folder
        ``statistics.csv``, ``car.parquet``, ``abnormal_returns.parquet``, ``models.parquet``,
        ``dropped.csv``, ``checks.csv``, ``treated.csv`` where a pair could not be treated as it
        was meant to, and ``manifest.json``. Pairs stand in the order of their events in time.
    statistics
        The frame of ``EventStudyResults.statistics``, without what draws alone can tell.
    n_pairs
        Pairs that were studied.
    lost
        Stage, reason and number of the pairs that were not.
    assumed
        What reading events, prices and markets assumed, a sentence each.
    """

    folder: Path
    statistics: pd.DataFrame
    n_pairs: int
    lost: pd.DataFrame
    assumed: tuple[str, ...]


def stream_study(
    study: Specification,
    events: Events,
    prices: PricePanel,
    out: Path,
    progress: Progress,
    *,
    strict: bool = False,
    block: int = BLOCK,
    abnormal_returns: bool = True,
    described: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> StreamedStudy:
    """Carry `study` out block by block; see `EventStudy.stream`.

    `described` is given the manifest and returns what is written of it.
    """
    refuse_unstreamed(study)
    at_least("block", block, 1)
    kept: list[StreamedStudy] = []

    def fill(folder: Path) -> None:
        with GrowingFrames(folder) as files, ValueFile(folder) as kept_values:
            pairs = find_pairs(study, events, prices, files, progress, strict=strict)
            statistics, n_pairs, lost, copies = _summed(
                study, pairs, files, kept_values, progress, block, with_sessions=abnormal_returns
            )
        write_frame(statistics, folder / "statistics.csv")
        data = pairs.data
        write_frame(data.returns.checks, folder / "checks.csv")
        manifest = study_manifest(study, events, prices, data.setting, data.returns)
        assumed = data.assumed
        caveats = [asdict(caveat) for caveat in pairs.events.caveats]
        said = {"same_pairs": copies, "assumed": list(assumed), "caveats": caveats}
        manifest |= {name: value for name, value in said.items() if value}
        write_manifest(described(manifest | {"n_pairs": n_pairs}), folder, STREAM)
        kept.append(
            StreamedStudy(
                folder=out, statistics=statistics, n_pairs=n_pairs, lost=lost, assumed=assumed
            )
        )

    replace_folder(out, fill, STREAM)
    return kept[0]


def refuse_unstreamed(study: Specification) -> None:
    """Raise `SpecificationError` where a study asks for what needs all of its pairs at once."""
    others = [name for name in study.statistics if STATISTICS[name].value.summed is None]
    if others:
        can = [test.name for test in STATISTICS if test.value.summed is not None]
        raise SpecificationError(
            f"{listed(others)} cannot be streamed: not a sum over pairs, but of draws, of date "
            f"portfolios, or of all pairs at once; leave it out, or fit the study. Streamed are "
            f"{listed(can)}",
            key="statistics.names",
        )
    for is_asked, key, what, instead in (
        (study.draws, "statistics.draws", "placebo draws", "set statistics.draws = 0"),
        (study.overlap != "keep", "events.overlap", "a choice among pairs", 'set it to "keep"'),
        (study.ambiguous == "widen", "events.ambiguous", "widened windows", 'set it to "drop"'),
        (study.mask_events, "sample.mask_events", "the windows of all events", "set it to false"),
        (study.beside, "model.beside", "a second model", "stream a study of its own"),
        (study.contrast, "statistics.contrast", "permuted labels", "leave it out"),
        (study.cross_section, "cross_section", "a regression", "regress the CARs of car.parquet"),
        (study.activity, "activity", "volatility and volume", "leave it out"),
        (study.conventions, "conventions.like", "tests by convention", "leave it out"),
    ):
        if is_asked:
            raise SpecificationError(
                f"{key}: {what} cannot be streamed; {instead}, or fit the study", key=key
            )


def _summed(
    study: Specification,
    pairs: StreamPairs,
    files: GrowingFrames,
    kept_values: ValueFile,
    progress: Progress,
    block: int,
    *,
    with_sessions: bool,
) -> tuple[pd.DataFrame, int, pd.DataFrame, dict[str, str]]:
    """Estimate and sum every block.

    Returns
    -------
    Statistics, number of pairs, how many were lost why, and groups that have the pairs of another.

    Raises
    ------
    CoverageError
        With those the model loses, more pairs are lost than ``sample.max_loss`` allows.
    """
    data = pairs.data
    tests = [STATISTICS[name].value for name in study.statistics]
    sums = BlockSums(
        study.windows(),
        tests,
        alternative=study.alternative,
        simple=study.kind == "simple",
        kept=kept_values,
    )
    parts = list(pairs.blocks(block))
    if sums.looks_first:
        _look(study, pairs, parts, sums, progress)
    names = regressors(study, data.returns)[1]
    is_complete = sums.is_across and pairs.is_complete()
    n_pairs = failed = 0
    reason = ""
    carried: tuple[AbnormalReturns, IntArray] | None = None
    begins = pairs.begins(parts) if sums.is_across and not is_complete else None
    members: dict[str, hashlib.blake2b] = {}
    for number, part in enumerate(parts):
        progress("testing block by block", number, len(parts))
        table, kept = _estimated(pairs, part)
        if not kept.all():
            reason = table.fit.failure
            gone = _labels(pairs, part, ~kept)[["event_id", "security"]]
            files.add_rows("dropped", gone.assign(stage="model", reason=reason))
        n_pairs += int(kept.sum())
        failed += int((~kept).sum())
        if not kept.any():
            continue
        labels = _labels(pairs, part, kept)
        of_block = _block(study, pairs, part, kept, table, labels, is_complete=is_complete)
        across = None
        if begins is not None:
            across, carried = _across(
                study, pairs, of_block, part, kept, carried, begin=begins[number]
            )
        sums.add(of_block, across)
        _digest(members, of_block.groups, np.arange(part.start, part.stop)[kept])
        labels = labels[["event_id", "security"]]
        if with_sessions:
            files.add("abnormal_returns", frames.abnormal_frame(table, labels, names))
        simple = study.kind == "simple"
        files.add("car", frames.car_frame(table, labels, study.car_windows, simple=simple))
        benchmarks = data.setting.benchmarks_of(table.security)
        files.add("models", frames.models_frame(table, labels, benchmarks))
        treated = treated_pairs(data, table, labels)
        if not treated.empty:
            files.add_rows("treated", treated)
    progress("testing block by block", len(parts), len(parts))
    lost = pairs.lost
    if failed:
        more = pd.DataFrame({"stage": ["model"], "reason": [reason], "pairs": [failed]})
        lost = pd.concat([lost, more], ignore_index=True).sort_values(
            "pairs", ascending=False, kind="stable", ignore_index=True
        )
        check_counts(n_pairs, lost, study.max_loss)
    groupings = distinct_groupings(study.by)
    groups = [
        replace(group, pairs=np.frombuffer(members[group.label].digest(), dtype=np.int64))
        for group in sums.groups(groupings)
    ]
    return sums.frame(groupings), n_pairs, lost, same_pairs(groups)


def _look(
    study: Specification,
    pairs: StreamPairs,
    parts: Sequence[slice],
    sums: BlockSums,
    progress: Progress,
) -> None:
    """Let `sums` know of every block what must be known of all pairs first."""
    for number, part in enumerate(parts):
        progress("estimating normal returns", number, len(parts))
        # Windows that are summed need no session of the estimation one by one; those of a model
        # whose variance moves do.
        table, kept = _estimated(pairs, part, with_residuals=study.model.has_variance)
        if kept.any():
            sums.look(_block(study, pairs, part, kept, table, _labels(pairs, part, kept)))


def _digest(members: dict[str, hashlib.blake2b], groups: Sequence[Group], index: IntArray) -> None:
    """Add the pairs of a block to the digest of each group's: no group keeps its pairs.

    Groups of the same pairs have the same digest.
    """
    for group in groups:
        members.setdefault(group.label, hashlib.blake2b()).update(index[group.pairs].tobytes())


def _estimated(
    pairs: StreamPairs, part: slice, *, with_residuals: bool = True
) -> tuple[AbnormalReturns, BoolArray]:
    """Abnormal returns of the pairs of a block that can be estimated, and which these are."""
    security, day0 = (each[part].astype(np.int64) for each in (pairs.security, pairs.day0))

    def at(which: BoolArray) -> AbnormalReturns:
        none = np.zeros(int(which.sum()), dtype=np.int64)
        return pairs.data.abnormal_at(
            security[which], day0[which], none, with_residuals=with_residuals
        )

    table = at(np.ones(len(security), dtype=bool))
    kept = ~table.fit.failed
    return (table if kept.all() else at(kept)), kept


def _labels(pairs: StreamPairs, part: slice, kept: BoolArray) -> pd.DataFrame:
    event, security = (each[part][kept].astype(np.int64) for each in (pairs.event, pairs.security))
    setting = pairs.data.setting
    return pair_labels(pairs.events, setting.markets, event, security, setting.attributes)


def _block(
    study: Specification,
    pairs: StreamPairs,
    part: slice,
    kept: BoolArray,
    table: AbnormalReturns,
    labels: pd.DataFrame,
    *,
    is_complete: bool = False,
) -> PairBlock:
    event = pairs.event[part][kept]
    # Tests of pairs one by one pair no residuals with each other.
    none = table.residuals[:0]
    return PairBlock(
        table=table,
        dependence=ResidualDependence(np.empty(none.shape, dtype="M8[D]"), none),
        event=pairs.rank[event],
        moment=pairs.moment[event],
        sign=pairs.signs(part)[kept],
        date=pairs.dates(part)[kept],
        groups=make_groups(labels, study.by),
        is_complete=is_complete,
    )


def _across(
    study: Specification,
    pairs: StreamPairs,
    block: PairBlock,
    part: slice,
    kept: BoolArray,
    carried: tuple[AbnormalReturns, IntArray] | None,
    *,
    begin: float,
) -> tuple[PairBlock, tuple[AbnormalReturns, IntArray]]:
    """Return the block behind the earlier pairs whose windows may meet it, and what to carry on.

    A pair is carried until no event window of this or a later block begins before its own ends,
    which is the day `begin`: that of a market with a halt may reach back further than those before.
    """
    own = np.arange(part.start, part.stop)[kept]
    table, index = block.table, own
    if carried is not None:
        earlier, before = carried
        meets = _last_day(earlier) >= begin
        table, index = joined(earlier, table, meets), np.concatenate([before[meets], own])
    event, security = (each[index].astype(np.int64) for each in (pairs.event, pairs.security))
    setting = pairs.data.setting
    labels = pair_labels(pairs.events, setting.markets, event, security, setting.attributes)
    across = PairBlock(
        table=table,
        dependence=pairs.data.dependence_of(table),
        event=pairs.rank[event],
        moment=pairs.moment[event],
        sign=pairs.sign[index].astype(np.float64),
        date=pairs.data.returns.dates[table.security, table.day0],
        groups=make_groups(labels, study.by),
        n_earlier=len(index) - len(own),
    )
    return across, (table, index)


def _as_days(dates: DateArray) -> FloatArray:
    days = dates.astype("M8[D]").astype(np.int64)
    return np.where(np.isnat(dates), np.nan, days)


def _last_day(table: AbnormalReturns) -> FloatArray:
    """Last day of the event window of each pair."""
    return np.asarray(np.nanmax(_as_days(table.dates), axis=1, initial=-np.inf))


def joined(earlier: AbnormalReturns, later: AbnormalReturns, which: BoolArray) -> AbnormalReturns:
    """Return the pairs of `earlier` that are to be kept, ``(P,)``, followed by those of `later`.

    Of the models that is kept which tests of sums look at: a variance that moves is not.
    """
    fit = _joined_fields(earlier.fit, later.fit, which) | {"variance": None}
    fallback = [
        np.zeros(len(each.sigma), dtype=bool) if each.fallback is None else each.fallback
        for each in (earlier.fit, later.fit)
    ]
    fit["fallback"] = np.concatenate([fallback[0][which], fallback[1]])
    changes = _joined_fields(earlier, later, which)
    return replace(later, **changes, fit=replace(later.fit, **fit))  # type: ignore[arg-type]


def _joined_fields(
    earlier: AbnormalReturns | ModelFit, later: AbnormalReturns | ModelFit, which: BoolArray
) -> dict[str, FloatArray | None]:
    arrays = {
        each.name: (getattr(earlier, each.name), getattr(later, each.name))
        for each in fields(later)
        if each.name != "taus"
    }
    return {
        name: np.concatenate([before[which], after])
        for name, (before, after) in arrays.items()
        if isinstance(after, np.ndarray) and isinstance(before, np.ndarray)
    }
