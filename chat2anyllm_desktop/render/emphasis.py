"""Emphasis, strong emphasis and strikethrough: CommonMark's delimiter runs, resolved in one pass.

Two deviations, both for text that models write every day. Beside Chinese, Japanese or Korean characters a run may open
or close although punctuation stands on its inner side (``**注意：**后续``): these scripts put no spaces between words,
which is what the rule of CommonMark looks for. And one tilde is no strikethrough: ``10~20`` is a range.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chat2anyllm_desktop.render.characters import is_cjk, is_punctuation
from chat2anyllm_desktop.render.nodes import Emphasis, Inline, Strike, Strong

DEPTH_LIMIT = 40
"""Inlines within inlines; deeper markers stay text."""


class Run:
    """A run of ``*``, ``_`` or ``~`` that may open or close."""

    __slots__ = ("character", "closes", "count", "length", "number", "opens")

    def __init__(self, character: str, length: int, before: str, after: str) -> None:
        self.character = character
        self.length = length
        self.count = length
        self.number = 0
        space_before, space_after = before.isspace(), after.isspace()
        if character == "_":
            # Inside words `_` is a letter of identifiers; the CJK allowance would not help it.
            mark_before, mark_after = is_punctuation(before), is_punctuation(after)
            left = not space_after and (not mark_after or space_before or mark_before)
            right = not space_before and (not mark_before or space_after or mark_after)
            self.opens = left and (not right or mark_before)
            self.closes = right and (not left or mark_after)
        else:
            cjk_before, cjk_after = is_cjk(before), is_cjk(after)
            mark_before = is_punctuation(before) and not cjk_before
            mark_after = is_punctuation(after) and not cjk_after
            self.opens = not space_after and (not mark_after or space_before or mark_before or cjk_before)
            self.closes = not space_before and (not mark_before or space_after or mark_after or cjk_after)

    @property
    def text(self) -> str:
        return self.character * self.count


class Deep:
    """An inline with inlines inside, and how many levels of them."""

    __slots__ = ("depth", "inline")

    def __init__(self, inline: Inline, depth: int) -> None:
        self.inline = inline
        self.depth = depth


class _Frame:
    __slots__ = ("depth", "items", "opener")

    def __init__(self, opener: Run | None) -> None:
        self.opener = opener
        self.items: list[Any] = []
        self.depth = 0


Finish = Callable[[list[Any]], tuple[Inline, ...]]


def resolve(items: Sequence[Any], finish: Finish) -> tuple[tuple[Inline, ...], int]:
    """The inlines that ``items`` (text, inlines, runs, unmatched openers) stand for, and how deep they go.

    ``finish`` joins what has been gathered at one level. Linear: every item moves down once per emphasis around it, and
    a closer never looks again at openers that its like has looked at in vain."""
    frames = [_Frame(None)]
    seen: dict[tuple[str, bool, int], int] = {}
    number = 0
    for item in items:
        top = frames[-1]
        kind = type(item)
        if kind is Deep:
            top.items.append(item.inline)
            top.depth = max(top.depth, item.depth)
            continue
        if kind is not Run:
            top.items.append(item)
            continue
        run: Run = item
        if run.closes:
            _close(run, frames, seen, finish)
        if run.count:
            if run.opens:
                number += 1
                run.number = number
                frames.append(_Frame(run))
            else:
                frames[-1].items.append(run.text)
    _collapse(frames, 0)
    root = frames[0]
    return finish(root.items), root.depth


def _close(run: Run, frames: list[_Frame], seen: dict[tuple[str, bool, int], int], finish: Finish) -> None:
    key = (run.character, run.opens, run.length % 3)
    while run.count:
        index = _opener(run, frames, seen.get(key, 0))
        if index:
            _collapse(frames, index)
        frame = frames[index]
        if not index or frame.depth >= DEPTH_LIMIT:
            last = frames[-1].opener
            seen[key] = last.number if last else 0
            return
        opener = frame.opener
        assert opener is not None
        size = 2 if run.count >= 2 and opener.count >= 2 else 1
        run.count -= size
        opener.count -= size
        children = finish(frame.items)
        shape = Strike if run.character == "~" else Strong if size == 2 else Emphasis
        node = shape(children)
        depth = frame.depth + 1
        if not opener.count:
            frames.pop()
            frame = frames[-1]
            frame.items.append(node)
        else:
            frame.items = [node]
        frame.depth = max(frame.depth, depth)


def _opener(run: Run, frames: list[_Frame], above: int) -> int:
    """The index of the frame that ``run`` closes, 0 for none; frames up to number ``above`` need not be looked at."""
    for index in range(len(frames) - 1, 0, -1):
        opener = frames[index].opener
        assert opener is not None
        if opener.number <= above:
            return 0
        if opener.character != run.character:
            continue
        if run.character == "~":
            return index
        if (
            (opener.closes or run.opens)
            and (opener.length + run.length) % 3 == 0
            and (opener.length % 3 or run.length % 3)
        ):
            continue
        return index
    return 0


def _collapse(frames: list[_Frame], index: int) -> None:
    """Turns the frames above ``index`` back into what they are without a closer: text."""
    target = frames[index]
    for frame in frames[index + 1 :]:
        assert frame.opener is not None
        target.items.append(frame.opener.text)
        target.items.extend(frame.items)
        target.depth = max(target.depth, frame.depth)
    del frames[index + 1 :]
