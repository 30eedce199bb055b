"""Contrasts of a study: units, labels, permutations and reasons, against plain loops."""

import numpy as np
import oracle_contrast
import pandas as pd
import pytest
from contrast_studies import ASKED, KINDS, MARKETS, data, fitted, study

from eventstudy import PricePanel, Raw, Window
from eventstudy.analyses.contrasts import COLUMNS, contrasts
from eventstudy.exceptions import SpecificationError

pytestmark = pytest.mark.fast_tests(3)

TIGHT = {"rel": 1e-8, "abs": 1e-14}


def row_of(frame, window=(0, 0), security="all", part=""):
    named = (
        frame["contrast"].str.endswith(part)
        if part
        else ~frame["contrast"].str.contains("|", regex=False)
    )
    ends = (frame["window_start"] == window[0]) & (frame["window_end"] == window[1])
    (row,) = frame[named & ends & (frame["security"] == security)].to_dict("records")
    return row


def cells(results, window):
    """CAR and Z of every event and market of one window, from the frames of the results."""
    ar = results.abnormal_returns
    rows = {}
    for (event, security), part in ar.groupby(["event_id", "security"]):
        inside = part[(part["tau"] >= window[0]) & (part["tau"] <= window[1])].sort_values("tau")
        car = inside["abnormal_return"].sum()
        rows[event, security] = car, car / inside["volatility"].iloc[0]
    return rows


@pytest.mark.parametrize("window", [(0, 0), (0, 1), (-2, -1)])
def test_each_market_and_all_together_are_those_of_plain_loops(window):
    results = fitted()
    frame = results.contrast(*ASKED, windows=[window])
    values = cells(results, window)
    events = sorted({event for event, _ in values})
    labels = [kind == "deal" for kind in KINDS]
    alone, one = list(range(10)), [0] * 10
    for security in ("all", *MARKETS):
        markets = MARKETS if security == "all" else (security,)
        car, z = ([[values[e, m][k] for e in events] for m in markets] for k in (0, 1))
        row = row_of(frame, window, security)
        statistic, both, above, below, count = oracle_contrast.tested(z, labels, alone, one)
        mean, error = oracle_contrast.difference(car, labels, alone, one)
        assert row["statistic"] == pytest.approx(statistic, **TIGHT)
        assert (row["pvalue"], row["pvalue_greater"], row["pvalue_less"]) == pytest.approx(
            (both, above, below), **TIGHT
        )
        assert (row["estimate"], row["std_error"]) == pytest.approx((mean, error), **TIGHT)
        assert row["mean_a"] - row["mean_b"] == pytest.approx(mean, **TIGHT)
        assert (row["n_permutations"], row["permutations"]) == (count, "all")
        assert (row["n_dates_a"], row["n_dates_b"], row["n_mixed"]) == (4, 6, 0)
        assert row["n_blocks"] == 10
        assert row["note"] == ""
        assert row["ci_low"] < row["estimate"] < row["ci_high"]
        assert row["effect_low"] < row["effect"] < row["effect_high"]


def test_it_stands_in_the_record_in_the_order_of_its_contract():
    results = fitted()
    frame = results.contrasts
    assert tuple(frame.columns) == COLUMNS
    assert frame["contrast"].unique().tolist() == ["kind: deal - threat"]
    # two windows, and the sessions before the news
    assert frame["security"].tolist() == ["all", *MARKETS] * 3
    pd.testing.assert_frame_equal(results.contrast(), frame)
    pd.testing.assert_frame_equal(results.contrast(*ASKED), frame)
    assert fitted(spec={"contrast": ()}).contrasts.empty


def test_dates_that_lie_close_together_are_one_block_of_at_most_two_weeks():
    days = [140, 142, 144, 160, 163, 166, 169, 172, 200, 220]
    results = fitted(days)
    row = row_of(results.contrasts, security="A")
    blocks = [0, 0, 0, 1, 1, 1, 1, 2, 3, 4]  # the second cluster begins anew on day 172
    values = cells(results, (0, 0))
    z = [[values[f"E{n:02}", "A"][1] for n in range(10)]]
    labels = [kind == "deal" for kind in KINDS]
    statistic, both, *_, count = oracle_contrast.tested(z, labels, blocks, [0] * 10)
    assert row["n_blocks"] == 5
    assert row["n_permutations"] == count
    assert (row["statistic"], row["pvalue"]) == pytest.approx((statistic, both), **TIGHT)


