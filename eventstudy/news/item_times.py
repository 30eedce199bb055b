"""Times of the items of one input, looked at together: which of them are in doubt."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from eventstudy.events.table import HALF_WIDTH
from eventstudy.io.doubtful_times import settled
from eventstudy.text import counted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eventstudy.io.timestamps import Timestamp

_FEWEST_OF_A_SOURCE: Final = 3


def widest(*precisions: str | None) -> str:
    """Return the precision that leaves most time open; ``"exact"`` of none."""
    given = [precision for precision in precisions if precision]
    return max(given, key=lambda precision: HALF_WIDTH[precision], default="exact")


def settle_times(
    kept: dict[str, list[Any]],
    rows: range,
    stamps: Sequence[Timestamp],
    given: Sequence[str | None],
    zone: str | None,
) -> list[str]:
    """Put doubts about times into the columns of `kept`, and return them, a sentence each.

    Parameters
    ----------
    kept
        Columns of `News`, changed in place.
    rows
        The rows of the input.
    stamps, given
        Time of each of these rows, and the precision its input gives.
    zone
        The zone dates of the input are in, where an item names none.
    """
    sources: dict[object, list[int]] = {}
    for position, row in enumerate(rows):
        sources.setdefault(kept["source"][row], []).append(position)
    groups = [list(range(len(rows)))]
    if len(sources) > 1:
        groups += [group for group in sources.values() if len(group) >= _FEWEST_OF_A_SOURCE]
    is_settled = [False] * len(rows)
    reasons: Counter[str] = Counter()
    remarks: list[str] = []
    for number, group in enumerate(groups):
        open_ones = [position for position in group if not is_settled[position]]
        result = settled(
            [stamps[position] for position in open_ones],
            [kept["timezone"][rows[position]] or zone for position in open_ones],
            [given[position] for position in open_ones],
            is_schedule_likely=False,
        )
        remarks += result.kept if number == 0 else ()  # of all, then of each source again
        for position, stamp, reason in zip(open_ones, result.times, result.reasons, strict=True):
            if reason is None or stamp is None:
                continue
            is_settled[position] = True
            reasons[reason] += 1
            _put(kept, rows[position], reason, stamp)
    return [f"{counted(count, 'item')}: {reason}" for reason, count in reasons.items()] + remarks


def _put(kept: dict[str, list[Any]], row: int, reason: str, stamp: Timestamp) -> None:
    note = kept["note"][row]
    kept["note"][row] = f"{note}; {reason}" if note else reason
    kept["precision"][row] = widest(kept["precision"][row], "day")
    if stamp.instant is None:
        kept["published"][row] = kept["published_at"][row] = None
        kept["date"][row] = stamp.date


def assumptions(counts: Counter[str]) -> Iterator[str]:
    """Yield how often something was assumed of the items of an input, a sentence each."""
    for sentence, count in counts.items():
        yield f"{counted(count, 'item')}: {sentence}"
