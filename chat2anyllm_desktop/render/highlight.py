"""Colours of code, as data: per line, which stretch is what kind of token. The theme maps kinds to colours.

pygments is imported by the first function that needs it, never by this module: a lexer costs 7-24 ms at first use, so
:func:`warm` is called when the program is idle. Languages are looked up by name only and never guessed from the code.
Everything here runs on the thread that calls it and takes no longer than the budget that it is given, give or take one
token; lexing never raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pygments.lexer import Lexer
    from pygments.token import _TokenType

    from chat2anyllm_desktop.render.lexing import Mark, Token


class Kind(StrEnum):
    """The closed set of what code is made of. Text without a kind is drawn in the ordinary colour."""

    KEYWORD = "keyword"
    TYPE = "type"
    FUNCTION = "function"
    BUILTIN = "builtin"
    VARIABLE = "variable"
    CONSTANT = "constant"
    STRING = "string"
    ESCAPE = "escape"
    NUMBER = "number"
    COMMENT = "comment"
    OPERATOR = "operator"
    TAG = "tag"
    ATTRIBUTE = "attribute"
    DECORATOR = "decorator"
    HEADING = "heading"
    EMPHASIS = "emphasis"
    STRONG = "strong"
    INSERTED = "inserted"
    DELETED = "deleted"
    PROMPT = "prompt"
    OUTPUT = "output"
    ERROR = "error"


Run = tuple[int, int, Kind]
"""Start and length in characters of the line, and the kind."""

CODE_LIMIT = 200_000
"""Characters; what follows in a longer block stays plain."""
LINE_LIMIT = 5_000
"""Characters; a block with a longer line (minified code, data) stays plain: one rule may scan the whole line."""

# Names that models write and pygments does not know.
_ALIASES = {
    "jsonc": "json",
    "json5": "json",
    "jsonl": "json",
    "ndjson": "json",
    "geojson": "json",
    "kt": "kotlin",
    "kts": "kotlin",
    "cmd": "bat",
    "patch": "diff",
    "jinja2": "jinja",
    "vb": "vbnet",
    "gradle": "groovy",
    "dotenv": "ini",
    "env": "ini",
    "conf": "ini",
    "svelte": "html",
    "vue": "html",
    "astro": "html",
    "xhtml": "html",
    "svg": "xml",
    "plist": "xml",
    "node": "javascript",
    "mjs": "javascript",
    "cjs": "javascript",
    "mts": "typescript",
    "cts": "typescript",
    "shellscript": "bash",
    "terminal": "console",
    "py": "python",
    "h": "c",
    "hh": "cpp",
    "hpp": "cpp",
    "cc": "cpp",
    "mm": "objective-c",
    "psql": "postgresql",
    "containerfile": "docker",
    "mk": "makefile",
    "stylus": "sass",
}
_PLAIN = frozenset(
    {"", "text", "txt", "plain", "plaintext", "output", "log", "none", "raw", "mermaid", "tree", "csv"}
)

_KIND_OF_NAME = {
    "Keyword": Kind.KEYWORD,
    "Keyword.Constant": Kind.CONSTANT,
    "Keyword.Type": Kind.TYPE,
    "Name.Attribute": Kind.ATTRIBUTE,
    "Name.Builtin": Kind.BUILTIN,
    "Name.Builtin.Pseudo": Kind.VARIABLE,
    "Name.Class": Kind.TYPE,
    "Name.Constant": Kind.CONSTANT,
    "Name.Decorator": Kind.DECORATOR,
    "Name.Entity": Kind.ESCAPE,
    "Name.Exception": Kind.TYPE,
    "Name.Function": Kind.FUNCTION,
    "Name.Label": Kind.CONSTANT,
    "Name.Property": Kind.ATTRIBUTE,
    "Name.Tag": Kind.TAG,
    "Name.Variable": Kind.VARIABLE,
    "Literal": Kind.CONSTANT,
    "Literal.String": Kind.STRING,
    "Literal.String.Escape": Kind.ESCAPE,
    "Literal.String.Interpol": Kind.ESCAPE,
    "Literal.String.Symbol": Kind.CONSTANT,
    "Literal.Number": Kind.NUMBER,
    "Comment": Kind.COMMENT,
    "Comment.Preproc": Kind.DECORATOR,
    "Comment.PreprocFile": Kind.STRING,
    "Operator": Kind.OPERATOR,
    "Operator.Word": Kind.KEYWORD,
    "Generic.Deleted": Kind.DELETED,
    "Generic.Emph": Kind.EMPHASIS,
    "Generic.Error": Kind.ERROR,
    "Generic.Heading": Kind.HEADING,
    "Generic.Inserted": Kind.INSERTED,
    "Generic.Output": Kind.OUTPUT,
    "Generic.Prompt": Kind.PROMPT,
    "Generic.Strong": Kind.STRONG,
    "Generic.Subheading": Kind.HEADING,
    "Generic.Traceback": Kind.ERROR,
}
_kinds: dict[_TokenType, Kind | None] = {}


def _kind_of(token: _TokenType) -> Kind | None:
    """The kind of the nearest ancestor that has one; found once for every type of token."""
    if token not in _kinds:
        path = str(token).split(".")[1:]
        names = (".".join(path[:size]) for size in range(len(path), 0, -1))
        _kinds[token] = next((_KIND_OF_NAME[name] for name in names if name in _KIND_OF_NAME), None)
    return _kinds[token]


def lexer_for(language: str) -> Lexer | None:
    """The lexer of a fence's language, or None where the code is plain text or the name is unknown."""
    name = language.strip().lower()
    name = _ALIASES.get(name, name)
    if name in _PLAIN or name not in _known_names():
        return None
    return _lexer_class(name)()


