"""Study files given as tables, read or refused, and what a study needs of its prices."""

from __future__ import annotations

import pytest

from eventstudy.exceptions import SpecificationError
from eventstudy.studyfile.price_source import PriceRequest
from eventstudy.studyfile.study_file import StudyFile, parse_study

EVENTS = {"file": "events.csv"}


def parsed(**tables) -> StudyFile:
    """Return the study of some tables, in a folder called folder."""
    return parse_study({"events": EVENTS, **tables}, "study.toml", "folder")


def refused(**tables) -> str:
    """Return the one line with which tables are refused."""
    with pytest.raises(SpecificationError) as caught:
        parsed(**tables)
    message = str(caught.value)
    assert "\n" not in message
    return message


def price_request(**options) -> PriceRequest:
    """Return what a study of the yuan on a column called mine needs, `options` replaced."""
    given = {
        "names": (("markets", "CNH"), ("model.benchmark", "mine")), "declared": (),
        "kind": "simple", "calendar": None,
    }  # fmt: skip
    return PriceRequest(**given | options)
