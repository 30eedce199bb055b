"""A market without closing times, and the names under which vendors sell the ones that have some.

The reports: yuzhu.run, facts on earnings and revision (day 0 of earnings after the close);
ranaroussi/yfinance issue 347 and PyPortfolio/PyPortfolioOpt issue 203, whose closes are saved with
columns ^N225 and ^HSI.
"""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest

import eventstudy as es
from eventstudy.exceptions import EventStudyWarning, SpecificationError
from eventstudy.markets.market import find_market, load_markets

pytestmark = pytest.mark.fast_tests(9)

JUMP = "2025-02-21"  # a session everywhere, as the day before
NEWS = {"event_id": ["q1"], "published_at": ["2025-02-20T16:30-05:00"], "date": ["2025-02-20"]}
SMALL = {
    "estimation_window": (-70, -11), "event_window": (-1, 1), "car_windows": [(0, 0)],
    "min_obs": 40, "draws": 0, "statistics": ["portfolio_t"],
}  # fmt: skip
STUDY = """\
markets = ["AAPL"]
[events]
file = "events.csv"
[prices]
file = "prices.csv"
[model]
name = "constant_mean"
[windows]
estimation = [-70, -11]
event = [-1, 1]
car = [[0, 0]]
[sample]
min_obs = 40
[statistics]
names = ["portfolio_t"]
draws = 0
"""


RATES = {
    "USDCNH": 7.2, "USDJPY": 150.0, "USDTWD": 32.0, "USDKRW": 1400.0, "AUDUSD": 0.65,
    "EURUSD": 1.08, "GBPUSD": 1.25,
}  # fmt: skip


def closes(*names: str) -> pd.DataFrame:
    """Closes that stand still but for small steps, and rise by 8 % on the day after the news."""
    days = pd.bdate_range("2024-09-02", "2025-03-31", name="date")
    steps = np.where(np.arange(len(days)) % 2, 0.001, -0.001)
    steps[days == JUMP] = 0.08
    return pd.DataFrame(
        {name: level_of(name) * (1 + at) * np.cumprod(1 + steps) for at, name in enumerate(names)},
        index=days,
    )


def level_of(column: str) -> float:
    """A level as the column's market has, as one that is none is refused."""
    market = find_market(column)
    return 100.0 if market is None else RATES.get(market.series, 100.0)


def fitted(frame: pd.DataFrame, *markets: str, events=None, **asked):
    study = es.EventStudy(markets=markets, **{"model": es.ConstantMean(), **SMALL, **asked})
    prices = es.PricePanel.from_frame(frame)
    return study.fit(es.Events.from_frame(pd.DataFrame(NEWS if events is None else events)), prices)


def day_zero(results) -> dict[str, str]:
    shown = results.alignment
    return dict(zip(shown["security"], shown["session"].dt.strftime("%Y-%m-%d"), strict=True))


@pytest.fixture
def folder(tmp_path):
    closes("AAPL").to_csv(tmp_path / "prices.csv")
    pd.DataFrame(NEWS).to_csv(tmp_path / "events.csv", index=False)
    (tmp_path / "study.toml").write_text(STUDY)
    return tmp_path


# ---- no clock -----------------------------------------------------------------------------------


def test_a_timed_event_on_an_unknown_column_is_an_error_with_both_ways_out(folder, run):
    code, out, err = run("run", folder / "study.toml", "--out", folder / "out")
    assert (code, out) == (2, "")
    assert "events.csv row 2: event q1 has a time, but market AAPL has no closing times" in err
    assert '[market.AAPL] calendar = "XNYS"' in err
    assert 'set events.date_only (date_only=) to "same" or "next"' in err
    assert len(err.splitlines()) == 1


def test_the_calendar_that_is_offered_mends_it(folder, run):
    with (folder / "study.toml").open("a") as file:
        file.write('[market.AAPL]\ncalendar = "XNYS"\n')
    code, _, err = run("run", folder / "study.toml", "--out", folder / "out")
    assert (code, err) == (0, "")
    (row,) = pd.read_csv(folder / "out" / "alignment.csv").to_dict("records")
    assert (row["session"], row["ambiguous"]) == (JUMP, False)
    (car,) = pd.read_csv(folder / "out" / "car.csv")["car"]
    assert car == pytest.approx(0.08, abs=0.002)


