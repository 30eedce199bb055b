"""One call for frames of every kind: the same study to the last digit, every assumption said."""

from __future__ import annotations

import inspect
import re
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from firm_frames import (
    ALL,
    CLOSES,
    FIRMS,
    MARKET,
    NAMES,
    OPTIONS,
    PERMNOS,
    RETURNS,
    long_frame,
    yahoo_frame,
)

import eventstudy as es
from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.study.specification import Specification
from eventstudy.study.study_options import StudyOptions

pytestmark = pytest.mark.fast_tests(20)

LONG = CLOSES.stack().rename("close").rename_axis(["date", "ticker"])


def call(events=FIRMS, prices=CLOSES, **options):
    return es.event_study(
        events, prices, **(OPTIONS | {"id": "ticker", "benchmark": "MKTX"} | options)
    )


@pytest.fixture(scope="module")
def expected():
    return call()


def from_sqlite():
    with sqlite3.connect(":memory:") as memory:
        LONG.reset_index().to_sql("prices", memory, index=False)
        return pd.read_sql("SELECT * FROM prices ORDER BY ticker, date", memory)


# What is handed over as prices -> the frame, and arguments it takes.
PRICES = {
    "wide pandas": (CLOSES, {}),
    "wide, a column of dates": (CLOSES.reset_index(), {}),
    "wide, dates called otherwise": (CLOSES.reset_index(names="trading day"), {}),
    "wide, newest first": (CLOSES.iloc[::-1], {}),
    "wide, dates as text": (CLOSES.set_axis(CLOSES.index.strftime("%Y-%m-%d")), {}),
    "wide, dates as numbers": (
        CLOSES.set_axis(CLOSES.index.strftime("%Y%m%d").astype(int), axis="index"), {},
    ),
    "wide polars": (pl.from_pandas(CLOSES.reset_index()), {}),
    "lazy polars": (pl.from_pandas(CLOSES.reset_index()).lazy(), {}),
    "Arrow table": (pa.Table.from_pandas(CLOSES.reset_index(), preserve_index=False), {}),
    "DuckDB relation": (duckdb.from_df(CLOSES.reset_index()), {}),
    "mapping of series": ({name: CLOSES[name] for name in CLOSES}, {}),
    "panel": (es.PricePanel.from_frame(CLOSES), {}),
    "long pandas": (LONG.reset_index(), {}),
    "long, rows of two levels": (LONG.to_frame(), {}),
    "long series": (LONG, {}),
    "long, in no order": (LONG.reset_index().sample(frac=1.0, random_state=1), {}),
    "long polars": (pl.from_pandas(LONG.reset_index()), {}),
    "long, columns named by hand": (
        LONG.reset_index().set_axis(["Day", "ticker", "Px"], axis="columns"),
        {"columns": {"date": "Day", "close": "Px"}},
    ),
    "SQL": (from_sqlite(), {}),
    "yfinance": (yahoo_frame(), {}),
    "yfinance, level of tickers first": (yahoo_frame().swaplevel(axis="columns"), {}),
    "yfinance, adjusted closes": (yahoo_frame(), {"field": "adj_close"}),
    "a benchmark of its own": (CLOSES[NAMES], {"benchmark": CLOSES["MKTX"]}),
    "a benchmark of polars": (
        CLOSES[NAMES], {"benchmark": pl.from_pandas(CLOSES[["MKTX"]].reset_index())},
    ),
    "a span": (CLOSES, {"start": "2018-01-01", "end": "2030-01-01"}),
}  # fmt: skip
_WHEN = FIRMS["announced"]
EVENTS = {
    "pandas": FIRMS,
    "polars": pl.from_pandas(FIRMS),
    "Arrow": pa.Table.from_pandas(FIRMS),
    "dates as text": FIRMS.assign(announced=_WHEN.dt.strftime("%Y-%m-%d")),
    "dates as numbers": FIRMS.assign(announced=_WHEN.dt.strftime("%Y%m%d").astype(int)),
    "rows as mappings": FIRMS.rename(columns={"announced": "date"}).to_dict("records"),
}  # fmt: skip


