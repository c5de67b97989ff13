"""Resumable runs of pygments lexers: what a highlighter needs while a code block is still being written.

A lexer can be stopped at any line start that lies between two tokens, and go on from there when more text has come: all
it needs is its state there. Three families are told apart:

- plain regex lexers: the state is the stack of state names;
- regex lexers with a context object (YAML, Ruby, Terraform): the state is a copy of that context;
- everything else (JSON, console sessions, mixed languages): no state can be had, so every resumption starts afresh.

What a resumed run yields is close to the truth, not always the same: rules that look ahead may have seen too little,
and languages that refine their tokens afterwards (C, Lua, PHP) are refined only when the block is complete.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from pygments.lexer import ExtendedRegexLexer, Lexer, LexerContext, RegexLexer
from pygments.token import Error, Text, _TokenType

Token = tuple[int, _TokenType, str]
Mark = tuple[int, Any]
"""A position in the text at the start of a line, and the state of the lexer there."""

START: Mark = (0, None)


def run(lexer: Lexer, text: str, mark: Mark, marks: list[Mark]) -> Iterator[Token]:
    """The tokens of ``text`` from ``mark`` on; appends to ``marks`` every line start passed between two tokens."""
    if isinstance(lexer, ExtendedRegexLexer):
        return _run_context(lexer, text, mark, marks)
    if isinstance(lexer, RegexLexer):
        return _run_states(lexer, text, mark, marks)
    return _run_stateless(lexer, text, mark, marks)


def _run_states(lexer: RegexLexer, text: str, mark: Mark, marks: list[Mark]) -> Iterator[Token]:
    position, state = mark
    stack: list[str] = list(state or ("root",))
    states: dict[str, Any] = lexer._tokens  # type: ignore[attr-defined]  # compiled by pygments' metaclass
    rules = states[stack[-1]]
    size = len(text)
    while True:
        before = position
        for match, action, change in rules:
            found = match(text, position)
            if found is None:
                continue
            if action is not None:
                if type(action) is _TokenType:
                    yield position, action, found.group()
                else:
                    yield from action(lexer, found)
            position = found.end()
            if change is not None:
                _change(stack, change)
                rules = states[stack[-1]]
            break
        else:
            if position >= size:
                return
            if text[position] == "\n":  # A line that no rule understands ends: begin again.
                stack = ["root"]
                rules = states["root"]
                yield position, Text, "\n"
            else:
                yield position, Error, text[position]
            position += 1
        if position > before and text[position - 1] == "\n":
            marks.append((position, tuple(stack)))


def _change(stack: list[str], change: Any) -> None:
    for step in change if isinstance(change, tuple) else (change,):
        if step == "#pop":
            if len(stack) > 1:
                stack.pop()
        elif step == "#push":
            stack.append(stack[-1])
        elif isinstance(step, int):
            del stack[max(1, len(stack) + step) :]
        else:
            stack.append(step)


def _run_context(lexer: ExtendedRegexLexer, text: str, mark: Mark, marks: list[Mark]) -> Iterator[Token]:
    position, state = mark
    if state is None:
        if position:  # A stateless mark: cannot be, but costs nothing to survive.
            position = 0
        context = _fresh_context(lexer, text)
    else:
        context = _copied(state)
        context.text, context.end, context.pos = text, len(text), position
    for token in lexer.get_tokens_unprocessed(text, context):
        start = token[0]
        # A callback may yield ahead of its context, or narrow it for a nested run (Ruby's here-documents); where neither
        # is so, the context is the state in front of this token.
        if start == context.pos > position and context.end == len(text) and text[start - 1] == "\n":
            marks.append((start, _copied(context, without_text=True)))
        yield token


def _fresh_context(lexer: ExtendedRegexLexer, text: str) -> Any:
    if type(lexer).__name__ == "YamlLexer":
        from pygments.lexers.data import YamlLexerContext

        return YamlLexerContext(text, 0)  # type: ignore[no-untyped-call]  # the stubs leave it out
    return LexerContext(text, 0)


def _copied(context: Any, without_text: bool = False) -> Any:
    twin = copy.copy(context)
    for name, value in vars(context).items():
        if isinstance(value, list | dict):
            setattr(twin, name, copy.copy(value))
    if without_text:
        twin.text = ""
    return twin


def _run_stateless(lexer: Lexer, text: str, mark: Mark, marks: list[Mark]) -> Iterator[Token]:
    offset = mark[0]
    for position, kind, value in lexer.get_tokens_unprocessed(text[offset:]):
        position += offset
        yield position, kind, value
        if value.endswith("\n"):
            marks.append((position + len(value), None))
