"""Files of results read back, and what is said of a file that no run wrote."""

from __future__ import annotations

import pandas as pd
import pytest
from fitted_study import fit

from eventstudy.exceptions import SourceError
from eventstudy.reporting.columns import needed
from eventstudy.reporting.record import FRAMES, OPTIONAL
from eventstudy.reporting.saved_table import read_saved

CAAR = "group,tau,caar,std_error,ci_low,ci_high,n_pairs,n_dates"
ROW = "all,0,0.1,0.1,0,1,7,7"


def written(folder, name, text):
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_columns_are_read_as_they_are_said_to_be(tmp_path):
    frame = read_saved(written(tmp_path, "caar.csv", f"{CAAR},own\n007,0,,,,,7,7,True\n"))
    assert frame["group"].tolist() == ["007"]
    assert frame["tau"].dtype == "int64"
    assert frame["caar"].dtype == "float64"
    frame = read_saved(written(tmp_path, "checks.csv", "security,date,check,severity,detail\n"
                               "A,2025-05-02,gap,error,'=1+1\nA,,gap,error,d\n"))  # fmt: skip
    assert frame["date"].tolist() == [pd.Timestamp("2025-05-02"), pd.NaT]
    assert frame["detail"].tolist() == ["=1+1", "d"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no column group, tau, caar and 5 more"),
        (b"\xff\xfe\x00", "cannot be read"),
        ("\ufeff" + CAAR, "has no column group"),
        ("," * 5_000_000, "has a line of more than 5,000,000 characters"),
        ('"' + "x" * 200_000 + '"', "cannot be read"),
        (f"{CAAR},\n{ROW},1\n", "has a column without a name"),
        (f"{CAAR},tau\n{ROW},1\n", "has column tau more than once"),
        (f"{CAAR}\n{ROW}\n{ROW}\n", "has rows with the same group and tau"),
        (f"{CAAR}\n{ROW},1,2\n", "cannot be read"),
        (f"{CAAR}\n{ROW}\n{ROW},1,2\n", "cannot be read"),
        (f"{CAAR}\n{ROW.replace('all,0,0.1', 'all,1,x')}\n", "column caar holds what is no number"),
        (f"{CAAR}\n{ROW.replace('all,0', 'all,0.5')}\n", "column tau holds what is no integer"),
        (f"{CAAR}\n{ROW}\n{ROW.replace('all,0', 'all,')}\n", "column tau holds what is no integer"),
        (f"{CAAR}\n{ROW.replace('all,0', 'all,inf')}\n", "column tau holds what is no integer"),
        (f"{CAAR}\n{ROW.replace('all,0', 'all,' + '9' * 5_000)}\n", "column tau holds what is no"),
        (f"{CAAR}\n{ROW.replace('all,0', 'all,True')}\n", "column tau holds what is no integer"),
    ],
    ids=range(16),
)  # fmt: skip
def test_what_no_run_wrote_is_said_in_a_sentence(tmp_path, text, said):
    path = written(tmp_path, "caar.csv", text)
    with pytest.raises(SourceError) as caught:
        read_saved(path)
    assert said in str(caught.value)
    assert caught.value.file == str(path)
    assert len(str(caught.value)) < 300 + len(str(path))


@pytest.mark.parametrize("cell", ["1", "yes", "2"])
def test_a_flag_is_true_or_false(tmp_path, cell):
    names = needed("alignment")
    cells = dict.fromkeys(names, "") | {"ambiguous": cell}
    path = written(tmp_path, "alignment.csv", f"{','.join(names)}\n{','.join(cells.values())}\n")
    with pytest.raises(SourceError, match="column ambiguous holds what is no boolean"):
        read_saved(path)


def test_a_date_is_one(tmp_path):
    text = "security,date,check,severity,detail\nA,2025-02-30,gap,error,d\n"
    with pytest.raises(SourceError, match="cannot be read"):
        read_saved(written(tmp_path, "checks.csv", text))


@pytest.mark.slow
def test_every_frame_has_the_columns_it_is_read_by():
    results = fit()
    for name in (*FRAMES, *OPTIONAL):
        frame = getattr(results, name)
        assert needed(name), name
        if len(frame.columns) and name != "prices":
            assert set(needed(name)) <= set(frame.columns), name
