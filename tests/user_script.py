"""What a user writes, for type checkers: never run, and every line of it must pass them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import polars as pl

import eventstudy as es


def main() -> None:
    """Study firms and news as a script does."""
    frame = pd.read_parquet("crsp.parquet")
    firms = pd.read_csv("announcements.csv")
    index = frame.set_index("date")["vwretd"]

    one: es.EventStudyResults = es.event_study(firms, frame, id="permno", benchmark="vwretd")
    two = es.event_study(
        pl.from_pandas(firms),
        pl.from_pandas(frame),
        id="permno",
        time="announced",
        factors=["Mkt-RF", "SMB", "HML"],
        content="returns",
        estimation_window=(-250, -21),
        event_window=[-5, 5],
        car_windows=[(0, 0), [0, 1], es.Window(-1, 1)],
        statistics=["bmp", "kolari_pynnonen"],
        by=["size", "size*year"],
        start="2010-01-01",
        end=dt.date(2020, 12, 31),
        min_obs=120,
    )
    three = es.event_study(
        {"AAPL": ["2025-05-01", dt.date(2025, 7, 31)]},
        "prices.csv",
        benchmark=index,
        model=es.Dimson(lags=1),
        field="adj_close",
        estimation_window=[[-250, -21], [21, 250]],
    )
    four = es.event_study(
        pd.to_datetime(["2025-05-01"]),
        es.load_prices(),
        markets=["N225", "HSI"],
        model="constant_mean",
        tz="America/New_York",
        calendar="own",
        date_only="next",
        by="security",
    )
    study = es.EventStudy(
        markets=["N225", "TWII"],
        model=es.FactorModel(["MKT", "SMB", "HML"]),
        beside=es.ConstantMean(),
        car_windows=[(0, 0)],
        select={"category": ["deal"]},
        contrast=[("direction", "up", "down")],
        cross_section=es.CrossSection(columns=["size"], window=(0, 1)),
        activity=es.Activity(measures=["volatility"]),
    )
    five = study.fit(firms, frame)
    six = study.fit(es.load_events(), es.load_prices())
    donors = es.SyntheticControl(["A", "B", "C"])
    minutes = es.IntradayStudy(window=(-30, 60), windows=[(0, 15)], statistics=["placebo"])
    print(np.mean(one.car["car"]), two.summary(), three, four.assumed, five, six, donors, minutes)  # noqa: T201 - as users do


if __name__ == "__main__":
    main()
