"""From inlines to one string with ranges: what a text layout needs. No Qt.

Positions are UTF-16 code units, which is how Qt counts; Python counts characters, and they differ behind an emoji.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from urllib.parse import urlsplit

from chat2anyllm_desktop.core.language import tr
from chat2anyllm_desktop.render import nodes
from chat2anyllm_desktop.render.tex import dollar_end

LINE_SEPARATOR = "\u2028"
"""Breaks a line inside one layout; becomes a newline when copied."""

# A bidi override can make code read differently from what it is (CVE-2021-42574): it is shown as the mark that it is.
# Lone surrogates cannot be handed to Qt. Other controls have pictures of their own.
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


class Look(IntFlag):
    PLAIN = 0
    STRONG = 1
    EMPHASIS = 2
    STRIKE = 4
    CODE = 8
    LINK = 16
    SUB = 32
    SUP = 64
    KEY = 128
    MUTED = 256
    MATH = 512
    IMAGE = 1024
    """The place of an image elsewhere, which following its link loads."""


@dataclass(frozen=True, slots=True)
class Run:
    """``start`` to ``end`` look alike. ``href`` is empty where nothing can be followed; ``math`` is the formula whose TeX
    this is."""

    start: int
    end: int
    look: Look
    href: str = ""
    math: nodes.Math | None = None


def visible(text: str) -> str:
    """The text with characters that cannot be seen, or would hide what is there, replaced by marks; same length."""
    return _HIDDEN.sub(_mark, text) if _HIDDEN.search(text) else text


def _mark(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "\u2421" if code == 0x7F else "\ufffd"


def units(text: str) -> int:
    """Length in UTF-16 code units. Code is shown line by line and kept as it came, half characters and all."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, start: int, end: int) -> str:
    """``text[start:end]``, counted in UTF-16 code units."""
    if text.isascii() or units(text) == len(text):
        return text[start:end]
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "replace")


def allowed(href: str) -> bool:
    """Whether a link may be opened at all: web pages and mail addresses, nothing on this machine."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if parts.scheme == "mailto":
        return bool(parts.path)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def runs_of(inlines: Iterable[nodes.Inline]) -> tuple[str, list[Run]]:
    """The text of inlines and how its parts look."""
    writer = _Writer()
    writer.write(inlines, Look.PLAIN, "")
    return "".join(writer.pieces), writer.runs


def tex_source(math: nodes.Math | nodes.MathBlock, before: str = "", after: str = "") -> str:
    """A formula as it is best written: dollars are understood everywhere. ``before`` and ``after`` are the characters
    beside it; where these, or what is in it, make a dollar mean something else, it has brackets."""
    if isinstance(math, nodes.MathBlock):
        tex = math.tex.strip("\n").replace("\n", LINE_SEPARATOR)
        around = LINE_SEPARATOR if LINE_SEPARATOR in tex else ""
        return f"$${around}{tex}{around}$$" if math.closed else f"$${around}{tex}"
    if math.display:
        return f"$${math.tex.replace(chr(10), LINE_SEPARATOR)}$$"
    tex = math.tex.replace("\n", " ")
    closed = dollar_end(f"{before}${tex}${after}", len(before)) == len(before) + len(tex) + 1
    return f"${tex}$" if closed else rf"\({tex}\)"


class _Writer:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.runs: list[Run] = []
        self._at = 0

    def write(self, inlines: Iterable[nodes.Inline], look: Look, href: str) -> None:
        followed = tuple(inlines)
        for number, inline in enumerate(followed, 1):
            match inline:
                case nodes.Text(text):
                    self._add(text.replace("\n", " "), look, href)
                case nodes.Code(text):
                    self._add(text, look | Look.CODE, href)
                case nodes.Math():
                    before, after = "".join(self.pieces[-1:])[-1:], _beginning(followed[number : number + 1])
                    self._add(tex_source(inline, before, after), look | Look.MATH, href, inline)
                case nodes.Emphasis(children):
                    self.write(children, look | Look.EMPHASIS, href)
                case nodes.Strong(children):
                    self.write(children, look | Look.STRONG, href)
                case nodes.Strike(children):
                    self.write(children, look | Look.STRIKE, href)
                case nodes.Tagged(tag, children):
                    self.write(children, look | _TAGS[tag], href)
                case nodes.Link(target, _, children):
                    self._link(target, children, look)
                case nodes.Image():
                    self._image(inline, look, href)
                case nodes.FootnoteReference(_, number):
                    self._add(f"[{number}]", look | Look.SUP | Look.MUTED, href)
                case nodes.SoftBreak():
                    self._add(" ", look, href)
                case nodes.HardBreak():
                    self._add(LINE_SEPARATOR, look, href)

    def _link(self, target: str, children: tuple[nodes.Inline, ...], look: Look) -> None:
        if allowed(target):
            self.write(children, look | Look.LINK, target)
            return
        # What cannot be followed is no link: its text, and where it pointed to, so that nothing is hidden.
        start = self._at
        self.write(children, look, "")
        if target and (self._at == start or not target.startswith("#")):
            self._add(f" ({target[:200]})", look | Look.MUTED, "")

    def _image(self, image: nodes.Image, look: Look, href: str) -> None:
        """Nothing is loaded by itself: an image elsewhere is a link that names its host."""
        name = image.alt or image.title or tr("image")
        if allowed(image.src) and not image.src.startswith("mailto:"):
            host = urlsplit(image.src).hostname or ""
            kind = Look.LINK if href else Look.LINK | Look.IMAGE
            self._add(tr("{name} (image at {host})", name=name, host=host), look | kind, href or image.src)
        else:
            self._add(tr("{name} (image)", name=name), look | Look.MUTED, href)

    def _add(self, text: str, look: Look, href: str, math: nodes.Math | None = None) -> None:
        if not text:
            return
        text = visible(text)
        start = self._at
        self._at += units(text)
        self.pieces.append(text)
        if look or href:
            self.runs.append(Run(start, self._at, look, href, math))


def _beginning(inlines: tuple[nodes.Inline, ...]) -> str:
    """The first character of what follows a formula."""
    match inlines:
        case (nodes.Text(text),) | (nodes.Code(text),):
            return text[:1]
        case (nodes.Math(),):
            return "$"
    return ""


_TAGS = {"sub": Look.SUB, "sup": Look.SUP, "kbd": Look.KEY}
