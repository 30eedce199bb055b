"""Every known answer of reference.csv, by the public door.

A row names a case, what is compared, the pair or window it belongs to, the value, and how near
ours must come, relative to it (or within 1e-12 of it, where it is that small).
"""

from __future__ import annotations

import functools
import math
import warnings
from pathlib import Path

import pandas as pd
import pytest
from loaded_script import loaded_script

import eventstudy as es
from eventstudy.inference import STATISTICS
from eventstudy.models import MODELS

pytestmark = pytest.mark.fast_tests(2)

HERE = Path(__file__).parent
REFERENCE = pd.read_csv(
    HERE / "reference.csv", dtype={"name": str, "event_id": str, "security": str, "note": str}
).fillna({"name": "", "event_id": "", "security": "", "note": ""})
ONE_DATE = {
    "model": es.ConstantMean(),
    "event_window": (0, 0),
    "car_windows": [(0, 0)],
}
SERIES = {
    "markets": ("MA", "MB", "MC"),
    "estimation_window": (-120, -11),
    "event_window": (-2, 2),
    "car_windows": [(0, 0), (-1, 1), (-2, 2)],
    "min_obs": 100,
}
CASES = {  # case: (stem of its files, registered model on the benchmark or None, settings)
    "hand": ("hand", None, ONE_DATE | {"estimation_window": (-10, -1), "min_obs": 10}),
    "darwin": ("darwin", None, ONE_DATE | {"estimation_window": (-20, -1), "min_obs": 20}),
    "sleep": ("sleep", None, ONE_DATE | {"estimation_window": (-20, -1), "min_obs": 20}),
    "series": ("series", "market_model", SERIES),
    "joint": ("series", "market_model", SERIES | {"select": {"event_id": ["E1"]}}),
    "dimson": ("series", "dimson", SERIES),
    "scholes_williams": ("series", "scholes_williams", SERIES),
    "garch": ("series", "garch", SERIES),
}
OF_PAIRS = ("car", "std_error", "t", "df", "pvalue")


@functools.cache
def generator():
    return loaded_script("tests/reference/generate.py")


@functools.cache
def fitted(case):
    stem, model, settings = CASES[case]
    prices = es.read_prices(HERE / f"{stem}.csv", content="returns", calendar="data")
    markets = settings.get("markets", prices.names)
    chosen = {"model": MODELS[model].value(benchmark="BMK")} if model else {}
    study = es.EventStudy(
        **{"markets": markets, **settings, **chosen},
        statistics=["cross_sectional_t"],
        date_only="same",
        calendar="data",
        draws=0,
    )
    with warnings.catch_warnings():
        # Leads of the benchmark are what dimson is: that they were not known then is said aloud.
        warnings.filterwarnings("ignore", "model dimson", es.EventStudyWarning)
        return study.fit(es.read_events(HERE / f"{stem}_events.csv"), prices)


def found(row):
    """Our value of one row."""
    results = fitted(row.case)
    window = (row.window_start, row.window_end)
    if not row.event_id:
        (answer,) = results.test(row.name, window).to_dict("records")
        return answer[row.quantity]
    table = results.car if row.quantity in OF_PAIRS else results.models
    rows = table[(table["event_id"] == row.event_id) & (table["security"] == row.security)]
    if row.quantity in OF_PAIRS:
        at = (rows["window_start"] == window[0]) & (rows["window_end"] == window[1])
        rows = rows[at]
    (answer,) = rows.to_dict("records")
    if row.quantity == "loglikelihood":
        return generator().loglikelihood(row.event_id, row.security, answer)
    return answer[row.name or row.quantity]


def rows_of(case):
    known = REFERENCE[REFERENCE["case"] == case]
    if case == "garch":
        pytest.importorskip("arch")
    return list(known.itertuples(index=False))


@pytest.mark.fast_cases(3)
@pytest.mark.parametrize("case", CASES)
def test_known_answers(case):
    wrong = []
    for row in rows_of(case):
        value = found(row)
        if not math.isclose(value, row.value, rel_tol=row.tolerance, abs_tol=1e-12):
            wrong.append(f"{row}: {value!r}")
    assert wrong == []


def test_table_is_about_these_cases_and_names_its_sources():
    assert set(REFERENCE["case"]) == set(CASES)
    assert (REFERENCE["tolerance"] > 0).all()
    assert (REFERENCE["tolerance"] <= 0.01).all()
    assert REFERENCE["value"].notna().all()
    assert (REFERENCE["source"].str.len() > 5).all()
    key = ["case", "quantity", "name", "event_id", "security", "window_start", "window_end"]
    assert not REFERENCE.duplicated([*key, "source"]).any()
    names = set(REFERENCE.loc[REFERENCE["event_id"] == "", "name"])
    assert {name for name in names if name not in STATISTICS} == set()


@pytest.mark.parametrize("part", ["hand", "published", "series", "joint", "betas"])
def test_generating_the_table_again_gives_the_same_numbers(part):
    again = generator().table((getattr(generator(), part),))
    known = REFERENCE[REFERENCE["case"].isin(set(again["case"]))].reset_index(drop=True)
    assert len(again) == len(known)
    pd.testing.assert_frame_equal(again, known, rtol=1e-9, atol=1e-13)


def test_generator_knows_nothing_of_the_package():
    text = (HERE / "generate.py").read_text(encoding="utf-8")
    assert "eventstudy" not in text
