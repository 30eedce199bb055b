"""An intraday study as a person meets it: refusals, frames, figures, page, folder, command."""

from __future__ import annotations

import json
import math
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_intraday_study import make_bars

import eventstudy as es
from eventstudy import IntradayStudy, SpecificationError
from eventstudy.cli import invoke
from eventstudy.exceptions import SourceError
from eventstudy.inference import STATISTICS
from eventstudy.intraday.specification import _REFUSED
from eventstudy.io.folders import check_folder

DATA = Path(__file__).parents[3] / "shared" / "data" / "intraday"
NEWS = "2025-04-03T12:10-04:00"


@pytest.fixture(scope="module")
def frame():
    return make_bars(names=("AAA", "BBB"), start="2025-02-03", end="2025-04-30", missing=0.03)


@pytest.fixture(scope="module")
def found(frame):
    events = pd.DataFrame({
        "event_id": ["A<b>", "B"], "published_at": [NEWS, "2025-04-15T10:05-04:00"],
        "category": ["x", "y"],
    })  # fmt: skip
    return IntradayStudy(market="SPX", window=(-60, 90), by=("category",), draws=199).fit(
        events, frame
    )


# ---------------------------------------------------------------- what is asked


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"window": (60, -30)}, "holds no minute"),
        ({"window": (0, 1.5)}, "two whole minutes"),
        ({"window": "0,15"}, "two whole minutes"),
        ({"windows": ()}, "windows is empty"),
        ({"windows": ((0, 90),)}, "is not inside window"),
        ({"days": 2}, "days = 2: a whole number of 3 or more"),
        ({"days": 5}, "min_days = 10 is more than days = 5"),
        ({"draws": True}, "draws = True"),
        ({"draws": 200_000}, "at most 100,000"),
        ({"hours": "regulr"}, "did you mean 'regular'"),
        ({"overnight": "drop"}, "overnight"),
        ({"model": "market_model"}, "needs benchmark="),
        ({"benchmark": "BBB"}, 'is for model="market_model" alone'),
        ({"statistics": ("placebos",)}, "did you mean 'placebo'"),
        ({"statistics": ("bhar_t",)}, "no bhar_t inside the day: a window of minutes is the sum"),
        ({"statistics": ("two_way_t",)}, "clusters by market"),
        ({"sign": "up"}, "sign"),
    ],
)
def test_what_cannot_be_asked(given, said):
    with pytest.raises(SpecificationError, match=said):
        IntradayStudy(**given)


def test_a_study_is_a_frozen_value():
    study = IntradayStudy(windows=[[0, 15], (0, 15)], market={"A": "SPX"}, by="x * y")
    assert study == IntradayStudy(windows=((0, 15),), market=(("A", "SPX"),), by=("x*y",))
    assert hash(study) == hash(IntradayStudy(windows=((0, 15),), market={"A": "SPX"}, by="x*y"))
    assert json.loads(json.dumps(study.to_dict()))["market"] == {"A": "SPX"}
    with pytest.raises(FrozenInstanceError):
        study.days = 3


@pytest.mark.slow
def test_names_that_the_bars_lack(frame):
    with pytest.raises(SpecificationError, match="no bars of 'CCC'"):
        IntradayStudy(market="SPX", model="market_model", benchmark="CCC").fit(NEWS, frame)
    with pytest.raises(SpecificationError, match="no bars of 'AAAA'; did you mean 'AAA'"):
        IntradayStudy(market={"AAAA": "SPX"}).fit(NEWS, frame)
    alone = frame[frame["symbol"] == "AAA"]
    with pytest.raises(SpecificationError, match="holds the benchmark alone"):
        IntradayStudy(market="SPX", model="market_model", benchmark="AAA").fit(NEWS, alone)
    with pytest.raises(SpecificationError, match="expected_sign"):
        IntradayStudy(market="SPX", sign="expected").fit(NEWS, frame)


