"""What MDX adds to Markdown: imports and exports of modules, which go, and tags of components, whose content stays."""

from __future__ import annotations

import re
from collections.abc import Iterator

MAX_TAG = 5_000
"""Characters of one tag with its attributes; what is longer is text."""

MAX_STATEMENT_LINES = 500

IMPORT = re.compile(r"""^import\s[^\n"']*["'][^"'\n]+["'];?[ \t]*$""", re.MULTILINE)
_STATEMENT = re.compile(
    r"(?:import\s+(?:[\w*{][^\n]*\bfrom\b|[\"'{]|\w+,?\s*\{?)|export\s+(?:const|let|var|default|function|async|class|\{|\*))"
)
_FENCE = re.compile(r"\s*(?:(?:[-*+>]|\d{1,9}[.)])\s+)*(`{3,}(?=[^`]*$)|~{3,})")
_TAG = re.compile(r"</?[A-Za-z][\w.:-]*|<>|</>")
_TITLE = re.compile(r"""\btitle=\{?(?:"([^"]*)"|'([^']*)')""")


def without_modules(text: str) -> str:
    """Without import and export statements and comments, outside of fences, and without the indents of nested tags."""
    lines: list[str] = []
    nested: int | None = 0
    """How far the lines below the last line of tags are indented; None before the first of them."""

    statement = open_brackets = 0
    for line, fenced in _lines_and_fences(_without_comments(text)):
        if not statement and not fenced and _STATEMENT.match(line):
            statement, open_brackets = 1, 0
        if not statement:
            own = len(line) - len(line.lstrip())
            if not fenced and line[own : own + 1] == "<":
                nested = None
                lines.append(line[own:])
            else:
                nested = own if nested is None and line.strip() else nested
                lines.append(line[min(own, nested or 0) :])
            continue
        open_brackets += sum(map(line.count, "([{")) - sum(map(line.count, ")]}"))
        ended = open_brackets <= 0 and not line.rstrip().endswith(("=", "(", "=>", ",", "from"))
        statement = 0 if ended or statement == MAX_STATEMENT_LINES else statement + 1
    return "\n".join(lines)


def without_tags(text: str) -> str:
    """A component's `title` is text that a reader sees; its other attributes are not."""
    parts: list[str] = []
    at = 0
    for tag in iter(lambda: _TAG.search(text, at), None):
        end = _end_of_tag(text, tag.end())
        if end is None:
            break
        parts.append(text[at : tag.start()])
        title = _TITLE.search(text, tag.end(), end)
        if title:
            parts.append(f"{title.group(1) or title.group(2) or ''}\n")
        elif tag.group() in ("<br", "<Br"):
            parts.append("\n")
        at = end
    return "".join([*parts, text[at:]])


def _end_of_tag(text: str, begin: int) -> int | None:
    """After the > that ends it: one in quotes or braces does not."""
    if text[begin - 1] == ">":
        return begin
    braces, quote = 0, ""
    for at in range(begin, min(len(text), begin + MAX_TAG)):
        character = text[at]
        if quote:
            quote = "" if character == quote else quote
        elif character in "\"'" and not braces:
            quote = character
        elif character == "{":
            braces += 1
        elif character == "}":
            braces -= 1
        elif character == ">" and not braces:
            return at + 1
    return None


def _without_comments(text: str) -> str:
    parts: list[str] = []
    at = 0
    while (begin := text.find("{/*", at)) >= 0 and (end := text.find("*/}", begin)) >= 0:
        parts.append(text[at:begin])
        at = end + 3
    return "".join([*parts, text[at:]])


def _lines_and_fences(text: str) -> Iterator[tuple[str, bool]]:
    """Each line, and whether it belongs to a fence: one of ``` or ~~~, which as many or more of the same end."""
    fence = ""
    for line in text.split("\n"):
        if fence:
            yield line, True
            closing = line.strip().lstrip("> ")
            if closing and len(closing) >= len(fence) and not closing.strip(fence[0]):
                fence = ""
            continue
        opened = _FENCE.match(line)
        fence = opened.group(1) if opened else ""
        yield line, bool(fence)
