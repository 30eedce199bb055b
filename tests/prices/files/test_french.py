"""Kenneth French's layout, with invented numbers, and a three-factor study against plain OLS."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from eventstudy import cli
from eventstudy.exceptions import SchemaError, SourceError, SpecificationError
from eventstudy.markets.calendars import exchange_sessions
from eventstudy.markets.market import find_market
from eventstudy.prices.checks import inspect_prices
from eventstudy.prices.files.french import read_factors
from eventstudy.prices.panel import PricePanel
from eventstudy.studyfile.study_file import read_study

PREAMBLE = (
    "This file was made by INVENTED_RETS_DAILY using the 202501 CRSP database.\n"
    "The Tbill return is the simple daily rate that, over the number of trading days,\n"
    "compounds to the 1-month rate.\n\n\n"
)
FOOTER = "\n\nCopyright 2025 Nobody In Particular\n"
THREE = (
    f"{PREAMBLE},Mkt-RF,SMB,HML,RF\n"
    "20250102,    0.10,   -0.25,   -0.27,   0.009\n"
    "20250103,   -1.45,    0.17,  -99.99,   0.009\n"
    "20250106,    2.00,   -999,     1.06,   0.009\n"
    "20250107,    0.59,    0.43,    0.20,   0.009\n"
    f"{FOOTER}"
)
SESSIONS = pd.DatetimeIndex(exchange_sessions("XNYS", "2024-01-02", "2024-12-31").sessions)


def write(folder, text, name="F-F_Research_Data_Factors_daily.CSV"):
    path = folder / name
    path.write_bytes(text.encode())
    return path


def table(names, returns, dates=SESSIONS):
    """A file of the layout: decimals in, percent out."""
    rows = [
        f"{day:%Y%m%d}," + ",".join(f"{100 * value:8.4f}" for value in row)
        for day, row in zip(dates, returns, strict=True)
    ]
    return f"{PREAMBLE},{','.join(names)}\n" + "\n".join(rows) + "\n" + FOOTER


def test_a_file_as_published(tmp_path):
    panel = read_factors(write(tmp_path, THREE))
    assert panel.names == ("MKT", "SMB", "HML", "RF")
    # the index starts on the session before, over New Year's Day
    assert [str(day) for day in panel.dates[0]] == [
        "2024-12-31", "2025-01-02", "2025-01-03", "2025-01-06", "2025-01-07"
    ]  # fmt: skip
    market = panel.values[0]
    np.testing.assert_allclose(market[1:] / market[:-1] - 1, [0.001, -0.0145, 0.02, 0.0059],
                               rtol=1e-12)  # fmt: skip
    assert [str(day) for day in panel.dates[2]] == [
        "2024-12-31", "2025-01-02", "2025-01-06", "2025-01-07"
    ]  # fmt: skip
    assert [(one.security, str(one.date), one.check) for one in panel.remarks] == [
        ("SMB", "2025-01-06", "factor_missing"), ("HML", "2025-01-03", "factor_missing")
    ]  # fmt: skip
    assert panel.name == "F-F_Research_Data_Factors_daily.CSV"


def test_returns_are_decimals_and_a_missing_one_is_missing(tmp_path):
    panel = read_factors(write(tmp_path, THREE), content="returns")
    assert panel.values[0].tolist() == pytest.approx([0.001, -0.0145, 0.02, 0.0059])
    assert np.isnan(panel.values[2]).tolist() == [False, True, False, False]
    logs = read_factors(tmp_path / panel.name, content="returns", kind="log")
    np.testing.assert_allclose(logs.values[0], np.log1p(panel.values[0]))


@pytest.mark.slow
def test_five_factors_momentum_and_archives_go_together(tmp_path):
    five = table(["Mkt-RF", "SMB", "HML", "RMW", "CMA", "RF"], np.full((5, 6), 0.01), SESSIONS[:5])
    momentum = "Missing data are indicated by -99.99 or -999.\n\n,Mom   \n20240103,   0.5\n"
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("F-F_Momentum_Factor_daily.csv", momentum)
    zipped = tmp_path / "F-F_Momentum_Factor_daily_CSV.zip"
    zipped.write_bytes(archive.getvalue())
    panel = read_factors(write(tmp_path, five), zipped)
    assert panel.names == ("MKT", "SMB", "HML", "RMW", "CMA", "RF", "MOM")
    assert panel.values[6].tolist() == pytest.approx([100.0, 100.5])
    assert [name for name, _ in panel.inputs] == [
        "F-F_Research_Data_Factors_daily.CSV", zipped.name
    ]  # fmt: skip
    with pytest.raises(SchemaError, match="column 'MKT' is also in F-F_Research"):
        read_factors(tmp_path / "F-F_Research_Data_Factors_daily.CSV", write(tmp_path, THREE, "b"))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n2025", ",\n2025").replace("RF\n", "RF,\n"),
        lambda text: text.partition(",Mkt-RF")[1] + text.partition(",Mkt-RF")[2],
        lambda text: text.replace(FOOTER, ""),
        lambda text: text.replace("Nobody", "Möbius"),
        lambda text: "\ufeff" + text,
    ],
    ids=["crlf", "commas at the end", "no preamble", "no footer", "letters", "bom"],
)
def test_small_differences_change_nothing(tmp_path, change):
    plain = read_factors(write(tmp_path, THREE))
    other = read_factors(write(tmp_path, change(THREE), "other.csv"))
    pd.testing.assert_frame_equal(plain.frame(), other.frame())


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (THREE.replace("20250102,", "202501,"), r"is monthly \(row 7 is dated 202501\); take the"),
        (THREE.replace("20250102,", "2025,"), "is annual"),
        (THREE.replace("20250106", "20250110").replace("20250107", "20250117")
         .replace("20250102", "20241227"), "is no daily file .its rows lie 7 days apart"),
        ("date,MKT\n2025-01-02,0.1\n", "is no factor file as Kenneth French publishes them"),
        ("", "is no factor file"),
        (THREE.replace("   0.17", "   abc"), 'row 8: SMB "abc" is not a number'),
        (THREE.replace("   0.17", "   -100"), "row 8: SMB -100 cannot be a percent return"),
        (THREE.replace("20250103", "20250134"), "row 8: date '20250134' is none"),
        (THREE.replace("20250103", "20250102"), "2025-01-02: the date appears twice"),
        (THREE.replace("    0.17, ", ""), "row 8: 3 values for 4 factors"),
        (THREE.replace("SMB", "HML"), "HML is there 2 times"),
        (THREE.replace("SMB", ""), "column 3 has no name"),
        (THREE.replace("20250106", "\n20250106"), "row 10: a row after the end of the table"),
        (THREE + "\n,Mkt-RF\n20250102,1\n", "holds 2 tables, the second at row"),
        (THREE.replace("0.009", "-99.99"), "RF has no value"),
    ],
)  # fmt: skip
def test_what_is_no_daily_file_is_refused(tmp_path, text, message):
    with pytest.raises(SchemaError, match=message) as caught:
        read_factors(write(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_archives_that_hold_something_else(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", THREE)
        file.writestr("b.csv", THREE)
    with pytest.raises(SchemaError, match=r"a\.zip holds 2 files; one daily csv is expected"):
        read_factors(path)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(SourceError, match=r"a\.zip is not a readable zip archive"):
        read_factors(path)
    with pytest.raises(SourceError, match="no such file"):
        read_factors(tmp_path / "none.csv")
    with pytest.raises(SpecificationError, match=r"prices\.factors is empty"):
        read_factors()


# -- a study --------------------------------------------------------------------------------------

STUDY = """\
title = "Three factors"
markets = ["AAA", "BBB"]
[events]
file = "events.csv"
date_only = "same"
[prices]
file = "prices.csv"
factors = "factors.csv"
content = "{content}"
calendar = "{calendar}"
[market.AAA]
calendar = "{market}"
[market.BBB]
calendar = "{market}"
[model]
name = "factor"
factors = ["MKT", "SMB", "HML"]
[windows]
estimation = [-100, -11]
event = [-1, 1]
car = [[0, 1]]
[sample]
min_obs = 60
[statistics]
names = ["cross_sectional_t"]
draws = 0
"""
NAMES = ["Mkt-RF", "SMB", "HML", "RF"]


def three_factor_study(folder, *, content, calendar):
    rng = np.random.default_rng(3)
    count = len(SESSIONS)
    factors = rng.normal(0, [0.01, 0.005, 0.006, 0.0001], (count, 4)).round(6)
    own = 0.0002 + factors[:, :3] @ np.array([[1.1, 0.8], [0.4, -0.3], [-0.2, 0.5]])
    own += rng.normal(0, 0.01, (count, 2))
    frame = pd.DataFrame(own, index=SESSIONS.rename("date"), columns=["AAA", "BBB"])
    frame.iloc[0] = 0.0
    prices = frame if content == "returns" else 50 * (1 + frame).cumprod()
    prices.to_csv(folder / "prices.csv")
    (folder / "factors.csv").write_text(table(NAMES, factors))
    days = [SESSIONS[at] for at in (150, 180, 200)]
    events = "".join(f"E{n},{day:%Y-%m-%d}\n" for n, day in enumerate(days))
    (folder / "events.csv").write_text("event_id,date\n" + events)
    market = "data" if calendar == "data" else "XNYS"
    text = STUDY.format(content=content, calendar=calendar, market=market)
    (folder / "study.toml").write_text(text)
    return frame, pd.DataFrame(factors[:, :3], index=SESSIONS), days


@pytest.mark.fast_cases(2)
@pytest.mark.parametrize("content", ["prices", "returns"])
@pytest.mark.parametrize("calendar", ["own", "data"])
def test_coefficients_of_a_three_factor_study_are_those_of_ols(tmp_path, content, calendar):
    own, factors, days = three_factor_study(tmp_path, content=content, calendar=calendar)
    results = read_study(tmp_path / "study.toml").run()
    assert len(results.models) == 6
    for row in results.models.itertuples():
        at = SESSIONS.get_loc(days[int(row.event_id[1:])])
        window = slice(at - 100, at - 10)
        fit = sm.OLS(own[row.security].to_numpy()[window],
                     sm.add_constant(factors.to_numpy()[window])).fit()  # fmt: skip
        coefficients = [row.alpha, row.beta_MKT, row.beta_SMB, row.beta_HML]
        np.testing.assert_allclose(coefficients, fit.params, rtol=1e-9, atol=1e-13)
        assert row.sigma == pytest.approx(np.sqrt(fit.scale), rel=1e-9)
    inputs = results.manifest["inputs"]["prices"]
    assert inputs["name"] == "prices.csv + factors.csv"
    assert [name for name, _ in inputs["parts"]] == ["prices.csv", "factors.csv"]
    assert results.manifest["study"]["prices"]["factors"] == ["factors.csv"]


@pytest.mark.slow
def test_asof_pairs_tokyo_with_the_factors_of_the_night_before(tmp_path):
    own, factors, days = three_factor_study(tmp_path, content="prices", calendar="own")
    text = (tmp_path / "study.toml").read_text().replace("XNYS", "XTKS")
    (tmp_path / "study.toml").write_text(text)
    results = read_study(tmp_path / "study.toml").run()
    assert results.manifest["sync"] == "asof"

    tokyo = pd.DatetimeIndex(exchange_sessions("XTKS", SESSIONS[0], SESSIONS[-1]).sessions)
    tokyo = tokyo.intersection(SESSIONS)
    levels = (1 + factors).cumprod()
    closes = levels.iloc[SESSIONS.searchsorted(tokyo) - 1].set_axis(tokyo)  # closed before Tokyo
    paired = closes.pct_change().to_numpy()
    prices = (1 + own).cumprod().loc[tokyo].pct_change()
    for row in results.models.itertuples():
        at = tokyo.searchsorted(days[int(row.event_id[1:])])
        window = slice(at - 100, at - 10)
        fit = sm.OLS(prices[row.security].to_numpy()[window],
                     sm.add_constant(paired[window])).fit()  # fmt: skip
        coefficients = [row.alpha, row.beta_MKT, row.beta_SMB, row.beta_HML]
        np.testing.assert_allclose(coefficients, fit.params, rtol=1e-9, atol=1e-13)


def test_the_names_are_markets_of_studies_that_read_factors_alone(tmp_path):
    three_factor_study(tmp_path, content="prices", calendar="own")
    study = read_study(tmp_path / "study.toml").study
    assert {m.name: m.calendar for m in study.declared if m.name not in ("AAA", "BBB")} == {
        "MKT": "XNYS", "SMB": "XNYS", "HML": "XNYS",
    }  # fmt: skip
    text = (tmp_path / "study.toml").read_text()
    (tmp_path / "own.toml").write_text(text + '[market.mkt]\ncalendar = "XTKS"\n')
    (own,) = (m for m in read_study(tmp_path / "own.toml").study.declared if m.name == "MKT")
    assert own.calendar == "XTKS"
    # a column MKT of one's own has no close in New York
    assert find_market("MKT") is None
    days = pd.bdate_range("2025-06-30", periods=10, name="date")  # with the fourth of July
    mine = PricePanel.from_frame(pd.DataFrame({"MKT": np.arange(1.0, 11.0)}, index=days))
    assert inspect_prices(mine).empty


@pytest.mark.slow
def test_the_command_runs_a_study_with_factors(tmp_path, capsys):
    three_factor_study(tmp_path, content="prices", calendar="own")
    out = tmp_path / "out"
    assert cli.invoke(["run", str(tmp_path / "study.toml"), "--out", str(out), "--quiet"]) == 0
    models = pd.read_csv(out / "models.csv")
    assert {"beta_MKT", "beta_SMB", "beta_HML"} <= set(models.columns)
    assert capsys.readouterr() == ("", "")


def test_a_factor_that_is_not_there_and_one_that_is_there_twice(tmp_path, run):
    three_factor_study(tmp_path, content="prices", calendar="own")
    study = tmp_path / "study.toml"
    text = study.read_text()
    study.write_text(text.replace('"HML"]', '"RMW"]'))
    code, _, err = run("run", study)
    assert code == 2
    message = "study.toml: model.factors: prices.csv + factors.csv has no column for market RMW"
    assert message in err
    study.write_text(text.replace('"factors.csv"', '"none.csv"'))
    assert "study.toml: prices.factors: " in run("run", study)[2]
    study.write_text(text)
    prices = pd.read_csv(tmp_path / "prices.csv").assign(MKT=1.0)
    prices.to_csv(tmp_path / "prices.csv", index=False)
    assert "factors.csv: column 'MKT' is also in prices.csv\n" in run("run", study)[2]


def test_factors_with_the_bundled_closes_join_too(tmp_path):
    from eventstudy.studyfile.prices import Bundled, PriceRequest

    write(tmp_path, THREE, "f.csv")
    request = PriceRequest(names=(), declared=(), kind="log", calendar=None)
    panel = Bundled(factors=(tmp_path / "f.csv",)).load(request)
    assert isinstance(panel, PricePanel)
    assert {"N225", "SPX", "MKT", "RF"} <= set(panel.names)
    assert panel.kind == "log"
