"""The commands `init`, `run` and `report`: what they print and write."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest
from command_line import left_in
from small_study import STUDY, with_line, write_study

from eventstudy.cli import views
from eventstudy.study.results import load_results

pytestmark = pytest.mark.fast_tests(2)


@pytest.mark.slow
def test_init_then_run_works_at_once(run, tmp_path):
    folder = tmp_path / "mine"
    code, out, err = run("init", folder)
    assert (code, err) == (0, "")
    assert out.splitlines() == [
        str(folder / "study.toml"), str(folder / "events.csv"),
        f"Next: eventstudy run {folder / 'study.toml'}",
    ]  # fmt: skip
    assert left_in(folder) == {"study.toml", "events.csv"}
    code, out, err = run("run", folder / "study.toml", "--out", tmp_path / "out")
    assert (code, err) == (0, "eventstudy: CNH is column 'USDCNH' inverted: up is stronger yuan\n")
    assert out.startswith(
        "Trade news and Asian markets, an example\n14 events in 6 markets, 2025-02-03"
    )
    assert out.endswith(f"\nReport: {tmp_path / 'out' / 'report.html'}\n")
    assert max(map(len, out.splitlines()[:-1])) <= 80
    assert pd.read_csv(tmp_path / "out" / "dropped.csv").empty
    code, out, err = run("init", folder)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "study.toml: is there already" in err


def test_a_run_writes_the_folder_and_says_where(run, tmp_path):
    study = write_study(tmp_path / "in")
    code, out, err = run("run", study, "--out", tmp_path / "out")
    assert code == 0
    assert err.startswith("eventstudy: prices.csv: empty cells among the returns (BBB 2)")
    assert err.count("\n") == 1, "no progress in a pipe"
    assert "6 events in 2 markets: 12 pairs" in out
    assert out.endswith(f"\nReport: {tmp_path / 'out' / 'report.html'}\n")
    assert left_in(tmp_path) == {"in", "out"}
    assert left_in(tmp_path / "out") >= {
        "alignment.csv", "abnormal_returns.csv", "car.csv", "models.csv", "statistics.csv",
        "dropped.csv", "manifest.json", "report.html",
    }  # fmt: skip
    again = run("run", study, "--out", tmp_path / "out")
    assert again == (code, out, err), "results of ours are replaced"


def test_a_study_is_streamed_to_a_folder_of_its_own(run, tmp_path):
    study = write_study(tmp_path / "in")
    code, out, err = run("run", study, "--stream", "--out", tmp_path / "out")
    assert (code, out) == (2, "")
    assert "portfolio_t cannot be streamed" in err
    text = STUDY.replace("portfolio_t", "bmp").replace("draws = 20", "draws = 0")
    study = write_study(tmp_path / "in", text)
    code, out, err = run("run", study, "--stream", "--out", tmp_path / "out")
    assert code == 0, err
    assert out.splitlines() == [
        "12 pairs studied, 0 left out (dropped.csv)", "",
        f"Tests: {tmp_path / 'out' / 'statistics.csv'}",
    ]  # fmt: skip
    assert left_in(tmp_path / "out") == {
        "abnormal_returns.parquet", "car.parquet", "checks.csv", "dropped.csv", "manifest.json",
        "models.parquet", "statistics.csv",
    }  # fmt: skip
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["inputs"]["study"]["name"] == "study.toml"
    for option, why in (
        (["--full"], "--stream writes no report, so that --full"),
        (["--format", "html"], "--stream writes no report, so that --format"),
        (["--jobs", "2"], "--stream is one process"),
        (["--cluster", "tcp://10.0.0.5:8786"], "--stream is one process"),
    ):
        code, out, err = run("run", study, "--stream", *option)
        assert (code, out) == (2, "")
        assert why in err


@pytest.mark.slow
def test_a_report_rendered_again_is_the_same(run, tmp_path):
    out = tmp_path / "out"
    assert run("run", write_study(tmp_path / "in"), "--out", out, "-q") == (0, "", "")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (out / "report.html").unlink()
    assert run("report", out) == (0, f"Report: {out / 'report.html'}\n", "")
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert run("report", out, "--full") == (0, f"Report: {out / 'report.html'}\n", "")
    assert '<body class="full">' in (out / "report.html").read_text(encoding="utf-8")


def test_a_report_needs_results_of_ours(run, tmp_path):
    code, _, err = run("report", tmp_path)
    assert code == 2
    assert "holds no manifest.json of eventstudy" in err
    code, _, err = run("report", tmp_path / "no")
    assert code == 2
    assert "no such folder of results" in err
    assert left_in(tmp_path) == set()


@pytest.mark.slow
def test_many_groups_are_for_the_report(run, tmp_path):
    study = with_line("by", 'by = ["event_id", "category", "security", "event_id*security"]')
    code, out, _ = run("run", write_study(tmp_path / "in", study), "--out", tmp_path / "out")
    assert code == 0
    assert len(out.splitlines()) < 30
    said = " ".join(out.split())
    assert "Every group of events that was tested, 23 in all (by event_id, category" in said
    assert "is in the report and in statistics.csv." in said
    assert "! " in out
    assert max(map(len, out.splitlines()[:-1])) <= 80
    read = load_results(tmp_path / "out")
    shown = "\n".join(read.summary().splitlines()[1:])
    assert read.to_text().splitlines()[0] in shown
    assert views.summary_of(read, everything=True).endswith(shown)


def test_reasons_for_too_many_losses_go_to_stdout(run, tmp_path):
    study = with_line("min_obs", "min_obs = 90")
    code, out, err = run("run", write_study(tmp_path / "in", study), "--out", tmp_path / "out")
    assert code == 2
    assert out.splitlines()[0].split() == ["stage", "reason", "pairs"]
    assert "min_obs  89 usable estimation sessions, fewer than min_obs = 90" in out
    assert re.fullmatch(r"eventstudy: study\.toml: \d+ of 12 pairs were dropped .*\n", err)
    assert left_in(tmp_path) == {"in"}


@pytest.mark.slow
def test_an_output_folder_through_a_link_stays_one(run, tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    study = write_study(tmp_path / "in")
    assert run("run", study, "--out", tmp_path / "link", "-q") == (0, "", "")
    assert (tmp_path / "link").is_symlink()
    assert "report.html" in left_in(tmp_path / "real")


@pytest.mark.slow
def test_a_run_and_a_report_in_other_formats(run, tmp_path):
    pytest.importorskip("xlsxwriter")
    out = tmp_path / "out"
    study = write_study(tmp_path / "in")
    code, said, _ = run("run", study, "--out", out, "--format", "md,xlsx")
    assert code == 0
    assert said.endswith(
        f"report.html\n        {out / 'report.md'}\n        {out / 'report.xlsx'}\n"
    )
    before = (out / "report.md").read_bytes()
    assert b"# Six events in two markets" in before
    assert run("report", out, "--format", "md,tex") == (
        0, f"Report: {out / 'report.md'}\nReport: {out / 'report.tex'}\n", "",
    )  # fmt: skip
    assert (out / "report.md").read_bytes() == before
    assert (out / "report_tables.tex").exists()
    code, *_ = run("run", study, "--out", out, "-q")
    assert code == 0, "what a report added is ours, too"
    assert not (out / "report.md").exists()
