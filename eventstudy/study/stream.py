"""A study in blocks of pairs: memory as for one block, results written as they come.

The tests are those whose formula is one of sums over pairs; `refuse_unstreamed` says by name what
else a study asks for.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.estimation.groups import distinct_groupings, make_groups, same_pairs
from eventstudy.estimation.sample import check_counts
from eventstudy.events.table import event_rank
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.blocks import BlockSums, PairBlock
from eventstudy.inference.dependence import ResidualDependence
from eventstudy.inference.statistic import STATISTICS
from eventstudy.inference.value_file import ValueFile
from eventstudy.io.folders import STREAM, replace_folder, write_frame, write_manifest
from eventstudy.prices.blocks import PriceBlocks
from eventstudy.study import frames
from eventstudy.study.labels import pair_labels
from eventstudy.study.option_checks import at_least
from eventstudy.study.pair_file import PairFile
from eventstudy.study.stream_files import GrowingFrames
from eventstudy.study.stream_markets import HeldMarkets, ReadMarkets
from eventstudy.study.stream_pairs import find_pairs
from eventstudy.study.stream_tables import estimated, joined
from eventstudy.study.treated import treated_frame
from eventstudy.text import listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from eventstudy._typing import DateArray, FloatArray, IntArray, Progress
    from eventstudy.estimation.abnormal import AbnormalReturns
    from eventstudy.estimation.groups import Group
    from eventstudy.events.table import Events
    from eventstudy.prices.panel import PricePanel
    from eventstudy.study.pair_file import Pairs
    from eventstudy.study.specification import Specification
    from eventstudy.study.stream_markets import StreamMarkets
    from eventstudy.study.stream_pairs import StreamPairs
    from eventstudy.study.stream_tables import BlockTable

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
    short_windows
        How many pairs a window of CARs holds no session of, or not all, a sentence each.

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=2, n_events=8, effect=0.02)
    >>> study = es.EventStudy(
    ...     markets=["M01", "M02"], model=es.ConstantMean(), date_only="same", calendar="data",
    ...     estimation_window=(-120, -11), statistics=["bmp"], draws=0,
    ... )
    >>> streamed = study.stream(events, prices, "streamed")
    >>> streamed.statistics["name"].unique().tolist()
    ['bmp']
    """

    folder: Path
    statistics: pd.DataFrame
    n_pairs: int
    lost: pd.DataFrame
    assumed: tuple[str, ...]
    short_windows: tuple[str, ...]


