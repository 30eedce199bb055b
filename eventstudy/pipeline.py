"""From a specification and data to results: the stages of a study, in order."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy import frames
from eventstudy.abnormal import AbnormalReturns, volatility_start
from eventstudy.aggregation import make_groups
from eventstudy.confounding import confounding
from eventstudy.exceptions import SpecificationError
from eventstudy.inference.evaluate import Design, evaluate
from eventstudy.inference.family import family
from eventstudy.inference.resampling import PlaceboTable, session_lookup
from eventstudy.preparation import estimate, event_rank, prepare, regressors
from eventstudy.questions import (
    Fitted,
    activity_of,
    cross_section_of,
    heatmap_of,
    joint_grouping,
    joint_of,
)
from eventstudy.results import EventStudyResults

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.events import Events
    from eventstudy.markets import Market
    from eventstudy.panel import ReturnsPanel
    from eventstudy.preparation import Prepared, Setting
    from eventstudy.prices import PricePanel
    from eventstudy.sample import Sample
    from eventstudy.specification import Specification

MIXED = "(mixed)"
"""What a pair that stands for several events has in a column in which they differ."""
# About 130 bytes each: this many are 10 GB.
_MAX_PLACEBO_CELLS = 80_000_000
_ROOM = np.timedelta64(60, "D")


def carry_out(
    study: Specification,
    events: Events,
    prices: PricePanel,
    progress: Callable[[str, int, int], None],
) -> EventStudyResults:
    """Fit `study` on the data; see `EventStudy.fit`."""
    progress("aligning news and sessions", 0, 1)
    data = prepare(study, events, prices)
    progress("estimating normal returns", 0, 1)
    sample, table = estimate(data)
    design = make_design(
        data, sample, table, lambda n, of: progress("estimating placebo dates", n, of)
    )
    labels = sample_labels(data, sample)
    groups = make_groups(labels, study.by)
    windows = study.windows()
    fitted = Fitted(design=design, labels=labels, data=data, sample=sample)
    # What the events' columns do not allow is known before the draws, which take their time.
    regressed = cross_section_of(fitted, study.cross_section)
    jointly = pd.DataFrame()
    if study.overlap == "joint":
        jointly = joint_of(fitted, joint_grouping(fitted, study.by), study.car_windows)
    done = 0

    def step(number: int) -> None:
        nonlocal done
        done += number
        progress("testing against placebo dates", done, len(groups))

    progress("testing against placebo dates", 0, len(groups))
    statistics = evaluate(design, groups, windows, study.statistics, progress=step)
    names = [market.name for market in data.setting.markets]
    if study.activity is not None:
        progress("measuring volatility and volume", 0, 1)
    measured = activity_of(fitted, groups, study.car_windows, study.activity)
    many = "placebo" in study.statistics and study.draws > 0
    adjusted = family(design, groups, study.car_windows, names) if many else pd.DataFrame()

    names = ["event_id", "security"]
    pairs = data.aligned.frame[names].iloc[sample.pair].reset_index(drop=True)
    windows_shown = [(window.start, window.end) for window in study.car_windows]
    headline = "placebo" if "placebo" in study.statistics else study.statistics[0]
    setting = data.setting
    return EventStudyResults(
        statistics=statistics,
        family=adjusted,
        cross_section=regressed,
        joint=jointly,
        confounding=confounding(
            events.frame,
            event=sample.event,
            security=sample.security,
            day0=sample.day0,
            extension=sample.extension,
            window=study.event_window,
            rank=event_rank(events),
        ),
        activity=measured,
        abnormal_returns=frames.abnormal_frame(table, pairs, regressors(study, data.returns)[1]),
        car=frames.car_frame(table, pairs, study.car_windows, simple=design.simple),
        models=frames.models_frame(table, pairs),
        alignment=data.aligned.frame,
        dropped=sample.dropped,
        caar=frames.caar_frame(design, groups),
        heatmap=heatmap_of(fitted, windows_shown, headline),
        checks=data.returns.checks,
        events=events.frame.assign(markets=[";".join(m) for m in events.frame["markets"]]),
        prices=_prices_shown(prices, setting.markets, setting.benchmark and setting.benchmark[0]),
        manifest=study_manifest(study, events, prices, setting, data.returns)
        | _placebo_fallback(design)
        | ({"caveats": [asdict(one) for one in events.caveats]} if events.caveats else {}),
        treated=_treated(data, table, pairs),
        fitted=fitted,
    )


def _placebo_fallback(design: Design) -> dict[str, object]:
    """How many placebo positions least squares took over, where it did."""
    fit = design.placebo.table.fit
    count = 0 if fit.fallback is None else int(fit.fallback.sum())
    if not count:
        return {}
    facts = {"positions": count, "of": len(fit.sigma), "reason": fit.fallback_reason}
    return {"placebo_fallback": facts}


def _treated(data: Prepared, table: AbnormalReturns, pairs: pd.DataFrame) -> pd.DataFrame:
    """Pairs the model could not treat as it was meant to: event_id, security, stage, reason."""
    reason: dict[int, list[str]] = {}
    fit = table.fit
    if fit.fallback is not None:
        for pair in np.flatnonzero(fit.fallback):
            reason.setdefault(int(pair), []).append(fit.fallback_reason)
    if any(data.study.model.reach):
        # The benchmark of the session itself is there, that of one around it is not.
        column = table.day0[:, None] + table.taus
        inside = (column >= 0) & (column < data.returns.returns.shape[1])
        own = data.returns.factors[table.security[:, None], np.where(inside, column, 0)]
        seen = inside & np.isfinite(own).all(axis=-1) & np.isfinite(table.returns)
        seen &= table.taus >= table.event.start - table.extension[:, None]
        lost = seen & ~np.isfinite(table.abnormal)
        for pair in np.flatnonzero(lost.any(axis=1)):
            taus = ", ".join(f"{tau:+d}" if tau else "0" for tau in table.taus[lost[pair]])
            reason.setdefault(int(pair), []).append(
                f"no abnormal return on session {taus}: the benchmark's return is missing on a "
                "session before or after that the model needs"
            )
    rows = sorted(reason)
    if not rows:
        return pd.DataFrame()
    listed = [(row, why) for row in rows for why in reason[row]]
    return (
        pairs.iloc[[row for row, _ in listed]]
        .reset_index(drop=True)
        .assign(stage="model", reason=[why for _, why in listed])
    )


def study_manifest(
    study: Specification,
    events: Events,
    prices: PricePanel,
    setting: Setting,
    returns: ReturnsPanel,
) -> dict[str, object]:
    """Return what was asked, of which data, with which versions."""
    import platform
    from importlib.metadata import version
    from importlib.util import find_spec

    known = {market.name: setting.calendars[market.name].version for market in setting.markets}
    if setting.benchmark is not None:
        known[setting.benchmark[0].name] = setting.benchmark[1].version
    packages = ["market-reaction", "numpy", "pandas", "scipy", "statsmodels", "exchange_calendars"]
    if study.model.requires:
        packages.append(study.model.requires)
    if study.overlap == "joint" or study.cross_section is not None:
        packages += [name for name in ("linearmodels",) if find_spec(name) is not None]
    return {
        "tool": "eventstudy",
        "study": study.to_dict(),
        "sync": returns.sync,
        "seed": study.seed,
        "inputs": {
            "events": {"name": events.name, "sha256": events.sha256},
            "prices": {"name": prices.name, "sha256": prices.sha256}
            | ({"parts": [list(one) for one in prices.inputs]} if prices.inputs else {}),
        },
        "markets": {
            market.name: {"label": market.label, "up": market.up, "inverse": market.inverse}
            for market in setting.markets
        },
        "calendars": known,
        "versions": {"python": platform.python_version()}
        | {package: version(package) for package in packages},
    }


def pair_labels(
    events: Events, markets: Sequence[Market], event: IntArray, security: IntArray
) -> pd.DataFrame:
    """Return the columns pairs ``(P,)`` can be grouped by: the event's own, and ``security``."""
    frame = events.frame.drop(columns=["markets"]).iloc[event].reset_index(drop=True)
    names = np.array([market.name for market in markets], dtype=object)
    return frame.assign(security=names[security])


