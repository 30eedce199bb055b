"""Figures inside a page: the same drawing in fewer bytes, its repeated styles written once."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from eventstudy.reporting.hover import with_titles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup

_OFTEN = 3  # uses of a style from which a class is shorter
_TAG = re.compile(r"<(?![!/])[^>]*>")
_STYLE = re.compile(r' style="([^"]*)"')
_ID = re.compile(r' id="([^"]*)"')
_USED = re.compile(r'(?:url\(#|href="#)([^)"]*)')
_PATH = re.compile(r' d="([^"]*)"')


def compact(
    figures: Sequence[str], colours: Mapping[str, str] | None = None, prefix: str = "k"
) -> tuple[list[Markup], str]:
    r"""Return figures that look the same, and the style sheet they need.

    White space between tags, identifiers nothing points to, groups without attributes and turns by
    nothing go; places are rounded to a tenth of a point; styles used often become classes.

    Parameters
    ----------
    figures
        SVG elements, safe as they are.
    colours
        What stands for a colour in styles of the page, such as a variable that is another one on
        dark ground.
    prefix
        Of the names of the classes.

    Examples
    --------
    >>> text = '<svg><g id="a"><path d="M 1.26 2 L 3 4" style="fill: red"/></g></svg>'
    >>> shown, style = compact([text * 3])
    >>> print(shown[0][:45])
    <svg><path d="M1.3 2L3 4" class="k0"/></svg><
    >>> style
    '.k0{fill:red}\n'
    """
    from markupsafe import Markup

    texts = [_bare(with_titles(_painted(str(figure), colours or {}))) for figure in figures]
    uses = Counter(
        style
        for text in texts
        for tag in _TAG.findall(text)
        if not tag.startswith("<svg")
        for style in _STYLE.findall(tag)
    )
    classes = {
        style: f"{prefix}{place}"
        for place, style in enumerate(style for style, count in uses.items() if count >= _OFTEN)
    }
    rules = [f".{name}{{{_terse(style)}}}\n" for style, name in classes.items()]
    out = [
        Markup(_TAG.sub(lambda tag: _with_class(tag.group(), classes), text))  # noqa: S704 - as given
        for text in texts
    ]
    return out, "".join(rules)


def _painted(text: str, colours: Mapping[str, str]) -> str:
    """Return a figure whose fills and strokes are what stands for them."""
    return re.sub(
        r"((?:fill|stroke): )(#[0-9a-f]{6})\b",
        lambda found: found.group(1) + colours.get(found.group(2), found.group(2)),
        text,
    )


def _bare(text: str) -> str:
    used = set(_USED.findall(text))
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    text = _TAG.sub(lambda tag: _short(tag.group(), used), text)
    text = re.sub(r">\s*\n\s*<", "><", text)
    while True:  # groups that say nothing, from the innermost on
        shorter = re.sub(r"<g/>|<g>((?:(?!</?g[ >]).)*)</g>", r"\1", text, flags=re.DOTALL)
        if shorter == text:
            return text
        text = shorter


def _short(tag: str, used: set[str]) -> str:
    tag = _ID.sub(lambda found: found.group() if found.group(1) in used else "", tag)
    tag = re.sub(r' transform="rotate\(-?0(?:\.0*)?(?: [^)]*)?\)"', "", tag)
    tag = _PATH.sub(lambda found: f' d="{_path(found.group(1))}"', tag)
    if not tag.startswith("<svg"):
        tag = re.sub(r'(?<= [xy]=")(-?\d+\.\d+)', _rounded, tag)
    return re.sub(r"\s*\n\s*", " ", tag)


def _path(text: str) -> str:
    text = re.sub(r"-?\d+\.\d+", _rounded, " ".join(text.split()))
    return re.sub(r" ?([A-Za-z]) ?", r"\1", text)


def _rounded(found: re.Match[str]) -> str:
    return f"{float(found.group()):.1f}".removesuffix(".0")


def _terse(style: str) -> str:
    return re.sub(r"\s*([:;])\s*", r"\1", style).strip(";")


def _with_class(tag: str, classes: dict[str, str]) -> str:
    found = _STYLE.search(tag)
    if found is None or tag.startswith("<svg"):
        return tag
    name = classes.get(found.group(1))
    if name is None:
        return tag
    if ' class="' in tag:
        return tag.replace(found.group(), "").replace(' class="', f' class="{name} ', 1)
    return tag.replace(found.group(), f' class="{name}"')
