"""The choices of a curve: defaults, what has a meaning, what is refused."""

from __future__ import annotations

import pytest
from small_curve import CHOICES, study

from eventstudy import (
    FactorModel,
    MarketAdjusted,
    SpecificationError,
    specification_curve,
)
from eventstudy.curve.choices import choices_of, list_specifications
from eventstudy.windows import SplitWindow, Window


def test_what_has_no_meaning_is_counted_once():
    base = study()
    choices = choices_of(
        base,
        {
            "models": ["constant_mean", "market_model"],
            "benchmarks": ["M03", "M04"],
            "sync": ["asof", "lag"],
            "estimation": [(-100, -11)],
            "car": [(0, 0), (0, 0), (0, 1)],
        },
    )
    listed = list_specifications(base, choices, sync="asof")
    assert len(listed) == 2 * (1 + 4)
    values = [tuple(specification.values.values()) for specification in listed]
    assert len(set(values)) == len(values)
    bare = [
        specification.values
        for specification in listed
        if specification.values["model"] == "constant_mean"
    ]
    assert {(specification["benchmark"], specification["sync"]) for specification in bare} == {
        ("", "")
    }
    assert [specification.own for specification in listed] == [
        specification.values["model"] == "market_model"
        and specification.values["benchmark"] == "M03"
        and specification.values["sync"] == "asof"
        and specification.values["car"] == "[0,+1]"
        for specification in listed
    ]


def test_defaults_are_the_own_values_and_sensible_ones():
    choices = choices_of(study(), sync="same_date")
    assert choices.models == ("market_model", "constant_mean", "market_adjusted")
    assert choices.benchmarks == ("M03",)
    assert choices.sync == ("same_date",)
    assert choices.estimation == (Window(-100, -11), Window(-77, -11))  # 45 sessions are too few
    assert choices.car == (Window(0, 1), Window(0, 0), Window(-1, 1), Window(0, 2))
    assert (choices.ambiguous, choices.kind, choices.mask_events) == (
        ("keep",),
        ("simple",),
        (False,),
    )
    assert choices_of(study(), has_fx=True).models == ("market_model", "constant_mean")
    own = study(model=MarketAdjusted("M03"), event_window=(0, 0), car_windows=[(0, 0)])
    assert choices_of(own, has_fx=True).models[0] == "market_adjusted"
    assert choices_of(own).car == (Window(0, 0),)
    split = SplitWindow(Window(-100, -11), Window(11, 60))
    assert choices_of(study(estimation_window=split)).estimation == (split,)


def test_the_own_model_keeps_what_else_it_says():
    base = study(model=FactorModel(("M03", "M04"), sync="lag"))
    choices = choices_of(base, {"models": ["factor"], "sync": ["lag", "same_date"]})
    listed = list_specifications(base, choices, sync="lag")
    assert {specification.study.model.factors for specification in listed} == {("M03", "M04")}
    assert {specification.study.model.sync for specification in listed} == {"lag", "same_date"}
    assert {specification.values["benchmark"] for specification in listed} == {""}


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"model": ["market_model"]}, "curve: unknown key 'model'; did you mean 'models'?"),
        ({"models": ["markt_model"]}, "unknown curve.models value 'markt_model'; did you mean"),
        ({"models": []}, "curve.models is empty; list a value or leave the key out"),
        ({"benchmarks": [""]}, "curve.benchmarks lists names of markets or columns, got ''"),
        ({"sync": ["asoff"]}, "unknown curve.sync value 'asoff'; did you mean 'asof'?"),
        ({"car": [(2, 0)]}, "curve.car: window [2, 0] is reversed"),
        ({"car": 3}, "curve.car must be a list, got 3"),
        ({"estimation": [(-100,)]}, "curve.estimation: expected two sessions"),
        ({"mask_events": ["yes"]}, "curve.mask_events lists true or false, got 'yes'"),
        ({"max": 0}, "curve.max is 0; it must be at least 1"),
        ({"max": 3}, "make 40 specifications, more than max = 3; list fewer values, or allow"),
        (
            {"benchmarks": ["M03", "M3"]},
            "curve.benchmarks: unknown market 'M3'; did you mean 'M03'",
        ),
        ({"benchmarks": ["SPX"]}, "curve.benchmarks: "),
    ],
)
def test_wrong_choices_are_one_sentence(data, choices, message):
    with pytest.raises(SpecificationError) as caught:
        specification_curve(study(), *data, choices=CHOICES | choices, draws=10)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