def test_the_date_decides_only_where_the_study_says_so_and_then_it_is_said(folder, run):
    text = STUDY.replace("[prices]", 'date_only = "next"\n[prices]')
    (folder / "study.toml").write_text(text)
    code, out, _ = run("run", folder / "study.toml", "--out", folder / "out")
    assert code == 0
    said = (
        'AAPL has no closing times: 1 event with a time is placed by its date (date_only = "next")'
    )
    assert f"assumed: {said}" in " ".join(out.split())
    assert json.loads((folder / "out" / "manifest.json").read_text())["assumed"] == [said]


def test_an_explicit_data_calendar_asks_for_the_same_choice():
    frame = closes("N225")
    with pytest.raises(SpecificationError, match=r'leave calendar = "data" out \(calendar=\), as'):
        fitted(frame, "N225", calendar="data")
    said = fitted(frame, "N225", calendar="data", date_only="same").manifest["assumed"]
    assert said == [
        'calendar = "data" stands in place of the one N225 (XTKS) is known by',
        'N225 has no closing times: 1 event with a time is placed by its date (date_only = "same")',
    ]


def test_an_event_with_a_date_alone_keeps_the_rows_of_the_file():
    results = fitted(
        closes("AAPL"), "AAPL", events={"event_id": ["a"], "date": [JUMP]}, date_only="same"
    )
    assert day_zero(results) == {"AAPL": JUMP}
    assert "assumed" not in results.manifest


def test_a_time_without_a_date_of_its_own_cannot_be_placed_by_date():
    events = {"event_id": ["a"], "published_at": ["2025-02-20T16:30-05:00"]}
    with pytest.raises(SpecificationError, match="give the event a date of its own"):
        fitted(closes("AAPL"), "AAPL", events=events, date_only="same")


# ---- names of vendors ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, market in load_markets().items() if market.yahoo])
def test_closes_saved_from_yahoo_are_the_built_in_markets(name):
    market = load_markets()[name]
    frame = closes(market.yahoo)
    results = fitted(frame, name)
    assert results.manifest["calendars"][name].startswith("rows of the file") is False
    expected = -0.08 / 1.08 if market.inverse else 0.08
    jump = results.abnormal_returns.set_index("session")["return"][JUMP]
    assert jump == pytest.approx(expected, rel=1e-9)
    if market.yahoo != name:
        assert results.manifest["assumed"][0].startswith(f"column {market.yahoo!r} is {name} (")
    # Asked for by the symbol itself it is the series as the vendor quotes it.
    (asked,) = day_zero(fitted(frame, market.yahoo))
    assert asked == market.series


@pytest.mark.parametrize(
    ("column", "market"),
    [("^NKX", "N225"), ("NKX", "N225"), ("NKY Index", "N225"), (".N225", "N225"),
     ("Nikkei 225", "N225"), ("TVC:NI225", "N225"), ("HSI Index", "HSI"), (".HSI", "HSI"),
     ("Hang Seng", "HSI"), ("TWSE Index", "TWII"), (".TWII", "TWII"), (".HSCE", "HSCE"),
     ("SPX Index", "SPX"), (".SPX", "SPX"), ("000300.SS", "CSI300"), ("USDCNH=X", "USDCNH"),
     ("USD/CNH", "USDCNH"), ("AUD Curncy", "AUDUSD")],
)  # fmt: skip
def test_labels_of_other_vendors_name_market_and_column(column, market):
    frame = closes(column)
    for asked in (column, market):
        results = fitted(frame, asked)
        assert list(day_zero(results)) == [market]
        assert any(said.startswith(f"column {column!r} is {market} (")
                   for said in results.manifest["assumed"])  # fmt: skip


def test_a_symbol_in_brackets_behind_a_name_is_the_market():
    column = "NIKKEI 225 (^N225)"
    assert find_market(column).name == "N225"
    assert find_market("Nikkei (closing)") is None
    for asked in ("N225", column):
        study = fitted(closes(column), asked)
        assert "XTKS" in " ".join(study.assumed)
        assert set(study.car["security"]) == {"N225"}


