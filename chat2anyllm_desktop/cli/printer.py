"""A turn on the terminal."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from typing import TextIO

from chat2anyllm_desktop.chat.events import AnswerDelta, AnswerEnded, AnswerRetrying, AnswerStarted, TurnEvent
from chat2anyllm_desktop.chat.tasks import STOP
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.core.models import Kind, Message, Status

_READER_GONE = (errno.EPIPE, errno.EINVAL)
"""How a closed pipe shows itself; the second on Windows."""

_VISIBLE = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"}
_VISIBLE |= {0x7F: 0x2421, **dict.fromkeys(range(0x80, 0xA0), 0xFFFD)}


class Printer:
    """Writes answers to standard output, and everything else to standard error, as it comes.

    A reader that goes away (``| head``) stops the answer: the task that shows it is cancelled, as by Stop.
    """

    def __init__(self, *, show_reasoning: bool, verbose: bool) -> None:
        self.succeeded = False
        """Whether the last answer is complete, has text, and is saved."""
        self.reader_gone = False
        self._show_reasoning = show_reasoning
        self._verbose = verbose
        self._kind = Kind.CHAT
        self._thinking = False
        self._out = _Stream(sys.stdout)
        self._aside = _Stream(sys.stderr, dim=True)

    def show(self, event: TurnEvent) -> None:
        """Print an event of a turn. Raises ChatError when the output takes nothing any more (a full disk)."""
        try:
            if isinstance(event, AnswerDelta):
                self._show_delta(event)
            elif isinstance(event, AnswerStarted):
                self._kind = event.message.kind
            elif isinstance(event, AnswerRetrying):
                self._aside.line(f"{event.sentence} Trying again in {event.delay_s:.0f} s.")
            elif isinstance(event, AnswerEnded):
                self._show_end(event)
        except OSError as error:
            self._discard_output()
            if error.errno not in _READER_GONE:
                raise ChatError(f"The answer cannot be written out: {error.strerror}.") from error
            self._give_up()

    def _show_delta(self, event: AnswerDelta) -> None:
        if event.reasoning and self._show_reasoning:
            self._aside.write(event.reasoning)
            self._thinking = True
        if event.text:
            if self._thinking:  # Once: a plan goes where the thoughts went, and its pieces are no lines.
                self._aside.end_line()
                self._thinking = False
            (self._aside if self._kind is Kind.PLAN else self._out).write(event.text)

    def _show_end(self, event: AnswerEnded) -> None:
        message = event.message
        self._out.end_line()
        self._aside.end_line()
        complete = message.status is Status.COMPLETE
        wordless = complete and not message.content.strip()
        self.succeeded = complete and not wordless and event.save_error is None
        if event.error is not None:
            print(event.error, file=sys.stderr)
        elif wordless:
            print(f"{message.model} thought about it and wrote no answer.", file=sys.stderr)
        if event.save_error is not None:
            print(f"The answer could not be saved: {event.save_error}", file=sys.stderr)
        if self._verbose:
            self._aside.line(_facts(message))

    def _give_up(self) -> None:
        if self.reader_gone:
            return
        self.reader_gone = True
        task = asyncio.current_task()
        if task is not None:
            task.cancel(STOP)

    def _discard_output(self) -> None:
        """What is still written, by us and by Python at exit, goes nowhere instead of failing again."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


class _Stream:
    """A standard stream that knows where its line ends. A model's text can do nothing to a terminal."""

    def __init__(self, stream: TextIO, *, dim: bool = False) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        dim = dim and self._terminal and not os.environ.get("NO_COLOR")
        self._before, self._after = ("\x1b[2m", "\x1b[22m") if dim else ("", "")
        self._in_line = False

    def write(self, text: str) -> None:
        if self._terminal:
            text = text.replace("\r\n", "\n").translate(_VISIBLE)
        # A lone surrogate, or a letter that the terminal's encoding lacks, is no reason to end.
        encoding = self._stream.encoding or "utf-8"
        text = text.encode(encoding, "replace").decode(encoding)
        self._stream.write(f"{self._before}{text}{self._after}")
        self._stream.flush()
        self._in_line = not text.endswith("\n")

    def end_line(self) -> None:
        if self._in_line:
            self._stream.write("\n")
            self._stream.flush()
            self._in_line = False

    def line(self, text: str) -> None:
        self.end_line()
        self.write(text + "\n")


def _facts(message: Message) -> str:
    usage = message.usage
    facts = [message.model or "", message.status.value if message.status is not Status.COMPLETE else ""]
    if usage.first_token_s is not None:
        facts.append(f"{usage.first_token_s:.1f} s to first token")
    if usage.duration_s is not None:
        facts.append(f"{usage.duration_s:.1f} s")
    if usage.prompt_tokens is not None or usage.completion_tokens is not None:
        facts.append(f"{usage.prompt_tokens or '?'} + {usage.completion_tokens or '?'} tokens")
    if usage.cost is not None:
        facts.append(f"${usage.cost:.6g}" + ("" if usage.cost_reported else " (estimated)"))
    return " - ".join(filter(None, [*facts, f"session {message.session_id}"]))
