"""A frame of contrasts as a study of two kinds of news gives it, for tests of what is said."""

from __future__ import annotations

import pandas as pd

NAME = "direction: de-escalation - escalation"
# security, estimate, p-value over day 0; then over [-2,-1]
_ROWS = (
    ("all", 0.0095, 0.0002, 0.0040, 0.0300),
    ("N225", 0.0120, 0.0002, 0.0052, 0.0400),
    ("HSI", 0.0155, 0.0004, 0.0133, 0.0005),
    ("CNH", 0.0035, 0.0300, 0.0010, 0.3000),
    ("AUDUSD", 0.0007, 0.5200, 0.0008, 0.6000),
)
_PARTS = (("2018-19", 0.0110, 0.001), ("2020-23", 0.0020, 0.4), ("2024-25", 0.0150, 0.002))


def row(contrast, window, security, estimate, pvalue, **more):
    """Return one row of the frame."""
    return {
        "contrast": contrast, "window_start": window[0], "window_end": window[1],
        "security": security, "estimate": estimate, "std_error": 0.002,
        "statistic": estimate / 0.002, "pvalue": pvalue, "ci_low": estimate - 0.004,
        "ci_high": estimate + 0.004, "n_dates_a": 60, "n_dates_b": 90, "n_mixed": 3, "note": "",
    } | more  # fmt: skip


def contrasts_frame(scale: float = 1.0) -> pd.DataFrame:
    """Return the contrast in four markets and all together, by period, before and after the news.

    `scale` makes another model of it, whose estimates are so many times as large.
    """
    rows = []
    for security, estimate, pvalue, before, before_p in _ROWS:
        rows.append(row(NAME, (0, 0), security, scale * estimate, pvalue))
        rows.append(row(NAME, (0, 1), security, scale * estimate * 1.2, pvalue))
        rows.append(row(NAME, (-2, -1), security, scale * before, before_p))
        for period, part, part_p in _PARTS:
            more = {"n_dates_a": 20, "n_dates_b": 30}
            name = f"{NAME} | period={period}"
            rows.append(row(name, (0, 0), security, scale * part, part_p, **more))
    return pd.DataFrame(rows)
