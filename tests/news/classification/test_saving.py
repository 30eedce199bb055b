"""What a build leaves on disk, and what it never replaces."""

import json

import pandas as pd
import pytest
from openpyxl import load_workbook
from small_news import build, four, row_of, write_news

import eventstudy as es
from eventstudy.exceptions import SourceError
from eventstudy.news.classification import classify
from eventstudy.news.classification.saving import build_paths, check_target, save_build


@pytest.mark.slow
def test_the_command_writes_events_ledger_and_record(run, tmp_path):
    out, code, stdout, err = build(run, tmp_path)
    assert (code, err) == (0, "")
    assert "3 items = 2 events + 1 merged + 0 unsure + 0 rejected" in stdout
    assert all(len(line) <= 80 for line in stdout.splitlines() if str(tmp_path) not in line)
    ledger = pd.read_csv(tmp_path / "events.ledger.csv")
    assert list(ledger["outcome"]) == ["event", "merged", "event"]
    record = json.loads((tmp_path / "events.build.json").read_text(encoding="utf-8"))
    assert record["counts"]["items"] == 3
    assert record["inputs"][0]["name"] == "news.csv"
    assert run("events", "check", out)[0] == 0


@pytest.mark.slow
def test_nothing_in_the_files_is_run_by_a_spreadsheet(run, tmp_path):
    out, code, stdout, _ = build(run, tmp_path)
    assert code == 0
    assert "made harmless" in stdout
    headline = es.read_events(out).frame["headline"].iloc[1]
    assert headline.startswith("'=cmd()")
    book = tmp_path / "events.xlsx"
    assert run("events", "build", tmp_path / "news.csv", "-o", book)[0] == 0
    cells = [cell for row in load_workbook(book).active.iter_rows() for cell in row]
    assert all(cell.data_type != "f" for cell in cells)
    assert any(str(cell.value).startswith("=cmd()") for cell in cells)


def test_corrections_survive_a_rebuild(run, tmp_path):
    out, code, _, _ = build(run, tmp_path)
    fixes = tmp_path / "events.overrides.csv"
    text = "item_id,field,value,why\nC,category,tariff_threat,only said\nZ,category,deal,\n"
    fixes.write_text(text, encoding="utf-8")
    for _ in range(2):
        _, code, _, err = build(run, tmp_path)
        assert code == 0
        assert "no item 'Z' was read" in err
        assert fixes.read_text(encoding="utf-8") == text
        frame = es.read_events(out).frame
        assert row_of(frame, "event_id", "C")["category"] == "tariff_threat"


@pytest.mark.slow
def test_a_build_edited_by_hand_is_not_replaced(run, tmp_path):
    out, code, _, _ = build(run, tmp_path)
    out.write_text(out.read_text(encoding="utf-8").replace("talk_signal", "deal"), encoding="utf-8")
    edited = out.read_bytes()
    _, code, _, err = build(run, tmp_path)
    assert code == 2
    assert "was changed since it was built" in err
    assert out.read_bytes() == edited
    assert build(run, tmp_path, "--force")[1] == 0
    assert out.read_bytes() != edited


def test_somebody_elses_file_is_not_replaced(tmp_path):
    path = tmp_path / "events.csv"
    path.write_text("event_id,date\nE1,2025-05-02\n", encoding="utf-8")
    with pytest.raises(SourceError, match="no build of news wrote it"):
        check_target(build_paths(path))
    with pytest.raises(SourceError, match="among the files to be read"):
        check_target(build_paths(path), force=True, inputs=[path])
    for name in ("news.ledger.csv", "news.build.json"):
        own = tmp_path / name
        own.write_text("mine", encoding="utf-8")
        with pytest.raises(SourceError, match=f"{name}: is there already and no build"):
            check_target(build_paths(tmp_path / "news.csv"))
        own.unlink()
    with pytest.raises(SourceError, match="no such folder"):
        check_target(build_paths(tmp_path / "there" / "events.csv"))
    with pytest.raises(SourceError, match="lies in the folder of news"):
        check_target(build_paths(tmp_path / "new.csv"), inputs=[tmp_path])


@pytest.mark.parametrize("name", ["events.json", "events.tsv", "events", ""])
def test_events_are_written_as_csv_or_xlsx(name):
    with pytest.raises(SourceError, match="are written as csv or xlsx"):
        build_paths(name)


@pytest.mark.parametrize("option", ["--rules", "--overrides"])
def test_rules_and_corrections_are_not_written_over(run, tmp_path, option):
    news, own = write_news(tmp_path), tmp_path / "own.csv"
    own.write_text("mine", encoding="utf-8")
    code, _, err = run("events", "build", news, option, own, "-o", own, "--force")
    assert code == 2
    assert "own.csv: is among the files to be read" in err
    assert own.read_text(encoding="utf-8") == "mine"


@pytest.mark.slow
def test_a_workbook_beside_the_csv_is_a_build_of_its_own(run, tmp_path):
    assert build(run, tmp_path)[1] == 0
    book = tmp_path / "events.xlsx"
    for _ in range(2):
        assert run("events", "build", tmp_path / "news.csv", "-o", book)[0] == 0
    assert build(run, tmp_path)[1] == 0


@pytest.mark.slow
def test_a_build_in_a_notebook_is_saved_as_well(tmp_path):
    paths = build_paths(tmp_path / "mine.csv")
    assert save_build(classify(four()), paths, settings={}) == []
    assert len(es.read_events(paths.events)) == 3


@pytest.mark.slow
def test_a_build_to_stdout_writes_nothing(run, tmp_path):
    code, out, _ = run("events", "build", write_news(tmp_path), "-o", "-")
    assert code == 0
    assert out.startswith("event_id,published_at,date,timezone,precision,headline,category")
    assert {path.name for path in tmp_path.iterdir()} == {"news.csv"}
