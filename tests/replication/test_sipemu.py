"""Values of R's EventStudy, on a made-up file of its form and formulas written out here."""

from __future__ import annotations

import numpy as np
import pytest

from eventstudy.exceptions import SchemaError
from eventstudy.replication.sipemu import FILE, VALUES, compare

RNG = np.random.default_rng(8)
FACTORS = ("me", "smb", "hml", "mom", "rmw", "cma")


def short(n):
    return RNG.normal(0, 0.01, n).round(4)


MARKET = {"est_index": short(6), "est_resid": short(6), "evt_index": short(3), "evt_firm": short(3)}
ADJUSTED = {name: short(6 if name.startswith("est") else 3)
            for name in ("est_firm", "est_index", "evt_firm", "evt_index")}  # fmt: skip
MEAN = {name: short(len(values)) for name, values in ADJUSTED.items()}
CHART = {name: short(8) for name in FACTORS} | {"resid": short(8)}
CHART |= {f"{name}_e": short(3) for name in FACTORS} | {"excess_evt": short(3)}
EVENTS = [
    {"est_index": short(8), "est_resid": short(8), "evt_index": short(3), "evt_firm": short(3)}
    for _ in range(3)
]
LINES = [(0.004, 1.2), (0.003, 0.9), (0.005, 1.4)]
SLOPES = (1.1, 0.5, -0.3, 0.2, 0.15, -0.1)


def vectors(series, sign="<-", end=""):
    return "".join(f"  {name}  {sign} c({', '.join(map(str, values))}){end}\n"
                   for name, values in series.items())  # fmt: skip


def written():
    """The file, with the parts that are no numbers left out."""
    parts = [
        "golden_market_model_fixture <- function() {\n  # c(1, 2)\n" + vectors(MARKET)
        + "  est_firm  <- 0.005 + 1.5 * est_index + est_resid\n}\n",
        "golden_market_adjusted_fixture <- function() {\n" + vectors(ADJUSTED) + "}\n",
        "golden_comparison_mean_fixture <- function() {\n" + vectors(MEAN) + "}\n",
        "golden_factor_model_fixture <- function() {\n" + vectors(CHART) + "  alpha0 <- 0.0005\n"
        "  excess_est <- alpha0 + 1.1 * me + 0.5 * smb - 0.3 * hml +\n"
        "    0.2 * mom + 0.15 * rmw - 0.1 * cma + resid\n\n}\n",
    ]  # fmt: skip
    spec = "".join(
        f"    E{at} = list(\n" + vectors(series, "=", ",")
        + f"      alpha = {alpha}, beta = {beta},\n    ),\n"
        for at, (series, (alpha, beta)) in enumerate(zip(EVENTS, LINES, strict=True), start=1)
    )  # fmt: skip
    head = "golden_multi_event_fixture <- function() {\n  spec <- list(\n"
    parts.append(f"{head}{spec}  )\n  n_est <- 8L\n}}\n")
    return "\n".join(parts)


def regressed(y, x, y_event, x_event):
    """Residual spread, abnormal returns, their forecast errors over the spread, residuals."""
    x, x_event = np.column_stack([np.ones(len(y)), x]), np.column_stack([np.ones(3), x_event])
    slopes = np.linalg.lstsq(x, y, rcond=None)[0]
    residuals = y - x @ slopes
    sigma = np.sqrt(residuals @ residuals / (len(y) - x.shape[1]))
    far = np.sqrt(1 + np.einsum("ij,jk,ik->i", x_event, np.linalg.inv(x.T @ x), x_event))
    return sigma, y_event - x_event @ slopes, far, residuals


def t(values):
    return values.mean(axis=0) / values.std(axis=0, ddof=1) * np.sqrt(len(values))


