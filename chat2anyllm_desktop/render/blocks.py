"""The block phase: lines in, finished blocks out. CommonMark's container algorithm, one line at a time.

Every line is first matched against the containers that are open (quotes, list items, ...); what is left of it either
opens new blocks, goes on with the innermost one, or closes what it does not belong to. A line is looked at once and never
again, so a message can be fed as it arrives; :meth:`BlockParser.twin` tries an unfinished line without consequences.
"""

from __future__ import annotations

import re
from functools import partial

from chat2anyllm_desktop.render.inlines import parse_inlines
from chat2anyllm_desktop.render.lines import indentation, is_blank, without_columns
from chat2anyllm_desktop.render.nodes import Block, Heading, LazyInlines, MathBlock, Paragraph, Rule, Span
from chat2anyllm_desktop.render.open_blocks import (
    Container,
    Leaf,
    OpenDetails,
    OpenDocument,
    OpenFence,
    OpenHtml,
    OpenIndented,
    OpenItem,
    OpenList,
    OpenMath,
    OpenNote,
    OpenParagraph,
    OpenQuote,
    OpenTable,
)
from chat2anyllm_desktop.render.raw_html import (
    BLANK,
    DETAILS,
    DETAILS_END,
    SUMMARY,
    SUMMARY_END,
    starts_html,
)
from chat2anyllm_desktop.render.references import References, normalized, take_definitions
from chat2anyllm_desktop.render.tables import alignments, cells

DEPTH_LIMIT = 40
"""Containers within containers; deeper markers stay text. Protects everything that walks the tree."""

_NOT_BLANK = 1 << 30
_NO_SPAN: Span = (0, 0)

_STARTERS = frozenset(">#`~<=-*_+|:[$\\0123456789")
_FENCE = re.compile(r"(`{3,}+)([^`]*)\Z|(~{3,}+)(.*)\Z", re.S)
_HEADING = re.compile(r"(#{1,6})(?:[ \t]+|\Z)")
_UNDERLINE = re.compile(r"(?:=+|-+)[ \t]*\Z")
_MARKER = re.compile(r"(?:([*+-])|(\d{1,9})([.)]))(?=[ \t]|\Z)", re.A)
_TASK = re.compile(r"\[([ xX])\][ \t]+(?=[^ \t])")
_NOTE = re.compile(r"\[\^([^\s\[\]]{1,999})\]:[ \t]*")
_MATH_END = {"$$": "$$", "\\[": "\\]"}