@pytest.mark.parametrize(
    ("column", "offered"),
    [
        ("USDCNY", 'calendar = "FX", as of currencies'),
        ("Topix Core (own)", "the calendar of its exchange"),
        ("TKO", 'calendar = "XNYS" if that is its exchange'),
    ],
)
def test_no_market_is_offered_the_exchange_of_another(column, offered):
    with pytest.raises(SpecificationError, match="has no closing times") as caught:
        fitted(closes(column), column)
    assert offered in str(caught.value)


def test_the_yuan_of_a_vendor_is_inverted_and_that_is_said():
    results = fitted(closes("CNH=X"), "CNH")
    assert results.manifest["assumed"] == [
        "column 'CNH=X' is CNH (Offshore yuan, FX), inverted: up is stronger yuan"
    ]
    # One column can be asked for both ways round.
    both = fitted(closes("CNH=X"), "CNH", "USDCNH")
    jumps = both.abnormal_returns.set_index(["security", "session"])["return"]
    assert jumps["CNH", JUMP] == pytest.approx(1 / (1 + jumps["USDCNH", JUMP]) - 1)


@pytest.mark.parametrize(
    ("column", "calendar", "session"),
    [("7203.T", "XTKS", JUMP), ("0700.HK", "XHKG", JUMP), ("2330.TW", "XTAI", JUMP),
     ("005930.KS", "XKRX", JUMP), ("VOD.L", "XLON", JUMP), ("SAP.DE", "XETR", JUMP),
     ("BHP.AX", "XASX", JUMP), ("AAPL US Equity", "XNYS", JUMP), ("INR=X", "FX", "2025-02-20")],
)  # fmt: skip
def test_the_ending_of_a_symbol_names_its_exchange_said_aloud(column, calendar, session):
    results = fitted(closes(column), column)
    assert day_zero(results)[column] == session
    (said,) = results.manifest["assumed"]
    assert said.startswith(f"{column} has the sessions of {calendar}, as its ending ")


# ---- a user's own column ------------------------------------------------------------------------


def test_a_ticker_that_is_an_index_elsewhere_keeps_its_name():
    own = es.Market(name="DOW", label="Dow Inc.", calendar="XNYS", series="DOW")
    events = {**NEWS, "markets": ["DOW"]}
    results = fitted(closes("DOW"), "DOW", events=events, declared=[own])
    assert day_zero(results) == {"DOW": JUMP}
    assert results.manifest["markets"]["DOW"]["label"] == "Dow Inc."
    with pytest.raises(SpecificationError, match=r"market DOW has no closing times"):
        fitted(closes("DOW"), "DOW", events=events)
    # where nothing of the study is called so, it is the index
    index = fitted(closes("DJI"), "DOW", events=events)
    assert day_zero(index) == {"DJI": JUMP}
    assert index.manifest["assumed"][0].startswith("'DOW' is DJI (Dow Jones Industrial Average")


def test_the_column_that_was_named_is_taken_though_the_market_has_another():
    frame = closes("N225", "^N225")
    frame.loc[JUMP:, "^N225"] *= 1.01
    jumps = [
        fitted(frame, name).abnormal_returns.set_index("session")["return"][JUMP]
        for name in ("N225", "^N225")
    ]
    assert jumps == [pytest.approx(0.08), pytest.approx(0.0908)]


# ---- one unknown column changes nobody else's pairing -------------------------------------------


def test_an_unknown_column_is_paired_by_date_alone():
    frame = closes("N225", "AAPL", "SPX")
    rng = np.random.default_rng(4)
    frame *= np.exp(np.cumsum(rng.normal(0, 0.01, frame.shape), axis=0))
    events = {"event_id": ["a"], "date": [JUMP]}
    asked = {"events": events, "date_only": "same", "model": es.MarketModel("SPX")}
    alone = fitted(frame, "N225", **asked)
    both = fitted(frame, "N225", "AAPL", **asked)
    assert alone.manifest["sync"] == "asof"
    assert both.manifest["sync"] == "asof; same_date for AAPL"
    assert both.manifest["assumed"] == [
        "AAPL has no closing times, so returns are paired with those of SPX by date (same_date)"
    ]
    kept = both.models[both.models["security"] == "N225"].reset_index(drop=True)
    pd.testing.assert_frame_equal(kept, alone.models)
    by_date = fitted(frame, "N225", **{**asked, "model": es.MarketModel("AAPL")})
    assert by_date.manifest["sync"] == "same_date"
    assert by_date.manifest["assumed"] == [
        "AAPL has no closing times, so it is paired by date (same_date)"
    ]