def test_within_months_dates_of_one_month_change_places():
    days = [140, 147, 153, 162, 167, 180, 184, 189, 205, 230]
    results = fitted(days)
    row = row_of(results.contrast(*ASKED, within="month"), security="B")
    dates = pd.bdate_range("2021-01-01", periods=420)[days]
    months = [f"{date:%Y-%m}" for date in dates]
    has_both = {
        month for month in set(months)
        if len({kind for kind, own in zip(KINDS, months, strict=True) if own == month}) == 2
    }  # fmt: skip
    kept = [n for n in range(10) if months[n] in has_both]
    assert 4 < len(kept) < 10
    values = cells(results, (0, 0))
    z = [[values[f"E{n:02}", "B"][1] for n in kept]]
    labels, strata = [KINDS[n] == "deal" for n in kept], [months[n] for n in kept]
    order = oracle_contrast.tested(z, labels, list(range(len(kept))), strata)
    assert row["n_dates_a"] + row["n_dates_b"] == len(kept)
    assert row["n_permutations"] == order[-1]
    assert row["within"] == "month"
    assert f"{10 - len(kept)} dates in months of one kind alone left out" in row["note"]
    if order[-1] >= 20:
        assert (row["statistic"], row["pvalue"]) == pytest.approx(order[:2], **TIGHT)


def test_a_date_of_both_kinds_is_left_out_and_counted():
    days = [*(140 + 12 * np.arange(10)), 152]
    both = fitted(days, [*KINDS, "deal"])  # E10 on the date of the threat E01
    without = fitted(np.delete(days[:10], 1), np.delete(KINDS, 1))
    for security in ("all", "A"):
        row, other = (row_of(r.contrasts, security=security) for r in (both, without))
        assert (row["n_mixed"], row["n_dates_a"], row["n_dates_b"]) == (1, 4, 5)
        for name in ("n_permutations", "n_blocks"):
            assert row[name] == other[name]
    again = fitted(days, [*KINDS, "threat"])
    assert row_of(again.contrasts)["n_mixed"] == 0  # the same kind twice is one date


def test_kinds_that_share_no_market_have_no_difference_and_the_reason_says_so():
    results = fitted(markets=["A" if kind == "deal" else "B" for kind in KINDS])
    row = row_of(results.contrasts)
    assert (row["n_dates_a"], row["n_dates_b"]) == (4, 6)
    assert np.isnan(row["pvalue"])
    assert row["note"] == "not available: no market has 2 dates apart of both deal and threat"


def test_before_the_news_merged_pairs_are_left_out():
    """A deal moves markets, and so it stands on the session before the day 0 of the pair."""
    days = 140 + 12 * np.arange(10)
    kinds = [*KINDS, KINDS[0], KINDS[1]]
    spec = {"overlap": "merge"}
    merged = fitted([*days, days[0] + 1, days[1] + 1], kinds, 0.05, spec=spec).contrasts
    plain = fitted(np.delete(days, [0, 1]), KINDS[2:], 0.05, spec=spec).contrasts
    row, other = (row_of(frame, (-2, -1)) for frame in (merged, plain))
    assert row["note"] == "6 pairs left out, whose windows start earlier"
    assert (row["n_dates_a"], row["n_dates_b"]) == (3, 5)
    assert row["n_permutations"] == other["n_permutations"]
    assert row_of(merged)["note"] == ""


def test_where_nothing_is_estimated_the_reason_is_the_missing_volatility():
    frame = fitted(spec={"model": Raw(), "min_obs": 0}).contrasts
    assert frame["security"].unique().tolist() == ["all"]
    assert frame["note"].str.contains("sample.min_obs = 0 nothing is estimated").all()


