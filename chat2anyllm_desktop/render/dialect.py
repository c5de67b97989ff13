"""Markdown as language models write it: CommonMark 0.31.2, GitHub's extensions, math and footnotes.

One extension of Python-Markdown, which keeps its converter, its element tree and its serializers and replaces what
answers of models break: the block parser by a CommonMark container parser, the inline patterns by one pass of
CommonMark's inline rules. The block parser yields the tree of :mod:`~chat2anyllm_desktop.render.nodes`, which is what
our views are filled from; HTML is made of it only for what leaves the program.

Importing this imports Python-Markdown (about 25 ms): after the first paint.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import cast
from xml.etree.ElementTree import Element, ElementTree

from markdown import Markdown
from markdown.blockparser import BlockParser as StockBlockParser
from markdown.extensions import Extension
from markdown.util import Registry

from chat2anyllm_desktop.render import html
from chat2anyllm_desktop.render.blocks import BlockParser
from chat2anyllm_desktop.render.nodes import Block
from chat2anyllm_desktop.render.references import References


class ContainerParser(StockBlockParser):
    """Takes the place of Python-Markdown's block parser."""

    def begin(self, references: References) -> BlockParser:
        """A parser of one message, to be fed line by line."""
        return BlockParser(references)

    def blocks(self, text: str) -> tuple[Block, ...]:
        """The blocks of a whole message."""
        parser = self.begin(References())
        rest = parser.feed_lines(text, 0)
        parser.feed_rest(rest, len(text) - len(rest))
        return tuple(parser.finish())

    def parseDocument(self, lines: Iterable[str]) -> ElementTree:
        self.root = Element(self.md.doc_tag)
        html.fill(self.root, self.blocks("\n".join(lines)))
        return ElementTree(self.root)


class ModelMarkdown(Extension):
    """The dialect, for ``markdown.Markdown(extensions=[ModelMarkdown()])``."""

    def extendMarkdown(self, md: Markdown) -> None:
        md.parser = ContainerParser(md)
        md.preprocessors = Registry()
        md.inlinePatterns = Registry()
        md.treeprocessors = Registry()
        md.postprocessors.deregister("raw_html")


@cache
def converter() -> Markdown:
    """Python-Markdown with this dialect; one for the process, used by one thread at a time."""
    return Markdown(extensions=[ModelMarkdown()], output_format="html")


def container_parser() -> ContainerParser:
    return cast(ContainerParser, converter().parser)


def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a whole message. Never raises; inlines are parsed when they are first read.

    About 0.1 ms for 1,000 characters. A message of megabytes is better given to an
    :class:`~chat2anyllm_desktop.render.stream.IncrementalParser` in slices, with the event loop in between."""
    return container_parser().blocks(text)


def to_html(text: str) -> str:
    """``text`` as HTML, for the clipboard and for exports. Safe to paste anywhere: all that a model wrote is escaped."""
    return converter().convert(text)
