"""The code of the guides runs, and shows what they say it shows."""

from __future__ import annotations

import re
import sys
import types
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import eventstudy as es

DOCS = Path(__file__).parents[2] / "docs"
MOST_LINES = 19  # of a recipe, blank ones not counted


def blocks_of(name):
    """Return the Python blocks of a page."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def run_block(block, name, names=None):
    """Run a block and return what it defined, beside what there was."""
    # A module, as classes look theirs up.
    module = sys.modules["guide"] = types.ModuleType("guide")
    module.__dict__.update(names or {})
    exec(compile(block, name, "exec"), module.__dict__)  # noqa: S102 - our own pages
    return module.__dict__


def run_page(name):
    """Run the Python blocks of a page, one after the other, and return what they defined."""
    return run_block("\n".join(blocks_of(name)), name)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    yield
    sys.modules.pop("guide", None)
    plt.close("all")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "value"),
    [
        ("index.md", "2 events in 3 markets: 6 pairs"),
        ("howto/own-prices.md", "2 events in 2 markets: 4 pairs"),
        ("howto/firm-study.md", "40 pairs, 40 events"),
        ("howto/fomc.md", None),
        ("howto/intraday.md", "1 pair of 1 event, 0 dropped"),
        ("howto/new-market.md", None),
        ("errors.md", "statistics bmp"),
    ],
)
def test_the_pages_of_the_site_run(page, value, capsys):
    run_page(page)
    assert value is None or value in capsys.readouterr().out


@pytest.mark.slow
def test_the_first_page_gives_a_result_of_ones_own(tmp_path):
    text = (DOCS / "start.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    for name, first in (("events.csv", "A1,"), ("firms.csv", "2025-02-03,")):
        (table,) = (part for kind, part in blocks if not kind and f"\n{first}" in part)
        (tmp_path / name).write_text(table, encoding="utf-8")
    days = pd.bdate_range("2024-01-02", "2025-06-30", name="Date")
    moves = np.random.default_rng(3).normal(0, 0.01, (len(days), 4)).cumsum(axis=0)
    closes = pd.DataFrame(100 * np.exp(moves), days, ["ACME", "BOLT", "CORE", "INDEX"])
    closes.round(2).to_csv(tmp_path / "prices.csv")
    made = run_page("start.md")
    assert len(made["results"].models) == 9
    assert list(made["firms"].models["security"]) == ["ACME", "BOLT", "CORE"]


@pytest.mark.slow
def test_the_guide_of_tables(tmp_path):
    names = run_page("tables.md")
    table = names["table"]
    assert (tmp_path / "table-1.tex").read_text(encoding="utf-8") == table.to_latex()
    assert r"\label{tab:tariffs}" in table.to_latex()
    assert names["latex"].count("S[") >= 4
    assert r"\begin{longtable}" in names["pages"]


def test_an_own_statistic_stands_in_tables_like_the_others():
    try:
        names = run_page("own-statistic.md")
        table = names["results"].etable(
            tests=["share_up", "placebo"], labels={"share_up": "Share up"}
        )
        assert list(table.table().columns)[1:4] == ["CAAR, %", "Share up", "placebo"]
        assert "Share up: null, positive and negative abnormal returns are equally" in table.notes
        numbers = table.to_frame()
        own = numbers[numbers["name"] == "share_up"]
        assert own[["size", "pvalue_corrected"]].notna().all(axis=None)
        # markets that move together are not independent: the formula rejects too often
        assert own["size_low"].min() > 0.05
        assert own["star_pvalue"].equals(own["pvalue_corrected"])
    finally:
        es.STATISTICS.remove("share_up")


def test_an_own_model_is_named_below_tables():
    try:
        names = run_page("own-model.md")
        table = names["results"].etable(tests=["portfolio_t", "placebo"], columns="market")
        assert "Normal returns: shrunk_beta on BMK, estimated over [-120,-11]." in table.notes
        heads = [over for over, _ in table.table().columns]
        assert list(dict.fromkeys(heads)) == ["", "M01", "M02", "M03"]
    finally:
        es.MODELS.remove("shrunk_beta")


# ---- recipes -------------------------------------------------------------------------------------

KOREAN, FOMC, FIRMS, ROBUST, OWN = range(5)


def test_a_recipe_is_short():
    lengths = [
        sum(bool(line.strip()) for line in block.split("\n")) for block in blocks_of("recipes.md")
    ]
    assert len(lengths) == 5
    assert max(lengths) <= MOST_LINES


def grouped(values):
    """Prices as an exchange writes them, commas between thousands."""
    return [f"{value:,.2f}" for value in values]


def write_korean_files():
    """An index that falls by 2 % on ten days of news, a currency that rises, and the S&P 500."""
    rng = np.random.default_rng(1)
    days = pd.bdate_range("2023-01-02", "2025-06-30")
    market = rng.normal(0, 0.01, len(days))
    at = np.arange(300, 640, 34)
    news = np.isin(np.arange(len(days)), at)
    index = 0.9 * market + rng.normal(0, 0.006, len(days)) - 0.02 * news
    won = -0.3 * market + rng.normal(0, 0.004, len(days)) + 0.008 * news
    close = 2500 * np.exp(index.cumsum())
    bars = {"종가": 1.0, "시가": 0.999, "고가": 1.004, "저가": 0.996}
    kospi = pd.DataFrame({"일자": days.strftime("%Y/%m/%d")})
    kospi = kospi.assign(**{name: grouped(close * of) for name, of in bars.items()})
    kospi.insert(2, "대비", grouped(np.diff(close, prepend=close[0])))
    kospi[::-1].to_csv("kospi.csv", index=False, encoding="cp949")
    iso = days.strftime("%Y-%m-%d")
    rates = pd.DataFrame({"날짜": iso, "원/달러": grouped(1300 * np.exp(won.cumsum()))})
    rates.to_csv("won.csv", index=False, encoding="utf-8-sig")
    spx = pd.DataFrame({"날짜": iso, "SPX": 4000 * np.exp(market.cumsum())})
    spx.to_csv("sp500.csv", index=False)
    return pd.DataFrame({"발표일": iso[at], "구분": ["관세", "협상"] * 5})


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp949", "utf-8"])
def test_korean_files_need_no_word_about_their_form(encoding, capsys, tmp_path):
    write_korean_files().to_csv("events.csv", index=False, encoding=encoding)
    results = run_block(blocks_of("recipes.md")[KOREAN], "recipes.md")["results"]
    assert "관세" in capsys.readouterr().out
    assert (tmp_path / "표.docx").is_file()
    day0 = results.car[(results.car["window_start"] == 0) & (results.car["window_end"] == 0)]
    means = day0.groupby("security")["car"].mean()
    assert abs(means["KOSPI"] + 0.02) < 0.006
    assert abs(means["원/달러"] - 0.008) < 0.004


@pytest.mark.slow
def test_asia_answers_to_new_york_on_the_next_morning():
    results = run_block(blocks_of("recipes.md")[FOMC], "recipes.md")["results"]
    first = results.alignment.set_index(["event_id", "security"])["session"].loc["2022-07-27"]
    days = {security: str(day)[:10] for security, day in first.items()}
    assert days == {
        "SPX": "2022-07-27", "N225": "2022-07-28", "HSI": "2022-07-28", "AUDUSD": "2022-07-27"
    }  # fmt: skip
    assert Path("fomc.xlsx").is_file()


def write_firm_files(n_firms=200, n_days=420):
    """Firms of three factors, each with one announcement that is worth 2 %."""
    rng = np.random.default_rng(2)
    days = pd.bdate_range("2021-01-04", periods=n_days)
    factors = rng.normal(0.0, [1.0, 0.5, 0.5], size=(n_days, 3)).round(2)
    lines = [f"{d:%Y%m%d}," + ",".join(f"{x:8.2f}" for x in (*row, 0.01))
             for d, row in zip(days, factors, strict=True)]  # fmt: skip
    head = "Made up.\n\n,Mkt-RF,SMB,HML,RF\n"
    Path("F-F_Research_Data_Factors_daily.csv").write_text(head + "\n".join(lines) + "\n")
    loadings = rng.normal([1.0, 0.3, 0.0], [0.3, 0.5, 0.5], size=(n_firms, 3))
    returns = factors / 100 @ loadings.T + rng.normal(0, 0.015, (n_days, n_firms))
    at = rng.integers(290, n_days - 20, n_firms)
    returns[at, np.arange(n_firms)] += 0.02
    firms = np.arange(10001, 10001 + n_firms)
    crsp = {"PERMNO": firms.repeat(n_days), "date": np.tile(days.strftime("%Y-%m-%d"), n_firms)}
    crsp |= {"PRC": 20.0, "RET": returns.T.ravel().round(6)}
    pd.DataFrame(crsp).to_csv("crsp.csv", index=False)
    size = np.where(firms % 2, "small", "large")
    frame = pd.DataFrame(
        {"permno": firms, "announced": days[at].strftime("%Y-%m-%d"), "size": size}
    )
    frame.to_csv("announcements.csv", index=False)


@pytest.mark.slow
def test_two_hundred_firms_and_three_factors_from_files():
    write_firm_files()
    names = run_block(blocks_of("recipes.md")[FIRMS], "recipes.md")
    results = names["results"]
    row = results.statistics.query("group == 'all' and name == 'bmp' and measure == 'car'").iloc[0]
    assert row["n_pairs"] == 200
    assert abs(row["estimate"] - 0.02) < 0.004
    assert {"beta_MKT", "beta_SMB", "beta_HML"} <= set(results.models)
    assert Path("table-2.tex").read_text(encoding="utf-8") == names["table"].to_latex()


@pytest.mark.slow
def test_the_section_on_robustness():
    names = run_block(blocks_of("recipes.md")[ROBUST], "recipes.md")
    assert set(names["without"]) == {"N225", "HSI", "CNH"}
    assert set(names["without"]["CNH"].models["security"]) == {"N225", "HSI"}
    assert names["without_date"]["estimate_without"].notna().any()
    assert len(names["curve"].specifications) == 2 * 2 * 4
    assert list(names["tests"].table().columns)[2:5] == ["placebo", "bmp", "portfolio_t"]


@pytest.mark.slow
def test_a_model_and_a_statistic_of_ones_own():
    try:
        results = run_block(blocks_of("recipes.md")[OWN], "recipes.md")["results"]
        assert (results.models["model"] == "median").all()
        own = results.statistics[results.statistics["name"] == "up"]
        assert own["pvalue"].between(0, 1).all()
        assert own["size"].notna().any()
    finally:
        es.STATISTICS.remove("up")
        es.MODELS.remove("median")
