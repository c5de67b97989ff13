from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.core.models import Author, Status
from chat2anyllm_desktop.ui.transcript.model import TranscriptModel
from tests.ui.transcript.stage import BEGINNING, conversation, message


def _ids(model: TranscriptModel) -> list[str]:
    return [entry.id for entry in model]


def test_messages_stand_in_order_of_time_then_id(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset("s", reversed(conversation(4)), False)
    late = message(9, "late", created_at=BEGINNING + timedelta(seconds=1))
    model.upsert(late)
    assert _ids(model) == ["m0000000", "m0000001", "m0000009", "m0000002", "m0000003"]
    assert model.row_of("m0000009") == 2


def test_deltas_are_joined_when_asked_for(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset("s", [message(1, "", status=Status.STREAMING)], False)
    with qtbot.waitSignal(model.text_appended) as signal:
        model.append_delta("m0000001", "Hel", "")
    assert signal.args == [0, "Hel", ""]
    model.append_delta("m0000001", "lo", "because")
    assert model.text_of("m0000001") == "Hello"
    assert (found := model.message("m0000001")) is not None
    assert (found.content, found.reasoning) == ("Hello", "because")


def test_a_delta_for_a_message_that_is_gone_is_ignored(qtbot: QtBot) -> None:
    model = TranscriptModel()
    with qtbot.assertNotEmitted(model.text_appended):
        model.append_delta("nobody", "text")


def test_an_echo_of_a_checkpoint_does_not_take_text_back(qtbot: QtBot) -> None:
    model = TranscriptModel()
    streaming = message(1, "", status=Status.STREAMING)
    model.reset("s", [streaming], False)
    model.append_delta(streaming.id, "one two three")
    model.upsert(replace(streaming, content="one two"))
    assert model.text_of(streaming.id) == "one two three"
    model.upsert(replace(streaming, content="one two three!", status=Status.COMPLETE))
    assert model.text_of(streaming.id) == "one two three!"


def test_pages_are_put_in_front_once(qtbot: QtBot) -> None:
    model = TranscriptModel()
    messages = conversation(6)
    model.reset("s", messages[3:], True)
    assert model.has_older
    with qtbot.waitSignal(model.messages_prepended) as signal:
        model.prepend(messages[:4], False)
    assert signal.args == [3]
    assert _ids(model) == [m.id for m in messages]
    assert not model.has_older


def test_removing_tells_the_highest_row_first(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset("s", conversation(5), False)
    with qtbot.waitSignal(model.messages_removed) as signal:
        model.remove(["m0000001", "m0000003", "nobody"])
    assert signal.args == [[3, 1]]
    assert _ids(model) == ["m0000000", "m0000002", "m0000004"]


def test_a_local_card_stands_at_the_end_and_leaves_with_the_session(qtbot: QtBot) -> None:
    model = TranscriptModel()
    model.reset("s", [message(0, "hi", created_at=BEGINNING + timedelta(days=100_000))], False)
    card = model.show_local("**Models**")
    assert _ids(model) == ["m0000000", card]
    entry = model.entry(1)
    assert entry.local
    assert entry.head.author is Author.ASSISTANT
    model.reset("t", [], False)
    assert len(model) == 0
