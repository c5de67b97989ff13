"""Short names for nodes, so that an expected tree reads like the text it stands for. Strings are ``Text``."""

from __future__ import annotations

from collections.abc import Sequence

from chat2anyllm_desktop.render import nodes as n
from chat2anyllm_desktop.render.dialect import parse

Words = n.Inline | str


def inlines(words: Sequence[Words]) -> tuple[n.Inline, ...]:
    return tuple(n.Text(word) if isinstance(word, str) else word for word in words)


def lazy(*words: Words) -> n.LazyInlines:
    return n.LazyInlines("", lambda _: inlines(words))


def p(*words: Words) -> n.Paragraph:
    return n.Paragraph(lazy(*words))


def h(level: int, *words: Words) -> n.Heading:
    return n.Heading(level, lazy(*words))


def quote(*blocks: n.Block) -> n.Quote:
    return n.Quote(blocks)


def item(*blocks: n.Block | str, checked: bool | None = None) -> n.ListItem:
    return n.ListItem(tuple(p(block) if isinstance(block, str) else block for block in blocks), checked)


def ul(*items: n.ListItem | str, tight: bool = True) -> n.ListBlock:
    return n.ListBlock(tuple(item(one) if isinstance(one, str) else one for one in items), None, tight)


def ol(*items: n.ListItem | str, start: int = 1, tight: bool = True) -> n.ListBlock:
    return n.ListBlock(tuple(item(one) if isinstance(one, str) else one for one in items), start, tight)


def fence(code: str, language: str = "", info: str | None = None, closed: bool = True) -> n.CodeBlock:
    return n.CodeBlock(code, language, language if info is None else info, True, closed)


def row(*words: Words) -> tuple[n.Cell, ...]:
    return tuple(n.Cell(lazy(word) if word != "" else lazy()) for word in words)


def em(*words: Words) -> n.Emphasis:
    return n.Emphasis(inlines(words))


def strong(*words: Words) -> n.Strong:
    return n.Strong(inlines(words))


def strike(*words: Words) -> n.Strike:
    return n.Strike(inlines(words))


def link(href: str, *words: Words, title: str = "") -> n.Link:
    return n.Link(href, title, inlines(words or (href,)))


def of(text: str) -> tuple[n.Inline, ...]:
    """The inlines of ``text``, which is one paragraph."""
    (paragraph,) = parse(text)
    assert isinstance(paragraph, n.Paragraph)
    return paragraph.inlines


soft, br = n.SoftBreak(), n.HardBreak()
code, math = n.Code, n.Math
