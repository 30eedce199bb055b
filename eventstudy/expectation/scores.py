"""How forecasts of a study's own past news did: one question, its tables and its sentence."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.expectation.reactions import USUAL_WINDOW, past_reactions
from eventstudy.expectation.scoring import score_table, walk_forward
from eventstudy.io.progress import no_progress, shows_progress
from eventstudy.registry import choose
from eventstudy.reporting.text_table import draw_table
from eventstudy.studyfile.bundled_study import bundled_study
from eventstudy.studyfile.study_file import StudyFile, read_study
from eventstudy.text import counted, is_missing
from eventstudy.windows import Window

if TYPE_CHECKING:
    import os

    import pandas as pd

    from eventstudy._typing import Progress
    from eventstudy.expectation.scoring import Made
    from eventstudy.expectation.values import Record

MADE = {"news": "when the news broke", "open": "at the market's next open"}
_GROUPS = {"half": "half", "security": "market", "level": "step", "direction": "direction"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Past forecasts of a study, and how they did.

    Attributes
    ----------
    frame : one row a forecast of an event in a market; see `walk_forward`
    record : the summary; None where no forecast had a range
    made : ``news`` or ``open``
    window : sessions the forecasts are about

    Examples
    --------
    >>> import eventstudy as es
    >>> scores = es.score(window=(0, 0))
    >>> len(scores.table()) > 0
    True
    """

    frame: pd.DataFrame
    record: Record | None
    made: Made
    window: Window

    def table(self, by: str | None = None) -> pd.DataFrame:
        """Return the scores of all forecasts, or for each value of a column; see `score_table`.

        The column ``half`` tells earlier forecasts from later ones, about as many of each.

        Examples
        --------
        >>> scores.table().columns.tolist()[:3]  # scores: help(es.Scores)
        ['group', 'n', 'n_dates']
        """
        frame = self.frame
        scored = frame.loc[frame["low"].notna(), "session"].sort_values()
        if scored.empty:
            return score_table(frame)
        if by == "half":
            middle = scored.iloc[(len(scored) - 1) // 2]
            names = f"to {middle:%Y-%m-%d}", "later"
            frame = frame.assign(half=np.where(frame["session"] <= middle, *names))
        return score_table(frame, by)

    @property
    def sentence(self) -> str:
        """Whether past news said more than ordinary days, with its uncertainty.

        Examples
        --------
        >>> len(scores.sentence) > 0  # scores: help(es.Scores)
        True
        """
        if self.record is None:
            return (
                f"None of {counted(len(self.frame), 'past forecast')} had the 8 past dates a range "
                "needs, so nothing is scored."
            )
        record = self.record
        what = "has not been shown to say more than ordinary days"
        if record.is_settled:
            what = f"said {'more' if record.beats_ordinary_days else 'less'} than ordinary days"
        return (
            f"Past news {what}: the mean CRPS of forecasts made {MADE[self.made]} is "
            f"{record.crps_ratio:.2f} of theirs (95 % interval {record.ratio_low:.2f} to "
            f"{record.ratio_high:.2f}; below 1 is better)."
        )

    def __repr__(self) -> str:
        return self.to_text()

    def to_text(self, width: int = 100) -> str:
        """Return the sentence and the tables as text.

        Examples
        --------
        >>> len(scores.to_text().splitlines()) > 3  # scores: help(es.Scores)
        True
        """
        if self.record is None:
            return self.sentence
        record = self.record
        said = (
            f"The 80 % range over {self.window} held {record.coverage:.0%} of "
            f"{counted(record.n_forecasts, 'outcome')} on {counted(record.n_dates, 'date')}; "
            f"{counted(len(self.frame) - record.n_forecasts, 'forecast')} more had too few past "
            "dates for a range."
        )
        names = ["n", "CRPS ratio", "held", "width", "hits"]
        rows = [_row("all", self.table().iloc[0])]
        for column, title in _GROUPS.items():
            part = self.table(column)
            rows.append([f"by {title}", *[""] * len(names)])
            rows += [_row(str(row[column]), row) for _, row in part.iterrows()]
        drawn = draw_table(["", *names], rows, [False, *[True] * len(names)], width)
        foot = (
            "CRPS ratio: to ordinary days, below 1 is better, with its 95 % interval by dates; "
            "held: outcomes inside the 80 % range; width: of the range, in daily volatilities; "
            "both beside those of ordinary days; hits: middles with the sign of the outcome."
        )
        texts = ["\n".join(wrap(text, width)) for text in (self.sentence, said, foot)]
        return "\n\n".join([f"{texts[0]}\n{texts[1]}", drawn, texts[2]])

    def to_dict(self) -> dict[str, Any]:
        """Return the summary and the tables as plain values, for JSON.

        Examples
        --------
        >>> sorted(scores.to_dict())[:2]  # scores: help(es.Scores)
        ['all', 'by_direction']
        """
        return {
            "made": self.made,
            "window": [self.window.start, self.window.end],
            "sentence": self.sentence,
            "record": None if self.record is None else _filled(asdict(self.record)),
            "all": _values(self.table()),
            **{f"by_{name}": _values(self.table(name)) for name in _GROUPS},
        }


@shows_progress
def score(
    study: StudyFile | str | os.PathLike[str] | None = None,
    *,
    window: Window | tuple[int, int] = USUAL_WINDOW,
    made: Made = "news",
    progress: Progress | None = None,
) -> Scores:
    """Forecast every past event of a study from what was known then, and score what happened.

    Parameters
    ----------
    study
        A study file or its path; the bundled study by default.
    window
        Sessions relative to the first one that could react.
    made
        ``"news"``: when the news broke; ``"open"``: when the market next opened.
    progress
        Called with what is being done, steps done, steps in all.

    Raises
    ------
    SpecificationError, SourceError, SchemaError
        A study or data that cannot be used.

    See Also
    --------
    eventstudy.expectation.scoring.walk_forward : the same of `Reactions`, with other methods.

    Examples
    --------
    >>> import eventstudy as es
    >>> scores = es.score()
    >>> scores.made, str(scores.window), 0.72 < scores.record.coverage < 0.88
    ('news', '[0,+1]', True)
    """
    choose(made, tuple(MADE), "made")
    step = progress or no_progress
    if study is None:
        study = bundled_study()
    elif not isinstance(study, StudyFile):
        study = read_study(study)
    window = Window.of(window)
    step("reading events and prices", 0, 3)
    events, prices = study.load(progress=step)
    step("past reactions", 1, 3)
    reactions = past_reactions(study, events, prices, window=window)
    step("past forecasts", 2, 3)
    frame, record = walk_forward(reactions, made=made)
    step("past forecasts", 3, 3)
    return Scores(frame=frame, record=record, made=made, window=window)


def _values(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [_filled({str(k): v for k, v in row.items()}) for row in table.to_dict("records")]


def _filled(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row with None in place of NaN."""
    return {name: None if is_missing(value) else value for name, value in row.items()}


def _row(name: str, scores: pd.Series) -> list[str]:
    """Return one line of the table as texts."""
    ratio = f"{scores['crps_ratio']:.3f}"
    if np.isfinite(scores["ratio_low"]):
        ratio += f" ({scores['ratio_low']:.2f} to {scores['ratio_high']:.2f})"
    return [
        name,
        f"{int(scores['n']):,}",
        ratio,
        f"{scores['coverage']:.0%} / {scores['ordinary_coverage']:.0%}",
        f"{scores['width']:.2f} / {scores['ordinary_width']:.2f}",
        f"{scores['hit_rate']:.0%}",
    ]
