"""Frames and texts -> one self-contained HTML document.

The document needs no network and no script: styles, figures (SVG) and tables are inside it, a
content security policy forbids everything else, and the one inline script only adds a filter and
opens what is folded before printing. Every text is escaped where it is written, since headlines,
sources and links come from strangers; only http and https addresses become links. Equal content
gives equal bytes.
"""

from __future__ import annotations

import base64
import hashlib
from importlib.resources import files
from typing import TYPE_CHECKING

from eventstudy.reporting import report_events, rows, sheets, wording
from eventstudy.reporting.check_listing import stop_light
from eventstudy.text import plain

if TYPE_CHECKING:
    import jinja2

    from eventstudy.reporting.content import ReportContent

_SCRIPT = """\
(function () {
  var box = document.getElementById('filter');
  if (box) {
    box.parentNode.hidden = false;
    box.addEventListener('input', function () {
      var words = box.value.toLowerCase().split(/\\s+/);
      document.querySelectorAll('details.event').forEach(function (item) {
        var text = item.textContent.toLowerCase();
        item.hidden = !words.every(function (word) { return text.indexOf(word) >= 0; });
      });
    });
  }
  var opened = [];
  window.addEventListener('beforeprint', function () {
    opened = Array.from(document.querySelectorAll('details:not([open])'));
    opened.forEach(function (item) { item.open = true; });
  });
  window.addEventListener('afterprint', function () {
    opened.forEach(function (item) { item.open = false; });
  });
})();
"""


def render_html(content: ReportContent) -> str:
    """Return the report as one HTML document.

    Parameters
    ----------
    content
        Frames and texts; empty frames leave their section with a sentence saying so.

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
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            title=plain(content.title),
            subtitle=plain(content.subtitle),
            errors=record.errors,
            stop_light=stop_light(record.errors),
            assumed=list(record.assumed),
            summary=list(content.summary),
            findings=list(content.findings),
            caveats=list(content.caveats),
            facts=rows.facts(record.events, record.alignment, record.dropped, record.prices),
            figures=report_figures.draw_figures(record),
            headline=rows.headline_table(statistics, name, window, names, record.anticipation),
            groupings=rows.statistics_by_group(statistics, name, window, names),
            sizes=rows.sizes(record.statistics),
            events=report_events.events(
                record.events, record.alignment, record.car, record.dropped, labels
            ),
            sections=sheets.sections(record),
            treated=sheets.treated(record),
            dropped=rows.dropped(record.dropped, labels),
            checks=rows.checks(record.checks),
            models=rows.models(record.models, labels),
            methods=[tuple(plain(text) for text in method) for method in content.methods],
            spec=rows.flatten(record.spec),
            provenance=rows.flatten(content.provenance),
            stars=wording.stars_legend(),
            sided=wording.sided(record.alternative),
            direction=wording.in_direction(record.sign),
            thin=f"{wording.THIN_MARK} {wording.THIN}",
            min_dates=wording.MIN_DATES,
            name=name,
            window=wording.window_label(*window),
            script=Markup(_SCRIPT),  # noqa: S704 - a constant of this module
            policy=_policy(),
        )
    )


def render_template(name: str, **values: object) -> str:
    """Return a page of one of our templates, with no script and nothing fetched."""
    policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    return _environment().get_template(name).render(policy=policy, **values)


def _policy() -> str:
    """Return the policy that lets the inline script run and nothing else be fetched or run."""
    digest = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )


def _environment() -> jinja2.Environment:
    """Return the templates of this folder, which escape every text put into them."""
    import jinja2

    folder = files("eventstudy.reporting") / "templates"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["typeset"] = rows.typeset
    return environment
