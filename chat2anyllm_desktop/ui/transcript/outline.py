"""A tree of blocks, read top to bottom as a flat list of leaves: what stands where, how far in, behind which marker.

Lists and quotes are no boxes on the screen but a distance from the left, a marker and a bar. Flat leaves make a list of
a thousand items cost what is visible of it, and give code inside a list its own box.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.ui.transcript.figures import Figure, is_long, taken_apart
from chat2anyllm_desktop.ui.transcript.style import Style

_PIECE = 6_000


@dataclass(frozen=True, slots=True)
class PlainText:
    """Text that is shown as it was typed, line ends and all."""

    text: str


@dataclass(frozen=True, slots=True)
class Marker:
    """In front of the first leaf of a list item: a bullet, a number or a task box."""

    text: str = ""
    depth: int = 0
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """The line beside a quote; ``first`` where it begins with this leaf."""

    x: int
    first: bool


LeafNode = (
    nodes.Paragraph
    | nodes.Heading
    | nodes.CodeBlock
    | nodes.MathBlock
    | nodes.TableBlock
    | nodes.Rule
    | nodes.HtmlText
    | nodes.Details
    | PlainText
    | Figure
)


@dataclass(frozen=True, slots=True)
class Leaf:
    """``gap`` is the space above, ``left`` the distance from the column's edge, in pixels. ``block`` is the number of
    the top-level block, ``item`` that of the item where this is a list, and ``key`` names the leaf within the message
    while the message grows. Of a paragraph or heading with images in it all pieces have the same."""

    node: LeafNode
    block: int
    key: tuple[int, int]
    gap: int
    left: int = 0
    marker: Marker | None = None
    bars: tuple[Bar, ...] = ()
    opened: bool = False
    item: int = 0


def leaves_of(
    blocks: Sequence[nodes.Block],
    style: Style,
    *,
    first: int = 0,
    folds: Mapping[tuple[int, int], bool],
    skip: tuple[int, int] = (0, 0),
    shown: Callable[[str], bool] = lambda _: False,
) -> list[Leaf]:
    """The leaves of top-level blocks, the first of which has the number ``first``. ``folds`` says which ``<details>``
    the reader has opened (True) or closed. Where the first block is a list, ``skip`` are the items at its beginning to
    be left out, and the number that follows the keys of their leaves. ``shown`` says of an address whether the image
    there has a place of its own; those inside of the text always have one."""
    found: list[Leaf] = []
    for number, block in enumerate(blocks, first):
        items, leaves = skip if number == first else (0, 0)
        reader = _Reader(number, style, folds, leaves, shown)
        reader.read(block, 0, style.gap, (), skip=items)
        found += reader.leaves
    return found


def list_indent(block: nodes.ListBlock, style: Style) -> int:
    """How far the items stand in: room for two digits. More hang out to the left, because a list that is being written
    must not move when its tenth or hundredth item comes."""
    if block.start is None:
        return style.indent
    digits = max(2, len(str(block.start)))
    return max(style.indent, round((digits + 1.6) * style.line * 0.4))


def plain_leaves(text: str, block: int, style: Style) -> list[Leaf]:
    """Leaves for text that is shown as typed, in pieces of a bounded size."""
    return [
        Leaf(PlainText(piece), block, (block, number), 0 if number else style.gap)
        for number, piece in enumerate(_pieces(text))
    ]


def _pieces(text: str) -> Iterable[str]:
    """Cut at line ends, else at spaces, else anywhere. A line end at a cut is implied by the next piece."""
    at = 0
    while len(text) - at > _PIECE:
        end = text.rfind("\n", at, at + _PIECE)
        skip = 1
        if end <= at:
            end, skip = text.rfind(" ", at + _PIECE // 2, at + _PIECE) + 1, 0
        if end <= at:
            end = at + _PIECE
        yield text[at:end]
        at = end + skip
    yield text[at:]


class _Reader:
    """Reads one top-level block."""

    def __init__(
        self,
        block: int,
        style: Style,
        folds: Mapping[tuple[int, int], bool],
        before: int,
        shown: Callable[[str], bool],
    ) -> None:
        self.leaves: list[Leaf] = []
        self._block = block
        self._before = before
        """The key of the first leaf, less one for each leaf that shares its key with the one before."""
        self._shown = shown
        self._item = 0
        self._style = style
        self._folds = folds

    def read(
        self,
        block: nodes.Block,
        left: int,
        gap: int,
        bars: tuple[int, ...],
        depth: int = 0,
        *,
        skip: int = 0,
    ) -> None:
        style = self._style
        match block:
            case nodes.ListBlock():
                self._list(block, left, gap, bars, depth, skip)
            case nodes.Quote():
                self._children(
                    block.children, left + style.quote_indent, gap, (*bars, left), depth, gap=style.gap
                )
            case nodes.FootnoteDefinition():
                at = len(self.leaves)
                self._children(block.children, left + style.indent, gap, bars, depth, gap=style.grid)
                self._mark(at, Marker(f"{block.number}."), left + style.indent, gap, bars)
            case nodes.Details():
                key = (self._block, self._before + len(self.leaves))
                opened = self._folds.get(key, block.opened)
                self._add(block, left, gap, bars, opened=opened)
                if opened:
                    inside = left + style.quote_indent
                    self._children(block.children, inside, style.gap, (*bars, left), depth, gap=style.gap)
            case nodes.Heading():
                wide = style.grid * (7, 6, 5)[min(block.level, 3) - 1]
                self._text(block, left, max(gap, wide), bars)
            case nodes.Paragraph():
                self._text(block, left, gap, bars)
            case nodes.Rule():
                self._add(block, left, max(gap, style.grid * 4), bars)
            case _:
                self._add(block, left, gap, bars)

    def _text(
        self, block: nodes.Paragraph | nodes.Heading, left: int, gap: int, bars: tuple[int, ...]
    ) -> None:
        content = block.content
        if pieces := taken_apart(content, self._shown):
            for number, piece in enumerate(pieces):
                if number:
                    self._before -= 1
                node = piece if isinstance(piece, Figure) else replace(block, content=piece)
                self._add(node, left, self._style.gap if number else gap, bars)
        elif is_long(content):
            for number, text in enumerate(_pieces(content.source)):
                self._add(PlainText(text), left, 0 if number else gap, bars)
        else:
            self._add(block, left, gap, bars)

    def _list(
        self, block: nodes.ListBlock, left: int, gap: int, bars: tuple[int, ...], depth: int, skip: int
    ) -> None:
        style = self._style
        between = style.grid if block.tight else style.gap
        inside = left + list_indent(block, style)
        for number, item in enumerate(block.items[skip:], skip):
            if depth == 0:
                self._item = number
            text = "" if block.start is None else f"{block.start + number}."
            at = len(self.leaves)
            above = between if number else gap
            self._children(item.children, inside, above, bars, depth + 1, gap=between)
            self._mark(at, Marker(text, depth, item.checked), inside, above, bars)

    def _children(
        self,
        children: Iterable[nodes.Block],
        left: int,
        first_gap: int,
        bars: tuple[int, ...],
        depth: int,
        *,
        gap: int,
    ) -> None:
        for number, child in enumerate(children):
            self.read(child, left, gap if number else first_gap, bars, depth)

    def _mark(self, at: int, marker: Marker, left: int, gap: int, bars: tuple[int, ...]) -> None:
        """Give the marker to the first leaf of an item; where that has one of its own, or there is none, to an empty
        line."""
        if at == len(self.leaves) or self.leaves[at].marker is not None:
            rest = self.leaves[at:]
            del self.leaves[at:]
            self._add(_EMPTY, left, gap, bars)
            self.leaves += [replace(leaf, key=(leaf.key[0], leaf.key[1] + 1)) for leaf in rest]
        self.leaves[at] = replace(self.leaves[at], marker=marker)

    def _add(
        self, node: LeafNode, left: int, gap: int, bars: tuple[int, ...], *, opened: bool = False
    ) -> None:
        known = {bar.x for bar in self.leaves[-1].bars} if self.leaves else set()
        key = (self._block, self._before + len(self.leaves))
        drawn = tuple(Bar(x, x not in known) for x in bars)
        self.leaves.append(Leaf(node, self._block, key, gap, left, None, drawn, opened, self._item))


def _nothing(_source: str) -> tuple[nodes.Inline, ...]:
    return ()


_EMPTY = nodes.Paragraph(nodes.LazyInlines("", _nothing))
