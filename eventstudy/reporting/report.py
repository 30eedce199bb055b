"""Frames and texts -> one self-contained HTML document.

Four layers: answers, an explorer, methods and tables, and the csv files, which are named. The
document needs no network: styles, figures (SVG), tables, one script and a block of data are inside
it, and a content security policy forbids everything else. Without the script everything but the
explorer is there. Every text is escaped where it is written, since headlines, sources and links
come from strangers; only http and https addresses become links. Equal content gives equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from eventstudy.reporting import (
    report_events,
    report_markets,
    report_ranges,
    rows,
    sheets,
    wording,
)
from eventstudy.reporting.anchors import Anchors
from eventstudy.reporting.check_listing import stop_light
from eventstudy.reporting.explorer import explorer
from eventstudy.reporting.inline_svg import compact
from eventstudy.reporting.palette import COLOURS, css_variables
from eventstudy.reporting.report_answers import answers
from eventstudy.reporting.report_files import files
from eventstudy.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    import jinja2

    from eventstudy.reporting.content import ReportContent
    from eventstudy.reporting.sheet import Section

_FOLDER = resources.files("eventstudy.reporting") / "templates"
MOST_ROWS = rows.MOST_ROWS
_SCRIPTS = ("report.js", "explorer.js")


def render_html(
    content: ReportContent, *, everything: bool = False, has_files: bool = False
) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    content
        Frames and texts; empty frames leave their section with a sentence saying so.
    everything
        Whether long tables are shown whole, and everything is printed; else they are shown in part
        with the name of the csv that holds all of it, and a few pages are printed.
    has_files
        Whether the csv files stand beside the document, so that their names are links.

    Returns
    -------
    str
        UTF-8 text of a complete document.
    """
    from markupsafe import Markup

    from eventstudy.reporting import report_figures

    record = content.record
    labels, name, window = record.labels, record.headline_name, record.headline_window
    statistics, names = record.distinct(record.statistics), record.names
    sections = sheets.sections(record)
    events = report_events.events(
        record.events, record.alignment, record.car, record.dropped, labels,
        window=window, everything=everything,
    )  # fmt: skip
    markets = report_markets.markets(record, everything=everything)
    anchors = Anchors(
        events=frozenset(item["id"] for item in events["items"]),
        markets={row["label"]: row["name"] for row in markets["rows"]},
    )
    ranges = report_ranges.ranges(record)
    places = {place for section in sections for sheet in section.sheets for place in sheet.places}
    places |= ranges["places"] if ranges else set()
    script = _script()
    figures = report_figures.draw_figures(record)
    drawings, styles = compact(
        [figure["svg"] for figure in figures], {colour.light: colour.css for colour in COLOURS}
    )
    return (
        environment()
        .get_template("report.html.jinja")
        .render(
            title=plain(content.title),
            subtitle=plain(content.subtitle),
            errors=record.errors,
            stop_light=stop_light(record.errors),
            assumed=list(record.assumed),
            summary=list(content.summary),
            answers=answers(content.findings, places),
            caveats=list(content.caveats),
            ranges=ranges,
            explorer=explorer(record),
            facts=rows.facts(record.events, record.alignment, record.dropped, record.prices),
            figures=[{**figure, "svg": svg} for figure, svg in zip(figures, drawings, strict=True)],
            headline=rows.headline_table(statistics, name, window, names, record.anticipation),
            groupings=rows.statistics_by_group(
                statistics, name, window, names, everything=everything
            ),
            n_groups=statistics["group"].nunique(),
            sizes=rows.sizes(record.statistics),
            events=events,
            markets=markets,
            contents=_contents(sections),
            sections=sections,
            treated=sheets.treated(record),
            dropped=rows.dropped(record.dropped, labels, everything=everything),
            checks=rows.checks(record.checks),
            models=rows.models(record.models, labels),
            methods=[tuple(plain(text) for text in method) for method in content.methods],
            files=files(record),
            spec=rows.flatten(record.spec),
            provenance=rows.flatten(content.provenance),
            stars=wording.stars_legend(),
            sided=wording.sided(record.alternative),
            direction=wording.in_direction(record.sign),
            thin=f"{wording.THIN_MARK} {wording.THIN}",
            min_dates=wording.MIN_DATES,
            name=name,
            window=wording.window_label(*window),
            most_rows=MOST_ROWS,
            everything=everything,
            has_files=has_files,
            link=anchors.link,
            table_number=itertools.count(1).__next__,
            style=Markup(css_variables() + _source("report.css") + "\n" + styles),  # noqa: S704 - our own
            script=Markup(script),  # noqa: S704 - our own
            policy=_policy(script),
        )
    )


def _contents(sections: Sequence[Section]) -> list[tuple[str, str]]:
    """Return the places the list of contents names, in the order of the page."""
    return [
        ("findings", "Findings"),
        ("explore", "Explore"),
        ("figures", "Figures"),
        ("results", "Results"),
        *((section.anchor, section.title) for section in sections),
        ("statistics", "All statistics"),
        ("markets", "Markets"),
        ("events", "Events and sessions"),
        ("dropped", "Dropped"),
        ("checks", "Data checks"),
        ("methods", "Methods"),
        ("files", "Files"),
        ("provenance", "Provenance"),
    ]


def render_template(name: str, **values: object) -> str:
    """Return a page of one of our templates, with no script and nothing fetched."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return environment().get_template(name).render(policy=policy, **values)


def _policy(script: str) -> str:
    """Return the policy that lets this inline script run and nothing else be fetched or run."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _script() -> str:
    return "\n".join(_source(name) for name in _SCRIPTS)


def _source(name: str) -> str:
    """Return a style or a script of the templates, without its comments and indents."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    if name.endswith(".css"):
        text = re.sub(r" ?([{;,]) ", r"\1", text)
    kept = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in kept if line and not line.startswith("//"))


@cache
def environment() -> jinja2.Environment:
    """Return the templates of this folder, which escape every text put into them.

    Each is compiled once, and finds the colours of `palette` as ``palette``, for its style.
    """
    import jinja2
    from markupsafe import Markup

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (_FOLDER / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["typeset"] = rows.typeset
    made.globals["palette"] = Markup(css_variables())  # noqa: S704 - our own
    return made
