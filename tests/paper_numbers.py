"""Numbers of tests as a table of a paper takes them, for tests of what is printed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from eventstudy.reporting.paper_layout import PaperLayout, ShownTest, paper_frame

PLACEBO = ShownTest(name="placebo", null="dates like others", assumes="dates", is_randomised=True)
BMP = ShownTest(name="bmp", null="the mean is zero", assumes="independent pairs")
BHAR = ShownTest(name="bhar_t", null="no BHAR", assumes="pairs", quantity="bhar")


def numbers(
    tests=("bmp",), panels=("",), columns=("",), windows=((0, 0), (0, 1)), part="window", **changed
):
    """Return the numbers of tests; BMP rejects 60 % of placebos, so that it is corrected."""
    rows = [
        {
            "panel": panel, "column": column, "part": part, "window_start": start,
            "window_end": end, "name": name, "estimate": 0.0072, "std_error": 0.002,
            "statistic": 3.6, "df": 20.0, "pvalue": 0.004, "pvalue_corrected": 0.289,
            "star_pvalue": 0.289, "ci_low": 0.003, "ci_high": 0.011, "n_draws": 199,
            "size": 0.6, "size_low": 0.55, "size_high": 0.65, "n_pairs": 1234, "n_events": 40,
            "n_units": 30, "median": 0.005, "positive": 0.625, "caar": 0.01, "error": "test",
            "df_error": 20.0,
        }
        for panel in panels
        for column in columns
        for start, end in windows
        for name in tests
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    is_rank = frame["name"] == "placebo"
    unmeasured = ["size", "size_low", "size_high", "pvalue_corrected"]
    frame.loc[is_rank, unmeasured] = np.nan
    frame.loc[is_rank, "star_pvalue"] = 0.004
    return frame.assign(**changed)


def drawn(frame=None, **options):
    """Return the table of these numbers."""
    frame = numbers() if frame is None else frame
    layout = {
        "tests": tuple(
            {"placebo": PLACEBO, "bmp": BMP, "bhar_t": BHAR}[name]
            for name in dict.fromkeys(frame["name"])
        ),
        "panels": tuple(dict.fromkeys(frame["panel"])),
        "columns": tuple(dict.fromkeys(frame["column"])),
    }
    return paper_frame(frame, PaperLayout(**(layout | options)))
