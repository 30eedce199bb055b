"""Whatever is wrong with the files: one line that names file and row or key, exit code 2, no trace.

What only looks wrong (a byte-order mark, CRLF, semicolons, decimal commas) is read.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest
from small_study import DAY0, SESSIONS, STUDY, prices, returns, with_line, write_study

from eventstudy import cli

DATES = [f"{date:%Y-%m-%d}" for date in SESSIONS]
E1, E2 = DATES[DAY0["E1"]], DATES[DAY0["E2"]]
LEVELS = STUDY.replace('content = "returns"', 'content = "prices"')
HEAD = "event_id,published_at,date,timezone,category\n"


def events(*rows: str) -> str:
    return HEAD + "".join(f"{row}\n" for row in rows)


def changed(row: int, column: int, cell: str) -> str:
    """Return the price file with one cell replaced; row 1 is the header."""
    lines = prices().to_csv().splitlines()
    cells = lines[row - 1].split(",")
    cells[column] = cell
    lines[row - 1] = ",".join(cells)
    return "\n".join(lines) + "\n"


def swapped(row: int) -> str:
    """Return the price file with a row and the next one exchanged."""
    lines = prices().to_csv().splitlines()
    lines[row - 1], lines[row] = lines[row], lines[row - 1]
    return "\n".join(lines) + "\n"


EVENT_FILES = {
    "time without offset": (
        events(f"E1,2024-07-01T09:00,{E1},,up"),
        "events.csv row 2: published_at '2024-07-01T09:00' has no offset from UTC",
    ),
    "unknown time zone": (
        events(f"E1,,{E1},Asia/Tokio,up"),
        "events.csv row 2: timezone: unknown time zone 'Asia/Tokio'; did you mean 'Asia/Tokyo'?",
    ),
    "duplicate event_id": (
        events(f"E1,,{E1},,up", f"E2,,{E2},,up", f"E1,,{E2},,down"),
        "events.csv row 4: event_id 'E1' is also that of row 2",
    ),
    "neither time nor date": (
        events(f"E1,,{E1},,up", "E2,,,,up"),
        "events.csv row 3: neither published_at nor date",
    ),
    "not a date": (
        events("E1,,30 February,,up"),
        "events.csv row 2: date '30 February' is not an ISO date",
    ),
    "empty id": (events(f",,{E1},,up"), "events.csv row 2: event_id is empty"),
    "no date column": (
        "event_id,category\nE1,up\n",
        "study.toml: events.time: say which column of events.csv holds the time or date",
    ),
    "ragged row": (
        events(f"E1,,{E1},,up", "E2,up"),
        "events.csv row 3: 2 cells where the header has 5",
    ),
    "header only": (HEAD, "events.csv holds a header and no rows"),
    "empty": ("", "events.csv is empty"),
    "several problems": (
        events(f"E1,2024-07-01T09:00,{E1},,up", "E2,,,,up", "E2,,x,,up"),
        "events.csv row 2: published_at '2024-07-01T09:00' has no offset",
    ),
}

PRICE_FILES = {
    "zero": (changed(50, 1, "0"), f"prices.csv {DATES[48]}: AAA 0 is not positive"),
    "negative": (changed(50, 2, "-3.5"), f"prices.csv {DATES[48]}: BBB -3.5 is not positive"),
    "text": (changed(50, 1, "abc"), f'prices.csv {DATES[48]}: AAA "abc" is not a number'),
    "closed": (changed(50, 1, "closed"), f'prices.csv {DATES[48]}: AAA "closed" is not a number'),
    "infinite": (changed(50, 1, "inf"), f"prices.csv {DATES[48]}: AAA inf is not finite"),
    "not a date": (changed(50, 0, "yesterday"), 'prices.csv row 50: date "yesterday" is not'),
    "duplicate date": (
        changed(50, 0, DATES[47]),
        f"prices.csv {DATES[47]}: the date appears twice",
    ),
    "unsorted dates": (swapped(50), f"prices.csv {DATES[48]}: the row comes after {DATES[49]}"),
    "empty": ("", "prices.csv is empty"),
    "header only": ("date,AAA,BBB,MKT\n", "prices.csv holds a header and no rows"),
}

STUDIES = {
    "wrong type": (
        with_line("min_obs", 'min_obs = "a hundred"'),
        'study.toml: sample.min_obs must be a whole number, got "a hundred"',
    ),
    "unknown key": (
        with_line("min_obs", "min_obz = 60"),
        "study.toml: unknown key sample.min_obz; did you mean 'min_obs'?",
    ),
    "key of another table": (
        with_line("min_obs", "draws = 60"),
        "study.toml: unknown key sample.draws; it belongs to [statistics]",
    ),
    "key outside its table": (
        f"min_obs = 60\n{STUDY}",
        "study.toml: unknown key min_obs; it belongs to [sample]",
    ),
    "unknown table": (
        STUDY.replace("[sample]", "[sampel]"),
        "study.toml: unknown table [sampel]; did you mean 'sample'?",
    ),
    "unknown market": (
        with_line("markets", 'markets = ["AAA", "BBC"]'),
        "study.toml: markets: unknown market 'BBC'; did you mean 'BBB'?",
    ),
    "unknown benchmark": (
        with_line("benchmark", 'benchmark = "MTK"'),
        "study.toml: model.benchmark: unknown market 'MTK'; did you mean 'MKT'?",
    ),
    "unknown model": (
        with_line("name", 'name = "market_mode"'),
        "study.toml: model.name: unknown model \"market_mode\"; did you mean 'market_model'?",
    ),
    "unknown statistic": (
        with_line("names", 'names = ["placbo"]'),
        "study.toml: statistics.names: unknown statistic \"placbo\"; did you mean 'placebo'?",
    ),
    "unknown grouping": (
        with_line("by", 'by = ["sector"]'),
        "study.toml: statistics.by: the events have no column 'sector'",
    ),
    "reversed window": (
        with_line("event", "event = [2, -2]"),
        "study.toml: windows.event: window [2, -2] is reversed; write [-2, 2]",
    ),
    "overlapping windows": (
        with_line("estimation", "estimation = [-100, -2]"),
        "study.toml: windows.estimation [-100,-2] overlaps windows.event [-2,+2]",
    ),
    "window outside": (
        with_line("car", "car = [[0, 5]]"),
        "study.toml: windows.car [0,+5] is not inside windows.event [-2,+2]",
    ),
    "not TOML": (STUDY.replace("[sample]", "[sample"), "study.toml line 23: "),
    "empty": ("", "study.toml is empty"),
    "no date_only": (
        with_line("date_only", ""),
        "events.csv row 2: event E1 has a date without a time; set events.date_only to",
    ),
    "unknown time zone of a market": (
        f'{STUDY}\n[market.AAA]\ntimezone = "Asia/Tokio"\nclose = "15:00"\n',
        "study.toml: market.AAA.timezone: unknown time zone 'Asia/Tokio'; did you mean",
    ),
    "no such prices": (
        with_line("file", 'file = "none.csv"', STUDY.replace('file = "events.csv"\n', ""))
        .replace("[events]", '[events]\nfile = "events.csv"'),
        "study.toml: prices.file: ",
    ),
    "asof without a clock": (
        with_line("benchmark", 'benchmark = "MKT"\nsync = "asof"'),
        'study.toml: sync = "asof" needs closing times',
    ),
}  # fmt: skip


def refused(folder, capsys, message, *words):
    code = cli.invoke(
        ["run", str(folder / "in" / "study.toml"), "--out", str(folder / "out"), *words]
    )
    out, err = capsys.readouterr()
    assert code == 2
    assert err.startswith(f"eventstudy: {message}")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert "Traceback" not in out + err
    assert [path.name for path in folder.iterdir()] == ["in"]
    return out


@pytest.mark.parametrize("case", EVENT_FILES)
def test_bad_events(tmp_path, capsys, case):
    text, message = EVENT_FILES[case]
    write_study(tmp_path / "in", events_csv=text)
    assert refused(tmp_path, capsys, message) == ""


@pytest.mark.parametrize("case", PRICE_FILES)
def test_bad_prices(tmp_path, capsys, case):
    text, message = PRICE_FILES[case]
    write_study(tmp_path / "in", LEVELS, prices_csv=text)
    assert refused(tmp_path, capsys, message) == ""


@pytest.mark.parametrize("case", STUDIES)
def test_bad_study(tmp_path, capsys, case):
    text, message = STUDIES[case]
    write_study(tmp_path / "in", text)
    assert refused(tmp_path, capsys, message) == ""


def test_all_problems_are_counted(tmp_path, capsys):
    write_study(tmp_path / "in", events_csv=EVENT_FILES["several problems"][0])
    cli.invoke(["run", str(tmp_path / "in" / "study.toml"), "--out", str(tmp_path / "out")])
    assert capsys.readouterr().err.endswith("(and 3 more problems)\n")


@pytest.mark.parametrize("name", ["events.csv", "prices.csv", "study.toml"])
def test_a_folder_for_a_file(tmp_path, capsys, name):
    write_study(tmp_path / "in")
    (tmp_path / "in" / name).unlink()
    (tmp_path / "in" / name).mkdir()
    path = tmp_path / "in" / name
    key = {"events.csv": "events.file", "prices.csv": "prices.file"}.get(name)
    named = f"study.toml: {key}: " if key else ""
    refused(tmp_path, capsys, f"{named}{path} is a folder; a file is needed")


@pytest.mark.parametrize("name", ["events.csv", "prices.csv", "study.toml"])
def test_a_file_that_is_not_there(tmp_path, capsys, name):
    write_study(tmp_path / "in")
    path = tmp_path / "in" / name
    path.unlink()
    key = {"events.csv": "events.file", "prices.csv": "prices.file"}.get(name)
    named = f"study.toml: {key}: " if key else ""
    refused(tmp_path, capsys, f"{named}{path}: no such file")


@pytest.mark.parametrize("name", ["events.csv", "prices.csv", "study.toml"])
def test_a_file_that_is_not_text(tmp_path, capsys, name):
    write_study(tmp_path / "in")
    path = tmp_path / "in" / name
    path.write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe" * 4)
    capsys.readouterr()
    code = cli.invoke(["run", str(tmp_path / "in" / "study.toml"), "--out", str(tmp_path / "out")])
    err = capsys.readouterr().err
    assert (code, err.count("\n")) == (2, 1)
    assert f"{name} line 1: not UTF-8" in err


# -- the output folder ---------------------------------------------------------------------------


def test_a_folder_with_other_files_is_refused_before_anything_is_computed(tmp_path, capsys):
    out, study = tmp_path / "out", tmp_path / "study.toml"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    study.write_text('[events]\nfile = "none.csv"\n', encoding="utf-8")
    code = cli.invoke(["run", str(study), "--out", str(out)])
    err = capsys.readouterr().err
    assert code == 2
    assert err == (
        f"eventstudy: {out}: holds files that are not results of eventstudy, mine.txt; "
        "name another folder\n"
    )
    assert (out / "mine.txt").read_text(encoding="utf-8") == "mine"


def test_a_manifest_of_another_tool_is_a_foreign_file(tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "manifest.json").write_text(json.dumps({"tool": "other"}), encoding="utf-8")
    assert cli.invoke(["run", "--out", str(out)]) == 2
    assert "holds files that are not results" in capsys.readouterr().err


@pytest.mark.parametrize("out", ["file", "file/below"])
def test_a_file_in_the_place_of_the_folder(tmp_path, capsys, out):
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    assert cli.invoke(["run", "--out", str(tmp_path / out)]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "file" in err
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


# -- what is read all the same -------------------------------------------------------------------


def cars(folder, capsys, study, **files) -> pd.DataFrame:
    path = write_study(folder / "in", study, **files)
    assert cli.invoke(["run", str(path), "--out", str(folder / "out"), "-q"]) == 0
    assert capsys.readouterr().err == ""
    return pd.read_csv(folder / "out" / "car.csv")


@pytest.mark.slow
def test_marks_semicolons_and_decimal_commas_are_read(tmp_path, capsys):
    plain = cars(tmp_path / "plain", capsys, LEVELS)
    semicolons = prices().to_csv(sep=";", decimal=",").replace("\n", "\r\n")
    news = (tmp_path / "plain" / "in" / "events.csv").read_text(encoding="utf-8")
    odd = cars(
        tmp_path / "odd",
        capsys,
        "\ufeff" + LEVELS.replace("\n", "\r\n"),
        prices_csv="\ufeff" + semicolons,
        events_csv="\ufeff" + news.replace(",", ";").replace("\n", "\r\n"),
    )
    pd.testing.assert_frame_equal(odd, plain)
    assert len(plain) == 24


@pytest.mark.slow
def test_long_prices_are_read_as_wide_ones(tmp_path, capsys):
    melted = prices().reset_index().melt(id_vars="date", var_name="security", value_name="close")
    long = melted.dropna().to_csv(index=False)
    pd.testing.assert_frame_equal(
        cars(tmp_path / "long", capsys, LEVELS, prices_csv=long),
        cars(tmp_path / "wide", capsys, LEVELS),
    )


# -- pairs that fail -----------------------------------------------------------------------------


@pytest.mark.slow
def test_an_event_the_prices_do_not_cover_is_listed(tmp_path, capsys):
    short = returns().iloc[: DAY0["E6"]]
    path = write_study(tmp_path / "in", prices_csv=short.to_csv())
    assert cli.invoke(["run", str(path), "--out", str(tmp_path / "out")]) == 0
    assert "dropped: coverage 2" in capsys.readouterr().out
    dropped = pd.read_csv(tmp_path / "out" / "dropped.csv")
    assert dropped[["event_id", "security", "stage"]].to_numpy().tolist() == [
        ["E6", "AAA", "coverage"], ["E6", "BBB", "coverage"]
    ]  # fmt: skip
    assert dropped["reason"].str.contains(DATES[DAY0["E6"] - 1]).all()
    aligned = pd.read_csv(tmp_path / "out" / "alignment.csv")
    assert len(aligned) == 12, "dropped pairs are aligned too"


@pytest.mark.parametrize(
    ("line", "stage"),
    [
        ('date_only = "same"\noverlap = "drop_all"', "overlap"),
        ('date_only = "same"\nambiguous = "drop"', "ambiguous"),
    ],
)
def test_all_pairs_dropped(tmp_path, capsys, line, stage):
    study = with_line("date_only", line).replace("event = [-2, 2]", "event = [-9, 9]")
    write_study(tmp_path / "in", study)
    out = refused(tmp_path, capsys, "study.toml: ")
    assert out.splitlines()[0].split() == ["stage", "reason", "pairs"]
    assert any(row.startswith(stage) for row in out.splitlines())


def test_a_selection_that_leaves_no_event(tmp_path, capsys):
    line = 'date_only = "same"\nselect = { category = ["sideways"] }'
    write_study(tmp_path / "in", with_line("date_only", line))
    refused(tmp_path, capsys, "study.toml: events.select leaves none of 6 events")


def test_no_price_covers_any_event(tmp_path, capsys):
    write_study(tmp_path / "in", prices_csv=returns().iloc[:120].to_csv())
    out = refused(tmp_path, capsys, "study.toml: 12 of 12 pairs were dropped (100%; coverage 12)")
    assert "coverage  no session of the market for it: its rows run from 2024-01-01" in out


@pytest.mark.slow
def test_the_process_says_the_same(tmp_path):
    path = write_study(tmp_path / "in", STUDIES["wrong type"][0])
    done = subprocess.run(
        [sys.executable, "-m", "eventstudy", "run", str(path), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"eventstudy: {STUDIES['wrong type'][1]}\n"


def test_an_unknown_market_in_the_events_is_no_silence(tmp_path, capsys):
    lines = ["event_id,date,markets"]
    lines += [f"E1,{E1},AAA;BBB", f"E2,{E2},TWIII"]
    write_study(tmp_path / "in", events_csv="\n".join(lines) + "\n")
    message = "events.csv row 3: event E2: markets names unknown market 'TWIII'; did you mean"
    assert refused(tmp_path, capsys, message) == ""


def test_a_model_without_its_factors_is_one_line(tmp_path, capsys):
    study = with_line("name", 'name = "factor"')
    write_study(tmp_path / "in", study)
    assert refused(tmp_path, capsys, "study.toml: model.factors is missing") == ""


@pytest.mark.slow
def test_the_header_pandas_writes_over_an_index(tmp_path, capsys):
    plain = cars(tmp_path / "plain", capsys, LEVELS)
    named = prices().to_csv()
    assert named.startswith("date,")
    bare = cars(tmp_path / "bare", capsys, LEVELS, prices_csv=named.removeprefix("date"))
    pd.testing.assert_frame_equal(bare, plain)


@pytest.mark.parametrize("place", [".", "", "in"])
def test_align_into_a_folder(tmp_path, capsys, monkeypatch, place):
    (tmp_path / "in").mkdir()
    (tmp_path / "e.csv").write_text("event_id,published_at\na,2025-05-02T09:00+08:00\n")
    monkeypatch.chdir(tmp_path)
    assert cli.invoke(["align", "e.csv", "-o", place]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "internal error" not in err
