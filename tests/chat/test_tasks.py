"""Named tasks: replaced in order, reported once, ended on exit."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

import pytest

from chat2anyllm_desktop.chat.tasks import SHUTDOWN, STOP, Tasks, UnexpectedError, to_end
from chat2anyllm_desktop.core.errors import ChatError, InputError


class Log:
    """What happened, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.errors: list[tuple[str, ChatError]] = []
        self.tasks = Tasks(lambda name, error: self.errors.append((name, error)))

    async def work(self, name: str, *, ending: float = 0.0, forever: bool = True) -> None:
        self.lines.append(f"{name} begins")
        try:
            if forever:
                await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            await asyncio.sleep(ending)
            self.lines.append(f"{name} ends: {' '.join(error.args)}")
            raise
        self.lines.append(f"{name} is done")


def run(main: Coroutine[Any, Any, None]) -> None:
    asyncio.run(main)


def test_the_same_name_begins_when_its_predecessor_has_ended() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("load", log.work("first", ending=0.05))
        await asyncio.sleep(0)
        log.tasks.start("load", log.work("second"))
        assert log.tasks.is_running("load")
        await asyncio.sleep(0.1)
        assert log.lines == ["first begins", f"first ends: {STOP}", "second begins"]
        await log.tasks.aclose()
        assert log.lines[-1] == f"second ends: {SHUTDOWN}"
        assert not log.tasks.is_running("load")
        assert log.errors == []

    run(main())


def test_a_task_replaced_while_it_waits_never_begins_and_lets_nobody_overtake() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("load", log.work("first", ending=0.05))
        await asyncio.sleep(0)
        log.tasks.start("load", log.work("second"))
        await asyncio.sleep(0)
        log.tasks.start("load", log.work("third", forever=False))
        await log.tasks.join("load")
        assert log.lines == ["first begins", f"first ends: {STOP}", "third begins", "third is done"]

    run(main())


def test_other_names_run_side_by_side() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("a", log.work("a"))
        log.tasks.start("b", log.work("b"))
        await asyncio.sleep(0)
        assert log.tasks.cancel("a", "enough")
        await log.tasks.join("a")
        assert log.lines == ["a begins", "b begins", "a ends: enough"]
        assert log.tasks.is_running("b")
        assert not log.tasks.cancel("a")
        await log.tasks.aclose()

    run(main())


def test_failures_are_reported_once_with_their_sentence() -> None:
    async def fail() -> None:
        raise InputError("That cannot be.")

    async def main() -> None:
        log = Log()
        log.tasks.start("fail", fail())
        await log.tasks.join("fail")
        await log.tasks.aclose()
        ((name, error),) = log.errors
        assert (name, str(error)) == ("fail", "That cannot be.")

    run(main())


@pytest.mark.expects_warnings
def test_faults_of_ours_are_logged_with_traceback_and_reported_without(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail() -> None:
        raise ValueError("secret detail")

    async def main() -> None:
        log = Log()
        log.tasks.start("fail", fail())
        await log.tasks.join("fail")
        ((_, error),) = log.errors
        assert isinstance(error, UnexpectedError)
        assert "secret" not in str(error) + error.detail
        assert error.detail == "ValueError"

    run(main())
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert record.exc_info is not None
    assert "task fail failed" in record.getMessage()


@pytest.mark.expects_warnings
def test_a_failing_report_is_not_lost(caplog: pytest.LogCaptureFixture) -> None:
    def on_error(name: str, error: ChatError) -> None:
        raise KeyError(name)

    async def fail() -> None:
        raise InputError("x")

    async def main() -> None:
        tasks = Tasks(on_error)
        tasks.start("fail", fail())
        await tasks.join("fail")
        await asyncio.sleep(0)

    run(main())
    assert any("reporting a failure of task fail failed" in record.getMessage() for record in caplog.records)


def test_a_failure_while_being_cancelled_is_reported_too() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise InputError("could not be put away")

    async def main() -> None:
        log = Log()
        log.tasks.start("x", stubborn())
        await asyncio.sleep(0)
        await log.tasks.aclose()
        assert [str(error) for _, error in log.errors] == ["could not be put away"]

    run(main())


def test_closing_waits_for_slow_ends_and_starts_nothing_any_more() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("slow", log.work("slow", ending=0.05))
        await asyncio.sleep(0)
        closing = asyncio.ensure_future(log.tasks.aclose())
        await asyncio.sleep(0)
        log.tasks.start("late", log.work("late"))
        await closing
        await log.tasks.aclose()
        assert log.lines == ["slow begins", f"slow ends: {SHUTDOWN}"]

    run(main())


def test_closing_from_within_a_task() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("other", log.work("other"))
        log.tasks.start("quit", log.tasks.aclose())
        await log.tasks.join("quit")
        assert log.lines == ["other begins", f"other ends: {SHUTDOWN}"]

    run(main())


def test_a_task_cancelled_before_its_first_step_leaves_nothing_behind() -> None:
    async def main() -> None:
        log = Log()
        log.tasks.start("x", log.work("x"))
        log.tasks.cancel("x")
        await log.tasks.join("x")
        assert log.lines == []

    run(main())  # A coroutine that was never awaited would be a warning, and so an error.


def test_to_end_outlasts_every_cancellation_and_gives_back_the_first() -> None:
    async def main() -> None:
        done = asyncio.Event()

        async def work() -> str:
            await done.wait()
            return "kept"

        async def caller() -> str:
            result, cancelled = await to_end(work())
            assert cancelled is not None
            return f"{result} {cancelled.args[0]}"

        task = asyncio.ensure_future(caller())
        for message in ("one", "two"):
            await asyncio.sleep(0.01)
            task.cancel(message)
        await asyncio.sleep(0.01)
        assert not task.done()
        done.set()
        assert await task == "kept one"

    run(main())


def test_the_end_is_told_however_it_comes() -> None:
    async def scenario() -> None:
        tasks = Tasks(lambda name, error: None)
        seen: list[tuple[str, bool]] = []

        def start(name: str, work: Coroutine[Any, Any, None]) -> None:
            tasks.start(name, work, ended=lambda: seen.append((name, tasks.is_running(name))))

        async def fail() -> None:
            raise ChatError("No.")

        start("good", asyncio.sleep(0))
        start("bad", fail())
        start("never begun", asyncio.sleep(60))
        tasks.cancel("never begun")
        for name in ("good", "bad", "never begun"):
            await tasks.join(name)
        start("closed", asyncio.sleep(60))
        await tasks.aclose()
        assert sorted(seen) == [("bad", False), ("closed", False), ("good", False), ("never begun", False)]

    asyncio.run(scenario())
