"""The range table of the first page: what such news did in each market, with a strip a row."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.finding import reference
from eventstudy.reporting.findings_answers import mean_tested
from eventstudy.text import Record, is_missing, records, split_group

if TYPE_CHECKING:
    import pandas as pd

    from eventstudy.reporting.record import StudyRecord
    from eventstudy.reporting.rows import Row

_BY = "direction"
_KNOWN = ("de-escalation", "escalation")
_POOLED = "all"
_KEY = ("group", "security", "window_start", "window_end")


def ranges(record: StudyRecord) -> Row | None:
    """Return the middle and the range of past moves by market and direction; None without any.

    Returns
    -------
    dict
        The window, whether there are directions, how many others have no lines, and the markets in
        the order of the study, all together first, each with its lines: texts in percent, and the
        strip as positions in percent of its width. The lines of one market share a scale.
    """
    frame = record.ranges
    if frame.empty:
        return None
    start, end = record.headline_window
    frame = frame[(frame["window_start"] == start) & (frame["window_end"] == end)]
    groups = [str(group) for group in frame["group"].unique()]
    chosen = [group for group in groups if split_group(group)[0] == (_BY,)]
    if record.sign == "expected":  # as in the sentences: moves are turned, all news together
        chosen = []
    opposed = [group for group in chosen if set(split_group(group)[1]) & set(_KNOWN)]
    others = len(chosen) - len(opposed) if opposed else 0
    chosen = opposed or chosen or ["all"]
    chosen.sort(key=lambda group: _rank(split_group(group)[1]))
    frame = frame[frame["group"].isin(chosen) & (frame["n_dates"] > 0)]
    order = [_POOLED, *record.labels, *frame["security"].unique()]
    markets: list[Row] = []
    for name, part in sorted(
        frame.groupby("security", sort=False), key=lambda each: order.index(each[0])
    ):
        rows = sorted(records(part), key=lambda row: chosen.index(str(row.group)))
        reach = _reach(part)
        markets.append(
            {
                "name": "" if name == _POOLED else str(name),
                "label": "All together"
                if name == _POOLED
                else wording.value_label(str(name), record.labels),
                "lines": [_line(row, reach) for row in rows],
            }
        )
    if not markets:
        return None
    lines = [line for market in markets for line in market["lines"]]
    benchmark = record.benchmark
    return {
        "benchmark": None if benchmark is None else benchmark.name,
        "is_last_close": benchmark is not None and benchmark.is_last_close,
        "mean": mean_tested(benchmark),
        "side": "" if record.alternative == "two-sided" else wording.sided(record.alternative),
        "beyond": any(line["beyond"] for line in lines),
        "by_then": any(line["by_then"] for line in lines),
        "tested": any(line["p"] for line in lines),
        "places": frozenset(line["place"] for line in lines),
        "window": wording.window_label(start, end),
        "directed": chosen != ["all"],
        "markets": markets,
        "others": others,
        "mixed": chosen != ["all"] and bool((frame["n_mixed"] > 0).any()),
        "few": any(not line["low"] for line in lines),
    }


def _rank(values: tuple[str, ...]) -> tuple[int, str]:
    value = values[0] if values else ""
    return (_KNOWN.index(value) if value in _KNOWN else len(_KNOWN), value)


def _reach(part: pd.DataFrame) -> float:
    """Return the largest return of a market's lines, the edge of their strips."""
    columns = ["median", "low", "high", "ordinary_low", "ordinary_high"]
    largest = float(part[columns].abs().max().max())
    return 1.08 * largest if largest > 0 else 1.0


def _line(row: Record, reach: float) -> Row:
    values = split_group(str(row.group))[1]
    cells = {name: getattr(row, name, None) for name in
             ("median", "low", "high", "ordinary_low", "ordinary_high")}  # fmt: skip
    texts = {name: _percent(cell) for name, cell in cells.items()}
    places = {
        f"at_{name}": None if is_missing(cell) else round(50 + 50 * float(str(cell)) / reach, 1)
        for name, cell in cells.items()
    }
    return {
        **texts,
        **places,
        "beyond": _percent(getattr(row, "beyond_median", None)),
        "by_then": _percent(getattr(row, "benchmark_median", None)),
        "p": wording.p_value(getattr(row, "pvalue", None)),
        "place": reference("ranges.csv", row, *_KEY).anchor,
        "direction": wording.value_label(values[0]) if values else "",
        "tone": values[0] if values and values[0] in _KNOWN else "neutral",
        "dates": f"{int(row.n_dates):,}",
        "up": f"{int(row.n_up):,}",
    }


def _percent(cell: object) -> str:
    return "" if is_missing(cell) else wording.number(100 * float(str(cell)), sign=True)
