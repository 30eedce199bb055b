"""Memory and time of the pairs and placebo draws of a study, said before either is taken."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from eventstudy.exceptions import SpecificationError
from eventstudy.inference.measured_draws import n_measured
from eventstudy.inference.unit_series import MOST_MEANS

MEMORY = "EVENTSTUDY_MEMORY"
"""Environment variable: the memory a study may take, such as ``4 GB``."""
MOST_KEPT = 10_000_000
"""Sessions of placebo positions that a study keeps; above it estimates them when they are asked."""
_LARGE = 500_000_000
# Of the benchmark placebo_firms.py: bytes and seconds of a session of a position that is kept;
# seconds of a position that is not and of each window; of a pair in a draw that is estimated anew
# and of each test of it.
_KEPT_BYTES, _KEPT_SECONDS = 190.0, 1.5e-6
_POSITION_SECONDS, _WINDOW_SECONDS = 2.0e-6, 0.4e-6
_VISIT_SECONDS, _TEST_SECONDS = 40.0e-6, 90.0e-6
# Of what is estimated anew at a time, with all that its tests make of it.
_ANEW_BYTES = 300e6
# Numbers that are held of every session of a pair, when its abnormal returns are tested.
_PAIR_ARRAYS = 12
_CGROUP = Path("/sys/fs/cgroup")
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


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
        return self.n_bytes > _LARGE or self.seconds > 30.0

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
    most = _asked() if limit is None else limit
    if most is None and cost.n_bytes <= _LARGE:
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
    n_bytes = 8 * _PAIR_ARRAYS * pairs * sessions
    if n_bytes <= _LARGE:
        return
    most = memory_limit() if limit is None else limit
    if most is None or n_bytes <= most:
        return
    raise SpecificationError(
        f"{pairs:,} pairs of {sessions:,} sessions need about {memory_text(n_bytes)}, and "
        f"{memory_text(most)} are there ({MEMORY}); eventstudy run --stream (EventStudy.stream) "
        "takes them in blocks, or study some of the events at a time"
    )


def memory_limit() -> int | None:
    """Bytes a study may take: ``EVENTSTUDY_MEMORY``, else what is available; None if unknown.

    Raises
    ------
    SpecificationError
        The variable is no amount of memory.
    """
    asked = _asked()
    if asked is not None:
        return asked
    amounts = [amount for amount in (_available(), _allotted()) if amount is not None]
    return min(amounts, default=None)


def _asked() -> int | None:
    asked = os.environ.get(MEMORY, "").strip()
    return read_memory(asked) if asked else None


def read_memory(text: str) -> int:
    """Read an amount of memory, such as ``4 GB``, ``800M`` or a number of bytes.

    Examples
    --------
    >>> read_memory("1.5 GB")
    1500000000
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?)(?:I?B)?", text.strip().upper())
    if found is None:
        raise SpecificationError(f'{MEMORY} is {text!r}; write an amount such as "4 GB"')
    return int(float(found[1]) * _UNITS[found[2]])


def memory_text(n_bytes: float) -> str:
    """Write an amount of memory to two digits.

    Examples
    --------
    >>> memory_text(1_360_000_000), memory_text(14_100_000_000), memory_text(85_000_000)
    ('1.4 GB', '14 GB', '85 MB')
    """
    for unit in ("T", "G", "M"):
        amount = n_bytes / _UNITS[unit]
        if amount >= 1.0:
            return f"{amount:.1f} {unit}B" if amount < 9.95 else f"{amount:,.0f} {unit}B"
    return "1 MB"


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


def _available() -> int | None:
    """Memory that can be had without pushing others out, as Linux says; else all there is."""
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
        found = re.search(r"^MemAvailable:\s+(\d+) kB", text, re.MULTILINE)
        if found is not None:
            return int(found[1]) * 1024
    except OSError:
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # not on Windows
        return None


def _allotted() -> int | None:
    """Memory a container may take; None where nothing says.

    Files it has read lately are counted as used, and given up when memory is asked for.
    """
    try:
        text, used, details = (
            (_CGROUP / f"memory.{name}").read_text(encoding="ascii").strip()
            for name in ("max", "current", "stat")
        )
        cached = re.search(r"^inactive_file (\d+)$", details, re.MULTILINE)
        return int(text) - int(used) + (int(cached[1]) if cached else 0)
    except (OSError, ValueError):  # "max" is no number
        return None
