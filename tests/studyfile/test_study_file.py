"""The study file: what is read, what is refused, and a study from files recomputed here."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from parsed_studies import EVENTS, parsed, refused
from small_study import CATEGORY, DAY0, SESSIONS, STUDY, returns, with_line, write_study

from eventstudy import Execution
from eventstudy.exceptions import CoverageError, EventStudyWarning, SourceError, SpecificationError
from eventstudy.models import ConstantMean, Dimson, FactorModel, MarketModel
from eventstudy.study.study import EventStudy
from eventstudy.studyfile.prices import Bundled, Files
from eventstudy.studyfile.study_file import parse_study, read_study
from eventstudy.windows import Window

# -- what is read --------------------------------------------------------------------------------


def test_every_key_but_the_events_file_has_a_default():
    file = parsed()
    assert file.study == EventStudy()
    assert file.events == Path("folder/events.csv")
    assert file.prices == Bundled()


def test_where_the_work_is_done_is_no_part_of_a_study():
    file = parsed(execution={"jobs": 0})
    assert file.execution == Execution(jobs=0)
    assert parsed(execution={"jobs": "auto"}).execution == Execution(jobs="auto")
    assert parsed().execution is None
    assert file == parsed()
    assert file.to_dict() == parsed().to_dict()
    assert refused(execution={"jobs": -1}) == (
        'study.toml: execution.jobs must be a whole number from 0 or "auto", got -1'
    )


def test_every_key_is_read():
    file = parse_study(
        tomllib.loads("""
            title = "All of it"
            markets = ["N225", "MINE"]
            [events]
            file = "sub/e.csv"
            date_only = "same"
            ambiguous = "drop"
            overlap = "drop_later"
            cutoff_minutes = 5
            select = { category = ["a", "b"], salience = 3, when = 2025-05-02 }
            [prices]
            source = "files"
            file = "/data/p.parquet"
            content = "returns"
            calendar = "XTKS"
            kind = "log"
            [market.MINE]
            label = "My index"
            calendar = "XHKG"
            inverse = true
            [model]
            name = "factor"
            factors = ["MKT", "SMB"]
            sync = "same_date"
            [windows]
            estimation = [-120, -11]
            event = [-3, 4]
            car = [[0, 0], [-1, 2]]
            [sample]
            min_obs = 50
            max_loss = 0.25
            mask_events = true
            [statistics]
            names = ["bmp"]
            by = ["category", "category*security"]
            sign = "expected"
            draws = 30
            seed = 4
        """),
        "s.toml",
        "here",
    )
    study = file.study
    assert (study.title, study.markets) == ("All of it", ("N225", "MINE"))
    assert (study.date_only, study.ambiguous, study.overlap) == ("same", "drop", "drop_later")
    assert study.cutoff_minutes == 5
    assert dict(study.select) == {
        "category": ("a", "b"), "salience": ("3",), "when": ("2025-05-02",)
    }  # fmt: skip
    assert file.events == Path("here/sub/e.csv")
    assert file.prices == Files(file=(Path("/data/p.parquet"),), content="returns")
    assert (study.calendar, study.kind) == ("XTKS", "log")
    (mine,) = study.declared
    assert (mine.name, mine.label, mine.calendar, mine.inverse) == (
        "MINE", "My index", "XHKG", True
    )  # fmt: skip
    assert study.model == FactorModel(factors=("MKT", "SMB"), sync="same_date")
    assert study.estimation_window == Window(-120, -11)
    assert (study.event_window, study.car_windows) == (
        Window(-3, 4), (Window(0, 0), Window(-1, 2))
    )  # fmt: skip
    assert (study.min_obs, study.max_loss, study.mask_events) == (50, 0.25, True)
    assert (study.statistics, study.by) == (("bmp",), ("category", "category*security"))
    assert (study.sign, study.draws, study.seed) == ("expected", 30, 4)
    assert parse_study(file.to_dict(), "s.toml", "here") == file


def test_paths_start_at_the_study_file(tmp_path, monkeypatch):
    path = write_study(tmp_path / "deep")
    monkeypatch.chdir(tmp_path)
    file = read_study(Path("deep/study.toml"))
    assert file.events == Path("deep/events.csv")
    events, prices = file.load()
    assert len(events) == 6
    assert prices.names == ("AAA", "BBB", "MKT")
    assert read_study(path).to_dict() == file.to_dict()
    assert file.to_dict()["prices"]["file"] == "prices.csv"


def test_a_byte_order_mark_and_crlf_change_nothing_but_the_hash(tmp_path):
    path = write_study(tmp_path)
    plain = read_study(path)
    path.write_bytes(b"\xef\xbb\xbf" + STUDY.replace("\n", "\r\n").encode())
    assert read_study(path) == replace(plain, sha256=read_study(path).sha256)
    assert read_study(path).sha256 != plain.sha256


def test_a_declared_market_takes_the_calendar_of_the_price_file():
    clock = {"timezone": "Asia/Tokyo", "close": "15:00"}
    tables = {"N225": clock, "CNH": {"label": "Yuan"}, "OWN": clock, "HSI": {"calendar": "XHKG"}}
    file = parsed(prices={"file": "p.csv", "calendar": "data"}, market=tables)
    n225, cnh, own, hsi = file.study.declared
    assert (n225.calendar, n225.timezone, n225.close) == ("data", "Asia/Tokyo", "15:00")
    assert (n225.label, own.calendar) == ("Nikkei 225", "data")
    # The clock of its FX day would not be the clock of the file's rows.
    assert (cnh.calendar, cnh.timezone, cnh.close, cnh.inverse) == ("data", None, None, True)
    assert (hsi.calendar, hsi.close) == ("XHKG", None)


def test_a_declared_alias_is_the_market_it_names():
    (market,) = parsed(market={"TAIEX": {"label": "Taipei"}}).study.declared
    assert (market.name, market.calendar) == ("TWII", "XTAI")


# -- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"events": {}}, "events.file is missing"),
        ({"events": {"bundled": False}}, "events.file is missing"),
        ({"events": EVENTS | {"bundled": True}}, "events.file and events.bundled = true exclude"),
        ({"prices": {"content": "returns"}}, 'prices.content is "returns", but the bundled'),
        ({"prices": {"source": "yahoo", "content": "returns"}},
         'prices.content is "returns", but what Yahoo has'),
        ({"prices": {"url": "sqlite:///a.db"}},
         'prices.url is not a key of source "bundled"; it belongs to sql'),
        ({"prices": {"source": "yahoo", "file": "p.csv"}},
         'prices.file is not a key of source "yahoo"; it belongs to files'),
        ({"prices": {"source": "files", "offline": True}},
         'prices.offline is not a key of source "files"; it belongs to yahoo'),
        ({"prices": {"source": "sql", "url_env": "X", "table": "p", "refresh": True}},
         'prices.refresh is not a key of source "sql"; it belongs to yahoo'),
        ({"prices": {"source": "sql"}}, 'prices.source = "sql" needs prices.url or prices.url_env'),
        ({"prices": {"source": "sql", "url_env": "X"}},
         'prices.source = "sql" needs prices.query or prices.table'),
        ({"prices": {"source": "sql", "url_env": "X", "table": "p", "query": "SELECT 1"}},
         "prices.query and prices.table exclude each other"),
        ({"prices": {"source": "sql", "url_env": "X", "query": "DROP TABLE p"}},
         "prices.query must be one SELECT"),
        ({"prices": {"source": "sql", "url": "mysql://u@h/d", "table": "p"}},
         "prices.url must be the address of a postgresql, duckdb or sqlite database"),
        ({"prices": {"source": "yahoo", "refresh": True, "offline": True}},
         "prices.refresh and prices.offline exclude each other"),
        ({"prices": {"source": "yahoo", "start": "2025-01-02", "end": "2025-01-01"}},
         "prices.start 2025-01-02 lies after prices.end 2025-01-01"),
        ({"prices": {"source": "yahoo", "start": "last May"}},
         'prices.start must be a date such as 2025-05-02, got "last May"'),
        ({"prices": {"file": []}}, "prices.file must be a file, or a list of files"),
        ({"prices": {"columns": {"date": 3}}}, "prices.columns must be a table such as"),
        ({"model": {"name": "factor"}}, "model.factors is missing"),
        ({"windows": {"event": [5, -5]}}, "windows.event: window [5, -5] is reversed"),
        ({"windows": {"estimation": [-250, -5]}}, "windows.estimation [-250,-5] overlaps"),
        ({"windows": {"car": [[0, 9]]}}, "windows.car [0,+9] is not inside windows.event"),
        ({"sample": {"max_loss": 1.5}}, "sample.max_loss is 1.5; it is a share"),
        ({"sample": {"min_obs": 300}}, "windows.estimation [-250,-21] has 230 sessions, fewer"),
        ({"markets": []}, "markets is empty"),
        ({"statistics": {"seed": -1}}, "statistics.seed is -1"),
    ],
)  # fmt: skip
def test_contradictions(tables, message):
    assert refused(**tables).startswith(f"study.toml: {message}")


def test_pairing_is_no_contradiction_where_there_is_nothing_to_pair():
    assert parsed(model={"name": "constant_mean", "sync": "asof"}).study.model == ConstantMean()
    assert parsed(model={"sync": "lag"}).study.model == MarketModel(sync="lag")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('title = "x"\n\n[events]\nfile = = 3\n', "study.toml line 4: Invalid value"),
        ("[events]\nfile = 'a.csv'\nfile = 'b.csv'\n", "study.toml line 3: "),
        ("[events\n", "study.toml line 1: "),
        ('[events]\nfile = """a\nb', "study.toml line 3: "),
        ("", "study.toml is empty"),
        (" \n\n", "study.toml is empty"),
    ],
)
def test_syntax_errors_name_the_line(tmp_path, text, message):
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationError) as caught:
        read_study(path)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert "eventstudy init" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "fault"),
    [(b"event_id,date\nE1,2024-05-02\n", "Expected '='"), (b"\xff\xfe\x00", "not UTF-8")],
)
def test_a_table_in_place_of_a_study_file_is_told_what_one_is(tmp_path, content, fault):
    path = tmp_path / "events.csv"
    path.write_bytes(content)
    with pytest.raises((SpecificationError, SourceError), match=fault) as caught:
        read_study(path)
    assert str(caught.value).endswith("; a study file is TOML; eventstudy init writes one")