def test_events_merged_into_one_that_differ_are_mixed():
    days = [*(140 + 12 * np.arange(10)), 153]
    results = fitted(days, [*KINDS, "deal"], spec={"overlap": "merge"})
    row = row_of(results.contrasts, security="A")
    assert (row["n_mixed"], row["n_dates_a"], row["n_dates_b"]) == (1, 4, 5)


def test_returns_are_taken_as_they_are_whatever_their_sign():
    signs = ["+" if kind == "deal" else "-" for kind in KINDS]
    events = {"expected_sign": signs}
    plain, signed = fitted(**events), fitted(spec={"sign": "expected"}, **events)
    pd.testing.assert_frame_equal(plain.contrasts, signed.contrasts)


def test_a_span_of_dates_can_be_left_out():
    whole = fitted()
    day = whole.alignment.drop_duplicates("event_id").set_index("event_id")["session"]
    first, last = (f"{day[name]:%Y-%m-%d}" for name in ("E02", "E04"))
    found = fitted(spec={"contrast_without": [(first, last)]}).contrasts
    part = f"dates=without {first} to {last}"
    assert found["contrast"].unique().tolist() == [
        "kind: deal - threat", f"kind: deal - threat | {part}"
    ]  # fmt: skip
    row = row_of(found, part=part)
    assert (row["n_dates_a"], row["n_dates_b"]) == (3, 4)
    cars = whole.car[
        (whole.car["window_end"] == 0) & ~whole.car["event_id"].isin(["E02", "E03", "E04"])
    ]
    kind = cars["event_id"].map(dict(zip(day.index, KINDS, strict=True)))
    of = cars.groupby([kind, "security"])["car"].mean()
    assert row["estimate"] == pytest.approx((of["deal"] - of["threat"]).mean(), abs=1e-12)


def test_parts_of_the_events_have_rows_of_their_own():
    era = ["old"] * 5 + ["new"] * 5
    results = fitted(era=era, spec={"contrast_by": ["era"]})
    names = results.contrasts["contrast"].unique().tolist()
    assert names == ["kind: deal - threat"] + [
        f"kind: deal - threat | era={value}" for value in ("new", "old")
    ]
    row = row_of(results.contrasts, part="era=old")
    assert (row["n_dates_a"], row["n_dates_b"]) == (2, 3)
    assert row["note"] == (
        "not available: the labels can change places in 10 ways only, 20 are needed"
    )
    assert np.isfinite([row["estimate"], row["std_error"], row["effect"]]).all()
    assert np.isnan([row["pvalue"], row["ci_low"], row["statistic"]]).all()
    assert results.contrast(*ASKED, by=()).equals(fitted().contrasts)
    pd.testing.assert_frame_equal(
        results.contrast(*ASKED, by="era"), results.contrasts, check_dtype=False
    )


def test_too_few_dates_are_said():
    kinds = ["deal"] + ["threat"] * 9
    row = row_of(fitted(None, kinds).contrasts)
    assert row["note"] == "not available: 1 independent date of deal, 2 are needed"
    assert np.isnan(row["pvalue"])
    assert np.isfinite(row["estimate"])
    close = [140, 141, 142, 160, 172, 184, 196, 208, 220, 232]
    row = row_of(fitted(close, ["deal"] * 3 + ["threat"] * 7).contrasts)
    assert "all dates of deal lie so close together that they count as one" in row["note"]


def test_a_pvalue_that_cannot_be_five_percent_is_said():
    kinds = ["deal", "threat", "deal", "threat", "deal", "threat"]
    row = row_of(fitted(None, kinds).contrasts, security="A")
    assert row["n_permutations"] == 20
    assert row["note"] == "no two-sided p-value below 0.10 is possible here"
    assert row["pvalue"] >= 0.1
    assert np.isnan(row["ci_low"])


def test_without_draws_labels_are_listed_or_the_reason_is_said():
    assert np.isfinite(row_of(fitted(spec={"draws": 0}).contrasts)["pvalue"])
    kinds = ["deal", "threat"] * 10
    row = row_of(fitted(140 + 12 * np.arange(20), kinds, spec={"draws": 0}).contrasts)
    assert "statistics.draws is 0" in row["note"]
    row = row_of(fitted(140 + 12 * np.arange(20), kinds, spec={"draws": 10}).contrasts)
    assert "statistics.draws is 10" in row["note"]
    drawn = row_of(fitted(140 + 12 * np.arange(20), kinds).contrasts)
    assert (drawn["n_permutations"], drawn["permutations"]) == (200, "random")


