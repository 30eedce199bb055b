"""The same firm study by this package and by others from the package index, in one run.

    python benchmarks/against_peers.py [--events 1000] [--environments DIR] [--only NAME...]

Makes an environment for each tool (pip; some minutes the first time), writes one panel of firms
with one event each, and runs each tool on it as a process of its own. Prints whole-process
processor seconds and peak memory, their ratio to this package with sixteen tests, and what each
answered: the events it counted, the mean CAR and its first test.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).resolve().parent
PEERS = {
    "eventstudy": "python3",
    "ffjr-eventstudies": "python3",
    "StatsPAI": "python3",
    "event-study-toolkit": "python3",
    "easy-event-study": "python3.12",  # asks for 3.12
}
"""Distributions on the package index, and the Python each of them needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What one process took and said.

    Attributes
    ----------
    seconds : of a processor, user and system
    megabytes : at the peak
    answer : its last line, or why there is none
    """

    seconds: float
    megabytes: float
    answer: str


def write_panel(folder: Path, n_firms: int, *, seed: int = 1) -> None:
    """Write returns of so many firms and one event of each, on sessions of New York."""
    from exchange_calendars import get_calendar

    rng = np.random.default_rng(seed)
    sessions = get_calendar("XNYS").sessions_in_range("2013-01-02", "2018-12-31")
    market = 0.01 * rng.standard_normal(len(sessions))
    returns = 0.9 * market[:, None] + 0.02 * rng.standard_normal((len(sessions), n_firms))
    names = [f"F{number:05d}" for number in range(n_firms)]
    table = pd.DataFrame(np.column_stack([market, returns]), columns=["MKT", *names])
    table.insert(0, "date", sessions.strftime("%Y-%m-%d"))
    table.to_csv(folder / "returns.csv", index=False, float_format="%.8f")
    at = rng.integers(400, len(sessions) - 30, n_firms)
    events = pd.DataFrame({"firm": names, "date": table["date"].to_numpy()[at]})
    events.to_csv(folder / "events.csv", index=False)


def environment(name: str, python: str, folder: Path) -> Path | None:
    """Return the Python of an environment with a distribution, made where it is not there yet.

    None where that Python is missing or the index does not give the distribution.
    """
    home = folder / name
    own = home / "bin" / "python"
    if own.exists():
        return own
    command = shutil.which(python)
    if command is None:
        return None
    made = subprocess.run([command, "-m", "venv", str(home)], check=False)  # noqa: S603
    words = [str(own), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name]
    if made.returncode or subprocess.run(words, check=False).returncode:  # noqa: S603
        shutil.rmtree(home, ignore_errors=True)
        return None
    return own


def measured(python: Path, tool: str, panel: Path) -> Run:
    """Run a tool on a panel in a process of its own, one thread each."""
    # One of the tools is imported by this package's name.
    path = str(HERE.parent) if tool.startswith("ours") else ""
    words = [str(python), str(HERE / "peer_studies.py"), tool, str(panel)]
    return run_measured(words, panel, PYTHONPATH=path)


def run_measured(words: list[str], folder: Path, **environment_more: str) -> Run:
    """Run a command in a folder as a process of its own, one thread each."""
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(  # noqa: S603
            words, stdout=out, stderr=errors, env=os.environ | threads | environment_more,
            cwd=folder,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said = out if process.returncode == 0 else errors
        said.seek(0)
        lines = said.read().strip().splitlines() or ["nothing"]
    unit = 1.0 if sys.platform == "darwin" else 1024.0
    answer = lines[-1] if process.returncode == 0 else f"failed: {lines[-1]}"
    return Run(
        seconds=used.ru_utime + used.ru_stime,
        megabytes=used.ru_maxrss * unit / 1e6,
        answer=answer,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--environments", type=Path, help="where they are kept; else made anew")
    parser.add_argument("--only", nargs="*", default=list(PEERS), choices=list(PEERS))
    given = parser.parse_args()
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(
        f"{os.cpu_count()} processors, {platform.machine()}, load {load}; {given.events:,} events"
    )
    with tempfile.TemporaryDirectory() as folder:
        panel = Path(folder)
        write_panel(panel, given.events)
        kept = given.environments or panel / "environments"
        pythons = {"ours, 16 tests": Path(sys.executable), "ours, 1 test": Path(sys.executable)}
        for name in given.only:
            found = environment(name, PEERS[name], kept)
            if found is None:
                print(f"{name:<22} not installed: no {PEERS[name]}, or the index has none for it")
            else:
                pythons[name] = found
        first = None
        for tool, python in pythons.items():
            run = measured(python, tool, panel)
            first = first or run
            print(
                f"{tool:<22}{run.seconds:8.1f} s{run.seconds / first.seconds:8.2f} x"
                f"{run.megabytes:9.0f} MB  {run.answer}",
                flush=True,
            )


if __name__ == "__main__":
    main()
