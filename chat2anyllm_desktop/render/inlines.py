"""The inline phase: the text of one paragraph, heading or cell to inlines, in one pass from left to right.

CommonMark's own order of things: what binds tightest (code, math, addresses, tags) is taken where it is met, brackets
are matched on a stack, emphasis is resolved inside each matched pair. Python-Markdown's stock inline phase applies one
pattern after the other to the whole text instead, which cannot get nesting right and is quadratic on unmatched
brackets; see docs/markdown.md.

Linear in the length of the text: whatever is searched for in vain is not searched for again.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from typing import Any, Literal, cast

from chat2anyllm_desktop.render import plain
from chat2anyllm_desktop.render.autolinks import address_at, with_mail_links, without_links
from chat2anyllm_desktop.render.characters import ASCII_PUNCTUATION, encoded_url, entity
from chat2anyllm_desktop.render.characters import ENTITY as _ENTITY
from chat2anyllm_desktop.render.data_addresses import set_aside
from chat2anyllm_desktop.render.emphasis import DEPTH_LIMIT, Deep, Run, resolve
from chat2anyllm_desktop.render.nodes import (
    Code,
    FootnoteReference,
    HardBreak,
    Image,
    Inline,
    Link,
    Math,
    SoftBreak,
    Tagged,
    Text,
)
from chat2anyllm_desktop.render.raw_html import KNOWN_TAG, inline_html_end
from chat2anyllm_desktop.render.references import LABEL, References, inline_target, normalized
from chat2anyllm_desktop.render.tex import dollar_end, is_display, is_dollars, is_inline

INLINE_LIMIT = 65_536
"""Characters; a longer paragraph is no prose and is shown as plain text. Images inside of the text do not count."""
_LABEL_LIMIT = 999

_SPECIAL = re.compile(r"[\\`*_\[\]<&$\n]|!(?=\[)|~~")
_SPECIAL_OR_ADDRESS = re.compile(r"[\\`*_\[\]<&$\n]|!(?=\[)|~~|(?:https?|ftp)://|www\.", re.I)
_ADDRESS_SIGN = re.compile(r"://|www\.", re.I)
_RUN = re.compile(r"\*+|_+|~+")
_BACKTICKS = re.compile(r"`+")
_ANGLE_LINK = re.compile(r"<([A-Za-z][A-Za-z0-9+.-]{1,31}:[^\x00-\x20\x7f<>]*)>")
_ANGLE_MAIL = re.compile(
    r"<([a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
    r"(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*)>"
)
_AFTER_BREAK = re.compile(r"[ \t]*\n[ \t]*")
_SPACES = re.compile(r"[ \t]+")


class _Opener:
    """``[``, ``![`` or one of the known tags, waiting for its other half; without one it is the text that it is."""

    __slots__ = ("addresses", "after", "followed", "image", "index", "text")

    def __init__(self, text: str, index: int, after: int, addresses: int) -> None:
        self.text = text
        self.image = text == "!["
        self.index = index
        self.after = after
        self.addresses = addresses
        self.followed = False


def parse_inlines(text: str, references: References) -> tuple[Inline, ...]:
    """The inlines of ``text``. Pure but for what ``references`` knows."""
    if len(text) <= INLINE_LIMIT:
        return _Scanner(text, references).run()
    short, aside = set_aside(text)
    if aside and len(short) <= INLINE_LIMIT:
        scanner = _Scanner(short, references, aside)
        found = scanner.run()
        if not scanner.aside:
            return found
    return _plain_lines(text)


def _plain_lines(text: str) -> tuple[Inline, ...]:
    found: list[Inline] = []
    for line in text.split("\n"):
        if found:
            found.append(SoftBreak())
        if line:
            found.append(Text(line))
    return tuple(found)


class _Scanner:
    def __init__(self, text: str, references: References, aside: dict[str, str] | None = None) -> None:
        self.text = text
        self.references = references
        self.aside = aside or {}
        """Addresses that something short stands for in the text, until each is met as the target of a link."""
        self.out: list[Any] = []
        self.brackets: list[_Opener] = []
        self.links_off_below = 0
        self.tags: dict[str, list[_Opener]] = {"sub": [], "sup": [], "kbd": []}
        self.addresses = 0
        self.missing: set[str] = set()
        self.ticks: dict[int, list[int]] | None = None

    def run(self) -> tuple[Inline, ...]:
        text = self.text
        out = self.out
        special = _SPECIAL_OR_ADDRESS if _ADDRESS_SIGN.search(text) else _SPECIAL
        search = special.search
        position = 0
        while True:
            found = search(text, position)
            if found is None:
                break
            start = found.start()
            if start > position:
                out.append(text[position:start])
            position = _HANDLERS[text[start]](self, start)
        if position < len(text):
            out.append(text[position:])
        return resolve(out, self.finish)[0]

    # What has been gathered at one level becomes a tuple of inlines ----------------------------------------------------
    def finish(self, items: list[Any]) -> tuple[Inline, ...]:
        found: list[Inline] = []
        words: list[str] = []
        for item in items:
            kind = type(item)
            if kind is str:
                words.append(item)
            elif kind is _Opener:
                words.append(item.text)
            else:
                if words:
                    self._add_text("".join(words), found)
                    words.clear()
                found.append(item)
        if words:
            self._add_text("".join(words), found)
        return tuple(found)

    def _add_text(self, text: str, found: list[Inline]) -> None:
        if "@" not in text:
            if text:
                found.append(Text(text))
            return
        for part in with_mail_links(text):
            if isinstance(part, str):
                found.append(Text(part))
            else:
                self.addresses += 1
                found.append(part)

    def wrap(self, opener: _Opener) -> tuple[tuple[Inline, ...], int]:
        """Takes everything after ``opener`` out, as the inlines between it and what closes it."""
        children = resolve(self.out[opener.index + 1 :], self.finish)
        del self.out[opener.index :]
        for stack in (self.brackets, *self.tags.values()):
            while stack and stack[-1].index >= opener.index:
                stack.pop()
        self.links_off_below = min(self.links_off_below, len(self.brackets))
        return children

    def push(self, inline: Inline, depth: int = 0) -> None:
        self.out.append(Deep(inline, depth) if depth else inline)

    def find(self, needle: str, start: int) -> int:
        """``text.find``, that does not search again for what is not there."""
        if needle in self.missing:
            return -1
        found = self.text.find(needle, start)
        if found < 0:
            self.missing.add(needle)
        return found

    # Handlers: take what begins at ``start``, return where to go on ------------------------------------------------------
    def on_line_end(self, start: int) -> int:
        out = self.out
        hard = False
        if out and type(out[-1]) is str and out[-1].endswith(" "):
            line = out[-1].rstrip(" ")
            hard = len(out[-1]) - len(line) >= 2
            if line:
                out[-1] = line
            else:
                out.pop()
        out.append(HardBreak() if hard else SoftBreak())
        spaces = _SPACES.match(self.text, start + 1)
        return spaces.end() if spaces else start + 1

    def on_backslash(self, start: int) -> int:
        after = self.text[start + 1 : start + 2]
        if after == "\n":
            self.out.append(HardBreak())
            spaces = _SPACES.match(self.text, start + 2)
            return spaces.end() if spaces else start + 2
        if after in ("(", "["):
            end = self.find("\\)" if after == "(" else "\\]", start + 2)
            body = self.text[start + 2 : end] if end > 0 else ""
            if body and (is_inline(body) if after == "(" else is_display(body)):
                self.out.append(Math(body.strip(), after == "["))
                return end + 2
        if after in ASCII_PUNCTUATION and after:
            self.out.append(after)
            return start + 2
        self.out.append("\\")
        return start + 1

    def on_backtick(self, start: int) -> int:
        text = self.text
        if self.ticks is None:
            self.ticks = {}
            for run in _BACKTICKS.finditer(text):
                self.ticks.setdefault(run.end() - run.start(), []).append(run.start())
        opening = _BACKTICKS.match(text, start)
        assert opening is not None
        size = opening.end() - start
        places = self.ticks.get(size, [])
        index = bisect_right(places, start)
        if index == len(places):
            self.out.append(opening[0])
            return opening.end()
        code = text[opening.end() : places[index]].replace("\n", " ")
        if len(code) > 2 and code[0] == code[-1] == " " and code.strip(" "):
            code = code[1:-1]
        self.out.append(Code(code))
        return places[index] + size

    def on_run(self, start: int) -> int:
        text = self.text
        found = _RUN.match(text, start)
        assert found is not None
        end = found.end()
        length = end - start
        if text[start] == "~" and length != 2:
            self.out.append(found[0])
            return end
        before = text[start - 1] if start else " "
        after = text[end] if end < len(text) else " "
        run = Run(text[start], length, before, after)
        self.out.append(run if run.opens or run.closes else found[0])
        return end

    def on_entity(self, start: int) -> int:
        found = _ENTITY.match(self.text, start)
        character = entity(found[0]) if found else None
        self.out.append(character or "&")
        return found.end() if found and character else start + 1

    def on_dollar(self, start: int) -> int:
        text = self.text
        if text.startswith("$$", start):
            end = self.find("$$", start + 2)
            if end > 0 and is_dollars(text[start + 2 : end]):
                self.out.append(Math(text[start + 2 : end].strip(), True))
                return end + 2
            self.out.append("$$")
            return start + 2
        end = -1 if "$" in self.missing else dollar_end(text, start)
        if end > 0:
            self.out.append(Math(text[start + 1 : end]))
            return end + 1
        if end < 0:
            self.missing.add("$")
        self.out.append("$")
        return start + 1

    def on_less_than(self, start: int) -> int:
        text = self.text
        known = KNOWN_TAG.match(text, start)
        if known is not None:
            return self._known_tag(known)
        link = _ANGLE_LINK.match(text, start)
        mail = None if link else _ANGLE_MAIL.match(text, start)
        found = link or mail
        if found is not None:
            self.addresses += 1
            self.out.append(Link(("mailto:" if mail else "") + encoded_url(found[1]), "", (Text(found[1]),)))
            return found.end()
        end = inline_html_end(text, start, self.find)
        if end:
            self.out.append(text[start:end].replace("\n", " "))
            return end
        self.out.append("<")
        return start + 1

    def _known_tag(self, found: re.Match[str]) -> int:
        if found[3]:
            self.out.append(HardBreak())
            line_end = _AFTER_BREAK.match(self.text, found.end())
            return line_end.end() if line_end else found.end()
        name = cast(Literal["sub", "sup", "kbd"], found[2].lower())
        waiting = self.tags[name]
        if not found[1] and sum(map(len, self.tags.values())) < DEPTH_LIMIT:
            opener = _Opener(found[0], len(self.out), found.end(), self.addresses)
            waiting.append(opener)
            self.out.append(opener)
        elif found[1] and waiting:
            children, depth = self.wrap(waiting[-1])
            self.push(Tagged(name, children), depth + 1)
        else:
            self.out.append(found[0])
        return found.end()

    def on_bracket(self, start: int) -> int:
        mark = "![" if self.text[start] == "!" else "["
        if self.brackets:
            self.brackets[-1].followed = True
        opener = _Opener(mark, len(self.out), start + len(mark), self.addresses)
        self.brackets.append(opener)
        self.out.append(opener)
        return opener.after

    def on_bracket_end(self, start: int) -> int:
        if not self.brackets:
            self.out.append("]")
            return start + 1
        opener = self.brackets[-1]
        active = opener.image or len(self.brackets) > self.links_off_below
        found = self._target(opener, start) if active else None
        if found is None:
            self.brackets.pop()
            self.links_off_below = min(self.links_off_below, len(self.brackets))
            self.out.append("]")
            return start + 1
        href, words, end, note = found
        href = self.aside.pop(href, href)
        if note:
            self.wrap(opener)
            self.out.append(FootnoteReference(self.text[opener.after + 1 : start], note))
            return end
        children, depth = self.wrap(opener)
        if opener.image:
            self.out.append(Image(href, words, plain.inline_text(children)))
            return end
        if self.addresses > opener.addresses:
            children = without_links(children)
        self.push(Link(href, words, children), depth + 1)
        self.links_off_below = len(self.brackets)
        return end

    def _target(self, opener: _Opener, start: int) -> tuple[str, str, int, int] | None:
        """Address, title, end and footnote number of the pair that ``]`` at ``start`` closes."""
        text = self.text
        short = start - opener.after <= _LABEL_LIMIT
        if short and not opener.image and text.startswith("^", opener.after):
            note = self.references.note(normalized(text[opener.after + 1 : start]))
            if note is not None:
                return "", "", start + 1, note
        if text.startswith("(", start + 1):
            inline = inline_target(text, start + 1)
            if inline is not None:
                return *inline, 0
        end = start + 1
        label = LABEL.match(text, end)
        if label is not None and label[1].strip():
            name, end = label[1], label.end()
        else:
            if opener.followed or not short:
                return None
            name = text[opener.after : start]
            if text.startswith("[]", end):
                end += 2
        found = self.references.link(normalized(name))
        return (*found, end, 0) if found else None

    def on_letter(self, start: int) -> int:
        found = address_at(self.text, start, bool(self.brackets))
        if found is None:
            self.out.append(self.text[start])
            return start + 1
        link, end = found
        self.addresses += 1
        self.out.append(link)
        return end


_HANDLERS: dict[str, Callable[[_Scanner, int], int]] = {
    "\n": _Scanner.on_line_end,
    "\\": _Scanner.on_backslash,
    "`": _Scanner.on_backtick,
    "*": _Scanner.on_run,
    "_": _Scanner.on_run,
    "~": _Scanner.on_run,
    "&": _Scanner.on_entity,
    "$": _Scanner.on_dollar,
    "<": _Scanner.on_less_than,
    "[": _Scanner.on_bracket,
    "]": _Scanner.on_bracket_end,
    "!": _Scanner.on_bracket,
    **dict.fromkeys("hHfFwW", _Scanner.on_letter),
}
