"""How docstrings are shown: what stands between backticks, and signatures.

A name between single backticks is a link where it names something public. Signatures of results,
which nobody makes by hand, are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.util.docutils import SphinxRole

import eventstudy as es

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_PUBLIC = frozenset(es.__all__)


class Known(SphinxRole):
    """Code, linked to the reference where its first part is a public name."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the node of the text."""
        literal = nodes.literal(self.rawtext, self.text)
        if self.text.partition(".")[0] not in _PUBLIC:
            return [literal], []
        link = pending_xref(
            self.rawtext,
            literal,
            refdomain="py",
            reftype="obj",
            reftarget=f"eventstudy.{self.text.removesuffix('()')}",
            refexplicit=True,
            refwarn=False,
            refdoc=self.env.docname,
        )
        return [link], []


def short_signature(
    app: Sphinx, what: str, name: str, obj: object, options: object, signature: str, returned: str
) -> tuple[str, str] | None:
    """Return the signature of a class whose fields are filled by the package alone as ``(...)``."""
    del app, name, obj, options
    is_made_by_us = what == "class" and "<factory>" in (signature or "")
    return ("(...)", returned) if is_made_by_us else None


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the role and the rule of signatures."""
    app.add_role("known", Known())
    app.connect("autodoc-process-signature", short_signature)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
