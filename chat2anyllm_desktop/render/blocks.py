"""The block phase: lines in, finished blocks out. CommonMark's container algorithm, one line at a time.

Every line is first matched against the containers that are open (quotes, list items, ...); what is left of it either
opens new blocks, goes on with the innermost one, or closes what it does not belong to. A line is looked at once and never
again, so a message can be fed as it arrives; ``twin`` tries an unfinished line without consequences.
"""

from __future__ import annotations

from chat2anyllm_desktop.render import starts
from chat2anyllm_desktop.render.containers import (
    OpenDetails,
    OpenItem,
    OpenList,
    OpenNote,
    OpenQuote,
    Rest,
    after_quote_mark,
)
from chat2anyllm_desktop.render.leaves import (
    OpenHtml,
    OpenIndented,
    OpenMath,
    OpenParagraph,
    OpenTable,
    Taken,
)
from chat2anyllm_desktop.render.lines import LINE_END, indentation, without_columns
from chat2anyllm_desktop.render.nodes import Heading, MathBlock, Rule
from chat2anyllm_desktop.render.raw_html import DETAILS, DETAILS_END, starts_html
from chat2anyllm_desktop.render.references import normalized
from chat2anyllm_desktop.render.stack import NOT_BLANK, BlockStack
from chat2anyllm_desktop.render.starts import STARTERS
from chat2anyllm_desktop.render.tables import alignments, cells

DEPTH_LIMIT = 40
"""Containers within containers; deeper markers stay text. Protects everything that walks the tree."""


