"""Findings about one group of news each: its mean, how sure it is, and what bounds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy.reporting import wording
from eventstudy.reporting.finding import Finding, as_float, note_of
from eventstudy.text import Record, counted, is_missing, listed, records, split_group

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from eventstudy._typing import Alternative, SignPolicy
    from eventstudy.reporting.finding import Beside
    from eventstudy.reporting.findings_choice import ChosenGroups

_BESIDE = ("moderated_placebo", "mean_square", "kolari_pynnonen", "portfolio_t")


def group_finding(
    row: Record,
    found: ChosenGroups,
    *,
    labels: Mapping[str, str] | None,
    alternative: Alternative,
    sign: SignPolicy,
    family: pd.DataFrame | None = None,
    anticipation: pd.DataFrame | None = None,
    beside: Beside | None = None,
    known: int = 0,
) -> Finding:
    """Return the finding about a group whose p-value is below the level.

    Parameters
    ----------
    row
        Of the statistic that decides, in the window findings speak of.
    found
        All groups findings speak of.
    labels, alternative, sign, family, anticipation, beside
        See `eventstudy.reporting.findings.findings`.
    known
        How many of its events were known beforehand.
    """
    group, thin = str(row.group), wording.is_thin(row)
    strong = found.adjusted[group] < found.level and not thin
    detail = _detail(row, found.cars, found.adjusted, found.level, family)
    detail += _before(row, anticipation, found.level)
    if group in found.same:
        named = listed([wording.group_label(other, labels) for other in found.same[group]])
        detail.append(f"The same pairs are in: {named}.")
    if known:
        verb = "was" if known == 1 else "were"
        detail.append(f"{counted(known, 'event')} of it {verb} known beforehand.")
    return Finding(
        headline=_headline(row, labels, sign, beside),
        detail=" ".join(detail) + one_sided(alternative),
        group=group,
        window=(int(row.window_start), int(row.window_end)),
        strength="strong" if strong else "suggestive",
        is_thin=thin,
    )


def _subject(group: str, labels: Mapping[str, str] | None) -> str:
    """Return what a group is, to begin a sentence."""
    columns, values = split_group(group)
    if labels and group in labels:
        return labels[group]
    if not columns:
        return "All news together" if group == "all" else group
    parts = dict(zip(columns, (wording.value_label(v, labels) for v in values), strict=False))
    market = parts.pop("security", None)
    kind = " × ".join(parts.values())
    text = f"{kind} news" if kind else "All news"
    text = text[0].upper() + text[1:]
    return f"{text} in {market}" if market else text


def _headline(
    row: Record, labels: Mapping[str, str] | None, sign: SignPolicy, beside: Beside | None
) -> str:
    window = wording.window_label(int(row.window_start), int(row.window_end))
    what = "abnormal return" if beside is None else beside.first
    return (
        f"{_subject(str(row.group), labels)}: {wording.percent(row.estimate)} {what}"
        f"{wording.in_direction(sign)} on "
        f"average over {window} ({wording.p_equals(row.pvalue)}, {wording.behind(row)})"
        + second_mean(row, beside)
        + (f"; {wording.influence(row)}." if wording.rests_on_one_date(row) else ".")
    )


def second_mean(row: Record, beside: Beside | None) -> str:
    """Return ``; beyond S&P 500 +0.62 % (p = 0.210)``: the mean by the second model, or nothing."""
    if beside is None or beside.statistics.empty:
        return ""
    frame = beside.statistics
    same = frame[
        (frame["group"] == row.group)
        & (frame["measure"] == "car")
        & (frame["window_start"] == row.window_start)
        & (frame["window_end"] == row.window_end)
        & (frame["name"] == row.name)
    ]
    for other in records(same):
        if not is_missing(other.estimate):
            value = "" if is_missing(other.pvalue) else f" ({wording.p_equals(other.pvalue)})"
            return f"; {beside.second} {wording.percent(other.estimate)}{value}"
    return ""


def _detail(
    row: Record,
    cars: pd.DataFrame,
    adjusted: Mapping[str, float],
    level: float,
    family: pd.DataFrame | None = None,
) -> list[str]:
    tests = len(adjusted)
    parts = []
    effect, low, high = (as_float(row, c) for c in ("effect", "effect_low", "effect_high"))
    if effect is not None and low is not None and high is not None:
        parts.append(
            f"In units of daily volatility {wording.number(effect, sign=True)}, 95 % interval "
            f"{wording.number(low, sign=True)} to {wording.number(high, sign=True)}."
        )
        if effect * float(row.estimate) < 0:
            parts.append(
                "The mean return has the other sign: volatile markets dominate it, and the p-value "
                "speaks of the effect in units of volatility."
            )
    value = adjusted[str(row.group)]
    verdict = "which holds" if value < level else "so this is suggestive only"
    if tests > 1:
        parts.append(
            f"Adjusted for the {tests} groups tested (Holm) {wording.p_equals(value)}, "
            f"{verdict} at {level * 100:g} %."
        )
    parts += _family_sentence(str(row.group), family)
    same = cars[
        (cars["group"] == row.group)
        & (cars["window_start"] == row.window_start)
        & (cars["window_end"] == row.window_end)
        & cars["name"].isin(_BESIDE)
    ]
    other_tests = [
        f"{other.name} {wording.p_equals(other.pvalue)}"
        for other in records(same)
        if not is_missing(other.pvalue) and other.name != row.name
    ]
    if other_tests:
        parts.append(f"Beside it: {listed(other_tests)}.")
    other_windows = cars[(cars["group"] == row.group) & (cars["name"] == row.name)]
    window_texts = [
        f"{wording.window_label(int(o.window_start), int(o.window_end))} "
        f"{wording.percent(o.estimate)} ({wording.p_equals(o.pvalue)})"
        for o in records(other_windows)
        if (o.window_start, o.window_end) != (row.window_start, row.window_end)
        and not is_missing(o.pvalue)
    ]
    if window_texts:
        parts.append(f"Other windows: {listed(window_texts)}.")
    if influence := wording.influence(row):
        parts.append(f"The date that moves the mean most: {influence}.")
    units = as_float(row, "n_units")
    if units == 1:
        parts.append(
            "It rests on a single date: a day that was rough for any reason looks the same as an "
            "effect."
        )
    elif units is not None and units < wording.MIN_DATES:
        parts.append(
            f"It rests on {int(units)} independent dates only: a day that was rough anyway cannot "
            "be told from an effect."
        )
    parts += note_of(row)
    return parts


def _before(row: Record, anticipation: pd.DataFrame | None, level: float) -> list[str]:
    """Return a sentence on the sessions before the news; none without a frame of them."""
    if anticipation is None or anticipation.empty:
        return []
    frame = anticipation
    mine = frame[(frame["group"] == row.group) & (frame["name"] == row.name)]
    sentences = []
    for other in records(mine):
        if is_missing(other.pvalue):
            continue
        span = wording.window_label(int(other.window_start), int(other.window_end))
        numbers = f"{wording.percent(other.estimate)} ({wording.p_equals(other.pvalue)})"
        is_alike = float(other.estimate) * float(row.estimate) > 0
        is_told = float(other.pvalue) < level and is_alike
        told = ", so that some of it was expected or known before" if is_told else ""
        unclear = wording.uncertain_day0(other)
        more = f"; {unclear}" if unclear else ""
        sentences.append(f"Before the news, over {span}: {numbers}{told}{more}.")
    return sentences


def _family_sentence(group: str, family: pd.DataFrame | None) -> list[str]:
    """Return a sentence on a group's p-value with all its windows and markets counted as tests."""
    if family is None or family.empty:
        return []
    members = family[(family["group"] == group) & family["group_pvalue"].notna()]
    if members.empty:
        return []
    windows = len(members[["window_start", "window_end"]].drop_duplicates())
    first = next(iter(records(members)))
    markets = counted(members["security"].nunique(), "market")
    text = (
        f"Counting {counted(windows, 'window')} in {markets} as tests of their own, the "
        f"smallest of the group has {wording.p_equals(first.group_pvalue)} (step-down)"
    )
    if not is_missing(first.group_pvalue_holm) and int(first.n_groups) > 1:
        value = wording.p_equals(first.group_pvalue_holm)
        text += f", and {value} over {int(first.n_groups)} groups (Holm)"
    return [text + "."]


def one_sided(alternative: Alternative) -> str:
    """Return the sentence that p-values are of one side, after a blank; nothing if of two."""
    if alternative == "two-sided":
        return ""
    return f" The p-values are {wording.sided(alternative)}."
