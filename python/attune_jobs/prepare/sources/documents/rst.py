"""reStructuredText by docutils; what Sphinx and other extensions add to it is read without knowing it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree
from docutils.parsers.rst import Directive, directives, roles
from docutils.utils import Reporter

from .structure import Block, Code, Document, Item, Paragraph, Table, UnreadableError, heading

MAX_LINE = 10_000
"""Characters; docutils' own limit, beyond which it reads nothing of a text."""

_DIRECTIVES = re.compile(r"^[ \t]*(?:\.\.|[|][^|\n]{1,100}[|])[ \t]+([\w:+.-]{1,60}?)::(?:[ \t]|$)", re.MULTILINE)
_ROLES = re.compile(r":([\w+.-]{1,30}(?::[\w+.-]{1,30})?):`")
_TARGET = re.compile(r"\s*<[^<>]*>$", re.DOTALL)

_CODE = frozenset("code-block sourcecode prompt ipython doctest testcode testoutput console literalinclude".split())
_WITHOUT_TEXT = frozenset(
    "toctree include index highlight tabularcolumns graphviz mermaid uml plot testsetup testcleanup only-if raw "
    "currentmodule module py:module py:currentmodule image figure contents bibliography".split()
)
_SKIPPED = (
    nodes.comment,
    nodes.target,
    nodes.substitution_definition,
    nodes.system_message,
    nodes.docinfo,
    nodes.pending,
    nodes.raw,
    nodes.meta,
    nodes.image,
    nodes.decoration,
)

_SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "_disable_config": True,
    "report_level": Reporter.SEVERE_LEVEL + 1,
    "halt_level": Reporter.SEVERE_LEVEL + 1,
    "syntax_highlight": "none",
    "doctitle_xform": False,
    "line_length_limit": MAX_LINE,
}


def read_rst(text: str) -> Document:
    """Raises: UnreadableError."""
    if any(len(line) > MAX_LINE for line in text.split("\n")):
        raise UnreadableError(f"a line of more than {MAX_LINE:,} characters")
    for name in set(_DIRECTIVES.findall(text)):
        # Those that docutils knows are its own, in whatever case they are written.
        if name.lower() not in directives._directive_registry:
            directives.register_directive(name, _Unknown)
    for name in set(_ROLES.findall(text)):
        if name.lower() not in roles._role_registry:
            roles.register_local_role(name, _unknown_role)
    return Document("", tuple(_blocks(publish_doctree(text, settings_overrides=_SETTINGS))))


class _AnyOption(dict[str, Any]):
    """Takes every option as it is written."""

    def __missing__(self, name: str) -> Any:
        return directives.unchanged


class _Unknown(Directive):
    """Shows its argument and what stands below it: a note, a tab, the description of a function."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = _AnyOption({"": directives.unchanged})

    def run(self) -> list[nodes.Node]:
        if self.name in _WITHOUT_TEXT or self.name.startswith("auto"):
            return []
        if self.name in _CODE:
            code = "\n".join(self.content)
            return [nodes.literal_block(code, code)]
        inner = nodes.container()
        if self.arguments:
            parsed, messages = self.state.inline_text(self.arguments[0], self.lineno)
            inner += nodes.paragraph("", "", *parsed)
        self.state.nested_parse(self.content, self.content_offset, inner)
        return [inner]


def _unknown_role(name: str, raw: str, text: str, *_: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """What a reader sees of a reference: its own text, or the last part of the name it leads to."""
    text = nodes.unescape(text)
    shown = _TARGET.sub("", text)
    if shown == text:
        shown = text.rsplit(".", 1)[-1] if text.startswith("~") else text.lstrip("!.")
    return [nodes.inline(raw, shown)], []


def _blocks(node: nodes.Node, level: int = 0, mark: str = "") -> Iterator[Block]:
    """Blocks of what stands in the node; `mark` stands before the first of them that is text."""
    for child in node.children:
        if isinstance(child, _SKIPPED):
            continue
        if isinstance(child, nodes.section):
            yield from _blocks(child, level + 1)
        elif isinstance(child, nodes.title | nodes.subtitle):
            yield heading(max(1, level), child.astext()) if level else Paragraph(child.astext())
        elif isinstance(child, nodes.literal_block | nodes.doctest_block | nodes.math_block):
            yield Code(child.astext())
        elif isinstance(child, nodes.table):
            yield _table(child)
        elif isinstance(child, nodes.bullet_list | nodes.enumerated_list):
            yield from _list(child, level)
        elif isinstance(child, nodes.definition_list_item | nodes.field | nodes.option_list_item):
            name = ", ".join(part.astext() for part in child.children[:-1])
            yield from _blocks(child.children[-1], level, f"{name}:")
        elif isinstance(child, nodes.TextElement):
            text = child.astext().strip()
            if text:
                yield Item(mark, text) if mark else Paragraph(text)
                mark = ""
        elif isinstance(child, nodes.line_block):
            yield Paragraph("\n".join(line.astext() for line in child.findall(nodes.line)))
        else:
            yield from _blocks(child, level, mark)
            mark = ""


def _list(node: nodes.Element, level: int) -> Iterator[Block]:
    first = node.get("start", 1) if isinstance(node, nodes.enumerated_list) else None
    for number, item in enumerate(node.children):
        yield from _blocks(item, level, "-" if first is None else f"{first + number}.")


def _table(node: nodes.table) -> Table:
    rows = [
        (isinstance(row.parent, nodes.thead), tuple(" ".join(cell.astext().split()) for cell in row.children))
        for row in node.findall(nodes.row)
    ]
    head = [cells for is_head, cells in rows if is_head]
    return Table(head[0] if head else (), tuple([*head[1:], *(cells for is_head, cells in rows if not is_head)]))
