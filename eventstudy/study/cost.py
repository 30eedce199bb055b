"""Memory and time of the pairs and placebo draws of a study, said before either is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eventstudy.exceptions import SpecificationError
from eventstudy.inference.measured_draws import n_measured
from eventstudy.inference.unit_series import MOST_MEANS
from eventstudy.io.memory import (
    LARGE,
    MEMORY,
    asked_memory,
    memory_limit,
    memory_text,
    shortage,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eventstudy.windows import Window

MOST_KEPT = 10_000_000
"""Sessions of placebo positions that a study keeps; above it estimates them when they are asked."""
_LONG_WINDOW = 10_000  # sessions, 40 years
# Of the benchmark placebo_firms.py: bytes and seconds of a session of a position that is kept;
# seconds of a position that is not and of each window; of a pair in a draw that is estimated anew
# and of each test of it.
_KEPT_BYTES, _KEPT_SECONDS = 190.0, 1.5e-6
_POSITION_SECONDS, _WINDOW_SECONDS = 2.0e-6, 0.4e-6
_VISIT_SECONDS, _TEST_SECONDS = 40.0e-6, 90.0e-6
# Of bundled studies with 200 and 2,000 draws: seconds of a test of a group in a window, with draws
# and without, and of a pair of a group in a draw and window.
_TEST_OF_DRAWS_SECONDS, _TEST_ALONE_SECONDS, _DRAWN_SECONDS = 1.5e-3, 0.2e-3, 3.0e-8
# Of a process that has begun, and of a number of a draw and pair in each of its placements.
_PROCESS_BYTES, _DRAWN_BYTES = 250e6, 8.0
# Of what is estimated anew at a time, with all that its tests make of it.
_ANEW_BYTES = 300e6
# Of a close of a market on a session: prices, returns, their sums, what is written and shown; of
# the benchmark load.py.
_CLOSE_BYTES = 100.0
# Numbers that are held of every session of a pair, when its abnormal returns are tested.
_PAIR_ARRAYS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What the placebo draws of a study take.

    Attributes
    ----------
    is_kept : whether the sessions of all positions are kept
    positions : at which a placebo may fall, in all markets
    n_bytes : memory beside that of the prices, of all processes of this machine
    seconds : of one processor core, within a factor of two or so
    markets, pairs, draws, windows : what they follow from
    """

    is_kept: bool
    positions: int
    n_bytes: int
    seconds: float
    markets: int
    pairs: int
    draws: int
    windows: int

    @property
    def is_large(self) -> bool:
        """Whether it is worth a word before it is taken."""
        return self.n_bytes > LARGE or self.seconds > 30.0

    def __str__(self) -> str:
        """Memory and time in words."""
        return f"{memory_text(self.n_bytes)} and about {time_text(self.seconds)}"