def same(results, expected):
    assert list(results.car["security"]) == list(expected.car["security"])
    for frame, column in (
        ("car", "car"),
        ("car", "t"),
        ("models", "beta"),
        ("statistics", "statistic"),
    ):
        pd.testing.assert_series_equal(
            getattr(results, frame)[column], getattr(expected, frame)[column], check_exact=True
        )


@pytest.mark.parametrize("kind", PRICES)
def test_prices_of_every_kind_give_the_same_digits(kind, expected):
    prices, options = PRICES[kind]
    results = call(prices=prices, **options)
    if "adj" in kind:  # halved and so rounded otherwise
        pd.testing.assert_series_equal(results.car["car"], expected.car["car"], rtol=1e-9)
    else:
        same(results, expected)


@pytest.mark.parametrize("kind", EVENTS)
def test_events_of_every_kind_give_the_same_digits(kind, expected):
    same(call(EVENTS[kind]), expected)


def test_files_give_the_same_digits(tmp_path, expected):
    CLOSES.to_csv(tmp_path / "wide.csv", float_format="%.17g")
    LONG.reset_index().to_csv(tmp_path / "long.csv", index=False, float_format="%.17g")
    LONG.reset_index().to_parquet(tmp_path / "long.parquet")
    FIRMS.to_csv(tmp_path / "firms.csv", index=False)
    for name in ("wide.csv", "long.csv", "long.parquet"):
        same(call(tmp_path / "firms.csv", str(tmp_path / name)), expected)


@pytest.mark.slow
def test_dates_alone_and_by_security():
    day = str(FIRMS["announced"].iloc[0])[:10]
    every = es.event_study(day, CLOSES, benchmark="MKTX", **OPTIONS)
    assert set(every.models["security"]) == set(NAMES)
    given = pd.Series(FIRMS["announced"].to_numpy(), index=NAMES)
    for dates in (given, dict(given), {name: [when] for name, when in given.items()}):
        same(es.event_study(dates, CLOSES, benchmark="MKTX", **OPTIONS), call())


def test_crsp_rows_are_returns_with_a_benchmark_beside_the_firms():
    firms = FIRMS.assign(permno=FIRMS["ticker"].map(PERMNOS)).drop(columns="ticker")
    rows = long_frame()
    results = call(firms, rows, id="permno", benchmark="vwretd")
    by_name = results.car["car"].to_numpy()
    pd.testing.assert_series_equal(
        results.car["car"], call(prices=ALL).car["car"], check_exact=True
    )
    assert "prices: returns are those of 'ret'; content=\"prices\" takes 'prc'" in results.assumed
    assert not any("vwretd" in one and "not used" in one for one in results.assumed)
    closes = call(firms, rows, id="permno", content="prices", benchmark=CLOSES["MKTX"])
    assert any("below zero, the mean of bid and ask" in one for one in closes.assumed)
    assert len(by_name) == len(closes.car)


def test_factors_as_names_frames_and_french_frames():
    factors = pd.DataFrame({"Mkt-RF": MARKET, "SMB": MARKET * 0.3 + RETURNS["KO"] * 0.2})
    own = RETURNS.assign(MKT=factors["Mkt-RF"], SMB=factors["SMB"])
    results = call(prices=own, benchmark=None, factors=["Mkt-RF", "SMB"])
    assert results.spec["model"] == {"name": "factor", "factors": ["MKT", "SMB"]}
    percent = factors.assign(RF=0.0001) * 100.0
    beside = call(prices=RETURNS, benchmark=None, factors=percent)
    pd.testing.assert_series_equal(beside.car["car"], results.car["car"], rtol=1e-9)
    assert any("divided by 100" in one for one in beside.assumed)
    assert any("RF is no regressor" in one for one in beside.assumed)


