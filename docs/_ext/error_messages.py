"""The directive ``messages``: every message of an error of the package, read from its code."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import Directive

from eventstudy import exceptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx

PACKAGE = Path(exceptions.__file__).parent
OURS = [
    name
    for name, value in vars(exceptions).items()
    if isinstance(value, type) and issubclass(value, (Exception, Warning))
]


def template(node: ast.expr) -> str:
    """Return the text of an expression, with ``<name>`` for what is filled in."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(template(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        words = ast.unparse(node.value).split("(")[0].split(".")[-1]
        return f"<{words.strip('_')}>" if words.isidentifier() else "<...>"
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return template(node.left) + template(node.right)
    if isinstance(node, ast.List | ast.Tuple) and node.elts:
        return template(node.elts[0])
    return "<...>"


def messages() -> Iterator[tuple[str, str, str]]:
    """Give class, file and message of every error that is made in the code."""
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in OURS and node.args:
                remedy = [template(one.value) for one in node.keywords if one.arg == "remedy"]
                text = "; ".join([template(node.args[0]), *remedy])
                if any(letter.isalpha() for letter in text.replace("<...>", "")):
                    yield node.func.id, path.relative_to(PACKAGE).as_posix(), text


class Messages(Directive):
    """A list of messages under a heading for each class."""

    def run(self) -> list[nodes.Node]:
        """Return a section a class."""
        found = sorted(set(messages()))
        sections: list[nodes.Node] = []
        for kind in OURS:
            rows = [(file, text) for name, file, text in found if name == kind]
            if not rows:
                continue
            section = nodes.section("", nodes.title("", kind), ids=[kind.lower()])
            listed = nodes.bullet_list()
            for file, text in rows:
                words = nodes.paragraph("", "", nodes.Text(text + " "), nodes.literal("", file))
                listed += nodes.list_item("", words)
            section += listed
            sections.append(section)
        return sections


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the directive."""
    app.add_directive("messages", Messages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
