"""The sign that each pair is expected to have, and the pairs that have none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.text import is_missing

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray
    from eventstudy.estimation.sample import Sample
    from eventstudy.events.alignment import Alignment
    from eventstudy.events.table import Events
    from eventstudy.study.specification import Specification


def pair_signs(
    study: Specification, events: Events, sample: Sample, aligned: Alignment
) -> FloatArray:
    """Return what each pair is multiplied by before pooling: 1, -1, or 0 where it has no sign."""
    if study.sign == "none":
        return np.ones(len(sample.pair))
    if "expected_sign" not in events.frame.columns:
        raise SpecificationError(
            f'statistics.sign = "expected" needs a column expected_sign in {events.name}',
            key="statistics.sign",
        )
    value = {"+": 1.0, "-": -1.0}
    signs = np.array([value.get(sign, 0.0) for sign in events.frame["expected_sign"]])
    of_pair = signs[sample.event]
    pairs, others = sample.merged_events(aligned)
    of_pair[pairs[of_pair[pairs] != signs[others]]] = 0.0
    return of_pair


def without_unsigned(
    study: Specification, events: Events, sample: Sample, aligned: Alignment
) -> Sample:
    """Return the sample less the pairs without an expected sign, each listed with what it has."""
    unsigned = pair_signs(study, events, sample, aligned) == 0
    if not unsigned.any():
        return sample
    given = events.frame["expected_sign"].iloc[sample.event[unsigned]]
    why = np.full(len(unsigned), "", dtype=object)
    why[unsigned] = [
        "the event has no expected_sign"
        if is_missing(sign) or not sign
        else "the events merged here differ in expected_sign"
        if sign in ("+", "-")
        else f"expected_sign is {sign}, not + or -"
        for sign in given
    ]
    for reason in dict.fromkeys(why[unsigned]):
        which = why == reason
        sample = sample.without(which, "sign", f'{reason} (statistics.sign = "expected")', aligned)
        why = why[~which]
    return sample