def placebo_cost(
    *,
    positions: int,
    span: int,
    markets: int,
    sessions: int,
    factors: int,
    pairs: int,
    draws: int,
    windows: int,
    placements: int,
    held: int,
    tests: int,
    groupings: int = 1,
    processes: int = 1,
    is_kept: bool | None = None,
) -> Cost:
    """Estimate what the placebo draws of a study take.

    Parameters
    ----------
    positions
        At which a placebo may fall, in all markets.
    span
        Sessions of each of them, from the first of its estimation window to the last of its event
        window.
    markets, sessions, factors
        Size of the panel.
    pairs, draws, windows
        What is asked.
    placements
        Windows that do not share their placebo dates.
    held
        Windows whose totals are held at one time, where sessions are not kept.
    tests
        Those whose sizes are measured.
    groupings
        In how many of the groups a pair may be.
    processes
        Of this machine that compute at once: each has its own draws, and what it makes of them.
    is_kept
        Whether the sessions of all positions are kept; by default up to `MOST_KEPT` of them.
    """
    cells = positions * span
    kept = cells <= MOST_KEPT if is_kept is None else is_kept
    # The positions each cluster takes in some draw, and a few numbers a draw and pair.
    most_moves = min(draws, positions // max(markets, 1))
    own = 8.0 * pairs * (most_moves * placements + 3 * draws)
    measured = n_measured(draws, pairs) * pairs * (held + 1) * 2
    if kept:
        shared = cells * _KEPT_BYTES
        # Of each window the means of units on every session they may be moved to.
        if draws:
            own += 8.0 * windows * min(MOST_MEANS, pairs * groupings * sessions)
        seconds = cells * _KEPT_SECONDS
    else:
        # Place, model and, in each window, four numbers; two tables of markets by sessions.
        shared = positions * (24 + 8.0 * (2 + factors)) + 24.0 * markets * sessions
        own += positions * 32.0 * held + (_ANEW_BYTES if measured and tests else 0.0)
        seconds = positions * (_POSITION_SECONDS + _WINDOW_SECONDS * windows)
        seconds += measured * (_VISIT_SECONDS + tests * _TEST_SECONDS)
    return Cost(
        is_kept=kept,
        positions=positions,
        n_bytes=int(shared + own * processes),
        seconds=seconds,
        markets=markets,
        pairs=pairs,
        draws=draws,
        windows=windows,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingCost:
    """What the tests of groups take: seconds of one processor, and memory of each process."""

    seconds: float
    n_bytes: float


def cost_of_tests(
    *, groups: int, pairs: int, windows: int, tests: int, draws: int, scenarios: int = 1
) -> TestingCost:
    """Estimate what tests of groups take, within a factor of two or so.

    Parameters
    ----------
    groups, pairs
        Their number, and the pairs in all of them, one that is in several counted in each.
    windows, tests, draws
        What is asked of each of them.
    scenarios
        How often all of it is asked.
    """
    each = _TEST_OF_DRAWS_SECONDS if draws else _TEST_ALONE_SECONDS
    of_window = groups * tests * each + pairs * draws * _DRAWN_SECONDS
    return TestingCost(
        seconds=scenarios * windows * of_window,
        n_bytes=_PROCESS_BYTES + _DRAWN_BYTES * pairs * draws,
    )


def check_cost(cost: Cost, limit: int | None = None, what: str = "") -> None:
    """Refuse what needs more memory than there is.

    Parameters
    ----------
    limit
        Bytes; default ``EVENTSTUDY_MEMORY``, else what is available. That is a guess, which
        refuses nothing of less than 500 MB.
    what
        Why the sessions of all positions are kept, where that is not the number of them.

    Raises
    ------
    SpecificationError
        With what is needed, what there is and what would fit; the variable is no amount of memory.
    """
    most = asked_memory() if limit is None else limit
    if most is None and cost.n_bytes <= LARGE:
        return
    most = memory_limit() if most is None else most
    if most is None or cost.n_bytes <= most:
        return
    fit = int(cost.markets * most / cost.n_bytes)
    remedy = "set statistics.draws = 0"
    if fit:
        remedy += f", or study {fit:,} markets at a time"
    raise SpecificationError(
        f"{cost.draws:,} placebo draws of {cost.pairs:,} pairs in {cost.markets:,} markets "
        f"({cost.positions:,} positions, {cost.windows} windows) need {cost}, and "
        f"{memory_text(most)} are there ({MEMORY}){what}; {remedy}"
    ).at(key="statistics.draws")


def check_pairs(pairs: int, sessions: int, limit: int | None = None) -> None:
    """Refuse more pairs than memory holds.

    Parameters
    ----------
    pairs, sessions
        Number of pairs, and sessions of estimation and event window of each.
    limit
        Bytes; default `memory_limit`.

    Raises
    ------
    SpecificationError
        With what is needed, what there is and how to do without.
    """
    lacking = shortage(8 * _PAIR_ARRAYS * pairs * sessions, limit)
    if lacking:
        raise SpecificationError(
            f"{pairs:,} pairs of {sessions:,} sessions {lacking}; eventstudy run --stream "
            "(EventStudy.stream) takes them in blocks, or study some of the events at a time"
        )


def check_series(markets: int, sessions: int, limit: int | None = None) -> None:
    """Refuse longer series of more markets than memory holds.

    Parameters
    ----------
    markets, sessions
        Their number, and the sessions of the longest.
    limit
        Bytes; default `memory_limit`.

    Raises
    ------
    SpecificationError
        With what is needed, what there is and how to do without.
    """
    lacking = shortage(_CLOSE_BYTES * markets * sessions, limit)
    if lacking:
        raise SpecificationError(
            f"{markets:,} markets of {sessions:,} sessions {lacking}; leave out what no window "
            "needs (prices.start, prices.end), or let eventstudy run --stream read some securities "
            "at a time"
        )


def check_lengths(windows: Iterable[tuple[str, Window]], longest: int) -> None:
    """Refuse windows far longer than any series: memory and time for sessions that are not there.

    Parameters
    ----------
    windows
        Key of the study file and window.
    longest
        Sessions of the longest series.

    Raises
    ------
    SpecificationError
        A window of more than 10,000 sessions, and of more than the longest series has.
    """
    for key, window in windows:
        if window.length > max(_LONG_WINDOW, longest):
            raise SpecificationError(
                f"{key} {window} has {window.length:,} sessions, and the longest series {longest:,}"
                "; write a window no longer than that",
                key=key,
            )


def time_text(seconds: float) -> str:
    """Write a time in words.

    Examples
    --------
    >>> time_text(3), time_text(100), time_text(1_200), time_text(9_000)
    ('3 s', '2 min', '20 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{round(seconds / 60)} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
