"""The text of one message as a growing list of parts: the only place where the transcript meets the Markdown parser."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.data_addresses import address_end, breaks_off_in_data
from chat2anyllm_desktop.ui.transcript import diagram_box
from chat2anyllm_desktop.ui.transcript.code_box import CodeBox
from chat2anyllm_desktop.ui.transcript.display import Display
from chat2anyllm_desktop.ui.transcript.drawings import Drawings
from chat2anyllm_desktop.ui.transcript.figures import Figure
from chat2anyllm_desktop.ui.transcript.gallery import Gallery
from chat2anyllm_desktop.ui.transcript.outline import Leaf, leaves_of, list_indent, plain_leaves
from chat2anyllm_desktop.ui.transcript.part import LeafPart
from chat2anyllm_desktop.ui.transcript.picture import Picture
from chat2anyllm_desktop.ui.transcript.prose import Prose
from chat2anyllm_desktop.ui.transcript.rule import RuleLine
from chat2anyllm_desktop.ui.transcript.style import Style
from chat2anyllm_desktop.ui.transcript.table import TableBox

if TYPE_CHECKING:
    from chat2anyllm_desktop.render.stream import IncrementalParser

Key = tuple[int, int]
"""A leaf of a message: the number of its top-level block, and its own within that."""

_PIECE = 65_536
"""Characters that are parsed in one go (5 ms); what is longer is taken in over several frames."""
_LINES = 11
"""Lines that growing text is taken in by: at 2,000 tokens a second some frames bring the ends of three blocks and the next
ones before them, which cost a half more than most. What is too much for one frame finds room in the next."""
_TYPED_LEAVES = 1000
"""Beyond these, code that was typed is not set apart."""
_HEAD = 300
"""Characters, at the end of what was parsed, in which the address of an image may have begun."""
_STEP = 20_000
"""Bytes of an arriving image after which it is said anew how much is there."""


@dataclass(slots=True)
class Done:
    """What the reader has done to the parts of a message; outlives the parts."""

    folds: dict[Key, bool] = field(default_factory=dict)
    """``<details>`` opened (True) or closed by hand."""
    wrapped: set[Key] = field(default_factory=set)
    whole: set[Key] = field(default_factory=set)
    """Tables shown with all their rows."""
    as_tex: set[Key] = field(default_factory=set)
    """Where formulas and diagrams are shown as their source."""


class Body:
    """``parts`` show ``text``, as Markdown or, where ``plain``, as typed with fenced code in boxes.

    The data of an image inside of the text is held back from the parser while it arrives and the text is ``growing``: so
    it costs what comes, not what is there.
    """

    def __init__(
        self, style: Style, done: Done, gallery: Gallery, drawings: Drawings, *, plain: bool = False
    ) -> None:
        self._style = style
        self._done = done
        self._gallery = gallery
        self._drawings = drawings
        self.growing = False
        """More text is to be expected."""
        self._tail = ""
        """The last characters that the parser has had."""
        self._in_data = False
        """They are data of an image that goes on."""
        self._held: list[str] = []
        self._arrived = 0
        """Bytes of that image that the parser has had."""
        self._plain = plain
        self._parser: IncrementalParser | None = None
        self._blocks: list[nodes.Block] = []
        self._text = ""
        """The text where it is not the parser's."""
        self._waiting = ""
        self._taken = 0
        """Characters at the beginning of ``_waiting`` that the parser has had."""
        self.length = 0
        """Characters that were given, taken in or not."""
        self.parts: list[LeafPart] = []
        self.firsts: list[int] = []
        """Per top-level block: the number of its first part."""

    @property
    def text(self) -> str:
        """What is shown: all that was given, once it is complete."""
        return self._text if self._parser is None else self._parser.text

    @property
    def complete(self) -> bool:
        """False while :meth:`take_in` has more to do."""
        return not self._waiting

    @property
    def blocks(self) -> Sequence[nodes.Block]:
        return self._blocks

    def set_text(self, text: str) -> int:
        """Show another text; returns the first part that is not what it was."""
        shown = self.text
        if text == shown and not self._waiting and not self._held:
            return len(self.parts) if self.growing or not self._in_data else self.refold()
        self.length -= sum(map(len, self._held))
        self._held.clear()
        if self._parser is not None and text.startswith(shown):
            self._wait_with(text[len(shown) :])
            return self.take_in()
        self._parser, self._blocks = None, []
        self._tail, self._in_data = "", False
        self._wait_with("")
        self._text, self.length = text, len(text)
        if len(text) > _PIECE:
            self._text, self.length = "", 0
            return self.extend(text)
        self._blocks = _parse(text)
        return self._reconcile(0, self._leaves(0))

    def extend(self, text: str) -> int:
        """Show more Markdown behind what is shown already; returns the first part that is not what it was. Costs what the
        open block costs."""
        if self._parser is None:
            self._parser = _parser()
            self._text, text, self._blocks = "", self._text + text, []
            self.length = 0
        self._wait_with(self._waiting[self._taken :] + text)
        return self.take_in()

    def _wait_with(self, text: str) -> None:
        self.length += len(text) - (len(self._waiting) - self._taken)
        self._waiting, self._taken = text, 0

    def take_in(self) -> int:
        """Parse a bounded piece of what is waiting; returns the first part that is not what it was."""
        if self._parser is None or not self._waiting:
            return len(self.parts)
        size = self._frameful() if self.growing else _PIECE
        if self._in_data:  # All that is left of it at once: it is one word.
            end = address_end(self._waiting, self._taken)
            size = len(self._waiting) if end < 0 else end + 1 - self._taken
            if end < 0 and self.growing:
                self._held.append(self._waiting[self._taken :])
                self._waiting, self._taken = "", 0
                return self._tell_arrived()
        piece = self._waiting[self._taken : self._taken + size]
        self._taken += len(piece)
        if self._taken == len(self._waiting):
            self._waiting, self._taken = "", 0
        if self._held:
            piece = "".join((*self._held, piece))
            self._held.clear()
        recent = self._tail + piece
        self._tail, self._in_data = recent[-_HEAD:], not self._plain and breaks_off_in_data(recent) >= 0
        update = self._parser.append(piece)
        first = update.stable
        if self._plain:
            self._blocks[first:] = update.blocks
            return self._reconcile(0, self._leaves(0))
        same = kept = 0
        if first < len(self._blocks) and update.blocks:
            same, kept = self._unchanged_items(first, self._blocks[first], update.blocks[0])
        self._blocks[first:] = update.blocks
        following = self.parts[self.firsts[first] + kept - 1].leaf.key[1] + 1 if kept else 0
        return self._reconcile(first, self._leaves(first, (same, following)), kept)

    def _frameful(self) -> int:
        """How much of what is waiting one frame may bring: whole blocks, a few. What has come in a burst is not held up."""
        lines = self._waiting.count("\n", self._taken)
        if not _LINES <= lines <= 4 * _LINES:
            return _PIECE
        end = self._taken
        for _ in range(max(_LINES, lines // 2)):
            end = self._waiting.index("\n", end) + 1
        end = self._waiting.rfind("\n\n", self._taken, end)
        return _PIECE if end < 0 else end + 2 - self._taken

    def _unchanged_items(self, number: int, old: nodes.Block, new: nodes.Block) -> tuple[int, int]:
        """A list that grows: how many items at its beginning are as before, and how many parts these have."""
        if not (isinstance(old, nodes.ListBlock) and isinstance(new, nodes.ListBlock)):
            return 0, 0
        if (old.tight, old.start) != (new.tight, new.start) or number >= len(self.firsts):
            return 0, 0
        if list_indent(old, self._style) != list_indent(new, self._style):
            return 0, 0
        same = 0
        for one, other in zip(old.items, new.items, strict=False):
            if one is not other:
                break
            same += 1
        if not same:
            return 0, 0
        at = self.firsts[number + 1] if number + 1 < len(self.firsts) else len(self.parts)
        while at > self.firsts[number] and self.parts[at - 1].leaf.item >= same:
            at -= 1
        return same, at - self.firsts[number]

    def refold(self) -> int:
        """Something was opened or closed."""
        return self._reconcile(0, self._leaves(0))

    def block_around(self, offset: int) -> tuple[range, range]:
        """The characters of the block that holds a character of the text, up to the next one, and the parts that show
        them; of what was typed, all."""
        known = min(len(self._blocks), len(self.firsts))
        number = bisect_right(self._blocks, offset, hi=known, key=lambda block: block.span[0]) - 1
        if self._plain or number < 0:
            return range(self.length), range(len(self.parts))
        last = number + 1 == known
        end = self.length if last else self._blocks[number + 1].span[0]
        end_part = len(self.parts) if last else self.firsts[number + 1]
        return range(self._blocks[number].span[0], end), range(self.firsts[number], end_part)

    def source_of(self, first: int, last: int) -> str:
        """The Markdown of all blocks from the one that part ``first`` is in to that of part ``last``."""
        if not self.parts or not self._blocks or self._plain:
            return self.text
        begin = self.parts[first].leaf.block
        end = self.parts[min(last, len(self.parts) - 1)].leaf.block
        return self.text[self._blocks[begin].span[0] : self._blocks[end].span[1]].rstrip("\n")

    def _leaves(self, first: int, skip: tuple[int, int] = (0, 0)) -> list[Leaf]:
        if self._plain:
            return _typed_leaves(self.text, self._blocks, self._style)
        leaves = leaves_of(
            self._blocks[first:],
            self._style,
            first=first,
            folds=self._done.folds,
            skip=skip,
            shown=lambda address: self._gallery.elsewhere(address) is not None,
        )
        if leaves and isinstance(figure := leaves[-1].node, Figure) and figure.arrived is not None:
            self._arrived = figure.arrived
            leaves[-1] = replace(leaves[-1], node=replace(figure, cut_off=not self.growing))
        return leaves

    def _tell_arrived(self) -> int:
        """More of the image has come that the text breaks off in; returns the first part that is not what it was."""
        last = self.parts[-1].leaf if self.parts else None
        if last is None or not isinstance(last.node, Figure) or last.node.arrived is None:
            return len(self.parts)
        arrived = self._arrived + sum(map(len, self._held)) * 3 // 4
        if arrived - last.node.arrived < _STEP:
            return len(self.parts)
        self.parts[-1] = self._part(replace(last, node=replace(last.node, arrived=arrived)))
        return len(self.parts) - 1

    def _reconcile(self, block: int, leaves: list[Leaf], kept: int = 0) -> int:
        """Show ``leaves`` from block number ``block`` on, behind the first ``kept`` parts of that. A part whose leaf is
        the same stays as it is; the number of the first that does not is returned."""
        at = self.firsts[block] if block < len(self.firsts) else len(self.parts)
        del self.firsts[block:]
        if kept:
            self.firsts.append(at)
            at += kept
        if at == 0 and leaves:
            leaves[0] = _without_gap(leaves[0])
        changed: int | None = None
        for number, leaf in enumerate(leaves, at):
            while len(self.firsts) <= leaf.block:
                self.firsts.append(number)
            if number < len(self.parts):
                part = self.parts[number]
                measured = part.measured
                if part.update(leaf):
                    if changed is None and measured and not part.measured:
                        changed = number
                    continue
                self.parts[number] = self._part(leaf)
            else:
                self.parts.append(self._part(leaf))
            if changed is None:
                changed = number
        end = at + len(leaves)
        if end < len(self.parts):
            del self.parts[end:]
            changed = end if changed is None else changed
        return len(self.parts) if changed is None else changed

    def _part(self, leaf: Leaf) -> LeafPart:
        done, as_tex = self._done, leaf.key in self._done.as_tex
        match leaf.node:
            case nodes.CodeBlock(language=diagram_box.LANGUAGE):
                wrapped = leaf.key in done.wrapped
                return diagram_box.DiagramBox(
                    leaf, self._style, self._drawings, self._gallery, wrapped=wrapped, as_source=as_tex
                )
            case nodes.CodeBlock():
                return CodeBox(leaf, self._style, wrapped=leaf.key in done.wrapped)
            case nodes.TableBlock():
                show_all = leaf.key in done.whole
                return TableBox(leaf, self._style, self._drawings, show_all=show_all, as_tex=as_tex)
            case nodes.MathBlock():
                return Display(leaf, self._style, self._drawings, as_tex=as_tex)
            case nodes.Rule():
                return RuleLine(leaf, self._style)
            case Figure():
                return Picture(leaf, self._style, self._gallery)
        return Prose(leaf, self._style, self._drawings, as_tex=as_tex)


# The parser takes Python-Markdown with it, which the first paint of an empty window can do without.
def _parse(text: str) -> list[nodes.Block]:
    from chat2anyllm_desktop.render.dialect import parse

    return list(parse(text))


def _parser() -> IncrementalParser:
    from chat2anyllm_desktop.render.stream import IncrementalParser

    return IncrementalParser()


def _without_gap(leaf: Leaf) -> Leaf:
    return replace(leaf, gap=0)


def _typed_leaves(text: str, blocks: Sequence[nodes.Block], style: Style) -> list[Leaf]:
    """What a user typed, as typed: people paste logs and code that are no Markdown. Fenced code alone is set apart."""
    leaves: list[Leaf] = []
    at = 0
    number = 0

    def add(piece: str) -> None:
        nonlocal number
        if piece.strip():
            leaves.extend(plain_leaves(piece.strip("\n"), number, style))
            number += 1

    for block in blocks:
        if isinstance(block, nodes.CodeBlock) and block.fenced and number < _TYPED_LEAVES:
            start, end = block.span
            add(text[at:start])
            leaves.append(Leaf(block, number, (number, 0), style.gap))
            number += 1
            at = end
    add(text[at:])
    return leaves