@pytest.mark.slow
def test_every_other_statistic_has_a_value_or_says_why(frame):
    """What is not refused by name is carried out: 12 dates in two securities."""
    frame = make_bars(names=("AAA", "BBB"), start="2025-01-02", end="2025-06-30", seed=12)
    days = pd.bdate_range("2025-02-20", "2025-06-20", freq="7B")
    days = days[:12]
    events = pd.DataFrame({
        "event_id": [f"E{k}" for k in range(len(days))],
        "published_at": [f"{day:%Y-%m-%d}T15:10Z" for day in days],
    })  # fmt: skip
    names = tuple(name for name in STATISTICS.names() if name not in _REFUSED)
    study = IntradayStudy(market="SPX", statistics=names, windows=((0, 60),), draws=99)
    rows = study.fit(events, frame).statistics.set_index("name")
    assert set(rows.index) == set(names)
    lacking = rows[rows["statistic"].isna()]
    assert list(lacking.index) == ["sq"]  # of a single pair only
    assert lacking["note"].str.startswith("not available: ").all()
    assert rows["pvalue"].drop("sq").between(0, 1).all()
    assert rows.drop(["sq", "placebo"])["size"].notna().mean() > 0.8


def test_expected_signs_turn_pairs(frame):
    events = pd.DataFrame({
        "event_id": ["A", "B"], "published_at": [NEWS, "2025-04-15T10:05-04:00"],
        "expected_sign": ["-", "+"],
    })  # fmt: skip
    alone = frame[frame["symbol"] == "AAA"]
    study = IntradayStudy(market="SPX", sign="expected", statistics=("cross_sectional_t",))
    found = study.fit(events, alone)
    car = found.car.query("window_end == 60")["car"].to_numpy()
    row = found.statistics.query("window_end == 60").iloc[0]
    assert row["estimate"] == pytest.approx((-car[0] + car[1]) / 2)


# ---------------------------------------------------------------- what is given back


@pytest.mark.slow
def test_frames_belong_together(found):
    assert len(found.alignment) == 4
    assert len(found.car) == 8
    assert len(found.abnormal_returns) == 4 * 5
    last = found.abnormal_returns.groupby(["event_id", "security"], sort=False).tail(1)
    for row in last.itertuples():
        own = found.abnormal_returns.query(
            "event_id == @row.event_id and security == @row.security"
        )
        assert row.path == pytest.approx(own["abnormal_return"].sum())
    whole = found.caar.query("group == 'all'")
    assert whole["caar"].iloc[-1] == pytest.approx(last["path"].mean())
    assert list(whole["minute"]) == [-30, 0, 30, 60, 90]
    assert (whole["n_dates"] == 2).all()
    assert (whole["ci_low"] < whole["caar"]).all()
    single = found.caar.query("group == 'category=x'")
    assert single["ci_low"].isna().all()  # two pairs of one date have no interval
    assert set(found.pattern["security"]) == {"AAA", "BBB"}
    assert found.pattern.groupby(["event_id", "security"]).size().eq(13).all()


def test_one_pair_has_the_interval_of_its_forecast(frame):
    found = IntradayStudy(market="SPX").fit(NEWS, frame[frame["symbol"] == "AAA"])
    caar, bars = found.caar, found.abnormal_returns
    assert caar["std_error"].to_numpy() == pytest.approx(bars["path_std_error"].to_numpy())


@pytest.mark.slow
def test_the_results_do_not_depend_on_the_order_of_rows(frame):
    shuffled = frame.sample(frac=1, random_state=3)
    study = IntradayStudy(market="SPX", draws=99)
    one = study.fit(NEWS, frame)
    other = study.fit(NEWS, shuffled)
    keys = ["event_id", "security", "window_start", "window_end"]
    pd.testing.assert_frame_equal(
        one.car.sort_values(keys, ignore_index=True),
        other.car.sort_values(keys, ignore_index=True),
    )


@pytest.mark.slow
def test_too_few_other_days_have_no_placebo_p_value():
    frame = make_bars(start="2025-03-03", end="2025-03-21")
    found = IntradayStudy(market="SPX", days=8, min_days=8).fit("2025-03-18T12:10-04:00", frame)
    row = found.car.iloc[0]
    assert math.isnan(row["placebo_pvalue"])
    assert row["n_placebos"] < 20
    assert np.isfinite(row["t"])
    said = f"p placebo: not given, {row['n_placebos']:.0f} other days where 20 are needed"
    assert said in " ".join(found.to_text().split())


