"""Blocks and inlines as plain text: for copying as text, for screen readers, for alternative texts.

Markdown source is not made here: it is the span of a block in the message.
"""

from __future__ import annotations

from collections.abc import Iterable

from chat2anyllm_desktop.render.nodes import (
    Block,
    Cell,
    Code,
    CodeBlock,
    Details,
    FootnoteDefinition,
    FootnoteReference,
    HardBreak,
    Heading,
    HtmlText,
    Image,
    Inline,
    ListBlock,
    ListItem,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Rule,
    SoftBreak,
    TableBlock,
    Text,
)


def inline_text(inlines: Iterable[Inline]) -> str:
    """What one reads of ``inlines``; line ends of the source are spaces, breaks are line ends."""
    words: list[str] = []
    for inline in inlines:
        if isinstance(inline, Text | Code):
            words.append(inline.text)
        elif isinstance(inline, SoftBreak):
            words.append(" ")
        elif isinstance(inline, HardBreak):
            words.append("\n")
        elif isinstance(inline, Math):
            words.append(inline.tex)
        elif isinstance(inline, Image):
            words.append(inline.alt)
        elif isinstance(inline, FootnoteReference):
            words.append(f"[{inline.number}]")
        else:
            words.append(inline_text(inline.children))
    return "".join(words)


def plain_text(blocks: Iterable[Block]) -> str:
    """The text of ``blocks`` as one would type it: an empty line between blocks, lists with their markers, code as it
    is, tables with tabs between cells."""
    return "\n\n".join(block_text(block) for block in blocks)


def block_text(block: Block) -> str:
    """The text of one block, without a line end behind it."""
    if isinstance(block, Paragraph | Heading):
        return inline_text(block.inlines)
    if isinstance(block, CodeBlock):
        return block.code.removesuffix("\n")
    if isinstance(block, MathBlock):
        return block.tex
    if isinstance(block, HtmlText):
        return block.text.removesuffix("\n")
    if isinstance(block, Quote):
        return _indented(plain_text(block.children), "> ", "> ")
    if isinstance(block, ListBlock):
        return ("\n" if block.tight else "\n\n").join(_items(block))
    if isinstance(block, TableBlock):
        return "\n".join(_row(row) for row in (block.header, *block.rows))
    if isinstance(block, Details):
        return "\n\n".join(
            part for part in (inline_text(block.summary.get()), plain_text(block.children)) if part
        )
    if isinstance(block, FootnoteDefinition):
        return _indented(plain_text(block.children), f"[{block.number}] ", "    ")
    assert isinstance(block, Rule)
    return "---"


def _items(block: ListBlock) -> Iterable[str]:
    for number, item in enumerate(block.items, block.start or 0):
        marker = "- " if block.start is None else f"{number}. "
        if item.checked is not None:
            marker += "[x] " if item.checked else "[ ] "
        yield _indented(
            _item_text(item, block.tight), marker, " " * (2 if block.start is None else len(f"{number}. "))
        )


def _item_text(item: ListItem, tight: bool) -> str:
    return ("\n" if tight else "\n\n").join(block_text(child) for child in item.children)


def _row(cells: tuple[Cell, ...]) -> str:
    return "\t".join(inline_text(cell.inlines).replace("\n", " ") for cell in cells)


def _indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *(rest + line if line else rest.rstrip() for line in lines[1:])])
