"""What the report of a study says: frames as they are, and the words that go with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eventstudy._typing import BY_CHOICE
from eventstudy.inference import STATISTICS
from eventstudy.io.packaged import docstring_of
from eventstudy.models import MODELS
from eventstudy.reporting.content import ReportContent
from eventstudy.reporting.finding import Beside
from eventstudy.reporting.findings import findings
from eventstudy.reporting.findings_choice import GroupEvents
from eventstudy.reporting.record import model_factors
from eventstudy.reporting.wording import losses
from eventstudy.study.caveats import caveats
from eventstudy.study.data_age import data_age
from eventstudy.text import counted, listed

if TYPE_CHECKING:
    from eventstudy.reporting.finding import Finding
    from eventstudy.reporting.record import StudyRecord

_MOST_NAMED = 12

_METHODS = (
    (
        "Day 0",
        "The first session of each market whose close, by that day's own calendar, comes after the "
        "publication time plus the cutoff. A pair is ambiguous when the half-width of the time "
        "leaves two sessions open.",
        "Berkman and Truong (2009) on after-hours news",
    ),
    (
        "Synchronised benchmark",
        "Over the market's own interval between closes, the benchmark moves from its last close at "
        "or before the first to its last close at or before the second; a benchmark holiday is 0.",
        "Scholes and Williams (JFE 1977) on non-synchronous trading",
    ),
    (
        "Abnormal return and its variance",
        "AR = R - x'b with b from the estimation window; V(CAR) = s^2 [L + 1'X_W (X'X)^-1 X_W'1], "
        "the exact forecast error, never s sqrt(L) alone.",
        "Campbell, Lo and MacKinlay (1997, ch. 4.4)",
    ),
    (
        "Measured size",
        "Share of placebo draws on which a test rejects at 5 %, with a 95 % Wilson interval. It "
        "holds for ordinary times without event-induced variance.",
        "Brown and Warner (JFE 1980, 1985); Wilson (1927)",
    ),
    (
        "Minimum detectable effect",
        "The effect, in daily conditional standard deviations of each market, that the placebo "
        "test finds with 80 % power at 5 %.",
        "Bloom (1995) on minimum detectable effects",
    ),
)


def report_content(results: StudyRecord) -> ReportContent:
    """Gather frames and texts of the report of `results`."""
    return ReportContent(
        record=results,
        title=str(results.spec["title"]),
        subtitle=_subtitle(results),
        summary=_summary(results),
        methods=_methods(results),
        provenance={key: results.manifest[key] for key in ("inputs", "calendars", "versions")}
        | {"seed": results.manifest["seed"], "benchmark synchronised": results.manifest["sync"]},
        caveats=[*caveats(results), *([age] if (age := data_age(results)) else [])],
        findings=study_findings(results),
    )


def study_findings(results: StudyRecord) -> list[Finding]:
    """Return the headline findings in words."""
    return findings(
        results.statistics,
        family=results.family,
        alignment=results.alignment,
        dropped=results.dropped,
        by_labels=results.labels,
        name=results.headline_name,
        window=results.headline_window,
        alternative=results.alternative,
        sign=results.sign,
        contrasts=results.contrasts,
        anticipation=results.anticipation,
        beside=beside_of(results),
        events=_group_events(results),
        ranges=results.ranges,
        benchmark=results.benchmark,
    )


def _group_events(results: StudyRecord) -> GroupEvents:
    """Return the events studied, and which news among them was known beforehand."""
    known = tuple(
        (str(caveat["column"]), str(caveat["value"]))
        for caveat in results.manifest.get("caveats", ())
        if caveat.get("known_beforehand", False)
    )
    events = results.events[results.events["event_id"].isin(results.models["event_id"])]
    return GroupEvents(frame=events, known=known)


def beside_of(results: StudyRecord) -> Beside | None:
    """Return what the second model found, and what either model's results are called."""
    if "beside" not in results.spec["model"]:
        return None
    first, second = results.model_names
    return Beside(
        statistics=results.statistics_beside,
        contrasts=results.contrasts_beside,
        first=first,
        second=second,
    )


def _subtitle(results: StudyRecord) -> str:
    span = results.event_sessions
    labels = [facts["label"] for facts in results.manifest["markets"].values()]
    many = len(labels) > _MOST_NAMED
    markets = counted(len(labels), "market") if many else ", ".join(labels)
    return f"{markets}; event sessions {span.min():%d %B %Y} to {span.max():%d %B %Y}"


def _summary(results: StudyRecord) -> list[str]:
    pairs = results.models
    lost, left_out = losses(results.dropped, BY_CHOICE)
    events, markets = pairs["event_id"].nunique(), pairs["security"].nunique()
    chosen = [
        f"{counted(count, 'more pair')} {'was' if count == 1 else 'were'} {why}"
        for why, count in left_out.items()
    ]
    dropped_sentence = (
        f"{len(lost):,} {'was' if len(lost) == 1 else 'were'} dropped and "
        f"{'is' if len(lost) == 1 else 'are'} listed with the reason"
        if len(lost)
        else "none was dropped"
    )
    model = results.spec["model"]
    factors = model_factors(model)
    return [
        f"{counted(events, 'event')} in {counted(markets, 'market')} "
        f"{'gives' if events == 1 else 'give'} {counted(len(pairs), 'pair')}; "
        f"{'; '.join([*chosen, dropped_sentence])}.",
        f"Normal returns: {model['name'].replace('_', ' ')}"
        + (f" on {factors} ({results.manifest['sync']})" if factors else "")
        + f"; {results.spec['prices']['kind']} returns."
        + _second_model(results),
    ]


def _second_model(results: StudyRecord) -> str:
    """Return the sentence that names the second model; nothing without one."""
    second = results.spec["model"].get("beside")
    if second is None:
        return ""
    facts = results.manifest["beside"]
    on = f" on {listed(facts['factors'])} ({facts['sync']})" if facts["factors"] else ""
    return f" Beside it: {second['name'].replace('_', ' ')}{on}."


def _methods(results: StudyRecord) -> list[tuple[str, str, str]]:
    name = str(results.spec["model"]["name"])
    # A model of the user's own need not be registered where the results are read again.
    models = [MODELS[name]] if name in MODELS else []
    used = [(f"Model: {model.name}", model.summary, model.source) for model in models]
    used += _METHODS
    for name in dict.fromkeys(results.statistics["name"]):
        entry = STATISTICS[name]
        test = entry.value
        doc = docstring_of(test.compute).strip().split("\n")[0].replace("`", "")
        used.append(
            (
                f"Statistic: {name}",
                f"{entry.summary}. {doc} Null: {test.null}. Assumes: {test.assumes}. "
                f"Distribution: {test.distribution}.",
                entry.source,
            )
        )
    return used
