"""How a study asks for volatility and volume, a regression, or contrasts of groups.

Options only, as a study file or a caller gives them, checked when made; no data.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from eventstudy.analyses.formulas import Formula, read_formula
from eventstudy.exceptions import SpecificationError
from eventstudy.io.doors import STUDY_DATE, TimestampError
from eventstudy.io.timestamps import read_day
from eventstudy.io.toml_keys import TEXTS, WINDOW, Key, are_texts, one_of, some_of, takes
from eventstudy.registry import choose
from eventstudy.text import listed
from eventstudy.windows import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

Measure = Literal["volatility", "beaver", "range", "volume"]


VolumeModel = Literal["constant_mean", "market_model"]


MEASURES: tuple[str, ...] = get_args(Measure)


def _texts_of(value: object, argument: str, example: str) -> tuple[str, ...]:
    """Return one text or several as a tuple."""
    several = [value] if isinstance(value, str) or not isinstance(value, Iterable) else [*value]
    if not all(isinstance(one, str) for one in several):
        raise SpecificationError(
            f'{argument}: expected texts such as ["{example}"], got {value!r}', key=argument
        )
    return tuple(map(str, several))


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """Which measures of volatility and volume a study asks for.

    Parameters
    ----------
    measures
        ``"volatility"`` (cross-sectional variance), ``"beaver"`` (squared standardised abnormal
        returns), ``"range"`` (Parkinson, and Garman-Klass where there is an open), ``"volume"``.
    volume_model
        Normal log volume: ``"constant_mean"``, or ``"market_model"`` on the benchmark's.

    Raises
    ------
    SpecificationError
        No measure, one named twice, an unknown name.

    Examples
    --------
    >>> Activity(measures=["volatility", "range"]).to_dict()
    {'measures': ['volatility', 'range'], 'volume_model': 'constant_mean'}
    """

    measures: tuple[str, ...] = field(
        default=MEASURES, metadata=takes(some_of(*MEASURES, noun="measure"))
    )
    volume_model: VolumeModel = field(
        default="constant_mean", metadata=takes(one_of(*get_args(VolumeModel), noun="model"))
    )

    if TYPE_CHECKING:  # a list will do, where the field holds a tuple

        def __init__(
            self, measures: Sequence[str] | str = ..., volume_model: VolumeModel = ...
        ) -> None: ...

    def __post_init__(self) -> None:
        measures = _texts_of(self.measures, "measures", MEASURES[0])
        if not measures:
            raise SpecificationError(
                f"measures is empty; there is {listed(MEASURES, last='and')}",
                key="measures",
            )
        for name in measures:
            choose(name, MEASURES, "activity measure", key="measures")
        twice = next((name for name in measures if measures.count(name) > 1), None)
        if twice is not None:
            raise SpecificationError(f"measures names {twice!r} twice", key="measures")
        object.__setattr__(self, "measures", measures)
        choose(self.volume_model, get_args(VolumeModel), "volume_model", key="volume_model")

    def to_dict(self) -> dict[str, Any]:
        """Return the table of the study file that says the same.

        Examples
        --------
        >>> sorted(Activity().to_dict())
        ['measures', 'volume_model']
        """
        return {"measures": list(self.measures), "volume_model": self.volume_model}


Covariance = Literal["two_way", "event", "market", "date", "robust", "classical"]


Weights = Literal["equal", "precision"]


_FORCED = re.compile(r"^C\((.+)\)$")
# A sum of columns, each perhaps in C(), needs no parser of formulas.
_PLAIN = re.compile(r"C\([^(),`|~*:+\-/^]+\)|(?!\d)[^()`|~*:+\-/^{}%]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossSection:
    """What CARs are regressed on.

    Parameters
    ----------
    columns
        Event columns or ``"security"`` (market fixed effects); ``"C(column)"`` takes numbers as
        categories. Or one formula: ``"car ~ surprise*after + I(surprise**2) | security"``, where
        the effects of the columns after ``|`` are taken out and not shown.
    window
        Window of the CARs, inside the event window.
    covariance
        ``"date"`` clusters by independent dates, those joined whose windows overlap, with the
        correction of Bell and McCaffrey for few clusters; ``"event"`` by independent dates alone,
        ``"market"`` by market and ``"two_way"`` by both; ``"robust"`` is HC1, ``"classical"``
        neither.
    weights
        ``"equal"``, or ``"precision"``: one over the forecast variance of each CAR.

    Raises
    ------
    SpecificationError
        No column, a column named twice, an unknown choice, a formula that cannot be read or calls
        what is not among `eventstudy.analyses.formulas.FUNCTIONS`.

    Examples
    --------
    >>> CrossSection(columns=["size", "security"], window=(0, 1)).window
    Window(start=0, end=1)
    """

    columns: tuple[str, ...]
    window: Window = field(default=Window(0, 1), metadata=takes(WINDOW))
    covariance: Covariance = "date"
    weights: Weights = "equal"

    if TYPE_CHECKING:  # a list and a pair will do, where the fields hold what is kept

        def __init__(
            self,
            *,
            columns: Sequence[str] | str,
            window: Window | Sequence[int] = ...,
            covariance: Covariance = ...,
            weights: Weights = ...,
        ) -> None: ...

    def __post_init__(self) -> None:
        given = _texts_of(self.columns, "columns", "category")
        names = _columns_or_formula(given[0]) if len(given) == 1 and "~" in given[0] else given
        names = tuple(name.strip() for name in names)
        if not names:
            raise SpecificationError(
                'columns is empty; name an event column, such as "category"',
                key="columns",
            )
        plain = [column_of_term(name) for name in names]
        twice = next((name for name in plain if plain.count(name) > 1), None)
        if twice is not None:
            raise SpecificationError(f"columns names {twice!r} twice", key="columns")
        object.__setattr__(self, "columns", names)
        object.__setattr__(self, "window", Window.of(self.window, what="window"))
        choose(self.covariance, get_args(Covariance), "covariance", key="covariance")
        choose(self.weights, get_args(Weights), "weights", key="weights")

    @property
    def formula(self) -> Formula | None:
        """The formula, None where columns are named.

        Examples
        --------
        >>> CrossSection(columns=["car ~ size | security"]).formula.columns
        ('size',)
        """
        is_formula = len(self.columns) == 1 and "~" in self.columns[0]
        return read_formula(self.columns[0]) if is_formula else None

    def to_dict(self) -> dict[str, Any]:
        """Return the table of the study file that says the same.

        Examples
        --------
        >>> sorted(CrossSection(columns=["size"]).to_dict())
        ['columns', 'covariance', 'weights', 'window']
        """
        return {
            "columns": list(self.columns),
            "window": [self.window.start, self.window.end],
            "covariance": self.covariance,
            "weights": self.weights,
        }


def _columns_or_formula(text: str) -> tuple[str, ...]:
    """Return the columns of a sum of them, any other formula whole once it could be read."""
    left, right = text.split("~", 1)
    terms = tuple(term.strip() for term in right.split("+"))
    if left.strip() in ("", "car") and all(_PLAIN.fullmatch(term) for term in terms):
        return terms
    try:
        formula = read_formula(text)
    except SpecificationError as error:
        raise SpecificationError(
            error.reason, key="columns", remedy=error.remedy, suggestion=error.suggestion
        ) from None
    return (f"car ~ {formula.text.split('~', 1)[1].strip()}",)


def column_of_term(name: str) -> str:
    """Return the event column of a term: ``C(column)`` without its brackets."""
    forced = _FORCED.match(name)
    return forced[1].strip() if forced else name


# A mark of a contrast's name beside a space or at an end, or a quotation mark.
_JOINED = re.compile(r'"|(^|\s)[-|:]|[-|:](\s|$)|^\s|\s$')
EXAMPLE = '["direction", "de-escalation", "escalation"]'
"""A contrast, as messages show one."""


def _are_contrasts(value: object) -> bool:
    return isinstance(value, list) and all(are_texts(item) and len(item) == 3 for item in value)


CONTRASTS = Key(
    f"a list of column and two of its values, [{EXAMPLE}]",
    _are_contrasts,
    shape={"type": "array", "items": {**TEXTS.shape, "minItems": 3, "maxItems": 3}},
)
"""What the key of contrasts takes."""


def contrasts_of(
    key: str, values: Sequence[str] | Sequence[Sequence[str]]
) -> tuple[tuple[str, str, str], ...]:
    """Return contrasts as column, first and second value; one alone need not be in a list.

    Raises
    ------
    SpecificationError
        Not three texts, the same value twice, a contrast named twice.

    Examples
    --------
    >>> contrasts_of("statistics.contrast", ("direction", "deal", "threat"))
    (('direction', 'deal', 'threat'),)
    """
    items: list[Any] = list(values) if isinstance(values, list | tuple) else [values]
    if items and all(isinstance(item, str) for item in items):
        items = [items]
    found: list[tuple[str, str, str]] = []
    for item in items:
        parts = [str(part).strip() for part in item] if isinstance(item, list | tuple) else []
        if len(parts) != 3 or not all(parts):
            raise SpecificationError(
                f"{key} holds {item!r}; a contrast is a column and two of its values, {EXAMPLE}",
                key=key,
            )
        column, first, second = parts
        if first == second:
            raise SpecificationError(
                f"{key} compares {first!r} of {column!r} with itself; name two values", key=key
            )
        if (column, first, second) in found:
            raise SpecificationError(
                f"{key} names {contrast_text(column, first, second)!r} twice", key=key
            )
        found.append((column, first, second))
    return tuple(found)


def _are_spans(value: object) -> bool:
    return isinstance(value, list) and all(
        isinstance(item, list)
        and len(item) == 2
        and all(isinstance(e, str | dt.date) for e in item)
        for item in value
    )


SPANS = Key(
    'a list of first and last date, [["2025-04-02", "2025-04-14"]]',
    _are_spans,
    shape={"type": "array", "items": {"type": "array", "minItems": 2, "maxItems": 2}},
)
"""What the key of dates left out takes."""


def spans_of(key: str, values: Iterable[Sequence[object]]) -> tuple[tuple[str, str], ...]:
    """Return spans of dates as ISO text, first and last date.

    Raises
    ------
    SpecificationError
        Not two dates, or the second before the first.

    Examples
    --------
    >>> spans_of("statistics.contrast_without", [["2025-04-02", "2025-04-14"]])
    (('2025-04-02', '2025-04-14'),)
    """
    found = []
    for item in values if isinstance(values, Iterable) else [values]:
        try:
            first, last = (read_day(end, STUDY_DATE, key) for end in tuple(item))  # type: ignore[arg-type]
        except (TypeError, ValueError, TimestampError):
            raise SpecificationError(
                f"{key} holds {item!r}; dates are left out from a first to a last one, "
                '["2025-04-02", "2025-04-14"]',
                key=key,
            ) from None
        if last < first:
            raise SpecificationError(f"{key}: {last} lies before {first}", key=key)
        found.append((first.isoformat(), last.isoformat()))
    return tuple(dict.fromkeys(found))


def contrast_text(column: str, first: str, second: str, part: str = "") -> str:
    """Return the name of a contrast, of all events or of a group of them.

    What holds a mark that joins the parts stands in quotation marks, so that
    `eventstudy.reporting.contrasts.split_contrast` gives the very same parts back.

    Examples
    --------
    >>> contrast_text("direction", "deal", "threat", "period=2025")
    'direction: deal - threat | period=2025'
    >>> contrast_text("direction", "deal - signed", "threat")
    'direction: "deal - signed" - threat'
    """
    whole = f"{_quoted(column)}: {_quoted(first)} - {_quoted(second)}"
    return whole + (f" | {_quoted(part)}" if part else "")


def _quoted(part: str) -> str:
    return '"' + part.replace('"', '""') + '"' if _JOINED.search(part) else part
