"""The placebo test of a firm study: processor seconds and memory, beside what was said of them.

    python benchmarks/placebo_firms.py [--firms 2000] [--sessions 2000] [--dates 0] [--draws 2000]
                                       [--kept]

One event a firm, market model, 250/21 sessions and three windows; `--dates` of the events, 0 for
as many as there are firms. Beside `placebo` stand kolari_pynnonen and portfolio_t, with their
sizes where that many firms allow it. `--kept` keeps the sessions of all positions however many
they are. Every session of the event window is tested too, as `fit` does. What aligns events and
joins prices is left out: the panel is simulated as returns.
"""

from __future__ import annotations

import argparse
import resource
from time import process_time
from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd

from eventstudy import Events, EventStudy, MarketModel, Window, kernels
from eventstudy.estimation.groups import Group
from eventstudy.estimation.sample import Sample
from eventstudy.inference.design import n_placements
from eventstudy.inference.evaluate import evaluate
from eventstudy.io.memory import memory_text
from eventstudy.prices.panel import PricePanel
from eventstudy.prices.returns import ReturnsPanel
from eventstudy.study.cost import placebo_cost, time_text
from eventstudy.study.design import make_design
from eventstudy.study.preparation import Prepared, usable_sessions
from eventstudy.study.setting import Setting

if TYPE_CHECKING:
    from eventstudy.events.alignment import Alignment

WINDOWS = (Window(-10, 10), Window(0, 1), Window(-1, 1))
NO_SETTING = Setting(securities=(), benchmark=None, factors=())


def simulated(firms: int, sessions: int, dates: int, draws: int) -> tuple[Prepared, Sample]:
    """Return the data of a study of so many firms, and one pair of each."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2015-01-01", periods=sessions)
    market = 0.01 * rng.standard_normal(sessions)
    returns = 0.9 * market + 0.02 * rng.standard_normal((firms, sessions))
    day0 = rng.integers(300, sessions - 30, firms)
    if dates:
        day0 = rng.choice(rng.choice(np.arange(300, sessions - 30), dates, replace=False), firms)
    names = tuple(f"F{number:05d}" for number in range(firms))
    events = Events.from_frame(
        pd.DataFrame({"event_id": names, "date": days[day0], "markets": names})
    )
    study = EventStudy(
        markets=names,
        model=MarketModel("M"),
        estimation_window=(-250, -21),
        event_window=(-10, 10),
        car_windows=WINDOWS,
        date_only="same",
        draws=draws,
    )
    labels = np.tile(days.to_numpy().astype("datetime64[D]"), (firms, 1))
    panel = ReturnsPanel(
        names=names,
        returns=returns,
        dates=labels,
        closes=labels.astype("datetime64[ns]"),
        n_sessions=np.full(firms, sessions),
        factors=np.tile(market[:, None], (firms, 1, 1)),
        factor_names=("M",),
        kind="simple",
        sync="same_date",
        prices=np.empty((firms, 0)),
        checks=pd.DataFrame(),
    )
    tables = kernels.moment_tables(returns, panel.factors)
    frame = pd.DataFrame({"M": market}, index=days)
    data = Prepared(
        study=study,
        events=events,
        prices=PricePanel.from_frame(frame, content="returns"),
        setting=NO_SETTING,
        selected=np.ones(firms, dtype=bool),
        aligned=cast("Alignment", None),  # nothing here asks how pairs came about
        returns=panel,
        masked=returns,
        tables=tables,
        usable=usable_sessions(study, tables, panel),
        rows=(np.zeros(firms, dtype=np.int64), np.full(firms, sessions - 1)),
    )
    one_each = np.arange(firms)
    sample = Sample(
        pair=one_each,
        event=one_each,
        security=one_each,
        day0=day0,
        extension=np.zeros(firms, dtype=np.int64),
        dropped=pd.DataFrame(),
        merged=np.empty((0, 2), dtype=np.int64),
    )
    return data, sample


def peak() -> float:
    """Most memory this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024.0


def main() -> None:
    """Run one study and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firms", type=int, default=2_000)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--dates", type=int, default=0)
    parser.add_argument("--draws", type=int, default=2_000)
    parser.add_argument("--kept", action="store_true")
    asked = parser.parse_args()
    data, sample = simulated(asked.firms, asked.sessions, asked.dates, asked.draws)
    before = peak()
    print(f"the panel: {process_time():.1f} s of processor, peak {memory_text(before)}", flush=True)
    begin = process_time()
    table = data.abnormal_at(sample.security, sample.day0, sample.extension)
    design = make_design(data, sample, table, whole="this benchmark" if asked.kept else "")
    print(f"positions: {process_time() - begin:.1f} s, peak {memory_text(peak())}", flush=True)
    group = Group(label="all", by=(), values=(), pairs=np.arange(len(sample.pair)))
    names = ["placebo", "kolari_pynnonen", "portfolio_t"]
    frame = evaluate(design, [group], data.study.windows(), names)
    frame = frame[frame["measure"] == "car"]
    took = process_time() - begin
    columns = ["window_start", "name", "statistic", "pvalue", "size", "n_units", "n_draws", "note"]
    print(frame[columns].to_string(max_colwidth=70))
    cost = placebo_cost(
        positions=len(design.placebo.table.security),
        span=len(data.study.estimation_window.taus) + 41,
        markets=asked.firms,
        sessions=asked.sessions,
        factors=1,
        pairs=asked.firms,
        draws=asked.draws,
        windows=len({window for window, _ in data.study.windows()}),
        placements=n_placements([window for window, _ in data.study.windows()]),
        held=len(WINDOWS),
        tests=2,
        is_kept=True if asked.kept else None,
    )
    print(f"said: {cost}")
    print(f"took: {memory_text(peak() - before)} and {time_text(took)} ({took:.1f} s)")
    print(f"peak of the process: {memory_text(peak())}")


if __name__ == "__main__":
    main()
