"""A table made into one of the package's layouts, saying what was understood."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SchemaError, SpecificationError
from eventstudy.prices.files.dialects.choices import ReadingChoices
from eventstudy.prices.files.dialects.understanding import understand


def write(folder, text, name="x.csv"):
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize(
    "text",
    [
        "date,A,B\n2024-04-22,1,2\n2024-04-23,,3\n",
        "date,security,close\n2024-04-22,A,1\n",
        "Date,Open,High,Low,Close,Volume\n2024-04-22,1,2,1,2,9\n",
        "date;A\n2024-04-22;1,5\n",
    ],
)
def test_of_the_packages_own_layouts_nothing_is_said(tmp_path, text):
    assert understand(write(tmp_path, text)).cells.assumed == ()


def test_whole_tables_newest_first_are_turned_and_other_disorder_stays(tmp_path):
    down = "date,A\n2024-04-24,3\n2024-04-23,2\n2024-04-22,1\n"
    turned = understand(write(tmp_path, down)).cells
    assert turned.frame["A"].tolist() == ["1", "2", "3"]
    assert turned.rows.tolist() == [4, 3, 2]
    mixed = "date,A\n2024-04-24,3\n2024-04-22,1\n2024-04-23,2\n"
    assert understand(write(tmp_path, mixed)).cells.frame["A"].tolist() == ["3", "1", "2"]


def test_utc_stamps_that_do_not_tell_the_day_are_refused(tmp_path):
    text = "date,A\n2024-04-22T22:00:00Z,1\n2024-04-23T22:00:00Z,2\n"
    with pytest.raises(SpecificationError, match=r"x\.csv: times in UTC"):
        understand(write(tmp_path, text))


def test_several_rows_a_day_are_refused(tmp_path):
    text = "date,A\n2024-04-22 09:30,1\n2024-04-22 09:35,2\n"
    with pytest.raises(SchemaError, match="several rows a day"):
        understand(write(tmp_path, text))


def test_a_wide_file_has_no_second_close(tmp_path):
    with pytest.raises(SpecificationError, match="one column a security"):
        understand(
            write(tmp_path, "date,A\n2024-04-22,1\n"), choices=ReadingChoices(field="adj_close")
        )
