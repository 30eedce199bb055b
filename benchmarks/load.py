"""Large work from outside: what commands take of time and memory, and what comes out.

    python benchmarks/load.py [NAME ...] [--scale 1.0] [--most 10] [--keep FOLDER]

Inputs are simulated and written by another process; then the command is carried out as a user does,
in a process of its own. A row each: wall seconds, processor seconds and the most memory of all its
processes together (each page once, looked at several times a second), its exit code and what came
out: the size of what it wrote, or its last sentence. What takes more than ``--most`` gigabytes is
ended. `--scale` makes everything smaller.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

HOUSE = Path(__file__).parents[1]
HEADS = ("what", "wall s", "CPU s", "most MB", "exit", "came out")
MARKET = "MKT"
_LOOKS = 0.25  # seconds between two looks at the memory
_COLUMNS_AT_ONCE = 250
_ROWS_AT_ONCE = 20_000
_WORDS = """
US China tariffs talks Beijing Washington raises cuts delays duties on steel soybeans chips
imports goods officials say will meet in Geneva Tokyo trade deal truce sanctions export
controls minister Seoul Taiwan levies White House announces probe suspends extends exemption
retaliates president phone call agreement signed bank holds rates steady inflation storm
election court film team wins season airline orders engines harvest budget vote pensions
hospital strike bridge opens museum festival weather forecast city council school report
""".split()  # noqa: SIM905 - forty words


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A piece of work.

    Attributes
    ----------
    prepare : writes the inputs into a folder, so much smaller
    words : of the command; ``{at}`` is the folder
    made : what it writes there, whose size is shown
    """

    prepare: Callable[[Path, float], None]
    words: tuple[str, ...]
    made: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a command took, its exit code and its last line; `is_ended` for too much memory."""

    wall: float
    cpu: float
    n_bytes: int
    code: int
    said: str
    is_ended: bool


def closes(n_days: int, n_columns: int, seed: int) -> pd.DataFrame:
    """Return closes of a market and so many others that move with it, on weekdays."""
    rng = np.random.default_rng(seed)
    days = pd.bdate_range(end="2025-12-31", periods=n_days, name="date")
    market = rng.standard_normal(n_days) * 0.01
    values = np.empty((n_days, n_columns + 1))
    values[:, 0] = market
    for begin in range(1, n_columns + 1, _COLUMNS_AT_ONCE):
        part = values[:, begin : begin + _COLUMNS_AT_ONCE]
        part[:] = 0.9 * market[:, None] + rng.standard_normal(part.shape) * 0.02
    np.cumsum(values, axis=0, out=values)
    # From 100 to 100, so that sixty years lead to no price of 10^-9.
    values -= np.linspace(0.0, 1.0, n_days)[:, None] * values[-1]
    np.round(100.0 * np.exp(values), 4, out=values)
    return pd.DataFrame(values, index=days, columns=[MARKET, *_names(n_columns)])


def _names(number: int) -> list[str]:
    return [f"F{at:05d}" for at in range(number)]


def _study(at: Path, markets: list[str], prices: str, more: str) -> None:
    names = ", ".join(f'"{name}"' for name in markets)
    at.joinpath("study.toml").write_text(
        f'title = "Load"\nmarkets = [{names}]\n[events]\nfile = "events.csv"\n'
        f'[prices]\nsource = "files"\nfile = "{prices}"\n'
        f'[model]\nname = "market_model"\nbenchmark = "{MARKET}"\n{more}',
        encoding="utf-8",
    )


def _dated(at: Path, days: pd.DatetimeIndex, number: int) -> None:
    rng = np.random.default_rng(11)
    when = np.sort(rng.choice(np.arange(300, len(days) - 30), number, replace=False))
    frame = pd.DataFrame(
        {
            "event_id": [f"e{at}" for at in range(number)],
            "date": days[when].strftime("%Y-%m-%d"),
            "direction": np.where(np.arange(number) % 2, "escalation", "de-escalation"),
        }
    )
    frame.to_csv(at / "events.csv", index=False)


def many_securities(at: Path, scale: float) -> None:
    """Write 20 events and 1,000 securities of six years."""
    number = max(int(1_000 * scale), 3)
    frame = closes(1_500, number, seed=1)
    frame.to_csv(at / "prices.csv")
    _dated(at, frame.index, 20)
    _plain_calendar(at, _names(number), "prices.csv")


def _plain_calendar(at: Path, markets: list[str], prices: str, statistics: str = "") -> None:
    _study(at, markets, prices, statistics)
    text = at.joinpath("study.toml").read_text(encoding="utf-8")
    text = text.replace('"events.csv"\n', '"events.csv"\ndate_only = "same"\n')
    text = text.replace("[model]", 'calendar = "data"\n[model]')
    at.joinpath("study.toml").write_text(text, encoding="utf-8")


def many_events(at: Path, scale: float) -> None:
    """Write 5,000 events of nine years, five kinds and both directions, and four markets."""
    number, markets = max(int(5_000 * scale), 60), ["N225", "TWII", "HSI", "CNH"]
    rng = np.random.default_rng(2)
    frame = closes(2_600, len(markets), seed=2)
    frame.set_axis(["SPX", *markets], axis=1).to_csv(at / "prices.csv")
    span = (frame.index[-30] - frame.index[300]).total_seconds()
    when = frame.index[300] + pd.to_timedelta(np.sort(rng.uniform(0, span, number)), unit="s")
    kinds = np.array(["talk", "delay", "rise", "deal", "probe"])
    pd.DataFrame(
        {
            "event_id": [f"e{at}" for at in range(number)],
            "published_at": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "title": [f"Talks on duties number {at} were held in the city" for at in range(number)],
            "category": kinds[np.arange(number) % len(kinds)],
            "direction": np.where(np.arange(number) % 2, "escalation", "de-escalation"),
        }
    ).to_csv(at / "events.csv", index=False)
    _study(at, markets, "prices.csv", '[statistics]\nby = ["category", "direction"]\n')
    text = at.joinpath("study.toml").read_text(encoding="utf-8")
    at.joinpath("study.toml").write_text(text.replace(f'"{MARKET}"', '"SPX"'), encoding="utf-8")


def many_news(at: Path, scale: float) -> None:
    """Write 1,000,000 news items of seven years, of which a part is about trade."""
    number = max(int(1_000_000 * scale), 100)
    rng = np.random.default_rng(3)
    words = np.array(_WORDS)
    seconds = 1_514_764_800 + np.sort(rng.integers(0, 7 * 365 * 86_400, number))
    sources = np.array(["A", "B", "C"])
    for begin in range(0, number, _ROWS_AT_ONCE):
        some = np.arange(begin, min(begin + _ROWS_AT_ONCE, number))
        lengths = rng.integers(6, 14, len(some))
        frame = pd.DataFrame(
            {
                "item_id": [f"i{at}" for at in some],
                "published_at": pd.to_datetime(seconds[some], unit="s").strftime(
                    "%Y-%m-%dT%H:%M:%SZ"
                ),
                "headline": [" ".join(rng.choice(words, length)) for length in lengths],
                "source": sources[some % len(sources)],
            }
        )
        frame.to_csv(at / "news.csv", index=False, mode="a", header=not begin)


def long_prices(at: Path, scale: float, ending: str, statistics: str = "") -> None:
    """Write 60 years of 5,000 securities, about 75 million closes, and 20 events."""
    number = max(int(5_000 * scale), 3)
    frame = closes(15_000, number, seed=4)
    name = f"prices.{ending}"
    if ending == "csv":
        frame.to_csv(at / name)
    else:
        frame.reset_index().to_parquet(at / name, index=False)
    _dated(at, frame.index, 20)
    _plain_calendar(at, _names(number), name, statistics)


_RUN = ("run", "{at}/study.toml", "--out", "{at}/out")
_STREAMED = '[statistics]\nnames = ["kolari_pynnonen", "bmp", "corrado_rank"]\ndraws = 0\n'
_CHECK = ("prices", "check", "--calendar", "data")
LOADS = {
    "20 events x 1,000 securities": Load(
        prepare=many_securities, words=_RUN, made=("out", "out/report.html")
    ),
    "5,000 events in a report": Load(
        prepare=many_events, words=_RUN, made=("out", "out/report.html")
    ),
    "1,000,000 news items": Load(
        prepare=many_news,
        words=("events", "build", "{at}/news.csv", "-o", "{at}/events.csv"),
        made=("news.csv", "events.csv", "events.ledger.csv"),
    ),
    "60 years x 5,000, parquet, check": Load(
        prepare=partial(long_prices, ending="parquet"),
        words=(*_CHECK, "{at}/prices.parquet"),
        made=("prices.parquet",),
    ),
    "60 years x 5,000, csv, check": Load(
        prepare=partial(long_prices, ending="csv"),
        words=(*_CHECK, "{at}/prices.csv"),
        made=("prices.csv",),
    ),
    "60 years x 5,000, parquet, study": Load(
        prepare=partial(long_prices, ending="parquet"), words=_RUN, made=("out", "out/report.html")
    ),
    "60 years x 5,000, parquet, --stream": Load(
        prepare=partial(long_prices, ending="parquet", statistics=_STREAMED),
        words=(*_RUN, "--stream"),
        made=("out",),
    ),
}


def carried_out(words: list[str], most: float = np.inf) -> Taken:
    """Carry out a command in a session of its own and measure it; end it above so many bytes."""
    begin = time.monotonic()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S603 - this Python, or a test's
            words, cwd=HOUSE, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True, env={**os.environ, "PYTHONPATH": str(HOUSE)},
        )  # fmt: skip
        n_bytes, is_ended = 0, False
        while True:
            done, status, used = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            n_bytes = max(n_bytes, memory_of(process.pid), peak_of(process.pid))
            if n_bytes > most:
                os.killpg(process.pid, signal.SIGKILL)
                is_ended = True
            time.sleep(_LOOKS)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read().decode("utf-8", "replace").strip().splitlines()
    return Taken(
        wall=time.monotonic() - begin,
        cpu=used.ru_utime + used.ru_stime,
        n_bytes=n_bytes,
        code=process.returncode,
        said=said[-1] if said else "",
        is_ended=is_ended,
    )


def memory_of(session: int) -> int:
    """Bytes of all processes of a session; a page that several share counts once."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = folder.joinpath("stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) != session:
                continue
            lines = folder.joinpath("smaps_rollup").read_text().splitlines()
        except (OSError, IndexError):  # ended meanwhile
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return total


