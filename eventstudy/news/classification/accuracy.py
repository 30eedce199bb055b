"""How good labels are: precision, recall and F1 by class, and what was taken for what.

An item without an answer (`unsure`) is a miss of its class and nobody's false alarm: it lowers
recall, never precision. Rejected items have an answer, the category under which they were rejected.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from eventstudy.exceptions import SpecificationError

if TYPE_CHECKING:
    from collections.abc import Sequence

UNSURE: Final = "unsure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One class: how many items have it, were given it, and rightly so.

    Parameters
    ----------
    name
        The class.
    n_true, n_given, n_right
        Items that have it; items that were given it; items of which both hold.
    """

    name: str
    n_true: int
    n_given: int
    n_right: int

    @property
    def precision(self) -> float:
        """Share of the items given the class that have it; NaN where none was given it."""
        return self.n_right / self.n_given if self.n_given else math.nan

    @property
    def recall(self) -> float:
        """Share of the items that have the class and were given it; NaN where none has it."""
        return self.n_right / self.n_true if self.n_true else math.nan

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall; 0 where nothing is right."""
        return 2 * self.n_right / (self.n_true + self.n_given) if self.n_right else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """How good labels are against the true ones.

    Parameters
    ----------
    scores
        One a class that is present or was given, the present ones first, by name.
    n, n_right, n_unsure
        Items, right ones, ones without an answer.
    accuracy_interval
        Wilson's 95 % interval of the share of right items.
    macro_interval
        2.5 and 97.5 % points of macro-F1 in resamples of the items; NaN without resamples.
    confusion
        ``(true, given) -> number of items``.
    """

    scores: tuple[Score, ...]
    n: int
    n_right: int
    n_unsure: int
    accuracy_interval: tuple[float, float]
    macro_interval: tuple[float, float]
    confusion: dict[tuple[str, str], int]

    @property
    def accuracy(self) -> float:
        """Share of right items."""
        return self.n_right / self.n if self.n else math.nan

    @property
    def macro_f1(self) -> float:
        """Mean F1 over the classes that are present among the true labels."""
        return _mean([score.f1 for score in self.present])

    @property
    def macro_precision(self) -> float:
        """Mean precision over the classes present; one never given counts 0."""
        return _mean([score.precision if score.n_given else 0.0 for score in self.present])

    @property
    def macro_recall(self) -> float:
        """Mean recall over the classes present."""
        return _mean([score.recall for score in self.present])

    @property
    def present(self) -> tuple[Score, ...]:
        """Scores of the classes that some item has."""
        return tuple(score for score in self.scores if score.n_true)


def wilson_interval(n_right: int, n: int) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927); NaN without items.

    Examples
    --------
    >>> low, high = wilson_interval(8, 10)
    >>> round(low, 3), round(high, 3)
    (0.49, 0.943)
    """
    if not n:
        return math.nan, math.nan
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(n_right, n, method="wilson")
    return max(0.0, float(low)), min(1.0, float(high))


def measure(
    true: Sequence[str], given: Sequence[str | None], *, draws: int = 0, seed: int = 0
) -> Measured:
    """Return how good `given` labels are against the `true` ones.

    Parameters
    ----------
    true
        The right class of each item.
    given
        What it was given; None or ``"unsure"`` is no answer.
    draws
        Resamples of the items for the interval of macro-F1.
    seed
        Of those resamples.

    Raises
    ------
    SpecificationError
        Not as many labels as items.

    Examples
    --------
    >>> measured = measure(["a", "a", "b"], ["a", "b", "unsure"])
    >>> [(score.name, round(score.f1, 3)) for score in measured.scores]
    [('a', 0.667), ('b', 0.0)]
    >>> round(measured.macro_f1, 3), measured.n_unsure
    (0.333, 1)
    """
    if len(true) != len(given):
        raise SpecificationError(f"{len(true)} true labels but {len(given)} given ones")
    answers = [UNSURE if answer is None else answer for answer in given]
    confusion = Counter(zip(true, answers, strict=True))
    names = sorted(set(true)) + sorted(set(answers) - set(true) - {UNSURE})
    scores = tuple(
        Score(
            name=name,
            n_true=sum(count for (right, _), count in confusion.items() if right == name),
            n_given=sum(count for (_, answer), count in confusion.items() if answer == name),
            n_right=confusion[name, name],
        )
        for name in names
    )
    n_right = sum(score.n_right for score in scores)
    return Measured(
        scores=scores,
        n=len(true),
        n_right=n_right,
        n_unsure=sum(answer == UNSURE for answer in answers),
        accuracy_interval=wilson_interval(n_right, len(true)),
        macro_interval=_bootstrap(true, answers, draws, seed),
        confusion=dict(confusion),
    )


