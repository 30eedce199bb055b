"""The command `intraday`: what it prints and writes, what it refuses."""

from __future__ import annotations

import json

import pytest
from small_intraday_study import NEWS, make_bars

from eventstudy.cli import invoke

pytestmark = pytest.mark.fast_tests(1)


@pytest.fixture(scope="module")
def bars_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("bars") / "AAA_30min.csv"
    frame = make_bars(start="2025-02-03", end="2025-04-30", missing=0.03)
    text = frame.assign(timestamp=[time.isoformat() for time in frame["timestamp"]])
    text.to_csv(path, index=False)
    return str(path)


@pytest.mark.slow
def test_the_command(bars_file, tmp_path, capsys):
    out = tmp_path / "out"
    words = ["intraday", bars_file, "--event", NEWS, "--market", "SPX", "--out", str(out)]
    assert invoke([*words, "--car", "0,30", "--car=-30,0"]) == 0
    printed = capsys.readouterr().out
    assert "[0,+30]" in printed
    assert "[-30,0]" in printed
    assert str(out / "intraday.html") in printed.replace("\n", "")
    assert invoke([*words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [row["window_end"] for row in answer["car"]] == [15, 60]
    assert answer["alignment"][0]["bar_clock"] == "12:00"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "give --event TIME or --events FILE"),
        (["--event", NEWS, "--events", "x.csv"], "give --event TIME or --events FILE"),
        (["--event", "2025-04-03T12:10"], "has no offset from UTC"),
        (["--events", "2025_Tariff_events.csv"], "2025_Tariff_events.csv: no such file"),
        (["--event", NEWS, "--car", "0;15"], "--car '0;15': expected two whole minutes"),
        (["--event", NEWS, "--hours", "al"], "hours"),
        (["--event", NEWS, "--market", "SPY"], "is no market"),
        (["--event", NEWS, "--labels", "begin"], "labels"),
    ],
)
def test_what_the_command_refuses(bars_file, capsys, words, message):
    market = [] if "--market" in words else ["--market", "SPX"]
    assert invoke(["intraday", bars_file, *words, *market]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_an_events_file_through_the_command(bars_file, tmp_path, capsys):
    events = tmp_path / "events.csv"
    events.write_text(
        f"event_id,published_at,kind\nA,{NEWS},x\nB,2025-04-15T10:05-04:00,y\n", encoding="utf-8"
    )
    words = ["intraday", bars_file, "--events", str(events), "--market", "XNYS", "--by", "kind"]
    assert invoke(words) == 0
    printed = capsys.readouterr().out
    assert "2 pairs of 2 events" in printed
    assert "By kind" in printed
