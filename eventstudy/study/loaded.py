"""What results read from a folder cannot answer, and what to do instead, question by question."""

from __future__ import annotations

from typing import Final

from eventstudy.exceptions import NotApplicableError

_DEFAULT: Final = (
    "name window, grouping (by=), contrast= or statistic in the study and fit it again"
)
_AGAIN: Final = "and fit it again"
_INSTEAD: Final = {
    "regress_cars": f"give the study cross_section=es.CrossSection(columns=[...]) {_AGAIN}, or "
    "regress the CARs of the frame car, which the folder has",
    "test_family": f"name windows (car_windows=) and grouping (by=) in the study {_AGAIN}: the "
    "frame family has those of a study, of at most 200 markets",
    "measure_activity": f"give the study activity=es.Activity(measures=[...]) {_AGAIN}",
    "joint_regression": f'give the study overlap="joint" {_AGAIN}: the frame joint has it',
    "calendar_time_portfolio": "name the statistic calendar_time in the study "
    f"(statistics=[...]) {_AGAIN}",
    "intervals": "ask right after the fit, and keep the frame: no study asks for these",
    "contrast": f"name contrast=, contrast_by= and car_windows= in the study {_AGAIN}",
    "test_counterfactual": "ask right after the fit, and keep the frame: no study asks for these",
}
"""Method of results -> what answers its question where they are read back."""


def not_in_folder(question: str = "") -> NotApplicableError:
    """Return the error of a question whose answer a folder of results does not hold.

    Parameters
    ----------
    question
        The method that was called; empty for tests of the study's own kind.

    Examples
    --------
    >>> str(not_in_folder("measure_activity")).partition("; ")[2]
    'give the study activity=es.Activity(measures=[...]) and fit it again'
    """
    return NotApplicableError(
        "these results were read from a folder and do not hold this answer, as nothing asked after "
        f"the fit is saved; {_INSTEAD.get(question, _DEFAULT)}"
    )
