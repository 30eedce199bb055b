"""A field of a specification that is a key of a study file."""

from dataclasses import dataclass, field
from typing import Literal

import pytest

from eventstudy import SpecificationError
from eventstudy.study.options import option, options_of


def test_what_a_field_declares_is_all_there_is_to_an_option():
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Wider:
        tails: Literal["thin", "fat"] = field(default="thin", metadata=option("statistics.tails"))
        width: int = field(default=3, metadata=option("width"))
        note: str = "no key"

    tails, width = options_of(Wider)
    assert (tails.name, tails.path, tails.takes.choices) == (
        "tails", "statistics.tails", ("thin", "fat")
    )  # fmt: skip
    with pytest.raises(SpecificationError, match=r"statistics\.tails 'fta'; did you mean 'fat'"):
        tails.checked("fta")
    assert (width.path, width.takes.kind) == ("width", "a whole number")