def test_a_value_no_event_has_is_said_and_a_column_no_event_has_is_an_error():
    results = fitted()
    frame = results.contrast("kind", "deel", "threat")
    assert frame["security"].tolist() == ["all"] * 3
    assert frame["note"].unique().tolist() == [
        "not available: no event studied has kind 'deel'; did you mean 'deal'?"
    ]
    with pytest.raises(
        SpecificationError, match=r"no column 'kinds'; did you mean 'kind'\?"
    ) as error:
        results.contrast("kinds", "deal", "threat")
    assert error.value.key == "statistics.contrast"
    with pytest.raises(SpecificationError, match="no column 'eras'"):
        results.contrast(*ASKED, by="eras")
    with pytest.raises(SpecificationError, match="every market has a row of its own"):
        results.contrast("security", "A", "B")


def test_a_market_with_too_few_dates_is_left_out_of_the_pool():
    events, panel = data()
    frame = panel.frame().copy()
    frame.loc[frame.index[170:], "C"] = np.nan
    short = PricePanel.from_frame(frame, content="returns", calendar="data")
    results = study(event_window=(-1, 1), max_loss=1).fit(events, short)
    row = row_of(results.contrasts)
    assert row["note"] == "without C: too few dates on a side"
    assert (row["n_dates_a"], row["n_dates_b"]) == (4, 6)
    both = fitted(spec={"markets": ("A", "B")}).contrasts
    assert row["estimate"] == pytest.approx(row_of(both)["estimate"], **TIGHT)
    assert row["pvalue"] == row_of(both)["pvalue"]
    one = row_of(results.contrasts, security="C")
    assert one["note"] == "not available: 1 independent date of deal, 2 are needed"


def test_a_market_without_a_pair_in_a_part_has_a_row_that_says_so():
    events, panel = data(era=["old"] * 5 + ["new"] * 5)
    frame = panel.frame().copy()
    frame.loc[frame.index[195:], "C"] = np.nan
    short = PricePanel.from_frame(frame, content="returns", calendar="data")
    results = study(event_window=(-1, 1), max_loss=1, contrast_by=["era"]).fit(events, short)
    row = row_of(results.contrasts, security="C", part="era=new")
    assert (row["n_dates_a"], row["n_dates_b"], row["n_mixed"]) == (0, 0, 0)
    assert row["note"] == "not available: no date of deal, 2 are needed"
    assert np.isnan([row["estimate"], row["pvalue"], row["mean_a"]]).all()


def test_no_difference_is_made_of_two_markets_that_have_one_kind_each():
    """Deals were about A, threats about B and C: nothing compares a market with itself."""
    kinds = ["deal", "threat"] * 5
    results = fitted(kinds=kinds, markets=["A", "B;C"] * 5, spec={"max_loss": 1})
    row = row_of(results.contrasts)
    assert np.isnan([row["estimate"], row["pvalue"]]).all()
    assert (row["n_dates_a"], row["n_dates_b"]) == (5, 5)
    assert row["note"] == "not available: no market has 2 dates apart of both deal and threat"


def test_markets_with_one_date_of_a_kind_give_the_mean_of_their_own_differences():
    """A has one threat, B one deal, C none: the estimate is the mean of those of A and B."""
    markets = ["A", "B;C"] * 4 + ["B", "A"]
    results = fitted(kinds=["deal", "threat"] * 5, markets=markets, spec={"max_loss": 1})
    frame = results.contrasts
    own = [row_of(frame, security=name)["estimate"] for name in ("A", "B")]
    assert row_of(frame)["estimate"] == pytest.approx(np.mean(own), **TIGHT)
    assert "no market has 2 dates apart of both" in row_of(frame)["note"]


