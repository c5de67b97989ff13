"""What a message is made of once its Markdown is understood: blocks that hold blocks or inlines.

The tree is the one CommonMark 0.31.2 with the GitHub extensions asks for (plus math, footnotes and ``<details>``), never
HTML: a view fills its documents from it, so nothing a model writes is ever interpreted a second time.

Inlines are parsed when they are first asked for (:attr:`Paragraph.inlines` and its like): the block phase of a long
message costs a tenth of the whole, and most blocks are never on screen.

``span`` of a top-level block is its ``(start, end)`` in characters of the message: ``text[start:end]`` is its Markdown
source. Spans of successive blocks do not overlap; blank lines between blocks belong to none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Align = Literal["", "left", "center", "right"]


# Inlines ---------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """TeX source without its delimiters; ``display`` for ``$$..$$`` and ``\\[..\\]`` met inside a paragraph."""

    tex: str
    display: bool = False


@dataclass(frozen=True, slots=True)
class Emphasis:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strong:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Strike:
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Tagged:
    """One of the few HTML elements that are honoured inline."""

    tag: Literal["sub", "sup", "kbd"]
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """``href`` is as written (percent-encoded as CommonMark says); whether it may be opened is the view's decision."""

    href: str
    title: str
    children: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Image:
    """Never loaded by itself. ``alt`` is the plain text of the description."""

    src: str
    title: str
    alt: str


@dataclass(frozen=True, slots=True)
class FootnoteReference:
    label: str
    number: int


@dataclass(frozen=True, slots=True)
class SoftBreak:
    """A line end in the source; shown as a space."""


@dataclass(frozen=True, slots=True)
class HardBreak:
    """Two spaces or a backslash before the line end, or ``<br>``."""


Inline = (
    Text
    | Code
    | Math
    | Emphasis
    | Strong
    | Strike
    | Tagged
    | Link
    | Image
    | FootnoteReference
    | SoftBreak
    | HardBreak
)


class LazyInlines:
    """Inlines that are parsed when first read, then kept. Compares and prints as the parsed tuple."""

    __slots__ = ("_parse", "_parsed", "source")

    def __init__(self, source: str, parse: Callable[[str], tuple[Inline, ...]]) -> None:
        self.source = source
        self._parse = parse
        self._parsed: tuple[Inline, ...] | None = None

    def get(self) -> tuple[Inline, ...]:
        """The inlines; parses at the first call."""
        if self._parsed is None:
            self._parsed = self._parse(self.source)
        return self._parsed

    def anew(self) -> LazyInlines:
        """The same source, not parsed yet: for when what it refers to has been defined since."""
        return LazyInlines(self.source, self._parse)

    def beginning(self, end: int) -> LazyInlines:
        """The first ``end`` characters of the source, as if there were no more."""
        return LazyInlines(self.source[:end].rstrip(), self._parse)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, LazyInlines) and self.get() == other.get()

    def __hash__(self) -> int:
        return hash(self.get())

    def __repr__(self) -> str:
        return repr(self.get())


Span = tuple[int, int]
_NO_SPAN: Span = (0, 0)


# Blocks ----------------------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Paragraph:
    content: LazyInlines
    span: Span = field(default=_NO_SPAN, compare=False)

    @property
    def inlines(self) -> tuple[Inline, ...]:
        return self.content.get()


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    content: LazyInlines
    span: Span = field(default=_NO_SPAN, compare=False)

    @property
    def inlines(self) -> tuple[Inline, ...]:
        return self.content.get()


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """``code`` ends with a newline unless empty. ``language`` is the first word of ``info``, lower case, cleaned of
    ``{.python}`` and ``title="x"`` forms. ``closed`` is False while a fence has no closing line yet."""

    code: str
    language: str = ""
    info: str = ""
    fenced: bool = True
    closed: bool = True
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class MathBlock:
    """TeX source without its delimiters."""

    tex: str
    closed: bool = True
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Quote:
    children: tuple[Block, ...]
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class ListItem:
    """``checked`` is None where the item is no task."""

    children: tuple[Block, ...]
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class ListBlock:
    """``start`` is None for a bullet list. In a tight list paragraphs are shown without space around them."""

    items: tuple[ListItem, ...]
    start: int | None = None
    tight: bool = True
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Cell:
    content: LazyInlines

    @property
    def inlines(self) -> tuple[Inline, ...]:
        return self.content.get()


@dataclass(frozen=True, slots=True)
class TableBlock:
    """Every row has as many cells as ``align`` has entries."""

    align: tuple[Align, ...]
    header: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Rule:
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class Details:
    """``<details><summary>..</summary>`` with Markdown inside; folded unless ``opened``."""

    summary: LazyInlines
    children: tuple[Block, ...]
    opened: bool = False
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class HtmlText:
    """A block of raw HTML, to be shown as the text that it is."""

    text: str
    span: Span = field(default=_NO_SPAN, compare=False)


@dataclass(frozen=True, slots=True)
class FootnoteDefinition:
    label: str
    number: int
    children: tuple[Block, ...]
    span: Span = field(default=_NO_SPAN, compare=False)


Block = (
    Paragraph
    | Heading
    | CodeBlock
    | MathBlock
    | Quote
    | ListBlock
    | TableBlock
    | Rule
    | Details
    | HtmlText
    | FootnoteDefinition
)
