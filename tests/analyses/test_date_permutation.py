"""Permutation p-values by date, against a loop over the same permutations and by algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from eventstudy.analyses.date_permutation import Rows, shuffle_dates

N_MARKETS = 3


def rows_of(x, cells, at, *, y, date, block, security, root=None):
    return Rows(
        y=np.asarray(y, dtype=float),
        root=np.ones(len(y)) if root is None else root,
        x=x,
        cells=cells,
        at=at,
        security=np.asarray(security),
        date=np.asarray(date),
        block=np.asarray(block),
    )


def matrix(frame):
    """Constant, number, its square, a market effect, and the number in that market."""
    u = frame["u"].to_numpy(dtype=float)
    c = (frame["security"] == "C").to_numpy(dtype=float)
    return np.column_stack([np.ones(len(u)), u, u**2, c, u * c])


NAMES = ["constant", "u", "I(u ** 2)", "security[C]", "u:security[C]"]


def panel(seed=1, n_dates=14, block=None, effect=0.0):
    rng = np.random.default_rng(seed)
    date = np.repeat(np.arange(n_dates), N_MARKETS)
    u = rng.standard_normal(n_dates)
    cells = pd.DataFrame({"u": u[date], "security": list("ABC") * n_dates})
    block = np.arange(n_dates) if block is None else np.asarray(block)
    y = rng.standard_normal(len(date)) + rng.standard_normal(n_dates)[date] + effect * u[date]
    return rows_of(
        matrix(cells), cells, matrix, y=y, date=date, block=block[date],
        security=np.tile(np.arange(N_MARKETS), n_dates),
        root=np.sqrt(rng.uniform(0.5, 2.0, len(date))),
    )  # fmt: skip


def plain_pvalue(rows, term, draws, seed):
    """Freedman and Lane in loops: statsmodels, blocks as lists, the package's random numbers."""
    n_dates = rows.date.max() + 1
    block_of = [rows.block[rows.date == d][0] for d in range(n_dates)]
    blocks = [[d for d in range(n_dates) if block_of[d] == b] for b in dict.fromkeys(block_of)]
    w, others = rows.root**2, [j for j in range(rows.x.shape[1]) if j != term]
    left = sm.WLS(rows.y, rows.x[:, others], weights=w).fit().resid

    def t(x):
        fit = sm.WLS(left, x, weights=w).fit(
            cov_type="cluster", cov_kwds={"groups": rows.block, "use_correction": False}
        )
        return abs(fit.tvalues[term])

    value = {d: rows.cells["u"][rows.date == d].iloc[0] for d in range(n_dates)}
    rng = np.random.default_rng((seed, n_dates, len(rows.y)))
    lots = rng.random((draws, len(blocks)))
    actual, reached = t(rows.x), 0
    for lot in lots:
        by_number = sorted(range(len(blocks)), key=lambda b: lot[sorted(set(block_of))[b]])
        series = [value[d] for b in by_number for d in blocks[b]]
        places = [d for dates in blocks for d in dates]
        moved = dict(zip(places, series, strict=True))
        cells = rows.cells.assign(u=[moved[d] for d in rows.date])
        reached += t(matrix(cells)) >= actual * (1 - 1e-9)
    return (1 + reached) / (1 + draws)


@pytest.mark.parametrize(
    "block", [None, [0, 0, 1, 2, 3, 3, 3, 4, 5, 6, 7, 7, 8, 9]], ids=["dates", "blocks"]
)
def test_p_values_are_those_of_a_plain_loop(block):
    rows = panel(block=block)
    got = shuffle_dates(rows, NAMES, draws=60, seed=5)
    for term in (1, 2, 4):
        assert got.pvalue[term] == pytest.approx(plain_pvalue(rows, term, 60, 5), abs=1e-8)
    assert np.isnan(got.pvalue[[0, 3]]).all()
    assert got.notes == [
        "permutation p of security[C] not available: values differ within dates, not between them"
    ]


def test_the_p_value_of_an_effect_is_small_and_order_of_rows_decides_nothing():
    rows = panel(effect=3.0)
    straight = shuffle_dates(rows, NAMES, draws=199, seed=1).pvalue
    assert straight[1] <= 0.02
    mixed = np.random.default_rng(2).permutation(len(rows.y))
    other = rows_of(
        rows.x[mixed], rows.cells.iloc[mixed].reset_index(drop=True), matrix, y=rows.y[mixed],
        date=rows.date[mixed], block=rows.block[mixed], security=rows.security[mixed],
        root=rows.root[mixed],
    )  # fmt: skip
    assert shuffle_dates(other, NAMES, draws=199, seed=1).pvalue == pytest.approx(
        straight, abs=1e-12, nan_ok=True
    )


def labels(frame):
    return np.column_stack([np.ones(len(frame)), (frame["kind"] == "b").to_numpy(dtype=float)])


