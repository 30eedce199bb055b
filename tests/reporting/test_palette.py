"""One colour for one thing, legible on both grounds and told apart in any colour vision."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

from eventstudy.reporting import palette

_VISION = {  # Machado, Oliveira, Fernandes 2009, severity 1
    "usual": np.eye(3),
    "protanopia": np.array([
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopia": np.array([
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]),
}  # fmt: skip


def _linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def _luminance(colour: str) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ _linear(colour))


def _contrast(one: str, other: str) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lab(linear: np.ndarray) -> np.ndarray:
    to_xyz = np.array([
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ])  # fmt: skip
    x, y, z = to_xyz @ np.clip(linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    fx, fy, fz = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (x, y, z))
    return np.array([116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)])


def _distance(one: str, other: str) -> float:
    """Smallest CIE76 distance over kinds of colour vision."""
    return min(
        float(np.linalg.norm(_lab(m @ _linear(one)) - _lab(m @ _linear(other))))
        for m in _VISION.values()
    )


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_what_is_drawn_stands_out_from_its_ground(ground: str) -> None:
    paper = getattr(palette.PAPER, ground)
    marks = (
        palette.ESCALATION, palette.DE_ESCALATION, palette.NEUTRAL, palette.UP, palette.DOWN,
        *palette.MARKETS,
    )  # fmt: skip
    for colour in marks:
        assert _contrast(getattr(colour, ground), paper) >= 2.95, colour
    for colour in (palette.INK, palette.SOFT, palette.STOP, palette.WARN):
        assert _contrast(getattr(colour, ground), paper) >= 4.5, colour


@pytest.mark.parametrize("ground", ["light", "dark"])
def test_colours_of_one_kind_differ_in_any_colour_vision(ground: str) -> None:
    for kind in (palette.MARKETS, (palette.UP, palette.DOWN),
                 [colour for colour, _ in palette.DIRECTIONS.values()]):  # fmt: skip
        for one, other in itertools.combinations(kind, 2):
            assert _distance(getattr(one, ground), getattr(other, ground)) > 10, (one, other)


def test_every_colour_is_of_one_thing() -> None:
    light = [colour.light for colour in palette.COLOURS]
    assert len(set(light)) == len(light)
    assert all(re.fullmatch("#[0-9a-f]{6}", text) for text in light)
    names = [colour.name for colour in palette.COLOURS]
    assert len(set(names)) == len(names)
    assert palette.ESCALATION.light == "#c8553d"
    assert palette.DE_ESCALATION.light == "#1f5f99"


def test_a_group_has_the_colour_of_its_direction_or_market_wherever_it_stands() -> None:
    markets = ["N225", "TWII", "HSI"]
    for place in range(3):
        assert palette.group_look("direction=escalation", place)[0] is palette.ESCALATION
        crossed = palette.group_look("category*direction=deal*de-escalation", place)
        assert crossed[0] is palette.DE_ESCALATION
        assert palette.group_look("security=HSI", place, markets)[0] is palette.MARKETS[2]
    assert palette.group_look("category=deal", 1)[0] is palette.MARKETS[1]
    first, again = palette.series_look(0), palette.series_look(len(palette.MARKETS))
    assert first[0] is again[0]
    assert first[1] != again[1]


def test_the_scale_is_symmetric_and_its_middle_is_zero() -> None:
    steps = [palette.scale_step(value, 1.0) for value in np.linspace(-1, 1, 401)]
    assert list(dict.fromkeys(steps)) == list(palette.SCALE)
    assert palette.scale_step(0.0, 1.0).name == "scale-0"
    for value in (0.2, 0.5, 0.9, 3.0):
        up, down = palette.scale_step(value, 1.0), palette.scale_step(-value, 1.0)
        assert up.name.replace("up", "down") == down.name


def test_css_names_every_colour_twice_and_prints_light() -> None:
    text = palette.css_variables()
    for colour in palette.COLOURS:
        assert f"--{colour.name}: {colour.light};" in text.split("@media")[0]
        assert f"--{colour.name}: {colour.dark};" in text.split("@media")[1]
    assert "@media screen and (prefers-color-scheme: dark)" in text
