"""Blocks as HTML elements: for what leaves the program as rich text (the clipboard, an export), never for our own view.

Everything a model wrote arrives as text; links keep their address only where it is web or mail, images become links.
"""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement

from markdown.util import AMP_SUBSTITUTE, ETX, STX, AtomicString

from chat2anyllm_desktop.render.nodes import (
    Block,
    Code,
    CodeBlock,
    Details,
    Emphasis,
    FootnoteDefinition,
    FootnoteReference,
    HardBreak,
    Heading,
    HtmlText,
    Image,
    Inline,
    Link,
    ListBlock,
    Math,
    MathBlock,
    Paragraph,
    Quote,
    Rule,
    SoftBreak,
    Strike,
    Strong,
    TableBlock,
    Tagged,
    Text,
)

_ALLOWED = ("http://", "https://", "mailto:")
_TAGS = {Emphasis: "em", Strong: "strong", Strike: "del"}


def fill(parent: Element, blocks: Iterable[Block], tight: bool = False) -> None:
    """Appends ``blocks`` to ``parent``, in the form that Python-Markdown's serializers take."""
    for block in blocks:
        if tight and isinstance(block, Paragraph):
            _inlines(parent, block.inlines)
        else:
            _block(parent, block)
            if len(parent):
                parent[-1].tail = "\n"


def _block(parent: Element, block: Block) -> None:
    if isinstance(block, Paragraph):
        _inlines(SubElement(parent, "p"), block.inlines)
    elif isinstance(block, Heading):
        _inlines(SubElement(parent, f"h{block.level}"), block.inlines)
    elif isinstance(block, CodeBlock):
        code = SubElement(SubElement(parent, "pre"), "code")
        if block.language:
            code.set("class", f"language-{_safe(block.language)}")
        code.text = _safe(block.code)
    elif isinstance(block, MathBlock):
        SubElement(parent, "p").text = _safe(f"\\[{block.tex}\\]")
    elif isinstance(block, HtmlText):
        SubElement(parent, "pre").text = _safe(block.text)
    elif isinstance(block, Rule):
        SubElement(parent, "hr")
    elif isinstance(block, ListBlock):
        _list(parent, block)
    elif isinstance(block, TableBlock):
        _table(parent, block)
    else:
        _container(parent, block)


def _container(parent: Element, block: Quote | Details | FootnoteDefinition) -> None:
    if isinstance(block, Quote):
        element = SubElement(parent, "blockquote")
    elif isinstance(block, Details):
        element = SubElement(parent, "details", {"open": "open"} if block.opened else {})
        _inlines(SubElement(element, "summary"), block.summary.get())
    else:
        element = SubElement(parent, "div", {"id": f"footnote-{block.number}"})
        SubElement(element, "sup").text = str(block.number)
    fill(element, block.children)


def _list(parent: Element, block: ListBlock) -> None:
    if block.start is None:
        element = SubElement(parent, "ul")
    else:
        element = SubElement(parent, "ol", {} if block.start == 1 else {"start": str(block.start)})
    for item in block.items:
        child = SubElement(element, "li")
        if item.checked is not None:
            box = SubElement(child, "input", {"type": "checkbox", "disabled": "disabled"})
            if item.checked:
                box.set("checked", "checked")
            box.tail = " "
        fill(child, item.children, block.tight)


def _table(parent: Element, block: TableBlock) -> None:
    table = SubElement(parent, "table")
    for number, row in enumerate((block.header, *block.rows)):
        line = SubElement(table, "tr")
        for side, cell in zip(block.align, row, strict=True):
            element = SubElement(line, "td" if number else "th", {"align": side} if side else {})
            _inlines(element, cell.inlines)


def _inlines(parent: Element, inlines: Iterable[Inline]) -> None:
    for inline in inlines:
        if isinstance(inline, Text):
            _add_text(parent, inline.text)
        elif isinstance(inline, SoftBreak):
            _add_text(parent, "\n")
        elif isinstance(inline, HardBreak):
            SubElement(parent, "br")
        elif isinstance(inline, Code):
            SubElement(parent, "code").text = _safe(inline.text)
        elif isinstance(inline, Math):
            _add_text(parent, f"\\[{inline.tex}\\]" if inline.display else f"\\({inline.tex}\\)")
        elif isinstance(inline, FootnoteReference):
            link = SubElement(SubElement(parent, "sup"), "a", {"href": f"#footnote-{inline.number}"})
            link.text = str(inline.number)
        elif isinstance(inline, Image):
            _link(parent, inline.src, inline.title, (Text(inline.alt or inline.src),))
        elif isinstance(inline, Link):
            _link(parent, inline.href, inline.title, inline.children)
        elif isinstance(inline, Tagged):
            _inlines(SubElement(parent, inline.tag), inline.children)
        else:
            _inlines(SubElement(parent, _TAGS[type(inline)]), inline.children)


def _link(parent: Element, href: str, title: str, children: tuple[Inline, ...]) -> None:
    if not href.lower().startswith(_ALLOWED):
        _inlines(parent, children)
        return
    link = SubElement(parent, "a", {"href": _safe(href)})
    if title:
        link.set("title", _safe(title))
    _inlines(link, children)


def _add_text(parent: Element, text: str) -> None:
    text = _safe(text)
    if len(parent):
        parent[-1].tail = AtomicString((parent[-1].tail or "") + text)
    else:
        parent.text = AtomicString((parent.text or "") + text)


def _safe(text: str) -> AtomicString:
    """``text`` as Python-Markdown's serializers pass it on unchanged: they would take ``&lt;`` for an entity."""
    text = text.replace(STX, "\ufffd").replace(ETX, "\ufffd")
    return AtomicString(text.replace("&", f"{AMP_SUBSTITUTE}amp;"))
