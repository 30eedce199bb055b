"""The page of a curve: text is escaped, and a one-sided study has no intervals to explain."""

from __future__ import annotations

import pandas as pd
import pytest
from markupsafe import Markup

from eventstudy.curve.page import render


def page(alternative="two-sided", title="A curve"):
    specifications = pd.DataFrame({
        "spec": [1, 2], "model": ["mean", "ols"], "kind": ["simple", "simple"],
        "own": [True, False], "estimate": [0.02, -0.01], "effect": [1.5, -0.5],
        "statistic": [2.0, -1.0], "pvalue": [0.04, 0.3], "n_pairs": [9, 8], "n_units": [4, 4],
        "note": ["", "8 of 9 pairs"],
    })  # fmt: skip
    table = pd.DataFrame({"measure": ["median"], "value": ["<1 %>"]})
    return render(
        title=title, question="All events", sentences=["2 listed & 2 run."],
        drawing=Markup("<svg></svg>"), summary=table, influence=table,
        specifications=specifications,
        refused=pd.DataFrame(columns=["spec", "model", "reason"]), manifest={"seed": 5},
        alternative=alternative,
    )  # fmt: skip


def test_text_is_escaped_and_the_drawing_is_not():
    text = page(title="<script>alert(1)</script>")
    assert "<script" not in text
    assert "&lt;script&gt;" in text
    assert "&lt;1" in text
    assert "<svg></svg>" in text


def test_specifications_are_listed_by_estimate_with_the_choices_that_vary():
    text = page()
    assert text.index("<bdi>ols") < text.index("<bdi>mean")
    assert ">model</th>" in text
    assert ">kind</th>" not in text
    assert "8 of 9 pairs" in text


@pytest.mark.parametrize("side", ["greater", "less"])
def test_a_one_sided_page_says_its_side_and_explains_no_interval(side):
    assert "The interval of an estimate" in page()
    text = page(side)
    assert f"one-sided ({side})" in text
    assert "The interval of an estimate" not in text
