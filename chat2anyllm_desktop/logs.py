"""The log and the crash reports: what happened, in both cases without secrets and without anybody's messages.

Loggers are told ids, counts, times and names of errors, never message text; what looks like a key is masked all the
same, and so is every value given to :func:`mask`.
"""

from __future__ import annotations

import logging
import logging.handlers
import platform
import re
import sys
import threading
import traceback
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from chat2anyllm_desktop import __version__
from chat2anyllm_desktop.core.errors import ChatError
from chat2anyllm_desktop.paths import make_folder
from chat2anyllm_desktop.setting_types import MASK
from chat2anyllm_desktop.system import secure_file

_MAX_BYTES = 1_000_000
_OLD_FILES = 3
_MAX_REPORTS = 10
_SHORTEST_SECRET = 4
"""Masking shorter values would mask half of the language."""

_log = logging.getLogger(__name__)
_known: set[str] = set()
_patterns = (
    (re.compile(r"\b(sk|pk|rk|xox[abp]|gh[pousr]|glpat|AIza)([-_][\w-]{4,}|[\w-]{20,})"), rf"\1-{MASK}"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{4,}"), rf"\1 {MASK}"),
    # Bounded, and at the start of a word: else a long line without spaces costs the square of its length.
    (re.compile(r"(?i)\b([a-z][a-z0-9+.-]{0,24}://[^\s/:@'\"]*):[^\s/@'\"]+@"), rf"\1:{MASK}@"),
    (
        re.compile(
            r"(?i)((?:api[-_]?key|password|passwd|secret|token|authorization)[\"']?\s*[:=]\s*[\"']?)"
            r"(?!bearer |basic )[^\s\"',;&]{4,}"
        ),
        rf"\1{MASK}",
    ),
)


def mask(value: str) -> None:
    """Never let this value into the log or a report, in whatever place it turns up. Harmless when empty or short."""
    if len(value) >= _SHORTEST_SECRET:
        _known.update({value, quote(value, safe="")})


def masked(text: str) -> str:
    """The text with everything secret replaced."""
    for value in sorted(_known, key=len, reverse=True):
        text = text.replace(value, MASK)
    for pattern, replacement in _patterns:
        text = pattern.sub(replacement, text)
    return text


class _MaskingFormatter(logging.Formatter):
    """Masks the finished lines, so that arguments and tracebacks are covered too."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class _PrivateFile(logging.handlers.RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        stream = super()._open()
        secure_file(Path(self.baseFilename))
        return stream


def start_logging(level: str, file: Path) -> str | None:
    """Log into a rotating file, and warnings to standard error too. Returns why there is no file, or None.

    Called once, before anything else is started; :func:`stop_logging` ends it.
    """
    stop_logging()
    root = logging.getLogger()
    root.setLevel(logging.WARNING)
    logging.getLogger("chat2anyllm_desktop").setLevel(level.upper())
    logging.captureWarnings(True)
    if sys.stderr is not None:  # Windows has none for a program without a console.
        screen = logging.StreamHandler(sys.stderr)
        screen.setLevel(logging.WARNING)
        screen.setFormatter(_MaskingFormatter("%(levelname)s %(name)s: %(message)s"))
        _add(root, screen)
    try:
        make_folder(file.parent)
        book = _PrivateFile(file, maxBytes=_MAX_BYTES, backupCount=_OLD_FILES, encoding="utf-8")
    except (ChatError, OSError) as error:
        return f"There is no log file: {error}"
    book.setFormatter(_MaskingFormatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    _add(root, book)
    return None


def stop_logging() -> None:
    """Write out and close what :func:`start_logging` opened; harmless without it."""
    root = logging.getLogger()
    while _handlers:
        handler = _handlers.pop()
        root.removeHandler(handler)
        handler.close()
    logging.captureWarnings(False)


_handlers: list[logging.Handler] = []


def _add(root: logging.Logger, handler: logging.Handler) -> None:
    root.addHandler(handler)
    _handlers.append(handler)


class CrashReports:
    """Writes a report of every unexpected error into a folder: the stack without local variables, secrets masked.

    The same error is reported once a run, and not more than ten different ones, so that a fault in a paint event does
    not fill the disk.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, Path] = {}

    def install(self) -> None:
        """Take over what Python does with errors that nobody caught, in this and in other threads."""
        sys.excepthook = self._on_error
        threading.excepthook = self._on_thread_error

    def write(self, error: BaseException) -> Path | None:
        """The file of the report; None when it could not be written or there have been too many. Any thread."""
        stack = masked("".join(traceback.format_exception(error)))
        if stack in self._seen:
            return self._seen[stack]
        if len(self._seen) >= _MAX_REPORTS:
            return None
        now = datetime.now()
        file = self._folder / f"crash-{now:%Y%m%d-%H%M%S}-{len(self._seen) + 1}.txt"
        head = (
            f"Chat2AnyLLM Desktop {__version__}\n{now:%Y-%m-%d %H:%M:%S}\n"
            f"Python {platform.python_version()}, {platform.platform()}\n\n"
        )
        try:
            make_folder(self._folder)
            file.touch(mode=0o600)
            file.write_text(head + stack, encoding="utf-8", errors="backslashreplace")
        except (ChatError, OSError):
            return None
        self._seen[stack] = file
        return file

    def _on_error(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None, where: str = ""
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        file = self.write(error)
        place = f"the report is in {file}" if file else "no report could be written"
        _log.error("unexpected %s%s; %s", kind.__name__, where, place)

    def _on_thread_error(self, arguments: threading.ExceptHookArgs) -> None:
        if arguments.exc_value is None or issubclass(arguments.exc_type, SystemExit):
            return
        name = arguments.thread.name if arguments.thread else "a thread"
        self._on_error(arguments.exc_type, arguments.exc_value, arguments.exc_traceback, f" in {name}")
