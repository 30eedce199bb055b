"""What a curve says and writes: text, figure, page, folder."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pandas as pd
import pytest
from small_curve import CHOICES, study, summed, texts

from eventstudy import (
    specification_curve,
)
from eventstudy.exceptions import SourceError


@pytest.mark.slow
def test_without_draws_there_are_estimates_and_a_reason(data):
    made = specification_curve(study(), *data, choices=CHOICES | {"car": [(0, 0)]}, draws=0)
    assert made.specifications["pvalue"].isna().all()
    assert np.isnan(made.value("share_significant", "pvalue"))
    assert made.specifications["note"].str.contains("no placebo draws").all()
    assert made.n_draws == 0
    real = made.specifications
    up = (real["estimate"] > 0).mean()
    assert made.value("median_estimate") == pytest.approx(real["estimate"].median())
    assert made.value("median_effect") == pytest.approx(real["effect"].median())
    assert made.value("share_one_sign") == max(up, 1 - up)
    assert np.isnan(made.value("share_significant"))
    assert np.isnan(made.value("stouffer_z"))
    printed = " ".join(made.to_text().split())
    assert "Significance was not tested: no placebo draws were asked for." in printed
    assert summed(made)["share significant at 5 %"] == "not tested"
    for text in (printed, made.to_html()):
        assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    drawn = texts(made)
    assert "significance not tested" in drawn
    assert "no placebo draws were asked for" in drawn
    assert "intervals" not in drawn
    assert "share significant" not in drawn
    assert "nan" not in drawn.split()


@pytest.mark.slow
def test_few_specifications_are_counted_beside_the_percent(data, curve):
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    choices |= {"estimation": [(-100, -11), (-70, -11)]}
    few = specification_curve(study(), *data, choices=choices, draws=60)
    number = int((few.specifications["pvalue"] <= 0.05).sum())
    up = int((few.specifications["estimate"] > 0).sum())
    printed = " ".join(few.to_text().split())
    shown = f"{number} of 8 ({100 * number / 8:.0f} %)"
    assert f"{shown} of the specifications are significant at 5 %" in printed
    assert f"{max(up, 8 - up)} of 8 (" in printed
    cells = summed(few)
    assert cells["share significant at 5 %"] == shown
    assert f"the real dates: {shown}" in texts(few)
    assert len(curve.specifications) == 40
    assert " of 40 (" not in curve.to_text()
    assert " of 40 (" not in texts(curve)


@pytest.mark.slow
@pytest.mark.parametrize(("side", "over"), [("greater", "above"), ("less", "below")])
def test_one_sided_curves_say_so(data, curve, side, over):
    choices = {"models": ["constant_mean", "market_model"], "car": [(0, 0), (0, 1)]}
    made = specification_curve(study(alternative=side), *data, choices=choices, draws=60)
    label = f"significant at 5 %, one-sided ({side})"
    text = " ".join(made.to_text().split())
    assert f"of the specifications are {label}" in text
    assert f"have an estimate {over} 0" in text
    assert {f"share {label}", f"share {over} 0"} < set(summed(made))
    assert "one sign" not in text
    page = made.to_html()
    assert label in page
    assert "no interval" in page
    assert "The interval of an estimate" not in page
    assert label in texts(made)
    assert "one-sided, so without intervals" in texts(made)
    assert "one-sided" not in curve.to_text()
    assert "one-sided" not in texts(curve)


@pytest.mark.slow
def test_the_figure_says_what_intervals_and_colours_are(curve):
    written = texts(curve)
    assert (
        "intervals: of the mean CAR; colour: the placebo test of volatility-scaled returns"
        in written
    )
    assert "the interval of a grey point may exclude zero" in written


@pytest.mark.slow
def test_the_folder_and_its_page(tmp_path, curve):
    titled = replace(curve, title="<script>alert(1)</script> & $5 to $6")
    folder = titled.save(tmp_path / "curve")
    assert {path.name for path in folder.iterdir()} == {
        "curve.csv", "refused.csv", "influence.csv", "summary.csv", "draws.csv", "curve.png",
        "curve.svg", "curve.html", "datapackage.json", "manifest.json",
    }  # fmt: skip
    saved = pd.read_csv(folder / "curve.csv", keep_default_na=False, na_values=["nan"])
    assert len(saved) == len(curve.specifications)
    np.testing.assert_allclose(
        saved["estimate"].astype(float), curve.specifications["estimate"], rtol=1e-10
    )
    page = (folder / "curve.html").read_text("utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "default-src 'none'" in unescape(page)
    assert "src=" not in page
    assert (folder / "curve.svg").read_text("utf-8").startswith("<svg")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    assert manifest["tool"] == "eventstudy"
    assert manifest["curve"]["models"] == CHOICES["models"]
    assert curve.save(folder) == folder  # a curve replaces a curve
    assert curve.to_html() == curve.to_html()


def test_results_of_a_study_are_not_replaced_by_a_curve(tmp_path, data, curve):
    study(draws=0).fit(*data).save(tmp_path / "study", report=False)
    with pytest.raises(SourceError, match="holds the results of a study"):
        curve.save(tmp_path / "study")
    assert (tmp_path / "study" / "statistics.csv").exists()
