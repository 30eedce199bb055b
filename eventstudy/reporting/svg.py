"""A figure as SVG inside HTML: searchable, the same bytes each time, dark where the page is."""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING, Any, cast

from eventstudy.reporting import drawing as drawings
from eventstudy.reporting import palette

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.figure import Figure

_FONTS = "'DejaVu Sans', Verdana, sans-serif"
_DEFAULT = re.compile(r"'DejaVu Sans'(?:, '[^';\"]*')*(?:, sans-serif)?")


def svg(figure: Figure, prefix: str, narrow: Figure | None = None) -> Markup:
    """Return a figure as an SVG element to be placed inside HTML: same figure, same bytes.

    Text stays text, so that it can be searched. The ground is that of the page, and the colours
    are those of the page's `palette.css_variables`, where it has them.

    Parameters
    ----------
    figure
        Drawn on a figure without pyplot.
    prefix
        Of identifiers, since those of several figures meet in one document.
    narrow
        The same figure for a telephone: it follows, hidden, and a page with
        `palette.css_variables` shows it in place of the other on a narrow screen.
    """
    from markupsafe import Markup

    if narrow is None:
        return Markup(_element(figure, prefix, 'class="figure"'))  # noqa: S704 - escaped texts
    both = _element(figure, prefix, 'class="figure figure-wide"')
    both += _element(narrow, f"{prefix}n", 'class="figure figure-narrow" style="display: none"')
    return Markup(both)  # noqa: S704 - matplotlib escapes its texts


def standalone(drawing: str) -> str:
    """Return what `svg` gives as a file of its own: the first form, on a white ground.

    Inside a page the ground is the page's; a viewer of pictures may have a dark one.

    Examples
    --------
    >>> standalone('<svg viewBox="0 0 1 1" width="100%"><path/></svg>')
    '<svg viewBox="0 0 1 1" style="background: #ffffff"><path/></svg>'
    """
    text = str(drawing)  # Markup would escape what is put in
    first = text[: text.index("</svg>") + len("</svg>")]
    return first.replace(' width="100%"', f' style="background: {palette.PAPER.light}"', 1)


def _element(figure: Figure, prefix: str, attributes: str) -> str:
    text = _written(figure)
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<(?=[a-zA-Z])[^>]*>", lambda tag: _own_tag(tag.group(), prefix), text)
    start, end = text.index("<svg"), text.index(">")
    box = re.search(r'viewBox="[^"]*"', text[start:end])
    head = f'<svg {box.group() if box else ""} {attributes} xmlns="http://www.w3.org/2000/svg"'
    head += ' xmlns:xlink="http://www.w3.org/1999/xlink" width="100%" aria-hidden="true"'
    return f'{head} focusable="false">{text[end + 1 :].strip()}'


def _written(figure: Figure) -> str:
    """Return what matplotlib writes; its canvas is asked directly, as `savefig` draws twice."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    drawings.without_notes_on_letters(figure)
    grounds = [figure.patch, *(ax.patch for ax in figure.axes)]
    were_visible = [ground.get_visible() for ground in grounds]
    canvas = figure.canvas
    buffer = io.StringIO()
    with (
        mpl.rc_context({"svg.hashsalt": "eventstudy", "svg.fonttype": "none"}),
        warnings.catch_warnings(),
    ):
        # the reader's browser has fonts for letters that this machine may lack
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        for ground in grounds:
            ground.set_visible(False)
        canvas_of = cast("Any", FigureCanvasSVG(figure))
        canvas_of.print_svg(buffer, metadata={"Date": None, "Creator": None})
    for ground, was_visible in zip(grounds, were_visible, strict=True):
        ground.set_visible(was_visible)
    figure.set_canvas(canvas)
    return buffer.getvalue()


def _own_tag(tag: str, prefix: str) -> str:
    """Return a tag with its own identifiers, places to a hundredth of a point, and few fonts."""
    if tag.startswith("<path id="):  # each use of a mark says its colours, where a page finds them
        tag = re.sub(r' style="[^"]*"', "", tag)
    tag = re.sub(r'(?<= id=")', f"{prefix}-", tag)
    tag = re.sub(r"(?<=url\(#)", f"{prefix}-", tag)
    tag = re.sub(r'(?<=href="#)', f"{prefix}-", tag)
    tag = re.sub(r"(\d\.\d\d)\d+", r"\1", tag)
    return _DEFAULT.sub(_FONTS, tag)