def test_how_small_a_placebo_p_value_can_be_is_said(found):
    number = found.car["n_placebos"].max()
    assert f"other days, so no smaller than {1 / (number + 1):.3f}" in " ".join(
        found.to_text().split()
    )


def test_several_news_of_one_day_are_one_date(frame):
    events = pd.DataFrame({
        "event_id": ["a", "b", "c"],
        "published_at": [f"2025-04-15T{clock}-04:00" for clock in ("10:05", "12:05", "14:05")],
    })  # fmt: skip
    study = IntradayStudy(market="SPX", window=(0, 60), statistics=("placebo",), draws=199)
    row = study.fit(events, frame[frame["symbol"] == "AAA"]).headline().iloc[0]
    assert (row["events"], row["dates"]) == ("3", "1")


def test_text_fits_a_terminal_and_says_what_was_done(found):
    text = found.to_text(80)
    assert max(len(line) for line in text.splitlines()) <= 80
    for words in ("4 pairs of 2 events", "bars of 30 minutes", "p placebo", "All events"):
        assert words in text
    assert "windows in minutes from the begin" in " ".join(text.split())
    assert "sessions relative to day 0" not in " ".join(text.split())
    assert repr(found).startswith("Intraday event study")
    html = found._repr_html_()
    assert "A&lt;b&gt;" in html
    assert "A<b>" not in html


def test_figures_have_units(found):
    from matplotlib import pyplot as plt

    for draw, x, y in (
        (found.plot_caar, "minutes of trading", "%"),
        (found.plot_path, "minutes of trading", "%"),
        (found.plot_pattern, "America/New_York", "%"),
    ):
        ax = draw()
        assert x in ax.get_xlabel()
        assert y in ax.get_ylabel()
        plt.close(ax.figure)
    ax = found.plot_path(event="B", security="BBB")
    line = ax.lines[0].get_xydata()
    own = found.abnormal_returns.query("event_id == 'B' and security == 'BBB'")
    assert line[0] == pytest.approx([-60, 0])
    assert line[1:, 1] == pytest.approx(100 * own["path"].to_numpy())
    plt.close(ax.figure)
    with pytest.raises(SpecificationError, match="unknown event"):
        found.plot_path(event="C")
    with pytest.raises(SpecificationError, match="group"):
        found.plot_caar("category=z")


@pytest.mark.slow
def test_the_folder_is_whole_and_ours(found, tmp_path):
    target = found.save(tmp_path / "out")
    names = {path.name for path in target.iterdir()}
    assert {"car.csv", "intraday.html", "path.png", "pattern.png", "manifest.json"} <= names
    assert json.loads((target / "manifest.json").read_text())["kind"] == "intraday"
    page = (target / "intraday.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    assert "A&lt;b&gt;" in page
    assert "<script" not in page
    assert "http://www.w3.org" in page  # and no other address
    assert page.count("http:") + page.count("https:") == page.count("http://www.w3.org")
    written = pd.read_csv(target / "car.csv")
    assert written["car"].to_numpy() == pytest.approx(found.car["car"].to_numpy())
    assert "T" in pd.read_csv(target / "alignment.csv")["bar_start"].iloc[0]
    found.save(target)  # again
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "notes.txt").write_text("mine")
    with pytest.raises(SourceError, match="not results of eventstudy"):
        found.save(tmp_path / "other")
    with pytest.raises(SourceError, match="an intraday study"):
        check_folder(target)


# ---------------------------------------------------------------- the command


@pytest.fixture
def bars_file(frame, tmp_path):
    path = tmp_path / "AAA_30min.csv"
    alone = frame[frame["symbol"] == "AAA"]
    text = alone.assign(timestamp=[time.isoformat() for time in alone["timestamp"]])
    text.to_csv(path, index=False)
    return str(path)


