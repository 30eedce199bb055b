"""Pairs the model could not treat as it was meant to."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from streamed import small_study

from eventstudy.study.treated import treated_pairs


def test_a_pair_that_fell_back_is_listed_with_the_reason():
    study, events, prices = small_study(5, statistics=("bmp",), by=())
    fitted = study.fit(events, prices).fitted
    table = fitted.design.table
    pairs = pd.DataFrame({"event_id": np.arange(len(table.day0)), "security": "F"})
    assert treated_pairs(fitted.data, table, pairs).empty
    fell = np.arange(len(table.day0)) == 2
    fit = replace(table.fit, fallback=fell, fallback_reason="did not settle")
    (row,) = treated_pairs(fitted.data, replace(table, fit=fit), pairs).to_dict("records")
    assert row == {"event_id": 2, "security": "F", "stage": "model", "reason": "did not settle"}
