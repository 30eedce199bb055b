"""What a report shows: frames and texts, nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eventstudy._typing import Alternative
    from eventstudy.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReportContent:
    """Everything a report shows; frames as in the output folder, in decimal returns.

    Parameters
    ----------
    title, subtitle
        Plain text; an empty subtitle is left out.
    generated_at
        As it is to be printed; None prints none, so that equal studies give equal reports.
    summary
        Sentences at the top.
    statistics
        The tidy frame; effect, effect_low, effect_high, mde, mde_return, n_dates, size, size_low,
        size_high, n_units and note are shown where present.
    car
        event_id, security, window_start, window_end, car, std_error, pvalue.
    caar
        group, tau, caar, ci_low, ci_high, n_pairs.
    heatmap
        row, column, estimate, pvalue, n_events, optionally n_units and mde.
    alignment
        Every pair with session, state, minutes_to_close, span_days, ambiguous, overlaps,
        benchmark_reacts_later, optionally catch_up and reason.
    dropped
        event_id, security, stage, reason.
    models
        event_id, security, model, n_obs, sigma, r_squared, coefficients.
    checks
        security, date, check, severity (error, warning, info), detail.
    events
        event_id and whatever the events file has.
    prices
        Closes, dates x securities.
    spec
        The study as nested keys and values.
    methods
        (name, definition, source) of what was used.
    provenance
        Versions, hashes, seed; may be nested.
    caveats
        What a reader must know before quoting a number.
    findings
        Shown as the headline findings, with their strength; may be empty.
    labels
        Names to show for groups, categories and markets.
    treated, family, confounding, joint, cross_section, activity
        What only some studies have, see `StudyRecord`; empty frames are not shown.
    alternative
        Which deviations from the null the p-values count.
    name
        The statistic of the headline table.
    window
        The window of findings and figures; default ``(0, 1)``, else the first car window.
    """

    title: str
    subtitle: str
    generated_at: str | None
    summary: Sequence[str]
    statistics: pd.DataFrame
    car: pd.DataFrame
    caar: pd.DataFrame
    heatmap: pd.DataFrame
    alignment: pd.DataFrame
    dropped: pd.DataFrame
    models: pd.DataFrame
    checks: pd.DataFrame
    events: pd.DataFrame
    prices: pd.DataFrame
    spec: Mapping[str, Any]
    methods: Sequence[tuple[str, str, str]]
    provenance: Mapping[str, Any]
    caveats: Sequence[str]
    findings: Sequence[Finding] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    treated: pd.DataFrame = field(default_factory=pd.DataFrame)
    family: pd.DataFrame = field(default_factory=pd.DataFrame)
    confounding: pd.DataFrame = field(default_factory=pd.DataFrame)
    joint: pd.DataFrame = field(default_factory=pd.DataFrame)
    cross_section: pd.DataFrame = field(default_factory=pd.DataFrame)
    activity: pd.DataFrame = field(default_factory=pd.DataFrame)
    alternative: Alternative = "two-sided"
    name: str = "placebo"
    window: tuple[int, int] | None = None