def sample_labels(data: Prepared, sample: Sample) -> pd.DataFrame:
    """`pair_labels` of a sample; `MIXED` where a pair stands for several events that differ."""
    labels = pair_labels(data.events, data.setting.markets, sample.event, sample.security)
    pairs, others = sample.merged_events(data.aligned)
    events = data.events.frame
    changed = {}
    for name in labels.columns.drop(["event_id", "security"]) if pairs.size else ():
        code = pd.factorize(events[name])[0]
        differs = pairs[code[sample.event[pairs]] != code[others]]
        if differs.size:
            column = labels[name]
            if column.dtype.kind == "M":  # beside a word, a date is its text
                has_clock = column.dt.tz is not None
                column = column.dt.strftime("%Y-%m-%dT%H:%M:%SZ" if has_clock else "%Y-%m-%d")
            column = column.astype(object)
            column.iloc[differs] = MIXED
            changed[name] = column
    return labels.assign(**changed)


def _signs(data: Prepared, sample: Sample) -> FloatArray:
    study, events = data.study, data.events
    if study.sign == "none":
        return np.ones(len(sample.pair))
    if "expected_sign" not in events.frame.columns:
        raise SpecificationError(
            f'statistics.sign = "expected" needs a column expected_sign in {events.name}'
        )
    value = {"+": 1.0, "-": -1.0}
    signs = np.array([value.get(sign, 0.0) for sign in events.frame["expected_sign"]])
    of_pair = signs[sample.event]
    pairs, others = sample.merged_events(data.aligned)
    of_pair[pairs[of_pair[pairs] != signs[others]]] = 0.0
    return of_pair


