"""Numbers compared outside this package, whose data or programs cannot be shipped with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedOutside:
    """A comparison that was made by hand, once.

    Attributes
    ----------
    software : what printed the numbers
    numbers, equal : how many were compared, and how many agreed
    remark : to which digits, or what differs
    """

    software: str
    numbers: int
    equal: int
    remark: str = ""


OUTSIDE = (
    ComparedOutside(
        software="SAS, event study of WRDS, 7 events", numbers=154, equal=154,
        remark="at the printed digits",
    ),
    ComparedOutside(
        software="R, xKDR eventstudies, September 2001", numbers=132, equal=132,
    ),
    ComparedOutside(software="R, xKDR eventstudies, stock splits", numbers=243, equal=243),
    ComparedOutside(
        software="R, EventStudy 0.50 (sipemu)", numbers=143, equal=143,
        remark="its BMP and Kolari-Pynnonen tests leave out the forecast error",
    ),
    ComparedOutside(
        software="R, EventStudy 0.64, values of its tests, by `sipemu`", numbers=63, equal=63,
        remark="51 equal, 12 after its convention: no forecast error",
    ),
    ComparedOutside(software="R, vignette of estudy2", numbers=30, equal=30),
    ComparedOutside(
        software="Goldsmith-Pinkham and Lyu, Table 1", numbers=72, equal=72,
        remark="after two of its conventions",
    ),
    ComparedOutside(
        software="event-study-toolkit 1.0.0, its tutorial, by `event_study_toolkit`",
        numbers=159, equal=159, remark="129 equal, 30 after its conventions; 2 of a test "
        "of ranks between groups of securities left out",
    ),
    ComparedOutside(software="generalised rank tests as other packages print them",
                    numbers=18, equal=18),
)  # fmt: skip
"""In the order of the page."""
