"""Regressors of a cross-section of CARs: what columns of the events, or a formula, give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.analyses.event_dummies import COLLINEAR
from eventstudy.analyses.formulas import CONSTANT, KEY, Terms, formula_terms, one_level
from eventstudy.analyses.requests import column_of_term
from eventstudy.estimation.groups import MIXED
from eventstudy.exceptions import NotApplicableError, SpecificationError
from eventstudy.registry import unknown
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eventstudy._typing import BoolArray, FloatArray, IntArray
    from eventstudy.analyses.formulas import Formula
    from eventstudy.analyses.requests import CrossSection


MOST_COEFFICIENTS = 300
"""Errors by date and their degrees of freedom cost the cube of these."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cells:
    """The event columns a regression uses.

    Attributes
    ----------
    frame : ``(P,)`` rows: numbers where every value reads as one, else texts
    missing : ``(P,)`` where one of them is empty, or is a number that differs among merged events
    empty : how many pairs lack each
    """

    frame: pd.DataFrame
    missing: BoolArray
    empty: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regressors:
    """Columns of a regression.

    Attributes
    ----------
    names : ``(k,)``
    values : ``(n, k)``
    n_absorbed : how many of the first columns have coefficients that are not shown
    notes : for the reader
    at : the same columns for another frame of cells
    """

    names: list[str]
    values: FloatArray
    n_absorbed: int
    notes: list[str]
    at: Callable[[pd.DataFrame], FloatArray]


def read_cells(labels: pd.DataFrame, request: CrossSection) -> Cells:
    """Read the columns a request names, as numbers or texts.

    Raises
    ------
    SpecificationError
        A column the events lack, or one that is empty for every pair.
    """
    formula = request.formula
    if formula is None:
        given = dict.fromkeys(request.columns, False)
    else:
        given = dict.fromkeys(formula.columns, False)
        given |= {name: given.get(name, True) for name in formula.absorbed}
    frame: dict[str, pd.Series | FloatArray] = {}
    missing = np.zeros(len(labels), dtype=bool)
    empty: dict[str, int] = {}
    for column, is_text in given.items():
        name = column if column in labels.columns or formula else column_of_term(column)
        if name not in labels.columns:
            sentence = f"{KEY}: the events have no column {name!r}"
            raise unknown(sentence, name, [str(c) for c in labels.columns], key=KEY)
        cells = labels[name]
        text = cells.astype("object").where(cells.notna(), "").astype(str).str.strip()
        is_empty = (text == "").to_numpy()
        if is_empty.all():
            raise SpecificationError(f"{name!r} is empty for every pair", key=KEY)
        without = is_empty | (text == MIXED).to_numpy()
        numbers = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
        is_number = not without.all() and bool(np.isfinite(numbers[~without]).all())
        if is_number and not is_text and name == column:
            frame[name] = np.where(without, np.nan, numbers)
            lost = without
        else:
            frame[name] = text.astype(object).to_numpy()
            lost = is_empty
        missing |= lost
        empty[name] = int(lost.sum())
    return Cells(
        frame=pd.DataFrame(frame),
        missing=missing,
        empty={name: count for name, count in empty.items() if count},
    )


def make_regressors(cells: pd.DataFrame, request: CrossSection) -> tuple[Regressors, BoolArray]:
    """Return the regressors of the rows in use, and which of those rows have all of them.

    A term of a formula may have no finite value in a row, such as the logarithm of 0; the
    regressors are those of the rows that remain.

    Raises
    ------
    SpecificationError
        A column that is constant, or collinear with those before it.
    NotApplicableError
        Fewer rows than coefficients; more than `MOST_COEFFICIENTS`.
    """
    formula = request.formula
    _check_levels(cells)
    if formula is None:
        made = _from_columns(cells)
        return _checked(made), np.ones(len(cells), dtype=bool)
    whole = formula_terms(formula, cells)
    is_finite = np.asarray(np.isfinite(whole.values).all(axis=1), dtype=np.bool_)
    if not is_finite.any():
        worst = whole.names[int(np.isnan(whole.values).sum(axis=0).argmax())]
        raise SpecificationError(f"{worst!r} has no finite value for any pair", key=KEY)
    rows = cells if is_finite.all() else cells.iloc[np.flatnonzero(is_finite)]
    rows = rows.reset_index(drop=True)
    terms = whole if is_finite.all() else formula_terms(formula, rows)
    made = _with_effects(terms, formula, rows)
    if not is_finite.all():
        without = [
            name
            for name, column in zip(whole.names, whole.values.T, strict=True)
            if np.isnan(column).any()
        ]
        lost = counted(int((~is_finite).sum()), "pair")
        made.notes.append(f"{lost} left out: no finite value of {listed(without, 'or')}")
    return _checked(made), is_finite


def _check_levels(cells: pd.DataFrame) -> None:
    """Refuse more levels than a regression can hold before there is a column for each."""
    levels = {
        str(name): cells[name].nunique() for name in cells.columns if cells[name].dtype.kind != "f"
    }
    if sum(levels.values()) - len(levels) + 1 > MOST_COEFFICIENTS:
        most = max(levels, key=lambda name: levels[name])
        raise _too_many(f"{most!r} has {levels[most]:,} levels")


def _too_many(why: str) -> NotApplicableError:
    return NotApplicableError(
        f"cross_section: {why}, and a regression has {MOST_COEFFICIENTS} coefficients at the most; "
        "group the levels in a column of fewer, or leave it out"
    ).at(key=KEY)


