"""What a study answers beside its tests, each question a piece of work that any process can do."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.anticipation import anticipation
from eventstudy.estimation.groups import make_groups
from eventstudy.execution.remade import Remade
from eventstudy.inference.multiple_testing import MOST_TESTED, family
from eventstudy.study.fitted import contrasts_of, heatmap_of_study, ranges_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eventstudy.execution.workers import Workers
    from eventstudy.inference.design import Design
    from eventstudy.study.fitted import Fitted


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pieces:
    """A fitted study and its second model, with the designs that a copy of them leaves behind.

    Attributes
    ----------
    fitted, beside : the models; None where there is no second one
    designs : of both
    headline : the statistic of heatmap and sessions before the news
    statistics, statistics_beside : tests of both models, once they are there
    """

    fitted: Fitted
    beside: Fitted | None
    designs: tuple[Design, Design | None]
    headline: str
    statistics: pd.DataFrame = field(default_factory=pd.DataFrame)
    statistics_beside: pd.DataFrame = field(default_factory=pd.DataFrame)

    @classmethod
    def of(cls, fitted: Fitted, beside: Fitted | None, headline: str) -> Pieces:
        """Take both models with their designs."""
        designs = (fitted.design, None if beside is None else beside.design)
        return cls(fitted=fitted, beside=beside, designs=designs, headline=headline)

    @property
    def models(self) -> tuple[Fitted, Fitted | None]:
        """Both models, as a process that was sent them needs them."""
        first, second = self.designs
        beside = self.beside
        if beside is not None and second is not None:
            beside = replace(beside, made=Remade(second))
        return replace(self.fitted, made=Remade(first)), beside


TOLD = {"contrasts_told": "contrasts", "contrasts_told_beside": "contrasts_beside"}
"""Parts of frames that the first screen needs, and the frames they are of."""


def frames_of(pieces: Pieces, names: Sequence[str], workers: Workers) -> dict[str, pd.DataFrame]:
    """Return frames by their names, those of a second model empty where there is none."""
    is_there = [pieces.beside is not None or not name.endswith("_beside") for name in names]
    asked = [name for name, is_asked in zip(names, is_there, strict=True) if is_asked]
    return dict(zip(asked, workers.map(_frame, asked, pieces), strict=True))


def _frame(pieces: Pieces, name: str) -> pd.DataFrame:
    """Return one frame of a study."""
    fitted, beside = pieces.models
    statistics = pieces.statistics
    if beside is not None and name.endswith("_beside"):
        fitted, statistics = beside, pieces.statistics_beside
    study, design = fitted.data.study, fitted.design
    if name.startswith("contrasts"):
        return contrasts_of(fitted, told=name in TOLD)
    if name.startswith("heatmap"):
        shown = [(window.start, window.end) for window in study.car_windows]
        return heatmap_of_study(fitted, shown, pieces.headline, statistics)
    if name == "ranges":
        return ranges_of(fitted, beside)
    groups = make_groups(fitted.labels, study.by)
    if name == "anticipation":
        ambiguous = fitted.data.aligned.frame["ambiguous"].to_numpy(dtype=bool)[fitted.sample.pair]
        return anticipation(design, groups, pieces.headline, ambiguous)
    if "placebo" not in study.statistics or not study.draws or not is_few(design):
        return pd.DataFrame()
    markets = [market.name for market in fitted.data.setting.markets]
    return family(design, groups, study.car_windows, markets)


def is_few(design: Design) -> bool:
    """Whether there are so few markets that each of them is tested by itself."""
    return len(np.unique(design.table.security)) <= MOST_TESTED
