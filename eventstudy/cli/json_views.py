"""What ``--json`` prints: rows of frames, and a study, a curve as one object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from eventstudy.curve import SpecificationCurve
    from eventstudy.study.results import EventStudyResults


def rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame; missing is null, a date ``2025-05-02``, a time ends with Z."""
    import pandas as pd

    shown = frame.copy()
    for column in shown.columns:
        if pd.api.types.is_datetime64_any_dtype(shown[column].dtype):
            has_clock = shown[column].dt.tz is not None
            form = "%Y-%m-%dT%H:%M:%SZ" if has_clock else "%Y-%m-%d"
            shown[column] = shown[column].dt.strftime(form)
    cells = shown.astype(object).where(shown.notna(), None)
    return [
        {str(column): value for column, value in row.items()}
        for row in cells.to_dict(orient="records")
    ]


def study(results: EventStudyResults, folder: Path | None) -> dict[str, Any]:
    """Return what a study found, and where the rest lies, if anywhere; decimal returns."""
    from eventstudy.study.report_content import study_findings

    statistics = results.statistics
    is_shown = (statistics["measure"] == "car") & (statistics["name"] == results.headline_name)
    dropped = results.dropped.groupby(["stage", "reason"], sort=False, as_index=False).size()
    return {
        "title": results.spec["title"],
        "folder": None if folder is None else str(folder),
        "n_events": int(results.models["event_id"].nunique()),
        "n_pairs": len(results.models),
        "assumed": list(results.assumed),
        "errors": list(results.errors),
        "findings": [
            {
                "headline": finding.headline,
                "detail": finding.detail,
                "verdict": finding.verdict,
                "strength": finding.strength,
                "group": finding.group,
                "window": None if finding.window is None else list(finding.window),
                "rows": [{"file": row.file, **dict(row.key)} for row in finding.source],
            }
            for finding in study_findings(results)
        ],
        "ranges": rows(results.ranges),
        "contrasts": rows(results.contrasts),
        "statistics": rows(statistics[is_shown]),
        "dropped": rows(dropped.rename(columns={"size": "n_pairs"})),
        "files": [] if folder is None else sorted(path.name for path in folder.iterdir()),
    }


def curve(results: SpecificationCurve, folder: Path) -> dict[str, Any]:
    """Return what a specification curve found; decimal returns."""
    return {
        "title": results.title,
        "group": results.group,
        "folder": str(folder),
        "sentences": results.sentences(),
        "summary": rows(results.summary),
        "influence": rows(results.influence),
        "specifications": rows(results.specifications),
        "refused": rows(results.refused),
    }
