"""`eventstudy prices check`: what it reads, says and writes, and its exit code."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from eventstudy.prices.files.reading import read_prices

DAYS = pd.bdate_range("2024-01-02", periods=300)


@pytest.fixture
def late(tmp_path):
    """Bars of one currency whose closes are prices of the start of their day."""
    price = 150 * np.exp(np.cumsum(np.random.default_rng(1).normal(0, 0.005, 301)))
    frame = pd.DataFrame({
        "Date": DAYS.strftime("%Y-%m-%d"), "Close": price[:-1], "Open": price[:-1],
        "High": np.maximum(price[:-1], price[1:]), "Low": np.minimum(price[:-1], price[1:]),
        "Volume": 0,
    })  # fmt: skip
    path = tmp_path / "usdjpy.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.mark.slow
def test_the_bundled_closes_hold_no_error(run):
    code, out, err = run("prices", "check")
    assert (code, err) == (0, "")
    assert "TWII: 3 warnings, 3 notes" in out
    assert out.splitlines()[-1].startswith("PricePanel closes.csv: prices of 7 columns")
    assert out.splitlines()[-1].endswith(": 4 warnings, 7 notes")


def test_an_error_is_exit_code_2(run, late):
    code, out, err = run("prices", "check", late)
    assert code == 2
    assert "error    fx_label_shift, 2024-01-02" in out
    assert err == "eventstudy: usdjpy.csv: 1 error among 1 finding of the checks\n"


def test_moved_closes_are_judged_and_written(run, late, tmp_path):
    out_file = tmp_path / "repaired.csv"
    code, out, err = run("prices", "check", "--file", late, "--fx-close", "detect", "-o", out_file)
    assert (code, err) == (0, "")
    assert "USDJPY: 1 note" in out
    assert "closes of USDJPY moved one row up, the last row left out" in out
    panel, raw = read_prices(out_file), read_prices(late)
    assert len(panel.dates[0]) == 299
    np.testing.assert_allclose(panel.values[0], raw.values[0][1:], rtol=1e-10)
    code, out, _ = run("prices", "check", out_file)
    assert code == 0
    assert out.endswith(": nothing found\n")


def test_json_holds_a_finding_each(run, late):
    code, out, _ = run("prices", "check", late, "--json")
    rows = json.loads(out)
    assert code == 2
    assert [(row["security"], row["date"], row["check"]) for row in rows] == [
        ("USDJPY", "2024-01-02", "fx_label_shift")
    ]
    _, out, _ = run("prices", "check", "--json", "--markets", "SPX")
    assert json.loads(out) == []


def test_everything_a_study_would_refuse_is_listed(run, tmp_path):
    path = tmp_path / "bad.csv"
    path.write_text(
        "date,N225\n2025-05-01,36452\n2025-05-02,-1\n2025-05-02,36830\n", encoding="utf-8"
    )
    code, out, err = run("prices", "check", path)
    assert code == 2
    assert "the date appears twice" in out
    assert "-1 is not positive" in out
    assert "2 errors among 2 findings" in err


@pytest.mark.slow
def test_the_local_store_is_read_without_the_network(run, late, tmp_path, monkeypatch):
    from eventstudy.prices.store import open_store

    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    code, _, err = run("prices", "check", "--source", "yahoo")
    assert code == 2
    assert "the local store holds no daily prices" in err
    bars = pd.read_csv(late, index_col="Date", parse_dates=True).rename(columns=str.lower)
    open_store().write("JPY=X", bars, covered=[(DAYS[0].date(), DAYS[-1].date())])
    stored = open_store().path.read_bytes()
    for words in (["check", "--source", "yahoo"], ["fetch", "--offline"]):
        code, _, err = run("prices", *words, "-o", open_store().path)
        assert code == 2
        assert "name another" in err
    assert open_store().path.read_bytes() == stored
    code, out, err = run("prices", "check", "--source", "yahoo", "--fx-close", "written")
    assert code == 2
    assert "error    fx_label_shift, 2024-01-02" in out
    code, out, err = run("prices", "check", "--source", "yahoo")
    assert (code, err) == (0, "")
    assert "USDJPY: " in out
    assert "error" not in out
    # a market with fewer rows than the others lacks nothing
    half = bars.iloc[100:200]
    open_store().write("EURUSD=X", half, covered=[(DAYS[100].date(), DAYS[199].date())])
    code, out, _ = run("prices", "check", "--source", "yahoo")
    assert "2 columns" in out
    assert "lacks" not in out


def test_another_source_of_the_same_series(run, late, tmp_path):
    bars = pd.read_csv(late)
    other = tmp_path / "other.csv"
    pd.DataFrame(
        {"date": bars["Date"].iloc[:-1], "USDJPY": bars["Close"].iloc[1:].to_numpy()}
    ).to_csv(other, index=False)
    code, out, _ = run("prices", "check", late, "--against", other, "--security", "USDJPY")
    assert code == 2
    assert "dates are one row late" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--source", "files"], "--source files needs a file"),
        (["a.csv", "--file", "b.csv"], "both a.csv and --file b.csv"),
        (["a.csv", "--source", "bundled"], "--source bundled reads no file"),
        (["nowhere.csv"], "nowhere.csv: no such file"),
        (["--markets", "N22"], "did you mean 'N225'"),
        (["--calendar", "XTKX"], "XTK"),
    ],
)
def test_mistakes_are_named(run, words, message):
    code, _, err = run("prices", "check", *words)
    assert code == 2
    assert message in err


def test_the_checked_file_is_never_overwritten(run, late):
    before = late.read_bytes()
    code, _, err = run("prices", "check", late, "-o", late)
    assert code == 2
    assert "is the file that is checked" in err
    assert late.read_bytes() == before


def test_quiet_says_only_the_error(run, late):
    code, out, err = run("prices", "check", late, "-q")
    assert (code, out) == (2, "")
    assert "1 error" in err


@pytest.fixture
def fixings(monkeypatch, tmp_path):
    """A server with noon rates, and a store of its own."""
    from feed_server import feed_server
    from fixing_answers import FRED

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EVENTSTUDY_STORE", str(tmp_path / "store"))
    with feed_server() as feeds:
        feeds.put("/api", FRED)
        yield feeds


@pytest.mark.slow
def test_fixings_are_fetched_checked_and_compared(run, fixings, tmp_path):
    words = ["prices", "fetch", "--source", "fred", "--markets", "USDCNY", "--start", "2025-04-01",
             "--end", "2025-04-30", "--address", f"{fixings.address}/api"]  # fmt: skip
    code, out, err = run(*words, "-o", tmp_path / "fx.csv")
    assert (code, err) == (0, "")
    assert "USDCNY  DEXCHUS" in out
    assert 'close = "12:00", timezone = "America/New_York"' in out
    code, out, _ = run("prices", "check", tmp_path / "fx.csv", "--against", "fred")
    assert code == 0
    assert "within 0.1 % of USDCNY of fred on all 3 dates" in out
    code, out, _ = run("prices", "check", "--source", "fred")
    assert code == 0
    other = tmp_path / "other.csv"
    other.write_text((tmp_path / "fx.csv").read_text().replace("7.2937", "7.1937"))
    code, out, _ = run("prices", "check", other, "--against", "fred", "--tolerance", "0.5")
    assert code == 0
    assert "7.1937 against 7.2937 of USDCNY of fred, -1.37 %" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--source", "fred"], "--source fred needs --markets"),
        (["--source", "fred", "--markets", "JPY", "--interval", "1h"], "has one price a day"),
        (["--source", "fred", "--markets", "JPY", "--fx-close", "written"], "--fx-close is of"),
        (["--address", "http://127.0.0.1:1/"], "--address is of official fixings"),
        (["--source", "twse", "--markets", "N225"], "has no N225"),
    ],
)
def test_options_of_the_other_kind_are_refused(run, fixings, words, said):
    code, _, err = run("prices", "fetch", *words)
    assert code == 2
    assert said in err
    assert not fixings.asked