class BlockParser:
    """Takes lines, keeps what is open, hands out what is finished at the top level as :attr:`blocks`."""

    def __init__(self, references: References) -> None:
        self.references = references
        self._inlines = partial(parse_inlines, references=references)
        self._document = OpenDocument(0, 0)
        self._stack: list[Container] = [self._document]
        self._leaf: Leaf | None = None
        self._blank_from = _NOT_BLANK
        """From which open container on the last line was empty."""
        self._end = 0
        """Where the last line that belongs to a block ends."""
        self._line_end = 0
        self._line_start = 0

    @property
    def blocks(self) -> list[Block]:
        """The finished blocks of the top level. The caller may take them out."""
        return self._document.children

    @property
    def open_containers(self) -> list[Container]:
        """The containers that are open, from the document inwards."""
        return self._stack

    @property
    def open_leaf(self) -> Leaf | None:
        """The innermost block, if lines may still be added to it."""
        return self._leaf

    def twin(self) -> BlockParser:
        """A copy that may be fed and finished while this one stays as it is; shares the references."""
        copy = BlockParser.__new__(BlockParser)
        copy.__dict__.update(self.__dict__)
        copy._document = OpenDocument(0, 0)
        copy._stack = [copy._document, *(container.twin() for container in self._stack[1:])]
        copy._leaf = self._leaf.twin() if self._leaf is not None else None
        return copy

    def finish(self) -> list[Block]:
        """Closes everything; returns :attr:`blocks`."""
        self._close_to(1)
        self._close_leaf()
        return self.blocks

    # One line --------------------------------------------------------------------------------------------------------
    def feed(self, line: str, start: int) -> None:
        """The next line, without its end, and where it begins in the message."""
        if "\0" in line:
            line = line.replace("\0", "\ufffd")
        self._line_start = start
        self._line_end = start + len(line)
        leaf = self._leaf
        if (
            type(leaf) is OpenParagraph
            and len(self._stack) == 1
            and line
            and line[0] not in " \t"
            and line[0] not in _STARTERS
        ):
            leaf.lines.append(line)
            leaf.offsets.append(start)
            self._end = self._line_end
            return
        self._feed(line)

    def _feed(self, text: str) -> None:
        column = 0
        matched = 1
        blank_from = 0
        for container in self._stack[1:]:
            kind = type(container)
            if kind is OpenItem:
                assert isinstance(container, OpenItem)
                columns, index = indentation(text, column)
                if index == len(text):
                    if not container.children and matched == len(self._stack) - 1 and self._leaf is None:
                        break
                elif columns >= container.width:
                    text, column = without_columns(text, column, container.width)
                else:
                    break
            elif kind is OpenQuote:
                columns, index = indentation(text, column)
                if columns > 3 or not text.startswith(">", index):
                    break
                text, column = _after_quote_mark(text, column + columns, index)
                blank_from = matched
            elif kind is OpenNote:
                columns, index = indentation(text, column)
                if index < len(text):
                    if columns < 4:
                        break
                    text, column = without_columns(text, column, 4)
            matched += 1
        if matched == len(self._stack) and self._continues_leaf(text, column):
            self._blank_from = _NOT_BLANK
            self._end = self._line_end
            return
        self._open(text, column, matched, blank_from)

    def _continues_leaf(self, text: str, column: int) -> bool:
        """Hands the line to an innermost block that takes lines as they are."""
        leaf = self._leaf
        kind = type(leaf)
        if kind is OpenParagraph or leaf is None:
            return False
        if kind is OpenFence:
            assert isinstance(leaf, OpenFence)
            columns, index = indentation(text, column)
            closes = columns < 4 and text.startswith(leaf.mark, index)
            if closes and not text[index:].rstrip(" \t").strip(leaf.mark[0]):
                leaf.closed = True
                self._end = self._line_end
                self._close_leaf()
                return True
            if leaf.indent and columns:
                text, _ = without_columns(text, column, min(columns, leaf.indent))
            leaf.lines.add(text)
            return True
        if isinstance(leaf, OpenMath):
            return self._continues_math(leaf, text)
        if isinstance(leaf, OpenHtml):
            if leaf.end is BLANK and is_blank(text):
                return False
            leaf.lines.add(text)
            if leaf.end is not BLANK and leaf.end.search(text):
                self._end = self._line_end
                self._close_leaf()
            return True
        if isinstance(leaf, OpenIndented):
            columns, index = indentation(text, column)
            if index == len(text):
                leaf.blank.append(without_columns(text, column, 4)[0])
            elif columns >= 4:
                leaf.add(without_columns(text, column, 4)[0])
                return True
        return False

    def _continues_math(self, leaf: OpenMath, text: str) -> bool:
        if not leaf.certain and is_blank(text):
            return False
        end = text.find(leaf.end_mark)
        if end < 0:
            leaf.add(text, text)
            return True
        leaf.add(text[:end], text)
        leaf.closed = True
        self._end = self._line_end
        self._close_leaf()
        rest = text[end + 2 :].strip(" \t")
        if rest:
            self._leaf = OpenParagraph(rest, self._line_end - len(rest))
        return True

    # What is left of a line ------------------------------------------------------------------------------------------
    def _open(self, text: str, column: int, matched: int, blank_from: int) -> None:
        """Opens the blocks that begin in ``text``, then gives the rest to the innermost one."""
        opened = False
        while True:
            columns, index = indentation(text, column)
            if index == len(text):
                self._take_blank(matched, opened, blank_from)
                return
            if columns >= 4:
                if type(self._leaf) is OpenParagraph and not opened:
                    break
                self._close_to(matched)
                self._begin_leaf(OpenIndented(self._line_start, without_columns(text, column, 4)[0]))
                return
            character = text[index]
            leaf = self._leaf
            paragraph = leaf if isinstance(leaf, OpenParagraph) and matched == len(self._stack) else None
            if opened:
                paragraph = None
            if paragraph is not None and character in "|:-" and self._starts_table(paragraph, text):
                return
            if character not in _STARTERS:
                break
            container = self._stack[matched - 1]
            if (
                isinstance(container, OpenDetails)
                and character == "<"
                and self._summary(container, text, index)
            ):
                return
            if self._leaf_starts(text, index, character, matched, paragraph):
                return
            step = self._container_starts(text, column + columns, index, matched, paragraph)
            if step is None:
                break
            text, column = step
            matched = len(self._stack)
            opened = True
        self._take_text(text[index:] if index else text, matched, opened)

    def _take_blank(self, matched: int, opened: bool, blank_from: int) -> None:
        if opened:
            self._blank_from = _NOT_BLANK
            self._end = self._line_end
            return
        leaf = self._leaf
        if matched < len(self._stack):
            self._close_to(matched, keep_list=True)
        elif type(leaf) is not OpenIndented:
            self._close_leaf()
        self._blank_from = blank_from

    def _take_text(self, text: str, matched: int, opened: bool) -> None:
        leaf = self._leaf
        if type(leaf) is OpenParagraph and not opened:
            assert isinstance(leaf, OpenParagraph)
            leaf.lines.append(
                text
            )  # Lazily, too: a paragraph goes on although the marks of its containers are left out.
            leaf.offsets.append(self._line_start)
        elif matched == len(self._stack) and isinstance(leaf, OpenTable) and leaf.add(text):
            pass
        else:
            if not opened:
                self._close_to(matched)
            if not self._gathers_summary(text):
                self._begin_leaf(OpenParagraph(text, self._line_start))
        self._blank_from = _NOT_BLANK
        self._end = self._line_end

    # Leaves ------------------------------------------------------------------------------------------------------------
    def _leaf_starts(
        self, text: str, index: int, character: str, matched: int, paragraph: OpenParagraph | None
    ) -> bool:
        """Begins the leaf that starts at ``index``, if one does. ``paragraph`` is what it would interrupt."""
        if character in "`~":
            fence = _FENCE.match(text, index)
            if fence is None:
                return False
            self._close_to(matched)
            mark, info = (fence[1], fence[2]) if fence[1] else (fence[3], fence[4])
            self._begin_leaf(OpenFence(self._line_start, index, mark, info.strip(" \t")))
            return True
        if character == "#":
            heading = _HEADING.match(text, index)
            if heading is None:
                return False
            self._close_to(matched)
            self._add_whole(
                Heading(len(heading[1]), self._lazy(_heading_text(text[heading.end() :])), self._span())
            )
            return True
        underline = character in "=-" and paragraph is not None and _UNDERLINE.match(text, index)
        if underline and paragraph is not None and self._underlines(paragraph, 1 if character == "=" else 2):
            return True
        if character in "-*_" and _is_rule(text[index:], character):
            self._close_to(matched)
            self._add_whole(Rule(self._span()))
            return True
        if character == "<":
            return self._html_starts(text, index, matched, paragraph)
        if character in "$\\":
            return self._math_starts(text, index, matched, paragraph)
        return False

    def _underlines(self, paragraph: OpenParagraph, level: int) -> bool:
        start, text = self._without_definitions(paragraph)
        if not text:
            # Nothing but definitions: the line is text of what follows them.
            paragraph.lines, paragraph.offsets = [], []
            return False
        self._leaf = None
        self._add_whole(Heading(level, self._lazy(text), self._span(start)))
        return True

    def _html_starts(self, text: str, index: int, matched: int, paragraph: OpenParagraph | None) -> bool:
        if DETAILS.match(text, index) or DETAILS_END.match(text, index):
            return False  # A container: it is dealt with there.
        end = starts_html(text, index, type(self._leaf) is OpenParagraph and paragraph is not None)
        if end is None:
            return False
        self._close_to(matched)
        leaf = OpenHtml(self._line_start, end)
        self._begin_leaf(leaf)
        leaf.lines.add(text)
        if end is not BLANK and end.search(text, index):
            self._close_leaf()
        return True

    def _math_starts(self, text: str, index: int, matched: int, paragraph: OpenParagraph | None) -> bool:
        mark = text[index : index + 2]
        end_mark = _MATH_END.get(mark)
        if end_mark is None:
            return False
        body = text[index + 2 :].strip(" \t")
        end = body.find(end_mark)
        if end > 0 and end + 2 == len(body) and body[:end].strip(" \t\\"):
            self._close_to(matched)
            self._add_whole(MathBlock(body[:end].strip(" \t"), True, self._span()))
            return True
        if end >= 0 or (body and paragraph is not None):
            return False
        self._close_to(matched)
        self._begin_leaf(OpenMath(self._line_start, end_mark, body, text[index:], not body))
        return True

    def _starts_table(self, paragraph: OpenParagraph, line: str) -> bool:
        header = paragraph.lines[-1]
        if "|" not in header or (align := alignments(line)) is None:
            return False
        texts = cells(header)
        if len(texts) != len(align):
            return False
        start = paragraph.offsets[-1]
        del paragraph.lines[-1], paragraph.offsets[-1]
        if paragraph.lines:
            self._end = start - 1
            self._close_leaf()
        self._begin_leaf(OpenTable(start, align, texts, self._lazy))
        return True

    # Containers --------------------------------------------------------------------------------------------------------
    def _container_starts(
        self, text: str, column: int, index: int, matched: int, paragraph: OpenParagraph | None
    ) -> tuple[str, int] | None:
        """Opens the container that starts at ``index`` (which is at ``column``); returns what follows its mark."""
        character = text[index]
        depth = self._stack[matched - 1].depth + 1
        if character == "<" and DETAILS_END.match(text, index):
            return self._ends_details(text, column, index, matched)
        if depth > DEPTH_LIMIT:
            return None
        if character == ">":
            self._close_to(matched)
            self._push(OpenQuote(self._line_start, depth))
            return _after_quote_mark(text, column, index)
        if character == "[":
            note = _NOTE.match(text, index)
            if note is None:
                return None
            self._close_to(matched)
            number = self.references.define_note(normalized(note[1]))
            self._push(OpenNote(self._line_start, depth, note[1], number))
            return text[note.end() :], column + note.end() - index
        if character == "<":
            details = DETAILS.match(text, index)
            if details is None:
                return None
            self._close_to(matched)
            opened = "open" in (details[1] or "").lower().split()
            self._push(OpenDetails(self._line_start, depth, opened, self._lazy))
            return text[details.end() :], column + details.end() - index
        return self._item_starts(text, column, index, matched, depth, paragraph)

    def _item_starts(
        self, text: str, column: int, index: int, matched: int, depth: int, paragraph: OpenParagraph | None
    ) -> tuple[str, int] | None:
        marker = _MARKER.match(text, index)
        if marker is None:
            return None
        rest = text[marker.end() :]
        columns, first = indentation(rest, column + marker.end() - index)
        empty = first == len(rest)
        if paragraph is not None and (empty or (marker[2] and int(marker[2]) != 1)):
            return None
        size = marker.end() - index
        gap = 1 if empty or columns > 4 else columns
        kind = marker[1] or marker[3]
        parent = self._stack[matched - 1]
        if isinstance(parent, OpenList) and parent.marker == kind:
            self._close_to(matched, keep_list=True)
            if self._blank_from <= matched - 1:
                parent.tight = False
        else:
            self._close_to(matched)
            number = int(marker[2]) if marker[2] else None
            self._push(OpenList(self._line_start, depth - 1, kind, number))
        self._stack.append(OpenItem(self._line_start, depth, index + size + gap))
        self._blank_from = _NOT_BLANK
        return ("", column + size) if empty else without_columns(rest, column + size, gap)

    def _summary(self, details: OpenDetails, text: str, index: int) -> bool:
        """Takes a line with ``<summary>`` at the beginning of a ``<details>``."""
        found = SUMMARY.match(text, index)
        if (
            found is None
            or details.summary is not None
            or details.summary_lines is not None
            or details.children
        ):
            return False
        if self._stack[-1] is not details or self._leaf is not None:
            return False
        details.summary_lines = ()
        self._gather_summary(details, text[found.end() :])
        self._blank_from = _NOT_BLANK
        self._end = self._line_end
        return True

    def _gathers_summary(self, text: str) -> bool:
        details = self._stack[-1]
        if (
            not isinstance(details, OpenDetails)
            or details.summary_lines is None
            or details.summary is not None
        ):
            return False
        self._gather_summary(details, text)
        return True

    def _gather_summary(self, details: OpenDetails, text: str) -> None:
        end = SUMMARY_END.search(text)
        line = text[: end.start()] if end else text
        details.summary_lines = (*(details.summary_lines or ()), *([line] if line else ()))
        if end is not None:
            details.summary = "\n".join(details.summary_lines)
            rest = text[end.end() :]
            if rest:
                self._leaf = OpenParagraph(rest, self._line_start)

    def _ends_details(self, text: str, column: int, index: int, matched: int) -> tuple[str, int] | None:
        found = DETAILS_END.match(text, index)
        assert found is not None
        for number in range(matched - 1, 0, -1):
            if isinstance(self._stack[number], OpenDetails):
                self._end = self._line_end
                self._close_to(number)
                return text[found.end() :], column + found.end() - index
        return None

    # Opening and closing -------------------------------------------------------------------------------------------------
    def _push(self, container: Container) -> None:
        self._before_child()
        self._stack.append(container)
        self._blank_from = _NOT_BLANK

    def _begin_leaf(self, leaf: Leaf) -> None:
        self._before_child()
        self._leaf = leaf
        self._blank_from = _NOT_BLANK
        self._end = self._line_end

    def _add_whole(self, block: Block) -> None:
        self._before_child()
        self._stack[-1].children.append(block)
        self._blank_from = _NOT_BLANK
        self._end = self._line_end

    def _before_child(self) -> None:
        """A child after an empty line makes the list around it loose."""
        index = len(self._stack) - 1
        if self._blank_from <= index and isinstance(self._stack[index], OpenItem):
            owner = self._stack[index - 1]
            assert isinstance(owner, OpenList)
            owner.tight = False

    def _close_to(self, count: int, keep_list: bool = False) -> None:
        """Closes the innermost block and the containers beyond ``count``, and a list that nothing is added to."""
        stack = self._stack
        self._close_leaf()
        while len(stack) > count or (not keep_list and type(stack[-1]) is OpenList):
            container = stack.pop()
            parent = stack[-1]
            if isinstance(container, OpenItem):
                assert isinstance(parent, OpenList)
                parent.items.append(container.item())
                continue
            span = (container.start, self._end) if len(stack) == 1 else _NO_SPAN
            block = container.finished(span)
            if block is not None:
                parent.children.append(block)

    def _close_leaf(self) -> None:
        leaf = self._leaf
        if leaf is None:
            return
        self._leaf = None
        if isinstance(leaf, OpenParagraph):
            start, text = self._without_definitions(leaf)
            if text:
                self._stack[-1].children.append(Paragraph(self._lazy(text), self._ended(start)))
            return
        span = self._ended(leaf.start)
        if isinstance(leaf, OpenMath) and not leaf.closed and not leaf.certain:
            text = "\n".join(line.strip(" \t") for line in leaf.raw.text().rstrip("\n").split("\n"))
            self._stack[-1].children.append(Paragraph(self._lazy(text), span))
        else:
            self._stack[-1].children.append(leaf.finished(span))

    def _without_definitions(self, leaf: OpenParagraph) -> tuple[int, str]:
        """Where the text of a paragraph begins and what it is, once its link definitions and task box are taken."""
        if not leaf.lines:
            return 0, ""
        text = "\n".join(leaf.lines).rstrip(" \t")
        parent = self._stack[-1]
        if not text.startswith("["):
            return leaf.start, text
        if isinstance(parent, OpenItem) and not parent.children and (task := _TASK.match(text)) is not None:
            parent.checked = task[1] != " "
            return leaf.start, text[task.end() :]
        end = take_definitions(text, self.references)
        lines = text.count("\n", 0, end)
        return leaf.offsets[min(lines, len(leaf.offsets) - 1)], text[end:]

    def _span(self, start: int | None = None) -> Span:
        """Of a block that ends with this line."""
        return (
            (self._line_start if start is None else start, self._line_end)
            if len(self._stack) == 1
            else _NO_SPAN
        )

    def _ended(self, start: int) -> Span:
        return (start, self._end) if len(self._stack) == 1 else _NO_SPAN

    def _lazy(self, text: str) -> LazyInlines:
        return LazyInlines(text, self._inlines)


def _after_quote_mark(text: str, column: int, index: int) -> tuple[str, int]:
    """What follows ``>`` and the space that belongs to it."""
    return without_columns(text[index + 1 :], column + 1, 1)


def _heading_text(text: str) -> str:
    text = text.strip(" \t")
    opened = text.rstrip("#")
    if opened != text and (not opened or opened[-1] in " \t"):
        return opened.rstrip(" \t")
    return text


def _is_rule(text: str, mark: str) -> bool:
    marks = text.replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and not marks.strip(mark)
