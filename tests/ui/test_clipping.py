"""Nothing is cut off, whatever the size of text and however long the words of a language are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QLocale, QSettings, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from chat2anyllm_desktop import paths
from chat2anyllm_desktop.core import language
from chat2anyllm_desktop.ui.translation import Translation
from tests.conftest import LoopRunner
from tests.ui import surfaces
from tests.ui.clipping import clipped
from tests.ui.scripted import by_question, gateway, use
from tests.ui.tour import Tour, furnish, tour_gateway
from tests.ui.window_driver import open_window


def _longer(text: str, n: int = -1) -> str:
    """The text in a language whose words are 1.4 times as long as those of English."""
    letters = round(0.4 * len(text))
    more = " ".join("åéîøü"[: min(5, letters - at)] for at in range(0, letters, 6))
    return f"{text} {more}" if more else text


@pytest.fixture
def dressed(qapp: QApplication) -> Iterator[None]:
    before = (qapp.palette(), qapp.font(), qapp.styleSheet())
    locale = QLocale()
    yield
    QLocale.setDefault(locale)
    language.speak(None)
    qapp.setStyleSheet(before[2])
    qapp.setFont(before[1])
    qapp.setPalette(before[0])
    QGuiApplication.styleHints().unsetColorScheme()


def test_words_of_the_longer_language_are_longer() -> None:
    text = "Answer again, {name}"
    assert len(_longer(text)) >= 1.35 * len(text)
    assert _longer(text).format(name="x").startswith("Answer again, x")


@pytest.fixture
def _words(request: pytest.FixtureRequest, dressed: None, qapp: QApplication) -> Iterator[None]:
    spoken = Translation(qapp, "zh_CN") if request.param == "chinese" else None
    if request.param == "longer":
        language.speak(_longer)
    yield
    if spoken is not None:
        spoken.take_back()


@pytest.mark.parametrize(
    ("scale", "_words"),
    [
        (80, "longer"),
        (100, "english"),
        (100, "chinese"),
        (200, "english"),
        (200, "longer"),
        (200, "chinese"),
    ],
    indirect=["_words"],
)
@pytest.mark.usefixtures("_words")
def test_every_stop_of_the_tour_shows_its_texts_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    async def scenario() -> dict[str, list[str]]:
        found = {}
        async with open_window() as driver:
            async for stop in Tour(driver).stops():
                if faults := {fault for widget in stop.widgets for fault in clipped(widget)}:
                    found[stop.name] = sorted(faults)
        return found

    with tour_gateway() as server:
        use(monkeypatch, server.url)
        monkeypatch.setenv("CHAT2ANYLLM_TEXT_SCALE_PERCENT", str(scale))
        shown = furnish()
        paths.make_folder(paths.state_folder())
        settings = QSettings(str(paths.state_folder() / "window.ini"), QSettings.Format.IniFormat)
        settings.setValue("session", shown)
        settings.sync()
        assert qt_loop.run(scenario(), timeout=120) == {}


@pytest.mark.parametrize(
    ("scale", "_words"),
    [(100, "longer"), (100, "chinese"), (200, "longer"), (200, "chinese")],
    indirect=["_words"],
)
@pytest.mark.usefixtures("_words")
def test_every_surface_shows_its_texts_whole(
    qt_loop: LoopRunner, monkeypatch: pytest.MonkeyPatch, scale: int
) -> None:
    async def scenario() -> dict[str, list[str]]:
        found = {}
        async with open_window() as driver:
            driver.window.resize(QSize(1120, 780) * (scale / 100))
            await surfaces.furnish(driver)
            for surface in surfaces.SURFACES:
                async with surfaces.on_show(driver, surface) as root:
                    if faults := clipped(root):
                        found[surface.name] = faults
        return found

    monkeypatch.setenv("CHAT2ANYLLM_TEXT_SCALE_PERCENT", str(scale))
    with gateway(monkeypatch, by_question(surfaces.SCRIPTS)):
        assert qt_loop.run(scenario(), timeout=120) == {}
