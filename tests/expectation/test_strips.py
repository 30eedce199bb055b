"""A strip: one scale for all markets, shapes beside colours, marks where the numbers say."""

from __future__ import annotations

import re

import numpy as np
import pytest
from small_expectation import forecast, past_dates

from eventstudy.expectation import strips


def xs(svg, pattern):
    return [float(x) for x in re.findall(pattern, str(svg))]


def test_the_scale_is_even_and_holds_nearly_every_move_of_every_market():
    one = forecast("CNH", daily=0.003)
    two = forecast("N225", daily=0.02)
    scale = strips.scale_of([one, two])
    dots = sorted(abs(p.rescaled) / f.daily_volatility for f in (one, two) for p in f.past)
    ends = [abs(end) / f.daily_volatility for f in (one, two) for end in
            (f.low, f.high, f.ordinary_low, f.ordinary_high)]  # fmt: skip
    needed = max(*ends, dots[26])  # 27 of 28 are 96 % and more
    assert scale.limit % 2 == 0
    assert scale.limit - 2 < needed <= scale.limit
    assert scale.n_beyond == sum(dot > scale.limit for dot in dots) <= 1


def test_moves_beyond_eight_volatilities_are_counted_and_drawn_as_arrows_at_the_edge():
    past = past_dates(9, 0.01)
    past = (*past[:8], type(past[8])(
        session=np.datetime64("2024-12-01"), event_ids=("X",), headlines=("far",), raw=0.2,
        rescaled=0.2, beyond=None, is_same_kind=False,
    ))  # fmt: skip
    one = forecast(n=9, daily=0.01, past=past)
    scale = strips.scale_of([one])
    assert (scale.limit, scale.n_beyond) == (8, 1)
    svg = str(strips.draw(one, scale, direction="escalation", label="x"))
    assert svg.count('class="beyond"') == 1
    assert svg.count("<title>") == 9


def test_marks_stand_where_the_numbers_say():
    one = forecast(daily=0.02, low=-0.04, median=0.01, high=0.06)
    scale = strips.Scale(limit=6, n_beyond=0)
    svg = strips.draw(one, scale, direction="de-escalation", label="x")
    half = strips.WIDTH / 2
    unit = (half - 12) / 6  # of one daily volatility
    band = xs(svg, r'class="band" x="([\d.]+)"')[0]
    assert band == pytest.approx(half + unit * one.ordinary_low / 0.02, abs=0.06)
    start, end = xs(svg, r'class="range" x1="([\d.]+)"')[0], xs(svg, r'x2="([\d.]+)" y1="11')[0]
    assert (start, end) == pytest.approx((half - 2 * unit, half + 3 * unit), abs=0.06)
    rings = xs(svg, r'class="ring" cx="([\d.]+)"')
    others = [p.rescaled for p in one.past if not p.is_same_kind]
    assert sorted(rings) == pytest.approx(
        sorted(half + unit * move / 0.02 for move in others), abs=0.06
    )


def test_the_same_kind_has_a_shape_of_its_own():
    one = forecast()
    svg = str(strips.draw(one, strips.scale_of([one]), direction="escalation", label="x"))
    assert svg.count('<polygon class="same"') == one.n_same_kind
    assert svg.count('<circle class="ring"') == one.n_dates - one.n_same_kind


def test_texts_are_escaped():
    past = past_dates(8, 0.02, headlines=("</title><script>alert(1)</script>",))
    one = forecast(n=8, past=past)
    svg = str(strips.draw(one, strips.scale_of([one]), direction="x", label='"><script>'))
    assert "<script" not in svg


def test_without_a_volatility_nothing_is_drawn_by_it():
    assert not strips.is_drawable(forecast(daily_volatility=float("nan")))
    assert strips.scale_of([forecast(daily_volatility=0.0)]).limit == 2