def _from_columns(cells: pd.DataFrame) -> Regressors:
    """Constant, numbers as they are, categories beside the first of their levels."""
    names, notes = [CONSTANT], []
    makers: list[tuple[str, str | None]] = []
    for name in cells.columns:
        if cells[name].dtype.kind == "f":
            names.append(str(name))
            makers.append((str(name), None))
            continue
        levels = sorted(set(cells[name]))
        if len(levels) < 2:
            raise one_level(str(name), "".join(levels))
        notes.append(f"base level {name}[{levels[0]}]")
        names += [f"{name}[{level}]" for level in levels[1:]]
        makers += [(str(name), level) for level in levels[1:]]

    def at(frame: pd.DataFrame) -> FloatArray:
        columns = [
            frame[name] if level is None else _dummy(frame, name, level) for name, level in makers
        ]
        return np.column_stack([np.ones(len(frame)), *columns])

    return Regressors(names=names, values=at(cells), n_absorbed=0, notes=notes, at=at)


def _dummy(frame: pd.DataFrame, name: str, level: str) -> FloatArray:
    return np.asarray(frame[name].astype(str) == level, dtype=np.float64)


def _with_effects(terms: Terms, formula: Formula, cells: pd.DataFrame) -> Regressors:
    """Put the columns of absorbed effects, and the constant they hold, before the terms."""
    if not formula.absorbed:
        return Regressors(
            names=terms.names, values=terms.values, n_absorbed=0, notes=terms.bases, at=terms.at
        )
    effects: list[tuple[str, str]] = []
    notes = list(terms.bases)
    for name in formula.absorbed:
        text = cells[name].astype(str)
        levels = sorted(set(text))
        if len(levels) < 2:
            raise one_level(name, "".join(levels))
        effects += [(name, level) for level in levels[1:]]
        notes.append(f"fixed effects of {name} ({counted(len(levels), 'level')})")
    constant = terms.names.index(CONSTANT)
    shown = [j for j in range(len(terms.names)) if j != constant]

    def dummies(frame: pd.DataFrame) -> FloatArray:
        columns = [_dummy(frame, name, level) for name, level in effects]
        return np.column_stack([np.ones(len(frame)), *columns])

    held = dummies(cells)
    kept = _independent(held)

    def at(frame: pd.DataFrame) -> FloatArray:
        return np.column_stack([dummies(frame)[:, kept], terms.at(frame)[:, shown]])

    labels = [CONSTANT, *(f"{name}[{level}]" for name, level in effects)]
    return Regressors(
        names=[labels[j] for j in kept] + [terms.names[j] for j in shown],
        values=np.column_stack([held[:, kept], terms.values[:, shown]]),
        n_absorbed=len(kept),
        notes=notes,
        at=at,
    )


def _independent(columns: FloatArray) -> IntArray:
    """Return the columns that are no sum of others; effects of two kinds can be nested."""
    from scipy.linalg import qr

    _, triangle, order = qr(columns, mode="economic", pivoting=True)
    size = np.abs(np.diag(triangle))
    rank = int((size > 1e-9 * size[0]).sum())
    return np.asarray(np.sort(order[:rank]), dtype=np.int64)


def _checked(made: Regressors) -> Regressors:
    names, values, first = made.names, made.values, made.n_absorbed
    n, k = values.shape
    if k > MOST_COEFFICIENTS:
        raise _too_many(f"its terms give {k:,} columns")
    if n <= k:
        raise NotApplicableError(
            f"cross_section: {counted(n, 'pair')} cannot tell {counted(k, 'coefficient')} apart; "
            "name fewer columns"
        ).at(key=KEY)
    if first:
        basis, _ = np.linalg.qr(values[:, :first])
        inside = values[:, first:]
        inside = inside - basis @ (basis.T @ inside)
        length = np.linalg.norm(values[:, first:] - values[:, first:].mean(axis=0), axis=0)
        held = np.flatnonzero(np.linalg.norm(inside, axis=0) <= COLLINEAR * length)
        if held.size:
            raise SpecificationError(
                f"{names[first + held[0]]} is collinear with the fixed effects; leave it out",
                key=KEY,
            )
        values, names = inside, names[first:]
    _check_rank(names, values, has_effects=first > 0)
    return made


def _check_rank(names: Sequence[str], values: FloatArray, *, has_effects: bool) -> None:
    is_asked = np.array([name != CONSTANT for name in names], dtype=bool)
    same = np.flatnonzero(is_asked & (np.ptp(values, axis=0) == 0))
    if same.size and not has_effects:
        raise SpecificationError(
            f"{names[same[0]]!r} has one value only, so it explains nothing", key=KEY
        )
    # The diagonal of R is what is left of each column beside those before it.
    scale = np.linalg.norm(values, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    left = np.abs(np.diag(np.linalg.qr(values / scale, mode="r"))) * scale
    spread = np.linalg.norm(values - values.mean(axis=0), axis=0)
    is_held = is_asked & (left <= COLLINEAR * spread)
    is_held[0] = False
    if not is_held.any():
        return
    at = int(is_held.argmax())
    before, column = values[:, :at], values[:, at]
    weights, *_ = np.linalg.lstsq(before / scale[:at], column, rcond=None)
    share = np.abs(weights) > 1e-6 * np.linalg.norm(column)
    of = [names[j] for j in np.flatnonzero(share).tolist() if names[j] != CONSTANT]
    raise SpecificationError(
        f"{names[at]} is collinear with {', '.join(of) or 'the constant'}; leave one of them out",
        key=KEY,
    )
