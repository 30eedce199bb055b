"""Time and memory against the number of pairs, beside the least any machine needs.

    python benchmarks/scaling.py [--firms 1000 10000] [--events 100 1000] [--no-across]

A firm study with one event a firm by `EventStudy.fit`, from files, with sixteen tests; then events
that meet 1,000 firms each by `EventStudy.stream` (`stream_memory.py`). Each is a process of its
own. The floor is the time this machine takes to read once, from memory, the returns a pair needs:
those of 250 sessions of estimation and 21 of the event window. All figures are of one run.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from pathlib import Path
from time import process_time

import numpy as np
from against_peers import HERE, Run, measured, run_measured, write_panel

SESSIONS = 250 + 21
FIRMS = 1000


def floor(*, repeats: int = 5) -> float:
    """Return the seconds a pair takes at the least: its returns read once from memory."""
    returns = np.ones(64_000_000)  # 512 MB, far more than any cache
    least = float("inf")
    for _ in range(repeats):
        begin = process_time()
        returns.sum()
        least = min(least, process_time() - begin)
    return least / len(returns) * SESSIONS


def line(what: str, n_pairs: int, run: Run, least: float) -> str:
    """Return one row of the table."""
    each = run.seconds / n_pairs
    return (
        f"{what:<24}{n_pairs:>11,} pairs{run.seconds:9.1f} s{run.megabytes:8.0f} MB"
        f"{1e6 * each:9.1f} us a pair{each / least:9.0f} x the floor  {run.answer}"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, nargs="*", default=[1000, 10_000])
    parser.add_argument("--events", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--no-across", action="store_true", help="no tests that correlate pairs")
    given = parser.parse_args()
    least = floor()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"{os.cpu_count()} processors, {platform.machine()}, load {load}")
    print(f"floor: {1e6 * least:.3f} us a pair to read its {SESSIONS} returns once")
    python = Path(sys.executable)
    for number in given.firms:
        with tempfile.TemporaryDirectory() as folder:
            write_panel(Path(folder), number)
            run = measured(python, "ours, 16 tests", Path(folder))
        print(line("fit, an event a firm", number, run, least), flush=True)
    across = [] if given.no_across else ["--across"]
    for number in given.events:
        words = [str(HERE / "stream_memory.py"), str(number), str(FIRMS), *across]
        run = run_measured([str(python), *words], HERE.parent)
        print(line("stream, 1,000 firms", number * FIRMS, run, least), flush=True)


if __name__ == "__main__":
    main()
