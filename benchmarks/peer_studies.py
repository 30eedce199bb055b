"""The same firm study by several tools; run by `against_peers.py` in each tool's own environment.

    python benchmarks/peer_studies.py TOOL FOLDER

FOLDER holds ``returns.csv`` (date, MKT and one column a firm, decimal) and ``events.csv`` (firm,
date). Market model on 250 sessions that end 21 before the news, abnormal returns from ten sessions
before it to ten after. Prints the number of events, the mean CAR and its first test as each tool
gives it: a check that all of them answer the same question.
"""

# Each tool is there in its own environment only.
# mypy: disable-error-code="import-not-found, import-untyped, no-untyped-call"

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

SIXTEEN = (
    "cross_sectional_t", "no_dependence_t", "crude_dependence", "portfolio_t", "patell",
    "adjusted_patell", "bmp", "kolari_pynnonen", "corrado_rank", "corrado_zivney_rank",
    "corrado_zivney_sign", "grank_t", "sign", "generalized_sign", "wilcoxon",
    "skewness_adjusted_t",
)  # fmt: skip
ESTIMATION, GAP, BEFORE, AFTER = 250, 10, 10, 10


def ours(folder: Path, tests: tuple[str, ...]) -> tuple[int, float, float]:
    """Run the study with this package: every test in the whole window and on each session."""
    import pandas as pd

    import eventstudy as es

    events = pd.read_csv(folder / "events.csv", dtype=str)
    firms = list(dict.fromkeys(events["firm"]))
    prices = es.read_prices(folder / "returns.csv", content="returns", calendar="data")
    choices: dict[str, Any] = {
        "markets": firms,
        "model": es.MarketModel("MKT"),
        "estimation_window": (-BEFORE - GAP - ESTIMATION, -BEFORE - GAP - 1),
        "event_window": (-BEFORE, AFTER),
        "car_windows": [(-BEFORE, AFTER), (0, 1), (-1, 1)],
        "statistics": tests,
        "draws": 0,
        "date_only": "same",
    }
    study = es.EventStudy(**choices)
    names = [f"E{number}" for number in range(len(events))]
    table = events.rename(columns={"firm": "markets"}).assign(event_id=names)
    found = study.fit(es.Events.from_frame(table), prices).statistics
    row = found[(found["window_start"] == -BEFORE) & (found["window_end"] == AFTER)].iloc[0]
    return int(row["n_pairs"]), float(row["estimate"]), float(row["statistic"])


def lemaire(folder: Path) -> tuple[int, float, float]:
    """Run the study with eventstudy: the t of the mean, residuals' variances added up."""
    import numpy as np
    import pandas as pd

    # Not the package of this repository, which has the same name.
    other: Any = import_module("eventstudy")
    other.Single.import_returns(str(folder / "returns.csv"))
    events = pd.read_csv(folder / "events.csv")
    listed = [
        {"security_ticker": firm, "market_ticker": "MKT", "event_date": np.datetime64(date)}
        for firm, date in zip(events["firm"], events["date"], strict=True)
    ]
    found = other.Multiple.from_list(
        listed,
        other.Single.market_model,
        event_window=(-BEFORE, AFTER),
        estimation_size=ESTIMATION,
        buffer_size=GAP,
    )
    return len(found.sample), float(found.CAAR[-1]), float(found.tstat[-1])


def ffjr(folder: Path) -> tuple[int, float, float]:
    """Run the study with ffjr-eventstudies: the t of the mean, residuals' variances added up."""
    import numpy as np
    import pandas as pd
    from eventstudies import MultipleEvents, SingleEvent

    SingleEvent.import_returns(dataframe=pd.read_csv(folder / "returns.csv"))
    events = pd.read_csv(folder / "events.csv")
    listed = [
        {"ticker": firm, "mkt_idx": "MKT", "event_date": np.datetime64(date)}
        for firm, date in zip(events["firm"], events["date"], strict=True)
    ]
    found = MultipleEvents.from_list(
        listed, SingleEvent.MarketModel, event_window=(-BEFORE, AFTER), est_size=ESTIMATION,
        buffer_size=GAP,
    )  # fmt: skip
    return len(found.sample), float(np.asarray(found.CAAR)[-1]), float(np.asarray(found.tstat)[-1])