@cache
def _lexer_class(name: str) -> type[Lexer]:
    # Looking it up takes 0.2 ms, and an answer may hold hundreds of blocks. A lexer of its own for each: some keep state.
    from pygments.lexers import find_lexer_class_by_name

    return find_lexer_class_by_name(name)


@cache
def _known_names() -> frozenset[str]:
    """What pygments itself knows. Asked for another name it searches all installed packages for plugins: 150 ms."""
    from pygments.lexers import get_all_lexers

    return frozenset(alias for _, aliases, _, _ in get_all_lexers(plugins=False) for alias in aliases)


def warm(languages: Iterable[str] = ("python", "bash", "json", "javascript", "yaml", "sql")) -> None:
    """Imports and compiles the lexers of these languages. 7-24 ms each: for idle time, one language a call."""
    for language in languages:
        highlighter = Highlighter(language)
        highlighter.append("x = 1\n")
        highlighter.close()
        highlighter.advance()


class Highlighter:
    """The kinds of one code block, while it is written and after.

    :meth:`append` and :meth:`close` cost nothing; :meth:`advance` does the work, in pieces if it is given a budget.
    While the block is open only its last lines are lexed again; once it is closed the whole is lexed afresh, so that
    the outcome is exactly what pygments says of the complete code.
    """

    def __init__(self, language: str) -> None:
        self.lines: list[tuple[Run, ...]] = []
        """Per line of the code, as far as it has been lexed; lines beyond the end are plain."""
        self._lexer = lexer_for(language)
        self._text = ""
        self._parts: list[str] = []
        self._closed = False
        self._excess = False
        self._mark: Mark = (0, None)
        self._mark_line = 0
        self._exact: Iterator[tuple[int, tuple[Run, ...]]] | None = None
        self.done = True
        """False while :meth:`advance` has something left to do."""

    @property
    def closed(self) -> bool:
        """No more code will come."""
        return self._closed

    def append(self, text: str) -> None:
        """More code at the end of the block."""
        if text and self._lexer is not None and not self._closed:
            self._parts.append(text)
            self.done = False

    def close(self) -> None:
        """No more code will come: what is left to do is the exact pass over the whole."""
        if not self._closed:
            self._closed = True
            self.done = self._lexer is None

    def tokens(self, first: int, last: int) -> list[tuple[Run, ...]]:
        """The runs of the lines ``first`` to ``last - 1``; plain where nothing is known (yet)."""
        known = self.lines[first:last]
        return known + [()] * (last - first - len(known))

    def advance(self, budget: float | None = None) -> int | None:
        """Lexes for about ``budget`` seconds (None: to the end).

        Returns the first line whose runs have changed, or None if none has."""
        if self.done or self._lexer is None:
            return None
        if not self._take_parts():
            self.done = True
            return None
        deadline = None if budget is None else perf_counter() + budget
        try:
            return (
                self._advance_exact(deadline) if self._closed else self._advance_tail(self._lexer, deadline)
            )
        except Exception:  # noqa: BLE001  a lexer's fault on odd code leaves the code plain; there is nobody to tell
            self._lexer = None
            self.done = True
            return None

    def _take_parts(self) -> bool:
        """Joins what has been appended; False if there is more than can be lexed in passing."""
        start = self._text.rfind("\n") + 1
        self._text += "".join(self._parts)
        self._parts.clear()
        self._excess = self._excess or len(self._text) > CODE_LIMIT
        while not self._excess and (end := self._text.find("\n", start)) >= 0:
            self._excess = end - start > LINE_LIMIT
            start = end + 1
        self._excess = self._excess or len(self._text) - start > LINE_LIMIT
        return not self._excess

    @property
    def _lexable(self) -> str:
        """The code with a line end at its end, which some lexers want to see behind the last line, too."""
        return self._text if self._text.endswith("\n") else self._text + "\n"

    def _advance_tail(self, lexer: Lexer, deadline: float | None) -> int | None:
        from chat2anyllm_desktop.render import lexing

        text = self._lexable
        # Rules may look at the following line, so the last two lines are not final.
        settled = text.rfind("\n", 0, max(0, text.rfind("\n", 0, max(0, len(text) - 1)))) + 1
        marks: list[Mark] = []
        changed: int | None = None
        number = self._mark_line
        self.done = True
        for number, runs in _lines(
            lexing.run(lexer, text, self._mark, marks), self._mark[0], self._mark_line
        ):
            changed = self._put(number, runs, changed)
            # Without a place to go on from, stopping would be for nothing.
            if deadline is not None and marks and marks[0][0] <= settled and perf_counter() > deadline:
                self.done = False
                break
        for mark in reversed(marks):
            if mark[0] <= settled:
                self._mark_line += text.count("\n", self._mark[0], mark[0])
                self._mark = mark
                break
        return changed

    def _advance_exact(self, deadline: float | None) -> int | None:
        if self._exact is None:
            assert self._lexer is not None
            self._exact = _lines(self._lexer.get_tokens_unprocessed(self._lexable), 0, 0)
        changed: int | None = None
        for number, runs in self._exact:
            changed = self._put(number, runs, changed)
            if deadline is not None and perf_counter() > deadline:
                return changed
        self.done = True
        self._exact = None
        return changed

    def _put(self, number: int, runs: tuple[Run, ...], changed: int | None) -> int | None:
        lines = self.lines
        while len(lines) <= number:
            lines.append(())
        if lines[number] == runs:
            return changed
        lines[number] = runs
        return number if changed is None else changed


def _lines(tokens: Iterable[Token], start: int, number: int) -> Iterator[tuple[int, tuple[Run, ...]]]:
    """Cuts tokens at line ends and joins neighbours of one kind. ``start`` is the position of line ``number``."""
    runs: list[Run] = []
    for position, token, value in tokens:
        kind = _kind_of(token)
        while (end := value.find("\n")) >= 0:
            if kind is not None and end:
                _add(runs, position - start, end, kind)
            yield number, tuple(runs)
            runs.clear()
            value = value[end + 1 :]
            position += end + 1
            start = position
            number += 1
        if kind is not None and value:
            _add(runs, position - start, len(value), kind)
    if runs:
        yield number, tuple(runs)


def _add(runs: list[Run], start: int, length: int, kind: Kind) -> None:
    if runs:
        before, size, same = runs[-1]
        if same is kind and before + size == start:
            runs[-1] = (before, size + length, kind)
            return
    runs.append((start, length, kind))