# ---- the same study, from the command line and in a notebook -------------------------------------


@pytest.mark.slow
def test_command_line_and_notebook_agree_in_every_file(tmp_path, run):
    frame = es.load_prices().frame()[["N225", "HSI", "USDCNH", "SPX"]]
    frame = frame.assign(OWN=frame["SPX"] ** 0.5)["2024-06":"2025-05"]
    table = es.load_events().frame
    table = table[table["date"].between("2025-01-01", "2025-04-30")].head(12)
    table = table[["event_id", "published_at", "date", "category", "precision"]]
    table = table.assign(date=table["date"].dt.strftime("%Y-%m-%d"))
    table.to_csv(tmp_path / "events.csv", index=False, date_format="%Y-%m-%dT%H:%M:%S%z")
    frame.to_csv(tmp_path / "prices.csv")
    (tmp_path / "study.toml").write_text(
        STUDY.replace('["AAPL"]', '["N225", "HSI", "CNH", "OWN"]')
        .replace("[prices]", 'date_only = "next"\n[prices]')
        .replace('"constant_mean"', '"market_model"')
    )
    code, _, err = run("run", tmp_path / "study.toml", "--out", tmp_path / "file")
    assert code == 0
    assert "warning" not in err
    study = es.EventStudy(
        markets=["N225", "HSI", "CNH", "OWN"], date_only="next", model=es.MarketModel("SPX"),
        **SMALL,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error", EventStudyWarning)
        results = study.fit(
            es.read_events(tmp_path / "events.csv"), es.PricePanel.from_frame(frame)
        )
    results.save(tmp_path / "frame")
    names = {path.name for path in (tmp_path / "file").iterdir()} - {"report.html"}
    assert names == {path.name for path in (tmp_path / "frame").iterdir()} - {"report.html"}
    for name in names - {"manifest.json"}:
        assert (tmp_path / "file" / name).read_bytes() == (tmp_path / "frame" / name).read_bytes()
    manifests = [
        json.loads((tmp_path / door / "manifest.json").read_text()) for door in ("file", "frame")
    ]
    for key in ("sync", "calendars", "markets", "assumed", "seed"):
        assert manifests[0][key] == manifests[1][key], key
    assert manifests[0]["sync"] == "asof; same_date for OWN"


# ---- study files --------------------------------------------------------------------------------


def test_a_declared_market_that_nothing_is_called_by_is_told(folder, run):
    text = STUDY.replace("[prices]", 'date_only = "next"\n[prices]')
    (folder / "study.toml").write_text(text + '[market.AAPLE]\ncalendar = "XNYS"\n')
    code, _, err = run("run", folder / "study.toml", "--out", folder / "out")
    assert code == 0
    assert "[market.AAPLE] is not used: no market, benchmark or event is called so" in err
    assert "did you mean 'AAPL'?" in err


def test_market_in_place_of_markets_is_told(folder, run):
    (folder / "study.toml").write_text(STUDY.replace("markets =", "market ="))
    code, _, err = run("run", folder / "study.toml", "--out", folder / "out")
    assert code == 2
    assert 'the markets of a study are listed by markets = ["..."]' in err


def test_a_clock_for_a_market_of_an_exchange_is_refused_with_what_would_be_right(folder, run):
    text = STUDY.replace('["AAPL"]', '["N225"]')
    (folder / "study.toml").write_text(
        text + '[market.N225]\ntimezone = "Asia/Tokyo"\nclose = "15:00"\n'
    )
    code, _, err = run("run", folder / "study.toml", "--out", folder / "out")
    assert code == 2
    assert 'leave timezone out, or write calendar = "data" beside it' in err
