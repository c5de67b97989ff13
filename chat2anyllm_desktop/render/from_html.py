"""What web pages and documents put on the clipboard, as Markdown.

Text that an editor or a terminal has coloured is HTML too, and stays the text that it is. Nothing that the HTML names is
loaded: pictures are left out but for their descriptions, and only links to the web and to mail are kept.

Parsers of HTML in Python take quadratic time for hostile input (minutes for 100 KB), and trees are walked recursively. So
the HTML is reduced first, by expressions that are linear, to few, well-formed tags that are not deep.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from html import escape, unescape

LONGEST = 80_000
"""Characters of HTML, reduced; what is longer, or has more tags than below, stays plain text. They take 0.1 to 0.4 s."""
MOST_TAGS = 4_000
_MOST_ITEMS = 1_500
_DEEPEST = {"ul": 12, "ol": 12, "blockquote": 12}
_DEEPEST_ANY = 60

_LONGEST_WHOLE = 2_000_000
_MOST_WHOLE = 40_000
"""Tags before any are taken away: editors put every word of code into one."""
_UNSEEN = tuple(
    (re.compile(begin, re.IGNORECASE), re.compile(end, re.IGNORECASE))
    for begin, end in (
        ("<!--", "-->"),
        ("<script", "</script>"),
        ("<style", "</style>"),
        ("<title", "</title>"),
    )
)
_TAG = re.compile(r"<(/?)([a-zA-Z][\w:-]{0,20})((?:[\s/][^<>]{0,4000})?)>|<")
_ATTRIBUTE = re.compile(r"""\b([a-z]{1,8})\s{0,3}=\s{0,3}(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
_BLOCKS = frozenset(
    "h1 h2 h3 h4 h5 h6 p div ul ol li dl dt dd table thead tbody tr th td pre blockquote hr br".split()  # noqa: SIM905
)
_INLINES = frozenset(("a", "b", "strong", "em", "i", "code", "kbd", "del", "s", "img"))
_SINGLE = frozenset(("br", "hr", "img"))
_KEPT = {"a": "href", "img": "alt", "pre": "class", "code": "class", "ol": "start"}
_TELLING = frozenset("h1 h2 h3 h4 h5 h6 li table pre blockquote dl".split())  # noqa: SIM905
_LINKS = ("http://", "https://", "mailto:")
_LANGUAGE = re.compile(r"\b(?:language|lang|highlight-source)-([\w+#-]{1,20})")


def markdown_of(html: str, text: str) -> str | None:
    """``html`` as Markdown, or None where ``text``, which came with it, says as much: a word or a line, code, what cannot
    be understood, and what is too long."""
    if len(html) > _LONGEST_WHOLE or html.count("<") > _MOST_WHOLE:
        return None
    reduced = _reduced(_seen(html))
    if reduced is None or not _says_more(reduced, text):
        return None
    from bs4.exceptions import ParserRejectedMarkup

    try:
        markdown = _converter()(reduced)
    except (ParserRejectedMarkup, RecursionError, ValueError):
        return None
    markdown = re.sub(r"[ \t]+$", "", markdown.replace("\xa0", " "), flags=re.MULTILINE)
    markdown = re.sub(r"\n{3,}", "\n\n", markdown).strip()
    return markdown if markdown and markdown.split() != text.split() else None


def text_of(html: str) -> str:
    """The words of ``html``, for the rare copy that came without text of its own."""
    return unescape(re.sub(r"<[^<>]*>", "", _seen(html[:_LONGEST_WHOLE]))).strip()


def _seen(html: str) -> str:
    """Without what a browser shows none of. Looks for each end once: what never ends is not looked for again."""
    html = html.replace("\0", "")
    for begin, end in _UNSEEN:
        kept, at = [], 0
        while (start := begin.search(html, at)) and (stop := end.search(html, start.end())):
            kept.append(html[at : start.start()])
            at = stop.end()
        html = "".join((*kept, html[at:]))
    return html


def _reduced(html: str) -> str | None:
    """Only tags that become Markdown, only attributes that do, every other ``<`` as a character. None for too much."""
    open_tags: Counter[str] = Counter()
    seen: Counter[str] = Counter()
    deepest = 0

    def tag(found: re.Match[str]) -> str:
        nonlocal deepest
        if not found[2]:
            return "&lt;"
        name = found[2].lower()
        if name not in _BLOCKS and name not in _INLINES:
            return ""
        if found[1]:
            open_tags[name] -= 1
            return f"</{name}>"
        if name == "b" and "font-weight:normal" in found[3].replace(" ", ""):
            return ""  # Google's documents wrap all of a copy in bold that is not.
        seen[name] += 1
        if name not in _SINGLE:
            open_tags[name] += 1
            deepest = max(
                deepest, open_tags.total(), _DEEPEST_ANY + open_tags[name] - _DEEPEST.get(name, 1_000)
            )
        wanted = _KEPT.get(name)
        for attribute in _ATTRIBUTE.finditer(found[3]) if wanted else ():
            if attribute[1].lower() == wanted:
                return f'<{name} {wanted}="{escape(unescape(attribute[2] or attribute[3] or ""))}">'
        return f"<{name}>"

    reduced = _TAG.sub(tag, html)
    few = seen.total() <= MOST_TAGS and seen["li"] <= _MOST_ITEMS
    return reduced if few and deepest <= _DEEPEST_ANY and len(reduced) <= LONGEST else None


def _says_more(reduced: str, text: str) -> bool:
    """Whether it has a structure that plain text loses. Code from an editor has none, or is one block of code."""
    names = Counter(found[2] for found in _TAG.finditer(reduced) if not found[1])
    if names["pre"] == 1 and not names.keys() & (_TELLING - {"pre"}):
        before, _, code = reduced.partition("<pre")
        return bool(re.sub(r"<[^<>]*>|\s", "", before + code.rpartition("</pre")[2].partition(">")[2]))
    if names.keys() & _TELLING:
        return True
    return "\n" in text.strip() and bool(names.keys() & _INLINES)


@cache
def _converter() -> Callable[[str], str]:
    from bs4.element import Tag
    from markdownify import MarkdownConverter

    class Converter(MarkdownConverter):
        """What is to be read by models and in the message field: nothing is escaped, nothing can be loaded."""

        def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
            address = str(el.get("href") or "").strip()
            if not address.lower().startswith(_LINKS) or address == text.strip():
                return text
            el["href"] = address.replace(" ", "%20")
            return str(super().convert_a(el, text, parent_tags))  # type: ignore[misc]  # not in its stub

        def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
            return str(el.get("alt") or "")

        def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
            return str(super().convert_td(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]  # not in its stub

        def convert_th(self, el: Tag, text: str, parent_tags: set[str]) -> str:
            return str(super().convert_th(el, text.replace("|", "\\|"), parent_tags))  # type: ignore[misc]  # not in its stub

    converter = Converter(
        autolinks=False,
        bullets="-",
        code_language_callback=_language,
        escape_asterisks=False,
        escape_underscores=False,
        heading_style="atx",
        newline_style="backslash",
        table_infer_header=True,
    )
    return lambda html: str(converter.convert(html))


def _language(pre: object) -> str:
    """Of ``<pre class="language-x">`` or the ``<code>`` inside of it."""
    from bs4.element import Tag

    assert isinstance(pre, Tag)
    for tag in (pre, pre.find("code")):
        found = _LANGUAGE.search(str(tag)[:200]) if isinstance(tag, Tag) else None
        if found is not None:
            return found[1]
    return ""