def test_the_command(bars_file, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["intraday", bars_file, "--event", NEWS, "--market", "SPX", "--out", str(out)]
    assert invoke([*words, "--car", "0,30", "--car=-30,0"]) == 0
    said = capsys.readouterr().out
    assert "[0,+30]" in said
    assert "[-30,0]" in said
    assert str(out / "intraday.html") in said.replace("\n", "")
    assert invoke([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["window_end"] for row in answer["car"]] == [15, 60]
    assert answer["alignment"][0]["bar_clock"] == "12:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give --event TIME or --events FILE"),
        (["--event", NEWS, "--events", "x.csv"], "give --event TIME or --events FILE"),
        (["--event", "2025-04-03T12:10"], "has no offset from UTC"),
        (["--events", "2025_Tariff_events.csv"], "2025_Tariff_events.csv: no such file"),
        (["--event", NEWS, "--car", "0;15"], "--car '0;15': expected two whole minutes"),
        (["--event", NEWS, "--hours", "al"], "hours"),
        (["--event", NEWS, "--market", "SPY"], "is no market"),
        (["--event", NEWS, "--labels", "begin"], "labels"),
    ],
)
def test_what_the_command_refuses(bars_file, capsys, words, said):
    market = [] if "--market" in words else ["--market", "SPX"]
    assert invoke(["intraday", bars_file, *words, *market]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_an_events_file_through_the_command(bars_file, tmp_path, capsys):
    events = tmp_path / "events.csv"
    events.write_text(
        f"event_id,published_at,kind\nA,{NEWS},x\nB,2025-04-15T10:05-04:00,y\n", encoding="utf-8"
    )
    words = ["intraday", bars_file, "--events", str(events), "--market", "XNYS", "--by", "kind"]
    assert invoke(words) == 0
    said = capsys.readouterr().out
    assert "2 pairs of 2 events" in said
    assert "By kind" in said


# ---------------------------------------------------------------- worked cases


@pytest.mark.skipif(not (DATA / "SPY_5min_utc.csv").exists(), reason="the bars are not here")
def test_the_pause_of_9_april_2025_in_spy():
    bars = es.read_bars(DATA / "SPY_5min_utc.csv")
    study = IntradayStudy(window=(-30, 120), windows=((0, 15), (0, 60), (-30, 0)), market="SPX")
    found = study.fit("2025-04-09T13:18-04:00", bars)
    row = found.alignment.iloc[0]
    assert (row["bar_clock"], row["minutes_into_bar"], row["n_days"]) == ("13:15", 3.0, 11)
    assert found.checks.empty
    first = found.abnormal_returns.query("minute in (0, 5)")
    # 502.41 to 512.80 to 523.52, less a tenth of a percent of normal return
    assert first["return"].to_numpy() == pytest.approx([512.8 / 502.41 - 1, 523.52 / 512.8 - 1])
    assert (first["standardized"] > 15).all()
    car = found.car.set_index(["window_start", "window_end"])
    assert 0.04 < car.loc[(0, 15), "car"] < 0.045
    assert 0.06 < car.loc[(0, 60), "car"] < 0.065
    assert car.loc[(0, 60), "t"] > 10
    assert car.loc[(0, 60), "placebo_pvalue"] == pytest.approx(1 / 39)
    assert car.loc[(-30, 0), "placebo_pvalue"] > 0.2
    assert (car["level"].between(1.2, 1.8)).all()  # a rough week, known before


@pytest.mark.skipif(not (DATA / "USDJPY_1h_utc.csv").exists(), reason="the bars are not here")
def test_the_geneva_statement_of_12_may_2025_in_usdjpy():
    study = IntradayStudy(window=(-180, 360), windows=((0, 60), (0, 240)))
    found = study.fit("2025-05-12T15:00+08:00", DATA / "USDJPY_1h_utc.csv")
    row = found.alignment.iloc[0]
    assert (row["bar_clock"], row["minutes_into_bar"]) == ("03:00", 0.0)
    assert row["session"] == pd.Timestamp("2025-05-12")
    car = found.car.iloc[0]
    assert 0.012 < car["car"] < 0.013
    assert car["t"] > 7
    assert car["n_placebos"] > 200
    assert car["placebo_pvalue"] < 0.01
