"""Time and peak memory of a streamed study: ``python benchmarks/stream_memory.py EVENTS [FIRMS]``.

Every event meets every firm (1,000 by default): market model, 250/21 sessions, CARs of three
windows. ``--across`` adds the tests that correlate pairs; ``--without-sessions`` leaves
``abnormal_returns.parquet`` out.
"""

from __future__ import annotations

import argparse
import resource
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


def main() -> None:
    """Stream one study and say what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=int)
    parser.add_argument("firms", type=int, nargs="?", default=1000)
    parser.add_argument("--across", action="store_true")
    parser.add_argument("--without-sessions", action="store_true")
    parser.add_argument("--block", type=int, default=10_000)
    asked = parser.parse_args()
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2015-01-01", periods=SESSIONS)
    market = rng.standard_normal(SESSIONS) * 0.01
    names = [f"F{i:05d}" for i in range(asked.firms)]
    own = 0.9 * market[:, None] + rng.standard_normal((SESSIONS, asked.firms)) * 0.02
    frame = pd.DataFrame(np.column_stack([market, own]), index=days, columns=["MKT", *names])
    at = np.sort(rng.integers(300, SESSIONS - 30, asked.events))
    table = pd.DataFrame({"event_id": [f"e{i}" for i in range(asked.events)], "date": days[at]})
    study = es.EventStudy(
        markets=tuple(names),
        model=es.MarketModel("MKT"),
        estimation_window=(-250, -21),
        event_window=(-10, 10),
        car_windows=((-10, 10), (0, 1), (-1, 1)),
        statistics=TESTS + (ACROSS if asked.across else ()),
        draws=0,
        date_only="same",
    )
    begun = {"cpu": time.process_time()}
    said: dict[str, float] = {}

    def progress(what: str, done: int, total: int) -> None:
        del done, total
        said.setdefault(what, time.process_time() - begun["cpu"])

    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        streamed = study.stream(
            es.Events.from_frame(table),
            es.PricePanel.from_frame(frame, content="returns", calendar="data"),
            Path(folder) / "out",
            progress=progress,
            block=asked.block,
            abnormal_returns=not asked.without_sessions,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for what, cpu in said.items():
        print(f"{cpu:8.1f} s of CPU when it began: {what}")
    took = time.process_time() - begun["cpu"]
    print(f"{streamed.n_pairs:,} pairs: {took:.1f} s of CPU, {peak:,.0f} MB at the most")


if __name__ == "__main__":
    main()
