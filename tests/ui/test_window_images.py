"""Images in the whole program: nothing is fetched until somebody clicks, then one image, and no key goes with it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from chat2anyllm_desktop.ui.transcript.part import Deed, Spot
from chat2anyllm_desktop.ui.transcript.picture import Picture
from chat2anyllm_desktop.ui.transcript.view import TranscriptView
from tests.conftest import LoopRunner
from tests.llm.misbehaving import STALL, Request, Script, answer, model_list, reply, serve
from tests.ui.scripted import gateway
from tests.ui.transcript.imagery import address, plain
from tests.ui.window_driver import open_window

PNG = plain(300, 120)


def click(view: TranscriptView, deed: Deed, label: str = "") -> None:
    """Click the first thing on screen that does this."""
    found: list[tuple[int, int, Spot]] = [
        (placed.row.place(placed.number)[0], placed.y, spot)
        for placed in view._page.placed
        for spot in placed.part.spots()
        if spot.deed is deed and label in spot.label
    ]
    left, top, spot = found[0]
    assert spot.area is not None
    point = spot.area.topLeft() + QPointF(view._pointer.column + left + 4, top + 6)
    QTest.mouseClick(
        view.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, point.toPoint()
    )


def texts(view: TranscriptView) -> list[str]:
    return [placed.part.text for placed in view._page.placed if isinstance(placed.part, Picture)]


def test_an_image_is_fetched_by_a_click_and_not_before(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            view = desk.shell.view
            await desk.ready()
            await desk.send("Draw")
            await desk.answered()
            await asyncio.sleep(0.3)
            assert (web.connections, texts(view)) == (0, [])
            click(view, Deed.LINK, f":{web.port}/moved")
            await desk.until(lambda: texts(view) == ["A chart"], "the image")
            assert [request.path for request in web.requests] == ["/moved.png", "/a.png"]
            for request in web.requests:
                assert {"authorization", "cookie", "referer"}.isdisjoint(request.headers)
            click(view, Deed.VIEW_IMAGE)
            view.pictures.save_requested.emit(PNG, "A chart.png")
            dialog = view.window().findChild(QFileDialog)
            assert isinstance(dialog, QFileDialog)
            dialog.fileSelected.emit(str(tmp_path / "kept.png"))
            dialog.reject()
            await desk.hears("The image is written to")
            assert (tmp_path / "kept.png").read_bytes() == PNG
            assert len(web.requests) == 2

    def paths(request: Request) -> Script:
        if request.path == "/moved.png":
            return reply(302, b"", headers={"Location": "/a.png", "Set-Cookie": "a=b"})
        return reply(200, PNG, content_type="application/octet-stream")

    with serve(paths) as web:
        text = f"See ![A chart](http://127.0.0.1:{web.port}/moved.png) and ![other](http://127.0.0.1:{web.port}/b.png)"
        with gateway(monkeypatch, answer(text)):
            qt_loop.run(scenario())


def test_what_could_not_be_loaded_is_said_in_its_place(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [reply(404, "no"), reply(200, "<html></html>"), reply(200, PNG)]

    async def scenario() -> None:
        async with open_window() as desk:
            view = desk.shell.view
            await desk.ready()
            await desk.send("Draw")
            await desk.answered()
            place = f"A chart (image at 127.0.0.1) could not be loaded: 127.0.0.1:{web.port}"
            click(view, Deed.LINK)
            await desk.until(
                lambda: texts(view) == [f"{place} answers with status 404 (Not Found)."], "the refusal"
            )
            click(view, Deed.LOAD_IMAGE, "Retry")
            await desk.until(lambda: "is no PNG or JPEG" in texts(view)[0], "the page")
            click(view, Deed.LOAD_IMAGE, "Retry")
            await desk.until(lambda: texts(view) == ["A chart"], "the image")
            assert desk.notices == []

    with serve(lambda _: answers.pop(0)) as web:
        text = f"![A chart](http://127.0.0.1:{web.port}/a.png)"
        with gateway(monkeypatch, answer(text)):
            qt_loop.run(scenario())


def test_the_window_closes_while_an_image_is_on_its_way(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario() -> None:
        async with open_window() as desk:
            await desk.ready()
            await desk.send("Draw")
            await desk.answered()
            click(desk.shell.view, Deed.LINK)
            await desk.until(lambda: web.requests, "the request")

    slow: Script = [b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", PNG[:100], STALL]
    with (
        serve(lambda _: slow) as web,
        gateway(monkeypatch, answer(f"![a](http://127.0.0.1:{web.port}/a.png)")),
    ):
        qt_loop.run(scenario())
        assert web.disconnected.wait(5)


def test_an_image_in_an_answer_is_kept_and_shown_again(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"Here: ![A chart]({address(plain(900, 400))}) it is."

    async def scenario(*, first: bool) -> None:
        async with open_window() as desk:
            await desk.ready()
            if first:
                await desk.send("Draw")
            await desk.until(lambda: texts(desk.shell.view) == ["A chart"], "the image")
            assert (await desk.answered()).content == text
            stored = await desk.history()
            assert stored[-1].content == text

    def by_kind(request: Request) -> Script:
        return model_list("m") if request.method == "GET" else answer(text)

    with gateway(monkeypatch, by_kind):
        qt_loop.run(scenario(first=True))
        qt_loop.run(scenario(first=False))