def as_in_r():
    """Its values, formula by formula."""
    firm = 0.005 + 1.5 * MARKET["est_index"] + MARKET["est_resid"]
    sigma, ar, _, _ = regressed(firm, MARKET["est_index"], MARKET["evt_firm"], MARKET["evt_index"])
    days = np.sqrt([1, 2, 3])
    found = {"market sigma": [sigma], "market ar_t": ar / sigma}
    found["market car_t"] = ar.cumsum() / sigma / days
    found["mean sigma"] = [MEAN["est_firm"].std(ddof=1)]
    found["mean ar"] = MEAN["evt_firm"] - MEAN["est_firm"].mean()
    found["market adjusted ar"] = ADJUSTED["evt_firm"] - ADJUSTED["evt_index"]
    excess = 0.0005 + CHART["resid"]
    excess = excess + sum(b * CHART[name] for b, name in zip(SLOPES, FACTORS, strict=True))
    for name, used in (("ff3", FACTORS[:3]), ("ff5", (*FACTORS[:3], *FACTORS[4:]))):
        own = np.column_stack([CHART[one] for one in used])
        later = np.column_stack([CHART[f"{one}_e"] for one in used])
        sigma, ar, _, _ = regressed(excess, own, CHART["excess_evt"], later)
        found |= {f"{name} sigma": [sigma], f"{name} ar": ar}
    fits = [
        regressed(a + b * one["est_index"] + one["est_resid"], one["est_index"], one["evt_firm"],
                  one["evt_index"])
        for one, (a, b) in zip(EVENTS, LINES, strict=True)
    ]  # fmt: skip
    ar = np.array([fit[1] for fit in fits])
    sar = np.array([fit[1] / fit[0] for fit in fits])
    patell = np.array([fit[1] / fit[0] / fit[2] for fit in fits])
    car, positive = ar.cumsum(axis=1), np.mean([(fit[3] > 0).mean() for fit in fits])
    spread = np.sqrt(3 * positive * (1 - positive))
    return found | {
        "aar": ar.mean(axis=0), "aar_t": t(ar), "caar": car.mean(axis=0), "caar_t": t(car),
        "aar_z": patell.sum(axis=0) / np.sqrt(3 * 1.5),
        "caar_z": (patell.cumsum(axis=1) / days / np.sqrt(1.5)).sum(axis=0) / np.sqrt(3),
        "bmp_t": t(sar), "cbmp_t": t(sar.cumsum(axis=1)),
        "sign_z": ((ar > 0).sum(axis=0) - 1.5) / np.sqrt(0.75),
        "csign_z": ((car > 0).sum(axis=0) - 1.5) / np.sqrt(0.75),
        "gsign_z": ((ar > 0).sum(axis=0) - 3 * positive) / spread,
        "cgsign_z": ((car > 0).sum(axis=0) - 3 * positive) / spread,
    }  # fmt: skip


@pytest.fixture
def files(tmp_path):
    (tmp_path / FILE).write_text(written(), encoding="utf-8")
    return {FILE: tmp_path / FILE}


def test_all_but_what_lacks_the_forecast_error_is_equal(files):
    found = compare(files, as_in_r())
    status = {}
    for one in found:
        status.setdefault(one.quantity.split(" day")[0], set()).add(one.status)
    explained = {name for name, values in status.items() if values == {"explained"}}
    assert explained == {"market ar_t", "market car_t", "bmp_t", "cbmp_t"}
    assert all(values == {"equal"} for name, values in status.items() if name not in explained)
    assert {one.explanation for one in found if one.status == "explained"} == {
        "variance of a CAR over the residual variance: L, not the exact one of the forecast"
    }


def test_another_value_is_unexplained(files):
    (one,) = compare(files, {"mean sigma": [0.5]})
    assert one.status == "unexplained"


def test_the_values_of_its_tests_are_named_and_there_for_each_day():
    assert {len(values) for values in VALUES.values()} == {1, 3}
    assert sum(map(len, VALUES.values())) == 63
    assert set(as_in_r()) <= set(VALUES)


def test_another_file_is_refused(tmp_path):
    (tmp_path / FILE).write_text("golden <- 1\n")
    with pytest.raises(SchemaError, match="has no function golden_market_model_fixture"):
        compare({FILE: tmp_path / FILE})
