"""A paragraph with images in it, taken apart: text, image, text. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from chat2anyllm_desktop.core.images import data_size, is_data_image
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.data_addresses import set_aside, unfinished_image

LONGEST_PARAGRAPH = 48_000
"""Characters, images inside of the text apart; what is longer is shown as plain text in pieces. Its inline phase alone
would stop the window."""

_CONTAINERS = (nodes.Emphasis, nodes.Strong, nodes.Strike, nodes.Tagged)


@dataclass(frozen=True, slots=True)
class Figure:
    """An image that has a place of its own between the paragraphs. ``arrived`` are the bytes that have come of one that
    the text breaks off in; it is ``cut_off`` where nothing more can come."""

    image: nodes.Image
    arrived: int | None = None
    cut_off: bool = True


Piece = nodes.LazyInlines | Figure


def is_long(content: nodes.LazyInlines) -> bool:
    """Whether a paragraph is too long to be read as one."""
    source = content.source
    if len(source) <= LONGEST_PARAGRAPH:
        return False
    return "data:image/" not in source or len(set_aside(source)[0]) > LONGEST_PARAGRAPH


def taken_apart(content: nodes.LazyInlines, shown: Callable[[str], bool]) -> list[Piece]:
    """The text of a paragraph and its images whose address is ``shown``, in their order; nothing where it has none of
    these. An image inside of a link stays text: a click follows the link. Reads the inlines only where there may be an
    image."""
    source = content.source
    if "![" not in source or is_long(content):
        return []
    broken = unfinished_image(source)
    if broken is not None:
        before = content.beginning(broken.start)
        figure = Figure(nodes.Image("", "", broken.alt), data_size(broken.address))
        return [*(taken_apart(before, shown) or [before] * bool(before.source)), figure]
    groups = list(_groups(content.get(), shown))
    if not any(isinstance(group, Figure) for group in groups):
        return []
    return [group if isinstance(group, Figure) else _text(group) for group in groups]


def _groups(
    inlines: Iterable[nodes.Inline], shown: Callable[[str], bool]
) -> Iterable[tuple[nodes.Inline, ...] | Figure]:
    text: list[nodes.Inline] = []
    for inline in inlines:
        if isinstance(inline, nodes.Image) and (is_data_image(inline.src) or shown(inline.src)):
            found: list[tuple[nodes.Inline, ...] | Figure] = [Figure(inline)]
        elif isinstance(inline, _CONTAINERS):
            inner = list(_groups(inline.children, shown))
            if not any(isinstance(group, Figure) for group in inner):
                text.append(inline)
                continue
            found = [
                group if isinstance(group, Figure) else (replace(inline, children=group),) for group in inner
            ]
        else:
            text.append(inline)
            continue
        for group in found:
            if isinstance(group, Figure):
                yield from _trimmed(text)
                text = []
                yield group
            else:
                text += group
    yield from _trimmed(text)


def _trimmed(text: list[nodes.Inline]) -> Iterable[tuple[nodes.Inline, ...]]:
    """Without the spaces and line ends between text and image; nothing where only these are left."""
    _trim(text, 0)
    _trim(text, -1)
    if text:
        yield tuple(text)


def _trim(inlines: list[nodes.Inline], at: int) -> None:
    """Take the space away from the beginning (0) or the end (-1)."""
    while inlines:
        inline = inlines[at]
        if isinstance(inline, nodes.Text):
            if words := inline.text.rstrip() if at else inline.text.lstrip():
                inlines[at] = nodes.Text(words)
                return
        elif isinstance(inline, _CONTAINERS):
            children = list(inline.children)
            _trim(children, at)
            if children:
                inlines[at] = replace(inline, children=tuple(children))
                return
        elif not isinstance(inline, nodes.SoftBreak | nodes.HardBreak):
            return
        inlines.pop(at)


def _text(group: tuple[nodes.Inline, ...]) -> nodes.LazyInlines:
    # Texts that look alike have the same source: then what is laid out can stay while the message grows.
    return nodes.LazyInlines(repr(group), lambda _: group)
