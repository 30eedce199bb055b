"""eventstudy import: a vendor's file made the one every command reads."""

from __future__ import annotations

import json

import pytest

from eventstudy import read_prices

TEXT = (
    '"Date","Price","Open","High","Low","Vol.","Change %"\n'
    '"07/11/2025","39,569.68","39,686.01","39,844.75","39,411.40","1.00M","0.10%"\n'
    '"07/10/2025","39,646.36","39,861.10","40,020.55","39,487.77","1.00M","0.10%"\n'
    '"07/09/2025","39,821.28","39,728.50","39,980.57","39,569.58","1.00M","0.10%"\n'
)


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "export.csv").write_text(TEXT)
    return tmp_path / "export.csv"


def test_what_was_understood_is_said_and_the_file_is_written(run, file, tmp_path):
    code, out, err = run("import", str(file), "--security", "N225", "-o", "p.csv")
    assert (code, out) == (0, "Prices: p.csv\n")
    assert "export.csv: dates are month, day, year" in err
    assert "the newest row was first; turned round" in err
    panel = read_prices(tmp_path / "p.csv")
    assert (panel.names, panel.assumed) == (("N225",), ())
    assert panel.values[0].tolist() == [39821.28, 39646.36, 39569.68]


def test_a_file_that_is_there_is_replaced_only_by_force(run, file, tmp_path):
    (tmp_path / "p.csv").write_text("mine")
    code, _, err = run("import", str(file), "-o", "p.csv")
    assert code == 2
    assert "p.csv: is there already; name another file, or say --force" in err
    assert (tmp_path / "p.csv").read_text() == "mine"
    assert run("import", str(file), "-o", "p.csv", "--force")[0] == 0
    code, _, err = run("import", str(file), "-o", str(file), "--force")
    assert code == 2
    assert "is a file that is read" in err


def test_json_and_what_is_printed(run, file):
    code, out, err = run("import", str(file))
    assert code == 0
    assert out.startswith("date,security,close,open,high,low,volume\n2025-07-09,EXPORT,39821.28,")
    assert run("import", str(file), "--quiet")[2] == ""
    answer = json.loads(run("import", str(file), "--json")[1])
    assert answer["securities"] == [{
        "security": "EXPORT", "rows": 3, "first": "2025-07-09", "last": "2025-07-11",
        "last_value": 39569.68,
    }]  # fmt: skip
    assert any("Investing.com" in sentence for sentence in answer["understood"])
    assert "Investing.com" in err


def test_several_files_are_joined_and_columns_named(run, file, tmp_path):
    (tmp_path / "b.csv").write_text("Tag,Kurs\n2025-07-09,1\n")
    code, out, _ = run("import", str(file), str(tmp_path / "b.csv"))
    assert code == 0
    assert "2025-07-09,Kurs,1" in out
    code, out, _ = run("import", "b.csv", "--columns", "date=Tag,close=Kurs")
    assert "2025-07-09,B,1" in out
    code, _, err = run("import", "b.csv", "--columns", "Tag")
    assert code == 2
    assert "write pairs such as" in err


def test_the_dialects_are_listed(run):
    code, out, _ = run("import", "--list")
    assert code == 0
    assert out == run("list", "dialects")[1]
    assert "investing_com" in [
        row["name"] for row in json.loads(run("import", "--list", "--json")[1])
    ]
    code, _, err = run("import")
    assert code == 2
    assert "Missing argument" in err


@pytest.mark.parametrize("rows", ["01/02/2024,1\n02/02/2024,2\n05/02/2024,3\n"])
def test_dates_that_can_be_read_both_ways_are_a_users_mistake(run, tmp_path, rows):
    (tmp_path / "e.csv").write_text("Date,N225\n" + rows)
    code, _, err = run("import", str(tmp_path / "e.csv"))
    assert code == 2
    assert "date_format" in err
    assert run("import", str(tmp_path / "e.csv"), "--date-format", "dd/mm/yyyy")[0] == 0
    assert run("prices", "check", str(tmp_path / "e.csv"), "--date-format", "dmy")[0] == 0


def test_the_help_keeps_its_examples_on_lines_of_their_own(run):
    code, out, _ = run("import", "--help")
    assert code == 0
    assert "\\b" not in out
    assert "\n  eventstudy import AAPL.csv MSFT.csv -o prices.csv\n" in out
