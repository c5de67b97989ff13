"""The blocks that are open, from the document inwards, and how they are opened and closed."""

from __future__ import annotations

from functools import partial
from typing import Self

from chat2anyllm_desktop.render.containers import Container, OpenDocument, OpenItem, OpenList
from chat2anyllm_desktop.render.inlines import parse_inlines
from chat2anyllm_desktop.render.leaves import Leaf, OpenMath, OpenParagraph
from chat2anyllm_desktop.render.nodes import Block, LazyInlines, Paragraph, Span
from chat2anyllm_desktop.render.references import References, take_definitions
from chat2anyllm_desktop.render.starts import task

NOT_BLANK = 1 << 30
_NO_SPAN: Span = (0, 0)


class BlockStack:
    """Open containers, at most one open leaf, and the finished blocks of the top level."""

    def __init__(self, references: References) -> None:
        self.references = references
        self._inlines = partial(parse_inlines, references=references)
        self._document = OpenDocument(0, 0)
        self._stack: list[Container] = [self._document]
        self._leaf: Leaf | None = None
        self._blank_from = NOT_BLANK
        """From which open container on the last line was empty: what follows makes the lists from there on loose."""
        self._end = 0
        """Where the last line that belongs to a block ends."""
        self._line_start = 0
        self._line_end = 0
        self._ended = True
        """Whether this line has a line end."""

    @property
    def blocks(self) -> list[Block]:
        """The finished blocks of the top level. The caller may take them out."""
        return self._document.children

    @property
    def containers(self) -> list[Container]:
        """The containers that are open, from the document inwards."""
        return self._stack

    @property
    def leaf(self) -> Leaf | None:
        """The innermost block, if lines may still be added to it."""
        return self._leaf

    def twin(self) -> Self:
        """A copy that may be fed and finished while this one stays as it is; shares the references.

        It holds none of the finished blocks of the top level."""
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy._document = OpenDocument(0, 0)
        copy._stack = [copy._document, *(container.twin() for container in self._stack[1:])]
        copy._leaf = self._leaf.twin() if self._leaf is not None else None
        return copy

    def finish(self) -> list[Block]:
        """Closes everything; returns :attr:`blocks`."""
        self._close_to(1)
        return self.blocks

    def _lazy(self, text: str) -> LazyInlines:
        return LazyInlines(text, self._inlines)

    # Opening ---------------------------------------------------------------------------------------------------------
    def _push(self, container: Container) -> None:
        self._before_child()
        self._stack.append(container)
        self._blank_from = NOT_BLANK

    def _begin(self, leaf: Leaf) -> None:
        self._before_child()
        self._leaf = leaf
        self._line_used()

    def _add(self, block: Block) -> None:
        self._before_child()
        self._stack[-1].children.append(block)
        self._line_used()

    def _line_used(self) -> None:
        """This line belongs to a block."""
        self._blank_from = NOT_BLANK
        self._end = self._line_end

    def _before_child(self) -> None:
        """A child after an empty line makes the list around it loose."""
        index = len(self._stack) - 1
        if self._blank_from <= index and isinstance(self._stack[index], OpenItem):
            owner = self._stack[index - 1]
            assert isinstance(owner, OpenList)
            owner.tight = False

    # Closing ---------------------------------------------------------------------------------------------------------
    def _close_to(self, count: int, keep_list: bool = False) -> None:
        """Closes the leaf, the containers beyond ``count``, and a list that no item is added to."""
        stack = self._stack
        self._close_leaf()
        while len(stack) > count or (not keep_list and type(stack[-1]) is OpenList):
            container = stack.pop()
            parent = stack[-1]
            if isinstance(container, OpenItem):
                assert isinstance(parent, OpenList)
                parent.items.append(container.item())
            else:
                parent.children.append(container.finished(self._span(container.start, self._end)))

    def _close_leaf(self) -> None:
        leaf = self._leaf
        if leaf is None:
            return
        self._leaf = None
        block: Block
        if isinstance(leaf, OpenParagraph):
            start, text = self._without_definitions(leaf)
            if not text:
                return
            block = Paragraph(self._lazy(text), self._span(start, self._end))
        elif isinstance(leaf, OpenMath) and not leaf.closed and not leaf.certain:
            block = leaf.paragraph(self._lazy, self._span(leaf.start, self._end))
        else:
            block = leaf.finished(self._span(leaf.start, self._end))
        self._stack[-1].children.append(block)

    def _without_definitions(self, leaf: OpenParagraph) -> tuple[int, str]:
        """Where the text of a paragraph begins and what it is, once its link definitions and task box are taken."""
        text = "\n".join(leaf.lines).rstrip(" \t")
        if not text.startswith("["):
            return (leaf.start, text) if text else (0, "")
        parent = self._stack[-1]
        if isinstance(parent, OpenItem) and not parent.children and (box := task(text)) is not None:
            parent.checked, text = box
            return leaf.start, text
        end = take_definitions(text, self.references)
        lines = text.count("\n", 0, end)
        return leaf.offsets[min(lines, len(leaf.offsets) - 1)], text[end:]

    def _span(self, start: int, end: int) -> Span:
        """Of a block that is now complete; only blocks of the top level have one."""
        return (start, end) if len(self._stack) == 1 else _NO_SPAN