class BlockParser(BlockStack):
    """Takes lines, keeps what is open, hands out what is finished at the top level as ``blocks``."""

    def feed_lines(self, text: str, start: int) -> str:
        """The complete lines of ``text``, which begins at ``start``; returns the unfinished rest.

        A carriage return at the very end belongs to the rest: it may be half of a line end."""
        if "\r" not in text:
            lines = text.split("\n")
            rest = lines.pop()
            for line in lines:
                self.feed(line, start)
                start += len(line) + 1
            return rest
        done, size = 0, len(text)
        for end in LINE_END.finditer(text):
            if end[0] == "\r" and end.end() == size:
                break
            self.feed(text[done : end.start()], start + done)
            done = end.end()
        return text[done:]

    def feed_rest(self, rest: str, start: int) -> None:
        """What :meth:`feed_lines` has returned, when nothing follows (yet)."""
        if rest:
            self.feed(rest.removesuffix("\r"), start, ended=rest.endswith("\r"))

    def feed(self, line: str, start: int, ended: bool = True) -> None:
        """The next line, without its end, and where it begins in the message.

        ``ended`` is False for a last line without a line end: it may be half of what is being written. Then one dash
        underlines nothing, or each list that follows a paragraph would flash up as a heading first."""
        self._ended = ended
        if "\0" in line:
            line = line.replace("\0", "\ufffd")
        self._line_start = start
        self._line_end = start + len(line)
        leaf = self._leaf
        if (
            type(leaf) is OpenParagraph
            and len(self._stack) == 1
            and line
            and line[0] not in STARTERS
            and line[0] not in " \t"
        ):
            leaf.add(line, start)  # What most lines are, decided first.
            self._end = self._line_end
            return
        text, column, matched, blank_from = line, 0, 1, 0
        for container in self._stack[1:]:
            vacant = matched == len(self._stack) - 1 and leaf is None
            rest = container.rest(text, column, vacant)
            if rest is None:
                break
            text, column = rest
            if type(container) is OpenQuote:
                blank_from = matched
            matched += 1
        if leaf is not None and matched == len(self._stack):
            taken = leaf.takes(text, column)
            if taken is not Taken.NO:
                self._line_used()
                if taken is Taken.LAST:
                    self._ends_before(leaf.behind if isinstance(leaf, OpenMath) else "")
                return
        innermost = self._stack[-1]
        if isinstance(innermost, OpenDetails) and innermost.in_summary and matched == len(self._stack):
            self._take_summary(innermost, text)
            return
        self._open(text, column, matched, blank_from)

    # What is left of a line ------------------------------------------------------------------------------------------
    def _open(self, text: str, column: int, matched: int, blank_from: int) -> None:
        """Opens the blocks that begin in ``text``, then gives the rest to the innermost one.

        ``matched`` counts the containers that the line belongs to."""
        opened = False
        while True:
            columns, index = indentation(text, column)
            if index == len(text):
                self._take_blank(matched, opened, blank_from)
                return
            leaf = self._leaf
            if columns >= 4:
                if type(leaf) is OpenParagraph and not opened:
                    break
                self._close_to(matched)
                self._begin(OpenIndented(self._line_start, without_columns(text, column, 4)[0]))
                return
            character = text[index]
            if character not in STARTERS:
                break
            paragraph = leaf if isinstance(leaf, OpenParagraph) and matched == len(self._stack) else None
            if paragraph is not None and character in "|:-" and self._table_starts(paragraph, text):
                return
            if self._leaf_starts(text, index, character, matched, paragraph):
                return
            rest = self._container_starts(text, column + columns, index, character, matched, paragraph)
            if rest is None:
                break
            text, column = rest
            matched = len(self._stack)
            opened = True
        self._take_text(text[index:], matched, opened)

    def _take_blank(self, matched: int, opened: bool, blank_from: int) -> None:
        if opened:
            self._line_used()
            return
        if matched < len(self._stack):
            self._close_to(matched, keep_list=True)
        elif type(self._leaf) is not OpenIndented:
            self._close_leaf()
        self._blank_from = blank_from

    def _take_text(self, text: str, matched: int, opened: bool) -> None:
        leaf = self._leaf
        if type(leaf) is OpenParagraph and not opened:
            leaf.add(text, self._line_start)  # Also where the marks of its containers are left out.
            self._line_used()
            return
        if matched == len(self._stack) and isinstance(leaf, OpenTable) and leaf.add(text):
            self._line_used()
            return
        if not opened:
            self._close_to(matched)
        self._begin(OpenParagraph(text, self._line_start))

    # Leaves ------------------------------------------------------------------------------------------------------------
    def _leaf_starts(
        self, text: str, index: int, character: str, matched: int, paragraph: OpenParagraph | None
    ) -> bool:
        """Begins the leaf that starts at ``index``, if one does. ``paragraph`` is what it would interrupt."""
        if character in "`~":
            fence = starts.fence(text, index, self._line_start)
            if fence is not None:
                self._close_to(matched)
                self._begin(fence)
            return fence is not None
        if character == "#":
            heading = starts.heading(text, index)
            if heading is not None:
                self._close_to(matched)
                self._add(Heading(heading[0], self._lazy(heading[1]), self._line_span()))
            return heading is not None
        if paragraph is not None and starts.underline(text, index):
            certain = self._ended or len(text) - index > 1
            if certain and self._underlines(paragraph, character):
                return True
        if character in "-*_" and starts.rule(text, index):
            self._close_to(matched)
            self._add(Rule(self._line_span()))
            return True
        if character == "<":
            return self._html_starts(text, index, matched)
        if character in "$\\":
            return self._math_starts(text, index, matched, paragraph)
        return False

    def _underlines(self, paragraph: OpenParagraph, mark: str) -> bool:
        start, text = self._without_definitions(paragraph)
        if not text:
            # Nothing but definitions: the line is text of what follows them.
            paragraph.lines.clear()
            paragraph.offsets.clear()
            return False
        self._leaf = None
        self._add(Heading(1 if mark == "=" else 2, self._lazy(text), self._span(start, self._line_end)))
        return True

    def _html_starts(self, text: str, index: int, matched: int) -> bool:
        container = self._stack[-1]
        inside = matched == len(self._stack) and self._leaf is None
        if inside and isinstance(container, OpenDetails) and container.begins_summary(text, index):
            self._take_summary(container, text)
            return True
        if DETAILS.match(text, index) or (DETAILS_END.match(text, index) and self._in_details(matched)):
            return False  # A container.
        # A tag of any other name interrupts no paragraph: nor one that goes on here without the marks around it.
        end = starts_html(text, index, type(self._leaf) is OpenParagraph)
        if end is None:
            return False
        self._close_to(matched)
        leaf = OpenHtml(self._line_start, end)
        self._begin(leaf)
        if leaf.takes(text, 0) is Taken.LAST:
            self._close_leaf()
        return True

    def _math_starts(self, text: str, index: int, matched: int, paragraph: OpenParagraph | None) -> bool:
        found = starts.math(text, index, self._line_start, paragraph is not None)
        if found is None:
            return False
        self._close_to(matched)
        if isinstance(found, str):
            self._add(MathBlock(found, True, self._line_span()))
        else:
            self._begin(found)
        return True

    def _table_starts(self, paragraph: OpenParagraph, line: str) -> bool:
        """Makes the last line of ``paragraph`` a header if ``line`` is the delimiter row below it."""
        header = paragraph.lines[-1] if paragraph.lines else ""
        if starts.underline(line.lstrip(" "), 0):
            return False  # Dashes alone make a heading, as GitHub has it.
        if "|" not in header or (align := alignments(line)) is None:
            return False
        texts = cells(header)
        if len(texts) != len(align):
            return False
        start = paragraph.offsets.pop()
        paragraph.lines.pop()
        if paragraph.lines:
            self._end = start - 1
            self._close_leaf()
        self._begin(OpenTable(start, align, texts, self._lazy))
        return True

    def _take_summary(self, details: OpenDetails, text: str) -> None:
        self._line_used()
        self._ends_before(details.take_summary(text))

    def _ends_before(self, behind: str) -> None:
        """Closes the leaf; ``behind`` is what follows its end on this line, and begins a paragraph."""
        self._end = self._line_end - len(behind)
        self._close_leaf()
        if behind:
            self._begin(OpenParagraph(behind, self._line_end - len(behind)))

    def _line_span(self) -> tuple[int, int]:
        return self._span(self._line_start, self._line_end)

    # Containers --------------------------------------------------------------------------------------------------------
    def _container_starts(
        self,
        text: str,
        column: int,
        index: int,
        character: str,
        matched: int,
        paragraph: OpenParagraph | None,
    ) -> Rest | None:
        """Opens the container that starts at ``index`` (which is at ``column``); returns what follows its mark."""
        depth = self._stack[matched - 1].depth + 1
        if character == "<" and (tag := DETAILS_END.match(text, index)) is not None:
            rest = text[tag.end() :]
            self._end = self._line_start = self._line_end - len(rest)
            self._close_to(self._in_details(matched))
            return rest, column + tag.end() - index
        if depth > DEPTH_LIMIT:
            return None
        if character == ">":
            self._close_to(matched)
            self._push(OpenQuote(self._line_start, depth))
            return after_quote_mark(text, column, index)
        if character == "[":
            note = starts.note(text, index)
            if note is None:
                return None
            self._close_to(matched)
            label, end = note
            number = self.references.define_note(normalized(label))
            self._push(OpenNote(self._line_start, depth, label, number))
            return text[end:], column + end - index
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
    ) -> Rest | None:
        marker = starts.marker(text, index, column)
        if marker is None or (paragraph is not None and (marker.empty or marker.number not in (None, 1))):
            return None
        parent = self._stack[matched - 1]
        if isinstance(parent, OpenList) and parent.marker == marker.kind:
            self._close_to(matched, keep_list=True)
            if self._blank_from <= matched - 1:
                parent.tight = False
        else:
            self._close_to(matched)
            self._push(OpenList(self._line_start, depth - 1, marker.kind, marker.number))
        self._stack.append(OpenItem(self._line_start, depth, index + marker.size + marker.gap))
        self._blank_from = NOT_BLANK
        return marker.rest, marker.column

    def _in_details(self, matched: int) -> int:
        """The place of the innermost ``<details>`` that the line belongs to, 0 for none."""
        return next((n for n in range(matched - 1, 0, -1) if isinstance(self._stack[n], OpenDetails)), 0)
