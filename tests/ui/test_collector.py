"""Garbage is collected on the UI thread, and only there."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest
from pytestqt.qtbot import QtBot

from chat2anyllm_desktop.ui import collector
from chat2anyllm_desktop.ui.collector import Collector


class Knot:
    """Garbage that only the collector can find; notes the thread that found it."""

    def __init__(self, found: list[threading.Thread]) -> None:
        self.itself = self
        weakref.finalize(self, lambda: found.append(threading.current_thread()))


def test_what_other_threads_leave_is_collected_here(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "INTERVAL_MS", 20)
    assert gc.isenabled()
    found: list[threading.Thread] = []
    mine = Collector()
    mine.start()
    try:
        assert not gc.isenabled()
        worker = threading.Thread(target=lambda: [Knot(found) for _ in range(5000)])
        worker.start()
        worker.join()
        assert found == []
        qtbot.waitUntil(lambda: len(found) == 5000)
        assert set(found) == {threading.main_thread()}
    finally:
        mine.stop()
    assert gc.isenabled()


def test_a_collector_that_was_off_stays_off(qtbot: QtBot) -> None:
    gc.disable()
    try:
        mine = Collector()
        mine.start()
        mine.stop()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_is_older_waits_for_a_quiet_moment(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "INTERVAL_MS", 5)
    monkeypatch.setattr(collector, "QUIET_S", 0.1)
    looked: list[int] = []

    def note(phase: str, told: dict[str, int]) -> None:
        if phase == "start":
            looked.append(told["generation"])

    gc.callbacks.append(note)
    mine = Collector()
    mine.start()
    try:
        mine.set_busy("session", True)
        qtbot.waitUntil(lambda: len(looked) > 40)
        assert set(looked) == {0}
        mine.set_busy("session", False)
        mine.stir()
        qtbot.waitUntil(lambda: 1 in looked)
        # Not for ever: who never pauses is not to run out of memory.
        mine.set_busy("session", True)
        looked.clear()
        monkeypatch.setattr(collector, "LONGEST_S", 0.0)
        qtbot.waitUntil(lambda: bool({1, 2} & set(looked)))
    finally:
        mine.stop()
        gc.callbacks.remove(note)


def test_memory_is_given_back_once_it_is_quiet(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collector, "INTERVAL_MS", 5)
    monkeypatch.setattr(collector, "QUIET_S", 0.05)
    released: list[threading.Thread] = []
    monkeypatch.setattr(collector, "release_memory", lambda: released.append(threading.current_thread()))
    mine = Collector()
    mine.start()
    try:
        mine.set_busy("session", True)
        qtbot.wait(150)
        assert released == []
        mine.set_busy("session", False)
        qtbot.waitUntil(lambda: bool(released))
        qtbot.wait(100)
        assert len(released) == 1, "given back again and again"
        mine.stir()
        qtbot.waitUntil(lambda: len(released) == 2)
        assert set(released) == {threading.main_thread()}
    finally:
        mine.stop()
