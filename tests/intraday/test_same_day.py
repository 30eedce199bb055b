"""Normal returns from the bars before the window on the same day, derived a second time."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from small_intraday_study import (
    ALONE,
    THREE_NEWS,
    days_alone,
    events_of,
    make_bars,
    returns_by_day,
    same_day_study,
)

from eventstudy import CoverageError, IntradayBars, IntradayStudy, SpecificationError
from eventstudy.cli import invoke
from eventstudy.markets.calendars import exchange_sessions

pytestmark = pytest.mark.fast_tests(5)


def by_dummies(own, factor, clocks, window, before):
    """CAR, its standard error and degrees of freedom of a regression with a dummy a bar.

    The coefficient of the dummy of a bar is its forecast error, and the classical variance of a
    sum of them is that of the sum of forecast errors (Schipper and Thompson 1983).
    """
    window = [k for k in window if k in own and (factor is None or k in factor)]
    used = [*before, *window]
    design = {"const": np.ones(len(used))}
    if factor is not None:
        design["x"] = [factor[k] for k in used]
    for k in window:
        design[f"d{k}"] = [float(clock == k) for clock in used]
    fit = sm.OLS([own[k] for k in used], pd.DataFrame(design)).fit()
    total = fit.t_test(" + ".join(f"d{k}" for k in window) + " = 0")
    return {
        "car": float(total.effect[0]), "std_error": float(total.sd.item()),
        "df": float(fit.df_resid), "pvalue": float(total.pvalue),
        "ar": {k: fit.params[f"d{k}"] for k in window},
        "error": {k: fit.bse[f"d{k}"] for k in window},
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("gap", [0, 12])
@pytest.mark.parametrize("model", ["constant_mean", "market_model"])
def test_every_number_is_that_of_a_regression_with_a_dummy_a_bar(model, gap):
    frame = days_alone(make_bars(names=("AAA", "BBB"), minutes=5, missing=0.06, seed=2))
    benchmark = "BBB" if model == "market_model" else None
    results = same_day_study(model=model, benchmark=benchmark, gap=gap).fit(events_of(), frame)
    own, other = (returns_by_day(frame, name, minutes=5) for name in ("AAA", "BBB"))
    for number, time in enumerate(THREE_NEWS):
        local = pd.Timestamp(time)
        bar0, date = (local.hour * 60 + local.minute) // 5 * 5, local.date()
        clocks = range(570, 960, 5)
        factor = other[date] if benchmark else None
        before = [
            k for k in clocks
            if k < bar0 - 10 - math.ceil(gap / 5) * 5 and k in own[date]
            and (factor is None or k in factor)
        ]  # fmt: skip
        of_event = results.car[
            (results.car["event_id"] == f"E{number}") & (results.car["security"] == "AAA")
        ]
        bars = results.abnormal_returns[
            (results.abnormal_returns["event_id"] == f"E{number}")
            & (results.abnormal_returns["security"] == "AAA")
        ].set_index("minute")
        for start, end in ((0, 10), (0, 30), (-10, 0)):
            window = range(bar0 + start, bar0 + end, 5)
            truth = by_dummies(own[date], factor, clocks, window, before)
            row = of_event[(of_event["window_start"] == start) & (of_event["window_end"] == end)]
            row = row.iloc[0]
            for key in ("car", "std_error", "df", "pvalue"):
                assert row[key] == pytest.approx(truth[key], rel=1e-8), key
            for k in window:
                for column, values in (("abnormal_return", "ar"), ("std_error", "error")):
                    found = bars.loc[k - bar0, column]
                    assert found == pytest.approx(truth[values].get(k, math.nan), nan_ok=True)
        aligned = results.alignment.query("event_id == @of_event.event_id.iloc[0]")
        assert aligned["n_returns"].iloc[0] == len(before)
        assert results.days["bars"].iloc[number if benchmark else 2 * number] == len(before)


def test_days_that_stand_alone_give_what_a_whole_file_gives():
    frame = make_bars(minutes=5, seed=5)
    whole, alone = (same_day_study().fit(events_of(), each) for each in (frame, days_alone(frame)))
    for name in ("car", "abnormal_returns", "statistics", "days"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(alone, name))
    # one day is enough, and the other way of estimation says that this one exists
    one = same_day_study().fit(THREE_NEWS[0], days_alone(frame, ALONE[:1]))
    pd.testing.assert_series_equal(
        one.car.iloc[0].drop("event_id"), alone.car.iloc[0].drop("event_id")
    )
    with pytest.raises(CoverageError, match='estimation "same_day" takes the bars of its own'):
        IntradayStudy(market="SPX").fit(events_of(), days_alone(frame))


def test_placebos_are_the_earlier_windows_of_the_day():
    """By loops: windows back to back before the news, each forecast from the bars outside it."""
    frame = days_alone(make_bars(minutes=5, missing=0.05, seed=7))
    results = same_day_study(
        window=(0, 30), windows=((0, 5), (0, 10)), statistics=("placebo", "bmp")
    ).fit(events_of(), frame)
    days = returns_by_day(frame, "AAA", minutes=5)
    z = {}
    for number, time in enumerate(THREE_NEWS):
        local = pd.Timestamp(time)
        own, bar0 = days[local.date()], local.hour * 60 + local.minute
        before = [k for k in range(570, bar0, 5) if k in own]
        for length in (1, 2):
            window = [k for k in range(bar0, bar0 + 5 * length, 5) if k in own]

            def scaled(held, used, own=own):
                values = np.array([own[k] for k in used])
                total = sum(own[k] - values.mean() for k in held)
                return total / (values.std(ddof=1) * math.sqrt(len(held)))

            others = []
            for end in range(bar0, 570, -5 * length):
                start = end - 5 * length
                held = [k for k in range(start, end, 5) if k in own]
                if start >= 570 and len(held) >= len(window):
                    others.append(abs(scaled(held, [k for k in before if k not in held])))
            row = results.car[results.car["event_id"] == f"E{number}"]
            row = row[row["window_end"] == 5 * length].iloc[0]
            if not window:
                assert math.isnan(row["car"])
                continue
            z[number, length] = scaled(window, before)
            assert row["n_placebos"] == len(others)
            p = (1 + sum(value >= abs(z[number, length]) for value in others)) / (1 + len(others))
            expected = p if len(others) >= 20 else math.nan
            assert row["placebo_pvalue"] == pytest.approx(expected, nan_ok=True)
    for length in (1, 2):
        values = np.array([value for (_, own), value in z.items() if own == length])
        t = np.sqrt(len(values)) * values.mean() / values.std(ddof=1)
        tested = results.statistics[results.statistics["window_end"] == 5 * length]
        tested = tested.set_index("name")
        assert tested.loc["placebo", "statistic"] == pytest.approx(t)
        rows = results.car[results.car["window_end"] == 5 * length].dropna(subset=["t"])
        scar = rows["t"].to_numpy()
        bmp = np.sqrt(len(scar)) * scar.mean() / scar.std(ddof=1)
        assert tested.loc["bmp", "statistic"] == pytest.approx(bmp)
        assert tested.loc["placebo", "n_days"] == len(values)


def test_the_level_is_that_of_the_latest_bars():
    frame = days_alone(make_bars(minutes=5, seed=8))
    results = same_day_study(window=(0, 30), windows=((0, 10),)).fit(events_of(), frame)
    days = returns_by_day(frame, "AAA", minutes=5)
    local = pd.Timestamp(THREE_NEWS[0])
    own, bar0 = days[local.date()], local.hour * 60 + local.minute
    values = np.array([own[k] for k in range(570, bar0, 5)])
    weight = 0.5 ** (np.arange(len(values))[::-1] / 20)
    square = (values - values.mean()) ** 2 / values.var(ddof=1)
    row = results.car.iloc[0]
    assert row["level"] == pytest.approx(math.sqrt((weight * square).sum() / weight.sum()))
    assert row["scaled_t"] == pytest.approx(row["t"] / row["level"])


def test_other_news_of_the_day_says_nothing_about_what_is_normal():
    frame = days_alone(make_bars(minutes=5, seed=9))
    news = ["2025-03-20T11:30-04:00", "2025-03-20T14:30-04:00"]
    masked = same_day_study().fit(events_of(news), frame)
    kept = same_day_study(mask_events=False).fit(events_of(news), frame)
    assert list(masked.alignment["n_returns"]) == [22, 50]
    assert list(kept.alignment["n_returns"]) == [22, 58]
    # two news of one day are two units, which move together, on one day
    row = masked.statistics.query("name == 'placebo'").iloc[0]
    assert (row["n_units"], row["n_days"]) == (2, 1)


def test_a_window_ends_with_its_day():
    frame = days_alone(make_bars(minutes=5, seed=9), ["2025-04-02", "2025-04-03"])
    results = same_day_study().fit("2025-04-02T15:50-04:00", frame)
    last = results.abnormal_returns[results.abnormal_returns["minute"] >= 10]
    assert last["abnormal_return"].isna().all()
    assert last["return"].notna().all()  # there, and of another session
    assert "4 bars of the window in another session, left out" in results.alignment["note"].iloc[0]
    assert results.car.query("window_end == 30")["n_bars"].iloc[0] == 2


def test_what_joins_two_days_is_no_bar_of_a_day():
    frame = days_alone(make_bars(minutes=5, seed=9), ["2025-04-02", "2025-04-03"])
    news = "2025-04-03T13:00-04:00"
    whole = same_day_study(overnight="include").fit(news, frame)
    assert (
        whole.alignment["n_returns"].iloc[0]
        == same_day_study().fit(news, frame).alignment["n_returns"].iloc[0] - 1
    )


@pytest.mark.parametrize(
    ("options", "news", "reason"),
    [
        ({}, "2025-03-20T10:00-04:00",
         "4 bars of the day before the window, fewer than min_bars = 20"),
        ({"gap": 30, "min_bars": 40}, "2025-03-20T13:00-04:00",
         "34 bars of the day before the window and its gap of 30 minutes, fewer than "
         "min_bars = 40"),
    ],
)  # fmt: skip
def test_too_few_bars_are_said(options, news, reason):
    frame = days_alone(make_bars(minutes=5, seed=9))
    with pytest.raises(CoverageError) as caught:
        same_day_study(**options).fit(news, frame)
    assert caught.value.reasons[["stage", "reason"]].to_numpy().tolist() == [["min_bars", reason]]


def test_bars_that_do_not_vary_are_said():
    frame = days_alone(make_bars(minutes=5, seed=9))
    flat = frame.assign(**dict.fromkeys(["open", "high", "low", "close"], 100.0))
    with pytest.raises(CoverageError, match="no bar of the day before the window varies"):
        same_day_study().fit(THREE_NEWS[0], flat)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"days": 30}, 'days is for estimation="other_days" alone; with estimation="same_day"'),
        ({"estimation": "other_days", "gap": 5}, 'gap is for estimation="same_day" alone'),
        ({"estimation": "sameday"}, "did you mean 'same_day'"),
        ({"min_bars": 2}, "min_bars = 2: a whole number of 5 or more"),
    ],
)
def test_options_that_would_change_nothing_are_refused(options, message):
    with pytest.raises(SpecificationError, match=message.replace('"', ".")):
        same_day_study(**options)


def test_equal_securities_of_a_day_are_one_observation():
    frame = days_alone(make_bars(minutes=5, seed=10))
    both = pd.concat([frame, frame.assign(symbol="BBB")])
    names = ("portfolio_t", "kolari_pynnonen", "bmp")
    one, two = (
        same_day_study(statistics=names)
        .fit(events_of(), each)
        .statistics.set_index(["name", "window_end"])
        for each in (frame, both)
    )
    key = ("portfolio_t", 30)
    assert two.loc[key, "statistic"] == pytest.approx(one.loc[key, "statistic"])
    assert list(two["n_dates"].unique()) == [3]
    # correlated by the bars of the day, which are more than 20 where windows are few
    assert (two.xs("kolari_pynnonen")["statistic"].abs() < two.xs("bmp")["statistic"].abs()).all()


@pytest.mark.slow
def test_what_is_assumed_is_said_everywhere(tmp_path):
    frame = days_alone(make_bars(minutes=5, seed=11))
    results = same_day_study().fit(events_of(), frame)
    text = " ".join(results.to_text().split())
    assert "AAA: normal returns from the 46 to 58 bars before the window on the same day." in text
    assert "independent and as volatile as the window, which no day is" in text
    assert "earlier windows of the day" in text
    page = results.to_html()
    assert "Estimated on" in page
    assert "earlier windows of the same day" in page
    assert "same clock times on earlier days" not in page
    assert results.manifest["study"]["min_bars"] == 20
    assert "days" not in results.manifest["study"]
    folder = results.save(tmp_path / "out")
    assert pd.read_csv(folder / "alignment.csv")["n_returns"].tolist() == [48, 58, 46]


def test_the_command_line_asks_the_same(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    days_alone(make_bars(minutes=5, seed=11)).to_csv("bars.csv", index=False)
    words = ["intraday", "bars.csv", "--event", THREE_NEWS[0], "--market", "SPX"]
    asked = ["--estimation", "same_day", "--window", "-10,30", "--car", "0,10", "--gap", "5"]
    assert invoke([*words, *asked]) == 0
    assert "which end 5 minutes before it" in " ".join(capsys.readouterr().out.split())
    assert invoke([*words, "--gap", "5"]) == 2
    assert 'gap is for estimation="same_day" alone' in " ".join(capsys.readouterr().err.split())


def _flat_days(rng, *, is_flat, n_days=8, n_bars=78):
    x = np.linspace(-1, 1, n_bars)
    sd = np.ones(n_bars) if is_flat else 1.0 + x**4 + 0.35 * np.exp(-8 * (x + 1))
    returns = 0.001 * sd / np.sqrt((sd**2).mean()) * rng.normal(size=(n_days, n_bars))
    opens = exchange_sessions("XNYS", "2025-01-02", "2025-03-31").opens[: 2 * n_days : 2]
    starts = opens[:, None] + 5 * np.arange(n_bars).astype("m8[m]")
    close = 100 * np.cumprod(1 + returns, axis=1)
    frame = pd.DataFrame({
        "timestamp": pd.DatetimeIndex(starts.ravel()).tz_localize("UTC"), "symbol": "SIM",
        "open": np.c_[np.full(n_days, 100.0), close[:, :-1]].ravel(), "close": close.ravel(),
    })  # fmt: skip
    return IntradayBars.from_frame(frame, name="simulated"), opens


@pytest.mark.slow
def test_sizes_with_equal_volatility_and_with_a_u_shaped_day():
    """As docs/methods.md says: t of a pair wants equal volatility, the days together do not."""
    rejected: dict[tuple[bool, int], list[float]] = {}
    together: dict[tuple[bool, int, str], list[bool]] = {}
    names = ("portfolio_t", "placebo")
    asked = IntradayStudy(
        market="SPX", estimation="same_day", window=(0, 30), windows=((0, 15),), draws=99,
        statistics=names,
    )  # fmt: skip
    for seed in range(60):
        for is_flat in (True, False):
            bars, opens = _flat_days(np.random.default_rng([seed, is_flat]), is_flat=is_flat)
            for place in (30, 72):
                news = pd.DatetimeIndex(opens + np.timedelta64(5 * place, "m")).tz_localize("UTC")
                results = asked.fit(events_of(list(news)), bars)
                p = results.car["pvalue"]
                rejected.setdefault((is_flat, place), []).extend(p <= 0.05)
                for row in results.statistics.itertuples():
                    together.setdefault((is_flat, place, row.name), []).append(row.pvalue <= 0.05)
    rate = {key: np.mean(hits) for key, hits in rejected.items()}
    # 480 pairs: a standard error of one point
    assert 0.02 < rate[True, 30] < 0.08
    assert 0.02 < rate[True, 72] < 0.08
    assert rate[False, 30] < 0.03  # noon after a rough morning
    assert rate[False, 72] > 0.10  # the last half hour
    # 60 groups each: 5 % of them are 3, and more than 9 come once in a thousand
    assert all(sum(hits) <= 9 for hits in together.values()), together


def test_p_values_are_those_of_students_t():
    frame = days_alone(make_bars(minutes=5, seed=12))
    rows = same_day_study().fit(events_of(), frame).car
    assert rows["pvalue"].to_numpy() == pytest.approx(2 * stats.t.sf(rows["t"].abs(), rows["df"]))
