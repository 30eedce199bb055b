"""Ranges of past moves, against a plain loop over the dates of each market."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from eventstudy import ConstantMean, Events, EventStudy, MarketModel, PricePanel, load_results
from eventstudy.analyses.ranges import COLUMNS, MIN_DATES, MOST_SECURITIES
from eventstudy.analyses.window_moves import BURN_IN
from eventstudy.events.table import Caveat

pytestmark = pytest.mark.fast_tests(5)

DATES = pd.bdate_range("2021-01-04", periods=400)
KINDS = ["talk", "threat", "delay"]
SIDES = {"talk": "de-escalation", "threat": "escalation", "delay": "de-escalation"}
STUDY = EventStudy(
    markets=("A", "B"), model=ConstantMean(), beside=MarketModel(benchmark="M"),
    estimation_window=(-100, -11), event_window=(-2, 3), car_windows=[(0, 0), (-1, 1)],
    statistics="patell", by=("category",), calendar="data", date_only="same", min_obs=60, draws=0,
)  # fmt: skip


def returns():
    """Return two markets and a benchmark, a few cells missing."""
    rng = np.random.default_rng(5)
    moves = rng.standard_t(4, (400, 3)) * 0.008 + rng.normal(0, 0.005, (400, 1))
    moves *= np.linspace(0.6, 1.8, 400)[:, None]
    frame = pd.DataFrame(moves, index=DATES, columns=["A", "B", "M"])
    frame.iloc[[3, 170, 251], 0] = np.nan
    frame.iloc[[330], 1] = np.nan
    return frame


def table():
    """Return forty items, some on one date: of one kind, of one direction, of both."""
    rows = [*range(130, 370, 7), 130, 137, 144, 158, 300]
    kinds = [KINDS[number % 3] for number in range(len(rows))]
    kinds[-5:] = ["threat", "threat", "talk", "talk", "threat"]
    return pd.DataFrame(
        {
            "event_id": [f"E{number:02d}" for number in range(len(rows))],
            "date": DATES[rows],
            "category": kinds,
            "direction": [SIDES[kind] for kind in kinds],
            "expected_sign": ["+" if SIDES[kind] == "de-escalation" else "-" for kind in kinds],
        }
    )


def fit(study=STUDY, events=None, frame=None):
    panel = PricePanel.from_frame(returns() if frame is None else frame, content="returns")
    events = table() if events is None else events
    return study.fit(events if isinstance(events, Events) else Events.from_frame(events), panel)


@pytest.fixture(scope="module")
def results():
    return fit()


def total(values):
    """Return the compounded return of a list of returns; NaN where one is missing."""
    out = 1.0
    for value in values:
        out = out * (1.0 + value)
    return out - 1.0


def volatilities(column):
    """Return the volatility known before each row of a column."""
    seen, variance, out = [], None, []
    for value in column:
        out.append(np.nan if variance is None else np.sqrt(variance))
        if np.isnan(value):
            continue
        if variance is None:
            seen.append(value)
            if len(seen) == BURN_IN:
                variance = sum(v * v for v in seen) / BURN_IN
        else:
            variance = 0.94 * variance + 0.06 * value * value
    return out


def plain(results, group, market, window, *, opposite=(), sign=None):
    """Return one row, derived date by date from the returns and the events."""
    frame, events, (start, end) = returns(), table(), window
    column = frame[market].tolist()
    paired = frame["M"].tolist()
    before = volatilities(column)
    place = {date: number for number, date in enumerate(DATES)}
    cars = results.fitted.data
    assert cars is not None
    beyond = beyond_of(market, window)
    used = sorted({place[date] for date in events["date"]})
    rows, mixed = {}, 0
    for position in used:
        items = events[events["date"] == DATES[position]]
        own = items if group is None else items[group(items)]
        if own.empty:
            continue
        if items["direction"].isin(opposite).any():
            mixed += 1
            continue
        value = total(column[position + start : position + end + 1])
        if not np.isnan(value):
            rows[position] = (value, total(paired[position + start : position + end + 1]), own)
    moves = [value for value, _, _ in rows.values()]
    out = {
        "n_dates": len(rows), "n_mixed": mixed,
        "n_events": sum(len(own) for _, _, own in rows.values()),
        "n_up": sum(value > 0 for value in moves), "n_down": sum(value < 0 for value in moves),
        "median": np.median(moves),
        "benchmark_median": np.median([value for _, value, _ in rows.values()]),
        "beyond_median": np.median([beyond[position] for position in rows]),
    }  # fmt: skip
    if len(rows) >= MIN_DATES:
        out |= dict(zip(("low", "high"), np.quantile(moves, [0.1, 0.9]), strict=True))
    length = end - start + 1
    scaled = []
    for position in range(len(column)):
        first, last = position + start, position + end
        if first < 0 or last >= len(column) or any(abs(position - u) < length for u in used):
            continue
        value = total(column[first : last + 1]) / before[position + min(start, 0)]
        if not np.isnan(value):
            scaled.append(value)
    products = [z * before[position + min(start, 0)] for position in rows for z in scaled]
    names = ("ordinary_low", "ordinary_high")
    return out | dict(zip(names, np.quantile(products, [0.1, 0.9]), strict=True))


def beyond_of(market, window):
    """Return what the benchmark does not explain of the moves around each row, by row."""
    frame, events = returns(), table()
    y, x = frame[market].to_numpy(), frame["M"].to_numpy()
    out = {}
    for date in events["date"]:
        position = DATES.get_loc(date)
        inside = slice(position - 100, position - 10)
        has = np.isfinite(y[inside]) & np.isfinite(x[inside])
        slope, level = np.polyfit(x[inside][has], y[inside][has], 1)
        at = slice(position + window[0], position + window[1] + 1)
        out[position] = np.nansum(y[at] - level - slope * x[at])
    return out


def row_of(frame, group, security, window):
    start, end = window
    chosen = frame[
        (frame["group"] == group) & (frame["security"] == security)
        & (frame["window_start"] == start) & (frame["window_end"] == end)
    ]  # fmt: skip
    assert len(chosen) == 1
    return chosen.iloc[0]


GROUPS = {
    "all": (None, ()),
    "direction=escalation": (lambda i: i["direction"] == "escalation", ("de-escalation",)),
    "direction=de-escalation": (lambda i: i["direction"] == "de-escalation", ("escalation",)),
    "category=talk": (lambda i: i["category"] == "talk", ()),
    "category*direction=talk*de-escalation": (lambda i: i["category"] == "talk", ("escalation",)),
}


@pytest.mark.parametrize("window", [(0, 0), (0, 1), (-1, 1)])
@pytest.mark.parametrize("market", ["A", "B"])
@pytest.mark.parametrize("group", list(GROUPS))
def test_every_number_of_a_row_is_that_of_a_loop_over_its_dates(results, group, market, window):
    chosen, opposite = GROUPS[group]
    expected = plain(results, chosen, market, window, opposite=opposite)
    row = row_of(results.ranges, group, market, window)
    assert set(expected) >= {*COLUMNS[4:]} - {"pvalue"}
    for name, value in expected.items():
        assert row[name] == pytest.approx(value, abs=1e-12), name


def test_items_of_one_day_are_one_date_and_dates_of_both_directions_are_left_out(results):
    frame = results.ranges
    row = row_of(frame, "direction=escalation", "B", (0, 0))
    sides = table().groupby("date")["direction"].agg(list)
    alone = [found for found in sides if set(found) == {"escalation"}]
    assert (row["n_mixed"], row["n_dates"]) == (2, len(alone))
    assert row["n_events"] == len(alone) + 1 == sum(map(len, alone))
    assert row_of(frame, "all", "B", (0, 0))["n_mixed"] == 0


def test_pooled_rows_are_the_mean_of_the_markets_date_by_date(results):
    row = row_of(results.ranges, "direction=escalation", "all", (0, 0))
    frame, events = returns(), table()
    sides = events.groupby("date")["direction"].agg(set)
    dates = [date for date, found in sides.items() if found == {"escalation"}]
    means = frame.loc[dates, ["A", "B"]].mean(axis=1)
    assert row["median"] == pytest.approx(means.median(), abs=1e-12)
    assert [row["n_up"], row["n_down"]] == [(means > 0).sum(), (means < 0).sum()]
    position = {name: volatilities(frame[name].tolist()) for name in ("A", "B")}
    used = {DATES.get_loc(date) for date in events["date"]}
    products = []
    for date in dates:
        at = DATES.get_loc(date)
        for other in range(400):
            if other in used:
                continue
            each = [frame[n].iloc[other] / position[n][other] * position[n][at] for n in "AB"]
            has = [value for value in each if np.isfinite(value)]
            products += [np.mean(has)] if has else []
    limits = row[["ordinary_low", "ordinary_high"]].tolist()
    assert limits == pytest.approx(np.quantile(products, [0.1, 0.9]).tolist(), abs=1e-12)


def test_a_range_needs_eight_dates_and_a_crossed_group_needs_them_for_a_row():
    few = fit(events=table().iloc[:21])  # seven of each kind
    rows = few.ranges
    assert rows.loc[rows["n_dates"] < MIN_DATES, ["low", "high"]].isna().all(axis=None)
    assert rows.loc[rows["n_dates"] >= MIN_DATES, ["low", "high"]].notna().all(axis=None)
    assert rows["median"].notna().all()
    assert not rows["group"].str.startswith("category*direction").any()


def test_returns_are_turned_into_the_expected_direction_where_the_study_turns_them(results):
    signed = fit(replace(STUDY, sign="expected"))
    events = table()
    row = row_of(signed.ranges, "all", "A", (0, 0))
    frame = returns()["A"]
    signs = events.groupby("date")["expected_sign"].agg(set)
    turned = [
        frame[date] * (1 if found == {"+"} else -1)
        for date, found in signs.items()
        if len(found) == 1 and np.isfinite(frame[date])
    ]
    assert row["n_mixed"] == 2
    assert row["n_up"] == sum(value > 0 for value in turned)
    assert row["median"] == pytest.approx(np.median(turned), abs=1e-12)
    plus, raw = (
        row_of(each.ranges, "direction=escalation", "A", (0, 0)) for each in (signed, results)
    )
    assert plus["median"] == pytest.approx(-raw["median"], abs=1e-12)
    assert plus["ordinary_low"] == pytest.approx(-raw["ordinary_high"], abs=1e-12)


def test_without_kinds_of_news_there_are_rows_of_all_events_and_of_the_studys_own_groups():
    events = table().drop(columns=["category", "direction"]).assign(side=list("uvw") * 13 + ["u"])
    found = fit(replace(STUDY, by=("side",), beside=None), events=events).ranges
    assert list(dict.fromkeys(found["group"])) == ["all", "side=u", "side=v", "side=w"]
    assert found[["beyond_median", "benchmark_median"]].isna().all(axis=None)
    alone = fit(replace(STUDY, markets=("A",), by=()), events=events).ranges
    assert set(alone["security"]) == {"A"}


def test_news_known_beforehand_is_in_no_direction():
    caveat = Caveat(column="category", value="delay", text="known", known_beforehand=True)
    found = fit(events=replace(Events.from_frame(table()), caveats=(caveat,))).ranges
    row = row_of(found, "direction=de-escalation", "B", (0, 0))
    dates = table().groupby("date")["category"].agg(set)
    assert row["n_dates"] == sum(found in ({"talk"}, {"talk", "delay"}) for found in dates)
    assert row["n_mixed"] == sum({"talk", "threat"} <= found for found in dates)
    assert "category=delay" in set(found["group"])


def test_many_securities_are_pooled_only():
    rng = np.random.default_rng(3)
    names = [f"F{number:02d}" for number in range(MOST_SECURITIES + 1)]
    frame = pd.DataFrame(rng.normal(0, 0.01, (400, 31)), index=DATES, columns=names)
    events = pd.DataFrame(
        {"event_id": names, "date": DATES[150 + 6 * np.arange(31)], "markets": names}
    )
    study = replace(STUDY, markets=tuple(names), beside=None, by=())
    found = fit(study, events=events, frame=frame).ranges
    assert set(found["security"]) == {"all"}
    row = row_of(found, "all", "all", (0, 0))
    own = [frame.loc[date, name] for date, name in zip(events["date"], names, strict=True)]
    assert (row["n_dates"], row["n_events"]) == (31, 31)
    assert row["median"] == pytest.approx(np.median(own), abs=1e-12)
    assert row["low"] == pytest.approx(np.quantile(own, 0.1), abs=1e-12)


@pytest.mark.parametrize(
    ("statistics", "draws"), [("patell", 0), (("placebo", "patell"), 60)], ids=["patell", "placebo"]
)
def test_the_p_value_is_that_of_the_headline_statistic_on_the_same_dates(statistics, draws):
    study = replace(STUDY, statistics=statistics, draws=draws, car_windows=[(0, 1)])
    found = fit(study)
    events = table()
    mixed = events.groupby("date")["direction"].transform("nunique") > 1
    chosen = events[(events["direction"] == "escalation") & ~mixed]
    alone = fit(study, events=events.assign(
        side=np.where(events["event_id"].isin(chosen["event_id"]), "own", "other")
    ))  # fmt: skip
    name = statistics if isinstance(statistics, str) else "placebo"
    for market in "AB":
        tested = alone.test(name, (0, 1), "side*security").set_index("group")["pvalue"]
        row = row_of(found.ranges, "direction=escalation", market, (0, 1))
        assert row["pvalue"] == tested[f"side*security=own*{market}"]
    has_p = found.ranges["pvalue"].notna()
    assert has_p.any()
    assert (found.ranges.loc[has_p, "n_dates"] >= MIN_DATES).all()
    assert not found.ranges.loc[has_p, "group"].str.contains("category").any()


def test_log_returns_are_added():
    row = row_of(fit(replace(STUDY, kind="log")).ranges, "all", "B", (0, 1))
    column = np.log1p(returns()["B"])
    at = sorted({DATES.get_loc(date) for date in table()["date"]})
    sums = [column.iloc[each] + column.iloc[each + 1] for each in at]
    assert row["median"] == pytest.approx(np.nanmedian(sums), abs=1e-12)


def test_it_is_saved_and_read_back(results, tmp_path):
    folder = results.save(tmp_path / "out", report=False)
    back = load_results(folder).ranges
    pd.testing.assert_frame_equal(back, results.ranges, check_dtype=False, rtol=1e-9)


def test_a_price_that_came_back_is_neither_up_nor_down() -> None:
    frame = returns()
    back = table()["date"].iloc[0]
    place = frame.index.get_loc(back)
    frame.loc[back, "A"] = 0.07
    frame.iloc[place + 1, 0] = 1 / 1.07 - 1
    found = fit(frame=frame, events=table().iloc[[0, 3, 6]]).ranges
    row = found[(found["group"] == "all") & (found["security"] == "A")]
    row = row[(row["window_start"] == 0) & (row["window_end"] == 1)].iloc[0]
    assert row["n_dates"] - row["n_up"] - row["n_down"] == 1
