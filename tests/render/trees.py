"""Trees to compare: what HTML says (from the CommonMark examples or markdown-it-py) and what our blocks say, in one form.

A tree is a tuple of nodes; a node is text or ``(name, attributes, children)``. Soft breaks are line ends in the text,
paragraphs of tight lists have no node of their own, as in HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from typing import Any

from chat2anyllm_desktop.render import nodes as n

Tree = tuple[Any, ...]

_BLOCKS = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "li", "hr"} | {
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
    "mathblock",
}
_INLINES = {"em", "strong", "a", "img", "code", "br", "s", "del", "sub", "sup", "kbd", "math"}
_VOID = {"hr", "br", "img"}
_KEPT = {"href", "src", "alt", "title", "start", "class", "style"}


class UnknownElement(Exception):
    """The HTML has an element that Markdown does not make."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root: list[Any] = []
        self.stack: list[tuple[str, tuple[tuple[str, str], ...], list[Any]]] = [("", (), self.root)]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _BLOCKS | _INLINES:
            raise UnknownElement(tag)
        kept = tuple(sorted((name, value or "") for name, value in attrs if name in _KEPT))
        if len(kept) != len(attrs):
            raise UnknownElement(f"{tag} {attrs}")
        if tag in _VOID:
            self.stack[-1][2].append((tag, kept, ()))
        else:
            self.stack.append((tag, kept, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        name, attrs, children = self.stack.pop()
        if name != tag:
            raise UnknownElement(f"</{tag}> in <{name}>")
        self.stack[-1][2].append((name, attrs, tuple(children)))

    def handle_data(self, data: str) -> None:
        self.stack[-1][2].append(data)


def from_html(html: str) -> Tree:
    reader = _Reader()
    reader.feed(html)
    reader.close()
    if len(reader.stack) != 1:
        raise UnknownElement("not closed")
    return _normal(reader.root, "")


def _normal(children: Iterable[Any], parent: str) -> Tree:
    """Joined text, no layout between blocks, no line end behind a break."""
    out: list[Any] = []
    for child in children:
        if isinstance(child, str):
            if out and isinstance(out[-1], str):
                out[-1] += child
            else:
                out.append(child)
            continue
        name, attributes, inner = child
        if name == "pre":
            (code,) = inner
            language = dict(code[1]).get("class", "").removeprefix("language-")
            out.append(("code block", (("language", language.lower()),), ("".join(code[2]),)))
            continue
        if name in ("thead", "tbody"):
            out.extend(_normal(inner, "table"))
            continue
        if name == "del":
            name = "s"
        if name in ("th", "td"):
            style = dict(attributes).get("style", "").removeprefix("text-align:")
            attributes = (("align", style),)
        if name == "ol":
            attributes = (("start", dict(attributes).get("start", "1")),)
        out.append((name, attributes, _normal(inner, name)))
    if parent in ("", "blockquote", "ul", "ol", "table", "tr"):
        return tuple(child for child in out if not (isinstance(child, str) and not child.strip()))
    for index, child in enumerate(out):
        if isinstance(child, str):
            after_block = index and not isinstance(out[index - 1], str) and out[index - 1][0] in _STARTS_LINE
            text = child.lstrip("\n") if after_block or (parent == "li" and not index) else child
            before_block = index + 1 < len(out) and out[index + 1][0] in _STARTS_LINE - {"br"}
            if before_block or (parent == "li" and index == len(out) - 1):
                text = text.rstrip("\n")
            out[index] = text
    return tuple(child for child in out if child != "")


_STARTS_LINE = {"br", "code block"} | _BLOCKS


# Ours ------------------------------------------------------------------------------------------------------------------
def from_blocks(blocks: Iterable[n.Block], tight: bool = False) -> Tree:
    out: list[Any] = []
    for block in blocks:
        if isinstance(block, n.Paragraph) and tight:
            out.extend(_inlines(block.inlines))
        else:
            out.append(_block(block))
    return tuple(out)


def _block(block: n.Block) -> Any:
    match block:
        case n.Paragraph():
            return ("p", (), _inlines(block.inlines))
        case n.Heading(level=level):
            return (f"h{level}", (), _inlines(block.inlines))
        case n.CodeBlock(code=code, info=info):
            words = info.split(None, 1)
            return (
                "code block",
                (("language", words[0].lower() if words else ""),),
                (code,) if code else ("",),
            )
        case n.Quote(children=children):
            return ("blockquote", (), from_blocks(children))
        case n.ListBlock(items=items, start=start, tight=tight):
            found = tuple(("li", (), _item(item, tight)) for item in items)
            return ("ul", (), found) if start is None else ("ol", (("start", str(start)),), found)
        case n.Rule():
            return ("hr", (), ())
        case n.HtmlText(text=words):
            return ("p", (), (words,))
        case n.MathBlock(tex=tex):
            return ("mathblock", (), (tex,))
        case n.TableBlock(align=align, header=header, rows=rows):
            return (
                "table",
                (),
                tuple(
                    (
                        "tr",
                        (),
                        tuple(
                            ("td" if number else "th", (("align", side),), _inlines(cell.inlines))
                            for side, cell in zip(align, row, strict=True)
                        ),
                    )
                    for number, row in enumerate((header, *rows))
                ),
            )
        case _:
            return (type(block).__name__, (), ())


def _item(item: n.ListItem, tight: bool) -> Tree:
    """With its task box as the text that it is for who does not know tasks."""
    children = from_blocks(item.children, tight)
    if item.checked is None:
        return children
    box = "[x] " if item.checked else "[ ] "
    first = children[0]
    if isinstance(first, str):
        return (box + first, *children[1:])
    if first[0] != "p":
        return (box, *children)
    words = first[2]
    inner = (box + words[0], *words[1:]) if isinstance(words[0], str) else (box, *words)
    return (("p", (), inner), *children[1:])


def _inlines(inlines: Iterable[n.Inline]) -> Tree:
    out: list[Any] = []

    def text(words: str) -> None:
        if out and isinstance(out[-1], str):
            out[-1] += words
        elif words:
            out.append(words)

    for inline in inlines:
        match inline:
            case n.Text(text=words):
                text(words)
            case n.SoftBreak():
                text("\n")
            case n.HardBreak():
                out.append(("br", (), ()))
            case n.Code(text=words):
                out.append(("code", (), (words,)))
            case n.Math(tex=tex):
                out.append(("math", (), (tex,)))
            case n.Tagged(tag=tag, children=children):
                out.append((tag, (), _inlines(children)))
            case n.Emphasis(children=children):
                out.append(("em", (), _inlines(children)))
            case n.Strong(children=children):
                out.append(("strong", (), _inlines(children)))
            case n.Strike(children=children):
                out.append(("s", (), _inlines(children)))
            case n.Link(href=href, title=title, children=children):
                found = (("href", href), ("title", title)) if title else (("href", href),)
                out.append(("a", found, _inlines(children)))
            case n.Image(src=src, title=title, alt=alt):
                found = (("alt", alt), ("src", src))
                out.append(("img", (*found, ("title", title)) if title else found, ()))
            case _:
                out.append((type(inline).__name__, (), ()))
    return tuple(out)
