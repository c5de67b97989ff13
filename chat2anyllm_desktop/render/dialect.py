"""Markdown as language models write it: CommonMark 0.31.2, GitHub's extensions, math and footnotes.

One extension of Python-Markdown that puts a CommonMark container parser in the place of its block parser, and one pass of
CommonMark's inline rules in the place of its inline patterns. What comes out is the tree of
:mod:`~chat2anyllm_desktop.render.nodes`.
"""

from __future__ import annotations

from chat2anyllm_desktop.render.blocks import BlockParser
from chat2anyllm_desktop.render.lines import split_lines
from chat2anyllm_desktop.render.nodes import Block
from chat2anyllm_desktop.render.references import References


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a whole message. Never raises; inlines are parsed when they are first read."""
    parser = BlockParser(References())
    lines, rest = split_lines(text, 0)
    for line, start in lines:
        parser.feed(line, start)
    if rest:
        parser.feed(rest.removesuffix("\r"), len(text) - len(rest))
    return tuple(parser.finish())
