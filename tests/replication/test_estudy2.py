"""Tests of R's estudy2, on made-up returns and its formulas written out here."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy.replication.estudy2 import FILES, compare

EVENT = slice("2001-09-11", "2001-09-28")
ESTIMATION = slice("2001-03-26", "2001-09-10")


def made_up(has_gaps):
    """Log returns of six securities and an index, some of them missing."""
    rng = np.random.default_rng(4)
    days = pd.bdate_range("2001-01-02", "2001-10-31", name="date")
    index = pd.Series(rng.normal(0, 0.012, len(days)), index=days, name="X.INDX")
    own = rng.normal(0, 0.015, (len(days), 6)) + 0.9 * index.to_numpy()[:, None]
    rates = pd.DataFrame(own, index=days, columns=[f"FIRM.{at}" for at in range(6)])
    if has_gaps:
        rates.iloc[70:74, 2] = np.nan  # holidays in the estimation window
        rates.loc["2001-09-28", ["FIRM.1", "FIRM.4"]] = np.nan
        index = index.drop(pd.Timestamp("2001-05-01"))
    return rates, index


def estudy2(rates, index):
    """Columns of its `parametric_tests`, a security after the other as there."""
    abnormal, standardised, lengths = {}, {}, []
    for name, own in rates.items():
        both = pd.concat([own, index], axis=1).sort_index()
        complete = both.dropna().loc[ESTIMATION]
        slope, constant = np.polyfit(complete.iloc[:, 1], complete.iloc[:, 0], 1)
        residual = both.iloc[:, 0] - constant - slope * both.iloc[:, 1]
        market = both.iloc[:, 1].loc[ESTIMATION].dropna()
        m = len(complete)
        far = (both.iloc[:, 1] - market.mean()) ** 2 / ((market - market.mean()) ** 2).sum()
        spread = residual.loc[ESTIMATION].std()
        abnormal[name] = residual.loc[EVENT]
        standardised[name] = (residual / spread / np.sqrt(1 + 1 / m + far)).loc[EVENT]
        lengths.append(m)
    ar, z, m = pd.DataFrame(abnormal), pd.DataFrame(standardised), np.array(lengths)
    n = ar.notna().sum(axis=1)
    tests = pd.DataFrame({"date": ar.index.strftime("%Y-%m-%d"), "percentage": 100.0})
    columns = {
        "mean": ar.mean(axis=1),
        "t_test_stat": ar.mean(axis=1) / ar.std(axis=1) * np.sqrt(n),
        "pt_stat": z.mean(axis=1) * len(m) / np.sqrt(((m - 2) / (m - 4)).sum()),
        "bh_stat": z.mean(axis=1) / z.std(axis=1) * np.sqrt(n),
    }
    return tests.assign(**{name: values.to_numpy() for name, values in columns.items()})


def files_of(folder, has_gaps, **other):
    rates, index = made_up(has_gaps)
    frames = rates, index.to_frame(), estudy2(rates, index).assign(**other).set_index("date")
    for name, frame in zip(FILES, frames, strict=True):
        frame.to_csv(folder / name)
    return {name: folder / name for name in FILES}


def test_without_gaps_the_residual_variance_explains_patell_alone(tmp_path):
    found = {one.quantity: one for one in compare(files_of(tmp_path, has_gaps=False))}
    assert len(found) == 14 * 4
    status = {column: {one.status for key, one in found.items() if key.startswith(column)}
              for column in ("mean", "t_test", "bh", "pt")}  # fmt: skip
    # One divisor for all leaves the standardised cross-section as it is.
    assert status == {"mean": {"equal"}, "t_test": {"equal"}, "bh": {"equal"}, "pt": {"explained"}}
    assert found["pt_stat 2001-09-11"].explanation == (
        "residual variance: RSS/(M-1), not RSS/(M-k)"
    )


def test_gaps_are_explained_by_the_index_and_by_absent_securities(tmp_path):
    found = {one.quantity: one for one in compare(files_of(tmp_path, has_gaps=True))}
    assert {one.status for one in found.values()} == {"equal", "explained"}
    assert "moments of the index" in found["bh_stat 2001-09-12"].explanation
    assert "absent" not in found["pt_stat 2001-09-12"].explanation
    last = found["pt_stat 2001-09-28"].explanation
    assert "by the variance of all securities" in last
    assert "by the variance of all securities" not in found["pt_stat 2001-09-27"].explanation
    assert found["mean 2001-09-28"].status == "equal"


def test_what_no_convention_reaches_is_unexplained(tmp_path):
    found = compare(files_of(tmp_path, has_gaps=False, bh_stat=1.5))
    assert sum(one.status == "unexplained" for one in found) == 14


@pytest.mark.parametrize("column", ["mean", "t_test_stat"])
def test_days_without_a_number_are_left_out(tmp_path, column):
    files = files_of(tmp_path, has_gaps=False)
    tests = pd.read_csv(files[FILES[2]])
    tests.loc[3, column] = np.nan
    tests.to_csv(files[FILES[2]], index=False)
    assert len(compare(files)) == 14 * 4 - 1
