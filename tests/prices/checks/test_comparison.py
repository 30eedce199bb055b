"""Columns that close together: labels one row off, single closes out of line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.exceptions import SpecificationError
from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.files.problems import read_prices_with_problems
from eventstudy.prices.files.reading import shift_fx_closes
from eventstudy.prices.panel import PricePanel

NOW = np.datetime64("2026-09-01T00:00", "ns")
SHARED = Path(__file__).parents[4] / "shared/data/prices"
DAYS = np.busday_offset("2023-01-02", np.arange(700), roll="forward")


def factor_returns(names, rho=0.95, count=700, seed=4):
    """Returns of which each pair correlates `rho`, with Student-t(5) tails."""
    draw = np.random.default_rng(seed)
    common = draw.standard_t(5, count)[:, None]
    own = draw.standard_t(5, (count, len(names)))
    return 0.01 * (np.sqrt(rho) * common + np.sqrt(1 - rho) * own)


def panel_of(returns, names, content="prices", days=DAYS):
    values = 100 * np.exp(np.cumsum(returns, axis=0)) if content == "prices" else returns
    index = pd.DatetimeIndex(days[: len(values)].astype("M8[ns]"))
    frame = pd.DataFrame(values, index=index, columns=list(names))
    return PricePanel.from_frame(frame, content=content, kind="log")


def look(panel, **options):
    checks = inspect_prices(panel, now=NOW, **{"calendar": "data", **options})
    return [(row.security, row.check, str(row.date)[:10]) for row in checks.itertuples()]


def test_peers_in_order_tell_nothing():
    names = ["HSI", "HSCE"]
    assert look(panel_of(factor_returns(names), names)) == []


# ---- one series twice --------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["prices", "returns"])
def test_one_series_under_two_names_is_said_whatever_its_unit_and_its_hours(content):
    names = ["HSI", "N225", "AAA"]
    returns = factor_returns(names)
    returns[:, 1] = returns[:, 0]
    panel = panel_of(returns, names, content)
    checks = inspect_prices(panel, now=NOW, calendar="data")
    twice = checks[checks["check"] == "same_series"]
    assert twice["security"].tolist() == ["N225"]
    assert twice["severity"].tolist() == ["warning"]
    assert "those of HSI on all 699 common sessions" in twice["detail"].iloc[0]
    if content == "prices":
        pence = PricePanel.from_frame(panel.frame().assign(N225=panel.frame()["HSI"] * 100))
        assert ("N225", "same_series") in {one[:2] for one in look(pence)}
    returns[350, 1] += 1e-6  # one other close is another series
    other = panel_of(returns, names, content)
    assert "same_series" not in {kind for _, kind, _ in look(other)}


# ---- labels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["prices", "returns"])
@pytest.mark.parametrize(("shift", "word"), [(1, "late"), (-1, "early")])
def test_the_one_of_three_that_is_a_row_off(shift, word, content):
    names = ["SPX", "NDX", "DJI"]
    returns = factor_returns(names, rho=0.8)
    returns[:, 1] = np.roll(returns[:, 1], shift)
    panel = panel_of(returns, names, content)
    checks = inspect_prices(panel, now=NOW, calendar="data")
    assert set(zip(checks["security"], checks["check"], strict=True)) == {("NDX", "label_shift")}
    assert set(checks["severity"]) == {"error"}
    assert all(f"one row {word}: " in detail for detail in checks["detail"])
    assert not any(" or those of " in detail for detail in checks["detail"])


def test_of_two_nobody_can_say_which():
    returns = factor_returns(["HSI", "HSCE"])
    returns[:, 0] = np.roll(returns[:, 0], 1)
    checks = inspect_prices(panel_of(returns, ["HSI", "HSCE"]), now=NOW, calendar="data")
    assert list(checks["security"]) == ["HSI"]
    assert "(or those of HSCE) are one row late" in checks["detail"][0]


def test_a_stretch_that_is_off_is_found():
    names = ["SPX", "NDX", "DJI"]
    returns = factor_returns(names)
    returns[250:500, 2] = np.roll(returns[250:500, 2], 1)
    checks = inspect_prices(panel_of(returns, names), now=NOW, calendar="data")
    assert set(checks["security"]) == {"DJI"}
    assert set(checks["check"]) == {"label_shift"}
    assert checks["date"][0] > pd.Timestamp(DAYS[245])
    assert "(250 rows" in checks["detail"][0]


def test_a_market_that_leads_another_is_not_mislabelled():
    """New York's return of a date shows in Asia a row later, and both are right."""
    names = ["SPX", "N225"]
    returns = factor_returns(names, rho=0.7)
    returns[:, 1] = np.roll(returns[:, 1], 1)
    assert look(panel_of(returns, names)) == []
    # even where nothing is known of either
    assert look(panel_of(returns, ["AAA", "BBB"])) == []


