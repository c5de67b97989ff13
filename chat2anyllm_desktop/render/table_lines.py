"""The lines between rows and columns of a table, which ziamath leaves out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ziamath.nodes.mnode import Mnode

_WIDTH = 0.04
"""In em."""


def add_lines(node: Mnode, em: float) -> None:
    """Give every table within ``node`` the lines that it asks for between its cells, of a width for ``em`` pixels. Those
    around a table are left out."""
    from ziamath.drawable import HLine, VLine
    from ziamath.nodes.mnode import Mnode

    for inner in node.nodes:
        if isinstance(inner, Mnode):
            add_lines(inner, em)
    if node.mtag != "mtable":
        return
    cells = iter([*zip(node.nodexy, node.nodes, strict=True)])
    rows = [[next(cells) for _ in row] for row in node.element]
    box = node.bbox
    for number in _inner(node.element.get("columnlines", ""), max(len(row) for row in rows)):
        left = max(row[number][0][0] + row[number][1].bbox.xmax for row in rows if len(row) > number + 1)
        right = min(
            row[number + 1][0][0] + row[number + 1][1].bbox.xmin for row in rows if len(row) > number + 1
        )
        node.nodes.append(VLine(box.ymax - box.ymin, _WIDTH * em, node.style))
        node.nodexy.append(((left + right) / 2, -box.ymax))
    for number in _inner(node.element.get("rowlines", ""), len(rows)):
        bottom = max(y - cell.bbox.ymin for (_, y), cell in rows[number])
        top = min(y - cell.bbox.ymax for (_, y), cell in rows[number + 1])
        node.nodes.append(HLine(box.xmax - box.xmin, _WIDTH * em, node.style))
        node.nodexy.append((box.xmin, (bottom + top) / 2))


def _inner(lines: str, count: int) -> list[int]:
    """Behind which of ``count`` rows or columns, but the last, there is a line. latex2mathml names those around the table
    in the same breath."""
    kinds = lines.split()
    if len(kinds) > count:
        kinds = kinds[1:]
    return [number for number, kind in enumerate(kinds[: count - 1]) if kind != "none"]
