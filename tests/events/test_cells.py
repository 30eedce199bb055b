from __future__ import annotations

import pandas as pd
import pytest

from eventstudy.events.cells import (
    cell_text,
    code_of,
    identifier_rank,
    is_sure_identifier,
    listed_names,
    own_column,
)


@pytest.mark.parametrize(
    ("cells", "delimiter", "kind", "values"),
    [
        (["True", "false"], ",", "bool", [True, False]),
        (["True", ""], ",", "boolean", [True, pd.NA]),
        (["3", "-1"], ",", "int64", [3, -1]),
        (["3", "NA"], ",", "Int64", [3, pd.NA]),
        (["1.5", "2"], ",", "float64", [1.5, 2.0]),
        (["1e-05", "2.0"], ",", "float64", [1e-05, 2.0]),
        (["0,5", "2"], ";", "float64", [0.5, 2.0]),
        (["0,5", "2"], ",", "object", ["0,5", "2"]),
        (["0050", "2330"], ",", "object", ["0050", "2330"]),
        (["1234567890123456789012"], ",", "object", ["1234567890123456789012"]),
        (["x", ""], ",", "object", ["x", None]),
        (["", ""], ",", "object", [None, None]),
    ],
)
def test_a_column_is_typed_where_no_code_is_spoilt(cells, delimiter, kind, values):
    column = own_column("mine", cells, delimiter=delimiter)
    assert column.dtype == kind
    assert column.tolist() == values


def test_codes_of_securities_stay_text():
    assert own_column("permno", ["14593.0", "", "10107"]).tolist() == ["14593", None, "10107"]
    assert own_column("n", ["1"], pd.Series([1.0], index=[7])).dtype == "float64"
    assert code_of("14593.0") == code_of("14593") == "14593"
    assert (code_of("005930"), code_of(" AAPL ")) == ("5930", "aapl")
    assert is_sure_identifier("TICKER")
    assert not is_sure_identifier("Firm_ID")
    assert identifier_rank("Firm_ID") is not None
    assert identifier_rank("category") is None


def test_lists_come_back_as_pandas_writes_them():
    assert listed_names("TAIEX; HSI;") == ("TAIEX", "HSI")
    assert listed_names("('TWII', 'HSI')") == listed_names("['TWII', 'HSI']") == ("TWII", "HSI")
    assert listed_names("()") == listed_names("") == ()
    assert listed_names("(x)") == ("(x)",)
    assert cell_text(("a", "b")) == "a;b"
    assert (cell_text(3.0), cell_text(1.5), cell_text(True), cell_text(None)) == (
        "3",
        "1.5",
        "True",
        "",
    )
