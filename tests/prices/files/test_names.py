"""The security of a file whose name alone says it."""

from __future__ import annotations

import pytest

from eventstudy.prices.files.names import name_in_file_name
from eventstudy.prices.files.reading import read_prices


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("Nikkei 225 Historical Data", "N225"),
        ("Nikkei 225 Historical Results (1)", "N225"),
        ("USD_CNH Historical Data", "USDCNH"),
        ("USD-CNH_Historical_Data", "USDCNH"),
        ("CNHUSD Historical Data", "CNHUSD"),  # the market CNH inverts its series
        ("S&P 500 - Historische Daten", "SPX"),
        ("Apple Stock Price History", "APPLE"),
        ("DOW Historical Data", "DOW"),
        ("AAPL (2)", "AAPL"),
        ("aapl", "AAPL"),
        ("Nikkei 225", "NIKKEI 225"),
        ("Historical Data", "HISTORICAL DATA"),
        ("historical data of aapl", "HISTORICAL DATA OF AAPL"),
    ],
)
def test_a_vendors_words_are_no_part_of_the_name(stem, name):
    assert name_in_file_name(stem) == name


def test_the_name_is_said(tmp_path):
    file = tmp_path / "USD_CNH Historical Data.csv"
    file.write_text('"Date","Price","Open","High","Low","Vol.","Change %"\n'
                    '"01/31/2025","7.3","7.3","7.3","7.3","","0%"\n')  # fmt: skip
    panel = read_prices(file)
    assert panel.names == ("USDCNH",)
    said = "USD_CNH Historical Data.csv: its security is called USDCNH after the file's name"
    assert said in panel.assumed
