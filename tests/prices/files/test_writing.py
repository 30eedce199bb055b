"""A panel written as the long file that is read again."""

from __future__ import annotations

import pandas as pd

from eventstudy import read_prices
from eventstudy.prices.files.writing import long_csv


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "A.csv"
    path.write_text("Date,Open,High,Low,Close\n2024-04-22,1,3,1,2\n2024-04-23,9,3,1,2.5\n")
    panel = read_prices(path)
    (tmp_path / "long.csv").write_text(long_csv(panel))
    again = read_prices(tmp_path / "long.csv")
    assert (again.names, again.values[0].tolist()) == (("A",), [2.0, 2.5])
    assert pd.isna(again.fields["A"]["high"].iloc[1]), "a bar that contradicts itself"


def test_returns_are_called_returns(tmp_path):
    (tmp_path / "r.csv").write_text("date,A\n2024-04-22,0.01\n")
    text = long_csv(read_prices(tmp_path / "r.csv", content="returns"))
    assert text == "date,security,return\n2024-04-22,A,0.01\n"
