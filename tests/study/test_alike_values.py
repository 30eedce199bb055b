"""Values that look alike and count apart: said where a study uses their column."""

from __future__ import annotations

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.study.alike_values import alike_sentences

KINDS = ["beat", "Beat", "miss", "beat", "Beat\u00a0", "e\u0301lan", "\u00e9lan", "miss"]


def events():
    days = pd.bdate_range("2024-09-02", periods=len(KINDS)).strftime("%Y-%m-%d")
    numbers = np.arange(len(KINDS)) % 2
    return pd.DataFrame({"event_id": [*"abcdefgh"], "date": days, "kind": KINDS, "n": numbers})


def sentences(**options):
    study = es.EventStudy(markets=["A"], model=es.ConstantMean(), date_only="same", **options)
    return alike_sentences(study, es.Events.from_frame(events()))


def test_values_that_case_or_the_form_of_letters_tells_apart_are_named_with_their_numbers():
    (said,) = sentences(by=["kind", "n"])
    assert said.startswith(
        "column 'kind' has 'Beat' (2) and 'beat' (2); "
        "'e\u0301lan' (1) and '\u00e9lan' (1), alike but for"
    )
    assert sentences(by=["n"]) == []
    assert sentences() == []


def test_a_contrast_a_crossed_group_and_a_selection_look_at_their_columns():
    assert len(sentences(contrast=[("kind", "beat", "miss")])) == 1
    assert len(sentences(by=["n*kind"])) == 1
    assert len(sentences(select={"kind": ["beat"]})) == 1


def test_what_is_known_of_securities_is_looked_at_too():
    study = es.EventStudy(
        markets=["A"], model=es.ConstantMean(), date_only="same", by=["industry", "n"]
    )
    known = pd.DataFrame({"industry": ["Banks", "banks", "steel"], "size": [1.0, 2.0, 3.0]})
    (said,) = alike_sentences(study, es.Events.from_frame(events()), known)
    assert said.startswith("column 'industry' has 'Banks' (1) and 'banks' (1), alike but for")


def test_it_stands_in_the_results_where_a_group_is_smaller_than_its_kind():
    draw = np.random.default_rng(2).normal(0, 0.01, (300, 2))
    days = pd.bdate_range("2023-09-01", periods=300)
    returns = pd.DataFrame(draw, index=days, columns=["A", "M"])
    results = es.event_study(
        events(), returns, markets=["A"], benchmark="M", content="returns", by="kind",
        event_window=(0, 0), car_windows=[(0, 0)], estimation_window=(-120, -11),
        statistics=["bmp"], draws=0,
    )  # fmt: skip
    assert "'Beat' (2) and 'beat' (2)" in " ".join(results.assumed)
    counted = results.statistics.drop_duplicates("group").set_index("group")["n_pairs"]
    assert counted["kind=beat"] == 2