def make_design(
    data: Prepared,
    sample: Sample,
    table: AbnormalReturns,
    progress: Callable[[int, int], None] | None = None,
) -> Design:
    """Pairs, and every position at which a placebo of them may fall."""
    study, events, returns, rows = data.study, data.events, data.returns, data.rows
    n, t = returns.returns.shape
    column = np.arange(t)
    inside = (column >= rows[0][:, None]) & (column <= rows[1][:, None])
    wanted: BoolArray = inside & (data.usable >= study.min_obs)
    if not study.draws:
        wanted = np.zeros_like(wanted)
    # A placebo of a widened or merged pair has its longer window, so each width has positions of
    # its own, in the markets that have such a pair.
    widths = np.union1d(sample.extension, [0])
    needed = np.zeros((len(widths), n), dtype=bool)
    needed[0] = True
    needed[np.searchsorted(widths, sample.extension), sample.security] = True
    estimation, event = study.estimation_window, study.event_window
    span = max(event.end, estimation.end) + 1
    span -= min(estimation.start, volatility_start(estimation, event))
    span += event.length**2 if study.model.rolling else 0
    cells = int((needed @ wanted.sum(axis=1)).sum()) * span
    if cells > _MAX_PLACEBO_CELLS:
        raise SpecificationError(
            f"placebo inference over {n} markets would estimate {int(wanted.sum()):,} positions, "
            "more than memory allows; set statistics.draws = 0, or study fewer markets at a time"
        )
    width, security, day0 = np.nonzero(needed[:, :, None] & wanted)
    positions = data.abnormal_at(security, day0, widths[width], progress=progress)
    index = np.full((len(widths), n, t), -1, dtype=np.int64)
    index[width, security, day0] = np.where(positions.fit.failed, -1, np.arange(len(security)))
    lookup, first = session_lookup(returns.dates)
    return Design(
        table=table,
        workings=data.workings_of(table),
        event=event_rank(events)[sample.event],
        sign=_signs(data, sample),
        date=returns.dates[sample.security, sample.day0],
        begin=returns.dates[sample.security, sample.day0 - sample.extension],
        placebo=PlaceboTable(
            table=positions,
            widths=widths,
            index=index,
            on_or_after=lookup,
            first_weekday=first,
            last_row=rows[1],
            first_row=rows[0] if study.estimation_window.start > study.event_window.end else None,
        ),
        placebo_workings=data.workings_of(positions),
        simple=study.kind == "simple",
        draws=study.draws,
        seed=study.seed,
        alternative=study.alternative,
        draws_from=study.draws_from,
    )


def _prices_shown(
    prices: PricePanel, markets: Sequence[Market], benchmark: Market | None
) -> pd.DataFrame:
    """Closes by date and market, inverse quotes turned; empty where returns were given."""
    frame = prices.frame()
    if prices.content != "prices":
        frame = frame.iloc[:0]
    shown = {}
    for market in [*markets, *([benchmark] if benchmark is not None else [])]:
        column, is_inverted = prices.locate(market)
        closes = frame.iloc[:, column]
        shown[market.name] = 1.0 / closes if is_inverted else closes
    return pd.DataFrame(shown, index=frame.index)