def test_events_of_a_date_that_differ_count_by_their_share():
    """Two events a date and market: the p-value is that of one row with the share."""
    rng = np.random.default_rng(4)
    kinds = [rng.choice(["a", "b"], 2) for _ in range(16)]
    date = np.repeat(np.arange(16), 2)
    y = rng.standard_normal(16)[date]
    cells = pd.DataFrame({"kind": np.concatenate(kinds)})
    two = rows_of(
        labels(cells), cells, labels, y=y, date=date, block=date, security=np.zeros(32, dtype=int)
    )
    got = shuffle_dates(two, ["constant", "kind[b]"], draws=99, seed=3)
    differing = sum(len(set(pair)) > 1 for pair in kinds)
    assert got.notes == [
        f"permutations take the mean of the events of {differing} dates that differ in a column"
    ]
    share = pd.DataFrame({"s": [float(np.mean(pair == "b")) for pair in kinds]})

    def numbers(frame):
        return np.column_stack([np.ones(len(frame)), frame["s"].to_numpy(dtype=float)])

    one = rows_of(
        numbers(share), share, numbers, y=y[::2], date=np.arange(16), block=np.arange(16),
        security=np.zeros(16, dtype=int),
    )  # fmt: skip
    # The seed holds the number of rows; both draw the same permutations when it is made equal.
    repeated = rows_of(
        np.repeat(one.x, 2, axis=0), share.loc[date].reset_index(drop=True), numbers, y=y,
        date=date, block=date, security=np.zeros(32, dtype=int),
    )  # fmt: skip
    other = shuffle_dates(repeated, ["constant", "s"], draws=99, seed=3)
    assert got.pvalue[1] == pytest.approx(other.pvalue[1], abs=1e-12)


def test_a_column_of_firms_stays_in_its_row():
    rng = np.random.default_rng(6)
    date = np.repeat(np.arange(12), 5)
    cells = pd.DataFrame({"size": rng.standard_normal(60), "u": rng.standard_normal(12)[date]})

    def at(frame):
        size, u = frame["size"].to_numpy(float), frame["u"].to_numpy(float)
        return np.column_stack([np.ones(len(frame)), size, u, size * u])

    rows = rows_of(
        at(cells), cells, at, y=rng.standard_normal(60), date=date, block=date,
        security=np.tile(np.arange(5), 12),
    )  # fmt: skip
    got = shuffle_dates(rows, ["constant", "size", "u", "size:u"], draws=99, seed=1)
    assert np.isfinite(got.pvalue).tolist() == [False, False, True, True]
    assert "permutation p of size not available: values differ within dates" in got.notes[0]


@pytest.mark.parametrize(
    ("kinds", "why"),
    [
        (["a"] * 11 + ["b"], "there are only 12 ways to arrange the dates"),
        (["a"] * 12, "there is only 1 way to arrange the dates"),
    ],
)
def test_too_few_arrangements_are_said(kinds, why):
    cells = pd.DataFrame({"kind": kinds})
    rows = rows_of(
        labels(cells), cells, labels, y=np.arange(12.0), date=np.arange(12),
        block=np.arange(12), security=np.zeros(12, dtype=int),
    )  # fmt: skip
    got = shuffle_dates(rows, ["constant", "kind[b]"], draws=99, seed=1)
    assert np.isnan(got.pvalue).all()
    assert got.notes == [f"permutation p not available: {why}"]


def test_without_draws_there_is_none():
    got = shuffle_dates(panel(), NAMES, draws=0, seed=1)
    assert got.notes == ["permutation p not available: statistics.draws is 0"]


def test_a_term_that_dates_do_not_tell_apart_has_none():
    """Two levels that only ever stand together on a date: one share moves with the other."""
    kinds = [("a", "a"), ("b", "c")] * 8
    date = np.repeat(np.arange(16), 2)
    cells = pd.DataFrame({"kind": [kind for pair in kinds for kind in pair]})

    def at(frame):
        kind = frame["kind"].to_numpy()
        return np.column_stack([np.ones(len(kind)), kind == "b", kind == "c"]).astype(float)

    rows = rows_of(
        at(cells), cells, at, y=np.random.default_rng(1).standard_normal(32), date=date,
        block=date, security=np.zeros(32, dtype=int),
    )  # fmt: skip
    got = shuffle_dates(rows, ["constant", "kind[b]", "kind[c]"], draws=99, seed=1)
    assert np.isnan(got.pvalue).all()
    assert "dates do not tell it apart from the other terms" in got.notes[1]


@pytest.mark.slow
def test_size_is_nominal_where_windows_overlap_and_labels_persist():
    """Blocks of three dates that share label and shock; shuffled one by one this rejects often."""
    rng = np.random.default_rng(8)
    rejected = apart = 0
    for _ in range(400):
        of = np.repeat(np.arange(16), 3)
        kinds = rng.choice(["a", "b"], 16)[of]
        y = rng.standard_normal(16)[of] * rng.lognormal(0, 0.8, 16)[of] + rng.standard_normal(48)
        cells = pd.DataFrame({"kind": kinds})
        one = {"y": y, "date": np.arange(48), "security": np.zeros(48, dtype=int)}
        x = labels(cells)
        together = rows_of(x, cells, labels, block=of, **one)
        single = rows_of(x, cells, labels, block=np.arange(48), **one)
        names = ["constant", "kind[b]"]
        rejected += shuffle_dates(together, names, draws=99, seed=1).pvalue[1] <= 0.05
        apart += shuffle_dates(single, names, draws=99, seed=1).pvalue[1] <= 0.05
    assert 0.02 <= rejected / 400 <= 0.085
    assert apart / 400 > 0.1


def test_more_coefficients_than_can_be_permuted_are_said():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({f"x{n}": rng.standard_normal(400) for n in range(130)})
    number = np.arange(400)
    rows = rows_of(
        np.column_stack([np.ones(400), frame]), frame, matrix, y=rng.standard_normal(400),
        date=number, block=number, security=np.zeros(400, dtype=np.int64),
    )  # fmt: skip
    shuffled = shuffle_dates(rows, ["constant", *frame.columns], draws=2000, seed=1)
    assert np.isnan(shuffled.pvalue).all()
    assert shuffled.notes == [
        "permutation p not available: 131 coefficients are too many to be estimated 2,000 times"
    ]
