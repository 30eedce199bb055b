"""Formulas of a regression: which terms they may hold, and the columns they give.

A formula may come with a study file from elsewhere, and parts of it are evaluated as Python. So
every part is read first: names, numbers and operators, and the functions of `FUNCTIONS` alone.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eventstudy.exceptions import SpecificationError
from eventstudy.registry import unknown
from eventstudy.text import listed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from formulaic import ModelSpec

    from eventstudy._typing import FloatArray

KEY = "cross_section.columns"
CONSTANT = "constant"
FUNCTIONS = (
    "C", "I", "abs", "bs", "cc", "center", "cr", "cs", "exp", "log", "log10", "log1p", "log2",
    "poly", "scale", "sqrt", "standardize",
)  # fmt: skip
"""What a formula may call; those of formulaic, and ``abs``, ``sqrt`` and ``log1p``."""
CONTRASTS = ("diff", "helmert", "poly", "sum", "treatment")
"""Codings of ``C(column, contr.sum)``."""

_LONGEST = 1_000
_LARGEST = 100.0
"""Of a number handed to a function, such as a degree: larger ones would fill the memory."""
_POWER = 10.0
_MOST_PRODUCTS = 6.0
"""Of terms raised to a power, as a power of ten."""
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.USub, ast.UAdd)
# A text, or a name in backticks; a backtick within a text is a part of it.
_QUOTED = re.compile(r"""("[^"]*"|'[^']*')|`([^`]*)`""")
_RAISED = re.compile(r"((?:[)\]]\s*)?(?:\*\*|\^))[\s(]*(\d+)")
_CROSSED = re.compile(r"[)\]]\s*(?::|/|%in%)")
_CATEGORY = re.compile(r"^C\((.*)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that has been read and holds nothing but what it may.

    Attributes
    ----------
    text : as written
    right : what explains the CAR, for formulaic
    columns : event columns it names, in order
    absorbed : columns whose levels have an effect each that is not shown
    """

    text: str
    right: str
    columns: tuple[str, ...]
    absorbed: tuple[str, ...]


def read_formula(text: str) -> Formula:
    """Read ``car ~ terms`` or ``car ~ terms | fixed effects``.

    Raises
    ------
    SpecificationError
        Something other than the CAR explained; a term that is no formula, or holds a function that
        is not among `FUNCTIONS`, an attribute, an index or a text outside of one.

    Examples
    --------
    >>> formula = read_formula("car ~ surprise*after + I(surprise**2) | security")
    >>> formula.columns, formula.absorbed
    (('surprise', 'after'), ('security',))
    >>> read_formula("car ~ open('notes.txt')")
    Traceback (most recent call last):
    ...
    eventstudy.exceptions.SpecificationError: "open('notes.txt')": open is no function of a \
formula; there is C, I, abs, bs, cc, center, cr, cs, exp, log, log10, log1p, log2, poly, scale, \
sqrt and standardize
    """
    if len(text) > _LONGEST:
        raise _refused(text[:40] + "...", f"a formula has {_LONGEST:,} characters at the most")
    left, _, right = text.partition("~")
    if left.strip() not in ("", "car"):
        raise SpecificationError(
            f"a formula explains the CAR, so it starts with 'car ~', not {left.strip()!r}", key=KEY
        )
    parts = _split(right, "|")
    if "~" in right:
        raise _refused(right.strip(), "it has one ~")
    if len(parts) > 2:
        raise _refused(right.strip(), "it has one | at the most, before the fixed effects")
    explained = parts[0].strip()
    columns: dict[str, None] = {}
    _check_size(explained)
    for expression, is_code in _factors(explained):
        columns |= dict.fromkeys(_names(expression) if is_code else [expression])
    if not columns:
        raise _refused(explained, "it names no column; write car ~ column")
    absorbed = [_effect(term.strip()) for term in _split(parts[1], "+")] if parts[1:] else []
    return Formula(
        text=" ".join(text.split()),
        right=f"{explained} + 1" if absorbed else explained,
        columns=tuple(columns),
        absorbed=tuple(dict.fromkeys(absorbed)),
    )


def _check_size(explained: str) -> None:
    """Refuse what would grow into more terms than any regression can hold."""
    powers = [(whole, float(power)) for whole, power in _RAISED.findall(explained)]
    if any(power > _POWER for _, power in powers):
        raise _refused(explained, f"a power is {_POWER:g} at the most")
    # A power inside another one multiplies it; formulaic goes through every product of terms.
    power = math.prod(power for whole, power in powers if whole[0] in ")]")
    power *= 1 + len(_CROSSED.findall(explained))
    products = len(re.findall(r"(?<!\*)\*(?!\*)", explained))
    terms = 2.0**products + len(re.findall(r"\w+", explained))
    if products > 10 or power * math.log10(terms) > _MOST_PRODUCTS:
        raise _refused(explained, "that many products are more terms than a regression can hold")


def _refused(term: str, why: str) -> SpecificationError:
    return SpecificationError(f"{term!r}: {why}", key=KEY)


def _split(text: str, mark: str) -> list[str]:
    """Split at `mark` outside brackets and backticks."""
    parts, depth, quoted = [""], 0, False
    for character in text:
        quoted ^= character == "`"
        if not quoted:
            depth += (character in "([{") - (character in ")]}")
        if character == mark and not quoted and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _effect(term: str) -> str:
    inside = _CATEGORY.match(term)
    name = (inside[1] if inside else term).strip().strip("`")
    if not name or (not inside and re.search(r"[*:~^()\-]|^\d", name) and "`" not in term):
        raise _refused(term, "after | stand columns joined by +, such as | security + category")
    return name


def _factors(right: str) -> list[tuple[str, bool]]:
    """Return the factors of all terms, and whether formulaic would evaluate them as code."""
    from formulaic import Formula as Parsed
    from formulaic.errors import FormulaicError

    try:
        terms = list(Parsed(right))
        factors = [factor for term in terms for factor in term.factors]
    except (FormulaicError, SyntaxError, RecursionError, TypeError, ValueError) as error:
        first = re.sub(r"[⧛⧚]|\[[\d;]+m", "", str(error)).strip().split("\n")[0]
        raise _refused(right, f"this is no formula ({first})") from None
    if not any(factor.eval_method.value != "literal" for factor in factors):
        raise _refused(right, "it names no column; write car ~ column")
    return [
        (str(factor.expr), factor.eval_method.value == "python")
        for factor in factors
        if factor.eval_method.value != "literal"
    ]


def _names(expression: str) -> list[str]:
    """Return the columns of one factor, refusing all that is neither column, number nor function.

    Backticks hold names that are no words of Python. Where a text or name ends must be beyond
    doubt, since formulaic looks for it in its own way, so that a backtick in a text, a quotation
    mark in a name and any backslash are refused.
    """
    quoted: list[str] = []

    def word(match: re.Match[str]) -> str:
        text, name = match.groups()
        if text is not None:
            if "`" in text:
                raise _refused(expression, f"{text} holds a backtick")
            return str(text)
        if "'" in name or '"' in name:
            raise _refused(expression, f"{match[0]} holds a quotation mark")
        quoted.append(name)
        return f"quoted_name_{len(quoted) - 1}_"

    if "\\" in expression:
        raise _refused(expression, "a formula holds no backslash")
    try:
        tree = ast.parse(_QUOTED.sub(word, expression).strip(), mode="eval").body
    except (SyntaxError, RecursionError, ValueError):
        raise _refused(expression, "this is no term of a formula") from None
    found: list[str] = []
    _visit(tree, expression, found)
    names = {f"quoted_name_{number}_": name for number, name in enumerate(quoted)}
    return [names.get(name, name) for name in found]


def _visit(node: ast.expr, term: str, found: list[str]) -> None:
    if isinstance(node, ast.Name):
        found.append(node.id)
    elif isinstance(node, ast.Constant):
        if isinstance(node.value, bool) or not isinstance(node.value, int | float):
            raise _refused(term, f"{node.value!r} is neither column nor number")
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, _OPERATORS):
        _visit(node.operand, term, found)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, _OPERATORS):
        if isinstance(node.op, ast.Pow) and not _is_small(node.right, _POWER):
            raise _refused(term, f"a power is a number, {_POWER:g} at the most")
        _visit(node.left, term, found)
        _visit(node.right, term, found)
    elif isinstance(node, ast.Call):
        _visit_call(node, term, found)
    else:
        raise _refused(
            term, f"{ast.unparse(node)} is neither column, number, operator nor function"
        )


def _visit_call(node: ast.Call, term: str, found: list[str]) -> None:
    name = ast.unparse(node.func)
    if not isinstance(node.func, ast.Name) or name not in FUNCTIONS:
        sentence = f"{term!r}: {name} is no function of a formula"
        raise unknown(
            sentence, name, FUNCTIONS, key=KEY, otherwise=f"there is {listed(FUNCTIONS, 'and')}"
        )
    if not node.args:
        raise _refused(term, f"{name}() needs a column")
    _visit(node.args[0], term, found)
    for argument in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
        if not (_is_setting(argument) or (name == "C" and _is_contrast(argument))):
            raise _refused(
                term,
                f"{ast.unparse(argument)} is no setting of {name}; it takes numbers up to "
                f"{_LARGEST:g}, texts, True or False",
            )


def _is_small(node: ast.expr, most: float) -> bool:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        node = node.operand
    is_number = isinstance(node, ast.Constant) and isinstance(node.value, int | float)
    return is_number and abs(node.value) <= most  # type: ignore[attr-defined]


def _is_setting(node: ast.expr) -> bool:
    if isinstance(node, ast.List | ast.Tuple):
        return all(_is_setting(part) for part in node.elts)
    if isinstance(node, ast.Constant) and (node.value is None or isinstance(node.value, str)):
        return True
    return _is_small(node, _LARGEST)


def _is_contrast(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        settings = [*node.args, *(keyword.value for keyword in node.keywords)]
        return _is_contrast(node.func) and all(_is_setting(part) for part in settings)
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "contr"
        and node.attr in CONTRASTS
    )


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """The columns a formula gives for a frame, and for others by what it learned from that one.

    Attributes
    ----------
    names : of the columns
    values : ``(n, k)``, NaN where a term has no finite value
    bases : levels the others stand beside
    """

    names: list[str]
    values: FloatArray
    bases: list[str]
    _spec: ModelSpec

    def at(self, frame: pd.DataFrame) -> FloatArray:
        """Return the columns for another frame: same levels, means and knots."""
        with np.errstate(all="ignore"):
            matrix = self._spec.get_model_matrix(_categories(frame), context=_functions())
        return _finite(matrix)


def formula_terms(formula: Formula, frame: pd.DataFrame) -> Terms:
    """Evaluate a formula for a frame of numbers and texts.

    Raises
    ------
    SpecificationError
        A term that cannot be computed, such as the logarithm of a text; a category of one level.
    """
    from formulaic import Formula as Parsed
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            matrix = Parsed(formula.right).get_model_matrix(
                _categories(frame), context=_functions(), na_action="ignore"
            )
    except (FormulaicError, TypeError, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
        texts = [name for name in formula.columns if frame[name].dtype.kind not in "fiu"]
        if isinstance(error.__cause__, TypeError) and texts:
            first = f"{listed(texts)} holds texts, which are categories and no numbers"
        else:
            first = str(error.__cause__ or error).strip().split("\n")[0]
        raise SpecificationError(f"{formula.text!r} cannot be computed: {first}", key=KEY) from None
    spec = matrix.model_spec
    bases = []
    for factor, state in spec.factor_contrasts.items():
        owner, levels = _owner(str(factor.expr)), [_level(level) for level in state.levels]
        if len(levels) < 2:
            raise one_level(owner, levels[0] if levels else "")
        if hasattr(state.contrasts, "base"):
            base = _level(state.contrasts.base)
            bases.append(f"base level {owner}[{base if base in levels else levels[0]}]")
    raw = [str(name) for name in matrix.columns]
    names = [_shown(name) for name in raw]
    return Terms(
        names if len(set(names)) == len(names) else raw, _finite(matrix), sorted(bases), spec
    )


def one_level(owner: str, level: str) -> SpecificationError:
    """Return the error of a category that has one level only."""
    return SpecificationError(
        f"every pair has {owner}[{level}], so {owner!r} explains nothing", key=KEY
    )


def _finite(matrix: Sequence[Any] | pd.DataFrame) -> FloatArray:
    values = np.array(matrix, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)


def _categories(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the frame with its texts as categories, whatever type pandas keeps texts in."""
    texts = [name for name in frame.columns if frame[name].dtype.kind not in "fiu"]
    return frame.astype(dict.fromkeys(texts, "category"))


def _functions() -> dict[str, Any]:
    return {"abs": np.abs, "sqrt": np.sqrt, "log1p": np.log1p}


def _shown(name: str) -> str:
    """Return the name of a column as the other regressions write it: ``category[threat]``."""
    if name == "Intercept":
        return CONSTANT
    parts = []
    for part in _split(name, ":"):
        match = re.match(r"^(.+)\[(?:T\.)?([^\]]*)\]$", part)
        is_level = match is not None and ("[T." in part or part.startswith("C("))
        parts.append(f"{_owner(match[1])}[{_level(match[2])}]" if match and is_level else part)
    return ":".join(parts)


def _owner(expression: str) -> str:
    """Return the column of ``C(column, ...)``, any other expression as it is."""
    inside = _CATEGORY.match(expression)
    return _split(inside[1], ",")[0].strip().strip("`") if inside else expression


def _level(value: object) -> str:
    return re.sub(r"^(S\.)?(-?\d+)\.0$", r"\1\2", str(value))
