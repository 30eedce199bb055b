"""A regression of CARs as one reads it, and several side by side."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from eventstudy.exceptions import SpecificationError
from eventstudy.reporting import tables, wording
from eventstudy.text import Record, counted, is_missing, listed, plain, records

if TYPE_CHECKING:
    from collections.abc import Sequence

_ERRORS = {
    "date": "errors clustered by date, corrected for few clusters",
    "event": "errors clustered by independent date",
    "market": "errors clustered by market",
    "two_way": "errors clustered by date and by market",
    "robust": "heteroskedasticity-robust errors (HC1)",
    "classical": "classical errors",
}
_PERCENT = "Coefficients and standard errors in percent."


class Regression(pd.DataFrame):
    """A regression of CARs: its frame, and the verbs of a fitted model.

    It is the frame ``cross_section``, a row a coefficient, with every method of a frame; parts of
    it are plain frames. Numbers are decimal returns, in `summary` and the other texts percent. It
    can be made of the rows of one regression, such as the ``cross_section`` of saved results.

    Examples
    --------
    >>> frame = pd.DataFrame(
    ...     {
    ...         "window_start": 0, "window_end": 1, "term": ["constant", "surprise"],
    ...         "estimate": [0.001, 0.02], "std_error": [0.002, 0.005], "statistic": [0.5, 4.0],
    ...         "df": 20.0, "pvalue": [0.62, 0.0007], "ci_low": [-0.003, 0.01],
    ...         "ci_high": [0.005, 0.03], "covariance": "date", "n_pairs": 88, "n_events": 22,
    ...         "r_squared": 0.31, "note": "", "pvalue_permutation": [float("nan"), 0.001],
    ...         "n_dates": 22, "n_clusters": 22.0, "weights": "equal",
    ...         "formula": "car ~ surprise",
    ...     }
    ... )
    >>> regression = Regression(frame)
    >>> float(regression.params["surprise"]), float(regression.bse["surprise"])
    (0.02, 0.005)
    >>> float(regression.pvalues_permutation["surprise"])
    0.001
    >>> print(regression.summary())
    Regression of CARs over [0,+1]: car ~ surprise
    88 pairs, 22 events, 22 independent dates; R² 0.310
    errors clustered by date, corrected for few clusters (22 clusters)
    <BLANKLINE>
    term      estimate, %  s.e., %     t    df       p  permutation p  95 % interval, %
    -----------------------------------------------------------------------------------
    constant          0.1      0.2  0.50  20.0   0.620                 -0.3 to 0.5
    surprise            2      0.5  4.00  20.0  <0.001          0.001  1 to 3
    """

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame

    @property
    def frame(self) -> pd.DataFrame:
        """The rows as a plain frame, the caller's own.

        Examples
        --------
        >>> regression.frame.columns.tolist()[:2]  # regression: help(es.Regression)
        ['window_start', 'window_end']
        """
        return pd.DataFrame(self).copy()

    @property
    def params(self) -> pd.Series:
        """Coefficients by term, decimal returns.

        Examples
        --------
        >>> regression.params.round(2).to_dict()  # regression: help(es.Regression)
        {'constant': 0.0, 'surprise': 0.02}
        """
        return self._by_term("estimate")

    @property
    def bse(self) -> pd.Series:
        """Standard errors by term, decimal returns; NaN where there is none."""
        return self._by_term("std_error")

    @property
    def tvalues(self) -> pd.Series:
        """Coefficients over their standard errors.

        Examples
        --------
        >>> regression.tvalues.index.tolist()  # regression: help(es.Regression)
        ['constant', 'surprise']
        """
        return self._by_term("statistic")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p-values of the t laws; NaN where there is none.

        Examples
        --------
        >>> regression.pvalues.between(0, 1).all().item()  # regression: help(es.Regression)
        True
        """
        return self._by_term("pvalue")

    @property
    def pvalues_permutation(self) -> pd.Series:
        """Two-sided p-values of regressors shuffled over dates; NaN where there is none."""
        return self._by_term("pvalue_permutation")

    @property
    def nobs(self) -> int:
        """Pairs in the regression.

        Examples
        --------
        >>> regression.nobs  # regression: help(es.Regression)
        88
        """
        return int(self["n_pairs"].iloc[0])

    @property
    def rsquared(self) -> float:
        """Share of the variance of CARs, absorbed effects included.

        Examples
        --------
        >>> 0 <= regression.rsquared <= 1  # regression: help(es.Regression)
        True
        """
        return float(self["r_squared"].iloc[0])

    # What packages that make tables of models, such as maketables, ask of one.

    @property
    def __maketables_coef_table__(self) -> pd.DataFrame:
        """A coefficient a term: b, se, t, p, and the interval; decimal returns."""
        kept = {
            "b": "estimate", "se": "std_error", "t": "statistic", "p": "pvalue",
            "ci95l": "ci_low", "ci95u": "ci_high",
        }  # fmt: skip
        frame = pd.DataFrame({name: self._by_term(column) for name, column in kept.items()})
        return frame.rename_axis("Coefficient")

    def __maketables_stat__(self, key: str) -> int | float | str | None:
        """The number of pairs (``N``), the share of variance (``r2``), the errors (``se_type``)."""
        if key == "N":
            return self.nobs
        if key == "r2":
            return self.rsquared
        return _ERRORS[str(self["covariance"].iloc[0])] if key == "se_type" else None

    @property
    def __maketables_depvar__(self) -> str:
        """What is explained."""
        first = next(iter(records(self)))
        return f"CAR {wording.window_label(int(first.window_start), int(first.window_end))}"

    @property
    def __maketables_fixef_string__(self) -> str | None:
        """Effects that the formula absorbs; None without any."""
        return str(self["formula"].iloc[0]).partition("|")[2].strip() or None

    @property
    def __maketables_vcov_info__(self) -> dict[str, object]:
        """The kind of the errors."""
        return {"vcov_type": str(self["covariance"].iloc[0]), "clustervar": None}

    def _by_term(self, column: str) -> pd.Series:
        terms = pd.Index(self["term"].to_numpy(), name="term")
        return pd.Series(self[column].to_numpy(), index=terms, name=column)

    def lines(self) -> list[str]:
        """Return what was regressed on what, the title first."""
        first = next(iter(records(self)))
        errors = _ERRORS[str(first.covariance)]
        clusters = getattr(first, "n_clusters", None)
        if not is_missing(clusters):
            errors += f" ({counted(int(str(int(first.n_clusters))), 'cluster')})"
        if first.weights == "precision":
            errors += "; weighted by one over the forecast variance of each CAR"
        window = wording.window_label(int(first.window_start), int(first.window_end))
        return [
            f"Regression of CARs over {window}: {first.formula}",
            f"{counted(self.nobs, 'pair')}, {counted(int(first.n_events), 'event')}, "
            f"{counted(int(first.n_dates), 'independent date')}; R² "
            f"{wording.number(first.r_squared, 3) or 'n/a'}",
            errors,
        ]

    def table(self) -> pd.DataFrame:
        """Return what is printed, as texts; ``attrs["notes"]`` says what was left out.

        Examples
        --------
        >>> regression.table().shape  # regression: help(es.Regression)
        (2, 8)
        """
        rows = [
            {
                "term": plain(row.term),
                "estimate, %": _percent(row.estimate),
                "s.e., %": _percent(row.std_error),
                "t": wording.number(row.statistic),
                "df": wording.number(row.df, 1),
                "p": wording.p_value(row.pvalue) or "n/a",
                "permutation p": wording.p_value(row.pvalue_permutation),
                "95 % interval, %": _interval(row),
            }
            for row in records(self)
        ]
        shown = pd.DataFrame(rows)
        shown.attrs["notes"] = _sentences(self["note"].iloc[0])
        return shown

    def summary(self, *, width: int = 100) -> str:
        """Return the regression for a terminal, no line longer than `width` columns.

        Examples
        --------
        >>> print(regression.summary().splitlines()[0])  # regression: help(es.Regression)
        Regression of CARs over [0,+1]: car ~ surprise
        """
        return "\n".join([*self.lines(), "", tables.to_text(self.table(), width)])

    def to_text(self, *, width: int = 100) -> str:
        """Return `summary`."""
        return self.summary(width=width)

    def to_markdown(self) -> str:  # type: ignore[override]
        """Return `table` as Markdown.

        Examples
        --------
        >>> "|" in regression.to_markdown()  # regression: help(es.Regression)
        True
        """
        return tables.to_markdown(self.table())

    def to_latex(  # type: ignore[override]
        self, *, caption: str | None = None, label: str | None = None
    ) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable).

        Examples
        --------
        >>> "tabular" in regression.to_latex()  # regression: help(es.Regression)
        True
        """
        return tables.to_latex(self.table(), caption, label)

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return _html(self.lines(), self.table())


class Comparison:
    """Regressions side by side, a column each.

    Attributes
    ----------
    names : of the models
    models : the regressions

    Examples
    --------
    >>> import eventstudy as es
    >>> events, prices = es.simulate_panel(n_markets=3, n_events=24, effect=0.01, beta=1.0)
    >>> table = events.frame.assign(kind=["good", "bad"] * 12, surprise=range(24))
    >>> results = es.event_study(
    ...     table, prices, markets=["M01", "M02", "M03"], benchmark="BMK", draws=0
    ... )
    >>> one = results.regress_cars("car ~ surprise", (0, 0))
    >>> two = results.regress_cars("car ~ surprise + C(kind)", (0, 0))
    >>> both = es.compare(one, two)
    >>> both.table().columns.tolist()
    ['term', '(1)', '(2)']
    """

    def __init__(self, names: Sequence[str], models: Sequence[Regression]) -> None:
        self.names = tuple(names)
        self.models = tuple(models)

    def lines(self) -> list[str]:
        """Return each model in a line, below a title."""
        return [
            "Regressions of CARs",
            *(
                f"{name}: {model.lines()[0].removeprefix('Regression of CARs over ')}"
                for name, model in zip(self.names, self.models, strict=True)
            ),
        ]

    def tidy(self) -> pd.DataFrame:
        """Return the frames of all models below each other, with a column ``model``.

        The model of normal returns, where a frame names one, is the column ``normal_returns``.

        Examples
        --------
        >>> both.tidy()["model"].unique().tolist()  # both: help(es.Comparison)
        ['(1)', '(2)']
        """
        parts = []
        for name, model in zip(self.names, self.models, strict=True):
            part = model.frame.rename(columns={"model": "normal_returns"})
            part.insert(0, "model", name)
            parts.append(part)
        return pd.concat(parts, ignore_index=True)

    def table(self) -> pd.DataFrame:
        """Return what is printed: coefficients in percent, standard errors in brackets below.

        Stars are of the p-values of the t laws; none where a model has fewer than three
        independent dates.

        Examples
        --------
        >>> both.table().shape  # both: help(es.Comparison)
        (12, 3)
        """
        terms = list(dict.fromkeys(term for model in self.models for term in model["term"]))
        if "constant" in terms:
            terms.append(terms.pop(terms.index("constant")))
        columns = [
            [cell for term in terms for cell in _cell(model, term)] + _foot(model)
            for model in self.models
        ]
        heads = [label for term in terms for label in (term, "")]
        shown = pd.DataFrame(
            {
                "term": [*heads, "pairs", "dates", "clusters", "R²", "errors", "window"],
                **dict(zip(self.names, columns, strict=True)),
            }
        )
        notes = [_PERCENT, "Standard errors in brackets.", f"{wording.stars_legend()}."]
        returns = [str(model["model"].iloc[0]) if "model" in model else "" for model in self.models]
        if len(set(returns)) > 1:  # columns that differ by what was taken for normal
            pairs = zip(self.names, returns, strict=True)
            said = listed([f"{name} {kind or 'not known'}" for name, kind in pairs])
            notes.append(f"Normal returns: {said}.")
        for name, model in zip(self.names, self.models, strict=True):
            said = plain(model["note"].iloc[0])
            notes.append(f"{name} {model['formula'].iloc[0]}" + (f": {said}." if said else "."))
        shown.attrs["notes"] = " ".join(notes)
        return shown

    def to_text(self, *, width: int = 100) -> str:
        """Return `table` for a terminal, no line longer than `width` columns.

        Examples
        --------
        >>> print(both.to_text().splitlines()[0])  # both: help(es.Comparison)
        term        (1)        (2)
        """
        return tables.to_text(self.table(), width)

    def to_markdown(self) -> str:
        """Return `table` as Markdown.

        Examples
        --------
        >>> both.to_markdown().startswith("|")  # both: help(es.Comparison)
        True
        """
        return tables.to_markdown(self.table())

    def to_latex(self, *, caption: str | None = None, label: str | None = None) -> str:
        """Return `table` as LaTeX (booktabs, threeparttable).

        Examples
        --------
        >>> "tabular" in both.to_latex()  # both: help(es.Comparison)
        True
        """
        return tables.to_latex(self.table(), caption, label)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return _html(self.lines(), self.table())


def compare(*models: pd.DataFrame, names: Sequence[str] | None = None) -> Comparison:
    """Put regressions of CARs side by side.

    Parameters
    ----------
    models
        What `regress_cars` returned, or the frames ``cross_section`` of results.
    names
        Heads of their columns; default ``(1)``, ``(2)``, ...

    Returns
    -------
    Comparison
        ``tidy()`` is its frame, ``print`` shows it, ``to_markdown`` and ``to_latex`` write it.

    Raises
    ------
    SpecificationError
        No model, one without rows or without the columns of a regression, names that are not as
        many or not different.

    Examples
    --------
    >>> one = pd.DataFrame(
    ...     {
    ...         "window_start": 0, "window_end": 0, "term": ["constant", "surprise"],
    ...         "estimate": [0.001, 0.02], "std_error": [0.002, 0.005], "pvalue": [0.62, 0.0007],
    ...         "covariance": "date", "n_pairs": 88, "n_events": 22, "r_squared": 0.31, "note": "",
    ...         "pvalue_permutation": [float("nan"), 0.001], "n_dates": 22, "n_clusters": 22.0,
    ...         "weights": "equal", "formula": "car ~ surprise",
    ...     }
    ... )
    >>> compare(one, one.iloc[:1], names=["slope", "mean"]).table().head(4)
           term    slope   mean
    0  surprise     2***
    1             (0.5)
    2  constant      0.1    0.1
    3             (0.2)  (0.2)
    """
    if not models:
        raise SpecificationError("compare: name one regression or more")
    heads = [f"({number})" for number in range(1, len(models) + 1)] if names is None else names
    if len(heads) != len(models) or len({*heads, "term"}) != len(models) + 1:
        raise SpecificationError(
            "compare: names are one a model and all different, for "
            f"{counted(len(models), 'model')} not {', '.join(map(str, heads))}"
        )
    for head, model in zip(heads, models, strict=True):
        if not isinstance(model, pd.DataFrame):
            raise SpecificationError(
                f"compare: {head} is no regression of CARs but a {type(model).__name__}; "
                "write compare(one, two)"
            )
        needed = ("term", "estimate", "pvalue_permutation", "n_dates", "formula")
        lacks = [name for name in needed if name not in model]
        if lacks or not len(model):
            raise SpecificationError(
                f"compare: {head} is no regression of CARs"
                + (f"; it has no column {lacks[0]!r}" if lacks else "; it has no rows")
            )
    return Comparison(heads, [Regression(model) for model in models])


def _percent(value: object) -> str:
    return "" if is_missing(value) else tables.cell_text(100 * float(str(value)))


def _interval(row: Record) -> str:
    ends = [_percent(row.ci_low), _percent(row.ci_high)]
    return " to ".join(ends) if all(ends) else ""


def _sentences(note: object) -> str:
    text = plain(note)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def _cell(model: Regression, term: str) -> list[str]:
    """Return coefficient and standard error of one term, empty where a model lacks it."""
    for row in records(model):
        if row.term == term:
            is_thin = int(row.n_dates) < wording.MIN_DATES
            error = _percent(row.std_error)
            mark = "" if is_thin else wording.stars_for(row.pvalue)
            return [_percent(row.estimate) + mark, f"({error})" if error else "(n/a)"]
    return ["", ""]


def _foot(model: Regression) -> list[str]:
    first = next(iter(records(model)))
    return [
        str(model.nobs),
        str(int(first.n_dates)),
        wording.number(first.n_clusters, 0),
        wording.number(first.r_squared, 3),
        str(first.covariance),
        wording.window_label(int(first.window_start), int(first.window_end)),
    ]


def _html(lines: Sequence[str], table: pd.DataFrame) -> str:
    text = "<br>".join(escape(plain(line)) for line in lines)
    return f"<p>{text}</p>{tables.to_html(table)}"
