"""The settings of a study, out of the tables of its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eventstudy.study.call_wording import in_words_of_the_file
from eventstudy.study.specification import OPTIONS
from eventstudy.study.study import EventStudy
from eventstudy.studyfile.declared_markets import declared_markets
from eventstudy.studyfile.keys import BESIDE_TABLE
from eventstudy.studyfile.models import activity_of, cross_section_of, model_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eventstudy.studyfile.price_source import PriceSource


def described_study(
    tables: Mapping[str, Any], source: PriceSource, calendar: str | None
) -> EventStudy:
    """Return the study that the tables of a study file describe, without its data.

    Raises
    ------
    SpecificationError
        A wrong value or a contradiction; the message names the key.
    """
    settings = {
        option.name: table[option.key]
        for option in OPTIONS
        if option.key in (table := tables.get(option.table, {}) if option.table else tables)
    }
    models = dict(tables.get("model", {}))
    beside = models.pop("beside", None)
    settings |= {
        "model": model_of(models),
        "beside": None if beside is None else model_of(beside, BESIDE_TABLE),
        "calendar": calendar,
        "declared": declared_markets(tables, calendar, source),
        "cross_section": cross_section_of(tables.get("cross_section")),
        "activity": activity_of(tables.get("activity")),
    }
    with in_words_of_the_file():
        return EventStudy(**settings)
