"""What goes to the clipboard: the text as it is shown, or its Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from chat2anyllm_desktop.ui.transcript.layout import Layout
from chat2anyllm_desktop.ui.transcript.part import LeafPart, Part
from chat2anyllm_desktop.ui.transcript.row import Row
from chat2anyllm_desktop.ui.transcript.runs import LINE_SEPARATOR, cut, units
from chat2anyllm_desktop.ui.transcript.selection import Selection

_AS_SHOWN = 120_000
"""Characters. Whole messages are copied as they are stored where they are more than that together, because finding out
how each would look takes up to 1.7 ms for 1,000 characters; so are those that are still being taken in."""


def selected_text(layout: Layout, selection: Selection) -> str:
    """What is selected, as shown, with the markers of lists."""
    rows = _rows(layout, selection)
    small = sum(len(row.source) for row in _whole(rows, selection)) <= _AS_SHOWN
    found = []
    for row in rows:
        if small and not row.opened:
            layout.opened(row)
        stored = row.body is None or (not (small and row.body.complete) and selection.covers(row))
        text = row.source if stored else _shown(row, selection)
        if text:
            found.append(text)
    return "\n\n".join(found)


def selected_markdown(layout: Layout, selection: Selection) -> str:
    """The Markdown of every block that the selection touches."""
    found = []
    for row in _rows(layout, selection):
        covered = row.reasoning is None and selection.covers(row)
        if not row.opened or row.body is None or covered:
            found.append(row.source.strip("\n"))
            continue
        numbers = [where for n, _ in selection.ranges_of(row) if (where := row.locate(n)) is not None]
        inside = [index for section, index in numbers if section == 1]
        thoughts = [index for section, index in numbers if section == 0]
        if thoughts and row.reasoning is not None:
            found.append(row.reasoning.source_of(thoughts[0], thoughts[-1]))
        if inside:
            found.append(row.body.source_of(inside[0], inside[-1]))
    return "\n\n".join(found)


def part_text(part: Part, start: int, end: int) -> str:
    """A stretch of the text of one part."""
    return cut(part.text, start, end).replace(LINE_SEPARATOR, "\n")


def message_text(row: Row) -> str:
    """The whole message as it is shown, without its reasoning."""
    if row.body is None or not row.body.complete or len(row.source) > _AS_SHOWN:
        return row.source
    pieces = [(part, part.whole_text) for part in row.body.parts if part.selectable]
    return _joined(pieces)


def _rows(layout: Layout, selection: Selection) -> list[Row]:
    ends = selection.ends()
    if ends is None:
        return []
    first, last = layout.index_of(ends[0].row), layout.index_of(ends[1].row)
    if first is None or last is None:
        return []
    return layout.rows[first : last + 1]


def _whole(rows: Sequence[Row], selection: Selection) -> list[Row]:
    """Those of which everything is selected: all but, perhaps, the first and the last."""
    return [*rows[1:-1], *(row for row in {*rows[:1], *rows[-1:]} if selection.covers(row))]


def _shown(row: Row, selection: Selection) -> str:
    pieces = []
    for number, (start, end) in selection.ranges_of(row):
        part = row.parts[number]
        assert isinstance(part, LeafPart)
        all_of_it = start == 0 and end == units(part.text)
        text = part.whole_text if all_of_it else cut(part.text, start, end)
        pieces.append((part, text) if start == 0 else (None, text))
    return _joined(pieces)


def _joined(pieces: Sequence[tuple[LeafPart | None, str]]) -> str:
    """Items of a list stand on lines of their own, blocks apart from each other."""
    written: list[str] = []
    block = -1
    for part, text in pieces:
        if part is not None and written:
            written.append("\n" if part.leaf.block == block else "\n\n")
        if part is not None:
            block = part.leaf.block
            if part.leaf.marker is not None:
                written.append(_marker(part))
        written.append(text.replace(LINE_SEPARATOR, "\n"))
    return "".join(written)


def _marker(part: LeafPart) -> str:
    marker = part.leaf.marker
    assert marker is not None
    if marker.checked is not None:
        return "[x] " if marker.checked else "[ ] "
    inset = "  " * marker.depth
    return f"{inset}{marker.text or '•'} "
