"""The table of securities: names, attributes and benchmarks, and what is wrong with one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from eventstudy import SchemaError, Securities, SpecificationError, read_securities


def test_attributes_are_typed_and_codes_stay_text(tmp_path):
    file = tmp_path / "securities.csv"
    file.write_text(
        "Permno,sic,size,industry,Benchmark\n14593,0100,1.5,banks,XLF\n10107,3571,,steel,\n"
    )
    table = read_securities(file)
    assert table.names == ("14593", "10107")
    assert table.frame["sic"].tolist() == ["0100", "3571"]
    np.testing.assert_array_equal(table.frame["size"], [1.5, np.nan])
    assert table.benchmarks == {"14593": "XLF"}
    assert table.benchmarks_of(["10107", "14593"]) == ("XLF",)
    assert table.rows == (2, 3)
    frame = pd.DataFrame({"permno": [14593.0, 10107.0], "size": [1.5, None]})
    assert Securities.from_frame(frame).names == table.names


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("firm,industry\nA,x\n", "row 1: no column security (or ticker"),
        ("security\nA\n", "row 1: no column besides security"),
        ("security,industry\nA,x\nB,y\nA,z\n", "row 4: A stands in row 2 already"),
        ("security,industry\nA,x\n,y\n", "row 3: the security is empty"),
    ],
)
def test_what_is_wrong_is_said_with_file_and_row(tmp_path, text, problem):
    file = tmp_path / "securities.csv"
    file.write_text(text)
    with pytest.raises(SchemaError) as caught:
        read_securities(file)
    assert f"securities.csv {problem}" in str(caught.value)


def test_a_sheet_is_for_workbooks(tmp_path):
    with pytest.raises(SpecificationError, match=r"securities.sheet is for xlsx files"):
        read_securities(tmp_path / "securities.csv", sheet="A")