def test_firms_have_the_rows_of_their_prices_and_everything_assumed_is_said(expected):
    assert expected.spec["prices"]["calendar"] == "data"
    assert expected.spec["model"]["name"] == "market_model"
    said = "\n".join(expected.assumed)
    for sentence in (
        "the time of an event is that of the column 'announced'",
        "events are called by security and date",
        'the rows of the prices are the sessions (calendar="data")',
        'the session of that date or the next one (date_only="same")',
        "market model on MKTX",
        "CNH: the column of that name, not the built-in market",
    ):
        assert sentence in said
    assert "assumed: market model on MKTX" in expected.summary()


def test_news_on_known_markets_has_their_closes_and_the_total_reaction_first():
    meetings = pd.DataFrame({"meeting": ["2024-05-01 14:00", "2024-07-31 14:00"]})
    results = es.event_study(
        meetings, es.load_prices(), time="meeting", tz="America/New_York",
        markets=["N225", "HSI"], benchmark="SPX", **OPTIONS,
    )  # fmt: skip
    model = results.spec["model"]
    assert (model["name"], model["beside"]["benchmark"]) == ("constant_mean", "SPX")
    # 14:00 in New York is after both closes
    assert set(results.alignment["session"].astype(str)) == {"2024-05-02", "2024-08-01"}


@pytest.mark.parametrize(
    ("options", "key", "message"),
    [
        ({"benchmark": None}, "benchmark", r"give benchmark= .*or model=ConstantMean\(\)"),
        ({"id": "tikcer"}, "id", "events have no column 'tikcer'; did you mean 'ticker'"),
        ({"benchmark": "QQQ"}, "benchmark", "the prices have no column 'QQQ'; give a series"),
        ({"car_windows": [(0, 9)]}, "car_windows", r"^car_windows \[0,\+9\] is not inside event_w"),
        ({"min_obs": 400}, "estimation_window", "fewer than min_obs=400"),
        ({"content": "return"}, "content", "did you mean 'returns'"),
        ({"field": "adj_close"}, "field", 'field = "adj_close" is for bars'),
        ({"start": "2020-01-01", "end": "2019-01-01"}, "start", "start: .* lies after the end"),
        ({"model": "marktmodel"}, "", "did you mean 'market_model'"),
        ({"factors": ["KO"]}, "factors", "exclude each other"),
        ({"model": es.MarketModel(sync="asof")}, "model.sync", 'calendar="XNYS"'),
        ({"events": FIRMS.assign(announced=FIRMS["announced"] + pd.Timedelta("9h"))}, "tz",
         'the column \'announced\' has times without an offset.*tz="America/New_York"'),
        ({"events": FIRMS.assign(announced=FIRMS["announced"] + pd.Timedelta("9h")),
          "tz": "America/New_York"}, "", 'ADM has no closing times; .*calendar="XNYS"'),
        ({"events": FIRMS.assign(ticker=range(8))}, "id", "8 events of 8 are about securities"),
        ({"benchmark": CLOSES["MKTX"].rename("M").resample("ME").last()}, "benchmark",
         "M has a value on .* of .* dates of the prices"),
        ({"events": FIRMS.iloc[:0]}, "events", "the table has no rows"),
        ({"events": 3}, "events", "expected Events, a table, a file or dates, got int"),
        ({"prices": 3}, "prices", "expected a frame, a series, a file or a PricePanel, got int"),
        ({"prices": ALL * 100.0}, "", "looks like percent .*divide by 100"),
    ],
)  # fmt: skip
def test_errors_speak_of_the_call(options, key, message):
    with pytest.raises((SpecificationError, SchemaError), match=message) as caught:
        call(**options)
    assert caught.value.key == key
    assert "[market." not in str(caught.value)