def _bootstrap(
    true: Sequence[str], answers: Sequence[str], draws: int, seed: int
) -> tuple[float, float]:
    """Return the 95 % interval of macro-F1 over resampled items; NaN without draws or items."""
    if not draws or not true:
        return math.nan, math.nan
    code_of = {name: code for code, name in enumerate(sorted({*true, *answers}))}
    n_classes, n = len(code_of), len(true)
    true_codes = np.array([code_of[name] for name in true])
    answer_codes = np.array([code_of[name] for name in answers])
    rng = np.random.default_rng(seed)
    values = np.empty(draws)
    for draw in range(draws):
        chosen = rng.integers(n, size=n)
        truth, answered = true_codes[chosen], answer_codes[chosen]
        n_true = np.bincount(truth, minlength=n_classes)
        n_given = np.bincount(answered, minlength=n_classes)
        n_right = np.bincount(truth[truth == answered], minlength=n_classes)
        is_present = n_true > 0
        values[draw] = np.mean(2 * n_right[is_present] / (n_true + n_given)[is_present])
    low, high = np.quantile(values, [0.025, 0.975])
    return max(0.0, float(low)), min(1.0, float(high))


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else math.nan


# ---- as text ----------------------------------------------------------------------------------


def score_table(measured: Measured) -> str:
    """Return precision, recall and F1 by class as text, 62 columns wide."""
    lines = [f"{'class':<20}{'items':>7}{'given':>7}{'right':>7}{'prec.':>7}{'recall':>7}{'F1':>7}"]
    lines += [
        f"{score.name[:19]:<20}{score.n_true:>7}{score.n_given:>7}{score.n_right:>7}"
        f"{_number(score.precision):>7}{_number(score.recall):>7}"
        f"{_number(score.f1 if score.n_true else math.nan):>7}"
        for score in measured.scores
    ]
    lines.append(
        f"{'macro':<20}{measured.n:>7}{measured.n - measured.n_unsure:>7}{measured.n_right:>7}"
        f"{_number(measured.macro_precision):>7}{_number(measured.macro_recall):>7}"
        f"{_number(measured.macro_f1):>7}"
    )
    return "\n".join(lines)


def confusion_table(measured: Measured) -> str:
    """Return what was taken for what, as text of at most 100 columns.

    Rows are true classes, columns numbers of the classes given; a dot is none, ``?`` no answer.
    """
    names = [score.name for score in measured.scores]
    columns = [*names, UNSURE]
    width = max(3, len(str(max(measured.confusion.values(), default=0))) + 1)
    head = "".join(f"{number:>{width}}" for number in range(1, len(names) + 1)) + f"{'?':>{width}}"
    lines = [f"{'true class':<24}{head}"]
    for number, name in enumerate(names, start=1):
        counts = [measured.confusion.get((name, column), 0) for column in columns]
        cells = "".join(f"{count or '.':>{width}}" for count in counts)
        lines.append(f"{number:>2} {name[:20]:<21}{cells}")
    return "\n".join(lines)


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"
