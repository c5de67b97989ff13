"""What is asked: the words of the command line, and what was piped in.

Standard input is read to its end when it is a pipe, a socket or a file, as other tools do: half of what somebody pipes in
would be another question. Where a pipe is open that nobody writes to (some schedulers, ssh without -n) this waits; it is
said on standard error after some seconds, and ``--no-stdin`` is the way out.
"""

from __future__ import annotations

import os
import stat
import sys
import threading

from chat2anyllm_desktop.core.errors import InputError

SILENCE_S = 3.0
"""Seconds of waiting for piped input until it is said what is waited for."""


def read_question(words: list[str], *, reads: bool) -> str:
    """The question with what was piped in; ``reads`` False leaves standard input alone. Raises InputError when there is
    neither."""
    asked = " ".join(words).strip()
    # Bytes that are no UTF-8 come in arguments as lone surrogates, which no store and no gateway takes.
    asked = os.fsencode(asked).decode("utf-8", "replace")
    alone = asked in ("", "-")
    piped = _piped(wanted=asked == "-") if reads else ""
    if alone and not piped.strip():
        raise InputError(
            'Nothing was asked. Usage: chat2anyllm ask "question", or: command | chat2anyllm ask -'
        )
    return piped if alone else "\n\n".join(filter(None, [asked, piped]))


def _piped(*, wanted: bool) -> str:
    """What stands in standard input, when it is a pipe or a file; a terminal is read only when that is wanted."""
    if sys.stdin is None:
        return ""
    mode = os.fstat(sys.stdin.fileno()).st_mode
    if not (wanted or stat.S_ISFIFO(mode) or stat.S_ISREG(mode) or stat.S_ISSOCK(mode)):
        return ""
    if sys.stdin.isatty():
        return _text(sys.stdin.buffer.read())
    notice = threading.Timer(SILENCE_S, _say_what_is_waited_for)
    notice.daemon = True
    notice.start()
    try:
        return _text(sys.stdin.buffer.read())
    finally:
        notice.cancel()


def _text(data: bytes) -> str:
    return data.decode("utf-8-sig", "replace").strip("\n")


def _say_what_is_waited_for() -> None:
    print(
        "Reading standard input to its end. If nothing is piped in, use --no-stdin (or < /dev/null).",
        file=sys.stderr,
        flush=True,
    )