def test_an_argument_that_is_none_is_refused_with_the_nearest():
    with pytest.raises(TypeError, match="no argument 'car_window'; did you mean 'car_windows'"):
        call(car_window=[(0, 1)])


def test_securities_without_prices_are_left_out_and_named():
    results = call(FIRMS.assign(ticker=["ZZZ", *NAMES[1:]]))
    assert len(results.models) == len(NAMES) - 1
    assert any("1 event of 8 left out" in one and "ZZZ" in one for one in results.assumed)
    rows = results.dropped[results.dropped["security"] == "ZZZ"]
    assert rows[["stage", "reason"]].to_numpy().tolist() == [
        ["coverage", "prices has no column ZZZ"]
    ]


def test_what_is_known_of_the_securities_may_be_a_frame_too():
    known = pd.DataFrame({"ticker": NAMES, "sector": ["a", "b"] * 4})
    results = call(securities=known, by="sector")
    assert "sector=a" in set(results.statistics["group"])


def test_editors_and_type_checkers_know_every_option():
    shown = inspect.signature(es.event_study).parameters
    fields = {field.name for field in Specification.__dataclass_fields__.values()}
    assert fields <= set(shown)
    assert set(StudyOptions.__annotations__) == fields


def test_the_first_lines_of_the_readme_run(capsys):
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (block, *_) = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    exec(compile(block, "README.md", "exec"), {})  # noqa: S102 - it is what users run
    assert "40 events in 40 markets: 40 pairs" in capsys.readouterr().out


def test_fit_takes_frames_too(expected):
    study = es.EventStudy(
        markets="events", model=es.MarketModel("MKTX"), calendar="data", date_only="same", **OPTIONS
    )
    frame = FIRMS.rename(columns={"ticker": "markets"})
    declared = es.Market(name="CNH", label="CNH", calendar="data", series="CNH")
    results = es.EventStudy(**{
        **{name: getattr(study, name) for name in study.__dataclass_fields__},
        "declared": [declared],
    }).fit(frame, CLOSES)  # fmt: skip
    same(results, expected)


def test_files_in_an_encoding_that_is_said_or_told(tmp_path):
    """Korean files as spreadsheets there save them: told by their words, else an option says it."""
    named = dict(zip(NAMES, [f"{name}전자" for name in NAMES], strict=True))
    prices = CLOSES.rename(columns=named).rename_axis("날짜")
    table = FIRMS.assign(ticker=FIRMS["ticker"].map(named)).rename(columns={"ticker": "종목"})
    for code in ("utf-8", "cp949"):
        prices.to_csv(tmp_path / f"prices_{code}.csv", encoding=code)
        table.to_csv(tmp_path / f"events_{code}.csv", index=False, encoding=code)
    options = {"id": "종목", "benchmark": "MKTX", "statistics": ["bmp"], "draws": 0}
    asked = {"columns": {"date": "날짜"}} | options

    def run(code, **said):
        files = (tmp_path / f"events_{code}.csv", tmp_path / f"prices_{code}.csv")
        return es.event_study(*files, **asked, **said)

    whole = run("utf-8").statistics
    pd.testing.assert_frame_equal(run("cp949").statistics, whole)
    pd.testing.assert_frame_equal(run("cp949", encoding="cp949").statistics, whole)
    with pytest.raises(es.SourceError, match="not UTF-8"):
        run("cp949", encoding="utf-8")
    with pytest.raises(es.SourceError, match="is not in the encoding ascii"):
        run("cp949", encoding="ascii")


def test_its_help_explains_every_argument():
    said = inspect.getdoc(es.event_study)
    parameters = said[said.index("Parameters\n") : said.index("Returns\n")]
    named = re.findall(r"^(\w[\w, ]*)$", parameters, re.MULTILINE)
    explained = {name for entry in named for name in entry.split(", ")}
    assert set(inspect.signature(es.event_study).parameters) <= explained
    assert "**options" not in said
    assert "Placebo draws, 0 for none." in said