def test_columns_nobody_knows_are_judged_only_where_no_market_leads_that_much():
    names = ["AAA", "BBB"]
    returns = factor_returns(names, rho=0.95)
    returns[:, 1] = np.roll(returns[:, 1], 1)
    assert [kind for _, kind, _ in look(panel_of(returns, names))] == ["label_shift"]


def test_one_misprint_decides_nothing():
    names = ["HSI", "HSCE"]
    returns = factor_returns(names, rho=0.1)
    returns[300, 0], returns[299, 1] = 3.0, 3.0  # row t with row t-1, once
    assert not any(kind == "label_shift" for _, kind, _ in look(panel_of(returns, names)))


def test_two_names_of_one_column_are_no_peers():
    returns = factor_returns(["USDCNH"])
    returns[0] += np.log(0.07)  # a level the pair has had
    panel = panel_of(returns, ["USDCNH"])
    assert look(panel, markets=["CNH", "USDCNH"]) == []


def test_many_columns_are_compared_with_their_mean():
    names = [f"S{n:02d}" for n in range(60)]
    declared = [
        es.Market(name=n, label=n, calendar="data", series=n, timezone="Asia/Tokyo", close="15:30")
        for n in names
    ]
    returns = factor_returns(names, rho=0.4)
    returns[:, 17] = np.roll(returns[:, 17], 1)
    checks = inspect_prices(panel_of(returns, names), declared, now=NOW)
    assert list(zip(checks["security"], checks["check"], strict=True)) == [("S17", "label_shift")]
    assert "the mean of 60 columns" in checks["detail"][0]


# ---- single closes -----------------------------------------------------------------------------


def test_a_small_wrong_close_is_found_and_the_wrong_one_of_three_named():
    names = ["SPX", "NDX", "DJI"]
    returns = factor_returns(names, rho=0.97)
    returns[400, 1] += 0.03
    returns[401, 1] -= 0.03
    assert look(panel_of(returns, names)) == [("NDX", "wrong_close", str(DAYS[400]))]


def test_of_two_both_are_named():
    names = ["HSI", "HSCE"]
    returns = factor_returns(names, rho=0.97)
    returns[400, 0] += 0.015
    returns[401, 0] -= 0.015
    checks = inspect_prices(panel_of(returns, names), now=NOW, calendar="data")
    assert list(zip(checks["security"], checks["check"], strict=True)) == [
        ("HSI", "wrong_close"),
        ("HSCE", "wrong_close"),
    ]
    assert all("the two alone cannot say which" in detail for detail in checks["detail"])
    assert "of HSCE is out of line by +1" in checks["detail"][0]
    assert "of HSI is out of line by -1" in checks["detail"][1]


def test_a_move_that_stays_is_no_wrong_close():
    names = ["HSI", "HSCE"]
    returns = factor_returns(names, rho=0.97)
    returns[400, 0] += 0.02
    assert look(panel_of(returns, names)) == []


# ---- another source ----------------------------------------------------------------------------


