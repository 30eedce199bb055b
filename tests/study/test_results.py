"""What is asked of results later: rows, tables, figures, and the folder they live in."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from eventstudy import (
    ConstantMean,
    Events,
    EventStudy,
    MarketModel,
    NotApplicableError,
    PricePanel,
    SourceError,
    SpecificationError,
    Window,
    load_results,
    simulate_panel,
)
from eventstudy.events.table import Caveat
from eventstudy.io import folders
from eventstudy.reporting.record import FRAMES, OPTIONAL

DATES = pd.bdate_range("2021-01-04", periods=300)


def closes(seed=2):
    rng = np.random.default_rng(seed)
    moves = rng.normal(0, 0.01, (300, 3)) + rng.normal(0, 0.006, (300, 1))
    frame = pd.DataFrame(100 * np.exp(moves.cumsum(axis=0)), index=DATES, columns=["A", "B", "M"])
    frame.iloc[[40, 41, 160], 0] = np.nan
    return frame


def events_table():
    rows = [150, 152, 200, 201, 240, 280, 298]
    return pd.DataFrame(
        {
            "event_id": [f"E{i}" for i in range(7)],
            "date": DATES[rows],
            "headline": ['Talks, "soon"', "Über-tariff", "=SUM(A1)", "a;b", "x", None, "z"],
            "category": ["talk", "threat", "talk", "threat", "talk", "threat", "talk"],
            "direction": ["de-escalation", "escalation"] * 3 + ["neutral"],
            "desk": ["1", "2", "3", "4", "5", "6", "7"],
            "markets": ["", "", "", "A", "", "", ""],
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def results():
    study = EventStudy(
        markets=("A", "B"), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
        event_window=(-2, 3), car_windows=[(0, 0), (0, 1), (-1, 1)], by=("category", "security"),
        calendar="data", date_only="same", min_obs=60, draws=120, title="Talks & threats",
    )  # fmt: skip
    return study.fit(Events.from_frame(events_table()), PricePanel.from_frame(closes()))


@pytest.fixture(scope="module")
def saved(results, tmp_path_factory):
    return results.save(tmp_path_factory.mktemp("out") / "study", report=False)


# ---------------------------------------------------------------- rows and tables


@pytest.mark.slow
def test_tidy_gives_what_was_computed(results):
    assert results.tidy().equals(results.statistics)
    by = results.tidy("category")
    assert set(by["group"]) == {"category=talk", "category=threat"}
    some = results.tidy("security", windows=[(0, 1)], names="placebo")
    assert len(some) == 2
    assert (some["name"] == "placebo").all()
    everything = results.tidy(names="portfolio_t")
    assert set(everything["group"]) == set(results.statistics["group"])


def test_changing_what_tidy_gave_changes_no_results(results):
    before = results.statistics.copy()
    everything, some = results.tidy(), results.tidy("category")
    everything["pvalue"] = 0.0
    some["estimate"] = 1.0
    pd.testing.assert_frame_equal(results.statistics, before)


def test_several_groupings_at_once_are_asked_for_one_by_one(results):
    with pytest.raises(SpecificationError, match="it is one grouping"):
        results.tidy(by=["category", "security"])


def test_a_statistic_window_or_grouping_asked_for_later(results):
    (row,) = results.test("bmp", (-1, 2)).to_dict("records")
    assert (row["group"], row["window_start"], row["window_end"]) == ("all", -1, 2)
    study = EventStudy(
        markets=("A", "B"), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
        event_window=(-2, 3), car_windows=[(-1, 2)], by=("direction",),
        statistics=("bmp", "placebo"),
        calendar="data", date_only="same", min_obs=60, draws=120,
    )  # fmt: skip
    asked = study.fit(Events.from_frame(events_table()), PricePanel.from_frame(closes()))
    for name, by in (("bmp", "all"), ("placebo", "direction")):
        pd.testing.assert_frame_equal(
            results.test(name, (-1, 2), by=by),
            asked.test(name, (-1, 2), by=by),
            check_dtype=False,
        )
    again = results.test("placebo", (0, 1), by="category")
    known = results.tidy("category", windows=[(0, 1)], names="placebo")
    pd.testing.assert_frame_equal(again, known)


def test_questions_without_an_answer(results):
    with pytest.raises(SpecificationError, match="bmp"):
        results.test("bmpp")
    with pytest.raises(NotApplicableError, match="not inside the event window"):
        results.test("bmp", (-9, 0))
    with pytest.raises(SpecificationError, match="category"):
        results.tidy("categry")
    with pytest.raises(NotApplicableError, match="no CAR over"):
        results.plot_car_by_event((-2, 2))


def test_summary_fits_a_terminal(results):
    text = results.summary()
    assert max(len(line) for line in text.splitlines()) <= 80
    assert text.startswith("Talks & threats\n")
    assert "market_model on M, same_date" in text
    assert "7 events in 2 markets" in text
    assert "market 1" in text  # E3 is not about B
    assert len(repr(results).splitlines()) < 12
    html = results._repr_html_()
    assert "Talks &amp; threats" in html
    assert "Talks & threats" not in html


def test_tables_of_papers(results):
    table = results.table("category")
    flat = " ".join(str(cell) for cell in table.to_numpy().ravel())
    estimate = results.tidy("category", windows=[(0, 1)], names="placebo")["estimate"].iloc[0]
    assert f"{100 * estimate:.2f}".lstrip("-") in flat
    markdown = results.to_markdown("category")
    assert markdown.startswith("| ")
    assert all(line.startswith("|") for line in markdown.split("\n\n")[0].splitlines())
    latex = results.to_latex("category", caption="Reactions 100 %", label="tab:r")
    assert r"\begin{table}" in latex
    assert r"\toprule" in latex
    assert r"Reactions 100 \%" in latex
    assert r"\label{tab:r}" in latex
    assert "portfolio" in results.to_text(name="portfolio_t").lower()
    for width in (60, 120):
        assert max(len(line) for line in results.to_text(width=width).splitlines()) <= width


# ---------------------------------------------------------------- figures


@pytest.fixture
def pyplot():
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


@pytest.mark.slow
def test_figures_are_axes(results, pyplot):
    from matplotlib.axes import Axes

    for ax in (
        results.plot_caar(),
        results.plot_caar("category"),
        results.plot_caar(groups=["security=A"]),
        results.plot_car_by_event((0, 1)),
        results.plot_car_by_event(Window(0, 0), security="A"),
        results.plot_heatmap(),
        results.plot_timeline(),
    ):
        assert isinstance(ax, Axes)
        ax.figure.canvas.draw()
    given = pyplot.figure().add_subplot()
    assert results.plot_caar(ax=given) is given
    with pytest.raises(SpecificationError, match="category"):
        results.plot_caar("categry")


def test_an_event_without_a_headline_is_called_by_its_id(results):
    frame = results.car_by_event((0, 1)).set_index("event_id")
    assert frame.loc[["E5"], "label"].eq("E5").all()
    assert frame.loc[["E4"], "label"].eq("x").all()
    in_a = frame[frame["security"] == "A"]["session"]
    days = results.alignment.query("security == 'A'").set_index("event_id")["session"]
    assert in_a.equals(days[in_a.index])


def test_no_heatmap_without_categories(results):
    with pytest.raises(NotApplicableError, match="no category"):
        replace(results, heatmap=results.heatmap.iloc[:0]).plot_heatmap()


# ---------------------------------------------------------------- the folder


def test_everything_comes_back_from_the_folder(results, saved):
    back = load_results(saved)
    for name in FRAMES:
        found, expected = getattr(back, name), getattr(results, name)
        assert list(found.columns) == list(expected.columns), name
        assert len(found) == len(expected), name
        if name == "prices":
            assert found.index.equals(expected.index)
        for column in expected.columns:
            a, b = found[column], expected[column]
            if pd.api.types.is_float_dtype(b.dtype):
                np.testing.assert_allclose(
                    a.to_numpy(float), b.to_numpy(float), rtol=1e-11, err_msg=f"{name}.{column}"
                )
            elif pd.api.types.is_datetime64_any_dtype(b.dtype):
                assert a.dtype == b.dtype, (name, column)
                assert a.equals(b), (name, column)
            else:
                got = [None if pd.isna(v) or v == "" else str(v) for v in a]
                want = [None if pd.isna(v) or v == "" else str(v) for v in b]
                assert got == want, (name, column)
    assert back.manifest == json.loads(json.dumps(results.manifest, default=str))
    assert back.summary() == results.summary()
    assert back.to_markdown("category") == results.to_markdown("category")
    assert back.fitted is None


def test_times_of_publication_survive(results, tmp_path):
    moments = pd.to_datetime(["2021-08-02T01:23:45Z"] * len(results.events)).as_unit("ns")
    timed = replace(results, events=results.events.assign(published_at=moments))
    back = load_results(timed.save(tmp_path / "timed", report=False))
    assert (back.events["published_at"] == moments[0]).all()


def test_a_loaded_study_says_what_it_cannot_answer(results, saved):
    back = load_results(saved)
    same = back.test("placebo", (0, 1))
    assert same["pvalue"].iloc[0] == pytest.approx(
        results.test("placebo", (0, 1))["pvalue"].iloc[0]
    )
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.test("bmp", (0, 1))
    with pytest.raises(NotApplicableError, match="read from a folder"):
        back.tidy("direction")


def test_saving_what_was_loaded_writes_the_same_files(saved, tmp_path):
    again = load_results(saved).save(tmp_path / "again", report=False)
    for file in sorted(saved.iterdir()):
        assert (again / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_folder_holds_the_contract_and_no_pickle(results, saved):
    names = {file.name for file in saved.iterdir()}
    there = [name for name in OPTIONAL if not getattr(results, name).empty]
    assert "family" in there
    assert names == {f"{name}.csv" for name in (*FRAMES, *there)} | {"manifest.json"}
    for file in saved.iterdir():
        head = file.read_bytes()
        assert not head.startswith(b"\x80")
        head.decode("utf-8")
        assert b"\r" not in head
    columns = pd.read_csv(saved / "statistics.csv", nrows=0).columns
    assert " ".join(columns[:14]) == (
        "group window_start window_end measure name estimate std_error statistic df pvalue "
        "ci_low ci_high n_pairs n_events"
    )
    alignment = pd.read_csv(saved / "alignment.csv")
    assert len(alignment) == 14
    assert alignment["published_utc"].isna().all()
    assert alignment["session"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    abnormal = pd.read_csv(saved / "abnormal_returns.csv")
    gap = abnormal[abnormal["return"].isna()]
    assert len(gap)
    assert gap[["abnormal_return", "standardized"]].isna().all(axis=None)
    manifest = json.loads((saved / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["study"]["statistics"]["seed"] == manifest["seed"]
    assert set(manifest["inputs"]) == {"events", "prices"}
    assert len(manifest["inputs"]["prices"]["sha256"]) == 64


@pytest.mark.slow
def test_the_report_is_written_beside(results, tmp_path):
    folder = results.save(tmp_path / "whole")
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Talks &amp; threats" in page
    assert "<script src" not in page
    assert "https://" not in page.split("</head>")[0]


@pytest.mark.parametrize(("category", "is_there"), [("threat", True), ("deal", False)])
def test_the_report_repeats_what_is_to_be_known_of_events_studied(tmp_path, category, is_there):
    # The name of a category says nothing; what the events carry does.
    table = events_table().assign(category=["tariff_effective", *["threat"] * 6])
    caveat = Caveat(column="category", value=category, text="Dates set <long> before.")
    events = replace(Events.from_frame(table), caveats=(caveat,))
    study = EventStudy(
        markets=("A",), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
        calendar="data", date_only="same", min_obs=60, draws=0, statistics=["portfolio_t"],
    )  # fmt: skip
    found = study.fit(events, PricePanel.from_frame(closes()))
    back = load_results(found.save(tmp_path / "out"))
    for text in (
        (tmp_path / "out" / "report.html").read_text(encoding="utf-8"),
        back.report(tmp_path / "again.html").read_text(encoding="utf-8"),
    ):
        assert ("Dates set &lt;long&gt; before." in text) is is_there
        assert "known beforehand" not in text


def test_ours_is_replaced_and_what_is_not_ours_is_left_alone(results, tmp_path):
    target = tmp_path / "out"
    target.mkdir()  # empty: may be used
    results.save(target, report=False)
    results.save(target, report=False)
    (target / "notes.txt").write_text("mine")
    with pytest.raises(SourceError, match=r"notes\.txt, which no run wrote"):
        results.save(target, report=False)
    assert (target / "notes.txt").read_text() == "mine"
    foreign = tmp_path / "thesis"
    foreign.mkdir()
    (foreign / "chapter1.txt").write_text("mine")
    with pytest.raises(SourceError, match="thesis"):
        results.save(foreign, report=False)
    (foreign / "manifest.json").write_text('{"tool": "another"}')
    with pytest.raises(SourceError, match="name another folder"):
        results.save(foreign, report=False)
    assert (foreign / "chapter1.txt").read_text() == "mine"
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(SourceError, match="is a file"):
        results.save(file, report=False)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "out", "thesis"]


def test_a_run_that_fails_half_way_leaves_what_was_there(results, tmp_path, monkeypatch):
    target = tmp_path / "out"
    results.save(target, report=False)
    before = {file.name: file.read_bytes() for file in target.iterdir()}

    def fail(work: Path, place: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(folders, "_swap", fail)
    with pytest.raises(KeyboardInterrupt):
        results.save(target, report=False)
    with pytest.raises(KeyboardInterrupt):
        results.save(tmp_path / "new", report=False)
    assert [p.name for p in tmp_path.iterdir()] == ["out"]
    assert {file.name: file.read_bytes() for file in target.iterdir()} == before


def test_folders_that_are_not_results(tmp_path, saved):
    with pytest.raises(SourceError, match="no such folder"):
        load_results(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match="manifest"):
        load_results(tmp_path / "empty")
    import shutil

    broken = tmp_path / "broken"
    shutil.copytree(saved, broken)
    (broken / "car.csv").unlink()
    with pytest.raises(SourceError, match=r"car\.csv"):
        load_results(broken)


def test_identifiers_that_look_like_numbers_stay_text(results, tmp_path):
    table = events_table().assign(event_id=[f"00{i}" for i in range(7)], desk=["NA"] * 7)
    study = EventStudy(
        markets=("A", "B"), model=MarketModel(benchmark="M"), estimation_window=(-100, -11),
        event_window=(-2, 3), calendar="data", date_only="same", min_obs=60, draws=0,
        statistics="cross_sectional_t",
    )  # fmt: skip
    fitted = study.fit(Events.from_frame(table), PricePanel.from_frame(closes()))
    back = load_results(fitted.save(tmp_path / "n", report=False))
    assert back.models["event_id"].tolist() == fitted.models["event_id"].tolist()
    assert back.events["event_id"].iloc[0] == "000"
    assert back.events["desk"].tolist() == ["NA"] * 7


@pytest.mark.slow
def test_an_event_window_without_day_zero(tmp_path):
    events, prices = simulate_panel(n_events=4, seed=4)
    study = EventStudy(
        markets=prices.names, model=ConstantMean(), estimation_window=(-110, -11),
        event_window=(1, 3), car_windows=[(1, 1)], date_only="same", calendar="data", draws=50,
    )  # fmt: skip
    results = study.fit(events, prices)
    assert "sessions 2018-" in results.summary()
    results.save(tmp_path / "out")
    assert (tmp_path / "out" / "report.html").stat().st_size > 10_000


def test_a_later_question_has_the_same_answer_as_an_early_one(results):
    columns = ["group", "window_start", "window_end", "name", "statistic", "pvalue", "size"]
    early = results.tidy()
    name = early["name"].iloc[0]
    tau = int(early["window_start"].max())
    later = results._evaluate("all", [Window(tau, tau)], [name])
    there = (early["group"] == "all") & (early["window_start"] == tau)
    there &= (early["name"] == name) & (early["measure"] == "ar")
    pd.testing.assert_frame_equal(
        later[columns].reset_index(drop=True), early.loc[there, columns].reset_index(drop=True)
    )


def test_a_new_grouping_has_every_window(results):
    per_group = results.tidy().groupby("group").size().iloc[0]
    assert (results.tidy("event_id").groupby("group").size() == per_group).all()