def test_a_study_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SourceError, match=r"no\.toml: no such file"):
        read_study(tmp_path / "no.toml")
    with pytest.raises(SourceError, match="is a folder"):
        read_study(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes('# a\ntitle = "Zürich"\n'.encode("latin-1"))
    with pytest.raises(SourceError, match=r"latin\.toml line 2: not UTF-8"):
        read_study(latin)


@pytest.mark.parametrize(
    ("study", "message"),
    [
        (with_line("markets", 'markets = ["AAB"]'),
         "study.toml: markets: unknown market 'AAB'; did you mean 'AAA'?"),
        (with_line("markets", 'markets = ["KOSPI"]'),
         "study.toml: markets: prices.csv has no column for market KOSPI"),
        (with_line("benchmark", 'benchmark = "MTK"'),
         "study.toml: model.benchmark: unknown market 'MTK'; did you mean 'MKT'?"),
        (with_line("benchmark", 'benchmark = "SPX"'),
         "study.toml: model.benchmark: prices.csv has no column for market SPX"),
        (with_line("date_only", 'select = { categry = ["up"] }'),
         "study.toml: events.select: events.csv has no column 'categry'; did you mean 'category'?"),
        (with_line("file", 'file = "none.csv"', STUDY.replace('file = "prices.csv"\n', "")),
         "study.toml: events.file: "),
    ],
)  # fmt: skip
def test_names_the_data_lack_are_found_when_they_are_loaded(tmp_path, study, message):
    file = read_study(write_study(tmp_path, study))
    with pytest.raises((SpecificationError, SourceError)) as caught:
        file.load()
    assert str(caught.value).startswith(message)


def test_a_grouping_the_events_lack_names_study_and_key(tmp_path):
    file = read_study(write_study(tmp_path, with_line("by", 'by = ["categry"]')))
    with pytest.raises(SpecificationError) as caught:
        file.run()
    assert str(caught.value).startswith("study.toml: statistics.by: ")
    assert "did you mean 'category'?" in str(caught.value)


def test_what_is_wrong_with_an_event_names_the_events_file_alone(tmp_path):
    file = read_study(write_study(tmp_path, with_line("date_only", "")))
    with pytest.raises(SpecificationError, match=r"^events\.csv row 2: event E1 has a date with"):
        file.run()


def test_too_many_losses_name_the_study(tmp_path):
    study = with_line("min_obs", "min_obs = 90").replace("max_loss", "")
    with pytest.raises(CoverageError, match=r"^study\.toml: \d+ of 12 pairs were") as caught:
        read_study(write_study(tmp_path, study)).run()
    assert caught.value.reasons["pairs"].sum() > 6


# -- a study from files, recomputed --------------------------------------------------------------


def car_by_hand(security: str, day0: int, window: tuple[int, int], *, on_market: bool):
    """CAR and its standard error by the textbook, from the returns the file holds."""
    table = returns()
    y, x = table[security].to_numpy(), table["MKT"].to_numpy()
    inside = np.arange(day0 - 100, day0 - 10)
    inside = inside[(inside >= 0) & ~np.isnan(y[np.clip(inside, 0, None)])]
    design = np.ones((len(inside), 1))
    over = np.arange(day0 + window[0], day0 + window[1] + 1)
    ahead = np.ones((len(over), 1))
    if on_market:
        design = np.column_stack([design, x[inside]])
        ahead = np.column_stack([ahead, x[over]])
    coefficients, *_ = np.linalg.lstsq(design, y[inside], rcond=None)
    residuals = y[inside] - design @ coefficients
    df = len(inside) - design.shape[1]
    variance = residuals @ residuals / df
    summed = ahead.sum(axis=0)
    spread = len(over) + summed @ np.linalg.inv(design.T @ design) @ summed
    return (y[over] - ahead @ coefficients).sum(), np.sqrt(variance * spread), df


@pytest.mark.slow
@pytest.mark.parametrize("on_market", [True, False])
def test_a_study_of_returns_by_date_gives_the_numbers_of_the_textbook(tmp_path, on_market):
    study = STUDY
    if not on_market:
        study = study.replace('name = "market_model"\nbenchmark = "MKT"', 'name = "constant_mean"')
    results = read_study(write_study(tmp_path, study)).run()
    assert len(results.car) == 6 * 2 * 2
    for row in results.car.itertuples():
        window = (row.window_start, row.window_end)
        at = DAY0[row.event_id]
        car, error, df = car_by_hand(row.security, at, window, on_market=on_market)
        assert row.car == pytest.approx(car, rel=1e-10)
        assert row.std_error == pytest.approx(error, rel=1e-10)
        assert row.df == df
    sessions = results.alignment.groupby("event_id")["session"].unique()
    assert {event: when[0] for event, when in sessions.items()} == {
        event: SESSIONS[at] for event, at in DAY0.items()
    }
    assert set(results.models.columns) >= ({"alpha", "beta"} if on_market else {"alpha"})

    by_hand = pd.DataFrame(
        {
            "car": [car_by_hand(s, at, (0, 1), on_market=on_market)[0]
                    for at in DAY0.values() for s in ("AAA", "BBB")],
            "category": [CATEGORY[e] for e in DAY0 for _ in ("AAA", "BBB")],
        }
    )  # fmt: skip
    rows = results.statistics
    rows = rows[
        (rows["name"] == "cross_sectional_t")
        & (rows["measure"] == "car")
        & (rows["window_end"] == 1)
    ].set_index("group")
    assert list(rows.index) == ["all", "category=down", "category=up"]
    for group, chosen in [
        ("all", by_hand),
        *((f"category={c}", g) for c, g in by_hand.groupby("category")),
    ]:
        n = len(chosen)
        error = chosen["car"].std(ddof=1) / np.sqrt(n)
        assert rows.loc[group, "estimate"] == pytest.approx(chosen["car"].mean(), rel=1e-10)
        assert rows.loc[group, "std_error"] == pytest.approx(error, rel=1e-10)
        assert rows.loc[group, "n_pairs"] == n


def test_results_say_where_everything_came_from(tmp_path):
    path = write_study(tmp_path)
    manifest = read_study(path).run().manifest
    assert manifest["study"]["events"]["file"] == "events.csv"
    assert manifest["study"]["prices"] == {
        "kind": "simple", "source": "files", "file": "prices.csv", "content": "returns",
        "calendar": "data",
    }  # fmt: skip
    hashes = {name: facts["sha256"] for name, facts in manifest["inputs"].items()}
    import hashlib

    for name, file in (("study", path), ("events", tmp_path / "events.csv")):
        assert hashes[name] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert str(tmp_path) not in str(manifest)


# -- the second model ----------------------------------------------------------------------------


def test_a_second_model_has_the_keys_of_the_first():
    tables = {"name": "constant_mean", "beside": {"name": "dimson", "benchmark": "HSI", "lags": 2}}
    file = parsed(model=tables)
    assert file.study.model == ConstantMean()
    assert file.study.beside == Dimson("HSI", lags=2)
    assert parsed(**{k: v for k, v in file.to_dict().items() if k != "events"}).study == file.study


@pytest.mark.parametrize(
    ("beside", "words"),
    [
        (3, "model.beside must be a table such as [model.beside], got 3"),
        ({"nme": "dimson"}, "unknown key model.beside.nme; did you mean 'name'?"),
        ({"name": "dimsn"}, "model.beside.name: unknown model \"dimsn\"; did you mean 'dimson'?"),
        ({"name": "factor"}, "model.beside.factors is missing"),
        ({"name": "constant_mean", "lags": 1}, "model.beside.lags is not a key of model"),
        ({"car": [[0, 0]]}, "unknown key model.beside.car; it belongs to [windows]"),
    ],
)
def test_a_wrong_table_of_the_second_model_is_named(beside, words):
    assert words in refused(model={"name": "constant_mean", "beside": beside})


def test_the_prices_of_its_benchmark_are_asked_for(tmp_path):
    study = with_line("name", 'name = "constant_mean"')
    study = study.replace('benchmark = "MKT"', '[model.beside]\nbenchmark = "MKTT"')
    with pytest.raises(SpecificationError, match=r"model\.beside\.benchmark: .*'MKTT'.*'MKT'"):
        read_study(write_study(tmp_path, study)).load()


@pytest.mark.parametrize(
    ("model", "unused"),
    [
        ({"name": "constant_mean", "benchmark": "SPX"}, "model.benchmark is not used"),
        ({"name": "market_model", "factors": ["A"]}, "model.factors is not used"),
        ({"name": "factor", "benchmark": "A", "factors": ["A"]}, "model.benchmark is not used"),
    ],
)
def test_a_key_the_model_does_not_use_is_a_warning(model, unused):
    with pytest.warns(EventStudyWarning, match=unused):
        assert parsed(model=model).study.model.name == model["name"]


def test_the_encoding_of_events_and_prices_is_a_key_each(tmp_path):
    """鴻海 alone could be several encodings; the file says which it is."""
    days = pd.bdate_range("2020-01-01", periods=200)
    steps = np.random.default_rng(1).normal(0, 0.01, (200, 2))
    closes = pd.DataFrame(100 * np.exp(steps.cumsum(axis=0)), index=days, columns=["MKT", "鴻海"])
    closes.rename_axis("date").to_csv(tmp_path / "prices.csv", encoding="big5")
    table = pd.DataFrame({
        "event_id": ["a", "b"], "date": ["2020-07-01", "2020-08-03"], "markets": "鴻海",
    })  # fmt: skip
    table.to_csv(tmp_path / "events.csv", index=False, encoding="big5")
    text = """
markets = "events"
[events]
file = "events.csv"
date_only = "same"
{events}
[prices]
file = "prices.csv"
calendar = "data"
{prices}
[model]
name = "market_model"
benchmark = "MKT"
[windows]
estimation = [-80, -11]
event = [-1, 1]
car = [[0, 1]]
[sample]
min_obs = 40
[statistics]
names = ["bmp"]
draws = 0
"""
    said = 'encoding = "big5"'
    path = tmp_path / "study.toml"
    path.write_text(text.format(events=said, prices=said), encoding="utf-8")
    study = read_study(path)
    assert set(study.run().models["security"]) == {"鴻海"}
    assert study.to_dict()["events"]["encoding"] == "big5"
    assert study.to_dict()["prices"]["encoding"] == "big5"
    for events, prices, file in (("", said, "events.csv"), (said, "", "prices.csv")):
        path.write_text(text.format(events=events, prices=prices), encoding="utf-8")
        with pytest.raises(SourceError, match=rf"{file} line \d+: not UTF-8 .*say which, encoding"):
            read_study(path).run()


def test_a_name_that_is_not_utf_8_is_said_before_any_work():
    with pytest.raises(SourceError) as error:
        read_study("a\udcff.toml")
    assert str(error.value) == (
        r"a\udcff.toml: its name is not UTF-8, and results could not name it; rename it"
    )