def stream_study(
    study: Specification,
    events: Events,
    prices: PricePanel | PriceBlocks,
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

    markets: StreamMarkets
    if isinstance(prices, PriceBlocks):
        markets = ReadMarkets(study, events, prices)
    else:
        markets = HeldMarkets(study, events, prices, strict=strict)

    def fill(folder: Path) -> None:
        rank = event_rank(markets.events)
        with (
            GrowingFrames(folder) as files,
            ValueFile(folder) as kept_values,
            PairFile(folder, rank) as file,
        ):
            pairs = find_pairs(study, markets, file, files, progress, strict=strict)
            statistics, n_pairs, lost, copies = _summed(
                study, markets, pairs, files, kept_values, progress, block,
                with_sessions=abnormal_returns,
            )  # fmt: skip
        write_frame(statistics, folder / "statistics.csv")
        write_frame(pairs.facts.checks, folder / "checks.csv")
        manifest = pairs.facts.manifest
        assumed = pairs.facts.assumed
        lost = _with_unpriced(lost, markets.unpriced)
        caveats = [asdict(caveat) for caveat in markets.events.caveats]
        said = {"same_pairs": copies, "assumed": list(assumed), "caveats": caveats}
        manifest |= {name: value for name, value in said.items() if value}
        write_manifest(described(manifest | {"n_pairs": n_pairs}), folder, STREAM)
        kept.append(
            StreamedStudy(
                folder=out,
                statistics=statistics,
                n_pairs=n_pairs,
                lost=lost,
                assumed=assumed,
                short_windows=pairs.facts.short_windows,
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
    markets: StreamMarkets,
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
    sums = BlockSums(
        study.windows(),
        [STATISTICS[name].value for name in study.statistics],
        alternative=study.alternative,
        simple=study.kind == "simple",
        kept=kept_values,
    )
    parts = list(pairs.blocks(block))
    blocks = _Blocks(study, markets, pairs)
    if sums.looks_first:
        _look(blocks, parts, sums, progress)
    is_complete = sums.is_across and pairs.is_complete
    n_pairs = failed = 0
    reason = ""
    carried: _Carried | None = None
    begins = pairs.begins(parts) if sums.is_across and not is_complete else None
    members: dict[str, hashlib.blake2b] = {}
    for number, part in enumerate(parts):
        progress("testing block by block", number, len(parts))
        found = pairs.file.read(part)
        of_part = blocks.estimated(found, with_dates=begins is not None)
        table, kept = of_part.table, of_part.kept
        if not kept.all():
            reason = table.fit.failure
            gone = blocks.labels(found[~kept])[["event_id", "security"]]
            files.add_rows("dropped", gone.assign(stage="model", reason=reason))
        n_pairs, failed = n_pairs + int(kept.sum()), failed + int((~kept).sum())
        if not kept.any():
            continue
        found = found[kept]
        labels = blocks.labels(found)
        of_block = blocks.block(found, table, labels, is_complete=is_complete)
        across = None
        if begins is not None and of_part.dates is not None:
            new = _Carried(table=table, dates=of_part.dates, pairs=found)
            across, carried = _across(blocks, new, carried, begin=begins[number])
        sums.add(of_block, across)
        _digest(members, of_block.groups, np.arange(part.start, part.stop)[kept])
        blocks.write(files, of_part, labels, with_sessions=with_sessions)
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


def _with_unpriced(lost: pd.DataFrame, unpriced: pd.DataFrame) -> pd.DataFrame:
    """Return how many pairs were lost why, with those whose security has no prices."""
    if unpriced.empty:
        return lost
    sizes = unpriced.groupby(["stage", "reason"], sort=False).size().rename("pairs").reset_index()
    return pd.concat([lost, sizes], ignore_index=True).sort_values(
        "pairs", ascending=False, kind="stable", ignore_index=True
    )


def _look(blocks: _Blocks, parts: Sequence[slice], sums: BlockSums, progress: Progress) -> None:
    """Let `sums` know of every block what must be known of all pairs first."""
    for number, part in enumerate(parts):
        progress("estimating normal returns", number, len(parts))
        # Windows that are summed need no session of the estimation one by one; those of a model
        # whose variance moves do.
        found = blocks.pairs.file.read(part)
        of_part = blocks.estimated(found, with_residuals=blocks.study.model.has_variance)
        if of_part.kept.any():
            found = found[of_part.kept]
            sums.look(blocks.block(found, of_part.table, blocks.labels(found)))


def _digest(members: dict[str, hashlib.blake2b], groups: Sequence[Group], index: IntArray) -> None:
    """Add the pairs of a block to the digest of each group's: no group keeps its pairs.

    Groups of the same pairs have the same digest.
    """
    for group in groups:
        members.setdefault(group.label, hashlib.blake2b()).update(index[group.pairs].tobytes())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Carried:
    """Pairs, their abnormal returns, and the sessions ``(P, L)`` they are estimated on."""

    table: AbnormalReturns
    dates: DateArray
    pairs: Pairs


@dataclass(frozen=True, slots=True, eq=False)
class _Blocks:
    """What blocks of pairs are made of."""

    study: Specification
    markets: StreamMarkets
    pairs: StreamPairs

    def estimated(
        self, found: Pairs, *, with_residuals: bool = True, with_dates: bool = False
    ) -> BlockTable:
        """Return the abnormal returns of those that can be estimated."""
        security, day0 = (found[name].astype(np.int64) for name in ("security", "day0"))
        return estimated(
            self.markets, security, day0, with_residuals=with_residuals, with_dates=with_dates
        )

    def labels(self, found: Pairs) -> pd.DataFrame:
        """Return what they can be grouped by."""
        event, security = (found[name].astype(np.int64) for name in ("event", "security"))
        attributes = self.pairs.facts.attributes
        return pair_labels(self.markets.events, self.markets.markets, event, security, attributes)

    def write(
        self,
        files: GrowingFrames,
        of_part: BlockTable,
        labels: pd.DataFrame,
        *,
        with_sessions: bool,
    ) -> None:
        """Add a block to the files of results."""
        study, table, facts = self.study, of_part.table, self.pairs.facts
        labels = labels[["event_id", "security"]]
        if with_sessions:
            sessions = frames.abnormal_frame(table, labels, facts.regressors)
            files.add("abnormal_returns", sessions)
        simple = study.kind == "simple"
        car = frames.car_frame(table, labels, study.car_windows, simple=simple)
        facts.count_sessions(car)
        files.add("car", car)
        benchmarks = facts.benchmarks_of(table.security)
        files.add("models", frames.models_frame(table, labels, benchmarks))
        treated = treated_frame(of_part.reasons, labels)
        if not treated.empty:
            files.add_rows("treated", treated)

    def block(
        self,
        found: Pairs,
        table: AbnormalReturns,
        labels: pd.DataFrame,
        dependence: ResidualDependence | None = None,
        *,
        is_complete: bool = False,
        n_earlier: int = 0,
    ) -> PairBlock:
        """Return pairs to be summed together."""
        if dependence is None:  # tests of pairs one by one pair no residuals with each other
            none = table.residuals[:0]
            dependence = ResidualDependence(np.empty(none.shape, dtype="M8[D]"), none)
        event = found["event"].astype(np.int64)
        return PairBlock(
            table=table,
            dependence=dependence,
            event=self.pairs.rank[event],
            moment=self.pairs.moment[event],
            sign=found["sign"].astype(np.float64),
            date=found["date"].astype("M8[D]"),
            groups=make_groups(labels, self.study.by),
            is_complete=is_complete,
            n_earlier=n_earlier,
        )


def _across(
    blocks: _Blocks, new: _Carried, carried: _Carried | None, *, begin: float
) -> tuple[PairBlock, _Carried]:
    """Return a block behind the earlier pairs it may meet, and what the next block may meet.

    `carried` are the pairs of the block before with those it met; those stay whose event windows
    reach the day `begin`: that of a market with a halt may reach back further than those before.
    """
    n_earlier, together = 0, new
    if carried is not None:
        meets = _last_day(carried.table) >= begin
        n_earlier = int(meets.sum())
        together = _Carried(
            table=joined(carried.table, new.table, meets),
            dates=np.concatenate([carried.dates[meets], new.dates]),
            pairs=np.concatenate([carried.pairs[meets], new.pairs]),
        )
    dependence = ResidualDependence(together.dates, together.table.residuals)
    labels = blocks.labels(together.pairs)
    across = blocks.block(together.pairs, together.table, labels, dependence, n_earlier=n_earlier)
    return across, together


def _as_days(dates: DateArray) -> FloatArray:
    days = dates.astype("M8[D]").astype(np.int64)
    return np.where(np.isnat(dates), np.nan, days)


def _last_day(table: AbnormalReturns) -> FloatArray:
    """Last day of the event window of each pair."""
    return np.asarray(np.nanmax(_as_days(table.dates), axis=1, initial=-np.inf))
