"""What stands below what in the navigation.

The pages themselves stay plain Markdown, which a code host shows as it is: their toctrees are
added here when they are read. A page of ``docs`` that is named nowhere stands last among the
how-tos.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ORDER: dict[str, dict[str, tuple[str, ...]]] = {
    "docs/index": {
        "Begin": ("start", "questions", "gallery/README", "howto/README"),
        "Understand": ("explanation/README",),
        "Look up": (
            "reference/index",
            "study-file",
            "columns",
            "errors",
            "data-sources",
            "numbers",
            "speed",
        ),
        "The project": (
            "All pages <README>",
            "The whole on one page <../README>",
            "How it is built <../ARCHITECTURE>",
            "How to change it <../CONTRIBUTING>",
            "What is trusted, and what is promised <../SECURITY>",
            "What changed <../CHANGELOG>",
        ),
    },
    "docs/gallery/README": {
        "": (
            "kinds-of-news",
            "many-events",
            "firms",
            "error-rates",
            "placebo",
            "other-choices",
            "minutes",
            "../../notebooks/*",
        )
    },
    "docs/howto/README": {
        "": (
            "own-prices",
            "firm-study",
            "fomc",
            "intraday",
            "new-market",
            "../own-statistic",
            "../own-model",
            "../tables",
            "../figures",
            "../frames",
            "../prices",
            "../news",
            "../expect",
            "../watch",
            "../report",
            "../formats",
            "../saved-results",
            "../execution",
            "../streaming",
        )
    },
    "docs/explanation/README": {
        "": (
            "abnormal-returns",
            "errors-of-tests",
            "../statistics/README",
            "../methods",
            "../size",
            "../../data/README",
        )
    },
    "docs/statistics/README": {"": ("[a-z]*",)},
}


DOCS = Path(__file__).parents[1]
REST = "docs/howto/README"


def unnamed() -> list[str]:
    """Return the pages of ``docs`` that `ORDER` does not name, as the how-tos call them."""
    named = {
        entry.rpartition("<")[2].rstrip(">").rpartition("/")[2]
        for trees in ORDER.values()
        for pages in trees.values()
        for entry in pages
    }
    found = (path.stem for path in sorted(DOCS.glob("*.md")))
    return [f"../{name}" for name in found if name not in named | {"index"}]


def add_toctrees(app: Sphinx, page: str, source: list[str]) -> None:
    """Append the hidden toctrees of a page to its text."""
    del app
    for caption, pages in ORDER.get(page, {}).items():
        options = f":caption: {caption}\n" if caption else ""
        listed = "\n".join([*pages, *(unnamed() if page == REST else [])])
        source[0] += f"\n\n```{{toctree}}\n:hidden:\n:glob:\n{options}\n{listed}\n```\n"


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the toctrees."""
    app.connect("source-read", add_toctrees)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