def toolkit(folder: Path) -> tuple[int, float, float]:
    """Run the study with event-study-toolkit: t, sign, Patell and generalised sign tests."""
    import numpy as np
    import pandas as pd
    from event_study_toolkit.eventstudy import eventstudy

    wide = pd.read_csv(folder / "returns.csv", parse_dates=["date"])
    events = pd.read_csv(folder / "events.csv", parse_dates=["date"])
    long = wide.melt(["date", "MKT"], var_name="permno", value_name="ret_dlst_adj")
    events = events.rename(columns={"firm": "permno", "date": "EVT_DATE"}).assign(GRP="all")
    for table in (long, events):  # it wants numbers
        table["permno"] = table["permno"].str.removeprefix("F").astype(int)
    study = eventstudy(
        ESTIMATION, GAP, -BEFORE, AFTER, long.rename(columns={"MKT": "vwretd"}), events,
        groups=["GRP"],
    )  # fmt: skip
    found = study.getFullSampleTestStatistic("market").iloc[0]
    return int(found["evt_count"]), float(found["car_mean"]), float(np.asarray(found["car_t"]))


def easy(folder: Path) -> tuple[int, float, float]:
    """Run the study with easy-event-study: the cross-sectional t; its windows are calendar days."""
    import pandas as pd
    from easy_event_study import EventStudy, calculate_car_stats

    wide = pd.read_csv(folder / "returns.csv")
    events = pd.read_csv(folder / "events.csv")
    long = wide.melt(["date", "MKT"], var_name="ticker", value_name="Ret").assign(Volume=1.0)
    long["date"] = pd.to_datetime(long["date"]).dt.date.astype(object)
    study = EventStudy(
        estimation_days=ESTIMATION, gap_days=GAP, window_before=BEFORE, window_after=AFTER,
        estimator_type="capm", n_cores=1,
    )  # fmt: skip
    study.add_returns(ret_df=long.rename(columns={"date": "Date"}).drop(columns="MKT"))
    factors = wide[["date", "MKT"]].rename(columns={"date": "Date", "MKT": "Mkt-RF"})
    study.add_factors(factors.assign(Date=pd.to_datetime(factors["Date"]).dt.date, RF=0.0))
    found = study.run_study(events.rename(columns={"firm": "ticker", "date": "event_date"}))
    row = calculate_car_stats(found).loc[AFTER]
    return int(found["event_id"].nunique()), float(row["mean"]), float(row["t_stat"])


def statspai(folder: Path) -> tuple[int, float, float]:
    """Run the study with StatsPAI: eight tests of the whole window."""
    import pandas as pd
    import statspai as sp

    wide = pd.read_csv(folder / "returns.csv", parse_dates=["date"])
    events = pd.read_csv(folder / "events.csv", parse_dates=["date"])
    found = sp.abnormal_returns(
        wide.melt(["date", "MKT"], var_name="id", value_name="ret"),
        events.rename(columns={"firm": "id", "date": "event_date"}),
        market="MKT",
        event_window=(-BEFORE, AFTER),
        estimation_window=(-BEFORE - GAP - ESTIMATION, -BEFORE - GAP - 1),
    )
    return int(found.n_events), float(found.caar), float(found.caar / found.se)


STUDIES = {
    "ours, 16 tests": lambda folder: ours(folder, SIXTEEN),
    "ours, 1 test": lambda folder: ours(folder, SIXTEEN[:1]),
    "eventstudy": lemaire,
    "ffjr-eventstudies": ffjr,
    "StatsPAI": statspai,
    "event-study-toolkit": toolkit,
    "easy-event-study": easy,
}


if __name__ == "__main__":
    number, mean, test = STUDIES[sys.argv[1]](Path(sys.argv[2]))
    print(f"{number} events, mean CAR {mean:+.6f}, test {test:+.4f}")
