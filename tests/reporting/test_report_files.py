"""The files a report names."""

import pandas as pd
from frames import contrasts_frame, record_of

from eventstudy.reporting.columns import described_files
from eventstudy.reporting.record import FRAMES, OPTIONAL
from eventstudy.reporting.report_files import files


def test_every_file_of_a_folder_is_described() -> None:
    assert set(described_files()) >= {*FRAMES, *OPTIONAL}


def test_files_that_are_there_are_listed_with_their_rows() -> None:
    record = record_of(2, contrasts=contrasts_frame(), family=pd.DataFrame())
    rows = {file.name: file.rows for file in files(record)}
    assert rows["alignment.csv"] == "12"
    assert rows["abnormal_returns.csv"] == "132"
    assert "contrasts.csv" in rows
    assert "family.csv" not in rows