def test_crossed_columns_have_groups_of_their_own():
    kinds = ["deal", "threat"] * 8
    eras = ["old", "old", "new", "new"] * 4
    crossed = fitted(kinds=kinds, era=eras).contrast("kind*era", "deal*old", "threat*old")
    (part,) = set(crossed["contrast"])
    assert part == "kind*era: deal*old - threat*old"
    by_era = fitted(kinds=kinds, era=eras).contrast(*ASKED, by="era")
    assert row_of(crossed)["estimate"] == row_of(by_era, part="era=old")["estimate"]
    assert row_of(crossed)["pvalue"] == row_of(by_era, part="era=old")["pvalue"]
    missing = fitted(era="old").contrast("kind*era", "deal*new", "threat*old")
    assert missing["note"].iloc[0] == (
        "not available: no event studied has kind*era 'deal*new'; did you mean 'deal*old'?"
    )


def test_dates_of_both_kinds_and_merged_ones_are_said_where_none_is_left():
    same = fitted([150] * 10).contrasts
    assert row_of(same)["note"] == (
        "not available: no date of deal, 2 are needed; 1 date of both kinds left out"
    )
    days = [140 + 12 * (n // 2) + n % 2 for n in range(10)]
    merged = fitted(days, ["deal", "threat"] * 5, spec={"overlap": "merge", "max_loss": 1})
    assert "or was merged with events of another" in merged.contrasts["note"].iloc[0]


def test_too_few_draws_and_nothing_estimated_are_the_reasons_given():
    kinds = ["deal", "threat"] * 10
    few = fitted(140 + 12 * np.arange(20), kinds, spec={"draws": 19}).contrasts
    too_few = "statistics.draws is 19, and the labels have too many orders to list them all"
    assert row_of(few)["note"] == f"not available: {too_few}"
    raw = fitted(spec={"model": Raw(), "min_obs": 0}).contrasts
    assert raw["security"].unique().tolist() == ["all"]
    assert "with sample.min_obs = 0 nothing is estimated" in raw["note"].iloc[0]


def test_a_one_sided_study_says_that_this_p_value_is_two_sided():
    frame = fitted(spec={"alternative": "greater"}).contrasts
    tested = frame["pvalue"].notna()
    assert tested.any()
    assert frame.loc[tested, "note"].str.contains("this p-value is two-sided").all()
    assert not fitted().contrasts["note"].str.contains("two-sided; pvalue").any()


def test_a_grouping_of_contrasts_without_a_contrast_is_refused():
    with pytest.raises(SpecificationError, match="names nothing to compare") as caught:
        study(contrast=(), contrast_by=["era"])
    assert caught.value.key == "contrast_by"


def test_before_the_news_it_is_tested_without_uncertain_day_0s_too():
    results = fitted()
    design, labels = results.fitted.design, results.fitted.labels
    ambiguous = np.isin(labels["event_id"], ["E00", "E04"])
    windows = [Window(-2, -1), Window(0, 0)]
    frame = contrasts(design, labels, [ASKED], windows, MARKETS, ambiguous=ambiguous)
    keep = np.flatnonzero(~ambiguous)
    alone = contrasts(
        design, labels.assign(kind=labels["kind"].where(~ambiguous, "other")), [ASKED],
        windows, MARKETS,
    )  # fmt: skip
    assert keep.size == 24
    before = frame["window_end"] < 0
    for name in ("estimate", "pvalue"):
        found = frame.loc[before, f"{name}_clear"].to_numpy()
        assert found == pytest.approx(alone.loc[before, name].to_numpy(), abs=1e-12)
        assert frame.loc[~before, f"{name}_clear"].isna().all()
    without = contrasts(design, labels, [ASKED], windows, MARKETS, ambiguous=ambiguous & False)
    assert without["pvalue_clear"].isna().all()


def test_dates_of_one_kind_in_few_blocks_are_pointed_out():
    days = [140, 141, 142, 200, 201, 202, 240, 260, 280, 300, 320, 340]
    kinds = ["deal"] * 6 + ["threat"] * 6
    row = row_of(fitted(days, kinds).contrasts)
    assert np.isfinite(row["pvalue"])
    assert row["note"].startswith("the 6 dates of deal lie in 2 blocks of close dates: such")
    assert "blocks of close" not in row_of(fitted().contrasts)["note"]
