"""The mean square of date portfolios against that of the sessions around, the plain way."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pandas as pd
import pytest
from grouped_study import grouped, row_of

from eventstudy import ConstantMean, Events, EventStudy, Market, PricePanel, Window
from eventstudy.estimation.abnormal import cumulate
from eventstudy.estimation.clusters import weekday_number
from eventstudy.estimation.groups import make_groups
from eventstudy.inference.design import GroupCache, cumulate_both, gather_evidence
from eventstudy.inference.mean_square import Surroundings, mean_square
from eventstudy.inference.once import LastOnce

pytestmark = pytest.mark.fast_tests(2)


def plain(design, columns_of_units, window, z, busy):
    """Mean square over units, each a list of (market, column, sign), over that around them."""
    length = window.length
    squares, around = [], []
    for unit in columns_of_units:

        def mean(step, unit=unit):
            rows = [design.placebo.index[0, market, column + step] for market, column, _ in unit]
            if min(rows) < 0:
                return math.nan
            return np.mean([z[row] * sign for row, (_, _, sign) in zip(rows, unit, strict=True)])

        squares.append(mean(0) ** 2)
        nearby = []
        for step in [*range(-length - 19, -length + 1), *range(length, length + 20)]:
            inside = all(0 <= column + step < busy.shape[1] for _, column, _ in unit)
            is_free = inside and not any(busy[m, column + step] for m, column, _ in unit)
            if is_free and not math.isnan(mean(step)):
                nearby.append(mean(step) ** 2)
        if nearby:
            around.append(np.mean(nearby))
    return np.mean(squares) / np.mean(around)


@pytest.mark.fast_cases(1)
@pytest.mark.parametrize("window", [(0, 0), (0, 1)])
@pytest.mark.parametrize("group", ["k1", "k4"])
def test_statistic_and_pvalue_by_the_plain_formula(window, group):
    """Business days only, so that a weekday is a session."""
    results = grouped()
    design, event = results.fitted.design, Window(*window)
    pairs = np.flatnonzero(results.fitted.labels["category"].to_numpy() == group)
    z = cumulate(design.placebo.table, event).z
    totals = cumulate_both(design, event)
    drawn = gather_evidence(design, pairs, pairs[:0], totals, GroupCache()).drawn
    rows = np.empty((drawn.n_draws, len(pairs)), dtype=int)
    for block in drawn.blocks:
        rows[:, block.columns] = block.rows[block.pick]
    busy = np.zeros(design.placebo.index.shape[1:], dtype=bool)
    for market, day0 in zip(design.table.security, design.table.day0, strict=True):
        busy[market, day0 - event.length + 1 : day0 + event.length] = True
    days = design.date[pairs]

    def units(columns):
        return [
            [
                (int(design.table.security[pairs[at]]), int(columns[at]), design.sign[pairs[at]])
                for at in np.flatnonzero(days == day)
            ]
            for day in np.unique(days)
        ]

    t = plain(design, units(design.table.day0[pairs]), event, z, busy)
    row = row_of(results, "mean_square", f"category={group}", window)
    assert row["statistic"] == pytest.approx(t, rel=1e-8)
    columns = design.placebo.table.day0[rows]
    draws = np.array([plain(design, units(line), event, z, busy) for line in columns])
    assert row["pvalue"] == (1 + (draws >= t * (1 - 1e-9)).sum()) / (len(draws) + 1)
    assert row[["effect", "effect_low", "effect_high", "mde"]].isna().all()


def test_a_move_of_no_common_direction_is_found():
    """Nine dates that moved by two volatilities, up and down in turn."""
    rng = np.random.default_rng(2)
    dates = pd.bdate_range("2021-01-04", periods=420)
    values = rng.normal(0, 0.01, (420, 2))
    rows = np.arange(100, 400, 33)
    values[rows] = 0.025 * np.where(np.arange(len(rows)) % 2, 1, -1)[:, None]
    study = EventStudy(
        markets=("A", "B"), model=ConstantMean(), estimation_window=(-70, -11),
        event_window=(0, 0), car_windows=[(0, 0)], statistics=("placebo", "mean_square"),
        calendar="data", date_only="same", min_obs=40, draws=199,
    )  # fmt: skip
    results = study.fit(
        Events.from_frame(
            pd.DataFrame({"event_id": [f"E{row}" for row in rows], "date": dates[rows]})
        ),
        PricePanel.from_frame(
            pd.DataFrame(values, index=dates, columns=["A", "B"]), content="returns"
        ),
    )
    assert row_of(results, "mean_square", "all")["pvalue"] == 1 / 200
    assert row_of(results, "placebo", "all")["pvalue"] > 0.2
    one_sided = results.test("mean_square", (0, 0), alternative="greater").iloc[0]
    assert "no direction" in one_sided["note"]


def test_without_draws_the_reason_is_given():
    row = row_of(grouped(draws=0), "mean_square", "all")
    assert math.isnan(row["statistic"])
    assert row["note"] == "not available: no placebo draws were asked for (statistics.draws = 0)"


@lru_cache
def a_study(case):
    """Design and groups of a study of ten events."""
    dates = pd.bdate_range("2021-01-04", periods=300)
    settings = {"calendar": "data", "date_only": "same", "sign": "none"}
    # Some dates are next to one another, and two events fall on one.
    rows = np.array([100, 130, 132, 134, 150, 170, 170, 195, 231, 250])
    columns = {"event_id": [f"E{number}" for number in range(len(rows))]}
    if case == "weekend":
        dates = pd.date_range("2021-01-04", periods=300)
        assert dates[250].day_name() == "Saturday"
    rng = np.random.default_rng(8)
    frame = pd.DataFrame(rng.normal(0, 0.01, (300, 3)), index=dates, columns=["A", "B", "C"])
    if case == "weekend":
        frame.loc[~np.is_busday(dates.to_numpy("datetime64[D]")), ["A", "B"]] = np.nan
    if case == "missing":
        for name in ("A", "B", "C"):
            frame.loc[dates[rng.choice(300, 30, replace=False)], name] = np.nan
        frame.loc[dates[[132, 170]], "B"] = np.nan
    if case == "signs":
        columns["expected_sign"] = ["+", "-", "+", "-", "-", "+", "-", "-", "+", "-"]
        settings["sign"] = "expected"
    if case in ("signs", "some"):
        columns["markets"] = ["A;B", "B", "A;C", "A;B;C", "A", "B;C", "A;B", "C", "B;C", "A;B"]
    markets = ("A",) if case == "one" else ("A", "B", "C")
    if case == "exchanges":  # closed in New York on row 130, in Shanghai on row 195
        del settings["calendar"]
        settings["declared"] = [
            Market(name=name, label=name, calendar=calendar, series=name)
            for name, calendar in (("A", "XTKS"), ("B", "XNYS"), ("C", "XSHG"))
        ]
    if case == "widened":
        settings = {
            "declared": [
                Market(name=n, label=n, calendar="data", series=n, timezone=zone, close="15:00")
                for n, zone in (("A", "Asia/Tokyo"), ("B", "Asia/Tokyo"), ("C", "Europe/Berlin"))
            ],
            "ambiguous": "widen",
        }
        hours = ["10:00", "14:50"] * 5
        columns["published_at"] = [
            f"{dates[row]:%Y-%m-%d}T{hour}+09:00" for row, hour in zip(rows, hours, strict=True)
        ]
        columns["precision"] = ["exact", "session"] * 5
    else:
        columns["date"] = dates[rows]
    study = EventStudy(
        markets=markets, model=ConstantMean(), estimation_window=(-60, -11), event_window=(-1, 2),
        car_windows=[(0, 0)], statistics=("placebo", "mean_square"), min_obs=30, draws=60,
        **settings,
    )  # fmt: skip
    results = study.fit(
        Events.from_frame(pd.DataFrame(columns)),
        PricePanel.from_frame(frame[list(markets)], content="returns"),
    )
    return results.fitted.design, make_groups(results.fitted.labels, ["event_id"])


class PlainSquares:
    """Mean square of one unit around any move of it, by looking at each move."""

    def __init__(self, design, totals, pairs, sign):
        self.design, self.totals, self.pairs, self.sign = design, totals, pairs, sign
        self.weekday = weekday_number(design.date)
        self.seen = {}

    def positions(self, move):
        design, placebo = self.design, self.design.placebo
        out = []
        for pair in self.pairs:
            market, at = design.table.security[pair], self.weekday[pair] + move
            at -= placebo.first_weekday
            is_inside = 0 <= at < placebo.on_or_after.shape[1]
            column = placebo.on_or_after[market, at] if is_inside else -1
            if move == 0:
                column = design.table.day0[pair]
            width = placebo.widths.tolist().index(design.table.extension[pair])
            out.append(placebo.index[width, market, column] if column >= 0 else -1)
        return out

    def square(self, move):
        """Square of the mean at an ordinary move, else None."""
        if move not in self.seen:
            self.seen[move] = self.look(move)
        return self.seen[move]

    def look(self, move):
        rows, table = self.positions(move), self.design.table
        if min(rows) < 0 or rows == self.positions(move - 1):
            return None
        placebo, window = self.design.placebo.table, self.totals.window

        def sessions(of, row):
            begin = of.day0[row] + window.start - of.extension[row]
            return set(range(begin, of.day0[row] + window.end + 1))

        for row in rows:
            here = sessions(placebo, row)
            for event in np.flatnonzero(table.security == placebo.security[row]):
                if here & sessions(table, event):
                    return None
        mean = sum(self.totals.placebo.z[rows] * self.sign) / len(rows)
        return None if math.isnan(mean) else mean**2

    def around(self, move):
        length = self.totals.window.length + self.design.table.extension[self.pairs].max()
        steps = [*range(-length - 19, -length + 1), *range(length, length + 20)]
        squares = [self.square(move + step) for step in steps]
        squares = [square for square in squares if square is not None]
        return math.fsum(squares) / len(squares) if squares else math.nan


@pytest.mark.fast_cases(4)
@pytest.mark.parametrize("window", [(0, 0), (-1, 1)])
@pytest.mark.parametrize(
    "case", ["one", "several", "some", "signs", "missing", "exchanges", "widened", "weekend"]
)
def test_around_any_date_as_by_looking_at_each_move(case, window):
    """What units that are alike share is what each of them has by itself."""
    design, groups = a_study(case)
    totals = cumulate_both(design, Window(*window))
    surroundings = Surroundings(design, totals)
    seen = 0
    for group in groups[:4]:
        pairs = group.pairs[totals.real.n_sessions[group.pairs] > 0]
        found = surroundings.beside(gather_evidence(design, pairs, pairs[:0], totals, GroupCache()))
        if found.drawn is None:
            continue
        structure, own = found.structure, []
        for block in found.drawn.blocks:
            units = np.unique(structure.unit[block.columns][structure.counted[block.columns]])
            expected = np.empty((len(block.moves), len(units)))
            for at, unit in enumerate(units):
                members = np.flatnonzero(structure.counted & (structure.unit == unit))
                plain = PlainSquares(design, totals, pairs[members], design.sign[pairs[members]])
                expected[:, at] = [plain.around(int(move)) for move in block.moves]
                own.append(plain.around(0))
            has_any = np.isfinite(expected)
            sums = np.column_stack([np.nansum(expected, axis=1), has_any.sum(axis=1)])
            np.testing.assert_allclose(block.ordinary, sums, rtol=1e-12)
            seen += has_any.sum()
        sums = [np.nansum(own), np.isfinite(own).sum()]
        np.testing.assert_allclose(found.real.blocks[0].ordinary[0], sums, rtol=1e-12)
    assert seen > 200


def test_some_of_the_draws_keep_their_own_surroundings():
    design, groups = a_study("several")
    totals = cumulate_both(design, Window(0, 0))
    gathered = gather_evidence(design, groups[0].pairs, groups[0].pairs[:0], totals, GroupCache())
    drawn = Surroundings(design, totals).beside(gathered).drawn
    few = drawn.thinned(20)
    lines = np.unique(np.linspace(0, drawn.n_draws - 1, 20).astype(int))
    np.testing.assert_allclose(
        mean_square(few).statistic, mean_square(drawn).statistic[lines], rtol=1e-12
    )


def test_what_is_too_much_to_keep_is_computed_anew(monkeypatch):
    design, groups = a_study("widened")
    totals = cumulate_both(design, Window(-1, 1))
    pairs = np.concatenate([group.pairs for group in groups])
    gathered = gather_evidence(design, pairs, pairs[:0], totals, GroupCache())
    kept = Surroundings(design, totals).beside(gathered)
    monkeypatch.setattr("eventstudy.inference.mean_square._MOST_MADE", 0)
    anew = Surroundings(design, totals).beside(gathered)
    np.testing.assert_array_equal(anew.real.blocks[0].ordinary, kept.real.blocks[0].ordinary)
    for one, other in zip(anew.drawn.blocks, kept.drawn.blocks, strict=True):
        np.testing.assert_array_equal(one.ordinary, other.ordinary)


def test_windows_of_the_same_pairs_find_their_units_once():
    design, groups = a_study("several")
    known = LastOnce(1)
    for group in groups:
        found = []
        for window in (Window(0, 0), Window(-1, 1)):
            totals = cumulate_both(design, window)
            asked = (design, group.pairs, group.pairs[:0], totals, GroupCache())
            gathered = gather_evidence(*asked)
            shared = Surroundings(design, totals, known)
            alone = Surroundings(design, totals).beside(gathered)
            for one, other in zip(
                shared.beside(gathered).drawn.blocks, alone.drawn.blocks, strict=True
            ):
                np.testing.assert_array_equal(one.ordinary, other.ordinary)
            found.append(shared._units(gathered.real))
        assert found[0] is found[1]