def peak_of(process: int) -> int:
    """Most bytes a process has had since it began its program; what forked it does not count."""
    try:
        lines = Path(f"/proc/{process}/status").read_text().splitlines()
    except OSError:  # ended meanwhile
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) * 1024


def size_of(path: Path) -> int:
    """Bytes of a file, or of all files of a folder."""
    if path.is_dir():
        return sum(each.stat().st_size for each in path.rglob("*") if each.is_file())
    return path.stat().st_size


def row_of(name: str, load: Load, taken: Taken, at: Path) -> tuple[str, ...]:
    """Return the row of a piece of work, as text."""
    if taken.is_ended:
        came_out = "ended for its memory"
    elif taken.code or not load.made:
        came_out = taken.said
    else:
        sizes = [f"{made} {size_of(at / made) / 1e6:,.1f} MB" for made in load.made]
        came_out = "; ".join(sizes)
    return (
        name, f"{taken.wall:,.0f}", f"{taken.cpu:,.0f}", f"{taken.n_bytes / 1e6:,.0f}",
        str(taken.code), came_out.replace(str(at), "."),
    )  # fmt: skip


def main() -> None:
    """Print the table in Markdown, a row as soon as it is known."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help="names that begin so; default all")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--most", type=float, default=10.0, help="gigabytes")
    parser.add_argument("--keep", type=Path, help="where inputs and results stay")
    parser.add_argument("--write", help=argparse.SUPPRESS)  # in a process of its own
    chosen = parser.parse_args()
    if chosen.write:
        LOADS[chosen.write].prepare(chosen.keep, chosen.scale)
        return
    print("| " + " | ".join(HEADS) + " |\n" + "|---" * len(HEADS) + "|", flush=True)
    for name, load in LOADS.items():
        if chosen.names and not name.startswith(tuple(chosen.names)):
            continue
        with tempfile.TemporaryDirectory() as made:
            at = (
                chosen.keep / name.replace(" ", "-").replace(",", "") if chosen.keep else Path(made)
            )
            at.mkdir(parents=True, exist_ok=True)
            writing = [sys.executable, __file__, "--write", name, "--keep", str(at),
                       "--scale", str(chosen.scale)]  # fmt: skip
            subprocess.run(writing, check=True)  # noqa: S603 - itself
            words = [word.format(at=at) for word in load.words]
            taken = carried_out([sys.executable, "-m", "eventstudy", *words], chosen.most * 1e9)
            print("| " + " | ".join(row_of(name, load, taken, at)) + " |", flush=True)


if __name__ == "__main__":
    main()
