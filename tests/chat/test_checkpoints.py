"""Text is safe soon after it came, and keeping it disturbs nothing."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from pathlib import Path

from chat2anyllm_desktop.chat.events import AnswerDelta
from chat2anyllm_desktop.chat.partial import PartialAnswer
from chat2anyllm_desktop.chat.turn import run_turn
from chat2anyllm_desktop.core.models import Author, Message, Status, utc_now
from chat2anyllm_desktop.llm.api import Delta
from chat2anyllm_desktop.store.api import Store
from chat2anyllm_desktop.store.journal import settle
from tests.chat.given import MODEL, Given, ScriptedModels, Step, given, until


def drip(count: int, pause_s: float) -> list[Step]:
    steps: list[Step] = []
    for number in range(count):
        steps += [f"{number} ", pause_s]
    return steps


def partials(saved: Sequence[Message]) -> list[Message]:
    """The checkpoints: what was saved between the empty answer and its end."""
    return [each for each in saved if each.status is Status.STREAMING and each.content]


def test_checkpoints_come_in_time_and_not_more_often(tmp_path: Path) -> None:
    """Whatever was on show a checkpoint's time ago is in the store."""

    async def main() -> None:
        loop = asyncio.get_running_loop()
        shown: list[tuple[float, int]] = []
        late: list[str] = []
        async with given(tmp_path, ScriptedModels(drip(200, 0.005))) as it:
            length = 0
            async for event in run_turn(it, it.session, "?", model=MODEL):
                if isinstance(event, AnswerDelta):
                    length += len(event.text)
                    shown.append((loop.time(), length))
                    saved = max((len(each.content) for each in partials(it.backend.saved)), default=0)
                    # 0.25 s is promised; 0.15 more for a machine that does other things meanwhile.
                    must = max((size for at, size in shown if at < loop.time() - 0.40), default=0)
                    if saved < must:
                        late.append(f"{saved} < {must} characters")
            assert late == []
            duration = shown[-1][0] - shown[0][0]
            assert 2 <= len(partials(it.backend.saved)) <= duration / (0.7 * it.store.checkpoint_s) + 1

    asyncio.run(main())


def test_a_silent_stream_is_saved_once_and_then_left_alone(tmp_path: Path) -> None:
    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Text", 1.0])) as it:
            await it.take(run_turn(it, it.session, "?", model=MODEL))
            assert [each.content for each in partials(it.backend.saved)] == ["Text"]

    asyncio.run(main())


def test_a_slow_store_delays_no_delta_and_saves_are_not_piled_up(tmp_path: Path) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        async with given(tmp_path, ScriptedModels(drip(100, 0.005))) as it:
            gaps: list[float] = []
            last = None
            async for event in run_turn(it, it.session, "?", model=MODEL):
                if isinstance(event, AnswerDelta):
                    it.backend.delay_s = 0.4
                    if last is not None:
                        gaps.append(loop.time() - last)
                    last = loop.time()
            assert max(gaps) < 0.3
            it.backend.delay_s = 0.0
            assert len(partials(it.backend.saved)) <= 2
            contents = [each.content for each in it.backend.saved if each.author is Author.ASSISTANT]
            assert contents == sorted(contents, key=len)
            assert contents[-1] == "".join(f"{number} " for number in range(100))

    asyncio.run(main())


def test_failing_checkpoints_go_to_the_journal_and_the_answer_goes_on(tmp_path: Path) -> None:
    async def main() -> None:
        come_back = asyncio.Event()

        def kept() -> list[str]:
            entries = [json.loads(file.read_text()) for file in tmp_path.glob("turns/*/*.json")]
            return [entry["message"]["content"] for entry in entries if "message" in entry]

        async def leave(it: Given) -> list[str]:
            it.backend.away = True
            await until(kept)
            it.backend.away = False
            come_back.set()
            return kept()

        async with given(tmp_path, ScriptedModels(["One ", 0.01, "two ", come_back, "three"])) as it:
            leaving = None
            async for event in run_turn(it, it.session, "?", model=MODEL):
                it.events.append(event)
                if isinstance(event, AnswerDelta) and leaving is None:
                    leaving = asyncio.ensure_future(leave(it))
            assert leaving is not None
            assert await leaving == ["One two "]
            assert it.ended.save_error is None
            assert (await it.history())[-1].content == "One two three"
            assert it.journal.recover() == []
            assert await settle(it.store, it.journal) == []

    asyncio.run(main())


def test_while_the_store_hangs_the_journal_has_it(tmp_path: Path) -> None:
    """A database that does not even fail: the program may be killed before it does."""

    async def main() -> None:
        def kept() -> list[tuple[str, str]]:
            entries = [json.loads(file.read_text()) for file in tmp_path.glob("turns/*/*.json")]
            kept = [entry["message"] for entry in entries if "message" in entry]
            return [(message["content"], message["status"]) for message in kept]

        end = asyncio.Event()
        async with given(tmp_path, ScriptedModels(["Text ", end, "end"])) as it:
            gate = threading.Event()
            turn = asyncio.ensure_future(it.take(run_turn(it, it.session, "?", model=MODEL)))
            await until(lambda: it.text)
            stuck = asyncio.ensure_future(it.store.run(gate.wait))
            await until(kept)
            assert kept() == [("Text ", "streaming")]
            end.set()
            await until(lambda: kept() == [("Text end", "complete")])
            assert not turn.done()
            gate.set()
            await stuck
            await turn
            assert it.ended.save_error is None
            assert kept() == []
            assert (await it.history())[-1].content == "Text end"

    asyncio.run(main())


def test_a_checkpoint_never_overwrites_the_end(tmp_path: Path) -> None:
    """The end comes while a checkpoint is being written."""

    async def main() -> None:
        async with given(tmp_path, ScriptedModels(["Text ", 0.3, "end"])) as it:
            async for event in run_turn(it, it.session, "?", model=MODEL):
                if isinstance(event, AnswerDelta):
                    it.backend.delay_s = 0.2
            it.backend.delay_s = 0.0
            got = (await it.store.call(Store.history, it.session.id))[-1]
            assert (got.content, got.status) == ("Text end", Status.COMPLETE)

    asyncio.run(main())


def test_adding_text_costs_the_same_however_much_there_is() -> None:
    """Counted in pieces, not in seconds: nothing is joined before somebody asks."""
    message = Message(id="a", session_id="s", author=Author.ASSISTANT, content="", created_at=utc_now())
    partial = PartialAnswer(message, MODEL)
    for _ in range(10_000):
        assert partial.add(Delta("x" * 10))
    assert not partial.add(Delta(finish_reason="stop"))
    assert partial.pieces == 10_000
    assert len(partial.message().content) == 100_000
    partial.add(Delta("y", reasoning="z"))
    assert partial.message().content.endswith("xy")
    assert partial.message().reasoning == "z"
    assert partial.message().usage.finish_reason == "stop"
