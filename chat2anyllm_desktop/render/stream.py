"""Parsing a message while it arrives: every piece costs what it adds, not what is there already.

Complete lines are fed to the block parser once and for all; the unfinished last line is tried on a copy of what is
open. So the outcome is, after every piece, exactly that of :func:`~chat2anyllm_desktop.render.dialect.parse` of all the
text so far.

A link or footnote may be defined long after it is used: the blocks that use it are then made anew, with the same source,
and reported as changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from chat2anyllm_desktop.render.containers import OpenList
from chat2anyllm_desktop.render.dialect import container_parser
from chat2anyllm_desktop.render.leaves import OpenTable
from chat2anyllm_desktop.render.nodes import (
    Block,
    Cell,
    CodeBlock,
    Details,
    FootnoteDefinition,
    Heading,
    HtmlText,
    LazyInlines,
    ListBlock,
    ListItem,
    MathBlock,
    Paragraph,
    Quote,
    Rule,
    TableBlock,
)
from chat2anyllm_desktop.render.references import LABEL, References, Target, normalized


@dataclass(frozen=True, slots=True)
class Update:
    """What one piece of text has changed at the top level.

    The first ``stable`` blocks are the same objects as before; ``blocks`` are all that follow them. Some of these may
    be the same objects too (a block that was made anew stands in front of them), and inside a list or quote that goes
    on, what is finished is kept: compare with ``is`` to find out what need not be drawn again.
    """

    stable: int
    blocks: tuple[Block, ...]


class IncrementalParser:
    """Holds the text of one message and its blocks; ``parser.blocks == parse(parser.text)`` after every call."""

    def __init__(self, text: str = "") -> None:
        self._references = References()
        self._parser = container_parser().begin(self._references)
        self._parts: list[str] = []
        self._rest = ""
        self._rest_start = 0
        self._done: list[Block] = []
        self._tail: list[Block] = []
        self._users: dict[str, list[int]] = {}
        self._indexed = 0
        if text:
            self.append(text)

    @property
    def text(self) -> str:
        """All text so far."""
        if len(self._parts) > 1:
            self._parts = ["".join(self._parts)]
        return self._parts[0] if self._parts else ""

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All blocks so far."""
        return (*self._done, *self._tail)

    def __len__(self) -> int:
        return len(self._done) + len(self._tail)

    def append(self, text: str) -> Update:
        """Takes more text. Its cost is that of the new text and of what is open at the end."""
        stable = len(self._done)
        if not text:
            return Update(stable, tuple(self._tail))
        self._parts.append(text)
        defined = len(self._references.final_labels)
        draft = self._references.drop_draft()
        parser = self._parser
        rest = parser.feed_lines(self._rest + text, self._rest_start)
        self._rest_start += len(self._rest) + len(text) - len(rest)
        self._rest = rest
        if parser.blocks:
            self._done += parser.blocks
            parser.blocks.clear()
        self._try_rest()
        changed = self._changed_labels(draft, defined)
        if changed:
            stable = self._made_anew(changed, stable)
        return Update(stable, (*self._done[stable:], *self._tail))

    def _try_rest(self) -> None:
        """Makes the blocks of what is open, as if the text ended here."""
        self._references.drop_draft()
        self._references.start_draft()
        attempt = self._parser.twin()
        attempt.feed_rest(self._rest, self._rest_start)
        self._tail = attempt.finish()

    # Late definitions ------------------------------------------------------------------------------------------------
    def _changed_labels(self, old_draft: dict[str, Target | int], defined: int) -> set[str]:
        references = self._references
        labels = {*old_draft, *references.drafted, *references.final_labels[defined:]}
        return {label for label in labels if references.get(label) != old_draft.get(label)}

    def _made_anew(self, labels: set[str], stable: int) -> int:
        """Makes the blocks anew that use ``labels``; returns how many blocks in front are untouched."""
        for number in range(self._indexed, len(self._done)):
            for label in set(_labels(_contents((self._done[number],)))):
                self._users.setdefault(label, []).append(number)
        self._indexed = len(self._done)
        for number in {number for label in labels for number in self._users.get(label, ())}:
            self._done[number] = _anew(self._done[number])
            stable = min(stable, number)
        for container in self._parser.containers:
            container.children[:] = map(_anew, container.children)
            if isinstance(container, OpenList):
                container.items[:] = map(_anew_item, container.items)
        if isinstance(table := self._parser.leaf, OpenTable):
            table.header = _anew_row(table.header)
            table.rows[:] = map(_anew_row, table.rows)
        self._try_rest()
        return stable


_NOTE_LABEL = re.compile(r"\[\^([^\[\]]{1,999})\]")


def _labels(contents: Iterable[LazyInlines]) -> Iterator[str]:
    """Every label that the text may refer to; too many rather than too few."""
    for content in contents:
        if "[" in content.source:
            for found in LABEL.finditer(content.source):
                label = normalized(found[1])
                yield "^" + label[1:].strip() if label.startswith("^") else label


def _contents(blocks: Iterable[Block]) -> Iterator[LazyInlines]:
    for block in blocks:
        if isinstance(block, Paragraph | Heading):
            yield block.content
        elif isinstance(block, TableBlock):
            for row in (block.header, *block.rows):
                for cell in row:
                    yield cell.content
        elif isinstance(block, ListBlock):
            for item in block.items:
                yield from _contents(item.children)
        elif isinstance(block, Quote | FootnoteDefinition):
            yield from _contents(block.children)
        elif isinstance(block, Details):
            yield block.summary
            yield from _contents(block.children)


def _anew(block: Block) -> Block:
    """``block`` with inlines that are parsed again, where it has any that may refer to something."""
    if not any("[" in content.source for content in _contents((block,))):
        return block
    if isinstance(block, Paragraph | Heading):
        return replace(block, content=block.content.anew())
    if isinstance(block, TableBlock):
        return replace(block, header=_anew_row(block.header), rows=tuple(map(_anew_row, block.rows)))
    if isinstance(block, ListBlock):
        return replace(block, items=tuple(map(_anew_item, block.items)))
    if isinstance(block, Quote | FootnoteDefinition):
        return replace(block, children=tuple(map(_anew, block.children)))
    if isinstance(block, Details):
        return replace(block, summary=block.summary.anew(), children=tuple(map(_anew, block.children)))
    assert isinstance(block, CodeBlock | MathBlock | HtmlText | Rule)
    return block


def _anew_item(item: ListItem) -> ListItem:
    return ListItem(tuple(map(_anew, item.children)), item.checked)


def _anew_row(row: tuple[Cell, ...]) -> tuple[Cell, ...]:
    return tuple(Cell(cell.content.anew()) for cell in row)
