"""Time and peak memory of a streamed study: ``python benchmarks/stream_memory.py EVENTS [FIRMS]``.

Every event meets every firm (1,000 by default), or with ``--own`` one of them: market model,
250/21 sessions, CARs of three windows. ``--across`` adds the tests that correlate pairs;
``--without-sessions`` leaves ``abnormal_returns.parquet`` out. ``--prices`` says where prices are:
in memory (the default), or in a file that is read some firms at a time, which another process
writes first: wide or long parquet, or a table of DuckDB.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es

TESTS = (
    "cross_sectional_t", "patell", "bmp", "corrado_rank", "no_dependence_t", "crude_dependence",
    "corrado_zivney_rank", "corrado_zivney_sign", "grank_t", "sign", "generalized_sign",
    "wilcoxon", "skewness_adjusted_t",
)  # fmt: skip
ACROSS = ("kolari_pynnonen", "adjusted_patell")
SESSIONS = 1500
WHERE = ("memory", "wide", "long", "duckdb")
DAYS = pd.bdate_range("2015-01-01", periods=SESSIONS)
_AT_ONCE = 500


def names_of(firms: int) -> list[str]:
    """Return what the firms are called."""
    return [f"F{i:05d}" for i in range(firms)]


def returns_of(firms: int) -> pd.DataFrame:
    """Return the returns of the market and of every firm."""
    rng = np.random.default_rng(1)
    market = rng.standard_normal(SESSIONS) * 0.01
    own = np.empty((SESSIONS, firms))
    for begin in range(0, firms, _AT_ONCE):
        part = own[:, begin : begin + _AT_ONCE]
        part[:] = 0.9 * market[:, None] + rng.standard_normal(part.shape) * 0.02
    names = ["MKT", *names_of(firms)]
    return pd.DataFrame(np.column_stack([market, own]), index=DAYS, columns=names)


def write_prices(where: str, firms: int, file: Path) -> None:
    """Write the returns to a file, those of a long table firm by firm."""
    frame = returns_of(firms).rename_axis("date")
    if where == "wide":
        frame.to_parquet(file, row_group_size=SESSIONS)
        return
    parts = (
        frame.iloc[:, begin : begin + _AT_ONCE]
        .reset_index()
        .melt("date", var_name="security", value_name="return")
        for begin in range(0, frame.shape[1], _AT_ONCE)
    )
    if where == "duckdb":
        import duckdb

        with duckdb.connect(str(file)) as database:
            for number, part in enumerate(parts):
                database.register("part", part)
                if not number:
                    database.execute("CREATE TABLE prices AS SELECT * FROM part LIMIT 0")
                database.execute("INSERT INTO prices SELECT * FROM part")
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer = None
    for part in parts:
        table = pa.Table.from_pandas(part, preserve_index=False)
        writer = writer or pq.ParquetWriter(file, table.schema)
        writer.write_table(table, row_group_size=100 * SESSIONS)
    if writer is not None:
        writer.close()


def prices_of(where: str, firms: int, folder: Path) -> es.PricePanel | es.PriceBlocks:
    """Return the prices, in memory or to be read some firms at a time."""
    if where == "memory":
        return es.PricePanel.from_frame(returns_of(firms), content="returns", calendar="data")
    file = folder / f"prices.{'duckdb' if where == 'duckdb' else 'parquet'}"
    words = ["0", str(firms), "--prices", where, "--write", str(file)]
    subprocess.run([sys.executable, __file__, *words], check=True)  # noqa: S603
    if where == "duckdb":
        return es.sql_blocks(
            f"duckdb:///{file}", table="prices", content="returns", calendar="data"
        )
    return es.parquet_blocks(file, content="returns", calendar="data")


def main() -> None:
    """Stream one study and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("firms", type=int, nargs="?", default=1000)
    parser.add_argument("--own", action="store_true", help="each event is about one firm")
    parser.add_argument("--across", action="store_true")
    parser.add_argument("--without-sessions", action="store_true")
    parser.add_argument("--tests", nargs="*", default=TESTS)
    parser.add_argument("--block", type=int, default=10_000)
    parser.add_argument("--prices", choices=WHERE, default="memory")
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.write is not None:
        write_prices(asked.prices, asked.firms, asked.write)
        return
    names = names_of(asked.firms)
    rng = np.random.default_rng(2)
    at = np.sort(rng.integers(300, SESSIONS - 30, asked.events))
    table = pd.DataFrame({"event_id": [f"e{i}" for i in range(asked.events)], "date": DAYS[at]})
    if asked.own:
        table["markets"] = [names[i] for i in rng.integers(0, asked.firms, asked.events)]
    study = es.EventStudy(
        markets=tuple(names),
        model=es.MarketModel("MKT"),
        estimation_window=(-250, -21),
        event_window=(-10, 10),
        car_windows=((-10, 10), (0, 1), (-1, 1)),
        statistics=tuple(asked.tests) + (ACROSS if asked.across else ()),
        draws=0,
        date_only="same",
    )
    said: dict[str, tuple[float, float]] = {}

    def progress(what: str, done: int, total: int) -> None:
        del done, total
        if what not in said:
            said[what] = time.process_time() - begun, peak()

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        prices = prices_of(asked.prices, asked.firms, Path(folder))
        begun = time.process_time()
        streamed = study.stream(
            es.Events.from_frame(table),
            prices,
            Path(folder) / "out",
            progress=progress,
            block=asked.block,
            abnormal_returns=not asked.without_sessions,
        )
        took = time.process_time() - begun
    for what, (cpu, megabytes) in said.items():
        print(f"{cpu:8.1f} s of CPU, {megabytes:,.0f} MB when it began: {what}")
    print(f"{streamed.n_pairs:,} pairs: {took:.1f} s of CPU, {peak():,.0f} MB at the most")


def peak() -> float:
    """Return the most memory of this process so far, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
