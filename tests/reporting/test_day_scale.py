"""The standard error of an event at the volatility of its day."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.reporting.day_scale import with_day_scale


def _frames(start: int, model: str = "market_model") -> tuple[pd.DataFrame, ...]:
    pairs = [("E1", "HSI"), ("E1", "CNH"), ("E2", "HSI")]
    keys = pd.DataFrame(pairs, columns=["event_id", "security"])
    rows = keys.assign(window_start=start, std_error=[0.011, 0.004, 0.012])
    path = keys.merge(pd.DataFrame({"tau": [-1, 0, 1]}), how="cross")
    path["volatility"] = 0.01 + 0.001 * np.arange(9)
    models = keys.assign(model=model, sigma=[0.010, 0.003, 0.011])
    return rows, path, models


@pytest.mark.parametrize(("start", "place"), [(0, 1), (-1, 0), (1, 1)])
def test_it_is_that_of_the_window_brought_to_what_was_known_before(start: int, place: int) -> None:
    rows, path, models = _frames(start)
    found = with_day_scale(rows, path, models)["std_error_day"].to_numpy()
    for at, pair in enumerate(rows.itertuples()):
        h = 0.01 + 0.001 * (3 * at + place)  # a later window knows no more than day 0 did
        expected = pair.std_error * h / models["sigma"].iloc[at]
        assert found[at] == pytest.approx(expected, abs=1e-12)
    assert "std_error_day" not in rows


def test_a_model_of_the_variance_keeps_its_own() -> None:
    rows, path, models = _frames(0, "garch")
    found = with_day_scale(rows, path, models)
    np.testing.assert_allclose(found["std_error_day"], rows["std_error"])


def test_without_a_volatility_it_is_missing() -> None:
    rows, path, models = _frames(0)
    gone = path[path["event_id"] != "E2"]
    assert with_day_scale(rows, gone, models)["std_error_day"].isna().tolist() == [
        False, False, True,
    ]  # fmt: skip
    assert (
        with_day_scale(rows, path.drop(columns="volatility"), models)["std_error_day"].isna().all()
    )
    assert with_day_scale(rows.iloc[:0], path, models).empty
