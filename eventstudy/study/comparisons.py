"""What a fitted study can be asked about two kinds of events, and about one pair alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from eventstudy._typing import Alternative, Within
from eventstudy.analyses.requests import EXAMPLE, contrast_text, contrasts_of
from eventstudy.exceptions import SpecificationError
from eventstudy.registry import choose
from eventstudy.reporting.contrasts import whole_contrast
from eventstudy.reporting.printed_rows import PrintedRows
from eventstudy.study.answers import Answers
from eventstudy.study.donor_pairs import counterfactual_of
from eventstudy.study.fitted import contrast_windows, contrasts_between

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from eventstudy.windows import Window


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparisons(Answers):
    """What a study can be asked, contrasts and counterfactuals among it."""

    def contrast(
        self,
        column: str | None = None,
        first: str = "",
        second: str = "",
        *,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        by: str | Iterable[str] | None = None,
        within: Within | None = None,
    ) -> pd.DataFrame:
        """Return whether events of one kind moved markets more than those of another.

        Everything is the study's by default: without arguments, its frame ``contrasts``.

        Parameters
        ----------
        column, first, second
            An event column and two of its values: ``"direction", "de-escalation", "escalation"``;
            or columns crossed, ``"a*b"``, and two such values.
        windows
            Windows inside the event window; default the CAR windows and [-2,-1].
        by
            Columns in each of whose values the groups are compared once more; ``()`` for none.
        within
            ``"month"`` compares dates of one calendar month only.

        Returns
        -------
        DataFrame
            As ``contrasts``; see `eventstudy.analyses.contrasts.contrasts`.

        Raises
        ------
        SpecificationError
            A column the events do not have; no contrast named, and none in the study.
        NotApplicableError
            For results read from a folder, but for the study's own contrasts as they were asked
            for; a window outside the event window.

        Examples
        --------
        Of `EventStudyResults`, whose example makes ``results``.

        >>> rows = results.contrast("kind", "good", "bad", windows=[(0, 0)])
        >>> rows[["security", "n_dates_a", "n_dates_b"]].iloc[0].tolist()
        ['all', np.int64(12), np.int64(12)]
        """
        spec = self.spec["statistics"]
        known = spec.get("contrast", ())
        asked = known if column is None else [(column, first, second)]
        checked = contrasts_of("contrast", asked)
        if not checked:
            raise SpecificationError(f"the study names no contrast; name one, {EXAMPLE}")
        if within is not None:
            choose(within, get_args(Within), "within")
        elif windows is None and by is None and set(checked) <= set(contrasts_of("", known)):
            names = {contrast_text(*each) for each in checked}
            is_asked = self.contrasts["contrast"].map(whole_contrast).isin(names)
            return PrintedRows(self.contrasts[is_asked].reset_index(drop=True))
        chosen = self._windows(windows)
        if windows is None:
            chosen = contrast_windows(chosen, self.event_window)
        fitted, _ = self._askable("all", chosen, "contrast")
        found = contrasts_between(
            fitted,
            checked,
            chosen,
            by=spec.get("contrast_by", ())
            if by is None
            else [by]
            if isinstance(by, str)
            else [*by],
            without=spec.get("contrast_without", ()) if by is None else (),
            within=within or spec.get("contrast_within"),
        )
        return PrintedRows(found)

    def test_counterfactual(
        self,
        windows: Iterable[Window | tuple[int, int]] | None = None,
        *,
        alternative: Alternative | None = None,
    ) -> pd.DataFrame:
        """Return tests of every pair against its donors: in space, and conformal.

        Parameters
        ----------
        windows, alternative
            Default: the study's CAR windows and side.

        Returns
        -------
        See `eventstudy.analyses.counterfactual.counterfactual_tests`.

        Raises
        ------
        NotApplicableError
            For a model without donors; for results read from a folder; a window outside the event
            window.

        Examples
        --------
        >>> treated = es.event_study(  # table and prices: help(es.EventStudyResults)
        ...     table, prices, markets=["M01"], model=es.SyntheticControl(["M02", "M03", "BMK"]),
        ...     event_window=(-2, 2), draws=0,
        ... )
        >>> tests = treated.test_counterfactual([(0, 1)])
        >>> tests.columns.tolist()[:6]
        ['event_id', 'security', 'window_start', 'window_end', 'car', 'ratio']
        """
        side = self.alternative if alternative is None else alternative
        choose(side, get_args(Alternative), "alternative")
        chosen = self._windows(windows)
        fitted, _ = self._askable("all", chosen, "test_counterfactual")
        return counterfactual_of(fitted.data, fitted.sample, chosen, side)
