"""The list of the gallery gets a picture each: the first one of the page it leads to.

In the source it is a plain list of links, which reads as well on a code host. Outputs of cells that
hold nothing, which a report of progress leaves behind, are taken out.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LIST = "docs/gallery/README"
_ITEM = re.compile(r'<li><p>(<a class="reference internal" href="([^"#]+)">)')
_PICTURE = re.compile(r'<img [^>]*src="([^"]*_images/[^"]+\.(?:png|svg|jpg))"')


def add_pictures(app: Sphinx, exception: Exception | None) -> None:
    """Put pictures into the built list."""
    page = Path(app.outdir, f"{LIST}.html")
    if exception is not None or app.builder.format != "html" or not page.is_file():
        return

    def with_picture(match: re.Match[str]) -> str:
        target = page.parent / match[2]
        found = _PICTURE.search(target.read_text(encoding="utf-8")) if target.is_file() else None
        if found is None:
            return match[0]
        source = posixpath.normpath(posixpath.join(posixpath.dirname(match[2]), found[1]))
        picture = f'<img class="gallery-picture" alt="" src="{source}" />'
        return (
            f'<li><p><a href="{match[2]}" aria-hidden="true" tabindex="-1">{picture}</a>{match[1]}'
        )

    text = page.read_text(encoding="utf-8")
    text = _ITEM.sub(with_picture, text).replace('<ul class="simple">', '<ul class="gallery-list">')
    page.write_text(text, encoding="utf-8")


def drop_empty_outputs(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Take outputs without any text out of the cells of a page."""
    del app, page
    for block in list(tree.findall(nodes.literal_block)):
        if "output" in block.get("classes", ()) and not block.astext().strip():
            block.parent.remove(block)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the pictures when everything is written."""
    app.connect("doctree-resolved", drop_empty_outputs)
    app.connect("build-finished", add_pictures)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