def test_the_same_series_from_elsewhere():
    names = ["USDJPY"]
    returns = factor_returns(names)
    noisy = returns + np.random.default_rng(8).normal(0, 0.0005, returns.shape)
    panel, other = panel_of(returns, names), panel_of(noisy, names)
    assert look(panel, against=other) == []
    late = panel_of(np.roll(returns, 1, axis=0), names)
    assert [kind for _, kind, _ in look(late, against=other)] == ["label_shift"]
    turned = panel_of(-returns, names)
    assert [kind for _, kind, _ in look(turned, against=other)] == ["quote_direction"]
    wrong = returns.copy()
    wrong[400] += 0.02
    wrong[401] -= 0.02
    assert look(panel_of(wrong, names), against=other) == [
        ("USDJPY", "wrong_close", str(DAYS[400]))
    ]
    with pytest.raises(SpecificationError, match="no column to compare with USDJPY"):
        look(panel, against=panel_of(noisy, ["AUDUSD"]))


# ---- real series -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def long():
    path = SHARED / "prices_long.csv"
    if not path.exists():
        pytest.skip("the shared data are not here")
    return es.read_prices(path)


@pytest.mark.slow
def test_the_wrong_close_of_hong_kong_is_found_and_hardly_anything_else(long):
    checks = inspect_prices(long, now=NOW)
    slips = checks[checks["check"] == "wrong_close"]
    assert set(zip(slips["security"], slips["date"].astype(str), strict=True)) == {
        ("HSI", "2023-08-25"),
        ("HSCE", "2023-08-25"),
    }
    facts = {"session_without_price", "row_without_session"}
    judged = checks[(checks["severity"] != "info") & ~checks["check"].isin(facts)]
    for name, values in zip(long.names, long.values, strict=True):
        if name in ("N225", "TWII", "SPX"):
            assert 1000 * (judged["security"] == name).sum() / len(values) <= 1
    assert not checks["check"].isin(["label_shift", "fx_label_shift", "unit_break"]).any()
    assert not (checks["severity"] == "error").any()


@pytest.mark.slow
def test_yahoos_yen_is_found_a_row_late_and_no_longer_when_moved(long):
    yahoo = read_prices_with_problems(SHARED / "yahoo_usdjpy_as_labelled.csv", security="USDJPY")
    checks = inspect_prices(yahoo, against=long, now=NOW)
    errors = checks[checks["severity"] == "error"]
    assert {"fx_label_shift", "label_shift"} <= set(errors["check"])
    (detail,) = errors.loc[errors["check"] == "label_shift", "detail"]
    assert "one row late" in detail
    assert "+0.93 with row t-1" in detail
    moved = inspect_prices(shift_fx_closes(yahoo, "detect"), against=long, now=NOW)
    left = moved[(moved["severity"] != "info") & (moved["check"] != "refused")]
    assert set(left["check"]) <= {"session_without_price", "bar_contradiction"}
    assert (left["check"] == "bar_contradiction").sum() <= 2  # of the vendor's opens


@pytest.mark.slow
def test_yahoos_yen_is_found_by_other_currencies_alone(long):
    yahoo = read_prices_with_problems(SHARED / "yahoo_usdjpy_as_labelled.csv", security="USDJPY")
    names = ["USDCNH", "AUDUSD"]
    at = [long.names.index(name) for name in names]
    panel = PricePanel(
        names=("USDJPY", *names),
        dates=(yahoo.dates[0], *(long.dates[place] for place in at)),
        values=(yahoo.values[0], *(long.values[place] for place in at)),
    )
    checks = inspect_prices(panel, now=NOW)
    shifted = checks[checks["check"] == "label_shift"]
    assert set(shifted["security"]) == {"USDJPY"}


def test_what_the_bundled_closes_are_known_for_and_no_more():
    checks = inspect_prices(es.load_prices(), now=NOW)
    found = {
        check: list(zip(part["security"], part["date"].astype(str), strict=True))
        for check, part in checks.groupby("check")
    }
    storms = ["2023-09-01", "2023-09-08"]
    assert found == {
        "jump_reversal": [("N225", "2024-08-05")],  # real
        "session_without_price": [
            ("TWII", day) for day in ("2019-09-09", "2021-04-06", "2026-07-10")
        ],
        "known_closure": [
            *(("TWII", day) for day in ("2022-02-04", "2023-01-18", "2024-10-31")),
            *(("HSI", day) for day in storms),
            *(("HSCE", day) for day in storms),
        ],
    }
